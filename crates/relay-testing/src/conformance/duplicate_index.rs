//! What claims promise.

use std::sync::Arc;

use relay_model::{ObjectKey, ObjectVersion, OrganizationId, Sha256Digest};
use relay_pipeline::ports::{DuplicateIndex, DuplicateKey, IndexedPackage};
use tokio::task::JoinSet;

use super::objects::hostile_keys;

const WRITERS: usize = 16;
/// The longest key that S3 has ("Object key naming guidelines").
const KEY_BYTES_MAX: usize = 1_024;

/// Runs every check, each on claims of its own.
pub async fn duplicate_index<C: DuplicateIndex + 'static>(make: impl AsyncFn() -> C) {
    the_first_holds_for_good(&make().await).await;
    bytes_and_names_are_claimed_apart(&make().await).await;
    organizations_do_not_meet(&make().await).await;
    one_of_many_claimants_wins(Arc::new(make().await)).await;
    any_key_can_be_claimed(&make().await).await;
}

fn organization() -> OrganizationId {
    "org-001".parse().unwrap()
}

fn claimant(key: &str, version: &str, bytes: &[u8]) -> IndexedPackage {
    let object = ObjectVersion {
        bucket: "ingress".parse().unwrap(),
        key: ObjectKey::new(key),
        version_id: version.parse().unwrap(),
    };
    IndexedPackage {
        package_id: object.package_id(),
        key: object.key,
        sha256: Sha256Digest::of(bytes),
    }
}

async fn the_first_holds_for_good(claims: &impl DuplicateIndex) {
    let first = claimant("org-001/a.csv", "v1", b"abc");
    let second = claimant("org-001/a.csv", "v2", b"abc");
    for subject in [DuplicateKey::Bytes, DuplicateKey::Name] {
        for (claimant, time) in [(&first, 1), (&second, 1), (&first, 2), (&second, 2)] {
            let holder = claims.claim(&organization(), subject, claimant).await.unwrap();
            assert_eq!(holder, first, "{subject:?}, {} for time {time}", claimant.package_id);
        }
    }
}

async fn bytes_and_names_are_claimed_apart(claims: &impl DuplicateIndex) {
    let first = claimant("org-001/a.csv", "v1", b"abc");
    let same_name = claimant("org-001/a.csv", "v2", b"xyz");
    let same_bytes = claimant("org-001/b.csv", "v3", b"abc");
    let claim = async |subject, claimant| claims.claim(&organization(), subject, claimant).await.unwrap();
    assert_eq!(claim(DuplicateKey::Bytes, &first).await, first);
    assert_eq!(
        claim(DuplicateKey::Bytes, &same_name).await,
        same_name,
        "its bytes are its own"
    );
    assert_eq!(claim(DuplicateKey::Bytes, &same_bytes).await, first);
    // Nobody has claimed a name so far, and names do not ask for bytes.
    assert_eq!(claim(DuplicateKey::Name, &same_name).await, same_name);
    assert_eq!(claim(DuplicateKey::Name, &first).await, same_name);
    assert_eq!(claim(DuplicateKey::Name, &same_bytes).await, same_bytes);
}

async fn organizations_do_not_meet(claims: &impl DuplicateIndex) {
    // Whatever the key says: the organization is the one that is given.
    let first = claimant("org-001/a.csv", "v1", b"abc");
    for subject in [DuplicateKey::Bytes, DuplicateKey::Name] {
        claims.claim(&organization(), subject, &first).await.unwrap();
        for other in ["org-0010", "org-00", "org-002"] {
            let second = claimant("org-001/a.csv", other, b"abc");
            let holder = claims.claim(&other.parse().unwrap(), subject, &second).await.unwrap();
            assert_eq!(holder, second, "{subject:?} of {other}");
        }
    }
}

async fn one_of_many_claimants_wins<C: DuplicateIndex + 'static>(claims: Arc<C>) {
    for subject in [DuplicateKey::Bytes, DuplicateKey::Name] {
        let mut writers = JoinSet::new();
        for number in 0..WRITERS {
            let (claims, mine) = (
                Arc::clone(&claims),
                claimant("org-001/a.csv", &format!("v{number}"), b"abc"),
            );
            writers.spawn(async move {
                let holder = claims.claim(&organization(), subject, &mine).await.unwrap();
                (holder == mine, holder)
            });
        }
        let outcomes = writers.join_all().await;
        assert_eq!(outcomes.iter().filter(|(won, _)| *won).count(), 1, "{subject:?}");
        assert!(
            outcomes.iter().all(|(_, holder)| *holder == outcomes[0].1),
            "every loser is told of the winner: {outcomes:?}"
        );
    }
}

async fn any_key_can_be_claimed(claims: &impl DuplicateIndex) {
    let longest = format!("org-001/{}", "x".repeat(KEY_BYTES_MAX - "org-001/".len()));
    // Two long names that differ in their last character only.
    let nearly = format!("{}y", &longest[..longest.len() - 1]);
    for key in hostile_keys().into_iter().chain([longest, nearly]) {
        let first = claimant(&key, "v1", key.as_bytes());
        let second = claimant(&key, "v2", b"others");
        for claimant in [&first, &second] {
            let holder = claims
                .claim(&organization(), DuplicateKey::Name, claimant)
                .await
                .unwrap();
            assert_eq!(holder, first, "{key:?}");
        }
    }
}
