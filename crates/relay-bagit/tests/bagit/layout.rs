//! Where a bag is in its archive, and whether there is one.

use relay_bagit::{BagLayout, BagLimits, BagRule, BagTags, Digests, FileKind, Judge, Outcome, Survey};

use crate::bag::{Bag, broken, is_read};

fn survey(names: &[&str]) -> Option<BagTags> {
    let mut survey = Survey::new(&BagLimits::default());
    for name in names {
        if survey.file(name).is_some() {
            survey.tag_file(name, Vec::new());
        }
    }
    survey.finish()
}

#[test]
fn an_archive_without_a_declaration_is_no_bag() {
    for names in [
        &[][..],
        &["a.csv", "data/b.csv"],
        &["manifest-sha512.txt", "a.csv"],
        &["manifest-other.txt", "data/a"],
        &["manifest-sha512.txt", "deep/data/a"],
        &["one/manifest-sha512.txt", "one/data/a", "two/b.csv"],
        &["tagmanifest-sha512.txt", "data/a"],
        &["deep/er/bagit.txt"],
        &["base/bagit.txt.bak", "base/BAGIT.TXT", "/bagit.txt"],
    ] {
        assert!(survey(names).is_none(), "{names:?}");
    }
}

/// What was sent with checksums must not be taken without them because one file was lost.
#[test]
fn a_payload_with_its_manifest_is_a_broken_bag() {
    for (names, base) in [
        (&["manifest-sha512.txt", "data/a"][..], BagLayout::top()),
        (&["data/a", "data/b/c", "x.csv", "manifest-md5.txt"], BagLayout::top()),
        (&["base/data/a", "base/manifest-sha256.txt"], BagLayout::folder("base")),
        (
            &["base/data/a", "base/manifest-SHA-256.txt", "base/BagIt.txt"],
            BagLayout::folder("base"),
        ),
    ] {
        let tags = survey(names).unwrap();
        assert_eq!(*tags.layout(), base, "{names:?}");
        let verdict = tags.into_verdict();
        assert_eq!(broken(&verdict), [BagRule::DeclarationMissing], "{names:?}");
        assert_eq!(verdict.outcome, Outcome::Invalid);
    }
}

/// Finder and Explorer put them there, and zip tools pack them.
#[test]
fn files_of_the_operating_system_are_warned_about() {
    let bag = Bag::new("1.0");
    let tags = bag.tags().unwrap();
    for name in [
        "__MACOSX/base/._a.txt",
        ".DS_Store",
        "base/.DS_Store",
        "base/data/.DS_Store",
        "base/data/sub/Thumbs.db",
    ] {
        let mut judge = Judge::new(&tags);
        crate::bag::judge_files(&mut judge, &tags, &bag);
        judge.system_file(name, 6_148, &Digests::default()).unwrap();
        let verdict = judge.finish().unwrap();
        assert_eq!(broken(&verdict), [BagRule::SystemFile], "{name}");
        assert_eq!(verdict.outcome, Outcome::ValidWithWarnings, "{name}");
    }
    // One that a manifest lists is payload like any other.
    let mut bag = Bag::bare("1.0");
    bag.put("data/.DS_Store", "attributes");
    bag.manifest(relay_bagit::Algorithm::Sha512);
    bag.assert_breaks(&[]);
    bag.put("data/.DS_Store", "others");
    bag.assert_breaks(&[BagRule::ChecksumMismatch]);
    bag.remove("data/.DS_Store");
    bag.assert_breaks(&[BagRule::PayloadFileMissing]);
}

#[test]
fn the_oxum_may_or_may_not_count_files_of_the_operating_system() {
    for (oxum, is_right) in [("11.2", true), ("14.3", true), ("14.2", false), ("11.3", false)] {
        let mut bag = Bag::bare("1.0");
        bag.put("bag-info.txt", format!("Payload-Oxum: {oxum}\n"));
        assert_eq!(
            (bag.files["data/a.txt"].len(), bag.files["data/sub/b.txt"].len()),
            (5, 6)
        );
        bag.put("data/.DS_Store", "abc");
        let expected = [BagRule::SystemFile, BagRule::OxumMismatch];
        let mut expected = expected[..if is_right { 1 } else { 2 }].to_vec();
        expected.sort();
        bag.assert_breaks(&expected);
    }
}

#[test]
fn the_base_directory_is_the_only_top_folder() {
    let tags = survey(&["base/data/x", "base/bagit.txt"]).unwrap();
    assert_eq!(*tags.layout(), BagLayout::folder("base"));
    assert_eq!(tags.layout().relative("base/data/x"), Some("data/x"));
    assert_eq!(tags.layout().relative("basement/x"), None);
}

#[test]
fn a_bag_at_the_top_is_warned_about() {
    let mut bag = Bag::new("1.0");
    bag.base = "";
    bag.assert_breaks(&[BagRule::BagAtArchiveTop]);
    assert_eq!(bag.verdict().outcome, Outcome::ValidWithWarnings);
    // A bag in a folder of this bag is a tag folder, or payload.
    let mut bag = Bag::bare("1.0");
    bag.base = "";
    bag.put("inner/bagit.txt", "");
    bag.put("data/bagit.txt", "");
    bag.manifest(relay_bagit::Algorithm::Sha512);
    bag.seal(relay_bagit::Algorithm::Sha512);
    bag.assert_breaks(&[BagRule::BagAtArchiveTop]);
}

#[test]
fn several_bags_are_refused() {
    let tags = survey(&["one/bagit.txt", "two/bagit.txt", "three/bagit.txt"]).unwrap();
    assert_eq!(broken(&tags.into_verdict()), [BagRule::SeveralBags]);
}

#[test]
fn what_lies_beside_the_base_directory_is_refused() {
    let bag = Bag::new("1.0");
    let tags = bag.tags().unwrap();
    for name in ["MACOSX/base/a.txt", "a.txt", "base.txt", "basement/x"] {
        let mut judge = Judge::new(&tags);
        judge.file(name, 0, &Digests::default()).unwrap();
        assert!(
            broken(&judge.finish().unwrap()).contains(&BagRule::EntryOutsideBase),
            "{name}"
        );
    }
    for (directory, is_outside) in [
        ("base/", false),
        ("base", false),
        ("base/data/", false),
        ("other/", true),
    ] {
        let mut judge = Judge::new(&tags);
        judge.directory(directory);
        let rules = broken(&judge.finish().unwrap());
        assert_eq!(rules.contains(&BagRule::EntryOutsideBase), is_outside, "{directory}");
    }
}

#[test]
fn the_survey_asks_for_tag_files_only_and_says_how_much_it_takes() {
    let limits = BagLimits {
        tag_file_bytes_max: 10,
        tag_files_bytes_max: 15,
        ..BagLimits::default()
    };
    let mut survey = Survey::new(&limits);
    for name in [
        "base/data/x",
        "base/data/manifest-md5.txt",
        "base/notes.txt",
        "a/b/bagit.txt",
        "x.csv",
    ] {
        assert_eq!(survey.file(name), None, "{name}");
    }
    assert_eq!(survey.file("base/bagit.txt"), Some(10));
    survey.tag_file("base/bagit.txt", vec![b'x'; 8]);
    assert_eq!(survey.file("base/manifest-md5.txt"), Some(7));
    survey.tag_file("base/manifest-md5.txt", vec![b'x'; 8]);
    assert_eq!(
        broken(&survey.finish().unwrap().into_verdict()),
        [BagRule::TagFilesTooLarge]
    );
}

#[test]
fn reserved_names_are_reserved_in_the_base_directory() {
    assert_eq!(FileKind::of("bagit.txt"), FileKind::Declaration);
    assert_eq!(FileKind::of("fetch.txt"), FileKind::Fetch);
    assert_eq!(FileKind::of("package-info.txt"), FileKind::Info);
    assert_eq!(FileKind::of("data/fetch.txt"), FileKind::Payload);
    assert_eq!(FileKind::of("tags/fetch.txt"), FileKind::OtherTag);
    assert_eq!(FileKind::of("data"), FileKind::OtherTag);
    assert!(matches!(FileKind::of("manifest-md5.txt"), FileKind::PayloadManifest(_)));
    assert!(matches!(FileKind::of("tagmanifest-md5.txt"), FileKind::TagManifest(_)));
    for name in [
        "tags/manifest-md5.txt",
        "manifest-md5",
        "manifest.txt",
        "xmanifest-md5.txt",
        "manifest-md5.txt.asc",
    ] {
        assert!(!is_read(name), "{name}");
    }
}

#[test]
fn what_is_kept_of_an_archive_is_bounded() {
    let mut bag = Bag::bare("1.0");
    bag.base = "";
    bag.limits.tag_files_max = 2;
    // Whether these are the bag's is not known before the end, and their names are not kept for ever.
    let mut survey = Survey::new(&bag.limits);
    for (path, bytes) in &bag.files {
        if survey.file(path).is_some() {
            survey.tag_file(path, bytes.clone());
        }
    }
    let mut beyond = survey.clone();
    for number in 0..3 {
        let name = format!("other/manifest-{number}.txt");
        assert!(beyond.file(&name).is_some());
        beyond.tag_file(&name, Vec::new());
    }
    assert_eq!(
        broken(&survey.finish().unwrap().into_verdict()),
        [BagRule::BagAtArchiveTop]
    );
    assert!(broken(&beyond.finish().unwrap().into_verdict()).contains(&BagRule::TagFilesTooLarge));
}
