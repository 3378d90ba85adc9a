//! Findings: what is not as it must be, or could not be looked at, with an identity that stays from run to run.

use std::fmt;

use relay_model::{Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};

use crate::check::Severity;
use crate::risk::AcceptedRisk;

/// The version of the format of [`Findings`].
pub const FINDINGS_FORMAT_VERSION: u32 = 1;
/// Of how many bytes of the digest an identity is made.
const ID_BYTES: usize = 16;
/// The rule of a list that could not be read to its end.
pub const UNREAD_LIST: &str = "monitor.list_unread";

/// Which finding: 32 hexadecimal digits, derived from account, region, rule, resource and nature.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FindingId(String);

impl FindingId {
    /// Wraps what a person typed or a file says.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    /// It was read, and is not as it must be.
    Failed,
    /// It could not be read: nobody knows how it is.
    Unread,
}

/// Where a finding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Open, and seen for the first time in this run.
    New,
    /// Open since an earlier run.
    Known,
    /// Somebody has accepted the risk until a day.
    Accepted,
    /// It is no longer so.
    Resolved,
}

impl State {
    /// As it is written: `new`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Known => "known",
            Self::Accepted => "accepted",
            Self::Resolved => "resolved",
        }
    }

    /// Whether somebody has to do something.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::New | Self::Known)
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Which.
    pub id: FindingId,
    /// Twelve digits.
    pub account_id: String,
    /// `eu-north-1`.
    pub region: String,
    /// The check's id, or [`UNREAD_LIST`].
    pub rule: String,
    /// What must be so.
    pub title: String,
    /// As in the ARNs: `s3`.
    pub service: String,
    /// How bad it is.
    pub severity: Severity,
    /// What kind of finding.
    pub nature: Nature,
    /// The resource's ARN; for a list the action that lists.
    pub resource: String,
    /// The resource's name; for a list the service.
    pub name: String,
    /// How it is instead, or why it could not be read.
    pub detail: String,
    /// Who else asks for it.
    pub controls: Vec<String>,
    /// Which setting to change.
    pub remedy: String,
    /// Where it stands.
    pub state: State,
    /// The run that saw it first; since then it has not been resolved.
    pub first_seen: Timestamp,
    /// The last run that saw it.
    pub last_seen: Timestamp,
    /// The run that saw it no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Timestamp>,
    /// Who has accepted it, why and until when; also when that day has passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acceptance: Option<AcceptedRisk>,
}

/// The findings of all runs so far: what one run leaves for the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// [`FINDINGS_FORMAT_VERSION`].
    pub v: u32,
    /// When the last run was; `None` before the first.
    pub assessed_at: Option<Timestamp>,
    /// Each of them, by severity from most to least, then by rule and resource.
    pub findings: Vec<Finding>,
}

impl Default for Findings {
    fn default() -> Self {
        Self {
            v: FINDINGS_FORMAT_VERSION,
            assessed_at: None,
            findings: Vec::new(),
        }
    }
}

/// Whose finding it is, before it has an identity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) account_id: &'a str,
    pub(crate) region: &'a str,
    pub(crate) rule: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) nature: Nature,
}

impl Subject<'_> {
    pub(crate) fn id(&self) -> FindingId {
        let Self {
            account_id,
            region,
            rule,
            resource,
            nature,
        } = self;
        // JSON, so that no two subjects are written alike.
        let subject = serde_json::json!(["hybrid relay finding", account_id, region, rule, resource, nature]);
        let mut id = Sha256Digest::of(subject.to_string().as_bytes()).to_string();
        id.truncate(2 * ID_BYTES);
        FindingId(id)
    }
}
