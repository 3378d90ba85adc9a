//! The ports on DynamoDB, SQS, SNS, Step Functions, ECS and KMS, and all of a deployed relay together.

mod alerts;
mod announcer;
mod compose;
mod duplicate_index;
mod findings;
mod launcher;
mod names;
mod notifier;
mod on_demand;
mod queues;
mod registry;
mod run_report;
mod signer;
mod tenants;
mod token_keys;
mod trail;
mod workflow;

pub use alerts::{DynamoAlertState, SnsAlerts, SqsNotices};
pub use announcer::SnsAnnouncer;
pub use compose::{alerting, launcher, operators_launcher, ports, token_keys};
pub use duplicate_index::DynamoDuplicateIndex;
pub use findings::{MonitorNames, S3Findings};
pub use launcher::EcsLauncher;
pub use names::{AlerterNames, RunNames, RunWatch, StoreNames, TaskNames, TenantNames, WorkflowNames};
pub use notifier::SqsNotifier;
pub use on_demand::OnDemand;
pub use queues::{DeadLetter, QueueNames, SqsDepth, SqsQueue};
pub use registry::DynamoRegistry;
pub use relay_aws_client::Connection;
pub use run_report::{Audience, RunFailure, RunReport};
pub use signer::KmsSigner;
pub use tenants::TenantRoles;
pub use token_keys::KmsTokenKeys;
pub use trail::{DynamoTrail, DynamoTrailOptions};
pub use workflow::StepFunctionsLauncher;
