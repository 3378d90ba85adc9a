//! Rows of JSON: one object (RFC 8259) on each line, or the objects of an array; keys may come in any order.
//!
//! Blank lines are skipped. The array is the document, or its only member. Its elements are told apart by brackets and
//! strings alone, as they come, so that one of any length costs no memory; what is between them is held to the grammar.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::bad_rows::{BadRow, BadRowReason};
use crate::rows::{Found, Malformed, RowBatch, RowLimits, RowPlace, Span, Window};
use crate::sniff::array_start;

/// A cell of a key that the row does not have. No value stands at 0, since the row's brace comes first.
const ABSENT: Span = (0, 0);

/// Reads rows out of a window.
pub(crate) struct JsonRows {
    keys: HashMap<String, usize>,
    names: Vec<String>,
    is_open: bool,
    line: u64,
    row: u64,
    is_skipping: bool,
    /// Where in the array the window begins, if the rows are in one.
    array: Option<Array>,
}

/// Where in an array the rest of the window begins.
#[derive(Clone, Copy, Debug)]
struct Array {
    place: Place,
    /// Whether the array is the member of an object.
    is_member: bool,
    /// The element, as far as it has been looked at.
    element: Element,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before all.
    Start,
    /// Before an element: the first one, or one behind a comma.
    Element,
    /// Behind an element.
    Between,
    /// Behind the array.
    Closed,
    /// Behind the document.
    End,
}

/// An element that is being looked through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Element {
    /// How many of its bytes have been looked at.
    seen: usize,
    depth: u64,
    is_string: bool,
    is_escaped: bool,
    /// The line breaks in it so far.
    line_breaks: u64,
    /// Whether it is longer than a row may be; then its first bytes are gone.
    is_too_long: bool,
}

impl Element {
    // Looks at the bytes that have not been seen; where the element ends, if it does.
    fn find_end(&mut self, rest: &[u8]) -> Option<usize> {
        while let Some(byte) = rest.get(self.seen).copied() {
            if self.is_string {
                if std::mem::take(&mut self.is_escaped) {
                    self.line_breaks += u64::from(byte == b'\n');
                    self.seen += 1;
                    continue;
                }
                let Some(found) = memchr::memchr3(b'"', b'\\', b'\n', &rest[self.seen..]) else {
                    self.seen = rest.len();
                    return None;
                };
                self.seen += found + 1;
                match rest[self.seen - 1] {
                    b'\\' => self.is_escaped = true,
                    b'\n' => self.line_breaks += 1,
                    _ => {
                        self.is_string = false;
                        if self.depth == 0 {
                            return Some(self.seen);
                        }
                    }
                }
                continue;
            }
            match byte {
                b'"' => self.is_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' | b',' if self.depth == 0 => return Some(self.seen),
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        self.seen += 1;
                        return Some(self.seen);
                    }
                }
                b'\n' => self.line_breaks += 1,
                _ => {}
            }
            self.seen += 1;
        }
        None
    }
}

impl JsonRows {
    /// With an open schema a new key ends a batch; otherwise it makes a bad row. The rows stand on lines, or in an array.
    pub(crate) fn new(names: &[String], is_open: bool, is_array: bool) -> Self {
        let mut rows = Self {
            keys: HashMap::new(),
            names: Vec::new(),
            is_open,
            line: 1,
            row: 0,
            is_skipping: false,
            array: is_array.then_some(Array {
                place: Place::Start,
                is_member: false,
                element: Element::default(),
            }),
        };
        rows.add_keys(names);
        rows
    }

    /// From the next row on these keys are columns as well.
    pub(crate) fn add_keys(&mut self, names: &[String]) {
        for name in names {
            self.keys.insert(name.clone(), self.names.len());
            self.names.push(name.clone());
        }
    }

    /// Reads rows of `batch.columns` cells.
    pub(crate) fn read_batch(&mut self, window: &mut Window, limits: RowLimits, batch: &mut RowBatch) -> Found {
        match self.array {
            Some(array) => self.read_array(array, window, limits, batch),
            None => self.read_lines(window, limits, batch),
        }
    }

    fn read_array(&mut self, mut array: Array, window: &mut Window, limits: RowLimits, batch: &mut RowBatch) -> Found {
        let mut found = None;
        while batch.rows() + batch.bad.len() < limits.rows_max && found.is_none() {
            match self.step(&mut array, window, limits, batch) {
                Ok(()) => {}
                Err(stop) => found = Some(stop),
            }
        }
        self.array = Some(array);
        match found {
            Some(Found::NewKeys(keys)) => Found::NewKeys(keys),
            // What was found before is taken first; whatever ended it is met again.
            _ if !batch.is_empty() => Found::Rows,
            found => found.unwrap_or(Found::NeedsMore),
        }
    }

    // One step further in the array.
    fn step(
        &mut self,
        array: &mut Array,
        window: &mut Window,
        limits: RowLimits,
        batch: &mut RowBatch,
    ) -> Result<(), Found> {
        if array.element == Element::default() {
            self.skip_blanks(window);
        }
        let rest = window.rest();
        let Some(byte) = rest.first().copied() else {
            return Err(match (window.is_last, array.place) {
                (false, _) => Found::NeedsMore,
                (true, Place::End) => Found::End,
                (true, Place::Closed) if !array.is_member => Found::End,
                (true, _) => self.malformed("the array is not closed: was the file cut off?"),
            });
        };
        match (array.place, byte) {
            (Place::Start, _) => {
                let Some((first, is_member)) = array_start(rest) else {
                    return Err(self.malformed("the array of objects is not there"));
                };
                self.line += memchr::memchr_iter(b'\n', &rest[..first]).count() as u64;
                window.start += first;
                array.is_member = is_member;
                array.place = Place::Element;
            }
            (Place::Element, _) => return self.element(array, window, limits, batch),
            (Place::Between, b',') => {
                window.start += 1;
                array.place = Place::Element;
            }
            (Place::Between, b']') => {
                window.start += 1;
                array.place = Place::Closed;
            }
            (Place::Between, _) => {
                return Err(self.malformed("neither a comma nor the end of the array follows an element"));
            }
            (Place::Closed, b'}') if array.is_member => {
                window.start += 1;
                array.place = Place::End;
            }
            // Whoever keeps the rows alone would lose what is here.
            (Place::Closed, b',') if array.is_member => return Err(Found::NoTable),
            (Place::Closed | Place::End, _) => return Err(self.malformed("something follows the array")),
        }
        Ok(())
    }

    fn element(
        &mut self,
        array: &mut Array,
        window: &mut Window,
        limits: RowLimits,
        batch: &mut RowBatch,
    ) -> Result<(), Found> {
        let mut element = array.element;
        let rest = window.rest();
        if element == Element::default() && matches!(rest.first(), Some(b',' | b']' | b'}')) {
            return Err(self.malformed("an element is missing"));
        }
        let end = element.find_end(rest);
        let length = end.unwrap_or(rest.len());
        if length > limits.row_bytes_max && !element.is_too_long {
            element.is_too_long = true;
            self.row += 1;
            batch.bad.push(self.bad_row(BadRowReason::RowTooLong));
        }
        if end.is_none() {
            if element.is_too_long {
                // What has been seen is passed over, and the search goes on behind it.
                window.start = window.data.len();
                element.seen = 0;
            }
            array.element = element;
            return Err(if window.is_last {
                self.malformed("the array is not closed: was the file cut off?")
            } else {
                Found::NeedsMore
            });
        }
        if !element.is_too_long {
            let new_keys = self.read_line(window, length, batch);
            if !new_keys.is_empty() {
                return Err(Found::NewKeys(new_keys));
            }
        }
        window.start += length;
        self.line += element.line_breaks;
        array.element = Element::default();
        array.place = Place::Between;
        Ok(())
    }

    fn skip_blanks(&mut self, window: &mut Window) {
        let rest = window.rest();
        let blank = rest.len() - rest.trim_ascii_start().len();
        self.line += memchr::memchr_iter(b'\n', &rest[..blank]).count() as u64;
        window.start += blank;
    }

    const fn malformed(&self, what: &'static str) -> Found {
        Found::Malformed(Malformed { line: self.line, what })
    }

    const fn bad_row(&self, reason: BadRowReason) -> BadRow {
        BadRow {
            line: self.line,
            row: self.row,
            reason,
            column: None,
        }
    }

    fn read_lines(&mut self, window: &mut Window, limits: RowLimits, batch: &mut RowBatch) -> Found {
        let mut new_keys = Vec::new();
        while batch.rows() + batch.bad.len() < limits.rows_max && new_keys.is_empty() {
            let rest = window.rest();
            let line_break = memchr::memchr(b'\n', rest);
            let (length, after) = line_break.map_or((rest.len(), rest.len()), |at| (at, at + 1));
            if self.is_skipping {
                window.start += after;
                self.is_skipping = line_break.is_none();
                self.line += u64::from(line_break.is_some());
                if self.is_skipping {
                    break;
                }
                continue;
            }
            if after > limits.row_bytes_max {
                self.row += 1;
                let reason = BadRowReason::RowTooLong;
                batch.bad.push(BadRow {
                    line: self.line,
                    row: self.row,
                    reason,
                    column: None,
                });
                self.is_skipping = true;
                continue;
            }
            if rest.is_empty() || (line_break.is_none() && !window.is_last) {
                break;
            }
            new_keys = self.read_line(window, length, batch);
            if new_keys.is_empty() {
                window.start += after;
                self.line += u64::from(line_break.is_some());
            }
        }
        match (batch.is_empty(), window.is_last) {
            _ if !new_keys.is_empty() => Found::NewKeys(new_keys),
            (false, _) => Found::Rows,
            (true, false) => Found::NeedsMore,
            (true, true) => Found::End,
        }
    }

    // Returns the keys that are new; the line is then not taken.
    fn read_line(&mut self, window: &Window, length: usize, batch: &mut RowBatch) -> Vec<String> {
        let bytes = window.rest()[..length].trim_ascii();
        if bytes.is_empty() {
            return Vec::new();
        }
        let first_cell = batch.cells.len();
        batch.cells.resize(first_cell + batch.columns, ABSENT);
        let start = bytes.as_ptr() as usize - window.data.as_ptr() as usize;
        let mut object = ObjectSeed {
            rows: self,
            offset: window.data.as_ptr() as usize,
            cells: &mut batch.cells[first_cell..],
            new_keys: Vec::new(),
            problem: None,
        };
        let problem = object.read(bytes);
        let ObjectSeed { new_keys, .. } = object;
        if problem.is_none() && !new_keys.is_empty() {
            batch.cells.truncate(first_cell);
            return new_keys;
        }
        self.row += 1;
        let (line, row) = (self.line, self.row);
        if let Some(reason) = problem {
            batch.cells.truncate(first_cell);
            batch.bad.push(BadRow {
                line,
                row,
                reason,
                column: None,
            });
        } else {
            let (start, end) = (start as u32, (start + bytes.len()) as u32);
            batch.places.push(RowPlace { line, row, start, end });
        }
        Vec::new()
    }
}

/// Takes one object apart: for each key the place of its value, which stays as it was written.
struct ObjectSeed<'a> {
    rows: &'a JsonRows,
    offset: usize,
    cells: &'a mut [Span],
    new_keys: Vec<String>,
    problem: Option<BadRowReason>,
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl ObjectSeed<'_> {
    fn read(&mut self, bytes: &[u8]) -> Option<BadRowReason> {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Some(BadRowReason::InvalidUtf8);
        };
        if !text.starts_with('{') {
            let is_json = serde_json::from_str::<&RawValue>(text).is_ok();
            return Some(if is_json {
                BadRowReason::NotAnObject
            } else {
                BadRowReason::MalformedJson
            });
        }
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let read = DeserializeSeed::deserialize(&mut *self, &mut deserializer).and_then(|()| deserializer.end());
        match read {
            Ok(()) => self.problem,
            Err(_) => Some(BadRowReason::MalformedJson),
        }
    }

    fn take(&mut self, key: Cow<'_, str>, value: &str, expected: &mut usize) {
        let guess = self.rows.names.get(*expected).is_some_and(|name| *name == *key);
        let found = if guess {
            Some(*expected)
        } else {
            self.rows.keys.get(&*key).copied()
        };
        // A lone surrogate is well-formed, and no text.
        if value.contains("\\u") && value.starts_with('"') && serde_json::from_str::<String>(value).is_err() {
            self.problem.get_or_insert(BadRowReason::MalformedJson);
        }
        match found {
            Some(index) if self.cells[index] != ABSENT => {
                self.problem.get_or_insert(BadRowReason::DuplicateKey);
            }
            Some(index) => {
                let start = value.as_ptr() as usize - self.offset;
                self.cells[index] = (start as u32, (start + value.len()) as u32);
                *expected = index + 1;
            }
            None if !self.rows.is_open => {
                self.problem.get_or_insert(BadRowReason::UnknownKey);
            }
            None if self.new_keys.iter().any(|new| *new == *key) => {
                self.problem.get_or_insert(BadRowReason::DuplicateKey);
            }
            None => self.new_keys.push(key.into_owned()),
        }
    }
}

impl<'de> DeserializeSeed<'de> for &mut ObjectSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut ObjectSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut expected = 0;
        while let Some(Key(key)) = map.next_key::<Key<'de>>()? {
            let value = map.next_value::<&'de RawValue>()?;
            self.take(key, value.get(), &mut expected);
        }
        Ok(())
    }
}
