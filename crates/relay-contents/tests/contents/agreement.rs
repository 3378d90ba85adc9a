//! Verdicts on whole packages beside those of frictionless-py, the standard's own tool, which made them: `agreement.py`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::read;

/// The variable that names a Python with frictionless; `scripts/lib.sh` makes one.
const PYTHON_VARIABLE: &str = "HYBRID_FRICTIONLESS_PYTHON";
/// Below what the script makes: that the comparison does not shrink to nothing unnoticed.
const CASES_MIN: usize = 400;

/// Where the verdicts differ: the damage, whether frictionless-py finds the package valid, the rule that decides here, why.
const DIFFERENCES: &[(&str, bool, Option<&str>, &str)] = &[
    (
        "below",
        true,
        Some("package_rows_invalid"),
        "An integer of 25 digits does not fit the 64 bits of a column, and is not made another number.",
    ),
    (
        "drop_line",
        true,
        Some("package_key_malformed"),
        "A primary key whose only field was lost is an empty list, which names no field of the schema.",
    ),
];

#[test]
fn verdicts_on_whole_packages_agree_with_frictionless_py() {
    #[expect(clippy::disallowed_methods, reason = "scripts/test says where it installed it")]
    let python = std::env::var(PYTHON_VARIABLE);
    let python = python.unwrap_or_else(|_| {
        panic!("{PYTHON_VARIABLE} is not set: run scripts/test, which installs frictionless and sets it")
    });
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("made-by-frictionless");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contents/agreement.py");
    let output = Command::new(&python)
        .arg(script)
        .arg(&folder)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap_or_else(|error| panic!("{python} could not be started: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "agreement.py ended with {}:\n{said}",
        output.status
    );
    let cases: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(cases.len() >= CASES_MIN, "{} cases", cases.len());

    let mut unexplained = Vec::new();
    let mut met = vec![0; DIFFERENCES.len()];
    let mut counts: BTreeMap<&str, [u32; 2]> = BTreeMap::new();
    for case in &cases {
        let (file, damage) = (case["file"].as_str().unwrap(), case["damage"].as_str().unwrap());
        let theirs = case["valid"].as_bool().unwrap();
        let outcome = read(file, &std::fs::read(folder.join(file)).unwrap());
        assert!(outcome.archive().data_package.is_some(), "{file} is a Data Package");
        let ours = outcome.contents.quarantine.is_none();
        counts.entry(damage).or_default()[usize::from(ours)] += 1;
        if ours == theirs {
            continue;
        }
        let rule = outcome
            .contents
            .quarantine
            .as_ref()
            .and_then(|reason| reason.rule.as_deref());
        let listed = DIFFERENCES
            .iter()
            .position(|(of, valid, by, _)| *of == damage && *valid == theirs && *by == rule);
        match listed {
            Some(listed) => met[listed] += 1,
            None => unexplained.push(format!(
                "{file} {damage}: theirs {theirs} {}, ours {rule:?}",
                case["errors"]
            )),
        }
    }
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    let unmet: Vec<_> = DIFFERENCES.iter().zip(&met).filter(|(_, met)| **met == 0).collect();
    assert!(unmet.is_empty(), "listed and met by nobody: {unmet:?}");
    // What is not damaged passes, and each of these is noticed every time.
    assert_eq!(counts["none"][0], 0, "{counts:?}");
    for damage in [
        "flip",
        "remove",
        "rename",
        "truncate",
        "wrong_type",
        "twice",
        "without_key",
        "more_cells",
        "fewer_cells",
    ] {
        assert_eq!(counts[damage][1], 0, "{damage}: {counts:?}");
    }
    let _ = std::fs::remove_dir_all(&folder);
}
