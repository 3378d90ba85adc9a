//! What the verdict on a bag means for the package.

use relay_bagit::{BagTags, BagVerdict, FileKind, Outcome, Severity};
use relay_model::{BagSummary, Reason, ReasonCode, RuleFinding, StandardOutcome};

/// Whether a file at the top of a package speaks of the bag that the package is.
pub(crate) fn is_tag_file(tags: &BagTags, path: &str) -> bool {
    let relative = tags.layout().relative(path);
    relative.is_some_and(|path| FileKind::of(path) != FileKind::Payload)
}

/// The verdict as it is recorded.
pub(crate) fn summary(tags: &BagTags, verdict: &BagVerdict) -> BagSummary {
    let finding = |finding: &relay_bagit::Finding| RuleFinding {
        rule: finding.rule.name().to_owned(),
        severity: finding.severity.name().to_owned(),
        file: finding.file.clone(),
        line: finding.line,
        resource: None,
        field: None,
        row: None,
        text: finding.text.clone(),
    };
    BagSummary {
        version: tags.declaration().map(|declaration| declaration.version.to_string()),
        outcome: match verdict.outcome {
            Outcome::Valid => StandardOutcome::Valid,
            Outcome::ValidWithWarnings => StandardOutcome::ValidWithWarnings,
            Outcome::Invalid => StandardOutcome::Invalid,
        },
        findings: verdict.findings.iter().map(finding).collect(),
        findings_omitted: verdict.findings_omitted,
    }
}

/// Why a bag is set aside, if it is.
pub(crate) fn quarantine(verdict: &BagVerdict) -> Option<Reason> {
    if verdict.outcome != Outcome::Invalid {
        return None;
    }
    let first = verdict
        .findings
        .iter()
        .find(|finding| finding.severity == Severity::Error);
    let Some(first) = first else {
        return Some(Reason::new(ReasonCode::BagInvalid, "the bag is not valid"));
    };
    let text = match (&first.file, first.line) {
        (Some(file), Some(line)) => format!("{file}, line {line}: {}", first.text),
        (Some(file), None) => format!("{file}: {}", first.text),
        (None, _) => first.text.clone(),
    };
    let text = match verdict.errors {
        0 | 1 => text,
        2 => format!("{text} (and 1 more error)"),
        errors => format!("{text} (and {} more errors)", errors - 1),
    };
    Some(Reason::new(ReasonCode::BagInvalid, text).by_rule(first.rule.name()))
}
