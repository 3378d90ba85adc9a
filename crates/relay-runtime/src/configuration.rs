//! The settings: one table from which the programs read them and docs/CONFIGURATION.md is made.

mod settings;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use relay_model::Limits;

use crate::alerts::AlertConfiguration;
use crate::deployed::Deployed;
use crate::{Environment, LogFormat};

pub use settings::{SETTINGS, person};

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The environment variable.
    pub name: &'static str,
    /// What it means, with its unit.
    pub meaning: &'static str,
    /// Its default, in words or digits.
    pub default: fn() -> String,
    apply: fn(&mut Configuration, &str) -> Result<(), String>,
}

/// The typed settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// The data folder, where the command line names none.
    pub data_dir: Option<PathBuf>,
    /// The outputs of Terraform that describe a relay on AWS, where the command line names none.
    pub stack: Option<PathBuf>,
    /// Who changes organizations, where the command line does not say.
    pub by: Option<String>,
    /// How many packages are processed at the same time; `None` is one for each core.
    pub jobs: Option<usize>,
    /// How many threads may work on the columns of one table.
    pub transform_threads: NonZeroUsize,
    /// Which log lines are written.
    pub log_filter: String,
    /// How log lines look.
    pub log_format: LogFormat,
    /// How long a file in the inbox must have been left alone before it is taken, in milliseconds.
    pub inbox_settle_ms: u64,
    /// The limits.
    pub limits: Limits,
    /// What alerts are made by, and where they go on premises.
    pub alerts: AlertConfiguration,
    /// What a deployed program is told of its surroundings.
    pub deployed: Deployed,
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            data_dir: None,
            stack: None,
            by: None,
            jobs: None,
            transform_threads: NonZeroUsize::MIN,
            log_filter: "warn".to_owned(),
            log_format: LogFormat::Json,
            inbox_settle_ms: 1_000,
            limits: Limits::default(),
            alerts: AlertConfiguration::default(),
            deployed: Deployed::default(),
        }
    }
}

/// Every setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment has settings that cannot be used:\n{}", problems.join("\n"))]
pub struct ConfigurationError {
    /// One line for each.
    pub problems: Vec<String>,
}

impl Configuration {
    /// The settings of an environment. The error names every variable that is wrong or unknown, not only the first.
    pub fn from_environment(environment: &Environment) -> Result<Self, ConfigurationError> {
        let mut configuration = Self::default();
        let mut problems = Vec::new();
        for setting in SETTINGS {
            if let Some(text) = environment.get(setting.name)
                && let Err(problem) = (setting.apply)(&mut configuration, text)
            {
                problems.push(format!("{}: {problem}", setting.name));
            }
        }
        for name in environment.names() {
            if !SETTINGS.iter().any(|setting| setting.name == name) {
                problems.push(format!("{name}: there is no such setting; see docs/CONFIGURATION.md"));
            }
        }
        if problems.is_empty() {
            Ok(configuration)
        } else {
            Err(ConfigurationError { problems })
        }
    }
}

#[cfg(test)]
mod tests;
