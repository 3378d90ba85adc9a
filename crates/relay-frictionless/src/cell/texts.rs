//! The formats of texts: e-mail addresses, URIs, base64, UUIDs.

/// RFC 5321, sections 4.5.3.1.1 and 4.5.3.1.2.
const LOCAL_PART_BYTES_MAX: usize = 64;
const DOMAIN_BYTES_MAX: usize = 253;
/// RFC 1035, section 2.3.4.
const LABEL_BYTES_MAX: usize = 63;

/// A format of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextFormat {
    Default,
    Email,
    Uri,
    Binary,
    Uuid,
}

impl TextFormat {
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "default" => Self::Default,
            "email" => Self::Email,
            "uri" => Self::Uri,
            "binary" => Self::Binary,
            "uuid" => Self::Uuid,
            _ => return None,
        })
    }

    pub(crate) fn holds(self, text: &[u8]) -> bool {
        match self {
            Self::Default => true,
            Self::Email => is_email(text),
            Self::Uri => is_uri(text),
            Self::Binary => is_base64(text),
            Self::Uuid => is_uuid(text),
        }
    }
}

/// A mailbox of RFC 5321, section 4.1.2, as they are in use: a dot-atom and a domain name of two labels at least.
fn is_email(text: &[u8]) -> bool {
    let Some(at) = text.iter().rposition(|byte| *byte == b'@') else {
        return false;
    };
    let (local, domain) = (&text[..at], &text[at + 1..]);
    let is_atom = |atom: &[u8]| {
        let is_character = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(byte);
        !atom.is_empty() && atom.iter().all(is_character)
    };
    let is_label = |label: &[u8]| {
        let is_character = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        (1..=LABEL_BYTES_MAX).contains(&label.len())
            && label.iter().all(is_character)
            && !label.starts_with(b"-")
            && !label.ends_with(b"-")
    };
    let is_dot = |byte: &u8| *byte == b'.';
    local.len() <= LOCAL_PART_BYTES_MAX
        && domain.len() <= DOMAIN_BYTES_MAX
        && local.split(is_dot).all(is_atom)
        && domain.contains(&b'.')
        && domain.split(is_dot).all(is_label)
}

/// RFC 3986, section 3: a scheme, a colon, and characters that a URI may have. A relative reference is no URI.
fn is_uri(text: &[u8]) -> bool {
    let Some(colon) = text.iter().position(|byte| *byte == b':') else {
        return false;
    };
    let (scheme, rest) = (&text[..colon], &text[colon + 1..]);
    let is_scheme = scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte));
    if !is_scheme || rest.splitn(3, |byte| *byte == b'#').count() > 2 {
        return false;
    }
    let mut rest = rest;
    while let Some((&first, behind)) = rest.split_first() {
        rest = match first {
            b'%' => match behind {
                [high, low, behind @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => behind,
                _ => return false,
            },
            byte if byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(&byte) => behind,
            _ => return false,
        };
    }
    true
}

/// RFC 4648, section 4, with its padding.
fn is_base64(text: &[u8]) -> bool {
    let padding = text.iter().rev().take(2).take_while(|byte| **byte == b'=').count();
    let is_character = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    text.len().is_multiple_of(4) && text[..text.len() - padding].iter().all(is_character)
}

/// RFC 9562, section 4: hexadecimal digits in groups of 8, 4, 4, 4 and 12, of any version.
fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
