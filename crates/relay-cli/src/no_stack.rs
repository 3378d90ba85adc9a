//! In place of `stack.rs` in a build without AWS: there is no deployed relay, so nothing here has a value.

use std::path::Path;
use std::sync::Arc;

use relay_model::{BucketName, OrganizationId, Timestamp};
use relay_monitor::FindingStore;
use relay_pipeline::ports::{Launcher, PortError, Ports};
use serde_json::Value;

/// What there is none of.
pub enum Never {}

/// A deployed relay.
pub struct Stack {
    pub connection: Never,
    pub tenants: Never,
    pub notifications: SqsQueue,
    pub notices: SqsQueue,
    pub monitor: Never,
    pub findings: Arc<dyn FindingStore>,
}

/// A deployed relay, opened.
pub struct OpenStack {
    pub ports: Ports,
    pub launcher: Arc<dyn Launcher>,
    pub ingress_bucket: BucketName,
    pub results_bucket: BucketName,
    pub stack: Stack,
}

pub type SqsQueue = Never;

pub struct SqsDepth {
    pub ready: u64,
    pub delayed: u64,
    pub in_progress: u64,
    pub dead_letters: u64,
}

pub struct DeadLetter {
    pub message_id: String,
    pub body: String,
    pub sent_at: Option<Timestamp>,
}

#[expect(clippy::unused_async, reason = "as in a build with AWS")]
impl Never {
    pub async fn caller_arn(&self) -> Result<String, PortError> {
        match *self {}
    }

    pub async fn ensure(&self, _: &OrganizationId) -> Result<bool, PortError> {
        match *self {}
    }

    pub async fn depth(&self) -> Result<SqsDepth, PortError> {
        match *self {}
    }

    pub async fn dead_letters(&self, _: usize) -> Result<Vec<DeadLetter>, PortError> {
        match *self {}
    }

    pub async fn put_back(&self, _: &DeadLetter) -> Result<(), PortError> {
        match *self {}
    }

    pub async fn leave(&self, _: &DeadLetter) -> Result<(), PortError> {
        match *self {}
    }

    pub async fn run(&self) -> Result<Value, PortError> {
        match *self {}
    }
}

#[expect(clippy::unused_async, reason = "as in a build with AWS")]
pub async fn open(_: &Path) -> anyhow::Result<OpenStack> {
    anyhow::bail!(
        "this relay was built without AWS: build it with cargo install --path crates/relay-cli --features aws, and give --stack again"
    )
}
