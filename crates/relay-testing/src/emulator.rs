//! An emulator of AWS for tests: `ministack`, with the extensions of `tests/emulator/ministack_extended.py`, as a process
//! of its own on a free port; or whatever `AWS_ENDPOINT_URL` names.
//!
//! It enforces IAM for everybody but the account's root, whose access key is the account id.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The variable that names a Python with the packages of the tests; `scripts/lib.sh` makes one.
pub const PYTHON_VARIABLE: &str = "HYBRID_TEST_PYTHON";
/// The access key of the account's root at the emulator: the account id itself.
pub const ROOT_ACCESS_KEY_ID: &str = "000000000000";
/// The secret of the account's root at the emulator.
pub const ROOT_SECRET_ACCESS_KEY: &str = "test";

/// How many ports an emulator tries.
const LAUNCHES_MAX: u32 = 5;
const START_TIMEOUT: Duration = Duration::from_secs(90);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
const LOG_LINES_MAX: usize = 2_000;

/// A running emulator; dropping it ends it.
#[derive(Debug)]
pub struct Emulator {
    endpoint_url: String,
    process: Option<Child>,
    log: Arc<Mutex<Vec<String>>>,
    state: Option<PathBuf>,
}

impl Emulator {
    /// Starts one, and returns when it answers.
    ///
    /// # Panics
    /// When it cannot be started; the message says what is missing. A test must not pass by not being run.
    pub async fn start() -> Self {
        tokio::task::spawn_blocking(Self::start_blocking).await.unwrap()
    }

    /// The same, with further variables in the emulator's environment: `DOCKER_HOST`, for one.
    pub async fn start_with(variables: Vec<(String, String)>) -> Self {
        tokio::task::spawn_blocking(move || Self::launch(&variables))
            .await
            .unwrap()
    }

    fn start_blocking() -> Self {
        if let Ok(endpoint_url) = std::env::var("AWS_ENDPOINT_URL") {
            return Self {
                endpoint_url,
                process: None,
                log: Arc::default(),
                state: None,
            };
        }
        Self::launch(&[])
    }

    // A port that was free may be taken by another test before the emulator listens on it: then another one is.
    fn launch(variables: &[(String, String)]) -> Self {
        for _ in 0..LAUNCHES_MAX {
            let mut emulator = Self::spawn(variables);
            match emulator.wait_until_it_answers() {
                Ok(()) => return emulator,
                Err(_) if emulator.log().contains("already in use") => {}
                Err(message) => panic!("{message}:\n{}", emulator.log()),
            }
        }
        panic!("the emulator found {LAUNCHES_MAX} ports taken");
    }

    fn spawn(variables: &[(String, String)]) -> Self {
        let python = std::env::var(PYTHON_VARIABLE).unwrap_or_else(|_| {
            panic!("{PYTHON_VARIABLE} is not set: run scripts/test, which installs the emulator and sets it")
        });
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/emulator/ministack_extended.py");
        let port = free_port();
        let endpoint_url = format!("http://127.0.0.1:{port}");
        let state = std::env::temp_dir().join(format!("hybrid-relay-emulator-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&state).unwrap();
        let mut process = Command::new(&python)
            .arg(&script)
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("AUTH", "true")
            .env("AWS_ENDPOINT_URL", &endpoint_url)
            .env("STATE_DIR", &state)
            .env("TMPDIR", &state)
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{python} could not be started: {error}"));
        let log = Arc::default();
        collect(process.stdout.take().unwrap(), &log);
        collect(process.stderr.take().unwrap(), &log);
        Self {
            endpoint_url,
            process: Some(process),
            log,
            state: Some(state),
        }
    }

    fn wait_until_it_answers(&mut self) -> Result<(), String> {
        let port = self.endpoint_url.rsplit(':').next().unwrap().parse().unwrap();
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            // In this order: whoever answers on the port of an emulator that has ended is somebody else.
            let does_answer = answers(port);
            if let Some(status) = self.process.as_mut().and_then(|process| process.try_wait().unwrap()) {
                return Err(format!("the emulator ended with {status}"));
            }
            if does_answer {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(format!("the emulator does not answer after {START_TIMEOUT:?}"));
            }
            std::thread::sleep(POLL_INTERVAL);
        }
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn endpoint_url(&self) -> &str {
        &self.endpoint_url
    }

    /// What it has printed, for the message of a failed test.
    pub fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended already; there is nobody to tell.
            let _ = process.kill();
            let _ = process.wait();
        }
        if let Some(state) = &self.state {
            let _ = std::fs::remove_dir_all(state);
        }
    }
}

/// A port that nobody listens on. Somebody else may take it before it is used; then the start fails, loudly.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

fn answers(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let Ok(mut stream) = TcpStream::connect_timeout(&address, POLL_INTERVAL) else {
        return false;
    };
    let request = format!("GET /_ministack/health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    let mut answer = String::new();
    stream.write_all(request.as_bytes()).is_ok()
        && stream.read_to_string(&mut answer).is_ok()
        && answer.starts_with("HTTP/1.1 200")
}

fn collect(output: impl Read + Send + 'static, log: &Arc<Mutex<Vec<String>>>) {
    let log = Arc::clone(log);
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            let Ok(line) = line else { break };
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            if log.len() == LOG_LINES_MAX {
                log.remove(0);
            }
            log.push(line);
        }
    });
}
