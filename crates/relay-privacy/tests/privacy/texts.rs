//! Text that is no table: what is found in it wherever it is cut, and what it is set aside for.
#![expect(clippy::format_collect, reason = "texts are made line by line, and few of them")]

use proptest::prelude::*;
use relay_privacy::{DataClass, PrivacyPolicy, TextFindings, TextRole, TextScan, Treatment};

/// A paragraph of ten lines in which there is nothing.
const PROSE: &str = "The stations report once an hour, and what they report is kept as it came in.\n\
                     Whoever reads these files should know how they were made, so here it is told.\n\
                     A thermometer stands two metres above the ground, in the shade, as is usual;\n\
                     the wind is measured at ten metres, and rain is what a bucket has collected.\n\
                     Values that were missing are blank, and no value was ever put in their place.\n\
                     Times are those of the place, and the clocks were never set to summer time...\n\
                     Each file has one month, each line one hour, and each column one instrument..\n\
                     Instruments were changed in 2011 and in 2013, which the notes say where it is.\n\
                     Some of the stations were moved. The old place and the new one are both given.\n\
                     For what is not said here, look at the handbook, or ask the people who wrote it.\n";

fn scan(text: &[u8]) -> TextFindings {
    let mut scan = TextScan::new();
    scan.push(text);
    scan.finish()
}

fn found(findings: &TextFindings) -> Vec<(DataClass, u64, u64)> {
    let found = findings.personal(&PrivacyPolicy::default());
    found
        .iter()
        .map(|found| (found.class, found.values, found.first_line))
        .collect()
}

fn is_set_aside(text: &str) -> bool {
    !scan(text.as_bytes())
        .objections(&PrivacyPolicy::default(), TextRole::Content)
        .is_empty()
}

#[test]
fn what_is_unmistakable_is_found_with_its_line() {
    for (text, expected) in [
        ("a\nb\nask ada@example.com\n", vec![(DataClass::Email, 1, 3)]),
        ("a\r\nb\r\nask ada@example.com\r\n", vec![(DataClass::Email, 1, 3)]),
        ("a\rb\rask ada@example.com", vec![(DataClass::Email, 1, 3)]),
        (
            "\u{fffd}\n123-45-6789, +1 212 555 0123\n4111 1111 1111 1111 and DE89370400440532013000",
            vec![
                (DataClass::Phone, 1, 2),
                (DataClass::UsSsn, 1, 2),
                (DataClass::PaymentCard, 1, 3),
                (DataClass::Iban, 1, 3),
            ],
        ),
        (
            r#"{"mail": "ada\u0040example.com", "text": "see:\n123-45-6789"}"#,
            vec![(DataClass::Email, 1, 1), (DataClass::UsSsn, 1, 1)],
        ),
        ("GET /?user=ada%40example.com HTTP/1.1", vec![(DataClass::Email, 1, 1)]),
        ("nothing here, not 123-45-67890 nor a@b\n", vec![]),
        ("", vec![]),
    ] {
        assert_eq!(found(&scan(text.as_bytes())), expected, "{text}");
    }
}

#[test]
fn what_only_its_column_tells_is_found() {
    let rows = |line: &dyn Fn(usize) -> String| -> String { (0..40).map(line).collect() };
    let digits = |row: usize| 123_450_001 + row;
    for (name, text, class) in [
        (
            "a title above the heading, and rows of unequal length",
            format!(
                "Members, as of today\nid;name;ssn\n{}",
                rows(&|row| format!("{row};x;{}{}\n", digits(row), ";".repeat(row % 3)))
            ),
            DataClass::UsSsn,
        ),
        (
            "one column",
            format!("ssn\n{}", rows(&|row| format!("{}\n", digits(row)))),
            DataClass::UsSsn,
        ),
        (
            "one column in quotes",
            format!("\"SSN\"\n{}", rows(&|row| format!("\"{}\"\n", digits(row)))),
            DataClass::UsSsn,
        ),
        (
            "numbers without a name",
            rows(&|row| format!("{row}|212-555-{:04}\n", 100 + row)),
            DataClass::Phone,
        ),
        (
            "JSON in one line",
            format!(
                "{{\"people\":[{}]}}",
                rows(&|row| format!("{{\"id\":{row},\"ssn\":{}}},", digits(row)))
            ),
            DataClass::UsSsn,
        ),
        (
            "JSON in many lines",
            rows(&|row| format!("  {{\n    \"ssn\": \"{}\"\n  }},\n", digits(row))),
            DataClass::UsSsn,
        ),
        (
            "XML",
            rows(&|row| format!("<p><ssn>{}</ssn></p>", digits(row))),
            DataClass::UsSsn,
        ),
        (
            "attributes of XML",
            rows(&|row| format!("<p id='{row}' ssn='{}'/>\n", digits(row))),
            DataClass::UsSsn,
        ),
        (
            "a dump of a database, many rows in a line",
            format!(
                "INSERT INTO p VALUES {};",
                rows(&|row| format!("({row},'x','212-555-{:04}'),", 100 + row))
            ),
            DataClass::Phone,
        ),
        (
            "settings",
            rows(&|row| format!("[p{row}]\nssn = {}\n", digits(row))),
            DataClass::UsSsn,
        ),
    ] {
        let findings = scan(text.as_bytes());
        let objections = findings.objections(&PrivacyPolicy::default(), TextRole::Content);
        let classes: Vec<DataClass> = objections.iter().map(|found| found.class).collect();
        assert_eq!(classes, [class], "{name}");
        assert!(objections[0].values >= 40, "{name}: {:?}", objections[0]);
    }
}

#[test]
fn a_few_contacts_in_prose_are_told_and_let_through() {
    let contact = format!("{PROSE}Contact: Ada Lovelace, ada@example.com, +1 212 555 0123\n");
    let findings = scan(contact.as_bytes());
    assert_eq!(found(&findings), [(DataClass::Email, 1, 11), (DataClass::Phone, 1, 11)]);
    for text in [
        contact.as_str(),
        "Dear Sir or Madam\n\nplease write to ada@example.com.\n",
        &format!("{PROSE}{PROSE}{PROSE}ada@example.com bea@example.com eve@example.com\n"),
        // One address, named again and again.
        &format!("{PROSE}{}", "Ada@example.com, ada@example.com\n".repeat(5)),
        PROSE,
        "",
    ] {
        assert!(!is_set_aside(text), "{text}");
    }
}

#[test]
fn data_is_set_aside_however_little_there_is_of_it() {
    let few = |domain: &str| -> String { (0..4).map(|row| format!("person{row}@{domain}\n")).collect() };
    for text in [
        "email\nada@example.com\n",
        "1;ada@example.com;x\n",
        r#"{"email": "ada@example.com"}"#,
        "From: Ada Lovelace <ada@example.com>\n\nHello\n",
        // However much there is around them.
        &format!("{}{}", PROSE.repeat(100), few("example.com")),
        &format!("{}{}", PROSE.repeat(100), "ada@example.com\n".repeat(11)),
        &format!("{}123-45-6789\n", PROSE.repeat(100)),
        &format!("{}4111 1111 1111 1111", PROSE.repeat(100)),
    ] {
        assert!(is_set_aside(text), "{text}");
    }
    let mails: String = (0..300)
        .map(|row| format!("{PROSE}person{row}@example.com\n"))
        .collect();
    let findings = scan(mails.as_bytes());
    assert_eq!(found(&findings), [(DataClass::Email, 300, 11)]);
    let objections = |policy: &PrivacyPolicy, role| findings.objections(policy, role).len();
    let default = PrivacyPolicy::default();
    assert_eq!(objections(&default, TextRole::Content), 1);
    assert_eq!(objections(&default, TextRole::Descriptor), 1);
    assert_eq!(
        objections(&default.with(DataClass::Email, Treatment::Keep), TextRole::Content),
        0
    );
}

#[test]
fn what_looks_like_a_value_and_is_none_is_not_found() {
    let grid: String = (0..2_000).map(|row| format!("{} ", 2_221 + row * 7 % 500)).collect();
    for text in [
        grid.as_str(),
        &grid.replace(" 2300", "\n2300"),
        "url(icon@2x.png) url(logo@3x.jpg)",
        "550e8400-e29b-41d4-a716-446655440000 0000-0002-1825-0097 978-3-16-148410-0",
        "2024-01-31T10:00:00+0100 +40.7128-74.0060 1.2.3.4 vue@2.6.14 a@b",
    ] {
        assert_eq!(found(&scan(text.as_bytes())), [], "{}", &text[..text.len().min(60)]);
    }
    let card = scan(b"4111 1111 1111 1111 12/25; 1 4111-1111-1111-1111");
    assert_eq!(found(&card), [(DataClass::PaymentCard, 2, 1)]);
}

#[test]
fn nothing_that_is_made_on_purpose_takes_long() {
    // Each is what some loop would go over again and again. In a development build; not a figure, but a guard.
    let units = [
        "(", "[(", " ", "a ", "x :", ": ", "\"", "\",", "@", "a@", "&#", "%4", "+1", "(1", "=", "<a>", "1111 ", ",(",
        "),(",
    ];
    for unit in units {
        let text = unit.repeat(300_000 / unit.len());
        let lines: String = text
            .as_bytes()
            .chunks(60_000)
            .map(|line| format!("{}\n", String::from_utf8_lossy(line)))
            .collect();
        for text in [format!("a{text}b"), lines, text] {
            let start = std::time::Instant::now();
            let _ = scan(text.as_bytes());
            assert!(
                start.elapsed() < std::time::Duration::from_secs(30),
                "{unit:?} takes {:?}",
                start.elapsed()
            );
        }
    }
}

#[test]
fn a_descriptor_may_say_whom_to_ask() {
    let tags = scan(b"Contact-Name: Ada\nContact-Email: ada@example.com\nContact-Phone: +1 212 555 0123\n");
    let objections = |role| tags.objections(&PrivacyPolicy::default(), role).len();
    assert_eq!(
        (objections(TextRole::Descriptor), objections(TextRole::Content)),
        (0, 2)
    );
    let authors: String = (0..10).map(|row| format!("person{row}@example.com,")).collect();
    let objections = |text: String| {
        scan(text.as_bytes())
            .objections(&PrivacyPolicy::default(), TextRole::Descriptor)
            .len()
    };
    assert_eq!(
        (objections(authors.clone()), objections(authors + "eve@example.com")),
        (0, 1)
    );
    let secret = scan(b"Contact-Name: 123-45-6789\n");
    assert_eq!(
        secret.objections(&PrivacyPolicy::default(), TextRole::Descriptor).len(),
        1
    );
}

#[test]
fn a_class_that_only_columns_tell_is_found_if_the_policy_treats_it() {
    let policy = PrivacyPolicy::default()
        .with(DataClass::PersonName, Treatment::Drop)
        .with(DataClass::IpAddress, Treatment::Mask)
        .with(DataClass::DateOfBirth, Treatment::Mask);
    let names: String = (0..30)
        .map(|row| format!("Ada{} Lovelace\n", "a".repeat(row % 5)))
        .collect();
    let log: String = (0..30)
        .map(|row| format!("203.0.113.{row} - - [10/Oct/2000:13:55:36] \"GET / HTTP\" 200\n"))
        .collect();
    let born = "<person><date_of_birth>1990-05-12</date_of_birth></person>\n".repeat(3);
    for (text, class) in [
        (format!("full_name\n{names}"), DataClass::PersonName),
        (log, DataClass::IpAddress),
        (born, DataClass::DateOfBirth),
    ] {
        let objections = scan(text.as_bytes()).objections(&policy, TextRole::Content);
        let classes: Vec<DataClass> = objections.iter().map(|found| found.class).collect();
        assert_eq!(classes, [class], "{text}");
    }
    assert!(
        scan(PROSE.repeat(20).as_bytes())
            .objections(&policy, TextRole::Content)
            .is_empty()
    );
}

#[test]
fn a_line_without_an_end_is_looked_through_to_its_end() {
    // No blank and no delimiter anywhere, and a value at every offset around the places where pieces are cut.
    for before in (64_400..65_600).step_by(13).chain([200_000, 1_000_003]) {
        for value in ["ada@example.com", "123-45-6789"] {
            let text = format!("{}/{value}/{}", "x".repeat(before), "x".repeat(100_000));
            let findings = scan(text.as_bytes());
            let all = found(&findings);
            assert_eq!(all.len(), 1, "{value} behind {before} bytes");
            assert!((1..=2).contains(&all[0].1) && all[0].2 == 1, "{all:?}");
            assert_eq!(findings.lines, 1);
        }
    }
}

proptest! {
    // Where a text is cut into blocks makes no difference.
    #[test]
    fn blocks_make_no_difference(cuts in proptest::collection::vec(0_usize..4_000, 0..12), seed in 0_usize..1_000) {
        let line = |row: usize| match (row + seed) % 7 {
            0 => format!("{row};person{row}@example.com;x\r\n"),
            1 => format!("\"{row}\",123-45-{:04}\n", 1_000 + row),
            2 => "\r\r\n\n".to_owned(),
            3 => format!("ssn={}\r", 123_450_000 + row),
            4 => PROSE[..200].to_owned(),
            5 => format!("call +1 212 555 {:04} now\n", 100 + row),
            _ => "x".repeat(row * 3),
        };
        let text: String = (0..40).map(line).collect();
        let text = text.as_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
        cuts.sort_unstable();
        let mut scan_in_blocks = TextScan::new();
        let mut from = 0;
        for cut in cuts.into_iter().chain([text.len()]) {
            scan_in_blocks.push(&text[from..cut]);
            from = cut;
        }
        prop_assert_eq!(scan_in_blocks.finish(), scan(text));
    }
}
