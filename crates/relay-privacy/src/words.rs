//! Words, as persons' names are written. Most things have names of words: this is asked only about columns whose name
//! says that it is a person's.

const NAME_BYTES_MAX: usize = 100;
/// `María del Carmen de la Cruz y García` has eight.
const WORDS_MAX: usize = 8;
const LETTERS_MIN: usize = 2;

/// Whether this could be a name: a few words of letters, with the marks that names have.
pub(crate) fn is_name(text: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte >= 0x80;
    let is_mark = |byte: &u8| matches!(byte, b' ' | b'.' | b',' | b'\'' | b'-');
    text.len() <= NAME_BYTES_MAX
        && text.iter().all(|byte| is_letter(byte) || is_mark(byte))
        && text.iter().filter(|byte| is_letter(byte)).count() >= LETTERS_MIN
        && text.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).count() <= WORDS_MAX
}
