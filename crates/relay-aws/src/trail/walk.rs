//! Which index is read, and what part of it, for each question that is asked of many trails.

use relay_pipeline::ports::PackageQuery;

use super::items::{SHARDS, duplicate_order};

/// Before and behind everything that any order begins with: they stand for "no bound".
pub(super) const LEAST: &str = " ";
pub(super) const GREATEST: &str = "~";

/// One index, the values of its partition key to be read together, and in which direction.
pub(super) struct Walk {
    pub(super) index: &'static str,
    pub(super) hash: &'static str,
    pub(super) range: &'static str,
    pub(super) shards: Vec<String>,
    pub(super) forward: bool,
    // The least order that is wanted.
    pub(super) low: Option<String>,
    // The greatest.
    pub(super) high: Option<String>,
}

impl Walk {
    pub(super) fn log(forward: bool) -> Self {
        Self::over(
            "by_log",
            "LogShard",
            "LogOrder",
            SHARDS.chars().map(String::from).collect(),
            forward,
        )
    }

    pub(super) fn over(
        index: &'static str,
        hash: &'static str,
        range: &'static str,
        shards: Vec<String>,
        forward: bool,
    ) -> Self {
        Self {
            index,
            hash,
            range,
            shards,
            forward,
            low: None,
            high: None,
        }
    }

    pub(super) fn arrivals(query: &PackageQuery) -> Self {
        let mut walk = if let Some(name) = &query.file_name {
            Self::over("by_file_name", "Filename", "Arrival", vec![name.clone()], false)
        } else if let Some(organization) = &query.organization {
            Self::over(
                "by_organization",
                "Organization",
                "Arrival",
                vec![organization.to_string()],
                false,
            )
        } else {
            let shards = SHARDS.chars().map(String::from).collect();
            Self::over("by_arrival", "ArrivalShard", "Arrival", shards, false)
        };
        walk.low = query.since.map(|since| since.to_string());
        // An order goes on behind its time, so those of this very instant are beyond it.
        walk.high = query.until.map(|until| until.to_string());
        walk
    }

    /// Duplicates, in the order of organizations and conclusions.
    pub(super) fn duplicates(query: &PackageQuery) -> Self {
        let shards = SHARDS.chars().map(String::from).collect();
        let mut walk = Self::over("by_duplicate", "DuplicateShard", "Duplicate", shards, true);
        if let Some(organization) = &query.organization {
            // Nothing is concluded before it is received. It may be long after, so the other bound is no help.
            let since = query.since.map(|since| since.to_string()).unwrap_or_default();
            walk.low = Some(duplicate_order(organization, &since));
            walk.high = Some(duplicate_order(organization, GREATEST));
        }
        walk
    }
}
