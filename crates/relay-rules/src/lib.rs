//! Pure decisions: may this key, this sender, this envelope enter? What do these first bytes hold? What does this
//! notification announce? Nothing here performs I/O; callers bring the facts.

mod characters;
mod content;
mod delimited;
mod envelope;
mod key;
mod notification;
mod organization;
mod table_rule;
mod traversal;

pub use content::{CONTENT_PREFIX_BYTES, Content, sniff};
pub use envelope::{Envelope, check_envelope};
pub use key::{KEY_BYTES_MAX, KEY_SEGMENTS_MAX, SafeKey, check_key};
pub use notification::{Decoded, DropReason, Dropped, Undecodable, decode};
pub use organization::{admit, check_organization};
pub use table_rule::{SettingsError, check_settings, table_rule};
