//! Duplicates: packages of one organization that bring the same bytes, or the same name, as one before them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::PackageId;

/// What a package has in common with one before it. Its name is its whole key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateKind {
    /// The same bytes, under another name.
    SameBytes,
    /// The same name, with other bytes.
    SameNameOtherBytes,
    /// The same name and the same bytes.
    SameNameSameBytes,
}

impl DuplicateKind {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SameBytes => "same_bytes",
            Self::SameNameOtherBytes => "same_name_other_bytes",
            Self::SameNameSameBytes => "same_name_same_bytes",
        }
    }

    /// The same in words.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::SameBytes => "the same bytes under another name",
            Self::SameNameOtherBytes => "other bytes under the same name",
            Self::SameNameSameBytes => "the same bytes under the same name",
        }
    }

    /// Whether the two have the same name.
    pub const fn has_same_name(self) -> bool {
        matches!(self, Self::SameNameOtherBytes | Self::SameNameSameBytes)
    }

    /// Whether the two have the same bytes.
    pub const fn has_same_bytes(self) -> bool {
        matches!(self, Self::SameBytes | Self::SameNameSameBytes)
    }
}

impl fmt::Display for DuplicateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// That a package duplicates another of its organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duplicate {
    /// How.
    pub kind: DuplicateKind,
    /// The first package of the organization with these bytes, or with this name.
    pub of: PackageId,
}

/// What a package duplicates. On the wire a list; `null` when that could not be looked up; and no member at all in an event
/// when it duplicates nothing, so that events from before duplicates were recorded have the same bytes as ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Duplicates(Option<Vec<Duplicate>>);

impl Duplicates {
    /// That it duplicates these; none when the list is empty.
    pub const fn found(duplicates: Vec<Duplicate>) -> Self {
        Self(Some(duplicates))
    }

    /// That it could not be looked up.
    pub const fn unknown() -> Self {
        Self(None)
    }

    /// What is known of them.
    pub fn known(&self) -> &[Duplicate] {
        self.0.as_deref().unwrap_or_default()
    }

    /// Whether they could be looked up.
    pub const fn is_known(&self) -> bool {
        self.0.is_some()
    }

    /// Whether it is known to duplicate nothing.
    pub fn are_none(&self) -> bool {
        self.0.as_ref().is_some_and(Vec::is_empty)
    }
}

impl Default for Duplicates {
    fn default() -> Self {
        Self::found(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Holder {
        #[serde(default, skip_serializing_if = "Duplicates::are_none")]
        duplicates: Duplicates,
    }

    #[test]
    fn none_unknown_and_some_are_three_different_things_on_the_wire() {
        let of: PackageId = "pkg-00112233445566778899aabbccddeeff00112233".parse().unwrap();
        let kind = DuplicateKind::SameNameOtherBytes;
        for (duplicates, wire) in [
            (Duplicates::default(), "{}"),
            (Duplicates::unknown(), r#"{"duplicates":null}"#),
            (
                Duplicates::found(vec![Duplicate { kind, of }]),
                r#"{"duplicates":[{"kind":"same_name_other_bytes","of":"pkg-00112233445566778899aabbccddeeff00112233"}]}"#,
            ),
        ] {
            let holder = Holder { duplicates };
            assert_eq!(serde_json::to_string(&holder).unwrap(), wire);
            assert_eq!(serde_json::from_str::<Holder>(wire).unwrap(), holder);
        }
    }

    #[test]
    fn names_are_those_of_the_wire() {
        for kind in [
            DuplicateKind::SameBytes,
            DuplicateKind::SameNameOtherBytes,
            DuplicateKind::SameNameSameBytes,
        ] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
