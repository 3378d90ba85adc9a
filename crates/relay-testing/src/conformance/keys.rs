//! What a keeper of token keys promises.
//!
//! A key is not shown, so that it is known by the tokens that it makes.

use std::collections::BTreeSet;
use std::sync::Arc;

use relay_model::OrganizationId;
use relay_pipeline::ports::{PortErrorClass, TokenKeys};
use relay_privacy::{DataClass, TokenKey};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

const ASKERS: usize = 8;

/// One place that keeps token keys, as the suite needs it.
pub trait TokenKeysUnderTest {
    /// Another process's view of the same place.
    fn open(&self) -> impl Future<Output = Arc<dyn TokenKeys>>;

    /// Damages the key that is kept for this organization.
    fn damage(&self, organization: &OrganizationId) -> impl Future<Output = ()>;

    /// Puts the kept key of the first organization where that of the second belongs.
    fn swap(&self, from: &OrganizationId, to: &OrganizationId) -> impl Future<Output = ()>;
}

/// Runs every check, each in a place of its own.
pub async fn token_keys<P: TokenKeysUnderTest>(make: impl AsyncFn() -> P) {
    an_organization_keeps_its_key(&make().await).await;
    organizations_have_different_keys(&make().await, &make().await).await;
    who_asks_first_at_the_same_time_gets_one_key(&make().await).await;
    a_damaged_key_is_never_replaced(&make().await).await;
    the_key_of_another_organization_is_refused(&make().await).await;
}

fn organization(id: &str) -> OrganizationId {
    id.parse().unwrap()
}

/// What a key makes of one value: equal for equal keys only.
fn mark(key: &TokenKey) -> String {
    key.token(DataClass::UsSsn, b"078-05-1120")
}

async fn an_organization_keeps_its_key(place: &impl TokenKeysUnderTest) {
    let id = organization("org-001");
    let keys = place.open().await;
    let first = mark(&keys.token_key(&id).await.unwrap());
    assert_eq!(mark(&keys.token_key(&id).await.unwrap()), first);
    drop(keys);
    let reopened = place.open().await;
    assert_eq!(mark(&reopened.token_key(&id).await.unwrap()), first);
}

async fn organizations_have_different_keys(one: &impl TokenKeysUnderTest, other: &impl TokenKeysUnderTest) {
    let ids = ["org-001", "org-002", "org-00", "org-0010"];
    let (here, there) = (one.open().await, other.open().await);
    let mut marks = BTreeSet::new();
    for id in ids.map(organization) {
        marks.insert(mark(&here.token_key(&id).await.unwrap()));
        marks.insert(mark(&there.token_key(&id).await.unwrap()));
    }
    assert_eq!(marks.len(), 2 * ids.len(), "also between two places");
}

async fn who_asks_first_at_the_same_time_gets_one_key(place: &impl TokenKeysUnderTest) {
    let id = organization("org-001");
    let start = Arc::new(Barrier::new(ASKERS));
    let mut askers = JoinSet::new();
    for _ in 0..ASKERS {
        let (keys, id, start) = (place.open().await, id.clone(), Arc::clone(&start));
        askers.spawn(async move {
            start.wait().await;
            mark(&keys.token_key(&id).await.unwrap())
        });
    }
    let marks: BTreeSet<String> = askers.join_all().await.into_iter().collect();
    assert_eq!(marks.len(), 1);
    let kept = mark(&place.open().await.token_key(&id).await.unwrap());
    assert!(marks.contains(&kept));
}

async fn a_damaged_key_is_never_replaced(place: &impl TokenKeysUnderTest) {
    let (id, other) = (organization("org-001"), organization("org-002"));
    let keys = place.open().await;
    keys.token_key(&id).await.unwrap();
    let untouched = mark(&keys.token_key(&other).await.unwrap());
    place.damage(&id).await;
    // Twice: a first failure must not have made room for a new key.
    for _ in 0..2 {
        let reopened = place.open().await;
        let error = reopened.token_key(&id).await.unwrap_err();
        assert_eq!(error.class(), PortErrorClass::Permanent, "{error}");
        assert!(error.to_string().contains("org-001"), "{error}");
        assert_eq!(mark(&reopened.token_key(&other).await.unwrap()), untouched);
    }
}

async fn the_key_of_another_organization_is_refused(place: &impl TokenKeysUnderTest) {
    let (from, to) = (organization("org-001"), organization("org-002"));
    let keys = place.open().await;
    for id in [&from, &to] {
        keys.token_key(id).await.unwrap();
    }
    place.swap(&from, &to).await;
    let error = place.open().await.token_key(&to).await.unwrap_err();
    assert_eq!(error.class(), PortErrorClass::Permanent, "{error}");
    place.open().await.token_key(&from).await.unwrap();
}
