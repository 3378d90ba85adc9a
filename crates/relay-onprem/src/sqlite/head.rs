//! The head of the log, noted outside the database: `relay.head` beside `relay.db`.
//!
//! A database whose last commits are gone (a write-ahead log that ends early since a byte of it was changed, an older copy
//! in its place) is sound in itself. So a thread of its own notes how many commits and events there were, and the root
//! over the events; verification compares.
//!
//! - Only what is durable is noted: another connection reads it, and SQLite shows a commit after its log was flushed. So
//!   whatever is lost in a crash was not noted, and the note never raises a false alarm; it may lag behind.
//! - It is cheap: at most one note in [`NOTE_INTERVAL`], however many commits there are, and one at the end. Each reads only
//!   the hashes of events that came since the last one; the note itself has what is needed to go on from there.
//! - A note is never taken back: one that says more than the database has, or something else, stays as it is.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use relay_audit::{LogHead, MerkleTree};
use relay_model::{Sha256Digest, error_chain};
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};

/// The least time from one note to the next.
const NOTE_INTERVAL: Duration = Duration::from_secs(1);
/// The format that this code writes and reads.
const FORMAT: u32 = 1;
/// More than any note has: 64 peaks, and the rest.
const NOTE_BYTES_MAX: u64 = 16 * 1024;
const FILE_MODE: u32 = 0o600;
/// So that no other checksum of the same bytes is this one.
const CHECKSUM_LABEL: &[u8] = b"relay log head v1\0";

/// What was noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    /// How many transactions had changed something.
    pub(crate) commits: u64,
    tree: Tree,
}

#[derive(Clone, Debug)]
struct Tree(MerkleTree);

impl PartialEq for Tree {
    fn eq(&self, other: &Self) -> bool {
        self.0.size() == other.0.size() && self.0.peaks() == other.0.peaks()
    }
}

impl Eq for Tree {}

// The file: one line of JSON.
#[derive(Serialize, Deserialize)]
struct NoteFile {
    relay_log_head: u32,
    commits: u64,
    size: u64,
    root: Sha256Digest,
    peaks: Vec<Sha256Digest>,
    sha256: Sha256Digest,
}

/// Why there is no note.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoteError {
    #[error("the head that the relay noted is missing")]
    Missing,
    #[error("the head that the relay noted could not be read")]
    Io(#[source] io::Error),
    #[error("the head that the relay noted is not what a relay writes")]
    Damaged,
}

impl Note {
    fn empty() -> Self {
        Self {
            commits: 0,
            tree: Tree(MerkleTree::default()),
        }
    }

    /// The head of the log.
    pub(crate) fn head(&self) -> LogHead {
        self.tree.0.head()
    }

    /// The note beside the database at `database`.
    pub(crate) fn read(database: &Path) -> Result<Self, NoteError> {
        let mut text = Vec::new();
        let file = match File::open(path_beside(database)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(NoteError::Missing),
            other => other.map_err(NoteError::Io)?,
        };
        file.take(NOTE_BYTES_MAX)
            .read_to_end(&mut text)
            .map_err(NoteError::Io)?;
        let file: NoteFile = serde_json::from_slice(&text).map_err(|_| NoteError::Damaged)?;
        let tree = MerkleTree::from_peaks(file.size, &file.peaks).ok_or(NoteError::Damaged)?;
        let note = Self {
            commits: file.commits,
            tree: Tree(tree),
        };
        // There is one spelling of a note, so any changed byte shows.
        let is_whole = note.text().is_ok_and(|expected| expected == text);
        is_whole.then_some(note).ok_or(NoteError::Damaged)
    }

    fn text(&self) -> io::Result<Vec<u8>> {
        let mut file = NoteFile {
            relay_log_head: FORMAT,
            commits: self.commits,
            size: self.tree.0.size(),
            root: self.head().root,
            peaks: self.tree.0.peaks(),
            sha256: Sha256Digest::ZERO,
        };
        let content = serde_json::to_vec(&file)?;
        file.sha256 = Sha256Digest::of(&[CHECKSUM_LABEL, &content].concat());
        let mut text = serde_json::to_vec(&file)?;
        text.push(b'\n');
        Ok(text)
    }

    // Whole and on disk under another name first. The caller holds the folder's lock, so there is one writer.
    fn write(&self, database: &Path) -> io::Result<()> {
        let path = path_beside(database);
        let new = path.with_extension("head.new");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(FILE_MODE)
            .open(&new)?;
        file.write_all(&self.text()?)?;
        file.sync_all()?;
        fs::rename(&new, &path)?;
        File::open(folder_of(database))?.sync_all()
    }
}

fn path_beside(database: &Path) -> PathBuf {
    database.with_extension("head")
}

fn folder_of(database: &Path) -> &Path {
    let folder = database.parent().filter(|parent| !parent.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Sees to it that there is a note: an empty one says nothing that could be wrong. The caller holds the folder's lock.
pub(super) fn ensure(database: &Path) -> io::Result<()> {
    match Note::read(database) {
        Err(NoteError::Missing) => Note::empty().write(database),
        _ => Ok(()),
    }
}

/// Notes heads in the background, from the first change on.
pub(super) struct Noter {
    database: PathBuf,
    connect: fn(&Path) -> rusqlite::Result<Connection>,
    due: Arc<(Mutex<Due>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Due {
    is_changed: bool,
    is_ending: bool,
}

impl Noter {
    pub(super) fn new(database: PathBuf, connect: fn(&Path) -> rusqlite::Result<Connection>) -> Self {
        Self {
            database,
            connect,
            due: Arc::default(),
            thread: None,
        }
    }

    /// Something was committed.
    pub(super) fn changed(&mut self) {
        let (due, wake) = &*self.due;
        due.lock().unwrap_or_else(PoisonError::into_inner).is_changed = true;
        wake.notify_one();
        if self.thread.is_some() {
            return;
        }
        let work = Noting {
            database: self.database.clone(),
            connect: self.connect,
            connection: None,
            note: None,
        };
        let due = Arc::clone(&self.due);
        let thread = std::thread::Builder::new()
            .name("relay-head".to_owned())
            .spawn(move || work.serve(&due));
        match thread {
            Ok(thread) => self.thread = Some(thread),
            Err(error) => {
                tracing::warn!(error = %error, "the head of the log is not noted: no thread for it; the next change tries again");
            }
        }
    }
}

impl Drop for Noter {
    fn drop(&mut self) {
        let (due, wake) = &*self.due;
        due.lock().unwrap_or_else(PoisonError::into_inner).is_ending = true;
        wake.notify_one();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("noting the head of the log ended in a panic");
        }
    }
}

struct Noting {
    database: PathBuf,
    connect: fn(&Path) -> rusqlite::Result<Connection>,
    connection: Option<Connection>,
    note: Option<Note>,
}

/// Why a head is not noted.
#[derive(Debug, thiserror::Error)]
enum NotingError {
    #[error("the database could not be read")]
    Database(#[from] rusqlite::Error),
    #[error("the file could not be written")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Note(#[from] NoteError),
    #[error("the database is not what was noted: run `relay audit verify`")]
    Contradiction,
}

impl Noting {
    fn serve(mut self, due: &(Mutex<Due>, Condvar)) {
        let (due, wake) = due;
        let mut is_told = false;
        loop {
            let mut state = due.lock().unwrap_or_else(PoisonError::into_inner);
            while !state.is_changed && !state.is_ending {
                state = wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if !std::mem::take(&mut state.is_changed) {
                return;
            }
            drop(state);
            match self.note() {
                Ok(()) => is_told = false,
                // Said once; packages go on, as verification will tell.
                Err(error) if !is_told => {
                    is_told = true;
                    tracing::error!(error = %error_chain(&error), "the head of the log could not be noted");
                }
                Err(_) => {}
            }
            let state = due.lock().unwrap_or_else(PoisonError::into_inner);
            // Whatever is committed meanwhile is noted together.
            let paused = wake.wait_timeout_while(state, NOTE_INTERVAL, |state| !state.is_ending);
            drop(paused.unwrap_or_else(PoisonError::into_inner));
        }
    }

    fn note(&mut self) -> Result<(), NotingError> {
        let mut note = match self.note.take() {
            Some(note) => note,
            None => self.begin()?,
        };
        let connection = match &mut self.connection {
            Some(connection) => connection,
            unconnected => unconnected.insert((self.connect)(&self.database)?),
        };
        // Of one moment, and visible only since it is on disk.
        let snapshot = connection.transaction()?;
        let commits: u64 = snapshot.query_row("SELECT commits FROM written", [], |row| row.get(0))?;
        let mut query =
            snapshot.prepare_cached("SELECT position, hash FROM events WHERE position > ?1 ORDER BY position")?;
        let mut rows = query.query([note.head().size])?;
        while let Some(row) = rows.next()? {
            if row.get::<_, u64>(0)? != note.tree.0.size() + 1 {
                return Err(NotingError::Contradiction);
            }
            note.tree.0.push(&Sha256Digest::from_bytes(row.get(1)?));
        }
        if commits < note.commits {
            return Err(NotingError::Contradiction);
        }
        drop(rows);
        drop(query);
        snapshot.finish()?;
        note.commits = commits;
        self.keep(&note)?;
        self.note = Some(note);
        Ok(())
    }

    // Where the note stands that is there; what it says must be what the database has.
    fn begin(&mut self) -> Result<Note, NotingError> {
        let note = match Note::read(&self.database) {
            Err(NoteError::Missing) => {
                tracing::error!(
                    "the noted head of the log was missing and is noted anew: compare with a head that you noted elsewhere (relay audit verify --expect)"
                );
                return Ok(Note::empty());
            }
            other => other?,
        };
        let connection = match &mut self.connection {
            Some(connection) => connection,
            unconnected => unconnected.insert((self.connect)(&self.database)?),
        };
        let size = note.head().size;
        let last: Option<u64> = connection
            .query_row("SELECT position FROM events WHERE position = ?1", [size], |row| {
                row.get(0)
            })
            .optional()?;
        if size > 0 && last.is_none() {
            return Err(NotingError::Contradiction);
        }
        Ok(note)
    }

    // Of several processes, the one that has seen most is right.
    fn keep(&self, note: &Note) -> Result<(), NotingError> {
        let folder = File::open(folder_of(&self.database))?;
        folder.lock()?;
        match Note::read(&self.database) {
            Ok(kept) if kept.commits >= note.commits && kept.head().size >= note.head().size => Ok(()),
            Ok(_) | Err(NoteError::Missing) => Ok(note.write(&self.database)?),
            Err(error) => Err(error.into()),
        }
    }
}
