//! Listing packages, newest first: an index finds them, the trail itself says whether they fit.

use std::collections::BTreeSet;

use futures_util::{StreamExt, TryStreamExt, stream};
use relay_model::{PackageId, PackageRecord, PackageState, Timestamp};
use relay_pipeline::ports::{PackagePage, PackageQuery, PortError};

use super::DynamoTrail;
use super::items::package_of;
use super::reading::fold_events;
use super::walk::Walk;

/// How many trails are read at the same time.
const FOLDS_CONCURRENT_MAX: usize = 16;

impl DynamoTrail {
    pub(super) async fn list_packages(&self, query: &PackageQuery) -> Result<PackagePage, PortError> {
        if let Some(id) = query
            .id_prefix
            .as_ref()
            .and_then(|prefix| prefix.parse::<PackageId>().ok())
        {
            let record = self.fold(&id).await?.filter(|record| fits(record, query));
            let is_first_page = query.after.is_none();
            return Ok(PackagePage {
                packages: record.into_iter().filter(|_| is_first_page).collect(),
                next: None,
            });
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
        let mut packages = Vec::new();
        loop {
            let mut entries = self.next_entries(&walk, after.as_deref()).await?;
            if entries.is_empty() {
                return Ok(PackagePage { packages, next: None });
            }
            let Some(last) = entries.last().map(|entry| entry.order.clone()) else {
                return Ok(PackagePage { packages, next: None });
            };
            if let Some(prefix) = &query.id_prefix {
                entries.retain(|entry| package_of(&entry.partition).starts_with(prefix.as_str()));
            }
            let mut records = stream::iter(entries)
                .map(|entry| async move {
                    let events = self.read_partition(&entry.partition).await?;
                    Ok::<_, PortError>((entry.order, fold_events(&events)?))
                })
                .buffered(FOLDS_CONCURRENT_MAX);
            while let Some((order, record)) = records.try_next().await? {
                if let Some(record) = record.filter(|record| fits(record, query)) {
                    packages.push(record);
                    if packages.len() >= query.limit {
                        return Ok(PackagePage {
                            packages,
                            next: Some(order),
                        });
                    }
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
        let mut records: Vec<PackageRecord> = stream::iter(partitions)
            .map(|partition| async move { fold_events(&self.read_partition(&partition).await?) })
            .buffered(FOLDS_CONCURRENT_MAX)
            .try_filter_map(async |record| Ok(record.filter(|record| fits(record, query))))
            .try_collect()
            .await?;
        records.sort_by_key(|record| std::cmp::Reverse(arrival(record)));
        if let Some(after) = &query.after {
            records.retain(|record| arrival(record) < *after);
        }
        let has_more = records.len() > query.limit;
        records.truncate(query.limit);
        let next = records.last().filter(|_| has_more).map(arrival);
        Ok(PackagePage {
            packages: records,
            next,
        })
    }
}

// A time that ends before it begins; a query for it would be refused.
fn is_never(query: &PackageQuery) -> bool {
    matches!((query.since, query.until), (Some(since), Some(until)) if since >= until)
}

fn arrival(record: &PackageRecord) -> String {
    format!("{}#{}", record.received_at, record.package_id)
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
            .is_none_or(|name| record.journey.object.key.file_name() == name)
        && query
            .id_prefix
            .as_ref()
            .is_none_or(|prefix| record.package_id.as_str().starts_with(prefix.as_str()))
}
