//! A deployed relay: what `terraform output -json` says of it, and its ports.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use relay_aws::{
    Connection, OnDemand, QueueNames, RunNames, S3Findings, StoreNames, TaskNames, TenantNames, TenantRoles,
    WorkflowNames, operators_launcher,
};
pub use relay_aws::{DeadLetter, SqsQueue};
use relay_model::BucketName;
use relay_monitor::FindingStore;
use relay_pipeline::ports::{Launcher, Ports};
use serde::Deserialize;

/// What a deployed relay has besides its ports.
pub struct Stack {
    pub connection: Connection,
    pub tenants: TenantRoles,
    pub notifications: SqsQueue,
    pub notices: SqsQueue,
    pub monitor: OnDemand,
    pub findings: Arc<dyn FindingStore>,
}

/// A deployed relay, opened.
pub struct OpenStack {
    pub ports: Ports,
    pub launcher: Arc<dyn Launcher>,
    pub ingress_bucket: BucketName,
    pub results_bucket: BucketName,
    pub stack: Stack,
}

// The output named `relay`; the others are for people and other programs.
#[derive(Deserialize)]
struct Outputs {
    relay: Output,
}

#[derive(Deserialize)]
struct Output {
    value: Names,
}

#[derive(Deserialize)]
struct Names {
    region: String,
    #[serde(flatten)]
    stores: StoreNames,
    #[serde(flatten)]
    tasks: TaskNames,
    // Only where runs are watched by a state machine.
    state_machine_arn: Option<String>,
    #[serde(flatten)]
    tenants: TenantNames,
    #[serde(flatten)]
    queues: QueueNames,
    monitor_function_name: String,
}

/// Opens the relay that the outputs in `path` describe, with the credentials that the AWS tools find.
pub async fn open(path: &Path) -> anyhow::Result<OpenStack> {
    let text = std::fs::read_to_string(path).with_context(|| {
        format!(
            "{} could not be read; make it with: terraform -chdir=infra output -json > outputs.json",
            path.display()
        )
    })?;
    let outputs: Outputs = serde_json::from_str(&text).with_context(|| {
        format!(
            "{} is not what terraform output -json writes for this version of infra/",
            path.display()
        )
    })?;
    let names = outputs.relay.value;
    let connection = Connection::in_region(&names.region).await;
    let runs = match names.state_machine_arn {
        Some(state_machine_arn) => RunNames::Workflow(WorkflowNames {
            state_machine_arn,
            tenant_role_arn_prefix: names.tasks.tenant_role_arn_prefix,
        }),
        None => RunNames::Direct(names.tasks),
    };
    let stack = Stack {
        tenants: TenantRoles::new(&connection, names.tenants),
        notifications: SqsQueue::new(
            &connection,
            names.queues.notification_queue_url,
            names.queues.notification_dlq_url,
        ),
        notices: SqsQueue::new(
            &connection,
            names.stores.notices_queue_url.clone(),
            names.queues.notices_dlq_url,
        ),
        monitor: OnDemand::new(&connection, names.monitor_function_name),
        findings: Arc::new(S3Findings::new(
            &connection,
            names.stores.results_bucket.clone(),
            names.stores.results_key_arn.clone(),
        )),
        connection: connection.clone(),
    };
    Ok(OpenStack {
        ports: relay_aws::ports(&connection, &names.stores),
        launcher: operators_launcher(&connection, runs),
        ingress_bucket: names.stores.ingress_bucket,
        results_bucket: names.stores.results_bucket,
        stack,
    })
}
