//! What people are told of a run: one message with counts and some examples, and only when something changed.

use std::collections::BTreeMap;

use relay_alerts::{EnvironmentName, visible};
use relay_model::{Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};

use crate::assess::Assessment;
use crate::check::Severity;
use crate::finding::{Finding, FindingId, Nature};

/// The version of the format.
pub const ANNOUNCEMENT_FORMAT_VERSION: u32 = 1;
/// How many findings an announcement names.
pub const ANNOUNCED_EXAMPLES_MAX: usize = 10;
/// Of how many bytes of the digest an announcement's id is made.
const ID_BYTES: usize = 16;

/// One finding of those that are counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Which.
    pub finding: FindingId,
    /// The check, or that a list could not be read.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// What kind of finding.
    pub nature: Nature,
    /// The resource, made safe to show.
    pub resource: String,
}

/// What changed in one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// [`ANNOUNCEMENT_FORMAT_VERSION`].
    pub v: u32,
    /// The same when the same run is told again.
    pub id: String,
    /// `security_findings`.
    pub kind: String,
    /// As in other alerts: `error` when something of severity high or more is new or open again, else `warning`.
    pub severity: String,
    /// One line of ASCII, less than 100 characters, from words of this program, the environment and numbers.
    pub subject: String,
    /// Where.
    pub environment: EnvironmentName,
    /// Twelve digits.
    pub account_id: String,
    /// `eu-north-1`.
    pub region: String,
    /// When.
    pub assessed_at: Timestamp,
    /// New findings by severity.
    pub new: BTreeMap<Severity, u64>,
    /// How many findings are resolved.
    pub resolved: u64,
    /// How many are open again since their acceptance has passed.
    pub expired: u64,
    /// All open findings by severity.
    pub open: BTreeMap<Severity, u64>,
    /// Some of those that are new or open again, the worst first, at most [`ANNOUNCED_EXAMPLES_MAX`].
    pub examples: Vec<Named>,
    /// What to do.
    pub what_to_do: String,
}

impl Announcement {
    /// Of this run; `None` when nothing changed.
    pub fn of(assessment: &Assessment, environment: &EnvironmentName) -> Option<Self> {
        if !assessment.has_news() {
            return None;
        }
        let mut opened = assessment.of(&assessment.new);
        let mut new: BTreeMap<Severity, u64> = BTreeMap::new();
        for finding in &opened {
            *new.entry(finding.severity).or_default() += 1;
        }
        opened.extend(assessment.of(&assessment.expired));
        opened.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let is_bad = opened.first().is_some_and(|worst| worst.severity >= Severity::High);
        let (resolved, expired) = (assessment.resolved.len() as u64, assessment.expired.len() as u64);
        Some(Self {
            v: ANNOUNCEMENT_FORMAT_VERSION,
            id: id(assessment, environment),
            kind: "security_findings".to_owned(),
            severity: if is_bad { "error" } else { "warning" }.to_owned(),
            subject: subject(environment, &opened, resolved),
            environment: environment.clone(),
            account_id: assessment.account_id.clone(),
            region: assessment.region.clone(),
            assessed_at: assessment.assessed_at,
            new,
            resolved,
            expired,
            open: assessment.counts.open.clone(),
            examples: opened
                .iter()
                .take(ANNOUNCED_EXAMPLES_MAX)
                .map(|finding| named(finding))
                .collect(),
            what_to_do:
                "List them with `relay monitor findings --stack outputs.json`; mend each as its remedy says, or accept \
                         its risk with an owner, a reason and an end."
                    .to_owned(),
        })
    }

    /// The announcement as it is sent.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

fn named(finding: &Finding) -> Named {
    Named {
        finding: finding.id.clone(),
        rule: finding.rule.clone(),
        severity: finding.severity,
        nature: finding.nature,
        resource: visible(&finding.resource),
    }
}

fn id(assessment: &Assessment, environment: &EnvironmentName) -> String {
    let Assessment {
        account_id,
        region,
        new,
        resolved,
        expired,
        ..
    } = assessment;
    // Not when the run was: a run that is repeated because it could not be saved tells the same.
    let news = serde_json::json!([
        "hybrid relay announcement",
        environment,
        account_id,
        region,
        new,
        resolved,
        expired
    ]);
    let mut id = Sha256Digest::of(news.to_string().as_bytes()).to_string();
    id.truncate(2 * ID_BYTES);
    id
}

fn subject(environment: &EnvironmentName, opened: &[&Finding], resolved: u64) -> String {
    let mut parts = Vec::new();
    if !opened.is_empty() {
        let worst = opened
            .iter()
            .filter(|finding| finding.severity >= Severity::High)
            .count();
        let worst = if worst > 0 {
            format!(" ({worst} high or critical)")
        } else {
            String::new()
        };
        parts.push(format!("{} opened{worst}", opened.len()));
    }
    if resolved > 0 {
        parts.push(format!("{resolved} resolved"));
    }
    format!("Relay {environment}: security findings: {}", parts.join(", "))
}
