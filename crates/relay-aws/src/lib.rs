//! The ports on S3, DynamoDB, Step Functions, ECS, SQS, SNS and KMS. The only crate that names an AWS SDK.

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

pub use claims::DynamoClaims;
pub use client::Connection;
pub use compose::{AwsPorts, launcher, operators_launcher};
pub use launcher::EcsLauncher;
pub use names::{RunNames, RunWatch, StoreNames, TaskNames, TenantNames, WorkflowNames};
pub use notifier::SnsNotifier;
pub use queues::{DeadLetter, QueueNames, SqsDepth, SqsQueue};
pub use registry::DynamoRegistry;
pub use run_report::{Audience, RunFailure, RunReport};
pub use signer::KmsSigner;
pub use store::{S3Store, S3StoreOptions};
pub use tenants::TenantRoles;
pub use trail::{DynamoTrail, DynamoTrailOptions};
pub use workflow::StepFunctionsLauncher;
