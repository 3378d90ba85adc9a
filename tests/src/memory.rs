//! What a command took, as the kernel counts it: memory at its peak, CPU time, wall time.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Ran;

const SAMPLE_INTERVAL: Duration = Duration::from_millis(5);
/// Clock ticks of proc(5): `sysconf(_SC_CLK_TCK)` is 100 on every Linux that Rust supports.
const TICK: Duration = Duration::from_millis(10);

/// What a measured command took.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// The largest resident set, in bytes: `VmHWM` of proc(5), which only grows, as last seen before the end.
    pub resident_bytes: u64,
    /// User and system time.
    pub cpu: Duration,
    /// Wall time.
    pub elapsed: Duration,
}

/// Runs a command to its end and watches what it takes.
pub fn run_measured(command: &mut Command) -> (Ran, Usage) {
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let out = std::thread::spawn(move || std::io::read_to_string(&mut out).unwrap_or_default());
    let err = std::thread::spawn(move || std::io::read_to_string(&mut err).unwrap_or_default());
    let process = format!("/proc/{}", child.id());
    let mut resident_bytes = 0;
    // A process that has ended keeps its times until it is waited for, but no memory.
    let cpu = loop {
        resident_bytes = peak_bytes(&process).unwrap_or(resident_bytes);
        let (has_ended, cpu) = state_and_cpu(&process).unwrap();
        if has_ended {
            break cpu;
        }
        #[expect(clippy::disallowed_methods, reason = "sampling")]
        std::thread::sleep(SAMPLE_INTERVAL);
    };
    let elapsed = start.elapsed();
    let ran = Ran {
        status: child.wait().unwrap().code().unwrap_or(-1),
        stdout: out.join().unwrap(),
        stderr: err.join().unwrap(),
    };
    let usage = Usage {
        resident_bytes,
        cpu,
        elapsed,
    };
    (ran, usage)
}

/// What a process that still runs has taken so far; how long it runs is not told.
pub fn process_usage(id: u32) -> Usage {
    let process = format!("/proc/{id}");
    Usage {
        resident_bytes: peak_bytes(&process).unwrap(),
        cpu: state_and_cpu(&process).unwrap().1,
        elapsed: Duration::ZERO,
    }
}

fn peak_bytes(process: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

// proc(5), /proc/pid/stat: the state is field 3, utime and stime are fields 14 and 15, behind the name in parentheses.
fn state_and_cpu(process: &str) -> Option<(bool, Duration)> {
    let stat = std::fs::read_to_string(format!("{process}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u32>().ok()? + fields.get(12)?.parse::<u32>().ok()?;
    Some((*fields.first()? == "Z", TICK * ticks))
}
