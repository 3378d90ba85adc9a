//! Least privilege, seen from the other side: whatever a role is granted, something uses.
//!
//! The emulator notes which statement let which action through; the rendered policies say what was granted. What no test
//! can use at an emulator stands in `tests/aws/unused.json`, each with its reason.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use system_tests::repository;

use crate::stack::{OPERATOR, Stack};

/// A role, the statement of its policies, and an action of it.
type Grant = (String, String, String);

fn resources(module: &Value) -> Vec<&Value> {
    let own = module["resources"].as_array().into_iter().flatten();
    let below = module["child_modules"].as_array().into_iter().flatten();
    own.chain(below.flat_map(resources)).collect()
}

fn actions(statement: &Value) -> Vec<String> {
    match &statement["Action"] {
        Value::String(action) => vec![action.clone()],
        actions => serde_json::from_value(actions.clone()).unwrap(),
    }
}

fn grants_of(role: &str, policy: &str, found: &mut BTreeSet<Grant>) {
    let policy: Value = serde_json::from_str(policy).unwrap();
    for statement in policy["Statement"].as_array().unwrap() {
        if statement["Effect"] == "Allow" {
            let sid = statement["Sid"].as_str().expect("each statement has its name");
            let grants = actions(statement)
                .into_iter()
                .map(|action| (role.to_owned(), sid.to_owned(), action));
            found.extend(grants);
        }
    }
}

// The task roles of organizations are alike: they stand in the list as one.
fn generalized(stack: &Stack, role: &str) -> String {
    let prefix = stack.name("tenant_role_name_prefix");
    if role.starts_with(prefix) {
        format!("{prefix}*")
    } else {
        role.to_owned()
    }
}

fn granted(stack: &Stack) -> BTreeSet<Grant> {
    let state: Value = serde_json::from_slice(&std::fs::read(stack.state_file()).unwrap()).unwrap();
    let resources = resources(&state["values"]["root_module"]);
    let of_type = |name: &str| -> Vec<&Value> {
        let found = resources
            .iter()
            .filter(|one| one["type"] == name && one["mode"] == "managed");
        found.map(|one| &one["values"]).collect()
    };
    let managed: BTreeMap<&str, &str> = of_type("aws_iam_policy")
        .iter()
        .map(|policy| (policy["arn"].as_str().unwrap(), policy["policy"].as_str().unwrap()))
        .collect();
    let mut found = BTreeSet::new();
    for policy in of_type("aws_iam_role_policy") {
        let role = generalized(stack, policy["role"].as_str().unwrap());
        grants_of(&role, policy["policy"].as_str().unwrap(), &mut found);
    }
    for attachment in of_type("aws_iam_role_policy_attachment") {
        let role = generalized(stack, attachment["role"].as_str().unwrap());
        grants_of(&role, managed[attachment["policy_arn"].as_str().unwrap()], &mut found);
    }
    for policy in stack.outputs["operator_policy_arns"]["value"].as_array().unwrap() {
        grants_of(OPERATOR, managed[policy.as_str().unwrap()], &mut found);
    }
    found
}

fn used(stack: &Stack) -> BTreeSet<Grant> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    stack
        .access_log()
        .iter()
        .filter(|entry| entry["decision"] == "Allow")
        .map(|entry| {
            let role = generalized(stack, entry["role"].as_str().unwrap());
            (role, text(&entry["sid"]), text(&entry["action"]))
        })
        .collect()
}

// `which` names the list: of the journey, or of a stack whose tasks are started directly.
fn excused(which: &str) -> BTreeSet<Grant> {
    let list = std::fs::read_to_string(repository().join("tests/aws/unused.json")).unwrap();
    let list: Value = serde_json::from_str(&list).unwrap();
    let entries = list[which].as_array().unwrap().iter();
    entries
        .flat_map(|entry| {
            let text = |name: &str| entry[name].as_str().unwrap().to_owned();
            assert!(!text("reason").is_empty());
            if let Some((file, test)) = entry["test"].as_str().map(|test| test.split_once("::").unwrap()) {
                let source = std::fs::read_to_string(repository().join(file)).unwrap();
                assert!(source.contains(&format!("fn {test}(")), "{file} has no test {test}");
            }
            actions(&serde_json::json!({"Action": entry["actions"]}))
                .into_iter()
                .map(move |action| (text("role"), text("statement"), action))
        })
        .collect()
}

/// Those that are granted, unused and on no list, and those of the list that nobody needs.
#[derive(Debug, PartialEq, Eq)]
struct Judgement {
    surprising: Vec<Grant>,
    stale: Vec<Grant>,
}

// `list` has to be right to the entry: what is used, or not granted, or excused by `elsewhere` already, has no place in it.
// Whether `elsewhere` is right is asked where it belongs.
fn judge(
    granted: &BTreeSet<Grant>,
    used: &BTreeSet<Grant>,
    list: &BTreeSet<Grant>,
    elsewhere: &BTreeSet<Grant>,
) -> Judgement {
    let unused: BTreeSet<Grant> = granted.difference(used).cloned().collect();
    let unexcused: BTreeSet<Grant> = unused.difference(elsewhere).cloned().collect();
    Judgement {
        surprising: unexcused.difference(list).cloned().collect(),
        stale: list.difference(&unexcused).cloned().collect(),
    }
}

impl Judgement {
    fn expect_none(&self) {
        let Self { surprising, stale } = self;
        assert!(surprising.is_empty(), "granted and never used: {surprising:#?}");
        assert!(
            stale.is_empty(),
            "on the list of tests/aws/unused.json without need: {stale:#?}"
        );
    }
}

/// Every granted action was used since the stack was applied, or is on the short list of those that nothing can use here.
pub fn each_is_used(stack: &Stack) {
    let (granted, used) = (granted(stack), used(stack));
    println!(
        "{} of {} granted actions were used",
        granted.intersection(&used).count(),
        granted.len()
    );
    judge(&granted, &used, &excused("unused"), &BTreeSet::new()).expect_none();
}

/// The same for the only role of a stack that is not the journey's of which that is asked.
pub fn of_one_role_are_used(stack: &Stack, role: &str) {
    let mut granted = granted(stack);
    granted.retain(|(of, ..)| of == role);
    assert!(!granted.is_empty(), "{role} is granted nothing");
    let (list, elsewhere) = (excused("unused_when_direct"), excused("unused"));
    judge(&granted, &used(stack), &list, &elsewhere).expect_none();
}

#[test]
fn an_excuse_must_be_needed() {
    let grant = |action: &str| ("role".to_owned(), "Statement".to_owned(), action.to_owned());
    let grants = |actions: &[&str]| actions.iter().map(|action| grant(action)).collect::<BTreeSet<Grant>>();
    let granted = grants(&["used", "excused", "excused elsewhere", "forgotten"]);
    let used = grants(&["used", "of another role"]);
    let elsewhere = grants(&["excused elsewhere", "gone elsewhere"]);
    let found = judge(&granted, &used, &grants(&["excused"]), &elsewhere);
    assert_eq!(
        found,
        Judgement {
            surprising: vec![grant("forgotten")],
            stale: Vec::new(),
        }
    );
    let needed = ["excused", "forgotten"];
    judge(&granted, &used, &grants(&needed), &elsewhere).expect_none();
    for needless in ["used", "not granted", "of another role", "excused elsewhere"] {
        let list = grants(&[needed[0], needed[1], needless]);
        let found = judge(&granted, &used, &list, &elsewhere);
        assert_eq!(
            found,
            Judgement {
                surprising: Vec::new(),
                stale: vec![grant(needless)],
            }
        );
    }
}
