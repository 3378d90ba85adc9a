//! Our verdicts beside those of bagit, the Library of Congress's own tool: the same bags, made and damaged by
//! `agreement.py`. Where the two differ, `differences.rs` says why; a difference that it does not list is a failure, and
//! so is one that it lists and nobody meets.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use relay_bagit::{BagRule, BagVerdict, Outcome, Severity};
use serde::Deserialize;

use crate::bag::{Bag, judge};
use crate::differences::{DIFFERENCES, Difference};

/// The variable that names a Python with the packages of the tests; `scripts/lib.sh` makes one.
const PYTHON_VARIABLE: &str = "HYBRID_TEST_PYTHON";
/// Far below what the script makes: that the comparison does not shrink to nothing unnoticed.
const CASES_MIN: usize = 1_000;
const CASES_OF_EACH_VERDICT_MIN: usize = 400;

#[derive(Debug, Deserialize)]
struct Case {
    folder: String,
    base: String,
    version: String,
    damage: String,
    seal: String,
    valid: bool,
    why: String,
}

fn python() -> String {
    #[expect(clippy::disallowed_methods, reason = "scripts/test says where it installed it")]
    let python = std::env::var(PYTHON_VARIABLE);
    python
        .unwrap_or_else(|_| panic!("{PYTHON_VARIABLE} is not set: run scripts/test, which installs bagit and sets it"))
}

fn cases(folder: &Path) -> Vec<Case> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bagit/agreement.py");
    let python = python();
    let output = Command::new(&python)
        .arg(script)
        .arg(folder)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap_or_else(|error| panic!("{python} could not be started: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "agreement.py ended with {}:\n{said}",
        output.status
    );
    serde_json::from_slice(&std::fs::read(folder.join("cases.json")).unwrap()).unwrap()
}

fn read(folder: &Path) -> Bag {
    let mut bag = Bag::bare("1.0");
    bag.files.clear();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let entry = entry.unwrap();
            let path = entry.path();
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            if entry.file_type().unwrap().is_dir() {
                bag.directories.push(name);
                folders.push(path);
            } else {
                bag.put(&name, std::fs::read(path).unwrap());
            }
        }
    }
    bag
}

/// The verdict, or nothing if this is no bag at all.
fn ours(folder: &Path) -> Option<BagVerdict> {
    let bag = read(folder);
    bag.tags().map(|tags| judge(&tags, &bag))
}

fn is_about(difference: &Difference, case: &Case) -> bool {
    let is_among = |listed: &[&str], what: &str| listed.is_empty() || listed.contains(&what);
    is_among(difference.damages, &case.damage)
        && is_among(difference.bases, &case.base)
        && is_among(difference.versions, &case.version)
}

/// The differences that explain the case, or what remains to be explained.
fn explain(case: &Case, verdict: Option<&BagVerdict>) -> Result<Vec<usize>, String> {
    let is_valid = verdict.is_some_and(|verdict| verdict.outcome != Outcome::Invalid);
    if is_valid == case.valid {
        return Ok(Vec::new());
    }
    let about = |stricter: Option<BagRule>| {
        let listed = DIFFERENCES.iter().enumerate();
        listed
            .filter(move |(_, difference)| difference.stricter == stricter && is_about(difference, case))
            .map(|(index, _)| index)
            .collect::<Vec<usize>>()
    };
    if is_valid {
        let found = about(None);
        return if found.is_empty() {
            Err(format!("bagit refuses it: {}", case.why))
        } else {
            Ok(found)
        };
    }
    let verdict = verdict.ok_or("bagit accepts it, and we do not take it for a bag")?;
    let errors = verdict
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    let rules: BTreeSet<BagRule> = errors.map(|finding| finding.rule).collect();
    let mut used = Vec::new();
    for rule in rules {
        let found = about(Some(rule));
        if found.is_empty() {
            return Err(format!("bagit accepts it, we do not: {rule}"));
        }
        used.extend(found);
    }
    Ok(used)
}

#[test]
fn verdicts_agree_with_the_library_of_congress() {
    let folder = tempfile::tempdir().unwrap();
    let cases = cases(folder.path());
    let mut used = BTreeSet::new();
    let mut unexplained = Vec::new();
    for case in &cases {
        assert!(
            case.valid || case.damage != "none",
            "bagit refuses what it made: {case:?}"
        );
        match explain(case, ours(&folder.path().join(&case.folder)).as_ref()) {
            Ok(differences) => used.extend(differences),
            Err(why) => unexplained.push(format!(
                "{} {} {} {}: {why}",
                case.base, case.version, case.damage, case.seal
            )),
        }
    }
    assert!(
        unexplained.is_empty(),
        "{} cases:\n{}",
        unexplained.len(),
        unexplained.join("\n")
    );
    let unused: Vec<&Difference> = (0..)
        .zip(DIFFERENCES)
        .filter(|(index, _)| !used.contains(index))
        .map(|(_, difference)| difference)
        .collect();
    assert!(unused.is_empty(), "listed, and met by no case: {unused:#?}");
    let valid = cases.iter().filter(|case| case.valid).count();
    assert!(cases.len() >= CASES_MIN, "{} cases", cases.len());
    assert!(
        valid >= CASES_OF_EACH_VERDICT_MIN && cases.len() - valid >= CASES_OF_EACH_VERDICT_MIN,
        "{valid} valid"
    );
}
