//! Findings: bounded, the heavy ones first to be kept, and without contents.

use std::collections::BTreeSet;

use relay_bagit::{Algorithm, BagRule, Outcome, Severity};

use crate::bag::Bag;

#[test]
fn findings_are_bounded_and_counted() {
    let mut bag = Bag::bare("1.0");
    for number in 0..50 {
        bag.put(&format!("data/{number:02}"), "x");
    }
    bag.limits.findings_max = 7;
    let verdict = bag.verdict();
    assert_eq!(
        (verdict.findings.len(), verdict.findings_omitted, verdict.errors),
        (7, 43, 50)
    );
    bag.limits.findings_max = 0;
    let verdict = bag.verdict();
    assert_eq!(
        (verdict.outcome, verdict.findings.len(), verdict.errors),
        (Outcome::Invalid, 0, 50)
    );
}

#[test]
fn errors_are_kept_before_warnings_and_notes() {
    let mut bag = Bag::new("1.0");
    for number in 0..20 {
        bag.put(&format!("not-listed-{number:02}"), "x");
        bag.append("bag-info.txt", "Empty:\n");
    }
    bag.seal(Algorithm::Sha512);
    for number in 0..20 {
        bag.put(&format!("also-not-listed-{number:02}"), "x");
    }
    bag.put("data/a.txt", "First");
    bag.limits.findings_max = 2;
    let verdict = bag.verdict();
    let kept: Vec<Severity> = verdict.findings.iter().map(|finding| finding.severity).collect();
    assert_eq!(kept, [Severity::Warning, Severity::Error]);
    assert_eq!(
        (verdict.errors, verdict.warnings, verdict.findings_omitted),
        (1, 20, 39)
    );
}

#[test]
fn names_are_escaped_and_cut() {
    let mut bag = Bag::bare("1.0");
    bag.put("data/\u{202E}\u{1B}[31m", "x");
    let long = "x".repeat(5_000);
    bag.put(&format!("data/{long}"), "x");
    for finding in bag.verdict().findings {
        let file = finding.file.unwrap();
        assert!(file.is_ascii() || file.ends_with('…'), "{file}");
        assert!(!file.contains('\u{1B}'));
        assert!(file.len() < 300);
    }
}

// An algorithm's name is read without what is no letter or digit, so that a manifest's name may hold anything.
#[test]
fn names_of_manifests_are_escaped_in_texts_too() {
    let mut bag = Bag::bare("1.0");
    bag.put("data/a.txt", "x");
    bag.put("manifest-md\r5.txt", format!("{} data/a.txt\n", "0".repeat(32)));
    bag.put("manifest-sha\u{1B}512.txt", "");
    bag.put(
        "manifest-sha\r1.txt",
        format!("{0} data/a.txt\n{0} data/a.txt\n", "0".repeat(40)),
    );
    bag.put("tagmanifest-md5.txt", "");
    bag.put(
        "tagmanifest-sha\u{1B}256.txt",
        format!("{} bagit.txt\n", "0".repeat(64)),
    );
    let verdict = bag.verdict();
    let texts: Vec<&str> = verdict.findings.iter().map(|finding| finding.text.as_str()).collect();
    for part in [
        "is not the one in line 1 of manifest-md\\r5.txt",
        "does not list manifest-md\\r5.txt",
        "manifest-sha\\r1.txt lists the file in line 1 and in line 2",
    ] {
        assert!(texts.iter().any(|text| text.contains(part)), "{part}: {texts:#?}");
    }
    assert!(!texts.iter().any(|text| text.contains(char::is_control)), "{texts:#?}");
}

#[test]
fn findings_say_nothing_of_contents() {
    let secret = "S3CR3T";
    let mut bag = Bag::bare("1.0");
    bag.put("data/a.txt", secret);
    bag.put("bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
    let info = format!("{secret}\nPayload-Oxum: {secret}\nBagging-Date: {secret}\nBag-Count: {secret}\n{secret}:\n");
    bag.put("bag-info.txt", info);
    bag.put(
        "fetch.txt",
        format!("https://{secret}@example.org x data/a.txt\n{secret}\n"),
    );
    bag.append("manifest-sha512.txt", &format!("{secret} data/a.txt\n{secret}\n"));
    let verdict = bag.verdict();
    assert!(verdict.findings.len() > 6);
    let shown = format!(
        "{verdict:?} {} {:?}",
        serde_json::to_string(&verdict).unwrap(),
        bag.tags().unwrap()
    );
    assert!(!shown.contains(secret), "{shown}");
}

#[test]
fn a_verdict_has_a_wire_format() {
    let mut bag = Bag::bare("1.0");
    bag.put("data/a.txt", "First");
    let wire = serde_json::to_value(bag.verdict()).unwrap();
    let expected = serde_json::json!({
        "outcome": "invalid",
        "findings": [{
            "rule": "bag_checksum_mismatch",
            "severity": "error",
            "file": "data/a.txt",
            "text": "the file's sha512 is not the one in line 1 of manifest-sha512.txt",
        }],
        "findings_omitted": 0,
        "errors": 1,
        "warnings": 0,
    });
    assert_eq!(wire, expected);
}

#[test]
fn rules_have_names_and_sentences() {
    let names: BTreeSet<&str> = BagRule::ALL.iter().map(|rule| rule.name()).collect();
    assert_eq!(names.len(), BagRule::ALL.len());
    for rule in BagRule::ALL {
        let name = rule.name().strip_prefix("bag_").unwrap();
        assert!(
            name.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
            "{name}"
        );
        assert!(rule.rule().ends_with('.') && rule.remedy().ends_with('.'), "{name}");
        assert!(rule.severity(true) >= Severity::Note);
        assert_eq!(rule.to_string(), rule.name());
    }
}
