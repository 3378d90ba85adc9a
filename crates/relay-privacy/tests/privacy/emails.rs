//! E-mail addresses.

use proptest::prelude::*;
use relay_privacy::{DataClass, Forms, find_strays};

use crate::people;
use crate::random::Random;

fn is_strong(text: &str) -> bool {
    Forms::of(text.as_bytes()).strong.contains(DataClass::Email)
}

#[test]
fn addresses_are_found() {
    for address in [
        "ada@example.com",
        "Ada.Lovelace+tag@mail.example.co.uk",
        "o'neill@example.org",
        "x_y-z%w@a-b.example",
        "1234567890@example.com",
        "123-45-6789@example.com",
        "#!$&'*+-/=?^_`{|}~@example.org",
        "jürgen@bücher.example",
        "info@xn--bcher-kva.xn--p1ai",
        "  padded@example.com ",
        "Ada Lovelace <ada@example.com>",
        "mailto:ada@example.com",
    ] {
        assert!(is_strong(address), "{address}");
    }
}

#[test]
fn what_is_no_address_is_not_found() {
    for text in [
        "@ada",
        "ada@",
        "ada@localhost",
        ".ada@example.com",
        "ada..l@example.com",
        "ada@example..com",
        "ada@-example.com",
        "ada@example.com-",
        "ada@example.c",
        "ada@example.123",
        "a b@example.com",
        "ada@exam ple.com",
        "ada@@example.com",
        "https://social.example/@ada",
        "3 kg @ 4.50 each",
        "***@***.com",
    ] {
        assert!(!is_strong(text), "{text}");
    }
    let long = format!("{}@example.com", "a".repeat(65));
    assert!(!is_strong(&long), "a local part has 64 bytes at most");
}

#[test]
fn addresses_with_an_error_are_weak() {
    for text in ["ada@localhost", "ada@example..com", "ada@example.c", "ada.@example,com"] {
        assert!(Forms::of(text.as_bytes()).weak.contains(DataClass::Email), "{text}");
    }
}

#[test]
fn text_in_any_script_ends_an_address() {
    for text in [
        "mail ada@example.com—thanks",
        "„ada@example.com“",
        "ada@example.com…",
        "ada@example.com\u{a0}or call",
        "请写信到：ada@example.com，谢谢",
        "ada@example.com谢谢",
        "ada@example.com¡6011",
        "(ada@example.com)",
    ] {
        let strays = find_strays(text.as_bytes());
        assert_eq!(strays.len(), 1, "{text}");
        assert_eq!(&text[strays[0].start..strays[0].end], "ada@example.com", "{text}");
    }
    let strays = find_strays(b"\xffada@example.com\xfe");
    assert_eq!((strays[0].start, strays[0].end), (1, 16), "not UTF-8");
}

proptest! {
    /// RFC 5321's limits and RFC 5322's characters, drawn instead of parsed.
    #[test]
    fn drawn_addresses_are_found(
        atoms in prop::collection::vec("[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,12}", 1..4),
        labels in prop::collection::vec("[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", 1..4),
        top in "[a-z]{2,10}",
    ) {
        let address = format!("{}@{}.{top}", atoms.join("."), labels.join("."));
        prop_assume!(atoms.concat().chars().any(|char| char != '*') && !address.ends_with('>'));
        prop_assert!(is_strong(&address), "{}", address);
    }

    #[test]
    fn text_without_an_at_sign_is_no_address(text in "[^@]{0,80}") {
        prop_assert!(!is_strong(&text));
    }

    #[test]
    fn addresses_are_found_within_text(seed: u64, before in "[a-z ,;:(<\"=/]{0,20}[ ,;:(<\"=/]", after in "[ ,;:)>\"!?/][a-z ]{0,20}") {
        let address = people::email(&mut Random::new(seed));
        let text = format!("{before}{address}{after}");
        let strays = find_strays(text.as_bytes());
        prop_assert_eq!(strays.len(), 1, "{}", text);
        prop_assert_eq!(&text[strays[0].start..strays[0].end], address);
    }
}
