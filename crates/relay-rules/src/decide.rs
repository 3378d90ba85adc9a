//! The verdict on an arrival, before anything of its contents is read: its name, then its owner, then its envelope.
//!
//! The order stands here and nowhere else. It is a function without I/O: where a fact is missing it says which, the caller
//! looks it up and asks again. So a caller with a network and one with a local file decide alike, and neither looks up
//! what the decision does not need.

use relay_model::{Limits, ObjectKey, Organization, OrganizationId, Reason};

use crate::content::Content;
use crate::envelope::{Envelope, check_envelope};
use crate::key::check_key;
use crate::organization::check_organization;

/// What is known of an arrival so far.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// Its key.
    pub key: &'a ObjectKey,
    /// Who is registered under the id that [`Decision::NeedsOrganization`] names; `None` until the registry was asked.
    pub registered: Option<Option<Organization>>,
    /// Its envelope; `None` until the store was asked.
    pub envelope: Option<Envelope<'a>>,
}

impl<'a> Facts<'a> {
    /// Nothing is known but the key.
    pub const fn of(key: &'a ObjectKey) -> Self {
        Self {
            key,
            registered: None,
            envelope: None,
        }
    }
}

/// What follows from the facts.
#[derive(Clone, Debug)]
pub enum Decision<'a> {
    /// Look this organization up in the registry, and ask again.
    NeedsOrganization(OrganizationId),
    /// Ask the store for the envelope, and decide again. The owner is known: this organization.
    NeedsEnvelope(&'a Organization),
    /// It may enter.
    Accept {
        /// Its owner.
        organization: &'a Organization,
        /// Its envelope.
        envelope: &'a Envelope<'a>,
        /// What its first bytes are.
        content: Content,
    },
    /// It may not.
    Reject {
        /// The organization that its key names, if one is registered under that id.
        organization: Option<&'a Organization>,
        /// Which rule it breaks.
        reason: Reason,
    },
}

/// Decides as far as the facts go.
pub fn decide<'f>(facts: &'f Facts<'_>, limits: &Limits) -> Decision<'f> {
    let key = match check_key(facts.key) {
        Ok(key) => key,
        Err(reason) => {
            return Decision::Reject {
                organization: None,
                reason,
            };
        }
    };
    let segment = key.organization_segment();
    let registered = match (segment.parse::<OrganizationId>(), &facts.registered) {
        (Ok(id), None) => return Decision::NeedsOrganization(id),
        (Ok(_), Some(registered)) => registered.as_ref(),
        // What is no id is registered nowhere.
        (Err(_), _) => None,
    };
    let organization = match check_organization(segment, registered) {
        Ok(organization) => organization,
        Err(reason) => {
            return Decision::Reject {
                organization: registered,
                reason,
            };
        }
    };
    let Some(envelope) = &facts.envelope else {
        return Decision::NeedsEnvelope(organization);
    };
    match check_envelope(envelope, limits, &organization.settings) {
        Ok(content) => Decision::Accept {
            organization,
            envelope,
            content,
        },
        Err(reason) => Decision::Reject {
            organization: Some(organization),
            reason,
        },
    }
}
