//! Events of an organization: what was registered about it, by whom, each linked by hash to the one before it.
//!
//! They stand in the same log as the events of packages, and are written and hashed in the same way.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{OrganizationId, Sha256Digest, Timestamp, TrailHead};

/// What the name of an organization's trail begins with; the organization's id follows. No id of a package begins so.
const TRAIL_PREFIX: &str = "organization/";

/// The name that an organization's trail is filed under, where a package's has the package's id: `organization/org-001`.
pub fn organization_trail(id: &OrganizationId) -> String {
    format!("{TRAIL_PREFIX}{id}")
}

/// The organization whose trail has this name, as text that nobody has judged; `None` for the name of a package's trail.
pub fn organization_of_trail(name: &str) -> Option<&str> {
    name.strip_prefix(TRAIL_PREFIX)
}

/// One fact about an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationEvent {
    /// The format version, that of all events.
    pub v: u32,
    /// The organization.
    pub organization: OrganizationId,
    /// The position in the organization's trail, from 0: the number of the version of its settings.
    pub seq: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// Who changed something, as far as the platform and they themselves say.
    pub by: String,
    /// With which program.
    pub actor: String,
    /// What happened.
    pub kind: OrganizationEventKind,
    /// What holds from now on.
    pub details: OrganizationDetails,
    /// The hash of the event before; zeros for the first.
    pub prev: Sha256Digest,
}

/// What happened to an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrganizationEventKind {
    /// It was registered.
    OrganizationAdded,
    /// It was found registered, by something that keeps no trail: this is how it was found.
    SettingsFound,
    /// Its packages are refused from now on.
    OrganizationDisabled,
    /// Its packages may enter again.
    OrganizationEnabled,
    /// What becomes of its personal data is other than before, and nothing else is.
    PrivacyPolicyChanged,
    /// Tables have schemas that had none, and nothing else is other than before.
    SchemaAdded,
    /// Schemas are other than before, and nothing else is.
    SchemaChanged,
    /// Tables have no schemas that had some, and nothing else is other than before.
    SchemaRemoved,
    /// Another setting, or several, are other than before.
    SettingsChanged,
}

impl OrganizationEventKind {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OrganizationAdded => "organization_added",
            Self::SettingsFound => "settings_found",
            Self::OrganizationDisabled => "organization_disabled",
            Self::OrganizationEnabled => "organization_enabled",
            Self::PrivacyPolicyChanged => "privacy_policy_changed",
            Self::SchemaAdded => "schema_added",
            Self::SchemaChanged => "schema_changed",
            Self::SchemaRemoved => "schema_removed",
            Self::SettingsChanged => "settings_changed",
        }
    }

    /// Whether it says how everything was from the beginning, so that a trail can start with it.
    pub const fn is_beginning(self) -> bool {
        matches!(self, Self::OrganizationAdded | Self::SettingsFound)
    }
}

impl fmt::Display for OrganizationEventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What holds of an organization after an event, in full, and what is other than before, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationDetails {
    /// Everything that is registered of it.
    #[serde(flatten)]
    pub facts: OrganizationFacts,
    /// What is other than before, a sentence each.
    pub changes: Vec<String>,
}

/// Everything that is registered of an organization, as registries keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationFacts {
    /// When it was registered.
    pub added_at: Timestamp,
    /// Whether its packages may enter.
    pub enabled: bool,
    /// Its settings as JSON text, byte for byte as the registry keeps them.
    pub settings: String,
}

/// Which settings: the event of the organization's trail that made them what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SettingsVersion {
    /// The position of the event.
    pub seq: u64,
    /// Its hash.
    pub hash: Sha256Digest,
    /// When it was recorded.
    pub at: Timestamp,
}

impl SettingsVersion {
    /// The end of the trail that this is.
    pub const fn head(&self) -> TrailHead {
        TrailHead {
            seq: self.seq,
            hash: self.hash,
        }
    }
}

/// Who changes something about an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// Who, as far as the platform and they themselves say.
    pub by: String,
    /// With which program.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EVENT_FORMAT_VERSION, PackageId, Sealed, SealedOrganizationEvent};

    #[test]
    fn an_event_has_one_spelling_and_the_hash_of_its_bytes() {
        let event = OrganizationEvent {
            v: EVENT_FORMAT_VERSION,
            organization: "org-001".parse().unwrap(),
            seq: 0,
            at: "2026-01-31T08:15:00Z".parse().unwrap(),
            by: "ada@host-1".to_owned(),
            actor: "test".to_owned(),
            kind: OrganizationEventKind::OrganizationAdded,
            details: OrganizationDetails {
                facts: OrganizationFacts {
                    added_at: "2026-01-31T08:15:00Z".parse().unwrap(),
                    enabled: true,
                    settings: r#"{"object_bytes_max":1}"#.to_owned(),
                },
                changes: vec!["registered".to_owned()],
            },
            prev: Sha256Digest::ZERO,
        };
        let sealed = Sealed::seal(event).unwrap();
        let zeros = "0".repeat(64);
        assert_eq!(
            sealed.canonical(),
            format!(
                r#"{{"actor":"test","at":"2026-01-31T08:15:00.000Z","by":"ada@host-1","details":{{"added_at":"2026-01-31T08:15:00.000Z","changes":["registered"],"enabled":true,"settings":"{{\"object_bytes_max\":1}}"}},"kind":"organization_added","organization":"org-001","prev":"{zeros}","seq":0,"v":1}}"#
            )
        );
        assert_eq!(sealed.hash(), Sha256Digest::of(sealed.canonical().as_bytes()));
        assert_eq!(
            SealedOrganizationEvent::from_canonical(sealed.canonical()).unwrap(),
            sealed
        );
        let extended = sealed.canonical().replacen('{', r#"{"added":1,"#, 1);
        assert!(SealedOrganizationEvent::from_canonical(&extended).is_err());
    }

    #[test]
    fn no_trail_of_a_package_has_the_name_of_an_organizations_trail() {
        let id: OrganizationId = "pkg-1".parse().unwrap();
        let name = organization_trail(&id);
        assert_eq!(organization_of_trail(&name), Some("pkg-1"));
        assert!(name.parse::<PackageId>().is_err());
        assert_eq!(organization_of_trail(&format!("pkg-{}", "0".repeat(40))), None);
    }
}
