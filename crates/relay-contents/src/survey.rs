//! The first pass over an archive: is it sound, what is it as a whole? Nothing is written.

use std::collections::BTreeSet;
use std::io::{self, Cursor, Read};

use relay_archive::{
    ArchiveError, ArchiveFormat, ArchiveSurvey, Content, Entry, Nesting, Refusal, Visitor, read_archive,
};
use relay_bagit::{BagLimits, BagTags, Survey};
use relay_model::{Reason, ReasonCode, TableLimits, escape_for_display};
use relay_rules::{CONTENT_PREFIX_BYTES, is_system_file, sniff};
use relay_transform::{Digested, HashingReader, TransformError, Watch, check_packed};

use crate::bag::is_tag_file;
use crate::descriptor_search::{DescriptorSearch, FoundDescriptor};
use crate::observed::{Observed, input_error, read_prefix};
use crate::outcome::disagreement;
use crate::request::{Package, Request};

/// What the first pass found.
pub(crate) struct Surveyed {
    /// The package's own bytes, all of them.
    pub(crate) digested: Digested,
    pub(crate) found: Result<Sound, Reason>,
}

/// An archive that may be taken apart.
pub(crate) struct Sound {
    pub(crate) survey: ArchiveSurvey,
    pub(crate) bag: Option<BagTags>,
    pub(crate) descriptor: Option<FoundDescriptor>,
    /// How often the package has been read so far.
    pub(crate) passes: u32,
}

/// Reads an archive to its end; if it is refused, what is left of the package is read for its hash.
///
/// An archive with the name of a bag's tag file is read as the text that it should be. Whether there is a bag is known at the end
/// only; if there is none, such an archive is one like any other, and the package is read once more to look into it.
pub(crate) fn survey(
    package: &dyn Package,
    first: Box<dyn Read + Send + '_>,
    format: ArchiveFormat,
    request: &Request<'_>,
    watch: &Watch<'_>,
) -> Result<Surveyed, TransformError> {
    let (surveyed, unread) = survey_once(first, format, request, BTreeSet::new(), watch)?;
    if unread.is_empty() || surveyed.found.is_err() {
        return Ok(surveyed);
    }
    let (mut again, unread) = survey_once(package.open(), format, request, unread, watch)?;
    if again.digested != surveyed.digested || !unread.is_empty() {
        return Err(disagreement());
    }
    if let Ok(sound) = &mut again.found {
        sound.passes += 1;
    }
    Ok(again)
}

// Also returns the archives that were taken for tag files and are none.
fn survey_once(
    input: Box<dyn Read + Send + '_>,
    format: ArchiveFormat,
    request: &Request<'_>,
    descend: BTreeSet<String>,
    watch: &Watch<'_>,
) -> Result<(Surveyed, BTreeSet<String>), TransformError> {
    let mut input = HashingReader::new(Observed::new(input, watch));
    let quiet = Watch {
        is_cancelled: watch.is_cancelled,
        on_progress: &|_| {},
    };
    let mut surveyor = Surveyor {
        bag: Survey::new(&BagLimits::default()),
        descriptors: DescriptorSearch::default(),
        descriptor_bytes_max: request.limits.data_package.descriptor_bytes_max as u64,
        limits: &request.limits.table,
        descend,
        taken_for_tags: BTreeSet::new(),
        watch: &quiet,
    };
    let mut unread = BTreeSet::new();
    let found = match read_archive(&mut input, format, &request.limits.archive, &mut surveyor) {
        Ok(survey) => {
            let bag = surveyor.bag.finish();
            unread = surveyor.taken_for_tags;
            unread.retain(|path| !bag.as_ref().is_some_and(|tags| is_tag_file(tags, path)));
            let descriptor = surveyor.descriptors.finish(bag.as_ref());
            Ok(Sound {
                survey,
                bag,
                descriptor,
                passes: 1,
            })
        }
        Err(ArchiveError::Input(error) | ArchiveError::Visitor(Stop::Read(error))) => {
            return Err(input_error(error, watch));
        }
        Err(ArchiveError::Refused(refusal)) => Err(refused(&refusal)),
        Err(ArchiveError::Visitor(Stop::Refused(reason))) => Err(reason),
        Err(ArchiveError::Visitor(Stop::Check(error))) => return Err(error),
    };
    if found.is_err() {
        io::copy(&mut input, &mut io::sink()).map_err(|error| input_error(error, watch))?;
    }
    let digested = input.finish();
    Ok((Surveyed { digested, found }, unread))
}

/// Why an archive is set aside that breaks a rule for archives.
pub(crate) fn refused(refusal: &Refusal) -> Reason {
    let text = match &refusal.place {
        Some(place) => format!("{place}: {}", refusal.text),
        None => refusal.text.clone(),
    };
    Reason::new(ReasonCode::ArchiveRefused, text).by_rule(refusal.rule.name())
}

struct Surveyor<'a> {
    bag: Survey,
    descriptors: DescriptorSearch,
    descriptor_bytes_max: u64,
    limits: &'a TableLimits,
    /// Archives that are read as archives whatever they are called.
    descend: BTreeSet<String>,
    taken_for_tags: BTreeSet<String>,
    // Progress is told by the package's own bytes.
    watch: &'a Watch<'a>,
}

enum Stop {
    Refused(Reason),
    Read(io::Error),
    Check(TransformError),
}

impl Visitor for Surveyor<'_> {
    type Error = Stop;
    type Packed = ();

    fn file(&mut self, entry: &Entry, content: &mut Content<'_>) -> Result<(), Stop> {
        let mut bytes = read_prefix(content, CONTENT_PREFIX_BYTES).map_err(Stop::Read)?;
        let kind = sniff(&bytes, bytes.len() < CONTENT_PREFIX_BYTES);
        if kind.is_executable() {
            let text = format!(
                "{}: the file is a program ({})",
                escape_for_display(&entry.path),
                kind.name()
            );
            return Err(Stop::Refused(Reason::new(ReasonCode::EntryNotAllowed, text)));
        }
        if kind.is_compressed() {
            let packed = Cursor::new(&bytes).chain(&mut *content);
            if let Some(mut reason) = check_packed(packed, self.limits, self.watch).map_err(Stop::Check)? {
                reason.text = format!("{}: {}", escape_for_display(&entry.path), reason.text);
                return Err(Stop::Refused(reason));
            }
        }
        // What is in an archive within a bag is not of the bag; that archive is. What nobody meant to pack says nothing of the rest.
        if entry.depth > 0 || is_system_file(&entry.path) {
            return Ok(());
        }
        if self.descriptors.file(&entry.path) {
            read_on(&mut bytes, content, self.descriptor_bytes_max)?;
            self.descriptors.bytes(&entry.path, bytes);
        } else if let Some(wanted) = self.bag.file(&entry.path) {
            read_on(&mut bytes, content, wanted)?;
            self.bag.tag_file(&entry.path, bytes);
        }
        Ok(())
    }

    fn enter(&mut self, entry: &Entry, _format: ArchiveFormat) -> Result<Nesting, Stop> {
        // A manifest is text; one that is an archive is read as the text that it should be.
        let is_tag_file = entry.depth == 0
            && !is_system_file(&entry.path)
            && !self.descend.contains(&entry.path)
            && self.bag.file(&entry.path).is_some();
        if !is_tag_file {
            return Ok(Nesting::Descend);
        }
        self.taken_for_tags.insert(entry.path.clone());
        Ok(Nesting::Keep)
    }
}

// One byte more than is allowed, so that a longer file shows.
fn read_on(bytes: &mut Vec<u8>, content: &mut Content<'_>, bytes_max: u64) -> Result<(), Stop> {
    let left = (bytes_max + 1).saturating_sub(bytes.len() as u64);
    content.take(left).read_to_end(bytes).map_err(Stop::Read)?;
    Ok(())
}
