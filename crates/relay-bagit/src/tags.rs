//! Step 2: the tag files in, what they say and what is wrong with them out.

use std::collections::BTreeMap;

use crate::algorithm::Algorithms;
use crate::coverage::{self, Doubt};
use crate::declaration::{self, Declaration};
use crate::fetch::{self, Fetch};
use crate::finding::{BagVerdict, Findings, Outcome};
use crate::info::{self, InfoField, Oxum};
use crate::kind::{DECLARATION, FETCH, FileKind, ManifestName};
use crate::layout::BagLayout;
use crate::limits::BagLimits;
use crate::manifest::{Manifest, Reader};
use crate::names::Names;
use crate::rule::BagRule;
use crate::text::{Budget, decode};

/// What the tag files of a bag say.
#[derive(Clone, Debug)]
pub struct BagTags {
    pub(crate) layout: BagLayout,
    pub(crate) declaration: Option<Declaration>,
    pub(crate) manifests: Vec<Manifest>,
    pub(crate) names: Names,
    pub(crate) oxum: Option<Oxum>,
    pub(crate) fetch: Fetch,
    pub(crate) findings: Findings,
    /// Whether everything was read that files are held against. If not, the bag is invalid already, and comparing files
    /// with half of it would only blame the wrong ones.
    pub(crate) is_complete: bool,
    /// What only the files can settle.
    pub(crate) doubts: Vec<Doubt>,
    info: Vec<InfoField>,
}

impl BagTags {
    /// Reads the tag files. `files` are those of the base directory whose [`FileKind::is_read`], by their path relative
    /// to it; others are ignored.
    pub fn parse(layout: BagLayout, files: &BTreeMap<String, Vec<u8>>, limits: &BagLimits) -> Self {
        let mut tags = Self::unread(layout, limits);
        if tags.layout.is_top() {
            let text = "bagit.txt is at the top of the archive";
            tags.findings.of_bag(BagRule::BagAtArchiveTop, text);
        }
        let Some(bytes) = files.get(DECLARATION) else {
            let text = "the file is not there";
            tags.findings.of_file(BagRule::DeclarationMissing, DECLARATION, text);
            return tags;
        };
        tags.declaration = declaration::read(bytes, &mut tags.findings);
        let Some(declaration) = tags.declaration else {
            return tags;
        };
        let mut budget = Budget::new(limits);
        tags.is_complete = true;
        for (file, bytes) in files {
            if !tags.read(file, bytes, declaration, &mut budget) {
                tags.is_complete = false;
            }
        }
        if budget.is_exceeded() {
            tags.is_complete = false;
        }
        tags.check(declaration);
        tags
    }

    /// A bag whose tag files cannot be read: it is judged by its findings alone.
    pub(crate) fn unread(layout: BagLayout, limits: &BagLimits) -> Self {
        Self {
            layout,
            declaration: None,
            manifests: Vec::new(),
            names: Names::default(),
            oxum: None,
            fetch: Fetch::new(),
            findings: Findings::new(limits.findings_max),
            is_complete: false,
            doubts: Vec::new(),
            info: Vec::new(),
        }
    }

    /// Reads one tag file; `false` if files cannot be held against it.
    fn read(&mut self, file: &str, bytes: &[u8], declaration: Declaration, budget: &mut Budget) -> bool {
        let since_one = declaration.version.is_since_one();
        let kind = FileKind::of(file);
        match kind {
            FileKind::PayloadManifest(name) | FileKind::TagManifest(name) => {
                let is_tag = matches!(kind, FileKind::TagManifest(_));
                return self.read_manifest(file, name, is_tag, bytes, declaration, budget);
            }
            FileKind::Info if file == declaration.version.info_file() => {
                let Some(text) = decode(file, bytes, declaration.encoding, &mut self.findings) else {
                    return false;
                };
                self.info = info::read(file, &text, since_one, budget, &mut self.findings);
                self.oxum = info::check(file, &self.info, &mut self.findings);
            }
            FileKind::Fetch => {
                let Some(text) = decode(file, bytes, declaration.encoding, &mut self.findings) else {
                    return false;
                };
                self.fetch = fetch::read(FETCH, &text, since_one, budget, &mut self.findings);
            }
            FileKind::Info | FileKind::Declaration | FileKind::Payload | FileKind::OtherTag => {}
        }
        true
    }

    fn read_manifest(
        &mut self,
        file: &str,
        name: ManifestName<'_>,
        is_tag: bool,
        bytes: &[u8],
        declaration: Declaration,
        budget: &mut Budget,
    ) -> bool {
        let Some(algorithm) = name.algorithm() else {
            let text = "the file is named after an algorithm that is not known here";
            self.findings.of_file(BagRule::AlgorithmUnsupported, file, text);
            return false;
        };
        if !name.is_normal() {
            let text = format!("the algorithm is not written {algorithm}");
            self.findings.of_file(BagRule::ManifestNameNotNormal, file, text);
        }
        let Some(text) = decode(file, bytes, declaration.encoding, &mut self.findings) else {
            return false;
        };
        let mut reader = Reader {
            since_one: declaration.version.is_since_one(),
            names: &mut self.names,
            budget,
            findings: &mut self.findings,
        };
        let manifest = Manifest::read(file, algorithm, is_tag, &text, &mut reader);
        self.manifests.push(manifest);
        true
    }

    fn check(&mut self, declaration: Declaration) {
        if !self.is_complete {
            return;
        }
        if !self.manifests.iter().any(|manifest| !manifest.is_tag) {
            let text = "there is no payload manifest";
            self.findings.of_bag(BagRule::PayloadManifestMissing, text);
            self.is_complete = false;
            return;
        }
        let since_one = declaration.version.is_since_one();
        self.names.check_alike(&mut self.findings);
        self.doubts = coverage::check(&self.manifests, &self.names, &self.fetch, since_one, &mut self.findings);
    }

    /// Where the bag is in its archive.
    pub const fn layout(&self) -> &BagLayout {
        &self.layout
    }

    /// Version and encoding, if bagit.txt could be read.
    pub const fn declaration(&self) -> Option<Declaration> {
        self.declaration
    }

    /// The metadata of bag-info.txt, in its order.
    pub fn info(&self) -> &[InfoField] {
        &self.info
    }

    /// Payload-Oxum, if it is given.
    pub const fn oxum(&self) -> Option<Oxum> {
        self.oxum
    }

    /// The payload files that fetch.txt lists, with the length it gives, in no order. Its addresses are not kept.
    pub fn fetch(&self) -> impl Iterator<Item = (&str, Option<u64>)> {
        self.fetch.iter().map(|(path, length)| (path.as_str(), *length))
    }

    /// The algorithms that the manifests ask for, over all files.
    pub fn algorithms(&self) -> Algorithms {
        self.manifests.iter().map(|manifest| manifest.algorithm).collect()
    }

    /// The algorithms by which a [`Judge`](crate::Judge) will ask for this file's digests. `name` is its name in the archive.
    pub fn wanted_algorithms(&self, name: &str) -> Algorithms {
        let relative = self.layout.relative(name).filter(|_| self.is_complete);
        let Some(found) = relative.and_then(|path| self.names.find(path)) else {
            return Algorithms::default();
        };
        // The manifests may list the file under other spellings, too.
        let alike = self.names.alike(found.id);
        let lists = |manifest: &&Manifest| manifest.lists(found.id) || alike.iter().any(|id| manifest.lists(*id));
        self.manifests
            .iter()
            .filter(lists)
            .map(|manifest| manifest.algorithm)
            .collect()
    }

    /// What the tag files alone make of the bag; what is `Invalid` already stays so.
    pub fn outcome(&self) -> Outcome {
        self.findings.outcome()
    }

    /// The verdict if there is no more to come.
    pub fn into_verdict(self) -> BagVerdict {
        self.findings.verdict()
    }
}
