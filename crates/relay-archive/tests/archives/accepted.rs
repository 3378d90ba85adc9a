//! What is in order is read: every entry, byte for byte, in every format and form.

use std::io::{Cursor, Read, Write};

use proptest::prelude::*;
use relay_archive::{ArchiveFormat, recognize};
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::support::*;

type Listing = Vec<(String, Option<Vec<u8>>)>;

fn listing() -> Listing {
    let noise: Vec<u8> = (0..200_000u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    vec![
        ("data".to_owned(), None),
        ("data/a.csv".to_owned(), Some(b"a,b\n1,2\n".to_vec())),
        ("data/empty.txt".to_owned(), Some(Vec::new())),
        ("data/noise.bin".to_owned(), Some(noise)),
        ("data/zahlen äöü.csv".to_owned(), Some(b"1\n".repeat(70_000))),
        ("no-folder-entry/b.txt".to_owned(), Some(b"b".to_vec())),
    ]
}

fn zip_by_library(listing: &Listing, options: SimpleFileOptions) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in listing {
        match content {
            Some(content) => {
                writer.start_file(path.as_str(), options).unwrap();
                writer.write_all(content).unwrap();
            }
            None => writer.add_directory(path.as_str(), options).unwrap(),
        }
    }
    writer.finish().unwrap().into_inner()
}

fn streamed_zip_by_library(listing: &Listing) -> Vec<u8> {
    let mut writer = ZipWriter::new_stream(Vec::new());
    for (path, content) in listing {
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        if let Some(content) = content {
            writer.start_file(path.as_str(), options).unwrap();
            writer.write_all(content).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

fn tar_by_library(listing: &Listing, new_header: fn() -> tar::Header) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, content) in listing {
        let mut header = new_header();
        let content = content.as_deref();
        header.set_size(content.map_or(0, |content| content.len() as u64));
        header.set_mode(0o644);
        header.set_entry_type(match content {
            Some(_) => tar::EntryType::Regular,
            None => tar::EntryType::Directory,
        });
        builder
            .append_data(&mut header, path, content.unwrap_or_default())
            .unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn zips_of_a_library_are_read_in_every_form() {
    let listing = listing();
    for method in [zip::CompressionMethod::Stored, zip::CompressionMethod::Deflated] {
        for is_large in [false, true] {
            let options = SimpleFileOptions::default()
                .compression_method(method)
                .large_file(is_large);
            let bytes = zip_by_library(&listing, options);
            assert_eq!(recognize(&bytes), Some(ArchiveFormat::Zip));
            assert_eq!(entries(&bytes, ArchiveFormat::Zip), listing, "{method} {is_large}");
        }
    }
}

#[test]
fn a_zip_that_was_written_to_a_pipe_is_read() {
    let bytes = streamed_zip_by_library(&listing());
    let files: Listing = listing().into_iter().filter(|(_, content)| content.is_some()).collect();
    assert_eq!(entries(&bytes, ArchiveFormat::Zip), files);
}

#[test]
fn tars_of_a_library_are_read_plain_and_compressed() {
    let mut listing = listing();
    listing.push((format!("long/{}/name.txt", "x".repeat(120)), Some(b"long".to_vec())));
    for new_header in [tar::Header::new_gnu, tar::Header::new_ustar] {
        let plain = tar_by_library(&listing, new_header);
        assert_eq!(recognize(&plain), Some(ArchiveFormat::Tar));
        assert_eq!(entries(&plain, ArchiveFormat::Tar), listing);
        assert_eq!(recognize(&gzip(&plain)[..4096]), Some(ArchiveFormat::TarGzip));
        for (format, pack) in COMPRESSED {
            let packed = pack(&plain);
            assert_eq!(recognize(&packed), Some(format));
            assert_eq!(entries(&packed, format), listing);
        }
    }
}

#[test]
fn members_and_frames_and_streams_in_a_row_are_one_stream() {
    let plain = tar_by_library(&listing(), tar::Header::new_gnu);
    let (front, back) = plain.split_at(100_001);
    for (format, pack) in COMPRESSED {
        let packed = [pack(front), pack(b""), pack(back)].concat();
        assert_eq!(entries(&packed, format), listing(), "{}", format.name());
    }
    // The .xz file format, section 2.2: zeros in fours.
    let packed = [xz(front), vec![0; 4], xz(back), vec![0; 8]].concat();
    assert_eq!(entries(&packed, ArchiveFormat::TarXz), listing());
    let skippable = b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec();
    let packed = [skippable, zstd(front), zstd(back)].concat();
    assert_eq!(recognize(&packed), Some(ArchiveFormat::TarZstd));
    assert_eq!(entries(&packed, ArchiveFormat::TarZstd), listing());
}

#[test]
fn empty_archives_are_archives() {
    assert_eq!(entries(&zip_of(&[]), ArchiveFormat::Zip), []);
    assert_eq!(entries(&[0; 10_240], ArchiveFormat::Tar), []);
}

#[test]
fn old_forms_of_tar_are_read() {
    let v7 = |name: &[u8], size, flag| tar_header(name, size, flag, |block| block[257..265].fill(0)).to_vec();
    let old = tar_of(&[v7(b"f/", 0, 0), v7(b"f/a", 0, 0), v7(b"b", 0, 0)]);
    assert_eq!(recognize(&old), Some(ArchiveFormat::Tar));
    let paths: Vec<_> = entries(&old, ArchiveFormat::Tar)
        .into_iter()
        .map(|(path, content)| (path, content.is_some()))
        .collect();
    assert_eq!(
        paths,
        [
            ("f".to_owned(), false),
            ("f/a".to_owned(), true),
            ("b".to_owned(), true)
        ]
    );
    let spaced = tar_header(b"a", 3, b'0', |block| block[124..136].copy_from_slice(b"          3 "));
    let based = tar_header(b"b", 3, b'0', |block| {
        block[124..136].copy_from_slice(b"\x80\0\0\0\0\0\0\0\0\0\0\x03");
    });
    let prefixed = tar_header(b"c", 0, b'0', |block| block[345..349].copy_from_slice(b"deep"));
    let gnu_times = tar_header(b"d", 0, b'0', |block| {
        block[257..265].copy_from_slice(b"ustar  \0");
        block[345..356].copy_from_slice(b"14371573450");
    });
    let bytes = tar_of(&[
        padded(&[&spaced[..], b"one"].concat()),
        padded(&[&based[..], b"two"].concat()),
        prefixed.to_vec(),
        gnu_times.to_vec(),
    ]);
    let expected = [("a", "one"), ("b", "two"), ("deep/c", ""), ("d", "")];
    let expected = expected.map(|(path, content)| (path.to_owned(), Some(content.as_bytes().to_vec())));
    assert_eq!(entries(&bytes, ArchiveFormat::Tar), expected);
}

#[test]
fn pax_records_name_and_size_the_entry_behind_them() {
    let path = format!("{}/ä.csv", "p".repeat(200));
    let record = [
        pax_field("mtime", b"1700000000.5"),
        pax_field("path", path.as_bytes()),
        pax_field("size", b"3"),
    ];
    let global = tar_entry("pax_global_header", b'g', &pax_field("comment", b"0123456789abcdef"));
    let entry = padded(&[&tar_header(b"short", 3, b'0', |_| {})[..], b"one"].concat());
    let bytes = tar_of(&[global, tar_entry("PaxHeaders/x", b'x', &record.concat()), entry]);
    assert_eq!(entries(&bytes, ArchiveFormat::Tar), [(path, Some(b"one".to_vec()))]);
}

#[test]
fn a_unicode_path_field_names_what_old_encodings_cannot() {
    let raw = b"z\x84hler.csv";
    let field = [&[1][..], &crc32(raw).to_le_bytes(), "zähler.csv".as_bytes()].concat();
    let entry = ZipEntry::stored("x", b"1").both(|head| {
        head.name = raw.to_vec();
        head.extra = extra(0x7075, &field);
    });
    let expected = [("zähler.csv".to_owned(), Some(b"1".to_vec()))];
    assert_eq!(entries(&zip_of(&[entry]), ArchiveFormat::Zip), expected);
}

fn name() -> impl Strategy<Value = String> {
    proptest::string::string_regex("[a-z0-9äß._ -]{0,12}[a-z0-9]").unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever a library packs and its own reader reads, this crate reads the same.
    #[test]
    fn the_library_and_this_crate_agree(
        files in prop::collection::btree_map((name(), name()), prop::collection::vec(any::<u8>(), 0..3000), 0..12),
        is_deflated: bool,
        is_streamed: bool,
    ) {
        let listing: Listing = files
            .into_iter()
            .map(|((folder, file), content)| (format!("{folder}/{file}"), Some(content)))
            .collect();
        let method = if is_deflated { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
        let bytes = if is_streamed {
            streamed_zip_by_library(&listing)
        } else {
            zip_by_library(&listing, SimpleFileOptions::default().compression_method(method))
        };
        let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
        let by_library: Listing = (0..archive.len())
            .map(|index| {
                let mut file = archive.by_index(index).unwrap();
                let mut content = Vec::new();
                file.read_to_end(&mut content).unwrap();
                (file.name().unwrap().into_owned(), Some(content))
            })
            .collect();
        let found = match read(&bytes, ArchiveFormat::Zip) {
            Ok((collector, _)) => collector.entries,
            Err(refusal) => return Err(TestCaseError::fail(refusal.to_string())),
        };
        prop_assert_eq!(&found, &by_library);
        prop_assert_eq!(found, listing.clone());

        let plain = tar_by_library(&listing, tar::Header::new_gnu);
        let from_tar = read(&plain, ArchiveFormat::Tar).map(|(collector, _)| collector.entries);
        prop_assert_eq!(from_tar.unwrap(), listing);
    }
}
