//! Readers that share no code with ours, on what ours accepted.

use std::io::{Cursor, Read as _};

use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use lzma_rust2::XzReader;
use relay_archive::ArchiveFormat;

type Entries = [(String, Option<Vec<u8>>)];

/// That the libraries of this format find the same entries, in the same order, with the same contents.
pub fn compare(bytes: &[u8], format: ArchiveFormat, entries: &Entries) {
    let unpacked;
    let tar: &[u8] = match format {
        ArchiveFormat::Zip => return compare_zip(bytes, entries),
        ArchiveFormat::Tar => bytes,
        ArchiveFormat::TarGzip => {
            let mut tar = Vec::new();
            MultiGzDecoder::new(bytes).read_to_end(&mut tar).unwrap();
            unpacked = tar;
            &unpacked
        }
        ArchiveFormat::TarZstd => {
            unpacked = zstd::decode_all(bytes).unwrap();
            &unpacked
        }
        ArchiveFormat::TarBzip2 => {
            let mut tar = Vec::new();
            MultiBzDecoder::new(bytes).read_to_end(&mut tar).unwrap();
            unpacked = tar;
            &unpacked
        }
        ArchiveFormat::TarXz => {
            let mut tar = Vec::new();
            XzReader::new(bytes, true).read_to_end(&mut tar).unwrap();
            unpacked = tar;
            &unpacked
        }
    };
    compare_tar(tar, entries);
}

fn compare_zip(bytes: &[u8], entries: &Entries) {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("zip reads it");
    assert_eq!(archive.len(), entries.len(), "zip finds other entries");
    for (path, content) in entries {
        // The library knows entries by their place in the directory, which may be in another order.
        let name = if content.is_some() {
            path.clone()
        } else {
            format!("{path}/")
        };
        let Some(found) = archive.index_for_name(&name) else {
            // Without the flag for UTF-8 the library takes a name for text of an old code page (docs/PACKAGES.md).
            let found: Vec<_> = archive.file_names().collect();
            assert!(!path.is_ascii(), "zip does not find {name:?} among {found:?}");
            continue;
        };
        let mut entry = archive.by_index(found).expect("zip opens it");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("zip reads the entry");
        assert!(
            bytes == content.as_deref().unwrap_or_default(),
            "{path}: zip reads another content"
        );
    }
}

fn compare_tar(bytes: &[u8], entries: &Entries) {
    let mut archive = tar::Archive::new(bytes);
    let mut expected = entries.iter();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.expect("tar reads it");
        if entry.header().entry_type() == tar::EntryType::XGlobalHeader {
            continue;
        }
        let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        if name == "." || name == "./" {
            continue;
        }
        let name = name.strip_prefix("./").unwrap_or(&name);
        // Of the NULs behind a GNU long name the library drops one; GNU tar and Python's tarfile end the name at the first.
        let name = name.trim_end_matches('\0');
        let (path, content) = expected.next().expect("tar finds more entries");
        assert_eq!(name.trim_end_matches('/'), path, "tar gives it another name");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("tar reads the entry");
        assert!(
            bytes == content.as_deref().unwrap_or_default(),
            "{path}: tar reads another content"
        );
    }
    assert!(expected.next().is_none(), "tar finds fewer entries");
}
