//! Social Security numbers: every area, group and serial number that is never given out.

use relay_privacy::{DataClass, Forms, find_strays};

use crate::people;
use crate::random::Random;

fn is_strong(text: &str) -> bool {
    Forms::of(text.as_bytes()).strong.contains(DataClass::UsSsn)
}

fn is_weak(text: &str) -> bool {
    Forms::of(text.as_bytes()).weak.contains(DataClass::UsSsn)
}

#[test]
fn areas_groups_and_serials_are_those_that_are_given_out() {
    for area in 0..1_000 {
        let expected = area != 0 && area != 666 && area < 900;
        assert_eq!(is_strong(&format!("{area:03}-12-3456")), expected, "{area}");
        assert_eq!(is_strong(&format!("{area:03} 12 3456")), expected, "{area}");
        assert_eq!(is_weak(&format!("{area:03}123456")), expected, "{area}");
    }
    for group in 0..100 {
        assert_eq!(is_strong(&format!("123-{group:02}-4567")), group != 0, "{group}");
    }
    for serial in 0..10_000 {
        assert_eq!(is_strong(&format!("123-45-{serial:04}")), serial != 0, "{serial}");
    }
}

#[test]
fn printed_examples_are_nobodys() {
    for text in ["078-05-1120", "219-09-9999", "078051120", "219 09 9999"] {
        assert!(!is_strong(text) && !is_weak(text), "{text}");
    }
}

#[test]
fn other_forms_are_not_found() {
    for text in [
        "123-456-789",
        "12-345-6789",
        "123-45 6789",
        "123.45.6789",
        "123/45/6789",
        "123-45-678",
        "123-45-67890",
        "1234-5-6789",
        "123-45-6789-1",
        "***-**-6789",
        "A23-45-6789",
        "12345678",
        "1234567890",
    ] {
        assert!(!is_strong(text) && !is_weak(text), "{text}");
    }
}

#[test]
fn only_dashes_are_unmistakable_within_text() {
    let mut random = Random::new(4);
    for _ in 0..2_000 {
        let parts = people::ssn(&mut random);
        let number = parts.join("-");
        for text in [
            format!("SSN {number}."),
            format!("ssn={number};"),
            format!("({number})"),
            format!("号码{number}"),
        ] {
            let strays = find_strays(text.as_bytes());
            assert_eq!(strays.len(), 1, "{text}");
            assert_eq!(
                (&text[strays[0].start..strays[0].end], strays[0].class),
                (number.as_str(), DataClass::UsSsn)
            );
        }
        assert!(find_strays(format!("no {} yet", parts.join(" ")).as_bytes()).is_empty());
        for text in [
            format!("A{number}"),
            format!("{number}5"),
            format!("{number}-1"),
            format!("0-{number}"),
        ] {
            assert!(find_strays(text.as_bytes()).is_empty(), "{text}");
        }
    }
}
