//! The binary `relay`. This file parses the command line, reads the configuration and turns the outcome into an exit
//! status: 0 all went well, 1 something was refused, failed or did not hold, 2 wrong usage.

mod alerts;
mod args;
mod author;
mod commands;
mod context;
mod inbox;
mod output;
mod progress;
mod reasons;
mod sources;
#[cfg(feature = "aws")]
mod stack;
#[cfg(not(feature = "aws"))]
#[path = "no_stack.rs"]
mod stack;
mod watches;

use std::process::ExitCode;

use clap::Parser;
use relay_model::error_chain;
use relay_runtime::{Configuration, Environment, MemoryLimit, init_telemetry, keep_memory_steady, start_runtime};

use crate::args::Cli;
use crate::commands::Outcome;
use crate::context::jobs_of;
use crate::output::tell;

const EXIT_NOT_ALL_WELL: u8 = 1;
const EXIT_WRONG_USAGE: u8 = 2;
/// Threads for what blocks beside the packages that are being processed: reading and writing files, looking into the
/// database, walking folders. A transform waits for the first of these, so there must be some that no transform takes.
const BLOCKING_BESIDE_JOBS: usize = 6;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if cli.command.processes_packages() {
        keep_memory_steady();
    }
    let mut configuration = match Configuration::from_environment(&Environment::of_process()) {
        Ok(configuration) => configuration,
        Err(error) => return wrong_usage(&error.to_string()),
    };
    if let Err(error) = init_telemetry(&configuration.log_filter, configuration.log_format) {
        return wrong_usage(&error);
    }
    let mut jobs = 0;
    if cli.command.processes_packages() {
        let asked = cli.command.jobs();
        let is_asked_for = asked.is_some() || configuration.jobs.is_some();
        jobs = jobs_of(asked, configuration.jobs);
        if let Some(limit) = MemoryLimit::of_process(jobs + BLOCKING_BESIDE_JOBS) {
            match limit.jobs(jobs, is_asked_for) {
                Ok(fitting) => jobs = fitting,
                Err(error) => return failed(&error.into()),
            }
            configuration.jobs = Some(jobs);
        }
    }
    let runtime = match start_runtime(jobs + BLOCKING_BESIDE_JOBS) {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    match runtime.block_on(commands::execute(cli, configuration)) {
        Ok(Outcome::AllWell) => ExitCode::SUCCESS,
        Ok(Outcome::NotAllWell) => ExitCode::from(EXIT_NOT_ALL_WELL),
        Ok(Outcome::WrongUsage(message)) => wrong_usage(&message),
        Err(error) => failed(&error),
    }
}

fn wrong_usage(message: &str) -> ExitCode {
    tell(&format!("error: {message}"));
    ExitCode::from(EXIT_WRONG_USAGE)
}

fn failed(error: &anyhow::Error) -> ExitCode {
    tell(&format!("error: {}", error_chain(error.as_ref())));
    ExitCode::from(EXIT_NOT_ALL_WELL)
}
