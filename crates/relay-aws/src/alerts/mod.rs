//! Notices on Amazon SQS, the book on Amazon `DynamoDB`, alerts on Amazon SNS (docs/ALERTS.md).

mod notices;
mod state;
mod topic;

pub use notices::SqsNotices;
pub use state::DynamoAlertState;
pub use topic::SnsAlerts;
