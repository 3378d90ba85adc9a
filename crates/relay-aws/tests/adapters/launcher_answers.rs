//! What the launcher on Amazon ECS makes of answers that the emulator does not give: no capacity, throttling, tasks that
//! ECS has forgotten, a token that is taken without a word by whom.

use std::sync::{Arc, Mutex};

use relay_aws::{Connection, EcsLauncher, TaskNames};
use relay_pipeline::ports::{Clock, Launched, Launcher, PortErrorClass, RunOrder, SystemClock};
use relay_testing::conformance;
use relay_testing::scripted_server::{Answer, ScriptedServer};
use relay_testing::story::{Story, accepted, received};
use serde_json::{Value, json};

use crate::support::config_of;

const STARTS_MAX: usize = 4;
const TASKS_MAX: usize = 25;
const LONG_AGO_SECONDS: i64 = 2 * 60 * 60;

fn order() -> RunOrder {
    let mut story = Story::new("org-001", "a.csv");
    story.tell(received());
    story.tell(accepted());
    story.order()
}

fn ok(body: &Value) -> Answer {
    Answer::new(200, body.to_string())
}

fn refusal(status: u16, code: &str, message: &str) -> Answer {
    let body = json!({"__type": code, "message": message});
    Answer::new(status, body.to_string()).with("x-amzn-errortype", code)
}

fn placed(arn: &str, desired: &str, last: &str, age_seconds: i64) -> Value {
    let now_seconds = SystemClock.now().unix_milliseconds() / 1_000;
    let created_at = now_seconds - age_seconds;
    json!({"taskArn": arn, "desiredStatus": desired, "lastStatus": last, "createdAt": created_at})
}

fn new_task(arn: &str) -> Value {
    placed(arn, "RUNNING", "PROVISIONING", 0)
}

fn conflict(arns: &[String]) -> Answer {
    let body = json!({"__type": "ConflictException", "message": "in use", "resourceIds": arns});
    Answer::new(400, body.to_string()).with("x-amzn-errortype", "ConflictException")
}

/// Amazon ECS as a test tells it: an answer for each operation and its request.
struct FakeEcs {
    server: ScriptedServer,
    calls: Arc<Mutex<Vec<(String, Value)>>>,
}

impl FakeEcs {
    async fn start(answer: impl Fn(&str, &Value) -> Answer + Send + Sync + 'static) -> Self {
        let calls: Arc<Mutex<Vec<(String, Value)>>> = Arc::default();
        let seen = Arc::clone(&calls);
        let server = ScriptedServer::start(move |request| {
            let target = request.header("x-amz-target").unwrap();
            let operation = target.rsplit('.').next().unwrap().to_owned();
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            let answer = answer(&operation, &body);
            seen.lock().unwrap().push((operation, body));
            async move { answer }
        })
        .await;
        Self { server, calls }
    }

    fn validators(&self) -> EcsLauncher {
        let names = TaskNames {
            cluster_arn: "arn:aws:ecs:eu-north-1:000000000000:cluster/c".to_owned(),
            task_definition_arn: "arn:aws:ecs:eu-north-1:000000000000:task-definition/p:1".to_owned(),
            container_name: "processor".to_owned(),
            subnet_ids: vec!["subnet-1".to_owned()],
            security_group_ids: vec!["sg-1".to_owned()],
            tenant_role_arn_prefix: "arn:aws:iam::000000000000:role/relay-test-".to_owned(),
        };
        EcsLauncher::new(&Connection::from_config(config_of(&self.server)), names)
    }

    fn operators(&self) -> EcsLauncher {
        self.validators().looking_first()
    }

    fn operations(&self) -> Vec<String> {
        let calls = self.calls.lock().unwrap();
        calls.iter().map(|(operation, _)| operation.clone()).collect()
    }

    /// The tokens of all starts, in order.
    fn tokens(&self) -> Vec<String> {
        let calls = self.calls.lock().unwrap();
        let starts = calls.iter().filter(|(operation, _)| operation == "RunTask");
        starts
            .map(|(_, body)| body["clientToken"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// Tasks by the tokens that they were started with. Those of the first `dead` tokens are over.
struct Tokens {
    known: Mutex<Vec<String>>,
    dead: usize,
}

impl Tokens {
    fn new(dead: usize) -> Self {
        Self {
            known: Mutex::default(),
            dead,
        }
    }

    /// The number of the task of a token; the token is remembered.
    fn number(&self, body: &Value) -> usize {
        let token = body["clientToken"].as_str().unwrap().to_owned();
        let mut known = self.known.lock().unwrap();
        known.iter().position(|one| *one == token).unwrap_or_else(|| {
            known.push(token);
            known.len() - 1
        })
    }

    fn is_dead(&self, arn: &str) -> bool {
        arn.rsplit('/').next().unwrap().parse::<usize>().unwrap() < self.dead
    }
}

fn arn(number: usize) -> String {
    format!("arn:aws:ecs:eu-north-1:000000000000:task/c/{number}")
}

async fn assert_class(launch_answer: Answer, class: PortErrorClass, starts: usize) {
    let shown = String::from_utf8_lossy(&launch_answer.body).into_owned();
    let ecs = FakeEcs::start(move |_, _| launch_answer.clone()).await;
    conformance::launcher_that_fails(&ecs.validators(), class).await;
    let tokens = ecs.tokens();
    assert_eq!(tokens.len(), starts, "{shown}");
    assert!(
        tokens.iter().all(|token| *token == tokens[0]),
        "a try that had its effect is found again"
    );
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_what_must_be_mended_is_not() {
    use PortErrorClass::{Permanent, Retryable};
    let failure = |reason: &str| ok(&json!({"tasks": [], "failures": [{"arn": "a", "reason": reason}]}));
    let cases = [
        (failure("RESOURCE:ENI"), Retryable),
        (
            failure("Capacity is unavailable at this time. Please try again later"),
            Retryable,
        ),
        (failure("MISSING"), Permanent),
        (failure("INACTIVE"), Permanent),
        (ok(&json!({"tasks": [], "failures": []})), Retryable),
        (refusal(400, "ThrottlingException", "Rate exceeded"), Retryable),
        (refusal(400, "InvalidParameterException", "Rate exceeded"), Retryable),
        (
            refusal(
                400,
                "ClientException",
                "Too many concurrent attempts to create a new revision",
            ),
            Retryable,
        ),
        (
            refusal(500, "ServerException", "Service Unavailable. Please try again later."),
            Retryable,
        ),
        (refusal(400, "InvalidParameterException", "No such subnet"), Permanent),
        (refusal(400, "ClientException", "TaskDefinition is inactive"), Permanent),
        (
            refusal(400, "ClusterNotFoundException", "Cluster not found."),
            Permanent,
        ),
        (
            refusal(400, "AccessDeniedException", "not authorized to perform: iam:PassRole"),
            Permanent,
        ),
    ];
    // At the same time, for each of those that may pass waits between its tries.
    let checks = cases.into_iter().map(|(answer, class)| {
        let starts = if class == Retryable { STARTS_MAX } else { 1 };
        tokio::spawn(assert_class(answer, class, starts))
    });
    for check in checks.collect::<Vec<_>>() {
        check.await.unwrap();
    }
}

#[tokio::test]
async fn whoever_looks_first_is_told_what_looking_came_to() {
    for (answer, class) in [
        (
            refusal(400, "ClusterNotFoundException", "Cluster not found."),
            PortErrorClass::Permanent,
        ),
        (refusal(400, "AccessDeniedException", "no"), PortErrorClass::Permanent),
        (
            refusal(400, "ClientException", "Rate exceeded"),
            PortErrorClass::Retryable,
        ),
    ] {
        let ecs = FakeEcs::start(move |_, _| answer.clone()).await;
        conformance::launcher_that_fails(&ecs.operators(), class).await;
        assert_eq!(ecs.operations(), ["ListTasks"]);
    }
}

#[tokio::test]
async fn all_pages_are_looked_at_before_anything_is_started() {
    let ecs = FakeEcs::start(|operation, body| {
        assert_eq!(operation, "ListTasks");
        assert!(
            order()
                .package_id
                .as_str()
                .starts_with(body["startedBy"].as_str().unwrap())
        );
        assert_eq!(body.get("desiredStatus"), None, "startedBy must be the only filter");
        match body["nextToken"].as_str() {
            None => ok(&json!({"taskArns": [], "nextToken": "more"})),
            Some(_) => ok(&json!({"taskArns": [arn(0)]})),
        }
    })
    .await;
    assert_eq!(
        ecs.operators().launch(&order()).await.unwrap(),
        Launched::AlreadyRunning
    );
    assert_eq!(ecs.operations(), ["ListTasks", "ListTasks"]);
}

// Answers a repeated token with the task as it is by now, or as it was made; ECS promises neither.
async fn ecs_with_dead_tasks(dead: usize, shows_what_is: bool) -> FakeEcs {
    let tokens = Tokens::new(dead);
    FakeEcs::start(move |operation, body| match operation {
        "ListTasks" => ok(&json!({"taskArns": []})),
        "RunTask" => {
            let arn = arn(tokens.number(body));
            let task = if shows_what_is && tokens.is_dead(&arn) {
                placed(&arn, "STOPPED", "STOPPED", 10)
            } else {
                new_task(&arn)
            };
            ok(&json!({"tasks": [task]}))
        }
        _ => {
            let arn = body["tasks"][0].as_str().unwrap();
            let (desired, last) = if tokens.is_dead(arn) {
                ("STOPPED", "DEPROVISIONING")
            } else {
                ("RUNNING", "PENDING")
            };
            ok(&json!({"tasks": [placed(arn, desired, last, 10)]}))
        }
    })
    .await
}

#[tokio::test]
async fn dead_tasks_are_passed_by_and_everybody_passes_them_alike() {
    let mut seen = Vec::new();
    for shows_what_is in [false, true] {
        let ecs = ecs_with_dead_tasks(3, shows_what_is).await;
        for _ in 0..2 {
            assert_eq!(ecs.operators().launch(&order()).await.unwrap(), Launched::Started);
        }
        let tokens = ecs.tokens();
        let (first, second) = tokens.split_at(tokens.len() / 2);
        assert_eq!(first, second, "the same tokens, whoever asks and whenever");
        assert_eq!(first.len(), 4);
        seen.push(first.to_vec());
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn a_package_whose_tasks_all_die_is_given_up() {
    let ecs = ecs_with_dead_tasks(usize::MAX, true).await;
    let error = ecs.operators().launch(&order()).await.unwrap_err();
    assert_eq!(error.class(), PortErrorClass::Permanent);
    let text = error.to_string();
    assert!(
        text.contains(order().package_id.as_str()) && text.contains("25 tasks"),
        "{text}"
    );
    assert_eq!(ecs.tokens().len(), TASKS_MAX);
}

#[tokio::test]
async fn a_validator_asks_once_and_looks_at_nothing() {
    let dead = ecs_with_dead_tasks(1, true).await;
    assert_eq!(
        dead.validators().launch(&order()).await.unwrap(),
        Launched::AlreadyRunning
    );
    assert_eq!(dead.operations(), ["RunTask"]);
    for arns in [vec![], vec![arn(0)]] {
        let taken = FakeEcs::start(move |_, _| conflict(&arns)).await;
        assert_eq!(
            taken.validators().launch(&order()).await.unwrap(),
            Launched::AlreadyRunning
        );
        assert_eq!(taken.operations(), ["RunTask"]);
    }
}

#[tokio::test]
async fn a_task_that_is_not_found_is_new_or_forgotten() {
    for (age_seconds, starts) in [(0, 1), (LONG_AGO_SECONDS, 2)] {
        let tokens = Tokens::new(0);
        let ecs = FakeEcs::start(move |operation, body| match operation {
            "ListTasks" => ok(&json!({"taskArns": []})),
            "RunTask" => {
                let number = tokens.number(body);
                let age_seconds = if number == 0 { age_seconds } else { 0 };
                let task = placed(&arn(number), "RUNNING", "PROVISIONING", age_seconds);
                ok(&json!({"tasks": [task]}))
            }
            _ => {
                let failures = json!([{"arn": body["tasks"][0], "reason": "MISSING"}]);
                ok(&json!({"tasks": [], "failures": failures}))
            }
        })
        .await;
        assert_eq!(ecs.operators().launch(&order()).await.unwrap(), Launched::Started);
        assert_eq!(ecs.tokens().len(), starts, "{age_seconds} s old");
    }
}

#[tokio::test]
async fn a_token_that_is_taken_leads_to_another_unless_its_task_runs() {
    // Whether ECS names the task, whether it is still found, whether it runs.
    for (is_named, found, expected, starts) in [
        (false, None, Launched::Started, 2),
        (true, None, Launched::Started, 2),
        (true, Some("STOPPED"), Launched::Started, 2),
        (true, Some("RUNNING"), Launched::AlreadyRunning, 1),
    ] {
        let tokens = Tokens::new(0);
        let ecs = FakeEcs::start(move |operation, body| match operation {
            "ListTasks" => ok(&json!({"taskArns": []})),
            "RunTask" => match (tokens.number(body), is_named) {
                (0, true) => conflict(&[arn(0)]),
                (0, false) => conflict(&[]),
                (number, _) => ok(&json!({"tasks": [new_task(&arn(number))]})),
            },
            _ if body["tasks"][0] == json!(arn(0)) => {
                let tasks: Vec<_> = found.iter().map(|status| placed(&arn(0), status, status, 10)).collect();
                ok(&json!({"tasks": tasks}))
            }
            _ => ok(&json!({"tasks": [new_task(body["tasks"][0].as_str().unwrap())]})),
        })
        .await;
        let case = format!("{is_named} {found:?}");
        for _ in 0..2 {
            assert_eq!(ecs.operators().launch(&order()).await.unwrap(), expected, "{case}");
        }
        let tokens = ecs.tokens();
        let (first, second) = tokens.split_at(tokens.len() / 2);
        assert_eq!((first.len(), first), (starts, second), "{case}");
    }
}

// The state machine and this program are told the same by Amazon ECS, and must make the same of it.
#[tokio::test]
async fn the_answers_that_the_state_machine_knows_mean_the_same_here() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../infra/modules/orchestration/answers.json"
    );
    let known: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let texts = |class: &str, name: &str| -> Vec<String> {
        let listed = known[class][name].as_array().unwrap().iter();
        listed.map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let mut checks = tokio::task::JoinSet::new();
    let mut check = |what: String, answer: Answer, expected: &'static [PortErrorClass]| {
        checks.spawn(async move {
            let answer = Arc::new(Mutex::new(answer));
            let ecs = FakeEcs::start(move |_, _| answer.lock().unwrap().clone()).await;
            let class = ecs.validators().launch(&order()).await.unwrap_err().class();
            assert!(expected.contains(&class), "{what}: {class:?}");
        });
    };
    for pattern in [texts("capacity", "causes"), texts("passing", "causes")].concat() {
        if pattern.contains("authorized") {
            // Here nobody waits for minutes: the queue that the validator leaves the notification in does.
            continue;
        }
        // A pattern leaves out the first letter, which may be a capital.
        let rest = pattern.trim_matches('*');
        let sentence = ["i", "r", "R", "t", "T", "c", "a"]
            .map(|letter| format!("'{letter}{rest}'"))
            .join(" ");
        for code in ["InvalidParameterException", "ClientException"] {
            check(
                pattern.clone(),
                refusal(400, code, &sentence),
                &[PortErrorClass::Retryable],
            );
        }
    }
    for error in texts("hopeless", "errors") {
        // Conflicts are about client tokens, of which the state machine gives none.
        let code = error.strip_prefix("ECS.").filter(|code| *code != "ConflictException");
        if let Some(code) = code {
            let answer = refusal(400, code, "The subnet ID 'subnet-1' does not exist");
            check(error.clone(), answer, &[PortErrorClass::Permanent]);
        }
    }
    for error in texts("capacity", "errors") {
        let code = error.strip_prefix("ECS.").filter(|code| *code != "SdkClientException");
        if let Some(code) = code {
            let status = if code.starts_with("Serv") { 503 } else { 400 };
            check(error.clone(), refusal(status, code, "no"), &[PortErrorClass::Retryable]);
        }
    }
    for pattern in texts("hopeless", "failures") {
        let body = json!({"tasks": [], "failures": [{"reason": pattern.trim_matches('*')}]});
        check(pattern.clone(), ok(&body), &[PortErrorClass::Permanent]);
    }
    let mut checked = 0;
    while let Some(check) = checks.join_next().await {
        check.unwrap();
        checked += 1;
    }
    assert!(checked > 50, "{checked}");
}
