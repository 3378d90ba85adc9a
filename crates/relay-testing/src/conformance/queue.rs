//! What a queue of run orders promises.

use std::collections::HashSet;
use std::sync::Arc;

use relay_model::Timestamp;
use relay_pipeline::ports::{Launched, Lease, PortErrorClass, QueueDepth, RunOrder, WorkQueue};
use tokio::task::JoinSet;

use crate::story::{Story, accepted, received};

const LEASE_MS: u64 = 60_000;
const WORKERS: usize = 8;
const ORDERS: usize = 24;

/// Runs every check, each on a queue of its own.
pub async fn queue<Q: WorkQueue + 'static>(make: impl AsyncFn() -> Q) {
    an_order_comes_back_as_it_was(&make().await).await;
    a_package_is_queued_once(&make().await).await;
    orders_are_claimed_when_due_and_oldest_first(&make().await).await;
    an_expired_lease_frees_the_order(&make().await).await;
    a_released_order_comes_back_changed(&make().await).await;
    abandoned_claims_are_freed(&make().await).await;
    depth_tells_ready_waiting_and_claimed(&make().await).await;
    each_order_goes_to_one_worker(Arc::new(make().await)).await;
}

fn order(path: &str) -> RunOrder {
    let mut story = Story::new("org-001", path);
    story.tell(received());
    story.order()
}

fn at(second: u64) -> Timestamp {
    Story::new("org-001", "").at.plus_milliseconds(second * 1_000)
}

async fn claim(queue: &impl WorkQueue, owner: &str, now: Timestamp) -> Option<Lease> {
    queue.claim(owner, now, LEASE_MS).await.unwrap()
}

async fn assert_lost(queue: &impl WorkQueue, claim: &Lease) {
    let completed = queue.complete(claim).await.map_err(|error| error.class());
    assert_eq!(completed, Err(PortErrorClass::PreconditionFailed));
    let released = queue
        .release(claim, &claim.order, at(0))
        .await
        .map_err(|error| error.class());
    assert_eq!(released, Err(PortErrorClass::PreconditionFailed));
}

async fn an_order_comes_back_as_it_was(queue: &impl WorkQueue) {
    let order = order("\u{e9}\u{202e}\n.csv");
    assert_eq!(queue.enqueue(&order, at(0)).await.unwrap(), Launched::Started);
    let claimed = claim(queue, "one", at(0)).await.unwrap();
    assert_eq!(
        claimed,
        Lease {
            order,
            owner: "one".to_owned()
        }
    );
    queue.complete(&claimed).await.unwrap();
    assert_eq!(queue.depth(at(0)).await.unwrap(), QueueDepth::default());
    assert_eq!(claim(queue, "one", at(0)).await, None);
    assert_lost(queue, &claimed).await;
}

async fn a_package_is_queued_once(queue: &impl WorkQueue) {
    let first = order("a.csv");
    let mut story = Story::new("org-001", "a.csv");
    story.tell(received());
    story.tell(accepted());
    let later = story.order();
    assert_ne!(first, later);
    assert_eq!(queue.enqueue(&first, at(0)).await.unwrap(), Launched::Started);
    assert_eq!(queue.enqueue(&later, at(5)).await.unwrap(), Launched::AlreadyRunning);
    assert_eq!(queue.next_due().await.unwrap(), Some(at(0)), "its time did not change");
    let claimed = claim(queue, "one", at(0)).await.unwrap();
    assert_eq!(claimed.order, first, "its order did not change");
    assert_eq!(
        queue.enqueue(&later, at(0)).await.unwrap(),
        Launched::AlreadyRunning,
        "claimed counts as queued"
    );
    assert_eq!(claim(queue, "two", at(0)).await, None);
    queue.complete(&claimed).await.unwrap();
    assert_eq!(
        queue.enqueue(&later, at(0)).await.unwrap(),
        Launched::Started,
        "completed does not"
    );
}

async fn orders_are_claimed_when_due_and_oldest_first(queue: &impl WorkQueue) {
    for (path, second) in [
        ("late.csv", 9),
        ("second.csv", 3),
        ("first.csv", 2),
        ("also-second.csv", 3),
    ] {
        queue.enqueue(&order(path), at(second)).await.unwrap();
    }
    assert_eq!(queue.next_due().await.unwrap(), Some(at(2)));
    assert_eq!(claim(queue, "one", at(1)).await, None);
    for expected in ["first.csv", "second.csv", "also-second.csv"] {
        assert_eq!(claim(queue, "one", at(3)).await.unwrap().order, order(expected));
    }
    assert_eq!(claim(queue, "one", at(3)).await, None);
    assert_eq!(
        queue.next_due().await.unwrap(),
        Some(at(9)),
        "claimed orders are not due"
    );
    assert_eq!(claim(queue, "one", at(9)).await.unwrap().order, order("late.csv"));
    assert_eq!(queue.next_due().await.unwrap(), None);
}

async fn an_expired_lease_frees_the_order(queue: &impl WorkQueue) {
    queue.enqueue(&order("a.csv"), at(0)).await.unwrap();
    queue.enqueue(&order("b.csv"), at(30)).await.unwrap();
    let slow = claim(queue, "slow", at(0)).await.unwrap();
    let end = at(0).plus_milliseconds(LEASE_MS);
    let just_before = at(0).plus_milliseconds(LEASE_MS - 1);
    assert_eq!(
        queue.depth(just_before).await.unwrap(),
        QueueDepth {
            ready: 1,
            waiting: 0,
            claimed: 1
        }
    );
    assert_eq!(
        queue.depth(end).await.unwrap(),
        QueueDepth {
            ready: 2,
            waiting: 0,
            claimed: 0
        }
    );
    let taken_over = claim(queue, "quick", end).await.unwrap();
    assert_eq!(taken_over.order, slow.order, "it has been due longer than b.csv");
    assert_lost(queue, &slow).await;
    queue.complete(&taken_over).await.unwrap();

    let late = claim(queue, "late", end).await.unwrap();
    queue.complete(&late).await.expect("late, but nobody has taken it over");
}

async fn a_released_order_comes_back_changed(queue: &impl WorkQueue) {
    let first = order("a.csv");
    queue.enqueue(&first, at(0)).await.unwrap();
    let claimed = claim(queue, "one", at(0)).await.unwrap();
    let other = queue
        .release(&claimed, &order("b.csv"), at(0))
        .await
        .map_err(|error| error.class());
    assert_eq!(
        other,
        Err(PortErrorClass::Permanent),
        "another package's order cannot take its place"
    );

    let mut story = Story::new("org-001", "a.csv");
    story.tell(received());
    story.tell(accepted());
    queue.release(&claimed, &story.order(), at(8)).await.unwrap();
    assert_lost(queue, &claimed).await;
    assert_eq!(
        queue.depth(at(1)).await.unwrap(),
        QueueDepth {
            ready: 0,
            waiting: 1,
            claimed: 0
        }
    );
    assert_eq!(claim(queue, "two", at(7)).await, None);
    let again = claim(queue, "two", at(8)).await.unwrap();
    assert_eq!(again.order, story.order());
    assert_lost(queue, &claimed).await;
}

async fn abandoned_claims_are_freed(queue: &impl WorkQueue) {
    for path in ["a.csv", "b.csv", "c.csv", "d.csv"] {
        queue.enqueue(&order(path), at(0)).await.unwrap();
    }
    let gone = claim(queue, "gone", at(0)).await.unwrap();
    let mine = claim(queue, "mine", at(0)).await.unwrap();
    claim(queue, "gone too", at(0)).await.unwrap();
    assert_eq!(queue.release_abandoned("mine").await.unwrap(), 2);
    assert_eq!(queue.release_abandoned("mine").await.unwrap(), 0);
    assert_eq!(
        queue.depth(at(0)).await.unwrap(),
        QueueDepth {
            ready: 3,
            waiting: 0,
            claimed: 1
        }
    );
    assert_lost(queue, &gone).await;
    queue.complete(&mine).await.unwrap();
    assert_eq!(claim(queue, "mine", at(0)).await.unwrap().order, gone.order);
}

async fn depth_tells_ready_waiting_and_claimed(queue: &impl WorkQueue) {
    assert_eq!(queue.depth(at(0)).await.unwrap(), QueueDepth::default());
    assert_eq!(queue.next_due().await.unwrap(), None);
    for (path, second) in [("a.csv", 0), ("b.csv", 1), ("c.csv", 2), ("d.csv", 3)] {
        queue.enqueue(&order(path), at(second)).await.unwrap();
    }
    claim(queue, "one", at(0)).await.unwrap();
    let depth = queue.depth(at(2)).await.unwrap();
    assert_eq!(
        depth,
        QueueDepth {
            ready: 2,
            waiting: 1,
            claimed: 1
        }
    );
    assert_eq!(depth.total(), 4);
}

async fn each_order_goes_to_one_worker<Q: WorkQueue + 'static>(queue: Arc<Q>) {
    for number in 0..ORDERS {
        queue.enqueue(&order(&format!("{number}.csv")), at(0)).await.unwrap();
    }
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS {
        let queue = Arc::clone(&queue);
        workers.spawn(async move {
            let mut done = Vec::new();
            while let Some(claim) = queue.claim(&format!("worker {worker}"), at(0), LEASE_MS).await.unwrap() {
                done.push(claim.order.package_id.clone());
                queue.complete(&claim).await.unwrap();
            }
            done
        });
    }
    let done: Vec<_> = workers.join_all().await.into_iter().flatten().collect();
    assert_eq!(done.len(), ORDERS);
    assert_eq!(done.into_iter().collect::<HashSet<_>>().len(), ORDERS);
}
