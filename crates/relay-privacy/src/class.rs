//! Sets of classes of personal data.

use std::fmt;

use relay_model::DataClass;

/// A set of classes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct ClassSet(u8);

impl ClassSet {
    /// No class.
    pub const EMPTY: Self = Self(0);

    /// The set of these classes.
    pub const fn of(classes: &[DataClass]) -> Self {
        let mut set = Self::EMPTY;
        let mut at = 0;
        while at < classes.len() {
            set = set.with(classes[at]);
            at += 1;
        }
        set
    }

    /// This set and one class more.
    #[must_use]
    pub const fn with(self, class: DataClass) -> Self {
        Self(self.0 | 1 << class as u8)
    }

    /// What is in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a class is in it.
    pub const fn contains(self, class: DataClass) -> bool {
        self.0 & (1 << class as u8) != 0
    }

    /// Whether no class is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its classes, in the order of [`DataClass::ALL`].
    pub fn iter(self) -> impl Iterator<Item = DataClass> {
        DataClass::ALL.into_iter().filter(move |class| self.contains(*class))
    }
}

impl fmt::Debug for ClassSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.iter()).finish()
    }
}
