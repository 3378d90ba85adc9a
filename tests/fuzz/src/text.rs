//! What may be shown of a package: to a person, in a log line, in an event.

/// Stands in seeds where a value would stand. It may be shown nowhere, unless it has become a name.
pub const SECRET: &str = "zq7secret";
/// Far more than any message of ours has.
const SHOWN_BYTES_MAX: usize = 4_096;

/// That a text is fit to be shown: short, and nothing in it redraws a line.
pub fn assert_shown(text: &str) {
    assert!(text.len() <= SHOWN_BYTES_MAX, "{} bytes of text", text.len());
    let bad = text.chars().find(|character| character.is_control());
    assert!(bad.is_none(), "{bad:?} in {text:?}");
}

/// That a text does not hold a value, which `names` may hold.
pub fn assert_keeps_secret<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) {
    let is_named = names.into_iter().any(|name| name.contains(SECRET));
    assert!(is_named || !text.contains(SECRET), "a value is shown: {text:?}");
}
