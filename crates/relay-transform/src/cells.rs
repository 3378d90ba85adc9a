//! One cell: its text and its kind, whichever format it comes from.

use std::borrow::Cow;

use relay_frictionless::MissingTexts;

/// What a format says about a cell beyond its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CellKind {
    /// CSV has text only.
    Csv,
    /// What a workbook or Parquet says is a text.
    Text,
    /// What it says is something else, or that there is nothing.
    Typed,
    /// A JSON string, unescaped.
    JsonString,
    /// A JSON number, as it was written.
    JsonNumber,
    /// `true` or `false`.
    JsonBoolean,
    /// An object or an array, as it was written.
    JsonNested,
    /// `null`, or no such key.
    JsonNull,
}

/// A cell without its quotes and escapes.
pub(crate) struct Cell<'a> {
    pub(crate) kind: CellKind,
    pub(crate) text: Cow<'a, [u8]>,
}

/// How raw cells become cells.
pub(crate) trait Syntax {
    /// Decodes one cell that the row reader has found to be well-formed.
    fn decode(raw: &[u8]) -> Cell<'_>;
}

/// RFC 4180 cells; `QUOTED` says whether any cell of the batch is quoted.
pub(crate) struct CsvSyntax<const QUOTED: bool>;

impl<const QUOTED: bool> Syntax for CsvSyntax<QUOTED> {
    #[inline]
    fn decode(raw: &[u8]) -> Cell<'_> {
        let text = if QUOTED { unquote(raw) } else { Cow::Borrowed(raw) };
        Cell {
            kind: CellKind::Csv,
            text,
        }
    }
}

/// The content of a CSV field: without the quotes around it, doubled quotes made single.
pub(crate) fn unquote(raw: &[u8]) -> Cow<'_, [u8]> {
    let Some(inner) = raw.strip_prefix(b"\"") else {
        return Cow::Borrowed(raw);
    };
    let inner = inner.strip_suffix(b"\"").unwrap_or(inner);
    if memchr::memchr(b'"', inner).is_none() {
        return Cow::Borrowed(inner);
    }
    let mut text = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(quote) = memchr::memchr(b'"', rest) {
        text.extend_from_slice(&rest[..=quote]);
        rest = rest.get(quote + 2..).unwrap_or_default();
    }
    text.extend_from_slice(rest);
    Cow::Owned(text)
}

/// Cells of which the file says what they are, as `typed_text.rs` writes them.
pub(crate) struct TypedSyntax;

impl Syntax for TypedSyntax {
    #[inline]
    fn decode(raw: &[u8]) -> Cell<'_> {
        let kind = match raw.first() {
            Some(b'"') => CellKind::Text,
            _ => CellKind::Typed,
        };
        Cell {
            kind,
            text: unquote(raw),
        }
    }
}

/// JSON values (RFC 8259). An empty cell stands for a key that is not there.
pub(crate) struct JsonSyntax;

impl Syntax for JsonSyntax {
    fn decode(raw: &[u8]) -> Cell<'_> {
        let (kind, text) = match raw.first() {
            None | Some(b'n') => (CellKind::JsonNull, Cow::Borrowed(&raw[..0])),
            Some(b'"') => (CellKind::JsonString, unescape(raw)),
            Some(b'{' | b'[') => (CellKind::JsonNested, Cow::Borrowed(raw)),
            Some(b't' | b'f') => (CellKind::JsonBoolean, Cow::Borrowed(raw)),
            Some(_) => (CellKind::JsonNumber, Cow::Borrowed(raw)),
        };
        Cell { kind, text }
    }
}

fn unescape(raw: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\\', raw).is_none() {
        return Cow::Borrowed(raw.get(1..raw.len() - 1).unwrap_or_default());
    }
    // The row reader lets no string pass that does not unescape (a lone surrogate, for example).
    let text = serde_json::from_slice::<String>(raw).unwrap_or_default();
    Cow::Owned(text.into_bytes())
}

/// The texts that mean "no value".
#[derive(Clone, Debug)]
pub(crate) struct MissingValues {
    texts: MissingTexts,
    /// Whether nobody said so, and they are what inference assumes.
    is_assumed: bool,
}

impl MissingValues {
    /// Those of a schema, in columns of every type.
    pub(crate) fn new<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self {
            texts: MissingTexts::new(texts),
            is_assumed: false,
        }
    }

    /// Those of inference: in CSV they stand for a number or a date that is missing. `NA` among texts is a text (Namibia,
    /// North America), and so is every string of JSON, which has its own `null`.
    pub(crate) fn assumed<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self {
            is_assumed: true,
            ..Self::new(texts)
        }
    }

    /// Whether the cell has no value, in a column that is not text. Quotes make no difference; JSON has its own `null`
    /// besides.
    #[inline]
    pub(crate) fn is_missing(&self, kind: CellKind, text: &[u8]) -> bool {
        match kind {
            CellKind::JsonNull => true,
            CellKind::Csv => self.texts.contains(text),
            CellKind::Typed if text.is_empty() => true,
            CellKind::Text | CellKind::JsonString => !self.is_assumed && self.texts.contains(text),
            CellKind::Typed | CellKind::JsonNumber | CellKind::JsonBoolean | CellKind::JsonNested => false,
        }
    }

    /// The same in a column of text.
    #[inline]
    pub(crate) fn is_missing_text(&self, kind: CellKind, text: &[u8]) -> bool {
        self.is_missing(kind, text) && (!self.is_assumed || text.is_empty())
    }
}

/// `true` and `false` in the three usual capitalizations; JSON has its own, and its strings are no booleans.
#[inline]
pub(crate) fn parse_boolean(kind: CellKind, text: &[u8]) -> Option<bool> {
    match (kind, text) {
        (CellKind::Csv, b"true" | b"True" | b"TRUE") | (CellKind::JsonBoolean | CellKind::Typed, b"true") => Some(true),
        (CellKind::Csv, b"false" | b"False" | b"FALSE") | (CellKind::JsonBoolean | CellKind::Typed, b"false") => {
            Some(false)
        }
        _ => None,
    }
}

/// The numbers that are none, as Table Schema writes them.
pub(crate) fn is_special_number(text: &[u8]) -> bool {
    matches!(text, b"NaN" | b"INF" | b"-INF")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_come_off_and_doubled_ones_are_single() {
        for (raw, text) in [
            ("a", "a"),
            ("\"\"", ""),
            ("\"a,b\"", "a,b"),
            ("\"a\"\"b\"", "a\"b"),
            ("\"\"\"\"", "\""),
            ("a\"b", "a\"b"),
            ("\"\"\"x\"\"\"", "\"x\""),
        ] {
            assert_eq!(&*unquote(raw.as_bytes()), text.as_bytes(), "{raw}");
        }
    }

    #[test]
    fn json_cells_have_a_kind() {
        let kind_and_text = |raw: &'static str| {
            let cell = JsonSyntax::decode(raw.as_bytes());
            (cell.kind, String::from_utf8(cell.text.into_owned()).unwrap())
        };
        assert_eq!(
            kind_and_text(r#""a\u00e9\"""#),
            (CellKind::JsonString, "aé\"".to_owned())
        );
        assert_eq!(kind_and_text("-1.50"), (CellKind::JsonNumber, "-1.50".to_owned()));
        assert_eq!(kind_and_text("null"), (CellKind::JsonNull, String::new()));
        assert_eq!(kind_and_text(""), (CellKind::JsonNull, String::new()));
        assert_eq!(kind_and_text("[1]"), (CellKind::JsonNested, "[1]".to_owned()));
    }

    #[test]
    fn missing_values_are_whole_texts() {
        let missing = MissingValues::new(["", "NA"]);
        assert!(missing.is_missing(CellKind::Csv, b"") && missing.is_missing(CellKind::JsonString, b"NA"));
        assert!(!missing.is_missing(CellKind::Csv, b"NAN") && !missing.is_missing(CellKind::Csv, b"na"));
        assert!(missing.is_missing(CellKind::JsonNull, b"") && !missing.is_missing(CellKind::JsonNumber, b"1"));
        assert!(missing.is_missing_text(CellKind::Csv, b"NA"));
    }

    #[test]
    fn what_inference_assumes_to_be_missing_is_a_text_among_texts() {
        let missing = MissingValues::assumed(["", "NA"]);
        assert!(missing.is_missing(CellKind::Csv, b"NA") && !missing.is_missing_text(CellKind::Csv, b"NA"));
        assert!(missing.is_missing_text(CellKind::Csv, b"") && missing.is_missing_text(CellKind::JsonNull, b""));
        assert!(!missing.is_missing(CellKind::JsonString, b"NA") && !missing.is_missing(CellKind::JsonString, b""));
    }
}
