//! Payment cards' numbers.

use proptest::prelude::*;
use relay_privacy::{DataClass, Forms, PrivacyPolicy, Redactor, TokenKey, find_strays};

use crate::people;
use crate::random::Random;

fn is_strong(text: &str) -> bool {
    Forms::of(text.as_bytes()).strong.contains(DataClass::PaymentCard)
}

fn is_weak(text: &str) -> bool {
    Forms::of(text.as_bytes()).weak.contains(DataClass::PaymentCard)
}

/// Networks' own test numbers, as their documentation for merchants prints them.
const PRINTED: &[&str] = &[
    "4111111111111111",
    "4012888888881881",
    "4222222222222",
    "5555555555554444",
    "5105105105105100",
    "2223003122003222",
    "378282246310005",
    "371449635398431",
    "6011111111111117",
    "6011000990139424",
    "30569309025904",
    "38520000023237",
    "3530111333300000",
    "6200000000000005",
    "6759649826438453",
    "2200000000000004",
];

#[test]
fn printed_test_numbers_are_found() {
    for number in PRINTED {
        assert!(is_weak(number), "{number}");
        assert!(is_weak(&format!("{number}.0")), "{number}: as a data frame writes it");
    }
}

#[test]
fn groups_make_a_number_unmistakable() {
    for number in [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "3782 822463 10005",
        "3056 930902 5904",
    ] {
        assert!(is_strong(number), "{number}");
        let text = format!("paid with {number}, thank you");
        let strays = find_strays(text.as_bytes());
        assert_eq!(strays.len(), 1);
        assert_eq!(&text[strays[0].start..strays[0].end], number);
    }
    for number in [
        "4111 1111-1111 1111",
        "41111 111 1111 1111",
        "4111.1111.1111.1111",
        "4111 1111 1111 1112",
    ] {
        assert!(!is_strong(number), "{number}");
        assert!(find_strays(number.as_bytes()).is_empty(), "{number}");
    }
}

/// Word processors and spreadsheets write spaces that do not break and dashes of their own, East Asian keyboards wide digits.
#[test]
fn other_spaces_dashes_and_digits_are_those_of_ascii() {
    let redactor = Redactor::new(PrivacyPolicy::default(), Some(TokenKey::new([7; 32]))).unwrap();
    let token = |cell: &str| {
        let mut out = Vec::new();
        redactor.treat_cell(DataClass::PaymentCard, cell.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    };
    for number in [
        "4111\u{a0}1111\u{a0}1111\u{a0}1111",
        "4111\u{202f}1111\u{202f}1111\u{202f}1111",
        "4111\u{2011}1111\u{2011}1111\u{2011}1111",
        "4111–1111–1111–1111",
        "４１１１　１１１１　１１１１　１１１１",
        "４１１１－１１１１－１１１１－１１１１",
        "٤١١١ ١١١١ ١١١١ ١١١١",
    ] {
        assert!(is_strong(number), "{number}");
        let text = format!("größer als ada@example.com, {number} — bezahlt");
        let strays = find_strays(text.as_bytes());
        assert_eq!(strays.len(), 2, "{text}");
        assert_eq!(&text[strays[0].start..strays[0].end], "ada@example.com");
        assert_eq!(&text[strays[1].start..strays[1].end], number);
        assert_eq!(token(number), token("4111111111111111"), "{number}");
    }
    assert!(is_weak("４１１１１１１１１１１１１１１１"));
    assert!(!is_strong("4111…1111…1111…1111"));
}

/// Each network's first and last numbers, the lengths that it uses, and what stands beside them.
#[test]
fn issuers_and_lengths_are_those_of_the_networks() {
    let weak = |prefix: &str, length: usize| {
        let body = format!("{prefix}{}", "0".repeat(length - 1 - prefix.len()));
        is_weak(&people::with_luhn(&body))
    };
    for (prefix, lengths) in [
        ("4", &[13, 16, 18, 19][..]),
        ("51", &[16]),
        ("55", &[16]),
        ("2221", &[16]),
        ("2720", &[16]),
        ("34", &[15]),
        ("37", &[15]),
        ("6011", &[16, 17, 18, 19]),
        ("65", &[16, 17, 18, 19]),
        ("3528", &[16, 17, 18, 19]),
        ("3589", &[16, 17, 18, 19]),
        ("62", &[16, 17, 18, 19]),
        ("50999", &[]),
        ("2220", &[]),
        ("2721", &[]),
        ("3527", &[]),
        ("3590", &[]),
        ("1", &[]),
        ("7", &[]),
        ("0", &[]),
        ("89", &[]),
        ("35", &[]),
    ] {
        for length in 13..=19 {
            assert_eq!(weak(prefix, length), lengths.contains(&length), "{prefix} {length}");
        }
    }
}

#[test]
fn one_random_number_in_thirty_has_issuer_and_check_digit() {
    let mut random = Random::new(5);
    let found = (0..100_000).filter(|_| is_weak(&random.digits(16))).count();
    assert!((2_800..3_300).contains(&found), "{found}: what thresholds are made for");
}

proptest! {
    #[test]
    fn every_wrong_digit_is_noticed(seed: u64, at in 0usize..14, by in 1u8..10) {
        let number = people::card(&mut Random::new(seed));
        prop_assert!(is_weak(&number));
        let mut wrong = number.into_bytes();
        wrong[at] = b'0' + (wrong[at] - b'0' + by) % 10;
        let wrong = String::from_utf8(wrong).unwrap();
        prop_assert!(!is_weak(&wrong), "{}", wrong);
    }

    #[test]
    fn grouped_numbers_are_found(seed: u64) {
        prop_assert!(is_strong(&people::card_grouped(&mut Random::new(seed))));
    }
}
