//! Posts alerts to an address.

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use relay_alerts::Alert;

use super::channel::{Channel, ChannelError, DELIVERY_TIMEOUT};

const NAME: &str = "webhook";

/// An address that takes alerts as JSON by POST. Redirections are not followed: an address is what the operator set.
pub struct Webhook {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    address: http::Uri,
}

impl Webhook {
    /// At this address.
    pub fn new(address: &str) -> Result<Self, ChannelError> {
        let address = address.parse().map_err(|_| ChannelError::Address(NAME))?;
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
            .map_err(|error| ChannelError::Tls(NAME, error.into()))?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            address,
        })
    }
}

#[async_trait]
impl Channel for Webhook {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn deliver(&self, alert: &Alert) -> Result<(), ChannelError> {
        let body = alert.to_json().map_err(|error| ChannelError::Content(error.into()))?;
        let request = http::Request::post(self.address.clone())
            .header(http::header::CONTENT_TYPE, "application/json")
            .header(
                http::header::USER_AGENT,
                concat!("hybrid-relay/", env!("CARGO_PKG_VERSION")),
            )
            .header("idempotency-key", &alert.id)
            .body(Full::from(body))
            .map_err(|error| ChannelError::Content(error.into()))?;
        let answer = tokio::time::timeout(DELIVERY_TIMEOUT, self.client.request(request))
            .await
            .map_err(|_| ChannelError::Timeout)?
            .map_err(|error| ChannelError::Unreachable(NAME, error.into()))?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(ChannelError::Refused(NAME, answer.status().as_u16()))
        }
    }
}
