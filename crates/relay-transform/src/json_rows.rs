//! Rows of JSON Lines: one object (RFC 8259) on each line; blank lines are skipped, keys may come in any order.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::bad_rows::{BadRow, BadRowReason};
use crate::rows::{Found, RowBatch, RowLimits, RowPlace, Span, Window};

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
}

impl JsonRows {
    /// With an open schema a new key ends a batch; otherwise it makes a bad row.
    pub(crate) fn new(names: &[String], is_open: bool) -> Self {
        let mut rows = Self {
            keys: HashMap::new(),
            names: Vec::new(),
            is_open,
            line: 1,
            row: 0,
            is_skipping: false,
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
