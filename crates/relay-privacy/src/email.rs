//! E-mail addresses: RFC 5321's Mailbox in its practical part. The local part is a dot-string (quoted strings are not
//! in use), the domain has at least two labels (address literals such as `[192.0.2.1]` are not looked for). Letters
//! beyond ASCII are allowed in both, as RFC 6531 has it.

/// RFC 5321, 4.5.3.1.1.
const LOCAL_BYTES_MAX: usize = 64;
/// RFC 5321, 4.5.3.1.3 gives a path 256 bytes with its angle brackets.
pub(crate) const ADDRESS_BYTES_MAX: usize = 254;
/// RFC 1035, 2.3.4.
const LABEL_BYTES_MAX: usize = 63;
const TOP_LEVEL_BYTES_MIN: usize = 2;

/// Whether this is an address and nothing else.
pub(crate) fn is_address(text: &[u8]) -> bool {
    let Some(at) = text.iter().position(|byte| *byte == b'@') else {
        return false;
    };
    text.len() <= ADDRESS_BYTES_MAX && is_local(&text[..at]) && is_domain(&text[at + 1..])
}

/// The address in `Name <address>` or `mailto:address`, or the text itself.
pub(crate) fn unwrapped(text: &[u8]) -> &[u8] {
    if let [before @ .., b'>'] = text
        && let Some(open) = before.iter().rposition(|byte| *byte == b'<')
    {
        return &before[open + 1..];
    }
    text.strip_prefix(b"mailto:").unwrap_or(text)
}

/// Whether this is nearly an address: one `@` with something before it and a dot or a name behind it, no spaces.
pub(crate) fn is_nearly_address(text: &[u8]) -> bool {
    let mut parts = text.split(|byte| *byte == b'@');
    let (Some(local), Some(domain), None) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    text.len() <= ADDRESS_BYTES_MAX
        && local.first().is_some_and(|byte| is_word(*byte))
        && domain.first().is_some_and(|byte| is_word(*byte))
        && !text
            .iter()
            .any(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control() || *byte == b':')
}

/// The last label of an address's domain.
pub(crate) fn top_level(address: &[u8]) -> &[u8] {
    let dot = address.iter().rposition(|byte| *byte == b'.');
    dot.map_or(&[], |dot| &address[dot + 1..])
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// RFC 5322's atext and the dot, by byte.
const LOCAL_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = byte >= 0x80
            || (byte as u8).is_ascii_alphanumeric()
            || matches!(byte as u8, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-'..=b'/' | b'=' | b'?' | b'^'..=b'`' | b'{'..=b'~');
        byte += 1;
    }
    table
};

fn is_local(local: &[u8]) -> bool {
    // What stands for an address is none: `***` is how this crate masks one.
    local.len() <= LOCAL_BYTES_MAX
        && local.iter().all(|byte| LOCAL_BYTES[usize::from(*byte)])
        && local.iter().any(|byte| *byte != b'*')
        && local.split(|byte| *byte == b'.').all(|atom| !atom.is_empty())
}

fn is_domain(domain: &[u8]) -> bool {
    let is_label = |label: &[u8]| {
        (1..=LABEL_BYTES_MAX).contains(&label.len())
            && label.iter().all(|byte| is_word(*byte) || *byte == b'-')
            && label.first() != Some(&b'-')
            && label.last() != Some(&b'-')
    };
    let top = top_level(domain);
    // In one script: what follows `.com` in text without spaces is no part of it.
    let is_top_level =
        top.iter().all(u8::is_ascii_alphabetic) || top.iter().all(|byte| !byte.is_ascii()) || top.starts_with(b"xn--");
    domain.split(|byte| *byte == b'.').all(is_label) && is_top_level && top.len() >= TOP_LEVEL_BYTES_MIN
}
