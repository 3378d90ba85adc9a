//! Some 100,000 inputs over all targets, the same in every run. `scripts/fuzz` runs for longer, and other ones.

use std::panic::catch_unwind;

use fuzz_tests::{TARGETS, Target, engine};

/// One test, since memory is counted for the whole process.
#[test]
fn every_target_keeps_its_properties() {
    for target in TARGETS {
        let ran = engine::run(target, 0, target.short_runs);
        println!(
            "{}: {} inputs in {:.1?}, slowest {:.1?}, memory {} KiB",
            target.name,
            ran.inputs,
            ran.elapsed,
            ran.figures.slowest(),
            ran.figures.peak_bytes() >> 10
        );
    }
    a_broken_property_is_found();
}

/// A target with a defect that only one word and one changed byte show, and one that takes too much memory.
fn a_broken_property_is_found() {
    let target = |check: fn(&[u8])| Target {
        name: "broken",
        check,
        seeds: || vec![b"a seed".to_vec()],
        words: &[b"magic"],
        input_bytes_max: 100,
        memory_bytes_max: 1 << 20,
        short_runs: 0,
    };
    let fails = |check: fn(&[u8])| catch_unwind(|| engine::run(&target(check), 0, 20_000)).is_err();
    assert!(!fails(|input| assert!(input.len() <= 100)));
    assert!(fails(|input| assert!(
        !input.windows(6).any(|word| word == b"magic\x80")
    )));
    assert!(fails(|input| drop(vec![1u8; input.len() << 18])));
}
