//! Archives: two readings that go about it differently agree, what comes out is within the limits, and of what is accepted an
//! independent reader says the same.

use std::collections::HashSet;
use std::io::{self, Read};

use relay_archive::{
    ArchiveError, ArchiveFormat, ArchiveLimits, ArchiveSurvey, Content, Entry, EntryKind, Nesting, Refusal, Visitor,
    read_archive, recognize_package,
};

use crate::choices::Choices;
use crate::target::peak_bytes_of;
use crate::text::assert_shown;
use crate::{independent, made, seeds};

pub const ZIP_WORDS: &[&[u8]] = &[
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"PK\x06\x06",
    b"PK\x06\x07",
    b"PK\x07\x08",
    b"\xff\xff\xff\xff",
    b"\x75\x70",
    b"\x01\0\x10\0",
    b"../",
    b"/",
];
pub const TAR_WORDS: &[&[u8]] = &[
    b"ustar\x0000",
    b"ustar  \0",
    b"././@LongLink",
    b"12 path=a.b\n",
    b"9 size=1\n",
    b"00000000017\0",
    b"\x80\0\0\0",
    b"\x1f\x8b\x08\0",
    b"\x28\xb5\x2f\xfd",
    b"BZh11AY&SY",
    b"\xfd7zXZ\0",
    b"../",
    b"5",
    b"L",
    b"x",
    b"g",
];

/// How much a reading may take that keeps nothing: for each of three levels its buffers, a decoder (of bzip2: 3.6 MiB, once more
/// to tell what begins there) and what was read ahead of a block of bzip2; and the names.
const READING_BYTES_MAX: usize = 24 << 20;
/// How much is read of a content that is left half read, in bytes.
const HALF_BYTES: usize = 10;

/// Small limits, so that small inputs reach them.
pub fn limits() -> ArchiveLimits {
    ArchiveLimits {
        entries_max: 40,
        depth_max: 2,
        entry_bytes_max: 256 << 10,
        unpacked_bytes_max: 512 << 10,
        unpacked_ratio_max: 100,
        unpacked_bytes_unchecked: 64 << 10,
        name_bytes_max: 200,
        name_segments_max: 12,
        metadata_bytes_max: 4 << 10,
    }
}

/// The bytes of a zip, as they are.
pub fn zip(input: &[u8]) {
    archive(input, ArchiveFormat::Zip);
}

pub fn zip_seeds() -> Vec<Vec<u8>> {
    seeds::zips()
}

/// Decisions from which a zip is made.
pub fn zip_made(input: &[u8]) {
    archive(&made::zip::make(&mut Choices::new(input), 0), ArchiveFormat::Zip);
}

/// Decisions from which a tar is made, which may be compressed.
pub fn tar_made(input: &[u8]) {
    let mut choices = Choices::new(input);
    let packing = choices.byte();
    packed_tar(packing, &made::tar::make(&mut choices, 0));
}

pub fn made_seeds() -> Vec<Vec<u8>> {
    seeds::decisions()
}

/// How it is packed, and the bytes of a tar.
pub fn tar(input: &[u8]) {
    let Some((packing, bytes)) = input.split_first() else {
        return;
    };
    if packing & 4 == 0 {
        packed_tar(*packing, bytes);
    } else {
        packed_tar(*packing, &made::tar::repaired(bytes));
    }
}

pub fn tar_seeds() -> Vec<Vec<u8>> {
    let packings = (0..6u8).flat_map(|packing| [packing << 3, packing << 3 | 4]);
    let tars = seeds::tars();
    packings
        .flat_map(|packing| tars.iter().map(move |tar| [&[packing][..], tar].concat()))
        .collect()
}

/// The bytes of a compressed tar, as they are.
pub fn tar_packed(input: &[u8]) {
    archive(input, ArchiveFormat::TarGzip);
    archive(input, ArchiveFormat::TarZstd);
    archive(input, ArchiveFormat::TarBzip2);
    archive(input, ArchiveFormat::TarXz);
}

pub fn tar_packed_seeds() -> Vec<Vec<u8>> {
    let tars = seeds::tars();
    let packed = tars.iter().flat_map(|tar| made::PACKERS.map(|pack| pack(tar)));
    packed.chain(seeds::in_two()).collect()
}

fn packed_tar(packing: u8, bytes: &[u8]) {
    match packing >> 3 & 7 {
        1 => archive(&made::gzip(bytes), ArchiveFormat::TarGzip),
        2 => archive(&made::zstd(bytes), ArchiveFormat::TarZstd),
        3 => archive(&made::bzip2(bytes), ArchiveFormat::TarBzip2),
        4 => archive(&made::xz(bytes), ArchiveFormat::TarXz),
        _ => archive(bytes, ArchiveFormat::Tar),
    }
}

fn archive(bytes: &[u8], format: ArchiveFormat) {
    let limits = limits();
    let mut fleeting = Reading::new(How::Half);
    let (outcome, peak_bytes) = peak_bytes_of(|| read(Dripping(bytes), format, &limits, &mut fleeting));
    assert!(peak_bytes <= READING_BYTES_MAX, "reading took {peak_bytes} bytes");
    let mut whole = Reading::new(How::Whole);
    let other_outcome = read(bytes, format, &limits, &mut whole);
    assert_eq!(outcome.is_ok(), other_outcome.is_ok(), "{outcome:?} {other_outcome:?}");
    check_bounds(&whole, &limits);
    match (outcome, other_outcome) {
        (Ok(survey), Ok(other)) => {
            assert_eq!(survey, other, "two readings, two surveys");
            assert!(fleeting.paths().eq(whole.paths()), "two readings, two archives");
            check_survey(&survey, &whole, bytes);
            let mut kept = Reading::new(How::Kept);
            let survey =
                read(bytes, format, &limits, &mut kept).expect("what is accepted with what is in it, is without");
            assert_eq!(survey.nested_archives, 0);
            independent::compare(bytes, format, &kept.entries);
        }
        (Err(refusal), Err(other)) => {
            for refusal in [&refusal, &other] {
                assert_shown(&refusal.to_string());
            }
            // Which of two faults is met first may hang on how much is read at a time, where one of them is found by counting.
            assert!(
                refusal == other || is_counted(&refusal) || is_counted(&other),
                "{refusal} {other}"
            );
        }
        _ => unreachable!("compared above"),
    }
    let _ = recognize_package(bytes, "a.bin");
}

/// Whether it is a limit, or the length that a header gave.
fn is_counted(refusal: &Refusal) -> bool {
    let name = refusal.rule.name();
    ["too_large", "too_many", "ratio", "size_mismatch"]
        .iter()
        .any(|part| name.contains(part))
}

fn check_bounds(reading: &Reading, limits: &ArchiveLimits) {
    assert!(reading.entries.len() as u64 <= limits.entries_max);
    let mut names = HashSet::new();
    for (path, content) in &reading.entries {
        assert_shown(path);
        assert!(path.len() <= limits.name_bytes_max && path.split('/').count() <= limits.name_segments_max);
        assert!(
            path.split('/').all(|segment| !matches!(segment, "" | "." | "..")),
            "{path:?}"
        );
        assert!(!path.contains('\\') && !path.starts_with('/'), "{path:?}");
        assert!(names.insert(path.to_lowercase()), "{path:?} came twice");
        let bytes = content.as_ref().map_or(0, Vec::len) as u64;
        assert!(bytes <= limits.entry_bytes_max, "{path:?} has {bytes} bytes");
    }
}

fn check_survey(survey: &ArchiveSurvey, reading: &Reading, bytes: &[u8]) {
    let limits = limits();
    assert_eq!(survey.packed_bytes, bytes.len() as u64, "all of it was read");
    assert!(survey.unpacked_bytes <= limits.unpacked_bytes_max);
    assert!(survey.depth <= limits.depth_max);
    assert_eq!(survey.entries, reading.entries.len() as u64 + survey.nested_archives);
    let files = reading.entries.iter().filter(|(_, content)| content.is_some()).count() as u64;
    assert_eq!(survey.files, files + survey.nested_archives);
}

type Outcome = Result<ArchiveSurvey, Refusal>;

fn read(input: impl Read + Send, format: ArchiveFormat, limits: &ArchiveLimits, visitor: &mut Reading) -> Outcome {
    match read_archive(input, format, limits, visitor) {
        Ok(survey) => Ok(survey),
        Err(ArchiveError::Refused(refusal)) => Err(refusal),
        // The input is in memory, and the visitor takes everything.
        Err(error) => panic!("{error:?}"),
    }
}

enum How {
    /// Every content to its end, that of archives within it too.
    Whole,
    /// A few bytes of each content.
    Half,
    /// Archives within it are files like others.
    Kept,
}

/// Notes what it is given.
struct Reading {
    how: How,
    entries: Vec<(String, Option<Vec<u8>>)>,
}

impl Reading {
    const fn new(how: How) -> Self {
        let entries = Vec::new();
        Self { how, entries }
    }

    fn paths(&self) -> impl Iterator<Item = (&str, bool)> {
        self.entries
            .iter()
            .map(|(path, content)| (path.as_str(), content.is_some()))
    }
}

impl Visitor for Reading {
    type Error = io::Error;
    type Packed = ();

    fn file(&mut self, entry: &Entry, content: &mut Content<'_>) -> io::Result<()> {
        assert_eq!(entry.kind, EntryKind::File);
        let mut bytes = Vec::new();
        let read = match self.how {
            How::Half => content.take(HALF_BYTES as u64).read_to_end(&mut bytes),
            How::Whole | How::Kept => content.read_to_end(&mut bytes),
        };
        let length = bytes.len() as u64;
        self.entries.push((entry.path.clone(), Some(bytes)));
        if read.is_ok() && !matches!(self.how, How::Half) {
            assert!(entry.announced_bytes.is_none_or(|announced| announced == length));
        }
        // What becomes of a failure does not matter: it is kept.
        Ok(())
    }

    fn folder(&mut self, entry: &Entry) -> io::Result<()> {
        assert_eq!(entry.kind, EntryKind::Folder);
        self.entries.push((entry.path.clone(), None));
        Ok(())
    }

    fn enter(&mut self, _entry: &Entry, _format: ArchiveFormat) -> io::Result<Nesting> {
        Ok(match self.how {
            How::Kept => Nesting::Keep,
            How::Whole | How::Half => Nesting::Descend,
        })
    }
}

/// Gives its bytes in pieces of changing length, with an interruption now and then.
pub struct Dripping<'a>(pub &'a [u8]);

impl Read for Dripping<'_> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let wanted = self.0.len() % 7 + 1;
        let length = target.len().min(wanted * 13);
        self.0.read(&mut target[..length])
    }
}
