//! What a program says when somebody should know: the notice from which alerts are made, and its wire format.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::{ObjectKey, OrganizationId, PackageId, ReasonCode};

/// The version of the wire format that this program writes and reads.
pub const NOTICE_FORMAT_VERSION: u32 = 1;
/// The longest notice that is looked at, in bytes. The longest key, each of its bytes escaped, has a tenth of it.
pub const NOTICE_BYTES_MAX: usize = 65_536;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A package came to its end as failed.
    PackageFailed,
}

/// Something that somebody should know. It has no free text: what went wrong in detail is in the trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What happened.
    pub kind: NoticeKind,
    /// To which package.
    pub package_id: PackageId,
    /// Its owner, where a registered one is known.
    pub organization: Option<OrganizationId>,
    /// Its key, as the producer chose it.
    pub key: ObjectKey,
    /// Why.
    pub reason: ReasonCode,
}

/// Why a text is not a notice.
#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    /// No program of ours writes such long ones.
    #[error("a notice has at most {NOTICE_BYTES_MAX} bytes, and this one has {0}")]
    TooLong(usize),
    /// It is not JSON, or not of this shape.
    #[error("the notice could not be read")]
    Unreadable(#[source] serde_json::Error),
    /// It was written by a later program.
    #[error("the notice has format {0}, and this program reads {NOTICE_FORMAT_VERSION}")]
    Version(u32),
}

#[derive(Serialize, Deserialize)]
struct Envelope<T> {
    v: u32,
    #[serde(flatten)]
    content: T,
}

impl Notice {
    /// A failure of a package.
    pub fn package_failed(
        package_id: PackageId,
        organization: Option<OrganizationId>,
        key: ObjectKey,
        reason: ReasonCode,
    ) -> Self {
        Self {
            kind: NoticeKind::PackageFailed,
            package_id,
            organization,
            key,
            reason,
        }
    }

    /// The wire format: JSON in ASCII. Queues refuse characters that a key may have ("`SendMessage`", Amazon SQS API
    /// Reference), and a notice must not fail for its key.
    pub fn to_wire(&self) -> Result<String, serde_json::Error> {
        let envelope = Envelope {
            v: NOTICE_FORMAT_VERSION,
            content: self,
        };
        Ok(ascii(&serde_json::to_string(&envelope)?))
    }

    /// Reads the wire format.
    pub fn from_wire(text: &str) -> Result<Self, NoticeError> {
        #[derive(Deserialize)]
        struct Version {
            v: u32,
        }
        if text.len() > NOTICE_BYTES_MAX {
            return Err(NoticeError::TooLong(text.len()));
        }
        let Version { v } = serde_json::from_str(text).map_err(NoticeError::Unreadable)?;
        if v != NOTICE_FORMAT_VERSION {
            return Err(NoticeError::Version(v));
        }
        let envelope: Envelope<Self> = serde_json::from_str(text).map_err(NoticeError::Unreadable)?;
        Ok(envelope.content)
    }
}

// Outside of strings JSON has only ASCII characters, so each other one may be written as its escape.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let mut units = [0; 2];
    for character in json.chars() {
        if matches!(character, ' '..='~') {
            text.push(character);
        } else {
            for unit in character.encode_utf16(&mut units) {
                // Writing to a string does not fail.
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::BucketName;

    fn notice(key: &str) -> Notice {
        let bucket: BucketName = "ingress".parse().unwrap();
        let key = ObjectKey::new(key);
        Notice::package_failed(
            PackageId::derive(&bucket, &key, &"v1".parse().unwrap()),
            Some("org-001".parse().unwrap()),
            key,
            ReasonCode::StorageUnavailable,
        )
    }

    #[test]
    fn the_wire_format_is_what_is_documented() {
        let mut notice = notice("org-001/ü\u{202E}\u{FFFE}\u{7F}\"😀.csv");
        notice.organization = None;
        let id = notice.package_id.to_string();
        assert_eq!(
            notice.to_wire().unwrap(),
            format!(
                r#"{{"v":1,"kind":"package_failed","package_id":"{id}","organization":null,"key":"org-001/\u00fc\u202e\ufffe\u007f\"\ud83d\ude00.csv","reason":"storage_unavailable"}}"#
            )
        );
    }

    #[test]
    fn what_is_not_a_notice_of_this_format_is_refused() {
        let good = notice("org-001/a").to_wire().unwrap();
        assert!(Notice::from_wire(&good).is_ok());
        assert!(matches!(
            Notice::from_wire(&good.replace("\"v\":1", "\"v\":2")),
            Err(NoticeError::Version(2))
        ));
        for bad in [
            String::new(),
            "null".to_owned(),
            good.replace("org-001\"", "ORG 1\""),
            good.replace("pkg-", "pgk-"),
            good.replace("storage_unavailable", "all_is_well"),
            good.replace("package_failed", "package_fine"),
        ] {
            assert!(
                matches!(Notice::from_wire(&bad), Err(NoticeError::Unreadable(_))),
                "{bad}"
            );
        }
        let long = format!("{good}{}", " ".repeat(NOTICE_BYTES_MAX));
        assert!(matches!(Notice::from_wire(&long), Err(NoticeError::TooLong(_))));
    }

    proptest! {
        #[test]
        fn any_key_travels_as_printable_ascii(key in "\\PC*|(?s).*") {
            let notice = notice(&key);
            let text = notice.to_wire().unwrap();
            prop_assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            prop_assert_eq!(Notice::from_wire(&text).unwrap(), notice);
        }
    }
}
