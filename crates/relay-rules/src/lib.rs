//! Pure decisions: may this key, this sender, this envelope enter? What do these first bytes hold? What does this
//! notification announce? Nothing here performs I/O; callers bring the facts.
//!
//! In the order in which a package meets them:
//!
//! 1. [`decode`] turns a message into arrivals, record by record. Keys are decoded exactly once, and bytes that are not
//!    UTF-8 become U+FFFD, so that the next rule refuses them.
//! 2. [`check_key`] refuses a key that is unsafe, and never repairs one. Its rules stand in the order of
//!    [`relay_model::REASONS`]; the first that is broken gives the reason, so the same key always has the same one.
//! 3. [`check_organization`] compares the first segment with what the registry found, byte for byte.
//! 4. [`check_envelope`] judges size, hash, encryption and the first bytes. [`sniff`] alone says what the bytes are.
//!    [`decide`] is rules 2 to 4 in their order: the one verdict before processing.
//! 5. [`table_rule`] finds the table that the organization declared for the path; [`check_settings`] refuses
//!    declarations that could not be used, before they are stored.
//!
//! What is said of characters and hidden steps ([`is_control`] to [`is_lookalike_step`]) holds for names within a package
//! too, so it is public.
//!
//! A refusal is a [`relay_model::Reason`]: its code is for programs, its text names the place (segment, byte, code point)
//! and shows nothing of the package but the escaped first segment.

mod characters;
mod content;
mod decide;
mod delimited;
mod emoji;
mod envelope;
mod key;
mod notification;
mod organization;
mod system_files;
mod table_rule;
mod traversal;

pub use characters::{code_point, is_bidi_control, is_control, is_invisible};
pub use content::{CONTENT_PREFIX_BYTES, Content, sniff};
pub use decide::{Decision, Facts, decide};
pub use emoji::lone_invisible;
pub use envelope::{Envelope, check_envelope};
pub use key::{KEY_BYTES_MAX, KEY_SEGMENTS_MAX, SafeKey, check_key};
pub use notification::{Decoded, DropReason, Dropped, Undecodable, decode};
pub use organization::check_organization;
pub use system_files::{is_system_file, is_system_folder};
pub use table_rule::{SettingsError, check_settings, table_rule, table_rule_position};
pub use traversal::{is_hidden_step, is_lookalike_step};
