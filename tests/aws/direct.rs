//! Tasks that the validator starts itself (`orchestration = "direct"`): nothing watches them, so people drive on what died.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::journey::{
    CSV, ONE_STACK_AT_A_TIME, by_key, gone_before_it_was_read, nothing_drifts, nothing_stays, policies_are_right, put,
    the_same_event_many_times, verdicts,
};
use crate::permissions;
use crate::runs::kinds;
use crate::stack::Stack;

#[tokio::test(flavor = "multi_thread")]
async fn without_a_state_machine() {
    let _alone = ONE_STACK_AT_A_TIME.lock().await;
    let stack = Stack::apply("direct").await;
    assert_eq!(stack.outputs["relay"]["value"]["state_machine_arn"], Value::Null);
    let mut expected = verdicts(&stack);
    expected = the_same_event_many_times(&stack, expected);
    tasks_are_as_many_as_accepted_packages(&stack, &stack.concluded(expected));
    expected = gone_before_it_was_read(&stack, expected);
    expected = a_task_that_died_is_driven_on(&stack, expected);
    let (_, report) = stack.relay(&["audit", "verify"]);
    assert_eq!(
        (&report[0]["packages"], &report[0]["findings"]),
        (&json!(expected), &json!([]))
    );
    permissions::of_one_role_are_used(&stack, "hybrid-relay-dev-validator");
    policies_are_right(&stack, &["sizes.test.mjs"]);
    nothing_drifts(&stack);
    nothing_stays(&stack);
}

// The stand-in for the container engine says of each task that ended which package it was for.
fn tasks_are_as_many_as_accepted_packages(stack: &Stack, packages: &[Value]) {
    let mut tasks: HashMap<String, usize> = HashMap::new();
    for package in stack.tasks_that_ended() {
        *tasks.entry(package).or_default() += 1;
    }
    for package in packages {
        let id = package["package_id"].as_str().unwrap();
        let was_accepted = kinds(stack, package).iter().any(|kind| kind == "accepted");
        let started = tasks.get(id).copied().unwrap_or_default();
        assert_eq!(started, usize::from(was_accepted), "{}", package["key"]);
    }
}

// Nobody notices the death: the package is in flight until somebody looks.
fn a_task_that_died_is_driven_on(stack: &Stack, expected: usize) -> usize {
    const KEY: &str = "org-002/dies-1-times.csv";
    stack.client(&[put(stack, KEY, CSV)]);
    let packages = stack.until(|packages| {
        let found = by_key(packages);
        let is_started = found.get(KEY).is_some_and(|package| {
            let id = package["package_id"].as_str().unwrap();
            stack.tasks_that_ended().iter().any(|ended| ended == id)
        });
        packages.len() == expected + 1 && is_started
    });
    let dead = by_key(&packages)[KEY];
    assert_eq!(dead["state"], "in_flight", "{dead:#}");
    // ECS may take a moment to know what its engine knows.
    let packages = stack.until(|packages| {
        let is_over = packages.iter().all(|package| package["state"] != "in_flight");
        if !is_over {
            stack.relay(&["reconcile"]);
        }
        is_over
    });
    assert_eq!(by_key(&packages)[KEY]["state"], "processed");
    assert_eq!(
        kinds(stack, by_key(&packages)[KEY]),
        ["received", "accepted", "started", "started", "processed"]
    );
    expected + 1
}
