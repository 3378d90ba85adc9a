//! A deployed function that somebody waits for.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_lambda::primitives::Blob;
use relay_aws_client::{Connection, port_error};
use relay_pipeline::ports::{PortError, PortErrorClass};
use serde_json::Value;

/// The longest that a function may run ("Configure Lambda function timeout", AWS Lambda Developer Guide), and a little more.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15 * 60 + 10);

/// A function on AWS Lambda.
#[derive(Clone, Debug)]
pub struct OnDemand {
    client: aws_sdk_lambda::Client,
    function_name: String,
}

impl OnDemand {
    /// The function of this name. It is asked once: a repetition would be another run of it.
    pub fn new(connection: &Connection, function_name: impl Into<String>) -> Self {
        let timeouts = TimeoutConfig::builder()
            .read_timeout(ANSWER_TIMEOUT)
            .operation_attempt_timeout(ANSWER_TIMEOUT)
            .operation_timeout(ANSWER_TIMEOUT)
            .build();
        let config = aws_sdk_lambda::config::Builder::from(connection.sdk_config())
            .timeout_config(timeouts)
            .retry_config(RetryConfig::disabled())
            .build();
        Self {
            client: aws_sdk_lambda::Client::from_conf(config),
            function_name: function_name.into(),
        }
    }

    /// Runs it, and waits for its answer.
    pub async fn run(&self) -> Result<Value, PortError> {
        let context = || format!("the function {} could not be run", self.function_name);
        let answer = self
            .client
            .invoke()
            .function_name(&self.function_name)
            .payload(Blob::new(b"{}"))
            .send()
            .await
            .map_err(|error| port_error(context(), error))?;
        let text = answer
            .payload()
            .map(|blob| String::from_utf8_lossy(blob.as_ref()).into_owned());
        let text = text.unwrap_or_default();
        if answer.function_error().is_some() {
            let text = format!(
                "the function {} has failed: {text}; its log says more",
                self.function_name
            );
            return Err(PortError::new(PortErrorClass::Permanent, text));
        }
        serde_json::from_str(&text)
            .map_err(|error| PortError::new(PortErrorClass::Permanent, context()).caused_by(error))
    }
}
