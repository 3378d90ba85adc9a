//! docs/BAGIT.md is made of the requirements, and the requirements are held against the rules and the tests, so that the
//! table cannot say what is not so.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use relay_bagit::BagRule;

use crate::requirements::{self, Answer, Requirement};
use crate::requirements_of_tags;

const DOCUMENT: &str = include_str!("../../../../docs/BAGIT.md");
const BEGIN: &str = "<!-- The table begins. It is made by the tests of relay-bagit. -->\n";
const END: &str = "<!-- The table ends. -->\n";
const SOURCES: &[&str] = &[
    include_str!("agreement.rs"),
    include_str!("declaration.rs"),
    include_str!("encodings.rs"),
    include_str!("facts.rs"),
    include_str!("fetching.rs"),
    include_str!("findings.rs"),
    include_str!("layout.rs"),
    include_str!("manifests.rs"),
    include_str!("metadata.rs"),
    include_str!("properties.rs"),
    include_str!("tag_manifests.rs"),
];

fn requirements() -> impl Iterator<Item = &'static Requirement> {
    requirements::REQUIREMENTS
        .iter()
        .chain(requirements_of_tags::REQUIREMENTS)
}

fn rules(requirement: &Requirement) -> &'static [BagRule] {
    match requirement.answer {
        Answer::Rules(rules) => rules,
        Answer::Kept | Answer::NotJudged(_) => &[],
    }
}

/// The body of a test; nothing if there is no test of this name.
fn body(test: &str) -> Option<&'static str> {
    SOURCES.iter().find_map(|source| {
        let start = source.find(&format!("fn {test}("))?;
        let (before, rest) = source.split_at(start);
        let is_test = before.trim_end().ends_with("#[test]");
        // Up to the next test or the end of the file: a body and the helpers behind it.
        is_test.then(|| rest.split("#[test]").next().unwrap_or(rest))
    })
}

fn table() -> String {
    let mut table = String::from("| section | requirement | rule | tests |\n|---|---|---|---|\n");
    for requirement in requirements() {
        let answer = match requirement.answer {
            Answer::Kept => "kept".to_owned(),
            Answer::NotJudged(why) => format!("not judged: {why}"),
            Answer::Rules(rules) => rules.iter().map(|rule| weighed(*rule)).collect::<Vec<_>>().join(", "),
        };
        let tests: Vec<String> = requirement.tests.iter().map(|test| format!("`{test}`")).collect();
        let Requirement { section, says, .. } = requirement;
        writeln!(table, "| {section} | {says} | {answer} | {} |", tests.join(", ")).unwrap();
    }
    table
}

fn weighed(rule: BagRule) -> String {
    let (now, before) = (rule.severity(true).name(), rule.severity(false).name());
    if now == before {
        format!("`{rule}` ({now})")
    } else {
        format!("`{rule}` ({now}; before 1.0 {before})")
    }
}

#[test]
fn every_rule_answers_a_requirement() {
    let answered: BTreeSet<BagRule> = requirements().flat_map(rules).copied().collect();
    let unanswered: Vec<&BagRule> = BagRule::ALL.iter().filter(|rule| !answered.contains(rule)).collect();
    assert!(unanswered.is_empty(), "in no requirement: {unanswered:?}");
}

#[test]
fn every_requirement_is_shown_by_tests_that_exist() {
    for requirement in requirements() {
        let bodies: Vec<&str> = requirement
            .tests
            .iter()
            .map(|test| body(test).unwrap_or_else(|| panic!("there is no test {test}")))
            .collect();
        let is_judged = !matches!(requirement.answer, Answer::NotJudged(_));
        assert_eq!(is_judged, !bodies.is_empty(), "{requirement:?}");
        for rule in rules(requirement) {
            let name = format!("BagRule::{rule:?}");
            let is_asserted = |body: &str| {
                let mut places = body.match_indices(&name).map(|(at, _)| &body[at + name.len()..]);
                places.any(|rest| !rest.starts_with(char::is_alphanumeric))
            };
            assert!(
                bodies.iter().any(|body| is_asserted(body)),
                "no test of {requirement:?} names {name}"
            );
        }
    }
}

#[test]
fn the_table_in_the_documentation_is_current() {
    let (head, rest) = DOCUMENT.split_once(BEGIN).unwrap();
    let (found, tail) = rest.split_once(END).unwrap();
    let table = table();
    if found != table {
        let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("BAGIT.md");
        std::fs::write(&made, format!("{head}{BEGIN}{table}{END}{tail}")).unwrap();
        panic!("docs/BAGIT.md is not current: copy {} over it", made.display());
    }
}
