//! IP addresses: dotted quads, and the text forms of RFC 4291. Versions (`4.18.0.1`) are quads too; which of them a
//! column holds is told by how large the numbers are.

use core::net::Ipv6Addr;

use crate::digits::Groups;

/// In versions a part of this size is rare; of addresses nineteen in twenty have one.
const LARGE_OCTET: u32 = 100;
/// Most versions begin with less than this; one address in thirteen does.
const MAJOR_VERSION_END: u32 = 20;
const ADDRESS_BYTES_MAX: usize = 45;
const GROUPS_OF_SIX: usize = 8;

/// What a text is among addresses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Address {
    /// No address.
    No,
    /// An address, or a version, a name with two colons, an identifier of eight bytes.
    Perhaps,
    /// An address.
    Yes,
}

/// Judges four numbers with dots between them.
pub(crate) fn of_quad(groups: &Groups) -> Address {
    if groups.lengths().len() != 4 || groups.separator() != Some(b'.') {
        return Address::No;
    }
    let octets = [0, 1, 2, 3].map(|group| groups.number(group));
    let has_leading_zero =
        |group: usize| groups.lengths()[group] > 1 && octets[group] < 10u32.pow(u32::from(groups.lengths()[group]) - 1);
    if octets.iter().any(|octet| *octet > 255) || (0..4).any(has_leading_zero) {
        return Address::No;
    }
    // Browsers that tell no more than their major version say 109.0.0.0.
    let is_major_version = octets[1..] == [0, 0, 0];
    let large = octets.iter().filter(|octet| **octet >= LARGE_OCTET).count();
    let large_min = if octets[0] < MAJOR_VERSION_END { 2 } else { 1 };
    if large >= large_min && octets[0] != 0 && !is_major_version {
        Address::Yes
    } else {
        Address::Perhaps
    }
}

/// Judges a text with colons.
pub(crate) fn of_colons(text: &[u8]) -> Address {
    let is_possible = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    // `[2001:db8::1]:443` and the same without a port.
    let text = match text.iter().rposition(|byte| *byte == b']') {
        Some(end) if text.first() == Some(&b'[') => &text[1..end],
        _ => text,
    };
    if text.len() > ADDRESS_BYTES_MAX || !text.iter().all(is_possible) {
        return Address::No;
    }
    let parsed = core::str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse::<Ipv6Addr>().ok());
    if parsed.is_none() {
        return Address::No;
    }
    let groups = || text.split(|byte| *byte == b':').filter(|group| !group.is_empty());
    // Eight groups of two digits are the identifier of a network card (EUI-64); `a::b` may be a name in a program.
    let is_identifier = groups().count() == GROUPS_OF_SIX && groups().all(|group| group.len() == 2);
    let has_digit = text.iter().any(u8::is_ascii_digit);
    if (groups().count() >= 3 || text.contains(&b'.')) && has_digit && !is_identifier {
        Address::Yes
    } else {
        Address::Perhaps
    }
}
