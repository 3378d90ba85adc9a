//! Payload and tag manifests (RFC 8493, sections 2.1.3 and 2.2.1).

use crate::algorithm::{Algorithm, append_checksum};
use crate::finding::Findings;
use crate::kind::FileKind;
use crate::names::{NameId, Names};
use crate::path::{PAYLOAD, Place, read_path};
use crate::rule::BagRule;
use crate::text::{Budget, Lines, is_linear_whitespace};
use relay_model::escape_for_display;

/// A manifest. Its lines are sorted by name; their digests stand side by side in the same order.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    pub(crate) file: String,
    pub(crate) algorithm: Algorithm,
    pub(crate) is_tag: bool,
    entries: Vec<Entry>,
    digests: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    name: NameId,
    line: u32,
    /// Whether the path was written with an encoded character.
    is_encoded: bool,
}

/// What a manifest is read with.
pub(crate) struct Reader<'a> {
    pub(crate) since_one: bool,
    pub(crate) names: &'a mut Names,
    pub(crate) budget: &'a mut Budget,
    pub(crate) findings: &'a mut Findings,
}

impl Manifest {
    pub(crate) fn read(file: &str, algorithm: Algorithm, is_tag: bool, text: &str, reader: &mut Reader<'_>) -> Self {
        let mut manifest = Self {
            file: file.to_owned(),
            algorithm,
            is_tag,
            entries: Vec::new(),
            digests: Vec::new(),
        };
        let mut lines = Lines::new(file, text);
        while let Some((line, text)) = lines.next(reader.budget, reader.findings) {
            manifest.read_line(text, Place { file, line }, reader);
        }
        manifest.sort(reader);
        manifest
    }

    fn read_line(&mut self, line: &str, place: Place<'_>, reader: &mut Reader<'_>) {
        let findings = &mut *reader.findings;
        let Some((checksum, path)) = line
            .split_once(is_linear_whitespace)
            .filter(|(checksum, _)| !checksum.is_empty())
        else {
            let text = "the line is not a checksum, a space or tab, and a path";
            return place.report(findings, BagRule::ManifestLineMalformed, text);
        };
        let mut path = path.trim_start_matches(is_linear_whitespace);
        if let Some(rest) = path.strip_prefix('*') {
            place.report(findings, BagRule::Md5sumMarker, "the path has an asterisk before it");
            path = rest;
        }
        if path.is_empty() {
            return place.report(findings, BagRule::ManifestLineMalformed, "the line has no path");
        }
        if checksum.starts_with('#') {
            return place.report(findings, BagRule::ManifestLineMalformed, "the line is a comment");
        }
        let written = path;
        let Some(path) = read_path(path, reader.since_one, place, findings) else {
            return;
        };
        if let Some((rule, text)) = misplaced(&path, self.is_tag) {
            place.report(findings, rule, text);
            if rule != BagRule::TagManifestListed || reader.since_one {
                return;
            }
        }
        if !append_checksum(checksum, self.algorithm, &mut self.digests) {
            let digits = self.algorithm.digest_bytes() * 2;
            let text = format!(
                "the checksum is not {digits} hexadecimal digits, as {} has",
                self.algorithm
            );
            return place.report(findings, BagRule::ChecksumMalformed, text);
        }
        let line = u32::try_from(place.line).unwrap_or(u32::MAX);
        let name = reader.names.id(&path);
        self.entries.push(Entry {
            name,
            line,
            is_encoded: !written.ends_with(&*path),
        });
    }

    /// Sorts by name, and drops what is listed again.
    fn sort(&mut self, reader: &mut Reader<'_>) {
        let length = self.algorithm.digest_bytes();
        let mut order: Vec<usize> = (0..self.entries.len()).collect();
        order.sort_by_key(|index| self.entries[*index].name);
        let mut entries: Vec<Entry> = Vec::with_capacity(self.entries.len());
        let mut digests = Vec::with_capacity(self.digests.len());
        for index in order {
            let entry = self.entries[index];
            let digest = &self.digests[index * length..][..length];
            let Some(last) = entries.last().filter(|last| last.name == entry.name) else {
                entries.push(entry);
                digests.extend_from_slice(digest);
                continue;
            };
            let path = reader.names.get(entry.name);
            let rule = if !digests.ends_with(digest) {
                BagRule::EntryConflicting
            } else if last.is_encoded != entry.is_encoded {
                BagRule::NameTwoSpellings
            } else {
                BagRule::EntryTwice
            };
            let text = format!(
                "{} lists the file in line {} and in line {}",
                escape_for_display(&self.file),
                last.line,
                entry.line
            );
            reader.findings.of_file(rule, path, text);
        }
        self.entries = entries;
        self.digests = digests;
    }

    /// The digest that is listed for a name, and the line it is in.
    pub(crate) fn digest(&self, name: NameId) -> Option<(&[u8], u64)> {
        let index = self.entries.binary_search_by_key(&name, |entry| entry.name).ok()?;
        let length = self.algorithm.digest_bytes();
        let digest = self.digests.get(index * length..(index + 1) * length)?;
        Some((digest, u64::from(self.entries[index].line)))
    }

    pub(crate) fn lists(&self, name: NameId) -> bool {
        self.digest(name).is_some()
    }

    /// The names that are listed, in the order of their numbers.
    pub(crate) fn names(&self) -> impl Iterator<Item = NameId> {
        self.entries.iter().map(|entry| entry.name)
    }
}

fn misplaced(path: &str, is_tag: bool) -> Option<(BagRule, &'static str)> {
    if !is_tag {
        let is_outside = !path.starts_with(PAYLOAD);
        return is_outside.then_some((BagRule::PayloadPathOutside, "the path is not below data/"));
    }
    match FileKind::of(path) {
        FileKind::Payload => Some((BagRule::TagPathInPayload, "the path is below data/")),
        FileKind::TagManifest(_) => Some((BagRule::TagManifestListed, "the path is a tag manifest")),
        _ => None,
    }
}
