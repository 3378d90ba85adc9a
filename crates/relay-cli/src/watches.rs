//! Events of the file system: which names below a folder appeared or were closed by their writer (inotify(7)).
//!
//! Events can be lost: when more happen than the kernel keeps, for folders beyond the number that a user may watch, and where a
//! file system is shared with another machine. So whoever watches also looks by itself from time to time.
//!
//! A thread waits for the kernel (waiting for a file descriptor in the runtime takes unsafe code). Names that are not wanted
//! go no further than that thread.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::inotify::{CreateFlags, ReadFlags, Reader, WatchFlags, add_watch, init};
use rustix::io::Errno;
use tokio::sync::mpsc;

/// What is read from the kernel at a time, in bytes: some 500 events with usual names.
const BUFFER_BYTES: usize = 32 * 1024;
/// The most events that are kept until somebody looks. Of more the kernel keeps some, and then says that it lost the rest.
const EVENTS_MAX: usize = 4_096;

/// Something happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A file appeared, was closed by a writer, or got other permissions.
    File(PathBuf),
    /// A folder appeared: it is to be watched, and may hold files already.
    Folder(PathBuf),
    /// Events were lost.
    Lost,
}

/// Watches folders.
pub struct Watches {
    inotify: Arc<OwnedFd>,
    folders: HashMap<i32, PathBuf>,
    heard: mpsc::Receiver<Heard>,
    // What ended a wait.
    first: Option<Heard>,
}

// An event as the kernel tells it: about a name in the folder of this number.
struct Heard {
    folder: i32,
    name: OsString,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    File,
    Folder,
    Unwatched,
    Lost,
}

impl Watches {
    /// Nothing is watched yet. Of files only `wanted` names are told.
    pub fn new(wanted: fn(&OsStr) -> bool) -> io::Result<Self> {
        let inotify = Arc::new(init(CreateFlags::CLOEXEC)?);
        let (tell, heard) = mpsc::channel(EVENTS_MAX);
        let source = Arc::clone(&inotify);
        // It ends with the process, or when nobody listens any more.
        std::thread::Builder::new()
            .name("relay-inbox".to_owned())
            .spawn(move || listen(&source, wanted, &tell))?;
        Ok(Self {
            inotify,
            folders: HashMap::new(),
            heard,
            first: None,
        })
    }

    /// Watches the entries of a folder, not those of folders in it. Doing it again is harmless.
    pub fn watch(&mut self, folder: &Path) -> io::Result<()> {
        let flags = WatchFlags::CREATE
            | WatchFlags::CLOSE_WRITE
            | WatchFlags::MOVED_TO
            | WatchFlags::ATTRIB
            | WatchFlags::ONLYDIR
            | WatchFlags::EXCL_UNLINK;
        let number = add_watch(&*self.inotify, folder, flags)?;
        self.folders.insert(number, folder.to_owned());
        Ok(())
    }

    /// Waits for an event; false when there will be none any more. May be dropped at any time.
    pub async fn wait(&mut self) -> bool {
        if self.first.is_none() {
            self.first = self.heard.recv().await;
        }
        self.first.is_some()
    }

    /// What happened since the last look. Does not wait.
    pub fn look(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        let mut next = self.first.take();
        for _ in 0..EVENTS_MAX {
            let Some(heard) = next.take().or_else(|| self.heard.try_recv().ok()) else {
                break;
            };
            let folder = self.folders.get(&heard.folder);
            match (heard.what, folder) {
                (What::Lost, _) => events.push(Event::Lost),
                (What::File, Some(folder)) => events.push(Event::File(folder.join(heard.name))),
                (What::Folder, Some(folder)) => events.push(Event::Folder(folder.join(heard.name))),
                (What::Unwatched, _) => {
                    self.folders.remove(&heard.folder);
                }
                (What::File | What::Folder, None) => {}
            }
        }
        events
    }
}

fn listen(inotify: &OwnedFd, wanted: fn(&OsStr) -> bool, tell: &mpsc::Sender<Heard>) {
    let mut buffer = vec![MaybeUninit::uninit(); BUFFER_BYTES];
    let mut reader = Reader::new(inotify, &mut buffer);
    loop {
        let heard = match reader.next() {
            Ok(event) => {
                let name = event.file_name().map_or(&[][..], |name| name.to_bytes());
                what(event.events(), OsStr::from_bytes(name), wanted).map(|what| Heard {
                    folder: event.wd(),
                    name: OsString::from_vec(name.to_vec()),
                    what,
                })
            }
            Err(Errno::INTR) => None,
            Err(error) => {
                tracing::warn!(%error, "no more events of files; the inbox is looked through instead");
                return;
            }
        };
        if heard.is_some_and(|heard| tell.blocking_send(heard).is_err()) {
            return;
        }
    }
}

fn what(kind: ReadFlags, name: &OsStr, wanted: fn(&OsStr) -> bool) -> Option<What> {
    if kind.contains(ReadFlags::QUEUE_OVERFLOW) {
        return Some(What::Lost);
    }
    if kind.contains(ReadFlags::IGNORED) {
        return Some(What::Unwatched);
    }
    if name.is_empty() {
        return None;
    }
    if kind.contains(ReadFlags::ISDIR) {
        let appeared = kind.intersects(ReadFlags::CREATE | ReadFlags::MOVED_TO);
        return appeared.then_some(What::Folder);
    }
    wanted(name).then_some(What::File)
}
