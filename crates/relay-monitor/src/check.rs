//! What a check is: an identity that stays, what it reads, what it refers to, and a pure judgement.

use serde::{Deserialize, Serialize};

use crate::facts::{Facts, Reading, Why};

/// How bad it is when a check fails. Ordered from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Informational,
    /// To be mended when somebody is at it anyway.
    Low,
    /// To be planned.
    Medium,
    /// To be mended within days.
    High,
    /// To be mended now.
    Critical,
}

impl Severity {
    /// All of them, from most to least.
    pub const ALL: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Informational];

    /// As it is written: `critical`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// Where published catalogues ask for the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Controls {
    /// NIST SP 800-53 Revision 5: `SC-28(1)`.
    pub nist: &'static [&'static str],
    /// CIS AWS Foundations Benchmark v3.0.0: `2.1.1`.
    pub cis_v3: &'static [&'static str],
    /// CIS AWS Foundations Benchmark v5.0.0: `2.1.1`.
    pub cis_v5: &'static [&'static str],
    /// The control of AWS Security Hub, as in AWS Foundational Security Best Practices: `S3.5`.
    pub security_hub: &'static [&'static str],
}

impl Controls {
    /// Only NIST asks for it.
    pub(crate) const fn nist(nist: &'static [&'static str]) -> Self {
        Self {
            nist,
            cis_v3: &[],
            cis_v5: &[],
            security_hub: &[],
        }
    }

    pub(crate) const fn hub(self, security_hub: &'static [&'static str]) -> Self {
        Self { security_hub, ..self }
    }

    pub(crate) const fn cis(self, cis_v3: &'static [&'static str], cis_v5: &'static [&'static str]) -> Self {
        Self { cis_v3, cis_v5, ..self }
    }

    /// Each in full: `NIST.800-53.r5 SC-28(1)`, `CIS AWS Foundations Benchmark v5.0.0/2.1.1`, `AWS Security Hub/S3.5`.
    pub fn in_full(&self) -> Vec<String> {
        let nist = self.nist.iter().map(|control| format!("NIST.800-53.r5 {control}"));
        let cis = |version: &'static str, controls: &'static [&'static str]| {
            controls
                .iter()
                .map(move |control| format!("CIS AWS Foundations Benchmark {version}/{control}"))
        };
        let hub = self
            .security_hub
            .iter()
            .map(|control| format!("AWS Security Hub/{control}"));
        nist.chain(cis("v3.0.0", self.cis_v3))
            .chain(cis("v5.0.0", self.cis_v5))
            .chain(hub)
            .collect()
    }
}

/// What a check says of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is as it must be.
    Pass,
    /// It is not; how it is instead, in one line without any value that could be secret.
    Fail(String),
    /// What is needed to judge it could not be read.
    Unknown(Why),
    /// The check is about something else.
    NotApplicable,
}

/// A check. All of them are in [`CHECKS`](crate::CHECKS).
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Stays the same for ever: findings and accepted risks name it. `service.what`.
    pub id: &'static str,
    /// What must be so.
    pub title: &'static str,
    /// As in the ARNs: `s3`.
    pub service: &'static str,
    /// How bad it is when it is not so.
    pub severity: Severity,
    /// The IAM actions with which it is read, beside those that list.
    pub reads: &'static [&'static str],
    /// Who else asks for it.
    pub controls: Controls,
    /// Which setting to change.
    pub remedy: &'static str,
    /// Compares.
    pub judge: fn(&Facts) -> Outcome,
}

/// Judges what was read.
pub(crate) fn on<T>(reading: &Reading<T>, judge: impl FnOnce(&T) -> Outcome) -> Outcome {
    match reading {
        Reading::Read(value) => judge(value),
        Reading::Unreadable(why) => Outcome::Unknown(why.clone()),
    }
}

/// It must be so, or else it is as `detail` says.
pub(crate) fn must(holds: bool, detail: impl Into<String>) -> Outcome {
    if holds {
        Outcome::Pass
    } else {
        Outcome::Fail(detail.into())
    }
}
