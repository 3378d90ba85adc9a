//! Between the schedule and the pipeline: each event is one round, whatever it says.

use lambda_runtime::Diagnostic;
use relay_model::error_chain;
use relay_pipeline::alerting::{Alerting, RoundError};
use serde::Serialize;

/// What a round did, for whoever invokes the function by hand.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// How many notices it took.
    pub notices: usize,
    /// How many alerts it sent.
    pub alerts: usize,
}

/// Why a round came to no end. Nothing is lost: the next minute takes the same notices.
#[derive(Debug)]
pub struct HandlerError(RoundError);

// What Lambda logs, and counts as an error, for which there is an alarm.
impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        Self {
            error_type: "RoundError".to_owned(),
            error_message: error_chain(&error.0),
        }
    }
}

/// One round.
pub async fn handle(alerting: &Alerting) -> Result<Told, HandlerError> {
    let round = alerting.round().await.map_err(HandlerError)?;
    tracing::info!(
        notices.count = round.notices,
        notices.unreadable = round.unreadable,
        alerts.count = round.alerts,
        "a round of alerting"
    );
    Ok(Told {
        notices: round.notices,
        alerts: round.alerts,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use relay_alerts::{AlertSettings, Place, Received};
    use relay_pipeline::ports::{Clock, PortErrorClass};
    use relay_testing::fakes::{ManualClock, MemoryAlertState, MemoryNotices, MemorySink};
    use relay_testing::faults::{Fault, FaultPlan, FaultySink};

    use super::*;

    #[tokio::test]
    async fn a_round_says_what_it_did_and_one_that_fails_says_why() {
        let (notices, plan) = (Arc::<MemoryNotices>::default(), FaultPlan::calm());
        let alerting = Alerting {
            notices: notices.clone(),
            books: Arc::<MemoryAlertState>::default(),
            sink: Arc::new(FaultySink::new(Arc::<MemorySink>::default(), plan.clone())),
            clock: Arc::<ManualClock>::default(),
            settings: AlertSettings {
                environment: "test".parse().unwrap(),
                quiet_ms: 1,
                place: Place::Premises,
            },
        };
        notices.put(Received {
            at: ManualClock::default().now(),
            sender: None,
            notice: None,
        });
        plan.script("sink.send", Fault::FailBefore(PortErrorClass::Retryable));
        let diagnostic = Diagnostic::from(handle(&alerting).await.unwrap_err());
        assert_eq!(diagnostic.error_type, "RoundError");
        assert_eq!(
            diagnostic.error_message,
            "an alert could not be sent: sink.send failed, as the fault plan says"
        );
        let told = handle(&alerting).await.unwrap();
        assert_eq!(serde_json::to_string(&told).unwrap(), r#"{"notices":1,"alerts":1}"#);
    }
}
