//! What was found wrong with a package. Findings name places, never the value of a cell.

use std::borrow::Cow;
use std::fmt;

use relay_model::escape_for_display;
use serde::Serialize;

use crate::rule::{PackageRule, Severity};

/// One broken rule, at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule.
    pub rule: PackageRule,
    /// What it does to the verdict.
    pub severity: Severity,
    /// The resource it is about, by name, or by number if it has none: escaped, and cut when it is very long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The field it is about, by name, or by number if it has none: escaped, and cut when it is very long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The row it is about, as the caller counts rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// What was found, without the value of any cell.
    pub text: Cow<'static, str>,
}

impl Finding {
    /// A finding about the package as a whole.
    pub fn new(rule: PackageRule, text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            rule,
            severity: rule.severity(),
            resource: None,
            field: None,
            row: None,
            text: text.into(),
        }
    }

    /// The finding, about this resource.
    #[must_use]
    pub fn in_resource(mut self, resource: &str) -> Self {
        self.resource = Some(escape_for_display(resource));
        self
    }

    /// The finding, about this field.
    #[must_use]
    pub fn in_field(mut self, field: &str) -> Self {
        self.field = Some(escape_for_display(field));
        self
    }

    /// The finding, about this row.
    #[must_use]
    pub const fn in_row(mut self, row: u64) -> Self {
        self.row = Some(row);
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.rule)?;
        if let Some(resource) = &self.resource {
            write!(formatter, ", resource '{resource}'")?;
        }
        if let Some(field) = &self.field {
            write!(formatter, ", field '{field}'")?;
        }
        if let Some(row) = self.row {
            write!(formatter, ", row {row}")?;
        }
        write!(formatter, ": {}", self.text)
    }
}

/// Findings, as many as are kept; the rest is counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// What was found, in the order of the descriptor.
    pub kept: Vec<Finding>,
    /// How many findings there were beyond those.
    pub omitted: u64,
    /// How many errors there were, kept or not.
    pub errors: u64,
    #[serde(skip)]
    kept_max: usize,
}

impl Findings {
    /// No findings yet, of which at most `kept_max` will be kept.
    pub const fn new(kept_max: usize) -> Self {
        Self {
            kept: Vec::new(),
            omitted: 0,
            errors: 0,
            kept_max,
        }
    }

    /// Adds a finding. Where there is no room, an error takes the place of a warning.
    pub fn push(&mut self, finding: Finding) {
        let is_error = finding.severity == Severity::Error;
        self.errors += u64::from(is_error);
        if self.kept.len() >= self.kept_max {
            self.omitted += 1;
            let warning = self.kept.iter().rposition(|kept| kept.severity == Severity::Warning);
            let Some(warning) = warning.filter(|_| is_error) else {
                return;
            };
            self.kept.remove(warning);
        }
        self.kept.push(finding);
    }

    /// Adds findings.
    pub fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            self.push(finding);
        }
    }

    /// Whether an error was found, kept or not.
    pub const fn has_errors(&self) -> bool {
        self.errors > 0
    }
}
