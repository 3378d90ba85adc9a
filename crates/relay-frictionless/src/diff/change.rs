//! One difference between two schemas, and how it is said.

use std::borrow::Cow;
use std::fmt;

use relay_model::escape_for_display;
use serde::Serialize;

use crate::schema::{FieldType, FieldsMatch};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The field, by the name that it has in the registered schema if it is there; nothing for the schema as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is different.
    #[serde(flatten)]
    pub kind: ChangeKind,
}

/// What is different.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum ChangeKind {
    /// There is a new field.
    Added {
        /// Whether every row must have a value in it, which tables of before do not.
        is_required: bool,
    },
    /// A field is gone.
    Dropped,
    /// A field is gone and there is a new one of the same type which is likely to be it.
    Renamed {
        /// The new name.
        to: String,
    },
    /// The type holds every value that the one before it did.
    TypeWidened {
        /// The type that is registered.
        from: FieldType,
        /// The new type.
        to: FieldType,
    },
    /// The type does not hold every value that the one before it did.
    TypeNarrowed {
        /// The type that is registered.
        from: FieldType,
        /// The new type.
        to: FieldType,
    },
    /// The type is the same, and values are written otherwise.
    FormatChanged {
        /// Whether what was read before is still read, as the same value.
        is_wider: bool,
    },
    /// Every row must have a value now.
    NowRequired,
    /// Rows may be without a value now.
    NoLongerRequired,
    /// Other texts mean "no value": texts that were values may be lost, or the reverse.
    MissingValuesChanged,
    /// A constraint lets less through.
    ConstraintTightened {
        /// Its name in the schema.
        constraint: Cow<'static, str>,
    },
    /// A constraint lets more through, or is gone.
    ConstraintLoosened {
        /// Its name in the schema.
        constraint: Cow<'static, str>,
    },
    /// Fields are found in tables otherwise.
    FieldsMatchChanged {
        /// What is registered.
        from: FieldsMatch,
        /// What is new.
        to: FieldsMatch,
        /// Whether every table that matched before still does.
        is_looser: bool,
    },
    /// The fields that both have are in another order.
    Reordered,
    /// There is a key that was not there.
    KeyTightened {
        /// Its name in the schema.
        what: Cow<'static, str>,
    },
    /// A key is gone.
    KeyLoosened {
        /// Its name in the schema.
        what: Cow<'static, str>,
    },
}

impl Change {
    pub(super) fn new(field: &str, kind: ChangeKind) -> Self {
        Self {
            field: Some(field.to_owned()),
            kind,
        }
    }

    pub(super) const fn of_schema(kind: ChangeKind) -> Self {
        Self { field: None, kind }
    }

    /// Whether the change loses nothing.
    ///
    /// A primary or unique key that is gone loses a promise that readers of the result may rely on, but no value of any
    /// table: it passes, and is said. The order of columns is part of an exact schema, so another order does not pass.
    pub const fn passes(&self) -> bool {
        match &self.kind {
            ChangeKind::Added { is_required } => !*is_required,
            ChangeKind::FormatChanged { is_wider } => *is_wider,
            ChangeKind::FieldsMatchChanged { is_looser, .. } => *is_looser,
            ChangeKind::TypeWidened { .. }
            | ChangeKind::NoLongerRequired
            | ChangeKind::ConstraintLoosened { .. }
            | ChangeKind::KeyLoosened { .. } => true,
            ChangeKind::Dropped
            | ChangeKind::Renamed { .. }
            | ChangeKind::TypeNarrowed { .. }
            | ChangeKind::NowRequired
            | ChangeKind::MissingValuesChanged
            | ChangeKind::ConstraintTightened { .. }
            | ChangeKind::Reordered
            | ChangeKind::KeyTightened { .. } => false,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = &self.field {
            write!(formatter, "column '{}' ", escape_for_display(field))?;
        }
        match &self.kind {
            ChangeKind::Added { is_required: false } => formatter.write_str("is new and may be empty"),
            ChangeKind::Added { is_required: true } => {
                formatter.write_str("is new, and every row must have a value in it")
            }
            ChangeKind::Dropped => formatter.write_str("is missing"),
            ChangeKind::Renamed { to } => write!(formatter, "seems to be called '{}' now", escape_for_display(to)),
            ChangeKind::TypeWidened { from, to } => {
                write!(
                    formatter,
                    "was {} and is {}, which holds all of it",
                    from.name(),
                    to.name()
                )
            }
            ChangeKind::TypeNarrowed { from, to } => {
                write!(
                    formatter,
                    "was {} and is {}, which does not hold all of it",
                    from.name(),
                    to.name()
                )
            }
            ChangeKind::FormatChanged { is_wider: true } => {
                formatter.write_str("may be written in more ways than before")
            }
            ChangeKind::FormatChanged { is_wider: false } => formatter.write_str("is written in another way"),
            ChangeKind::NowRequired => formatter.write_str("must have a value in every row now"),
            ChangeKind::NoLongerRequired => formatter.write_str("may be empty now"),
            ChangeKind::MissingValuesChanged => formatter.write_str("has other texts that mean 'no value'"),
            ChangeKind::ConstraintTightened { constraint } => {
                write!(formatter, "is held to a stricter {constraint} than before")
            }
            ChangeKind::ConstraintLoosened { constraint } => {
                write!(formatter, "is held to a looser {constraint} than before, or to none")
            }
            ChangeKind::FieldsMatchChanged { from, to, .. } => {
                write!(
                    formatter,
                    "columns were matched by '{}', and are by '{}'",
                    from.name(),
                    to.name()
                )
            }
            ChangeKind::Reordered => formatter.write_str("the columns are in another order"),
            ChangeKind::KeyTightened { what } => write!(formatter, "{what} has a key that it did not have"),
            ChangeKind::KeyLoosened { what } => write!(formatter, "{what} has lost a key"),
        }
    }
}
