//! IP addresses.

use proptest::prelude::*;
use relay_privacy::{DataClass, Forms};

fn forms(text: &str) -> (bool, bool) {
    let forms = Forms::of(text.as_bytes());
    (
        forms.strong.contains(DataClass::IpAddress),
        forms.weak.contains(DataClass::IpAddress),
    )
}

#[test]
fn addresses_are_found() {
    for text in [
        "192.0.2.1",
        "203.0.113.7:443",
        "8.134.208.17",
        "2001:db8::8a2e:370:7334",
        "2001:DB8:0:0:8:800:200C:417A",
        "fe80::1ff:fe23:4567:890a",
        "[2001:db8::1:2]:443",
        "::ffff:192.0.2.128",
    ] {
        assert_eq!(forms(text), (true, false), "{text}");
    }
}

#[test]
fn what_may_be_a_version_or_a_name_is_for_the_column_to_say() {
    for text in [
        "1.2.3.4",
        "10.0.0.1",
        "109.0.0.0",
        "4.18.0.193",
        "abc::def",
        "02:1a:2b:3c:4d:5e:6f:70",
    ] {
        assert_eq!(forms(text), (false, true), "{text}");
    }
}

#[test]
fn other_texts_are_no_addresses() {
    for text in [
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "192.0.2.01",
        "192.0.2.",
        "10.0.19041.1",
        "12:34:56",
        "2013-01-01T12:34:56",
        "00:1a:2b:3c:4d:5e",
        "std::io::Read",
        "192.0.2.1:",
        "192.0.2.1:123456",
        "1:2:3:4:5:6:7",
        "12345::6789::1",
        "fe80::1%eth0",
    ] {
        assert_eq!(forms(text), (false, false), "{text}");
    }
}

proptest! {
    #[test]
    fn every_large_quad_is_an_address(a in 100u8..=255, b: u8, c: u8, d in 1u8..) {
        let text = format!("{a}.{b}.{c}.{d}");
        prop_assert_eq!(forms(&text), (true, false));
    }

    /// Written by hand from RFC 4291, 2.2, form 1.
    #[test]
    fn eight_groups_are_an_address(groups in prop::array::uniform8(0x100u16..)) {
        let text = groups.map(|group| format!("{group:x}")).join(":");
        prop_assert_eq!(forms(&text).0, text.contains(|char: char| char.is_ascii_digit()));
    }
}
