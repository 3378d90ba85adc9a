//! Archives read forward, entry by entry, from one [`std::io::Read`]: zip, tar, tar.gz, tar.zst, tar.bz2,
//! tar.xz, and such in each other.
//!
//! [`recognize`] tells by content which of them a prefix begins, [`recognize_package`] which is not the document of an
//! application. [`read_archive`] then reads from the first byte to the last,
//! and gives a [`Visitor`] each entry with its content, which it may read or leave. What is checked:
//!
//! 1. each name, by itself and against all others of its archive (`names.rs`, `tree.rs`);
//! 2. each entry: kind, method, size, checksum (`zip.rs`, `tar.rs`); the end of a content is told only when it is sound;
//! 3. the archive: complete, nothing in it or behind it that belongs to nobody, and a zip's directory says what was seen;
//! 4. the limits, counted as the bytes come out, over all levels of nesting ([`ArchiveLimits`]).
//!
//! The first rule that is broken ends the reading ([`ArchiveError::Refused`]). An error of the input stays one
//! ([`ArchiveError::Input`]), whatever a decoder or a visitor made of it.
//!
//! Memory is bounded: for each level of nesting some buffers, a decoder (a zstd window has at most 8 MiB, a block of bzip2 3.6,
//! a dictionary of xz 64, within another xz 8) and the names. Nothing is written, nothing is sought, nothing is believed of a header that the content does not bear out. What is
//! neither read nor compared, since no content or name hangs on it: times, owners, permissions, comments of zip entries,
//! extra fields and pax keys of other meaning.

mod error;
mod format;
mod input;
mod names;
mod rule;
mod tar;
mod tree;
mod unpacked;
mod visit;
mod walk;
mod zip;

pub use error::{ArchiveError, Refusal};
pub use format::{ArchiveFormat, RECOGNITION_BYTES, recognition_bytes, recognize, recognize_package};
pub use names::NESTING_SEPARATOR;
pub use relay_model::ArchiveLimits;
pub use rule::ArchiveRule;
pub use visit::{Content, Entry, EntryKind, Nesting, PackedSink, Visitor};
pub use walk::{ArchiveSurvey, read_archive, read_archive_with_hint};
pub use zip::DirectoryHint;
