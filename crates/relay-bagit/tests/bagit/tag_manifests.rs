//! Tag manifests.

use relay_bagit::{Algorithm, BagRule, Outcome};

use crate::bag::{Bag, checksum};

const TAG_MANIFEST: &str = "tagmanifest-sha512.txt";

#[test]
fn tag_files_that_changed_are_noticed() {
    for version in ["1.0", "0.97", "0.93"] {
        let mut bag = Bag::new(version);
        bag.put("notes/about.md", "text");
        bag.seal(Algorithm::Sha512);
        bag.put("notes/about.md", "Text");
        let verdict = bag.verdict();
        assert_eq!(verdict.outcome, Outcome::Invalid);
        assert!(bag.broken().contains(&BagRule::ChecksumMismatch), "{version}");
    }
}

#[test]
fn tag_files_that_are_gone_are_noticed() {
    let mut bag = Bag::new("1.0");
    bag.remove("bag-info.txt");
    bag.assert_breaks(&[BagRule::TagFileMissing]);
}

#[test]
fn tag_files_that_are_not_listed_are_noted() {
    let mut bag = Bag::new("1.0");
    bag.put("notes/about.md", "text");
    bag.assert_notes(BagRule::TagFileNotListed);
    bag.remove(TAG_MANIFEST);
    assert!(
        bag.verdict().findings.is_empty(),
        "without tag manifests there is nothing to be listed in"
    );
}

#[test]
fn the_contents_of_other_tag_files_are_ignored() {
    let mut bag = Bag::new("1.0");
    for name in [
        "package-info.txt",
        "notes.txt",
        "folder/bag-info.txt",
        "folder/fetch.txt",
        "folder/manifest-md5.txt",
    ] {
        bag.put(name, b"\xFF no text");
    }
    bag.seal(Algorithm::Sha512);
    assert!(bag.verdict().findings.is_empty());
}

#[test]
fn a_tag_manifest_lists_no_payload() {
    let mut bag = Bag::new("1.0");
    bag.append(TAG_MANIFEST, &bag.line(Algorithm::Sha512, "data/a.txt"));
    bag.assert_breaks(&[BagRule::TagPathInPayload]);
}

#[test]
fn a_tag_manifest_lists_no_tag_manifest() {
    let line = format!("{} {TAG_MANIFEST}\n", checksum(Algorithm::Sha512, b"whatever it is"));
    let mut bag = Bag::new("1.0");
    bag.append(TAG_MANIFEST, &line);
    bag.assert_breaks(&[BagRule::TagManifestListed]);

    let mut bag = Bag::new("1.0");
    bag.seal(Algorithm::Sha256);
    bag.append(TAG_MANIFEST, &bag.line(Algorithm::Sha512, "tagmanifest-sha256.txt"));
    bag.assert_breaks(&[BagRule::TagManifestListed, BagRule::TagManifestAlgorithms]);

    // Before 1.0 it was not forbidden, and what is listed is held to its checksum.
    bag.put("bagit.txt", "BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n");
    bag.seal(Algorithm::Sha256);
    bag.seal(Algorithm::Sha512);
    bag.append(TAG_MANIFEST, &bag.line(Algorithm::Sha512, "tagmanifest-sha256.txt"));
    assert_eq!(
        bag.verdict().outcome,
        Outcome::ValidWithWarnings,
        "{:#?}",
        bag.verdict()
    );
    bag.append("tagmanifest-sha256.txt", "\n");
    assert!(bag.broken().contains(&BagRule::ChecksumMismatch));
}

#[test]
fn a_tag_manifest_lists_every_payload_manifest() {
    for (version, outcome) in [("1.0", Outcome::Invalid), ("0.97", Outcome::ValidWithWarnings)] {
        let mut bag = Bag::new(version);
        bag.put(TAG_MANIFEST, bag.line(Algorithm::Sha512, "bagit.txt"));
        bag.assert_breaks(&[BagRule::TagManifestIncomplete]);
        assert_eq!(bag.verdict().outcome, outcome);
    }
}

#[test]
fn tag_manifests_that_differ_are_warned_about() {
    let mut bag = Bag::new("1.0");
    bag.manifest(Algorithm::Sha256);
    bag.seal(Algorithm::Sha512);
    bag.seal(Algorithm::Sha256);
    bag.assert_breaks(&[]);
    bag.change(
        "tagmanifest-sha256.txt",
        &bag.line(Algorithm::Sha256, "bag-info.txt"),
        "",
    );
    bag.assert_breaks(&[BagRule::TagManifestsDiffer]);
}

#[test]
fn tag_manifests_of_other_algorithms_are_warned_about() {
    let mut bag = Bag::new("1.0");
    bag.remove(TAG_MANIFEST);
    bag.seal(Algorithm::Sha256);
    bag.assert_breaks(&[BagRule::TagManifestAlgorithms]);
}

#[test]
fn before_097_folders_of_tag_files_are_warned_about() {
    for (version, broken) in [("0.96", vec![BagRule::TagDirectory]), ("0.97", vec![]), ("1.0", vec![])] {
        let mut bag = Bag::bare(version);
        bag.put("notes/about.md", "text");
        bag.assert_breaks(&broken);
    }
}
