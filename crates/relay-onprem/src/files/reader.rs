//! Reading one version: the header first, then the bytes, exactly as many as the header says.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::UNIX_EPOCH;

use relay_model::{ObjectVersion, Timestamp};
use relay_pipeline::ports::{ObjectReader, PortError, PortErrorClass};
use tokio::io::{AsyncRead, BufReader, ReadBuf};

use super::header::{Header, HeaderError};
use super::layout::{BucketFolder, FileName, version_id, version_number};

/// How much is read from disk at once, in bytes.
const READ_BUFFER_BYTES: usize = 512 * 1024;

/// A version whose header was read and whose length is right.
pub(super) struct Opened {
    file: File,
    pub(super) header: Header,
    header_bytes: u64,
}

impl Read for Opened {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.file.read(bytes)
    }
}

impl Opened {
    /// When the file was made, as the file system says.
    pub(super) fn stored_at(&self) -> Timestamp {
        let modified = self.file.metadata().and_then(|metadata| metadata.modified()).ok();
        let since = modified.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let milliseconds = since.and_then(|since| i64::try_from(since.as_millis()).ok());
        milliseconds
            .and_then(|milliseconds| Timestamp::from_unix_milliseconds(milliseconds).ok())
            .unwrap_or(Timestamp::EPOCH)
    }
}

/// Opens a version.
pub(super) fn open(root: &Path, object: &ObjectVersion) -> Result<Opened, PortError> {
    let missing = || {
        PortError::new(
            PortErrorClass::NotFound,
            format!("the store has no {}", described(object)),
        )
    };
    let bucket = BucketFolder::new(&object.bucket).ok_or_else(missing)?;
    let number = version_number(&object.version_id).ok_or_else(missing)?;
    let path = FileName::new(&object.key, number).path(&bucket.path(root));
    let opened = open_path(&path, &object.key).map_err(|error| error.named(object))?;
    // The number exists, but the id names other bytes: somebody made that id up.
    if version_id(number, &opened.header).as_ref() != Some(&object.version_id) {
        return Err(missing());
    }
    Ok(opened)
}

/// Opens a version and goes to `offset_bytes`.
pub(super) fn open_at(root: &Path, object: &ObjectVersion, offset_bytes: u64) -> Result<Opened, PortError> {
    let mut opened = open(root, object)?;
    let size_bytes = opened.header.size_bytes;
    if offset_bytes > size_bytes {
        let context = format!(
            "{} has {size_bytes} bytes: cannot read from {offset_bytes} on",
            described(object)
        );
        return Err(PortError::new(PortErrorClass::Permanent, context));
    }
    let seeked = opened.file.seek(SeekFrom::Start(opened.header_bytes + offset_bytes));
    seeked.map_err(|error| PortError::from_io(format!("{} could not be read", described(object)), error))?;
    Ok(opened)
}

/// The bytes from where `open_at` went to.
pub(super) fn stream(opened: Opened, offset_bytes: u64) -> ObjectReader {
    let remaining = opened.header.size_bytes.saturating_sub(offset_bytes);
    let mut file = tokio::fs::File::from_std(opened.file);
    // Small objects do not need the large buffer.
    let buffer_bytes = usize::try_from(remaining).map_or(READ_BUFFER_BYTES, |bytes| bytes.min(READ_BUFFER_BYTES));
    file.set_max_buf_size(READ_BUFFER_BYTES);
    Box::new(WholeReader {
        inner: BufReader::with_capacity(buffer_bytes.max(1), file),
        remaining,
    })
}

/// Why a file is not the version that it should be.
pub(super) enum OpenError {
    Io(io::Error),
    Header(HeaderError),
    OtherKey,
    Length { found_bytes: u64, expected_bytes: u64 },
}

impl OpenError {
    /// As an error of the port.
    pub(super) fn named(self, object: &ObjectVersion) -> PortError {
        let what = described(object);
        let damaged = |how: String| {
            PortError::new(
                PortErrorClass::Permanent,
                format!("the file of {what} is damaged ({how}): restore it from a backup"),
            )
        };
        match self {
            Self::Io(error) | Self::Header(HeaderError::Io(error)) => {
                PortError::from_io(format!("{what} could not be read"), error)
            }
            Self::Header(HeaderError::Newer(format)) => {
                PortError::new(PortErrorClass::Permanent, format!("{what} could not be read"))
                    .caused_by(HeaderError::Newer(format))
            }
            Self::Header(error) => damaged("its first line is not what was written".to_owned()).caused_by(error),
            Self::OtherKey => damaged("it holds another key".to_owned()),
            Self::Length {
                found_bytes,
                expected_bytes,
            } => damaged(format!("it has {found_bytes} bytes instead of {expected_bytes}")),
        }
    }
}

/// Opens the file of a version of `key`.
pub(super) fn open_path(path: &Path, key: &relay_model::ObjectKey) -> Result<Opened, OpenError> {
    let opened = open_header(path)?;
    if opened.header.key != *key {
        return Err(OpenError::OtherKey);
    }
    let found_bytes = opened.file.metadata().map_err(OpenError::Io)?.len();
    let expected_bytes = opened.header_bytes.saturating_add(opened.header.size_bytes);
    if found_bytes != expected_bytes {
        return Err(OpenError::Length {
            found_bytes,
            expected_bytes,
        });
    }
    Ok(opened)
}

/// Opens the file of a version and reads its header, whatever its length.
pub(super) fn open_header(path: &Path) -> Result<Opened, OpenError> {
    let file = File::open(path).map_err(OpenError::Io)?;
    let (header, header_bytes) = Header::read(&file).map_err(OpenError::Header)?;
    Ok(Opened {
        file,
        header,
        header_bytes,
    })
}

fn described(object: &ObjectVersion) -> String {
    format!(
        "version {} of {} in {}",
        object.version_id.as_str().escape_default(),
        object.key,
        object.bucket.as_str().escape_default()
    )
}

/// Ends after `remaining` bytes, and not silently before.
struct WholeReader {
    inner: BufReader<tokio::fs::File>,
    remaining: u64,
}

impl AsyncRead for WholeReader {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.remaining == 0 || out.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let limit = usize::try_from(self.remaining).map_or(out.remaining(), |left| left.min(out.remaining()));
        let mut limited = ReadBuf::new(out.initialize_unfilled_to(limit));
        ready!(Pin::new(&mut self.inner).poll_read(context, &mut limited))?;
        let read = limited.filled().len();
        if read == 0 {
            let text = format!("the file was cut short by {} bytes while it was read", self.remaining);
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, text)));
        }
        out.advance(read);
        self.remaining -= read as u64;
        Poll::Ready(Ok(()))
    }
}
