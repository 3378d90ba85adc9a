//! `CloudWatch` Logs: log groups.

use aws_config::SdkConfig;
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::LogGroup;
use relay_monitor::{Encryption, Facts, LogGroupFacts, Reading, Resource};

use crate::actions::LOGS_LIST;
use crate::pages::{Found, Page, all_pages};
use crate::scope::Scope;
use crate::services::kms::Keys;

const PAGE_GROUPS: i32 = 50;

/// All log groups of the region.
pub(crate) async fn read(scope: &Scope, config: &SdkConfig, keys: &Keys) -> Found {
    let client = Client::new(config);
    let listed = all_pages(scope, async |token| {
        let request = client.describe_log_groups().limit(PAGE_GROUPS).set_next_token(token);
        let answer = scope.ask(request.send()).await?;
        Ok(Page {
            next: answer.next_token().map(str::to_owned),
            items: answer.log_groups.unwrap_or_default(),
        })
    })
    .await;
    Found::listed("logs", LOGS_LIST, listed, |group| log_group(scope, keys, &group))
}

fn log_group(scope: &Scope, keys: &Keys, group: &LogGroup) -> Option<Resource> {
    let name = group.log_group_name()?;
    let encryption = match group.kms_key_id() {
        Some(key) => keys.encryption(key, scope),
        // "Encrypt log data using AWS KMS", CloudWatch Logs User Guide: by default the service's own key.
        None => Reading::Read(Encryption::ServiceOwned),
    };
    let days = group.retention_in_days().and_then(|days| u32::try_from(days).ok());
    Some(Resource {
        arn: scope.arn("logs", &format!("log-group:{name}")),
        name: name.to_owned(),
        facts: Facts::LogGroup(LogGroupFacts {
            encryption,
            retention_days: Reading::Read(days),
        }),
    })
}
