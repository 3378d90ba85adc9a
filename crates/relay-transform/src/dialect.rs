//! Text of another dialect or encoding enters; CSV as `csv_rows` reads it leaves: comma, double quotes, LF, UTF-8.
//!
//! Every field is written in quotes, so that nothing must be known of it in advance and no memory grows with it. Lines stay
//! lines: what is left out (comments, lines before the header) leaves a blank one, so that a bad row has the number that
//! it has in the package.

use encoding_rs::{Decoder, DecoderResult, Encoding};
use relay_frictionless::Dialect;

/// How delimited text is written, where it is not as RFC 4180 says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvDialect {
    /// What stands between fields, around them and before them. One without a header needs columns that a schema names.
    pub syntax: Dialect,
    /// How characters are written.
    pub encoding: &'static Encoding,
}

impl Default for CsvDialect {
    fn default() -> Self {
        Self {
            syntax: Dialect::default(),
            encoding: encoding_rs::UTF_8,
        }
    }
}

/// What is written for bytes that are no character of the encoding: no character of UTF-8 either, so the row is a bad row.
const NO_CHARACTER: u8 = 0xff;
/// What is written for a quote that is neither closing nor doubled, for a carriage return outside quotes that ends no line, and
/// for all behind them: the reader of rows finds that the end of the row is unknown.
const STRAY_QUOTE: &[u8] = b"\"?\n";

/// Where in a line the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    LineStart,
    FieldStart,
    /// Within a field without quotes; in the result its quotes are open.
    Plain,
    Quoted,
    /// Behind a quote within quotes: the end of the field, or the first of two.
    QuoteSeen,
    /// Behind a stray quote: which of the lines that follow are rows cannot be told, and none is written.
    Malformed,
    /// Behind the byte that escapes; and whether that was within quotes.
    Escaped(bool),
    /// In a line that is left out.
    Skipped,
    /// In a line that may be a comment: as it stands, for the reader of rows to tell.
    Comment,
}

/// Rewrites text piece by piece.
pub(crate) struct Rewriter {
    dialect: Dialect,
    /// What begins a line that is left for the reader of rows to tell, and the first line of which that holds.
    comment: Option<(u8, u64)>,
    characters: Characters,
    decoded: Vec<u8>,
    state: State,
    line: u64,
    /// A carriage return was the last byte, and has ended a line.
    after_return: bool,
    /// A carriage return was the last byte, and what it is depends on the next one.
    held_return: bool,
}

impl Rewriter {
    pub(crate) fn new(dialect: &CsvDialect) -> Self {
        Self::of(dialect.syntax.clone(), Characters::new(dialect.encoding), None)
    }

    /// By what was told of a text. From a line on, lines that begin with `comment` pass with their fields apart, and without
    /// quotes of ours.
    pub(crate) const fn of(dialect: Dialect, characters: Characters, comment: Option<(u8, u64)>) -> Self {
        Self {
            dialect,
            comment,
            characters,
            decoded: Vec::new(),
            state: State::LineStart,
            line: 1,
            after_return: false,
            held_return: false,
        }
    }

    /// Appends what becomes of the next piece.
    pub(crate) fn rewrite(&mut self, text: &[u8], is_last: bool, out: &mut Vec<u8>) {
        let mut utf8 = std::mem::take(&mut self.decoded);
        utf8.clear();
        self.characters.decode(text, is_last, &mut utf8);
        self.rewrite_utf8(&utf8, out);
        self.decoded = utf8;
        if is_last {
            self.end(out);
        }
    }

    fn rewrite_utf8(&mut self, text: &[u8], out: &mut Vec<u8>) {
        for byte in text {
            let may_be_break = !matches!(
                self.state,
                State::Quoted | State::Escaped(_) | State::Malformed | State::Comment
            );
            // Several before a line feed end the line together.
            if self.held_return && *byte != b'\r' {
                self.held_return = false;
                if *byte != b'\n' {
                    self.lone_return(out);
                }
            }
            if *byte == b'\r' && may_be_break && !self.dialect.return_ends_line {
                self.held_return = true;
            } else {
                self.step(*byte, out);
            }
        }
    }

    // Some readers end the line at it, some do not.
    fn lone_return(&mut self, out: &mut Vec<u8>) {
        match self.state {
            State::Skipped => return,
            State::LineStart | State::FieldStart => out.push(b'"'),
            _ => {}
        }
        out.extend_from_slice(STRAY_QUOTE);
        self.state = State::Malformed;
    }

    fn step(&mut self, byte: u8, out: &mut Vec<u8>) {
        // The second half of a line break that has been written.
        if std::mem::take(&mut self.after_return) && byte == b'\n' {
            return;
        }
        let is_break = byte == b'\n' || (byte == b'\r' && self.dialect.return_ends_line);
        let is_quote = self.dialect.quote == Some(byte);
        let is_escape = self.dialect.escape == Some(byte);
        match self.state {
            State::Malformed => {}
            State::Escaped(is_quoted) => {
                put(byte, out);
                self.state = if is_quoted { State::Quoted } else { State::Plain };
            }
            State::Quoted if is_escape => self.state = State::Escaped(true),
            State::Quoted if is_quote => self.state = State::QuoteSeen,
            State::Quoted => put(byte, out),
            State::QuoteSeen if is_quote && self.dialect.double_quote => {
                put(byte, out);
                self.state = State::Quoted;
            }
            _ if is_break => self.end_line(byte, out),
            State::Skipped => {}
            State::Comment => self.pass_comment(byte, out),
            State::LineStart if self.may_be_comment(byte) => {
                out.push(byte);
                self.state = State::Comment;
            }
            State::LineStart if self.is_left_out(byte) => self.state = State::Skipped,
            State::LineStart | State::FieldStart => self.begin_field(byte, out),
            State::QuoteSeen | State::Plain if byte == self.dialect.delimiter => self.end_field(out),
            State::QuoteSeen => {
                out.extend_from_slice(STRAY_QUOTE);
                self.state = State::Malformed;
            }
            State::Plain if is_escape => self.state = State::Escaped(false),
            State::Plain => put(byte, out),
        }
    }

    fn is_left_out(&self, byte: u8) -> bool {
        self.dialect.comment == Some(byte) || self.dialect.skipped_lines.binary_search(&self.line).is_ok()
    }

    fn may_be_comment(&self, byte: u8) -> bool {
        let begins = |(comment, line): (u8, u64)| comment == byte && line <= self.line;
        self.comment.is_some_and(begins) && !self.is_left_out(byte)
    }

    // Only its fields are counted, so that what stands in them makes no difference.
    fn pass_comment(&self, byte: u8, out: &mut Vec<u8>) {
        out.push(match byte {
            _ if byte == self.dialect.delimiter => b',',
            b',' => b' ',
            _ => byte,
        });
    }

    fn begin_field(&mut self, byte: u8, out: &mut Vec<u8>) {
        if byte == b' ' && self.dialect.skip_initial_space {
            self.state = State::FieldStart;
            return;
        }
        out.push(b'"');
        if byte == self.dialect.delimiter {
            self.end_field(out);
        } else if self.dialect.quote == Some(byte) {
            self.state = State::Quoted;
        } else if self.dialect.escape == Some(byte) {
            self.state = State::Escaped(false);
        } else {
            put(byte, out);
            self.state = State::Plain;
        }
    }

    fn end_field(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\",");
        self.state = State::FieldStart;
    }

    fn end_line(&mut self, byte: u8, out: &mut Vec<u8>) {
        match self.state {
            State::Plain | State::QuoteSeen => out.push(b'"'),
            State::FieldStart => out.extend_from_slice(b"\"\""),
            _ => {}
        }
        out.push(b'\n');
        self.line += 1;
        self.after_return = byte == b'\r';
        self.state = State::LineStart;
    }

    // Quotes that are open in the text stay open, for the reader of rows to condemn.
    fn end(&mut self, out: &mut Vec<u8>) {
        self.held_return = false;
        match self.state {
            State::Plain | State::QuoteSeen => out.push(b'"'),
            State::FieldStart => out.extend_from_slice(b"\"\""),
            _ => {}
        }
    }
}

fn put(byte: u8, out: &mut Vec<u8>) {
    if byte == b'"' {
        out.push(b'"');
    }
    out.push(byte);
}

/// Characters of an encoding, which become UTF-8.
pub(crate) struct Characters {
    decoder: Decoder,
    /// Whether five bytes are refused that are no characters of Windows-1252, although the Encoding Standard reads them.
    is_strict: bool,
}

impl Characters {
    /// By declaration.
    pub(crate) fn new(encoding: &'static Encoding) -> Self {
        Self {
            decoder: encoding.new_decoder_with_bom_removal(),
            is_strict: false,
        }
    }

    /// By evidence: what is no character of the encoding shows that it is another one.
    pub(crate) fn strict(encoding: &'static Encoding) -> Self {
        Self {
            is_strict: encoding == encoding_rs::WINDOWS_1252,
            ..Self::new(encoding)
        }
    }

    /// Appends the next piece as UTF-8.
    pub(crate) fn decode(&mut self, text: &[u8], is_last: bool, out: &mut Vec<u8>) {
        if !self.is_strict {
            return self.decode_all(text, is_last, out);
        }
        let mut pieces = text
            .split(|byte| matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d))
            .peekable();
        while let Some(piece) = pieces.next() {
            let is_end = pieces.peek().is_none();
            self.decode_all(piece, is_last && is_end, out);
            if !is_end {
                out.push(NO_CHARACTER);
            }
        }
    }

    fn decode_all(&mut self, text: &[u8], is_last: bool, out: &mut Vec<u8>) {
        let mut rest = text;
        loop {
            let wanted = self
                .decoder
                .max_utf8_buffer_length_without_replacement(rest.len())
                .unwrap_or(rest.len());
            let before = out.len();
            out.resize(before + wanted, 0);
            let (result, read, written) =
                self.decoder
                    .decode_to_utf8_without_replacement(rest, &mut out[before..], is_last);
            out.truncate(before + written);
            rest = &rest[read..];
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => out.push(NO_CHARACTER),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // In one piece, and byte by byte: the same.
    fn rewritten(dialect: &CsvDialect, text: &[u8]) -> Vec<u8> {
        let (mut whole, mut pieces) = (Vec::new(), Vec::new());
        Rewriter::new(dialect).rewrite(text, true, &mut whole);
        let mut rewriter = Rewriter::new(dialect);
        for byte in text {
            let mut piece = Vec::new();
            rewriter.rewrite(&[*byte], false, &mut piece);
            pieces.append(&mut piece);
        }
        rewriter.rewrite(&[], true, &mut pieces);
        assert_eq!(whole, pieces, "{}", text.escape_ascii());
        whole
    }

    fn text(syntax: &Dialect, text: &str) -> String {
        let dialect = CsvDialect {
            syntax: syntax.clone(),
            ..CsvDialect::default()
        };
        String::from_utf8(rewritten(&dialect, text.as_bytes())).unwrap()
    }

    #[test]
    fn what_is_csv_stays_what_it_is() {
        let plain = Dialect::default();
        for (found, expected) in [
            ("a,b\n1,2\n", "\"a\",\"b\"\n\"1\",\"2\"\n"),
            ("a,b\r\n1,\r\n", "\"a\",\"b\"\n\"1\",\"\"\n"),
            ("\r\n\"q\"\r\na\r\r\nb\r", "\n\"q\"\n\"a\"\n\"b\""),
            ("\"a\rb\"\r\nc\rd\r\n", "\"a\rb\"\n\"c\"?\n"),
            ("a,\rb\n", "\"a\",\"\"?\n"),
            ("\u{feff}a\n\n\"x\"\"y\nz\"", "\"a\"\n\n\"x\"\"y\nz\""),
            (",\n", "\"\",\"\"\n"),
            ("a\"b,c", "\"a\"\"b\",\"c\""),
            ("\"open,\nnext", "\"open,\nnext"),
            ("\"closed\"x,y\nz", "\"closed\"?\n"),
            ("", ""),
        ] {
            assert_eq!(text(&plain, found), expected, "{found}");
        }
    }

    #[test]
    fn each_part_of_a_dialect() {
        let plain = Dialect::default;
        let dialects = [
            (
                Dialect {
                    delimiter: b'|',
                    ..plain()
                },
                "a|b,c\n",
                "\"a\",\"b,c\"\n",
            ),
            (
                Dialect {
                    quote: Some(b'\''),
                    ..plain()
                },
                "'a,''b',\"c\"\n",
                "\"a,'b\",\"\"\"c\"\"\"\n",
            ),
            (Dialect { quote: None, ..plain() }, "\"a,b\"\n", "\"\"\"a\",\"b\"\"\"\n"),
            (
                Dialect {
                    escape: Some(b'\\'),
                    double_quote: false,
                    ..plain()
                },
                "\"a\\\"b\",c\\,d,\\\"\n",
                "\"a\"\"b\",\"c,d\",\"\"\"\"\n",
            ),
            (
                Dialect {
                    skip_initial_space: true,
                    ..plain()
                },
                "a,  b,  \"c\",   \n",
                "\"a\",\"b\",\"c\",\"\"\n",
            ),
            (
                Dialect {
                    comment: Some(b'#'),
                    ..plain()
                },
                "#x,y\na,#b\n#z",
                "\n\"a\",\"#b\"\n",
            ),
            (
                Dialect {
                    return_ends_line: true,
                    ..plain()
                },
                "a\rb\r\nc",
                "\"a\"\n\"b\"\n\"c\"",
            ),
            (
                Dialect {
                    skipped_lines: vec![1, 3],
                    ..plain()
                },
                "x\na\ny\n1\n",
                "\n\"a\"\n\n\"1\"\n",
            ),
        ];
        for (dialect, found, expected) in dialects {
            assert_eq!(text(&dialect, found), expected, "{dialect:?}");
        }
    }

    #[test]
    fn other_encodings_become_utf8_and_what_is_none_is_marked() {
        let of = |encoding| CsvDialect {
            encoding,
            ..CsvDialect::default()
        };
        assert_eq!(
            rewritten(&of(encoding_rs::WINDOWS_1252), b"caf\xe9\n"),
            "\"café\"\n".as_bytes()
        );
        assert_eq!(
            rewritten(&of(encoding_rs::UTF_16LE), b"\xff\xfea\0,\0\xe9\0"),
            "\"a\",\"é\"".as_bytes()
        );
        // The first half of a pair without the second.
        assert_eq!(rewritten(&of(encoding_rs::SHIFT_JIS), b"a\x81"), b"\"a\xff\"");
    }

    #[test]
    fn what_evidence_took_for_windows_1252_has_no_characters_that_it_does_not_have() {
        for (mut characters, expected) in [
            (
                Characters::new(encoding_rs::WINDOWS_1252),
                "\u{e9}\u{81}\u{e9}".as_bytes(),
            ),
            (Characters::strict(encoding_rs::WINDOWS_1252), b"\xc3\xa9\xff\xc3\xa9"),
        ] {
            let mut out = Vec::new();
            characters.decode(b"\xe9\x81\xe9", true, &mut out);
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn lines_like_comments_pass_with_their_fields() {
        let syntax = Dialect {
            delimiter: b';',
            return_ends_line: true,
            skipped_lines: vec![1],
            ..Dialect::default()
        };
        let mut rewriter = Rewriter::of(syntax, Characters::new(encoding_rs::UTF_8), Some((b'#', 2)));
        let mut out = Vec::new();
        rewriter.rewrite(b"# above\ra;b\r# x, y\r#1;2\r3;4", true, &mut out);
        let expected = "\n\"a\",\"b\"\n# x  y\n#1,2\n\"3\",\"4\"";
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }
}
