//! Bags made of decisions: valid where the bytes decide nothing.

use std::fmt::Write as _;

use md5::Md5;
use sha2::Sha256;

use crate::choices::Choices;

const FOLDERS: [&str; 3] = ["bag/", "", "other/"];
const PAYLOAD: [(&str, &[u8]); 4] = [
    ("data/a.csv", b"city,n\nRome,1\nRome,2\n"),
    ("data/d/b.txt", b"text"),
    ("data/e\u{301}.txt", b"form D"),
    ("data/100%.txt", b""),
];

/// Names and contents of a bag's files.
pub fn files(choices: &mut Choices<'_>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let folder = *choices.pick(&FOLDERS);
    let version = *choices.pick(&["1.0", "0.97", "0.93", "2.0"]);
    let declaration = format!("BagIt-Version: {version}\nTag-File-Character-Encoding: UTF-8\n");
    let mut files: Vec<(String, Vec<u8>)> = vec![("bagit.txt".to_owned(), declaration.into())];
    let payload = &PAYLOAD[..=choices.below(PAYLOAD.len())];
    let (mut md5, mut sha256) = (String::new(), String::new());
    for (name, content) in payload {
        let mut content = content.to_vec();
        let _ = writeln!(md5, "{}  {name}", hexadecimal(&<Md5 as md5::Digest>::digest(&content)));
        let _ = writeln!(
            sha256,
            "{} {name}",
            hexadecimal(&<Sha256 as sha2::Digest>::digest(&content))
        );
        if choices.is_rare() {
            content.extend(choices.bytes(20));
        }
        files.push(((*name).to_owned(), content));
    }
    let bytes: usize = payload.iter().map(|(_, content)| content.len()).sum();
    let info = format!("Source-Organization: A\nPayload-Oxum: {bytes}.{}\n", payload.len());
    for (name, text) in [
        ("manifest-md5.txt", md5),
        ("manifest-sha256.txt", sha256),
        ("bag-info.txt", info),
    ] {
        let mut text = text.into_bytes();
        if choices.is_rare() {
            let at = choices.below(256).min(text.len());
            text.splice(at..at, choices.bytes(20).iter().copied());
        }
        if !choices.is_rare() {
            files.push((name.to_owned(), text));
        }
    }
    if choices.is_rare() {
        files.push(("fetch.txt".to_owned(), b"http://a.example/x 3 data/x\n".to_vec()));
    }
    let named = files.into_iter();
    named
        .map(|(name, content)| (format!("{folder}{name}").into_bytes(), content))
        .collect()
}

/// Lower-case hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
