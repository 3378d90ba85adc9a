//! Encodings, byte order marks, line endings and limits of tag files.

use relay_bagit::{Algorithm, BagRule, TagEncoding};

use crate::bag::Bag;

fn encoded(encoding: &str, name: &str, encode: impl Fn(&str) -> Vec<u8>) -> Bag {
    let mut bag = Bag::bare("1.0");
    bag.put(&format!("data/{name}"), "x");
    bag.manifest(Algorithm::Sha512);
    let manifest = String::from_utf8(bag.files["manifest-sha512.txt"].clone()).unwrap();
    bag.put("manifest-sha512.txt", encode(&manifest));
    bag.change("bagit.txt", "UTF-8", encoding);
    bag
}

fn utf16(text: &str, mark: &[u8], to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    mark.iter()
        .copied()
        .chain(text.encode_utf16().flat_map(to_bytes))
        .collect()
}

fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|character| u8::try_from(character).unwrap()).collect()
}

#[test]
fn tag_files_are_read_in_the_encoding_that_is_declared() {
    let warned = [BagRule::EncodingNotUtf8];
    encoded("ISO-8859-1", "é", latin1).assert_breaks(&warned);
    encoded("latin1", "é", latin1).assert_breaks(&warned);
    // 0x85 is a control character in ISO-8859-1, and a printable one in windows-1252.
    encoded("ISO-8859-1", "\u{85}", latin1).assert_breaks(&warned);
    encoded("US-ASCII", "e", latin1).assert_breaks(&warned);
    encoded("windows-1252", "…", |text| {
        text.chars()
            .map(|character| if character == '…' { 0x85 } else { character as u8 })
            .collect()
    })
    .assert_breaks(&warned);
    encoded("UTF-16", "é", |text| utf16(text, &[0xFF, 0xFE], u16::to_le_bytes)).assert_breaks(&warned);
    encoded("UTF-16", "é", |text| utf16(text, &[0xFE, 0xFF], u16::to_be_bytes)).assert_breaks(&warned);
    encoded("utf-16", "é", |text| utf16(text, &[], u16::to_be_bytes)).assert_breaks(&warned);
    encoded("UTF-16LE", "é", |text| utf16(text, &[], u16::to_le_bytes)).assert_breaks(&warned);
    encoded("UTF-16BE", "é", |text| utf16(text, &[], u16::to_be_bytes)).assert_breaks(&warned);
    encoded("utf-8", "é", |text| text.as_bytes().to_vec()).assert_breaks(&[]);
}

#[test]
fn what_is_not_in_the_encoding_is_refused() {
    encoded("UTF-8", "é", latin1).assert_breaks(&[BagRule::TagFileNotDecodable]);
    encoded("US-ASCII", "é", latin1).assert_breaks(&[BagRule::EncodingNotUtf8, BagRule::TagFileNotDecodable]);
    encoded("UTF-16", "é", |text| {
        let mut bytes = utf16(text, &[0xFF, 0xFE], u16::to_le_bytes);
        bytes.pop();
        bytes
    })
    .assert_breaks(&[BagRule::EncodingNotUtf8, BagRule::TagFileNotDecodable]);
    for file in ["bag-info.txt", "fetch.txt"] {
        let mut bag = Bag::bare("1.0");
        bag.put(file, b"\xFF\xFE");
        bag.assert_breaks(&[BagRule::TagFileNotDecodable]);
    }
}

#[test]
fn an_unknown_encoding_is_refused() {
    for name in [
        "UTF-99",
        "none",
        "x-user-defined",
        "replacement",
        "UTF-8;",
        "ISO-2022-KR",
    ] {
        encoded(name, "e", latin1).assert_breaks(&[BagRule::EncodingUnknown]);
        assert_eq!(TagEncoding::from_name(name), None);
    }
}

#[test]
fn a_byte_order_mark_that_is_not_needed_is_refused() {
    for file in ["manifest-sha512.txt", "bag-info.txt"] {
        let mut bag = Bag::bare("1.0");
        bag.put("bag-info.txt", "Contact-Name: x\n");
        let mut marked = b"\xEF\xBB\xBF".to_vec();
        marked.extend_from_slice(&bag.files[file]);
        bag.put(file, marked);
        bag.assert_breaks(&[BagRule::TagFileByteOrderMark]);
    }
    encoded("UTF-16LE", "é", |text| utf16(text, &[0xFF, 0xFE], u16::to_le_bytes))
        .assert_breaks(&[BagRule::EncodingNotUtf8, BagRule::TagFileByteOrderMark]);
}

#[test]
fn lines_end_with_line_feed_carriage_return_or_both() {
    for ending in ["\r", "\r\n"] {
        let mut bag = Bag::new("1.0");
        for file in ["manifest-sha512.txt", "bag-info.txt"] {
            let text = String::from_utf8(bag.files[file].clone()).unwrap();
            bag.put(file, text.replace('\n', ending));
        }
        bag.seal(Algorithm::Sha512);
        bag.assert_breaks(&[]);
    }
    let mut bag = Bag::bare("1.0");
    bag.files.get_mut("manifest-sha512.txt").unwrap().pop();
    bag.assert_notes(BagRule::LastLineOpen);
}

#[test]
fn blank_lines_are_warned_about() {
    for blank in ["\n", "\r\n\r\n", "\r"] {
        let mut bag = Bag::bare("1.0");
        bag.append("manifest-sha512.txt", blank);
        bag.assert_breaks(&[BagRule::BlankLine]);
    }
}

#[test]
fn limits_end_the_reading() {
    let mut bag = Bag::new("1.0");
    bag.limits.entries_max = 3;
    bag.assert_breaks(&[BagRule::EntriesTooMany]);

    let mut bag = Bag::new("1.0");
    bag.limits.line_bytes_max = 100;
    bag.assert_breaks(&[BagRule::LineTooLong]);

    let mut bag = Bag::new("1.0");
    bag.limits.tag_file_bytes_max = 100;
    bag.assert_breaks(&[BagRule::TagFileTooLarge]);

    let mut bag = Bag::new("1.0");
    bag.limits.tag_files_bytes_max = 300;
    bag.assert_breaks(&[BagRule::TagFilesTooLarge]);

    let mut bag = Bag::new("1.0");
    bag.limits.tag_files_max = 3;
    bag.assert_breaks(&[BagRule::TagFilesTooLarge]);
    // Far beyond the limit not even the names are kept.
    for number in 0..100 {
        bag.put(&format!("manifest-{number}.txt"), "");
    }
    bag.assert_breaks(&[BagRule::TagFilesTooLarge]);

    let mut bag = Bag::new("1.0");
    bag.limits.entries_max = 8;
    bag.limits.tag_files_max = 4;
    bag.assert_breaks(&[]);
}
