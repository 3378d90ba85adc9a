//! Announces on an SNS topic what changed in the security of an account.

use async_trait::async_trait;
use relay_aws_client::Connection;
use relay_monitor::{Announcement, Announcer, PortFailure};

/// People, behind a topic on Amazon SNS.
#[derive(Clone, Debug)]
pub struct SnsAnnouncer {
    client: aws_sdk_sns::Client,
    topic_arn: String,
}

impl SnsAnnouncer {
    /// On this topic.
    pub fn new(connection: &Connection, topic_arn: impl Into<String>) -> Self {
        Self {
            client: aws_sdk_sns::Client::new(connection.sdk_config()),
            topic_arn: topic_arn.into(),
        }
    }
}

#[async_trait]
impl Announcer for SnsAnnouncer {
    async fn announce(&self, announcement: &Announcement) -> Result<(), PortFailure> {
        let context = || format!("announcement {} could not be published", announcement.id);
        let message = announcement
            .to_json()
            .map_err(|error| PortFailure::new(context()).caused_by(error))?;
        self.client
            .publish()
            .topic_arn(&self.topic_arn)
            .subject(&announcement.subject)
            .message(message)
            .send()
            .await
            .map_err(|error| PortFailure::new(context()).caused_by(error))?;
        Ok(())
    }
}
