//! Every file of a store and of the token keys, for verification: what it is, and whether it is whole.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use relay_model::{BucketName, ObjectVersion, OrganizationId, Sha256Digest, error_chain};
use sha2::{Digest, Sha256};

use super::keys;
use super::layout::{BucketFolder, FileName, version_id};
use super::reader::{self, OpenError};

/// How much is read at once, in bytes.
const CHUNK_BYTES: usize = 256 * 1024;
/// The store's own folder for what is not an object yet: nothing reads it but whoever writes there.
const TEMPORARY_FOLDER: &str = ".tmp";

/// A version whose file is whole: its header is what was written, and its bytes have the hash and length that it says.
pub(crate) struct WholeVersion {
    pub(crate) object: ObjectVersion,
    pub(crate) size_bytes: u64,
    pub(crate) sha256: Sha256Digest,
    pub(crate) declared_sha256: Option<Sha256Digest>,
}

/// One file of a store.
pub(crate) enum StoredFile {
    /// A version, by its name.
    Version { bucket: BucketName, file: VersionFile },
    /// Something that the store neither made nor reads.
    Stray(PathBuf),
}

/// Where the file of a version is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct VersionFile(String);

impl VersionFile {
    /// Where the file of `object` must be; `None` when this store can have no such object.
    pub(crate) fn of(object: &ObjectVersion) -> Option<Self> {
        let number = super::layout::version_number(&object.version_id)?;
        BucketFolder::new(&object.bucket)?;
        Some(Self(FileName::new(&object.key, number).to_string()))
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    /// When it was written, as the file system says.
    pub(crate) fn written_at(&self, root: &Path, bucket: &BucketName) -> Option<SystemTime> {
        let path = self.path(root, bucket)?;
        fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
    }

    fn path(&self, root: &Path, bucket: &BucketName) -> Option<PathBuf> {
        let folder = BucketFolder::new(bucket)?;
        Some(FileName::parse(&self.0)?.path(&folder.path(root)))
    }
}

/// Reads a version that something names, from its first byte to its last.
pub(crate) fn read_named(root: &Path, object: &ObjectVersion) -> Result<WholeVersion, String> {
    let opened = reader::open_at(root, object, 0).map_err(|error| match error.class() {
        relay_pipeline::ports::PortErrorClass::NotFound => "it is gone".to_owned(),
        _ => error_chain(&error),
    })?;
    read_whole(opened, object.clone())
}

/// Reads a version of which no more is known than where it is.
pub(crate) fn read_file(root: &Path, bucket: &BucketName, file: &VersionFile) -> Result<WholeVersion, String> {
    let (Some(name), Some(path)) = (FileName::parse(&file.0), file.path(root, bucket)) else {
        return Err("it has no name of a version".to_owned());
    };
    let opened = reader::open_header(&path).map_err(in_words)?;
    let key = opened.header.key.clone();
    if FileName::new(&key, name.number()) != name {
        return Err(in_words(OpenError::OtherKey));
    }
    let opened = reader::open_path(&path, &key).map_err(in_words)?;
    let version_id = version_id(name.number(), &opened.header).ok_or("its version has no id")?;
    let object = ObjectVersion {
        bucket: bucket.clone(),
        key,
        version_id,
    };
    let opened = reader::open_at(root, &object, 0).map_err(|error| error_chain(&error))?;
    read_whole(opened, object)
}

fn read_whole(mut opened: reader::Opened, object: ObjectVersion) -> Result<WholeVersion, String> {
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut size_bytes = 0;
    loop {
        match opened.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => {
                hasher.update(&chunk[..read]);
                size_bytes += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(format!("it could not be read: {error}")),
        }
    }
    let sha256 = Sha256Digest::from_bytes(hasher.finalize().into());
    if size_bytes != opened.header.size_bytes {
        return Err(format!(
            "it has {size_bytes} bytes, its header says {}",
            opened.header.size_bytes
        ));
    }
    if sha256 != opened.header.sha256 {
        let header = opened.header.sha256;
        return Err(format!("it has SHA-256 {sha256}, {header} was recorded"));
    }
    Ok(WholeVersion {
        object,
        size_bytes,
        sha256,
        declared_sha256: opened.header.declared_sha256,
    })
}

/// Every file of a store that has these buckets, in no order. What cannot be listed is told to `unreadable`.
pub(crate) fn walk(
    root: &Path,
    buckets: &[BucketName],
    visit: &mut dyn FnMut(StoredFile),
    unreadable: &mut dyn FnMut(&Path, &io::Error),
) {
    for entry in entries(root, unreadable) {
        let name = entry.file_name();
        let bucket = name
            .to_str()
            .and_then(|name| buckets.iter().find(|bucket| bucket.as_str() == name));
        match bucket {
            Some(bucket) if is_folder(&entry) => walk_bucket(&entry.path(), bucket, visit, unreadable),
            _ if name == TEMPORARY_FOLDER && is_folder(&entry) => {}
            _ => visit(StoredFile::Stray(entry.path())),
        }
    }
}

fn walk_bucket(
    path: &Path,
    bucket: &BucketName,
    visit: &mut dyn FnMut(StoredFile),
    unreadable: &mut dyn FnMut(&Path, &io::Error),
) {
    for folder in entries(path, unreadable) {
        let name = folder.file_name();
        let is_ours = super::layout::folder_names().any(|ours| name == ours.as_str());
        if !is_ours || !is_folder(&folder) {
            visit(StoredFile::Stray(folder.path()));
            continue;
        }
        for entry in entries(&folder.path(), unreadable) {
            let file = entry.file_name();
            let file = file
                .to_str()
                .and_then(FileName::parse)
                .filter(|file| name == file.folder());
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            visit(match file {
                Some(file) if is_file => StoredFile::Version {
                    bucket: bucket.clone(),
                    file: VersionFile(file.to_string()),
                },
                _ => StoredFile::Stray(entry.path()),
            });
        }
    }
}

fn is_folder(entry: &fs::DirEntry) -> bool {
    entry.file_type().is_ok_and(|kind| kind.is_dir())
}

fn entries(folder: &Path, unreadable: &mut dyn FnMut(&Path, &io::Error)) -> Vec<fs::DirEntry> {
    let listed = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    match listed {
        Ok(entries) => entries,
        // A folder is made when it is needed first.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            unreadable(folder, &error);
            Vec::new()
        }
    }
}

/// One file among the token keys.
pub(crate) enum KeyFile {
    /// The key of an organization, whole.
    Key(OrganizationId),
    /// The key of an organization that cannot be used, and why.
    Damaged { path: PathBuf, text: String },
    /// Something that no relay put there.
    Stray(PathBuf),
}

/// Every file in the folder of token keys.
pub(crate) fn token_keys(root: &Path, unreadable: &mut dyn FnMut(&Path, &io::Error)) -> Vec<KeyFile> {
    let files = entries(root, unreadable)
        .into_iter()
        .filter(|entry| entry.file_name() != TEMPORARY_FOLDER);
    let examine = |entry: fs::DirEntry| {
        let name = entry.file_name();
        let organization = name.to_str().and_then(|name| name.strip_suffix(".json"));
        let organization: Option<OrganizationId> = organization.and_then(|id| id.parse().ok());
        match organization {
            Some(organization) if entry.file_type().is_ok_and(|kind| kind.is_file()) => {
                match keys::examine(&entry.path(), &organization) {
                    Ok(()) => KeyFile::Key(organization),
                    Err(text) => KeyFile::Damaged {
                        path: entry.path(),
                        text,
                    },
                }
            }
            _ => KeyFile::Stray(entry.path()),
        }
    };
    files.map(examine).collect()
}

fn in_words(error: OpenError) -> String {
    match error {
        OpenError::Io(error) => format!("it could not be read: {error}"),
        OpenError::Header(error) => format!("its first line is not what was written: {}", error_chain(&error)),
        OpenError::OtherKey => "it holds another key".to_owned(),
        OpenError::Length {
            found_bytes,
            expected_bytes,
        } => format!("it has {found_bytes} bytes instead of {expected_bytes}"),
    }
}
