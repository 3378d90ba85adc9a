//! How the characters of a text are written, told by its beginning.
//!
//! UTF-8 is read as such wherever it may be meant: a table with a few broken bytes keeps its encoding, and loses the rows
//! that they are in. Another encoding is chosen only where the beginning leaves no doubt, and the choice is recorded.
//! Of the many encodings of one byte for each character only Windows-1252 is told by its content (Latin-1 is a part of
//! it); the others look too much alike, and are read where they are declared.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1250, WINDOWS_1252, WINDOWS_1254};

/// One control character is allowed in so many bytes, and one more: they are kept as they are. What has more is no text.
const BYTES_FOR_A_CONTROL_MIN: usize = 50;
/// What programs write between fields and nobody writes within them: U+0001, as Hive does, and the unit separator. Where there are
/// many of one of these, the text is a table of such fields or no text.
pub(crate) const SEPARATORS: [u8; 2] = [0x01, 0x1f];
/// In UTF-16, so many of a hundred characters are ASCII at least, if only the separators of a table.
const UTF16_ASCII_PERCENT_MIN: usize = 10;
/// For each broken sequence of what looks like Windows-1252, so many may be UTF-8 by chance, in percent.
const CHANCE_UTF8_PERCENT_MAX: usize = 5;
/// So many of a hundred signs for Windows-1252 may speak against it.
const AGAINST_PERCENT_MAX: usize = 5;
/// So many letters beyond ASCII must be there where they might all be those of another language.
const AMBIGUOUS_LETTERS_MIN: usize = 16;
/// Languages whose letters stand in the places of Western ones: a text that has no others may be in one of them.
const RIVALS: [Rival; 8] = [
    Rival::new(WINDOWS_1250, "áčďéěíňóřšťúůýž"),
    Rival::new(WINDOWS_1250, "áäčďéíĺľňóôŕšťúýž"),
    Rival::new(WINDOWS_1250, "ąćęłńóśźż"),
    Rival::new(WINDOWS_1250, "ăâîşţ"),
    Rival::new(WINDOWS_1250, "čćđšž"),
    Rival::new(WINDOWS_1254, "çğıöşüâîûİ"),
    // Its capitals stand where Windows-1252 has small letters, and few words begin with one.
    Rival {
        has_capitals: false,
        ..Rival::new(MACINTOSH, "áàâäãåçéèêëíìîïñóòôöõúùûüÿøæœß")
    },
    // The detector does not tell it from Western languages, however long the text is.
    Rival {
        is_told_by_length: false,
        ..Rival::new(WINDOWS_1250, "áéíóöőúüű")
    },
];
/// The most text that the detector of languages looks at, in bytes.
const DETECTED_BYTES_MAX: usize = 64 * 1024;

/// How it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KnownBy {
    ByteOrderMark,
    Content,
    Declaration,
}

impl KnownBy {
    /// The name in [`relay_model::TableReading`].
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ByteOrderMark => "byte_order_mark",
            Self::Content => "content",
            Self::Declaration => "declaration",
        }
    }
}

/// An encoding, and how it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TextEncoding {
    pub(crate) encoding: &'static Encoding,
    pub(crate) by: KnownBy,
    /// One of [`SEPARATORS`], if it is text only because that stands between fields.
    pub(crate) separator: Option<u8>,
}

/// The encoding of a text that begins like this; nothing if it is no text. `is_whole` says that there is nothing more.
pub(crate) fn encoding_of(head: &[u8], is_whole: bool) -> Option<TextEncoding> {
    // UTF-32, which nobody sends; its little-endian mark begins like that of UTF-16.
    if head.starts_with(b"\xff\xfe\0\0") || head.starts_with(b"\0\0\xfe\xff") {
        return None;
    }
    let separator = || has_many_controls(head, None).then(|| separator_of(head));
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        let separator = if encoding == UTF_8 { separator() } else { None };
        let text = TextEncoding {
            encoding,
            by: KnownBy::ByteOrderMark,
            separator: separator.flatten(),
        };
        return (separator != Some(None)).then_some(text);
    }
    let by = KnownBy::Content;
    if let Some(encoding) = utf16_by_zeros(head) {
        return Some(TextEncoding {
            encoding,
            by,
            separator: None,
        });
    }
    let separator = match separator() {
        Some(None) => return None,
        separator => separator.flatten(),
    };
    let encoding = match std::str::from_utf8(head) {
        Err(error) if (is_whole || error.error_len().is_some()) && is_windows_1252(head) => WINDOWS_1252,
        _ => UTF_8,
    };
    Some(TextEncoding {
        encoding,
        by,
        separator,
    })
}

/// The beginning as UTF-8, without a byte order mark. What is no character stays what it is in UTF-8, and is U+FFFD from
/// other encodings.
pub(crate) fn decoded<'t>(head: &'t [u8], encoding: &'static Encoding) -> Cow<'t, [u8]> {
    if encoding == UTF_8 {
        return Cow::Borrowed(head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head));
    }
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let wanted = decoder.max_utf8_buffer_length(head.len()).unwrap_or(head.len());
    let mut text = vec![0; wanted];
    // Not the last piece: half a character at the end of it is left out.
    let (_, _, written, _) = decoder.decode_to_utf8(head, &mut text, false);
    text.truncate(written);
    Cow::Owned(text)
}

fn is_control(byte: u8) -> bool {
    matches!(byte, 0..=0x08 | 0x0b | 0x0e..=0x1f | 0x7f)
}

// Beside those that are allowed in any number.
fn has_many_controls(head: &[u8], allowed: Option<u8>) -> bool {
    let is_counted = |byte: &&u8| is_control(**byte) && Some(**byte) != allowed;
    head.iter().filter(is_counted).count() > 1 + head.len() / BYTES_FOR_A_CONTROL_MIN
}

// The one without which there are not many control characters.
fn separator_of(head: &[u8]) -> Option<u8> {
    let mut separators = SEPARATORS.into_iter();
    separators.find(|separator| !has_many_controls(head, Some(*separator)))
}

// Text of many languages has ASCII in it, line breaks at least; of those, one byte of two is zero, and always the same one. Some
// characters have their zero in the other place.
fn utf16_by_zeros(head: &[u8]) -> Option<&'static Encoding> {
    let (pairs, _) = head.as_chunks::<2>();
    let zeros = |half: usize| pairs.iter().filter(|pair| pair[half] == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    let (encoding, units): (_, fn(&[u8; 2]) -> u16) = match (first, second) {
        (0, 0) => return None,
        _ if second > 2 * first => (UTF_16LE, |pair| u16::from_le_bytes(*pair)),
        _ if first > 2 * second => (UTF_16BE, |pair| u16::from_be_bytes(*pair)),
        _ => return None,
    };
    let mut ascii = 0;
    let mut characters = char::decode_utf16(pairs.iter().map(units)).peekable();
    while let Some(character) = characters.next() {
        match character {
            Ok('\t' | '\n' | '\r' | ' '..='~') => ascii += 1,
            Ok(character) if character.is_control() => return None,
            Ok('\u{e000}'..='\u{f8ff}' | '\u{fff0}'..='\u{ffff}') => return None,
            Ok(_) => {}
            // The first half of a pair may stand at the end.
            Err(_) if characters.peek().is_none() => {}
            Err(_) => return None,
        }
    }
    (ascii * 100 >= pairs.len() * UTF16_ASCII_PERCENT_MIN).then_some(encoding)
}

// What a byte beyond ASCII says for Windows-1252, by where it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    For,
    Against,
    Neither,
}

/// Another encoding, and the letters beyond ASCII of a language that is written in it.
struct Rival {
    encoding: &'static Encoding,
    letters: &'static str,
    /// Whether the detector tells its language from a long text.
    is_told_by_length: bool,
    has_capitals: bool,
}

impl Rival {
    const fn new(encoding: &'static Encoding, letters: &'static str) -> Self {
        Self {
            encoding,
            letters,
            is_told_by_length: true,
            has_capitals: true,
        }
    }

    // Whether letters may all be of this language, and would then not all be what Windows-1252 makes of them.
    fn may_be(&self, letters: &[u8; 256]) -> bool {
        let capitals = if self.has_capitals {
            self.letters.to_uppercase()
        } else {
            String::new()
        };
        let all = [self.letters, &capitals].concat();
        let (own, _, _) = self.encoding.encode(&all);
        let is_met = |byte: &u8| letters[usize::from(*byte)] != 0;
        let reads =
            |encoding: &'static Encoding, byte: u8| encoding.decode_without_bom_handling(&[byte]).0.into_owned();
        let differs = |byte: u8| reads(self.encoding, byte) != reads(WINDOWS_1252, byte);
        let mut met = (0x80..=0xff_u8).filter(is_met).peekable();
        met.peek().is_some() && met.clone().all(|byte| own.contains(&byte)) && met.any(differs)
    }
}

// Whether letters, counted by their bytes, may be those of another language.
fn is_ambiguous(letters: &[u8; 256], count: usize) -> bool {
    let mut rivals = RIVALS.iter().filter(|rival| rival.may_be(letters));
    rivals.any(|rival| !rival.is_told_by_length || count < AMBIGUOUS_LETTERS_MIN)
}

fn is_windows_1252(head: &[u8]) -> bool {
    let (mut utf8, mut broken) = (0, 0);
    for chunk in head.utf8_chunks() {
        utf8 += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        broken += chunk.invalid().len();
    }
    if utf8 * 100 > broken * CHANCE_UTF8_PERCENT_MAX {
        return false;
    }
    let (mut signs_for, mut against) = (0, 0);
    let (mut letters, mut count) = ([0_u8; 256], 0);
    let mut is_beyond_doubt = true;
    for (at, byte) in head.iter().enumerate().filter(|(_, byte)| !byte.is_ascii()) {
        // Five bytes are no characters.
        if matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d) {
            return false;
        }
        let before = at.checked_sub(1).map_or(b' ', |before| head[before]);
        let after = head.get(at + 1).copied().unwrap_or(b' ');
        if is_sign_of_number(*byte, before, after) {
            signs_for += 1;
            continue;
        }
        is_beyond_doubt = false;
        if is_letter(*byte) {
            letters[usize::from(*byte)] = 1;
            count += 1;
        }
        match sign(*byte, before, after) {
            Sign::For => signs_for += 1,
            Sign::Against => against += 1,
            Sign::Neither => {}
        }
    }
    signs_for > 0
        && against * 100 <= signs_for * AGAINST_PERCENT_MAX
        && !is_ambiguous(&letters, count)
        && (is_beyond_doubt || is_western(head))
}

// In Windows-1252 or in one of the others: their signs stand in other places, and are no letters there either.
fn is_letter(byte: u8) -> bool {
    !matches!(byte, 0x80 | 0x82..=0x87 | 0x89 | 0x8b | 0x91..=0x97 | 0x99 | 0x9b | 0xa0..=0xa2 | 0xa4 | 0xa6..=0xa9 | 0xab..=0xae | 0xb0..=0xb2 | 0xb4..=0xb8 | 0xbb | 0xd7 | 0xf7)
}

// A pound or yen before an amount, an ordinal or a fraction behind digits: what are letters in other encodings do not stand
// there.
fn is_sign_of_number(byte: u8, before: u8, after: u8) -> bool {
    match byte {
        0xa3 | 0xa5 => after.is_ascii_digit() && !before.is_ascii_alphanumeric() && before.is_ascii(),
        0xaa | 0xba | 0xbc..=0xbe => before.is_ascii_digit() && !after.is_ascii_alphanumeric() && after.is_ascii(),
        _ => false,
    }
}

fn sign(byte: u8, before: u8, after: u8) -> Sign {
    let is_within_word = before.is_ascii_alphabetic() && after.is_ascii_alphabetic();
    let has_letter_beside = before.is_ascii_alphabetic() || after.is_ascii_alphabetic();
    match byte {
        // Small letters, and capital ones.
        0x9a | 0x9c | 0x9e | 0xdf..=0xf6 | 0xf8..=0xff if has_letter_beside => Sign::For,
        0x8a | 0x8c | 0x8e | 0x9f | 0xc0..=0xd6 | 0xd8..=0xde if has_letter_beside => {
            if before.is_ascii_lowercase() {
                Sign::Against
            } else {
                Sign::For
            }
        }
        // Signs that stand within words: apostrophes, dashes, the Catalan point.
        0x91 | 0x92 | 0x96 | 0x97 | 0xad | 0xb4 | 0xb7 => Sign::For,
        0x80
        | 0x85
        | 0x93..=0x95
        | 0x99
        | 0xa0
        | 0xa1
        | 0xa3
        | 0xa5
        | 0xa7
        | 0xa9..=0xab
        | 0xae
        | 0xb0..=0xb3
        | 0xb5
        | 0xba..=0xbf => {
            if is_within_word {
                Sign::Against
            } else {
                Sign::For
            }
        }
        _ if is_within_word => Sign::Against,
        _ => Sign::Neither,
    }
}

// Other languages have other letters in the same places. The detector tells them by which letters follow which; where it
// means another encoding, in which this text would read the same, that makes no difference.
fn is_western(head: &[u8]) -> bool {
    let head = &head[..head.len().min(DETECTED_BYTES_MAX)];
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(head, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    guess == WINDOWS_1252 || decoded(head, guess) == decoded(head, WINDOWS_1252)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(head: &[u8]) -> Option<(&'static str, &'static str)> {
        encoding_of(head, true).map(|found| (found.encoding.name(), found.by.name()))
    }

    fn utf16(text: &str, mark: bool, big: bool) -> Vec<u8> {
        let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        units.flat_map(bytes).collect()
    }

    #[test]
    fn utf16_by_its_mark_or_by_its_zeros() {
        for text in [
            "name,city\nAda,Zürich\n",
            "名前,都市\n愛,東京\n山田,大阪\n",
            "имя;город\nАда;Москва\n",
        ] {
            for (big, name) in [(false, "UTF-16LE"), (true, "UTF-16BE")] {
                assert_eq!(told(&utf16(text, true, big)), Some((name, "byte_order_mark")), "{text}");
                assert_eq!(told(&utf16(text, false, big)), Some((name, "content")), "{text}");
            }
        }
    }

    #[test]
    fn utf8_stays_utf8_with_broken_bytes_and_control_characters_in_it() {
        for head in [
            &b"a,b\n1,2\n"[..],
            b"\xc3\xa9t\xc3\xa9,b\n\xc3\xa9,caf\xe9\n",
            b"a,b\n1,\xff\n",
            b"a,b\n\x81,caf\xe9\n",
            b"a,b\n1,x\x01y\n",
            "a,b\n1,x\u{85}y\n".as_bytes(),
        ] {
            assert_eq!(told(head), Some(("UTF-8", "content")), "{}", head.escape_ascii());
        }
        assert_eq!(told(b"\xef\xbb\xbfa,b\n"), Some(("UTF-8", "byte_order_mark")));
        assert_eq!(told(b"a\x01b\n1\x02y\n\x03"), None);
        let separator = |head: &[u8]| encoding_of(head, true).map(|found| found.separator);
        assert_eq!(separator(b"a,b\n1,x\x01y\n"), Some(None));
        assert_eq!(separator(b"a\x01b\n1\x01y\n"), Some(Some(1)));
        assert_eq!(separator(b"\xef\xbb\xbfa\x1fb\n1\x1fy\n"), Some(Some(0x1f)));
        assert_eq!(separator(b"a\x1fb\n1\x01y\x1fz\x01\n"), None);
    }

    #[test]
    fn windows_1252_by_letters_where_they_belong() {
        for text in [
            "name,city\nJosé,Málaga\n",
            "Straße;Ort\nMünchner Str. 5;Köln\nHauptstraße 1;Düsseldorf\n",
            "nom,prénom\nLefèvre,François\nÀ vérifier,Éric\n",
            "price,note\n€ 5,it’s “new”\n",
            "local,descrição\nSão Paulo,informações à parte\n",
            "ref,amount\n1,£12.50\n2,\"£1,000.25\"\n",
            "item,size\nplank,3½\nfloor,2º\n",
            "navn;by\nÅse Ødegård;Tromsø\nBjørn;Århus\n",
        ] {
            let (bytes, _, _) = WINDOWS_1252.encode(text);
            assert_eq!(told(&bytes), Some(("windows-1252", "content")), "{text}");
            assert_eq!(&*decoded(&bytes, WINDOWS_1252), text.as_bytes());
        }
    }

    #[test]
    fn other_encodings_of_one_byte_are_not_taken_for_windows_1252() {
        for (encoding, text) in [
            (
                encoding_rs::WINDOWS_1251,
                "имя;город\nАда;Москва\nИван;Санкт-Петербург\n",
            ),
            (
                WINDOWS_1250,
                "jméno;město\nŘehoř Dvořák;Plzeň\nŽofie Příhodová;Třebíč\n",
            ),
            (WINDOWS_1250, "imię;miasto\nŁukasz Żółty;Łódź\nMałgorzata;Gdańsk\n"),
            (encoding_rs::WINDOWS_1253, "όνομα;πόλη\nΑθηνά;Αθήνα\n"),
            (encoding_rs::SHIFT_JIS, "名前,都市\n愛,東京\n山田,大阪\n"),
            (encoding_rs::GBK, "姓名,城市\n李明,北京\n王芳,上海\n"),
            (WINDOWS_1250, "ulica;numer\nŁąkowa 5;1\nŁ12;2\nMała;Ł3\n"),
            (MACINTOSH, "nom,prénom\nLefèvre,François\nHélène,Noël\n"),
        ] {
            let (bytes, _, _) = encoding.encode(text);
            assert_ne!(
                told(&bytes),
                Some(("windows-1252", "content")),
                "{} {text}",
                encoding.name()
            );
        }
        // Few letters, which are French in one encoding and Czech in the other.
        let (bytes, _, _) = WINDOWS_1250.encode("name,city\nŽofie,Třebíč\n");
        assert_ne!(told(&bytes), Some(("windows-1252", "content")));
        let (bytes, _, _) = WINDOWS_1250.encode("név,város\nErzsébet,Győr\nÁgnes,Gödöllő\nZsófia,Székesfehérvár\n");
        assert_ne!(told(&bytes), Some(("windows-1252", "content")));
        // Code page 850.
        assert_ne!(
            told(b"nom,ville\nAndr\x82s,M\x84dchen\nH\x82l\x8ane,No\x89l\n"),
            Some(("windows-1252", "content"))
        );
    }

    #[test]
    fn what_is_no_text_has_no_encoding() {
        let noise: Vec<u8> = (0_u32..4_000)
            .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        for head in [
            &noise[..],
            b"PK\x03\x04\x14\0\0\0\x08\0",
            b"\xff\xfe\0\0a\0\0\0",
            &[0; 400],
        ] {
            assert_eq!(told(head), None, "{}", head[..10.min(head.len())].escape_ascii());
        }
    }
}
