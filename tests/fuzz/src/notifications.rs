//! Notifications: every record is an arrival, dropped, or one failure; an error names a member and never its value.

use relay_rules::{Undecodable, check_key, decode};
use serde_json::{Value, json};

use crate::text::{SECRET, assert_keeps_secret, assert_shown};

pub const WORDS: &[&[u8]] = &[
    b"{\"Records\":[",
    b"\"eventVersion\":\"2.1\"",
    b"\"eventName\":\"ObjectCreated:Put\"",
    b"\"s3\":{\"bucket\":{\"name\":\"b\"}",
    b"\"object\":{\"key\":\"",
    b"\"versionId\":\"v1\"",
    b"\"source\":\"aws.s3\"",
    b"\"detail-type\":\"Object Created\"",
    b"\"Message\":\"",
    b"\\u0000",
    b"%2F",
    b"+",
    b"null",
    b"18446744073709551616",
    b"[[[[[[[[",
];

fn record(key: &str) -> Value {
    let object = json!({ "key": key, "versionId": "v1", "size": 1, "sequencer": "0055" });
    json!({ "eventVersion": "2.1", "eventName": "ObjectCreated:Put", "s3": { "bucket": { "name": "b" }, "object": object } })
}

pub fn seeds() -> Vec<Vec<u8>> {
    let two = json!({ "Records": [record("org-001/a+b%2Fc.csv"), record("org-001/%C3%BC/")] });
    let mut removed = record("a");
    removed["eventName"] = json!("s3:ObjectRemoved:DeleteMarkerCreated");
    let mut odd = record(SECRET);
    odd["s3"]["object"]["size"] = json!(SECRET);
    let mut later = record("a");
    later["eventVersion"] = json!("3.0");
    let bridge = json!({
        "source": "aws.s3", "detail-type": "Object Created",
        "detail": { "bucket": { "name": "b" }, "object": { "key": "org-001/a b", "size": 0, "version-id": "v" } },
    });
    let wrapped = json!({ "Type": "Notification", "Message": two.to_string() });
    let twice = json!({ "Message": wrapped.to_string() });
    let messages = [
        two,
        json!({ "Records": [removed, odd, later] }),
        json!({ "Event": "s3:TestEvent" }),
        bridge,
        wrapped,
        twice,
        json!([]),
    ];
    messages
        .iter()
        .map(|message| message.to_string().into_bytes())
        .collect()
}

pub fn check(input: &[u8]) {
    let Ok(message) = std::str::from_utf8(input) else {
        return;
    };
    let decoded = decode(message);
    for dropped in &decoded.dropped {
        assert_shown(&dropped.key.as_ref().map(ToString::to_string).unwrap_or_default());
    }
    let mut records = decoded.dropped.len();
    for arrival in &decoded.arrivals {
        records += 1;
        match arrival {
            Ok(arrival) => {
                assert!(!arrival.object.bucket.as_str().is_empty());
                assert!(!arrival.object.version_id.as_str().is_empty());
                if let Err(reason) = check_key(&arrival.object.key) {
                    assert_shown(&reason.text);
                }
            }
            Err(error) => {
                assert_shown(&error.to_string());
                // The bucket is shown, and a version that nobody knows.
                if !matches!(
                    error,
                    Undecodable::VersionMissing { .. } | Undecodable::UnknownVersion { .. }
                ) {
                    assert_keeps_secret(&error.to_string(), []);
                }
            }
        }
    }
    // A message that cannot be read at all is one failure, also if it is empty.
    assert!(records <= message.len().max(1), "more records than bytes");
}
