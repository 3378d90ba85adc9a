//! The monitor Lambda (`provided.al2023`): on schedule and on demand, an account in, findings and what changed out.

mod handler;

use std::process::ExitCode;
use std::sync::Arc;

use lambda_runtime::{LambdaEvent, service_fn};
use relay_aws::{Connection, MonitorNames, S3Findings, SnsAnnouncer};
use relay_aws_inventory::{AwsInventory, Limits};
use relay_monitor::Monitor;
use relay_pipeline::ports::{Clock, SystemClock};
use relay_runtime::{Configuration, Environment, Missing, init_telemetry};
use serde_json::Value;

const EXIT_CONFIGURATION: u8 = 78;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let configuration = match Configuration::from_environment(&Environment::of_process()) {
        Ok(configuration) => configuration,
        Err(error) => return refuse(&error.to_string()),
    };
    if let Err(error) = init_telemetry(&configuration.log_filter, configuration.log_format) {
        return refuse(&error);
    }
    let mut missing = Missing::default();
    let names = MonitorNames::from_deployed(&configuration.deployed, &mut missing);
    let names = match missing.into_result(names) {
        Ok(names) => names,
        Err(error) => return refuse(&error.to_string()),
    };
    // Once, before the first event.
    let connection = Connection::from_environment().await;
    let monitor = Monitor {
        inventory: Arc::new(AwsInventory::new(&connection, Limits::default())),
        store: Arc::new(S3Findings::new(
            &connection,
            names.results_bucket,
            names.results_key_arn,
        )),
        announcer: Arc::new(SnsAnnouncer::new(&connection, names.alerts_topic_arn)),
        environment: configuration.alerts.environment.clone(),
    };
    let served = lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let time = handler::time_to_read(event.context.deadline(), std::time::SystemTime::now());
        handler::handle(&monitor, SystemClock.now(), time).await
    }))
    .await;
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&error.to_string()),
    }
}

// Also where telemetry could not be started: a function that ends without a word is the worst to explain.
#[expect(clippy::print_stderr, reason = "there may be no log yet")]
fn refuse(message: &str) -> ExitCode {
    eprintln!("error: {message}");
    ExitCode::from(EXIT_CONFIGURATION)
}
