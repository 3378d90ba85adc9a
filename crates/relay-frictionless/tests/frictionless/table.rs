//! `docs/DATA_PACKAGES.md` is made of the requirements, and the requirements are held against the rules and the tests, so
//! that the table cannot say what is not so.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use relay_frictionless::{CellRule, PackageRule};

use crate::requirements::{self, Requirement};
use crate::requirements_of_tables;

const DOCUMENT: &str = include_str!("../../../../docs/DATA_PACKAGES.md");
const BEGIN: &str = "<!-- The table begins. It is made by the tests of relay-frictionless. -->\n";
const END: &str = "<!-- The table ends. -->\n";
const SOURCES: &[&str] = &[
    include_str!("cells.rs"),
    include_str!("constraints.rs"),
    include_str!("descriptors.rs"),
    include_str!("headers.rs"),
    include_str!("keys.rs"),
    include_str!("places.rs"),
    include_str!("properties.rs"),
    include_str!("resources.rs"),
    include_str!("schemas.rs"),
    include_str!("times.rs"),
    include_str!("../../../relay-contents/tests/contents/data_packages.rs"),
];

fn requirements() -> impl Iterator<Item = &'static Requirement> {
    requirements::REQUIREMENTS
        .iter()
        .chain(requirements_of_tables::REQUIREMENTS)
}

/// The body of a test; nothing if there is no test of this name.
fn body(test: &str) -> Option<&'static str> {
    SOURCES.iter().find_map(|source| {
        let start = source.find(&format!("fn {test}("))?;
        let (before, rest) = source.split_at(start);
        let is_test = before.trim_end().ends_with("#[test]");
        is_test.then(|| rest.split("#[test]").next().unwrap_or(rest))
    })
}

/// Whether a body names a variant, as a whole word.
fn names(body: &str, variant: &str) -> bool {
    let mut places = body
        .match_indices(variant)
        .map(|(at, _)| (&body[..at], &body[at + variant.len()..]));
    places.any(|(before, rest)| !before.ends_with(char::is_alphanumeric) && !rest.starts_with(char::is_alphanumeric))
}

fn table() -> String {
    let mut table = String::from("| page, property | requirement | rule | tests |\n|---|---|---|---|\n");
    for Requirement {
        page,
        says,
        rules,
        cells,
        tests,
    } in requirements()
    {
        let rules = rules
            .iter()
            .map(|rule| format!("`{rule}` ({})", rule.severity().name()));
        let cells = cells.iter().map(|rule| format!("cell: `{rule}`"));
        let mut answers: Vec<String> = rules.chain(cells).collect();
        if answers.is_empty() {
            answers.push("kept".to_owned());
        }
        let tests: Vec<String> = tests.iter().map(|test| format!("`{test}`")).collect();
        writeln!(
            table,
            "| {page} | {says} | {} | {} |",
            answers.join(", "),
            tests.join(", ")
        )
        .unwrap();
    }
    table
}

#[test]
fn every_rule_answers_a_requirement() {
    let rules: BTreeSet<PackageRule> = requirements().flat_map(|one| one.rules).copied().collect();
    let missing: Vec<_> = PackageRule::ALL.iter().filter(|rule| !rules.contains(rule)).collect();
    assert!(missing.is_empty(), "in no requirement: {missing:?}");
    let cells: BTreeSet<CellRule> = requirements().flat_map(|one| one.cells).copied().collect();
    let missing: Vec<_> = CellRule::ALL.iter().filter(|rule| !cells.contains(rule)).collect();
    assert!(missing.is_empty(), "in no requirement: {missing:?}");
}

#[test]
fn every_requirement_is_shown_by_tests_that_exist() {
    for requirement in requirements() {
        let tests = requirement.tests.iter();
        let bodies: Vec<&str> = tests
            .map(|test| body(test).unwrap_or_else(|| panic!("there is no test {test}")))
            .collect();
        assert!(!bodies.is_empty(), "{requirement:?}");
        // Tests of whole packages know the rules by the names that programs see.
        let rules = requirement
            .rules
            .iter()
            .map(|rule| [format!("{rule:?}"), rule.name().to_owned()]);
        let cells = requirement
            .cells
            .iter()
            .map(|rule| [format!("CellRule::{rule:?}"), format!("({rule})")]);
        for spellings in rules.chain(cells) {
            let is_named = |body: &&str| spellings.iter().any(|spelling| names(body, spelling));
            assert!(
                bodies.iter().any(is_named),
                "no test of {requirement:?} names {}",
                spellings[0]
            );
        }
    }
}

#[test]
fn names_of_rules_are_their_own_and_sentences_end() {
    let names: BTreeSet<&str> = PackageRule::ALL.iter().map(|rule| rule.name()).collect();
    assert_eq!(names.len(), PackageRule::ALL.len());
    for rule in PackageRule::ALL {
        assert!(
            rule.name().starts_with("package_") && rule.rule().ends_with('.') && rule.remedy().ends_with('.'),
            "{rule}"
        );
    }
}

#[test]
fn the_table_in_the_documentation_is_current() {
    let (head, rest) = DOCUMENT.split_once(BEGIN).unwrap();
    let (found, tail) = rest.split_once(END).unwrap();
    let table = table();
    if found != table {
        let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("DATA_PACKAGES.md");
        std::fs::write(&made, format!("{head}{BEGIN}{table}{END}{tail}")).unwrap();
        panic!("docs/DATA_PACKAGES.md is not current: copy {} over it", made.display());
    }
}
