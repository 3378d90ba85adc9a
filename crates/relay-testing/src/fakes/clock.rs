//! A clock that tests turn.

use std::sync::atomic::{AtomicI64, Ordering};

use relay_model::Timestamp;
use relay_pipeline::ports::Clock;

/// Stands still until it is turned.
#[derive(Debug)]
pub struct ManualClock {
    unix_milliseconds: AtomicI64,
}

impl ManualClock {
    /// A clock that shows `now`.
    pub fn at(now: Timestamp) -> Self {
        Self {
            unix_milliseconds: AtomicI64::new(now.unix_milliseconds()),
        }
    }

    /// Turns it forward.
    pub fn advance(&self, milliseconds: u64) {
        self.unix_milliseconds
            .fetch_add(i64::try_from(milliseconds).unwrap(), Ordering::SeqCst);
    }

    /// Turns it back, as a machine whose clock was set, or another machine whose clock runs behind.
    pub fn turn_back(&self, milliseconds: u64) {
        self.unix_milliseconds
            .fetch_sub(i64::try_from(milliseconds).unwrap(), Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    /// 2026-01-31T08:15:00Z.
    fn default() -> Self {
        Self::at("2026-01-31T08:15:00Z".parse().unwrap())
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_milliseconds(self.unix_milliseconds.load(Ordering::SeqCst)).unwrap()
    }
}
