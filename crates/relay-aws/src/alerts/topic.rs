//! Publishes alerts on an SNS topic: their JSON under their subject.

use async_trait::async_trait;
use relay_alerts::Alert;
use relay_aws_client::{Connection, port_error};
use relay_pipeline::ports::{AlertSink, PortError, PortErrorClass};

/// People, behind a topic on Amazon SNS.
#[derive(Clone, Debug)]
pub struct SnsAlerts {
    client: aws_sdk_sns::Client,
    topic_arn: String,
}

impl SnsAlerts {
    /// On this topic.
    pub fn new(connection: &Connection, topic_arn: impl Into<String>) -> Self {
        Self {
            client: aws_sdk_sns::Client::new(connection.sdk_config()),
            topic_arn: topic_arn.into(),
        }
    }
}

#[async_trait]
impl AlertSink for SnsAlerts {
    async fn send(&self, alert: &Alert) -> Result<(), PortError> {
        let context = || format!("alert {} could not be published", alert.id);
        let message = alert
            .to_json()
            .map_err(|error| PortError::new(PortErrorClass::Permanent, context()).caused_by(error))?;
        // No message structure is named: whatever the message looks like, every subscriber gets all of it as it is.
        self.client
            .publish()
            .topic_arn(&self.topic_arn)
            .subject(&alert.subject)
            .message(message)
            .send()
            .await
            .map_err(|error| port_error(context(), error))?;
        Ok(())
    }
}
