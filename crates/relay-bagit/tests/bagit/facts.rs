//! Files held against the tag files.

use relay_bagit::{Algorithm, Algorithms, BagRule, Digests, Judge, JudgeError, Outcome};

use crate::bag::{Bag, digest};

#[test]
fn a_payload_file_that_changed_is_noticed() {
    let mut bag = Bag::bare("1.0");
    bag.put("data/a.txt", "fIrst");
    bag.assert_breaks(&[BagRule::ChecksumMismatch]);
    let finding = &bag.verdict().findings[0];
    assert_eq!(finding.file.as_deref(), Some("data/a.txt"));
    assert!(
        finding.text.contains("line 1 of manifest-sha512.txt"),
        "{}",
        finding.text
    );
}

#[test]
fn every_checksum_of_every_manifest_counts() {
    let mut bag = Bag::bare("1.0");
    bag.manifest(Algorithm::Md5);
    bag.change("manifest-md5.txt", &bag.line(Algorithm::Md5, "data/a.txt")[..4], "0000");
    bag.assert_breaks(&[BagRule::ChecksumMismatch]);
}

#[test]
fn a_payload_file_that_is_not_listed_is_noticed() {
    let mut bag = Bag::bare("1.0");
    bag.put("data/c.txt", "third");
    bag.assert_breaks(&[BagRule::PayloadNotListed]);
}

#[test]
fn a_payload_file_that_is_gone_is_noticed() {
    let mut bag = Bag::bare("1.0");
    bag.remove("data/a.txt");
    bag.assert_breaks(&[BagRule::PayloadFileMissing]);
}

#[test]
fn a_bag_has_a_payload_directory() {
    let mut bag = Bag::bare("1.0");
    bag.remove("data/a.txt");
    bag.remove("data/sub/b.txt");
    bag.put("manifest-sha512.txt", "");
    bag.assert_breaks(&[BagRule::PayloadDirectoryMissing]);
    bag.directories = vec!["database/".to_owned(), "tags/data/".to_owned()];
    bag.assert_breaks(&[BagRule::PayloadDirectoryMissing]);
    bag.put("data", "a file");
    bag.assert_breaks(&[BagRule::PayloadDirectoryMissing]);
}

#[test]
fn an_empty_payload_is_warned_about() {
    let mut bag = Bag::bare("1.0");
    bag.remove("data/a.txt");
    bag.remove("data/sub/b.txt");
    bag.put("manifest-sha512.txt", "");
    for directory in ["data/", "data"] {
        bag.directories = vec![directory.to_owned()];
        bag.assert_breaks(&[BagRule::PayloadEmpty]);
        assert_eq!(bag.verdict().outcome, Outcome::ValidWithWarnings);
    }
}

#[test]
fn names_in_another_normalization_form_are_found_with_a_warning() {
    for (listed, there) in [("e\u{301}", "\u{E9}"), ("\u{E9}", "e\u{301}"), ("\u{212B}", "A\u{30A}")] {
        let mut bag = Bag::bare("1.0");
        bag.put(&format!("data/{listed}"), "x");
        bag.manifest(Algorithm::Sha512);
        bag.remove(&format!("data/{listed}"));
        bag.put(&format!("data/{there}"), "x");
        bag.assert_breaks(&[BagRule::NameOtherForm]);
        bag.put(&format!("data/{there}"), "y");
        bag.assert_breaks(&[BagRule::NameOtherForm, BagRule::ChecksumMismatch]);
        // A file of exactly the listed name is the one that is meant.
        bag.put(&format!("data/{listed}"), "x");
        bag.assert_breaks(&[BagRule::PayloadNotListed]);
    }
}

#[test]
fn exactly_the_digests_that_are_listed_are_asked_for() {
    let mut bag = Bag::bare("0.97");
    bag.put("manifest-md5.txt", bag.line(Algorithm::Md5, "data/a.txt"));
    bag.seal(Algorithm::Sha256);
    bag.put("notes.txt", "");
    let tags = bag.tags().unwrap();
    let wanted = |name: &str| tags.wanted_algorithms(name).iter().collect::<Vec<_>>();
    assert_eq!(wanted("base/data/a.txt"), [Algorithm::Md5, Algorithm::Sha512]);
    assert_eq!(wanted("base/data/sub/b.txt"), [Algorithm::Sha512]);
    assert_eq!(wanted("base/bagit.txt"), [Algorithm::Sha256]);
    assert_eq!(wanted("base/notes.txt"), []);
    assert_eq!(wanted("data/a.txt"), []);
    let all = [Algorithm::Md5, Algorithm::Sha256, Algorithm::Sha512];
    assert_eq!(tags.algorithms(), all.into_iter().collect::<Algorithms>());
}

#[test]
fn a_missing_digest_is_the_callers_mistake_and_never_a_valid_bag() {
    let bag = Bag::bare("1.0");
    let tags = bag.tags().unwrap();
    let mut judge = Judge::new(&tags);
    let mut digests = Digests::default();
    digests
        .set(Algorithm::Sha256, &digest(Algorithm::Sha256, b"first"))
        .unwrap();
    let error = judge.file("base/data/a.txt", 5, &digests).unwrap_err();
    let file = "data/a.txt".to_owned();
    assert_eq!(
        error,
        JudgeError::DigestNotGiven {
            file,
            algorithm: Algorithm::Sha512
        }
    );

    let mut judge = Judge::new(&tags);
    digests
        .set(Algorithm::Sha512, &digest(Algorithm::Sha512, b"first"))
        .unwrap();
    judge.file("base/data/a.txt", 5, &digests).unwrap();
    let error = judge.file("base/data/a.txt", 5, &digests).unwrap_err();
    assert_eq!(
        error,
        JudgeError::FileTwice {
            file: "data/a.txt".to_owned()
        }
    );
}

#[test]
fn digests_have_the_length_of_their_algorithm() {
    for algorithm in Algorithm::ALL {
        let mut digests = Digests::default();
        for bytes in [0, algorithm.digest_bytes() - 1, algorithm.digest_bytes() + 1] {
            let error = digests.set(algorithm, &vec![0; bytes]).unwrap_err();
            assert_eq!((error.algorithm, error.bytes), (algorithm, bytes));
        }
        assert_eq!(digests.get(algorithm), None);
        digests.set(algorithm, &vec![1; algorithm.digest_bytes()]).unwrap();
        assert_eq!(digests.get(algorithm).unwrap().len(), algorithm.digest_bytes());
    }
}
