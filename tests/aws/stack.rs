//! A relay that Terraform really made, on an emulator: the deployed zip, the task definition's environment, the real processor.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use relay_testing::emulator::{Emulator, PYTHON_VARIABLE, ROOT_ACCESS_KEY_ID, ROOT_SECRET_ACCESS_KEY};
use serde_json::{Value, json};
use system_tests::repository;

const CONCLUSION_DEADLINE: Duration = Duration::from_mins(4);
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// What only an emulator needs of the provider.
const OVERRIDE: &str = r#"
provider "aws" {
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  max_retries                 = 2
}
"#;

pub struct Stack {
    emulator: Emulator,
    folder: tempfile::TempDir,
    pub outputs: Value,
}

impl Stack {
    /// Applies infra/ as it is, with what `cargo xtask package` built.
    pub async fn apply() -> Self {
        let target = target();
        let (zip, processor) = (target.join("lambda/validator-lambda.zip"), processor_binary(&target));
        for file in [&zip, &processor] {
            assert!(
                file.exists(),
                "{} is not there: run cargo xtask package, or scripts/test",
                file.display()
            );
        }
        let programs = json!({"-processor": processor}).to_string();
        let emulator = Emulator::start_with(vec![("HYBRID_TEST_CONTAINERS".to_owned(), programs)]).await;
        let folder = tempfile::tempdir().unwrap();
        copy(&repository().join("infra"), &folder.path().join("infra"));
        std::fs::write(folder.path().join("infra/emulator_override.tf"), OVERRIDE).unwrap();
        let mut stack = Self {
            emulator,
            folder,
            outputs: Value::Null,
        };
        stack.terraform(&["init", "-input=false"]);
        let zip = format!("-var=validator_zip_path={}", zip.display());
        stack.terraform(&[
            "apply",
            "-auto-approve",
            "-input=false",
            "-var=environment=dev",
            "-var=deletion_protection=false",
            &zip,
        ]);
        let outputs = stack.terraform(&["output", "-json"]).stdout;
        std::fs::write(stack.outputs_path(), &outputs).unwrap();
        stack.outputs = serde_json::from_slice(&outputs).unwrap();
        stack
    }

    pub fn name(&self, name: &str) -> &str {
        self.outputs["relay"]["value"][name].as_str().unwrap()
    }

    fn outputs_path(&self) -> PathBuf {
        self.folder.path().join("outputs.json")
    }

    /// The zip as it was applied, for later plans.
    pub fn variables() -> [String; 3] {
        let zip = target().join("lambda/validator-lambda.zip");
        [
            "-var=environment=dev".to_owned(),
            "-var=deletion_protection=false".to_owned(),
            format!("-var=validator_zip_path={}", zip.display()),
        ]
    }

    fn with_credentials<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("AWS_ENDPOINT_URL", self.emulator.endpoint_url())
            .env("AWS_ACCESS_KEY_ID", ROOT_ACCESS_KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", ROOT_SECRET_ACCESS_KEY)
            .env("AWS_REGION", "eu-north-1")
    }

    /// Runs terraform, which must succeed; 2 is "there are changes" of a plan.
    pub fn terraform(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("terraform");
        command.args(arguments).current_dir(self.folder.path().join("infra"));
        let output = self.with_credentials(&mut command).output();
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

    /// `relay --stack outputs.json …`: its exit status and what it printed, one JSON object a line.
    pub fn relay(&self, arguments: &[&str]) -> (i32, Vec<Value>) {
        let mut command = Command::new(target().join("debug/relay"));
        command
            .arg("--stack")
            .arg(self.outputs_path())
            .args(["--format", "json"])
            .args(arguments);
        let output = self.with_credentials(&mut command).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let lines = printed
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let status = output.status.code().unwrap();
        assert!(
            status < 2,
            "relay {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
        (status, lines)
    }

    /// All packages, when there are `number` of them and each has its conclusion.
    pub fn concluded(&self, number: usize) -> Vec<Value> {
        let deadline = Instant::now() + CONCLUSION_DEADLINE;
        loop {
            let (_, packages) = self.relay(&["packages", "list", "--limit", "500"]);
            if packages.len() == number && packages.iter().all(|package| package["state"] != "in_flight") {
                return packages;
            }
            assert!(
                Instant::now() < deadline,
                "{} of {number} packages, not all concluded:\n{packages:#?}\n{}",
                packages.len(),
                self.emulator.log()
            );
            #[expect(clippy::disallowed_methods, reason = "other processes conclude them")]
            std::thread::sleep(POLL_INTERVAL);
        }
    }
}

fn processor_binary(target: &Path) -> PathBuf {
    target.join("container/processor")
}

#[expect(clippy::disallowed_methods, reason = "the same variable that Cargo reads")]
fn target() -> PathBuf {
    repository().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

fn copy(from: &Path, to: &Path) {
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
