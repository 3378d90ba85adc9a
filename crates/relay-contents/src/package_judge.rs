//! Judges a Data Package over the files that really passed.

use std::collections::HashMap;

use relay_bagit::Digests;
use relay_frictionless::{
    Finding, Findings, HashAlgorithm, KeyCheck, KeySecret, PackageFiles, PackageRule, Severity, StandardVersion, Value,
};
use relay_model::{DataPackageSummary, Reason, ReasonCode, RuleFinding, StandardOutcome, TableSummary};
use relay_transform::{RowSink, TransformError};

use crate::data_package::{DataPackage, bag_algorithm};

/// Takes down what every file of the package is, and its keys.
pub(crate) struct PackageJudge<'a> {
    package: &'a DataPackage,
    findings: Findings,
    files: Seen,
    keys: Option<KeyCheck<'a>>,
    described_tables: u64,
    /// Whether rows of a table were not told: then what refers to them is not to blame.
    has_gaps: bool,
}

/// The files that passed, by their paths from the descriptor's folder.
#[derive(Default)]
struct Seen(HashMap<String, (u64, Digests)>);

impl PackageFiles for Seen {
    fn bytes(&self, path: &str) -> Option<u64> {
        self.0.get(path).map(|(bytes, _)| *bytes)
    }

    fn digest(&self, path: &str, algorithm: HashAlgorithm) -> Option<Vec<u8>> {
        let (_, digests) = self.0.get(path)?;
        digests.get(bag_algorithm(algorithm)).map(<[u8]>::to_vec)
    }
}

/// The verdict, and why the package is set aside, if it is.
pub(crate) struct PackageVerdict {
    pub(crate) summary: DataPackageSummary,
    pub(crate) quarantine: Option<Reason>,
}

impl<'a> PackageJudge<'a> {
    pub(crate) fn new(package: &'a DataPackage) -> Result<Self, TransformError> {
        let mut secret = [0; 32];
        // Whoever sends a package must not know it: see `KeyCheck`.
        getrandom::fill(&mut secret).map_err(|error| TransformError::Internal(error.to_string()))?;
        let mut findings = package.findings.clone();
        let keys = KeyCheck::new(package.keyed_tables(), &KeySecret::new(secret), &package.keys);
        // Why keys cannot be checked was found with the descriptor; nothing passes that was not looked at.
        let keys = keys.map_err(|found| {
            if findings.errors == 0 {
                findings.extend(found);
            }
        });
        Ok(Self {
            package,
            findings,
            files: Seen::default(),
            keys: keys.ok(),
            described_tables: 0,
            has_gaps: false,
        })
    }

    /// A file of the archive has passed.
    pub(crate) fn file(&mut self, path: &str, bytes: u64, digests: &Digests) {
        if let Some(relative) = self.package.relative(path) {
            self.files.0.insert(relative.to_owned(), (bytes, digests.clone()));
        }
    }

    /// Whom the rows of a described table are told, if anybody asks for its keys.
    pub(crate) fn rows(&mut self, table: usize) -> Option<KeyRows<'_, 'a>> {
        let check = self.keys.as_mut().filter(|check| check.wants(table))?;
        Some(KeyRows { check, table })
    }

    /// A file of a resource was read to its end, as a table or not.
    pub(crate) fn resource(
        &mut self,
        number: usize,
        is_described: bool,
        table: Option<&TableSummary>,
        quarantine: Option<&Reason>,
    ) {
        let Some(resource) = self.package.resources().get(number) else {
            return;
        };
        self.described_tables += u64::from(is_described);
        let finding = match (quarantine, table) {
            (Some(reason), _) => {
                let rule = match reason.code {
                    ReasonCode::TableHeaderMismatch => PackageRule::HeaderMismatch,
                    ReasonCode::TableTooManyBadRows => PackageRule::RowsInvalid,
                    _ => PackageRule::TableUnreadable,
                };
                with_first_row(Finding::new(rule, reason.text.clone()), table)
            }
            (None, Some(table)) if table.bad_rows > 0 => {
                let text = match table.bad_rows {
                    1 => "a row is set aside".to_owned(),
                    bad => format!("{bad} rows are set aside, the first of them here"),
                };
                with_first_row(Finding::new(PackageRule::RowsInvalid, text), Some(table))
            }
            _ => return,
        };
        self.has_gaps = true;
        self.findings.push(finding.in_resource(&resource.name));
    }

    /// Judges, once every file has passed.
    pub(crate) fn finish(mut self) -> PackageVerdict {
        if let Some(descriptor) = &self.package.descriptor {
            descriptor.hold(&self.files, &mut self.findings);
        }
        if let Some(keys) = self.keys {
            let Findings { kept, omitted, .. } = keys.finish();
            let counts = |finding: &Finding| !(self.has_gaps && finding.rule == PackageRule::ReferenceBroken);
            self.findings.extend(kept.into_iter().filter(counts));
            self.findings.omitted += omitted;
        }
        let findings = &self.findings;
        let outcome = match (findings.errors, findings.kept.is_empty()) {
            (0, true) => StandardOutcome::Valid,
            (0, false) => StandardOutcome::ValidWithWarnings,
            _ => StandardOutcome::Invalid,
        };
        let version = self
            .package
            .descriptor
            .as_ref()
            .map(|descriptor| match descriptor.version {
                StandardVersion::One => "1".to_owned(),
                StandardVersion::Two => "2".to_owned(),
            });
        PackageVerdict {
            quarantine: quarantine(findings),
            summary: DataPackageSummary {
                version,
                outcome,
                resources: self.package.resources().len() as u64,
                described_tables: self.described_tables,
                findings: findings.kept.iter().map(recorded).collect(),
                findings_omitted: findings.omitted,
            },
        }
    }
}

// The finding with the place of the first bad row, and the rule that it breaks.
fn with_first_row(mut finding: Finding, table: Option<&TableSummary>) -> Finding {
    let Some(first) = table.and_then(|table| table.first_bad_rows.first()) else {
        return finding;
    };
    finding.text = format!("{} ({})", finding.text, first.reason).into();
    let finding = match &first.column {
        Some(column) => finding.in_field(column),
        None => finding,
    };
    finding.in_row(first.row)
}

fn recorded(finding: &Finding) -> RuleFinding {
    RuleFinding {
        rule: finding.rule.name().to_owned(),
        severity: finding.severity.name().to_owned(),
        file: None,
        line: None,
        resource: finding.resource.clone(),
        field: finding.field.clone(),
        row: finding.row,
        text: finding.text.to_string(),
    }
}

fn quarantine(findings: &Findings) -> Option<Reason> {
    let mut errors = findings
        .kept
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    let first = errors.next()?;
    let named = |what: &str, name: &Option<String>| name.as_ref().map(|name| format!("{what} '{name}'"));
    let places = [
        named("resource", &first.resource),
        named("field", &first.field),
        first.row.map(|row| format!("row {row}")),
    ];
    let places: Vec<String> = places.into_iter().flatten().collect();
    let mut place = places.join(", ");
    if !place.is_empty() {
        place.push_str(": ");
    }
    let text = match findings.errors {
        0 | 1 => format!("{place}{}", first.text),
        2 => format!("{place}{} (and 1 more error)", first.text),
        errors => format!("{place}{} (and {} more errors)", first.text, errors - 1),
    };
    Some(Reason::new(ReasonCode::DataPackageInvalid, text).by_rule(first.rule.name()))
}

/// The rows of one table, on their way to the check of keys.
pub(crate) struct KeyRows<'k, 'a> {
    check: &'k mut KeyCheck<'a>,
    table: usize,
}

impl RowSink for KeyRows<'_, '_> {
    fn wants(&self, field: usize) -> bool {
        self.check.wants_field(self.table, field)
    }

    fn row(&mut self, row: u64, values: &[Option<Value<'_>>]) {
        self.check.row(self.table, row, values);
    }
}
