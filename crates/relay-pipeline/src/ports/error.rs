//! What can go wrong behind a port, as far as the journey must know it.

use std::error::Error;
use std::fmt;

/// What a caller can do about a port error. Every handler matches on all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PortErrorClass {
    /// May go well the next time: a lost connection, throttling, a lock.
    Retryable,
    /// Will fail again until somebody changes something: a permission, a damaged file, a defect.
    Permanent,
    /// Somebody else was first. The operation had no effect.
    PreconditionFailed,
    /// What was named does not exist.
    NotFound,
    /// No space is left to write.
    StorageFull,
}

/// A port operation that did not succeed.
#[derive(Debug)]
pub struct PortError {
    class: PortErrorClass,
    context: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl PortError {
    /// An error of `class`; `context` says what was attempted on what.
    pub fn new(class: PortErrorClass, context: impl Into<String>) -> Self {
        Self {
            class,
            context: context.into(),
            source: None,
        }
    }

    /// Adds the cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What a caller can do about it.
    pub const fn class(&self) -> PortErrorClass {
        self.class
    }

    /// An I/O error, classed by its kind.
    pub fn from_io(context: impl Into<String>, error: std::io::Error) -> Self {
        use std::io::ErrorKind;
        let class = match error.kind() {
            ErrorKind::NotFound => PortErrorClass::NotFound,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => PortErrorClass::StorageFull,
            ErrorKind::AlreadyExists => PortErrorClass::PreconditionFailed,
            ErrorKind::Interrupted
            | ErrorKind::TimedOut
            | ErrorKind::WouldBlock
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof => PortErrorClass::Retryable,
            _ => PortErrorClass::Permanent,
        };
        Self::new(class, context).caused_by(error)
    }
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.context)
    }
}

impl Error for PortError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_ref()
            .map(|source| source.as_ref() as &(dyn Error + 'static))
    }
}
