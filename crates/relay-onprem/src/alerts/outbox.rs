//! Alerts on their way: each in the log at once, and in SQLite until every channel has it.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::join_all;
use relay_alerts::Alert;
use relay_model::{Timestamp, error_chain};
use relay_pipeline::ports::{AlertSink, Clock, PortError, PortErrorClass};
use rusqlite::{Connection, params};

use super::channel::Channel;
use crate::sqlite::{SqliteDatabase, failed};

/// How many alerts are handed to a channel before the others of the process get their turn.
const ALERTS_PER_PASS_MAX: u32 = 20;
/// The pause after the first delivery that failed, in milliseconds; doubles with each further one.
const BACKOFF_MS: u64 = 10_000;
/// The longest pause, in milliseconds.
const BACKOFF_MS_MAX: u64 = 3_600_000;
/// How long an alert is tried, in milliseconds. After three days somebody has looked at the log, or nobody will.
const DELIVERY_MS_MAX: u64 = 3 * 24 * 3_600_000;

/// What one pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// How many deliveries went well.
    pub delivered: usize,
    /// How many did not, and are tried again.
    pub postponed: usize,
    /// How many were given up.
    pub given_up: usize,
}

/// The outbox in a [`SqliteDatabase`]. Clones are the same outbox.
#[derive(Clone)]
pub struct Outbox {
    database: SqliteDatabase,
    clock: Arc<dyn Clock>,
    channels: Vec<Arc<dyn Channel>>,
}

struct Waiting {
    content: String,
    since: Timestamp,
    attempts: u32,
}

impl Outbox {
    /// The outbox in `database`, for these channels.
    pub const fn new(database: SqliteDatabase, clock: Arc<dyn Clock>, channels: Vec<Arc<dyn Channel>>) -> Self {
        Self {
            database,
            clock,
            channels,
        }
    }

    /// Hands over what is due, to all channels at the same time. A channel that fails is left alone until its alert is due again.
    pub async fn deliver(&self) -> Result<Delivered, PortError> {
        let passes = join_all(self.channels.iter().map(|channel| self.deliver_by(channel.as_ref()))).await;
        let mut total = Delivered::default();
        for pass in passes {
            let pass = pass?;
            total.delivered += pass.delivered;
            total.postponed += pass.postponed;
            total.given_up += pass.given_up;
        }
        Ok(total)
    }

    async fn deliver_by(&self, channel: &dyn Channel) -> Result<Delivered, PortError> {
        let name = channel.name();
        let now_ms = self.clock.now().unix_milliseconds();
        let read = move |connection: &Connection| {
            due(connection, name, now_ms).map_err(failed("the outbox of alerts could not be read"))
        };
        let mut pass = Delivered::default();
        for waiting in self.database.read(read).await? {
            let Ok(alert) = serde_json::from_str::<Alert>(&waiting.content) else {
                // Only a later program's alert cannot be read; it is in the log.
                pass.given_up += 1;
                self.remove_unreadable(name, waiting.content).await?;
                continue;
            };
            match channel.deliver(&alert).await {
                Ok(()) => {
                    pass.delivered += 1;
                    self.remove(name, alert.id).await?;
                }
                Err(error) => {
                    // A server chose some of it.
                    let error = error_chain(&error).escape_debug().to_string();
                    if self.clock.now().milliseconds_since(waiting.since) >= DELIVERY_MS_MAX {
                        tracing::error!(
                            alert.channel = name,
                            alert.id = alert.id,
                            error,
                            "an alert was given up"
                        );
                        pass.given_up += 1;
                        self.remove(name, alert.id).await?;
                    } else {
                        tracing::warn!(
                            alert.channel = name,
                            alert.id = alert.id,
                            error,
                            "an alert is tried again"
                        );
                        pass.postponed += 1;
                        self.postpone(name, alert.id, waiting.attempts).await?;
                    }
                    break;
                }
            }
        }
        Ok(pass)
    }

    async fn remove(&self, channel: &'static str, id: String) -> Result<(), PortError> {
        let delete = move |connection: &Connection| {
            connection
                .prepare_cached("DELETE FROM alert_outbox WHERE channel = ?1 AND alert = ?2")?
                .execute(params![channel, id])
        };
        self.write(delete).await
    }

    async fn remove_unreadable(&self, channel: &'static str, content: String) -> Result<(), PortError> {
        let delete = move |connection: &Connection| {
            connection
                .prepare_cached("DELETE FROM alert_outbox WHERE channel = ?1 AND content = ?2")?
                .execute(params![channel, content])
        };
        self.write(delete).await
    }

    // All of the channel's alerts wait: what keeps one from getting through keeps the others.
    async fn postpone(&self, channel: &'static str, id: String, attempts: u32) -> Result<(), PortError> {
        let pause_ms = BACKOFF_MS.saturating_mul(1 << attempts.min(16)).min(BACKOFF_MS_MAX);
        let not_before_ms = self.clock.now().plus_milliseconds(pause_ms).unix_milliseconds();
        let update = move |connection: &Connection| {
            connection
                .prepare_cached("UPDATE alert_outbox SET attempts = attempts + 1 WHERE channel = ?1 AND alert = ?2")?
                .execute(params![channel, id])?;
            connection
                .prepare_cached("UPDATE alert_outbox SET not_before_ms = max(not_before_ms, ?2) WHERE channel = ?1")?
                .execute(params![channel, not_before_ms])
        };
        self.write(update).await
    }

    async fn write(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<usize> + Send + 'static,
    ) -> Result<(), PortError> {
        let work = move |connection: &Connection| {
            work(connection).map_err(failed("the outbox of alerts could not be changed"))
        };
        self.database.write(work).await.map(drop)
    }
}

fn due(connection: &Connection, channel: &str, now_ms: i64) -> rusqlite::Result<Vec<Waiting>> {
    let mut query = connection.prepare_cached(
        "SELECT content, since_ms, attempts FROM alert_outbox WHERE channel = ?1 AND not_before_ms <= ?2
         ORDER BY since_ms, alert LIMIT ?3",
    )?;
    let rows = query.query_map(params![channel, now_ms, ALERTS_PER_PASS_MAX], |row| {
        Ok(Waiting {
            content: row.get(0)?,
            since: Timestamp::from_unix_milliseconds(row.get(1)?).unwrap_or(Timestamp::EPOCH),
            attempts: row.get(2)?,
        })
    })?;
    rows.collect()
}

#[async_trait]
impl AlertSink for Outbox {
    async fn send(&self, alert: &Alert) -> Result<(), PortError> {
        let content = alert
            .to_json()
            .map_err(|error| PortError::new(PortErrorClass::Permanent, "an alert has no JSON form").caused_by(error))?;
        tracing::error!(
            alert.id = alert.id,
            alert.count = alert.count,
            alert.content = content,
            "alert: {}",
            alert.subject
        );
        let names: Vec<&'static str> = self.channels.iter().map(|channel| channel.name()).collect();
        let (id, now_ms) = (alert.id.clone(), self.clock.now().unix_milliseconds());
        let insert = move |connection: &Connection| {
            let mut insert = connection.prepare_cached(
                "INSERT INTO alert_outbox (channel, alert, content, since_ms, not_before_ms, attempts)
                 VALUES (?1, ?2, ?3, ?4, ?4, 0)
                 ON CONFLICT (channel, alert) DO UPDATE SET content = excluded.content",
            )?;
            for name in names {
                insert.execute(params![name, id, content, now_ms])?;
            }
            Ok(0)
        };
        self.write(insert).await
    }
}
