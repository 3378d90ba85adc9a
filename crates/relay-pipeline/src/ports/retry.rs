//! Trying a port again: one policy for every call that may pass the next time.

use std::time::Duration;

use super::{PortError, PortErrorClass};

/// How often a call is made, and how long the pauses between are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The most calls, the first one counted.
    pub tries_max: u32,
    /// The pause before the second call.
    pub first_pause: Duration,
    /// The longest pause.
    pub pause_max: Duration,
}

impl RetryPolicy {
    /// A write that a step waits for: some 350 ms in all.
    pub const SHORT: Self = Self {
        tries_max: 4,
        first_pause: Duration::from_millis(50),
        pause_max: Duration::from_secs(1),
    };

    /// The pause after `failures` failed calls: it doubles each time, up to the longest.
    pub fn pause_after(&self, failures: u32) -> Duration {
        let factor = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first_pause.saturating_mul(factor).min(self.pause_max)
    }
}

/// A pause as the wire and the queue have it.
pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Makes a call until it succeeds, fails for good, or has been made as often as the policy allows. `what` is for the log.
/// Only for calls that do no harm when they are repeated.
pub async fn with_retries<T, F>(policy: RetryPolicy, what: &'static str, call: impl Fn() -> F) -> Result<T, PortError>
where
    F: Future<Output = Result<T, PortError>>,
{
    for failures in 1..policy.tries_max {
        match call().await {
            Err(error) if error.class() == PortErrorClass::Retryable => {
                let pause = policy.pause_after(failures);
                tracing::debug!(error = %error, retry.after_ms = milliseconds(pause), "{what} failed, retrying");
                tokio::time::sleep(pause).await;
            }
            settled => return settled,
        }
    }
    call().await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let policy = RetryPolicy {
            tries_max: 100,
            first_pause: Duration::from_millis(50),
            pause_max: Duration::from_secs(1),
        };
        let pauses: Vec<u128> = [1, 2, 3, 5, 6, 99]
            .map(|failures| policy.pause_after(failures).as_millis())
            .into();
        assert_eq!(pauses, [50, 100, 200, 800, 1_000, 1_000]);
    }

    async fn calls_until(class: PortErrorClass, failures: u32) -> (u32, bool) {
        let calls = AtomicU32::new(0);
        let policy = RetryPolicy {
            first_pause: Duration::from_millis(1),
            ..RetryPolicy::SHORT
        };
        let called = with_retries(policy, "a call", async || {
            if calls.fetch_add(1, Ordering::Relaxed) < failures {
                Err(PortError::new(class, "no"))
            } else {
                Ok(())
            }
        });
        let is_ok = called.await.is_ok();
        (calls.into_inner(), is_ok)
    }

    #[tokio::test]
    async fn only_what_may_pass_is_tried_again() {
        assert_eq!(calls_until(PortErrorClass::Retryable, 3).await, (4, true));
        assert_eq!(calls_until(PortErrorClass::Retryable, 9).await, (4, false));
        assert_eq!(calls_until(PortErrorClass::Permanent, 9).await, (1, false));
    }
}
