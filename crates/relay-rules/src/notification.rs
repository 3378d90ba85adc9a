//! Decoding what announces object versions: S3 event notifications, sent directly, in an SQS body, or through SNS, and
//! EventBridge events. Record by record: a malformed one is one failure, and harms no other.
//!
//! Sources: Amazon S3 User Guide, "Event message structure" and "EventBridge event message structure".

use percent_encoding::percent_decode_str;
use relay_model::{Arrival, ArrivalSource, BucketName, ObjectKey, ObjectVersion, Sequencer, VersionId};
use serde_json::Value;

/// The major version of S3's event message structure that is understood.
const EVENT_VERSION_MAJOR: &str = "2";
/// What S3 gives as the version id of an object in a bucket that was never versioned.
const NULL_VERSION: &str = "null";
/// How many characters of an event version that is not understood are shown.
const SHOWN_CHARACTERS_MAX: usize = 20;

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
    /// A record lacks what an arrival needs. The text names the member, and never its value.
    #[error("record {number} lacks what an arrival needs: {member} is missing, or not {expected}")]
    Malformed {
        /// Counted from 1.
        number: usize,
        /// Where in the record, as a JSON Pointer (RFC 6901).
        member: &'static str,
        /// What should be there.
        expected: &'static str,
    },
    /// A record of a structure that this program does not know.
    #[error("record {number} has event version {version}; version {EVENT_VERSION_MAJOR} is understood")]
    UnknownVersion {
        /// Counted from 1.
        number: usize,
        /// Its `eventVersion`, escaped and cut to a readable length.
        version: String,
    },
    /// No version id: nobody could say later which bytes were meant.
    #[error("record {number} names no version: turn on versioning for bucket {bucket}")]
    VersionMissing {
        /// Counted from 1.
        number: usize,
        /// The bucket, escaped.
        bucket: String,
    },
}

/// Decodes one message.
pub fn decode(message: &str) -> Decoded {
    let mut decoded = Decoded::default();
    match serde_json::from_str::<Value>(message) {
        Ok(value) => decode_value(&value, true, &mut decoded),
        Err(error) => decoded.arrivals.push(Err(Undecodable::NotJson(error))),
    }
    decoded
}

fn decode_value(value: &Value, may_be_wrapped: bool, decoded: &mut Decoded) {
    let text = |member: &str| value.get(member).and_then(Value::as_str);
    if let Some(records) = value.get("Records").and_then(Value::as_array) {
        for (index, value) in records.iter().enumerate() {
            let number = index + 1;
            decoded.take(Record { number, value }.s3_notification());
        }
    } else if text("Event") == Some("s3:TestEvent") {
        decoded.dropped.push(Dropped {
            reason: DropReason::TestEvent,
            key: None,
        });
    } else if text("source") == Some("aws.s3") {
        decoded.take(Record { number: 1, value }.bridge_event());
    } else if let Some(inner) = text("Message").filter(|_| may_be_wrapped) {
        // SNS wraps the notification as a text, once.
        match serde_json::from_str::<Value>(inner) {
            Ok(inner) => decode_value(&inner, false, decoded),
            Err(error) => decoded.arrivals.push(Err(Undecodable::NotJson(error))),
        }
    } else {
        decoded.arrivals.push(Err(Undecodable::Unknown));
    }
}

enum Told {
    Arrival(Arrival),
    Dropped(Dropped),
}

impl Decoded {
    fn take(&mut self, told: Result<Told, Undecodable>) {
        match told {
            Ok(Told::Arrival(arrival)) => self.arrivals.push(Ok(arrival)),
            Ok(Told::Dropped(dropped)) => self.dropped.push(dropped),
            Err(error) => self.arrivals.push(Err(error)),
        }
    }
}

// Where the members of an object stand, as JSON Pointers: the two structures differ in nothing else.
struct Members {
    bucket: &'static str,
    key: &'static str,
    size: &'static str,
    version_id: &'static str,
    sequencer: &'static str,
}

const NOTIFICATION: Members = Members {
    bucket: "/s3/bucket/name",
    key: "/s3/object/key",
    size: "/s3/object/size",
    version_id: "/s3/object/versionId",
    sequencer: "/s3/object/sequencer",
};

const BRIDGE: Members = Members {
    bucket: "/detail/bucket/name",
    key: "/detail/object/key",
    size: "/detail/object/size",
    version_id: "/detail/object/version-id",
    sequencer: "/detail/object/sequencer",
};

// Members are read by hand, not by a derived type: its errors would quote the value that they refuse.
#[derive(Clone, Copy)]
struct Record<'v> {
    number: usize,
    value: &'v Value,
}

impl<'v> Record<'v> {
    fn s3_notification(self) -> Result<Told, Undecodable> {
        // The version first: a later structure may have everything else elsewhere.
        let version = self.text("/eventVersion")?;
        if version.split('.').next() != Some(EVENT_VERSION_MAJOR) {
            let shown = version.chars().take(SHOWN_CHARACTERS_MAX);
            return Err(Undecodable::UnknownVersion {
                number: self.number,
                version: shown.flat_map(char::escape_debug).collect(),
            });
        }
        // Both spellings occur: with the prefix in the configuration, without it in events.
        let event_name = self.text("/eventName")?;
        let event_name = event_name.strip_prefix("s3:").unwrap_or(event_name);
        let is_created = event_name.starts_with("ObjectCreated:");
        self.object(
            is_created,
            &NOTIFICATION,
            decode_form_key,
            ArrivalSource::S3Notification,
        )
    }

    fn bridge_event(self) -> Result<Told, Undecodable> {
        let is_created = self.text("/detail-type")? == "Object Created";
        // EventBridge gives the key as it is.
        self.object(is_created, &BRIDGE, ObjectKey::new, ArrivalSource::EventBridge)
    }

    fn object(
        self,
        is_created: bool,
        members: &Members,
        decode_key: impl FnOnce(&'v str) -> ObjectKey,
        source: ArrivalSource,
    ) -> Result<Told, Undecodable> {
        if !is_created {
            return Ok(Told::Dropped(Dropped {
                reason: DropReason::NotCreated,
                key: self.optional_text(members.key)?.map(decode_key),
            }));
        }
        let key = decode_key(self.text(members.key)?);
        let size_bytes = self.size(members.size)?;
        if key.as_str().ends_with('/') && size_bytes == Some(0) {
            return Ok(Told::Dropped(Dropped {
                reason: DropReason::FolderMarker,
                key: Some(key),
            }));
        }
        let bucket = self.text(members.bucket)?;
        let version_id = self.optional_text(members.version_id)?;
        let version_id: VersionId = version_id
            .filter(|version| *version != NULL_VERSION)
            .and_then(|version| version.parse().ok())
            .ok_or_else(|| Undecodable::VersionMissing {
                number: self.number,
                bucket: bucket.escape_debug().to_string(),
            })?;
        let bucket: BucketName = bucket.parse().map_err(|_| self.malformed(members.bucket, "a name"))?;
        Ok(Told::Arrival(Arrival {
            object: ObjectVersion {
                bucket,
                key,
                version_id,
            },
            size_bytes,
            sha256: None,
            sequencer: self.optional_text(members.sequencer)?.map(Sequencer::new),
            source,
        }))
    }

    fn text(self, member: &'static str) -> Result<&'v str, Undecodable> {
        self.optional_text(member)?
            .ok_or_else(|| self.malformed(member, "a text"))
    }

    fn optional_text(self, member: &'static str) -> Result<Option<&'v str>, Undecodable> {
        match self.value.pointer(member) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.malformed(member, "a text")),
        }
    }

    fn size(self, member: &'static str) -> Result<Option<u64>, Undecodable> {
        match self.value.pointer(member) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_u64() {
                Some(bytes) => Ok(Some(bytes)),
                None => Err(self.malformed(member, "a number of bytes")),
            },
        }
    }

    fn malformed(self, member: &'static str, expected: &'static str) -> Undecodable {
        Undecodable::Malformed {
            number: self.number,
            member,
            expected,
        }
    }
}

// Keys in S3 notifications are form-encoded: `+` is a space, then percent-decoding, exactly once. Bytes that are not
// UTF-8 become U+FFFD, which the key rules refuse.
fn decode_form_key(key: &str) -> ObjectKey {
    let spaced = key.replace('+', " ");
    ObjectKey::new(percent_decode_str(&spaced).decode_utf8_lossy())
}
