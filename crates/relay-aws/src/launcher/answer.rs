//! What the answers of Amazon ECS mean: whether a task was placed, whether one is over, and whether trying again helps.

use std::error::Error;

use aws_sdk_ecs::config::http::HttpResponse;
use aws_sdk_ecs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ecs::operation::run_task::{RunTaskError, RunTaskOutput};
use aws_sdk_ecs::types::{Failure, Task};
use relay_aws_client::port_error;
use relay_pipeline::ports::{PortError, PortErrorClass};

/// "Amazon ECS task lifecycle", Developer Guide: where a task is that does not work any more. Those that are left out come
/// before, or end in one of these.
const STATES_OF_THE_END: [&str; 5] = ["DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED", "DELETED"];

/// What one request to start a task came to.
pub(super) enum Start {
    /// There is a task for this token. Whether this request made it, ECS does not say.
    Placed(Box<Task>),
    /// The token was used before, with other parameters: for these tasks, if ECS names them.
    TokenTaken(Vec<String>),
}

/// What became of a request to start the run that `context` names.
pub(super) fn judge(
    answer: Result<RunTaskOutput, SdkError<RunTaskError, HttpResponse>>,
    context: &str,
) -> Result<Start, PortError> {
    match answer {
        Ok(output) => placed(output).map_err(|(class, why)| PortError::new(class, format!("{context}: {why}"))),
        Err(error) => match error.as_service_error() {
            Some(RunTaskError::ConflictException(conflict)) => Ok(Start::TokenTaken(conflict.resource_ids().to_vec())),
            _ => Err(refused(context, error)),
        },
    }
}

/// Whether a task has ended or is about to.
pub(super) fn is_over(task: &Task) -> bool {
    // The desired status changes first, while the last one is still what it was.
    task.desired_status() == Some("STOPPED")
        || task
            .last_status()
            .is_some_and(|status| STATES_OF_THE_END.contains(&status))
}

// `RunTask` answers 200 with `failures` when it could place nothing.
fn placed(mut output: RunTaskOutput) -> Result<Start, (PortErrorClass, String)> {
    if let Some(failure) = output.failures().first() {
        return Err((class_of_failure(failure), in_words(failure)));
    }
    let first = output.tasks.take().unwrap_or_default().into_iter().next();
    first.map(|task| Start::Placed(Box::new(task))).ok_or_else(|| {
        let text = "the service started no task and gave no reason".to_owned();
        (PortErrorClass::Retryable, text)
    })
}

fn in_words(failure: &Failure) -> String {
    let reason = failure.reason().unwrap_or("no reason given");
    match failure.detail() {
        Some(detail) => format!("{reason} ({detail})"),
        None => reason.to_owned(),
    }
}

// "API failures messages", Amazon ECS Developer Guide: what stands for want of capacity passes, what is missing stays missing.
fn class_of_failure(failure: &Failure) -> PortErrorClass {
    match failure.reason().unwrap_or_default() {
        // Of them the state machine knows the same: answers.json, "failures".
        "MISSING" | "INACTIVE" | "ATTRIBUTE" | "LOCATION" => PortErrorClass::Permanent,
        _ => PortErrorClass::Retryable,
    }
}

/// A port error from what Amazon ECS refused; `context` says what was attempted.
pub(super) fn refused<E>(context: &str, error: SdkError<E, HttpResponse>) -> PortError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let may_pass = error
        .as_service_error()
        .is_some_and(|answer| tells_of_what_passes(answer.message().unwrap_or_default()));
    let error = port_error(context, error);
    let class = match error.class() {
        _ if may_pass => PortErrorClass::Retryable,
        // A cluster that is gone is a mistake in the configuration, and no word about the package.
        PortErrorClass::NotFound => PortErrorClass::Permanent,
        class => class,
    };
    if class == error.class() {
        return error;
    }
    PortError::new(class, context).caused_by(error)
}

// Throttling and want of capacity also come as InvalidParameterException or ClientException, with a sentence; and a role that was
// made a moment ago is not known everywhere. The state machine reads the same clues from infra/modules/orchestration/answers.json,
// against which a test holds these.
fn tells_of_what_passes(answer: &str) -> bool {
    let answer = answer.to_ascii_lowercase();
    [
        "rate exceeded",
        "throttl",
        "request limit exceeded",
        "requestlimitexceeded",
        "too many requests",
        "too many concurrent",
        "toomanyrequests",
        "capacity is unavailable",
        "reached the limit",
        "above your limit",
        "resource:",
        "insufficient capacity",
        "insufficientfreeaddresses",
        "insufficient free addresses",
        "enough free addresses",
        "assume the role",
        "assume role",
    ]
    .iter()
    .any(|clue| answer.contains(clue))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class_and_text(output: RunTaskOutput) -> (PortErrorClass, String) {
        placed(output).err().unwrap()
    }

    fn failure(reason: &str) -> RunTaskOutput {
        RunTaskOutput::builder()
            .failures(Failure::builder().reason(reason).detail("detail").build())
            .build()
    }

    #[test]
    fn an_answer_of_200_can_be_a_failure() {
        let (class, text) = class_and_text(failure("RESOURCE:ENI"));
        assert_eq!(
            (class, text.as_str()),
            (PortErrorClass::Retryable, "RESOURCE:ENI (detail)")
        );
        assert_eq!(class_and_text(failure("MISSING")).0, PortErrorClass::Permanent);
        assert_eq!(
            class_and_text(RunTaskOutput::builder().build()).0,
            PortErrorClass::Retryable
        );
    }

    #[test]
    fn throttling_is_found_where_it_hides() {
        assert!(tells_of_what_passes("Rate exceeded"));
        assert!(!tells_of_what_passes("No such subnet"));
    }

    #[test]
    fn a_task_is_over_as_soon_as_it_is_meant_to_stop() {
        for (desired, last, expected) in [
            ("RUNNING", "PROVISIONING", false),
            ("RUNNING", "PENDING", false),
            ("RUNNING", "ACTIVATING", false),
            ("RUNNING", "RUNNING", false),
            ("STOPPED", "RUNNING", true),
            ("STOPPED", "STOPPED", true),
            ("RUNNING", "DEPROVISIONING", true),
        ] {
            let task = Task::builder().desired_status(desired).last_status(last).build();
            assert_eq!(is_over(&task), expected, "{desired} {last}");
        }
    }
}
