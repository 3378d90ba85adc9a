//! Columns are encoded side by side: a queue of jobs that worker threads and the caller take from alike.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, Scope};

use crate::outcome::TransformError;

/// Work on one column.
pub(crate) trait Job: Send {
    /// What comes of it.
    type Done: Send;

    /// Does the work.
    fn run(self) -> Result<Self::Done, TransformError>;
}

/// The queue and the workers; they end when it is dropped.
pub(crate) struct Pool<J: Job> {
    shared: Arc<Shared<J>>,
}

struct Shared<J: Job> {
    state: Mutex<State<J>>,
    job_ready: Condvar,
    job_done: Condvar,
}

struct State<J: Job> {
    jobs: VecDeque<J>,
    running: usize,
    done: Vec<Result<J::Done, TransformError>>,
    is_closed: bool,
}

impl<J: Job> Pool<J> {
    /// Starts `workers` threads, or as many as the system gives; with none, the caller does everything.
    pub(crate) fn start<'scope>(workers: usize, scope: &'scope Scope<'scope, '_>) -> Self
    where
        J: 'scope,
    {
        let state = State {
            jobs: VecDeque::new(),
            running: 0,
            done: Vec::new(),
            is_closed: false,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            job_ready: Condvar::new(),
            job_done: Condvar::new(),
        });
        let pool = Self { shared };
        for _ in 0..workers {
            let shared = Arc::clone(&pool.shared);
            let started = Builder::new()
                .name("table-encoder".to_owned())
                .spawn_scoped(scope, move || shared.work());
            // The caller does what nobody else does: slower is better than a package that fails for want of a thread.
            if started.is_err() {
                break;
            }
        }
        pool
    }

    /// Queues jobs and returns at once.
    pub(crate) fn submit(&self, jobs: impl IntoIterator<Item = J>) {
        self.shared.lock().jobs.extend(jobs);
        self.shared.job_ready.notify_all();
    }

    /// Helps until every job is done, and returns what came of them, in the order in which they ended.
    pub(crate) fn settle(&self) -> Vec<Result<J::Done, TransformError>> {
        let mut state = self.shared.lock();
        loop {
            if state.jobs.is_empty() {
                if state.running == 0 {
                    return std::mem::take(&mut state.done);
                }
                state = self.shared.job_done.wait(state).unwrap_or_else(PoisonError::into_inner);
            } else {
                state = self.shared.run_one(state);
            }
        }
    }
}

impl<J: Job> Drop for Pool<J> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.is_closed = true;
        state.jobs.clear();
        drop(state);
        self.shared.job_ready.notify_all();
    }
}

impl<J: Job> Shared<J> {
    // No code that can panic runs under the lock.
    fn lock(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut state = self.lock();
        while !state.is_closed {
            state = if state.jobs.is_empty() {
                self.job_ready.wait(state).unwrap_or_else(PoisonError::into_inner)
            } else {
                self.run_one(state)
            };
        }
    }

    fn run_one<'a>(&'a self, mut state: MutexGuard<'a, State<J>>) -> MutexGuard<'a, State<J>> {
        let Some(job) = state.jobs.pop_front() else {
            return state;
        };
        state.running += 1;
        drop(state);
        // A job that panicked and was never counted as done would leave the caller waiting.
        let defect = |_| {
            Err(TransformError::Internal(
                "encoding a column ended in a panic".to_owned(),
            ))
        };
        let done = catch_unwind(AssertUnwindSafe(|| job.run())).unwrap_or_else(defect);
        let mut state = self.lock();
        state.running -= 1;
        state.done.push(done);
        self.job_done.notify_all();
        state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Square(u64);

    impl Job for Square {
        type Done = u64;
        fn run(self) -> Result<u64, TransformError> {
            assert_ne!(self.0, 13, "a defect");
            Ok(self.0 * self.0)
        }
    }

    #[test]
    fn every_job_is_done_once_with_any_number_of_workers() {
        for workers in [0, 1, 3] {
            let sum = std::thread::scope(|scope| {
                let pool = Pool::start(workers, scope);
                pool.submit((0..10).map(Square));
                pool.settle().into_iter().map(Result::unwrap).sum::<u64>()
            });
            assert_eq!(sum, 285);
        }
    }

    #[test]
    fn a_panic_in_a_job_is_an_error_and_nobody_waits_for_ever() {
        for workers in [0, 2] {
            let failed = std::thread::scope(|scope| {
                let pool = Pool::start(workers, scope);
                pool.submit([12, 13, 14].map(Square));
                pool.settle().into_iter().filter(Result::is_err).count()
            });
            assert_eq!(failed, 1);
        }
    }
}
