//! Bucket policies as people write them, and what each leaves open.

use serde_json::{Value, json};

use super::is_tls_only;

const BUCKET: &str = "arn:aws:s3:::data";

fn usual() -> Value {
    json!({
        "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    })
}

// The usual statement with some members replaced; `null` takes one away.
fn with(changes: &Value) -> Value {
    let mut statement = usual();
    let members = statement.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => members.remove(name),
            value => members.insert(name.clone(), value.clone()),
        };
    }
    statement
}

fn judged(statements: &Value) -> bool {
    is_tls_only(
        &json!({"Version": "2012-10-17", "Statement": statements}).to_string(),
        BUCKET,
    )
}

#[test]
fn what_refuses_everything_without_tls() {
    for changes in [
        json!({}),
        json!({"Principal": {"AWS": "*"}}),
        json!({"Principal": {"AWS": ["*"]}}),
        json!({"Action": ["s3:*"]}),
        json!({"Action": "*"}),
        json!({"Action": "S3:*"}),
        json!({"Resource": "*"}),
        json!({"Resource": "arn:aws:s3:::data*"}),
        json!({"Resource": ["arn:aws:s3:::*"]}),
        json!({"Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}}}),
        json!({"Condition": {"Bool": {"aws:securetransport": ["false"]}}}),
        json!({"Condition": {"Bool": {"aws:SecureTransport": false}}}),
        json!({"Condition": {"NumericLessThanIfExists": {"s3:TlsVersion": "1.2"}}}),
        json!({"Condition": {"NumericLessThanIfExists": {"s3:TlsVersion": [1.3]}}}),
    ] {
        assert!(judged(&with(&changes)), "{changes}");
        let allow =
            json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"});
        assert!(judged(&json!([allow, with(&changes)])), "as the second: {changes}");
    }
}

#[test]
fn what_leaves_something_open() {
    for changes in [
        json!({"Effect": "Allow"}),
        json!({"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}),
        json!({"Principal": {"Service": "*"}}),
        json!({"Principal": null}),
        json!({"Principal": null, "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}}),
        json!({"Action": "s3:GetObject"}),
        json!({"Action": ["s3:Get*", "s3:Put*"]}),
        json!({"Action": null, "NotAction": "s3:GetObject"}),
        json!({"Resource": "arn:aws:s3:::data/*"}),
        json!({"Resource": "arn:aws:s3:::data"}),
        json!({"Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/private/*"]}),
        json!({"Resource": ["arn:aws:s3:::other", "arn:aws:s3:::other/*"]}),
        json!({"Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*/*"]}),
        json!({"Resource": null, "NotResource": "arn:aws:s3:::data/public/*"}),
        json!({"Condition": null}),
        json!({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
        json!({"Condition": {"StringEquals": {"aws:SecureTransport": "maybe"}}}),
        json!({"Condition": {"Bool": {"aws:SecureTransport": "false", "aws:ViaAWSService": "false"}}}),
        json!({"Condition": {"Bool": {"aws:SecureTransport": "false"}, "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}),
        json!({"Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}}),
        json!({"Condition": {"NumericLessThanIfExists": {"s3:TlsVersion": "1.1"}}}),
    ] {
        assert!(!judged(&with(&changes)), "{changes}");
    }
}

#[test]
fn bucket_and_objects_may_stand_in_two_statements() {
    let bucket = with(&json!({"Resource": "arn:aws:s3:::data"}));
    let objects = with(&json!({"Resource": "arn:aws:s3:::data/*"}));
    assert!(judged(&json!([bucket, objects])));
    let allows = with(&json!({"Resource": "arn:aws:s3:::data/*", "Effect": "Allow"}));
    assert!(!judged(&json!([bucket, allows])));
}

#[test]
fn what_is_no_policy_refuses_nothing() {
    for document in [
        "",
        "{}",
        "[]",
        "null",
        "{\"Statement\": \"Deny\"}",
        "{\"Statement\": [",
        "{\"Statement\": [null, 1]}",
    ] {
        assert!(!is_tls_only(document, BUCKET), "{document}");
    }
}
