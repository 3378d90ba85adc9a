//! The connection to AWS: how the SDK is configured, once, for every client.
//!
//! Region, credentials and `AWS_ENDPOINT_URL` come from where the AWS tools look for them (AWS SDKs and Tools Reference
//! Guide). Timeouts and retries are set here on purpose: the SDK has no operation timeout of its own.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use relay_pipeline::ports::{PortError, PortErrorClass};

use crate::errors::port_error;

/// To open a connection, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// From sending one request to the first byte of its answer. A part of 8 MiB on a slow line fits.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// One try, from the first byte sent to the headers of the answer.
const ATTEMPT_TIMEOUT: Duration = Duration::from_mins(1);
/// All tries of one call together. A body that streams afterwards is not counted.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(150);
/// How often one call is tried.
const ATTEMPTS_MAX: u32 = 4;
/// How long the pause between two tries may grow.
const BACKOFF_MAX: Duration = Duration::from_secs(5);
/// How long a body may stand still before it is given up and resumed: a transform may read slowly.
const STALL_GRACE: Duration = Duration::from_mins(1);

/// The SDK's defaults of a date, so that an update of the SDK does not change them unseen.
fn behavior() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

/// The configuration of all clients, loaded once: region, credentials, endpoint, timeouts, retries.
#[derive(Clone, Debug)]
pub struct Connection {
    config: SdkConfig,
}

impl Connection {
    /// As the environment says.
    pub async fn from_environment() -> Self {
        Self::load(None).await
    }

    /// In this region, whatever the environment says of regions.
    pub async fn in_region(region: &str) -> Self {
        Self::load(Some(Region::new(region.to_owned()))).await
    }

    async fn load(region: Option<Region>) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(OPERATION_TIMEOUT)
            .build();
        let retries = RetryConfig::standard()
            .with_max_attempts(ATTEMPTS_MAX)
            .with_max_backoff(BACKOFF_MAX);
        let stalled = StalledStreamProtectionConfig::enabled()
            .grace_period(STALL_GRACE)
            .build();
        let mut loader = aws_config::defaults(behavior())
            .timeout_config(timeouts)
            .retry_config(retries)
            .stalled_stream_protection(stalled);
        if let Some(region) = region {
            loader = loader.region(region);
        }
        Self {
            config: loader.load().await,
        }
    }

    /// On a configuration made elsewhere, for tests.
    pub const fn from_config(config: SdkConfig) -> Self {
        Self { config }
    }

    /// The configuration that all clients share. Each crate makes the clients of its services from it.
    pub const fn sdk_config(&self) -> &SdkConfig {
        &self.config
    }

    /// The region: `eu-north-1`; `None` where nobody named one.
    pub fn region(&self) -> Option<&str> {
        self.config.region().map(Region::as_ref)
    }

    /// Whose credentials these are, as an ARN. Everybody may ask that (`GetCallerIdentity`, AWS STS API Reference).
    pub async fn caller_arn(&self) -> Result<String, PortError> {
        let context = "AWS could not be asked whose credentials these are";
        let client = aws_sdk_sts::Client::new(&self.config);
        let identity = client.get_caller_identity().send().await;
        let identity = identity.map_err(|error| port_error(context, error))?;
        let arn = identity.arn().map(str::to_owned);
        arn.ok_or_else(|| PortError::new(PortErrorClass::Permanent, context))
    }
}
