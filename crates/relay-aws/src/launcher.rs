//! Starts one Fargate task for each run order.
//!
//! `RunTask` is told a client token that is derived from the order, so that the same order started twice is one task
//! (Amazon ECS API Reference, "Ensuring idempotency"), and the role of the package's organization, so that IAM limits the
//! task to that organization.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_ecs::operation::run_task::RunTaskOutput;
use aws_sdk_ecs::types::{
    AssignPublicIp, AwsVpcConfiguration, ContainerOverride, DesiredStatus, Failure, KeyValuePair, LaunchType,
    NetworkConfiguration, PropagateTags, TaskOverride,
};
use relay_model::Sha256Digest;
use relay_pipeline::ports::{Launched, Launcher, PortError, PortErrorClass, RunOrder};

use crate::client::Connection;
use crate::errors::port_error;
use crate::names::TaskNames;

/// How often a start that was throttled, or found no capacity, is tried before the caller is told.
const STARTS_MAX: u32 = 4;
/// The pause before the second try; it doubles with each further one.
const PAUSE: Duration = Duration::from_millis(250);
/// What `startedBy` may hold (API Reference, `RunTask`).
const STARTED_BY_BYTES_MAX: usize = 36;
/// The variable of the processor that carries the order.
const ORDER_VARIABLE: &str = "RELAY_RUN_ORDER";

/// The launcher on Amazon ECS.
#[derive(Clone, Debug)]
pub struct EcsLauncher {
    client: aws_sdk_ecs::Client,
    names: TaskNames,
    looks_first: bool,
}

impl EcsLauncher {
    /// A launcher of these tasks.
    pub fn new(connection: &Connection, names: TaskNames) -> Self {
        Self {
            client: connection.ecs(),
            names,
            looks_first: false,
        }
    }

    /// The same, looking first whether a task of the package is there. The client token knows only that the same order
    /// was given twice; who drives on a package whose trail has moved on must not start a second task beside the first.
    /// Needs the permission to list tasks, which the validator does not have.
    #[must_use]
    pub const fn looking_first(mut self) -> Self {
        self.looks_first = true;
        self
    }

    async fn is_running(&self, order: &RunOrder) -> Result<bool, PortError> {
        let listed = self
            .client
            .list_tasks()
            .cluster(&self.names.cluster_arn)
            .started_by(started_by(order))
            .desired_status(DesiredStatus::Running)
            .send()
            .await
            .map_err(|error| port_error("the running tasks could not be listed", error))?;
        Ok(!listed.task_arns().is_empty())
    }

    async fn start(&self, order: &RunOrder) -> Result<Launched, PortError> {
        let context = || format!("the run of {} could not be started", order.package_id);
        let json = serde_json::to_string(order)
            .map_err(|error| PortError::new(PortErrorClass::Permanent, context()).caused_by(error))?;
        let network = AwsVpcConfiguration::builder()
            .set_subnets(Some(self.names.subnet_ids.clone()))
            .set_security_groups(Some(self.names.security_group_ids.clone()))
            .assign_public_ip(AssignPublicIp::Disabled)
            .build()
            .map_err(|error| PortError::new(PortErrorClass::Permanent, context()).caused_by(error))?;
        let container = ContainerOverride::builder()
            .name(&self.names.container_name)
            .environment(KeyValuePair::builder().name(ORDER_VARIABLE).value(json).build())
            .build();
        let overrides = TaskOverride::builder()
            .container_overrides(container)
            .task_role_arn(format!("{}{}", self.names.tenant_role_arn_prefix, order.organization))
            .build();
        let answer = self
            .client
            .run_task()
            .cluster(&self.names.cluster_arn)
            .task_definition(&self.names.task_definition_arn)
            .launch_type(LaunchType::Fargate)
            .network_configuration(NetworkConfiguration::builder().awsvpc_configuration(network).build())
            .overrides(overrides)
            .client_token(client_token(order))
            .started_by(started_by(order))
            .propagate_tags(PropagateTags::TaskDefinition)
            .count(1)
            .send()
            .await
            .map_err(|error| {
                let class = hidden_class(&format!("{:?}", error.as_service_error()));
                let error = port_error(context(), error);
                match class {
                    Some(class) => PortError::new(class, context()).caused_by(error),
                    None => error,
                }
            })?;
        judge(&answer).map_err(|(class, why)| PortError::new(class, format!("{}: {why}", context())))
    }
}

#[async_trait]
impl Launcher for EcsLauncher {
    async fn launch(&self, order: &RunOrder) -> Result<Launched, PortError> {
        if self.looks_first && self.is_running(order).await? {
            return Ok(Launched::AlreadyRunning);
        }
        let mut pause = PAUSE;
        for _ in 1..STARTS_MAX {
            match self.start(order).await {
                Err(error) if error.class() == PortErrorClass::Retryable => {
                    tracing::debug!(package.id = %order.package_id, error = %error, "a run could not be started; it is tried again");
                }
                settled => return settled,
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        self.start(order).await
    }
}

// The same for the same place in the same trail: a replay is another place, and so another run.
fn client_token(order: &RunOrder) -> String {
    let text = format!("{}#{}", order.package_id, order.journey.head.seq);
    Sha256Digest::of(text.as_bytes()).to_string()
}

// The beginning of the package's id, which is as good as all of it: 128 of its 160 bits.
fn started_by(order: &RunOrder) -> String {
    order.package_id.as_str().chars().take(STARTED_BY_BYTES_MAX).collect()
}

// `RunTask` answers 200 with `failures` when it could place nothing.
fn judge(answer: &RunTaskOutput) -> Result<Launched, (PortErrorClass, String)> {
    if let Some(failure) = answer.failures().first() {
        return Err((class_of_failure(failure), in_words(failure)));
    }
    if answer.tasks().is_empty() {
        let text = "the service started no task and gave no reason".to_owned();
        return Err((PortErrorClass::Retryable, text));
    }
    // A repeated token answers with the task that it started before: then there is one run as well.
    Ok(Launched::Started)
}

fn in_words(failure: &Failure) -> String {
    let reason = failure.reason().unwrap_or("no reason given");
    match failure.detail() {
        Some(detail) => format!("{reason} ({detail})"),
        None => reason.to_owned(),
    }
}

// "API failures messages", Amazon ECS Developer Guide: what stands for want of capacity passes, what is missing stays missing.
fn class_of_failure(failure: &Failure) -> PortErrorClass {
    match failure.reason().unwrap_or_default() {
        "MISSING" | "INACTIVE" | "ATTRIBUTE" | "LOCATION" => PortErrorClass::Permanent,
        _ => PortErrorClass::Retryable,
    }
}

// Throttling also comes as InvalidParameterException or ClientException, with a sentence.
fn hidden_class(text: &str) -> Option<PortErrorClass> {
    let text = text.to_ascii_lowercase();
    ["rate exceeded", "throttl", "too many", "capacity is unavailable"]
        .iter()
        .any(|clue| text.contains(clue))
        .then_some(PortErrorClass::Retryable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(reason: &str) -> RunTaskOutput {
        RunTaskOutput::builder()
            .failures(Failure::builder().reason(reason).detail("detail").build())
            .build()
    }

    #[test]
    fn an_answer_of_200_can_be_a_failure() {
        let (class, text) = judge(&failure("RESOURCE:ENI")).unwrap_err();
        assert_eq!(
            (class, text.as_str()),
            (PortErrorClass::Retryable, "RESOURCE:ENI (detail)")
        );
        assert_eq!(judge(&failure("MISSING")).unwrap_err().0, PortErrorClass::Permanent);
        assert_eq!(
            judge(&RunTaskOutput::builder().build()).unwrap_err().0,
            PortErrorClass::Retryable
        );
    }

    #[test]
    fn throttling_is_found_where_it_hides() {
        let hidden = "InvalidParameterException { message: Some(\"Rate exceeded\") }";
        assert_eq!(hidden_class(hidden), Some(PortErrorClass::Retryable));
        assert_eq!(
            hidden_class("InvalidParameterException { message: Some(\"No such subnet\") }"),
            None
        );
    }
}
