//! Listing versions: pages whose cursor is the pair of S3's markers.

use aws_sdk_s3::types::EncodingType;
use percent_encoding::percent_decode_str;
use relay_aws_client::port_error;
use relay_model::{BucketName, ObjectKey, ObjectVersion};
use relay_pipeline::ports::{PortError, PortErrorClass, StoredVersion, VersionPage};

/// The most that S3 gives at once.
const PAGE_VERSIONS_MAX: usize = 1_000;

pub(crate) async fn list_versions(
    client: &aws_sdk_s3::Client,
    bucket: &BucketName,
    after: Option<&str>,
    limit: usize,
) -> Result<VersionPage, PortError> {
    let context = || format!("the versions in {bucket} could not be listed");
    let (key_marker, version_marker) = match after {
        None => (None, None),
        Some(cursor) => serde_json::from_str(cursor).map_err(|error| {
            PortError::new(PortErrorClass::Permanent, "this is no cursor of this store").caused_by(error)
        })?,
    };
    let listed = client
        .list_object_versions()
        .bucket(bucket.as_str())
        // Keys may hold characters that XML cannot.
        .encoding_type(EncodingType::Url)
        .max_keys(i32::try_from(limit.clamp(1, PAGE_VERSIONS_MAX)).unwrap_or(i32::MAX))
        .set_key_marker(key_marker)
        .set_version_id_marker(version_marker)
        .send()
        .await
        .map_err(|error| port_error(context(), error))?;
    let decoded = |text: &str| match listed.encoding_type() {
        Some(EncodingType::Url) => url_decoded(text),
        _ => text.to_owned(),
    };
    let mut versions = Vec::with_capacity(listed.versions().len());
    for version in listed.versions() {
        let unreadable = || PortError::new(PortErrorClass::Permanent, context());
        let id = version.version_id().ok_or_else(unreadable)?;
        versions.push(StoredVersion {
            object: ObjectVersion {
                bucket: bucket.clone(),
                key: ObjectKey::new(decoded(version.key().unwrap_or_default())),
                version_id: id.parse().map_err(|error| unreadable().caused_by(error))?,
            },
            size_bytes: u64::try_from(version.size().unwrap_or_default()).unwrap_or_default(),
            sha256: None,
        });
    }
    let next = listed.is_truncated().unwrap_or_default().then(|| {
        let key = listed.next_key_marker().map(decoded);
        serde_json::json!([key, listed.next_version_id_marker()]).to_string()
    });
    Ok(VersionPage { versions, next })
}

// `EncodingType=url` (ListObjectVersions, API Reference): a space is `+`, everything else percent-encoded UTF-8.
fn url_decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " "))
        .decode_utf8_lossy()
        .into_owned()
}
