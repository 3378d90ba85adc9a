//! Whether bytes are text, and in which encoding, as far as that can be seen in them. For looking through files that are kept
//! as they are: nothing is refused by this.

/// How the bytes of a text are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextEncoding {
    Utf8,
    /// Windows-1252, ISO 8859 or another one in which ASCII is ASCII.
    SingleByte,
    Utf16(ByteOrder),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    const fn unit(self, pair: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(pair),
            Self::Big => u16::from_be_bytes(pair),
        }
    }
}

impl TextEncoding {
    /// Whether what is in one may go on in the other: a block without letters beyond ASCII may be of either.
    pub(crate) fn goes_on_in(self, other: Self) -> bool {
        let order = |encoding| match encoding {
            Self::Utf16(order) => Some(order),
            Self::Utf8 | Self::SingleByte => None,
        };
        order(self) == order(other)
    }

    /// The name in [`relay_model::OpaqueSummary`].
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::SingleByte => "single-byte",
            Self::Utf16(ByteOrder::Little) => "utf-16le",
            Self::Utf16(ByteOrder::Big) => "utf-16be",
        }
    }
}

/// How much is looked at in one place to say whether it is text, in bytes. An even number.
const PAGE_BYTES: usize = 4 * 1024;
/// One control character in so many is still text; what is packed or encrypted has one in ten.
const CHARACTERS_PER_CONTROL_MIN: usize = 50;
/// And in a short text so many, if seven other characters stand for each.
const CONTROLS_MAX: usize = 4;
/// Text with letters beyond ASCII has a blank or a line's end in so many bytes.
const BYTES_PER_BLANK_MAX: usize = 512;

/// The encoding that a mark at the beginning says, and the mark's length.
pub(crate) fn mark_of(bytes: &[u8]) -> Option<(TextEncoding, usize)> {
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => Some((TextEncoding::Utf8, 3)),
        // UTF-32 begins with the same, or with two zeros before it: read by halves, of which every second one is empty.
        [0xFF, 0xFE, ..] => Some((TextEncoding::Utf16(ByteOrder::Little), 2)),
        [0xFE, 0xFF, ..] => Some((TextEncoding::Utf16(ByteOrder::Big), 2)),
        [0, 0, 0xFE, 0xFF, ..] => Some((TextEncoding::Utf16(ByteOrder::Big), 4)),
        _ => None,
    }
}

/// How a block is to be read as text; nothing if it is none in any of the places where it is looked at.
pub(crate) fn encoding_of(block: &[u8], marked: Option<TextEncoding>) -> Option<TextEncoding> {
    let pages = block.len().div_ceil(PAGE_BYTES);
    let page = |index: usize| &block[index * PAGE_BYTES..block.len().min((index + 1) * PAGE_BYTES)];
    let mut looked_at = [0, pages / 2, pages.saturating_sub(1)].into_iter().take(pages);
    looked_at.find_map(|index| encoding_of_page(page(index), marked))
}

fn encoding_of_page(page: &[u8], marked: Option<TextEncoding>) -> Option<TextEncoding> {
    if let Some(TextEncoding::Utf16(order)) = marked
        && is_utf16(page, order)
    {
        return marked;
    }
    let controls = page.iter().filter(|byte| is_control(**byte)).count();
    if is_text(controls, page.len()) {
        let is_utf8 = match std::str::from_utf8(page) {
            Ok(_) => true,
            // Pages are cut anywhere.
            Err(error) => {
                let begun = page.len() - error.valid_up_to();
                begun < 4 || (error.valid_up_to() == 0 && is_utf8_from_within(page))
            }
        };
        if is_utf8 {
            return Some(TextEncoding::Utf8);
        }
        // In an encoding in which ASCII is not ASCII (EBCDIC) nothing could be found, and nothing may be said.
        let blanks = page.iter().filter(|byte| byte.is_ascii_whitespace()).count();
        return (blanks * BYTES_PER_BLANK_MAX >= page.len()).then_some(TextEncoding::SingleByte);
    }
    [ByteOrder::Little, ByteOrder::Big]
        .into_iter()
        .find(|order| has_empty_halves(page, *order) && is_utf16(page, *order))
        .map(TextEncoding::Utf16)
}

fn is_utf8_from_within(page: &[u8]) -> bool {
    let within = page.iter().take_while(|byte| **byte & 0xC0 == 0x80).count();
    within < 4
        && match std::str::from_utf8(&page[within..]) {
            Ok(_) => true,
            Err(error) => page.len() - within - error.valid_up_to() < 4,
        }
}

const fn is_text(controls: usize, characters: usize) -> bool {
    controls * CHARACTERS_PER_CONTROL_MIN <= characters || (controls <= CONTROLS_MAX && controls * 8 <= characters)
}

const fn is_control(byte: u8) -> bool {
    (byte < 0x20 && !matches!(byte, b'\t'..=b'\r' | 0x1B)) || byte == 0x7F
}

/// Whether every second byte is mostly what stands beside the letters of one script, and the others are not.
fn has_empty_halves(page: &[u8], order: ByteOrder) -> bool {
    let is_low = |byte: &u8| *byte < 0x20;
    let of = |first: usize| page.iter().skip(first).step_by(2);
    let (empty, full) = match order {
        ByteOrder::Little => (of(1), of(0)),
        ByteOrder::Big => (of(0), of(1)),
    };
    let pairs = page.len() / 2;
    pairs > 1
        && empty.filter(|byte| is_low(byte)).count() * 2 > pairs
        && full.filter(|byte| is_control(**byte)).count() * 4 < pairs
}

/// Whether nearly all units are characters.
fn is_utf16(page: &[u8], order: ByteOrder) -> bool {
    let (pairs, _) = page.as_chunks::<2>();
    let units = pairs.iter().map(|pair| order.unit(*pair));
    let no_text = char::decode_utf16(units)
        .filter(|read| match read {
            // Of UTF-32, every second half is empty.
            Ok('\0') => false,
            Ok(character) => {
                let is_known = !matches!(character, '\u{E000}'..='\u{F8FF}' | '\u{FFF0}'..='\u{FFFF}');
                (character.is_control() && !character.is_ascii_whitespace()) || !is_known
            }
            Err(_) => true,
        })
        .count();
    !pairs.is_empty() && is_text(no_text, pairs.len())
}

/// Makes UTF-8 of UTF-16 that comes in pieces.
#[derive(Default)]
pub(crate) struct Utf16Decoder {
    /// Half of a unit.
    byte: Option<u8>,
    /// Half of a pair of units.
    unit: Option<u16>,
}

impl Utf16Decoder {
    /// Appends the characters; what is none becomes U+FFFD, and NUL nothing.
    pub(crate) fn decode(&mut self, bytes: &[u8], order: ByteOrder, out: &mut Vec<u8>) {
        let mut bytes = bytes;
        let mut units = Vec::with_capacity(bytes.len() / 2 + 2);
        units.extend(self.unit.take());
        if let (Some(first), [second, rest @ ..]) = (self.byte, bytes) {
            units.push(order.unit([first, *second]));
            self.byte = None;
            bytes = rest;
        }
        let (pairs, odd) = bytes.as_chunks::<2>();
        units.extend(pairs.iter().map(|pair| order.unit(*pair)));
        if let [odd] = odd {
            self.byte = Some(*odd);
        }
        if let Some(last) = units.last().filter(|unit| (0xD800..0xDC00).contains(*unit)) {
            self.unit = Some(*last);
            units.pop();
        }
        for read in char::decode_utf16(units) {
            let character = read.unwrap_or(char::REPLACEMENT_CHARACTER);
            if character != '\0' {
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }
}

/// Whether this begins a file whose contents are packed or drawn, even if it has text in it.
pub(crate) fn is_container(bytes: &[u8]) -> bool {
    const MAGIC: [&[u8]; 17] = [
        b"%PDF-",
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"\x89PNG",
        b"\xFF\xD8\xFF",
        b"GIF8",
        b"II*\0",
        b"MM\0*",
        b"SQLite format 3\0",
        b"PAR1",
        // OLE: Word, Excel and Outlook before 2007.
        b"\xD0\xCF\x11\xE0",
        b"\x1F\x8B",
        b"BZh",
        b"\xFD7zXZ\0",
        b"\x28\xB5\x2F\xFD",
        b"7z\xBC\xAF\x27\x1C",
        b"Rar!",
    ];
    MAGIC.iter().any(|magic| bytes.starts_with(magic))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, order: ByteOrder) -> Vec<u8> {
        let bytes = |unit: u16| match order {
            ByteOrder::Little => unit.to_le_bytes(),
            ByteOrder::Big => unit.to_be_bytes(),
        };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn text_is_told_by_its_bytes() {
        let little = TextEncoding::Utf16(ByteOrder::Little);
        let big = TextEncoding::Utf16(ByteOrder::Big);
        let long = "name;Straße\nJürgen;Königsallee 1\n".repeat(200);
        let latin: Vec<u8> = long.chars().map(|char| char as u8).collect();
        let one_control = [b"a,b\n\x01".as_slice(), long.as_bytes()].concat();
        for (bytes, expected) in [
            (long.clone().into_bytes(), Some(TextEncoding::Utf8)),
            (long.as_bytes()[19..].to_vec(), Some(TextEncoding::Utf8)),
            (one_control, Some(TextEncoding::Utf8)),
            (latin, Some(TextEncoding::SingleByte)),
            (utf16(&long, ByteOrder::Little), Some(little)),
            (utf16(&long, ByteOrder::Big), Some(big)),
            (
                utf16("имя;почта\nАда;ada@example.com\n", ByteOrder::Little),
                Some(little),
            ),
            (utf16("a\nb\n", ByteOrder::Big), Some(big)),
            // "name", "street" and blanks in EBCDIC.
            (b"\x95\x81\x94\x85\x40\xa2\xa3\x99\x85\x85\xa3\x40".repeat(100), None),
            (vec![0; 10_000], None),
            ((0..=255).cycle().take(20_000).collect(), None),
            (vec![0, 1, 2, 255], None),
            (b"x".to_vec(), Some(TextEncoding::Utf8)),
        ] {
            assert_eq!(
                encoding_of(&bytes, None),
                expected,
                "{}",
                bytes[..bytes.len().min(40)].escape_ascii()
            );
        }
        assert_eq!(
            encoding_of(&utf16("名前", ByteOrder::Little), Some(little)),
            Some(little)
        );
        assert_eq!(encoding_of(b"", None), None);
    }

    #[test]
    fn utf16_is_decoded_wherever_it_is_cut() {
        for order in [ByteOrder::Little, ByteOrder::Big] {
            let bytes = utf16("a𝄞b@ü", order);
            for cut in 0..=bytes.len() {
                let (mut decoder, mut out) = (Utf16Decoder::default(), Vec::new());
                decoder.decode(&bytes[..cut], order, &mut out);
                decoder.decode(&bytes[cut..], order, &mut out);
                assert_eq!(String::from_utf8(out).unwrap(), "a𝄞b@ü");
            }
        }
    }
}
