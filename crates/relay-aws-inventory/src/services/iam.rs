//! IAM: the account's root user.

use aws_config::SdkConfig;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::SummaryKeyType;
use relay_monitor::{AccountRootFacts, Facts, Resource};

use crate::actions::IAM_SUMMARY;
use crate::pages::Found;
use crate::scope::{Failure, Scope, reading};

/// The root user.
pub(crate) async fn read(scope: &Scope, config: &SdkConfig) -> Found {
    let answer = scope.ask(Client::new(config).get_account_summary().send()).await;
    let summary = answer.map(|answer| answer.summary_map.unwrap_or_default());
    let is_set = |entry: SummaryKeyType| match &summary {
        Ok(summary) => match summary.get(&entry) {
            Some(count) => Ok(*count > 0),
            None => Err(Failure::other(format!("the answer has no {}", entry.as_str()))),
        },
        Err(failure) => Err(failure.clone()),
    };
    let facts = AccountRootFacts {
        access_keys: reading(IAM_SUMMARY, is_set(SummaryKeyType::AccountAccessKeysPresent)),
        mfa: reading(IAM_SUMMARY, is_set(SummaryKeyType::AccountMfaEnabled)),
    };
    Found::one(Resource {
        arn: format!("arn:{}:iam::{}:root", scope.partition, scope.account_id),
        name: "root user".to_owned(),
        facts: Facts::AccountRoot(facts),
    })
}
