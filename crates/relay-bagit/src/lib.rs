//! Is this set of files, with these digests, a valid bag? The rules of BagIt, RFC 8493 for version 1.0 and the drafts
//! before it for 0.93 to 0.97. Nothing here performs I/O; callers bring the facts, in three steps:
//!
//! 1. [`Survey`] is told every file's name while the archive is read for the first time, and asks for the bytes of the
//!    few that may be tag files. At its end it says whether the archive is meant as a bag.
//! 2. [`BagTags`] is what the tag files say, and what is wrong with them. It names the digests that each file is held
//!    against ([`BagTags::wanted_algorithms`]).
//! 3. [`Judge`] is told every file's name, length and digests, in any order, while the archive is read for the second
//!    time. At its end there is a [`BagVerdict`]: every [`BagRule`] that was broken, by file and line.
//!
//! A verdict's findings name places and never contents; names are escaped. docs/BAGIT.md holds the rules against the
//! sections of the RFC.
//!
//! ```
//! use relay_bagit::{Algorithm, BagLimits, Digests, Judge, Outcome, Survey};
//!
//! let bagit = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
//! let manifest = b"d41d8cd98f00b204e9800998ecf8427e  data/empty\n";
//! let mut survey = Survey::new(&BagLimits::default());
//! for (name, bytes) in [("b/bagit.txt", &bagit[..]), ("b/manifest-md5.txt", &manifest[..]), ("b/data/empty", b"")] {
//!     if survey.file(name).is_some() {
//!         survey.tag_file(name, bytes.to_vec());
//!     }
//! }
//! let tags = survey.finish().ok_or("not a bag")?;
//! assert!(tags.wanted_algorithms("b/data/empty").contains(Algorithm::Md5));
//!
//! let mut digests = Digests::default();
//! digests.set(Algorithm::Md5, b"\xd4\x1d\x8c\xd9\x8f\x00\xb2\x04\xe9\x80\x09\x98\xec\xf8\x42\x7e")?;
//! let mut judge = Judge::new(&tags);
//! judge.file("b/bagit.txt", 54, &Digests::default())?;
//! judge.file("b/manifest-md5.txt", 45, &Digests::default())?;
//! judge.file("b/data/empty", 0, &digests)?;
//! assert_eq!(judge.finish()?.outcome, Outcome::ValidWithWarnings, "md5 is weak");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod algorithm;
mod coverage;
mod declaration;
mod fetch;
mod finding;
mod info;
mod judge;
mod kind;
mod layout;
mod limits;
mod manifest;
mod names;
mod path;
mod rule;
mod tags;
mod text;

pub use algorithm::{Algorithm, Algorithms, DigestLengthError, Digests};
pub use declaration::{BagItVersion, Declaration};
pub use finding::{BagVerdict, Finding, Outcome};
pub use info::{InfoField, Oxum};
pub use judge::{Judge, JudgeError};
pub use kind::{DECLARATION, FETCH, FileKind, ManifestName};
pub use layout::{BagLayout, Survey};
pub use limits::BagLimits;
pub use rule::{BagRule, Severity};
pub use tags::BagTags;
pub use text::TagEncoding;
