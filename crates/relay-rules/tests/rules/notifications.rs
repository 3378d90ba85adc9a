//! Every message of the corpus, and messages that nobody would send.

use proptest::prelude::*;
use relay_model::{Arrival, ArrivalSource};
use relay_rules::{Dropped, Undecodable, decode};
use serde_json::{Value, json};

use crate::fixture;

fn arrival(arrival: &Result<Arrival, Undecodable>) -> Value {
    match arrival {
        Ok(arrival) => {
            assert_eq!(arrival.object.bucket.as_str(), "relay-ingress");
            json!({
                "key": arrival.object.key.as_str(),
                "version_id": arrival.object.version_id.as_str(),
                "size_bytes": arrival.size_bytes,
                "sequencer": arrival.sequencer,
                "source": arrival.source,
            })
        }
        Err(error) => json!({ "undecodable": error.to_string() }),
    }
}

fn dropped(dropped: &Dropped) -> Value {
    let reason = match dropped.reason {
        relay_rules::DropReason::TestEvent => "test_event",
        relay_rules::DropReason::NotCreated => "not_created",
        relay_rules::DropReason::FolderMarker => "folder_marker",
    };
    match &dropped.key {
        Some(key) => json!({ "dropped": reason, "key": key.as_str() }),
        None => json!({ "dropped": reason }),
    }
}

#[test]
fn every_message_is_decoded_as_expected() {
    let corpus = fixture("notifications/messages.json");
    for entry in corpus.as_array().unwrap() {
        let decoded = decode(entry["message"].as_str().unwrap());
        let found: Vec<Value> = decoded
            .arrivals
            .iter()
            .map(arrival)
            .chain(decoded.dropped.iter().map(dropped))
            .collect();
        let expected = entry["expected"].as_array().unwrap();
        assert_eq!(found.len(), expected.len(), "{}: {found:?}", entry["name"]);
        for (found, expected) in found.iter().zip(expected) {
            match (found["undecodable"].as_str(), expected["undecodable"].as_str()) {
                (Some(found), Some(expected)) => assert!(found.contains(expected), "{}: {found}", entry["name"]),
                _ => assert_eq!(found, expected, "{}", entry["name"]),
            }
        }
    }
}

#[test]
fn a_refused_record_is_never_quoted() {
    let object = json!({ "key": "org-001/a", "size": "the content", "versionId": "v1" });
    let s3 = json!({ "bucket": { "name": "b" }, "object": object });
    let record = json!({ "eventVersion": "2.1", "eventName": "ObjectCreated:Put", "s3": s3 });
    let decoded = decode(&json!({ "Records": [record] }).to_string());
    let error = decoded.arrivals[0].as_ref().unwrap_err();
    assert!(!format!("{error} {error:?}").contains("the content"), "{error:?}");
    let error = decode("{\"a\": the content").arrivals.remove(0).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "expected ident at line 1 column 8");
}

// As the AWS SDKs encode keys in notifications: everything but unreserved characters and slashes, space as plus.
fn form_encoded(key: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' | b'/' => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        _ => format!("%{byte:02X}"),
    };
    key.bytes().map(encode).collect()
}

proptest! {
    #[test]
    fn what_was_encoded_is_decoded(key in "\\PC{1,40}") {
        let object = json!({ "key": form_encoded(&key), "versionId": "v1", "size": 1 });
        let s3 = json!({ "bucket": { "name": "b" }, "object": object });
        let record = json!({ "eventVersion": "2.1", "eventName": "ObjectCreated:Put", "s3": s3 });
        let decoded = decode(&json!({ "Records": [record] }).to_string());
        let arrival = decoded.arrivals[0].as_ref().unwrap();
        prop_assert_eq!(arrival.object.key.as_str(), key);
        prop_assert_eq!(arrival.source, ArrivalSource::S3Notification);
    }

    #[test]
    fn no_message_makes_a_panic(message in "(\\{\"Records\":|\\{\"source\":\"aws.s3\",|)\\PC{0,60}") {
        let _ = decode(&message);
    }
}
