//! Taking a concluded package up again: the same object version, a new verdict, a new attempt.

use std::sync::Arc;

use relay_model::{Arrival, ArrivalSource, EventBody, PackageId, PackageRecord, PackageState};

use crate::TrailWriterError;
use crate::ports::{PortError, Ports, TrailReader};
use crate::step::StepError;
use crate::validation::{Validated, Validation};

/// Why a package was not taken up again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// There is no such package.
    #[error("there is no package {0}")]
    Unknown(PackageId),
    /// It is in flight.
    #[error("package {0} is still in flight: wait for its conclusion")]
    InFlight(PackageId),
    /// It is processed already.
    #[error("package {0} is processed: its results stand, there is nothing to replay")]
    Processed(PackageId),
    /// The trail could not be read.
    #[error("the audit trail could not be read")]
    Trail(#[source] PortError),
    /// A step failed. The package stays in flight; the next start resumes it.
    #[error("the replay could not be carried out")]
    Step(#[source] StepError),
}

/// The step, with the ports that it uses: those of validation, and reading the trail.
#[derive(Clone)]
pub struct Replay {
    trail_reader: Arc<dyn TrailReader>,
    validation: Validation,
}

impl Replay {
    /// The step on these ports; accepted packages go the way that `validation` sends them.
    pub fn new(ports: &Ports, validation: Validation) -> Self {
        Self {
            trail_reader: Arc::clone(&ports.trail_reader),
            validation,
        }
    }

    /// Records that `by` asked for a replay, decides on the package anew, and launches it if it is accepted.
    pub async fn replay(&self, package_id: &PackageId, by: &str) -> Result<Validated, ReplayError> {
        let record = self.trail_reader.record(package_id).await.map_err(ReplayError::Trail)?;
        let record = record.ok_or_else(|| ReplayError::Unknown(package_id.clone()))?;
        match record.state {
            PackageState::InFlight => return Err(ReplayError::InFlight(package_id.clone())),
            PackageState::Processed => return Err(ReplayError::Processed(package_id.clone())),
            PackageState::Rejected | PackageState::Quarantined | PackageState::Failed => {}
        }
        let state = &record.trail_state;
        let mut trail_writer = self
            .validation
            .recorder()
            .writer(state.object.clone(), Some(state.clone()));
        trail_writer.set_organization(record.organization.clone());
        let recorded = |source: TrailWriterError| ReplayError::Step(StepError::record("replay")(source));
        trail_writer
            .record(&EventBody::ReplayRequested { by: by.to_owned() })
            .await
            .map_err(recorded)?;
        let Some(trail_state) = trail_writer.trail_state().cloned() else {
            return Err(ReplayError::Unknown(package_id.clone()));
        };
        let arrival = arrival_of(&record, ArrivalSource::Reconciliation);
        let validated = self.validation.revalidate(&arrival, trail_state).await;
        validated.map_err(ReplayError::Step)
    }
}

/// The arrival that a record came from.
pub(crate) fn arrival_of(record: &PackageRecord, source: ArrivalSource) -> Arrival {
    Arrival {
        object: record.trail_state.object.clone(),
        size_bytes: record.size_bytes,
        sha256: record.sha256,
        sequencer: None,
        source,
    }
}
