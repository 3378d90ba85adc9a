//! Starts one Step Functions execution for each run order.
//!
//! An execution's name is the package id and, after a replay, its number. Step Functions refuses a name that it has seen within
//! 90 days ("`StartExecution`", AWS Step Functions API Reference): so a package gets one run however often its notification
//! comes, and wherever its trail stands by then.

use async_trait::async_trait;
use aws_sdk_sfn::operation::start_execution::StartExecutionError;
use aws_sdk_sfn::types::{ExecutionStatus, IncludedData};
use relay_aws_client::{Connection, port_error};
use relay_pipeline::ports::{Launched, Launcher, PortError, PortErrorClass, RunOrder};
use serde_json::json;

use crate::names::WorkflowNames;

/// How many executions of one cycle are looked at before an operator is told.
const EXECUTIONS_MAX: u32 = 21;

/// The launcher on AWS Step Functions.
#[derive(Clone, Debug)]
pub struct StepFunctionsLauncher {
    client: aws_sdk_sfn::Client,
    names: WorkflowNames,
    looks_first: bool,
}

// What became of one start.
enum Start {
    Started,
    NameTaken,
}

impl StepFunctionsLauncher {
    /// A launcher of executions of this state machine.
    pub fn new(connection: &Connection, names: WorkflowNames) -> Self {
        Self {
            client: aws_sdk_sfn::Client::new(connection.sdk_config()),
            names,
            looks_first: false,
        }
    }

    /// The same, looking what became of the execution whose name is taken: one that has ended, while the package is still
    /// in flight, is followed by another. Needs `states:DescribeExecution`, which the validator does not have.
    #[must_use]
    pub const fn looking_first(mut self) -> Self {
        self.looks_first = true;
        self
    }

    async fn start(&self, order: &RunOrder, name: &str) -> Result<Start, PortError> {
        let context = || format!("the run of {} could not be started", order.package_id);
        let permanent = |error| PortError::new(PortErrorClass::Permanent, context()).caused_by(error);
        let order_json = serde_json::to_string(order).map_err(permanent)?;
        let input = json!({
            "package_id": order.package_id,
            "organization": order.organization,
            "task_role_arn": format!("{}{}", self.names.tenant_role_arn_prefix, order.organization),
            "order": order_json,
        });
        let started = self
            .client
            .start_execution()
            .state_machine_arn(&self.names.state_machine_arn)
            .name(name)
            .input(input.to_string())
            .send()
            .await;
        match started {
            Ok(_) => Ok(Start::Started),
            Err(error)
                if matches!(
                    error.as_service_error(),
                    Some(StartExecutionError::ExecutionAlreadyExists(_))
                ) =>
            {
                Ok(Start::NameTaken)
            }
            Err(error) => Err(port_error(context(), error)),
        }
    }

    async fn is_running(&self, name: &str) -> Result<bool, PortError> {
        let arn = format!("{}:{name}", self.execution_arn_prefix());
        let described = self
            .client
            .describe_execution()
            .execution_arn(&arn)
            // Whether it runs, and no more: its input and its definition are encrypted, and who is not allowed to decrypt them is
            // refused the whole answer ("Data at rest encryption", AWS Step Functions Developer Guide).
            .included_data(IncludedData::MetadataOnly)
            .send()
            .await
            .map_err(|error| port_error(format!("the execution {name} could not be looked at"), error))?;
        Ok(matches!(
            described.status(),
            ExecutionStatus::Running | ExecutionStatus::PendingRedrive
        ))
    }

    // arn:aws:states:region:account:stateMachine:name, and the same with `execution`.
    fn execution_arn_prefix(&self) -> String {
        self.names
            .state_machine_arn
            .replacen(":stateMachine:", ":execution:", 1)
    }
}

#[async_trait]
impl Launcher for StepFunctionsLauncher {
    async fn launch(&self, order: &RunOrder) -> Result<Launched, PortError> {
        for number in 0..EXECUTIONS_MAX {
            let name = execution_name(order, number);
            if matches!(self.start(order, &name).await?, Start::Started) {
                return Ok(Launched::Started);
            }
            if !self.looks_first || self.is_running(&name).await? {
                return Ok(Launched::AlreadyRunning);
            }
        }
        let text = format!(
            "{EXECUTIONS_MAX} executions of {} have ended without a conclusion: look at what they ended with before it is started again",
            order.package_id
        );
        Err(PortError::new(PortErrorClass::Permanent, text))
    }
}

// Letters, digits and hyphens, at most 80 of them: a package id has 44.
fn execution_name(order: &RunOrder, number: u32) -> String {
    let mut name = order.package_id.to_string();
    if order.trail_state.replays > 0 {
        name = format!("{name}-replay-{}", order.trail_state.replays);
    }
    if number > 0 {
        name = format!("{name}-again-{number}");
    }
    name
}
