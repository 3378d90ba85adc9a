//! Listing the versions of a bucket, a page at a time, by the hash of their keys and then by number.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use relay_model::{BucketName, ObjectVersion};
use relay_pipeline::ports::{PortError, PortErrorClass, StoredVersion, VersionPage};

use super::layout::{BucketFolder, FileName, folder_names, version_id};
use super::reader::open_header;

/// The versions behind `after`. Memory grows with `limit`, not with the bucket.
///
/// A file whose header is damaged cannot be listed, since nobody knows its key: it is logged as an error, and the
/// listing goes on, so that one damaged file does not keep all other packages from being found.
pub(super) fn list(
    root: &Path,
    bucket: &BucketName,
    after: Option<&str>,
    limit: usize,
) -> Result<VersionPage, PortError> {
    if limit == 0 {
        return Ok(VersionPage::default());
    }
    let Some(folder) = BucketFolder::new(bucket) else {
        return Ok(VersionPage::default());
    };
    let after = after.map(read_cursor).transpose()?;
    let path = folder.path(root);
    // One more than asked for says whether there is another page.
    let names = names_after(&path, after.as_ref(), limit.saturating_add(1))
        .map_err(|error| PortError::from_io(format!("the versions in {bucket} could not be listed"), error))?;
    let mut page = VersionPage::default();
    if names.len() > limit {
        page.next = names.get(limit - 1).map(ToString::to_string);
    }
    for name in names.iter().take(limit) {
        page.versions.extend(describe(&path, bucket, name)?);
    }
    Ok(page)
}

fn read_cursor(text: &str) -> Result<FileName, PortError> {
    FileName::parse(text).ok_or_else(|| {
        let context = format!("'{}' is not where a page of this store ended", text.escape_default());
        PortError::new(PortErrorClass::Permanent, context)
    })
}

fn names_after(bucket: &Path, after: Option<&FileName>, count: usize) -> io::Result<Vec<FileName>> {
    let mut names = Vec::new();
    for folder in folder_names() {
        let is_passed = after.is_some_and(|after| folder.as_str() < after.folder());
        if is_passed {
            continue;
        }
        names.extend(first_names(&bucket.join(&folder), after, count - names.len())?);
        if names.len() >= count {
            break;
        }
    }
    Ok(names)
}

// The first `count` names of one folder behind `after`, in order.
fn first_names(folder: &Path, after: Option<&FileName>, count: usize) -> io::Result<BTreeSet<FileName>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        other => other?,
    };
    let mut first = BTreeSet::new();
    for entry in entries {
        let name = entry?.file_name();
        // Anything else was put there by hand.
        let Some(name) = name.to_str().and_then(FileName::parse) else {
            continue;
        };
        if after.is_none_or(|after| name > *after) {
            first.insert(name);
            if first.len() > count {
                first.pop_last();
            }
        }
    }
    Ok(first)
}

fn describe(path: &Path, bucket: &BucketName, name: &FileName) -> Result<Option<StoredVersion>, PortError> {
    let header = match open_header(&name.path(path)) {
        Ok(opened) => opened.header,
        Err(super::reader::OpenError::Io(error)) => {
            return Err(PortError::from_io(
                format!("{name} in {bucket} could not be read"),
                error,
            ));
        }
        Err(_) => {
            tracing::error!(
                store.bucket = %bucket,
                store.file = %name,
                "a stored file is damaged and cannot be listed: restore it from a backup"
            );
            return Ok(None);
        }
    };
    let Some(version_id) = version_id(name.number(), &header) else {
        return Ok(None);
    };
    Ok(Some(StoredVersion {
        object: ObjectVersion {
            bucket: bucket.clone(),
            key: header.key,
            version_id,
        },
        size_bytes: header.size_bytes,
        sha256: Some(header.sha256),
    }))
}
