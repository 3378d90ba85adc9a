//! Everything together: the names that the infrastructure gave, and each port on them.

use std::collections::HashMap;
use std::sync::Arc;

use relay_alerts::AlertSettings;
use relay_pipeline::alerting::Alerting;
use relay_pipeline::ports::{
    AuditTrail, Clock, DuplicateIndex, Launcher, Notifier, OrganizationRegistry, PackageStore, TokenKeys,
};

use crate::client::Connection;
use crate::{
    AlerterNames, DynamoAlertState, DynamoDuplicateIndex, DynamoRegistry, DynamoTrail, DynamoTrailOptions, EcsLauncher,
    KmsTokenKeys, RunNames, S3Store, S3StoreOptions, SnsAlerts, SqsNotices, SqsNotifier, StepFunctionsLauncher,
    StoreNames,
};

/// The ports of a deployed relay.
#[derive(Clone)]
pub struct AwsPorts {
    /// Object versions.
    pub store: Arc<dyn PackageStore>,
    /// Audit events.
    pub trail: Arc<dyn AuditTrail>,
    /// Who was first with which bytes and names.
    pub duplicate_index: Arc<dyn DuplicateIndex>,
    /// Organizations.
    pub registry: Arc<dyn OrganizationRegistry>,
    /// What organizations' tokens are made with.
    pub token_keys: Arc<dyn TokenKeys>,
    /// Notices of failures.
    pub notifier: Arc<dyn Notifier>,
}

impl AwsPorts {
    /// Each port on these names.
    pub fn new(connection: &Connection, names: &StoreNames) -> Self {
        let keys = HashMap::from([
            (names.ingress_bucket.clone(), names.ingress_key_arn.clone()),
            (names.results_bucket.clone(), names.results_key_arn.clone()),
        ]);
        let store: Arc<dyn PackageStore> = Arc::new(S3Store::new(connection, S3StoreOptions::with_keys(keys)));
        let trail = DynamoTrailOptions {
            table: names.trail_table.clone(),
            spill: Some((Arc::clone(&store), names.results_bucket.clone())),
        };
        Self {
            trail: Arc::new(DynamoTrail::new(connection, trail)),
            duplicate_index: Arc::new(DynamoDuplicateIndex::new(connection, names.trail_table.clone())),
            registry: Arc::new(DynamoRegistry::new(
                connection,
                names.organizations_table.clone(),
                names.trail_table.clone(),
            )),
            token_keys: Arc::new(KmsTokenKeys::new(
                connection,
                names.results_bucket.clone(),
                names.results_key_arn.clone(),
            )),
            notifier: Arc::new(SqsNotifier::new(connection, names.notices_queue_url.clone())),
            store,
        }
    }
}

/// The launcher on these names.
pub fn launcher(connection: &Connection, names: RunNames) -> Arc<dyn Launcher> {
    match names {
        RunNames::Workflow(names) => Arc::new(StepFunctionsLauncher::new(connection, names)),
        RunNames::Direct(names) => Arc::new(EcsLauncher::new(connection, names)),
    }
}

/// The same for people who drive on what stands still: it looks first whether a run is there.
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
