//! Tells data folders of relays from folders of files to send: nothing at or below one is ever taken in.
//!
//! A data folder is known by names: its marker beside its database or store, or, where the marker is missing, its database beside
//! what else only a relay makes. Contents are not asked, so that a damaged data folder, or one that may not be read, is known as well.
//! A path is followed to where it really is: through symbolic links, and through bind mounts, which show a part of a file
//! system in a second place (proc(5), `/proc/pid/mountinfo`).

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::files::{KEY_FILE_BEGINNING, OBJECT_FILE_BEGINNING};
use crate::folder::{DATABASE_FILE, INBOX_FOLDER, KEYS_FOLDER, LOCK_FILE, MARKER_FILE, STORE_FOLDER, TAKING_FOLDER};

/// Where Linux says what is mounted where.
const MOUNTS: &str = "/proc/self/mountinfo";
/// The most of a marker that is read, in bytes.
const MARKER_BYTES_MAX: u64 = 1_024;

/// What a single file is that belongs to a relay, wherever it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayFile {
    /// A token key of an organization.
    TokenKey,
    /// An object version, as a store keeps it.
    Object,
}

impl RelayFile {
    /// As many bytes as it takes to know one.
    pub const BEGINNING_BYTES: usize = 32;

    /// Looks at the first bytes of a file.
    pub fn from_beginning(beginning: &[u8]) -> Option<Self> {
        if beginning.starts_with(KEY_FILE_BEGINNING) {
            Some(Self::TokenKey)
        } else if beginning.starts_with(OBJECT_FILE_BEGINNING) {
            Some(Self::Object)
        } else {
            None
        }
    }
}

/// Knows data folders, whichever relay's.
#[derive(Clone, Debug, Default)]
pub struct Recognizer {
    mounts: Vec<Mount>,
    mount_points: HashSet<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Mount {
    // Major and minor number of the file system.
    device: String,
    // Which part of the file system is shown …
    root: PathBuf,
    // … and where.
    point: PathBuf,
}

impl Recognizer {
    /// Reads what is mounted now. Where the system does not say, bind mounts are not seen through.
    pub fn new() -> Self {
        Self::with_mounts(&fs::read(MOUNTS).unwrap_or_default())
    }

    fn with_mounts(text: &[u8]) -> Self {
        let mounts: Vec<Mount> = text.split(|byte| *byte == b'\n').filter_map(parse_mount).collect();
        let mount_points = mounts.iter().map(|mount| mount.point.clone()).collect();
        Self { mounts, mount_points }
    }

    /// The data folder that `path` is, or lies in.
    pub fn holder(&self, path: &Path) -> io::Result<Option<PathBuf>> {
        let path = fs::canonicalize(path)?;
        let above = |path: &Path| {
            path.ancestors()
                .find(|folder| is_data_folder(folder))
                .map(Path::to_owned)
        };
        Ok(above(&path).or_else(|| self.elsewhere(&path).find_map(|other| above(&other))))
    }

    /// The data folder that an entry of a folder is, or shows a part of, where the folder is in none. `path` has no links in it.
    pub fn entry(&self, path: &Path, is_folder: bool) -> Option<PathBuf> {
        if is_folder && is_data_folder(path) {
            return Some(path.to_owned());
        }
        if self.mount_points.contains(path) {
            return self.holder(path).ok().flatten();
        }
        None
    }

    // Where else the same folder or file is seen, through bind mounts.
    fn elsewhere<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = PathBuf> + 'a {
        let identity = |path: &Path| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
        // Of mounts on one point the last one is seen.
        let on = |mount: &&Mount| path.starts_with(&mount.point);
        let mount = self
            .mounts
            .iter()
            .filter(on)
            .max_by_key(|mount| mount.point.components().count());
        let inside = mount.and_then(|mount| {
            let below = path.strip_prefix(&mount.point).ok()?;
            Some((mount, join(&mount.root, below)))
        });
        let others = inside.into_iter().flat_map(|(mount, inside)| {
            let of_the_same = move |other: &&Mount| other.device == mount.device && *other != mount;
            self.mounts.iter().filter(of_the_same).filter_map(move |other| {
                let below = inside.strip_prefix(&other.root).ok()?;
                Some(join(&other.point, below))
            })
        });
        // What is mounted over it meanwhile would be another thing.
        others.filter(move |other| identity(other).is_some_and(|found| Some(found) == identity(path)))
    }
}

// Joining nothing would put a slash behind the name of a file.
fn join(folder: &Path, below: &Path) -> PathBuf {
    if below.as_os_str().is_empty() {
        folder.to_owned()
    } else {
        folder.join(below)
    }
}

/// Whether `folder` itself is the data folder of a relay.
pub fn is_data_folder(folder: &Path) -> bool {
    let has = |name: &str| fs::symlink_metadata(folder.join(name)).is_ok();
    let marker = folder.join(MARKER_FILE);
    match (fs::symlink_metadata(&marker).is_ok(), has(DATABASE_FILE)) {
        (true, true) => true,
        // A backup may lack what was empty, and the database may be gone. A file of this name alone may be anybody's.
        (true, false) => {
            [STORE_FOLDER, KEYS_FOLDER, LOCK_FILE, INBOX_FOLDER]
                .iter()
                .any(|name| has(name))
                && is_marker(&marker)
        }
        (false, true) => [STORE_FOLDER, KEYS_FOLDER, LOCK_FILE, INBOX_FOLDER, TAKING_FOLDER]
            .iter()
            .any(|name| has(name)),
        (false, false) => false,
    }
}

fn is_marker(path: &Path) -> bool {
    let mut text = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MARKER_BYTES_MAX).read_to_end(&mut text));
    let Ok(_) = read else {
        // Better one folder too few than a token key too many.
        return true;
    };
    serde_json::from_slice::<serde_json::Value>(&text).is_ok_and(|marker| marker["format"].is_u64())
}

// `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw`: device, root and mount point are fields 3 to 5.
fn parse_mount(line: &[u8]) -> Option<Mount> {
    let mut fields = line.split(|byte| *byte == b' ').skip(2);
    Some(Mount {
        device: String::from_utf8(fields.next()?.to_owned()).ok()?,
        root: unescape(fields.next()?),
        point: unescape(fields.next()?),
    })
}

// Blanks, tabs, line feeds and backslashes stand as three octal digits.
fn unescape(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let [first, after @ ..] = rest {
        let octal = after
            .get(..3)
            .filter(|digits| *first == b'\\' && digits.iter().all(|digit| (b'0'..=b'7').contains(digit)));
        let value = octal.map(|digits| {
            digits
                .iter()
                .fold(0_u32, |value, digit| value * 8 + u32::from(digit - b'0'))
        });
        if let Some(byte) = value.and_then(|value| u8::try_from(value).ok()) {
            bytes.push(byte);
            rest = &after[3..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    PathBuf::from(OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            match name.strip_suffix('/') {
                Some(name) => fs::create_dir(folder.path().join(name)).unwrap(),
                None => fs::write(folder.path().join(name), r#"{"format":1}"#).unwrap(),
            }
        }
        folder
    }

    #[test]
    fn a_data_folder_is_known_with_and_without_its_marker_and_others_are_not_taken_for_one() {
        for names in [
            &["relay.json", "relay.db"][..],
            &["relay.json", "store/"],
            &["relay.json", "keys/"],
            &["relay.db", "store/"],
            &["relay.db", "keys/"],
            &["relay.db", "relay.lock"],
        ] {
            assert!(is_data_folder(made(names).path()), "{names:?}");
        }
        for names in [
            &[][..],
            &["relay.json"],
            &["relay.db"],
            &["store/", "keys/"],
            &["inbox/"],
        ] {
            assert!(!is_data_folder(made(names).path()), "{names:?}");
        }
        let other = made(&["store/"]);
        fs::write(other.path().join("relay.json"), r#"{"name": "a library"}"#).unwrap();
        assert!(!is_data_folder(other.path()));
    }

    #[test]
    fn a_path_is_followed_through_links_and_mounts() {
        let base = tempfile::tempdir().unwrap();
        let data = fs::canonicalize(base.path()).unwrap().join("data");
        fs::create_dir_all(data.join("store/ingress")).unwrap();
        fs::write(data.join("relay.db"), "").unwrap();
        let link = base.path().join("link");
        std::os::unix::fs::symlink(data.join("store"), &link).unwrap();
        let plain = Recognizer::with_mounts(b"");
        for path in [
            &data,
            &data.join("store"),
            &data.join("relay.db"),
            &link,
            &link.join("ingress"),
        ] {
            assert_eq!(plain.holder(path).unwrap(), Some(data.clone()), "{}", path.display());
        }
        assert_eq!(plain.holder(base.path()).unwrap(), None);
        assert_eq!(plain.entry(&data, true), Some(data.clone()));
        assert_eq!(plain.entry(&data.join("store"), true), None);
    }

    #[test]
    fn mounts_are_read_as_the_system_writes_them() {
        let mounts = Recognizer::with_mounts(
            b"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
              90 22 8:1 /srv/relay\\040one/store /mnt/a\\134b rw - ext4 /dev/sda1 rw\n\nnonsense\n",
        );
        let expected = Mount {
            device: "8:1".to_owned(),
            root: PathBuf::from("/srv/relay one/store"),
            point: PathBuf::from("/mnt/a\\b"),
        };
        assert_eq!(mounts.mounts[1], expected);
        assert_eq!(mounts.mounts.len(), 2);
    }
}
