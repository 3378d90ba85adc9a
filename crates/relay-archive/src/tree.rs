//! The names of one archive as a tree, so that no two entries are the same to any file system: byte for byte, by case
//! folding, by normalization; and nothing is file and folder at once.
//!
//! Each segment is kept once, under its parent, so the tree is no larger than the names together.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

use crate::error::Refusal;
use crate::rule::ArchiveRule;
use crate::visit::EntryKind;

const ROOT: u64 = 0;

/// What stands at a place of the tree.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    /// A folder with an entry of its own.
    Folder,
    /// A folder that is only part of other names.
    ImpliedFolder,
}

struct Node {
    id: u64,
    kind: Kind,
    /// As it is spelled, if that is not as it is folded.
    spelling: Option<Box<str>>,
}

/// The names so far.
#[derive(Default)]
pub(crate) struct NameTree {
    nodes: HashMap<(u64, Box<str>), Node>,
}

impl NameTree {
    /// Adds a checked name.
    pub(crate) fn add(&mut self, name: &str, kind: EntryKind) -> Result<(), Refusal> {
        let (folders, last) = match name.rsplit_once('/') {
            Some((folders, last)) => (Some(folders), last),
            None => (None, name),
        };
        let mut parent = ROOT;
        for segment in folders.into_iter().flat_map(|folders| folders.split('/')) {
            parent = self.enter(parent, segment)?;
        }
        let kind = match kind {
            EntryKind::File => Kind::File,
            EntryKind::Folder => Kind::Folder,
        };
        self.place(parent, last, kind)
    }

    fn enter(&mut self, parent: u64, segment: &str) -> Result<u64, Refusal> {
        let id = self.next_id();
        let (folded, spelling) = fold(segment);
        match self.nodes.entry((parent, folded)) {
            Slot::Vacant(slot) => {
                let kind = Kind::ImpliedFolder;
                slot.insert(Node { id, kind, spelling });
                Ok(id)
            }
            Slot::Occupied(slot) if slot.get().spelling != spelling => Err(case_duplicate()),
            Slot::Occupied(slot) if slot.get().kind == Kind::File => Err(file_as_folder()),
            Slot::Occupied(slot) => Ok(slot.get().id),
        }
    }

    fn place(&mut self, parent: u64, segment: &str, kind: Kind) -> Result<(), Refusal> {
        let id = self.next_id();
        let (folded, spelling) = fold(segment);
        match self.nodes.entry((parent, folded)) {
            Slot::Vacant(slot) => {
                slot.insert(Node { id, kind, spelling });
                Ok(())
            }
            Slot::Occupied(slot) if slot.get().spelling != spelling => Err(case_duplicate()),
            Slot::Occupied(mut slot) => match (slot.get().kind, kind) {
                (Kind::ImpliedFolder, Kind::Folder) => {
                    slot.get_mut().kind = Kind::Folder;
                    Ok(())
                }
                (Kind::File, Kind::File) | (Kind::Folder, Kind::Folder) => {
                    let text = "an entry before it has the same name";
                    Err(Refusal::new(ArchiveRule::NameDuplicate, text))
                }
                _ => Err(file_as_folder()),
            },
        }
    }

    // Each addition makes at most one node, so the count is free.
    fn next_id(&self) -> u64 {
        self.nodes.len() as u64 + 1
    }
}

fn case_duplicate() -> Refusal {
    let text = "an entry before it, or its folder, differs by upper and lower case or normalization only";
    Refusal::new(ArchiveRule::NameCaseDuplicate, text)
}

fn file_as_folder() -> Refusal {
    let text = "the same name is a file and a folder";
    Refusal::new(ArchiveRule::FileAsFolder, text)
}

// Canonical caseless matching: The Unicode Standard, section 3.13, definition D145.
fn fold(segment: &str) -> (Box<str>, Option<Box<str>>) {
    if segment.is_ascii() {
        let spelling = segment
            .bytes()
            .any(|byte| byte.is_ascii_uppercase())
            .then(|| segment.into());
        return (segment.to_ascii_lowercase().into(), spelling);
    }
    let folded: String = segment.chars().nfd().default_case_fold().nfd().collect();
    let spelling = (folded != segment).then(|| segment.into());
    (folded.into(), spelling)
}
