//! Risks that somebody has accepted: which findings, who answers for it, why, and until when.

use relay_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::checks::check;
use crate::finding::{Finding, FindingId, UNREAD_LIST};

/// How long a risk can be accepted at a time, in days: whoever answers for it decides again each year.
pub const ACCEPTED_DAYS_MAX: u64 = 366;
/// The longest owner and the longest reason, in characters.
pub const WORDS_CHARACTERS_MAX: usize = 500;
const DAY_MILLISECONDS: u64 = 24 * 60 * 60 * 1_000;

/// Which findings a risk is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scope {
    /// One.
    Finding {
        /// Which.
        finding: FindingId,
    },
    /// All of a check on resources whose ARN is like this.
    Pattern {
        /// The check's id.
        check: String,
        /// The ARN, in which `*` stands for any characters: `arn:aws:s3:::logs-*`.
        resource: String,
    },
}

impl Scope {
    /// Whether the risk is about this finding.
    pub fn covers(&self, finding: &Finding) -> bool {
        match self {
            Self::Finding { finding: id } => *id == finding.id,
            Self::Pattern { check, resource } => *check == finding.rule && is_like(resource, &finding.resource),
        }
    }
}

/// A risk that was accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedRisk {
    /// Which findings.
    #[serde(flatten)]
    pub scope: Scope,
    /// Who answers for it.
    pub owner: String,
    /// Why it may stay as it is.
    pub reason: String,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// From then on it is open again.
    pub expires: Timestamp,
}

/// Why a risk cannot be accepted so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RiskError {
    /// Nobody answers for it.
    #[error("an accepted risk has an owner of 1 to {WORDS_CHARACTERS_MAX} characters on one line")]
    Owner,
    /// Nobody knows why.
    #[error("an accepted risk has a reason of 1 to {WORDS_CHARACTERS_MAX} characters on one line")]
    Reason,
    /// It would end before it begins.
    #[error("a risk is accepted until a day that is still to come")]
    Past,
    /// It would never be thought of again.
    #[error("a risk is accepted for at most {ACCEPTED_DAYS_MAX} days at a time")]
    TooLong,
    /// There is no such check.
    #[error("there is no check {0}; docs/MONITOR.md lists them")]
    NoCheck(String),
}

impl AcceptedRisk {
    /// A risk that is accepted now.
    pub fn new(
        scope: Scope,
        owner: &str,
        reason: &str,
        accepted_at: Timestamp,
        expires: Timestamp,
    ) -> Result<Self, RiskError> {
        let (owner, reason) = (owner.trim(), reason.trim());
        if !is_words(owner) {
            return Err(RiskError::Owner);
        }
        if !is_words(reason) {
            return Err(RiskError::Reason);
        }
        if expires <= accepted_at {
            return Err(RiskError::Past);
        }
        if expires.milliseconds_since(accepted_at) > ACCEPTED_DAYS_MAX * DAY_MILLISECONDS {
            return Err(RiskError::TooLong);
        }
        if let Scope::Pattern { check: id, .. } = &scope
            && check(id).is_none()
            && id != UNREAD_LIST
        {
            return Err(RiskError::NoCheck(id.clone()));
        }
        Ok(Self {
            scope,
            owner: owner.to_owned(),
            reason: reason.to_owned(),
            accepted_at,
            expires,
        })
    }

    /// Whether it still holds.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        now < self.expires
    }
}

fn is_words(text: &str) -> bool {
    let length = text.chars().count();
    (1..=WORDS_CHARACTERS_MAX).contains(&length) && !text.chars().any(char::is_control)
}

// Linear in both lengths, whatever the pattern: pieces between stars are looked for from left to right, the last from the
// end.
fn is_like(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for piece in middle.split('*') {
        let Some(at) = text.find(piece) else { return false };
        text = &text[at + piece.len()..];
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, text, expected) in [
            ("arn:aws:s3:::logs", "arn:aws:s3:::logs", true),
            ("arn:aws:s3:::logs", "arn:aws:s3:::logs-2", false),
            ("arn:aws:s3:::logs-*", "arn:aws:s3:::logs-", true),
            ("arn:aws:s3:::logs-*", "arn:aws:s3:::logs-eu", true),
            ("arn:aws:s3:::logs-*", "arn:aws:s3:::data", false),
            ("*", "", true),
            ("**", "x", true),
            ("*:logs", "arn:aws:s3:::logs", true),
            ("*:logs", "arn:aws:s3:::logs2", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a*b*b", "ab", false),
            ("a*ab", "ab", false),
            ("aa*aa", "aaa", false),
        ] {
            assert_eq!(is_like(pattern, text), expected, "{pattern} {text}");
        }
    }
}
