//! Runs: as many as accepted packages, tried again when they die, concluded when they are given up.

use serde_json::{Value, json};

use crate::journey::{CSV, by_key, put};
use crate::stack::Stack;

// What the stand-in for the container engine does to a task is in the key (tests/emulator/engine.py).
pub fn misfortunes(stack: &Stack, expected: usize) -> usize {
    let keys = [
        (
            "org-002/vanishes-before-the-task.csv",
            "failed",
            json!("storage_unavailable"),
            "SUCCEEDED",
        ),
        ("org-002/dies-2-times.csv", "processed", Value::Null, "SUCCEEDED"),
        (
            "org-002/dies-9-times.csv",
            "failed",
            json!("attempts_exhausted"),
            "FAILED",
        ),
        // Five tasks end before they begin: four of a first round, and one after a pause.
        ("org-002/stillborn-5-times.csv", "processed", Value::Null, "SUCCEEDED"),
        // What the emulator says to the state machine that would start a task is in the key as well (step_functions.py).
        ("org-002/throttled-4-times.csv", "processed", Value::Null, "SUCCEEDED"),
        ("org-002/no-room-4-times.csv", "processed", Value::Null, "SUCCEEDED"),
        (
            "org-002/no-such-subnet-9-times.csv",
            "failed",
            json!("run_not_carried_out"),
            "FAILED",
        ),
    ];
    let puts: Vec<Value> = keys.iter().map(|(key, ..)| put(stack, key, CSV)).collect();
    stack.client(&puts);
    let packages = stack.concluded(expected + keys.len());
    let found = by_key(&packages);
    for (key, state, reason, _) in &keys {
        assert_eq!(
            (&found[key]["state"], &found[key]["reason"]),
            (&json!(state), reason),
            "{key}"
        );
    }
    // Want of room leaves nothing in the trail, however often; what is hopeless is recorded at the first time.
    for waited in [
        "org-002/throttled-4-times.csv",
        "org-002/no-room-4-times.csv",
        "org-002/stillborn-5-times.csv",
    ] {
        assert_eq!(
            kinds(stack, found[waited]),
            ["received", "accepted", "started", "processed"],
            "{waited}"
        );
    }
    assert_eq!(
        kinds(stack, found["org-002/no-such-subnet-9-times.csv"]),
        ["received", "accepted", "failed"]
    );
    // Three attempts that died, each at its beginning, and then the conclusion: by the third task, or by the recorder.
    let starts = |key: &str| {
        kinds(stack, found[key])
            .iter()
            .filter(|kind| *kind == "started")
            .count()
    };
    assert_eq!(starts("org-002/dies-2-times.csv"), 3);
    assert_eq!(starts("org-002/dies-9-times.csv"), 4, "the first and three repetitions");
    assert_eq!(
        kinds(stack, found["org-002/dies-9-times.csv"]).last().unwrap(),
        "failed"
    );
    let ended = stack.executions_when(|executions| !executions.values().any(|status| status == "RUNNING"));
    for (key, _, _, status) in &keys {
        let ended = &ended[found[key]["package_id"].as_str().unwrap()];
        assert_eq!(ended, *status, "{key}:\n{}", stack.log());
    }
    expected + keys.len()
}

// One execution for each accepted package, however often it was announced; none for a refused one; a verdict is never retried.
pub fn executions_are_as_many_as_accepted_packages(stack: &Stack, packages: &[Value]) {
    let executions = stack.executions_when(|executions| !executions.values().any(|status| status == "RUNNING"));
    for package in packages {
        let id = package["package_id"].as_str().unwrap();
        let names: Vec<&String> = executions.keys().filter(|name| name.starts_with(id)).collect();
        let kinds = kinds(stack, package);
        let accepted = kinds.iter().filter(|kind| *kind == "accepted").count();
        assert_eq!(names.len(), accepted, "{}: {names:?}", package["key"]);
        if package["state"] == "quarantined" {
            assert_eq!(kinds, ["received", "accepted", "started", "quarantined"]);
            assert_eq!(executions[id], "SUCCEEDED");
        }
    }
}

pub fn kinds(stack: &Stack, package: &Value) -> Vec<String> {
    let (_, shown) = stack.relay(&["packages", "show", package["package_id"].as_str().unwrap()]);
    let trail = shown[0]["trail"].as_array().unwrap().iter();
    trail.map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
}
