//! The recorder Lambda (`provided.al2023`): concludes in the trail what a run left without a conclusion.

mod config;
mod handler;

use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::Arc;

use lambda_runtime::{LambdaEvent, service_fn};
use relay_aws::{AwsPorts, Connection, StoreNames};
use relay_pipeline::ports::{NoTokenKeys, SystemClock};
use relay_pipeline::single::NoLauncher;
use relay_pipeline::{Backbone, Settings};
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
    let backbone = compose(&configuration, stores).await;
    let served = lambda_runtime::run(service_fn(async |event: LambdaEvent<handler::Abandoned>| {
        handler::handle(&backbone, event.payload).await
    }))
    .await;
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&error.to_string()),
    }
}

async fn compose(configuration: &Configuration, stores: StoreNames) -> Backbone {
    let connection = Connection::from_environment().await;
    let ports = AwsPorts::new(&connection, &stores);
    Backbone {
        store: ports.store,
        trail: ports.trail,
        duplicate_index: ports.duplicate_index,
        registry: ports.registry,
        token_keys: Arc::new(NoTokenKeys),
        launcher: Arc::new(NoLauncher),
        notifier: ports.notifier,
        clock: Arc::new(SystemClock),
        settings: Settings {
            ingress_bucket: stores.ingress_bucket,
            results_bucket: stores.results_bucket,
            actor: concat!("recorder ", env!("CARGO_PKG_VERSION")).to_owned(),
            transform_threads: NonZeroUsize::MIN,
            limits: configuration.limits.clone(),
        },
    }
}

// Also where telemetry could not be started: a function that ends without a word is the worst to explain.
#[expect(clippy::print_stderr, reason = "there may be no log yet")]
fn refuse(message: &str) -> ExitCode {
    eprintln!("error: {message}");
    ExitCode::from(EXIT_CONFIGURATION)
}
