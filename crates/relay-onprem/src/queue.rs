//! The queue of run orders in SQLite, and the launcher that puts orders into it.

use std::sync::Arc;

use async_trait::async_trait;
use relay_model::Timestamp;
use relay_pipeline::ports::{
    Clock, Launched, Launcher, Lease, PortError, PortErrorClass, QueueDepth, RunOrder, WorkQueue,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::{SqliteDatabase, damaged, failed};

/// Run orders in a [`SqliteDatabase`]: at most one for each package.
#[derive(Clone)]
pub struct SqliteQueue {
    database: SqliteDatabase,
}

impl SqliteQueue {
    /// The queue in `database`.
    pub const fn new(database: SqliteDatabase) -> Self {
        Self { database }
    }
}

#[async_trait]
impl WorkQueue for SqliteQueue {
    async fn enqueue(&self, order: &RunOrder, not_before: Timestamp) -> Result<Launched, PortError> {
        let (package_id, text) = (order.package_id.clone(), write_order(order)?);
        let add = move |connection: &Connection| {
            let mut insert = connection.prepare_cached(
                "INSERT INTO orders (package_id, run_order, not_before_ms) VALUES (?1, ?2, ?3)
                 ON CONFLICT (package_id) DO NOTHING",
            )?;
            insert.execute(params![package_id.as_str(), text, not_before.unix_milliseconds()])
        };
        let added = self.write("the order could not be queued", add).await?;
        Ok(if added == 0 {
            Launched::AlreadyRunning
        } else {
            Launched::Started
        })
    }

    async fn claim(&self, owner: &str, now: Timestamp, lease_ms: u64) -> Result<Option<Lease>, PortError> {
        let name = owner.to_owned();
        let claimed = self.write("no order could be claimed", move |connection| {
            take(connection, &name, now, lease_ms)
        });
        let Some(text) = claimed.await? else { return Ok(None) };
        Ok(Some(Lease {
            order: read_order(&text)?,
            owner: owner.to_owned(),
        }))
    }

    async fn complete(&self, claim: &Lease) -> Result<(), PortError> {
        let Lease { order, owner } = claim.clone();
        let remove = move |connection: &Connection| {
            let mut delete = connection.prepare_cached("DELETE FROM orders WHERE package_id = ?1 AND owner = ?2")?;
            delete.execute(params![order.package_id.as_str(), owner])
        };
        still_held(claim, self.write("the order could not be completed", remove).await?)
    }

    async fn release(&self, claim: &Lease, order: &RunOrder, not_before: Timestamp) -> Result<(), PortError> {
        if order.package_id != claim.order.package_id {
            return Err(PortError::new(
                PortErrorClass::Permanent,
                "an order can only be replaced by one for its package",
            ));
        }
        let (package_id, owner, text) = (order.package_id.clone(), claim.owner.clone(), write_order(order)?);
        let put_back = move |connection: &Connection| {
            let mut update = connection.prepare_cached(
                "UPDATE orders SET run_order = ?3, not_before_ms = ?4, owner = NULL, lease_until_ms = NULL
                 WHERE package_id = ?1 AND owner = ?2",
            )?;
            update.execute(params![
                package_id.as_str(),
                owner,
                text,
                not_before.unix_milliseconds()
            ])
        };
        still_held(claim, self.write("the order could not be put back", put_back).await?)
    }

    async fn release_abandoned(&self, owner: &str) -> Result<u64, PortError> {
        let owner = owner.to_owned();
        let free = move |connection: &Connection| {
            connection.execute(
                "UPDATE orders SET owner = NULL, lease_until_ms = NULL WHERE owner IS NOT NULL AND owner <> ?1",
                [owner],
            )
        };
        Ok(self.write("abandoned orders could not be freed", free).await? as u64)
    }

    async fn depth(&self, now: Timestamp) -> Result<QueueDepth, PortError> {
        let count = move |connection: &Connection| {
            let mut query = connection.prepare_cached(
                "SELECT count(*) FILTER (WHERE coalesce(lease_until_ms, not_before_ms) <= ?1),
                        count(*) FILTER (WHERE owner IS NULL AND not_before_ms > ?1),
                        count(*) FILTER (WHERE owner IS NOT NULL AND lease_until_ms > ?1)
                 FROM orders",
            )?;
            query.query_row([now.unix_milliseconds()], |row| {
                Ok(QueueDepth {
                    ready: row.get(0)?,
                    waiting: row.get(1)?,
                    claimed: row.get(2)?,
                })
            })
        };
        self.read("the orders could not be counted", count).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, PortError> {
        let due = |connection: &Connection| {
            let mut query = connection.prepare_cached("SELECT min(not_before_ms) FROM orders WHERE owner IS NULL")?;
            query.query_row([], |row| row.get::<_, Option<i64>>(0))
        };
        let due = self.read("the orders could not be read", due).await?;
        due.map(Timestamp::from_unix_milliseconds)
            .transpose()
            .map_err(|error| damaged("the time of an order cannot be read").caused_by(error))
    }
}

impl SqliteQueue {
    async fn write<T: Send + 'static>(
        &self,
        context: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, PortError> {
        self.database
            .write(move |connection| work(connection).map_err(failed(context)))
            .await
    }

    async fn read<T: Send + 'static>(
        &self,
        context: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, PortError> {
        self.database
            .read(move |connection| work(connection).map_err(failed(context)))
            .await
    }
}

struct Due {
    not_before_ms: i64,
    number: i64,
}

// The order that has been due longest: one that nobody holds, or one whose holder has let its lease run out.
fn take(connection: &Connection, owner: &str, now: Timestamp, lease_ms: u64) -> rusqlite::Result<Option<String>> {
    let now_ms = now.unix_milliseconds();
    let due = |row: &Row<'_>| {
        Ok(Due {
            not_before_ms: row.get(0)?,
            number: row.get(1)?,
        })
    };
    let free = connection
        .prepare_cached(
            "SELECT not_before_ms, number FROM orders WHERE owner IS NULL AND not_before_ms <= ?1
             ORDER BY not_before_ms, number LIMIT 1",
        )?
        .query_row([now_ms], due)
        .optional()?;
    let lapsed = connection
        .prepare_cached(
            "SELECT not_before_ms, number FROM orders WHERE owner IS NOT NULL AND lease_until_ms <= ?1
             ORDER BY not_before_ms, number LIMIT 1",
        )?
        .query_row([now_ms], due)
        .optional()?;
    let Some(first) = [free, lapsed]
        .into_iter()
        .flatten()
        .min_by_key(|due| (due.not_before_ms, due.number))
    else {
        return Ok(None);
    };
    let lease_until_ms = now.plus_milliseconds(lease_ms).unix_milliseconds();
    connection
        .prepare_cached("UPDATE orders SET owner = ?2, lease_until_ms = ?3 WHERE number = ?1 RETURNING run_order")?
        .query_row(params![first.number, owner, lease_until_ms], |row| row.get(0))
        .map(Some)
}

fn still_held(claim: &Lease, changed: usize) -> Result<(), PortError> {
    if changed > 0 {
        return Ok(());
    }
    let context = format!("the claim of {} on {} was lost", claim.owner, claim.order.package_id);
    Err(PortError::new(PortErrorClass::PreconditionFailed, context))
}

fn write_order(order: &RunOrder) -> Result<String, PortError> {
    serde_json::to_string(order).map_err(|error| {
        PortError::new(
            PortErrorClass::Permanent,
            "an order has no JSON form; report this as a defect",
        )
        .caused_by(error)
    })
}

fn read_order(text: &str) -> Result<RunOrder, PortError> {
    serde_json::from_str(text).map_err(|error| damaged("a run order cannot be read").caused_by(error))
}

/// Launches a run by queueing its order, to be claimed at once.
pub struct QueueLauncher {
    queue: Arc<dyn WorkQueue>,
    clock: Arc<dyn Clock>,
}

impl QueueLauncher {
    /// A launcher that queues in `queue`.
    pub fn new(queue: Arc<dyn WorkQueue>, clock: Arc<dyn Clock>) -> Self {
        Self { queue, clock }
    }
}

#[async_trait]
impl Launcher for QueueLauncher {
    async fn launch(&self, order: &RunOrder) -> Result<Launched, PortError> {
        self.queue.enqueue(order, self.clock.now()).await
    }
}
