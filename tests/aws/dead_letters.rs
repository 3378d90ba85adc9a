//! What failed too often is looked at and put back.

use serde_json::{Value, json};

use crate::journey::{by_key, event};
use crate::stack::Stack;

pub const KEY: &str = "org-001/dead-letter.csv";
const NO_SUCH_VERSION: &str = "00000000-0000-0000-0000-000000000000";

fn dead(stack: &Stack) -> (i32, Value) {
    let (status, queues) = stack.relay(&["queue", "status"]);
    assert_eq!(queues[0]["queue"], "notifications");
    (status, queues[0]["dead_letters"].clone())
}

fn what_is_no_notice_is_left(stack: &Stack) {
    stack.client(&[json!({"send": [stack.name("notices_dlq_url"), "no notice"]})]);
    let notices = || {
        let (status, queues) = stack.relay(&["queue", "status"]);
        assert_eq!((status, &queues[1]["queue"]), (1, &json!("notices")), "{queues:#?}");
        queues[1]["dead_letters"].clone()
    };
    assert_eq!(notices(), json!(1));
    let (status, letters) = stack.relay(&["queue", "redrive", "notices"]);
    assert_eq!((status, letters.len()), (1, 1), "{letters:#?}");
    assert_eq!(letters[0]["put_back"], false);
    assert_eq!(
        letters[0]["problem"],
        "the notice could not be read: expected ident at line 1 column 2"
    );
    assert_eq!(notices(), json!(1));
}

pub fn are_put_back(stack: &Stack, expected: usize) -> usize {
    assert_eq!(dead(stack).1, json!(0));
    let dlq = stack.name("notification_dlq_url");
    stack.client(&[
        json!({"send": [dlq, event(stack, KEY, NO_SUCH_VERSION)]}),
        json!({"send": [dlq, "no notification"]}),
    ]);
    assert_eq!(dead(stack), (1, json!(2)));
    let redrive = ["queue", "redrive", "notifications"];
    let (_, shown) = stack.relay(&[&redrive[..], &["--dry-run"]].concat());
    assert_eq!(shown.len(), 2, "{shown:#?}");
    assert!(shown.iter().all(|letter| letter["put_back"] == false), "{shown:#?}");
    let (status, letters) = stack.relay(&redrive);
    let mut told: Vec<_> = letters
        .iter()
        .map(|letter| (letter["put_back"].as_bool().unwrap(), letter["keys"].clone()))
        .collect();
    told.sort_by_key(|(is_back, _)| *is_back);
    assert_eq!(told, [(false, json!([])), (true, json!([KEY]))], "{letters:#?}");
    assert_eq!(status, 1, "one is left");
    what_is_no_notice_is_left(stack);
    // The validator takes it from there: the object is not there, and that is recorded.
    let packages = stack.concluded(expected + 1);
    assert_eq!(by_key(&packages)[KEY]["reason"], "object_missing");
    assert_eq!(dead(stack), (1, json!(1)));
    let (_, failed) = stack.relay(&["queue", "redrive", "runs", "--dry-run"]);
    assert!(failed.iter().any(|package| package["key"] == KEY), "{failed:#?}");
    expected + 1
}
