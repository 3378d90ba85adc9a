//! What a package store promises.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use relay_model::{BucketName, ObjectKey, ObjectVersion, Sha256Digest};
use relay_pipeline::ports::{
    PackageStore, PortErrorClass, StoredObject, StoredVersion, WriteMode, WriteOutcome, WriteRequest,
};
use tokio::task::JoinSet;

use super::objects::{hostile_keys, put, read_all};

const WRITERS: usize = 16;
const KEY: &str = "org-001/a.csv";

/// A store without versions, and two buckets that it has.
#[derive(Clone)]
pub struct StoreUnderTest {
    /// The store.
    pub store: Arc<dyn PackageStore>,
    /// Where the suite works.
    pub bucket: BucketName,
    /// Another one, to see that the two do not mix.
    pub other_bucket: BucketName,
    /// Which keys the store can hold at all.
    pub can_hold: fn(&str) -> bool,
}

/// Runs every check, each on a store of its own.
pub async fn store(make: impl AsyncFn() -> StoreUnderTest) {
    bytes_come_back_as_they_were(&make().await).await;
    reading_starts_at_the_offset(&make().await).await;
    hostile_keys_come_back(&make().await).await;
    one_of_many_writers_wins(&make().await).await;
    if_absent_looks_at_every_version(&make().await).await;
    versions_are_independent(&make().await).await;
    every_new_version_is_kept(&make().await).await;
    if_changed_compares_with_the_newest(&make().await).await;
    if_changed_from_many_writers_gives_one_version(&make().await).await;
    unfinished_writes_leave_nothing(&make().await).await;
    sealed_writes_wait_for_their_finish(&make().await).await;
    many_are_finished_as_each_would_be(&make().await).await;
    listing_gives_each_version_once(&make().await).await;
    what_is_not_there_is_not_found(&make().await).await;
    the_declared_hash_is_kept_and_not_judged(&make().await).await;
}

impl StoreUnderTest {
    async fn put(&self, key: &str, mode: WriteMode, bytes: &[u8]) -> WriteOutcome {
        put(self.store.as_ref(), &self.bucket, key, mode, bytes).await.unwrap()
    }

    async fn new_version(&self, key: &str, bytes: &[u8]) -> StoredObject {
        match self.put(key, WriteMode::NewVersion, bytes).await {
            WriteOutcome::Stored(stored) => stored,
            WriteOutcome::AlreadyThere(_) => panic!("a new version is always stored"),
        }
    }

    async fn assert_holds(&self, stored: &StoredObject, bytes: &[u8]) {
        assert_eq!(stored.size_bytes, bytes.len() as u64);
        assert_eq!(stored.sha256, Sha256Digest::of(bytes));
        let head = self.store.head(&stored.object).await.unwrap();
        assert_eq!(head.size_bytes, stored.size_bytes);
        assert!(head.sha256.is_none_or(|sha256| sha256 == stored.sha256));
        assert!(
            read_all(self.store.as_ref(), &stored.object, 0).await == bytes,
            "{}",
            stored.object.key
        );
    }

    async fn list(&self, bucket: &BucketName, limit: usize) -> Vec<StoredVersion> {
        let mut versions = Vec::new();
        let mut after = None;
        loop {
            let page = self.store.list_versions(bucket, after.as_deref(), limit).await.unwrap();
            assert!(page.versions.len() <= limit);
            versions.extend(page.versions);
            match page.next {
                Some(next) => after = Some(next),
                None => return versions,
            }
        }
    }

    async fn put_from_many(&self, mode: WriteMode, bytes: impl Fn(usize) -> Vec<u8>) -> Vec<WriteOutcome> {
        let mut writers = JoinSet::new();
        for number in 0..WRITERS {
            let (under_test, bytes) = (self.clone(), bytes(number));
            writers.spawn(async move { under_test.put(KEY, mode, &bytes).await });
        }
        writers.join_all().await
    }
}

// Long enough that no adapter holds all of it in one buffer.
fn long_text() -> Vec<u8> {
    (0..3 * 1024 * 1024 + 7_u32)
        .map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect()
}

async fn bytes_come_back_as_they_were(under_test: &StoreUnderTest) {
    let long = long_text();
    for (key, bytes, piece_bytes) in [
        ("org-001/empty", &b""[..], 1),
        ("org-001/one", b"x", 1),
        ("org-001/newlines", b"\n\n{\"relay_object\":9}\n\r\n", 3),
        ("org-001/short", &long[..1_000], 7),
        ("org-001/long", &long, 64 * 1024),
        ("org-001/long-uneven", &long, 999_983),
        ("org-001/long-at-once", &long, long.len()),
    ] {
        let request = WriteRequest {
            bucket: under_test.bucket.clone(),
            key: ObjectKey::new(key),
            mode: WriteMode::NewVersion,
            declared_sha256: None,
        };
        let mut writer = under_test.store.write(&request).await.unwrap();
        for piece in bytes.chunks(piece_bytes) {
            writer.write(Bytes::copy_from_slice(piece)).await.unwrap();
        }
        let outcome = writer.finish().await.unwrap();
        assert!(matches!(outcome, WriteOutcome::Stored(_)), "{key}");
        assert_eq!(outcome.stored().object.key.as_str(), key);
        under_test.assert_holds(outcome.stored(), bytes).await;
    }
}

async fn reading_starts_at_the_offset(under_test: &StoreUnderTest) {
    let bytes = long_text();
    let stored = under_test.new_version(KEY, &bytes).await;
    for offset in [1, 1_000, bytes.len() - 1, bytes.len()] {
        let read = read_all(under_test.store.as_ref(), &stored.object, offset as u64).await;
        assert!(read == bytes[offset..], "from {offset} on");
    }
    let beyond = under_test.store.read(&stored.object, bytes.len() as u64 + 1).await;
    assert_eq!(beyond.err().map(|error| error.class()), Some(PortErrorClass::Permanent));
}

async fn hostile_keys_come_back(under_test: &StoreUnderTest) {
    let mut keys = hostile_keys();
    keys.retain(|key| (under_test.can_hold)(key));
    let mut stored = Vec::new();
    for key in &keys {
        let outcome = under_test.put(key, WriteMode::IfAbsent, key.as_bytes()).await;
        assert!(
            matches!(outcome, WriteOutcome::Stored(_)),
            "'{}' was taken for another key",
            key.escape_debug()
        );
        stored.push(outcome.stored().clone());
    }
    for (key, stored) in keys.iter().zip(&stored) {
        assert_eq!(stored.object.key.as_str(), key);
        under_test.assert_holds(stored, key.as_bytes()).await;
    }
    let listed: HashSet<String> = under_test
        .list(&under_test.bucket, 7)
        .await
        .into_iter()
        .map(|version| version.object.key.as_str().to_owned())
        .collect();
    assert_eq!(listed, keys.into_iter().collect());
}

async fn one_of_many_writers_wins(under_test: &StoreUnderTest) {
    let outcomes = under_test
        .put_from_many(WriteMode::IfAbsent, |number| format!("writer {number}").into_bytes())
        .await;
    let winners: Vec<&StoredObject> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            WriteOutcome::Stored(stored) => Some(stored),
            WriteOutcome::AlreadyThere(_) => None,
        })
        .collect();
    assert_eq!(winners.len(), 1);
    for outcome in &outcomes {
        assert_eq!(outcome.stored(), winners[0], "every loser is told of the winner");
    }
    assert_eq!(under_test.list(&under_test.bucket, 100).await.len(), 1);
}

async fn if_absent_looks_at_every_version(under_test: &StoreUnderTest) {
    let there = under_test.new_version(KEY, b"1").await;
    let outcome = under_test.put(KEY, WriteMode::IfAbsent, b"2").await;
    assert_eq!(outcome, WriteOutcome::AlreadyThere(there.clone()));
    under_test.assert_holds(&there, b"1").await;
}

async fn versions_are_independent(under_test: &StoreUnderTest) {
    let first = under_test.new_version(KEY, b"one").await;
    let second = under_test.new_version(KEY, b"two, longer").await;
    let same_as_first = under_test.new_version(KEY, b"one").await;
    let ids = HashSet::from([&first, &second, &same_as_first].map(|stored| stored.object.version_id.clone()));
    assert_eq!(ids.len(), 3);
    under_test.assert_holds(&first, b"one").await;
    under_test.assert_holds(&second, b"two, longer").await;
    under_test.assert_holds(&same_as_first, b"one").await;
}

async fn every_new_version_is_kept(under_test: &StoreUnderTest) {
    let text = |number: usize| format!("writer {number}").into_bytes();
    let outcomes = under_test.put_from_many(WriteMode::NewVersion, text).await;
    let stored: HashSet<ObjectVersion> = outcomes.iter().map(|outcome| outcome.stored().object.clone()).collect();
    assert_eq!(stored.len(), WRITERS);
    let mut contents = HashSet::new();
    for version in under_test.list(&under_test.bucket, 3).await {
        assert!(stored.contains(&version.object));
        contents.insert(read_all(under_test.store.as_ref(), &version.object, 0).await);
    }
    assert_eq!(contents, (0..WRITERS).map(text).collect());
}

async fn if_changed_compares_with_the_newest(under_test: &StoreUnderTest) {
    let mut versions = Vec::new();
    for (bytes, is_new) in [(b"A", true), (b"A", false), (b"B", true), (b"A", true), (b"A", false)] {
        let outcome = under_test.put(KEY, WriteMode::IfChanged, bytes).await;
        under_test.assert_holds(outcome.stored(), bytes).await;
        match outcome {
            WriteOutcome::Stored(stored) => {
                assert!(is_new);
                versions.push(stored);
            }
            WriteOutcome::AlreadyThere(stored) => {
                assert!(!is_new);
                assert_eq!(Some(&stored), versions.last());
            }
        }
    }
    assert_eq!(under_test.list(&under_test.bucket, 100).await.len(), 3);
}

async fn if_changed_from_many_writers_gives_one_version(under_test: &StoreUnderTest) {
    under_test.new_version(KEY, b"before").await;
    let outcomes = under_test
        .put_from_many(WriteMode::IfChanged, |_| b"after".to_vec())
        .await;
    let stored: Vec<&WriteOutcome> = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, WriteOutcome::Stored(_)))
        .collect();
    assert_eq!(stored.len(), 1);
    assert!(outcomes.iter().all(|outcome| outcome.stored() == stored[0].stored()));
    assert_eq!(under_test.list(&under_test.bucket, 100).await.len(), 2);
}

async fn unfinished_writes_leave_nothing(under_test: &StoreUnderTest) {
    let request = WriteRequest {
        bucket: under_test.bucket.clone(),
        key: ObjectKey::new(KEY),
        mode: WriteMode::IfAbsent,
        declared_sha256: None,
    };
    for bytes in [Vec::new(), b"short".to_vec(), long_text()] {
        let mut dropped = under_test.store.write(&request).await.unwrap();
        dropped.write(bytes.clone().into()).await.unwrap();
        drop(dropped);
        let mut aborted = under_test.store.write(&request).await.unwrap();
        aborted.write(bytes.into()).await.unwrap();
        aborted.abort().await.unwrap();
    }
    let mut unfinished = under_test.store.write(&request).await.unwrap();
    unfinished.write(long_text().into()).await.unwrap();
    assert_eq!(under_test.list(&under_test.bucket, 100).await, Vec::new());
    let outcome = under_test.put(KEY, WriteMode::IfAbsent, b"whole").await;
    assert!(matches!(outcome, WriteOutcome::Stored(_)), "the key is still free");
    drop(unfinished);
    under_test.assert_holds(outcome.stored(), b"whole").await;
}

async fn sealed_writes_wait_for_their_finish(under_test: &StoreUnderTest) {
    let contents = [Vec::new(), b"short".to_vec(), vec![b'x'; 10_000], long_text()];
    let mut waiting = Vec::new();
    for (index, bytes) in contents.iter().enumerate() {
        let request = WriteRequest {
            bucket: under_test.bucket.clone(),
            key: ObjectKey::new(format!("{KEY}/{index}")),
            mode: WriteMode::IfAbsent,
            declared_sha256: None,
        };
        for is_given_up in [true, false] {
            let mut writer = under_test.store.write(&request).await.unwrap();
            writer.write(bytes.clone().into()).await.unwrap();
            writer.seal().await.unwrap();
            if is_given_up {
                writer.abort().await.unwrap();
            } else {
                waiting.push((writer, bytes));
            }
        }
    }
    assert_eq!(under_test.list(&under_test.bucket, 100).await, Vec::new());
    for (writer, bytes) in waiting {
        let outcome = writer.finish().await.unwrap();
        assert!(matches!(outcome, WriteOutcome::Stored(_)));
        under_test.assert_holds(outcome.stored(), bytes).await;
    }
}

// As many as an archive may have results, some of which are there already; in their order.
async fn many_are_finished_as_each_would_be(under_test: &StoreUnderTest) {
    const OBJECTS: usize = 100;
    let there = under_test
        .put(&format!("{KEY}/7"), WriteMode::IfAbsent, b"before")
        .await;
    let mut writers = Vec::new();
    for index in 0..OBJECTS {
        let request = WriteRequest {
            bucket: under_test.bucket.clone(),
            key: ObjectKey::new(format!("{KEY}/{index}")),
            mode: WriteMode::IfAbsent,
            declared_sha256: None,
        };
        let mut writer = under_test.store.write(&request).await.unwrap();
        writer
            .write(format!("bytes of {index}").into_bytes().into())
            .await
            .unwrap();
        if index % 2 == 0 {
            writer.seal().await.unwrap();
        }
        writers.push(writer);
    }
    let outcomes = under_test.store.finish_all(writers).await.unwrap();
    assert_eq!(outcomes.len(), OBJECTS);
    for (index, outcome) in outcomes.iter().enumerate() {
        if index == 7 {
            assert_eq!(*outcome, WriteOutcome::AlreadyThere(there.stored().clone()));
            continue;
        }
        assert!(matches!(outcome, WriteOutcome::Stored(_)), "{index}");
        let stored = outcome.stored();
        assert_eq!(stored.object.key.as_str(), format!("{KEY}/{index}"));
        under_test
            .assert_holds(stored, format!("bytes of {index}").as_bytes())
            .await;
    }
    assert_eq!(under_test.store.finish_all(Vec::new()).await.unwrap(), Vec::new());
}

async fn listing_gives_each_version_once(under_test: &StoreUnderTest) {
    let mut expected = HashSet::new();
    for (key, versions) in [("org-001/a", 1), ("org-001/b", 5), ("org-001/a/b", 2), ("org-002/a", 1)] {
        for version in 0..versions {
            let stored = under_test.new_version(key, format!("{key} {version}").as_bytes()).await;
            expected.insert((stored.object, stored.size_bytes));
        }
    }
    let elsewhere = put(
        under_test.store.as_ref(),
        &under_test.other_bucket,
        KEY,
        WriteMode::IfAbsent,
        b"other",
    )
    .await;
    for limit in [1, 2, 3, 9, 1_000] {
        let listed = under_test.list(&under_test.bucket, limit).await;
        assert_eq!(listed.len(), expected.len(), "in pages of {limit}");
        let listed: HashSet<_> = listed
            .into_iter()
            .map(|version| (version.object, version.size_bytes))
            .collect();
        assert_eq!(listed, expected, "in pages of {limit}");
    }
    let others = under_test.list(&under_test.other_bucket, 10).await;
    assert_eq!(others.len(), 1);
    assert_eq!(others[0].object, elsewhere.unwrap().stored().object);
}

async fn what_is_not_there_is_not_found(under_test: &StoreUnderTest) {
    let first = under_test.new_version(KEY, b"1").await.object;
    let second = under_test.new_version(KEY, b"2").await.object;
    let never = under_test.new_version("org-001/three", b"3").await.object.version_id;
    let other_key = ObjectVersion {
        key: ObjectKey::new("org-001/never"),
        ..first.clone()
    };
    let other_bucket = ObjectVersion {
        bucket: under_test.other_bucket.clone(),
        ..first
    };
    let other_version = ObjectVersion {
        version_id: never,
        ..second.clone()
    };
    let no_version = ObjectVersion {
        version_id: "../../x".parse().unwrap(),
        ..second
    };
    for object in [other_key, other_bucket, other_version, no_version] {
        let head = under_test.store.head(&object).await.map_err(|error| error.class());
        assert_eq!(head, Err(PortErrorClass::NotFound), "{object:?}");
        let read = under_test.store.read(&object, 0).await.map_err(|error| error.class());
        assert_eq!(read.err(), Some(PortErrorClass::NotFound), "{object:?}");
    }
}

async fn the_declared_hash_is_kept_and_not_judged(under_test: &StoreUnderTest) {
    for (key, length) in [("org-001/short", 3), ("org-001/long", 2_000_000)] {
        let declared = Sha256Digest::of(b"something else");
        let request = WriteRequest {
            bucket: under_test.bucket.clone(),
            key: ObjectKey::new(key),
            mode: WriteMode::NewVersion,
            declared_sha256: Some(declared),
        };
        let mut writer = under_test.store.write(&request).await.unwrap();
        writer.write(vec![b'x'; length].into()).await.unwrap();
        let stored = writer.finish().await.unwrap().stored().clone();
        let head = under_test.store.head(&stored.object).await.unwrap();
        assert_eq!(head.declared_sha256, Some(declared));
        assert_eq!(stored.sha256, Sha256Digest::of(&vec![b'x'; length]));
    }
}
