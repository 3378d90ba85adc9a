//! Files that `relay run` and `relay serve` take in: walking folders, naming keys, noticing changes.

use std::collections::HashMap;
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};

use relay_model::{ObjectKey, Sha256Digest};

/// How deep folders are followed; deeper keys would be refused anyway.
const FOLDER_DEPTH_MAX: usize = 64;
/// Linux `O_NONBLOCK`: opening a named pipe that was put in a file's place returns instead of waiting for a writer.
const O_NONBLOCK: i32 = 0o4000;
/// Linux `O_NOFOLLOW`: a link that was put in a file's place is not followed.
const O_NOFOLLOW: i32 = 0o400_000;

/// One file to take in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceFile {
    /// Where it is.
    pub path: PathBuf,
    /// Under which key it is taken in.
    pub key: ObjectKey,
}

/// One path that cannot be taken in, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untaken {
    pub path: PathBuf,
    pub why: String,
}

/// What tells that a file is still the same and unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    device: u64,
    inode: u64,
    size_bytes: u64,
    modified_ns: i128,
    changed_ns: i128,
}

impl Signature {
    pub fn of(metadata: &Metadata) -> Self {
        let nanoseconds =
            |seconds: i64, nanoseconds: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size_bytes: metadata.size(),
            modified_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    pub const fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    pub const fn device_and_inode(&self) -> (u64, u64) {
        (self.device, self.inode)
    }

    /// Whether only the name may have changed since: renaming a file touches its change time, not its contents.
    pub fn has_same_content_as(&self, other: &Self) -> bool {
        Self { changed_ns: 0, ..*self }
            == Self {
                changed_ns: 0,
                ..*other
            }
    }
}

/// Opens a regular file, and nothing else.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(O_NONBLOCK | O_NOFOLLOW)
        .open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::other("it is not a regular file"))
    }
}

/// The files of one PATH of the command line. With an organization, PATH may be a file.
pub fn collect(path: &Path, organization: Option<&str>) -> (Vec<SourceFile>, Vec<Untaken>) {
    let (mut files, mut untaken) = (Vec::new(), Vec::new());
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => walk(path, &mut files, &mut untaken),
        Ok(_) if organization.is_some() => files.push(path.to_owned()),
        Ok(_) => untaken.push(Untaken {
            path: path.to_owned(),
            why: "it is a file, so name the organization that sends it: --org ID".to_owned(),
        }),
        Err(error) => untaken.push(Untaken {
            path: path.to_owned(),
            why: error.to_string(),
        }),
    }
    files.sort();
    let base = if path.is_dir() {
        path
    } else {
        path.parent().unwrap_or(path)
    };
    let keyed = files.into_iter().map(|file| SourceFile {
        key: key_below(base, &file, organization),
        path: file,
    });
    (keyed.collect(), untaken)
}

/// The regular files below `folder`; links, devices and unreadable folders are reported, not followed.
pub fn walk(folder: &Path, files: &mut Vec<PathBuf>, untaken: &mut Vec<Untaken>) {
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let mut refuse = |path: &Path, why: String| {
            untaken.push(Untaken {
                path: path.to_owned(),
                why,
            });
        };
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                refuse(&folder, error.to_string());
                continue;
            }
        };
        for entry in entries {
            match entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))) {
                Ok((path, kind)) if kind.is_file() => files.push(path),
                Ok((path, kind)) if kind.is_dir() && depth < FOLDER_DEPTH_MAX => folders.push((path, depth + 1)),
                Ok((path, kind)) if kind.is_dir() => {
                    refuse(&path, format!("it is nested deeper than {FOLDER_DEPTH_MAX} folders"));
                }
                Ok((path, kind)) if kind.is_symlink() => {
                    refuse(&path, "it is a symbolic link; links are not followed".to_owned());
                }
                Ok((path, _)) => refuse(&path, "it is neither a file nor a folder".to_owned()),
                Err(error) => refuse(&folder, error.to_string()),
            }
        }
    }
}

/// `organization/relative/path`. Bytes that are not UTF-8 become U+FFFD, which the key rules refuse.
pub fn key_below(base: &Path, file: &Path, organization: Option<&str>) -> ObjectKey {
    let relative = file.strip_prefix(base).unwrap_or(file);
    let segments = relative.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    let mut key = organization
        .map(|organization| format!("{organization}/"))
        .unwrap_or_default();
    for (index, segment) in segments.enumerate() {
        if index > 0 {
            key.push('/');
        }
        key.push_str(&segment);
    }
    ObjectKey::new(key)
}

/// Reads a list as `sha256sum` writes it: digest, two spaces or a space and an asterisk, path. Paths are resolved
/// against the folder of the list.
pub fn read_checksums(list: &Path) -> Result<HashMap<PathBuf, Sha256Digest>, String> {
    let shown = list.display();
    let text = std::fs::read_to_string(list).map_err(|error| format!("{shown} could not be read: {error}"))?;
    let folder = list.parent().unwrap_or(Path::new(""));
    let mut checksums = HashMap::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let entry = line.split_once("  ").or_else(|| line.split_once(" *"));
        let entry = entry.and_then(|(digest, path)| Some((digest.parse().ok()?, path)));
        let (digest, path) = entry.ok_or_else(|| format!("{shown}, line {}: not as sha256sum writes it", index + 1))?;
        let path = folder.join(path);
        checksums.insert(std::fs::canonicalize(&path).unwrap_or(path), digest);
    }
    Ok(checksums)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_paths_below_the_base() {
        let key = |organization| key_below(Path::new("/p"), Path::new("/p/a/b c.csv"), organization);
        assert_eq!(key(None).as_str(), "a/b c.csv");
        assert_eq!(key(Some("org-001")).as_str(), "org-001/a/b c.csv");
    }

    #[test]
    fn a_name_that_is_not_utf8_becomes_a_key_that_is_refused() {
        use std::os::unix::ffi::OsStrExt;
        let file = Path::new("/p/org-001").join(std::ffi::OsStr::from_bytes(b"caf\xE9.csv"));
        let key = key_below(Path::new("/p"), &file, None);
        assert_eq!(key.as_str(), "org-001/caf\u{FFFD}.csv");
        assert!(relay_rules::check_key(&key).is_err());
    }
}
