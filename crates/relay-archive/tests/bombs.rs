//! Bombs, each read by a child process under a hard limit of memory and time: refused within both, by the rule expected.
//!
//! The child is this program again, with the name of a format; it reads standard input. No bomb is ever written anywhere.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "a program with a main of its own reports by itself")]

use std::io::{Read, Write};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use relay_archive::{ArchiveError, ArchiveFormat, ArchiveLimits, Content, Entry, Visitor, read_archive};
use relay_testing::bombs;

/// The address space of the child, in KiB: 128 MiB.
const CHILD_KIB_MAX: u64 = 128 * 1024;
/// What the child may take of a processor.
const TIME_MAX: Duration = Duration::from_secs(5);
/// The unit of times in /proc, which is the same on every Linux (proc(5): `sysconf(_SC_CLK_TCK)`).
const TICKS_PER_SECOND: u64 = 100;

struct Bomb {
    name: &'static str,
    format: ArchiveFormat,
    bytes: Box<dyn Iterator<Item = Vec<u8>>>,
    expected: &'static str,
}

fn main() -> ExitCode {
    if let Some(format) = std::env::args()
        .nth(1)
        .filter(|argument| argument.starts_with("child:"))
    {
        return child(&format["child:".len()..]);
    }
    let mut failures = 0;
    for bomb in all_bombs() {
        let (name, expected) = (bomb.name, bomb.expected);
        let (outcome, cpu, peak_kib) = explode(bomb);
        let is_good = outcome == expected && cpu < TIME_MAX && peak_kib < CHILD_KIB_MAX;
        failures += u32::from(!is_good);
        let verdict = if is_good { "ok" } else { "FAILED" };
        println!("bomb {name} ... {verdict}: {outcome} in {cpu:.1?}, {peak_kib} KiB (expected {expected})");
    }
    if failures == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn explode(bomb: Bomb) -> (String, Duration, u64) {
    let program = std::env::current_exe().unwrap();
    let mut child = Command::new("sh")
        .args([
            "-c",
            &format!("ulimit -v {CHILD_KIB_MAX}; exec \"$0\" child:{}", bomb.format.name()),
        ])
        .arg(program)
        // As the relay's own programs have it: a decoder's memory is mapped for it, and not wiped each time.
        .env("MALLOC_MMAP_THRESHOLD_", "524288")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    // The child stops reading once it has refused.
    for piece in bomb.bytes {
        if input.write_all(&piece).is_err() {
            break;
        }
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let [outcome, ticks, peak] = told.split_whitespace().collect::<Vec<_>>()[..] else {
        return (format!("it died: {told}"), Duration::ZERO, 0);
    };
    let cpu = Duration::from_millis(ticks.parse::<u64>().unwrap() * 1_000 / TICKS_PER_SECOND);
    (outcome.to_owned(), cpu, peak.parse().unwrap())
}

struct Counting;

impl Visitor for Counting {
    type Error = std::io::Error;
    type Packed = ();

    fn file(&mut self, _entry: &Entry, content: &mut Content<'_>) -> std::io::Result<()> {
        std::io::copy(content, &mut std::io::sink()).map(drop)
    }
}

fn child(format: &str) -> ExitCode {
    let format = ArchiveFormat::ALL
        .into_iter()
        .find(|known| known.name() == format)
        .unwrap();
    let input: Box<dyn Read + Send> = Box::new(std::io::stdin());
    let outcome = match read_archive(input, format, &ArchiveLimits::default(), &mut Counting) {
        Ok(_) => "sound".to_owned(),
        Err(ArchiveError::Refused(refusal)) => refusal.rule.name().to_owned(),
        Err(error) => format!("{error:?}").replace(' ', "_"),
    };
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: String = peak.chars().filter(char::is_ascii_digit).collect();
    println!("{outcome} {} {peak}", cpu_ticks());
    ExitCode::SUCCESS
}

// User and system time, fields 14 and 15 of /proc/self/stat: how long it takes is not the business of what else runs here.
fn cpu_ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let behind_name = stat.rsplit_once(") ").unwrap().1;
    let times = behind_name.split_whitespace().skip(11).take(2);
    times.map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

fn one(bytes: Vec<u8>) -> Box<dyn Iterator<Item = Vec<u8>>> {
    Box::new(std::iter::once(bytes))
}

fn all_bombs() -> Vec<Bomb> {
    [unpacking_bombs(), hungry_bombs(), listing_bombs()]
        .into_iter()
        .flatten()
        .collect()
}

fn bomb(
    name: &'static str,
    format: ArchiveFormat,
    bytes: Box<dyn Iterator<Item = Vec<u8>>>,
    expected: &'static str,
) -> Bomb {
    Bomb {
        name,
        format,
        bytes,
        expected,
    }
}

/// Much comes out of little.
fn unpacking_bombs() -> Vec<Bomb> {
    use ArchiveFormat::{TarGzip, TarZstd, Zip};
    vec![
        bomb(
            "10 MB of zip for 10 GB of zeros",
            Zip,
            one(bombs::zip_of_zeros(10 << 30)),
            "archive_unpacked_ratio",
        ),
        bomb(
            "zips in zips, 16 a level, the core too deep",
            Zip,
            one(bombs::zips_in_zips(6)),
            "archive_too_deep",
        ),
        bomb(
            "zips in zips, 16 a level, the core within reach",
            Zip,
            one(bombs::zips_in_zips(3)),
            "archive_unpacked_ratio",
        ),
        bomb(
            "a hundred zips in each other",
            Zip,
            one(bombs::zip_in_itself(100)),
            "archive_too_deep",
        ),
        bomb(
            "a zip that contains itself, byte for byte",
            Zip,
            one(bombs::zip_quine()),
            "archive_too_deep",
        ),
        bomb(
            "10 GB of zeros in gzip",
            TarGzip,
            one(bombs::gzip_of_zeros(&[], 10 << 30)),
            "archive_unpacked_ratio",
        ),
        bomb(
            "10 GB of zeros in a tar.gz",
            TarGzip,
            one(bombs::gzip_of_zeros(&bombs::tar_header("a", 10 << 30), 10 << 30)),
            "archive_unpacked_ratio",
        ),
        bomb(
            "10 GB of zeros in a tar.zst",
            TarZstd,
            one(bombs::zstd_of_zeros(10 << 30)),
            "archive_unpacked_ratio",
        ),
        bomb(
            "a window of 1 GiB",
            TarZstd,
            one(bombs::zstd_with_large_window()),
            "archive_window_too_large",
        ),
    ]
}

/// The same from the packers of which a stream may ask for much memory.
fn hungry_bombs() -> Vec<Bomb> {
    use ArchiveFormat::{TarBzip2, TarXz};
    vec![
        bomb(
            "10 GB of zeros in a tar.bz2",
            TarBzip2,
            one(bombs::bzip2_of_zeros(10 << 30)),
            "archive_unpacked_ratio",
        ),
        bomb(
            "10 GB of zeros in a tar.xz",
            TarXz,
            one(bombs::xz_of_zeros(10 << 30)),
            "archive_unpacked_ratio",
        ),
        bomb(
            "a dictionary of 1 GiB",
            TarXz,
            one(bombs::xz_with_large_dictionary()),
            "archive_window_too_large",
        ),
        bomb(
            "dictionaries of 64 MiB within each other",
            TarXz,
            one(bombs::xz_in_xz()),
            "archive_window_too_large",
        ),
    ]
}

/// Much is said about little.
fn listing_bombs() -> Vec<Bomb> {
    use ArchiveFormat::{Tar, TarBzip2, TarGzip, TarXz, Zip};
    vec![
        bomb(
            "every record for one entry",
            Zip,
            one(bombs::full_overlap(60_000)),
            "archive_zip_directory_mismatch",
        ),
        // What is quoted looks like a zip within the zip, and is none.
        bomb(
            "entries that quote the next one",
            Zip,
            one(bombs::quoted_overlap(60, false)),
            "archive_corrupt",
        ),
        bomb(
            "entries that quote the next one behind a letter",
            Zip,
            one(bombs::quoted_overlap(60, true)),
            "archive_zip_directory_mismatch",
        ),
        bomb(
            "70,000 entries in a zip",
            Zip,
            one(bombs::zip_of_many(70_000)),
            "archive_too_many_entries",
        ),
        bomb(
            "70,000 entries in a tar",
            Tar,
            one(bombs::tar_of_many(70_000)),
            "archive_too_many_entries",
        ),
        bomb(
            "a long name of 8 GiB",
            Tar,
            bombs::endless(bombs::long_name_header(), 64),
            "archive_metadata_too_large",
        ),
        bomb(
            "no end of empty gzip members",
            TarGzip,
            one(bombs::empty_members(1_000_000)),
            "archive_truncated",
        ),
        bomb(
            "no end of empty bzip2 streams",
            TarBzip2,
            one(bombs::empty_bzip2_streams(50_000)),
            "archive_truncated",
        ),
        bomb(
            "no end of empty xz streams",
            TarXz,
            one(bombs::empty_xz_streams(500_000)),
            "archive_truncated",
        ),
        bomb(
            "no end of global pax records",
            TarGzip,
            one(bombs::global_records(200_000)),
            "archive_unpacked_ratio",
        ),
        bomb(
            "the longest names that are allowed",
            Zip,
            one(bombs::long_names(10_000)),
            "sound",
        ),
    ]
}
