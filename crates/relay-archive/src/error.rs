//! What can go wrong: the input, the visitor, or the archive itself.

use relay_model::escape_for_display;
use std::fmt;
use std::io;

use crate::names::NESTING_SEPARATOR;
use crate::rule::ArchiveRule;

/// An archive that breaks a rule. It names places and never shows content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The rule.
    pub rule: ArchiveRule,
    /// Where: the path of the entry or of the nested archive, escaped and cut; `None` for the outermost archive itself.
    pub place: Option<String>,
    /// What was found, for a person.
    pub text: String,
    /// The place is a name within an archive whose own place is still to be told.
    is_relative: bool,
}

impl Refusal {
    pub(crate) fn new(rule: ArchiveRule, text: impl Into<String>) -> Self {
        Self {
            rule,
            place: None,
            text: text.into(),
            is_relative: false,
        }
    }

    /// With the path of its place, unless one nearer to the fault is known already.
    pub(crate) fn at(mut self, path: &str) -> Self {
        if self.place.is_none() || self.is_relative {
            self.place = Some(escape_for_display(path));
            self.is_relative = false;
        }
        self
    }

    /// With a name within the archive that is being read, unless a place is known already.
    pub(crate) fn within(mut self, name: &str) -> Self {
        if self.place.is_none() {
            self.place = Some(escape_for_display(name));
            self.is_relative = true;
        }
        self
    }

    /// With its place seen from outside, `around` being the path of the archive that is being read.
    pub(crate) fn in_archive(mut self, around: Option<&str>) -> Self {
        if let (Some(around), true) = (around, self.is_relative) {
            let name = self.place.take().unwrap_or_default();
            self.place = Some(format!("{}{NESTING_SEPARATOR}{name}", escape_for_display(around)));
        }
        self.is_relative = false;
        match around {
            Some(around) => self.at(around),
            None => self,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(formatter, "{}: {place}: {}", self.rule, self.text),
            None => write!(formatter, "{}: {}", self.rule, self.text),
        }
    }
}

/// Why an archive was not read to its end. `E` is the visitor's own error.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError<E> {
    /// The input could not be read: our side, may be tried again.
    #[error("the input could not be read")]
    Input(#[source] io::Error),
    /// The visitor gave up.
    #[error("the entry could not be taken")]
    Visitor(#[source] E),
    /// The archive breaks a rule.
    #[error("{0}")]
    Refused(Refusal),
}

/// What stops the reading, whoever visits.
#[derive(Debug)]
pub(crate) enum Failure {
    Input(io::Error),
    Refused(Refusal),
}

impl<E> From<Failure> for ArchiveError<E> {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Input(error) => Self::Input(error),
            Failure::Refused(refusal) => Self::Refused(refusal),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

pub(crate) fn refuse<T>(rule: ArchiveRule, text: impl Into<String>) -> Result<T, Failure> {
    Err(Refusal::new(rule, text).into())
}
