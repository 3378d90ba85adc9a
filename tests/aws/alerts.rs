//! What people are told: one alert for each kind of failure of each organization, from whoever saw it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::dead_letters;
use crate::stack::Stack;

const ALERTER: &str = "hybrid-relay-dev-alerter";

/// A subscriber of the alerts topic.
pub struct Listener {
    queue_url: Value,
    alerts: Vec<Value>,
    findings: Vec<Value>,
    alarms: Vec<Value>,
}

impl Listener {
    pub fn new(stack: &Stack) -> Self {
        let queue_url = stack
            .client(&[json!({"listen": stack.name("alerts_topic_arn")})])
            .remove(0);
        Self {
            queue_url,
            alerts: Vec::new(),
            findings: Vec::new(),
            alarms: Vec::new(),
        }
    }

    // A round besides those that the schedule makes, until one finds nothing more. Only one runs at a time: while the schedule's
    // does, Lambda refuses this one.
    fn hear(&mut self, stack: &Stack) {
        loop {
            let answers = stack.client(&[json!({"invoke": ALERTER})]);
            let [error, round] = [&answers[0][0], &answers[0][1]];
            assert_eq!(*error, Value::Null, "{round:#}\n{}", stack.log());
            if round["notices"] == 0 {
                break;
            }
        }
        self.receive(stack);
    }

    fn receive(&mut self, stack: &Stack) {
        let heard = stack.client(&[json!({"heard": self.queue_url})]).remove(0);
        for message in heard.as_array().unwrap() {
            // Alarms go to the same topic.
            let told: Value = serde_json::from_str(message["Message"].as_str().unwrap()).unwrap();
            if told["AlarmName"].is_string() {
                self.alarms.push(told);
            } else {
                assert_eq!(message["Subject"], told["subject"]);
                let of_this_kind = if told["kind"] == "security_findings" {
                    &mut self.findings
                } else {
                    &mut self.alerts
                };
                of_this_kind.push(told);
            }
        }
    }

    /// What was told of the account's security since this was asked last.
    pub fn hear_of_findings(&mut self, stack: &Stack) -> Vec<Value> {
        self.receive(stack);
        std::mem::take(&mut self.findings)
    }

    /// A run that was given up sets off its alarm; nothing else that happens to runs does.
    pub fn tells_of_the_run_that_was_given_up(&mut self, stack: &Stack) {
        self.receive(stack);
        let of_runs: Vec<&Value> = self
            .alarms
            .iter()
            .filter(|alarm| alarm["Trigger"]["Namespace"] == "AWS/States")
            .collect();
        let [alarm] = of_runs.as_slice() else {
            panic!("one alarm, not {of_runs:#?}");
        };
        assert_eq!(
            (&alarm["AlarmName"], &alarm["NewStateValue"]),
            (&json!("hybrid-relay-dev-runs-failed"), &json!("ALARM"))
        );
        assert!(
            alarm["AlarmDescription"]
                .as_str()
                .unwrap()
                .contains("relay packages show")
        );
    }

    pub fn tells_of_each_group_once(&mut self, stack: &Stack) {
        self.hear(stack);
        let mut groups: BTreeMap<(String, String), Vec<&Value>> = BTreeMap::new();
        for alert in &self.alerts {
            assert_eq!(
                (&alert["v"], &alert["environment"]),
                (&json!(1), &json!("dev")),
                "{alert:#}"
            );
            assert_eq!(alert["kind"], "package_failed", "{alert:#}");
            let subject = alert["subject"].as_str().unwrap();
            assert!(
                subject.len() < 100 && subject.is_ascii() && !subject.contains(".csv"),
                "{subject}"
            );
            assert!(!alert["what_to_do"].as_str().unwrap().is_empty());
            let targets: Vec<&str> = alert["links"]
                .as_array()
                .unwrap()
                .iter()
                .map(|link| link["target"].as_str().unwrap())
                .collect();
            assert!(targets[0].starts_with("relay packages show pkg-"), "{alert:#}");
            assert!(
                targets
                    .iter()
                    .any(|target| target.starts_with("https://eu-north-1.console.aws.amazon.com/")),
                "{alert:#}"
            );
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let group = (text(&alert["reason"]["code"]), text(&alert["organization"]));
            groups.entry(group).or_default().push(alert);
        }
        let told = |reason: &str, organization: &str| {
            let alerts = groups.get(&(reason.to_owned(), organization.to_owned()));
            let alerts = alerts.unwrap_or_else(|| {
                panic!(
                    "nobody was told of {reason}, {organization}: {groups:#?}\n{}",
                    stack.log()
                )
            });
            assert_eq!(alerts.len(), 1, "{alerts:#?}");
            alerts[0]
        };
        // By the validator: gone before it was read, and again when it was replayed; and the dead letter. All within the quiet
        // period, so at most the first of them has been told.
        let missing = told("object_missing", "org-001");
        let examples = missing["examples"].as_array().unwrap();
        let known = ["org-001/gone.csv", dead_letters::KEY];
        assert!(!examples.is_empty());
        assert!(
            examples
                .iter()
                .all(|example| known.contains(&example["key"].as_str().unwrap())),
            "{missing:#}"
        );
        // By the task.
        assert_eq!(told("storage_unavailable", "org-002")["count"], 1);
        // By the recorder, when no task could.
        let exhausted = told("attempts_exhausted", "org-002");
        assert_eq!(exhausted["count"], 1);
        assert_eq!(exhausted["examples"][0]["key"], "org-002/dies-9-times.csv");
        assert_eq!(told("run_not_carried_out", "org-002")["count"], 1);
        let senders: Vec<&Value> = self.alerts.iter().map(|alert| &alert["sender"]).collect();
        assert!(senders.iter().all(|sender| sender.is_string()), "{senders:?}");
        assert_eq!(groups.len(), 4, "{groups:#?}");
        // The same failures again are counted, and not told again within the quiet period.
        let before = self.alerts.len();
        self.hear(stack);
        assert_eq!(self.alerts.len(), before);
    }
}
