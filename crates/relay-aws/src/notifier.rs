//! Sends notices of failures to a queue on Amazon SQS, from which the alerter makes alerts.

use async_trait::async_trait;
use relay_aws_client::{Connection, port_error};
use relay_pipeline::ports::{Notice, Notifier, PortError, PortErrorClass};

/// The notifier on Amazon SQS.
#[derive(Clone, Debug)]
pub struct SqsNotifier {
    client: aws_sdk_sqs::Client,
    queue_url: String,
}

impl SqsNotifier {
    /// A notifier on the queue at this address.
    pub fn new(connection: &Connection, queue_url: impl Into<String>) -> Self {
        Self {
            client: aws_sdk_sqs::Client::new(connection.sdk_config()),
            queue_url: queue_url.into(),
        }
    }
}

#[async_trait]
impl Notifier for SqsNotifier {
    async fn notify(&self, notice: &Notice) -> Result<(), PortError> {
        let context = || format!("the failure of {} could not be announced", notice.package_id);
        let message = notice
            .to_wire()
            .map_err(|error| PortError::new(PortErrorClass::Permanent, context()).caused_by(error))?;
        self.client
            .send_message()
            .queue_url(&self.queue_url)
            .message_body(message)
            .send()
            .await
            .map_err(|error| port_error(context(), error))?;
        Ok(())
    }
}
