//! A relay that Terraform really made, on an emulator: the deployed zip, the task definition's environment, the real processor.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use relay_testing::emulator::{Emulator, PYTHON_VARIABLE, ROOT_ACCESS_KEY_ID, ROOT_SECRET_ACCESS_KEY};
use serde_json::{Value, json};
use system_tests::repository;

const CONCLUSION_DEADLINE: Duration = Duration::from_mins(4);
/// Processes start at once, so silence means death much sooner than on Fargate.
const HEARTBEAT_TIMEOUT_SECONDS: u32 = 15;
const ACCESS_LOG: &str = "access.jsonl";
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// What only an emulator needs of the provider.
const OVERRIDE: &str = r#"
provider "aws" {
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  max_retries                 = 4
}
"#;

/// The role that the tests make for the person who runs `relay --stack`.
pub const OPERATOR: &str = "operator-of-the-tests";

pub struct Stack {
    emulator: Emulator,
    folder: tempfile::TempDir,
    pub outputs: Value,
    /// Access key id, secret access key and session token of a session with the operators' policy and nothing else.
    operator: Vec<String>,
    orchestration: &'static str,
}

impl Stack {
    /// Applies infra/ as it is, with what `cargo xtask package` built.
    pub async fn apply(orchestration: &'static str) -> Self {
        let (zip, processor) = (validator_zip(), packages().join("container/processor"));
        for file in [&zip, &processor] {
            assert!(
                file.exists(),
                "{} is not there: run scripts/test-aws, which packages it",
                file.display()
            );
        }
        let programs = json!({"-processor": processor}).to_string();
        let folder = tempfile::tempdir().unwrap();
        let access_log = folder.path().join(ACCESS_LOG).to_string_lossy().into_owned();
        let emulator = Emulator::start_with(vec![
            ("HYBRID_TEST_CONTAINERS".to_owned(), programs),
            ("HYBRID_TEST_ACCESS_LOG".to_owned(), access_log),
            // Pauses of the state machine are a hundredth as long.
            ("SFN_WAIT_SCALE".to_owned(), "0.01".to_owned()),
        ])
        .await;
        copy(&repository().join("infra"), &folder.path().join("infra"));
        std::fs::write(folder.path().join("infra/emulator_override.tf"), OVERRIDE).unwrap();
        let mut stack = Self {
            emulator,
            folder,
            outputs: Value::Null,
            operator: Vec::new(),
            orchestration,
        };
        stack.terraform(&["init", "-input=false"]);
        stack.terraform_with_variables(&["apply", "-auto-approve", "-input=false"]);
        let outputs = stack.terraform(&["output", "-json"]).stdout;
        std::fs::write(stack.outputs_path(), &outputs).unwrap();
        stack.outputs = serde_json::from_slice(&outputs).unwrap();
        let policies = &stack.outputs["operator_policy_arns"]["value"];
        let session = stack
            .client(&[json!({"become_operator": [OPERATOR, policies]})])
            .remove(0);
        stack.operator = serde_json::from_value(session).unwrap();
        stack
    }

    pub fn name(&self, name: &str) -> &str {
        self.outputs["relay"]["value"][name].as_str().unwrap()
    }

    fn outputs_path(&self) -> PathBuf {
        self.folder.path().join("outputs.json")
    }

    /// The same with the variables of this stack.
    pub fn terraform_with_variables(&self, arguments: &[&str]) -> Output {
        let zips = ["validator", "recorder", "alerter", "monitor"].map(|name| {
            let zip = packages().join(format!("lambda/{name}-lambda.zip"));
            format!("-var={name}_zip_path={}", zip.display())
        });
        let heartbeat = format!("-var=run_heartbeat_timeout_seconds={HEARTBEAT_TIMEOUT_SECONDS}");
        let orchestration = format!("-var=orchestration={}", self.orchestration);
        let variables = [
            "-var=environment=dev",
            "-var=deletion_protection=false",
            &heartbeat,
            &orchestration,
        ];
        let zips: Vec<&str> = zips.iter().map(String::as_str).collect();
        self.terraform(&[arguments, &variables, &zips].concat())
    }

    fn at_emulator<'a>(&self, command: &'a mut Command, id: &str, secret: &str) -> &'a mut Command {
        command
            .env("AWS_ENDPOINT_URL", self.emulator.endpoint_url())
            .env("AWS_ACCESS_KEY_ID", id)
            .env("AWS_SECRET_ACCESS_KEY", secret)
            .env("AWS_REGION", "eu-north-1")
    }

    /// What roles were let do, and what they were refused: one JSON object for each combination.
    pub fn access_log(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.path().join(ACCESS_LOG)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// What the emulator, its functions and its tasks have printed.
    pub fn log(&self) -> String {
        self.emulator.log()
    }

    /// The largest resident set of any task so far, as the stand-in for the container engine saw it. Unit: KiB.
    pub fn task_memory_peak_kib(&self) -> u64 {
        let peaks = self
            .ended_tasks()
            .into_iter()
            .map(|ended| ended["peak_kib"].as_u64().unwrap());
        peaks.max().expect("no task has ended")
    }

    /// The packages of all tasks that have ended, once for each task.
    pub fn tasks_that_ended(&self) -> Vec<String> {
        let ended = self.ended_tasks();
        ended
            .iter()
            .map(|task| task["package"].as_str().unwrap().to_owned())
            .collect()
    }

    fn ended_tasks(&self) -> Vec<Value> {
        let log = self.emulator.log();
        let ended = log.lines().filter_map(|line| line.split_once("container ended "));
        ended.map(|(_, ended)| serde_json::from_str(ended).unwrap()).collect()
    }

    /// Runs terraform, which must succeed; 2 is "there are changes" of a plan.
    pub fn terraform(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("terraform");
        command.args(arguments).current_dir(self.folder.path().join("infra"));
        let output = self
            .at_emulator(&mut command, ROOT_ACCESS_KEY_ID, ROOT_SECRET_ACCESS_KEY)
            .output();
        let output =
            output.unwrap_or_else(|error| panic!("terraform could not be run ({error}): install 1.11 or newer"));
        assert!(
            matches!(output.status.code(), Some(0 | 2)),
            "terraform {}:\n{}{}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        output
    }

    /// Writes what Terraform knows of the stack into a file.
    pub fn state_file(&self) -> PathBuf {
        let path = self.folder.path().join("state.json");
        std::fs::write(&path, self.terraform(&["show", "-json"]).stdout).unwrap();
        path
    }

    /// Lets an ordinary S3 client do something.
    pub fn client(&self, instructions: &[Value]) -> Vec<Value> {
        #[expect(clippy::disallowed_methods, reason = "the tests are told where their Python is")]
        let python = std::env::var(PYTHON_VARIABLE).unwrap();
        let mut client = Command::new(python)
            .arg(repository().join("tests/emulator/client.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let request = json!({"endpoint": self.emulator.endpoint_url(), "do": instructions}).to_string();
        client.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
        let output = client.wait_with_output().unwrap();
        assert!(output.status.success());
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The state machine's executions: their status by their name.
    pub fn executions(&self) -> serde_json::Map<String, Value> {
        let found = self
            .client(&[json!({"executions": self.name("state_machine_arn")})])
            .remove(0);
        found.as_object().unwrap().clone()
    }

    /// `relay --stack outputs.json …`, by somebody with the operators' policy: its exit status and what it printed, one JSON object a line.
    pub fn relay(&self, arguments: &[&str]) -> (i32, Vec<Value>) {
        let mut command = Command::new(target().join("debug/relay"));
        command
            .arg("--stack")
            .arg(self.outputs_path())
            .args(["--format", "json"])
            .args(arguments);
        let [id, secret, token] = self.operator.as_slice() else {
            panic!("nobody became the operator");
        };
        let command = self
            .at_emulator(&mut command, id, secret)
            .env("AWS_SESSION_TOKEN", token);
        let output = command.output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let lines = printed
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let status = output.status.code().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        if status != 0 {
            println!("relay {}: status {status}\n{said}", arguments.join(" "));
        }
        assert!(status < 2, "relay {}: {said}", arguments.join(" "));
        (status, lines)
    }

    /// All packages, when there are `number` of them and each has its conclusion.
    pub fn concluded(&self, number: usize) -> Vec<Value> {
        self.until(|packages| {
            packages.len() == number && packages.iter().all(|package| package["state"] != "in_flight")
        })
    }

    /// All packages, when they are as they should be.
    pub fn until(&self, is_so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let listed = || self.relay(&["packages", "list", "--limit", "500"]).1;
        self.poll(
            || Some(listed()).filter(|packages| is_so(packages)),
            || format!("{:#?}", listed()),
        )
    }

    /// The executions, when they are as they should be.
    pub fn executions_when(
        &self,
        is_so: impl Fn(&serde_json::Map<String, Value>) -> bool,
    ) -> serde_json::Map<String, Value> {
        self.poll(
            || Some(self.executions()).filter(|found| is_so(found)),
            || format!("{:#?}", self.executions()),
        )
    }

    fn poll<T>(&self, found: impl Fn() -> Option<T>, instead: impl Fn() -> String) -> T {
        let deadline = Instant::now() + CONCLUSION_DEADLINE;
        loop {
            if let Some(found) = found() {
                return found;
            }
            assert!(
                Instant::now() < deadline,
                "not in time:\n{}\n{}",
                instead(),
                self.emulator.log()
            );
            #[expect(clippy::disallowed_methods, reason = "other processes do it")]
            std::thread::sleep(POLL_INTERVAL);
        }
    }
}

/// Where `cargo xtask package` put what is deployed.
#[expect(clippy::disallowed_methods, reason = "the script says which packages it made")]
pub fn packages() -> PathBuf {
    let folder =
        std::env::var_os("HYBRID_TEST_PACKAGES").expect("HYBRID_TEST_PACKAGES is not set: run scripts/test-aws");
    repository().join(folder)
}

fn validator_zip() -> PathBuf {
    packages().join("lambda/validator-lambda.zip")
}

#[expect(clippy::disallowed_methods, reason = "the same variable that Cargo reads")]
pub fn target() -> PathBuf {
    repository().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        let text = name.to_string_lossy();
        if text == ".terraform" || text.contains(".tfstate") {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(&name));
        } else {
            std::fs::copy(entry.path(), to.join(&name)).unwrap();
        }
    }
}
