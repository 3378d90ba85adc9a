//! What all steps have in common: the settings, read once at the edge, and the ways in which a step can fail.

use std::num::NonZeroUsize;

use relay_model::{BucketName, Limits, Reason, ReasonCode, error_chain};

use crate::TrailWriterError;
use crate::ports::{PortError, PortErrorClass};

/// What an operator can set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The store that packages arrive in.
    pub ingress_bucket: BucketName,
    /// The store that results are written to.
    pub results_bucket: BucketName,
    /// The name under which this program records events.
    pub actor: String,
    /// How many threads may work on the columns of one table.
    pub transform_threads: NonZeroUsize,
    /// The limits.
    pub limits: Limits,
}

/// A step that could not be carried out. Nothing was decided; the same step can be tried again.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// A port failed.
    #[error("{step} could not be carried out")]
    Port {
        /// Which step.
        step: &'static str,
        /// How.
        #[source]
        source: PortError,
    },
    /// The trail could not be written.
    #[error("{step} could not be recorded")]
    Record {
        /// Which step.
        step: &'static str,
        /// How.
        #[source]
        source: TrailWriterError,
    },
}

impl StepError {
    pub(crate) fn port(step: &'static str) -> impl FnOnce(PortError) -> Self {
        move |source| Self::Port { step, source }
    }

    pub(crate) fn record(step: &'static str) -> impl FnOnce(TrailWriterError) -> Self {
        move |source| Self::Record { step, source }
    }

    /// Whether trying again may help without anybody doing anything.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Port { source, .. }
            | Self::Record {
                source: TrailWriterError::Trail(source),
                ..
            } => source.class() == PortErrorClass::Retryable,
            Self::Record { .. } => false,
        }
    }
}

/// The reason that a port error gives for a failed attempt. One exhaustive match decides what a class means.
pub(crate) fn failure_reason(error: &PortError) -> Reason {
    let code = match error.class() {
        PortErrorClass::Retryable | PortErrorClass::Permanent | PortErrorClass::PreconditionFailed => {
            ReasonCode::StorageUnavailable
        }
        PortErrorClass::NotFound => ReasonCode::ObjectMissing,
        PortErrorClass::StorageFull => ReasonCode::StorageFull,
    };
    Reason::new(code, error_chain(error))
}
