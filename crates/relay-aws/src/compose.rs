//! Everything together: the names that the infrastructure gave, and each port on them.

use std::collections::HashMap;
use std::sync::Arc;

use relay_alerts::AlertSettings;
use relay_aws_client::Connection;
use relay_pipeline::alerting::Alerting;
use relay_pipeline::ports::{Clock, Launcher, PackageStore, Ports, SystemClock, TokenKeys};
use relay_s3::{S3Store, S3StoreOptions};

use crate::{
    AlerterNames, DynamoAlertState, DynamoDuplicateIndex, DynamoRegistry, DynamoTrail, DynamoTrailOptions, EcsLauncher,
    KmsTokenKeys, RunNames, SnsAlerts, SqsNotices, SqsNotifier, StepFunctionsLauncher, StoreNames,
};

/// The ports of a deployed relay, on these names. What a program may do with them is limited by its role.
pub fn ports(connection: &Connection, names: &StoreNames) -> Ports {
    let keys = HashMap::from([
        (names.ingress_bucket.clone(), names.ingress_key_arn.clone()),
        (names.results_bucket.clone(), names.results_key_arn.clone()),
    ]);
    let store: Arc<dyn PackageStore> = Arc::new(S3Store::new(connection, S3StoreOptions::with_keys(keys)));
    let trail = DynamoTrailOptions {
        table: names.trail_table.clone(),
        spill: Some((Arc::clone(&store), names.results_bucket.clone())),
    };
    let trail = Arc::new(DynamoTrail::new(connection, trail));
    Ports {
        trail: trail.clone(),
        trail_reader: trail,
        duplicate_index: Arc::new(DynamoDuplicateIndex::new(connection, names.trail_table.clone())),
        registry: Arc::new(DynamoRegistry::new(
            connection,
            names.organizations_table.clone(),
            names.trail_table.clone(),
        )),
        notifier: Arc::new(SqsNotifier::new(connection, names.notices_queue_url.clone())),
        clock: Arc::new(SystemClock),
        store,
    }
}

/// The keys that personal data is tokenized with: only the tasks of an organization may unwrap its key.
pub fn token_keys(connection: &Connection, names: &StoreNames) -> Arc<dyn TokenKeys> {
    Arc::new(KmsTokenKeys::new(
        connection,
        names.results_bucket.clone(),
        names.results_key_arn.clone(),
    ))
}

/// The launcher on these names.
pub fn launcher(connection: &Connection, names: RunNames) -> Arc<dyn Launcher> {
    match names {
        RunNames::Workflow(names) => Arc::new(StepFunctionsLauncher::new(connection, names)),
        RunNames::Direct(names) => Arc::new(EcsLauncher::new(connection, names)),
    }
}

/// The same for operators, who resume stalled packages: it looks first whether a run is there.
pub fn operators_launcher(connection: &Connection, names: RunNames) -> Arc<dyn Launcher> {
    match names {
        RunNames::Workflow(names) => Arc::new(StepFunctionsLauncher::new(connection, names).looking_first()),
        RunNames::Direct(names) => Arc::new(EcsLauncher::new(connection, names).looking_first()),
    }
}

/// What a round of alerting takes, on these names.
pub fn alerting(
    connection: &Connection,
    names: &AlerterNames,
    clock: Arc<dyn Clock>,
    settings: AlertSettings,
) -> Alerting {
    Alerting {
        notices: Arc::new(SqsNotices::new(connection, names.notices_queue_url.clone())),
        books: Arc::new(DynamoAlertState::new(connection, names.alerts_table.clone())),
        sink: Arc::new(SnsAlerts::new(connection, names.alerts_topic_arn.clone())),
        clock,
        settings,
    }
}
