//! An unreliable package store.

use std::any::Any;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use relay_model::{BucketName, ObjectVersion};
use relay_pipeline::ports::{
    ObjectHead, ObjectReader, ObjectWriter, PackageStore, PortError, VersionPage, WriteOutcome, WriteRequest,
};

use super::reader::ShortReader;
use super::{Fault, FaultPlan};

/// A store with faults. Its calls are `store.head`, `store.read`, `store.write`, `store.list_versions`, `writer.write`,
/// `writer.finish` and `writer.abort`.
pub struct FaultyStore {
    inner: Arc<dyn PackageStore>,
    plan: Arc<FaultPlan>,
}

impl FaultyStore {
    /// `inner` with the faults of `plan`.
    pub fn new(inner: Arc<dyn PackageStore>, plan: Arc<FaultPlan>) -> Self {
        Self { inner, plan }
    }
}

#[async_trait]
impl PackageStore for FaultyStore {
    async fn head(&self, object: &ObjectVersion) -> Result<ObjectHead, PortError> {
        self.plan.call("store.head", || self.inner.head(object)).await
    }

    async fn read(&self, object: &ObjectVersion, offset_bytes: u64) -> Result<ObjectReader, PortError> {
        let (inner, fault) = self
            .plan
            .call_read("store.read", self.inner.read(object, offset_bytes))
            .await?;
        Ok(match fault {
            Some(Fault::CutRead(left_bytes)) => Box::new(ShortReader {
                inner,
                left_bytes,
                ends_in_error: true,
            }),
            Some(Fault::EndReadEarly(left_bytes)) => Box::new(ShortReader {
                inner,
                left_bytes,
                ends_in_error: false,
            }),
            _ => inner,
        })
    }

    async fn write(&self, request: &WriteRequest) -> Result<Box<dyn ObjectWriter>, PortError> {
        let inner = self.plan.call("store.write", || self.inner.write(request)).await?;
        Ok(Box::new(FaultyWriter {
            inner,
            plan: Arc::clone(&self.plan),
        }))
    }

    async fn list_versions(
        &self,
        bucket: &BucketName,
        after: Option<&str>,
        limit: usize,
    ) -> Result<VersionPage, PortError> {
        self.plan
            .call("store.list_versions", || self.inner.list_versions(bucket, after, limit))
            .await
    }
}

struct FaultyWriter {
    inner: Box<dyn ObjectWriter>,
    plan: Arc<FaultPlan>,
}

#[async_trait]
impl ObjectWriter for FaultyWriter {
    async fn write(&mut self, bytes: Bytes) -> Result<(), PortError> {
        self.plan.call_once("writer.write", self.inner.write(bytes)).await
    }

    async fn seal(&mut self) -> Result<(), PortError> {
        self.plan.call_once("writer.seal", self.inner.seal()).await
    }

    async fn finish(self: Box<Self>) -> Result<WriteOutcome, PortError> {
        self.plan.call_once("writer.finish", self.inner.finish()).await
    }

    async fn abort(self: Box<Self>) -> Result<(), PortError> {
        self.plan.call_once("writer.abort", self.inner.abort()).await
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}
