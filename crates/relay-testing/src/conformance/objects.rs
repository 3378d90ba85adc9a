//! Short hands for writing and reading objects in tests.

use bytes::Bytes;
use relay_model::{BucketName, ObjectKey, ObjectVersion};
use relay_pipeline::ports::{PackageStore, PortError, WriteMode, WriteOutcome, WriteRequest};
use tokio::io::AsyncReadExt;

/// Writes `bytes` under `key`.
pub async fn put(
    store: &dyn PackageStore,
    bucket: &BucketName,
    key: &str,
    mode: WriteMode,
    bytes: &[u8],
) -> Result<WriteOutcome, PortError> {
    let request = WriteRequest {
        bucket: bucket.clone(),
        key: ObjectKey::new(key),
        mode,
        declared_sha256: None,
    };
    let mut writer = store.write(&request).await?;
    writer.write(Bytes::copy_from_slice(bytes)).await?;
    writer.finish().await
}

/// The bytes of a version from `offset_bytes` on.
pub async fn read_all(store: &dyn PackageStore, object: &ObjectVersion, offset_bytes: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    store
        .read(object, offset_bytes)
        .await
        .unwrap()
        .read_to_end(&mut bytes)
        .await
        .unwrap();
    bytes
}

/// Keys that have broken stores before. All are different from one another.
pub fn hostile_keys() -> Vec<String> {
    let texts = [
        "",
        ".",
        "..",
        "../../../../etc/passwd",
        "/",
        "//",
        "/etc/passwd",
        "org-001/",
        "org-001",
        "org-001/a",
        "org-001/a/b",
        "org-001//a",
        "org-001/./a",
        "org-001/a.csv",
        "org-001/A.csv",
        "ORG-001/a.csv",
        "org-001\\a.csv",
        "org-001/a%2Eb",
        "org-001/a+b c",
        "org-001/nul\0byte",
        "org-001/line\nbreak\r\ttab",
        "org-001/\u{202e}vsc.exe",
        "org-001/\u{e9}",
        "org-001/e\u{301}",
        "org-001/\u{1F600}",
        "org-001/con",
        "org-001/a:b*c?d\"e<f>g|h",
        "org-001/.tmp/lock",
        "00000001",
        " ",
        "org-001/a ",
    ];
    let mut keys: Vec<String> = texts.into_iter().map(str::to_owned).collect();
    keys.push(format!("org-001/{}", "n".repeat(300)));
    keys.push(format!("org-001/{}", "\u{20ac}".repeat(338)));
    keys.push(format!("org-001{}", "/deep".repeat(200)));
    keys
}
