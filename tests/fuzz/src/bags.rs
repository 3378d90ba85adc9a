//! Bags: whatever the tag files are, there is a verdict, within the limits, whatever the order in which files come.

use std::collections::BTreeMap;

use md5::Md5;
use relay_bagit::{Algorithm, BagLimits, BagTags, BagVerdict, Digests, Judge, Outcome, Severity, Survey};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};

use crate::choices::Choices;
use crate::made;
use crate::text::{SECRET, assert_keeps_secret, assert_shown};

pub const WORDS: &[&[u8]] = &[
    b"\x1ebagit.txt\n",
    b"\x1ebag/bagit.txt\n",
    b"\x1emanifest-md5.txt\n",
    b"\x1emanifest-sha512.txt\n",
    b"\x1etagmanifest-sha256.txt\n",
    b"\x1ebag-info.txt\n",
    b"\x1efetch.txt\n",
    b"\x1edata/a.csv\n",
    b"BagIt-Version: 1.0\n",
    b"Tag-File-Character-Encoding: UTF-16\n",
    b"ISO-8859-1",
    b"Shift_JIS",
    b"Payload-Oxum: 1.1\n",
    b"d41d8cd98f00b204e9800998ecf8427e  data/a.csv\n",
    b"%0A",
    b"%25",
    b"../",
    b"~/",
    b" *",
    b"\r",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"http://a.example/x - data/x\n",
];

/// Stands between the files of an input: the control character that separates records.
const SEPARATOR: u8 = 0x1e;

/// Small limits, so that small inputs reach them.
fn limits() -> BagLimits {
    BagLimits {
        tag_file_bytes_max: 2 << 10,
        tag_files_bytes_max: 3 << 10,
        tag_files_max: 6,
        entries_max: 40,
        line_bytes_max: 300,
        findings_max: 10,
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    let decisions = crate::seeds::decisions();
    let mut seeds: Vec<_> = decisions
        .iter()
        .map(|bytes| input_of(&made::bag::files(&mut Choices::new(bytes))))
        .collect();
    let info = format!("Contact-Name: {SECRET}\n {SECRET}\nPayload-Oxum: {SECRET}\nno colon {SECRET}\n");
    let declaration = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
    seeds.push(input_of(&[
        (b"bagit.txt".to_vec(), declaration.into()),
        (b"bag-info.txt".to_vec(), info.into()),
        (b"data/a".to_vec(), SECRET.into()),
    ]));
    seeds
}

fn input_of(files: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let file = |(name, content): &(Vec<u8>, Vec<u8>)| [&name[..], b"\n", content].concat();
    files.iter().map(file).collect::<Vec<_>>().join(&SEPARATOR)
}

/// Each file is a line with its name, then its content.
fn files_of(input: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let file = |bytes: &[u8]| {
        let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
        let content = bytes.get(end + 1..).unwrap_or_default().to_vec();
        (String::from_utf8_lossy(&bytes[..end]).into_owned(), content)
    };
    input.split(|byte| *byte == SEPARATOR).map(file).collect()
}

pub fn check(input: &[u8]) {
    let files = files_of(input);
    let mut survey = Survey::new(&limits());
    for (name, content) in &files {
        if let Some(wanted) = survey.file(name) {
            assert!(wanted <= limits().tag_file_bytes_max);
            let length = content.len().min(wanted as usize + 1);
            survey.tag_file(name, content[..length].to_vec());
        }
    }
    let Some(tags) = survey.finish() else {
        return;
    };
    let verdict = judge(&tags, files.iter());
    let backwards = judge(&tags, files.iter().rev());
    assert_eq!(verdict.outcome, backwards.outcome);
    assert_eq!(
        (verdict.errors, verdict.warnings),
        (backwards.errors, backwards.warnings),
        "the order of the files matters"
    );
    check_verdict(&verdict);
    let is_named = |text: &[u8]| text.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
    // Names in manifests and of files are shown; values of bag-info.txt and contents are not.
    let mut naming = files
        .iter()
        .filter(|(name, _)| !name.ends_with("-info.txt") && !name.contains("data/"));
    if !naming.any(|(name, content)| name.contains(SECRET) || is_named(content)) {
        for finding in &verdict.findings {
            assert_keeps_secret(&finding.text, []);
        }
    }
}

fn check_verdict(verdict: &BagVerdict) {
    assert!(verdict.findings.len() <= limits().findings_max);
    let errors = |severity| {
        verdict
            .findings
            .iter()
            .filter(move |finding| finding.severity == severity)
            .count() as u64
    };
    assert!(errors(Severity::Error) <= verdict.errors);
    assert_eq!(verdict.outcome == Outcome::Invalid, verdict.errors > 0);
    for finding in &verdict.findings {
        assert_shown(&finding.text);
        assert_shown(finding.file.as_deref().unwrap_or_default());
    }
}

fn judge<'f>(tags: &BagTags, files: impl Iterator<Item = (&'f String, &'f Vec<u8>)>) -> BagVerdict {
    let mut judge = Judge::new(tags);
    for (name, content) in files {
        let mut digests = Digests::default();
        for algorithm in tags.wanted_algorithms(name).iter() {
            digests
                .set(algorithm, &digest(algorithm, content))
                .expect("a digest of its length");
        }
        judge
            .file(name, content.len() as u64, &digests)
            .expect("the digests that were wanted, each file once");
    }
    judge.finish().expect("the digests that were wanted")
}

fn digest(algorithm: Algorithm, bytes: &[u8]) -> Vec<u8> {
    match algorithm {
        Algorithm::Md5 => <Md5 as md5::Digest>::digest(bytes).to_vec(),
        Algorithm::Sha1 => <Sha1 as sha1::Digest>::digest(bytes).to_vec(),
        Algorithm::Sha256 => Sha256::digest(bytes).to_vec(),
        Algorithm::Sha512 => Sha512::digest(bytes).to_vec(),
    }
}
