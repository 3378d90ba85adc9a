//! The validation Lambda (`provided.al2023`): notifications of uploads in, verdicts recorded, accepted packages launched.

mod config;
mod handler;

use std::num::NonZeroUsize;
use std::process::ExitCode;

use lambda_runtime::{LambdaEvent, service_fn};
use relay_aws::{Connection, launcher};
use relay_pipeline::Settings;
use relay_pipeline::validation::Validation;
use relay_runtime::{Configuration, Environment, init_telemetry};
use serde_json::Value;

use crate::config::ValidatorConfig;
use crate::handler::Validator;

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
    let config = match ValidatorConfig::from_configuration(&configuration) {
        Ok(config) => config,
        Err(error) => return refuse(&error.to_string()),
    };
    // Once, before the first event.
    let validator = compose(&configuration, &config).await;
    let served = lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        handler::handle(&validator, event.payload).await
    }))
    .await;
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&error.to_string()),
    }
}

async fn compose(configuration: &Configuration, config: &ValidatorConfig) -> Validator {
    let connection = Connection::from_environment().await;
    let settings = Settings {
        ingress_bucket: config.stores.ingress_bucket.clone(),
        results_bucket: config.stores.results_bucket.clone(),
        actor: concat!("validator ", env!("CARGO_PKG_VERSION")).to_owned(),
        transform_threads: NonZeroUsize::MIN,
        limits: configuration.limits.clone(),
    };
    let launcher = launcher(&connection, config.runs.clone());
    Validator {
        validation: Validation::new(&relay_aws::ports(&connection, &config.stores), launcher, &settings),
        ingress_bucket: settings.ingress_bucket,
    }
}

// Also where telemetry could not be started: a function that ends without a word is the worst to explain.
#[expect(clippy::print_stderr, reason = "there may be no log yet")]
fn refuse(message: &str) -> ExitCode {
    eprintln!("error: {message}");
    ExitCode::from(EXIT_CONFIGURATION)
}
