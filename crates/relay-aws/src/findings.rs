//! What the monitor leaves for the next run and for people, in S3 below a prefix that no organization can have.
//!
//! | key | what |
//! |---|---|
//! | `_monitor/findings.json` | the findings; replaced only by whoever read the version that stands there |
//! | `_monitor/accepted.json` | the accepted risks, likewise |
//! | `_monitor/reports/{date}/{time}.md`, `.asff.json` | the report of each run |

use async_trait::async_trait;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ServerSideEncryption;
use relay_model::BucketName;
use relay_monitor::{AcceptedRisk, FindingStore, Findings, PortFailure, Report, Stored};
use relay_runtime::{Deployed, Missing};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::client::Connection;

// Organizations have no underscore in their ids: no task's role reaches these keys.
const FINDINGS_KEY: &str = "_monitor/findings.json";
const ACCEPTED_KEY: &str = "_monitor/accepted.json";
const REPORTS_PREFIX: &str = "_monitor/reports/";
/// How often a risk is added anew when somebody else has added one meanwhile.
const ACCEPT_ATTEMPTS_MAX: u32 = 5;
const JSON: &str = "application/json";
const MARKDOWN: &str = "text/markdown; charset=utf-8";

/// What the monitor is told by the infrastructure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitorNames {
    /// The bucket of results, where findings are kept too.
    pub results_bucket: BucketName,
    /// The KMS key of that bucket.
    pub results_key_arn: String,
    /// The topic on which news are announced.
    pub alerts_topic_arn: String,
}

impl MonitorNames {
    /// From a program's environment; what is not there is noted in `missing`.
    pub fn from_deployed(given: &Deployed, missing: &mut Missing) -> Option<Self> {
        let results_bucket = missing.require("RELAY_RESULTS_BUCKET", given.results_bucket.as_ref());
        let results_key_arn = missing.require("RELAY_RESULTS_KEY_ARN", given.results_key_arn.as_ref());
        let alerts_topic_arn = missing.require("RELAY_ALERTS_TOPIC_ARN", given.alerts_topic_arn.as_ref());
        Some(Self {
            results_bucket: results_bucket?,
            results_key_arn: results_key_arn?,
            alerts_topic_arn: alerts_topic_arn?,
        })
    }
}

/// Findings on Amazon S3.
#[derive(Clone, Debug)]
pub struct S3Findings {
    client: aws_sdk_s3::Client,
    bucket: BucketName,
    key_arn: String,
}

// What stands under a key, and which state of it that is.
struct Held<T> {
    value: T,
    e_tag: String,
}

// Over what an object is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Over<'a> {
    Anything,
    Nothing,
    // The state with this entity tag, and no other.
    State(&'a str),
}

impl<'a> Over<'a> {
    fn what_was_read(e_tag: Option<&'a str>) -> Self {
        e_tag.map_or(Self::Nothing, Self::State)
    }
}

enum Put {
    Done,
    // Somebody else was faster.
    Changed,
}

impl S3Findings {
    /// In this bucket, encrypted with its KMS key.
    pub fn new(connection: &Connection, bucket: BucketName, key_arn: impl Into<String>) -> Self {
        Self {
            client: connection.s3(),
            bucket,
            key_arn: key_arn.into(),
        }
    }

    async fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<Held<T>>, PortFailure> {
        let context = || format!("{key} in {} could not be read", self.bucket);
        let got = self
            .client
            .get_object()
            .bucket(self.bucket.as_str())
            .key(key)
            .send()
            .await;
        let got = match got {
            Ok(got) => got,
            Err(error) if matches!(error.as_service_error(), Some(GetObjectError::NoSuchKey(_))) => return Ok(None),
            Err(error) => return Err(PortFailure::new(context()).caused_by(error)),
        };
        let e_tag = got.e_tag().unwrap_or_default().to_owned();
        let body = got
            .body
            .collect()
            .await
            .map_err(|error| PortFailure::new(context()).caused_by(error))?;
        let value = serde_json::from_slice(&body.into_bytes()).map_err(|error| {
            PortFailure::new(format!("{}: it is not what this version writes", context())).caused_by(error)
        })?;
        Ok(Some(Held { value, e_tag }))
    }

    async fn put(&self, key: &str, content_type: &str, body: Vec<u8>, over: Over<'_>) -> Result<Put, PortFailure> {
        let mut request = self
            .client
            .put_object()
            .bucket(self.bucket.as_str())
            .key(key)
            .content_type(content_type)
            .server_side_encryption(ServerSideEncryption::AwsKms)
            .ssekms_key_id(&self.key_arn)
            .body(ByteStream::from(body));
        match over {
            Over::State(e_tag) => request = request.if_match(e_tag),
            Over::Nothing => request = request.if_none_match("*"),
            Over::Anything => {}
        }
        match request.send().await {
            Ok(_) => Ok(Put::Done),
            // "PutObject", Amazon S3 API Reference: If-Match, If-None-Match.
            Err(error)
                if over != Over::Anything
                    && error.as_service_error().is_some_and(|answer| {
                        matches!(
                            answer.code(),
                            Some("PreconditionFailed" | "ConditionalRequestConflict" | "NoSuchKey")
                        )
                    }) =>
            {
                Ok(Put::Changed)
            }
            Err(error) => {
                let context = format!("{key} in {} could not be written", self.bucket);
                Err(PortFailure::new(context).caused_by(error))
            }
        }
    }
}

fn json_of<T: Serialize>(value: &T) -> Result<Vec<u8>, PortFailure> {
    serde_json::to_vec(value).map_err(|error| PortFailure::new("findings have no JSON form").caused_by(error))
}

#[async_trait]
impl FindingStore for S3Findings {
    async fn load(&self) -> Result<Stored, PortFailure> {
        let findings: Option<Held<Findings>> = self.get(FINDINGS_KEY).await?;
        let accepted: Option<Held<Vec<AcceptedRisk>>> = self.get(ACCEPTED_KEY).await?;
        let (findings, revision) = findings.map_or_else(Default::default, |held| (held.value, Some(held.e_tag)));
        Ok(Stored {
            findings,
            revision,
            accepted: accepted.map(|held| held.value).unwrap_or_default(),
        })
    }

    async fn publish(&self, report: &Report) -> Result<(), PortFailure> {
        let name = format!("{REPORTS_PREFIX}{}", report.name());
        for (ending, content_type, text) in [("md", MARKDOWN, &report.markdown), ("asff.json", JSON, &report.asff)] {
            let key = format!("{name}.{ending}");
            self.put(&key, content_type, text.clone().into_bytes(), Over::Anything)
                .await?;
        }
        Ok(())
    }

    async fn save(&self, findings: &Findings, revision: Option<&str>) -> Result<(), PortFailure> {
        match self
            .put(FINDINGS_KEY, JSON, json_of(findings)?, Over::what_was_read(revision))
            .await?
        {
            Put::Done => Ok(()),
            Put::Changed => Err(PortFailure::new("another run has kept its findings meanwhile")),
        }
    }

    async fn accept(&self, risk: &AcceptedRisk) -> Result<(), PortFailure> {
        for _ in 0..ACCEPT_ATTEMPTS_MAX {
            let held: Option<Held<Vec<AcceptedRisk>>> = self.get(ACCEPTED_KEY).await?;
            let (mut risks, e_tag) = held.map_or_else(Default::default, |held| (held.value, Some(held.e_tag)));
            risks.push(risk.clone());
            let put = self.put(
                ACCEPTED_KEY,
                JSON,
                json_of(&risks)?,
                Over::what_was_read(e_tag.as_deref()),
            );
            if matches!(put.await?, Put::Done) {
                return Ok(());
            }
        }
        Err(PortFailure::new("others accept risks at the same time: try again"))
    }
}
