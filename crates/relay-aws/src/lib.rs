//! The ports on S3, DynamoDB, ECS, SNS and KMS. The only crate that names an AWS SDK.

mod client;
mod errors;
mod launcher;
mod names;
mod notifier;
mod store;
mod tenants;

pub use client::Connection;
pub use launcher::EcsLauncher;
pub use names::{StoreNames, TaskNames, TenantNames};
pub use notifier::SnsNotifier;
pub use store::{S3Store, S3StoreOptions};
pub use tenants::TenantRoles;
