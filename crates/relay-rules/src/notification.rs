//! Decoding what announces object versions: S3 event notifications, sent directly, in an SQS body, or through SNS, and
//! EventBridge events. Record by record: a malformed one is one failure, and harms no other.
//!
//! Sources: Amazon S3 User Guide, "Event message structure" and "EventBridge event message structure".

use percent_encoding::percent_decode_str;
use relay_model::{Arrival, ArrivalSource, BucketName, ObjectKey, ObjectVersion, Sequencer, VersionId};
use serde::Deserialize;
use serde_json::Value;

/// The major version of S3's event message structure that is understood.
const EVENT_VERSION_MAJOR: &str = "2";
/// What S3 gives as the version id of an object in a bucket that was never versioned.
const NULL_VERSION: &str = "null";

/// What one message said.
#[derive(Debug, Default)]
pub struct Decoded {
    /// One entry for each record that announces something or cannot be read.
    pub arrivals: Vec<Result<Arrival, Undecodable>>,
    /// Records that announce nothing for us; for a log line.
    pub dropped: Vec<Dropped>,
}

/// A record that was left out on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// Why.
    pub reason: DropReason,
    /// Its key, where it has one.
    pub key: Option<ObjectKey>,
}

/// Why a record was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DropReason {
    /// `s3:TestEvent`, sent when a notification is configured.
    TestEvent,
    /// Not an object that was created: a delete marker, a removal, a lifecycle transition.
    NotCreated,
    /// A key ending in `/` with no bytes: what consoles make to show a folder.
    FolderMarker,
}

/// Why a record cannot be understood. The message belongs into the dead-letter queue, for a person to look at.
#[derive(Debug, thiserror::Error)]
pub enum Undecodable {
    /// Not JSON.
    #[error("the message is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// JSON, but no notification that is known.
    #[error("the message is neither an S3 event notification nor an EventBridge event")]
    Unknown,
    /// A record lacks what an arrival needs.
    #[error("record {number} lacks what an arrival needs")]
    Malformed {
        /// Counted from 1.
        number: usize,
        /// What.
        #[source]
        source: serde_json::Error,
    },
    /// A record of a structure that this program does not know.
    #[error("record {number} has event version {version}; version {EVENT_VERSION_MAJOR} is understood")]
    UnknownVersion {
        /// Counted from 1.
        number: usize,
        /// Its `eventVersion`.
        version: String,
    },
    /// No version id: nobody could say later which bytes were meant.
    #[error("record {number} names no version: turn on versioning for bucket {bucket}")]
    VersionMissing {
        /// Counted from 1.
        number: usize,
        /// The bucket.
        bucket: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct S3Record {
    event_version: String,
    event_name: String,
    s3: S3Entity,
}

#[derive(Deserialize)]
struct S3Entity {
    bucket: NamedBucket,
    object: S3Object,
}

#[derive(Deserialize)]
struct NamedBucket {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct S3Object {
    key: String,
    size: Option<u64>,
    version_id: Option<String>,
    sequencer: Option<String>,
}

#[derive(Deserialize)]
struct BridgeDetail {
    bucket: NamedBucket,
    object: BridgeObject,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct BridgeObject {
    key: String,
    size: Option<u64>,
    version_id: Option<String>,
    sequencer: Option<String>,
}

/// Decodes one message.
pub fn decode(message: &str) -> Decoded {
    let mut decoded = Decoded::default();
    match serde_json::from_str::<Value>(message) {
        Ok(value) => decode_value(value, true, &mut decoded),
        Err(error) => decoded.arrivals.push(Err(Undecodable::NotJson(error))),
    }
    decoded
}

fn decode_value(mut value: Value, may_be_wrapped: bool, decoded: &mut Decoded) {
    if let Some(Value::Array(records)) = value.get_mut("Records").map(Value::take) {
        for (index, record) in records.into_iter().enumerate() {
            decode_record(index + 1, record, decoded);
        }
    } else if value.get("Event").and_then(Value::as_str) == Some("s3:TestEvent") {
        decoded.dropped.push(Dropped {
            reason: DropReason::TestEvent,
            key: None,
        });
    } else if value.get("source").and_then(Value::as_str) == Some("aws.s3") {
        decode_bridge(value, decoded);
    } else if let Some(inner) = value.get("Message").and_then(Value::as_str).filter(|_| may_be_wrapped) {
        // SNS wraps the notification as a text, once.
        match serde_json::from_str::<Value>(inner) {
            Ok(inner) => decode_value(inner, false, decoded),
            Err(error) => decoded.arrivals.push(Err(Undecodable::NotJson(error))),
        }
    } else {
        decoded.arrivals.push(Err(Undecodable::Unknown));
    }
}

fn decode_record(number: usize, record: Value, decoded: &mut Decoded) {
    let record: S3Record = match serde_json::from_value(record) {
        Ok(record) => record,
        Err(source) => return decoded.arrivals.push(Err(Undecodable::Malformed { number, source })),
    };
    let key = decode_form_key(&record.s3.object.key);
    if record.event_version.split('.').next() != Some(EVENT_VERSION_MAJOR) {
        let version = record.event_version;
        return decoded
            .arrivals
            .push(Err(Undecodable::UnknownVersion { number, version }));
    }
    // Both spellings occur: with the prefix in the configuration, without it in events.
    let event_name = record.event_name.strip_prefix("s3:").unwrap_or(&record.event_name);
    if !event_name.starts_with("ObjectCreated:") {
        return decoded.dropped.push(Dropped {
            reason: DropReason::NotCreated,
            key: Some(key),
        });
    }
    let S3Object {
        size,
        version_id,
        sequencer,
        ..
    } = record.s3.object;
    let announced = Announced {
        number,
        bucket: record.s3.bucket.name,
        key,
        size,
        version_id,
        sequencer,
    };
    announced.arrive(ArrivalSource::S3Notification, decoded);
}

fn decode_bridge(mut value: Value, decoded: &mut Decoded) {
    const NUMBER: usize = 1;
    let is_created = value.get("detail-type").and_then(Value::as_str) == Some("Object Created");
    let detail = value.get_mut("detail").map(Value::take).unwrap_or_default();
    let detail: BridgeDetail = match serde_json::from_value(detail) {
        Ok(detail) => detail,
        Err(source) => {
            return decoded
                .arrivals
                .push(Err(Undecodable::Malformed { number: NUMBER, source }));
        }
    };
    let BridgeObject {
        key,
        size,
        version_id,
        sequencer,
    } = detail.object;
    // EventBridge gives the key as it is.
    let key = ObjectKey::new(key);
    if !is_created {
        return decoded.dropped.push(Dropped {
            reason: DropReason::NotCreated,
            key: Some(key),
        });
    }
    let announced = Announced {
        number: NUMBER,
        bucket: detail.bucket.name,
        key,
        size,
        version_id,
        sequencer,
    };
    announced.arrive(ArrivalSource::EventBridge, decoded);
}

struct Announced {
    number: usize,
    bucket: String,
    key: ObjectKey,
    size: Option<u64>,
    version_id: Option<String>,
    sequencer: Option<String>,
}

impl Announced {
    fn arrive(self, source: ArrivalSource, decoded: &mut Decoded) {
        if self.key.as_str().ends_with('/') && self.size == Some(0) {
            return decoded.dropped.push(Dropped {
                reason: DropReason::FolderMarker,
                key: Some(self.key),
            });
        }
        let version = self.version_id.filter(|version| version != NULL_VERSION);
        let parsed = (
            self.bucket.parse::<BucketName>(),
            version.unwrap_or_default().parse::<VersionId>(),
        );
        decoded.arrivals.push(match parsed {
            (Ok(bucket), Ok(version_id)) => Ok(Arrival {
                object: ObjectVersion {
                    bucket,
                    key: self.key,
                    version_id,
                },
                size_bytes: self.size,
                sha256: None,
                sequencer: self.sequencer.map(Sequencer::new),
                source,
            }),
            _ => Err(Undecodable::VersionMissing {
                number: self.number,
                bucket: self.bucket.escape_debug().to_string(),
            }),
        });
    }
}

// Keys in S3 notifications are form-encoded: `+` is a space, then percent-decoding, exactly once. Bytes that are not
// UTF-8 become U+FFFD, which the key rules refuse.
fn decode_form_key(key: &str) -> ObjectKey {
    let spaced = key.replace('+', " ");
    ObjectKey::new(percent_decode_str(&spaced).decode_utf8_lossy())
}
