//! What was found wrong, and the verdict that follows from it. Findings name places, never contents.

use relay_model::escape_for_display;
use serde::Serialize;

use crate::rule::{BagRule, Severity};

/// One broken rule, at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule.
    pub rule: BagRule,
    /// What it does to the verdict; it depends on the bag's version.
    pub severity: Severity,
    /// The file it is about, relative to the bag's base directory: escaped, and cut when it is very long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line of that file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// What was found, without anything of the file's contents.
    pub text: String,
}

/// What a bag is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing but notes.
    Valid,
    /// Valid, and its maker should change something.
    ValidWithWarnings,
    /// Not valid: an error was found.
    Invalid,
}

/// The verdict on a bag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BagVerdict {
    /// What the bag is.
    pub outcome: Outcome,
    /// What was found, at most `findings_max` of it; errors are kept before warnings, warnings before notes.
    pub findings: Vec<Finding>,
    /// How many findings there were beyond those.
    pub findings_omitted: u64,
    /// How many errors there were, kept or not.
    pub errors: u64,
    /// How many warnings there were, kept or not.
    pub warnings: u64,
}

/// Where findings are gathered.
#[derive(Clone, Debug)]
pub(crate) struct Findings {
    kept_max: usize,
    since_one: bool,
    kept: Vec<Finding>,
    kept_by_severity: [usize; 3],
    by_severity: [u64; 3],
}

impl Findings {
    pub(crate) fn new(findings_max: usize) -> Self {
        Self {
            kept_max: findings_max,
            since_one: true,
            kept: Vec::new(),
            kept_by_severity: [0; 3],
            by_severity: [0; 3],
        }
    }

    /// From here on, rules weigh what they weigh in this version.
    pub(crate) const fn set_since_one(&mut self, since_one: bool) {
        self.since_one = since_one;
    }

    pub(crate) fn push(&mut self, rule: BagRule, file: Option<&str>, line: Option<u64>, text: impl Into<String>) {
        let severity = rule.severity(self.since_one);
        self.by_severity[severity as usize] += 1;
        if self.kept.len() >= self.kept_max && !self.make_room(severity) {
            return;
        }
        self.kept_by_severity[severity as usize] += 1;
        self.kept.push(Finding {
            rule,
            severity,
            file: file.map(escape_for_display),
            line,
            text: text.into(),
        });
    }

    /// A finding about the bag as a whole.
    pub(crate) fn of_bag(&mut self, rule: BagRule, text: impl Into<String>) {
        self.push(rule, None, None, text);
    }

    /// A finding about a file.
    pub(crate) fn of_file(&mut self, rule: BagRule, file: &str, text: impl Into<String>) {
        self.push(rule, Some(file), None, text);
    }

    /// Drops the last finding of the least weight below this one.
    fn make_room(&mut self, severity: Severity) -> bool {
        let lighter = [Severity::Note, Severity::Warning]
            .into_iter()
            .find(|lighter| *lighter < severity && self.kept_by_severity[*lighter as usize] > 0);
        let Some(lighter) = lighter else { return false };
        let Some(last) = self.kept.iter().rposition(|finding| finding.severity == lighter) else {
            return false;
        };
        self.kept.remove(last);
        self.kept_by_severity[lighter as usize] -= 1;
        true
    }

    pub(crate) const fn outcome(&self) -> Outcome {
        match self.by_severity {
            [_, 0, 0] => Outcome::Valid,
            [_, _, 0] => Outcome::ValidWithWarnings,
            _ => Outcome::Invalid,
        }
    }

    pub(crate) fn verdict(self) -> BagVerdict {
        let all: u64 = self.by_severity.iter().sum();
        BagVerdict {
            outcome: self.outcome(),
            findings_omitted: all - self.kept.len() as u64,
            errors: self.by_severity[Severity::Error as usize],
            warnings: self.by_severity[Severity::Warning as usize],
            findings: self.kept,
        }
    }
}
