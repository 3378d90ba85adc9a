//! Lists in pages, read to their end, and resources read beside one another.

use std::future::Future;

use futures_util::StreamExt as _;
use futures_util::stream;
use relay_monitor::{Resource, UnreadList};

use crate::scope::{Failure, Gone, Scope, unread};

/// One page: its items, and where the next begins.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<String>,
}

/// What a list gave, and why it is not complete.
pub(crate) struct Listed<T> {
    pub(crate) items: Vec<T>,
    pub(crate) cut: Option<Failure>,
}

/// Reads pages until there are no more, or a limit, the time or an error is in the way; what came before it is kept.
pub(crate) async fn all_pages<T, F>(scope: &Scope, mut page: impl FnMut(Option<String>) -> F) -> Listed<T>
where
    F: Future<Output = Result<Page<T>, Failure>>,
{
    let mut items = Vec::new();
    let mut marker: Option<String> = None;
    for _ in 0..scope.limits.pages_max {
        let Page { items: more, next } = match page(marker.clone()).await {
            Ok(page) => page,
            Err(failure) => {
                return Listed {
                    items,
                    cut: Some(failure),
                };
            }
        };
        items.extend(more);
        if items.len() > scope.limits.resources_max {
            items.truncate(scope.limits.resources_max);
            let message = format!("cut after {} resources", scope.limits.resources_max);
            return Listed {
                items,
                cut: Some(Failure::limit(message)),
            };
        }
        // Some services end a list with an empty marker, and one that repeats would never end.
        let next = next.filter(|next| !next.is_empty());
        if next.is_none() {
            return Listed { items, cut: None };
        }
        if next == marker {
            return Listed {
                items,
                cut: Some(Failure::other("the list goes on where it had begun")),
            };
        }
        marker = next;
    }
    let message = format!("cut after {} pages", scope.limits.pages_max);
    Listed {
        items,
        cut: Some(Failure::limit(message)),
    }
}

/// What one service has.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) resources: Vec<Resource>,
    pub(crate) unread: Vec<UnreadList>,
}

impl Found {
    /// A list, each of whose items is a resource as it stands.
    pub(crate) fn listed<T>(
        service: &str,
        action: &str,
        listed: Listed<T>,
        resource: impl FnMut(T) -> Option<Resource>,
    ) -> Self {
        Self {
            resources: listed.items.into_iter().filter_map(resource).collect(),
            unread: listed.cut.map(|cut| unread(service, action, cut)).into_iter().collect(),
        }
    }

    pub(crate) fn one(resource: Resource) -> Self {
        Self {
            resources: vec![resource],
            unread: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.resources.extend(other.resources);
        self.unread.extend(other.unread);
    }
}

/// What was read beside one another, and what the time did not reach.
pub(crate) struct SideBySide<T> {
    pub(crate) read: Vec<T>,
    pub(crate) late: Option<Failure>,
}

/// Reads something for each item, some at once. What vanished is left out.
pub(crate) async fn side_by_side<T, R, F>(scope: &Scope, items: Vec<T>, read: impl Fn(T) -> F) -> SideBySide<R>
where
    F: Future<Output = Result<R, Gone>>,
{
    let total = items.len();
    let read = &read;
    let mut readings = stream::iter(items)
        .map(|item| async move {
            if scope.is_over() {
                None
            } else {
                Some(Box::pin(read(item)).await)
            }
        })
        .buffer_unordered(scope.limits.concurrency_max);
    let (mut done, mut unreached) = (Vec::with_capacity(total), 0_usize);
    while let Some(reading) = readings.next().await {
        match reading {
            Some(Ok(one)) => done.push(one),
            Some(Err(Gone)) => {}
            None => unreached += 1,
        }
    }
    let late = (unreached > 0).then(|| Failure::late(format!("{unreached} of {total} were not reached in time")));
    SideBySide { read: done, late }
}

/// Reads the resources of a list. Those that the time did not reach are one entry in `unread` that tells how many they are.
pub(crate) async fn each<T, F>(
    scope: &Scope,
    service: &str,
    action: &str,
    listed: Listed<T>,
    read: impl Fn(T) -> F,
) -> Found
where
    F: Future<Output = Result<Resource, Gone>>,
{
    let SideBySide { read, late } = side_by_side(scope, listed.items, read).await;
    let failures = listed.cut.into_iter().chain(late);
    Found {
        resources: read,
        unread: failures.map(|failure| unread(service, action, failure)).collect(),
    }
}
