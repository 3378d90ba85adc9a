//! The store's folders: made durable once, and a place for files that are not objects yet.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::steps::{Step, Steps};

const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
const TEMPORARY_FOLDER: &str = ".tmp";
const LOCK_FILE: &str = "lock";
/// The most processes that write to one store at the same time.
const SESSIONS_MAX: u32 = 10_000;

/// The folders of one store, as one process uses them.
pub(super) struct Folders {
    root: PathBuf,
    // Folders of which this process knows that their names are on disk.
    durable: Mutex<HashSet<PathBuf>>,
    // None where nothing is written.
    session: Option<Session>,
    next_temporary: AtomicU64,
    steps: Steps,
}

struct Session {
    path: PathBuf,
    // Held until this process ends, however it ends: then the session may be swept.
    _lock: File,
}

impl Folders {
    /// A store that is only read.
    pub(super) fn reading(root: &Path, steps: Steps) -> Self {
        Self {
            root: root.to_owned(),
            durable: Mutex::default(),
            session: None,
            next_temporary: AtomicU64::new(0),
            steps,
        }
    }

    /// Makes the root if need be, removes sessions whose processes are gone, and starts one.
    pub(super) fn open(root: &Path, steps: Steps) -> io::Result<Self> {
        make_folders(root)?;
        let temporary = root.join(TEMPORARY_FOLDER);
        make_folder(&temporary)?;
        let gate = lock_file(&temporary.join(LOCK_FILE))?;
        gate.lock()?;
        sweep(&temporary)?;
        let (path, lock) = start_session(&temporary)?;
        drop(gate);
        Ok(Self {
            root: root.to_owned(),
            durable: Mutex::default(),
            session: Some(Session { path, _lock: lock }),
            next_temporary: AtomicU64::new(0),
            steps,
        })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Makes `folder`, a descendant of the root, and sees to it that its name survives a crash.
    pub(super) fn ensure(&self, folder: &Path) -> io::Result<()> {
        if folder == self.root || self.known().contains(folder) {
            return Ok(());
        }
        let parent = folder.parent().unwrap_or(&self.root);
        self.ensure(parent)?;
        make_folder(folder)?;
        // Also when it was there: whoever made it may not have come to this line.
        sync_folder(parent)?;
        self.known().insert(folder.to_owned());
        Ok(())
    }

    /// Makes `folder`, a descendant of the root, without seeing to it that its name survives a crash.
    pub(super) fn make(&self, folder: &Path) -> io::Result<()> {
        if folder == self.root || self.known().contains(folder) {
            return Ok(());
        }
        self.make(folder.parent().unwrap_or(&self.root))?;
        make_folder(folder)
    }

    /// The names of these folders are on disk by now, and those of the folders that they are in.
    pub(super) fn know(&self, folders: impl IntoIterator<Item = PathBuf>) {
        let mut known = self.known();
        for folder in folders {
            let above = folder.ancestors().take_while(|above| *above != self.root);
            known.extend(above.map(Path::to_owned));
        }
    }

    /// Brings to disk whatever was written to the file system of this store, by whomever.
    pub(super) fn sync_everything(&self) -> io::Result<()> {
        Ok(rustix::fs::syncfs(File::open(&self.root)?)?)
    }

    /// A new empty file that no reader looks at.
    pub(super) fn temporary(&self) -> io::Result<TemporaryFile> {
        self.steps.reach(Step::Create)?;
        let number = self.next_temporary.fetch_add(1, Ordering::Relaxed);
        let session = self.session.as_ref().ok_or(io::ErrorKind::ReadOnlyFilesystem)?;
        let path = session.path.join(number.to_string());
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(FILE_MODE)
            .open(&path)?;
        let steps = self.steps.clone();
        Ok(TemporaryFile {
            file,
            name: TemporaryName { path, steps },
        })
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashSet<PathBuf>> {
        // A set of names is sound whatever happened to the thread that held it.
        self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        if let Some(session) = self.session.as_ref().filter(|_| !self.steps.crashed()) {
            // Best effort: the next start sweeps what stays.
            let _ = fs::remove_file(session.path.join(LOCK_FILE));
            let _ = fs::remove_dir(&session.path);
        }
    }
}

/// A file being written that disappears with this value.
pub(super) struct TemporaryFile {
    pub(super) file: File,
    name: TemporaryName,
}

impl TemporaryFile {
    /// Closes the file, which stays.
    pub(super) fn close(self) -> TemporaryName {
        self.name
    }
}

/// A file, closed, that disappears with this value.
pub(super) struct TemporaryName {
    path: PathBuf,
    steps: Steps,
}

impl TemporaryName {
    /// Brings its bytes to disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }

    /// Gives the file another name, unless that is taken (`AlreadyExists`).
    pub(super) fn link_to(&self, path: &Path) -> io::Result<()> {
        fs::hard_link(&self.path, path)
    }
}

impl Drop for TemporaryName {
    fn drop(&mut self) {
        if !self.steps.crashed() {
            // Best effort: the next start sweeps what stays.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Makes the names in `folder` durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn make_folders(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_folders(parent)?;
    }
    make_folder(path)?;
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync_folder(parent),
        _ => Ok(()),
    }
}

fn make_folder(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(FOLDER_MODE).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

fn lock_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(FILE_MODE)
        .open(path)
}

// Only called under the gate's lock, so no session is just being made.
fn sweep(temporary: &Path) -> io::Result<()> {
    for entry in fs::read_dir(temporary)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && !is_alive(&entry.path())? {
            match fs::remove_dir_all(entry.path()) {
                // Its process ended in order just now, and removed it itself.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                other => other?,
            }
        }
    }
    Ok(())
}

fn is_alive(session: &Path) -> io::Result<bool> {
    let lock = match File::open(session.join(LOCK_FILE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        other => other?,
    };
    match lock.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn start_session(temporary: &Path) -> io::Result<(PathBuf, File)> {
    for number in 0..SESSIONS_MAX {
        let session = temporary.join(format!("session-{number:04}"));
        match DirBuilder::new().mode(FOLDER_MODE).create(&session) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => {
                other?;
                let lock = lock_file(&session.join(LOCK_FILE))?;
                lock.lock()?;
                return Ok((session, lock));
            }
        }
    }
    Err(io::Error::other(format!(
        "more than {SESSIONS_MAX} programs write to this store"
    )))
}
