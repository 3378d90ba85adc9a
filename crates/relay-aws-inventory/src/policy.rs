//! Whether a bucket policy refuses whatever does not come by TLS: the document in, yes or no out.

use serde_json::Value;

/// The lowest version of TLS that counts as TLS here.
const TLS_VERSION_MIN: f64 = 1.2;

/// Whether one statement refuses to everybody, for every action on the bucket and on its objects, what comes without TLS
/// (`aws:SecureTransport` is false, or `s3:TlsVersion` is below 1.2). The two resources may be in two statements.
///
/// A statement that refuses less (some principals, some actions, a part of the objects, only under a further condition) does not
/// count: what it leaves out could come in plain text ("Policy evaluation logic", IAM User Guide). `NotPrincipal`, `NotAction` and
/// `NotResource` leave something out by their nature, and so does a document that cannot be read.
pub(crate) fn is_tls_only(document: &str, bucket_arn: &str) -> bool {
    let Ok(document) = serde_json::from_str::<Value>(document) else {
        return false;
    };
    let (mut covers_bucket, mut covers_objects) = (false, false);
    for statement in one_or_many(&document["Statement"]) {
        if !refuses_plain_text(statement) {
            continue;
        }
        for resource in texts(&statement["Resource"]) {
            let (bucket, objects) = coverage(resource, bucket_arn);
            covers_bucket |= bucket;
            covers_objects |= objects;
        }
    }
    covers_bucket && covers_objects
}

fn refuses_plain_text(statement: &Value) -> bool {
    let names_what_is_left_out = ["NotPrincipal", "NotAction", "NotResource"]
        .iter()
        .any(|name| statement.get(name).is_some());
    statement["Effect"] == "Deny"
        && !names_what_is_left_out
        && is_everybody(&statement["Principal"])
        && texts(&statement["Action"])
            .iter()
            .any(|action| *action == "*" || action.eq_ignore_ascii_case("s3:*"))
        && is_without_tls(&statement["Condition"])
}

// `"*"`, `{"AWS": "*"}` or `{"AWS": ["*", …]}`: "AWS JSON policy elements: Principal", IAM User Guide.
fn is_everybody(principal: &Value) -> bool {
    principal == "*" || texts(&principal["AWS"]).contains(&"*")
}

// All conditions of a statement must be met, so that exactly one may stand there.
fn is_without_tls(condition: &Value) -> bool {
    let Some(operators) = condition.as_object() else {
        return false;
    };
    let mut tests = operators.iter().flat_map(|(operator, keys)| {
        keys.as_object()
            .into_iter()
            .flatten()
            .map(move |(key, value)| (operator, key, value))
    });
    match (tests.next(), tests.next()) {
        (Some((operator, key, value)), None) => is_plain(operator, key, value) || is_old(operator, key, value),
        _ => false,
    }
}

// The key is in every request, so that `IfExists` changes nothing.
fn is_plain(operator: &str, key: &str, value: &Value) -> bool {
    let is_test = ["Bool", "BoolIfExists"]
        .iter()
        .any(|name| operator.eq_ignore_ascii_case(name));
    is_test
        && key.eq_ignore_ascii_case("aws:SecureTransport")
        && one_or_many(value).into_iter().any(|value| {
            value == &Value::Bool(false) || value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("false"))
        })
}

// `s3:TlsVersion` is absent from a request without TLS: only `IfExists` also refuses that one ("Bucket policy examples using condition
// keys", Amazon S3 User Guide, has both statements).
fn is_old(operator: &str, key: &str, value: &Value) -> bool {
    operator.eq_ignore_ascii_case("NumericLessThanIfExists")
        && key.eq_ignore_ascii_case("s3:TlsVersion")
        && one_or_many(value).into_iter().any(|value| {
            let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
            number.is_some_and(|number| number >= TLS_VERSION_MIN)
        })
}

// Whether a resource covers the bucket, and all of its objects.
fn coverage(resource: &str, bucket_arn: &str) -> (bool, bool) {
    let Some(pattern) = resource.strip_suffix('*') else {
        return (resource == bucket_arn, false);
    };
    // `*`, `arn:aws:s3:::*` and `arn:aws:s3:::name*` cover the bucket too; `arn:aws:s3:::name/*` only what is in it.
    if pattern.contains(['*', '?']) {
        return (false, false);
    }
    let is_bucket = bucket_arn.starts_with(pattern);
    let is_objects = is_bucket || pattern.strip_suffix('/') == Some(bucket_arn);
    (is_bucket, is_objects)
}

fn one_or_many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().collect(),
        one => vec![one],
    }
}

fn texts(value: &Value) -> Vec<&str> {
    one_or_many(value).into_iter().filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests;
