//! Between the state machine and the pipeline: what is known of a run's end in, the package's state out.

use lambda_runtime::Diagnostic;
use relay_model::{PackageState, error_chain};
use relay_pipeline::StepError;
use relay_pipeline::failed_runs::{End, FailedRuns};
use relay_pipeline::ports::RunOrder;
use serde::{Deserialize, Serialize};

/// What the state machine hands over.
#[derive(Debug, Deserialize)]
pub struct Abandoned {
    /// The run order as the validator gave it: JSON in a string, which the state machine never looks into.
    pub order: String,
    /// What the state caught.
    pub failure: Failure,
}

/// "Error handling in Step Functions workflows", AWS Step Functions Developer Guide: the output of a catcher.
#[derive(Debug, Deserialize)]
pub struct Failure {
    /// Its name.
    #[serde(rename = "Error")]
    pub error: String,
    /// What the service or the task said, if it said something.
    #[serde(rename = "Cause", default)]
    pub cause: String,
}

/// What the state machine goes on with.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Concluded {
    /// The package's state in the trail.
    pub state: PackageState,
}

/// Why nothing was recorded.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The input is not what this version's state machine hands over.
    #[error("the run order could not be read")]
    Order(#[source] serde_json::Error),
    /// The trail could not be written.
    #[error("the end of the run could not be recorded")]
    Step(#[source] StepError),
}

// The state machine retries by the type's name.
impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        let is_retryable = matches!(&error, HandlerError::Step(step) if step.is_retryable());
        Self {
            error_type: if is_retryable {
                "Relay.Interrupted"
            } else {
                "Relay.MendFirst"
            }
            .to_owned(),
            error_message: error_chain(&error),
        }
    }
}

/// Records that the run failed, or finds its conclusion.
pub async fn handle(failed_runs: &FailedRuns, abandoned: Abandoned) -> Result<Concluded, HandlerError> {
    let order: RunOrder = serde_json::from_str(&abandoned.order).map_err(HandlerError::Order)?;
    let failure = abandoned.failure;
    let cause = format!("{}: {}", failure.error, failure.cause);
    let state = failed_runs
        .conclude(&order, end_of(&failure.error), &cause)
        .await
        .map_err(HandlerError::Step)?;
    if state == PackageState::InFlight {
        tracing::warn!(package.id = %order.package_id, run.error = failure.error, "no task of a run has begun; it waits for room");
    } else {
        tracing::info!(package.id = %order.package_id, package.state = %state, run.error = failure.error, "a run was given up");
    }
    Ok(Concluded { state })
}

// By the names of "Error names", Amazon States Language, and those that the processor reports.
fn end_of(error: &str) -> End {
    match error {
        "States.HeartbeatTimeout" | "Relay.Interrupted" => End::Died,
        "States.Timeout" => End::TookTooLong,
        _ => End::NotCarriedOut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_of_a_catcher_is_understood_with_and_without_a_cause() {
        for text in [
            r#"{"order": "{}", "failure": {"Error": "States.HeartbeatTimeout"}}"#,
            r#"{"order": "{}", "failure": {"Error": "AmazonECS.Unknown", "Cause": "[{\"reason\":\"RESOURCE:ENI\"}]"}, "package_id": "x"}"#,
        ] {
            let abandoned: Abandoned = serde_json::from_str(text).unwrap();
            assert_eq!(abandoned.order, "{}");
        }
    }

    #[test]
    fn what_died_is_told_from_what_was_never_carried_out() {
        assert_eq!(end_of("States.HeartbeatTimeout"), End::Died);
        assert_eq!(end_of("States.Timeout"), End::TookTooLong);
        assert_eq!(end_of("AmazonECS.Unknown"), End::NotCarriedOut);
        assert_eq!(end_of("Relay.MendFirst"), End::NotCarriedOut);
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let bad = serde_json::from_str::<RunOrder>("{}").unwrap_err();
        let diagnostic = Diagnostic::from(HandlerError::Order(bad));
        assert_eq!(diagnostic.error_type, "Relay.MendFirst");
    }
}
