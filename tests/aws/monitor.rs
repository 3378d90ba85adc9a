//! The security monitor: what is wrong with the account is found, told once, and told again when it is mended.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::alerts::Listener;
use crate::stack::Stack;

const BUCKET: &str = "somebody-s-scratch";
const TABLE: &str = "somebody-s-table";

// Open findings about what the test has made: rule and state.
fn findings(stack: &Stack, state: &str) -> Vec<(String, String)> {
    let (_, found) = stack.relay(&["monitor", "findings", "--state", state]);
    let ours = |finding: &&Value| [BUCKET, TABLE].contains(&finding["name"].as_str().unwrap());
    let mut rules: Vec<_> = found
        .iter()
        .filter(ours)
        .map(|finding| {
            let text = |name: &str| finding[name].as_str().unwrap().to_owned();
            (text("name"), text("rule"))
        })
        .collect();
    rules.sort_unstable();
    rules
}

fn run(stack: &Stack) -> Value {
    let (_, told) = stack.relay(&["monitor", "run"]);
    assert_eq!(told[0]["account_id"], "000000000000", "{told:#?}\n{}", stack.log());
    told[0].clone()
}

fn has(findings: &[(String, String)], name: &str, rule: &str) -> bool {
    findings.contains(&(name.to_owned(), rule.to_owned()))
}

pub fn drift_is_found_told_once_and_told_when_it_is_mended(stack: &Stack, people: &mut Listener) {
    assert_eq!(stack.relay(&["monitor", "findings"]).0, 1, "it has never run");
    stack.client(&[json!({"drift": [BUCKET, TABLE]})]);
    let first = run(stack);
    let open = findings(stack, "open");
    for (name, rule) in [
        (BUCKET, "s3.encryption_customer_key"),
        (BUCKET, "s3.versioning"),
        (TABLE, "dynamodb.point_in_time_recovery"),
    ] {
        assert!(has(&open, name, rule), "{name} {rule}: {open:#?}");
    }
    let news = people.hear_of_findings(stack);
    assert_eq!(news.len(), 1, "one message: {news:#?}");
    let new: u64 = news[0]["new"]
        .as_object()
        .unwrap()
        .values()
        .map(|count| count.as_u64().unwrap())
        .sum();
    assert_eq!(new as usize, first["new"].as_array().unwrap().len());
    // The next day nothing has changed, and nobody is told.
    let second = run(stack);
    assert_eq!(
        (&second["new"], &second["resolved"]),
        (&json!([]), &json!([])),
        "{second:#}"
    );
    assert_eq!(people.hear_of_findings(stack), Vec::<Value>::new());
    assert_eq!(findings(stack, "open"), open);
    // A risk is accepted; the rest is mended.
    let until = ["--owner", "tests", "--reason", "scratch", "--until", "2027-01-31"];
    let accept = [
        "monitor",
        "accept",
        "--rule",
        "s3.access_logging",
        "--resource",
        "arn:aws:s3:::somebody-*",
    ];
    assert!(has(&open, BUCKET, "s3.access_logging"), "{open:#?}");
    assert_eq!(stack.relay(&[&accept[..], &until[..]].concat()).0, 0);
    let key = stack.name("results_key_arn");
    stack.client(&[json!({"mend": [BUCKET, TABLE, key]})]);
    let third = run(stack);
    assert_eq!(third["new"], json!([]), "{third:#}");
    assert!(has(&findings(stack, "accepted"), BUCKET, "s3.access_logging"));
    let resolved = findings(stack, "resolved");
    for (name, rule) in [
        (BUCKET, "s3.encryption_customer_key"),
        (BUCKET, "s3.versioning"),
        (TABLE, "dynamodb.point_in_time_recovery"),
    ] {
        assert!(has(&resolved, name, rule), "{name} {rule}: {resolved:#?}");
    }
    let news = people.hear_of_findings(stack);
    assert_eq!(news.len(), 1, "{news:#?}");
    assert_eq!(
        news[0]["resolved"].as_u64().unwrap() as usize,
        third["resolved"].as_array().unwrap().len()
    );
    reports_tell_the_same(stack, &third);
    stack.client(&[json!({"undrift": [BUCKET, TABLE]})]);
}

// Each run has left what people read and what programs read.
fn reports_tell_the_same(stack: &Stack, last: &Value) {
    let read = json!({"read": [stack.name("results_bucket"), "_monitor/reports/"]});
    let reports: BTreeMap<String, String> =
        serde_json::from_value::<Vec<(String, String)>>(stack.client(&[read]).remove(0))
            .unwrap()
            .into_iter()
            .collect();
    let of_kind = |ending: &str| -> Vec<&String> {
        let fitting = reports.iter().filter(|(key, _)| key.ends_with(ending));
        fitting.map(|(_, text)| text).collect()
    };
    let (readable, formatted) = (of_kind(".md"), of_kind(".asff.json"));
    assert!(
        readable.len() >= 3 && readable.len() == formatted.len(),
        "{:?}",
        reports.keys()
    );
    // The first run found what the last one found mended.
    let (first_text, last_text) = (readable[0], readable[readable.len() - 1]);
    for (text, name) in [
        (first_text, BUCKET),
        (first_text, TABLE),
        (last_text, BUCKET),
        (last_text, TABLE),
    ] {
        assert!(text.contains(name), "{name}: {text}");
    }
    let findings: Value = serde_json::from_str(formatted[formatted.len() - 1]).unwrap();
    let findings = findings["Findings"].as_array().unwrap();
    let statuses = |name: &str, rule: &str| -> Vec<String> {
        let about = |finding: &&Value| {
            let is_rule = finding["GeneratorId"].as_str().is_some_and(|id| id.ends_with(rule));
            is_rule && finding["Resources"][0]["Id"].as_str().unwrap().ends_with(name)
        };
        let found = findings.iter().filter(about);
        found
            .map(|finding| finding["RecordState"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(statuses(BUCKET, "s3.versioning"), ["ARCHIVED"], "{last:#}");
    assert_eq!(statuses(BUCKET, "s3.access_logging"), ["ACTIVE"], "{last:#}");
    for finding in findings {
        for name in [
            "AwsAccountId",
            "CreatedAt",
            "Id",
            "ProductArn",
            "SchemaVersion",
            "Severity",
            "Title",
            "Types",
            "UpdatedAt",
        ] {
            assert!(!finding[name].is_null(), "{name}: {finding:#}");
        }
    }
}
