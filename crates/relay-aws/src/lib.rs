//! The ports on S3, DynamoDB, ECS, SNS and KMS. The only crate that names an AWS SDK.

mod client;
mod compose;
mod errors;
mod launcher;
mod names;
mod notifier;
mod registry;
mod signer;
mod store;
mod tenants;
mod trail;

pub use client::Connection;
pub use compose::{AwsPorts, launcher};
pub use launcher::EcsLauncher;
pub use names::{StoreNames, TaskNames, TenantNames};
pub use notifier::SnsNotifier;
pub use registry::DynamoRegistry;
pub use signer::KmsSigner;
pub use store::{S3Store, S3StoreOptions};
pub use tenants::TenantRoles;
pub use trail::{DynamoTrail, DynamoTrailOptions};
