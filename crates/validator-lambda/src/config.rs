//! What the validator is told by the infrastructure.

use relay_aws::{RunNames, StoreNames};
use relay_runtime::{Configuration, ConfigurationError, Missing};

/// All of it.
#[derive(Debug)]
pub struct ValidatorConfig {
    /// Where packages, results and trails are.
    pub stores: StoreNames,
    /// What is started for an accepted package.
    pub runs: RunNames,
}

impl ValidatorConfig {
    /// Takes it from the configuration. The error names everything that is missing.
    pub fn from_configuration(configuration: &Configuration) -> Result<Self, ConfigurationError> {
        let given = &configuration.deployed;
        let mut missing = Missing::default();
        let stores = StoreNames::from_deployed(given, &mut missing);
        let runs = RunNames::from_deployed(given, &mut missing);
        let (stores, runs) = missing.into_result(stores.zip(runs))?;
        Ok(Self { stores, runs })
    }
}
