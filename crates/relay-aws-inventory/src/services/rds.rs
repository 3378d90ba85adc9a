//! RDS: instances, whose list says all that is asked of them.

use aws_config::SdkConfig;
use aws_sdk_rds::Client;
use aws_sdk_rds::types::DbInstance;
use relay_monitor::{DatabaseFacts, Encryption, Facts, Reading, Resource};

use crate::actions::RDS_LIST;
use crate::pages::{Found, Page, all_pages};
use crate::scope::Scope;
use crate::services::kms::Keys;

const PAGE_INSTANCES: i32 = 100;

/// All instances of the region.
pub(crate) async fn read(scope: &Scope, config: &SdkConfig, keys: &Keys) -> Found {
    let client = Client::new(config);
    let listed = all_pages(scope, async |marker| {
        let request = client
            .describe_db_instances()
            .max_records(PAGE_INSTANCES)
            .set_marker(marker);
        let answer = scope.ask(request.send()).await?;
        Ok(Page {
            next: answer.marker().map(str::to_owned),
            items: answer.db_instances.unwrap_or_default(),
        })
    })
    .await;
    Found::listed("rds", RDS_LIST, listed, |instance| database(scope, keys, &instance))
}

fn database(scope: &Scope, keys: &Keys, instance: &DbInstance) -> Option<Resource> {
    let encryption = match (instance.storage_encrypted() == Some(true), instance.kms_key_id()) {
        (true, Some(key)) => keys.encryption(key, scope),
        (true, None) => Reading::Read(Encryption::ServiceOwned),
        (false, _) => Reading::Read(Encryption::Off),
    };
    let retention = instance.backup_retention_period().unwrap_or(0);
    let facts = DatabaseFacts {
        encryption,
        publicly_accessible: Reading::Read(instance.publicly_accessible() == Some(true)),
        backup_retention_days: Reading::Read(u32::try_from(retention).unwrap_or(0)),
        deletion_protection: Reading::Read(instance.deletion_protection() == Some(true)),
    };
    Some(Resource {
        arn: instance.db_instance_arn()?.to_owned(),
        name: instance.db_instance_identifier()?.to_owned(),
        facts: Facts::Database(facts),
    })
}
