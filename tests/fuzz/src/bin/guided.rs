//! A target under libFuzzer, which keeps the inputs that take a new path through the code. `scripts/fuzz` builds and runs it.
//!
//! `FUZZ_TARGET` names the target; with `list` they are printed. With `FUZZ_SEEDS` nothing is fuzzed: the seeds are written to that folder, the words to the
//! file beside it that ends in `.dict`.

#![no_main]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program of tests, told by its environment what to do, since libFuzzer takes the command line"
)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::OnceLock;

use fuzz_tests::{Figures, TARGETS, Target};
use libfuzzer_sys::fuzz_target;

static CHOSEN: OnceLock<&Target> = OnceLock::new();
static FIGURES: Figures = Figures::new();

fuzz_target!(init: choose(), |input: &[u8]| {
    let target = CHOSEN.get().expect("chosen before the first input");
    if target.run(input, &FIGURES) {
        // The last of these lines has what the script reports.
        let (slowest, peak) = (FIGURES.slowest().as_micros(), FIGURES.peak_bytes());
        let _ = writeln!(std::io::stderr(), "figures: slowest {slowest} us, memory {peak} bytes");
    }
});

fn choose() {
    let names = || TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(", ");
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    if name == "list" {
        TARGETS.iter().for_each(|target| println!("{}", target.name));
        std::process::exit(0);
    }
    let target = Target::named(&name).unwrap_or_else(|| panic!("FUZZ_TARGET is '{name}', not one of {}", names()));
    if let Some(folder) = std::env::var_os("FUZZ_SEEDS") {
        write_seeds(target, Path::new(&folder));
        std::process::exit(0);
    }
    CHOSEN.get_or_init(|| target);
}

fn write_seeds(target: &Target, folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    for (number, seed) in (target.seeds)().iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{number:03}")), seed).unwrap();
    }
    let mut words = String::new();
    for word in target.words {
        let escaped: String = word.iter().fold(String::new(), |mut escaped, byte| {
            let _ = write!(escaped, "\\x{byte:02x}");
            escaped
        });
        let _ = writeln!(words, "\"{escaped}\"");
    }
    std::fs::write(folder.with_extension("dict"), words).unwrap();
    std::fs::write(folder.with_extension("length"), target.input_bytes_max.to_string()).unwrap();
}
