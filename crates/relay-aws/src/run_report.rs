//! The word that a task gives to the state machine that waits for it: alive, done, or failed with a name.
//!
//! "Wait for a Callback with Task Token", AWS Step Functions Developer Guide.

use std::error::Error;
use std::time::Duration;

use aws_sdk_sfn::config::http::HttpResponse;
use aws_sdk_sfn::error::{ProvideErrorMetadata, SdkError};
use relay_aws_client::{Connection, port_error};
use relay_pipeline::ports::PortError;
use serde_json::Value;

use crate::names::RunWatch;

/// What the service takes of a cause (API Reference, "`SendTaskFailure`"): 32,768 characters. More than this nobody reads.
const CAUSE_CHARACTERS_MAX: usize = 2_000;

/// Whether anybody still waits for the word of this task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The state machine does.
    Waits,
    /// Nobody: the wait has timed out or was ended, and another task may be at work.
    Gone,
}

/// Why a run ended without a conclusion, by the names that the state machine's retry rules know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunFailure {
    /// Another run may bring it.
    Interrupted,
    /// It would fail again until somebody changes something.
    MendFirst,
}

impl RunFailure {
    /// The error's name in the state machine.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interrupted => "Relay.Interrupted",
            Self::MendFirst => "Relay.MendFirst",
        }
    }
}

/// Reports to the state machine that started this task.
#[derive(Clone, Debug)]
pub struct RunReport {
    client: aws_sdk_sfn::Client,
    watch: RunWatch,
}

impl RunReport {
    /// A report to whoever waits for this token.
    pub fn new(connection: &Connection, watch: RunWatch) -> Self {
        Self {
            client: aws_sdk_sfn::Client::new(connection.sdk_config()),
            watch,
        }
    }

    /// How often a sign of life is expected.
    pub const fn interval(&self) -> Duration {
        self.watch.heartbeat
    }

    /// Says that the task is alive.
    pub async fn heartbeat(&self) -> Result<Audience, PortError> {
        let sent = self
            .client
            .send_task_heartbeat()
            .task_token(&self.watch.token)
            .send()
            .await;
        heard("the sign of life could not be sent", sent)
    }

    /// Says that the package has its conclusion; `output` becomes the state's result.
    pub async fn concluded(&self, output: &Value) -> Result<Audience, PortError> {
        let sent = self
            .client
            .send_task_success()
            .task_token(&self.watch.token)
            .output(output.to_string())
            .send()
            .await;
        heard("the verdict could not be reported", sent)
    }

    /// Says that the run ended without a conclusion.
    pub async fn failed(&self, failure: RunFailure, cause: &str) -> Result<Audience, PortError> {
        let sent = self
            .client
            .send_task_failure()
            .task_token(&self.watch.token)
            .error(failure.name())
            .cause(cause.chars().take(CAUSE_CHARACTERS_MAX).collect::<String>())
            .send()
            .await;
        heard("the failure could not be reported", sent)
    }
}

fn heard<T, E>(context: &str, sent: Result<T, SdkError<E, HttpResponse>>) -> Result<Audience, PortError>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    match sent {
        Ok(_) => Ok(Audience::Waits),
        Err(error) if matches!(error.code(), Some("TaskDoesNotExist" | "TaskTimedOut")) => Ok(Audience::Gone),
        Err(error) => Err(port_error(context, error)),
    }
}
