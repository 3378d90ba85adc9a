//! DynamoDB: tables.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{PointInTimeRecoveryStatus, SseStatus, TableDescription};
use relay_monitor::{Encryption, Facts, Reading, Resource, TableFacts};

use crate::actions::{DYNAMODB_BACKUPS, DYNAMODB_LIST, DYNAMODB_TABLE};
use crate::pages::{Found, Page, all_pages, each};
use crate::scope::{Failure, Gone, Scope, present};
use crate::services::kms::Keys;

const PAGE_TABLES: i32 = 100;
const GONE: [&str; 2] = ["ResourceNotFoundException", "TableNotFoundException"];

/// All tables of the region.
pub(crate) async fn read(scope: &Scope, config: &SdkConfig, keys: &Keys) -> Found {
    let client = Client::new(config);
    let listed = all_pages(scope, async |after| {
        let request = client
            .list_tables()
            .limit(PAGE_TABLES)
            .set_exclusive_start_table_name(after);
        let answer = scope.ask(request.send()).await?;
        Ok(Page {
            next: answer.last_evaluated_table_name().map(str::to_owned),
            items: answer.table_names.unwrap_or_default(),
        })
    })
    .await;
    each(scope, "dynamodb", DYNAMODB_LIST, listed, |name| {
        let client = &client;
        async move { table(scope, client, keys, name).await }
    })
    .await
}

async fn table(scope: &Scope, client: &Client, keys: &Keys, name: String) -> Result<Resource, Gone> {
    let answer = scope.ask(client.describe_table().table_name(&name).send()).await;
    let answer = answer.and_then(|answer| answer.table.ok_or_else(|| Failure::other("the answer has no table")));
    let described = present(DYNAMODB_TABLE, answer, &GONE)?;
    let backups = scope
        .ask(client.describe_continuous_backups().table_name(&name).send())
        .await;
    let recovery = backups.map(|answer| {
        let recovery = answer
            .continuous_backups_description
            .and_then(|backups| backups.point_in_time_recovery_description);
        recovery.and_then(|recovery| recovery.point_in_time_recovery_status) == Some(PointInTimeRecoveryStatus::Enabled)
    });
    let (encryption, deletion_protection) = match &described {
        Reading::Read(table) => (
            encryption(table, keys, scope),
            Reading::Read(table.deletion_protection_enabled() == Some(true)),
        ),
        Reading::Unreadable(why) => (Reading::Unreadable(why.clone()), Reading::Unreadable(why.clone())),
    };
    let facts = TableFacts {
        encryption,
        point_in_time_recovery: present(DYNAMODB_BACKUPS, recovery, &GONE)?,
        deletion_protection,
    };
    Ok(Resource {
        arn: scope.arn("dynamodb", &format!("table/{name}")),
        name,
        facts: Facts::Table(facts),
    })
}

// Without a description it is the key that DynamoDB owns ("SSEDescription", DynamoDB API Reference).
fn encryption(table: &TableDescription, keys: &Keys, scope: &Scope) -> Reading<Encryption> {
    let description = table.sse_description();
    let is_on = description
        .and_then(|description| description.status())
        .is_some_and(|status| matches!(status, SseStatus::Enabled | SseStatus::Enabling | SseStatus::Updating));
    match description.and_then(|description| description.kms_master_key_arn()) {
        Some(key) if is_on => keys.encryption(key, scope),
        _ => Reading::Read(Encryption::ServiceOwned),
    }
}
