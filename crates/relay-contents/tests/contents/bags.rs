//! Bags: judged over the bytes that really passed.

use relay_model::{ReasonCode, Sha256Digest, StandardOutcome};

use crate::support::*;

const BAGIT: &[u8] = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
const CSV: &[u8] = b"station,degrees\nA,1.5\nB,2.5\n";

fn manifest(files: &[(&str, &[u8])]) -> Vec<u8> {
    let line = |(name, bytes): &(&str, &[u8])| format!("{}  {name}\n", Sha256Digest::of(bytes));
    files.iter().map(line).collect::<String>().into_bytes()
}

fn bag(listed: &[(&str, &[u8])], there: &[(&str, &[u8])]) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![
        ("bag/bagit.txt".to_owned(), BAGIT.to_vec()),
        ("bag/manifest-sha256.txt".to_owned(), manifest(listed)),
    ];
    files.extend(
        there
            .iter()
            .map(|(name, bytes)| (format!("bag/{name}"), bytes.to_vec())),
    );
    files
}

fn packed(files: &[(String, Vec<u8>)]) -> [Vec<u8>; 2] {
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    // In the tar the manifests stand behind what they list.
    let reversed: Vec<(&str, &[u8])> = files.iter().rev().copied().collect();
    [zip_of(&files), gzip(&tar_of(&reversed))]
}

#[test]
fn a_valid_bag_is_processed_and_its_verdict_recorded() {
    let payload: &[(&str, &[u8])] = &[("data/weather.csv", CSV), ("data/notes.txt", b"text\n")];
    for package in packed(&bag(payload, payload)) {
        let outcome = read("x", &package);
        assert_eq!(outcome.contents.quarantine, None);
        let verdict = outcome.archive().bag.as_ref().unwrap();
        assert_eq!(verdict.outcome, StandardOutcome::Valid, "{verdict:?}");
        assert_eq!(verdict.version.as_deref(), Some("1.0"));
        assert!(outcome.results.contains_key("tables/bag/data/weather.csv.parquet"));
    }
}

#[test]
fn a_damaged_bag_is_set_aside_by_rule_and_file() {
    let listed: &[(&str, &[u8])] = &[("data/weather.csv", CSV), ("data/notes.txt", b"text\n")];
    let flipped: &[(&str, &[u8])] = &[("data/weather.csv", CSV), ("data/notes.txt", b"test\n")];
    let added: &[(&str, &[u8])] = &[listed[0], listed[1], ("data/more.txt", b"more\n")];
    for (there, rule, file) in [
        (flipped, "bag_checksum_mismatch", "data/notes.txt"),
        (&listed[..1], "bag_payload_file_missing", "data/notes.txt"),
        (added, "bag_payload_not_listed", "data/more.txt"),
    ] {
        for package in packed(&bag(listed, there)) {
            let outcome = read("x", &package);
            assert_eq!(outcome.reason().code, ReasonCode::BagInvalid);
            assert_eq!(outcome.rule(), rule);
            assert!(outcome.reason().text.starts_with(file), "{}", outcome.reason().text);
            assert_eq!(outcome.names(), Vec::<&str>::new());
            let verdict = outcome.archive().bag.as_ref().unwrap();
            assert_eq!(verdict.outcome, StandardOutcome::Invalid);
            let error = verdict
                .findings
                .iter()
                .find(|finding| finding.severity == "error")
                .unwrap();
            assert_eq!(error.file.as_deref(), Some(file));
        }
    }
}

#[test]
fn an_archive_in_the_payload_is_judged_by_its_own_bytes() {
    let inner = zip_of(&[("a.csv", CSV)]);
    let listed: &[(&str, &[u8])] = &[("data/in.zip", &inner)];
    for package in packed(&bag(listed, listed)) {
        let outcome = read("x", &package);
        assert_eq!(outcome.contents.quarantine, None);
        assert!(outcome.results.contains_key("tables/bag/data/in.zip!/a.csv.parquet"));
    }
    let other = zip_of(&[("a.csv", b"x,y\n1,2\n")]);
    for package in packed(&bag(listed, &[("data/in.zip", &other)])) {
        assert_eq!(read("x", &package).rule(), "bag_checksum_mismatch");
    }
}

#[test]
fn the_digests_of_every_manifest_are_computed_and_recorded() {
    let mut files = bag(&[("data/a", b"abc")], &[("data/a", b"abc")]);
    // Of "abc": RFC 1321, appendix A.5; FIPS 180-4, examples for SHA-1 and SHA-512.
    let others = [
        ("md5", "900150983cd24fb0d6963f7d28e17f72"),
        ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (
            "sha512",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
    ];
    for (algorithm, digest) in others {
        files.push((
            format!("bag/manifest-{algorithm}.txt"),
            format!("{digest}  data/a\n").into_bytes(),
        ));
    }
    for package in packed(&files) {
        let outcome = read("x", &package);
        assert_eq!(outcome.contents.quarantine, None);
        let archive = outcome.archive();
        let file = archive.files.iter().find(|file| file.path == "bag/data/a").unwrap();
        let expected = others.map(|(algorithm, digest)| (algorithm.to_owned(), digest.to_owned()));
        assert_eq!(file.digests, expected.into());
        let verdict = archive.bag.as_ref().unwrap();
        assert_eq!(verdict.outcome, StandardOutcome::Valid, "{verdict:?}");
    }
}

#[test]
fn an_archive_called_like_a_manifest_is_an_archive_where_there_is_no_bag() {
    let called = |names: &[&str]| {
        let files: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, b"a,b\n1,2\n".as_slice())).collect();
        zip_of(&[("manifest-md5.txt", gzip(&tar_of(&files)).as_slice())])
    };
    let outcome = read("x", &called(&["a.csv"]));
    assert_eq!(outcome.contents.quarantine, None);
    let archive = outcome.archive();
    let paths: Vec<&str> = archive.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["manifest-md5.txt", "manifest-md5.txt!/a.csv"]);
    assert_eq!((archive.nested_archives, archive.passes), (1, 3));
    // Its entries are held to the rules like any other.
    assert_eq!(read("x", &called(&["a.csv", "a.csv"])).rule(), "archive_name_duplicate");
    assert_eq!(read("x", &called(&["a\\b.csv"])).rule(), "archive_name_backslash");
}

#[test]
fn files_of_the_operating_system_beside_and_in_a_bag_are_warnings() {
    let payload: &[(&str, &[u8])] = &[("data/weather.csv", CSV)];
    for name in [
        "__MACOSX/bag/._bagit.txt",
        ".DS_Store",
        "bag/.DS_Store",
        "bag/data/.DS_Store",
        "bag/data/._weather.csv",
    ] {
        let mut files = bag(payload, payload);
        files.push((name.to_owned(), b"attributes".to_vec()));
        for package in packed(&files) {
            let outcome = read("x", &package);
            assert_eq!(outcome.contents.quarantine, None, "{name}");
            let verdict = outcome.archive().bag.as_ref().unwrap();
            assert_eq!(
                verdict.outcome,
                StandardOutcome::ValidWithWarnings,
                "{name}: {verdict:?}"
            );
            assert!(
                verdict.findings.iter().any(|finding| finding.rule == "bag_system_file"),
                "{name}"
            );
            assert!(
                !outcome
                    .names()
                    .iter()
                    .any(|result| result.contains("DS_Store") || result.contains("._"))
            );
            assert!(outcome.results.contains_key("tables/bag/data/weather.csv.parquet"));
        }
    }
    // What a manifest lists is verified.
    let listed: &[(&str, &[u8])] = &[payload[0], ("data/.DS_Store", b"attributes")];
    let changed: &[(&str, &[u8])] = &[payload[0], ("data/.DS_Store", b"attribute$")];
    for (there, rule) in [
        (changed, "bag_checksum_mismatch"),
        (payload, "bag_payload_file_missing"),
    ] {
        for package in packed(&bag(listed, there)) {
            assert_eq!(read("x", &package).rule(), rule);
        }
    }
    for package in packed(&bag(listed, listed)) {
        let outcome = read("x", &package);
        assert_eq!(outcome.archive().bag.as_ref().unwrap().outcome, StandardOutcome::Valid);
        assert!(!outcome.names().iter().any(|result| result.contains("DS_Store")));
    }
}

#[test]
fn a_bag_that_lost_its_declaration_is_no_plain_archive() {
    let payload: &[(&str, &[u8])] = &[("data/weather.csv", CSV)];
    for top in ["bag/", ""] {
        let mut files = bag(payload, payload);
        files.retain(|(name, _)| name != "bag/bagit.txt");
        for (name, _) in &mut files {
            *name = format!("{top}{}", name.strip_prefix("bag/").unwrap());
        }
        files.push(("__MACOSX/._weather.csv".to_owned(), b"attributes".to_vec()));
        for package in packed(&files) {
            let outcome = read("x", &package);
            assert_eq!(outcome.reason().code, ReasonCode::BagInvalid);
            assert_eq!(outcome.rule(), "bag_declaration_missing");
            assert!(outcome.results.is_empty());
        }
    }
}
