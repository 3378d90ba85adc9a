//! What the engines start from: archives and decisions. Made by code, so that nobody has to trust a file of bytes.

use relay_testing::bombs;

use crate::choices::Choices;
use crate::made;
use crate::random::Random;

/// How many strings of decisions are seeds, and how long each is, in bytes.
const DECISIONS: u64 = 48;
const DECISION_BYTES: usize = 160;

/// Strings of decisions, the first of which decides nothing.
pub fn decisions() -> Vec<Vec<u8>> {
    let mut seeds = vec![Vec::new(), vec![5; 40]];
    for seed in 0..DECISIONS {
        let mut random = Random::new(seed);
        // Rarely rare: a lie in each of several places hides the others.
        let byte = |random: &mut Random| random.bits() as u8 & if seed % 3 == 0 { 0xff } else { 0xef };
        seeds.push((0..DECISION_BYTES).map(|_| byte(&mut random)).collect());
    }
    seeds
}

/// Zips: one of each form, small bombs, and what decisions make.
pub fn zips() -> Vec<Vec<u8>> {
    let mut seeds = vec![
        bombs::zip_quine(),
        bombs::zip_in_itself(4),
        bombs::full_overlap(3),
        bombs::quoted_overlap(3, true),
        bombs::quoted_overlap(3, false),
        bombs::zip_of_many(5),
        bombs::zip_of_zeros(1 << 20),
    ];
    seeds.extend(
        decisions()
            .iter()
            .map(|bytes| made::zip::make(&mut Choices::new(bytes), 0)),
    );
    small(seeds)
}

/// Tars: one of each form, small bombs, and what decisions make.
pub fn tars() -> Vec<Vec<u8>> {
    let mut seeds = vec![
        bombs::tar_of_many(3),
        bombs::long_name_header(),
        bombs::tar_header("a", 10 << 30),
    ];
    seeds.extend(
        decisions()
            .iter()
            .map(|bytes| made::tar::make(&mut Choices::new(bytes), 0)),
    );
    small(seeds)
}

/// A tar in two members, frames or streams, with what may be between.
pub fn in_two() -> Vec<Vec<u8>> {
    let tar = made::tar::make(&mut Choices::new(&[3, 0, 0, 0, 0, 0]), 0);
    let (first, second) = tar.split_at(tar.len() / 2);
    let between: [&[u8]; 4] = [b"", b"\x50\x2a\x4d\x18\x03\0\0\0abc", b"", b"\0\0\0\0"];
    let parts = made::PACKERS.into_iter().zip(between);
    parts
        .map(|(pack, between)| [&pack(first), between, &pack(second)].concat())
        .collect()
}

/// Without those that are longer than what is fuzzed, and without doubles.
fn small(mut seeds: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    const SEED_BYTES_MAX: usize = 6_000;
    seeds.retain(|seed| seed.len() <= SEED_BYTES_MAX);
    seeds.sort();
    seeds.dedup();
    seeds
}
