//! An object that is sent in parts.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use relay_aws_client::port_error;
use relay_model::{BucketName, ObjectKey};
use relay_pipeline::ports::{PortError, PortErrorClass};
use sha2::{Digest, Sha256};
use tokio::task::JoinHandle;

/// The most parts of one upload (S3 User Guide, "Amazon S3 multipart upload limits").
const PARTS_MAX: u32 = 10_000;
/// After so many parts they double in size, so that large objects fit into the number of parts.
const PARTS_OF_ONE_SIZE: u32 = 1_000;
const DOUBLINGS_MAX: u32 = 3;

/// The size of the part with this number, counted from 1. It depends on nothing else, so that equal objects have equal
/// parts.
pub(crate) fn part_bytes(first_bytes: usize, number: u32) -> usize {
    first_bytes << (number.saturating_sub(1) / PARTS_OF_ONE_SIZE).min(DOUBLINGS_MAX)
}

/// One upload in parts. One part may be on its way while the next is filled.
pub(crate) struct Upload {
    client: aws_sdk_s3::Client,
    bucket: BucketName,
    key: ObjectKey,
    id: String,
    begun: u32,
    parts: Vec<CompletedPart>,
    digests: Sha256,
    on_its_way: Option<JoinHandle<Result<CompletedPart, PortError>>>,
}

impl Upload {
    pub(crate) fn new(client: aws_sdk_s3::Client, bucket: BucketName, key: ObjectKey, id: String) -> Self {
        Self {
            client,
            bucket,
            key,
            id,
            begun: 0,
            parts: Vec::new(),
            digests: Sha256::new(),
            on_its_way: None,
        }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// How many parts were begun.
    pub(crate) const fn begun(&self) -> u32 {
        self.begun
    }

    /// Sends the next part, once the one before has arrived.
    pub(crate) async fn send(&mut self, bytes: Bytes) -> Result<(), PortError> {
        self.settle().await?;
        let context = format!("{} could not be written to {}", self.key, self.bucket);
        if self.begun == PARTS_MAX {
            let text = format!("{context}: it has more than {PARTS_MAX} parts");
            return Err(PortError::new(PortErrorClass::Permanent, text));
        }
        self.begun += 1;
        let number = i32::try_from(self.begun).unwrap_or(i32::MAX);
        let digest = Sha256::digest(&bytes);
        self.digests.update(digest);
        let checksum = STANDARD.encode(digest);
        let request = self
            .client
            .upload_part()
            .bucket(self.bucket.as_str())
            .key(self.key.as_str())
            .upload_id(&self.id)
            .part_number(number)
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .checksum_sha256(&checksum)
            .body(ByteStream::from(bytes));
        self.on_its_way = Some(tokio::spawn(async move {
            let sent = request.send().await.map_err(|error| port_error(context, error))?;
            Ok(CompletedPart::builder()
                .part_number(number)
                .set_e_tag(sent.e_tag().map(str::to_owned))
                .checksum_sha256(checksum)
                .build())
        }));
        Ok(())
    }

    /// Waits for the part that is on its way.
    pub(crate) async fn settle(&mut self) -> Result<(), PortError> {
        if let Some(part) = self.on_its_way.take() {
            let part = part.await.map_err(|error| {
                PortError::new(PortErrorClass::Permanent, "the upload of a part ended by a defect").caused_by(error)
            })?;
            self.parts.push(part?);
        }
        Ok(())
    }

    /// What S3 is told that the object consists of.
    pub(crate) fn completed(&self) -> CompletedMultipartUpload {
        CompletedMultipartUpload::builder()
            .set_parts(Some(self.parts.clone()))
            .build()
    }

    /// The checksum that S3 will keep: the hash of the parts' hashes, and their number (S3 User Guide, "Checking object
    /// integrity").
    pub(crate) fn composite_sha256(&self) -> String {
        format!("{}-{}", STANDARD.encode(self.digests.clone().finalize()), self.begun)
    }

    /// Gives it up: nothing of it stays in the bucket.
    pub(crate) async fn abort(mut self) -> Result<(), PortError> {
        // Its outcome does not matter any more, but a part that arrives after the abort would stay.
        let _ = self.settle().await;
        let context = format!(
            "an unfinished upload of {} to {} could not be given up",
            self.key, self.bucket
        );
        self.client
            .abort_multipart_upload()
            .bucket(self.bucket.as_str())
            .key(self.key.as_str())
            .upload_id(&self.id)
            .send()
            .await
            .map_err(|error| port_error(context, error))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1024 * 1024;

    #[test]
    fn parts_grow_so_that_large_objects_fit() {
        let size = |number| part_bytes(8 * MIB, number) / MIB;
        assert_eq!([1, 2, 1_000].map(size), [8, 8, 8]);
        assert_eq!([1_001, 2_001, 3_001, 10_000].map(size), [16, 32, 64, 64]);
        let most: usize = (1..=PARTS_MAX).map(size).sum();
        assert_eq!(most / 1024, 492, "GiB");
    }
}
