//! Emoji, as far as invisible characters are ordinary parts of them (Unicode Technical Standard 51, section 1.4.9): a
//! variation selector behind a symbol, a joiner between two emoji, the tags of the three flags that have some. What is left
//! over stands by itself, and is invisible.
//!
//! ```text
//! sequence = element (ZWJ element)*
//! element  = flag of tags | keycap | symbol [selector] [skin tone]
//! keycap   = (digit | # | *) U+FE0F U+20E3
//! ```

use crate::characters::is_invisible;

const JOINER: char = '\u{200D}';
const TEXT_SELECTOR: char = '\u{FE0E}';
const EMOJI_SELECTOR: char = '\u{FE0F}';
const KEYCAP: char = '\u{20E3}';
const BLACK_FLAG: char = '\u{1F3F4}';
/// England, Scotland and Wales: the flags of tags that are in use. Tags can spell any text, and nobody would see it.
const TAGGED_FLAGS: [&str; 3] = ["gbeng", "gbsct", "gbwls"];
const TAG_OF_NUL: u32 = 0xE0000;
const CANCEL_TAG: char = '\u{E007F}';

/// The first invisible character of a text that is no part of an emoji, and the byte at which it stands.
pub fn lone_invisible(text: &str) -> Option<(usize, char)> {
    let mut at = 0;
    while let Some(char) = text[at..].chars().next() {
        at = match sequence_end(text, at) {
            Some(end) => end,
            None if is_invisible(char) => return Some((at, char)),
            None => at + char.len_utf8(),
        };
    }
    None
}

/// Where the sequence ends that begins here, if an emoji does.
fn sequence_end(text: &str, start: usize) -> Option<usize> {
    let mut end = element_end(text, start)?;
    // A joiner that joins nothing is no part of a sequence.
    while let Some(next) = after(text, end, |char| char == JOINER).and_then(|joined| element_end(text, joined)) {
        end = next;
    }
    Some(end)
}

fn element_end(text: &str, start: usize) -> Option<usize> {
    let first = text[start..].chars().next()?;
    if matches!(first, '0'..='9' | '#' | '*') {
        let selected = after(text, start + 1, |char| char == EMOJI_SELECTOR)?;
        return after(text, selected, |char| char == KEYCAP);
    }
    if !is_symbol(first) {
        return None;
    }
    let end = start + first.len_utf8();
    if first == BLACK_FLAG
        && let Some(end) = tags_end(text, end)
    {
        return Some(end);
    }
    let end = after(text, end, |char| matches!(char, TEXT_SELECTOR | EMOJI_SELECTOR)).unwrap_or(end);
    Some(after(text, end, is_skin_tone).unwrap_or(end))
}

fn after(text: &str, at: usize, is_wanted: impl Fn(char) -> bool) -> Option<usize> {
    let char = text[at..].chars().next().filter(|char| is_wanted(*char))?;
    Some(at + char.len_utf8())
}

fn tags_end(text: &str, start: usize) -> Option<usize> {
    TAGGED_FLAGS.iter().find_map(|flag| {
        let tags = flag
            .bytes()
            .filter_map(|byte| char::from_u32(TAG_OF_NUL + u32::from(byte)));
        let mut rest = text[start..].chars();
        let is_flag = tags.chain([CANCEL_TAG]).all(|tag| rest.next() == Some(tag));
        is_flag.then(|| text.len() - rest.as_str().len())
    })
}

const fn is_skin_tone(char: char) -> bool {
    matches!(char, '\u{1F3FB}'..='\u{1F3FF}')
}

/// Symbols that may be emoji: `Emoji` of Unicode's emoji-data.txt, digits and their like left out; beyond the basic plane the
/// blocks of pictographs, all of whose characters can be seen.
const fn is_symbol(char: char) -> bool {
    matches!(
        char,
        '\u{A9}' | '\u{AE}' | '\u{203C}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2194}'..='\u{2199}'
            | '\u{21A9}' | '\u{21AA}' | '\u{231A}' | '\u{231B}' | '\u{2328}' | '\u{23CF}' | '\u{23E9}'..='\u{23F3}'
            | '\u{23F8}'..='\u{23FA}' | '\u{24C2}' | '\u{25AA}' | '\u{25AB}' | '\u{25B6}' | '\u{25C0}'
            | '\u{25FB}'..='\u{25FE}' | '\u{2600}'..='\u{27BF}' | '\u{2934}' | '\u{2935}' | '\u{2B05}'..='\u{2B07}'
            | '\u{2B1B}' | '\u{2B1C}' | '\u{2B50}' | '\u{2B55}' | '\u{3030}' | '\u{303D}' | '\u{3297}' | '\u{3299}'
            | '\u{1F000}'..='\u{1FAFF}'
    )
}
