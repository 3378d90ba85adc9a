//! The asynchronous runtime, started so that a lack of threads is an error with a remedy, at the start.
//!
//! Tokio makes threads for blocking work when it needs them, and panics where the system gives none. So as many as the work
//! takes are asked for beforehand, all at once; those for blocking work then stay for as long as the program runs.

use std::io;
use std::sync::mpsc;
use std::thread::Builder;
use std::time::Duration;

use tokio::runtime::Runtime;

/// How long threads for blocking work are kept that have nothing to do: for good.
const KEEP_ALIVE: Duration = Duration::from_hours(24 * 365);
/// Threads that the program makes beside the runtime: the database's writer, the one that notes the head of the log, the ear at the
/// inbox, and one that reads ahead.
const OTHER_THREADS: usize = 4;
/// How long the first of them may take to start.
const START_PATIENCE: Duration = Duration::from_secs(30);

/// Why there is no runtime.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The system gives too few threads.
    #[error(
        "{wanted} threads are needed and the system gives {given}: allow this user more processes (ulimit -u, TasksMax= of the service, --pids-limit of the container), free memory, or process fewer packages at a time (--jobs)"
    )]
    Threads {
        /// How many are needed.
        wanted: usize,
        /// How many there were.
        given: usize,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Something else.
    #[error("the runtime could not be started")]
    Start(#[source] io::Error),
    /// Threads were there at first, and then not.
    #[error("the system gave threads, and took them back: close what else runs as this user, and try again")]
    Lost,
}

/// Starts a runtime for work that blocks `blocking` threads at the same time at most.
pub fn start_runtime(blocking: usize) -> Result<Runtime, RuntimeError> {
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    ask_for(workers + blocking + OTHER_THREADS)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .max_blocking_threads(blocking.max(1) * 2)
        .thread_keep_alive(KEEP_ALIVE)
        .enable_all()
        .build()
        .map_err(RuntimeError::Start)?;
    hold(&runtime, blocking)?;
    Ok(runtime)
}

// All of them are alive at once, and end together.
fn ask_for(wanted: usize) -> Result<(), RuntimeError> {
    let mut threads = Vec::with_capacity(wanted);
    let mut shortage = None;
    for _ in 0..wanted {
        let (go, wait) = mpsc::channel::<()>();
        // Waits until the other end is dropped.
        let started = Builder::new().name("relay-probe".to_owned()).spawn(move || {
            let _ = wait.recv();
        });
        match started {
            Ok(thread) => threads.push((go, thread)),
            Err(source) => {
                let given = threads.len();
                shortage = Some(RuntimeError::Threads { wanted, given, source });
                break;
            }
        }
    }
    for (go, thread) in threads {
        drop(go);
        // It does nothing that could panic.
        let _ = thread.join();
    }
    shortage.map_or(Ok(()), Err)
}

// Makes the runtime start its threads for blocking work, by giving each something that ends when all have begun.
fn hold(runtime: &Runtime, blocking: usize) -> Result<(), RuntimeError> {
    let (begun, all_begun) = mpsc::channel::<()>();
    let mut holds = Vec::with_capacity(blocking);
    for _ in 0..blocking {
        let (go, wait) = mpsc::channel::<()>();
        let begun = begun.clone();
        runtime.spawn_blocking(move || {
            let _ = begun.send(());
            let _ = wait.recv();
        });
        holds.push(go);
    }
    for _ in 0..blocking {
        all_begun.recv_timeout(START_PATIENCE).map_err(|_| RuntimeError::Lost)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_has_the_threads_that_it_was_started_for() {
        let runtime = start_runtime(3).unwrap();
        let (send, receive) = mpsc::channel();
        let barrier = std::sync::Arc::new(std::sync::Barrier::new(3));
        for _ in 0..3 {
            let (send, barrier) = (send.clone(), std::sync::Arc::clone(&barrier));
            runtime.spawn_blocking(move || {
                barrier.wait();
                send.send(()).unwrap();
            });
        }
        for _ in 0..3 {
            receive.recv_timeout(START_PATIENCE).unwrap();
        }
    }
}
