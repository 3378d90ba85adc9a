//! The inbox of `relay serve`: which files are complete, and taking them so that a crash loses none.
//!
//! A complete file is first renamed from `inbox/…` to `taking/N/…`, which nobody but this process writes to; only when
//! its package is recorded it is removed there. What a crash leaves in `taking` is taken up at the next start. A
//! producer who puts a new file under the old name meanwhile puts it into the inbox, where it stays until its turn.
//! A file that cannot be taken in now, because the disk is full for one, goes back to the inbox.
//!
//! Files are heard of by events ([`Watches`]). Since events can be lost, the inbox is also swept: the more seldom the longer that
//! takes, so that an inbox of any size costs next to nothing. Neither holds more than a bounded number of names.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::sources::{
    DataFolderFound, Found, IN_A_DATA_FOLDER, NO_FILE, SYMBOLIC_LINK, Signature, SourceFile, Walk, data_folder_between,
    key_below, open_source,
};
use crate::watches::{Event, Watches};

/// Names that say that a file is not complete.
const PARTIAL_SUFFIXES: [&str; 3] = [".part", ".tmp", ".crdownload"];
/// The access mode bits of the `flags` line in `/proc/PID/fdinfo`, octal (Linux `O_ACCMODE`).
const ACCESS_MODE_MASK: u32 = 0o3;
/// The shortest time from one look at the inbox to the next, whatever happens in it.
const LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// How often files that are settled and still open for writing are looked at again; closing one is an event.
const OPEN_INTERVAL: Duration = Duration::from_secs(1);
/// A sweep is followed by a pause of so many times what it took: it costs a hundredth of a core at most.
const SWEEP_PAUSE_FACTOR: u32 = 100;
/// The pause after a sweep is never shorter than this: events tell of most files before it is over.
const SWEEP_PAUSE_MIN: Duration = Duration::from_secs(2);
/// The same where events are not to be had: for some folder, or at all.
const SWEEP_PAUSE_WITHOUT_EVENTS_MIN: Duration = Duration::from_millis(250);
/// And never longer: so late is a file seen whose event was lost.
const SWEEP_PAUSE_MAX: Duration = Duration::from_mins(1);
/// So many names are looked at in one go of a sweep, before files are taken in and events heard.
const SWEEP_NAMES_MAX: usize = 20_000;
/// So many files wait to be settled at most; while there are as many, sweeps stand still.
const WAITING_FILES_MAX: usize = 4_096;
/// So many files are taken in together.
const TAKEN_TOGETHER_MAX: usize = 512;
/// So many problems are remembered as told.
const TOLD_MAX: usize = 1_000;

/// Watches one inbox.
pub struct Inbox {
    root: PathBuf,
    taking: PathBuf,
    settle: Duration,
    // None where the system gives no events at all.
    watches: Option<Watches>,
    hears_all: bool,
    // Files that may be complete: as they were when they were last seen to change, and when that was.
    waiting: HashMap<PathBuf, (Signature, Instant)>,
    sweep: Option<Sweep>,
    next_sweep_at: Instant,
    // Files in `taking` that are left over.
    leftovers: Option<Walk>,
    // When `taking` is walked again.
    leftovers_at: Option<Instant>,
    // More files are settled than are taken in together.
    has_more_settled: bool,
    told: HashMap<PathBuf, Told>,
    sweeps: u64,
    next_number: u64,
    looked_at: Option<Instant>,
}

// A sweep that is under way.
struct Sweep {
    walk: Walk,
    took: Duration,
}

struct Told {
    why: String,
    in_sweep: u64,
}

/// What is to be done with an inbox now.
#[derive(Default)]
pub struct Batch {
    /// Files to take in.
    pub files: Vec<SourceFile>,
    /// What people are to be told, a line each.
    pub problems: Vec<String>,
}

impl Inbox {
    /// Within a runtime.
    pub fn open(inbox: PathBuf, taking: PathBuf, settle: Duration) -> io::Result<Self> {
        std::fs::create_dir_all(&inbox)?;
        std::fs::create_dir_all(&taking)?;
        let numbers = std::fs::read_dir(&taking)?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        let next_number = numbers.max().map_or(0, |last: u64| last + 1);
        let watches = Watches::new(|name| !is_partial_name(name))
            .map_err(|error| tracing::warn!(%error, "the system gives no events of files; the inbox is looked through instead"))
            .ok();
        Ok(Self {
            hears_all: watches.is_some(),
            root: inbox,
            taking,
            settle,
            watches,
            waiting: HashMap::new(),
            sweep: None,
            next_sweep_at: Instant::now(),
            leftovers: None,
            leftovers_at: Some(Instant::now()),
            has_more_settled: false,
            told: HashMap::new(),
            sweeps: 0,
            next_number,
            looked_at: None,
        })
    }

    /// Waits until there is something to look at. May be dropped at any time.
    pub async fn wait(&mut self) {
        let now = Instant::now();
        let earliest = self.looked_at.map_or(now, |looked_at| looked_at + LOOK_INTERVAL);
        tokio::time::sleep_until(earliest.into()).await;
        let due_at = self.due_at().max(earliest);
        let due = tokio::time::sleep_until(due_at.into());
        match &mut self.watches {
            None => due.await,
            Some(watches) => {
                tokio::select! {
                    () = due => {}
                    hears = watches.wait() => if !hears {
                        self.watches = None;
                        self.hears_all = false;
                    },
                }
            }
        }
    }

    // When something is to be done even if nothing is heard.
    fn due_at(&self) -> Instant {
        let now = Instant::now();
        if self.leftovers.is_some() || self.has_more_settled || (self.sweep.is_some() && self.has_room()) {
            return now;
        }
        let settled = self.waiting.values().map(|(_, since)| {
            let settled_at = *since + self.settle;
            if settled_at <= now {
                now + OPEN_INTERVAL
            } else {
                settled_at
            }
        });
        let others = [Some(self.next_sweep_at), self.leftovers_at];
        settled.chain(others.into_iter().flatten()).min().unwrap_or(now)
    }

    fn has_room(&self) -> bool {
        self.waiting.len() < WAITING_FILES_MAX
    }

    /// Looks at what is there: files to take in now, and problems that were not told before.
    pub fn look(&mut self) -> Batch {
        self.looked_at = Some(Instant::now());
        let mut batch = Batch::default();
        let mut sweep_now = self.next_sweep_at <= Instant::now() && self.sweep.is_none();
        for event in self.heard() {
            match event {
                Event::File(path) => self.note(path, &mut batch),
                Event::Folder(path) => self.note_folder(&path, &mut batch),
                Event::Lost => sweep_now = true,
            }
        }
        if sweep_now {
            // One that is under way may have passed by what was lost.
            self.sweeps += 1;
            self.sweep = Some(Sweep {
                walk: Walk::within_data_folder(&self.root),
                took: Duration::ZERO,
            });
        }
        self.sweep_on(&mut batch);
        self.take_leftovers(&mut batch);
        self.claim_settled(&mut batch);
        batch
    }

    fn heard(&mut self) -> Vec<Event> {
        self.watches.as_mut().map(Watches::look).unwrap_or_default()
    }

    fn note(&mut self, path: PathBuf, batch: &mut Batch) {
        if is_partial(&path) {
            return;
        }
        // It may be gone, or not for this user.
        let Ok(metadata) = std::fs::symlink_metadata(&path) else {
            return;
        };
        if metadata.is_symlink() || !metadata.is_file() {
            let why = if metadata.is_symlink() { SYMBOLIC_LINK } else { NO_FILE };
            return self.tell(path, why, batch);
        }
        if let Some(told) = self.told.get_mut(&path) {
            told.in_sweep = self.sweeps;
        }
        let signature = Signature::of(&metadata);
        let has_room = self.has_room();
        match self.waiting.get_mut(&path) {
            Some(known) if known.0 == signature => {}
            Some(known) => *known = (signature, Instant::now()),
            None if has_room => {
                self.waiting.insert(path, (signature, Instant::now()));
            }
            // A sweep comes by it later.
            None => self.next_sweep_at = Instant::now(),
        }
    }

    // Files in it from before it is watched have no events.
    fn note_folder(&mut self, path: &Path, batch: &mut Batch) {
        if let Some(data_folder) = data_folder_between(&self.root, path) {
            let line = DataFolderFound {
                path: data_folder.clone(),
                data_folder: data_folder.clone(),
            }
            .in_words();
            return self.tell_line(data_folder, line, batch);
        }
        let mut walk = Walk::within_data_folder(path);
        for _ in 0..SWEEP_NAMES_MAX {
            match walk.next() {
                Some(found) => self.meet(found, batch),
                None => return,
            }
        }
        self.next_sweep_at = Instant::now();
    }

    fn meet(&mut self, found: Found<PathBuf>, batch: &mut Batch) {
        match found {
            Found::File(path) => self.note(path, batch),
            Found::Folder(path) => self.watch(&path),
            Found::Untaken(untaken) => self.tell(untaken.path, &untaken.why, batch),
            Found::DataFolder(found) => {
                let line = found.in_words();
                self.tell_line(found.path, line, batch);
            }
        }
    }

    fn watch(&mut self, folder: &Path) {
        let Some(watches) = &mut self.watches else { return };
        match watches.watch(folder) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                if self.hears_all {
                    tracing::warn!(
                        folder = %folder.display(), %error,
                        "a folder cannot be watched: files in it are found by looking; raise fs.inotify.max_user_watches"
                    );
                }
                self.hears_all = false;
            }
        }
    }

    fn sweep_on(&mut self, batch: &mut Batch) {
        let Some(mut sweep) = self.sweep.take() else { return };
        let start = Instant::now();
        let mut has_ended = false;
        for _ in 0..SWEEP_NAMES_MAX {
            if !self.has_room() {
                break;
            }
            let Some(found) = sweep.walk.next() else {
                has_ended = true;
                break;
            };
            self.meet(found, batch);
        }
        sweep.took += start.elapsed();
        if !has_ended {
            self.sweep = Some(sweep);
            return;
        }
        let shortest = if self.hears_all {
            SWEEP_PAUSE_MIN
        } else {
            SWEEP_PAUSE_WITHOUT_EVENTS_MIN
        };
        let pause = (sweep.took * SWEEP_PAUSE_FACTOR).clamp(shortest, SWEEP_PAUSE_MAX);
        self.next_sweep_at = Instant::now() + pause;
        // A problem that is gone may be told again when it comes back.
        let this = self.sweeps;
        self.told.retain(|_, told| told.in_sweep + 1 >= this);
    }

    fn tell(&mut self, path: PathBuf, why: &str, batch: &mut Batch) {
        let line = format!("not taken: {}: {why}", path.display());
        self.tell_line(path, line, batch);
    }

    fn tell_line(&mut self, path: PathBuf, line: String, batch: &mut Batch) {
        let in_sweep = self.sweeps;
        if let Some(told) = self.told.get_mut(&path) {
            told.in_sweep = in_sweep;
            if told.why != line {
                told.why.clone_from(&line);
                batch.problems.push(line);
            }
        } else if self.told.len() < TOLD_MAX {
            let why = line.clone();
            self.told.insert(path, Told { why, in_sweep });
            batch.problems.push(line);
            if self.told.len() == TOLD_MAX {
                batch
                    .problems
                    .push(format!("{TOLD_MAX} problems are told; more of them are not"));
            }
        }
    }

    // What a crash, or a file that could not go back to the inbox, left in `taking`.
    fn take_leftovers(&mut self, batch: &mut Batch) {
        if self.leftovers.is_none() && self.leftovers_at.is_some_and(|at| at <= Instant::now()) {
            self.leftovers = Some(Walk::within_data_folder(&self.taking));
            self.leftovers_at = None;
        }
        let Some(mut walk) = self.leftovers.take() else { return };
        while batch.files.len() < TAKEN_TOGETHER_MAX {
            match walk.next() {
                Some(Found::File(path)) => batch.files.extend(self.claimed(path)),
                Some(Found::Folder(_)) => {}
                Some(Found::Untaken(untaken)) => self.tell(untaken.path, &untaken.why, batch),
                Some(Found::DataFolder(found)) => {
                    let line = found.in_words();
                    self.tell_line(found.path, line, batch);
                }
                None => return,
            }
        }
        self.leftovers = Some(walk);
    }

    // A file in `taking`, under the key that it had in the inbox.
    fn claimed(&self, path: PathBuf) -> Option<SourceFile> {
        let number = path.strip_prefix(&self.taking).ok()?.components().next()?;
        Some(SourceFile {
            key: key_below(&self.taking.join(number), &path, None),
            path,
        })
    }

    // Claims files that have not changed for the settling time and that nobody writes to.
    fn claim_settled(&mut self, batch: &mut Batch) {
        let now = Instant::now();
        let mut settled: Vec<PathBuf> = Vec::new();
        let settle = self.settle;
        let mut has_more_settled = false;
        self.waiting.retain(|path, (signature, since)| {
            if now.duration_since(*since) < settle {
                return true;
            }
            let Ok(metadata) = std::fs::symlink_metadata(path) else {
                return false;
            };
            let found = Signature::of(&metadata);
            if found != *signature {
                (*signature, *since) = (found, now);
            } else if settled.len() + batch.files.len() < TAKEN_TOGETHER_MAX {
                settled.push(path.clone());
            } else {
                has_more_settled = true;
            }
            true
        });
        self.has_more_settled = has_more_settled;
        if settled.is_empty() && batch.files.is_empty() {
            return;
        }
        let written = open_for_writing();
        let leftovers = batch.files.len();
        batch.files.retain(|file| !is_written(&file.path, &written));
        if batch.files.len() < leftovers {
            self.expect_leftovers();
        }
        settled.sort_unstable();
        for path in settled {
            if is_written(&path, &written) {
                // Closing it is an event, and a sweep comes by: it need not keep others from waiting.
                if self.waiting.len() > WAITING_FILES_MAX / 2 {
                    self.waiting.remove(&path);
                }
                continue;
            }
            self.waiting.remove(&path);
            match self.claim(&path) {
                Ok(path) => batch.files.extend(self.claimed(path)),
                Err(error) => self.tell(path, &error.to_string(), batch),
            }
        }
    }

    fn claim(&mut self, path: &Path) -> io::Result<PathBuf> {
        // One that cannot be read, or must not be taken in, stays where its owner can see and mend it.
        open_source(path)?;
        if data_folder_between(&self.root, path).is_some() {
            return Err(io::Error::other(IN_A_DATA_FOLDER));
        }
        let relative = path.strip_prefix(&self.root).map_err(io::Error::other)?;
        let claimed = self.taking.join(self.next_number.to_string()).join(relative);
        self.next_number += 1;
        if let Some(folder) = claimed.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::rename(path, &claimed).inspect_err(|_| self.tidy(&claimed))?;
        Ok(claimed)
    }

    /// The file is recorded: it is not needed here any more.
    pub fn remove(&self, file: &SourceFile) -> io::Result<()> {
        std::fs::remove_file(&file.path)?;
        self.tidy(&file.path);
        Ok(())
    }

    /// The file could not be taken in: it goes back to where its producer put it, unless another one is there by now. Then it
    /// stays, and is taken up again from where it is.
    pub fn give_back(&self, file: &SourceFile) -> io::Result<()> {
        let below = file.path.strip_prefix(&self.taking).map_err(io::Error::other)?;
        let relative: PathBuf = below.components().skip(1).collect();
        let back = self.root.join(relative);
        if let Some(folder) = back.parent() {
            std::fs::create_dir_all(folder)?;
        }
        // A link does not replace a file. Cut off in between, both names are there, and are one package.
        std::fs::hard_link(&file.path, &back)?;
        self.remove(file)
    }

    /// Looks at `taking` again: a file stayed there.
    pub fn expect_leftovers(&mut self) {
        self.leftovers_at = Some(Instant::now() + OPEN_INTERVAL);
    }

    // Empty folders only; one that holds another file refuses to go.
    fn tidy(&self, claimed: &Path) {
        let mut folder = claimed.parent();
        while let Some(path) = folder.filter(|path| *path != self.taking && std::fs::remove_dir(path).is_ok()) {
            folder = path.parent();
        }
    }
}

fn is_partial(path: &Path) -> bool {
    path.file_name().is_none_or(is_partial_name)
}

fn is_partial_name(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_lowercase();
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
