//! How a table ends: its content judged, or an error that stops the work.

use std::borrow::Cow;

use relay_model::Reason;

use crate::blocks::BlockError;
use crate::outcome::TransformError;
use crate::plan::Learnt;

/// How the reading of rows ends.
pub(crate) enum Ending {
    Complete,
    Quarantine(Reason),
    NotATable(Cow<'static, str>),
    AnotherPass(Learnt),
}

/// Why no more rows are read before the end.
pub(crate) enum Stop {
    Ending(Ending),
    Error(TransformError),
}

impl From<TransformError> for Stop {
    fn from(error: TransformError) -> Self {
        Self::Error(error)
    }
}

impl From<BlockError> for Stop {
    fn from(error: BlockError) -> Self {
        match error {
            BlockError::Content(reason) => reason.into(),
            BlockError::Transform(error) => Self::Error(error),
        }
    }
}

impl From<Reason> for Stop {
    fn from(reason: Reason) -> Self {
        Self::Ending(Ending::Quarantine(reason))
    }
}
