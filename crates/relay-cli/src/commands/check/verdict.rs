//! One file, judged as a package: its name, its owner, its envelope, its contents.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use relay_contents::{Contents, Request, transform_package};
use relay_model::{
    ArchiveSummary, ContentsSummary, Limits, OpaqueSummary, Organization, Reason, Sha256Digest, TableSummary,
    error_chain,
};
use relay_privacy::Redactor;
use relay_rules::{CONTENT_PREFIX_BYTES, Envelope, check_envelope, check_key, check_organization};
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
    pub decision: Decision,
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
pub enum Decision {
    Processed,
    Rejected { reason: Reason },
    Quarantined { reason: Reason },
    Unreadable { why: String },
}

impl Decision {
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
    fn new(file: String, decision: Decision) -> Self {
        Self {
            file,
            decision,
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
        Self::new(path.display().to_string(), Decision::Unreadable { why })
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
    /// The first segment of every key.
    pub segment: String,
    /// Who that is, if anybody.
    pub owner: Option<Organization>,
    pub limits: Limits,
    pub redactor: Arc<Redactor>,
}

impl Checker {
    /// Judges a file; it is named by its path below the organization, or with the organization in front.
    pub fn check(&self, source: &SourceFile, names_organization: bool) -> Checked {
        let key = source.key.as_str();
        let path = key.split_once('/').map_or(key, |(_, path)| path);
        let file = if names_organization { key } else { path }.to_owned();
        let rejected = |reason| Decision::Rejected { reason };
        if let Err(reason) = check_key(&source.key) {
            return Checked::new(file, rejected(reason));
        }
        if let Err(reason) = check_organization(&self.segment, self.owner.as_ref()) {
            return Checked::new(file, rejected(reason));
        }
        let mut checked = Checked::new(file, Decision::Processed);
        match self.read(source, &mut checked) {
            Ok(decision) => checked.decision = decision,
            Err(why) => checked.decision = Decision::Unreadable { why },
        }
        checked
    }

    fn read(&self, source: &SourceFile, checked: &mut Checked) -> Result<Decision, String> {
        let (path, said) = (source.path.as_path(), |error: std::io::Error| error.to_string());
        let settings = self
            .owner
            .as_ref()
            .map(|owner| owner.settings.clone())
            .unwrap_or_default();
        let mut opened = open_source(path).map_err(said)?;
        let before = Signature::of(&opened.metadata().map_err(said)?);
        checked.size_bytes = Some(before.size_bytes());
        let prefix = prefix_of(&mut opened, CONTENT_PREFIX_BYTES).map_err(said)?;
        let envelope = Envelope {
            size_bytes: before.size_bytes(),
            announced_size_bytes: None,
            sha256: None,
            declared_sha256: None,
            encrypted_as_expected: None,
            file_name: source.key.file_name(),
            prefix: &prefix,
        };
        match check_envelope(&envelope, &self.limits, &settings) {
            Ok(content) => checked.content = Some(content.name()),
            Err(reason) => return Ok(Decision::Rejected { reason }),
        }
        let key = source.key.as_str();
        let request = Request {
            path: key.split_once('/').map_or(key, |(_, path)| path),
            settings: &settings,
            redactor: Some(&self.redactor),
            limits: &self.limits,
            threads: NonZeroUsize::MIN,
        };
        let watch = Watch {
            is_cancelled: &|| false,
            on_progress: &|_| {},
        };
        let contents =
            transform_package(&LocalFile(path), &Forgotten, &request, &watch).map_err(|error| error_chain(&error))?;
        let after = Signature::of(&opened.metadata().map_err(said)?);
        if !after.has_same_content_as(&before) || contents.digested.size_bytes != before.size_bytes() {
            return Err("it changed while it was read; check it again".to_owned());
        }
        Ok(checked.take(contents))
    }
}

impl Checked {
    fn take(&mut self, contents: Contents<ForgottenResult>) -> Decision {
        self.sha256 = Some(contents.digested.sha256);
        self.contents = Some(contents.summary());
        self.table = contents.table;
        self.opaque = contents.opaque;
        self.archive = contents.archive;
        let lines = contents.results.iter().flat_map(ForgottenResult::lines);
        self.bad_rows = lines.filter_map(|line| serde_json::from_slice(line).ok()).collect();
        match contents.quarantine {
            None => Decision::Processed,
            Some(reason) => Decision::Quarantined { reason },
        }
    }
}
