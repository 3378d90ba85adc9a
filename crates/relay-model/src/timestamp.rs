//! Instants in UTC, written as RFC 3339 with exactly three decimals and `Z`.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant with millisecond precision; two instants are equal exactly when their texts are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(DateTime<Utc>);

/// Why a text or number is not a timestamp.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a timestamp is RFC 3339 with an offset, for example 2026-01-31T08:15:00.000Z, in the years 0 to 9999")]
pub struct TimestampError;

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(DateTime::UNIX_EPOCH);

    /// The instant `milliseconds` after 1970-01-01T00:00:00Z.
    pub fn from_unix_milliseconds(milliseconds: i64) -> Result<Self, TimestampError> {
        let instant = DateTime::from_timestamp_millis(milliseconds).ok_or(TimestampError)?;
        Self::checked(instant)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn unix_milliseconds(self) -> i64 {
        self.0.timestamp_millis()
    }

    /// This instant, later by `milliseconds`; saturates at the last representable instant.
    #[must_use]
    pub fn plus_milliseconds(self, milliseconds: u64) -> Self {
        let later = i64::try_from(milliseconds)
            .ok()
            .and_then(TimeDelta::try_milliseconds)
            .and_then(|delta| self.0.checked_add_signed(delta));
        later.map_or(self, Self)
    }

    /// Milliseconds from `earlier` to this instant; zero when `earlier` is later.
    pub fn milliseconds_since(self, earlier: Self) -> u64 {
        u64::try_from(self.unix_milliseconds() - earlier.unix_milliseconds()).unwrap_or(0)
    }

    // Years outside 0..=9999 have no RFC 3339 spelling.
    fn checked(instant: DateTime<Utc>) -> Result<Self, TimestampError> {
        let milliseconds = instant.timestamp_millis();
        let instant = DateTime::from_timestamp_millis(milliseconds).ok_or(TimestampError)?;
        let year = chrono::Datelike::year(&instant);
        if (0..=9999).contains(&year) {
            Ok(Self(instant))
        } else {
            Err(TimestampError)
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let instant = DateTime::parse_from_rfc3339(text).map_err(|_| TimestampError)?;
        Self::checked(instant.with_timezone(&Utc))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_for_one_instant() {
        for text in [
            "2026-01-31T08:15:00Z",
            "2026-01-31T09:15:00+01:00",
            "2026-01-31T08:15:00.0004Z",
        ] {
            assert_eq!(
                text.parse::<Timestamp>().unwrap().to_string(),
                "2026-01-31T08:15:00.000Z"
            );
        }
    }

    #[test]
    fn a_local_time_without_an_offset_is_refused() {
        assert_eq!("2026-01-31T08:15:00".parse::<Timestamp>(), Err(TimestampError));
        assert_eq!(Timestamp::from_unix_milliseconds(i64::MAX), Err(TimestampError));
    }
}
