//! A descriptor is held against the files of its package.

use super::Descriptor;
use super::hash::HashAlgorithm;
use super::resource::{Content, Resource, Source};
use crate::finding::{Finding, Findings};
use crate::rule::PackageRule::{BytesMismatch, HashMismatch, PathMissing};
use relay_model::escape_for_display;

/// The files of a package, by their paths from the descriptor's folder.
pub trait PackageFiles {
    /// The length of a file in bytes; nothing if there is no such file.
    fn bytes(&self, path: &str) -> Option<u64>;
    /// The digest of a file, if it was computed. [`Descriptor::wanted_digest`] says which is asked for.
    fn digest(&self, path: &str, algorithm: HashAlgorithm) -> Option<Vec<u8>>;
}

impl Descriptor {
    /// The digests that a file is held to: one for each resource that has it and gives a hash.
    pub fn wanted_digest(&self, path: &str) -> impl Iterator<Item = HashAlgorithm> {
        let of_file = self.resources.iter().filter(move |resource| match &resource.content {
            Content::Files(files) => files.iter().any(|file| file == path),
            Content::Inline | Content::Absent => false,
        });
        of_file.filter_map(|resource| resource.hash.as_ref().map(|hash| hash.algorithm))
    }

    /// Files that the descriptor names and the package does not have, and files that are other than it says.
    pub fn hold(&self, files: &impl PackageFiles, findings: &mut Findings) {
        for resource in &self.resources {
            let found = of_resource(resource, files);
            findings.extend(found.into_iter().map(|finding| finding.in_resource(&resource.name)));
        }
    }
}

fn of_resource(resource: &Resource, files: &impl PackageFiles) -> Vec<Finding> {
    let mut findings = Vec::new();
    let schema = resource.schema.as_ref().and_then(Source::file);
    let dialect = resource.dialect.as_ref().and_then(Source::file);
    for path in schema.into_iter().chain(dialect) {
        if files.bytes(path).is_none() {
            findings.push(missing(path));
        }
    }
    let Content::Files(paths) = &resource.content else {
        return findings;
    };
    let lengths: Option<Vec<u64>> = paths.iter().map(|path| files.bytes(path)).collect();
    let Some(lengths) = lengths else {
        let absent = paths.iter().filter(|path| files.bytes(path).is_none());
        findings.extend(absent.map(|path| missing(path)));
        return findings;
    };
    let bytes = lengths.into_iter().fold(0, u64::saturating_add);
    if let Some(given) = resource.bytes.filter(|given| *given != bytes) {
        let text = format!("{bytes} bytes, where the descriptor gives {given}");
        findings.push(Finding::new(BytesMismatch, text));
    }
    if let (Some(hash), [path]) = (&resource.hash, paths.as_slice()) {
        let name = hash.algorithm.name();
        match files.digest(path, hash.algorithm) {
            Some(digest) if digest == hash.digest => {}
            Some(_) => findings.push(Finding::new(HashMismatch, format!("the {name} is another one"))),
            // What was not computed was not verified, and must not look as if it was.
            None => findings.push(Finding::new(HashMismatch, format!("the {name} was not computed"))),
        }
    }
    findings
}

fn missing(path: &str) -> Finding {
    let text = format!("'{}' is not in the package", escape_for_display(path));
    Finding::new(PathMissing, text)
}
