//! The data folder of an on-premises relay: its marker, its parts, and who is using it.
//!
//! ```text
//! DIR/relay.json   {"format":1}: this is a data folder
//! DIR/relay.lock   held by the one program that works in it; says which
//! DIR/relay.db     trails, packages, organizations, queue
//! DIR/relay.head   the head of the log, noted outside the database
//! DIR/store/       object versions
//! DIR/keys/        token keys of organizations: whoever has one can find out what its tokens stand for
//! DIR/inbox/       where producers put files
//! DIR/taking/      files that are being taken in from the inbox
//! DIR/tmp/         scratch
//! ```

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The format of data folders that this program makes and uses.
const FORMAT: u32 = 1;
pub(crate) const MARKER_FILE: &str = "relay.json";
pub(crate) const LOCK_FILE: &str = "relay.lock";
pub(crate) const DATABASE_FILE: &str = "relay.db";
const HEAD_FILE: &str = "relay.head";
pub(crate) const STORE_FOLDER: &str = "store";
pub(crate) const KEYS_FOLDER: &str = "keys";
pub(crate) const INBOX_FOLDER: &str = "inbox";
pub(crate) const TAKING_FOLDER: &str = "taking";
const TEMPORARY_FOLDER: &str = "tmp";
/// What may be in a folder that is about to become a data folder: what a relay that was cut off left, and what a freshly
/// made file system has.
const EXPECTED: [&str; 10] = [
    STORE_FOLDER,
    KEYS_FOLDER,
    INBOX_FOLDER,
    TAKING_FOLDER,
    TEMPORARY_FOLDER,
    MARKER_FILE,
    LOCK_FILE,
    DATABASE_FILE,
    HEAD_FILE,
    "lost+found",
];
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
/// The most of a lock file that is read, in bytes.
const LOCK_BYTES_MAX: u64 = 1_024;

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// There is no such folder.
    #[error("{folder} does not exist: `relay org add ID` makes a new one, or name another folder")]
    Missing {
        /// Which.
        folder: String,
    },
    /// It is a folder, but not a relay's.
    #[error("{folder} is not a relay data folder: {MARKER_FILE} is missing")]
    NotARelayFolder {
        /// Which.
        folder: String,
    },
    /// It is in use for something else.
    #[error("{folder} is not empty and not a relay data folder: name an empty or a new folder")]
    NotEmpty {
        /// Which.
        folder: String,
    },
    /// The marker cannot be understood.
    #[error("{folder}/{MARKER_FILE} is not what a relay writes: restore it from a backup")]
    Marker {
        /// Which.
        folder: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A later program made it.
    #[error(
        "the data folder {folder} was written by a newer relay (format {found}, this program knows {FORMAT}): use that program"
    )]
    Newer {
        /// Which.
        folder: String,
        /// What its marker says.
        found: u32,
    },
    /// This user may not write to it.
    #[error("{folder} cannot be written: run as the user that owns it, or change its permissions")]
    NotWritable {
        /// Which.
        folder: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another program works in it.
    #[error("{folder} is in use by {holder}: stop it or wait")]
    InUse {
        /// Which.
        folder: String,
        /// Who, with process id, as it wrote into the lock file.
        holder: String,
    },
    /// Something else went wrong.
    #[error("the data folder {folder} could not be opened")]
    Io {
        /// Which.
        folder: String,
        /// What.
        #[source]
        source: io::Error,
    },
}

#[derive(Serialize, Deserialize)]
struct Marker {
    format: u32,
}

/// A data folder whose format this program knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFolder {
    path: PathBuf,
}

/// While this value lives, its process is the only one that works in the folder. The system gives the lock back when
/// the process ends, however it ends.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl DataFolder {
    /// Opens the data folder `path`; makes it when it is missing or empty.
    pub fn open_or_create(path: &Path) -> Result<Self, FolderError> {
        let folder = Self { path: path.to_owned() };
        if !path.join(MARKER_FILE).exists() {
            folder.create()?;
        }
        Self::open_existing(path)
    }

    /// Opens the data folder `path`.
    pub fn open_existing(path: &Path) -> Result<Self, FolderError> {
        let folder = Self::open_reading(path)?;
        folder.prepare().map_err(folder.io())?;
        Ok(folder)
    }

    /// Opens the data folder `path` to look at it; nothing in it is made or changed.
    pub fn open_reading(path: &Path) -> Result<Self, FolderError> {
        let folder = Self { path: path.to_owned() };
        if !path.is_dir() {
            return Err(FolderError::Missing { folder: folder.name() });
        }
        let text = match fs::read(path.join(MARKER_FILE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(FolderError::NotARelayFolder { folder: folder.name() });
            }
            other => other.map_err(folder.io())?,
        };
        let marker: Marker = serde_json::from_slice(&text).map_err(|source| FolderError::Marker {
            folder: folder.name(),
            source,
        })?;
        if marker.format != FORMAT {
            return Err(FolderError::Newer {
                folder: folder.name(),
                found: marker.format,
            });
        }
        Ok(folder)
    }

    /// Whether this process may write here: a read-only file system, a snapshot, another user's folder say no. Asked
    /// before the database is opened: opening its file a second time would take away the locks of the first.
    pub fn may_be_written(&self) -> bool {
        let probe = self.path.join(format!(".relay-probe.{}", std::process::id()));
        let new = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(FILE_MODE)
            .open(&probe);
        let may_add = match new {
            Ok(_) => fs::remove_file(&probe).is_ok(),
            Err(error) => !is_forbidden(&error),
        };
        let there = OpenOptions::new().write(true).open(self.database());
        may_add && !there.is_err_and(|error| is_forbidden(&error))
    }

    /// The error of a command that has to write to a folder that may not be written.
    pub fn not_writable(&self) -> FolderError {
        FolderError::NotWritable {
            folder: self.name(),
            source: io::Error::from(io::ErrorKind::PermissionDenied),
        }
    }

    /// The data folder `path`, whatever its marker says: to look at what cannot be opened.
    pub(crate) fn assumed(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Takes the folder for this process; `purpose` is what others are told, for example `relay serve`.
    pub fn lock(&self, purpose: &str) -> Result<FolderLock, FolderError> {
        let mut options = OpenOptions::new();
        options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(FILE_MODE);
        let mut file = options.open(self.path.join(LOCK_FILE)).map_err(self.io())?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(FolderError::InUse {
                    folder: self.name(),
                    holder: holder(&file),
                });
            }
            Err(TryLockError::Error(error)) => return Err(self.io()(error)),
        }
        let text = format!("`{purpose}` (process {})\n", std::process::id());
        file.set_len(0)
            .and_then(|()| file.write_all(text.as_bytes()))
            .map_err(self.io())?;
        Ok(FolderLock { _file: file })
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where object versions are.
    pub fn store(&self) -> PathBuf {
        self.path.join(STORE_FOLDER)
    }

    /// Where token keys are.
    pub fn keys(&self) -> PathBuf {
        self.path.join(KEYS_FOLDER)
    }

    /// Where everything else is.
    pub fn database(&self) -> PathBuf {
        self.path.join(DATABASE_FILE)
    }

    /// Where producers put files.
    pub fn inbox(&self) -> PathBuf {
        self.path.join(INBOX_FOLDER)
    }

    /// Where files stand while they are taken in from the inbox; on the same file system, unless the inbox is a mount.
    pub fn taking(&self) -> PathBuf {
        self.path.join(TAKING_FOLDER)
    }

    /// Scratch, on the same file system as the store.
    pub fn temporary(&self) -> PathBuf {
        self.path.join(TEMPORARY_FOLDER)
    }

    // The marker comes last and in one step, so a folder that has one is complete. Two processes may do this together.
    fn create(&self) -> Result<(), FolderError> {
        make_folder(&self.path, true).map_err(self.io())?;
        let foreign = fs::read_dir(&self.path)
            .map_err(self.io())?
            .any(|entry| entry.is_ok_and(|entry| !EXPECTED.iter().any(|name| entry.file_name() == *name)));
        if foreign && !self.path.join(MARKER_FILE).exists() {
            return Err(FolderError::NotEmpty { folder: self.name() });
        }
        self.prepare().and_then(|()| self.write_marker()).map_err(self.io())
    }

    // Folders that are empty when a backup is made may be missing in it.
    fn prepare(&self) -> io::Result<()> {
        for folder in [self.store(), self.inbox(), self.temporary()] {
            make_folder(&folder, false)?;
        }
        Ok(())
    }

    fn write_marker(&self) -> io::Result<()> {
        let text = serde_json::to_vec(&Marker { format: FORMAT })?;
        let temporary = self.temporary().join(format!("{MARKER_FILE}.{}", std::process::id()));
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(FILE_MODE)
            .open(&temporary)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&temporary, self.path.join(MARKER_FILE))?;
        File::open(&self.path)?.sync_all()
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn io(&self) -> impl Fn(io::Error) -> FolderError + use<> {
        let folder = self.name();
        move |source| {
            let folder = folder.clone();
            if is_forbidden(&source) {
                FolderError::NotWritable { folder, source }
            } else {
                FolderError::Io { folder, source }
            }
        }
    }
}

// A full disk, for one, is another matter.
fn is_forbidden(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
    )
}

fn make_folder(path: &Path, with_parents: bool) -> io::Result<()> {
    match DirBuilder::new().mode(FOLDER_MODE).recursive(with_parents).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        other => other,
    }
}

fn holder(file: &File) -> String {
    let mut text = String::new();
    match file.take(LOCK_BYTES_MAX).read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => text.trim().escape_debug().to_string(),
        // It has the lock, and has not written yet who it is.
        _ => "another process".to_owned(),
    }
}
