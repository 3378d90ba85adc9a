//! What an AWS account holds and how it is set, read for the monitor. One of the crates that name AWS SDKs.
//!
//! Nothing here judges: what could not be read is said, with the reason, and what is not configured is a fact.

mod actions;
mod ec2_query;
mod pages;
mod policy;
mod scope;
mod secrets;
mod services;

pub use actions::ACTIONS;
pub use scope::Limits;

use std::time::Duration;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use futures_util::future::{BoxFuture, join_all};
use relay_aws_client::Connection;
use relay_monitor::{AccountInventory, Inventory, PortFailure};
use tokio::time::Instant;

use pages::Found;
use scope::Scope;
use services::{cloudtrail, dynamodb, ec2, ecr, iam, kinesis, kms, lambda, logs, rds, s3, secretsmanager, sns, sqs};

/// Reads one region of an account, and what is the account's as a whole.
#[derive(Clone, Debug)]
pub struct AwsInventory {
    config: SdkConfig,
    limits: Limits,
}

/// Nothing can be read at all.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// Neither the environment nor the profile names a region.
    #[error("no region is configured")]
    NoRegion,
    /// Nobody says whose account it is: no credentials, no network.
    #[error("the account is not known: {0}")]
    NoAccount(String),
}

impl AwsInventory {
    /// On the connection of the other ports, with more patience for throttling: this is no request that somebody waits for.
    pub fn new(connection: &Connection, limits: Limits) -> Self {
        let retries = RetryConfig::standard()
            .with_max_attempts(limits.attempts_max)
            .with_max_backoff(limits.backoff_max);
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(limits.attempt_timeout)
            .build();
        let mut timeouts = timeouts;
        if let Some(given) = connection.sdk_config().timeout_config() {
            timeouts.take_defaults_from(given);
        }
        let config = connection.sdk_config().to_builder();
        Self {
            config: config.retry_config(retries).timeout_config(timeouts).build(),
            limits,
        }
    }

    /// Reads everything that can be read until `deadline`.
    pub async fn take(&self, deadline: Instant) -> Result<Inventory, InventoryError> {
        let region = self.config.region().ok_or(InventoryError::NoRegion)?.to_string();
        let mut scope = Scope::new(self.limits, deadline, region);
        (scope.partition, scope.account_id) = self.account(&scope).await?;
        let found = self.read(&scope).await;
        let mut resources = found.resources;
        resources.sort_by(|one, other| one.arn.cmp(&other.arn));
        let mut unread = found.unread;
        unread.sort_by(|one, other| (&one.service, &one.action).cmp(&(&other.service, &other.action)));
        Ok(Inventory {
            account_id: scope.account_id,
            region: scope.region,
            resources,
            unread,
        })
    }

    // Partition and account.
    async fn account(&self, scope: &Scope) -> Result<(String, String), InventoryError> {
        let no_account = InventoryError::NoAccount;
        let answer = scope
            .ask(aws_sdk_sts::Client::new(&self.config).get_caller_identity().send())
            .await;
        let identity = answer.map_err(|failure| no_account(failure.why("sts:GetCallerIdentity").message))?;
        let partition = identity.arn().and_then(|arn| arn.split(':').nth(1));
        let partition = partition
            .ok_or_else(|| no_account("the answer has no ARN".to_owned()))?
            .to_owned();
        let account_id = identity
            .account
            .ok_or_else(|| no_account("the answer has no account".to_owned()))?;
        Ok((partition, account_id))
    }

    // KMS first, since the others name its keys; then all beside one another, under one limit of calls.
    async fn read(&self, scope: &Scope) -> Found {
        let config = &self.config;
        let (mut found, keys) = Box::pin(kms::read(scope, config)).await;
        // Boxed, since the futures of the SDK are large: side by side on one stack they would not fit on a thread's.
        let services: [BoxFuture<'_, Found>; 13] = [
            Box::pin(s3::read(scope, config, &keys)),
            Box::pin(dynamodb::read(scope, config, &keys)),
            Box::pin(sqs::read(scope, config, &keys)),
            Box::pin(sns::read(scope, config, &keys)),
            Box::pin(kinesis::read(scope, config, &keys)),
            Box::pin(rds::read(scope, config, &keys)),
            Box::pin(logs::read(scope, config, &keys)),
            Box::pin(ec2::read(scope, config)),
            Box::pin(secretsmanager::read(scope, config)),
            Box::pin(ecr::read(scope, config)),
            Box::pin(lambda::read(scope, config)),
            Box::pin(iam::read(scope, config)),
            Box::pin(cloudtrail::read(scope, config)),
        ];
        for one in join_all(services).await {
            found.add(one);
        }
        found
    }
}

#[async_trait]
impl AccountInventory for AwsInventory {
    async fn take(&self, time: Duration) -> Result<Inventory, PortFailure> {
        let taken = Self::take(self, Instant::now() + time).await;
        taken.map_err(|error| PortFailure::new("the inventory could not be taken").caused_by(error))
    }
}
