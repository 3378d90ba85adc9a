//! What holds for any bag.

use std::collections::BTreeMap;

use proptest::prelude::*;
use relay_bagit::{Algorithm, BagLayout, BagLimits, BagRule, BagTags, Digests, Judge, Outcome, Severity};

use crate::bag::{Bag, broken, judge};

const TAG_FILES: [&str; 6] = [
    "bagit.txt",
    "bag-info.txt",
    "fetch.txt",
    "manifest-md5.txt",
    "manifest-sha512.txt",
    "tagmanifest-sha512.txt",
];

fn segment() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9 ._%*~é漢\u{301}-]{1,8}".prop_filter("plain and not the start of a space", |segment| {
        !matches!(segment.as_str(), "." | "..") && !segment.starts_with(' ')
    })
}

fn payload() -> impl Strategy<Value = BTreeMap<String, Vec<u8>>> {
    let path = prop::collection::vec(segment(), 1..4).prop_map(|segments| format!("data/{}", segments.join("/")));
    prop::collection::btree_map(path, prop::collection::vec(any::<u8>(), 0..20), 1..8)
}

/// A bag of any payload, made as the RFC says.
fn bag() -> impl Strategy<Value = Bag> {
    let algorithms = prop::sample::subsequence(Algorithm::ALL.to_vec(), 1..=4);
    let versions =
        (payload(), any::<bool>()).prop_filter("before 1.0 such names cannot be listed", |(payload, since_one)| {
            let has_encoded_break =
                |path: &String| ["%0a", "%0d"].iter().any(|code| path.to_lowercase().contains(code));
            *since_one || !payload.keys().any(has_encoded_break)
        });
    (versions, algorithms, any::<bool>()).prop_map(|((payload, since_one), algorithms, is_sealed)| {
        let mut bag = Bag::bare(if since_one { "1.0" } else { "0.97" });
        bag.files.retain(|path, _| path == "bagit.txt");
        let bytes: usize = payload.values().map(Vec::len).sum();
        bag.put("bag-info.txt", format!("Payload-Oxum: {bytes}.{}\n", payload.len()));
        bag.files.extend(payload);
        for algorithm in &algorithms {
            bag.manifest(*algorithm);
            let manifest = format!("manifest-{algorithm}.txt");
            if since_one {
                let text = String::from_utf8(bag.files[&manifest].clone()).unwrap();
                bag.put(&manifest, text.replace('%', "%25"));
            }
        }
        for algorithm in algorithms.iter().filter(|_| is_sealed) {
            bag.seal(*algorithm);
        }
        bag
    })
}

fn has_errors(bag: &Bag) -> bool {
    bag.verdict().outcome == Outcome::Invalid
}

proptest! {
    #[test]
    fn a_bag_made_by_the_rules_is_valid(bag in bag()) {
        let verdict = bag.verdict();
        prop_assert_ne!(verdict.outcome, Outcome::Invalid, "{:#?}", verdict);
    }

    #[test]
    fn any_change_to_the_payload_is_noticed(
        bag in bag(), which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), flip in 1_u8..,
    ) {
        let paths: Vec<String> = bag.files.keys().filter(|path| path.starts_with("data/")).cloned().collect();
        let path = which.get(&paths);
        let mut flipped = bag.clone();
        let bytes = flipped.files.get_mut(path).unwrap();
        if bytes.is_empty() {
            bytes.push(flip);
        } else {
            *at.get_mut(bytes.as_mut_slice()) ^= flip;
        }
        prop_assert!(broken(&flipped.verdict()).contains(&BagRule::ChecksumMismatch));

        let mut removed = bag.clone();
        removed.remove(path);
        prop_assert!(broken(&removed.verdict()).contains(&BagRule::PayloadFileMissing));

        let mut renamed = bag.clone();
        let bytes = renamed.files.remove(path).unwrap();
        renamed.put(&format!("{path}-renamed"), bytes);
        prop_assert!(has_errors(&renamed));
    }

    #[test]
    fn a_change_to_a_listed_tag_file_is_noticed(
        bag in bag(), which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), flip in 1_u8..,
    ) {
        let mut bag = bag;
        bag.seal(Algorithm::Sha512);
        let is_listed = |path: &&String| !path.starts_with("data/") && !path.starts_with("tagmanifest-");
        let paths: Vec<String> = bag.files.keys().filter(is_listed).cloned().collect();
        let bytes = bag.files.get_mut(which.get(&paths)).unwrap();
        *at.get_mut(bytes.as_mut_slice()) ^= flip;
        prop_assert!(has_errors(&bag));
    }

    #[test]
    fn the_order_of_files_does_not_matter(bag in bag(), order in Just(()).prop_perturb(|(), mut rng| rng.next_u64())) {
        let tags = bag.tags().unwrap();
        let expected = judge(&tags, &bag);
        let mut names: Vec<&String> = bag.files.keys().collect();
        names.sort_by_key(|name| crate::bag::digest(Algorithm::Md5, format!("{order}{name}").as_bytes()));
        let mut judge = Judge::new(&tags);
        for path in names {
            let name = format!("base/{path}");
            let mut digests = Digests::default();
            for algorithm in tags.wanted_algorithms(&name).iter() {
                digests.set(algorithm, &crate::bag::digest(algorithm, &bag.files[path])).unwrap();
            }
            judge.file(&name, bag.files[path].len() as u64, &digests).unwrap();
        }
        let verdict = judge.finish().unwrap();
        prop_assert_eq!(verdict.outcome, expected.outcome);
        prop_assert_eq!((verdict.errors, verdict.warnings), (expected.errors, expected.warnings));
    }

    #[test]
    fn any_bytes_give_a_verdict_within_the_limits(
        contents in prop::collection::vec(prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "[ \\t\\r\\n:a-f0-9./*%#~-]{0,200}".prop_map(String::into_bytes),
            "((BagIt-Version: [01].[0-9]{1,2}|Tag-File-Character-Encoding: (UTF-8|UTF-16|latin1)|[0-9a-f]{32} +data/[a-c]|Payload-Oxum: [0-9].[0-9])\n){0,4}"
                .prop_map(String::into_bytes),
        ], 6),
        findings_max in 0_usize..5,
    ) {
        let mut files: BTreeMap<String, Vec<u8>> = TAG_FILES.iter().map(|name| (*name).to_owned()).zip(contents).collect();
        let limits = BagLimits { findings_max, entries_max: 10, ..BagLimits::default() };
        for declared in [false, true] {
            if declared {
                let declaration = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
                files.insert("bagit.txt".to_owned(), declaration.into());
            }
            let tags = BagTags::parse(BagLayout::top(), &files, &limits);
            let verdict = Judge::new(&tags).finish().unwrap();
            prop_assert!(verdict.findings.len() <= findings_max);
            let errors = verdict.findings.iter().filter(|finding| finding.severity == Severity::Error).count() as u64;
            prop_assert!(errors <= verdict.errors);
            prop_assert_eq!(verdict.outcome == Outcome::Invalid, verdict.errors > 0);
        }
    }
}
