//! Whether what is registered of organizations is what their trails say, and whether verdicts name settings that there
//! were: a part of verification.

use std::collections::{BTreeMap, HashMap, HashSet};

use relay_model::{AuditEvent, Organization, OrganizationId, PackageId, TrailHead};

use crate::{OrganizationState, Problem};

/// What sound trails of organizations say, and what verdicts said of them.
#[derive(Debug, Default)]
pub(crate) struct Registered {
    states: BTreeMap<OrganizationId, OrganizationState>,
    versions: HashSet<(OrganizationId, TrailHead)>,
    // The first verdict that names each version: of many that name one that never was, one is told.
    named: HashMap<(OrganizationId, TrailHead), (PackageId, u64)>,
}

/// Something registered that does not hold.
pub(crate) struct Differs {
    pub(crate) problem: Problem,
    pub(crate) seq: Option<u64>,
    pub(crate) text: String,
}

/// A verdict under settings that never were.
pub(crate) struct UnknownVersion {
    pub(crate) package_id: PackageId,
    pub(crate) seq: u64,
    pub(crate) text: String,
}

impl Registered {
    pub(crate) fn state(&self, id: &OrganizationId) -> Option<&OrganizationState> {
        self.states.get(id)
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &OrganizationId> {
        self.states.keys()
    }

    /// The next state of an organization whose trail is sound so far.
    pub(crate) fn advance(&mut self, state: OrganizationState) {
        self.versions.insert((state.id.clone(), state.version.head()));
        self.states.insert(state.id.clone(), state);
    }

    /// The next event of a package's sound trail.
    pub(crate) fn event(&mut self, event: &AuditEvent) {
        if let (Some(version), Some(organization)) = (event.body.settings_version(), &event.organization) {
            self.named
                .entry((organization.clone(), version))
                .or_insert_with(|| (event.package_id.clone(), event.seq));
        }
    }

    /// What of a registered organization is not what its trail says. `None` also when it has no trail and says so.
    pub(crate) fn judge(&self, registered: &Organization) -> Option<Differs> {
        let differs = |problem, seq, text: String| Some(Differs { problem, seq, text });
        let (state, version) = match (self.states.get(&registered.id), registered.version) {
            (None, None) => return None,
            (None, Some(version)) => {
                let text = format!(
                    "it is registered with version {} of its settings, and has no trail",
                    version.seq
                );
                return differs(Problem::Dropped, Some(0), text);
            }
            (Some(state), None) => {
                let text = format!(
                    "its trail goes to event {}, and it is registered as if it had none: something other than relay put it there; \
                     relay org add {} records how it was found",
                    state.version.seq, registered.id
                );
                return differs(Problem::SettingsDiffer, Some(state.version.seq), text);
            }
            (Some(state), Some(version)) => (state, version),
        };
        let (trail, known) = (state.version, version);
        if trail.seq < known.seq {
            let text = format!(
                "its trail ends at event {}, it is registered with version {}",
                trail.seq, known.seq
            );
            return differs(Problem::Dropped, Some(trail.seq + 1), text);
        }
        if trail.seq > known.seq {
            let text = format!(
                "its trail goes to event {}, it is registered with version {}",
                trail.seq, known.seq
            );
            return differs(Problem::SettingsDiffer, Some(known.seq + 1), text);
        }
        if trail.hash != known.hash {
            let text = format!("its hash is {}, it is registered with {}", trail.hash, known.hash);
            return differs(Problem::Changed, Some(trail.seq), text);
        }
        differs(Problem::SettingsDiffer, Some(trail.seq), difference(state, registered)?)
    }

    /// Verdicts under settings that never were; of organizations in doubt nothing can be said.
    pub(crate) fn unknown_versions(&self, doubted: impl Fn(&OrganizationId) -> bool) -> Vec<UnknownVersion> {
        let unknown = self.named.iter().filter(|(version, _)| {
            let (organization, _) = version;
            !self.versions.contains(version) && !doubted(organization)
        });
        let mut unknown: Vec<UnknownVersion> = unknown
            .map(|((organization, version), (package_id, seq))| UnknownVersion {
                package_id: package_id.clone(),
                seq: *seq,
                text: format!(
                    "its verdict names version {} of the settings of {organization} with hash {}, which there never was",
                    version.seq, version.hash
                ),
            })
            .collect();
        unknown.sort_by(|a, b| (&a.package_id, a.seq).cmp(&(&b.package_id, b.seq)));
        unknown
    }
}

// Which parts are other than the last event says.
fn difference(state: &OrganizationState, registered: &Organization) -> Option<String> {
    let expected = match state.organization() {
        Ok(expected) => expected,
        Err(error) => {
            let text = format!("the settings in the last event of its trail cannot be read by this program: {error}");
            return Some(text);
        }
    };
    let settings = if expected.settings.privacy == registered.settings.privacy {
        "what its settings are"
    } else {
        "what becomes of personal data"
    };
    let parts = [
        (expected.enabled == registered.enabled, "whether it is enabled"),
        (expected.settings == registered.settings, settings),
        (expected.added_at == registered.added_at, "when it was added"),
        (expected.version == registered.version, "when it was last changed"),
    ];
    let other: Vec<&str> = parts.iter().filter(|(same, _)| !same).map(|(_, what)| *what).collect();
    (!other.is_empty()).then(|| {
        let other = other.join(", ");
        format!("{other}: registered otherwise than the last event of its trail says")
    })
}
