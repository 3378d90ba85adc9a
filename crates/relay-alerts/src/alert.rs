//! The alert: what a person reads, as JSON (docs/ALERTS.md has the table of its fields).

use relay_model::{OrganizationId, PackageId, ReasonCode, Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};

use crate::settings::{AlertSettings, EnvironmentName, Link};
use crate::state::{Group, Tally};

/// The version of the format.
pub const ALERT_FORMAT_VERSION: u32 = 1;
/// The longest subject, in characters. SNS takes less than 100 ("Publish", Amazon SNS API Reference).
pub const SUBJECT_CHARACTERS_MAX: usize = 99;
/// How much of an organization's id stands in a subject, in characters; it is whole in the alert.
const SUBJECT_ORGANIZATION_CHARACTERS_MAX: usize = 40;
/// The longest alert, in bytes of JSON. SNS and SQS take four times as much, and what carries it may escape it once more.
pub const ALERT_BYTES_MAX: usize = 65_536;
/// How many packages an alert names.
pub const EXAMPLES_MAX: usize = 10;
/// Of how many bytes of the digest an alert's id is made.
const ID_BYTES: usize = 16;

/// What an alert is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// Packages failed.
    PackageFailed,
    /// Notices could not be read.
    NoticeUnreadable,
    /// What went beyond a limit, summed up.
    FurtherGroups,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Something was lost sight of, and another alert says more.
    Warning,
    /// Somebody must do something.
    Error,
}

/// Which alert of its group it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Series {
    /// The first.
    New,
    /// What came in the quiet period after another.
    Continued,
}

/// The rule that was broken, from the table of reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertReason {
    /// Its code.
    pub code: ReasonCode,
    /// Its sentence.
    pub rule: String,
}

/// One package of those that an alert counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// Which.
    pub package_id: PackageId,
    /// Its key, made safe to show by [`visible`](crate::visible).
    pub key: String,
    /// How long the key is, in bytes.
    pub key_bytes: usize,
}

/// An alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// [`ALERT_FORMAT_VERSION`].
    pub v: u32,
    /// The same when the same notices are told again.
    pub id: String,
    /// What it is about.
    pub kind: AlertKind,
    /// How bad it is.
    pub severity: Severity,
    /// Which of its group it is.
    pub series: Series,
    /// One line, from words of this program, the environment and the organization's id.
    pub subject: String,
    /// Where.
    pub environment: EnvironmentName,
    /// Whose packages, where a registered organization is known.
    pub organization: Option<OrganizationId>,
    /// Why, when packages failed.
    pub reason: Option<AlertReason>,
    /// How many notices it stands for.
    pub count: u64,
    /// When the first of them was sent.
    pub first_at: Timestamp,
    /// When the last of them was sent.
    pub last_at: Timestamp,
    /// How many groups it sums up.
    pub further_groups: u64,
    /// Some of the packages, at most [`EXAMPLES_MAX`].
    pub examples: Vec<Example>,
    /// What to do.
    pub what_to_do: String,
    /// Where to look.
    pub links: Vec<Link>,
    /// Who sent the notices, as what carried them attests.
    pub sender: Option<String>,
}

impl Alert {
    // `told`: how many alerts the group has had.
    pub(crate) fn new(group: &Group, told: u64, tally: Tally, settings: &AlertSettings) -> Self {
        let series = if told == 0 { Series::New } else { Series::Continued };
        let entry = group.reason.map(ReasonCode::entry);
        let (severity, what_to_do) = match group.kind {
            AlertKind::PackageFailed => (Severity::Error, entry.map_or("", |entry| entry.remedy)),
            AlertKind::NoticeUnreadable => (
                Severity::Error,
                "Find out who the sender is: a program of another version, or a role that was taken over.",
            ),
            AlertKind::FurtherGroups => (
                Severity::Warning,
                "Read the other alerts of this time first, then list what failed.",
            ),
        };
        Self {
            v: ALERT_FORMAT_VERSION,
            id: id(&settings.environment, group, told, tally.first_at),
            kind: group.kind,
            severity,
            series,
            subject: subject(&settings.environment, group, series),
            environment: settings.environment.clone(),
            organization: group.organization.clone(),
            reason: entry.map(|entry| AlertReason {
                code: entry.code,
                rule: entry.rule.to_owned(),
            }),
            count: tally.count,
            first_at: tally.first_at,
            last_at: tally.last_at,
            further_groups: tally.groups,
            links: settings
                .place
                .links(tally.examples.first().map(|example| &example.package_id)),
            examples: tally.examples,
            what_to_do: what_to_do.to_owned(),
            sender: group.sender.as_ref().map(|sender| sender.as_str().to_owned()),
        }
    }

    /// The alert as it is sent.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// The alert for people who read mail. A key is on one line, for it has no line breaks.
    pub fn to_text(&self) -> String {
        let mut text = vec![self.subject.clone(), String::new()];
        if let Some(reason) = &self.reason {
            text.push(format!("Broken rule: {}", reason.rule));
        }
        if let Some(organization) = &self.organization {
            text.push(format!("Organization: {organization}"));
        }
        text.push(format!("How many: {}", self.count));
        if self.further_groups > 0 {
            text.push(format!("In further groups: {}", self.further_groups));
        }
        text.push(format!("First: {}", self.first_at));
        text.push(format!("Last: {}", self.last_at));
        text.push(format!("What to do: {}", self.what_to_do));
        let links = self
            .links
            .iter()
            .map(|link| format!("See {}: {}", link.what, link.target));
        text.extend(links);
        if !self.examples.is_empty() {
            text.push(String::new());
            text.push("Packages, with their keys as producers chose them:".to_owned());
        }
        let examples = self.examples.iter();
        text.extend(examples.map(|example| format!("  {}  {}", example.package_id, example.key)));
        text.push(String::new());
        text.push(format!("Alert {}", self.id));
        text.join("\n") + "\n"
    }
}

// The time alone does not tell an alert from the next of its group: carriers may count many notices to one millisecond.
fn id(environment: &EnvironmentName, group: &Group, told: u64, first_at: Timestamp) -> String {
    let group = serde_json::json!(["hybrid relay alert", environment, group, told, first_at]).to_string();
    let mut id = Sha256Digest::of(group.as_bytes()).to_string();
    id.truncate(2 * ID_BYTES);
    id
}

// Nothing that a producer chose is in it, except through the id that an operator registered.
fn subject(environment: &EnvironmentName, group: &Group, series: Series) -> String {
    let again = match series {
        Series::New => "",
        Series::Continued => "again ",
    };
    let what = match (group.kind, group.reason) {
        (AlertKind::PackageFailed, Some(code)) => code.name(),
        (AlertKind::PackageFailed, None) => "packages failed",
        (AlertKind::NoticeUnreadable, _) => "notices that cannot be read",
        (AlertKind::FurtherGroups, _) => "failures in further groups",
    };
    let whose = match group.organization.as_ref().map(OrganizationId::as_str) {
        None => String::new(),
        Some(id) if id.len() <= SUBJECT_ORGANIZATION_CHARACTERS_MAX => format!(" in {id}"),
        Some(id) => {
            let start: String = id.chars().take(SUBJECT_ORGANIZATION_CHARACTERS_MAX - 1).collect();
            format!(" in {start}~")
        }
    };
    format!("Relay {environment}: {again}{what}{whose}")
}
