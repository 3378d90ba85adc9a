//! Runs as executions of a state machine, at the emulator.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sfn::operation::describe_execution::DescribeExecutionOutput;
use aws_sdk_sfn::types::ExecutionStatus;
use relay_aws::{Audience, Connection, RunFailure, RunReport, RunWatch, StepFunctionsLauncher, WorkflowNames};
use relay_model::PackageId;
use relay_pipeline::ports::{Launched, Launcher, PortErrorClass, RunOrder};
use relay_runtime::{Deployed, Missing};
use relay_testing::conformance::{self, LauncherUnderTest};
use relay_testing::emulator::Emulator;
use relay_testing::scripted_server::{Answer, Request, ScriptedServer};

use crate::support::{config_of, fresh, root_of, trail_table};

// An execution that goes on until somebody stops it.
const ENDLESS: &str = r#"{"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": true}}}"#;

struct Machine {
    client: aws_sdk_sfn::Client,
    config: SdkConfig,
    arn: String,
    _emulator: Arc<Emulator>,
}

impl Machine {
    async fn new() -> Self {
        Self::at(Arc::new(Emulator::start().await)).await
    }

    async fn at(emulator: Arc<Emulator>) -> Self {
        let config = root_of(&emulator).await;
        let client = aws_sdk_sfn::Client::new(&config);
        let iam = aws_sdk_iam::Client::new(&config);
        let name = fresh("packages");
        let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;
        let role = iam
            .create_role()
            .role_name(&name)
            .assume_role_policy_document(trust)
            .send()
            .await
            .unwrap();
        let made = client
            .create_state_machine()
            .name(name)
            .definition(ENDLESS)
            .role_arn(role.role().unwrap().arn())
            .send()
            .await
            .unwrap();
        Self {
            arn: made.state_machine_arn().to_owned(),
            client,
            config,
            _emulator: emulator,
        }
    }

    fn launcher(&self) -> StepFunctionsLauncher {
        let names = WorkflowNames {
            state_machine_arn: self.arn.clone(),
            tenant_role_arn_prefix: "arn:aws:iam::000000000000:role/relay-".to_owned(),
        };
        StepFunctionsLauncher::new(&Connection::from_config(self.config.clone()), names)
    }

    async fn executions(&self) -> BTreeMap<String, ExecutionStatus> {
        let listed = self
            .client
            .list_executions()
            .state_machine_arn(&self.arn)
            .send()
            .await
            .unwrap();
        let executions = listed.executions().iter();
        executions
            .map(|execution| (execution.name().to_owned(), execution.status().clone()))
            .collect()
    }

    fn execution_arn(&self, name: &str) -> String {
        format!("{}:{name}", self.arn.replacen(":stateMachine:", ":execution:", 1))
    }

    async fn execution(&self, name: &str) -> DescribeExecutionOutput {
        let described = self.client.describe_execution().execution_arn(self.execution_arn(name));
        described.send().await.unwrap()
    }

    async fn stop(&self, name: &str) {
        let stopped = self.client.stop_execution().execution_arn(self.execution_arn(name));
        stopped.send().await.unwrap();
    }
}

struct Executions {
    machine: Machine,
    launcher: StepFunctionsLauncher,
}

#[async_trait]
impl LauncherUnderTest for Executions {
    fn launcher(&self) -> &dyn Launcher {
        &self.launcher
    }

    async fn runs(&self) -> Vec<RunOrder> {
        let mut orders = Vec::new();
        for name in self.machine.executions().await.into_keys() {
            let execution = self.machine.execution(&name).await;
            let input: serde_json::Value = serde_json::from_str(execution.input().unwrap()).unwrap();
            orders.push(serde_json::from_str(input["order"].as_str().unwrap()).unwrap());
        }
        orders
    }

    async fn end(&self, package_id: &PackageId) {
        for (name, status) in self.machine.executions().await {
            if name.starts_with(package_id.as_str()) && status == ExecutionStatus::Running {
                self.machine.stop(&name).await;
                while *self.machine.execution(&name).await.status() == ExecutionStatus::Running {
                    tokio::task::yield_now().await;
                }
            }
        }
    }
}

#[tokio::test]
async fn the_launcher_of_executions_keeps_what_the_port_promises() {
    let emulator = Arc::new(Emulator::start().await);
    let validators = async || {
        let machine = Machine::at(Arc::clone(&emulator)).await;
        let launcher = machine.launcher();
        Executions { machine, launcher }
    };
    let operators = async || {
        let machine = Machine::at(Arc::clone(&emulator)).await;
        let launcher = machine.launcher().looking_first();
        Executions { machine, launcher }
    };
    conformance::launcher(validators).await;
    conformance::launcher(operators).await;
    conformance::launcher_that_drives_on(operators).await;
}

fn order(replays: u32, seq: u64) -> RunOrder {
    let custody = serde_json::json!({"bucket": "ingress", "key": "org-001/a \"b\" ü.csv", "version_id": "v1"});
    let mut order = serde_json::json!({
        "package_id": "pkg-0123456789012345678901234567890123456789",
        "organization": "org-001",
        "custody": custody,
        "journey": {"head": {"seq": seq, "hash": "0".repeat(64)}, "head_at": "2026-01-31T08:15:00.000Z", "phase": "accepted",
                    "replays": replays, "attempts": 0, "starts_this_cycle": 0, "failures_this_cycle": 0},
    });
    for (name, value) in custody.as_object().unwrap() {
        order["journey"][name] = value.clone();
    }
    serde_json::from_value(order).unwrap()
}

#[tokio::test]
async fn a_package_gets_one_execution_wherever_its_trail_stands() {
    let machine = Machine::new().await;
    let launcher = machine.launcher();
    assert_eq!(launcher.launch(&order(0, 1)).await.unwrap(), Launched::Started);
    assert_eq!(launcher.launch(&order(0, 1)).await.unwrap(), Launched::AlreadyRunning);
    assert_eq!(launcher.launch(&order(0, 4)).await.unwrap(), Launched::AlreadyRunning);
    assert_eq!(
        launcher.launch(&order(1, 9)).await.unwrap(),
        Launched::Started,
        "a replay is another run"
    );
    let id = order(0, 1).package_id.to_string();
    let names: Vec<String> = machine.executions().await.into_keys().collect();
    assert_eq!(names, [id.clone(), format!("{id}-replay-1")]);
}

#[tokio::test]
async fn starts_at_the_same_time_are_one_run() {
    let machine = Machine::new().await;
    let launcher = Arc::new(machine.launcher());
    let starts = (0..10).map(|_| {
        let launcher = Arc::clone(&launcher);
        tokio::spawn(async move { launcher.launch(&order(0, 1)).await.unwrap() })
    });
    let mut started = 0;
    for start in starts.collect::<Vec<_>>() {
        started += usize::from(start.await.unwrap() == Launched::Started);
    }
    assert_eq!((started, machine.executions().await.len()), (1, 1));
}

#[tokio::test]
async fn an_execution_that_ended_is_followed_by_another_for_operators_only() {
    let machine = Machine::new().await;
    let (validators, operators) = (machine.launcher(), machine.launcher().looking_first());
    let order = order(0, 1);
    validators.launch(&order).await.unwrap();
    assert_eq!(
        operators.launch(&order).await.unwrap(),
        Launched::AlreadyRunning,
        "it runs"
    );
    machine.stop(order.package_id.as_str()).await;
    assert_eq!(validators.launch(&order).await.unwrap(), Launched::AlreadyRunning);
    assert_eq!(operators.launch(&order).await.unwrap(), Launched::Started);
    assert_eq!(
        operators.launch(&order).await.unwrap(),
        Launched::AlreadyRunning,
        "that one runs"
    );
    let executions = machine.executions().await;
    assert_eq!(
        executions[&format!("{}-again-1", order.package_id)],
        ExecutionStatus::Running
    );
    assert_eq!(executions.len(), 2);
}

#[tokio::test]
async fn a_machine_that_is_not_there_is_no_reason_to_try_again() {
    let mut machine = Machine::new().await;
    machine.arn.push('x');
    let error = machine.launcher().launch(&order(0, 1)).await.unwrap_err();
    assert_ne!(error.class(), PortErrorClass::Retryable, "{error}");
}

// A state that hands its token to a table, and waits for whoever finds it there.
fn waiting(table: &str) -> String {
    serde_json::json!({"StartAt": "Wait", "States": {"Wait": {
        "Type": "Task", "Resource": "arn:aws:states:::dynamodb:putItem.waitForTaskToken", "TimeoutSeconds": 60, "End": true,
        "Parameters": {"TableName": table, "Item": {"Partition": {"S": "token"}, "Seq": {"N": "0"}, "Token": {"S.$": "$$.Task.Token"}}},
    }}})
    .to_string()
}

#[tokio::test]
async fn what_a_task_says_is_what_the_execution_ends_with() {
    let machine = Machine::new().await;
    let table = trail_table(&machine.config).await;
    let definition = waiting(&table);
    let update = machine.client.update_state_machine().state_machine_arn(&machine.arn);
    update.definition(definition).send().await.unwrap();
    let order = order(0, 1);
    machine.launcher().launch(&order).await.unwrap();
    let dynamodb = aws_sdk_dynamodb::Client::new(&machine.config);
    let token = loop {
        let found = dynamodb
            .get_item()
            .table_name(&table)
            .key("Partition", AttributeValue::S("token".to_owned()))
            .key("Seq", AttributeValue::N("0".to_owned()))
            .send()
            .await
            .unwrap();
        match found.item().and_then(|item| item.get("Token")) {
            Some(token) => break token.as_s().unwrap().clone(),
            None => tokio::task::yield_now().await,
        }
    };
    let given = Deployed {
        task_token: Some(token),
        run_heartbeat_seconds: NonZeroU32::new(1),
        ..Deployed::default()
    };
    let watch = RunWatch::from_deployed(&given, &mut Missing::default()).unwrap();
    assert!(
        !format!("{watch:?}").contains(given.task_token.as_deref().unwrap()),
        "a token is not printed"
    );
    let report = RunReport::new(&Connection::from_config(machine.config.clone()), watch);
    assert_eq!(report.heartbeat().await.unwrap(), Audience::Waits);
    let failed = report.failed(RunFailure::MendFirst, "no such table").await.unwrap();
    assert_eq!(failed, Audience::Waits);
    let ended = loop {
        let described = machine.execution(order.package_id.as_str()).await;
        if *described.status() != ExecutionStatus::Running {
            break described;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(
        (ended.error(), ended.cause()),
        (Some("Relay.MendFirst"), Some("no such table"))
    );
    // Whoever comes late finds nobody.
    assert_eq!(report.heartbeat().await.unwrap(), Audience::Gone);
    assert_eq!(report.concluded(&serde_json::json!({})).await.unwrap(), Audience::Gone);
}

// "Data at rest encryption", AWS Step Functions Developer Guide: who may not decrypt is answered only when metadata are all that is
// asked for. Operators may not, and the emulator does not ask.
#[tokio::test]
async fn an_encrypted_execution_is_looked_at_without_its_data() {
    let answer = |request: Request| async move {
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        let target = request.header("x-amz-target").unwrap().to_owned();
        let refused = |code: &str| {
            let body = serde_json::json!({"__type": code, "message": "no"}).to_string();
            Answer::new(400, body).with("x-amzn-errortype", code)
        };
        match (target.rsplit('.').next().unwrap(), body["includedData"].as_str()) {
            ("StartExecution", _) => refused("ExecutionAlreadyExists"),
            ("DescribeExecution", Some("METADATA_ONLY")) => {
                let body = serde_json::json!({"executionArn": body["executionArn"], "stateMachineArn": "arn", "status": "RUNNING", "startDate": 1});
                Answer::new(200, body.to_string())
            }
            _ => refused("KmsAccessDeniedException"),
        }
    };
    let server = ScriptedServer::start(answer).await;
    let names = WorkflowNames {
        state_machine_arn: "arn:aws:states:eu-north-1:000000000000:stateMachine:packages".to_owned(),
        tenant_role_arn_prefix: "arn:aws:iam::000000000000:role/relay-test-".to_owned(),
    };
    let operators = StepFunctionsLauncher::new(&Connection::from_config(config_of(&server)), names).looking_first();
    assert_eq!(operators.launch(&order(0, 1)).await.unwrap(), Launched::AlreadyRunning);
}
