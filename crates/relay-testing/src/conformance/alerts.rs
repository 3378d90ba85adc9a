//! What a queue of notices and the place of a book promise.

use std::collections::BTreeSet;

use relay_alerts::{AlertSettings, AlertState, Place, Received};
use relay_model::{Notice, ObjectKey, PackageId, ReasonCode, Timestamp};
use relay_pipeline::ports::{AlertStateStore, NoticeQueue, Notifier, PortErrorClass, QueuedNotice};

use super::hostile_keys;

/// More than one message of any queue's batch.
const NOTICES: usize = 25;
/// A queue that has many places may not show all of them at once.
const LOOKS_MAX: usize = 50;

fn notice(key: &str) -> Notice {
    let key = ObjectKey::new(key);
    let package_id = PackageId::derive(&"ingress".parse().unwrap(), &key, &"v1".parse().unwrap());
    let organization = Some("org-001".parse().unwrap());
    Notice::package_failed(package_id, organization, key, ReasonCode::StorageUnavailable)
}

/// Runs every check of what a queue of notices promises, each on a queue of its own.
pub async fn notices<Q: NoticeQueue + Notifier>(make: impl AsyncFn() -> Q) {
    what_is_sent_is_received_whatever_the_key(&make().await).await;
    what_is_deleted_does_not_come_again(&make().await).await;
    no_more_than_asked_for_comes(&make().await).await;
}

// Looks until `number` different notices have come; each is counted once.
async fn receive_all(queue: &impl NoticeQueue, number: usize) -> Vec<QueuedNotice> {
    let (mut ids, mut received) = (BTreeSet::new(), Vec::new());
    for _ in 0..LOOKS_MAX {
        for notice in queue.receive(NOTICES * 2).await.unwrap() {
            if ids.insert(notice.id.clone()) {
                received.push(notice);
            }
        }
        if received.len() >= number {
            break;
        }
    }
    received
}

fn receipts(notices: &[QueuedNotice]) -> Vec<String> {
    notices.iter().map(|notice| notice.receipt.clone()).collect()
}

async fn what_is_sent_is_received_whatever_the_key(queue: &(impl NoticeQueue + Notifier)) {
    let mut keys: Vec<String> = hostile_keys().iter().map(|key| key.as_str().to_owned()).collect();
    // What XML cannot say, and what is longest when it is escaped.
    keys.extend([
        "\u{FFFE}\u{FFFF}\u{1}".to_owned(),
        "\u{1}".repeat(1_024),
        "😀".repeat(256),
    ]);
    let sent: BTreeSet<String> = keys.iter().map(|key| notice(key).to_wire().unwrap()).collect();
    for key in &keys {
        queue.notify(&notice(key)).await.unwrap();
    }
    let received = receive_all(queue, keys.len()).await;
    let came: BTreeSet<String> = received
        .iter()
        .map(|queued| queued.received.notice.as_ref().unwrap().to_wire().unwrap())
        .collect();
    assert_eq!(came, sent);
    let year_2020: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
    assert!(received.iter().all(|queued| queued.received.at > year_2020));
}

async fn what_is_deleted_does_not_come_again(queue: &(impl NoticeQueue + Notifier)) {
    assert!(queue.receive(1).await.unwrap().is_empty());
    for index in 0..NOTICES {
        queue.notify(&notice(&format!("org-001/{index}"))).await.unwrap();
    }
    let received = receive_all(queue, NOTICES).await;
    assert_eq!(received.len(), NOTICES);
    queue.delete(&receipts(&received)).await.unwrap();
    assert!(queue.receive(NOTICES).await.unwrap().is_empty());
    // Whoever was interrupted may delete once more.
    queue.delete(&receipts(&received)).await.unwrap();
}

async fn no_more_than_asked_for_comes(queue: &(impl NoticeQueue + Notifier)) {
    for index in 0..NOTICES {
        queue.notify(&notice(&format!("org-001/{index}"))).await.unwrap();
    }
    for limit in [1, 3] {
        let received = queue.receive(limit).await.unwrap();
        assert!(received.len() <= limit, "{} of {limit}", received.len());
        queue.delete(&receipts(&received)).await.unwrap();
    }
}

/// Runs every check of what the place of a book promises, each on a place of its own.
pub async fn books<B: AlertStateStore>(make: impl AsyncFn() -> B) {
    the_book_that_was_kept_is_read(&make().await).await;
    of_two_rounds_one_keeps_its_book(&make().await).await;
}

fn book(number: u64) -> AlertState {
    let notices: Vec<Received> = (0..number)
        .map(|index| Received {
            at: Timestamp::EPOCH,
            sender: None,
            notice: Some(notice(&format!("org-001/{index}\u{202E}\"\n"))),
        })
        .collect();
    let settings = AlertSettings {
        environment: "test".parse().unwrap(),
        quiet_ms: number,
        place: Place::Premises,
    };
    let (_, book) = AlertState::default().advance(Timestamp::EPOCH, &notices, &settings);
    book.advance(Timestamp::EPOCH, &notices, &settings).1
}

async fn the_book_that_was_kept_is_read(books: &impl AlertStateStore) {
    let nothing = books.load().await.unwrap();
    assert_eq!((nothing.revision, nothing.book), (0, AlertState::default()));
    for revision in 0..3 {
        books.save(&book(revision + 7), revision).await.unwrap();
        let kept = books.load().await.unwrap();
        assert_eq!((kept.revision, kept.book), (revision + 1, book(revision + 7)));
    }
}

async fn of_two_rounds_one_keeps_its_book(books: &impl AlertStateStore) {
    for revision in 0..2 {
        let (one, other) = (book(1), book(2));
        let saved = tokio::join!(books.save(&one, revision), books.save(&other, revision));
        let lost = match saved {
            (Ok(()), Err(lost)) | (Err(lost), Ok(())) => lost,
            other => panic!("{other:?}"),
        };
        assert_eq!(lost.class(), PortErrorClass::PreconditionFailed, "{lost:?}");
        assert_eq!(books.load().await.unwrap().revision, revision + 1);
    }
    // One that reads late, and one that read a book which was never kept.
    for revision in [0, 1, 3] {
        let error = books.save(&book(3), revision).await.unwrap_err();
        assert_eq!(error.class(), PortErrorClass::PreconditionFailed, "{error:?}");
    }
}
