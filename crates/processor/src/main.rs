//! The Fargate binary: runs the one package that its environment names, and ends.
//!
//! Exit status: 0 the package has its verdict, whichever it is; 75 it has none yet and another run may bring it
//! (`EX_TEMPFAIL` of sysexits.h); 70 something must be mended first; 78 the configuration cannot be used.

mod config;
mod report;

use std::process::ExitCode;
use std::sync::Arc;

use relay_aws::{Connection, RunReport, ports, token_keys};
use relay_model::{PackageId, PackageState, ReasonCode};
use relay_pipeline::ports::RunOrder;
use relay_pipeline::processing::Processing;
use relay_pipeline::{RunObserver, Settings};
use relay_runtime::{Configuration, Environment, init_telemetry, keep_memory_steady, stop_on_signal};

use crate::config::ProcessorConfig;
use crate::report::{conclude, keep_alive};

const EXIT_CONFIGURATION: u8 = 78;

fn main() -> ExitCode {
    keep_memory_steady();
    let configuration = match Configuration::from_environment(&Environment::of_process()) {
        Ok(configuration) => configuration,
        Err(error) => return refuse(&error.to_string()),
    };
    if let Err(error) = init_telemetry(&configuration.log_filter, configuration.log_format) {
        return refuse(&error);
    }
    let config = match ProcessorConfig::from_configuration(&configuration) {
        Ok(config) => config,
        Err(error) => return refuse(&error.to_string()),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&format!("the runtime could not be started: {error}")),
    };
    runtime.block_on(run(&configuration, config))
}

async fn run(configuration: &Configuration, config: ProcessorConfig) -> ExitCode {
    let stop = match stop_on_signal() {
        Ok(stop) => stop,
        Err(error) => return refuse(&format!("signals cannot be caught: {error}")),
    };
    let connection = Connection::from_environment().await;
    let settings = Settings {
        ingress_bucket: config.stores.ingress_bucket.clone(),
        results_bucket: config.stores.results_bucket.clone(),
        actor: concat!("processor ", env!("CARGO_PKG_VERSION")).to_owned(),
        transform_threads: configuration.transform_threads,
        limits: configuration.limits.clone(),
    };
    let token_keys = token_keys(&connection, &config.stores);
    let processing = Processing::new(&ports(&connection, &config.stores), token_keys, &settings);
    let observer: Arc<dyn RunObserver> = Arc::new(LogObserver);
    let report = config.watch.map(|watch| Arc::new(RunReport::new(&connection, watch)));
    let signs_of_life = report
        .clone()
        .map(|report| tokio::spawn(keep_alive(report, stop.clone())));
    let ended = processing.process_to_the_end(&config.order, &stop, &observer).await;
    if let Some(signs) = signs_of_life {
        signs.abort();
    }
    conclude(&config.order, ended, report.as_deref()).await
}

// Also where telemetry could not be started: a task that ends without a word is the worst to explain.
#[expect(clippy::print_stderr, reason = "there may be no log yet")]
fn refuse(message: &str) -> ExitCode {
    eprintln!("error: {message}");
    ExitCode::from(EXIT_CONFIGURATION)
}

struct LogObserver;

impl RunObserver for LogObserver {
    fn started(&self, order: &RunOrder) {
        tracing::info!(package.id = %order.package_id, "an attempt began");
    }

    fn progressed(&self, _package_id: &PackageId, _read_bytes: u64) {}

    fn concluded(&self, _package_id: &PackageId, _state: PackageState, _reason: Option<ReasonCode>) {}
}
