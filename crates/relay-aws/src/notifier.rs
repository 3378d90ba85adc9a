//! Announces failures on an SNS topic, as JSON under a fixed subject.

use async_trait::async_trait;
use relay_pipeline::ports::{Notice, Notifier, PortError, PortErrorClass};

use crate::client::Connection;
use crate::errors::port_error;

/// The subject of every announcement. Nothing of a package is in it: a subject has 100 characters, and a file's name could
/// make it invalid.
const SUBJECT: &str = "Hybrid Relay: a package failed";

/// The notifier on Amazon SNS.
#[derive(Clone, Debug)]
pub struct SnsNotifier {
    client: aws_sdk_sns::Client,
    topic_arn: String,
}

impl SnsNotifier {
    /// A notifier on this topic.
    pub fn new(connection: &Connection, topic_arn: impl Into<String>) -> Self {
        Self {
            client: connection.sns(),
            topic_arn: topic_arn.into(),
        }
    }
}

#[async_trait]
impl Notifier for SnsNotifier {
    async fn notify(&self, notice: &Notice) -> Result<(), PortError> {
        let context = || format!("the failure of {} could not be announced", notice.package_id);
        let message = serde_json::to_string(notice)
            .map_err(|error| PortError::new(PortErrorClass::Permanent, context()).caused_by(error))?;
        self.client
            .publish()
            .topic_arn(&self.topic_arn)
            .subject(SUBJECT)
            .message(message)
            .send()
            .await
            .map_err(|error| port_error(context(), error))?;
        Ok(())
    }
}
