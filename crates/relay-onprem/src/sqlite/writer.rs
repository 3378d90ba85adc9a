//! The one thread that writes, and commits what waits in groups.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use relay_pipeline::ports::{PortError, PortErrorClass};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::errors::classify;
use super::head::Noter;

/// The most requests in one transaction: bounds how long the first of them waits.
const GROUP_REQUESTS_MAX: usize = 256;
/// The most requests that wait. Beyond that, callers wait before they can ask.
const WAITING_REQUESTS_MAX: usize = 1_024;

pub(super) struct Writer {
    // `None` only while dropping.
    requests: Option<mpsc::Sender<Box<dyn Request>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, noter: Noter) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel(WAITING_REQUESTS_MAX);
        let thread = std::thread::Builder::new()
            .name("relay-database".to_owned())
            .spawn(move || serve(&connection, receiver, noter))?;
        Ok(Self {
            requests: Some(sender),
            thread: Mutex::new(Some(thread)),
        })
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, PortError> + Send + 'static,
    ) -> Result<T, PortError> {
        let stopped = || PortError::new(PortErrorClass::Permanent, "the database's writer has stopped");
        let requests = self.requests.as_ref().ok_or_else(stopped)?;
        let (reply, answer) = oneshot::channel();
        let request = Box::new(Typed {
            work: Some(work),
            result: None,
            reply,
        });
        requests.send(request).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

#[cfg(test)]
impl Writer {
    /// How many requests wait for the writer.
    pub(super) fn waiting(&self) -> usize {
        self.requests
            .as_ref()
            .map_or(0, |requests| requests.max_capacity() - requests.capacity())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Closing the channel ends the thread after what it was given; waiting for it closes the database in order.
        self.requests = None;
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the database's writer ended in a panic");
        }
    }
}

/// A request of any type.
trait Request: Send {
    /// Does the work; returns whether it may stay.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Tells whoever asked, once the transaction has been committed or has failed.
    fn answer(self: Box<Self>, failure: Option<&GroupFailure>);
}

/// Why a whole group is not durable.
struct GroupFailure {
    class: PortErrorClass,
    context: &'static str,
    cause: String,
}

impl GroupFailure {
    fn new(context: &'static str) -> impl FnOnce(rusqlite::Error) -> Self {
        move |error| Self {
            class: classify(&error).0,
            context,
            cause: error.to_string(),
        }
    }
}

struct Typed<T, W> {
    work: Option<W>,
    result: Option<Result<T, PortError>>,
    reply: oneshot::Sender<Result<T, PortError>>,
}

impl<T: Send, W: FnOnce(&Connection) -> Result<T, PortError> + Send> Request for Typed<T, W> {
    fn run(&mut self, connection: &Connection) -> bool {
        self.result = self.work.take().map(|work| work(connection));
        matches!(self.result, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, failure: Option<&GroupFailure>) {
        let answer = match (self.result, failure) {
            // An error of its own says more than what it did to the group.
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(value)), None) => Ok(value),
            (_, Some(failure)) => Err(PortError::new(failure.class, failure.context).caused_by(failure.cause.clone())),
            (None, None) => Err(PortError::new(PortErrorClass::Retryable, "the request was not run")),
        };
        // Nobody waits any more when the caller was dropped; the effect is durable all the same.
        let _ = self.reply.send(answer);
    }
}

fn serve(connection: &Connection, mut requests: mpsc::Receiver<Box<dyn Request>>, mut noter: Noter) {
    let mut group = Vec::with_capacity(GROUP_REQUESTS_MAX);
    while requests.blocking_recv_many(&mut group, GROUP_REQUESTS_MAX) > 0 {
        let failure = match run_group(connection, &mut group) {
            Ok(is_changed) => {
                if is_changed {
                    noter.changed();
                }
                None
            }
            Err(failure) => Some(failure),
        };
        for request in group.drain(..) {
            request.answer(failure.as_ref());
        }
    }
}

// Whether anything was changed.
fn run_group(connection: &Connection, group: &mut [Box<dyn Request>]) -> Result<bool, GroupFailure> {
    let result = transact(connection, group);
    if result.is_err() && !connection.is_autocommit() {
        // If even this fails, the next BEGIN fails too and says so.
        let _ = connection.execute_batch("ROLLBACK");
    }
    result
}

fn transact(connection: &Connection, group: &mut [Box<dyn Request>]) -> Result<bool, GroupFailure> {
    let changes = connection.total_changes();
    let execute = |sql: &str| {
        connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([]))
    };
    // Immediate: a transaction that would start by reading could not be upgraded once another process has written.
    execute("BEGIN IMMEDIATE").map_err(GroupFailure::new("the database is in use by another process"))?;
    for request in group {
        execute("SAVEPOINT request").map_err(GroupFailure::new("the database could not be written"))?;
        let stays = request.run(connection);
        if connection.is_autocommit() {
            // A full disk, for one, makes SQLite undo everything.
            return Err(GroupFailure {
                class: PortErrorClass::Retryable,
                context: "the database undid this request together with another one that failed",
                cause: "the transaction was rolled back".to_owned(),
            });
        }
        if !stays {
            execute("ROLLBACK TO request").map_err(GroupFailure::new("a failed request could not be undone"))?;
        }
        execute("RELEASE request").map_err(GroupFailure::new("the database could not be written"))?;
    }
    // Looking for work changes nothing, and must not cost a flush.
    let is_changed = connection.total_changes() != changes;
    if is_changed {
        execute("UPDATE written SET commits = commits + 1")
            .map_err(GroupFailure::new("the database could not be written"))?;
    }
    execute("COMMIT").map_err(GroupFailure::new("the database could not be written"))?;
    Ok(is_changed)
}
