//! What the S3 store makes of bodies that are cut, of answers without a body, and of conflicts.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use relay_aws_client::Connection;
use relay_model::{ObjectKey, ObjectVersion, Sha256Digest};
use relay_pipeline::ports::{PackageStore, PortError, PortErrorClass, WriteMode, WriteOutcome, WriteRequest};
use relay_s3::{S3Store, S3StoreOptions};
use relay_testing::conformance::{put, read_all};
use relay_testing::scripted_server::{Answer, Request, ScriptedServer};
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;
use tokio::sync::{Notify, Semaphore};

use crate::support::config_of;

const PART_BYTES: usize = 64 * 1024;
const RESUMES_MAX: u32 = 2;

fn store_on(server: &ScriptedServer) -> S3Store {
    let options = S3StoreOptions {
        keys: HashMap::new(),
        part_bytes: PART_BYTES,
        resumes_max: RESUMES_MAX,
    };
    S3Store::new(&Connection::from_config(config_of(server)), options)
}

fn version() -> ObjectVersion {
    ObjectVersion {
        bucket: "bucket".parse().unwrap(),
        key: ObjectKey::new("org-001/a.bin"),
        version_id: "v1".parse().unwrap(),
    }
}

fn some_bytes(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n % 251) as u8).collect()
}

async fn read_error(store: &S3Store) -> std::io::Error {
    let mut reader = store.read(&version(), 0).await.unwrap();
    reader.read_to_end(&mut Vec::new()).await.unwrap_err()
}

#[tokio::test]
async fn a_body_that_is_cut_is_taken_up_again_where_it_ended() {
    let bytes = some_bytes(250_000);
    let object = bytes.clone();
    let server = ScriptedServer::start(move |request| {
        let answer = Answer::bytes_of(&object, &request).cut_at(70_000);
        async move { answer }
    })
    .await;
    // Four answers, more than may follow one another without a byte.
    assert!(read_all(&store_on(&server), &version(), 0).await == bytes);
    let requests = server.requests();
    let ranges: Vec<_> = requests.iter().map(|request| request.header("range")).collect();
    let expected = [None, Some("bytes=70000-"), Some("bytes=140000-"), Some("bytes=210000-")];
    assert_eq!(ranges, expected);
    for (number, request) in requests.iter().enumerate() {
        assert!(request.target.contains("versionId=v1"), "{}", request.target);
        assert_eq!(request.header("if-match"), (number > 0).then_some("\"tag\""));
    }
}

#[tokio::test]
async fn the_first_bytes_are_taken_up_again_too() {
    let server = ScriptedServer::start(|request| async move {
        let answer = match request.header("range") {
            Some("bytes=0-9") => Answer::new(206, "0123456789")
                .with("content-range", "bytes 0-9/500")
                .cut_at(4),
            Some("bytes=4-9") => Answer::new(206, "456789").with("content-range", "bytes 4-9/500"),
            other => panic!("{other:?}"),
        };
        answer.with("etag", "\"tag\"")
    })
    .await;
    let prefix = store_on(&server).read_prefix(&version(), 10).await.unwrap();
    assert_eq!(prefix, b"0123456789");
}

#[tokio::test]
async fn a_body_that_brings_nothing_is_given_up_and_can_be_tried_again_later() {
    let object = some_bytes(1_000);
    let server = ScriptedServer::start(move |request| {
        let answer = Answer::bytes_of(&object, &request).cut_at(if request.range_start() == 0 { 10 } else { 0 });
        async move { answer }
    })
    .await;
    let error = PortError::from_io("read", read_error(&store_on(&server)).await);
    assert_eq!(error.class(), PortErrorClass::Retryable);
    assert_eq!(server.requests().len(), 1 + RESUMES_MAX as usize);
}

#[tokio::test]
async fn a_version_that_vanishes_or_changes_midway_is_not_read_on() {
    for (status, code, kind) in [
        (404, "NoSuchVersion", ErrorKind::NotFound),
        (412, "PreconditionFailed", ErrorKind::AlreadyExists),
        (403, "AccessDenied", ErrorKind::Other),
    ] {
        let server = ScriptedServer::start(move |request| async move {
            match request.range_start() {
                0 => Answer::bytes_of(&[1; 1_000], &request).cut_at(10),
                _ => Answer::error(status, code, "no"),
            }
        })
        .await;
        assert_eq!(read_error(&store_on(&server)).await.kind(), kind, "{code}");
        assert_eq!(server.requests().len(), 2, "{code}");
    }
}

#[tokio::test]
async fn bytes_that_the_checksum_of_s3_does_not_fit_are_no_result() {
    let server = ScriptedServer::start(|request| async move {
        Answer::bytes_of(b"altered", &request)
            .with("x-amz-checksum-sha256", STANDARD.encode(Sha256::digest(b"as sent")))
            .with("x-amz-checksum-type", "FULL_OBJECT")
    })
    .await;
    let error = read_error(&store_on(&server)).await;
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    assert_eq!(PortError::from_io("read", error).class(), PortErrorClass::Permanent);
}

#[tokio::test]
async fn an_answer_without_a_body_is_explained() {
    use PortErrorClass::{NotFound, Permanent};
    let malformed = Answer::error(400, "InvalidArgument", "Invalid version id specified");
    let key_disabled = Answer::error(400, "KMS.DisabledException", "the key is disabled");
    let delete_marker = Answer::error(405, "MethodNotAllowed", "not allowed against this resource");
    let denied = Answer::error(403, "AccessDenied", "not authorized");
    for (answer, class, text) in [
        (malformed, NotFound, ""),
        (key_disabled, Permanent, ""),
        (delete_marker, NotFound, ""),
        (
            denied,
            Permanent,
            "the role may not do HeadObject (403), or the object version is gone",
        ),
    ] {
        let given = answer.clone();
        let server = ScriptedServer::start(move |request| {
            // The answer to a HEAD has no body, whatever it is.
            let is_head = request.method == "HEAD";
            let answer = if is_head {
                Answer::new(given.status, "")
            } else {
                given.clone()
            };
            async move { answer }
        })
        .await;
        let store = store_on(&server);
        let error = store.head(&version()).await.unwrap_err();
        assert_eq!(error.class(), class, "HEAD: {answer:?}");
        assert!(error.to_string().ends_with(text), "{error}");
        let error = store.read(&version(), 0).await.err().unwrap();
        assert_eq!(error.class(), class, "GET: {answer:?}");
        let text = text.replace("HeadObject (403)", "GetObject (AccessDenied)");
        assert!(error.to_string().ends_with(&text), "{error}");
    }
}

#[tokio::test]
async fn keys_in_listings_are_decoded_once_and_go_back_as_they_are() {
    let server = ScriptedServer::start(|request| async move {
        let is_first = !request.target.contains("key-marker");
        let (key, next) = if is_first {
            ("org-001/a%2Bb+%252E%00%0A", "<NextKeyMarker>org-001/a%2Bb+%252E%00%0A</NextKeyMarker>")
        } else {
            ("org-001/%E2%82%AC", "")
        };
        let markers = if is_first { "<NextVersionIdMarker>v1</NextVersionIdMarker>" } else { "" };
        Answer::new(
            200,
            format!(
                "<ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>{is_first}</IsTruncated>{next}{markers}\
                 <Version><Key>{key}</Key><VersionId>v1</VersionId><Size>3</Size></Version>\
                 <DeleteMarker><Key>gone</Key><VersionId>v2</VersionId></DeleteMarker></ListVersionsResult>"
            ),
        )
    })
    .await;
    let store = store_on(&server);
    let bucket = version().bucket;
    let first = store.list_versions(&bucket, None, 1).await.unwrap();
    let second = store.list_versions(&bucket, first.next.as_deref(), 1).await.unwrap();
    let keys: Vec<_> = first
        .versions
        .iter()
        .chain(&second.versions)
        .map(|version| version.object.key.as_str())
        .collect();
    assert_eq!(keys, ["org-001/a+b %2E\0\n", "org-001/\u{20ac}"]);
    assert_eq!(second.next, None);
    let target = &server.requests()[1].target;
    assert!(target.contains("key-marker=org-001%2Fa%2Bb%20%252E%00%0A"), "{target}");
    assert!(target.contains("version-id-marker=v1"), "{target}");
}

fn part_number(request: &Request) -> Option<usize> {
    let (_, rest) = request.target.split_once("partNumber=")?;
    rest.split('&').next()?.parse().ok()
}

// Answers uploads in parts; the last request of each is answered by `complete`.
fn upload_answer(request: &Request, complete: impl FnOnce() -> Answer) -> Answer {
    match request.method.as_str() {
        "POST" if request.target.contains("uploadId=") => complete(),
        "POST" => Answer::new(
            200,
            "<InitiateMultipartUploadResult><UploadId>U</UploadId></InitiateMultipartUploadResult>",
        ),
        "PUT" => Answer::new(200, "").with("etag", "\"part\""),
        "DELETE" => Answer::new(204, ""),
        _ => Answer::error(501, "NotImplemented", &request.target),
    }
}

#[tokio::test]
async fn a_writer_holds_two_parts_and_no_more() {
    let arrived = Arc::new(Notify::new());
    let gate = Arc::new(Semaphore::new(0));
    let (tell, wait) = (Arc::clone(&arrived), Arc::clone(&gate));
    let server = ScriptedServer::start(move |request| {
        let (tell, wait) = (Arc::clone(&tell), Arc::clone(&wait));
        async move {
            if part_number(&request).is_some() {
                tell.notify_one();
                wait.acquire().await.unwrap().forget();
            }
            let done = "<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>";
            upload_answer(&request, || Answer::new(200, done).with("x-amz-version-id", "v9"))
        }
    })
    .await;
    let store = store_on(&server);
    let object = version();
    let request = WriteRequest {
        bucket: object.bucket,
        key: object.key,
        mode: WriteMode::NewVersion,
        declared_sha256: None,
    };
    let bytes = some_bytes(3 * PART_BYTES + 5);
    let mut writer = store.write(&request).await.unwrap();
    let mut write = writer.write(bytes.clone().into());
    tokio::select! {
        biased;
        _ = &mut write => panic!("a third part was taken before the first had arrived"),
        () = arrived.notified() => {}
    }
    gate.add_permits(4);
    write.await.unwrap();
    let outcome = writer.finish().await.unwrap();
    assert_eq!(outcome.stored().sha256, Sha256Digest::of(&bytes));
    assert_eq!(outcome.stored().object.version_id.as_str(), "v9");
    let requests = server.requests();
    let sizes: Vec<_> = requests
        .iter()
        .filter_map(|request| Some((part_number(request)?, request.body.len())))
        .collect();
    assert_eq!(sizes, [(1, PART_BYTES), (2, PART_BYTES), (3, PART_BYTES), (4, 5)]);
    for part in requests.iter().filter(|request| part_number(request).is_some()) {
        let sha256 = STANDARD.encode(Sha256::digest(&part.body));
        assert_eq!(part.header("x-amz-checksum-sha256"), Some(sha256.as_str()));
    }
}

// An object in parts stands there, and our upload is gone: S3 gives the hash of hashes of these parts.
async fn write_when_the_upload_is_gone(
    bytes: &[u8],
    standing: &[u8],
    mode: WriteMode,
) -> (Result<WriteOutcome, PortError>, ScriptedServer) {
    let digests: Vec<u8> = standing.chunks(PART_BYTES).flat_map(Sha256::digest).collect();
    let parts = standing.len().div_ceil(PART_BYTES);
    let composite = format!("{}-{parts}", STANDARD.encode(Sha256::digest(&digests)));
    let length = standing.len().to_string();
    let body = standing.to_vec();
    let is_completing = Arc::new(Mutex::new(false));
    let server = ScriptedServer::start(move |request| {
        let head = || {
            Answer::new(200, "")
                .with("content-length", length.clone())
                .with("x-amz-checksum-sha256", composite.clone())
                .with("x-amz-checksum-type", "COMPOSITE")
                .with("x-amz-version-id", "v1")
                .with("etag", "\"tag\"")
        };
        let mut is_completing = is_completing.lock().unwrap();
        let answer = match request.method.as_str() {
            // Before the completion nothing was there.
            "HEAD" if *is_completing => head(),
            "HEAD" => Answer::new(404, ""),
            "GET" => Answer::bytes_of(&body, &request),
            _ => upload_answer(&request, || {
                *is_completing = true;
                Answer::error(404, "NoSuchUpload", "The specified upload does not exist")
            }),
        };
        async move { answer }
    })
    .await;
    let store = store_on(&server);
    let outcome = put(&store, &version().bucket, "org-001/a.bin", mode, bytes).await;
    (outcome, server)
}

#[tokio::test]
async fn a_completion_whose_answer_was_lost_is_found_again_without_reading() {
    let bytes = some_bytes(2 * PART_BYTES + 1);
    for mode in [WriteMode::IfAbsent, WriteMode::IfChanged, WriteMode::NewVersion] {
        let (outcome, server) = write_when_the_upload_is_gone(&bytes, &bytes, mode).await;
        let outcome = outcome.unwrap();
        assert!(matches!(outcome, WriteOutcome::AlreadyThere(_)), "{mode:?}");
        assert_eq!(outcome.stored().object, version());
        assert_eq!(outcome.stored().sha256, Sha256Digest::of(&bytes));
        assert!(server.requests().iter().all(|request| request.method != "GET"));
    }
}

#[tokio::test]
async fn an_upload_that_a_conflict_ended_is_to_be_sent_again() {
    let bytes = some_bytes(2 * PART_BYTES + 1);
    let mut others = bytes.clone();
    others[7] ^= 1;
    let (outcome, _) = write_when_the_upload_is_gone(&bytes, &others, WriteMode::IfChanged).await;
    assert_eq!(outcome.unwrap_err().class(), PortErrorClass::Retryable);
    let (outcome, _) = write_when_the_upload_is_gone(&bytes, &others, WriteMode::IfAbsent).await;
    let outcome = outcome.unwrap();
    assert!(matches!(outcome, WriteOutcome::AlreadyThere(_)));
    assert_eq!(
        outcome.stored().sha256,
        Sha256Digest::of(&others),
        "read, since the parts differ"
    );
}
