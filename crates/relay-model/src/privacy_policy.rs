//! What an organization wants to become of each class.

use std::fmt;
use std::str::FromStr;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::data_class::{DataClass, UnknownClassError};
use crate::display::escape_for_display;

/// What becomes of the values of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    /// They stay as they are.
    Keep,
    /// Their form stays, their value is lost.
    Mask,
    /// Nothing stays.
    Drop,
    /// A token stands for each: the same for the same value, of no use without the organization's key.
    Tokenize,
}

impl Treatment {
    /// Every treatment.
    pub const ALL: [Self; 4] = [Self::Keep, Self::Mask, Self::Drop, Self::Tokenize];

    /// The treatment as programs see it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Mask => "mask",
            Self::Drop => "drop",
            Self::Tokenize => "tokenize",
        }
    }
}

impl fmt::Display for Treatment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What becomes of a text that is no table, when it holds personal data of a class that is treated in tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OpaqueRule {
    /// The package is quarantined.
    #[default]
    Quarantine,
    /// It is passed on as it is; what was found is told.
    Keep,
}

impl OpaqueRule {
    /// Every rule.
    pub const ALL: [Self; 2] = [Self::Quarantine, Self::Keep];

    /// The rule as programs see it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quarantine => "quarantine",
            Self::Keep => "keep",
        }
    }
}

impl fmt::Display for OpaqueRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for OpaqueRule {
    type Err = PolicyError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|rule| rule.name() == name);
        known.ok_or_else(|| PolicyError::UnknownOpaqueRule {
            name: escape_for_display(name),
        })
    }
}

/// Why a policy is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The name of a treatment is not known.
    #[error("'{name}' is no treatment: use keep, mask, drop or tokenize")]
    UnknownTreatment {
        /// What was found instead, escaped and cut.
        name: String,
    },
    /// What is to become of text that is no table is not known.
    #[error("'{name}' is nothing that can become of text that is no table: use quarantine or keep")]
    UnknownOpaqueRule {
        /// What was found instead, escaped and cut.
        name: String,
    },
    /// A key names no class.
    #[error(transparent)]
    UnknownClass(#[from] UnknownClassError),
    /// A class, or what becomes of text that is no table, is named twice.
    #[error("{key} is named twice: remove one of the two")]
    NamedTwice {
        /// The name.
        key: String,
    },
    /// The policy is of a version that came later.
    #[error("version {version} of a policy is not known here: update the relay, or write version {VERSION}")]
    UnknownVersion {
        /// The version that it says it is of.
        version: u64,
    },
}

impl FromStr for Treatment {
    type Err = PolicyError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|treatment| treatment.name() == name);
        known.ok_or_else(|| PolicyError::UnknownTreatment {
            name: escape_for_display(name),
        })
    }
}

/// The version of policies that is written, and the only one that is read. Without one this is meant.
const VERSION: u64 = 1;
const VERSION_KEY: &str = "version";
/// What stands beside the classes for text that is no table.
pub const OPAQUE_KEY: &str = "opaque";

/// A treatment for each class, and what becomes of text that is no table. As JSON
/// `{"version":1,"email":"mask",…,"opaque":"quarantine"}`; what is not named has its default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivacyPolicy {
    treatments: [Treatment; DataClass::ALL.len()],
    opaque: OpaqueRule,
}

impl PrivacyPolicy {
    /// The same treatment for every class.
    pub const fn all(treatment: Treatment) -> Self {
        Self {
            treatments: [treatment; DataClass::ALL.len()],
            opaque: OpaqueRule::Quarantine,
        }
    }

    /// This policy with another rule for text that is no table.
    #[must_use]
    pub const fn with_opaque(mut self, rule: OpaqueRule) -> Self {
        self.opaque = rule;
        self
    }

    /// What becomes of text that is no table, when it holds personal data of a class that is treated.
    pub const fn opaque(&self) -> OpaqueRule {
        self.opaque
    }

    /// This policy with another treatment for one class.
    #[must_use]
    pub const fn with(mut self, class: DataClass, treatment: Treatment) -> Self {
        self.treatments[class.index()] = treatment;
        self
    }

    /// The treatment of a class.
    pub const fn treatment(&self, class: DataClass) -> Treatment {
        self.treatments[class.index()]
    }

    /// Whether some class is tokenized, so that a key is needed.
    pub fn needs_key(&self) -> bool {
        self.treatments.contains(&Treatment::Tokenize)
    }

    /// Whether every class is kept, so that there is nothing to do.
    pub fn keeps_all(&self) -> bool {
        self.treatments.iter().all(|treatment| *treatment == Treatment::Keep)
    }

    /// Whether it asks for nothing that is not asked for by default.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for PrivacyPolicy {
    fn default() -> Self {
        Self::all(Treatment::Keep)
            .with(DataClass::UsSsn, Treatment::Tokenize)
            .with(DataClass::PaymentCard, Treatment::Tokenize)
            .with(DataClass::Email, Treatment::Mask)
            .with(DataClass::Phone, Treatment::Mask)
    }
}

impl Serialize for PrivacyPolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(DataClass::ALL.len() + 2))?;
        map.serialize_entry(VERSION_KEY, &VERSION)?;
        for class in DataClass::ALL {
            map.serialize_entry(class.name(), self.treatment(class).name())?;
        }
        map.serialize_entry(OPAQUE_KEY, self.opaque.name())?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for PrivacyPolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PolicyVisitor)
    }
}

/// By hand, so that a class named twice is refused and every message says what to write instead.
struct PolicyVisitor;

impl<'de> Visitor<'de> for PolicyVisitor {
    type Value = PrivacyPolicy;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a treatment for each class, such as {\"email\":\"mask\"}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PrivacyPolicy, A::Error> {
        let mut policy = PrivacyPolicy::default();
        let mut named = [false; DataClass::ALL.len()];
        let mut is_opaque_named = false;
        while let Some(key) = map.next_key::<String>()? {
            if key == VERSION_KEY {
                let version = map.next_value()?;
                if version != VERSION {
                    return Err(A::Error::custom(PolicyError::UnknownVersion { version }));
                }
                continue;
            }
            if key == OPAQUE_KEY {
                if std::mem::replace(&mut is_opaque_named, true) {
                    return Err(A::Error::custom(PolicyError::NamedTwice { key }));
                }
                policy.opaque = map.next_value::<String>()?.parse().map_err(A::Error::custom)?;
                continue;
            }
            let class: DataClass = key.parse().map_err(A::Error::custom)?;
            if std::mem::replace(&mut named[class.index()], true) {
                return Err(A::Error::custom(PolicyError::NamedTwice { key }));
            }
            let treatment = map.next_value::<String>()?.parse().map_err(A::Error::custom)?;
            policy = policy.with(class, treatment);
        }
        Ok(policy)
    }
}
