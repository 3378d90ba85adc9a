//! Listing packages, newest first: an index finds them, the trail itself says whether they fit.

use std::collections::{BTreeSet, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use relay_model::{PackageId, PackageRecord, PackageState, Timestamp};
use relay_pipeline::ports::{DamagedTrail, PackagePage, PackageQuery, PortError};

use super::DynamoTrail;
use super::folding::Trail;
use super::items::package_of;
use super::walk::{GREATEST, Walk};

/// How many trails are read at the same time.
pub(super) const FOLDS_CONCURRENT_MAX: usize = 16;

impl DynamoTrail {
    pub(super) async fn list_packages(&self, query: &PackageQuery) -> Result<PackagePage, PortError> {
        if let Some(id) = query
            .id_prefix
            .as_ref()
            .and_then(|prefix| prefix.parse::<PackageId>().ok())
        {
            let mut page = PackagePage::default();
            if query.after.is_none() {
                let trail = self.trail_of(&id).await?;
                add(&mut page, trail, query);
            }
            return Ok(page);
        }
        if query.file_name.as_deref() == Some("") || is_never(query) {
            return Ok(PackagePage::default());
        }
        if query.duplicates_only && query.file_name.is_none() {
            return self.list_few(query, Walk::duplicates(query)).await;
        }
        let is_rare = matches!(
            query.state,
            Some(PackageState::Rejected | PackageState::Quarantined | PackageState::Failed)
        );
        if is_rare && query.organization.is_none() && query.file_name.is_none() {
            let state = query.state.map(|state| state.to_string()).unwrap_or_default();
            let walk = Walk::over("by_state", "State", "Concluded", vec![state], true);
            return self.list_few(query, walk).await;
        }
        let walk = Walk::arrivals(query);
        let mut after = query.after.clone();
        let mut page = PackagePage::default();
        // A trail stands once in these indexes; what somebody else put there may lead to it as often as he likes.
        let mut seen = HashSet::new();
        loop {
            let mut entries = self.next_entries(&walk, after.as_deref()).await?;
            let Some(last) = entries.last().map(|entry| entry.order.clone()) else {
                return Ok(page);
            };
            if let Some(prefix) = &query.id_prefix {
                entries.retain(|entry| package_of(&entry.partition).starts_with(prefix.as_str()));
            }
            entries.retain(|entry| seen.insert(entry.partition.clone()));
            let mut trails = stream::iter(entries)
                .map(|entry| async move {
                    let trail = self.trail_in(&entry.partition).await?;
                    Ok::<_, PortError>((entry.order, trail))
                })
                .buffered(FOLDS_CONCURRENT_MAX);
            while let Some((order, trail)) = trails.try_next().await? {
                if add(&mut page, trail, query) && page.packages.len() + page.damaged.len() >= query.limit {
                    page.next = Some(order);
                    return Ok(page);
                }
            }
            after = Some(last);
        }
    }

    // What few packages are: all that an index finds are read, since they are to be in the order of their arrival.
    async fn list_few(&self, query: &PackageQuery, walk: Walk) -> Result<PackagePage, PortError> {
        let mut partitions = BTreeSet::new();
        let mut after: Option<String> = None;
        loop {
            let entries = self.next_entries(&walk, after.as_deref()).await?;
            let Some(last) = entries.last() else { break };
            after = Some(last.order.clone());
            partitions.extend(entries.into_iter().map(|entry| entry.partition));
        }
        let mut page = PackagePage::default();
        let mut trails = stream::iter(partitions)
            .map(|partition| async move { self.trail_in(&partition).await })
            .buffered(FOLDS_CONCURRENT_MAX);
        while let Some(trail) = trails.try_next().await? {
            add(&mut page, trail, query);
        }
        page.packages.sort_by_key(|record| std::cmp::Reverse(arrival(record)));
        match &query.after {
            // Those without a time of their own are on the first page.
            Some(after) => {
                page.packages.retain(|record| arrival(record) < *after);
                page.damaged.clear();
            }
            None => page.damaged.truncate(query.limit),
        }
        let room = query.limit - page.damaged.len();
        let has_more = page.packages.len() > room;
        page.packages.truncate(room);
        // With nothing but damaged ones on the page, the next one begins before the newest.
        let last = page.packages.last().map_or_else(|| GREATEST.to_owned(), arrival);
        page.next = has_more.then_some(last);
        Ok(page)
    }
}

// Whether the trail came to stand on the page.
fn add(page: &mut PackagePage, trail: Trail, query: &PackageQuery) -> bool {
    match trail {
        Trail::Sound(record) if fits(&record, query) => page.packages.push(*record),
        Trail::Damaged(damaged) if may_fit(&damaged, query) => page.damaged.push(damaged),
        _ => return false,
    }
    true
}

// A time that ends before it begins; a query for it would be refused.
fn is_never(query: &PackageQuery) -> bool {
    matches!((query.since, query.until), (Some(since), Some(until)) if since >= until)
}

fn arrival(record: &PackageRecord) -> String {
    format!("{}#{}", record.received_at, record.package_id)
}

// What is damaged has no state and no time. Its place has an organization and a package: another's place is not the one that was
// asked for, whatever an index says.
fn may_fit(damaged: &DamagedTrail, query: &PackageQuery) -> bool {
    query
        .organization
        .as_ref()
        .is_none_or(|wanted| damaged.organization.as_deref() == Some(wanted.as_str()))
        && query
            .id_prefix
            .as_ref()
            .is_none_or(|prefix| damaged.package_id.starts_with(prefix.as_str()))
}

// What an index found, judged by the trail itself.
fn fits(record: &PackageRecord, query: &PackageQuery) -> bool {
    let organization = record.organization.as_ref();
    query.state.is_none_or(|state| record.state == state)
        && query
            .organization
            .as_ref()
            .is_none_or(|wanted| organization == Some(wanted))
        && query.since.is_none_or(|since: Timestamp| record.received_at >= since)
        && query.until.is_none_or(|until: Timestamp| record.received_at < until)
        && (!query.duplicates_only || !record.duplicates.known().is_empty())
        && query
            .file_name
            .as_ref()
            .is_none_or(|name| record.trail_state.object.key.file_name() == name)
        && query
            .id_prefix
            .as_ref()
            .is_none_or(|prefix| record.package_id.as_str().starts_with(prefix.as_str()))
}
