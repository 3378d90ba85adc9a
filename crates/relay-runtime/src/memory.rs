//! How much memory this process may use, and how many packages that is enough for.
//!
//! A program that gets no memory where it needs some is ended by the system, or ends itself, in the middle of its work. So the
//! limits that are known beforehand are looked at beforehand: that of the process (`ulimit -v`), and those of its service or
//! container (control groups).

use std::fmt;
use std::fs;
use std::path::Path;

const MIB: u64 = 1 << 20;
/// What the program takes besides the packages.
const BASE_BYTES: u64 = 48 * MIB;
/// What a package takes while it is processed (docs/MEASUREMENTS.md has what was measured).
const PACKAGE_BYTES: u64 = 64 * MIB;
/// What a thread takes of the address space: its stack, and its share of the allocator's.
const THREAD_ADDRESS_BYTES: u64 = 3 * MIB;

/// A limit that this process is under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryLimit {
    /// What may be used for packages and what belongs to them.
    free_bytes: u64,
    limit_bytes: u64,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    AddressSpace,
    ControlGroup,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AddressSpace => "ulimit -v",
            Self::ControlGroup => "MemoryMax= of the service, --memory of the container",
        })
    }
}

/// There is too little memory for so many packages at a time.
#[derive(Debug, thiserror::Error)]
#[error(
    "{jobs} packages at a time take some {} MiB of memory, and this process may use {} MiB ({}): raise that limit{}",
    (BASE_BYTES + *jobs as u64 * PACKAGE_BYTES) / MIB,
    limit.limit_bytes / MIB,
    limit.kind,
    fewer(*fitting)
)]
pub struct TooLittleMemory {
    jobs: usize,
    fitting: usize,
    limit: MemoryLimit,
}

fn fewer(fitting: usize) -> String {
    match fitting {
        0 => ", since not even one package fits (--jobs 1)".to_owned(),
        fitting => format!(", or process fewer at a time (--jobs {fitting})"),
    }
}

impl MemoryLimit {
    /// The tightest limit that the system tells of.
    pub fn of_process(threads: usize) -> Option<Self> {
        let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let address_space = address_space(&text("/proc/self/limits"), &text("/proc/self/status"), threads);
        let group = control_group(&text("/proc/self/cgroup"), Path::new("/sys/fs/cgroup"));
        address_space
            .into_iter()
            .chain(group)
            .min_by_key(|limit| limit.free_bytes)
    }

    fn fitting(&self) -> usize {
        usize::try_from(self.free_bytes / PACKAGE_BYTES).unwrap_or(usize::MAX)
    }

    /// How many packages are processed at the same time: as many as were asked for, or an error; otherwise of so many as there
    /// are cores what fits.
    pub fn jobs(&self, wanted: usize, is_asked_for: bool) -> Result<usize, TooLittleMemory> {
        let fitting = self.fitting();
        if wanted <= fitting {
            Ok(wanted)
        } else if is_asked_for || fitting == 0 {
            Err(TooLittleMemory {
                jobs: wanted,
                fitting,
                limit: *self,
            })
        } else {
            Ok(fitting)
        }
    }
}

// proc(5): `Max address space         120000000            unlimited            bytes`, and `VmSize:     5432 kB`.
fn address_space(limits: &str, status: &str, threads: usize) -> Option<MemoryLimit> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    let limit_bytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:"));
    let used_kib: u64 = size
        .and_then(|size| size.split_whitespace().next()?.parse().ok())
        .unwrap_or_default();
    let taken = used_kib * 1024 + threads as u64 * THREAD_ADDRESS_BYTES;
    Some(MemoryLimit {
        free_bytes: limit_bytes.saturating_sub(taken),
        limit_bytes,
        kind: Kind::AddressSpace,
    })
}

// cgroups(7): `0::/system.slice/relay.service`. Each group above has a limit as well.
fn control_group(membership: &str, root: &Path) -> Option<MemoryLimit> {
    let group = membership.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let folder = root.join(group);
    let above = folder.ancestors().take_while(|folder| folder.starts_with(root));
    let limits = above.filter_map(|folder| {
        let text = fs::read_to_string(folder.join("memory.max")).ok()?;
        text.trim().parse::<u64>().ok()
    });
    let limit_bytes = limits.min()?;
    Some(MemoryLimit {
        free_bytes: limit_bytes.saturating_sub(BASE_BYTES),
        limit_bytes,
        kind: Kind::ControlGroup,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str = "Name:\trelay\nVmPeak:\t  90000 kB\nVmSize:\t  10240 kB\n";

    #[test]
    fn the_limit_of_the_process_is_read_as_the_system_writes_it() {
        let limits = |soft: &str| {
            format!(
                "Limit                     Soft Limit           Hard Limit           Units\nMax address space         {soft}            unlimited            bytes\n"
            )
        };
        assert_eq!(address_space(&limits("unlimited"), STATUS, 8), None);
        let limit = address_space(&limits("536870912"), STATUS, 8).unwrap();
        assert_eq!(limit.free_bytes, (512 - 10 - 24) * MIB);
        assert_eq!(limit.jobs(7, true).unwrap(), 7);
        assert_eq!(limit.jobs(8, false).unwrap(), 7);
        let text = limit.jobs(8, true).unwrap_err().to_string();
        assert!(
            text.contains("may use 512 MiB (ulimit -v)") && text.contains("--jobs 7"),
            "{text}"
        );
        let none = address_space(&limits("1048576"), STATUS, 8).unwrap();
        assert!(none.jobs(1, false).unwrap_err().to_string().contains("not even one"));
    }

    #[test]
    fn the_tightest_of_the_groups_counts() {
        let root = tempfile::tempdir().unwrap();
        let service = root.path().join("system.slice/relay.service");
        fs::create_dir_all(&service).unwrap();
        fs::write(service.join("memory.max"), "max\n").unwrap();
        let membership = "0::/system.slice/relay.service\n";
        assert_eq!(control_group(membership, root.path()), None);
        fs::write(root.path().join("system.slice/memory.max"), "268435456\n").unwrap();
        let limit = control_group(membership, root.path()).unwrap();
        assert_eq!((limit.limit_bytes, limit.fitting()), (256 * MIB, 3));
        assert_eq!(control_group("12:cpu:/x\n", root.path()), None);
    }
}
