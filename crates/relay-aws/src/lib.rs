//! The ports on S3, DynamoDB, SQS, SNS, Step Functions, ECS and KMS. The only crate that names an AWS SDK.

mod alerts;
mod claims;
mod client;
mod compose;
mod errors;
mod launcher;
mod names;
mod notifier;
mod queues;
mod registry;
mod run_report;
mod signer;
mod store;
mod tenants;
mod trail;
mod workflow;

pub use alerts::{DynamoBooks, SnsAlerts, SqsNotices};
pub use claims::DynamoClaims;
pub use client::Connection;
pub use compose::{AwsPorts, alerting, launcher, operators_launcher};
pub use launcher::EcsLauncher;
pub use names::{AlerterNames, RunNames, RunWatch, StoreNames, TaskNames, TenantNames, WorkflowNames};
pub use notifier::SqsNotifier;
pub use queues::{DeadLetter, QueueNames, SqsDepth, SqsQueue};
pub use registry::DynamoRegistry;
pub use run_report::{Audience, RunFailure, RunReport};
pub use signer::KmsSigner;
pub use store::{S3Store, S3StoreOptions};
pub use tenants::TenantRoles;
pub use trail::{DynamoTrail, DynamoTrailOptions};
pub use workflow::StepFunctionsLauncher;
