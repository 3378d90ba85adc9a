//! The inbox of `relay serve`: which files are complete, and taking them so that a crash loses none.
//!
//! A complete file is first renamed from `inbox/…` to `taking/N/…`, which nobody but this process writes to; only when
//! its package is recorded it is removed there. What a crash leaves in `taking` is taken up at the next start. A
//! producer who puts a new file under the old name meanwhile puts it into the inbox, where it stays until its turn.

use std::collections::{HashMap, HashSet};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::sources::{Signature, SourceFile, Untaken, key_below, open_regular, walk};

/// Names that say that a file is not complete.
const PARTIAL_SUFFIXES: [&str; 3] = [".part", ".tmp", ".crdownload"];
/// The access mode bits of the `flags` line in `/proc/PID/fdinfo`, octal (Linux `O_ACCMODE`).
const ACCESS_MODE_MASK: u32 = 0o3;

/// Watches one inbox.
pub struct Inbox {
    root: PathBuf,
    taking: PathBuf,
    settle: Duration,
    seen: HashMap<PathBuf, (Signature, Instant)>,
    told: HashMap<PathBuf, String>,
    next_number: u64,
}

impl Inbox {
    pub fn open(inbox: PathBuf, taking: PathBuf, settle: Duration) -> io::Result<Self> {
        std::fs::create_dir_all(&inbox)?;
        std::fs::create_dir_all(&taking)?;
        let numbers = std::fs::read_dir(&taking)?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        let next_number = numbers.max().map_or(0, |last: u64| last + 1);
        Ok(Self {
            root: inbox,
            taking,
            settle,
            seen: HashMap::new(),
            told: HashMap::new(),
            next_number,
        })
    }

    /// Files to take in now, and problems that were not told before.
    pub fn scan(&mut self) -> (Vec<SourceFile>, Vec<Untaken>) {
        let (mut files, mut untaken) = (Vec::new(), Vec::new());
        walk(&self.root, &mut files, &mut untaken);
        files.retain(|path| !is_partial(path));
        let settled = self.settled(files);
        let (mut claimed, mut leftover_problems) = (Vec::new(), Vec::new());
        walk(&self.taking, &mut claimed, &mut leftover_problems);
        let written = if settled.is_empty() && claimed.is_empty() {
            HashSet::new()
        } else {
            open_for_writing()
        };
        claimed.retain(|path| !is_written(path, &written));
        for path in settled.into_iter().filter(|path| !is_written(path, &written)) {
            match self.claim(&path) {
                Ok(path) => claimed.push(path),
                Err(error) => untaken.push(Untaken {
                    path,
                    why: error.to_string(),
                }),
            }
        }
        untaken.append(&mut leftover_problems);
        untaken.retain(|untaken| {
            self.told.insert(untaken.path.clone(), untaken.why.clone()).as_ref() != Some(&untaken.why)
        });
        let files = claimed.into_iter().filter_map(|path| {
            let number = path.strip_prefix(&self.taking).ok()?.components().next()?;
            Some(SourceFile {
                key: key_below(&self.taking.join(number), &path, None),
                path,
            })
        });
        (files.collect(), untaken)
    }

    /// The file is recorded: it is not needed here any more.
    pub fn remove(&self, file: &SourceFile) -> io::Result<()> {
        std::fs::remove_file(&file.path)?;
        // Empty folders only; one that holds another file refuses to go.
        let mut folder = file.path.parent();
        while let Some(path) = folder.filter(|path| *path != self.taking && std::fs::remove_dir(path).is_ok()) {
            folder = path.parent();
        }
        Ok(())
    }

    // Files that have not changed for the settling time.
    fn settled(&mut self, files: Vec<PathBuf>) -> Vec<PathBuf> {
        let now = Instant::now();
        let mut seen = HashMap::with_capacity(files.len());
        let mut settled = Vec::new();
        for path in files {
            let Ok(metadata) = std::fs::symlink_metadata(&path) else {
                continue;
            };
            let signature = Signature::of(&metadata);
            let since = match self.seen.get(&path) {
                Some((before, since)) if *before == signature => *since,
                _ => now,
            };
            if now.duration_since(since) >= self.settle {
                settled.push(path);
            } else {
                seen.insert(path, (signature, since));
            }
        }
        for path in &settled {
            if let Some(known) = self.seen.get(path) {
                seen.insert(path.clone(), *known);
            }
        }
        self.seen = seen;
        settled
    }

    fn claim(&mut self, path: &Path) -> io::Result<PathBuf> {
        // One that cannot be read stays where its owner can see and mend it.
        open_regular(path)?;
        let relative = path.strip_prefix(&self.root).map_err(io::Error::other)?;
        let claimed = self.taking.join(self.next_number.to_string()).join(relative);
        self.next_number += 1;
        if let Some(folder) = claimed.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::rename(path, &claimed)?;
        self.seen.remove(path);
        Ok(claimed)
    }
}

fn is_partial(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default();
    name.starts_with('.') || PARTIAL_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

fn is_written(path: &Path, written: &HashSet<(u64, u64)>) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| written.contains(&(metadata.dev(), metadata.ino())))
}

/// The files that some process has open for writing, by device and inode, as far as this process may see
/// (proc(5), `/proc/pid/fdinfo`). For processes of other users the settling time alone has to do.
fn open_for_writing() -> HashSet<(u64, u64)> {
    let entries = |path: PathBuf| std::fs::read_dir(path).into_iter().flatten().flatten();
    let mut written = HashSet::new();
    for process in entries(PathBuf::from("/proc")) {
        if !process
            .file_name()
            .to_string_lossy()
            .bytes()
            .all(|byte| byte.is_ascii_digit())
        {
            continue;
        }
        for descriptor in entries(process.path().join("fd")) {
            let info = process.path().join("fdinfo").join(descriptor.file_name());
            let is_writable = std::fs::read_to_string(info).is_ok_and(|info| has_write_access(&info));
            if is_writable && let Ok(metadata) = std::fs::metadata(descriptor.path()) {
                written.insert((metadata.dev(), metadata.ino()));
            }
        }
    }
    written
}

fn has_write_access(fdinfo: &str) -> bool {
    let flags = fdinfo.lines().find_map(|line| line.strip_prefix("flags:"));
    flags
        .and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok())
        .is_some_and(|flags| flags & ACCESS_MODE_MASK != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partial_names_are_left_alone() {
        for name in ["a.csv.part", ".a.csv.Xy12", "b.TMP", "c.crdownload"] {
            assert!(is_partial(Path::new(name)), "{name}");
        }
        assert!(!is_partial(Path::new("org-001/part.csv")));
    }

    #[test]
    fn a_file_that_is_open_for_writing_is_seen_and_one_that_is_open_for_reading_is_not() {
        let folder = std::env::temp_dir().join(format!("relay-inbox-test-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a");
        let id = || {
            std::fs::metadata(&path)
                .map(|metadata| (metadata.dev(), metadata.ino()))
                .unwrap()
        };
        let writer = std::fs::File::create(&path).unwrap();
        assert!(open_for_writing().contains(&id()));
        drop(writer);
        let _reader = std::fs::File::open(&path).unwrap();
        assert!(!open_for_writing().contains(&id()));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
