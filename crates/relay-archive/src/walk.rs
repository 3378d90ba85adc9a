//! The walk through an archive and all archives within it.

use std::io::{self, Read};

use crate::error::{ArchiveError, Failure, Refusal, refuse};
use crate::format::{ArchiveFormat, MAGIC_BYTES_MAX, needed_bytes, recognize_package};
use crate::input::{Input, Shared};
use crate::names::check_name;
use crate::rule::ArchiveRule;
use crate::tar::TarEntries;
use crate::tree::NameTree;
use crate::unpacked::Unpacked;
use crate::visit::{Content, Entries, Entry, EntryKind, Found, Nesting, PackedSink, Visitor};
use crate::zip::{DirectoryHint, ZipEntries};
use relay_model::ArchiveLimits;

/// How much of a content that nobody reads is read at a time, in bytes.
const DRAIN_BYTES: usize = 64 * 1024;

/// What was found in an archive that is sound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchiveSurvey {
    /// The bytes of the archive itself: the whole input.
    pub packed_bytes: u64,
    /// All entries, over all levels of nesting.
    pub entries: u64,
    /// Those that are files, nested archives included.
    pub files: u64,
    /// Nested archives whose entries were visited.
    pub nested_archives: u64,
    /// The greatest depth that was entered.
    pub depth: u32,
    /// What came out of all decoders, in bytes, over all levels of nesting; what [`ArchiveLimits`] limits.
    pub unpacked_bytes: u64,
}

/// Reads an archive from its first byte to its last, and gives every entry to `visitor`.
///
/// On success the whole input has been consumed, and the archive is sound: names, sizes, checksums and, in a zip, the
/// directory. Memory is bounded whatever the archive says; nothing is written anywhere.
pub fn read_archive<R: Read + Send, V: Visitor>(
    input: R,
    format: ArchiveFormat,
    limits: &ArchiveLimits,
    visitor: &mut V,
) -> Result<ArchiveSurvey, ArchiveError<V::Error>> {
    read_archive_with_hint(input, format, limits, None, visitor)
}

/// The same, with what the directory of a zip was found to say before: lets stored entries be read whose length stands
/// behind them. A hint that is wrong makes an archive be refused, never be misread.
pub fn read_archive_with_hint<R: Read + Send, V: Visitor>(
    mut input: R,
    format: ArchiveFormat,
    limits: &ArchiveLimits,
    hint: Option<&DirectoryHint>,
    visitor: &mut V,
) -> Result<ArchiveSurvey, ArchiveError<V::Error>> {
    let shared = Shared::new(limits);
    let mut walk = Walk {
        shared: &shared,
        visitor,
        survey: ArchiveSurvey::default(),
        is_within_xz: false,
    };
    walk.archive(&mut input, format, hint, None)?;
    let mut survey = walk.survey;
    survey.packed_bytes = shared.input_bytes();
    survey.unpacked_bytes = shared.unpacked_bytes();
    Ok(survey)
}

struct Walk<'w, V> {
    shared: &'w Shared<'w>,
    visitor: &'w mut V,
    survey: ArchiveSurvey,
    /// An archive in xz is being read.
    is_within_xz: bool,
}

/// What one level of nesting keeps from entry to entry.
struct Level<'l> {
    around: Option<&'l Entry>,
    names: NameTree,
    ahead: Vec<u8>,
    drained: Vec<u8>,
}

impl<V: Visitor> Walk<'_, V> {
    fn archive(
        &mut self,
        input: &mut (dyn Read + Send),
        format: ArchiveFormat,
        hint: Option<&DirectoryHint>,
        around: Option<&Entry>,
    ) -> Result<(), ArchiveError<V::Error>> {
        let shared = self.shared;
        let input = Input::new(input, shared, around.is_none());
        let was_within_xz = self.is_within_xz;
        self.is_within_xz |= format == ArchiveFormat::TarXz;
        let mut entries: Box<dyn Entries + '_> = match format {
            ArchiveFormat::Zip => Box::new(ZipEntries::new(input, shared, hint)),
            ArchiveFormat::Tar => Box::new(TarEntries::new(Unpacked::plain(input, shared), shared)),
            ArchiveFormat::TarGzip => Box::new(TarEntries::new(Unpacked::gzip(input, shared), shared)),
            ArchiveFormat::TarZstd => Box::new(TarEntries::new(Unpacked::zstd(input, shared)?, shared)),
            ArchiveFormat::TarBzip2 => Box::new(TarEntries::new(Unpacked::bzip2(input, shared), shared)),
            ArchiveFormat::TarXz => Box::new(TarEntries::new(Unpacked::xz(input, shared, was_within_xz), shared)),
        };
        let mut level = Level {
            around,
            names: NameTree::default(),
            ahead: Vec::new(),
            drained: vec![0; DRAIN_BYTES],
        };
        while let Some(found) = entries.next().map_err(|failure| placed(failure, around))? {
            let entry = self
                .admit(&found, &mut level)
                .map_err(|failure| placed(failure, around))?;
            self.entry(&entry, &mut *entries, &mut level)?;
        }
        self.is_within_xz = was_within_xz;
        Ok(())
    }

    // Counts the entry and judges its name.
    fn admit(&mut self, found: &Found, level: &mut Level<'_>) -> Result<Entry, Failure> {
        let limits = self.shared.limits;
        let around = level.around.map(|entry| entry.path.as_str());
        let path = check_name(&found.name, around, limits)?;
        let index = self.survey.entries;
        self.survey.entries += 1;
        if self.survey.entries > limits.entries_max {
            let text = format!("more than {} entries (entries_max)", limits.entries_max);
            return refuse(ArchiveRule::TooManyEntries, text);
        }
        level
            .names
            .add(&found.name, found.kind)
            .map_err(|refusal| refusal.at(&path))?;
        Ok(Entry {
            path,
            kind: found.kind,
            index,
            depth: level.around.map_or(0, |entry| entry.depth + 1),
            announced_bytes: found.announced_bytes,
        })
    }

    fn entry(
        &mut self,
        entry: &Entry,
        entries: &mut dyn Entries,
        level: &mut Level<'_>,
    ) -> Result<(), ArchiveError<V::Error>> {
        let shared = self.shared;
        let mut content = Content::new(entries, shared, &entry.path, &mut level.ahead);
        let meaning = |error| shared.meaning_of(error);
        if entry.kind == EntryKind::Folder {
            if !content.peek(1).map_err(meaning)?.is_empty() {
                let refusal = Refusal::new(ArchiveRule::FolderWithContent, "a folder has content of its own");
                return Err(Failure::from(refusal.at(&entry.path)).into());
            }
            return self.visitor.folder(entry).map_err(ArchiveError::Visitor);
        }
        self.survey.files += 1;
        if let Some(format) = format_of(&mut content, &entry.path).map_err(meaning)?
            && self.visitor.enter(entry, format).map_err(ArchiveError::Visitor)? == Nesting::Descend
        {
            return self.nested(entry, format, content);
        }
        let visited = self.visitor.file(entry, &mut content);
        // Whatever the visitor makes of a failed read, the failure counts.
        if let Some(failure) = shared.take_failure() {
            return Err(failure.into());
        }
        visited.map_err(ArchiveError::Visitor)?;
        while content.read(&mut level.drained).map_err(meaning)? > 0 {}
        Ok(())
    }

    fn nested(
        &mut self,
        entry: &Entry,
        format: ArchiveFormat,
        content: Content<'_>,
    ) -> Result<(), ArchiveError<V::Error>> {
        let depth = entry.depth + 1;
        let allowed = self.shared.limits.depth_max;
        if depth > allowed {
            let text = format!("archives within archives, more than {allowed} deep (depth_max)");
            let refusal = Refusal::new(ArchiveRule::TooDeep, text).at(&entry.path);
            return Err(Failure::from(refusal).into());
        }
        self.survey.depth = self.survey.depth.max(depth);
        self.survey.nested_archives += 1;
        let mut watched = Watched {
            content,
            sink: self.visitor.packed(entry),
        };
        self.archive(&mut watched, format, None, Some(entry))?;
        let packed_bytes = watched.content.read_bytes();
        let left = self.visitor.leave(entry, watched.sink, packed_bytes);
        left.map_err(ArchiveError::Visitor)
    }
}

// The first bytes say how many more are worth looking at.
fn format_of(content: &mut Content<'_>, path: &str) -> io::Result<Option<ArchiveFormat>> {
    let wanted = needed_bytes(content.peek(MAGIC_BYTES_MAX)?);
    Ok(recognize_package(content.peek(wanted)?, path))
}

fn placed(failure: Failure, around: Option<&Entry>) -> Failure {
    match failure {
        Failure::Refused(refusal) => Failure::Refused(refusal.in_archive(around.map(|entry| entry.path.as_str()))),
        failure @ Failure::Input(_) => failure,
    }
}

/// The packed bytes of a nested archive, seen as they pass.
struct Watched<'a, S> {
    content: Content<'a>,
    sink: S,
}

impl<S: PackedSink> Read for Watched<'_, S> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(target)?;
        self.sink.packed(&target[..read]);
        Ok(read)
    }
}
