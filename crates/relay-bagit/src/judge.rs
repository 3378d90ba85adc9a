//! Step 3: names, lengths and digests in, the verdict out (RFC 8493, section 3).

use thiserror::Error;

use crate::algorithm::{Algorithm, Digests};
use crate::finding::{BagVerdict, Findings, shown};
use crate::kind::FileKind;
use crate::names::NameId;
use crate::path::PAYLOAD;
use crate::rule::BagRule;
use crate::tags::BagTags;

/// A fact that a judge cannot use: a mistake of the caller, not of the producer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JudgeError {
    /// A digest is missing that [`BagTags::wanted_algorithms`] asked for.
    #[error("{file} came without its {algorithm}")]
    DigestNotGiven {
        /// The file, escaped.
        file: String,
        /// What it came without.
        algorithm: Algorithm,
    },
    /// A file came twice; which of the two would be the bag's?
    #[error("{file} came twice")]
    FileTwice {
        /// The file, escaped.
        file: String,
    },
}

/// Holds the files of a bag against its tag files, as they stream by in any order.
///
/// What it keeps is one bit for each name in the manifests, and the digests of files that are listed under another
/// normalization of their name.
#[derive(Clone, Debug)]
pub struct Judge<'a> {
    tags: &'a BagTags,
    findings: Findings,
    seen: Vec<bool>,
    /// Files whose name is listed in another normalization form; a file of exactly that name may yet come.
    other_form: Vec<OtherForm>,
    has_payload_directory: bool,
    payload_bytes: u64,
    payload_files: u64,
}

#[derive(Clone, Debug)]
struct OtherForm {
    listed: NameId,
    path: String,
    bytes: u64,
    digests: Digests,
}

impl<'a> Judge<'a> {
    /// A judge that has seen no file.
    pub fn new(tags: &'a BagTags) -> Self {
        Self {
            tags,
            findings: tags.findings.clone(),
            seen: vec![false; tags.names.len()],
            other_form: Vec::new(),
            has_payload_directory: false,
            payload_bytes: 0,
            payload_files: 0,
        }
    }

    /// Notes a folder, by its name in the archive, with or without the slash at its end. Folders that only files show
    /// need not be told.
    pub fn directory(&mut self, name: &str) {
        let name = name.trim_end_matches('/');
        let relative = self.tags.layout.relative(name);
        self.has_payload_directory |= relative == Some("data");
        // The base directory itself has no slash any more, and so is not below itself.
        if relative.is_none() && self.tags.layout.relative(&format!("{name}/")) != Some("") {
            self.outside(name);
        }
    }

    /// Judges a file, by its name in the archive, with its length in bytes and the digests that
    /// [`BagTags::wanted_algorithms`] asks for.
    pub fn file(&mut self, name: &str, bytes: u64, digests: &Digests) -> Result<(), JudgeError> {
        let Some(path) = self.tags.layout.relative(name) else {
            self.outside(name);
            return Ok(());
        };
        if !self.tags.is_complete {
            return Ok(());
        }
        if path.starts_with(PAYLOAD) {
            self.has_payload_directory = true;
            self.payload_bytes = self.payload_bytes.saturating_add(bytes);
            self.payload_files += 1;
        } else {
            self.check_tag_directory(path);
        }
        match self.tags.names.find(path) {
            None => self.not_listed(path),
            Some(found) if found.is_exact => {
                if std::mem::replace(&mut self.seen[found.id as usize], true) {
                    return Err(JudgeError::FileTwice { file: shown(path) });
                }
                self.check(found.id, path, bytes, digests)?;
            }
            Some(found) => self.other_form.push(OtherForm {
                listed: found.id,
                path: path.to_owned(),
                bytes,
                digests: digests.clone(),
            }),
        }
        Ok(())
    }

    /// The verdict, once every file was there.
    pub fn finish(mut self) -> Result<BagVerdict, JudgeError> {
        if !self.tags.is_complete {
            return Ok(self.findings.verdict());
        }
        for file in std::mem::take(&mut self.other_form) {
            if std::mem::replace(&mut self.seen[file.listed as usize], true) {
                self.not_listed(&file.path);
                continue;
            }
            let text = "the manifests list the file in another normalization form of its name";
            self.findings.of_file(BagRule::NameOtherForm, &file.path, text);
            self.check(file.listed, &file.path, file.bytes, &file.digests)?;
        }
        self.check_missing();
        self.check_payload();
        Ok(self.findings.verdict())
    }

    fn outside(&mut self, name: &str) {
        let text = "the entry is not below the bag's base directory";
        self.findings.of_file(BagRule::EntryOutsideBase, name, text);
    }

    fn check_tag_directory(&mut self, path: &str) {
        let has_none = |version: crate::BagItVersion| !version.has_tag_directories();
        let version = self.tags.declaration.map(|declaration| declaration.version);
        if path.contains('/') && version.is_some_and(has_none) {
            let text = "the file is in a folder other than data/";
            self.findings.of_file(BagRule::TagDirectory, path, text);
        }
    }

    fn not_listed(&mut self, path: &str) {
        match FileKind::of(path) {
            FileKind::Payload => {
                let text = "no payload manifest lists the file";
                self.findings.of_file(BagRule::PayloadNotListed, path, text);
            }
            FileKind::TagManifest(_) => {}
            _ if self.tags.manifests.iter().any(|manifest| manifest.is_tag) => {
                let text = "no tag manifest lists the file";
                self.findings.of_file(BagRule::TagFileNotListed, path, text);
            }
            _ => {}
        }
    }

    fn check(&mut self, id: NameId, path: &str, bytes: u64, digests: &Digests) -> Result<(), JudgeError> {
        for manifest in &self.tags.manifests {
            let Some((listed, line)) = manifest.digest(id) else {
                continue;
            };
            let algorithm = manifest.algorithm;
            let Some(digest) = digests.get(algorithm) else {
                let file = shown(path);
                return Err(JudgeError::DigestNotGiven { file, algorithm });
            };
            if digest != listed {
                let text = format!(
                    "the file's {algorithm} is not the one in line {line} of {}",
                    shown(&manifest.file)
                );
                self.findings.of_file(BagRule::ChecksumMismatch, path, text);
            }
        }
        if let Some(Some(length)) = self.tags.fetch.get(path)
            && *length != bytes
        {
            let text = format!("the file has {bytes} bytes, fetch.txt gives another length");
            self.findings.of_file(BagRule::FetchLengthDiffers, path, text);
        }
        Ok(())
    }

    fn check_missing(&mut self) {
        for (id, _) in (0..).zip(&self.seen).filter(|(_, seen)| !**seen) {
            let path = self.tags.names.get(id);
            let (rule, text) = if !path.starts_with(PAYLOAD) {
                (
                    BagRule::TagFileMissing,
                    "a tag manifest lists the file, it is not there",
                )
            } else if self.tags.fetch.contains_key(path) {
                (BagRule::FetchNeeded, "the file is listed in fetch.txt, and not there")
            } else {
                (
                    BagRule::PayloadFileMissing,
                    "a payload manifest lists the file, it is not there",
                )
            };
            self.findings.of_file(rule, path, text);
        }
    }

    fn check_payload(&mut self) {
        if !self.has_payload_directory {
            let text = "there is no folder data/";
            self.findings.of_bag(BagRule::PayloadDirectoryMissing, text);
        } else if self.payload_files == 0 {
            self.findings
                .of_bag(BagRule::PayloadEmpty, "there is no file below data/");
        }
        let found = (self.payload_bytes, self.payload_files);
        if self.tags.oxum.is_some_and(|oxum| (oxum.bytes, oxum.files) != found) {
            let (bytes, files) = found;
            let text = format!("the payload has {bytes} bytes in {files} files, Payload-Oxum says otherwise");
            self.findings.of_bag(BagRule::OxumMismatch, text);
        }
    }
}
