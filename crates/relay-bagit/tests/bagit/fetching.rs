//! fetch.txt: read, and never followed.

use relay_bagit::{Algorithm, BagRule, Outcome};

use crate::bag::Bag;

fn fetching(version: &str, lines: &str) -> Bag {
    let mut bag = Bag::bare(version);
    bag.put("fetch.txt", lines);
    bag
}

#[test]
fn a_bag_with_holes_is_incomplete() {
    let mut bag = fetching("1.0", "https://example.org/a 5 data/a.txt\n");
    bag.remove("data/a.txt");
    bag.assert_breaks(&[BagRule::FetchNeeded]);
    assert_eq!(bag.verdict().outcome, Outcome::Invalid);
    let tags = bag.tags().unwrap();
    assert_eq!(tags.fetch().collect::<Vec<_>>(), [("data/a.txt", Some(5))]);
    assert!(!format!("{tags:?}").contains("example.org"), "addresses are not kept");
}

#[test]
fn a_bag_that_was_completed_is_valid() {
    fetching(
        "1.0",
        "https://example.org/a 5 data/a.txt\nftp://example.org/b\t-\tdata/sub/b.txt\n",
    )
    .assert_breaks(&[]);
    fetching("1.0", "").assert_breaks(&[]);
}

#[test]
fn another_length_is_warned_about() {
    fetching("1.0", "https://example.org/a 6 data/a.txt\n").assert_breaks(&[BagRule::FetchLengthDiffers]);
}

#[test]
fn lines_that_are_no_fetches_are_refused() {
    for line in [
        "https://example.org/a",
        "https://example.org/a 5",
        "https://example.org/a 5 ",
        "https://example.org/a five data/a.txt",
        "https://example.org/a -5 data/a.txt",
        "https://example.org/a data/a.txt",
        "example.org/a 5 data/a.txt",
        "//example.org/a 5 data/a.txt",
        "1http://example.org/a 5 data/a.txt",
        "https: 5 data/a.txt",
        " https://example.org/a 5 data/a.txt",
    ] {
        fetching("1.0", &format!("{line}\n")).assert_breaks(&[BagRule::FetchLineMalformed]);
    }
}

#[test]
fn only_payload_is_fetched() {
    for path in ["bag-info.txt", "Data/a.txt", "data"] {
        fetching("1.0", &format!("https://example.org/a - {path}\n")).assert_breaks(&[BagRule::FetchPathOutside]);
    }
    fetching("1.0", "https://example.org/a - ../a.txt\n").assert_breaks(&[BagRule::PathUnsafe]);
    fetching("1.0", "https://example.org/a - data/%0a/../../x\n").assert_breaks(&[BagRule::PathUnsafe]);
}

#[test]
fn a_file_is_fetched_once() {
    let lines = "https://example.org/a 5 data/a.txt\nhttps://example.com/a 5 data/a.txt\n";
    fetching("1.0", lines).assert_breaks(&[BagRule::FetchTwice]);
}

#[test]
fn what_is_fetched_is_listed_in_the_manifests() {
    let lines = "https://example.org/c 5 data/c.txt\n";
    fetching("1.0", lines).assert_breaks(&[BagRule::FetchNotListed]);
    fetching("0.97", lines).assert_breaks(&[BagRule::FetchNotListed]);
    // Before 1.0 one manifest is enough.
    let line = "https://example.org/a 5 data/a.txt\n";
    let mut bag = fetching("1.0", line);
    bag.put("manifest-sha256.txt", bag.line(Algorithm::Sha256, "data/sub/b.txt"));
    bag.assert_breaks(&[BagRule::FetchNotListed, BagRule::PayloadNotInEveryManifest]);
    let mut bag = fetching("0.97", line);
    bag.put("manifest-sha256.txt", bag.line(Algorithm::Sha256, "data/sub/b.txt"));
    bag.assert_breaks(&[]);
}
