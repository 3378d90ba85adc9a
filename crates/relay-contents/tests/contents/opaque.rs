//! Files that are no tables: looked through for personal data whatever they are written and packed in, and said to be unknown
//! where that is not possible.

use std::fmt::Write as _;

use relay_model::{
    ContentsKind, DataClass, OpaqueRule, OpaqueScan, OrganizationSettings, PrivacyPolicy, ReasonCode, Treatment,
};

use crate::support::*;

const ROWS: usize = 300;

/// Documents that no reader of tables takes for one, each with three hundred addresses.
fn documents() -> Vec<(&'static str, String)> {
    let rows = |line: &dyn Fn(usize) -> String| -> String { (0..ROWS).map(line).collect() };
    vec![
        (
            "people.json",
            format!(
                "{{\"about\": \"people\", \"groups\": {{\"all\": {{\"members\": [\n{}null]}}}}}}\n",
                rows(&|row| format!("  {{\"n\": {row}, \"mail\": \"person{row}@example.com\"}},\n"))
            ),
        ),
        (
            "people.xml",
            format!(
                "<?xml version=\"1.0\"?>\n<people>\n{}</people>\n",
                rows(&|row| format!("  <person><mail>person{row}@example.com</mail></person>\n"))
            ),
        ),
        (
            "people.html",
            format!(
                "<!DOCTYPE html>\n<html><body><ul>\n{}</ul></body></html>\n",
                rows(&|row| format!("<li>person{row}@example.com</li>\n"))
            ),
        ),
        (
            "dump.sql",
            format!(
                "CREATE TABLE p (id int);\nINSERT INTO p VALUES\n{}(0, 'x');\n",
                rows(&|row| format!("({row}, 'person{row}@example.com'),\n"))
            ),
        ),
        (
            "mails.mbox",
            rows(&|row| format!("From x\nTo: Person <person{row}@example.com>\nSubject: x\n\nHello {row}\n\n")),
        ),
        (
            "server.log",
            rows(&|row| {
                format!(
                    "Jan  1 00:00:{:02} host sshd[1]: login of person{row}@example.com failed\n",
                    row % 60
                )
            }),
        ),
        (
            "notes.txt",
            rows(&|row| format!("On that day we wrote to person{row}@example.com and there was no answer\n\n")),
        ),
    ]
}

fn utf16(text: &str, is_marked: bool) -> Vec<u8> {
    let mark = is_marked.then_some('\u{FEFF}');
    let text: String = mark.into_iter().chain(text.chars()).collect();
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn latin1(text: &str) -> Vec<u8> {
    let text = format!("{text}Die Straße\n");
    text.chars().map(|char| char as u8).collect()
}

fn in_many_forms(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let control = format!("\u{1}{text}");
    let mojibake = format!("Ã\u{9f}\u{85}{text}");
    vec![
        ("as it is", text.as_bytes().to_vec()),
        ("UTF-8 with a mark", format!("\u{FEFF}{text}").into_bytes()),
        ("UTF-16", utf16(text, true)),
        ("UTF-16 without a mark", utf16(text, false)),
        ("Latin-1", latin1(text)),
        ("with a control character", control.into_bytes()),
        ("with C1 controls", mojibake.into_bytes()),
        ("with returns alone", text.replace('\n', "\r").into_bytes()),
        ("behind four bytes", [b"\0\x01\x02\xff", text.as_bytes()].concat()),
        ("gzip", gzip(text.as_bytes())),
        ("zstd", zstd::encode_all(text.as_bytes(), 1).unwrap()),
        ("gzip of UTF-16", gzip(&utf16(text, true))),
    ]
}

#[test]
fn no_form_of_a_text_hides_what_is_in_it() {
    let nothing = OrganizationSettings::default();
    let mut tables = 0;
    for (name, text) in documents() {
        for (form, bytes) in in_many_forms(&text) {
            let read = read_treated(name, &bytes, &nothing);
            // Some forms make it a table, as JSON in one line does; then it is treated as one.
            if let Some(table) = read
                .contents
                .summary
                .table()
                .as_ref()
                .filter(|_| read.contents.quarantine.is_none())
            {
                let treated = table.columns.iter().filter_map(|column| column.personal);
                let treated: u64 = treated
                    .map(|found| found.class.map_or(found.strays, |class| class.rows))
                    .sum();
                assert_eq!(treated, ROWS as u64, "{name}, {form}");
                tables += 1;
                continue;
            }
            assert!(
                read.contents.quarantine.is_some(),
                "{name}, {form}: {} {:?}",
                read.contents.summary.counts(),
                read.contents.summary.table()
            );
            assert_eq!(read.reason().code, ReasonCode::PersonalDataInOpaque, "{name}, {form}");
            assert!(read.results.is_empty(), "{name}, {form}: {:?}", read.names());
            let opaque = read.contents.summary.opaque().unwrap();
            let found = &opaque.personal;
            assert_eq!(
                (found.len(), found[0].class, found[0].values, found[0].treatment),
                (1, DataClass::Email, ROWS as u64, Treatment::Mask),
                "{name}, {form}: {opaque:?}"
            );
            let text = &read.reason().text;
            assert!(
                text.contains(&format!("{ROWS} values of class email")) && !text.contains('@'),
                "{text}"
            );
            let contents = read.contents.summary.counts();
            assert_eq!(
                (contents.kind, contents.opaque_personal_values),
                (ContentsKind::Opaque, ROWS as u64)
            );
        }
    }
    assert!(tables < 20, "{tables} were tables: then this shows little");
}

#[test]
fn a_file_of_an_archive_sets_the_package_aside() {
    let nothing = OrganizationSettings::default();
    let table: &[u8] = b"a,b\n1,2\n3,4\n";
    for (name, text) in documents() {
        let gz = gzip(text.as_bytes());
        for bytes in [text.as_bytes(), &utf16(&text, true), &gz] {
            let inner = zip_of(&[(name, bytes)]);
            for package in [
                zip_of(&[("t.csv", table), (name, bytes)]),
                gzip(&tar_of(&[(name, bytes), ("t.csv", table)])),
                zip_of(&[("t.csv", table), ("inner.zip", &inner)]),
            ] {
                let read = read_treated("x.zip", &package, &nothing);
                assert_eq!(read.reason().code, ReasonCode::PersonalDataInOpaque, "{name}");
                assert!(read.reason().text.contains(name), "{}", read.reason().text);
                assert!(read.results.is_empty(), "{name}: {:?}", read.names());
                let contents = read.contents.summary.counts();
                assert_eq!((contents.tables, contents.opaque_files, contents.rows), (1, 1, 2));
                assert_eq!(contents.opaque_personal_values, ROWS as u64);
            }
        }
    }
}

#[test]
fn a_policy_may_let_such_texts_pass_and_what_is_found_is_told() {
    let (name, text) = &documents()[0];
    let default = PrivacyPolicy::default();
    for policy in [
        default.clone().with_opaque(OpaqueRule::Keep),
        default.clone().with(DataClass::Email, Treatment::Keep),
        PrivacyPolicy::all(Treatment::Keep),
    ] {
        let read = read_under(name, text.as_bytes(), &OrganizationSettings::default(), policy);
        assert!(read.contents.quarantine.is_none());
        assert_eq!(read.results["data.bin"], text.as_bytes());
        let found = &read.contents.summary.opaque().unwrap().personal;
        assert_eq!((found.len(), found[0].values), (1, ROWS as u64));
    }
    for treatment in [Treatment::Mask, Treatment::Drop, Treatment::Tokenize] {
        let policy = PrivacyPolicy::all(Treatment::Keep).with(DataClass::Email, treatment);
        let read = read_under(name, text.as_bytes(), &OrganizationSettings::default(), policy);
        assert_eq!(read.reason().code, ReasonCode::PersonalDataInOpaque);
    }
}

#[test]
fn prose_with_a_contact_passes_and_is_told() {
    let nothing = OrganizationSettings::default();
    let letter: &[u8] = b"Dear Sir or Madam\n\nplease write to ada@example.com.\n";
    let read = read_treated("letter.txt", letter, &nothing);
    assert!(read.contents.quarantine.is_none());
    assert_eq!(read.results["data.bin"], letter);
    let opaque = read.contents.summary.opaque().unwrap();
    assert_eq!((opaque.scan, opaque.lines), (OpaqueScan::Text, 3));
    let found = &opaque.personal[0];
    assert_eq!((found.class, found.values, found.first_line), (DataClass::Email, 1, 3));
    assert_eq!(
        read.contents.summary.counts().to_string(),
        "opaque, scanned, 1 personal value in text"
    );
}

#[test]
fn a_descriptor_and_the_tags_of_a_bag_may_say_whom_to_ask() {
    let nothing = OrganizationSettings::default();
    let descriptor: &[u8] = br#"{"name": "x", "contributors": [{"title": "Ada", "email": "ada@example.com"}], "resources": [{"name": "t", "path": "t.csv"}]}"#;
    let package = zip_of(&[("datapackage.json", descriptor), ("t.csv", b"a,b\n1,2\n")]);
    let read = read_treated("x.zip", &package, &nothing);
    assert!(read.contents.quarantine.is_none(), "{:?}", read.contents.quarantine);
    assert_eq!(read.results["files/datapackage.json"], descriptor);
    assert_eq!(read.contents.summary.counts().opaque_personal_values, 1);
    // But not more than that.
    let mut many = String::from(r#"{"name": "x", "contributors": ["#);
    for row in 0..ROWS {
        write!(many, r#"{{"title": "x", "email": "person{row}@example.com"}},"#).unwrap();
    }
    many += r#"{"title": "x"}], "resources": [{"name": "t", "path": "t.csv"}]}"#;
    let package = zip_of(&[("datapackage.json", many.as_bytes()), ("t.csv", b"a,b\n1,2\n")]);
    let read = read_treated("x.zip", &package, &nothing);
    assert_eq!(read.reason().code, ReasonCode::PersonalDataInOpaque);
    assert!(read.results.is_empty());
}

#[test]
fn what_is_not_text_is_said_to_be_unknown() {
    let nothing = OrganizationSettings::default();
    let noise = |length: usize| -> Vec<u8> {
        let mut state = 1_u64;
        (0..length)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (state >> 56) as u8
            })
            .collect()
    };
    for (name, bytes) in [
        ("noise.bin", noise(700_000)),
        ("noise.bin", noise(3_000)),
        ("large.bin", noise(6_000_000)),
        ("noise.bin.gz", gzip(&noise(700_000))),
        ("zeros.bin", vec![0; 100_000]),
        ("photo.jpg", [b"\xff\xd8\xff\xe0", noise(50_000).as_slice()].concat()),
    ] {
        let read = read_treated(name, &bytes, &nothing);
        assert!(read.contents.quarantine.is_none());
        assert!(read.results["data.bin"] == bytes, "{name}");
        let opaque = read.contents.summary.opaque().unwrap();
        assert_eq!((opaque.scan, opaque.lines), (OpaqueScan::Binary, 0), "{name}");
        assert_eq!(
            read.contents.summary.counts().to_string(),
            "opaque, not scanned (binary)"
        );
    }
    // What has text in it and is none is looked through where it is text, and never said to be clean.
    for (name, bytes) in [
        ("paper.pdf", b"%PDF-1.4\n1 0 obj\n<< /Title (x) >>\nendobj\n".to_vec()),
        ("mixed.bin", [noise(600_000), vec![b'x'; 600_000]].concat()),
    ] {
        let read = read_treated(name, &bytes, &nothing);
        assert!(read.contents.quarantine.is_none());
        let opaque = read.contents.summary.opaque().unwrap();
        assert_eq!(opaque.scan, OpaqueScan::Part, "{name}");
        assert_eq!(read.contents.summary.counts().to_string(), "opaque, scanned in part");
    }
    let (_, text) = &documents()[1];
    let read = read_treated(
        "mixed.bin",
        &[noise(600_000), text.clone().into_bytes()].concat(),
        &nothing,
    );
    assert_eq!(read.reason().code, ReasonCode::PersonalDataInOpaque);
}

#[test]
fn a_value_is_found_wherever_blocks_end() {
    let nothing = OrganizationSettings::default();
    let block = 256 * 1024;
    for value in ["123-45-6789", "ada@example.com"] {
        for offset in 0..value.len() + 2 {
            let before = block - offset;
            let text = format!(
                "<x>{} {value} {}",
                "x y ".repeat(before).split_at(before - 4).0,
                "z ".repeat(900)
            );
            let opaque = read_treated("x.txt", text.as_bytes(), &nothing)
                .contents
                .summary
                .into_parts()
                .1
                .unwrap();
            assert_eq!(opaque.personal.len(), 1, "{value} at {offset}");
            assert_eq!(opaque.personal[0].values, 1);
            let opaque = read_treated("x.txt", &utf16(&text, true), &nothing)
                .contents
                .summary
                .into_parts()
                .1
                .unwrap();
            assert_eq!(opaque.personal.len(), 1, "{value} at {offset}, UTF-16");
        }
    }
}
