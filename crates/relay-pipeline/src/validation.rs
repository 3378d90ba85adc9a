//! Steps 2 and 3: an arrival enters; a verdict on its name, owner and envelope is recorded; an accepted package is
//! launched. The verdict is recorded before anything follows from it.

use std::sync::Arc;

use relay_model::{
    Arrival, EventBody, Limits, Organization, OrganizationId, PackageId, Reason, ReasonCode, SettingsVersion,
    Sha256Digest, TrailHead, TrailState,
};
use relay_rules::{CONTENT_PREFIX_BYTES, Decision, Envelope, Facts, decide};

use crate::failure_notice::send_failure_notice;
use crate::ports::{
    Launched, Launcher, Notice, Notifier, OrganizationLookup, PackageStore, PortError, PortErrorClass, Ports, RunOrder,
};
use crate::step::{Settings, StepError};
use crate::{Recorder, TrailWriter, TrailWriterError};

const STEP: &str = "validation";

/// The step, with the ports that it uses.
#[derive(Clone)]
pub struct Validation {
    store: Arc<dyn PackageStore>,
    registry: Arc<dyn OrganizationLookup>,
    recorder: Recorder,
    launcher: Arc<dyn Launcher>,
    notifier: Arc<dyn Notifier>,
    limits: Limits,
}

/// What became of an arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Validated {
    /// Accepted and launched.
    Accepted {
        /// The run.
        order: Box<RunOrder>,
        /// Whether the launch was this one's.
        launched: Launched,
    },
    /// Refused.
    Rejected {
        /// The package.
        package_id: PackageId,
        /// Why.
        reason: Reason,
    },
    /// The object is gone; recorded as failed.
    Failed {
        /// The package.
        package_id: PackageId,
        /// Why.
        reason: Reason,
    },
    /// Another validation came to another verdict before; that one stands.
    AlreadyDecided {
        /// The package.
        package_id: PackageId,
    },
}

// The verdict, in the words of the event.
enum Verdict {
    Accept {
        organization: OrganizationId,
        size_bytes: u64,
        // What the store itself knows of the bytes; a run compares it with what it reads.
        sha256: Option<Sha256Digest>,
        content: &'static str,
        settings_version: Option<TrailHead>,
    },
    Reject {
        organization: Option<OrganizationId>,
        reason: Reason,
        settings_version: Option<TrailHead>,
    },
    Fail {
        organization: OrganizationId,
        reason: Reason,
    },
}

impl Verdict {
    const fn organization(&self) -> Option<&OrganizationId> {
        match self {
            Self::Accept { organization, .. } | Self::Fail { organization, .. } => Some(organization),
            Self::Reject { organization, .. } => organization.as_ref(),
        }
    }

    fn event(&self) -> EventBody {
        match self {
            Self::Accept {
                size_bytes,
                content,
                settings_version,
                ..
            } => EventBody::Accepted {
                size_bytes: *size_bytes,
                content: (*content).to_owned(),
                settings_version: *settings_version,
            },
            Self::Reject {
                reason,
                settings_version,
                ..
            } => EventBody::Rejected {
                reason: reason.clone(),
                settings_version: *settings_version,
            },
            Self::Fail { reason, .. } => EventBody::Failed {
                attempt: None,
                reason: reason.clone(),
            },
        }
    }
}

impl Validation {
    /// The step on these ports; accepted packages go to `launcher`.
    pub fn new(ports: &Ports, launcher: Arc<dyn Launcher>, settings: &Settings) -> Self {
        Self {
            store: Arc::clone(&ports.store),
            registry: Arc::clone(&ports.registry) as Arc<dyn OrganizationLookup>,
            recorder: Recorder::new(ports, &settings.actor),
            launcher,
            notifier: Arc::clone(&ports.notifier),
            limits: settings.limits.clone(),
        }
    }

    /// Decides on an arrival, records it, launches what was accepted. Doing it again for the same arrival is harmless.
    pub async fn validate(&self, arrival: &Arrival) -> Result<Validated, StepError> {
        let verdict = self.verdict(arrival).await?;
        let mut trail_writer = self.recorder.writer(arrival.object.clone(), None);
        trail_writer.set_organization(verdict.organization().cloned());
        let received = EventBody::Received {
            size_bytes: arrival.size_bytes,
            sha256: arrival.sha256,
            source: arrival.source,
            sequencer: arrival.sequencer.clone(),
        };
        trail_writer.record(&received).await.map_err(StepError::record(STEP))?;
        self.conclude(arrival, verdict, trail_writer).await
    }

    /// Decides anew on a package whose trail stands at a replay request.
    pub async fn revalidate(&self, arrival: &Arrival, trail_state: TrailState) -> Result<Validated, StepError> {
        let verdict = self.verdict(arrival).await?;
        let mut trail_writer = self.recorder.writer(arrival.object.clone(), Some(trail_state));
        trail_writer.set_organization(verdict.organization().cloned());
        self.conclude(arrival, verdict, trail_writer).await
    }

    /// Launches an accepted package. Launching twice is harmless.
    pub(crate) async fn launch(&self, order: &RunOrder) -> Result<Launched, StepError> {
        self.launcher.launch(order).await.map_err(StepError::port("launch"))
    }

    pub(crate) fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    // Looks up the facts that the decision asks for, one after the other.
    async fn verdict(&self, arrival: &Arrival) -> Result<Verdict, StepError> {
        let mut facts = Facts::of(&arrival.object.key);
        loop {
            match decide(&facts, &self.limits) {
                Decision::NeedsOrganization(id) => {
                    facts.registered = Some(self.registry.get(&id).await.map_err(StepError::port(STEP))?);
                }
                Decision::NeedsEnvelope(organization) => {
                    let Some(envelope) = self.envelope(arrival).await? else {
                        return Ok(Verdict::Fail {
                            organization: organization.id.clone(),
                            reason: Reason::new(ReasonCode::ObjectMissing, "the object version is not in the store"),
                        });
                    };
                    facts.envelope = Some(envelope);
                }
                Decision::Accept {
                    organization,
                    envelope,
                    content,
                } => {
                    return Ok(Verdict::Accept {
                        organization: organization.id.clone(),
                        size_bytes: envelope.size_bytes,
                        sha256: envelope.sha256,
                        content: content.name(),
                        settings_version: version_of(organization),
                    });
                }
                Decision::Reject { organization, reason } => {
                    return Ok(Verdict::Reject {
                        organization: organization.map(|organization| organization.id.clone()),
                        reason,
                        settings_version: organization.and_then(version_of),
                    });
                }
            }
        }
    }

    // What the store says of the object version, and its first bytes; nothing if it is not there.
    async fn envelope<'a>(&self, arrival: &'a Arrival) -> Result<Option<Envelope<'a>>, StepError> {
        let Some(head) = found(self.store.head(&arrival.object).await)? else {
            return Ok(None);
        };
        // Deleted since `head`: the run finds out and says so.
        let prefix = found(self.store.read_prefix(&arrival.object, CONTENT_PREFIX_BYTES).await)?;
        Ok(Some(Envelope {
            size_bytes: head.size_bytes,
            announced_size_bytes: arrival.size_bytes,
            sha256: head.sha256,
            declared_sha256: head.declared_sha256,
            encrypted_as_expected: head.encrypted_as_expected,
            file_name: arrival.object.key.file_name(),
            prefix: prefix.unwrap_or_default().into(),
        }))
    }

    async fn conclude(
        &self,
        arrival: &Arrival,
        verdict: Verdict,
        mut trail_writer: TrailWriter,
    ) -> Result<Validated, StepError> {
        let package_id = arrival.object.package_id();
        let body = verdict.event();
        match trail_writer.record(&body).await {
            // Fresh or found: the verdict is in the trail, and launching again is harmless.
            Ok(_) => {}
            Err(TrailWriterError::OtherOutcome { seq, found }) => {
                tracing::warn!(package.id = %package_id, event.seq = seq, event.found = %found.kind(), event.wanted = %body.kind(), "an earlier verdict stands");
                return Ok(Validated::AlreadyDecided { package_id });
            }
            Err(error) => return Err(StepError::record(STEP)(error)),
        }
        match verdict {
            Verdict::Accept {
                organization,
                size_bytes,
                sha256,
                ..
            } => {
                let Some(trail_state) = trail_writer.trail_state() else {
                    return Ok(Validated::AlreadyDecided { package_id });
                };
                let (size_bytes, sha256) = (arrival.size_bytes.or(Some(size_bytes)), arrival.sha256.or(sha256));
                let order = RunOrder::new(organization, trail_state, size_bytes, sha256);
                let launched = self.launch(&order).await?;
                Ok(Validated::Accepted {
                    order: Box::new(order),
                    launched,
                })
            }
            Verdict::Reject { reason, .. } => Ok(Validated::Rejected { package_id, reason }),
            Verdict::Fail { reason, organization } => {
                let key = arrival.object.key.clone();
                let notice = Notice::package_failed(package_id.clone(), Some(organization), key, reason.code);
                send_failure_notice(self.notifier.as_ref(), &reason, notice).await;
                Ok(Validated::Failed { package_id, reason })
            }
        }
    }
}

fn version_of(organization: &Organization) -> Option<TrailHead> {
    organization.version.as_ref().map(SettingsVersion::head)
}

// What is not there is no error here.
fn found<T>(answer: Result<T, PortError>) -> Result<Option<T>, StepError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.class() == PortErrorClass::NotFound => Ok(None),
        Err(error) => Err(StepError::port(STEP)(error)),
    }
}

impl Validated {
    /// The package.
    pub fn package_id(&self) -> &PackageId {
        match self {
            Self::Accepted { order, .. } => &order.package_id,
            Self::Rejected { package_id, .. }
            | Self::Failed { package_id, .. }
            | Self::AlreadyDecided { package_id } => package_id,
        }
    }
}
