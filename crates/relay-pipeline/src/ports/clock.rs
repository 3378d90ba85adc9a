//! The time of day.

use relay_model::Timestamp;

/// Tells the time; a port, so that tests can turn it.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        let milliseconds = i64::try_from(since_epoch.as_millis()).unwrap_or(0);
        // A clock outside the years 0 to 9999 is reported as the epoch rather than stopping the relay.
        Timestamp::from_unix_milliseconds(milliseconds).unwrap_or(Timestamp::EPOCH)
    }
}
