//! Seeds changed by chance: which input comes of which number is the same on every machine, and needs no input before it.

use std::time::{Duration, Instant};

use crate::random::Random;
use crate::target::{Figures, Target};

/// The most changes that are made to one seed.
const CHANGES_MAX: usize = 6;
/// The longest piece that is copied or taken out, in bytes.
const PIECE_BYTES_MAX: usize = 64;
/// Numbers at which programs that count tend to be wrong.
const NUMBERS: [u64; 12] = [
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0xffff_ffff,
    0x7fff_ffff_ffff_ffff,
    u64::MAX,
];

/// What a run of many inputs showed.
#[derive(Debug)]
pub struct Ran {
    /// How many inputs.
    pub inputs: u64,
    /// How long all of them took.
    pub elapsed: Duration,
    /// The most that one took.
    pub figures: Figures,
}

/// Checks the seeds of a target, and then inputs `0..runs` of the series that `seed` starts.
///
/// The panic of a broken property names target, series and number; [`input`] makes that input again.
pub fn run(target: &Target, seed: u64, runs: u64) -> Ran {
    let seeds = (target.seeds)();
    let figures = Figures::new();
    let start = Instant::now();
    for (number, bytes) in seeds.iter().enumerate() {
        let _told = Told {
            target: target.name,
            what: format!("seed {number}"),
        };
        target.run(bytes, &figures);
    }
    for number in 0..runs {
        let _told = Told {
            target: target.name,
            what: format!("input {number} of series {seed}"),
        };
        target.run(&changed(target, &seeds, seed, number), &figures);
    }
    Ran {
        inputs: seeds.len() as u64 + runs,
        elapsed: start.elapsed(),
        figures,
    }
}

/// Input `number` of the series that `seed` starts.
pub fn input(target: &Target, seed: u64, number: u64) -> Vec<u8> {
    changed(target, &(target.seeds)(), seed, number)
}

/// Says, while a panic passes by, which input it was.
struct Told {
    target: &'static str,
    what: String,
}

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            use std::io::Write as _;
            // Nobody is left to tell when standard error is gone.
            let _ = writeln!(std::io::stderr(), "target {}: {}", self.target, self.what);
        }
    }
}

fn changed(target: &Target, seeds: &[Vec<u8>], seed: u64, number: u64) -> Vec<u8> {
    let mut random = Random::new(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ number.wrapping_mul(0x9e37_79b9));
    let mut bytes = random.pick(seeds).clone();
    for _ in 0..=random.below(CHANGES_MAX) {
        change(&mut bytes, target, seeds, &mut random);
    }
    bytes.truncate(target.input_bytes_max);
    bytes
}

fn change(bytes: &mut Vec<u8>, target: &Target, seeds: &[Vec<u8>], random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    let end = bytes.len().min(at + 1 + random.below(PIECE_BYTES_MAX));
    match random.below(10) {
        0 | 1 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        2 if at < bytes.len() => bytes[at] = random.bits() as u8,
        3 => drop(bytes.drain(at..end)),
        4 => {
            let piece = bytes[at..end].to_vec();
            let to = random.below(bytes.len() + 1);
            drop(bytes.splice(to..to, piece));
        }
        5 => {
            let number = random.pick(&NUMBERS).to_le_bytes();
            let length = 1 << random.below(4);
            overwrite(bytes, at, &number[..length]);
        }
        6 if !target.words.is_empty() => {
            let word = *random.pick(target.words);
            drop(bytes.splice(at..at, word.iter().copied()));
        }
        7 if !target.words.is_empty() => {
            let word: &&[u8] = random.pick(target.words);
            overwrite(bytes, at, word);
        }
        8 => {
            // The end of another one.
            let other = random.pick(seeds);
            let from = random.below(other.len() + 1);
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        9 => bytes.truncate(at),
        _ => bytes.insert(at, random.bits() as u8),
    }
}

fn overwrite(bytes: &mut Vec<u8>, at: usize, with: &[u8]) {
    let end = bytes.len().min(at + with.len());
    drop(bytes.splice(at..end, with.iter().copied()));
}
