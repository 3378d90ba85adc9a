//! Notices on Amazon SQS, the book on Amazon `DynamoDB`, alerts on Amazon SNS (docs/ALERTS.md).

mod book;
mod notices;
mod topic;

pub use book::DynamoBooks;
pub use notices::SqsNotices;
pub use topic::SnsAlerts;
