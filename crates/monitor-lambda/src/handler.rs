//! Between an invocation and the monitor: each event is one run, whatever it says.

use std::time::{Duration, SystemTime};

use lambda_runtime::Diagnostic;
use relay_model::{Timestamp, error_chain};
use relay_monitor::{Assessment, Counts, FindingId, Monitor, RunError};
use serde::Serialize;

/// What is left after reading, to judge, to keep and to tell.
const MARGIN: Duration = Duration::from_mins(1);
/// Of a short time this part is left instead.
const MARGIN_PART: u32 = 4;

/// What a run has found, for whoever invokes the function by hand.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Twelve digits.
    pub account_id: String,
    /// Which region.
    pub region: String,
    /// When.
    pub assessed_at: Timestamp,
    /// How many.
    pub counts: Counts,
    /// Open ones that were not there before.
    pub new: Vec<FindingId>,
    /// Those that were there and are no more.
    pub resolved: Vec<FindingId>,
    /// Those that are open again because their acceptance has passed.
    pub expired: Vec<FindingId>,
}

impl From<Assessment> for Told {
    fn from(assessment: Assessment) -> Self {
        Self {
            account_id: assessment.account_id,
            region: assessment.region,
            assessed_at: assessment.assessed_at,
            counts: assessment.counts,
            new: assessment.new,
            resolved: assessment.resolved,
            expired: assessment.expired,
        }
    }
}

/// Why a run came to no end.
#[derive(Debug)]
pub struct HandlerError(RunError);

// What Lambda logs, and counts as an error, for which there is an alarm.
impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        Self {
            error_type: "RunError".to_owned(),
            error_message: error_chain(&error.0),
        }
    }
}

/// How long the account may be read, so that the rest still fits before the deadline.
pub fn time_to_read(deadline: SystemTime, now: SystemTime) -> Duration {
    let left = deadline.duration_since(now).unwrap_or_default();
    left.saturating_sub(MARGIN.min(left / MARGIN_PART))
}

/// One run.
pub async fn handle(monitor: &Monitor, now: Timestamp, time: Duration) -> Result<Told, HandlerError> {
    let assessment = monitor.run(now, time).await.map_err(HandlerError)?;
    let told = Told::from(assessment);
    tracing::info!(
        resources = told.counts.resources,
        open = told.counts.open_total(),
        unread = told.counts.unread,
        new = told.new.len(),
        resolved = told.resolved.len(),
        expired = told.expired.len(),
        "a run of the monitor"
    );
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_leaves_time_for_the_rest() {
        let now = SystemTime::UNIX_EPOCH;
        for (left, expected) in [(900, 840), (240, 180), (100, 75), (0, 0)] {
            let time = time_to_read(now + Duration::from_secs(left), now);
            assert_eq!(time, Duration::from_secs(expected));
        }
        assert_eq!(time_to_read(now, now + Duration::from_secs(1)), Duration::ZERO);
    }
}
