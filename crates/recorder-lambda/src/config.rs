//! What the recorder is told by the infrastructure.

use relay_aws::StoreNames;
use relay_runtime::{Configuration, ConfigurationError, Missing};

/// Where the trail is, and what belongs to it. The error names everything that is missing.
pub fn stores(configuration: &Configuration) -> Result<StoreNames, ConfigurationError> {
    let mut missing = Missing::default();
    let stores = StoreNames::from_deployed(&configuration.deployed, &mut missing);
    missing.into_result(stores)
}
