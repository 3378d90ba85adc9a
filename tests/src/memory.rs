//! How much memory a command took at its peak, as the kernel counts it.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Ran;

const SAMPLE_INTERVAL: Duration = Duration::from_millis(5);

/// What a measured command took.
#[derive(Clone, Copy, Debug)]
pub struct PeakMemory {
    /// The largest resident set, in bytes: `VmHWM` of proc(5), which only grows, as last seen before the end.
    pub resident_bytes: u64,
    /// Wall time.
    pub elapsed: Duration,
}

/// Runs a command to its end and watches its memory.
pub fn run_measured(command: &mut Command) -> (Ran, PeakMemory) {
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status_file = format!("/proc/{}/status", child.id());
    let mut resident_bytes = 0;
    let mut out = child.stdout.take().unwrap();
    let mut err = child.stderr.take().unwrap();
    let out = std::thread::spawn(move || std::io::read_to_string(&mut out).unwrap_or_default());
    let err = std::thread::spawn(move || std::io::read_to_string(&mut err).unwrap_or_default());
    let status = loop {
        if let Ok(status) = std::fs::read_to_string(&status_file) {
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
            resident_bytes = kibibytes.map_or(resident_bytes, |kibibytes| kibibytes * 1024);
        }
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        #[expect(clippy::disallowed_methods, reason = "sampling")]
        std::thread::sleep(SAMPLE_INTERVAL);
    };
    let ran = Ran {
        status: status.code().unwrap_or(-1),
        stdout: out.join().unwrap(),
        stderr: err.join().unwrap(),
    };
    (
        ran,
        PeakMemory {
            resident_bytes,
            elapsed: start.elapsed(),
        },
    )
}
