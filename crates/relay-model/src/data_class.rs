//! The classes of personal data.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::display::escape_for_display;

/// A class of personal data that a column can be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataClass {
    /// An e-mail address.
    Email,
    /// A telephone or fax number.
    Phone,
    /// A Social Security number of the United States.
    UsSsn,
    /// A payment card's number (PAN).
    PaymentCard,
    /// An International Bank Account Number.
    Iban,
    /// An IP address, version 4 or 6.
    IpAddress,
    /// A date of birth.
    DateOfBirth,
    /// A name of a person, or a part of it.
    PersonName,
}

/// What is not the name of a class.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{name}' is no class of personal data: use email, phone, us_ssn, payment_card, iban, ip_address, date_of_birth or person_name"
)]
pub struct UnknownClassError {
    /// What was found instead, escaped and cut.
    pub name: String,
}

impl DataClass {
    /// Every class, in the order in which a tie between two is decided.
    pub const ALL: [Self; 8] = [
        Self::Email,
        Self::Phone,
        Self::UsSsn,
        Self::PaymentCard,
        Self::Iban,
        Self::IpAddress,
        Self::DateOfBirth,
        Self::PersonName,
    ];

    /// The class as programs see it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::UsSsn => "us_ssn",
            Self::PaymentCard => "payment_card",
            Self::Iban => "iban",
            Self::IpAddress => "ip_address",
            Self::DateOfBirth => "date_of_birth",
            Self::PersonName => "person_name",
        }
    }

    /// The class as a token spells it.
    pub const fn token_name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::UsSsn => "ssn",
            Self::PaymentCard => "card",
            Self::Iban => "iban",
            Self::IpAddress => "ip",
            Self::DateOfBirth => "dob",
            Self::PersonName => "name",
        }
    }

    /// Its place in [`DataClass::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for DataClass {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for DataClass {
    type Err = UnknownClassError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|class| class.name() == name);
        known.ok_or_else(|| UnknownClassError {
            name: escape_for_display(name),
        })
    }
}
