//! Steps 2 and 3: an arrival enters; a verdict on its name, owner and envelope is recorded; an accepted package is
//! launched. The verdict is recorded before anything follows from it.

use relay_model::{
    Arrival, EventBody, Organization, OrganizationId, PackageId, Reason, ReasonCode, SettingsVersion, Sha256Digest,
    TrailHead, TrailState, error_chain,
};
use relay_rules::{Envelope, SafeKey};

use crate::backbone::{Backbone, StepError};
use crate::ports::{Launched, Notice, PortErrorClass, RunOrder};
use crate::{TrailWriter, TrailWriterError};

const STEP: &str = "validation";

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

enum Verdict {
    Accept {
        organization: OrganizationId,
        size_bytes: u64,
        // What the store itself knows of the bytes; a run compares it with what it reads.
        sha256: Option<Sha256Digest>,
        content: String,
        settings_version: Option<TrailHead>,
    },
    Reject {
        organization: Option<OrganizationId>,
        reason: Reason,
        settings_version: Option<TrailHead>,
    },
    Fail {
        organization: Option<OrganizationId>,
        reason: Reason,
    },
}

/// Decides on an arrival, records it, launches what was accepted. Doing it again for the same arrival is harmless.
pub async fn validate(backbone: &Backbone, arrival: &Arrival) -> Result<Validated, StepError> {
    let verdict = decide(backbone, arrival).await?;
    let mut trail_writer = TrailWriter::new(backbone, arrival.object.clone(), None);
    trail_writer.set_organization(verdict.organization().cloned());
    let received = EventBody::Received {
        size_bytes: arrival.size_bytes,
        sha256: arrival.sha256,
        source: arrival.source,
        sequencer: arrival.sequencer.clone(),
    };
    trail_writer.record(&received).await.map_err(StepError::record(STEP))?;
    conclude(backbone, arrival, verdict, trail_writer).await
}

/// Decides anew on a package whose trail stands at a replay request.
pub async fn revalidate(
    backbone: &Backbone,
    arrival: &Arrival,
    trail_state: TrailState,
) -> Result<Validated, StepError> {
    let verdict = decide(backbone, arrival).await?;
    let mut trail_writer = TrailWriter::new(backbone, arrival.object.clone(), Some(trail_state));
    trail_writer.set_organization(verdict.organization().cloned());
    conclude(backbone, arrival, verdict, trail_writer).await
}

impl Verdict {
    const fn organization(&self) -> Option<&OrganizationId> {
        match self {
            Self::Accept { organization, .. } => Some(organization),
            Self::Reject { organization, .. } | Self::Fail { organization, .. } => organization.as_ref(),
        }
    }
}

async fn decide(backbone: &Backbone, arrival: &Arrival) -> Result<Verdict, StepError> {
    let key = match relay_rules::check_key(&arrival.object.key) {
        Ok(key) => key,
        Err(reason) => {
            return Ok(Verdict::Reject {
                organization: None,
                reason,
                settings_version: None,
            });
        }
    };
    let organization = match owner(backbone, &key).await? {
        Ok(organization) => organization,
        Err((registered, reason)) => {
            let settings_version = registered.as_ref().and_then(version_of);
            return Ok(Verdict::Reject {
                organization: registered.map(|organization| organization.id),
                reason,
                settings_version,
            });
        }
    };
    let settings_version = version_of(&organization);
    let organization_id = organization.id.clone();
    let head = match backbone.store.head(&arrival.object).await {
        Ok(head) => head,
        Err(error) if error.class() == PortErrorClass::NotFound => {
            let reason = Reason::new(ReasonCode::ObjectMissing, "the object version is not in the store");
            return Ok(Verdict::Fail {
                organization: Some(organization_id),
                reason,
            });
        }
        Err(error) => return Err(StepError::port(STEP)(error)),
    };
    let prefix = read_prefix(backbone, arrival).await?;
    let envelope = Envelope {
        size_bytes: head.size_bytes,
        announced_size_bytes: arrival.size_bytes,
        sha256: head.sha256,
        declared_sha256: head.declared_sha256,
        encrypted_as_expected: head.encrypted_as_expected,
        file_name: arrival.object.key.file_name(),
        prefix: &prefix,
    };
    Ok(
        match relay_rules::check_envelope(&envelope, &backbone.settings.limits, &organization.settings) {
            Ok(content) => Verdict::Accept {
                organization: organization_id,
                size_bytes: head.size_bytes,
                sha256: head.sha256,
                content: content.name().to_owned(),
                settings_version,
            },
            Err(reason) => Verdict::Reject {
                organization: Some(organization_id),
                reason,
                settings_version,
            },
        },
    )
}

fn version_of(organization: &Organization) -> Option<TrailHead> {
    organization.version.as_ref().map(SettingsVersion::head)
}

// The registered, enabled organization that the key names; otherwise which it is, if any, and why it may not send.
async fn owner(
    backbone: &Backbone,
    key: &SafeKey<'_>,
) -> Result<Result<Organization, (Option<Organization>, Reason)>, StepError> {
    let segment = key.organization_segment();
    let registered = match segment.parse::<OrganizationId>() {
        Ok(id) => backbone.registry.get(&id).await.map_err(StepError::port(STEP))?,
        Err(_) => None,
    };
    let checked = relay_rules::check_organization(segment, registered.as_ref());
    Ok(match (checked, registered) {
        (Ok(()), Some(organization)) => Ok(organization),
        (Err(reason), registered) => Err((registered, reason)),
        (Ok(()), None) => {
            let text = "the first segment of the key is not a registered organization";
            Err((None, Reason::new(ReasonCode::OrganizationUnknown, text)))
        }
    })
}

async fn read_prefix(backbone: &Backbone, arrival: &Arrival) -> Result<Vec<u8>, StepError> {
    match backbone
        .store
        .read_prefix(&arrival.object, relay_rules::CONTENT_PREFIX_BYTES)
        .await
    {
        Ok(prefix) => Ok(prefix),
        // Deleted since `head`: the run finds out and says so.
        Err(error) if error.class() == PortErrorClass::NotFound => Ok(Vec::new()),
        Err(error) => Err(StepError::port(STEP)(error)),
    }
}

async fn conclude(
    backbone: &Backbone,
    arrival: &Arrival,
    verdict: Verdict,
    mut trail_writer: TrailWriter,
) -> Result<Validated, StepError> {
    let package_id = arrival.object.package_id();
    let body = match &verdict {
        Verdict::Accept {
            size_bytes,
            content,
            settings_version,
            ..
        } => EventBody::Accepted {
            size_bytes: *size_bytes,
            content: content.clone(),
            settings_version: *settings_version,
        },
        Verdict::Reject {
            reason,
            settings_version,
            ..
        } => EventBody::Rejected {
            reason: reason.clone(),
            settings_version: *settings_version,
        },
        Verdict::Fail { reason, .. } => EventBody::Failed {
            attempt: None,
            reason: reason.clone(),
        },
    };
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
            let known = (arrival.size_bytes.or(Some(size_bytes)), arrival.sha256.or(sha256));
            launch(backbone, arrival, organization, known, &trail_writer).await
        }
        Verdict::Reject { reason, .. } => Ok(Validated::Rejected { package_id, reason }),
        Verdict::Fail { reason, organization } => {
            announce(
                backbone,
                &reason,
                Notice::package_failed(
                    package_id.clone(),
                    organization,
                    arrival.object.key.clone(),
                    reason.code,
                ),
            )
            .await;
            Ok(Validated::Failed { package_id, reason })
        }
    }
}

async fn launch(
    backbone: &Backbone,
    arrival: &Arrival,
    organization: OrganizationId,
    (size_bytes, sha256): (Option<u64>, Option<Sha256Digest>),
    trail_writer: &TrailWriter,
) -> Result<Validated, StepError> {
    let Some(trail_state) = trail_writer.trail_state() else {
        return Ok(Validated::AlreadyDecided {
            package_id: arrival.object.package_id(),
        });
    };
    let order = RunOrder::new(organization, trail_state, size_bytes, sha256);
    let launched = backbone
        .launcher
        .launch(&order)
        .await
        .map_err(StepError::port("launch"))?;
    Ok(Validated::Accepted {
        order: Box::new(order),
        launched,
    })
}

/// Sends a notice. One that cannot be sent is logged, as all are: the event is already durable, and the package must not
/// fail for it.
pub(crate) async fn announce(backbone: &Backbone, reason: &Reason, notice: Notice) {
    tracing::error!(
        package.id = %notice.package_id,
        organization.id = notice.organization.as_ref().map(OrganizationId::as_str),
        reason.code = reason.code.name(),
        reason.text = %reason.text.escape_debug(),
        "a package failed; replay it once the cause is removed"
    );
    if let Err(error) = backbone.notifier.notify(&notice).await {
        tracing::error!(package.id = %notice.package_id, error = %error_chain(&error), "a failure could not be announced");
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
