//! The targets, and what holds for each of them: it ends, soon, and without much memory.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;

use crate::{archives, bags, descriptors, keys, notifications, packages, privacy, tables};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;
/// The longest that one input may take, whatever else the machine does.
const TIME_MAX: Duration = Duration::from_secs(10);

/// Something that reads a producer's bytes.
#[derive(Debug)]
pub struct Target {
    /// What it is called on the command line.
    pub name: &'static str,
    /// Reads an input, and panics when a property is broken.
    pub check: fn(&[u8]),
    /// Inputs to start from.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Pieces of text that chance would not find.
    pub words: &'static [&'static [u8]],
    /// The longest input, in bytes.
    pub input_bytes_max: usize,
    /// The most memory that one input may take at a time, in bytes, what the check itself keeps included.
    pub memory_bytes_max: usize,
    /// How many inputs the short run within `cargo test` makes.
    pub short_runs: u64,
}

/// Every target. One line makes one more.
pub const TARGETS: &[Target] = &[
    Target::new("zip", archives::zip, archives::zip_seeds, archives::ZIP_WORDS).archive(8 * KIB),
    Target::new("zip-made", archives::zip_made, archives::made_seeds, &[]).archive(KIB),
    Target::new("tar", archives::tar, archives::tar_seeds, archives::TAR_WORDS).archive(8 * KIB),
    Target::new("tar-made", archives::tar_made, archives::made_seeds, &[]).archive(KIB),
    Target::new(
        "tar-packed",
        archives::tar_packed,
        archives::tar_packed_seeds,
        archives::TAR_WORDS,
    )
    .archive(4 * KIB),
    Target::new("bag", bags::check, bags::seeds, bags::WORDS).takes(4 * MIB, 10_000),
    Target::new("table", tables::check, tables::seeds, tables::WORDS).takes(64 * MIB, 2_000),
    Target::new("table-packed", tables::packed, tables::packed_seeds, tables::WORDS).takes(64 * MIB, 1_500),
    Target::new(
        "notification",
        notifications::check,
        notifications::seeds,
        notifications::WORDS,
    )
    .takes(MIB, 20_000),
    Target::new("key", keys::check, keys::seeds, keys::WORDS).takes(MIB, 20_000),
    Target::new("privacy", privacy::check, privacy::seeds, privacy::WORDS).takes(MIB, 20_000),
    Target::new("descriptor", descriptors::check, descriptors::seeds, descriptors::WORDS).takes(32 * MIB, 10_000),
    Target::new("package", packages::check, packages::seeds, packages::WORDS).takes(64 * MIB, 1_500),
];

impl Target {
    /// With inputs of up to 4 KiB.
    const fn new(
        name: &'static str,
        check: fn(&[u8]),
        seeds: fn() -> Vec<Vec<u8>>,
        words: &'static [&'static [u8]],
    ) -> Self {
        Self {
            name,
            check,
            seeds,
            words,
            input_bytes_max: 4 * KIB,
            memory_bytes_max: MIB,
            short_runs: 0,
        }
    }

    const fn takes(mut self, memory_bytes_max: usize, short_runs: u64) -> Self {
        self.memory_bytes_max = memory_bytes_max;
        self.short_runs = short_runs;
        self
    }

    const fn archive(mut self, input_bytes_max: usize) -> Self {
        self.input_bytes_max = input_bytes_max;
        self.takes(36 * MIB, 3_000)
    }
}

/// The most that any input took, so far, of one target.
#[derive(Debug, Default)]
pub struct Figures {
    slowest_micros: AtomicU64,
    peak_bytes: AtomicU64,
}

impl Figures {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self {
            slowest_micros: AtomicU64::new(0),
            peak_bytes: AtomicU64::new(0),
        }
    }

    /// The time of the slowest input.
    pub fn slowest(&self) -> Duration {
        Duration::from_micros(self.slowest_micros.load(Ordering::Relaxed))
    }

    /// The most memory that an input took at a time, in bytes; what C code takes is not counted.
    pub fn peak_bytes(&self) -> u64 {
        self.peak_bytes.load(Ordering::Relaxed)
    }
}

impl Target {
    /// The target of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        TARGETS.iter().find(|target| target.name == name)
    }

    /// Checks one input, and notes what it took. Returns whether it took more than any before.
    pub fn run(&self, input: &[u8], figures: &Figures) -> bool {
        let input = &input[..input.len().min(self.input_bytes_max)];
        MEMORY.reset_peak_usage();
        let before_bytes = MEMORY.current_usage();
        let start = Instant::now();
        (self.check)(input);
        let elapsed = start.elapsed();
        let peak_bytes = MEMORY.peak_usage() - before_bytes;
        assert!(elapsed < TIME_MAX, "{}: it took {elapsed:.1?}", self.name);
        assert!(
            peak_bytes <= self.memory_bytes_max,
            "{}: it took {peak_bytes} bytes of memory",
            self.name
        );
        let micros = elapsed.as_micros() as u64;
        let is_slowest = figures.slowest_micros.fetch_max(micros, Ordering::Relaxed) < micros;
        let is_largest = figures.peak_bytes.fetch_max(peak_bytes as u64, Ordering::Relaxed) < peak_bytes as u64;
        is_slowest || is_largest
    }
}

/// The most memory that `work` takes at a time, in bytes. It is the first thing that a check does: what was measured before
/// is forgotten.
pub fn peak_bytes_of<T>(work: impl FnOnce() -> T) -> (T, usize) {
    MEMORY.reset_peak_usage();
    let before_bytes = MEMORY.current_usage();
    let done = work();
    (done, MEMORY.peak_usage() - before_bytes)
}
