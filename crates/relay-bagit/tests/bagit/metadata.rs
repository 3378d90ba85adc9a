//! bag-info.txt.

use relay_bagit::{BagRule, Outcome};

use crate::bag::Bag;

fn with(version: &str, info: &str) -> Bag {
    let mut bag = Bag::bare(version);
    bag.put("bag-info.txt", info);
    bag
}

fn fields(bag: &Bag) -> Vec<(String, String, u64)> {
    let tags = bag.tags().unwrap();
    let field = |field: &relay_bagit::InfoField| (field.label.clone(), field.value.clone(), field.line());
    tags.info().iter().map(field).collect()
}

#[test]
fn order_and_repetition_are_kept() {
    let bag = with("1.0", "B: 1\nA: 2\nB: 3\nLong: one\n  two\n\tthree\nb: 4\n");
    bag.assert_breaks(&[]);
    let expected = [
        ("B", "1", 1),
        ("A", "2", 2),
        ("B", "3", 3),
        ("Long", "one\ntwo\nthree", 4),
        ("b", "4", 7),
    ];
    let expected = expected.map(|(label, value, line)| (label.to_owned(), value.to_owned(), line));
    assert_eq!(fields(&bag), expected);
}

#[test]
fn lines_that_are_no_elements_are_refused() {
    for version in ["1.0", "0.97"] {
        for info in ["no colon\n", ": value\n", " continues nothing\n", "A: 1\n=\n"] {
            with(version, info).assert_breaks(&[BagRule::InfoMalformed]);
        }
    }
}

#[test]
fn from_one_on_spaces_around_the_colon_are_strict() {
    for info in ["A : 1\n", "A:1\n", "A\t: 1\n"] {
        with("1.0", info).assert_breaks(&[BagRule::InfoSpace]);
        assert_eq!(with("1.0", info).verdict().outcome, Outcome::Invalid);
    }
    with("1.0", "A:\t1\n").assert_breaks(&[]);
}

#[test]
fn before_one_spaces_around_the_colon_belong_to_neither_side() {
    for info in ["A   :  1\n", "A\t:\t1\n", "A : 1 \n"] {
        let bag = with("0.97", info);
        bag.assert_breaks(&[]);
        assert_eq!(fields(&bag), [("A".to_owned(), "1".to_owned(), 1)]);
    }
    with("0.97", "A:1\n").assert_breaks(&[BagRule::InfoSpace]);
    assert_eq!(with("0.97", "A:1\n").verdict().outcome, Outcome::ValidWithWarnings);
}

#[test]
fn an_empty_value_is_warned_about() {
    for info in ["A: \n", "A:\n"] {
        with("1.0", info).assert_breaks(&[BagRule::InfoValueEmpty]);
    }
    let bag = with("1.0", "A:\n  continued\n");
    bag.assert_breaks(&[]);
    assert_eq!(fields(&bag), [("A".to_owned(), "continued".to_owned(), 1)]);
}

#[test]
fn what_should_be_given_once_is_warned_about_when_repeated() {
    let group = "Bag-Group-Identifier: g\n";
    for line in [
        "Bagging-Date: 2020-01-31\n",
        "Bag-Size: 1 MB\n",
        group,
        "Bag-Count: 1 of 2\n",
    ] {
        let again = line.to_ascii_uppercase().replace("OF", "of");
        let info = if line == group {
            format!("{line}{again}")
        } else {
            format!("{group}{line}{again}")
        };
        with("1.0", &info).assert_breaks(&[BagRule::InfoRepeated]);
    }
    with("1.0", "Contact-Name: a\nContact-Name: b\n").assert_breaks(&[]);
}

#[test]
fn dates_and_counts_have_their_form() {
    for date in [
        "2020-1-31",
        "31.01.2020",
        "2020-13-01",
        "2020-01-32",
        "2020-01-00",
        "today",
        "2020-01-311",
        "２020-01-1",
    ] {
        with("1.0", &format!("Bagging-Date: {date}\n")).assert_breaks(&[BagRule::InfoValueMalformed]);
    }
    for count in ["1", "1 of", "2 of 1", "1/2", "a of b", "? of 2"] {
        let info = format!("Bag-Group-Identifier: g\nBag-Count: {count}\n");
        with("1.0", &info).assert_breaks(&[BagRule::InfoValueMalformed]);
    }
    for count in ["1 of 2", "4 of 4", "3 of ?"] {
        with("1.0", &format!("Bag-Group-Identifier: g\nBag-Count: {count}\n")).assert_breaks(&[]);
    }
}

#[test]
fn a_count_without_a_group_is_noted() {
    with("1.0", "Bag-Count: 1 of 2\n").assert_notes(BagRule::BagCountAlone);
}

#[test]
fn the_oxum_is_bytes_and_files() {
    with("1.0", "Payload-Oxum: 11.2\n").assert_breaks(&[]);
    with("1.0", "payload-oxum: 11.2\n").assert_breaks(&[]);
    for oxum in [
        "11",
        "11.",
        ".2",
        "11.2.0",
        "+11.2",
        "11,2",
        "11. 2",
        "a.b",
        "99999999999999999999.2",
    ] {
        with("1.0", &format!("Payload-Oxum: {oxum}\n")).assert_breaks(&[BagRule::OxumMalformed]);
    }
    for oxum in ["12.2", "11.3", "0.0"] {
        with("1.0", &format!("Payload-Oxum: {oxum}\n")).assert_breaks(&[BagRule::OxumMismatch]);
    }
}

#[test]
fn the_oxum_is_given_once() {
    with("1.0", "Payload-Oxum: 11.2\nPAYLOAD-OXUM: 11.2\n").assert_breaks(&[BagRule::OxumRepeated]);
}

#[test]
fn metadata_is_in_the_file_of_its_version() {
    let mut bag = Bag::bare("0.95");
    bag.put("bag-info.txt", "no metadata here");
    bag.put("package-info.txt", "Payload-Oxum: 1.1\n");
    bag.assert_breaks(&[BagRule::OxumMismatch]);
    let mut bag = Bag::bare("0.96");
    bag.put("package-info.txt", "no metadata here");
    bag.put("bag-info.txt", "Payload-Oxum: 1.1\n");
    bag.assert_breaks(&[BagRule::OxumMismatch]);
}
