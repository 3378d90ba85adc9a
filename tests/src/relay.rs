//! The binary, and a data folder to run it on.

use std::ffi::OsStr;
use std::fmt::Display;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How long anything that should happen may take before a test fails.
const PATIENCE: Duration = Duration::from_mins(2);
const POLL: Duration = Duration::from_millis(20);

/// The build profile of the binary under test: that of the tests themselves.
pub const fn cargo_profile() -> &'static str {
    if cfg!(debug_assertions) { "dev" } else { "release" }
}

/// What is built together: another choice gives other features to the dependencies, and would build them once more.
const BUILT_FOR_TESTS: &[&str] = &["--workspace", "--features", "relay-cli/aws", "--bins", "--tests"];
const BUILT_FOR_MEASUREMENTS: &[&str] = &[
    "--package",
    "relay-cli",
    "--features",
    "relay-cli/aws",
    "--package",
    "system-tests",
];

/// The `relay` binary, built once from the sources as they are.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let packages = if cargo_profile() == "dev" {
            BUILT_FOR_TESTS
        } else {
            BUILT_FOR_MEASUREMENTS
        };
        let output = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--locked", "--message-format", "json"])
            .args(["--profile", cargo_profile()])
            .args(packages)
            .current_dir(crate::repository())
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(output.status.success(), "relay could not be built");
        let messages = String::from_utf8(output.stdout).unwrap();
        let executables = messages.lines().filter_map(|line| {
            let message: Value = serde_json::from_str(line).ok()?;
            let is_program = message["target"]["kind"][0] == "bin" && message["profile"]["test"] == false;
            let is_relay = is_program && message["target"]["name"] == "relay";
            is_relay.then(|| message["executable"].as_str().map(PathBuf::from))?
        });
        executables.collect::<Vec<_>>().pop().unwrap()
    })
}

/// The Python that has the independent readers, which `scripts/test` installs.
pub fn python() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "scripts/test says where it installed it")]
    let python = std::env::var_os("HYBRID_TEST_PYTHON");
    PathBuf::from(
        python.expect("HYBRID_TEST_PYTHON is not set: run the tests by scripts/test, which installs the readers"),
    )
}

/// Polls until `condition` gives something.
pub fn wait_until<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain: {what}");
        #[expect(clippy::disallowed_methods, reason = "another process gives no event to wait for")]
        std::thread::sleep(POLL);
    }
}

/// What one command printed, and how it ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit status.
    pub status: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ran {
    /// Standard output as JSON lines.
    pub fn json(&self) -> Vec<Value> {
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.stdout.lines().map(parse).collect()
    }

    /// Fails unless the command ended with `status`.
    #[must_use]
    pub fn expect_status(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{self:#?}");
        self
    }
}

/// A data folder of its own.
pub struct Relay {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

impl Default for Relay {
    fn default() -> Self {
        Self::new()
    }
}

impl Relay {
    /// An empty place for a data folder.
    pub fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            environment: Vec::new(),
        }
    }

    /// The same, with settings.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Display) -> Self {
        self.environment.push((name.to_owned(), value.to_string()));
        self
    }

    /// A data folder in which organizations are registered.
    #[must_use]
    pub fn with_organizations(self, organizations: &[&str]) -> Self {
        for organization in organizations {
            let _ = self.run(["org", "add", organization]).expect_status(0);
        }
        self
    }

    /// A folder beside the data folder, for files to send.
    pub fn outside(&self) -> PathBuf {
        let path = self.folder.path().join("outside");
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    /// The data folder.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A command that has not been started.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).arg("--data-dir").arg(self.data_dir());
        command
            .env_remove("RELAY_DATA_DIR")
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command to its end.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Ran {
        let output = self.command(arguments).stdin(Stdio::null()).output().unwrap();
        Ran {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs a command to its end and reads its JSON lines.
    pub fn json<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Vec<Value> {
        let mut command = self.command(arguments);
        command.args(["--format", "json"]);
        let output = command.stdin(Stdio::null()).output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Ran {
            status: output.status.code().unwrap_or(-1),
            stdout,
            stderr,
        }
        .json()
    }

    /// Every package.
    pub fn packages(&self) -> Vec<Value> {
        self.json(["packages", "list", "--limit", "1000000"])
    }

    /// The law that every package has one ending, and an audit check of everything that is stored.
    pub fn assert_sound(&self) {
        let status = &self.json(["status"])[0];
        let count = |name: &str| status[name].as_u64().unwrap();
        let endings = ["processed", "rejected", "quarantined", "failed", "in_flight"].map(count);
        assert_eq!(count("received"), endings.iter().sum::<u64>(), "{status}");
        assert_eq!(count("received"), self.packages().len() as u64);
        let _ = self.run(["audit", "verify", "--objects"]).expect_status(0);
    }

    /// Starts `relay serve` and waits until it watches its inbox.
    pub fn serve(&self) -> Serving {
        let mut command = self.command(["serve", "--format", "json"]);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut told = String::new();
        while !told.contains("watching") {
            let read = stderr.read_line(&mut told).unwrap();
            assert!(read > 0, "relay serve ended: {told}");
        }
        let stdout = child.stdout.take().unwrap();
        // Read to the end in the background: a full pipe would stop the relay.
        let stderr = std::thread::spawn(move || {
            let mut rest = String::new();
            stderr.read_to_string(&mut rest).map(|_| rest).unwrap_or_default()
        });
        let stdout = std::thread::spawn(move || {
            let mut lines = String::new();
            BufReader::new(stdout)
                .read_to_string(&mut lines)
                .map(|_| lines)
                .unwrap_or_default()
        });
        Serving {
            child,
            stdout: Some(stdout),
            stderr: Some(stderr),
        }
    }

    /// The inbox of one organization.
    pub fn inbox(&self, organization: &str) -> PathBuf {
        let path = self.data_dir().join("inbox").join(organization);
        std::fs::create_dir_all(&path).unwrap();
        path
    }
}

/// A running `relay serve`. Dropping it kills it.
pub struct Serving {
    child: Child,
    stdout: Option<std::thread::JoinHandle<String>>,
    stderr: Option<std::thread::JoinHandle<String>>,
}

impl Serving {
    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: the end without a word.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and what it printed until it had ended.
    pub fn stop(mut self) -> Ran {
        let sent = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        let status = self.child.wait().unwrap();
        Ran {
            status: status.code().unwrap_or(-1),
            stdout: self
                .stdout
                .take()
                .map(|reader| reader.join().unwrap())
                .unwrap_or_default(),
            stderr: self
                .stderr
                .take()
                .map(|reader| reader.join().unwrap())
                .unwrap_or_default(),
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
