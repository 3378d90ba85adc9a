//! Starts one Fargate task for each run order.
//!
//! `RunTask` is told a client token that is derived from the order (see `token`), so that the same order started twice is
//! one task, and the role of the package's organization, so that IAM limits the task to that organization.

mod answer;
mod token;

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_ecs::operation::run_task::builders::RunTaskFluentBuilder;
use aws_sdk_ecs::types::{
    AssignPublicIp, AwsVpcConfiguration, ContainerOverride, KeyValuePair, LaunchType, NetworkConfiguration,
    PropagateTags, Task, TaskOverride,
};
use relay_aws_client::Connection;
use relay_pipeline::ports::{Clock, Launched, Launcher, PortError, PortErrorClass, RunOrder, SystemClock};

use self::answer::{Start, is_over, judge, refused};
use self::token::ClientToken;
use crate::names::TaskNames;

/// How often a start that was throttled, or found no capacity, is tried before the caller is told.
const STARTS_MAX: u32 = 4;
/// The pause before the second try; it doubles with each further one.
const PAUSE: Duration = Duration::from_millis(250);
/// How many tasks of one order may be over before an operator is told instead of another being started. Each costs two
/// calls, and ECS forgets the first of them after a day at the latest.
const TASKS_MAX: u32 = 25;
/// A task that was made before so long, and that ECS does not know any more, is over: stopped tasks are shown for at least
/// an hour (`ListTasks`, API Reference), and new ones are seen everywhere after a few minutes.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(30);
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
    /// A launcher of these tasks, for whoever acts on notifications: the same order is one task as long as ECS remembers
    /// its token, *whatever became of that task*.
    ///
    /// It does not start a dead task again, on purpose. A notification that comes twice is common, a task that dies is
    /// not; and the validator, which may not read the trail, cannot tell a task that died from one that has concluded.
    /// Each repeated notification of a package that is done would start a task, and pay for reading it all once more.
    pub fn new(connection: &Connection, names: TaskNames) -> Self {
        Self {
            client: aws_sdk_ecs::Client::new(connection.sdk_config()),
            names,
            looks_first: false,
        }
    }

    /// The same for whoever knows from the trail that the package is in flight, and drives it on: it looks first whether a
    /// task of the package is there, at whatever place in the trail it was started, and starts another when those that
    /// were there are over. Needs the permissions to list and to describe tasks, which the validator does not have.
    #[must_use]
    pub const fn looking_first(mut self) -> Self {
        self.looks_first = true;
        self
    }

    // `startedBy` must be the only filter (API Reference, `ListTasks`). Without another, the tasks are listed that are meant
    // to run: also those that are still being placed, and none that is being stopped.
    async fn is_running(&self, order: &RunOrder) -> Result<bool, PortError> {
        let mut listed = self
            .client
            .list_tasks()
            .cluster(&self.names.cluster_arn)
            .started_by(started_by(order))
            .into_paginator()
            .items()
            .send();
        // A page may be empty and not be the last.
        match listed.next().await {
            None => Ok(false),
            Some(Ok(_)) => Ok(true),
            Some(Err(error)) => Err(refused("the running tasks could not be listed", error)),
        }
    }

    async fn describe(&self, task_arns: Vec<String>) -> Result<Vec<Task>, PortError> {
        let described = self
            .client
            .describe_tasks()
            .cluster(&self.names.cluster_arn)
            .set_tasks(Some(task_arns))
            .send()
            .await
            .map_err(|error| refused("the tasks that were started before could not be looked at", error))?;
        Ok(described.tasks.unwrap_or_default())
    }

    // The answer to a repeated token shows the task as it is or as it was when it was made: ECS promises neither.
    async fn is_over_by_now(&self, task: &Task) -> Result<bool, PortError> {
        let (false, Some(arn)) = (is_over(task), task.task_arn()) else {
            return Ok(is_over(task));
        };
        match self.describe(vec![arn.to_owned()]).await?.first() {
            Some(task) => Ok(is_over(task)),
            // Too new to be seen everywhere, or stopped so long ago that only the token is left of it.
            None => Ok(is_forgotten(task)),
        }
    }

    async fn drive_on(&self, request: &StartRequest) -> Result<Launched, PortError> {
        let mut token = request.token.clone();
        for _ in 0..TASKS_MAX {
            token = match request.send_patiently(&token).await? {
                Start::Placed(task) => {
                    if !self.is_over_by_now(&task).await? {
                        // Made by this request, or a moment ago by somebody who drives on the same package: it has one.
                        return Ok(Launched::Started);
                    }
                    token.after_tasks(task.task_arn.as_slice())
                }
                Start::TokenTaken(task_arns) if task_arns.is_empty() => token.after_conflict(&request.parameters),
                Start::TokenTaken(task_arns) => {
                    // One that is not found is over: nothing of this package was meant to run a moment ago.
                    if !self.describe(task_arns.clone()).await?.iter().all(is_over) {
                        return Ok(Launched::AlreadyRunning);
                    }
                    token.after_tasks(&task_arns)
                }
            };
        }
        let text = format!(
            "{}: {TASKS_MAX} tasks have ended without a conclusion: look at what they ended with before another is started",
            request.context
        );
        Err(PortError::new(PortErrorClass::Permanent, text))
    }

    fn request(&self, order: &RunOrder) -> Result<StartRequest, PortError> {
        let context = format!("the run of {} could not be started", order.package_id);
        let json = serde_json::to_string(order)
            .map_err(|error| PortError::new(PortErrorClass::Permanent, &context).caused_by(error))?;
        let network = AwsVpcConfiguration::builder()
            .set_subnets(Some(self.names.subnet_ids.clone()))
            .set_security_groups(Some(self.names.security_group_ids.clone()))
            .assign_public_ip(AssignPublicIp::Disabled)
            .build()
            .map_err(|error| PortError::new(PortErrorClass::Permanent, &context).caused_by(error))?;
        let parameters = parameters(&self.names, &json);
        let container = ContainerOverride::builder()
            .name(&self.names.container_name)
            .environment(KeyValuePair::builder().name(ORDER_VARIABLE).value(json).build())
            .build();
        let overrides = TaskOverride::builder()
            .container_overrides(container)
            .task_role_arn(format!("{}{}", self.names.tenant_role_arn_prefix, order.organization))
            .build();
        let call = self
            .client
            .run_task()
            .cluster(&self.names.cluster_arn)
            .task_definition(&self.names.task_definition_arn)
            .launch_type(LaunchType::Fargate)
            .network_configuration(NetworkConfiguration::builder().awsvpc_configuration(network).build())
            .overrides(overrides)
            .started_by(started_by(order))
            .propagate_tags(PropagateTags::TaskDefinition)
            .count(1);
        Ok(StartRequest {
            context,
            token: ClientToken::first(order),
            parameters,
            call,
        })
    }
}

// The start of the run of one order.
struct StartRequest {
    context: String,
    token: ClientToken,
    // What two requests of the same place in the same trail can differ in.
    parameters: String,
    call: RunTaskFluentBuilder,
}

impl StartRequest {
    async fn send(&self, token: &ClientToken) -> Result<Start, PortError> {
        let answer = self.call.clone().client_token(token.to_string()).send().await;
        judge(answer, &self.context)
    }

    // The token stays: a start that seemed to fail and did not is found again.
    async fn send_patiently(&self, token: &ClientToken) -> Result<Start, PortError> {
        let mut pause = PAUSE;
        for _ in 1..STARTS_MAX {
            match self.send(token).await {
                Err(error) if error.class() == PortErrorClass::Retryable => {
                    tracing::debug!(error = %error, "a run could not be started; it is tried again");
                }
                settled => return settled,
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        self.send(token).await
    }
}

#[async_trait]
impl Launcher for EcsLauncher {
    async fn launch(&self, order: &RunOrder) -> Result<Launched, PortError> {
        let request = self.request(order)?;
        if self.looks_first {
            if self.is_running(order).await? {
                return Ok(Launched::AlreadyRunning);
            }
            return self.drive_on(&request).await;
        }
        match request.send_patiently(&request.token).await? {
            Start::Placed(task) if is_over(&task) => Ok(Launched::AlreadyRunning),
            Start::Placed(_) => Ok(Launched::Started),
            // Started before, by a revision of the task definition that is no longer ours, or for a notification that knew
            // the object by other words.
            Start::TokenTaken(_) => Ok(Launched::AlreadyRunning),
        }
    }
}

// The beginning of the package's id, which is as good as all of it: 128 of its 160 bits.
fn started_by(order: &RunOrder) -> String {
    order.package_id.as_str().chars().take(STARTED_BY_BYTES_MAX).collect()
}

fn parameters(names: &TaskNames, order_json: &str) -> String {
    [
        &names.task_definition_arn,
        &names.container_name,
        &names.subnet_ids.join(","),
        &names.security_group_ids.join(","),
        &names.tenant_role_arn_prefix,
        order_json,
    ]
    .join("#")
}

fn is_forgotten(task: &Task) -> bool {
    let now_seconds = SystemClock.now().unix_milliseconds() / 1_000;
    task.created_at()
        .is_some_and(|created| now_seconds - created.secs() > FORGOTTEN_AFTER.as_secs().cast_signed())
}
