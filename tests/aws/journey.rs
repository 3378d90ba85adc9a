//! Packages from the upload to the verdict, and the stack from `apply` to `destroy`.

use std::collections::HashMap;
use std::process::Command;

use serde_json::{Value, json};
use system_tests::repository;

use crate::alerts;
use crate::contents;
use crate::dead_letters;
use crate::monitor;
use crate::permissions;
use crate::runs::{executions_are_as_many_as_accepted_packages, kinds, misfortunes};
use crate::stack::{OPERATOR, Stack};

pub const CSV: &[u8] = b"station,temp\nA,1.5\nB,-2.25\n";
// A gzip file that ends in the middle.
const CUT_GZIP: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b, 0xd4];
const AT_ONCE: usize = 20;
/// How often the notification of one version comes again.
const NOTIFICATIONS_AGAIN: usize = 10;
/// A line of it, and how often it is repeated: a little more than 1 GiB, with bytes that are no text.
const LARGE_PART: [u8; 64] = [0x9e; 64];
const LARGE_PARTS: usize = (1 << 30) / 64 + 1;
/// What a task may hold whatever it reads.
const TASK_MEMORY_MAX_KIB: u64 = 64 * 1024;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn put(stack: &Stack, key: &str, content: &[u8]) -> Value {
    json!({"put": [stack.name("ingress_bucket"), key, hex(content)]})
}

pub fn event(stack: &Stack, key: &str, version_id: &str) -> String {
    json!({"Records": [{
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "eu-north-1", "eventTime": "2026-01-31T08:15:00.000Z",
        "eventName": "ObjectCreated:Put",
        "s3": {"s3SchemaVersion": "1.0", "bucket": {"name": stack.name("ingress_bucket"), "arn": "arn"},
               "object": {"key": key, "size": CSV.len(), "versionId": version_id, "sequencer": "0055AED6DCD90281E5"}}}]})
    .to_string()
}

pub fn by_key(packages: &[Value]) -> HashMap<&str, &Value> {
    packages
        .iter()
        .map(|package| (package["key"].as_str().unwrap(), package))
        .collect()
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex(&Sha256::digest(bytes))
}

/// Two stacks would disturb each other's times.
pub static ONE_STACK_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

// One test, because one stack takes minutes to make; each step says what it shows.
#[tokio::test(flavor = "multi_thread")]
async fn from_apply_to_destroy() {
    let _alone = ONE_STACK_AT_A_TIME.lock().await;
    let stack = Stack::apply("step_functions").await;
    let mut told = alerts::Listener::new(&stack);
    let mut expected = verdicts(&stack);
    expected = the_same_event_many_times(&stack, expected);
    executions_are_as_many_as_accepted_packages(&stack, &stack.concluded(expected));
    expected = many_at_once_and_overwritten(&stack, expected);
    expected = gone_before_it_was_read(&stack, expected);
    expected = a_new_organization(&stack, expected);
    expected = contents::archives_get_the_verdicts_of_the_samples(&stack, expected);
    expected = contents::personal_data_is_treated_under_the_organizations_key(&stack, expected);
    expected = contents::a_table_that_changed_is_set_aside(&stack, expected);
    expected = a_large_object(&stack, expected);
    expected = what_operators_do(&stack, expected);
    expected = misfortunes(&stack, expected);
    expected = dead_letters::are_put_back(&stack, expected);
    told.tells_of_the_run_that_was_given_up(&stack);
    told.tells_of_each_group_once(&stack);
    monitor::drift_is_found_told_once_and_told_when_it_is_mended(&stack, &mut told);
    the_trail_holds(&stack, expected);
    // The walls, the state machine, and the sizes of policies.
    policies_are_right(&stack, &["tenants.test.mjs", "machine.test.mjs", "sizes.test.mjs"]);
    permissions::each_is_used(&stack);
    nothing_drifts(&stack);
    nothing_is_lost_under_former_names(&stack);
    // What was made without Terraform goes first, as scripts/destroy does it.
    let role = format!("{}org-004", stack.name("tenant_role_name_prefix"));
    stack.client(&[json!({"remove_role": [role, [stack.name("tenant_policy_arn")]]})]);
    nothing_stays(&stack);
}

pub fn verdicts(stack: &Stack) -> usize {
    let keys = [
        ("org-001/readings a+b \u{fc}.csv", CSV, "processed", Value::Null),
        ("org-002/blob.bin", &[0_u8, 1, 2, 255], "processed", Value::Null),
        ("org-001/cut.csv.gz", CUT_GZIP, "quarantined", json!("content_corrupt")),
        ("org-009/stranger.csv", CSV, "rejected", json!("organization_unknown")),
        ("org-001/a/../b.csv", CSV, "rejected", json!("key_dot_segment")),
    ];
    let puts: Vec<Value> = keys
        .iter()
        .map(|(key, content, _, _)| put(stack, key, content))
        .collect();
    stack.client(&puts);
    let packages = stack.concluded(keys.len());
    let found = by_key(&packages);
    for (key, content, state, reason) in &keys {
        let package = found[key];
        assert_eq!(package["state"], *state, "{key}: {package:#}");
        if *state != "quarantined" {
            assert_eq!(package["reason"], *reason, "{key}");
        }
        if *state == "processed" {
            assert_eq!(package["sha256"], sha256(content), "{key}");
            let id = package["package_id"].as_str().unwrap();
            let copy = tempfile::tempdir().unwrap();
            let to = copy.path().join("original");
            let (status, _) = stack.relay(&["packages", "fetch", id, "--to", to.to_str().unwrap()]);
            assert_eq!(status, 0);
            assert_eq!(std::fs::read(to).unwrap(), *content, "the original is as it was");
        }
    }
    assert_eq!(found["org-001/readings a+b \u{fc}.csv"]["table"]["rows"], 2);
    keys.len()
}

pub fn the_same_event_many_times(stack: &Stack, expected: usize) -> usize {
    let before = stack.concluded(expected);
    let package = by_key(&before)["org-001/readings a+b \u{fc}.csv"];
    let version = package["version_id"].as_str().unwrap();
    // As S3 writes it: blanks are plus signs.
    let again = event(stack, "org-001/readings+a%2Bb+%C3%BC.csv", version);
    let sends: Vec<Value> = (0..NOTIFICATIONS_AGAIN)
        .map(|_| json!({"send": [stack.name("notification_queue_url"), again]}))
        .collect();
    stack.client(&sends);
    // A later package shows that they were handled.
    stack.client(&[put(stack, "org-001/after.csv", CSV)]);
    let packages = stack.concluded(expected + 1);
    assert_eq!(
        by_key(&packages)["org-001/readings a+b \u{fc}.csv"],
        package,
        "nothing was added"
    );
    let (_, shown) = stack.relay(&["packages", "show", package["package_id"].as_str().unwrap()]);
    assert_eq!(
        shown[0]["trail"].as_array().unwrap().len(),
        4,
        "received, accepted, started, processed"
    );
    expected + 1
}

fn many_at_once_and_overwritten(stack: &Stack, expected: usize) -> usize {
    let mut instructions: Vec<Value> = (0..AT_ONCE)
        .map(|number| put(stack, &format!("org-003/at-once/{number:02}.csv"), CSV))
        .collect();
    let (first, second) = (b"first content".as_slice(), b"second, other content".as_slice());
    instructions
        .push(json!({"pair": [stack.name("ingress_bucket"), "org-002/overwritten.txt", hex(first), hex(second)]}));
    let results = stack.client(&instructions);
    let expected = expected + AT_ONCE + 2;
    let packages = stack.concluded(expected);
    let at_once = packages
        .iter()
        .filter(|package| package["key"].as_str().unwrap().starts_with("org-003/at-once/"));
    assert_eq!(
        at_once.filter(|package| package["state"] == "processed").count(),
        AT_ONCE
    );
    // Each version is a package of its own, and is processed as it was.
    let versions = results.last().unwrap().as_array().unwrap();
    for (version, content) in versions.iter().zip([first, second]) {
        let package = packages
            .iter()
            .find(|package| package["version_id"] == *version)
            .unwrap();
        assert_eq!(package["state"], "processed");
        assert_eq!(package["sha256"], sha256(content));
    }
    expected
}

pub fn gone_before_it_was_read(stack: &Stack, expected: usize) -> usize {
    let gone = event(stack, "org-001/gone.csv", "00000000-0000-0000-0000-000000000000");
    stack.client(&[json!({"send": [stack.name("notification_queue_url"), gone]})]);
    let packages = stack.concluded(expected + 1);
    let package = by_key(&packages)["org-001/gone.csv"];
    assert_eq!(
        (&package["state"], &package["reason"]),
        (&json!("failed"), &json!("object_missing"))
    );
    expected + 1
}

fn a_new_organization(stack: &Stack, expected: usize) -> usize {
    let (status, _) = stack.relay(&["org", "add", "org-004"]);
    assert_eq!(status, 0);
    stack.client(&[put(stack, "org-004/first.csv", CSV)]);
    let packages = stack.concluded(expected + 1);
    assert_eq!(by_key(&packages)["org-004/first.csv"]["state"], "processed");
    let (_, listed) = stack.relay(&["org", "list"]);
    assert_eq!(listed.len(), 4);
    a_schema_of_it(stack);
    expected + 1
}

fn a_schema_of_it(stack: &Stack) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schema.json");
    std::fs::write(&file, r#"{"fields": [{"name": "station", "type": "string"}]}"#).unwrap();
    let rule = ["--org", "org-004", "--path", "later/*.csv"];
    let added = stack.relay(&[&["schema", "add"][..], &rule, &[file.to_str().unwrap()]].concat());
    assert_eq!((added.0, &added.1[0]["outcome"]), (0, &json!("registered")));
    let (_, listed) = stack.relay(&["schema", "list"]);
    assert!(listed.iter().any(|rule| rule["path"] == "later/*.csv"), "{listed:?}");
    assert_eq!(stack.relay(&[&["schema", "remove"][..], &rule].concat()).0, 0);
}

fn a_large_object(stack: &Stack, expected: usize) -> usize {
    let bucket = stack.name("ingress_bucket");
    stack.client(&[json!({"put_repeated": [bucket, "org-001/large.bin", hex(&LARGE_PART), LARGE_PARTS]})]);
    let packages = stack.concluded(expected + 1);
    let package = by_key(&packages)["org-001/large.bin"];
    assert_eq!(
        (&package["state"], &package["size_bytes"]),
        (&json!("processed"), &json!(LARGE_PART.len() * LARGE_PARTS)),
        "{package:#}"
    );
    let peak = stack.task_memory_peak_kib();
    println!("largest resident set of a task: {peak} KiB");
    assert!(peak < TASK_MEMORY_MAX_KIB, "a task held {peak} KiB");
    expected + 1
}

fn what_operators_do(stack: &Stack, expected: usize) -> usize {
    // A package that failed is taken up again, and fails again: its object is still gone.
    let before = stack.concluded(expected);
    let gone = by_key(&before)["org-001/gone.csv"]["package_id"].as_str().unwrap();
    assert_eq!(stack.relay(&["packages", "replay", gone]).0, 1);
    let again = kinds(stack, by_key(&before)["org-001/gone.csv"]);
    assert_eq!(again, ["received", "failed", "replay_requested", "failed"]);
    // A disabled organization sends nothing; making it again changes nothing; its turn comes when it is enabled.
    assert_eq!(stack.relay(&["org", "add", "org-004"]).0, 0);
    assert_eq!(stack.relay(&["org", "disable", "org-004"]).0, 0);
    stack.client(&[put(stack, "org-004/refused.csv", CSV)]);
    let refused = stack.concluded(expected + 1);
    assert_eq!(
        by_key(&refused)["org-004/refused.csv"]["reason"],
        "organization_disabled"
    );
    assert_eq!(stack.relay(&["org", "enable", "org-004"]).0, 0);
    let refused = by_key(&refused)["org-004/refused.csv"]["package_id"].as_str().unwrap();
    assert_eq!(stack.relay(&["packages", "replay", refused]).0, 0);
    let replayed = stack.concluded(expected + 1);
    assert_eq!(by_key(&replayed)["org-004/refused.csv"]["state"], "processed");
    how_organizations_came_to_be_so(stack, refused);
    // Files from here, without a bucket's name or a key.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sent by relay.csv");
    std::fs::write(&file, CSV).unwrap();
    let (status, _) = stack.relay(&["run", "--org", "org-004", file.to_str().unwrap()]);
    assert_eq!(status, 0);
    let sent = stack.concluded(expected + 2);
    assert_eq!(by_key(&sent)["org-004/sent by relay.csv"]["state"], "processed");
    expected + 2
}

// `refused` is a package that was refused while its organization was disabled, and processed afterwards.
fn how_organizations_came_to_be_so(stack: &Stack, refused: &str) {
    let kinds = |versions: &[Value]| -> Vec<String> {
        let kinds = versions
            .iter()
            .map(|version| version["kind"].as_str().unwrap().to_owned());
        kinds.collect()
    };
    let (status, versions) = stack.relay(&["org", "history", "org-004"]);
    assert_eq!(status, 0);
    let told = [
        "organization_added",
        "schema_added",
        "schema_removed",
        "organization_disabled",
        "organization_enabled",
    ];
    assert_eq!(kinds(&versions), told);
    for version in &versions {
        let by = version["by"].as_str().unwrap();
        assert!(by.starts_with("arn:aws:"), "whose credentials they were: {by}");
    }
    let (_, explained) = stack.relay(&["packages", "explain", refused]);
    let decisions = explained[0]["decisions"].as_array().unwrap().iter();
    let under: Vec<&Value> = decisions
        .filter_map(|decision| decision.get("settings_version"))
        .map(|version| &version["seq"])
        .collect();
    assert_eq!(
        under,
        [3, 4, 4],
        "refused while it was disabled; accepted and processed after"
    );
    // What Terraform registered has no trail until it is changed, or registered once more.
    let (status, versions) = stack.relay(&["org", "history", "org-001"]);
    assert_eq!((status, versions), (0, Vec::new()));
    assert_eq!(stack.relay(&["org", "add", "org-001", "--by", "a test"]).0, 0);
    let (_, versions) = stack.relay(&["org", "history", "org-001"]);
    assert_eq!(kinds(&versions), ["settings_found"]);
    assert!(versions[0]["by"].as_str().unwrap().starts_with("a test (arn:aws:"));
    let (_, versions) = stack.relay(&["org", "history", "org-003"]);
    let told = ["settings_found", "privacy_policy_changed", "privacy_policy_changed"];
    assert_eq!(kinds(&versions), told, "the policies of another step");
}

fn the_trail_holds(stack: &Stack, expected: usize) {
    let (status, report) = stack.relay(&["audit", "verify", "--objects"]);
    let missing = report[0]["object_findings"].as_array().unwrap().iter();
    let mut missing: Vec<&str> = missing
        .map(|finding| finding["object"]["key"].as_str().unwrap())
        .collect();
    missing.sort_unstable();
    let gone = [
        dead_letters::KEY,
        "org-001/gone.csv",
        "org-002/vanishes-before-the-task.csv",
    ];
    assert_eq!(
        missing, gone,
        "only those that were gone before they were read: {report:#?}"
    );
    assert_eq!((status, &report[0]["packages"]), (1, &json!(expected)));
    assert_eq!(
        (&report[0]["organizations"], &report[0]["organizations_without_trail"]),
        (&json!(4), &json!(0))
    );
    assert_eq!(report[0]["findings"], json!([]));
    let (_, counts) = stack.relay(&["status"]);
    assert_eq!(counts[0]["received"], json!(expected));
    let (_, reconciled) = stack.relay(&["reconcile"]);
    assert_eq!(
        (&reconciled[0]["without_trail"], &reconciled[0]["without_run"]),
        (&json!(0), &json!(0))
    );
}

pub fn policies_are_right(stack: &Stack, tests: &[&str]) {
    let policies = repository().join("tests/policies");
    let simulated = Command::new("node")
        .args(["--test", "--test-reporter=spec"])
        .args(tests)
        .env("HYBRID_TEST_STATE", stack.state_file())
        .current_dir(policies)
        .output()
        .expect("Node.js is missing: scripts/test needs version 20 or newer");
    assert!(
        simulated.status.success(),
        "{}{}",
        String::from_utf8_lossy(&simulated.stdout),
        String::from_utf8_lossy(&simulated.stderr)
    );
}

// One change that the emulator makes every plan show, and AWS does not (infra/tests/emulator-drift.json).
struct Drift {
    address: String,
    actions: Value,
    attributes: Vec<String>,
}

fn known_drifts() -> Vec<Drift> {
    let text = std::fs::read_to_string(repository().join("infra/tests/emulator-drift.json")).unwrap();
    let list: Value = serde_json::from_str(&text).unwrap();
    let drift = |drift: &Value| Drift {
        address: drift["address"].as_str().unwrap().to_owned(),
        actions: drift["actions"].clone(),
        attributes: serde_json::from_value(drift["attributes"].clone()).unwrap(),
    };
    list["drifts"].as_array().unwrap().iter().map(drift).collect()
}

// What a planned change would change, unless it is known: the address and its attributes.
fn unexpected(change: &Value, known: &[Drift]) -> Option<String> {
    let (address, plan) = (change["address"].as_str().unwrap(), &change["change"]);
    if change["mode"] != "managed" || plan["actions"] == json!(["no-op"]) {
        return None;
    }
    let attributes: Vec<&String> = plan["before"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, before)| plan["after"].get(name) != Some(before))
        .filter(|(name, _)| plan["after_unknown"][name.as_str()] != json!(true))
        .map(|(name, _)| name)
        .collect();
    let resource = without_instances(address);
    let is_known = known.iter().any(|drift| {
        drift.address == resource
            && drift.actions == plan["actions"]
            && attributes.iter().all(|attribute| drift.attributes.contains(attribute))
    });
    (!is_known).then(|| format!("{address}: {} of {attributes:?}", plan["actions"]))
}

// The instances of a resource share its entry: module.a[0].type.name["instance"] is module.a.type.name. No name has a bracket.
fn without_instances(address: &str) -> String {
    address.split(']').filter_map(|part| part.split('[').next()).collect()
}

pub fn nothing_drifts(stack: &Stack) {
    stack.terraform_with_variables(&["plan", "-detailed-exitcode", "-input=false", "-out=second.tfplan"]);
    let shown: Value = serde_json::from_slice(&stack.terraform(&["show", "-json", "second.tfplan"]).stdout).unwrap();
    let known = known_drifts();
    let changes = shown["resource_changes"].as_array().unwrap().iter();
    let changed: Vec<String> = changes.filter_map(|change| unexpected(change, &known)).collect();
    assert_eq!(changed, Vec::<String>::new(), "a second plan changes nothing");
}

// Modules, and the names that a state may still have them under (infra/moved.tf).
const RENAMED_MODULES: [(&str, &str); 4] = [
    ("module.alert_channels", "module.alerts"),
    ("module.alerter", "module.alerting"),
    ("module.security_monitor", "module.monitoring"),
    ("module.alarms_and_dashboard", "module.observability"),
];

fn nothing_is_lost_under_former_names(stack: &Stack) {
    for (module, former) in RENAMED_MODULES {
        stack.terraform(&["state", "mv", module, former]);
    }
    nothing_drifts(stack);
}

pub fn nothing_stays(stack: &Stack) {
    let operator_policies = &stack.outputs["operator_policy_arns"]["value"];
    stack.client(&[json!({"remove_role": [OPERATOR, operator_policies]})]);
    stack.terraform_with_variables(&["destroy", "-auto-approve", "-input=false"]);
    let left: Value = serde_json::from_slice(&stack.terraform(&["show", "-json"]).stdout).unwrap();
    assert_eq!(left["values"], Value::Null, "destroy leaves nothing");
}
