//! Trails: which event may follow which, the record of a package folded from its events, the Merkle root over all
//! events, and verification by somebody who believes nothing that is stored.
//!
//! No I/O: callers bring the stored events.

mod details;
mod differences;
mod explain;
mod findings;
mod likeness;
mod lists;
mod merkle;
mod organizations;
mod personal;
mod registered;
mod transitions;
mod verify;

pub use details::details_in_words;
pub use explain::{Explanation, duplicates_in_words, explain, summarize};
pub use findings::{AuditReport, FINDINGS_MAX, Finding, ObjectFinding, Problem, StoredEvent, Verification};
pub use lists::{DueClaim, ListedPackage, StoredClaim};
pub use merkle::{LogHead, LogHeadError, MerkleTree};
pub use organizations::{
    KeptOrganization, OrganizationChange, OrganizationState, OrganizationTransitionError, advance_organization,
    events_of_change, fold_organization, registration, version_of,
};
pub use transitions::{TransitionError, advance, phase_after, phase_between, phases_before, project};
pub use verify::{HeadWitness, Verifier};
