//! What the processor is told by its task definition and by `RunTask`.

use relay_aws::{RunWatch, StoreNames};
use relay_pipeline::ports::RunOrder;
use relay_runtime::{Configuration, ConfigurationError, Missing};

/// All of it.
#[derive(Debug)]
pub struct ProcessorConfig {
    /// Where packages, results and trails are.
    pub stores: StoreNames,
    /// What to process.
    pub order: RunOrder,
    /// Who waits for the word of this run, if anybody does.
    pub watch: Option<RunWatch>,
}

impl ProcessorConfig {
    /// Takes it from the configuration. The error names everything that is missing.
    pub fn from_configuration(configuration: &Configuration) -> Result<Self, ConfigurationError> {
        let given = &configuration.deployed;
        let mut missing = Missing::default();
        let stores = StoreNames::from_deployed(given, &mut missing);
        let order = missing.require("RELAY_RUN_ORDER", given.run_order.as_ref());
        let watch = RunWatch::from_deployed(given, &mut missing);
        let (stores, order) = missing.into_result(stores.zip(order))?;
        let order = serde_json::from_str(&order).map_err(|error| ConfigurationError {
            problems: vec![format!("RELAY_RUN_ORDER: not a run order: {error}")],
        })?;
        Ok(Self { stores, order, watch })
    }
}
