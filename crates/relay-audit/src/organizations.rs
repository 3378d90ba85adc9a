//! The trail of an organization: what may follow what, and what is registered of it, folded from its events.
//!
//! A registry keeps the last state beside the trail, because whoever reads settings may not read trails; it is never
//! more than the sum of the events. Adapters make the events here, verification folds them here again: one rule for both.

use relay_model::{
    Author, EVENT_FORMAT_VERSION, EventError, Organization, OrganizationDetails, OrganizationEvent,
    OrganizationEventKind, OrganizationFacts, OrganizationId, Sealed, SealedOrganizationEvent, SettingsVersion,
    Sha256Digest,
};

use crate::differences::{changes_between, changes_from_defaults};

/// What is registered of an organization, and the event that made it so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationState {
    /// The organization.
    pub id: OrganizationId,
    /// What is registered.
    pub facts: OrganizationFacts,
    /// The last event.
    pub version: SettingsVersion,
}

impl OrganizationState {
    /// The organization as steps see it, if its settings can be read by this program.
    pub fn organization(&self) -> Result<Organization, serde_json::Error> {
        Ok(Organization {
            id: self.id.clone(),
            enabled: self.facts.enabled,
            added_at: self.facts.added_at,
            settings: serde_json::from_str(&self.facts.settings)?,
            version: Some(self.version),
        })
    }
}

/// Why an event does not continue the trail of an organization.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrganizationTransitionError {
    /// The event is about another organization than the trail.
    #[error("the event is about {found}, in the trail of {expected}")]
    OtherOrganization {
        /// Whose trail it is.
        expected: OrganizationId,
        /// Whose event.
        found: OrganizationId,
    },
    /// The event is not the next one.
    #[error("event {expected} is due, this is event {found}")]
    NotNext {
        /// Which is due.
        expected: u64,
        /// Which it is.
        found: u64,
    },
    /// The event does not link to the one before it.
    #[error("the event does not carry the hash of the event before it")]
    BrokenLink,
    /// The event's kind cannot follow here, or does not say what its kind means.
    #[error("'{kind}' does not follow from what was registered before")]
    IllegalOrder {
        /// What it is.
        kind: OrganizationEventKind,
    },
}

/// What is registered of an organization after `sealed`, or why `sealed` cannot stand there. `None` is a trail without
/// events.
pub fn advance_organization(
    previous: Option<&OrganizationState>,
    sealed: &SealedOrganizationEvent,
) -> Result<OrganizationState, OrganizationTransitionError> {
    let event = sealed.event();
    if let Some(previous) = previous.filter(|previous| previous.id != event.organization) {
        return Err(OrganizationTransitionError::OtherOrganization {
            expected: previous.id.clone(),
            found: event.organization.clone(),
        });
    }
    let expected = previous.map_or(0, |previous| previous.version.seq + 1);
    if event.seq != expected {
        return Err(OrganizationTransitionError::NotNext {
            expected,
            found: event.seq,
        });
    }
    if event.prev != previous.map_or(Sha256Digest::ZERO, |previous| previous.version.hash) {
        return Err(OrganizationTransitionError::BrokenLink);
    }
    if !follows(previous.map(|previous| &previous.facts), event) {
        return Err(OrganizationTransitionError::IllegalOrder { kind: event.kind });
    }
    Ok(OrganizationState {
        id: event.organization.clone(),
        facts: event.details.facts.clone(),
        version: version_of(sealed),
    })
}

/// What is registered of an organization, as its whole trail says; `None` when there are no events.
pub fn fold_organization<'a>(
    trail: impl IntoIterator<Item = &'a SealedOrganizationEvent>,
) -> Result<Option<OrganizationState>, OrganizationTransitionError> {
    let mut trail = trail.into_iter();
    trail.try_fold(None, |state, sealed| {
        advance_organization(state.as_ref(), sealed).map(Some)
    })
}

// A kind says which part of what is registered may be other than before.
fn follows(previous: Option<&OrganizationFacts>, event: &OrganizationEvent) -> bool {
    let facts = &event.details.facts;
    let Some(previous) = previous else {
        return event.kind.is_beginning();
    };
    let same_settings = facts.settings == previous.settings;
    let same_time = facts.added_at == previous.added_at;
    match event.kind {
        // The registry can lose an organization to something that keeps no trail, and get it back.
        OrganizationEventKind::OrganizationAdded | OrganizationEventKind::SettingsFound => true,
        OrganizationEventKind::OrganizationDisabled => same_time && same_settings && previous.enabled && !facts.enabled,
        OrganizationEventKind::OrganizationEnabled => same_time && same_settings && !previous.enabled && facts.enabled,
        OrganizationEventKind::PrivacyPolicyChanged
        | OrganizationEventKind::SchemaAdded
        | OrganizationEventKind::SchemaChanged
        | OrganizationEventKind::SchemaRemoved
        | OrganizationEventKind::SettingsChanged => same_time && !same_settings && facts.enabled == previous.enabled,
    }
}

/// One change that somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrganizationChange {
    /// Packages may enter, or may not.
    Enabled(bool),
    /// Other settings, as JSON text.
    Settings(String),
    /// None: only how it was found is recorded, where it has no trail yet.
    Nothing,
}

/// What a registry has of an organization, before a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptOrganization {
    /// The organization.
    pub id: OrganizationId,
    /// What is registered.
    pub facts: OrganizationFacts,
    /// The last event, as the registry says; `None` where it was registered by something that keeps no trail.
    pub version: Option<SettingsVersion>,
}

/// The event of a registration, and what is registered then. `last` is the end of the trail, where there was one before.
pub fn registration(
    id: &OrganizationId,
    last: Option<SettingsVersion>,
    facts: OrganizationFacts,
    author: &Author,
) -> Result<(SealedOrganizationEvent, OrganizationState), EventError> {
    let mut changes = vec!["registered".to_owned()];
    changes.extend(changes_from_defaults(&facts));
    let kind = OrganizationEventKind::OrganizationAdded;
    next_event(id, last, kind, OrganizationDetails { facts, changes }, author)
}

/// The events of a change, in order, and what is registered then: none when nothing is other than before, two when it must
/// first be said how the organization was found. `last` is the end of its trail, where `kept` does not say.
pub fn events_of_change(
    kept: &KeptOrganization,
    last: Option<SettingsVersion>,
    change: &OrganizationChange,
    author: &Author,
) -> Result<(Vec<SealedOrganizationEvent>, OrganizationState), EventError> {
    let mut events = Vec::new();
    let mut state = if let Some(version) = kept.version {
        OrganizationState {
            id: kept.id.clone(),
            facts: kept.facts.clone(),
            version,
        }
    } else {
        let (found, state) = found(kept, last, author)?;
        events.push(found);
        state
    };
    let mut facts = state.facts.clone();
    match change {
        OrganizationChange::Enabled(enabled) => facts.enabled = *enabled,
        OrganizationChange::Settings(settings) => facts.settings.clone_from(settings),
        OrganizationChange::Nothing => {}
    }
    if let Some((kind, changes)) = changes_between(&state.facts, &facts) {
        let details = OrganizationDetails { facts, changes };
        let (event, next) = next_event(&kept.id, Some(state.version), kind, details, author)?;
        events.push(event);
        state = next;
    }
    Ok((events, state))
}

fn found(
    kept: &KeptOrganization,
    last: Option<SettingsVersion>,
    author: &Author,
) -> Result<(SealedOrganizationEvent, OrganizationState), EventError> {
    let facts = kept.facts.clone();
    let mut changes = vec!["recorded settings found".to_owned()];
    changes.extend(changes_from_defaults(&facts));
    let kind = OrganizationEventKind::SettingsFound;
    next_event(&kept.id, last, kind, OrganizationDetails { facts, changes }, author)
}

fn next_event(
    id: &OrganizationId,
    last: Option<SettingsVersion>,
    kind: OrganizationEventKind,
    details: OrganizationDetails,
    author: &Author,
) -> Result<(SealedOrganizationEvent, OrganizationState), EventError> {
    let sealed = Sealed::seal(OrganizationEvent {
        v: EVENT_FORMAT_VERSION,
        organization: id.clone(),
        seq: last.map_or(0, |last| last.seq + 1),
        // A clock that runs behind another writer's must not put an effect before its cause.
        at: last.map_or(author.at, |last| last.at.max(author.at)),
        by: author.by.clone(),
        actor: author.actor.clone(),
        kind,
        details,
        prev: last.map_or(Sha256Digest::ZERO, |last| last.hash),
    })?;
    let state = OrganizationState {
        id: id.clone(),
        facts: sealed.event().details.facts.clone(),
        version: version_of(&sealed),
    };
    Ok((sealed, state))
}

/// The version that an event makes.
pub fn version_of(sealed: &SealedOrganizationEvent) -> SettingsVersion {
    SettingsVersion {
        seq: sealed.event().seq,
        hash: sealed.hash(),
        at: sealed.event().at,
    }
}
