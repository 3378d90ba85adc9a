//! Files that `relay run` and `relay serve` take in: walking folders, naming keys, noticing changes.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;
use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};

use relay_model::{ObjectKey, Sha256Digest};
use relay_onprem::{Recognizer, RelayFile, is_data_folder};

/// How deep folders are followed; deeper keys would be refused anyway.
const FOLDER_DEPTH_MAX: usize = 64;
/// So many names of one folder are sorted at a time: what they take is all that a walk of any size takes.
const NAMES_SORTED_MAX: usize = 4_096;
/// So many registered organizations are named where none fits.
const SHOWN_ORGANIZATIONS_MAX: usize = 10;
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

/// Why nothing is taken in from a data folder.
pub const IN_A_DATA_FOLDER: &str = "it is in the data folder of a relay; nothing in one is ever taken in";
/// Why a symbolic link is not taken in.
pub const SYMBOLIC_LINK: &str = "it is a symbolic link; links are not followed";
/// Why pipes, devices and sockets are not.
pub const NO_FILE: &str = "it is neither a file nor a folder";

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

/// Opens a regular file that may be taken in: nothing else, and no file of a relay, whatever it is called.
pub fn open_source(path: &Path) -> io::Result<File> {
    let file = open_regular(path)?;
    let mut beginning = [0; RelayFile::BEGINNING_BYTES];
    let read = file.read_at(&mut beginning, 0)?;
    match RelayFile::from_beginning(&beginning[..read]) {
        None => Ok(file),
        Some(RelayFile::TokenKey) => Err(io::Error::other(
            "it is a token key of a relay, which is never taken in: whoever has it can find out what tokens stand for",
        )),
        Some(RelayFile::Object) => Err(io::Error::other(
            "it is an object of a relay's store, which is never taken in; relay packages fetch gives its bytes",
        )),
    }
}

fn open_regular(path: &Path) -> io::Result<File> {
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

/// One PATH of the command line, and how it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    path: PathBuf,
    /// Who sends all of it; otherwise its first level names organizations.
    pub organization: Option<String>,
}

impl Source {
    /// All of `path`, a file or a folder, is sent by `organization`.
    pub fn sent_by(path: &Path, organization: &str) -> Self {
        Self {
            path: path.to_owned(),
            organization: Some(organization.to_owned()),
        }
    }

    /// The first level of the folder `path` names organizations.
    pub fn of_organizations(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            organization: None,
        }
    }

    /// Its files, one by one, in the order of their names. Never all of them are in memory.
    pub fn files(&self) -> SourceFiles {
        let base = if self.path.is_dir() {
            Some(self.path.as_path())
        } else {
            self.path.parent()
        };
        SourceFiles {
            base: base.unwrap_or(&self.path).to_owned(),
            organization: self.organization.clone(),
            walk: Walk::new(&self.path),
        }
    }
}

/// Refuses PATHs that are a data folder, of whichever relay, or lie in one.
pub fn refuse_data_folders(paths: &[PathBuf]) -> Result<(), String> {
    let recognizer = Recognizer::new();
    for path in paths {
        let holder = recognizer
            .holder(path)
            .map_err(|error| format!("{} could not be read: {error}", path.display()))?;
        if let Some(data_folder) = holder {
            return Err(format!(
                "{} belongs to {}, the data folder of a relay: nothing in one is ever taken in or checked. relay serve takes what is in its inbox",
                path.display(),
                data_folder.display()
            ));
        }
    }
    Ok(())
}

/// The data folder that lies between `root`, which is in another one on purpose, and `path`, or is `path`.
pub fn data_folder_between(root: &Path, path: &Path) -> Option<PathBuf> {
    let between = path.ancestors().take_while(|folder| *folder != root);
    between
        .filter(|folder| is_data_folder(folder))
        .last()
        .map(Path::to_owned)
}

/// What a walk comes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<F> {
    /// A folder whose entries come next.
    Folder(PathBuf),
    /// A file to take in.
    File(F),
    /// Something that cannot be taken in.
    Untaken(Untaken),
    /// The data folder of a relay, or a part of one: passed over.
    DataFolder(DataFolderFound),
}

/// A folder that is passed over, and the data folder that it is or shows a part of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFolderFound {
    pub path: PathBuf,
    pub data_folder: PathBuf,
}

impl DataFolderFound {
    /// One line for people.
    pub fn in_words(&self) -> String {
        let what = if self.path == self.data_folder {
            "it is the data folder of a relay".to_owned()
        } else {
            format!("it is in {}, the data folder of a relay", self.data_folder.display())
        };
        format!(
            "passed over: {}: {what}; nothing in one is ever taken in",
            self.path.display()
        )
    }
}

/// The files of a [`Source`].
pub struct SourceFiles {
    base: PathBuf,
    organization: Option<String>,
    walk: Walk,
}

impl Iterator for SourceFiles {
    type Item = Found<SourceFile>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(match self.walk.find(|found| !matches!(found, Found::Folder(_)))? {
            Found::File(path) => Found::File(SourceFile {
                key: key_below(&self.base, &path, self.organization.as_deref()),
                path,
            }),
            Found::Folder(path) => Found::Folder(path),
            Found::Untaken(untaken) => Found::Untaken(untaken),
            Found::DataFolder(found) => Found::DataFolder(found),
        })
    }
}

/// Walks a folder: its regular files, depth first, by name. Links, devices and unreadable folders are reported, not
/// followed. Of a folder so many names at a time are read and sorted; one with more gives its files in groups.
pub struct Walk {
    // The file that was named instead of a folder, or why nothing can be walked.
    first: Option<Found<PathBuf>>,
    levels: Vec<Level>,
    recognizer: Recognizer,
    // `base` as the system knows it, without links: mounts are told by such paths.
    base: PathBuf,
    real_base: PathBuf,
}

// A folder that is being read.
struct Level {
    folder: PathBuf,
    entries: std::fs::ReadDir,
    // The last first.
    group: Vec<Entry>,
}

struct Entry {
    name: OsString,
    kind: io::Result<FileType>,
}

impl Walk {
    /// Below `path`, or `path` itself if it is a file; at or below a data folder nothing.
    pub fn new(path: &Path) -> Self {
        let recognizer = Recognizer::new();
        let mut walk = Self::empty(path, recognizer);
        match walk.recognizer.holder(path) {
            Err(error) => walk.first = Some(untaken(path, error.to_string())),
            Ok(Some(data_folder)) => {
                walk.first = Some(Found::DataFolder(DataFolderFound {
                    path: path.to_owned(),
                    data_folder,
                }));
            }
            Ok(None) if path.is_dir() => walk.first = Some(walk.descend(path.to_owned())),
            Ok(None) => walk.first = Some(Found::File(path.to_owned())),
        }
        walk
    }

    /// Below the inbox of a data folder, or another folder of it from which files are taken on purpose.
    pub fn within_data_folder(folder: &Path) -> Self {
        // A data folder within that one is passed over like any other.
        let mut walk = Self::empty(folder, Recognizer::new());
        walk.first = Some(walk.descend(folder.to_owned()));
        walk
    }

    fn empty(base: &Path, recognizer: Recognizer) -> Self {
        Self {
            first: None,
            levels: Vec::new(),
            recognizer,
            base: base.to_owned(),
            real_base: std::fs::canonicalize(base).unwrap_or_else(|_| base.to_owned()),
        }
    }

    fn descend(&mut self, folder: PathBuf) -> Found<PathBuf> {
        match std::fs::read_dir(&folder) {
            Ok(entries) => {
                self.levels.push(Level {
                    folder: folder.clone(),
                    entries,
                    group: Vec::new(),
                });
                Found::Folder(folder)
            }
            Err(error) => untaken(&folder, error.to_string()),
        }
    }

    // What an entry comes to.
    fn visit(&mut self, path: PathBuf, kind: io::Result<FileType>) -> Found<PathBuf> {
        let kind = match kind {
            Ok(kind) => kind,
            Err(error) => return untaken(&path, error.to_string()),
        };
        if kind.is_symlink() {
            return untaken(&path, SYMBOLIC_LINK.to_owned());
        }
        if !kind.is_file() && !kind.is_dir() {
            return untaken(&path, NO_FILE.to_owned());
        }
        let real = self.real_base.join(path.strip_prefix(&self.base).unwrap_or(&path));
        if let Some(data_folder) = self.recognizer.entry(&real, kind.is_dir()) {
            let data_folder = if data_folder == real { path.clone() } else { data_folder };
            return Found::DataFolder(DataFolderFound { path, data_folder });
        }
        if kind.is_file() {
            return Found::File(path);
        }
        if self.levels.len() > FOLDER_DEPTH_MAX {
            return untaken(&path, format!("it is nested deeper than {FOLDER_DEPTH_MAX} folders"));
        }
        self.descend(path)
    }
}

fn untaken<F>(path: &Path, why: String) -> Found<F> {
    Found::Untaken(Untaken {
        path: path.to_owned(),
        why,
    })
}

impl Iterator for Walk {
    type Item = Found<PathBuf>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            let level = self.levels.last_mut()?;
            if let Some(entry) = level.group.pop() {
                let path = level.folder.join(&entry.name);
                return Some(self.visit(path, entry.kind));
            }
            match level.read_group() {
                Ok(0) => {
                    self.levels.pop();
                }
                Ok(_) => {}
                Err(error) => {
                    let found = untaken(&level.folder, error.to_string());
                    self.levels.pop();
                    return Some(found);
                }
            }
        }
    }
}

impl Level {
    // Reads the next names, and sorts them; returns how many.
    fn read_group(&mut self) -> io::Result<usize> {
        for entry in self.entries.by_ref().take(NAMES_SORTED_MAX) {
            let entry = entry?;
            self.group.push(Entry {
                name: entry.file_name(),
                kind: entry.file_type(),
            });
        }
        self.group.sort_unstable_by(|one, other| other.name.cmp(&one.name));
        Ok(self.group.len())
    }
}

/// How the PATHs of a command line are read, given who is registered. The error says what to type instead, and comes before
/// anything is taken in.
///
/// A PATH whose first level names registered organizations holds what these send. One that is itself called like a registered
/// organization, `./org-001`, is that organization's own folder. Of any other each file would be rejected for its place.
pub fn read_paths(paths: &[PathBuf], registered: &BTreeSet<String>, command: &str) -> Result<Vec<Source>, String> {
    paths.iter().map(|path| read_path(path, registered, command)).collect()
}

fn read_path(path: &Path, registered: &BTreeSet<String>, command: &str) -> Result<Source, String> {
    let shown = path.display();
    if !path.is_dir() {
        let id = above(path, registered).unwrap_or("ID");
        return Err(format!(
            "{shown} is a file, so say which organization sends it: {command} --org {id} {shown}"
        ));
    }
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let own = real
        .file_name()
        .and_then(|name| name.to_str())
        .filter(|name| registered.contains(*name));
    let first_level = std::fs::read_dir(path).map_err(|error| format!("{shown} could not be read: {error}"))?;
    let named = first_level
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .find_map(|entry| {
            entry
                .file_name()
                .into_string()
                .ok()
                .filter(|name| registered.contains(name))
        });
    match (own, named) {
        (None, Some(_)) => Ok(Source::of_organizations(path)),
        (Some(own), None) => Ok(Source::sent_by(path, own)),
        (Some(own), Some(named)) => Err(format!(
            "{shown} is called like the organization {own} and holds a folder called like the organization {named}: if all of it is sent by {own}, {command} --org {own} {shown}; otherwise name the folder that holds the organizations' folders under another name"
        )),
        // Nothing to reject is nothing to refuse.
        (None, None) if !Walk::new(path).any(|found| matches!(found, Found::File(_))) => {
            Ok(Source::of_organizations(path))
        }
        (None, None) => Err(misplaced(path, registered, command)),
    }
}

// Every file would be rejected, because its first segment is no registered organization.
fn misplaced(path: &Path, registered: &BTreeSet<String>, command: &str) -> String {
    let shown = path.display();
    let registration = if registered.is_empty() {
        "no organization is registered yet: relay org add ID".to_owned()
    } else {
        let names: Vec<&str> = registered
            .iter()
            .take(SHOWN_ORGANIZATIONS_MAX)
            .map(String::as_str)
            .collect();
        let more = match registered.len().saturating_sub(names.len()) {
            0 => String::new(),
            more => format!(" and {more} more (relay org list)"),
        };
        format!(
            "registered are {}{more}; relay org add ID registers another",
            names.join(", ")
        )
    };
    let id = above(path, registered).unwrap_or("ID");
    format!(
        "nothing was taken in: neither {shown} nor a folder in it is called like a registered organization, so every file would be rejected. If one organization sends all of it: {command} --org {id} {shown}. ({registration})"
    )
}

// The registered organization that a folder above is called like.
fn above<'a>(path: &Path, registered: &'a BTreeSet<String>) -> Option<&'a str> {
    let real = std::fs::canonicalize(path).ok()?;
    let mut names = real.ancestors().filter_map(|folder| folder.file_name()?.to_str());
    names.find_map(|name| registered.get(name)).map(String::as_str)
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
