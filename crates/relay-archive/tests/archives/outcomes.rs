//! Whose fault it was: the input's, the visitor's, the archive's; and what a visitor need not do.

use std::io::{self, Read};

use relay_archive::{
    ArchiveError, ArchiveFormat, ArchiveLimits, ArchiveRule, ArchiveSurvey, Content, Entry, Visitor, read_archive,
};

use crate::support::*;

fn samples() -> Vec<(Vec<u8>, ArchiveFormat)> {
    let csv = b"city,n\nRome,1\n".repeat(50);
    let inner = zip_of(&[ZipEntry::deflated("a.csv", &csv)]);
    let tar = tar_of(&[tar_entry("a.csv", b'0', &csv), tar_entry("in.zip", b'0', &inner)]);
    let mut samples = vec![(
        zip_of(&[
            ZipEntry::deflated("in.zip", &inner).streamed(true, false),
            ZipEntry::stored("b.csv", &csv),
        ]),
        ArchiveFormat::Zip,
    )];
    samples.extend(packed(&tar));
    samples
}

/// Gives `bytes` in pieces, with interruptions, then fails.
struct Failing<'a> {
    bytes: &'a [u8],
    piece: usize,
    is_interrupted: bool,
    fails: bool,
}

impl Read for Failing<'_> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        self.is_interrupted = !self.is_interrupted;
        if self.is_interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if self.bytes.is_empty() && self.fails {
            return Err(io::Error::new(io::ErrorKind::ConnectionReset, "the network is gone"));
        }
        let length = self.piece.min(target.len()).min(self.bytes.len());
        target[..length].copy_from_slice(&self.bytes[..length]);
        self.bytes = &self.bytes[length..];
        Ok(length)
    }
}

#[test]
fn an_error_of_the_input_is_never_a_verdict() {
    for (bytes, format) in samples() {
        for length in 0..=bytes.len() {
            let input = Failing {
                bytes: &bytes[..length],
                piece: 4096,
                is_interrupted: false,
                fails: true,
            };
            let result = read_archive(input, format, &ArchiveLimits::default(), &mut Collector::default());
            match result {
                Err(ArchiveError::Input(error)) => {
                    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
                    assert_eq!(error.to_string(), "the network is gone");
                }
                other => panic!("{} after {length}: {other:?}", format.name()),
            }
        }
    }
}

#[test]
fn it_does_not_matter_in_which_pieces_the_input_comes() {
    for (bytes, format) in samples() {
        let expected = entries(&bytes, format);
        for piece in [1, 7, 512] {
            let input = Failing {
                bytes: &bytes,
                piece,
                is_interrupted: false,
                fails: false,
            };
            let mut collector = Collector::default();
            read_archive(input, format, &ArchiveLimits::default(), &mut collector).unwrap();
            assert_eq!(collector.entries, expected);
        }
    }
}

/// Reads some bytes of each file, ignores errors, or gives up.
struct Lazy {
    bytes: usize,
    gives_up: bool,
}

#[derive(Debug, PartialEq)]
struct Tired;

impl Visitor for Lazy {
    type Error = Tired;
    type Packed = ();

    fn file(&mut self, _entry: &Entry, content: &mut Content<'_>) -> Result<(), Tired> {
        // Whatever comes of it.
        let read = content.take(self.bytes as u64).read_to_end(&mut Vec::new());
        assert!(content.read_bytes() <= self.bytes as u64);
        if self.gives_up || read.is_err() {
            Err(Tired)
        } else {
            Ok(())
        }
    }
}

fn lazily(bytes: &[u8], format: ArchiveFormat, mut lazy: Lazy) -> Result<ArchiveSurvey, ArchiveError<Tired>> {
    read_archive(bytes, format, &ArchiveLimits::default(), &mut lazy)
}

#[test]
fn what_a_visitor_leaves_is_read_and_checked() {
    for (bytes, format) in samples() {
        let whole = lazily(
            &bytes,
            format,
            Lazy {
                bytes: usize::MAX,
                gives_up: false,
            },
        )
        .unwrap();
        for some in [0, 1, 300] {
            let survey = lazily(
                &bytes,
                format,
                Lazy {
                    bytes: some,
                    gives_up: false,
                },
            )
            .unwrap();
            assert_eq!(survey, whole);
        }
    }
    let lying = zip_of(&[ZipEntry::stored("a", b"abc").both(|head| head.crc32 ^= 1)]);
    for bytes in [0, 1, 3, 4] {
        let result = lazily(&lying, ArchiveFormat::Zip, Lazy { bytes, gives_up: false });
        assert!(matches!(result, Err(ArchiveError::Refused(refusal)) if refusal.rule == ArchiveRule::ChecksumMismatch));
    }
}

#[test]
fn the_error_of_a_visitor_is_its_own() {
    for (bytes, format) in samples() {
        let result = lazily(
            &bytes,
            format,
            Lazy {
                bytes: 1,
                gives_up: true,
            },
        );
        assert!(matches!(result, Err(ArchiveError::Visitor(Tired))));
    }
}

/// What a transform is given: anything that reads and can be sent.
fn length_of<R: Read + Send>(mut input: R) -> io::Result<u64> {
    io::copy(&mut input, &mut io::sink())
}

struct Streaming(u64);

impl Visitor for Streaming {
    type Error = io::Error;
    type Packed = ();

    fn file(&mut self, _entry: &Entry, content: &mut Content<'_>) -> io::Result<()> {
        self.0 += length_of(content)?;
        Ok(())
    }
}

#[test]
fn content_can_be_streamed_into_what_takes_readers() {
    let bytes = zip_of(&[ZipEntry::deflated("a", &[1; 1000]), ZipEntry::stored("b", &[2; 10])]);
    let mut streaming = Streaming(0);
    read_archive(
        &bytes[..],
        ArchiveFormat::Zip,
        &ArchiveLimits::default(),
        &mut streaming,
    )
    .unwrap();
    assert_eq!(streaming.0, 1010);
}

#[test]
fn errors_name_rules_and_places_and_no_content() {
    let secret = b"4111111111111111";
    let entry = ZipEntry::deflated("card.csv", secret).both(|head| head.crc32 ^= 1);
    let result = lazily(
        &zip_of(&[entry]),
        ArchiveFormat::Zip,
        Lazy {
            bytes: 1,
            gives_up: false,
        },
    );
    let error = result.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(
        shown.contains("archive_checksum_mismatch") && shown.contains("card.csv"),
        "{shown}"
    );
    assert!(!shown.contains("4111"), "{shown}");
}

#[test]
fn every_rule_has_a_name_and_two_sentences() {
    let mut names = std::collections::BTreeSet::new();
    for rule in ArchiveRule::ALL {
        assert!(names.insert(rule.name()) && rule.name().starts_with("archive_"));
        assert!(
            rule.name()
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        );
        assert!(rule.rule().ends_with('.') && rule.remedy().ends_with('.'), "{rule}");
    }
}
