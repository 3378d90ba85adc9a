//! Telephone numbers.

use relay_privacy::{DataClass, Forms, find_strays};

use crate::people;
use crate::random::Random;

fn forms(text: &str) -> (bool, bool) {
    let forms = Forms::of(text.as_bytes());
    (
        forms.strong.contains(DataClass::Phone),
        forms.weak.contains(DataClass::Phone),
    )
}

const STRONG: (bool, bool) = (true, false);
const WEAK: (bool, bool) = (false, true);
const NONE: (bool, bool) = (false, false);

#[test]
fn written_numbers_are_found() {
    for text in [
        "+12125550123",
        "+1 212 555 0123",
        "+1 (212) 555-0123",
        "(212) 555-0123",
        "(212)555-0123",
        "212-555-0123",
        "212.555.0123",
        "212 555 0123",
        "1-212-555-0123",
        "1 (212) 555-0123",
        "(212) 555-0123 x45",
        "212-555-0123 ext. 4567",
        "212-555-0123x7",
        "+44 20 7946 0123",
        "+49 (0)30 23125000",
        "+49-171-3920012",
        "+33.1.99.00.12.34",
        "0049 30 23125 000",
        "01 99 00 12 34",
        "01.99.00.12.34",
        "+358 9 1234567",
    ] {
        assert_eq!(forms(text), STRONG, "{text}");
    }
}

#[test]
fn digits_and_national_forms_need_a_name() {
    for text in [
        "2125550123",
        "12125550123",
        "5550123",
        "030/23125000",
        "030 23125-000",
        "0171 3920012",
        "2125550123.0",
    ] {
        assert_eq!(forms(text), WEAK, "{text}");
    }
}

#[test]
fn other_numbers_are_not_found() {
    for text in [
        "2013-01-01",
        "12:34:56",
        "41.1304722",
        "-80.6195833",
        "+41.1304722",
        "+41.13047221",
        "+40.7128-74.0060",
        "+40.7128 -74.0060",
        "978-3-16-148410-0",
        "112-3456789-1234567",
        "12345-6789",
        "1,234,567.89",
        "+0100",
        "+02:00",
        "10.0.19041.1",
        "+1234",
        "+9991234567",
        "()",
        "(212",
        "212-555-01234",
        "555-0123",
    ] {
        assert_eq!(forms(text), NONE, "{text}");
    }
}

/// NANPA: an area code is N9X never, N11 never, 37X and 96X never, and begins with 2 to 9; an exchange likewise but for N9X.
#[test]
fn area_codes_and_exchanges_are_those_of_the_plan() {
    for area in 0..1_000u32 {
        let (n, x, y) = (area / 100, area / 10 % 10, area % 10);
        let expected = n >= 2 && x != 9 && !(x == 1 && y == 1) && !matches!(area / 10, 37 | 96);
        // 00 begins a number of another country.
        if area >= 10 {
            assert_eq!(forms(&format!("{area:03}-555-0123")) == STRONG, expected, "{area}");
        }
        assert_eq!(forms(&format!("+1 {area:03} 555 0123")) == STRONG, expected, "{area}");
        let exchange = area;
        let expected = n >= 2 && !(x == 1 && y == 1);
        assert_eq!(
            forms(&format!("(212) {exchange:03}-0123")) == STRONG,
            expected,
            "{exchange}"
        );
    }
}

#[test]
fn unassigned_country_codes_are_refused() {
    for code in [
        "210", "214", "259", "28", "384", "422", "693", "83", "851", "89", "969", "978", "999", "0",
    ] {
        assert_eq!(forms(&format!("+{code} 12345678")), NONE, "{code}");
    }
    for code in [
        "7", "20", "27", "44", "49", "212", "258", "355", "421", "692", "886", "972", "998",
    ] {
        assert_eq!(forms(&format!("+{code} 12345678")), STRONG, "{code}");
    }
}

#[test]
fn fictitious_numbers_are_found_alone_and_in_text() {
    let mut random = Random::new(3);
    for _ in 0..5_000 {
        for number in [
            people::phone_international(&mut random),
            people::phone_french(&mut random),
        ] {
            assert_eq!(forms(&number), STRONG, "{number}");
        }
        let number = people::phone_north_american(&mut random);
        assert_ne!(forms(&number), NONE, "{number}");
        let number = people::phone_german(&mut random);
        assert_ne!(forms(&number), NONE, "{number}");
        let number = people::phone_international(&mut random);
        if number.starts_with('+') {
            let text = format!("call {number}, not before 10");
            let strays = find_strays(text.as_bytes());
            assert_eq!(strays.len(), 1, "{text}");
            assert_eq!(&text[strays[0].start..strays[0].end], number);
        }
    }
}

#[test]
fn dashes_alone_are_not_unmistakable() {
    assert!(find_strays(b"part 212-555-0123 is out of stock").is_empty());
    assert_eq!(find_strays(b"call (212) 555-0123 now").len(), 1);
}
