//! The names that the infrastructure gave, as programs get them: from their environment, or from the outputs of Terraform.

use std::time::Duration;

use relay_model::BucketName;
use relay_runtime::{Deployed, Missing};

/// Where packages, results and trails are.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct StoreNames {
    /// The bucket that packages arrive in.
    pub ingress_bucket: BucketName,
    /// The bucket that results are written to.
    pub results_bucket: BucketName,
    /// The KMS key with which packages must be encrypted.
    pub ingress_key_arn: String,
    /// The KMS key with which results are encrypted.
    pub results_key_arn: String,
    /// The table of audit events.
    pub trail_table: String,
    /// The table of organizations.
    pub organizations_table: String,
    /// The queue that notices of failures are sent to.
    pub notices_queue_url: String,
}

impl StoreNames {
    /// From a program's environment; what is not there is noted in `missing`.
    pub fn from_deployed(given: &Deployed, missing: &mut Missing) -> Option<Self> {
        let ingress_bucket = missing.require("RELAY_INGRESS_BUCKET", given.ingress_bucket.as_ref());
        let results_bucket = missing.require("RELAY_RESULTS_BUCKET", given.results_bucket.as_ref());
        let ingress_key_arn = missing.require("RELAY_INGRESS_KEY_ARN", given.ingress_key_arn.as_ref());
        let results_key_arn = missing.require("RELAY_RESULTS_KEY_ARN", given.results_key_arn.as_ref());
        let trail_table = missing.require("RELAY_TRAIL_TABLE", given.trail_table.as_ref());
        let organizations_table = missing.require("RELAY_ORGANIZATIONS_TABLE", given.organizations_table.as_ref());
        let notices_queue_url = missing.require("RELAY_NOTICES_QUEUE_URL", given.notices_queue_url.as_ref());
        Some(Self {
            ingress_bucket: ingress_bucket?,
            results_bucket: results_bucket?,
            ingress_key_arn: ingress_key_arn?,
            results_key_arn: results_key_arn?,
            trail_table: trail_table?,
            organizations_table: organizations_table?,
            notices_queue_url: notices_queue_url?,
        })
    }
}

/// Where notices come from, the book is, and alerts go to; and what alerts point at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlerterNames {
    /// The queue of notices.
    pub notices_queue_url: String,
    /// The table of the book.
    pub alerts_table: String,
    /// The topic on which alerts are published.
    pub alerts_topic_arn: String,
    /// The table of audit events.
    pub trail_table: String,
    /// The log group of tasks.
    pub task_log_group: String,
    /// The state machine that runs packages, where one does.
    pub state_machine_arn: Option<String>,
}

impl AlerterNames {
    /// From a program's environment; what is not there is noted in `missing`.
    pub fn from_deployed(given: &Deployed, missing: &mut Missing) -> Option<Self> {
        let notices_queue_url = missing.require("RELAY_NOTICES_QUEUE_URL", given.notices_queue_url.as_ref());
        let alerts_table = missing.require("RELAY_ALERTS_TABLE", given.alerts_table.as_ref());
        let alerts_topic_arn = missing.require("RELAY_ALERTS_TOPIC_ARN", given.alerts_topic_arn.as_ref());
        let trail_table = missing.require("RELAY_TRAIL_TABLE", given.trail_table.as_ref());
        let task_log_group = missing.require("RELAY_TASK_LOG_GROUP", given.task_log_group.as_ref());
        Some(Self {
            notices_queue_url: notices_queue_url?,
            alerts_table: alerts_table?,
            alerts_topic_arn: alerts_topic_arn?,
            trail_table: trail_table?,
            task_log_group: task_log_group?,
            state_machine_arn: given.state_machine_arn.clone(),
        })
    }
}

/// What `RunTask` starts, and where.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct TaskNames {
    /// The cluster.
    pub cluster_arn: String,
    /// The task definition with its revision.
    pub task_definition_arn: String,
    /// The container in it that gets the order.
    pub container_name: String,
    /// Private subnets.
    pub subnet_ids: Vec<String>,
    /// Security groups.
    pub security_group_ids: Vec<String>,
    /// An organization's task role is this with the organization's id appended.
    pub tenant_role_arn_prefix: String,
}

impl TaskNames {
    /// From a program's environment; what is not there is noted in `missing`.
    pub fn from_deployed(given: &Deployed, missing: &mut Missing) -> Option<Self> {
        let cluster_arn = missing.require("RELAY_CLUSTER_ARN", given.cluster_arn.as_ref());
        let task_definition_arn = missing.require("RELAY_TASK_DEFINITION_ARN", given.task_definition_arn.as_ref());
        let container_name = missing.require("RELAY_CONTAINER_NAME", given.container_name.as_ref());
        let subnet_ids = missing.require("RELAY_SUBNET_IDS", given.subnet_ids.as_ref());
        let security_group_ids = missing.require("RELAY_SECURITY_GROUP_IDS", given.security_group_ids.as_ref());
        let prefix = missing.require("RELAY_TENANT_ROLE_ARN_PREFIX", given.tenant_role_arn_prefix.as_ref());
        Some(Self {
            cluster_arn: cluster_arn?,
            task_definition_arn: task_definition_arn?,
            container_name: container_name?,
            subnet_ids: subnet_ids?.0,
            security_group_ids: security_group_ids?.0,
            tenant_role_arn_prefix: prefix?,
        })
    }
}

/// Which state machine runs packages.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct WorkflowNames {
    /// The state machine.
    pub state_machine_arn: String,
    /// An organization's task role is this with the organization's id appended.
    pub tenant_role_arn_prefix: String,
}

/// How runs are started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunNames {
    /// By a state machine, which watches them.
    Workflow(WorkflowNames),
    /// As tasks that nobody watches.
    Direct(TaskNames),
}

impl RunNames {
    /// From a program's environment: by a state machine if one is named. What is not there is noted in `missing`.
    pub fn from_deployed(given: &Deployed, missing: &mut Missing) -> Option<Self> {
        let Some(state_machine_arn) = given.state_machine_arn.clone() else {
            return TaskNames::from_deployed(given, missing).map(Self::Direct);
        };
        let prefix = missing.require("RELAY_TENANT_ROLE_ARN_PREFIX", given.tenant_role_arn_prefix.as_ref());
        Some(Self::Workflow(WorkflowNames {
            state_machine_arn,
            tenant_role_arn_prefix: prefix?,
        }))
    }
}

/// Who waits for the word of a task.
#[derive(Clone, PartialEq, Eq)]
pub struct RunWatch {
    /// By which the state machine knows what it waits for. It lets its holder end that wait, so it is not printed.
    pub(crate) token: String,
    /// How often a sign of life is expected.
    pub(crate) heartbeat: Duration,
}

impl std::fmt::Debug for RunWatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunWatch")
            .field("heartbeat", &self.heartbeat)
            .finish_non_exhaustive()
    }
}

impl RunWatch {
    /// From a program's environment; `None` when nobody waits.
    pub fn from_deployed(given: &Deployed, missing: &mut Missing) -> Option<Self> {
        let token = given.task_token.clone()?;
        let seconds = missing.require("RELAY_RUN_HEARTBEAT_SECONDS", given.run_heartbeat_seconds.as_ref())?;
        Some(Self {
            token,
            heartbeat: Duration::from_secs(u64::from(seconds.get())),
        })
    }
}

/// Where the roles are, and what they are given.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct TenantNames {
    /// The path of the roles: `/hybrid-relay/dev/tenant/`.
    pub tenant_role_path: String,
    /// The name of a role is this with the organization's id appended.
    pub tenant_role_name_prefix: String,
    /// The policy of all of them, and their boundary.
    pub tenant_policy_arn: String,
    /// Who may assume them: the trust policy, as Terraform made it.
    pub tenant_trust_policy: String,
}
