//! bagit.txt.

use relay_bagit::{BagRule, Outcome};

use crate::bag::Bag;

fn declared(text: impl AsRef<[u8]>) -> Bag {
    let mut bag = Bag::bare("1.0");
    bag.put("bagit.txt", text);
    bag
}

#[test]
fn every_version_that_is_understood_has_its_valid_bag() {
    for version in ["0.93", "0.94", "0.95", "0.96", "0.97", "1.0"] {
        let bag = Bag::new(version);
        assert_eq!(bag.verdict().outcome, Outcome::Valid, "{version}: {:#?}", bag.verdict());
        let declaration = bag.tags().unwrap().declaration().unwrap();
        assert_eq!(declaration.version.to_string(), version);
        assert_eq!(bag.tags().unwrap().info().len(), 2, "{version}: the metadata is read");
    }
}

#[test]
fn other_versions_are_refused() {
    for version in ["0.92", "0.98", "1.1", "2.0", "0.1", "10.0", "99999999999999999999.0"] {
        Bag::new(version).assert_breaks(&[BagRule::VersionUnsupported]);
    }
}

#[test]
fn the_declaration_is_exactly_two_lines_in_order() {
    let version = "BagIt-Version: 1.0";
    let encoding = "Tag-File-Character-Encoding: UTF-8";
    let malformed = [
        String::new(),
        "\n".to_owned(),
        format!("{version}\n"),
        format!("{encoding}\n{version}\n"),
        format!("{version}\n{encoding}\n\n"),
        format!("{version}\n\n{encoding}\n"),
        format!("\n{version}\n{encoding}\n"),
        format!("{version}\n{encoding}\nOther: x\n"),
        format!("{version}\n{version}\n"),
        format!(" BagIt-Version: 1.0\n{encoding}\n"),
        format!("BagIt-Version: 1\n{encoding}\n"),
        format!("BagIt-Version: 1.\n{encoding}\n"),
        format!("BagIt-Version: .0\n{encoding}\n"),
        format!("BagIt-Version: +1.0\n{encoding}\n"),
        format!("BagIt-Version: 1.0.0\n{encoding}\n"),
        format!("BagIt-Version 1.0\n{encoding}\n"),
        format!("{version}\nTag-File-Character-Encoding: \n"),
        format!("{version}\nEncoding: UTF-8\n"),
        "\n".repeat(100_000),
    ];
    for text in malformed {
        declared(&text).assert_breaks(&[BagRule::DeclarationMalformed]);
    }
    declared(b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\xFF\n")
        .assert_breaks(&[BagRule::DeclarationMalformed]);
}

#[test]
fn before_one_spaces_around_the_colons_of_the_declaration_belong_to_neither_side() {
    for (first, second) in [
        ("BagIt-Version:VERSION", "Tag-File-Character-Encoding: UTF-8"),
        ("BagIt-Version:  VERSION", "Tag-File-Character-Encoding: UTF-8"),
        ("BagIt-Version:\tVERSION", "Tag-File-Character-Encoding: UTF-8"),
        ("BagIt-Version : VERSION", "Tag-File-Character-Encoding: UTF-8"),
        ("BagIt-Version: VERSION ", "Tag-File-Character-Encoding: UTF-8"),
        ("BagIt-Version: VERSION", "Tag-File-Character-Encoding : UTF-8"),
        ("BagIt-Version: VERSION", "Tag-File-Character-Encoding: UTF-8 "),
        ("BagIt-Version \t:\t VERSION", "Tag-File-Character-Encoding\t:UTF-8\t"),
    ] {
        for version in ["0.93", "0.94", "0.95", "0.96", "0.97", "1.0"] {
            let mut bag = Bag::bare(version);
            let text = format!("{first}\n{second}\n").replace("VERSION", version);
            bag.put("bagit.txt", &text);
            bag.assert_breaks(&[BagRule::DeclarationSpace]);
            let is_valid = bag.verdict().outcome == Outcome::ValidWithWarnings;
            assert_eq!(is_valid, version != "1.0", "{text:?}");
        }
    }
}

#[test]
fn any_line_ending_ends_the_lines_of_the_declaration() {
    for ending in ["\n", "\r", "\r\n"] {
        declared(format!(
            "BagIt-Version: 1.0{ending}Tag-File-Character-Encoding: UTF-8{ending}"
        ))
        .assert_breaks(&[]);
    }
    declared("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8").assert_notes(BagRule::LastLineOpen);
}

#[test]
fn a_byte_order_mark_in_the_declaration_is_refused() {
    declared(b"\xEF\xBB\xBFBagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
        .assert_breaks(&[BagRule::DeclarationByteOrderMark]);
}

#[test]
fn labels_in_another_case_are_understood_with_a_warning() {
    // The RFC's own examples write "BagIt-version".
    declared("BagIt-version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
        .assert_breaks(&[BagRule::DeclarationLabelCase]);
}

#[test]
fn tag_files_without_a_declaration_say_so() {
    let mut bag = Bag::bare("1.0");
    bag.remove("bagit.txt");
    bag.assert_breaks(&[BagRule::DeclarationMissing]);
    let layout = relay_bagit::BagLayout::folder("base");
    let tags = relay_bagit::BagTags::parse(layout, &bag.files, &bag.limits);
    let verdict = tags.into_verdict();
    assert_eq!(verdict.findings[0].rule, BagRule::DeclarationMissing);
    assert_eq!(verdict.outcome, Outcome::Invalid);
}
