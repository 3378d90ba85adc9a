//! One file, judged as a package: its name, its owner, its envelope, its contents.

use std::fs::File;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use relay_contents::{Outcome, Request, transform_package};
use relay_model::{
    ArchiveSummary, ContentsSummary, Limits, OpaqueSummary, Organization, OrganizationSettings, Reason, Sha256Digest,
    TableSummary, error_chain,
};
use relay_privacy::Redactor;
use relay_rules::{CONTENT_PREFIX_BYTES, Decision, Envelope, Facts, decide};
use relay_transform::Watch;
use serde::Serialize;
use serde_json::Value;

use super::local::{Forgotten, ForgottenResult, LocalFile, prefix_of};
use crate::sources::{Signature, SourceFile, open_source};

/// What the relay would say of a file.
#[derive(Debug, Serialize)]
pub struct Checked {
    /// The path below the organization; with it in front where several send.
    pub file: String,
    #[serde(flatten)]
    pub verdict: Verdict,
    pub size_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<Sha256Digest>,
    /// What the first bytes are.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<TableSummary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opaque: Option<Box<OpaqueSummary>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    archive: Option<Box<ArchiveSummary>>,
    /// What it holds, in numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    contents: Option<ContentsSummary>,
    /// The first rows that would be set aside: line, column, rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bad_rows: Vec<Value>,
}

/// The verdict.
#[derive(Debug, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    Processed,
    Rejected { reason: Reason },
    Quarantined { reason: Reason },
    Unreadable { why: String },
}

impl Verdict {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Processed => "processed",
            Self::Rejected { .. } => "rejected",
            Self::Quarantined { .. } => "quarantined",
            Self::Unreadable { .. } => "unreadable",
        }
    }
}

impl Checked {
    fn new(file: String, verdict: Verdict) -> Self {
        Self {
            file,
            verdict,
            size_bytes: None,
            sha256: None,
            content: None,
            table: None,
            opaque: None,
            contents: None,
            archive: None,
            bad_rows: Vec::new(),
        }
    }

    pub fn unreadable(path: &Path, why: String) -> Self {
        Self::new(path.display().to_string(), Verdict::Unreadable { why })
    }

    /// What was found besides the reason, a sentence each.
    pub fn details(&self) -> Vec<String> {
        relay_audit::details_in_words(self.table.as_ref(), self.opaque.as_deref(), self.archive.as_deref())
    }

    /// What it is, as far as it was read.
    pub fn in_words(&self) -> String {
        let Some(contents) = &self.contents else {
            return self.content.unwrap_or_default().to_owned();
        };
        match (&self.table, &self.archive, self.content) {
            (Some(table), ..) => format!("{contents}, {} columns", table.columns.len()),
            (_, Some(archive), _) => {
                let bag = if archive.bag.is_some() { ", a bag" } else { "" };
                let package = if archive.data_package.is_some() {
                    ", a Data Package"
                } else {
                    ""
                };
                let passed_over = match archive.files.iter().filter(|file| file.is_passed_over()).count() {
                    0 => String::new(),
                    files => format!(", {files} of the operating system passed over"),
                };
                format!("{}: {contents}{passed_over}{bag}{package}", archive.format)
            }
            (.., Some(content)) => format!("{content}: {contents}"),
            _ => contents.to_string(),
        }
    }
}

/// What all files are judged by.
pub struct Checker {
    /// Who sends them, if anybody is registered under the first segment of their keys.
    pub owner: Option<Organization>,
    pub limits: Limits,
    pub redactor: Arc<Redactor>,
}

impl Checker {
    /// Judges a file; it is named by its path below the organization, or with the organization in front.
    pub fn check(&self, source: &SourceFile, names_organization: bool) -> Checked {
        let file = if names_organization {
            source.key.as_str()
        } else {
            path_of(source)
        };
        let mut checked = Checked::new(file.to_owned(), Verdict::Processed);
        match self.verdict(source, &mut checked) {
            Ok(verdict) => checked.verdict = verdict,
            Err(why) => checked.verdict = Verdict::Unreadable { why },
        }
        checked
    }

    // Decides as validation does, then lets the transforms judge what may enter.
    fn verdict(&self, source: &SourceFile, checked: &mut Checked) -> Result<Verdict, String> {
        let mut facts = Facts::of(&source.key);
        let mut opened = None;
        loop {
            match decide(&facts, &self.limits) {
                Decision::NeedsOrganization(_) => facts.registered = Some(self.owner.clone()),
                Decision::NeedsEnvelope(_) => {
                    let file = opened.insert(OpenedFile::open(source)?);
                    checked.size_bytes = Some(file.before.size_bytes());
                    facts.envelope = Some(file.envelope(source)?);
                }
                Decision::Reject { reason, .. } => return Ok(Verdict::Rejected { reason }),
                Decision::Accept {
                    organization, content, ..
                } => {
                    checked.content = Some(content.name());
                    return self.transform(source, &organization.settings, opened.as_ref(), checked);
                }
            }
        }
    }

    fn transform(
        &self,
        source: &SourceFile,
        settings: &OrganizationSettings,
        opened: Option<&OpenedFile>,
        checked: &mut Checked,
    ) -> Result<Verdict, String> {
        let request = Request {
            path: path_of(source),
            settings,
            redactor: Some(&self.redactor),
            limits: &self.limits,
            threads: NonZeroUsize::MIN,
        };
        let outcome = transform_package(&LocalFile(&source.path), &Forgotten, &request, &Watch::none())
            .map_err(|error| error_chain(&error))?;
        if !opened.is_some_and(|file| file.is_what_was_read(outcome.digested.size_bytes)) {
            return Err("it changed while it was read; check it again".to_owned());
        }
        Ok(checked.take(outcome))
    }
}

// The path below the organization.
fn path_of(source: &SourceFile) -> &str {
    let key = source.key.as_str();
    key.split_once('/').map_or(key, |(_, path)| path)
}

// A file as it was before it was judged.
struct OpenedFile {
    file: File,
    before: Signature,
}

impl OpenedFile {
    fn open(source: &SourceFile) -> Result<Self, String> {
        let file = open_source(&source.path).map_err(|error| error.to_string())?;
        let metadata = file.metadata().map_err(|error| error.to_string())?;
        Ok(Self {
            before: Signature::of(&metadata),
            file,
        })
    }

    fn envelope<'s>(&mut self, source: &'s SourceFile) -> Result<Envelope<'s>, String> {
        let prefix = prefix_of(&mut self.file, CONTENT_PREFIX_BYTES).map_err(|error| error.to_string())?;
        Ok(Envelope {
            size_bytes: self.before.size_bytes(),
            announced_size_bytes: None,
            sha256: None,
            declared_sha256: None,
            encrypted_as_expected: None,
            file_name: source.key.file_name(),
            prefix: prefix.into(),
        })
    }

    fn is_what_was_read(&self, read_bytes: u64) -> bool {
        self.file.metadata().is_ok_and(|metadata| {
            Signature::of(&metadata).has_same_content_as(&self.before) && read_bytes == self.before.size_bytes()
        })
    }
}

impl Checked {
    fn take(&mut self, outcome: Outcome<ForgottenResult>) -> Verdict {
        self.sha256 = Some(outcome.digested.sha256);
        self.contents = Some(outcome.summary.counts());
        let written = outcome.results.iter().chain(&outcome.explanations);
        let lines = written.flat_map(ForgottenResult::lines);
        self.bad_rows = lines.filter_map(|line| serde_json::from_slice(line).ok()).collect();
        (self.table, self.opaque, self.archive) = outcome.summary.into_parts();
        match outcome.quarantine {
            None => Verdict::Processed,
            Some(reason) => Verdict::Quarantined { reason },
        }
    }
}
