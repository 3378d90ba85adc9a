//! The emulator of AWS that the tests use, for plans: a process of its own on a free port, ended when it is dropped.

use std::io::{BufRead as _, BufReader, Read};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::Context as _;

const START_TIMEOUT: Duration = Duration::from_secs(90);
/// What it prints once it listens.
const READY: &str = "Running on http";
/// The root of its account, who may do everything: the access key is the account's id.
const ACCESS_KEY_ID: &str = "000000000000";
const SECRET_ACCESS_KEY: &str = "test";

pub struct Emulator {
    endpoint_url: String,
    process: Child,
}

impl Emulator {
    /// Starts one that keeps its state in `folder`, and returns when it listens.
    pub fn start(root: &Path, folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let port = free_port().context("there is no free port")?;
        let endpoint_url = format!("http://127.0.0.1:{port}");
        let mut process = Command::new(python()?)
            .arg(root.join("tests/emulator/ministack_extended.py"))
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("AUTH", "true")
            .env("AWS_ENDPOINT_URL", &endpoint_url)
            .env("STATE_DIR", folder)
            .env("TMPDIR", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("the emulator could not be started")?;
        let (sender, lines) = channel();
        if let Some(output) = process.stdout.take() {
            follow(output, sender.clone());
        }
        if let Some(output) = process.stderr.take() {
            follow(output, sender);
        }
        let emulator = Self { endpoint_url, process };
        emulator.wait(&lines)?;
        Ok(emulator)
    }

    /// Directs a program's calls of AWS to it, whatever account this shell is in.
    pub fn direct<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("AWS_ENDPOINT_URL", &self.endpoint_url)
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
            .env_remove("AWS_SESSION_TOKEN")
            .env_remove("AWS_PROFILE")
    }

    fn wait(&self, lines: &Receiver<String>) -> anyhow::Result<()> {
        let deadline = Instant::now() + START_TIMEOUT;
        let mut log = Vec::new();
        loop {
            let line = lines
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
                .with_context(|| {
                    format!(
                        "the emulator does not listen at {}:\n{}",
                        self.endpoint_url,
                        log.join("\n")
                    )
                })?;
            if line.contains(READY) {
                return Ok(());
            }
            log.push(line);
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may have ended already; there is nobody to tell.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

// Reads to the end, so that the emulator is never held up by a full pipe.
fn follow(output: impl Read + Send + 'static, sender: Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            // Nobody listens once it is up.
            let _ = sender.send(line);
        }
    });
}

// Somebody else may take it before it is used; then the emulator does not start, and that is said.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

#[expect(clippy::disallowed_methods, reason = "the scripts say where they installed it")]
fn python() -> anyhow::Result<PathBuf> {
    std::env::var_os("HYBRID_TEST_PYTHON")
        .map(PathBuf::from)
        .context("HYBRID_TEST_PYTHON is not set: run scripts/check-infra, which installs the emulator and sets it")
}
