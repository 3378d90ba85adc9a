//! The recorder Lambda (`provided.al2023`): concludes in the trail what a run left without a conclusion.

mod config;
mod handler;

use std::process::ExitCode;

use lambda_runtime::{LambdaEvent, service_fn};
use relay_aws::Connection;
use relay_pipeline::failed_runs::FailedRuns;
use relay_runtime::{Configuration, Environment, init_telemetry};

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
    let stores = match config::stores(&configuration) {
        Ok(stores) => stores,
        Err(error) => return refuse(&error.to_string()),
    };
    // Once, before the first event.
    let connection = Connection::from_environment().await;
    let actor = concat!("recorder ", env!("CARGO_PKG_VERSION"));
    let failed_runs = FailedRuns::new(&relay_aws::ports(&connection, &stores), actor);
    let served = lambda_runtime::run(service_fn(async |event: LambdaEvent<handler::Abandoned>| {
        handler::handle(&failed_runs, event.payload).await
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
