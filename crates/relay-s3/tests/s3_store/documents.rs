//! Documents: a write says what it may replace, and of two writers one is told.

use relay_aws_client::Connection;
use relay_pipeline::ports::PortErrorClass;
use relay_s3::{ReadDocument, Replaces, S3Documents, WrittenDocument};
use relay_testing::emulator::Emulator;
use relay_testing::scripted_server::{Answer, ScriptedServer};

use crate::support::{self, config_of};

const BYTES_MAX: u64 = 16;
const TEXT: &str = "text/plain";

fn documents_on(server: &ScriptedServer) -> S3Documents {
    S3Documents::new(
        &Connection::from_config(config_of(server)),
        "bucket".parse().unwrap(),
        None,
    )
}

#[tokio::test]
async fn a_document_is_replaced_only_by_who_has_read_it() {
    let emulator = Emulator::start().await;
    let config = support::root_of(&emulator).await;
    let bucket = support::versioned_bucket(&config).await;
    let documents = S3Documents::new(&Connection::from_config(config), bucket, None);
    let write = async |text: &str, replaces: Replaces<'_>| {
        let written = documents.write("_a/b.txt", TEXT, text.as_bytes().to_vec(), replaces);
        written.await.unwrap()
    };
    let read = async || match documents.read("_a/b.txt", BYTES_MAX).await.unwrap() {
        ReadDocument::Found(document) => document,
        other => panic!("{other:?}"),
    };
    let missing = documents.read("_a/b.txt", BYTES_MAX).await.unwrap();
    assert!(matches!(missing, ReadDocument::Missing), "{missing:?}");
    assert_eq!(write("one", Replaces::Nothing).await, WrittenDocument::Stored);
    assert_eq!(write("two", Replaces::Nothing).await, WrittenDocument::Conflict);
    let first = read().await;
    assert_eq!(first.bytes, b"one");
    assert_eq!(
        write("two", Replaces::State(&first.e_tag)).await,
        WrittenDocument::Stored
    );
    assert_eq!(
        write("three", Replaces::State(&first.e_tag)).await,
        WrittenDocument::Conflict
    );
    assert_eq!(read().await.bytes, b"two");
    assert_eq!(
        write(&"x".repeat(17), Replaces::Anything).await,
        WrittenDocument::Stored
    );
    let large = documents.read("_a/b.txt", BYTES_MAX).await.unwrap();
    assert!(matches!(large, ReadDocument::TooLarge), "{large:?}");
}

#[tokio::test]
async fn what_is_denied_or_fails_is_not_taken_for_missing() {
    for (status, code) in [(403, "AccessDenied"), (404, "NoSuchBucket"), (503, "SlowDown")] {
        let server = ScriptedServer::start(move |_| async move { Answer::error(status, code, "no") }).await;
        let read = documents_on(&server).read("_a/b.txt", BYTES_MAX).await;
        match status {
            403 => assert!(matches!(read, Ok(ReadDocument::Denied(_))), "{read:?}"),
            404 => assert_eq!(read.unwrap_err().class(), PortErrorClass::Permanent),
            _ => assert_eq!(read.unwrap_err().class(), PortErrorClass::Retryable),
        }
    }
}

#[tokio::test]
async fn a_document_that_was_deleted_meanwhile_is_a_conflict_for_who_replaces_it() {
    let server = ScriptedServer::start(|_| async move { Answer::error(404, "NoSuchKey", "no") }).await;
    let documents = documents_on(&server);
    let replaced = documents.write("_a/b.txt", TEXT, Vec::new(), Replaces::State("\"tag\""));
    assert_eq!(replaced.await.unwrap(), WrittenDocument::Conflict);
    let error = documents
        .write("_a/b.txt", TEXT, Vec::new(), Replaces::Anything)
        .await
        .unwrap_err();
    assert_eq!(error.class(), PortErrorClass::NotFound);
}
