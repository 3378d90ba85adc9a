//! Notices in, alerts out: grouped, counted, limited, and safe to show.
//!
//! [`AlertState::advance`] is one round: the book of the last round, the time and what came since enter; the alerts to be
//! sent and the next book leave. docs/ALERTS.md has the rules. Nothing here performs I/O or reads a clock.

mod alert;
mod settings;
mod state;
mod text;

pub use alert::{
    ALERT_BYTES_MAX, ALERT_FORMAT_VERSION, Alert, AlertKind, AlertReason, EXAMPLES_MAX, Example,
    SUBJECT_CHARACTERS_MAX, Series, Severity,
};
pub use settings::{
    AlertSettings, ENVIRONMENT_CHARACTERS_MAX, EnvironmentName, EnvironmentNameError, Link, Place, QUIET_SECONDS,
};
pub use state::{
    ALERTS_PER_ROUND_MAX, AlertState, AlertStateError, BOOK_BYTES_MAX, BOOK_GROUPS_MAX, Received, SENDER_GROUPS_MAX,
    Sender,
};
pub use text::{CUT_MARK, KEY_BYTES_MAX, visible};
