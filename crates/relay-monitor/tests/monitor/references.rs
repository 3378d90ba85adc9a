//! Every reference has its source: published.json holds what AWS and NIST publish, copied from their pages as printed.

use std::collections::{BTreeMap, BTreeSet};

use relay_monitor::{CHECKS, Check, Controls, NistSource, Severity, UNREAD_LIST_CONTROLS, security_hub_address};
use serde::Deserialize;

/// "Compliance", AWS Security Hub API Reference: the most related requirements of a finding.
const REQUIREMENTS_MAX: usize = 32;
/// The longest of them, in characters; what is longer is hard to read in a list.
const REQUIREMENT_CHARACTERS_MAX: usize = 64;
const NIST: &str = "NIST.800-53.r5 ";
const CIS: [&str; 2] = [
    "CIS AWS Foundations Benchmark v3.0.0/",
    "CIS AWS Foundations Benchmark v5.0.0/",
];

#[derive(Deserialize)]
struct Published {
    security_hub: SecurityHub,
    cis: Cis,
    config: ConfigMapping,
    nist: NistText,
}

#[derive(Deserialize)]
struct SecurityHub {
    pages: Vec<Page>,
}

#[derive(Deserialize)]
struct Page {
    title: String,
    address: String,
    controls: Vec<HubControl>,
}

#[derive(Deserialize)]
struct HubControl {
    id: String,
    title: String,
    severity: Severity,
    // Whether AWS Foundational Security Best Practices v1.0.0 has it.
    foundational: bool,
    // The line of related requirements, as printed.
    related: String,
}

impl HubControl {
    fn related(&self, catalogue: &str) -> BTreeSet<&str> {
        let requirements = self.related.split(", ");
        requirements
            .filter_map(|requirement| requirement.strip_prefix(catalogue))
            .collect()
    }
}

#[derive(Deserialize)]
struct Cis {
    rows: BTreeMap<String, CisRow>,
}

#[derive(Deserialize)]
struct CisRow {
    #[serde(rename = "v3.0.0")]
    v3: String,
    #[serde(rename = "v5.0.0")]
    v5: String,
}

#[derive(Deserialize)]
struct ConfigMapping {
    rules: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Deserialize)]
struct NistText {
    controls: BTreeMap<String, String>,
}

fn published() -> Published {
    serde_json::from_str(include_str!("published.json")).unwrap()
}

impl Published {
    fn controls(&self) -> impl Iterator<Item = &HubControl> {
        self.security_hub.pages.iter().flat_map(|page| &page.controls)
    }

    // Those that a check names.
    fn named(&self, check: &Check) -> Vec<&HubControl> {
        hub_ids(&check.controls)
            .map(|id| {
                let found = self.controls().find(|control| control.id == id);
                found.unwrap_or_else(|| panic!("{}: no source has {id}", check.id))
            })
            .collect()
    }
}

fn hub_ids(controls: &Controls) -> impl Iterator<Item = &'static str> {
    controls.fsbp.iter().chain(controls.security_hub).copied()
}

fn set<'a>(controls: &[&'a str]) -> BTreeSet<&'a str> {
    let set: BTreeSet<&str> = controls.iter().copied().collect();
    assert_eq!(set.len(), controls.len(), "named twice: {controls:?}");
    set
}

#[test]
fn references_to_nist_are_those_of_their_source() {
    let published = published();
    let is_text = |controls: &[&str]| controls.iter().all(|id| published.nist.controls.contains_key(*id));
    for check in &CHECKS {
        let nist = set(check.controls.nist);
        let named = published.named(check);
        let listed: BTreeSet<&str> = named.iter().flat_map(|control| control.related(NIST)).collect();
        match check.controls.nist_source {
            NistSource::SecurityHub => assert_eq!(nist, listed, "{}", check.id),
            NistSource::ConfigRule(rule) => {
                assert_eq!(listed, BTreeSet::new(), "{}: Security Hub has more to say", check.id);
                let rows = published.config.rules.get(rule);
                let rows = rows.unwrap_or_else(|| panic!("{}: no source has {rule}", check.id));
                assert!(nist.iter().all(|id| rows.contains(*id)), "{}: {nist:?}", check.id);
            }
            NistSource::Publication => {
                assert_eq!(named.len(), 0, "{}: Security Hub has more to say", check.id);
                assert!(is_text(check.controls.nist), "{}: {nist:?}", check.id);
            }
        }
    }
    assert_eq!(UNREAD_LIST_CONTROLS.nist_source, NistSource::Publication);
    assert!(is_text(UNREAD_LIST_CONTROLS.nist));
}

#[test]
fn references_to_cis_are_those_of_the_comparison_of_its_versions() {
    let published = published();
    for check in &CHECKS {
        let rows = hub_ids(&check.controls).filter_map(|id| published.cis.rows.get(id));
        let (v3, v5): (BTreeSet<&str>, BTreeSet<&str>) = rows.map(|row| (row.v3.as_str(), row.v5.as_str())).unzip();
        assert_eq!(
            (set(check.controls.cis_v3), set(check.controls.cis_v5)),
            (v3, v5),
            "{}",
            check.id
        );
    }
    // The pages of the controls say the same, one misprint apart: S3.8's has no slash after v3.0.0.
    let mut told_once = Vec::new();
    for control in published.controls() {
        let row = published.cis.rows.get(&control.id);
        let expected = row.map_or([None, None], |row| [Some(row.v3.as_str()), Some(row.v5.as_str())]);
        for (version, expected) in CIS.into_iter().zip(expected) {
            let printed: Vec<&str> = control.related(version).into_iter().collect();
            if printed != expected.into_iter().collect::<Vec<_>>() {
                assert!(printed.is_empty(), "{}: {printed:?}", control.id);
                told_once.push((control.id.as_str(), version));
            }
        }
    }
    assert_eq!(told_once, [("S3.8", CIS[0])]);
}

#[test]
fn controls_of_security_hub_are_where_they_are_said_to_be() {
    let published = published();
    for check in &CHECKS {
        for control in published.named(check) {
            let is_said = check.controls.fsbp.contains(&control.id.as_str());
            assert_eq!(is_said, control.foundational, "{} {}", check.id, control.id);
        }
    }
    let mut pages = BTreeSet::new();
    for page in &published.security_hub.pages {
        assert!(pages.insert(&page.address) && page.title.starts_with("Security Hub CSPM controls for "));
        for control in &page.controls {
            assert!(!control.title.is_empty());
            let address = format!("{}#{}", page.address, control.id.to_lowercase().replace('.', "-"));
            assert_eq!(security_hub_address(&control.id), Some(address));
        }
    }
    assert_eq!(security_hub_address("S3"), None);
}

#[test]
fn nothing_is_copied_that_no_check_refers_to() {
    let published = published();
    let named: BTreeSet<&str> = CHECKS.iter().flat_map(|check| hub_ids(&check.controls)).collect();
    let copied: Vec<&str> = published.controls().map(|control| control.id.as_str()).collect();
    assert_eq!(copied.iter().copied().collect::<BTreeSet<_>>(), named);
    assert_eq!(copied.len(), named.len(), "copied twice: {copied:?}");
    assert!(published.cis.rows.keys().all(|id| named.contains(id.as_str())));
    let (mut rules, mut texts) = (BTreeSet::new(), set(UNREAD_LIST_CONTROLS.nist));
    for check in &CHECKS {
        match check.controls.nist_source {
            NistSource::SecurityHub => {}
            NistSource::ConfigRule(rule) => drop(rules.insert(rule)),
            NistSource::Publication => texts.extend(check.controls.nist),
        }
    }
    assert!(published.config.rules.keys().eq(rules));
    assert!(published.nist.controls.keys().eq(texts));
}

#[test]
fn severities_are_those_of_aws_or_it_is_said_why_not() {
    let published = published();
    for check in &CHECKS {
        let worst = published.named(check).iter().map(|control| control.severity).max();
        let Some(worst) = worst else { continue };
        let why = check.controls.unlike_aws.unwrap_or_default();
        if check.severity != worst {
            let (own, aws) = (check.severity.name(), worst.name());
            let is_said = why.split(|c: char| !c.is_alphabetic()).any(|word| word == aws);
            assert!(is_said, "{} is {own}, AWS says {aws}: {why:?}", check.id);
        }
    }
}

#[test]
fn no_reference_is_cut_off_on_its_way_to_security_hub() {
    let all = CHECKS.iter().map(|check| check.controls.references());
    for references in all.chain([UNREAD_LIST_CONTROLS.references()]) {
        assert!((1..=REQUIREMENTS_MAX).contains(&references.len()), "{references:?}");
        assert_eq!(references.iter().collect::<BTreeSet<_>>().len(), references.len());
        for reference in references {
            assert!(reference.chars().count() <= REQUIREMENT_CHARACTERS_MAX, "{reference}");
        }
    }
}
