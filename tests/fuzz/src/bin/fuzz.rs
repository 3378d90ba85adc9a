//! Targets without libFuzzer: `fuzz list`, `fuzz run TARGET INPUTS [SERIES]`, `fuzz replay TARGET FILE...`.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program of tests, which prints what it found"
)]

use std::process::ExitCode;

use fuzz_tests::{Figures, TARGETS, Target, engine};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["list"] => TARGETS.iter().for_each(|target| println!("{}", target.name)),
        ["run", name, inputs, series @ ..] => {
            let (Some(target), Ok(inputs)) = (Target::named(name), inputs.parse()) else {
                return usage();
            };
            let series = series.first().and_then(|series| series.parse().ok()).unwrap_or(0);
            let ran = engine::run(target, series, inputs);
            let per_second = u128::from(ran.inputs) * 1_000_000 / ran.elapsed.as_micros().max(1);
            println!(
                "{name}: {} inputs, {per_second} a second, slowest {:.1?}, memory {} KiB",
                ran.inputs,
                ran.figures.slowest(),
                ran.figures.peak_bytes() >> 10
            );
        }
        ["replay", name, files @ ..] => {
            let Some(target) = Target::named(name) else {
                return usage();
            };
            let figures = Figures::new();
            for file in files {
                target.run(&std::fs::read(file).unwrap(), &figures);
                println!("{name}: {file} keeps every property");
            }
        }
        _ => return usage(),
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    println!("Usage: fuzz list | fuzz run TARGET INPUTS [SERIES] | fuzz replay TARGET FILE...");
    println!("Targets: {}", names.join(", "));
    ExitCode::from(2)
}
