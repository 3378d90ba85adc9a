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

/// From which document the references to NIST SP 800-53 are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NistSource {
    /// AWS Security Hub User Guide, the pages of the controls that the check names: all of their related requirements.
    SecurityHub,
    /// AWS Config Developer Guide, "Operational Best Practices for NIST 800-53 rev 5": some of the rows of this rule, those that
    /// ask for the setting itself.
    ConfigRule(&'static str),
    /// The text of the control itself: AWS relates nothing of the kind to it.
    Publication,
}

/// Where published catalogues ask for the same. That a check passes does not say that any of them is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Controls {
    /// NIST SP 800-53 Revision 5: `SC-28(1)`.
    pub nist: &'static [&'static str],
    /// Who says so.
    pub nist_source: NistSource,
    /// CIS AWS Foundations Benchmark v3.0.0, by AWS Security Hub's comparison of its versions: `2.1.1`.
    pub cis_v3: &'static [&'static str],
    /// CIS AWS Foundations Benchmark v5.0.0, by the same: `2.1.1`.
    pub cis_v5: &'static [&'static str],
    /// Controls of AWS Security Hub that AWS Foundational Security Best Practices v1.0.0 has: `S3.5`.
    pub fsbp: &'static [&'static str],
    /// Controls of AWS Security Hub that it does not have: `S3.14`.
    pub security_hub: &'static [&'static str],
    /// How the check asks for more or less than those of AWS, and why it weighs more or less.
    pub unlike_aws: Option<&'static str>,
}

impl Controls {
    /// As the pages of Security Hub list them for the controls that are named with it.
    pub(crate) const fn listed(nist: &'static [&'static str]) -> Self {
        Self {
            nist,
            nist_source: NistSource::SecurityHub,
            cis_v3: &[],
            cis_v5: &[],
            fsbp: &[],
            security_hub: &[],
            unlike_aws: None,
        }
    }

    /// As AWS Config's mapping has them for a rule.
    pub(crate) const fn of_rule(rule: &'static str, nist: &'static [&'static str]) -> Self {
        Self {
            nist_source: NistSource::ConfigRule(rule),
            ..Self::listed(nist)
        }
    }

    /// As the controls themselves say.
    pub(crate) const fn of_text(nist: &'static [&'static str]) -> Self {
        Self {
            nist_source: NistSource::Publication,
            ..Self::listed(nist)
        }
    }

    pub(crate) const fn fsbp(self, fsbp: &'static [&'static str]) -> Self {
        Self { fsbp, ..self }
    }

    pub(crate) const fn hub(self, security_hub: &'static [&'static str]) -> Self {
        Self { security_hub, ..self }
    }

    pub(crate) const fn cis(self, cis_v3: &'static [&'static str], cis_v5: &'static [&'static str]) -> Self {
        Self { cis_v3, cis_v5, ..self }
    }

    pub(crate) const fn unlike(self, how: &'static str) -> Self {
        Self {
            unlike_aws: Some(how),
            ..self
        }
    }

    /// Each in full: `NIST.800-53.r5 SC-28(1)`, `CIS AWS Foundations Benchmark v5.0.0/2.1.1`,
    /// `AWS Foundational Security Best Practices v1.0.0/S3.5`, `AWS Security Hub/S3.14`.
    pub fn references(&self) -> Vec<String> {
        let under = |catalogue: &'static str, controls: &'static [&'static str]| {
            controls.iter().map(move |control| format!("{catalogue}{control}"))
        };
        under("NIST.800-53.r5 ", self.nist)
            .chain(under("CIS AWS Foundations Benchmark v3.0.0/", self.cis_v3))
            .chain(under("CIS AWS Foundations Benchmark v5.0.0/", self.cis_v5))
            .chain(under("AWS Foundational Security Best Practices v1.0.0/", self.fsbp))
            .chain(under("AWS Security Hub/", self.security_hub))
            .collect()
    }
}

/// Where the AWS Security Hub User Guide describes a control: `S3.5` is on the page of the controls for S3.
pub fn security_hub_address(control: &str) -> Option<String> {
    let (service, number) = control.split_once('.')?;
    let service = service.to_ascii_lowercase();
    Some(format!(
        "https://docs.aws.amazon.com/securityhub/latest/userguide/{service}-controls.html#{service}-{number}"
    ))
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
