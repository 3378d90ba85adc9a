//! The Query protocol of EC2, for the two questions that the monitor has.
//!
//! The SDK of EC2 has some 800 operations and takes minutes and gigabytes to compile. This is made of what every SDK is made
//! of: the orchestrator with its retries and timeouts, the signer, the rules of endpoints. Only what goes over the wire is
//! written here ("Query requests for Amazon EC2", Amazon EC2 API Reference).

use aws_config::{BehaviorVersion, SdkConfig};
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_sdk_rds::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_smithy_runtime::client::http::connection_poisoning::ConnectionPoisoningInterceptor;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use aws_types::service_config::ServiceConfigKey;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::scope::{Failure, Scope};

/// The only version of the API that takes part in this protocol.
const VERSION: &str = "2016-11-15";

/// Asks EC2 in one region.
#[derive(Debug)]
pub(crate) struct Ec2Query {
    operation: Operation<String, Vec<u8>, ErrorMetadata>,
}

impl Ec2Query {
    /// With the credentials, retries, timeouts and endpoint of this configuration, as an SDK would take them from it.
    pub(crate) async fn new(config: &SdkConfig) -> Result<Self, Failure> {
        let endpoint_url = endpoint_url(config).await;
        let endpoint_url = endpoint_url
            .map_err(|error| Failure::other(format!("EC2 has no endpoint with this configuration: {error}")))?;
        let mut operation = Operation::builder()
            .service_name("EC2")
            .operation_name("Query")
            .behavior_version(config.behavior_version().unwrap_or_else(BehaviorVersion::latest))
            .endpoint_url(&endpoint_url)
            .serializer(request)
            .deserializer(answer)
            .runtime_plugin(
                StaticRuntimePlugin::new()
                    .with_config(settings(config).freeze())
                    .with_runtime_components(components(config)),
            );
        if let Some(retries) = config.retry_config() {
            operation = operation.standard_retry(retries);
        }
        if let Some(timeouts) = config.timeout_config() {
            operation = operation.timeout_config(timeouts.clone());
        }
        Ok(Self {
            operation: operation.build(),
        })
    }

    /// One call, its tries included.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        scope: &Scope,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<T, Failure> {
        let members = [("Action", action), ("Version", VERSION)];
        let members = members.iter().chain(parameters);
        let members = members.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
        let form = members.collect::<Vec<_>>().join("&");
        let answer = scope.ask(self.operation.invoke(form)).await?;
        // Strict, unlike the SDKs' own reader of XML, for which a document that breaks off is one that ends: a list that is
        // not whole must not look whole.
        quick_xml::de::from_reader(answer.as_slice())
            .map_err(|error| Failure::other(format!("{action} was answered with something else: {error}")))
    }
}

// What the orchestrator and the parts below look up.
fn settings(config: &SdkConfig) -> Layer {
    let mut settings = Layer::new("EC2");
    settings.store_put(AuthSchemeOptionResolverParams::new(()));
    settings.store_put(SigV4OperationSigningConfig {
        region: config.region().cloned().map(SigningRegion::from),
        name: Some(SigningName::from_static("ec2")),
        ..SigV4OperationSigningConfig::default()
    });
    settings.store_put(ApiMetadata::new("ec2", env!("CARGO_PKG_VERSION")));
    if let Some(name) = config.app_name() {
        settings.store_put(name.clone());
    }
    settings
}

// The same parts as in an SDK's client; what the configuration does not have is left to the orchestrator's defaults.
fn components(config: &SdkConfig) -> RuntimeComponentsBuilder {
    let mut components = RuntimeComponentsBuilder::new("EC2")
        .with_http_client(config.http_client())
        .with_sleep_impl(config.sleep_impl())
        .with_time_source(config.time_source())
        .with_identity_cache(config.identity_cache())
        .with_auth_scheme(SigV4AuthScheme::new())
        .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID])))
        .with_interceptor(ConnectionPoisoningInterceptor::new())
        .with_interceptor(InvocationIdInterceptor::new())
        .with_interceptor(RequestInfoInterceptor::new())
        .with_interceptor(ServiceClockSkewInterceptor::new())
        .with_interceptor(UserAgentInterceptor::new())
        .with_retry_classifier(HttpStatusCodeClassifier::default())
        .with_retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
        .with_retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
        .with_retry_classifier(ServiceClockSkewClassifier::<ErrorMetadata>::new());
    if let Some(credentials) = config.credentials_provider() {
        components.set_identity_resolver(SCHEME_ID, credentials);
    }
    components
}

fn request(form: String) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(form));
    request.set_method("POST")?;
    let headers = request.headers_mut();
    headers.insert("content-type", "application/x-www-form-urlencoded");
    Ok(request)
}

fn answer(response: &HttpResponse) -> Result<Vec<u8>, OrchestratorError<ErrorMetadata>> {
    // The orchestrator has loaded the body.
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return Ok(body.to_vec());
    }
    let mut error = ErrorMetadata::builder();
    // A proxy or load balancer in between answers otherwise; then the status says it all.
    if let Ok(Refusal { errors }) = quick_xml::de::from_reader(body) {
        error = error.code(errors.error.code).message(errors.error.message);
    }
    Err(OrchestratorError::operation(error.build()))
}

/// "Error response" in "Error codes for the Amazon EC2 API", Amazon EC2 API Reference.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Refusal {
    errors: Told<Error>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told<T> {
    error: T,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Error {
    code: String,
    #[serde(default)]
    message: String,
}

// The rules for the endpoints of RDS are those of EC2 but for the name: partitions, FIPS and dual stack (`endpoint.rs` of both
// SDKs, made from AWS's models). So there is no list of partitions here that grows old.
async fn endpoint_url(config: &SdkConfig) -> Result<String, BoxError> {
    let given = given_endpoint_url(config);
    let is_given = given.is_some();
    let params = Params::builder()
        .set_region(config.region().map(ToString::to_string))
        .set_use_fips(config.use_fips())
        .set_use_dual_stack(config.use_dual_stack())
        .set_endpoint(given)
        .build()?;
    let endpoint = ResolveEndpoint::resolve_endpoint(&DefaultResolver::new(), &params).await?;
    Ok(if is_given {
        endpoint.url().to_owned()
    } else {
        endpoint.url().replacen("//rds", "//ec2", 1)
    })
}

// What the code says goes before `AWS_ENDPOINT_URL_EC2` and its like in a profile, and those before `AWS_ENDPOINT_URL`
// ("Service-specific endpoints", AWS SDKs and Tools Reference Guide).
fn given_endpoint_url(config: &SdkConfig) -> Option<String> {
    let of_all = || config.endpoint_url().map(str::to_owned);
    if config.get_origin("endpoint_url").is_client_config() {
        return of_all();
    }
    let key = ServiceConfigKey::builder()
        .service_id("EC2")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url");
    let of_ec2 = config.service_config().zip(key.build().ok());
    of_ec2
        .and_then(|(service, key)| service.load_config(key))
        .or_else(of_all)
}

#[cfg(test)]
mod tests {
    use aws_config::Region;
    use aws_types::origin::Origin;
    use aws_types::sdk_config::Builder;
    use aws_types::service_config::LoadServiceConfig;

    use super::*;

    async fn url(config: &SdkConfig) -> Result<String, String> {
        endpoint_url(config).await.map_err(|error| error.to_string())
    }

    fn region(name: &'static str) -> Builder {
        SdkConfig::builder().region(Region::from_static(name))
    }

    // "Amazon EC2 endpoints and quotas", AWS General Reference; the same in the guides of the other partitions.
    #[tokio::test]
    async fn endpoints_follow_region_and_partition() {
        for (config, host) in [
            (region("eu-north-1"), "ec2.eu-north-1.amazonaws.com"),
            (region("us-gov-west-1"), "ec2.us-gov-west-1.amazonaws.com"),
            (region("cn-north-1"), "ec2.cn-north-1.amazonaws.com.cn"),
            (region("eusc-de-east-1"), "ec2.eusc-de-east-1.amazonaws.eu"),
            (region("us-iso-east-1"), "ec2.us-iso-east-1.c2s.ic.gov"),
            (region("us-east-1").use_fips(true), "ec2-fips.us-east-1.amazonaws.com"),
            (
                region("us-gov-west-1").use_fips(true),
                "ec2.us-gov-west-1.amazonaws.com",
            ),
            (region("us-east-1").use_dual_stack(true), "ec2.us-east-1.api.aws"),
        ] {
            assert_eq!(url(&config.build()).await, Ok(format!("https://{host}")));
        }
        // Whether somebody's own endpoint is one of FIPS nobody knows.
        let own = region("us-east-1").use_fips(true).endpoint_url("http://127.0.0.1:1");
        for config in [own, SdkConfig::builder()] {
            assert!(url(&config.build()).await.is_err());
        }
    }

    #[derive(Debug)]
    struct OfEc2;

    impl LoadServiceConfig for OfEc2 {
        fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
            let asked = (key.service_id(), key.env(), key.profile());
            (asked == ("EC2", "AWS_ENDPOINT_URL", "endpoint_url")).then(|| "http://of-ec2".to_owned())
        }
    }

    #[tokio::test]
    async fn a_given_endpoint_is_taken_as_it_is() {
        let of_all = "http://rds-of-all";
        let all = region("eu-north-1").endpoint_url(of_all).build();
        assert_eq!(url(&all).await.as_deref(), Ok(of_all));
        let mut both = all.into_builder().service_config(OfEc2);
        both.insert_origin("endpoint_url", Origin::shared_environment_variable());
        let both = both.build();
        assert_eq!(url(&both).await.as_deref(), Ok("http://of-ec2"));
        let mut code = both.into_builder();
        code.insert_origin("endpoint_url", Origin::shared_config());
        assert_eq!(url(&code.build()).await.as_deref(), Ok(of_all));
    }
}
