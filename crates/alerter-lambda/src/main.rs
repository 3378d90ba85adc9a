//! The alerter Lambda (`provided.al2023`): each minute, notices of failures in, alerts out.

mod config;
mod handler;

use std::process::ExitCode;
use std::sync::Arc;

use lambda_runtime::{LambdaEvent, service_fn};
use relay_aws::{Connection, alerting};
use relay_pipeline::ports::SystemClock;
use relay_runtime::{Configuration, Environment, init_telemetry};
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
    let names = match config::names(&configuration) {
        Ok(names) => names,
        Err(error) => return refuse(&error.to_string()),
    };
    // Once, before the first event.
    let connection = Connection::from_environment().await;
    let Some(region) = connection.region().map(ToOwned::to_owned) else {
        return refuse("AWS_REGION: not set; Lambda sets it");
    };
    let settings = config::settings(&configuration, &names, &region);
    let alerting = alerting(&connection, &names, Arc::new(SystemClock), settings);
    let served = lambda_runtime::run(service_fn(async |_: LambdaEvent<Value>| {
        handler::handle(&alerting).await
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
