//! Payload manifests.

use relay_bagit::{Algorithm, BagRule, Outcome};

use crate::bag::{Bag, checksum};

const MANIFEST: &str = "manifest-sha512.txt";

#[test]
fn a_bag_needs_a_payload_manifest() {
    let mut bag = Bag::bare("1.0");
    bag.remove(MANIFEST);
    bag.assert_breaks(&[BagRule::PayloadManifestMissing]);
    // A name that is no manifest's name makes none.
    bag.put("Manifest-sha512.txt", "");
    bag.put("folder/manifest-sha512.txt", "");
    bag.assert_breaks(&[BagRule::PayloadManifestMissing]);
}

#[test]
fn every_algorithm_verifies() {
    for algorithm in Algorithm::ALL {
        let mut bag = Bag::bare("1.0");
        bag.remove(MANIFEST);
        bag.manifest(algorithm);
        let weak: &[BagRule] = if algorithm.is_strong() {
            &[]
        } else {
            &[BagRule::AlgorithmWeak]
        };
        bag.assert_breaks(weak);
        bag.put("data/a.txt", "First");
        bag.assert_breaks(&[weak, &[BagRule::ChecksumMismatch]].concat());
    }
    let mut bag = Bag::bare("1.0");
    for algorithm in Algorithm::ALL {
        bag.manifest(algorithm);
    }
    bag.assert_breaks(&[]);
}

#[test]
fn a_bag_without_sha512_is_noted() {
    let mut bag = Bag::bare("1.0");
    bag.remove(MANIFEST);
    bag.manifest(Algorithm::Sha256);
    bag.assert_notes(BagRule::AlgorithmNotSha512);
}

#[test]
fn algorithms_that_cannot_be_verified_make_a_bag_invalid() {
    for name in ["sha384", "crc32", "notes", "", "sha-3-512"] {
        let mut bag = Bag::bare("1.0");
        bag.put(&format!("manifest-{name}.txt"), "00 data/a.txt\n");
        bag.assert_breaks(&[BagRule::AlgorithmUnsupported]);
    }
}

#[test]
fn names_of_algorithms_are_normalized() {
    for name in ["SHA-512", "sha-512", "SHA512", "Sha_512"] {
        let mut bag = Bag::bare("1.0");
        let manifest = bag.files.remove(MANIFEST).unwrap();
        bag.put(&format!("manifest-{name}.txt"), manifest);
        bag.assert_breaks(&[BagRule::ManifestNameNotNormal]);
        assert_eq!(Algorithm::from_common(name), Some(Algorithm::Sha512));
        assert_eq!(Algorithm::from_normalized(name), None);
    }
}

#[test]
fn checksums_are_hexadecimal_in_any_case() {
    let mut bag = Bag::bare("1.0");
    let lower = checksum(Algorithm::Sha512, b"first");
    bag.change(MANIFEST, &lower, &lower.to_uppercase());
    bag.assert_breaks(&[]);
    for wrong in [
        &lower[1..],
        &lower[2..],
        &format!("{lower}0"),
        &format!("g{}", &lower[1..]),
    ] {
        let mut bag = Bag::bare("1.0");
        bag.change(MANIFEST, &lower, wrong);
        bag.assert_breaks(&[BagRule::ChecksumMalformed, BagRule::PayloadNotListed]);
    }
}

#[test]
fn spaces_or_tabs_separate_checksum_and_path() {
    for separator in [" ", "\t", "   ", " \t \t"] {
        let mut bag = Bag::bare("1.0");
        bag.change(MANIFEST, "  data/a.txt", &format!("{separator}data/a.txt"));
        bag.assert_breaks(&[]);
    }
    let missing = [BagRule::ManifestLineMalformed, BagRule::PayloadNotListed];
    for separator in ["", "\u{A0}", ",", "\u{B}"] {
        let mut bag = Bag::bare("1.0");
        bag.change(MANIFEST, "  data/a.txt", &format!("{separator}data/a.txt"));
        bag.assert_breaks(&missing);
    }
    let mut bag = Bag::bare("1.0");
    bag.change(MANIFEST, "  data/a.txt", "  ");
    bag.assert_breaks(&missing);
}

#[test]
fn lines_that_are_no_entries_are_refused() {
    for line in [
        "# data\n",
        " 00 data/a.txt\n",
        "data/a.txt\n",
        "; x\n",
        "\\ data/a.txt\n",
        " \n",
    ] {
        let mut bag = Bag::bare("1.0");
        bag.append(MANIFEST, line);
        let broken = bag.broken();
        let allowed = [
            BagRule::ManifestLineMalformed,
            BagRule::ChecksumMalformed,
            BagRule::PayloadPathOutside,
        ];
        assert_eq!(bag.verdict().outcome, Outcome::Invalid, "{line:?}");
        assert!(broken.iter().all(|rule| allowed.contains(rule)), "{line:?}: {broken:?}");
    }
    let mut bag = Bag::bare("1.0");
    bag.append(MANIFEST, "# a comment\n");
    bag.assert_breaks(&[BagRule::ManifestLineMalformed]);
}

#[test]
fn trailing_spaces_belong_to_the_name() {
    let mut bag = Bag::bare("1.0");
    bag.put("data/a.txt ", "third");
    bag.manifest(Algorithm::Sha512);
    bag.assert_breaks(&[]);
}

#[test]
fn the_asterisk_of_md5sum_is_warned_about() {
    let mut bag = Bag::bare("1.0");
    bag.change(MANIFEST, "  data/a.txt", " *data/a.txt");
    bag.assert_breaks(&[BagRule::Md5sumMarker]);
}

#[test]
fn from_one_on_percent_line_feed_and_carriage_return_are_decoded() {
    let mut bag = Bag::bare("1.0");
    for name in [
        "data/50%",
        "data/a%0Ab",
        "data/line\nfeed",
        "data/carriage\rreturn",
        "data/%25",
    ] {
        bag.put(name, name);
    }
    let encode = |path: &str| path.replace('%', "%25").replace('\n', "%0A").replace('\r', "%0d");
    let listed: Vec<String> = bag
        .files
        .keys()
        .filter(|path| path.starts_with("data/"))
        .cloned()
        .collect();
    let lines = listed
        .iter()
        .map(|path| format!("{} {}\n", checksum(Algorithm::Sha512, &bag.files[path]), encode(path)));
    let manifest: String = lines.collect();
    bag.put(MANIFEST, manifest);
    bag.assert_breaks(&[]);
}

#[test]
fn from_one_on_a_bare_percent_sign_is_warned_about() {
    for name in ["data/50%", "data/100%41", "data/%2", "data/%é"] {
        let mut bag = Bag::bare("1.0");
        bag.put(name, "x");
        bag.manifest(Algorithm::Sha512);
        bag.assert_breaks(&[BagRule::PercentNotEncoded]);
    }
}

#[test]
fn before_one_only_line_breaks_are_decoded() {
    let mut bag = Bag::bare("0.97");
    bag.put("data/50%25", "x");
    bag.put("data/50%", "y");
    bag.manifest(Algorithm::Sha512);
    bag.put("data/line\nfeed", "z");
    let line = bag
        .line(Algorithm::Sha512, "data/line\nfeed")
        .replace("line\n", "line%0A");
    bag.append(MANIFEST, &line);
    bag.assert_breaks(&[]);
}

fn lists(path: &str) -> Bag {
    let mut bag = Bag::bare("1.0");
    bag.append(MANIFEST, &format!("{} {path}\n", checksum(Algorithm::Sha512, b"first")));
    bag
}

#[test]
fn paths_that_leave_the_bag_are_refused() {
    for path in [
        "/etc/passwd",
        "//host/share",
        "../a.txt",
        "data/../../a.txt",
        "data/..",
        "data/sub/../a.txt",
        "data\\..\\a.txt",
        "~/a.txt",
        "~root/a.txt",
        "C:\\a.txt",
        "c:/a.txt",
        "\\\\?\\C:\\a.txt",
        ".//etc/passwd",
        "./../a.txt",
    ] {
        let bag = lists(path);
        assert!(
            bag.broken().contains(&BagRule::PathUnsafe),
            "{path}: {:?}",
            bag.broken()
        );
    }
}

#[test]
fn paths_in_a_longer_form_are_refused() {
    for path in ["data//a.txt", "data/./a.txt", "data/sub/."] {
        lists(path).assert_breaks(&[BagRule::PathNotPlain]);
    }
}

#[test]
fn a_leading_dot_is_warned_about() {
    let mut bag = Bag::bare("1.0");
    bag.change(MANIFEST, "data/a.txt", "./data/a.txt");
    bag.assert_breaks(&[BagRule::PathDotPrefix]);
    lists("././data/a.txt").assert_breaks(&[BagRule::PathDotPrefix, BagRule::PathNotPlain]);
}

#[test]
fn a_manifest_lists_no_folders() {
    lists("data/sub/").assert_breaks(&[BagRule::ManifestListsDirectory]);
    lists("data/sub").assert_breaks(&[BagRule::PayloadFileMissing]);
}

#[test]
fn a_payload_manifest_lists_the_payload_only() {
    for path in [
        "bagit.txt",
        "Data/a.txt",
        "database/a.txt",
        "data",
        "manifest-sha512.txt",
        "data\\a.txt",
    ] {
        lists(path).assert_breaks(&[BagRule::PayloadPathOutside]);
    }
}

#[test]
fn a_file_is_listed_once() {
    for (version, outcome) in [("1.0", Outcome::Invalid), ("0.97", Outcome::ValidWithWarnings)] {
        let mut bag = Bag::bare(version);
        bag.append(MANIFEST, &bag.line(Algorithm::Sha512, "data/a.txt"));
        bag.assert_breaks(&[BagRule::EntryTwice]);
        assert_eq!(bag.verdict().outcome, outcome);
    }
    for version in ["1.0", "0.97"] {
        let mut bag = Bag::bare(version);
        bag.append(
            MANIFEST,
            &format!("{} data/a.txt\n", checksum(Algorithm::Sha512, b"other")),
        );
        bag.assert_breaks(&[BagRule::EntryConflicting]);
        assert_eq!(bag.verdict().outcome, Outcome::Invalid);
    }
}

#[test]
fn names_that_differ_by_case_are_warned_about() {
    let mut bag = Bag::bare("1.0");
    bag.put("data/A.TXT", "third");
    bag.manifest(Algorithm::Sha512);
    bag.assert_breaks(&[BagRule::NamesDifferByCase]);
}

#[test]
fn names_that_differ_by_normalization_are_warned_about() {
    let mut bag = Bag::bare("1.0");
    bag.put("data/\u{E9}", "third");
    bag.put("data/e\u{301}", "fourth");
    bag.manifest(Algorithm::Sha512);
    bag.assert_breaks(&[BagRule::NamesDifferByForm]);
}

/// One file, listed under more names than it has: the checksums say that they mean the same.
#[test]
fn two_spellings_of_one_file_are_warned_about() {
    let file = "data/caf\u{E9} 50%.txt";
    let spellings = [
        ("data/cafe\u{301} 50%.txt", BagRule::NamesDifferByForm),
        ("data/CAF\u{C9} 50%.TXT", BagRule::NamesDifferByCase),
    ];
    for version in ["1.0", "0.97"] {
        let since_one = version == "1.0";
        let written = |path: &str| {
            if since_one {
                path.replace('%', "%25")
            } else {
                path.to_owned()
            }
        };
        for (spelling, by) in spellings {
            let mut bag = Bag::bare(version);
            bag.put(file, "third");
            let line =
                |algorithm, path: &str, bytes: &[u8]| format!("{}  {}\n", checksum(algorithm, bytes), written(path));
            let here = line(Algorithm::Sha512, file, b"third");
            let there = line(Algorithm::Sha512, spelling, b"third");
            bag.append(MANIFEST, &(here + &there));
            bag.assert_breaks(&[by, BagRule::NameTwoSpellings]);
            assert_eq!(bag.verdict().outcome, Outcome::ValidWithWarnings, "{spelling}");
            // One in each of two manifests, neither of which lacks the file.
            let mut bag = Bag::bare(version);
            let both = [
                ("data/a.txt", "data/a.txt"),
                ("data/sub/b.txt", "data/sub/b.txt"),
                (file, spelling),
            ];
            bag.put(file, "third");
            let lines = |bag: &Bag, algorithm, pick: fn(&(&'static str, &'static str)) -> &'static str| -> String {
                both.iter()
                    .map(|pair| line(algorithm, pick(pair), &bag.files[pair.0]))
                    .collect()
            };
            let first = lines(&bag, Algorithm::Sha512, |pair| pair.0);
            let second = lines(&bag, Algorithm::Sha256, |pair| pair.1);
            bag.put(MANIFEST, first);
            bag.put("manifest-sha256.txt", second);
            bag.assert_breaks(&[by, BagRule::NameTwoSpellings]);
            // The checksum of another file is no spelling; in another normalization form it is a file that changed.
            let mut bag = Bag::bare(version);
            bag.put(file, "third");
            let here = line(Algorithm::Sha512, file, b"third");
            let other = line(Algorithm::Sha512, spelling, b"other");
            bag.append(MANIFEST, &(here + &other));
            let mut expected = vec![by];
            if by == BagRule::NamesDifferByForm {
                expected.extend([BagRule::NameTwoSpellings, BagRule::ChecksumMismatch]);
            } else {
                expected.push(BagRule::PayloadFileMissing);
            }
            bag.assert_breaks(&expected);
            assert_eq!(bag.verdict().outcome, Outcome::Invalid);
        }
    }
}

#[test]
fn a_percent_sign_with_and_without_its_encoding_is_one_name() {
    for (version, expected) in [
        // From 1.0 on both are read as the same name.
        ("1.0", &[BagRule::PercentNotEncoded, BagRule::NameTwoSpellings][..]),
        ("0.97", &[BagRule::NameTwoSpellings]),
    ] {
        let mut bag = Bag::bare(version);
        bag.put("data/50%", "third");
        let sum = checksum(Algorithm::Sha512, b"third");
        bag.append(MANIFEST, &format!("{sum}  data/50%25\n{sum}  data/50%\n"));
        bag.assert_breaks(expected);
        assert_eq!(bag.verdict().outcome, Outcome::ValidWithWarnings, "{version}");
    }
}

/// Two files whose names could be spellings of one are two, and each is in every manifest.
#[test]
fn two_files_are_not_two_spellings() {
    let mut bag = Bag::bare("1.0");
    bag.put("data/A.TXT", "first");
    bag.manifest(Algorithm::Sha512);
    let without = bag.line(Algorithm::Sha256, "data/a.txt") + &bag.line(Algorithm::Sha256, "data/sub/b.txt");
    bag.put("manifest-sha256.txt", without);
    bag.assert_breaks(&[BagRule::NamesDifferByCase, BagRule::PayloadNotInEveryManifest]);
}

#[test]
fn from_one_on_every_payload_manifest_lists_every_file() {
    let mut bag = Bag::bare("1.0");
    bag.put("manifest-sha256.txt", bag.line(Algorithm::Sha256, "data/a.txt"));
    bag.assert_breaks(&[BagRule::PayloadNotInEveryManifest]);
    bag.put("bagit.txt", "BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n");
    bag.assert_breaks(&[]);
}

#[test]
fn before_one_a_file_may_be_in_one_manifest_only() {
    let mut bag = Bag::bare("0.97");
    bag.put("manifest-sha256.txt", bag.line(Algorithm::Sha256, "data/a.txt"));
    bag.put("manifest-sha512.txt", bag.line(Algorithm::Sha512, "data/sub/b.txt"));
    bag.assert_breaks(&[]);
    bag.put("data/a.txt", "First");
    bag.assert_breaks(&[BagRule::ChecksumMismatch]);
    bag.put("data/a.txt", "first");
    bag.put("data/c.txt", "in none");
    bag.assert_breaks(&[BagRule::PayloadNotListed]);
}
