//! Step 6: compares every object version in the ingress store with the trails, and resumes what is stalled: a
//! version without a trail (its notification was lost), a package without a verdict, an accepted one without a run.
//!
//! It runs at the start of every on-premises process, and is safe to run beside a working relay.

use std::sync::Arc;

use relay_model::{Arrival, ArrivalSource, BucketName, PackageId, PackageRecord, PackageState, Phase, error_chain};

use crate::ports::{Launched, PackageQuery, PackageStore, PortErrorClass, Ports, RunOrder, TrailReader};
use crate::replay::arrival_of;
use crate::step::{Settings, StepError};
use crate::validation::Validation;

const STEP: &str = "reconciliation";
/// How many versions or packages are looked at together.
const PAGE_ITEMS: usize = 1_000;

/// What the sweep found and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Reconciled {
    /// Object versions in the ingress store.
    pub versions: u64,
    /// Those that had no trail and were validated now.
    pub without_trail: u64,
    /// Packages that waited for their verdict and got it.
    pub without_verdict: u64,
    /// Packages that waited for a run and were launched.
    pub without_run: u64,
    /// Versions and packages that could not be resumed; each is logged with its cause, and is there for the next sweep.
    pub not_driven_on: u64,
}

impl Reconciled {
    // One package that cannot be resumed must not keep the sweep from the others.
    fn leave(&mut self, package_id: &PackageId, error: &StepError) {
        self.not_driven_on += 1;
        tracing::error!(package.id = %package_id, error = %error_chain(error), "a package could not be resumed; the next sweep tries again");
    }
}

/// The step, with the ports that it uses: those of validation, listing the store, and reading the trail.
#[derive(Clone)]
pub struct Reconciliation {
    store: Arc<dyn PackageStore>,
    trail_reader: Arc<dyn TrailReader>,
    ingress_bucket: BucketName,
    validation: Validation,
}

impl Reconciliation {
    /// The step on these ports; accepted packages go the way that `validation` sends them.
    pub fn new(ports: &Ports, validation: Validation, settings: &Settings) -> Self {
        Self {
            store: Arc::clone(&ports.store),
            trail_reader: Arc::clone(&ports.trail_reader),
            ingress_bucket: settings.ingress_bucket.clone(),
            validation,
        }
    }

    /// Sweeps the packages in flight and the ingress store.
    pub async fn reconcile(&self) -> Result<Reconciled, StepError> {
        let mut done = Reconciled::default();
        self.sweep_packages(&mut done).await?;
        self.sweep_store(&mut done).await?;
        Ok(done)
    }

    async fn sweep_store(&self, done: &mut Reconciled) -> Result<(), StepError> {
        let bucket = &self.ingress_bucket;
        let mut after: Option<String> = None;
        loop {
            let page = self.store.list_versions(bucket, after.as_deref(), PAGE_ITEMS).await;
            let page = page.map_err(StepError::port(STEP))?;
            for version in page.versions {
                done.versions += 1;
                let package_id = version.object.package_id();
                match self.trail_reader.record(&package_id).await {
                    Ok(Some(_)) => continue,
                    Ok(None) => {}
                    // A trail that is damaged is no reason to leave the others.
                    Err(error) if error.class() == PortErrorClass::Permanent => {
                        done.leave(&package_id, &StepError::port(STEP)(error));
                        continue;
                    }
                    Err(error) => return Err(StepError::port(STEP)(error)),
                }
                let arrival = Arrival {
                    object: version.object,
                    size_bytes: Some(version.size_bytes),
                    sha256: version.sha256,
                    sequencer: None,
                    source: ArrivalSource::Reconciliation,
                };
                match self.validation.validate(&arrival).await {
                    Ok(_) => done.without_trail += 1,
                    Err(error) => done.leave(&package_id, &error),
                }
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
    }

    async fn sweep_packages(&self, done: &mut Reconciled) -> Result<(), StepError> {
        let mut query = PackageQuery {
            state: Some(PackageState::InFlight),
            limit: PAGE_ITEMS,
            ..PackageQuery::default()
        };
        loop {
            let page = self.trail_reader.list(&query).await.map_err(StepError::port(STEP))?;
            for record in &page.packages {
                if let Err(error) = self.resume(record, done).await {
                    done.leave(&record.package_id, &error);
                }
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(()),
            }
        }
    }

    async fn resume(&self, record: &PackageRecord, done: &mut Reconciled) -> Result<(), StepError> {
        let trail_state = &record.trail_state;
        match (trail_state.phase, &record.organization) {
            (Phase::Concluded, _) => {}
            (Phase::Deciding, _) | (_, None) => {
                let arrival = arrival_of(record, ArrivalSource::Reconciliation);
                self.validation.revalidate(&arrival, trail_state.clone()).await?;
                done.without_verdict += 1;
            }
            (Phase::Accepted | Phase::Running | Phase::Waiting, Some(organization)) => {
                let order = RunOrder::new(organization.clone(), trail_state, record.size_bytes, record.sha256);
                let launched = self.validation.launch(&order).await?;
                done.without_run += u64::from(launched == Launched::Started);
            }
        }
        Ok(())
    }
}
