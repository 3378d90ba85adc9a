//! Step 3: names, lengths and digests in, the verdict out (RFC 8493, section 3).

use std::collections::HashMap;

use relay_model::escape_for_display;
use thiserror::Error;
use unicode_normalization::UnicodeNormalization as _;

use crate::algorithm::{Algorithm, Digests};
use crate::coverage;
use crate::finding::{BagVerdict, Findings};
use crate::info::Oxum;
use crate::kind::FileKind;
use crate::manifest::Manifest;
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
/// What it keeps is two bits for each name in the manifests, and the digests of files that are listed under another
/// normalization of their name, or that may be listed under several spellings.
#[derive(Clone, Debug)]
pub struct Judge<'a> {
    tags: &'a BagTags,
    findings: Findings,
    seen: Vec<bool>,
    /// Files whose name is listed in another normalization form; a file of exactly that name may yet come.
    other_form: Vec<OtherForm>,
    /// The digests of files that the manifests may list under other spellings as well.
    alike: HashMap<NameId, Digests>,
    /// Names that are other spellings of files that are there.
    is_spelling: Vec<bool>,
    has_payload_directory: bool,
    payload: Oxum,
    /// Of the payload's folder, what the operating system put there and nobody listed.
    passed_over: Oxum,
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
            alike: HashMap::new(),
            is_spelling: vec![false; tags.names.len()],
            has_payload_directory: false,
            payload: Oxum { bytes: 0, files: 0 },
            passed_over: Oxum { bytes: 0, files: 0 },
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
            self.payload.add(bytes);
        } else {
            self.check_tag_directory(path);
        }
        match self.tags.names.find(path) {
            None => self.not_listed(path),
            Some(found) if found.is_exact => {
                if std::mem::replace(&mut self.seen[found.id as usize], true) {
                    return Err(JudgeError::FileTwice {
                        file: escape_for_display(path),
                    });
                }
                self.keep_if_alike(found.id, digests);
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

    /// Judges a file of the operating system, whatever makes it one: it is held against the manifests if they list it, and a
    /// warning if they do not, wherever it lies.
    pub fn system_file(&mut self, name: &str, bytes: u64, digests: &Digests) -> Result<(), JudgeError> {
        let relative = self.tags.layout.relative(name);
        if relative.is_some_and(|path| self.tags.names.find(path).is_some()) {
            return self.file(name, bytes, digests);
        }
        if relative.is_some_and(|path| path.starts_with(PAYLOAD)) {
            self.has_payload_directory = true;
            self.passed_over.add(bytes);
        }
        let text = "the operating system made the file, and no manifest lists it";
        self.findings
            .of_file(BagRule::SystemFile, relative.unwrap_or(name), text);
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
            self.keep_if_alike(file.listed, &file.digests);
            self.check(file.listed, &file.path, file.bytes, &file.digests)?;
        }
        self.find_spellings()?;
        self.check_doubts();
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
                let file = escape_for_display(path);
                return Err(JudgeError::DigestNotGiven { file, algorithm });
            };
            if digest != listed {
                mismatch(manifest, line, path, &mut self.findings);
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

    fn keep_if_alike(&mut self, id: NameId, digests: &Digests) {
        if !self.tags.names.alike(id).is_empty() {
            self.alike.insert(id, digests.clone());
        }
    }

    // A name of which there is no file may be another spelling of one that is there. It is, if the checksums are the file's;
    // in another normalization form it is in any case.
    fn find_spellings(&mut self) -> Result<(), JudgeError> {
        let names = &self.tags.names;
        let missing = (0..).zip(&self.seen).filter(|(_, seen)| !**seen).map(|(id, _)| id);
        for id in missing.collect::<Vec<NameId>>() {
            let there = names
                .alike(id)
                .iter()
                .find_map(|alike| Some((*alike, self.alike.get(alike)?.clone())));
            let Some((there, digests)) = there else {
                continue;
            };
            let has_same_form = names.get(id).nfc().eq(names.get(there).nfc());
            let mut mismatches = Vec::new();
            for manifest in &self.tags.manifests {
                let Some((listed, line)) = manifest.digest(id) else {
                    continue;
                };
                let algorithm = manifest.algorithm;
                let Some(digest) = digests.get(algorithm) else {
                    let file = escape_for_display(names.get(there));
                    return Err(JudgeError::DigestNotGiven { file, algorithm });
                };
                if digest != listed {
                    mismatches.push((manifest, line));
                }
            }
            if !mismatches.is_empty() && !has_same_form {
                continue;
            }
            self.is_spelling[id as usize] = true;
            let text = format!(
                "the name is another spelling of {}, which is there",
                escape_for_display(names.get(there))
            );
            self.findings.of_file(BagRule::NameTwoSpellings, names.get(id), text);
            for (manifest, line) in mismatches {
                mismatch(manifest, line, names.get(id), &mut self.findings);
            }
        }
        Ok(())
    }

    fn check_doubts(&mut self) {
        let is_spelling = |id: &NameId| self.is_spelling[*id as usize];
        for doubt in &self.tags.doubts {
            let manifest = &self.tags.manifests[doubt.manifest];
            let mut listed = self
                .tags
                .names
                .alike(doubt.name)
                .iter()
                .filter(|id| manifest.lists(**id));
            if !is_spelling(&doubt.name) && !listed.any(is_spelling) {
                coverage::not_in_every_manifest(manifest, self.tags.names.get(doubt.name), &mut self.findings);
            }
        }
    }

    fn check_missing(&mut self) {
        let is_there = self
            .seen
            .iter()
            .zip(&self.is_spelling)
            .map(|(seen, spelling)| *seen || *spelling);
        for (id, _) in (0..)
            .zip(is_there.collect::<Vec<bool>>())
            .filter(|(_, is_there)| !is_there)
        {
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
        } else if self.payload.files == 0 {
            self.findings
                .of_bag(BagRule::PayloadEmpty, "there is no file below data/");
        }
        // Whoever counted may have counted what the operating system put there.
        let mut all = self.payload;
        all.bytes = all.bytes.saturating_add(self.passed_over.bytes);
        all.files += self.passed_over.files;
        if self.tags.oxum.is_some_and(|oxum| oxum != self.payload && oxum != all) {
            let Oxum { bytes, files } = self.payload;
            let text = format!("the payload has {bytes} bytes in {files} files, Payload-Oxum says otherwise");
            self.findings.of_bag(BagRule::OxumMismatch, text);
        }
    }
}

fn mismatch(manifest: &Manifest, line: u64, path: &str, findings: &mut Findings) {
    let text = format!(
        "the file's {} is not the one in line {line} of {}",
        manifest.algorithm,
        escape_for_display(&manifest.file)
    );
    findings.of_file(BagRule::ChecksumMismatch, path, text);
}
