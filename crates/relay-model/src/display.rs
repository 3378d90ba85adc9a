//! Text for people: errors with their causes, and names that somebody else chose.

use std::error::Error;

/// The error and its causes in one line, joined by colons. A cause that the text already ends with is not repeated.
pub fn error_chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let line = cause.to_string();
        if !text.ends_with(&line) {
            text.push_str(": ");
            text.push_str(&line);
        }
        source = cause.source();
    }
    text
}

/// The most characters of a name that [`escape_for_display`] shows.
pub const DISPLAY_CHARACTERS_MAX: usize = 200;

/// A text that somebody else chose, safe to show in a terminal, a log or a message. It is cut after
/// [`DISPLAY_CHARACTERS_MAX`] characters; an ellipsis says so.
pub fn escape_for_display(text: &str) -> String {
    let mut characters = text.chars();
    let mut escaped = String::with_capacity(text.len().min(DISPLAY_CHARACTERS_MAX));
    for character in characters.by_ref().take(DISPLAY_CHARACTERS_MAX) {
        push_escaped(&mut escaped, character);
    }
    if characters.next().is_some() {
        escaped.push('…');
    }
    escaped
}

/// Adds one character, written out as `\u{…}` if it would act on a terminal line or could not be seen.
///
/// `char::escape_debug` knows control, unassigned and combining characters. Format characters (bidi, zero width) would
/// still redraw a line, and some letters and symbols show nothing.
pub fn push_escaped(escaped: &mut String, character: char) {
    match character {
        // Whoever writes JSON escapes quotes anyway; elsewhere they do no harm.
        '\'' | '"' => escaped.push(character),
        '\u{200B}'..='\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}'
        | '\u{061C}'
        | '\u{00AD}'
        | '\u{115F}'
        | '\u{1160}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{FFA0}' => escaped.extend(character.escape_unicode()),
        _ => escaped.extend(character.escape_debug()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn the_chain_is_one_line() {
        let error = Outer(std::io::Error::other("inner"));
        assert_eq!(error_chain(&error), "outer: inner");
    }

    #[test]
    fn what_others_chose_is_escaped_and_cut() {
        assert_eq!(escape_for_display("a\u{1b}[2J"), "a\\u{1b}[2J");
        assert_eq!(escape_for_display("it's \"åäö\""), "it's \"åäö\"");
        assert_eq!(escape_for_display("a\u{202e}b\u{3164}"), "a\\u{202e}b\\u{3164}");
        let long = "å".repeat(DISPLAY_CHARACTERS_MAX);
        assert_eq!(escape_for_display(&long), long);
        assert_eq!(escape_for_display(&(long.clone() + "ä")), long + "…");
    }
}
