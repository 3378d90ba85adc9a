//! What a run leaves for people and programs: Markdown, and the AWS Security Finding Format.

use std::fmt::Write as _;

use relay_alerts::visible;
use relay_model::Timestamp;

use crate::asff::to_asff;
use crate::assess::Assessment;
use crate::check::Severity;
use crate::finding::{Finding, Nature, State};

/// The longest report in Markdown, in findings; all of them are in the other files.
pub const REPORT_FINDINGS_MAX: usize = 2_000;
/// The digits of a date, `2026-01-31`, at the beginning of a timestamp.
const DATE_BYTES: usize = 10;

/// The files of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// When the run was.
    pub assessed_at: Timestamp,
    /// For people.
    pub markdown: String,
    /// For AWS Security Hub and others: [`to_asff`].
    pub asff: String,
}

impl Report {
    /// Of this run.
    pub fn new(assessment: &Assessment) -> Self {
        Self {
            assessed_at: assessment.assessed_at,
            markdown: to_markdown(assessment),
            asff: to_asff(assessment).to_string(),
        }
    }

    /// Where it is kept below a folder of reports: `2026-01-31/2026-01-31T08:15:00.000Z`, to which each file adds its ending.
    pub fn name(&self) -> String {
        let at = self.assessed_at.to_string();
        format!("{}/{at}", &at[..DATE_BYTES])
    }
}

/// The readable report.
pub fn to_markdown(assessment: &Assessment) -> String {
    let mut text = String::new();
    let Assessment {
        account_id,
        region,
        assessed_at,
        counts,
        ..
    } = assessment;
    line(
        &mut text,
        format_args!("# Security findings of account {account_id} in {region}"),
    );
    line(&mut text, format_args!(""));
    line(
        &mut text,
        format_args!(
            "{assessed_at}: {} resources read, {} checks passed, {} findings open ({} of them could not be read), {} accepted.",
            counts.resources,
            counts.passed,
            counts.open_total(),
            counts.unread,
            counts.accepted,
        ),
    );
    line(&mut text, format_args!(""));
    line(&mut text, format_args!("| severity | open |\n|---|---|"));
    for severity in Severity::ALL {
        let open = counts.open.get(&severity).copied().unwrap_or_default();
        line(&mut text, format_args!("| {} | {open} |", severity.name()));
    }
    let sections = [
        ("New", assessment.of(&assessment.new)),
        (
            "Accepted until a day that has passed: open again",
            assessment.of(&assessment.expired),
        ),
        ("Resolved since the last run", assessment.of(&assessment.resolved)),
        ("Open since earlier runs", assessment.of(&assessment.still_open)),
        ("Accepted", accepted(assessment)),
    ];
    let mut left = REPORT_FINDINGS_MAX;
    for (title, findings) in sections {
        section(&mut text, title, &findings, &mut left);
    }
    text
}

fn accepted(assessment: &Assessment) -> Vec<&Finding> {
    let all = assessment.findings.findings.iter();
    all.filter(|finding| finding.state == State::Accepted).collect()
}

fn section(text: &mut String, title: &str, findings: &[&Finding], left: &mut usize) {
    if findings.is_empty() {
        return;
    }
    line(text, format_args!("\n## {title}: {}\n", findings.len()));
    let shown = findings.len().min(*left);
    *left -= shown;
    for finding in &findings[..shown] {
        one(text, finding);
    }
    if shown < findings.len() {
        line(
            text,
            format_args!(
                "- … and {} more, in the other files of this run",
                findings.len() - shown
            ),
        );
    }
}

fn one(text: &mut String, finding: &Finding) {
    let unread = match finding.nature {
        Nature::Failed => "",
        Nature::Unread => ", unread",
    };
    line(
        text,
        format_args!(
            "- **{}{unread}** `{}` {}\n  - {}\n  - finding `{}`, since {}\n  - mend: {}\n  - {}",
            finding.severity.name(),
            finding.rule,
            code(&finding.resource),
            plain(&finding.detail),
            finding.id,
            finding.first_seen,
            plain(&finding.remedy),
            finding.controls.join("; "),
        ),
    );
    if let Some(risk) = &finding.acceptance {
        line(
            text,
            format_args!(
                "  - accepted until {} by {}: {}",
                risk.expires,
                plain(&risk.owner),
                plain(&risk.reason)
            ),
        );
    }
}

// Names are chosen by others: in code they are shown as they are, without a way out of it.
fn code(name: &str) -> String {
    format!("`{}`", visible(name).replace('`', "'"))
}

// Text from services and people, without the characters with which Markdown begins something.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => plain.push(' '),
            '<' => plain.push_str("&lt;"),
            '&' => plain.push_str("&amp;"),
            '`' | '*' | '_' | '[' | ']' | '|' | '\\' | '#' | '!' => {
                plain.push('\\');
                plain.push(character);
            }
            _ if character.is_control() => {}
            _ => plain.push(character),
        }
    }
    plain
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a String does not fail.
    let _ = writeln!(text, "{arguments}");
}
