//! What the monitor leaves for the next run and for people, in S3 below a prefix that no organization can have.
//!
//! | key | what |
//! |---|---|
//! | `_monitor/findings.json` | the findings; replaced only by whoever read the version that stands there |
//! | `_monitor/accepted.json` | the accepted risks, likewise |
//! | `_monitor/reports/{date}/{time}.md`, `.asff.json` | the report of each run |

use async_trait::async_trait;
use relay_aws_client::Connection;
use relay_model::BucketName;
use relay_monitor::{AcceptedRisk, FindingStore, Findings, PortFailure, Report, Stored};
use relay_runtime::{Deployed, Missing};
use relay_s3::{ReadDocument, Replaces, S3Documents, WrittenDocument};
use serde::Serialize;
use serde::de::DeserializeOwned;

// Organizations have no underscore in their ids: no task's role reaches these keys.
const FINDINGS_KEY: &str = "_monitor/findings.json";
const ACCEPTED_KEY: &str = "_monitor/accepted.json";
const REPORTS_PREFIX: &str = "_monitor/reports/";
/// How often a risk is added anew when somebody else has added one meanwhile.
const ACCEPT_ATTEMPTS_MAX: u32 = 5;
/// The most that is read of one of them.
const DOCUMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;
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
    documents: S3Documents,
}

// What stands under a key, and which state of it that is.
struct Held<T> {
    value: T,
    e_tag: String,
}

impl S3Findings {
    /// In this bucket, encrypted with its KMS key.
    pub fn new(connection: &Connection, bucket: BucketName, key_arn: impl Into<String>) -> Self {
        Self {
            documents: S3Documents::new(connection, bucket, Some(key_arn.into())),
        }
    }

    async fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<Held<T>>, PortFailure> {
        let failure = || PortFailure::new(format!("the monitor's {key} could not be loaded"));
        let read = self.documents.read(key, DOCUMENT_BYTES_MAX).await;
        let document = match read.map_err(|error| failure().caused_by(error))? {
            ReadDocument::Found(document) => document,
            ReadDocument::Missing => return Ok(None),
            ReadDocument::Denied(error) => return Err(failure().caused_by(error)),
            ReadDocument::TooLarge => {
                let text = format!("the monitor's {key} has more than {DOCUMENT_BYTES_MAX} bytes");
                return Err(PortFailure::new(text));
            }
        };
        let value = serde_json::from_slice(&document.bytes).map_err(|error| {
            PortFailure::new(format!("the monitor's {key} is not what this version writes")).caused_by(error)
        })?;
        let e_tag = document.e_tag;
        Ok(Some(Held { value, e_tag }))
    }

    async fn put(
        &self,
        key: &str,
        content_type: &str,
        body: Vec<u8>,
        replaces: Replaces<'_>,
    ) -> Result<WrittenDocument, PortFailure> {
        let written = self.documents.write(key, content_type, body, replaces).await;
        written.map_err(|error| PortFailure::new(format!("the monitor's {key} could not be saved")).caused_by(error))
    }
}

fn what_was_read(e_tag: Option<&str>) -> Replaces<'_> {
    e_tag.map_or(Replaces::Nothing, Replaces::State)
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
            self.put(&key, content_type, text.clone().into_bytes(), Replaces::Anything)
                .await?;
        }
        Ok(())
    }

    async fn save(&self, findings: &Findings, revision: Option<&str>) -> Result<(), PortFailure> {
        match self
            .put(FINDINGS_KEY, JSON, json_of(findings)?, what_was_read(revision))
            .await?
        {
            WrittenDocument::Stored => Ok(()),
            WrittenDocument::Conflict => Err(PortFailure::new("another run has kept its findings meanwhile")),
        }
    }

    async fn accept(&self, risk: &AcceptedRisk) -> Result<(), PortFailure> {
        for _ in 0..ACCEPT_ATTEMPTS_MAX {
            let held: Option<Held<Vec<AcceptedRisk>>> = self.get(ACCEPTED_KEY).await?;
            let (mut risks, e_tag) = held.map_or_else(Default::default, |held| (held.value, Some(held.e_tag)));
            risks.push(risk.clone());
            let put = self.put(ACCEPTED_KEY, JSON, json_of(&risks)?, what_was_read(e_tag.as_deref()));
            if matches!(put.await?, WrittenDocument::Stored) {
                return Ok(());
            }
        }
        Err(PortFailure::new("others accept risks at the same time: try again"))
    }
}
