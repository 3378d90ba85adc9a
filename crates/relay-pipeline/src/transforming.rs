//! One attempt's work on the bytes: read once, hash, transform, write results. Nothing is recorded here.

use std::cell::Cell;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use relay_model::{
    Attempt, OrganizationSettings, Reason, ReasonCode, ResultObject, Sha256Digest, TableSchema, TableSummary,
};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::backbone::{Backbone, failure_reason};
use crate::ports::{PortErrorClass, RunOrder};
use crate::streams::{CutShort, ResultSink, VersionReader, result_request, unwrap_port_error};
use crate::worker::RunObserver;
