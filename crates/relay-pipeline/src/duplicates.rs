//! Step 5, just before a conclusion: the hash of all bytes of a package enters; which packages before it have the same
//! bytes or name leaves.
//!
//! A package claims its bytes and then its name. A claim that is lost shows who holds it, so nothing is read. Both claims
//! are kept for good, so whichever attempt asks, and however often, the answer is the same.

use relay_model::{Duplicate, DuplicateKind, Duplicates, Sha256Digest, error_chain};

use crate::ports::{DuplicateIndex, DuplicateKey, IndexedPackage, PortError, RetryPolicy, RunOrder, with_retries};

/// What the package of `order` duplicates, whose bytes have this hash. That is unknown when the claims cannot be made with
/// the patience that the trail is given: the package is concluded all the same, and its conclusion says so.
pub(crate) async fn find_duplicates(index: &dyn DuplicateIndex, order: &RunOrder, sha256: Sha256Digest) -> Duplicates {
    match look(index, order, sha256).await {
        Ok(found) => Duplicates::found(found),
        Err(error) => {
            tracing::warn!(package.id = %order.package_id, error = %error_chain(&error), "duplicates could not be looked up; the conclusion says so");
            Duplicates::unknown()
        }
    }
}

async fn look(index: &dyn DuplicateIndex, order: &RunOrder, sha256: Sha256Digest) -> Result<Vec<Duplicate>, PortError> {
    let mine = IndexedPackage {
        package_id: order.package_id.clone(),
        key: order.custody.object.key.clone(),
        sha256,
    };
    let of_bytes = claim(index, order, DuplicateKey::Bytes, &mine).await?;
    // Of two packages with the same bytes and name, running at once, the one that lost the bytes must not win the name:
    // each would be the other's duplicate. So it claims the name for the winner.
    let for_whom = if of_bytes.key == mine.key { &of_bytes } else { &mine };
    let of_name = claim(index, order, DuplicateKey::Name, for_whom).await?;
    Ok(compare(&mine, &of_bytes, &of_name))
}

// What those who were first have in common with a package.
fn compare(mine: &IndexedPackage, of_bytes: &IndexedPackage, of_name: &IndexedPackage) -> Vec<Duplicate> {
    let mut found = Vec::new();
    let mut add = |first: &IndexedPackage| {
        let kind = match (first.sha256 == mine.sha256, first.key == mine.key) {
            (true, true) => DuplicateKind::SameNameSameBytes,
            (true, false) => DuplicateKind::SameBytes,
            (false, _) => DuplicateKind::SameNameOtherBytes,
        };
        let of = first.package_id.clone();
        found.push(Duplicate { kind, of });
    };
    if of_bytes.package_id != mine.package_id {
        add(of_bytes);
    }
    if of_name.package_id != mine.package_id && of_name.package_id != of_bytes.package_id {
        add(of_name);
    }
    found
}

// A try that only seemed to fail does no harm: the next one finds the claim made, in our own name.
async fn claim(
    index: &dyn DuplicateIndex,
    order: &RunOrder,
    key: DuplicateKey,
    package: &IndexedPackage,
) -> Result<IndexedPackage, PortError> {
    let claim = || index.claim(&order.organization, key, package);
    with_retries(RetryPolicy::SHORT, "looking up duplicates", claim).await
}
