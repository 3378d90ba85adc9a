//! Work on columns, side by side: a queue of jobs that worker threads and the caller take from alike.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, Scope};

use crate::outcome::TransformError;

type Job = Box<dyn FnOnce() + Send>;

/// Where jobs are handed in. The threads behind it belong to one transform.
#[derive(Clone)]
pub struct Workers {
    shared: Arc<Shared>,
}

/// The threads; they end when it is dropped.
pub(crate) struct WorkerThreads {
    pub(crate) workers: Workers,
}

struct Shared {
    queue: Mutex<Queue>,
    job_ready: Condvar,
    job_done: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    is_closed: bool,
}

/// Jobs that were handed in together.
pub struct Pending<T> {
    workers: Workers,
    results: Arc<Mutex<Results<T>>>,
}

struct Results<T> {
    /// In the order in which the jobs were handed in.
    done: Vec<Option<Result<T, TransformError>>>,
    left: usize,
}

impl std::fmt::Debug for Workers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Workers")
    }
}

impl<T> std::fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pending")
    }
}

impl WorkerThreads {
    /// Starts `threads` threads, or as many as the system gives; with none, the caller does everything.
    pub(crate) fn start<'scope>(threads: usize, scope: &'scope Scope<'scope, '_>) -> Self {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            job_ready: Condvar::new(),
            job_done: Condvar::new(),
        });
        for _ in 0..threads {
            let shared = Arc::clone(&shared);
            let started = Builder::new()
                .name("table-columns".to_owned())
                .spawn_scoped(scope, move || shared.work());
            // The caller does what nobody else does: slower is better than a package that fails for want of a thread.
            if started.is_err() {
                break;
            }
        }
        Self {
            workers: Workers { shared },
        }
    }
}

impl Drop for WorkerThreads {
    fn drop(&mut self) {
        let mut queue = self.workers.shared.lock();
        queue.is_closed = true;
        queue.jobs.clear();
        drop(queue);
        self.workers.shared.job_ready.notify_all();
    }
}

impl Workers {
    /// Queues jobs and returns at once.
    pub fn submit<T, F>(&self, jobs: impl IntoIterator<Item = F>) -> Pending<T>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, TransformError> + Send + 'static,
    {
        let jobs: Vec<F> = jobs.into_iter().collect();
        let results = Arc::new(Mutex::new(Results {
            done: jobs.iter().map(|_| None).collect(),
            left: jobs.len(),
        }));
        let boxed = jobs.into_iter().enumerate().map(|(index, job)| {
            let (results, shared) = (Arc::clone(&results), Arc::clone(&self.shared));
            Box::new(move || {
                // A job that panicked and was never counted as done would leave the caller waiting.
                let panicked = |_| Err(TransformError::Internal("work on a column panicked".to_owned()));
                let done = catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(panicked);
                let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
                results.done[index] = Some(done);
                results.left -= 1;
                drop(results);
                // Under the lock of the queue, so that nobody who looks and then waits misses it.
                let queue = shared.lock();
                shared.job_done.notify_all();
                drop(queue);
            }) as Job
        });
        self.shared.lock().jobs.extend(boxed);
        self.shared.job_ready.notify_all();
        Pending {
            workers: self.clone(),
            results,
        }
    }
}

impl<T> Pending<T> {
    /// Helps until these jobs are done, and returns what came of them, in the order in which they were handed in.
    pub fn settle(self) -> Vec<Result<T, TransformError>> {
        let shared = &self.workers.shared;
        let mut queue = shared.lock();
        loop {
            let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
            if results.left == 0 {
                return std::mem::take(&mut results.done).into_iter().flatten().collect();
            }
            drop(results);
            queue = match queue.jobs.pop_front() {
                Some(job) => {
                    drop(queue);
                    job();
                    shared.lock()
                }
                None => shared.job_done.wait(queue).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

impl Shared {
    // No code that can panic runs under the lock.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut queue = self.lock();
        while !queue.is_closed {
            queue = match queue.jobs.pop_front() {
                Some(job) => {
                    drop(queue);
                    job();
                    self.lock()
                }
                None => self.job_ready.wait(queue).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(number: u64) -> impl FnOnce() -> Result<u64, TransformError> + Send + 'static {
        move || {
            assert_ne!(number, 13, "a defect");
            Ok(number * number)
        }
    }

    #[test]
    fn every_job_is_done_once_with_any_number_of_threads_and_results_are_in_order() {
        for threads in [0, 1, 3] {
            let squares: Vec<u64> = std::thread::scope(|scope| {
                let pool = WorkerThreads::start(threads, scope);
                let others = pool.workers.submit((100..150).map(square));
                let pending = pool.workers.submit((0..10).map(square));
                let squares = pending.settle().into_iter().map(Result::unwrap).collect();
                assert_eq!(others.settle().len(), 50);
                squares
            });
            assert_eq!(squares, (0..10).map(|number| number * number).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_panic_in_a_job_is_an_error_and_nobody_waits_for_ever() {
        for threads in [0, 2] {
            let failed: Vec<bool> = std::thread::scope(|scope| {
                let pool = WorkerThreads::start(threads, scope);
                let pending = pool.workers.submit([12, 13, 14].map(square));
                pending.settle().iter().map(Result::is_err).collect()
            });
            assert_eq!(failed, [false, true, false]);
        }
    }
}
