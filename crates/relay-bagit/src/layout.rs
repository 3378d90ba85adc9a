//! Step 1: the names of an archive in, the bag's base directory and its tag files out.
//!
//! RFC 8493 says nothing of archives; the rules come from the drafts before it (draft-kunze-bagit-14, section 4,
//! "Serialization"): the archive has one top folder, which is the base directory.

use relay_model::escape_for_display;
use std::collections::BTreeMap;

use crate::kind::{DECLARATION, FileKind};
use crate::limits::BagLimits;
use crate::rule::BagRule;
use crate::tags::BagTags;

/// Where a bag is in its archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BagLayout {
    /// The name of the base directory with a slash at its end; empty for the archive's top.
    base: String,
}

impl BagLayout {
    /// The base directory is the archive's top.
    pub const fn top() -> Self {
        Self { base: String::new() }
    }

    /// The base directory is this folder at the archive's top.
    pub fn folder(name: &str) -> Self {
        Self {
            base: format!("{name}/"),
        }
    }

    /// Whether the base directory is the archive's top.
    pub const fn is_top(&self) -> bool {
        self.base.is_empty()
    }

    /// The path relative to the base directory, if the name is below it.
    pub fn relative<'a>(&self, name: &'a str) -> Option<&'a str> {
        name.strip_prefix(&self.base)
    }
}

/// Reads the names of an archive while it streams by, and keeps what a bag would need.
///
/// It is told every file by [`file`](Self::file), which says whether the bytes are wanted, too; these come by
/// [`tag_file`](Self::tag_file). What it keeps is bounded by the limits, whatever the archive is.
#[derive(Clone, Debug)]
pub struct Survey {
    limits: BagLimits,
    /// By their name in the archive.
    files: BTreeMap<String, Vec<u8>>,
    bytes: u64,
    refused: BTreeMap<String, BagRule>,
    has_more_refused: bool,
    is_at_top: bool,
    /// The first two top folders with a bagit.txt.
    folders: Vec<String>,
    /// What else a bag has, at the top and in the first top folder.
    at_top: Parts,
    in_folder: Parts,
    /// The first top folder.
    first_folder: Option<String>,
    /// Whether anything is beside the first top folder.
    has_more: bool,
}

/// Parts of a bag beside its declaration.
#[derive(Clone, Copy, Debug, Default)]
struct Parts {
    has_manifest: bool,
    has_payload: bool,
}

impl Parts {
    fn note(&mut self, relative_path: &str) {
        match FileKind::of(relative_path) {
            FileKind::Payload => self.has_payload = true,
            FileKind::PayloadManifest(name) => self.has_manifest |= name.algorithm().is_some(),
            _ => {}
        }
    }

    const fn make_a_bag(self) -> bool {
        self.has_manifest && self.has_payload
    }
}

/// More bags than one are refused whatever their number.
const FOLDERS_KEPT: usize = 2;

impl Survey {
    /// A survey that has seen nothing.
    pub fn new(limits: &BagLimits) -> Self {
        Self {
            limits: limits.clone(),
            files: BTreeMap::new(),
            bytes: 0,
            refused: BTreeMap::new(),
            has_more_refused: false,
            is_at_top: false,
            folders: Vec::new(),
            at_top: Parts::default(),
            in_folder: Parts::default(),
            first_folder: None,
            has_more: false,
        }
    }

    /// Notes a file. If it may be a tag file whose bytes are needed, says how many of them at most: read one more than
    /// that, so that a longer file shows, and hand them over by [`tag_file`](Self::tag_file).
    pub fn file(&mut self, name: &str) -> Option<u64> {
        if name == DECLARATION {
            self.is_at_top = true;
        }
        let below = name.split_once('/').filter(|(folder, _)| !folder.is_empty());
        if let Some((folder, DECLARATION)) = below
            && self.folders.len() < FOLDERS_KEPT
            && !self.folders.iter().any(|known| known == folder)
        {
            self.folders.push(folder.to_owned());
        }
        self.at_top.note(name);
        match (below, &self.first_folder) {
            (Some((folder, path)), Some(first)) if first == folder => self.in_folder.note(path),
            (Some((folder, path)), None) => {
                self.first_folder = Some(folder.to_owned());
                self.in_folder.note(path);
            }
            _ => self.has_more = true,
        }
        let is_read = FileKind::of(name).is_read() || below.is_some_and(|(_, rest)| FileKind::of(rest).is_read());
        is_read.then(|| {
            self.limits
                .tag_file_bytes_max
                .min(self.limits.tag_files_bytes_max - self.bytes)
        })
    }

    /// Takes the bytes of a file that [`file`](Self::file) asked for.
    pub fn tag_file(&mut self, name: &str, bytes: Vec<u8>) {
        let length = bytes.len() as u64;
        let rule = if length > self.limits.tag_file_bytes_max {
            BagRule::TagFileTooLarge
        } else if length > self.limits.tag_files_bytes_max - self.bytes || self.files.len() >= self.limits.tag_files_max
        {
            BagRule::TagFilesTooLarge
        } else {
            self.bytes += length;
            self.files.insert(name.to_owned(), bytes);
            return;
        };
        if self.refused.len() < self.limits.tag_files_max {
            self.refused.insert(name.to_owned(), rule);
        } else {
            self.has_more_refused = true;
        }
    }

    /// The tag files of the bag that the archive holds; nothing if it is not meant as a bag: no bagit.txt at its top or
    /// in one of its top folders, nor a payload and its manifest at the top or in the only top folder.
    pub fn finish(self) -> Option<BagTags> {
        let layout = match self.folders.first() {
            _ if self.is_at_top => BagLayout::top(),
            Some(folder) => BagLayout::folder(folder),
            None => return self.without_declaration(),
        };
        let relative = |name: &String| {
            let path = layout.relative(name)?;
            FileKind::of(path).is_read().then(|| path.to_owned())
        };
        let refused: Vec<(String, BagRule)> = self
            .refused
            .iter()
            .filter_map(|(name, rule)| Some((relative(name)?, *rule)))
            .collect();
        let several = (!self.is_at_top).then(|| self.folders.get(1)).flatten();
        let files: BTreeMap<String, Vec<u8>> = self
            .files
            .into_iter()
            .filter_map(|(name, bytes)| Some((relative(&name)?, bytes)))
            .collect();
        if refused.is_empty() && !self.has_more_refused && several.is_none() {
            return Some(BagTags::parse(layout, &files, &self.limits));
        }
        let mut tags = BagTags::unread(layout, &self.limits);
        for (file, rule) in refused {
            tags.findings.of_file(rule, &file, "the file is beyond the limit");
        }
        if self.has_more_refused {
            let text = "there are more tag files beyond the limits";
            tags.findings.of_bag(BagRule::TagFilesTooLarge, text);
        }
        if let Some(other) = several {
            let text = format!("the folder {} has a bagit.txt as well", escape_for_display(other));
            tags.findings.of_bag(BagRule::SeveralBags, text);
        }
        Some(tags)
    }

    /// A bag whose bagit.txt was lost, which must not pass for an archive like any other: nobody would hold its files
    /// against the checksums that were sent with them.
    fn without_declaration(self) -> Option<BagTags> {
        let in_folder = self
            .first_folder
            .filter(|_| !self.has_more && self.in_folder.make_a_bag());
        let layout = match in_folder {
            _ if self.at_top.make_a_bag() => BagLayout::top(),
            Some(folder) => BagLayout::folder(&folder),
            None => return None,
        };
        let mut tags = BagTags::unread(layout, &self.limits);
        let text = "the file is not there, but data/ and a payload manifest are";
        tags.findings.of_file(BagRule::DeclarationMissing, DECLARATION, text);
        Some(tags)
    }
}
