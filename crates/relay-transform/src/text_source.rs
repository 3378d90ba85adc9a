//! Unpacked bytes enter, text as the readers of rows expect it leaves: as it is, or rewritten from another dialect or encoding.
//!
//! The beginning is looked at before anything is read of it, to tell what the text is.

use std::io::{self, Read};

use relay_model::{Reason, TableLimits, TableReading};

use crate::dialect::{Characters, Rewriter};
use crate::file_text::{FileKind, FileTable, FileText};
use crate::hashing::Digested;
use crate::plan::{ColumnPlan, Compression, TableFormat, TablePlan};
use crate::sniff::{self, Asked, Recognized};
use crate::unpack::{BLOCK_BYTES, UnpackError, Unpacker};

/// What a text is, by its beginning or by declaration.
pub(crate) enum Recognition {
    Table(TextFormat),
    NotATable,
    /// The beginning could not be unpacked; whoever reads on meets the reason.
    Unknown,
}

/// How rows are read.
pub(crate) struct TextFormat {
    pub(crate) format: TableFormat,
    /// What begins a line that is a comment.
    pub(crate) comment: Option<u8>,
    /// What the content has told.
    pub(crate) reading: Option<TableReading>,
}

/// Blocks of text.
pub(crate) struct TextSource<R: Read> {
    input: Input<R>,
    making: Making,
}

/// What is done to unpacked bytes before they are text for the reader of rows.
enum Making {
    /// They are.
    Nothing,
    Rewriting(Box<Rewriting>),
    /// The input has been read to its end, and this is made of it.
    File(Box<FileMaking>),
}

struct FileMaking {
    file: FileText,
    // Not taken yet from `taken` on.
    text: Vec<u8>,
    taken: usize,
    is_last: bool,
}

// Unpacked bytes, those first that have been looked at.
struct Input<R: Read> {
    unpacker: Unpacker<R>,
    head: Vec<u8>,
    /// How much of the head has been taken.
    taken: usize,
    /// Whether the head is all that there is.
    is_whole: bool,
    /// What went wrong behind the head.
    failure: Option<UnpackError>,
}

struct Rewriting {
    maker: Maker,
    // Of the unpacker.
    block: Vec<u8>,
    // Rewritten, and not taken yet from `taken` on.
    text: Vec<u8>,
    taken: usize,
    is_last: bool,
}

enum Maker {
    /// Fields, quotes and lines are written anew.
    Rewriter(Rewriter),
    /// The characters are, and the first lines are left out.
    Transcoder(Transcoder),
}

struct Transcoder {
    /// Nothing if the text is UTF-8.
    characters: Option<Characters>,
    /// Lines that are still to be left out. A blank one stays of each, so that lines keep their numbers.
    leading_lines: u64,
    decoded: Vec<u8>,
}

impl<R: Read> TextSource<R> {
    /// Looks at the beginning, unless the plan says all.
    pub(crate) fn open(unpacker: Unpacker<R>, plan: &TablePlan, limits: &TableLimits) -> (Self, Recognition) {
        let row_bytes_max = limits.row_bytes_max;
        let mut input = Input {
            unpacker,
            head: Vec::new(),
            taken: 0,
            is_whole: false,
            failure: None,
        };
        let csv = TableFormat::Csv { delimiter: b',' };
        let declared = match (&plan.dialect, plan.format) {
            (Some(_), format) => Some(format.unwrap_or(csv)),
            (None, format) => format,
        };
        if let Some(format) = declared {
            let maker = plan
                .dialect
                .as_ref()
                .map(|dialect| Maker::Rewriter(Rewriter::new(dialect)));
            let format = TextFormat {
                format,
                comment: None,
                reading: None,
            };
            return (Self::new(input, maker), Recognition::Table(format));
        }
        let table = match &plan.columns {
            ColumnPlan::Declared(table) => Some(table),
            ColumnPlan::Described(_) | ColumnPlan::Inferred => None,
        };
        let asked = Asked {
            declared: table.map(|table| table.rule()),
            encoding: table.and_then(|table| table.encoding()),
            row_bytes_max,
        };
        input.look(row_bytes_max);
        if let Some(kind) = FileKind::of(&input.head) {
            return Self::of_file(input, kind, &asked, limits);
        }
        let recognized = sniff::recognize(&input.head, input.is_whole, &asked);
        match recognized {
            Some(recognized) => {
                let (maker, format) = taken_apart(recognized, asked.encoding.is_some());
                (Self::new(input, maker), Recognition::Table(format))
            }
            None if input.failure.is_some() => (Self::new(input, None), Recognition::Unknown),
            None => (Self::new(input, None), Recognition::NotATable),
        }
    }

    fn new(input: Input<R>, maker: Option<Maker>) -> Self {
        let making = maker.map_or(Making::Nothing, |maker| {
            Making::Rewriting(Box::new(Rewriting {
                maker,
                block: Vec::new(),
                text: Vec::new(),
                taken: 0,
                is_last: false,
            }))
        });
        Self { input, making }
    }

    // Reads the whole input, and finds the table in it.
    fn of_file(mut input: Input<R>, kind: FileKind, asked: &Asked<'_>, limits: &TableLimits) -> (Self, Recognition) {
        let found = match input.hold(limits.held_bytes_max) {
            Ok(Some(held)) => FileText::open(held.into(), kind, asked, limits).map_err(UnpackError::Content),
            Ok(None) => kind
                .too_large(limits.held_bytes_max)
                .map_or(Ok(None), |reason| Err(UnpackError::Content(reason))),
            Err(error) => Err(error),
        };
        match found {
            Ok(Some(FileTable { text, format, reading })) => {
                let making = Making::File(Box::new(FileMaking {
                    file: text,
                    text: Vec::new(),
                    taken: 0,
                    is_last: false,
                }));
                let format = TextFormat {
                    format,
                    comment: None,
                    reading,
                };
                (Self { input, making }, Recognition::Table(format))
            }
            Ok(None) => (Self::new(input, None), Recognition::NotATable),
            Err(error) => {
                input.failure = Some(error);
                (Self::new(input, None), Recognition::Unknown)
            }
        }
    }

    pub(crate) const fn compression(&self) -> Compression {
        self.input.unpacker.compression()
    }

    /// Packed bytes read from the input so far.
    pub(crate) fn read_bytes(&self) -> u64 {
        self.input.unpacker.read_bytes()
    }

    /// Bytes that came out of the decoder so far.
    pub(crate) const fn unpacked_bytes(&self) -> u64 {
        self.input.unpacker.unpacked_bytes()
    }

    /// Appends the next block and returns its length. One shorter than [`BLOCK_BYTES`] is the last.
    pub(crate) fn fill(&mut self, text: &mut Vec<u8>) -> Result<usize, UnpackError> {
        match &mut self.making {
            Making::Nothing => self.input.fill(text),
            Making::Rewriting(rewriting) => rewriting.fill(&mut self.input, text),
            Making::File(file) => match self.input.failure.take() {
                Some(error) => Err(error),
                None => file.fill(text).map_err(UnpackError::Content),
            },
        }
    }

    /// Reads the rest of the input for its hash alone.
    pub(crate) fn drain(self, keep_on: impl FnMut(u64) -> bool) -> Result<Option<Digested>, io::Error> {
        self.input.unpacker.drain(keep_on)
    }
}

fn taken_apart(recognized: Recognized, is_declared: bool) -> (Option<Maker>, TextFormat) {
    let Recognized {
        format,
        text,
        comment,
        reading,
    } = recognized;
    let characters = || {
        if is_declared {
            Characters::new(text.encoding)
        } else {
            Characters::strict(text.encoding)
        }
    };
    let is_utf8 = text.encoding == encoding_rs::UTF_8;
    let maker = match text.syntax {
        Some(syntax) => {
            // The names may begin like a comment.
            let below = reading.header_line.unwrap_or(0) + 1;
            let comment = comment.map(|comment| (comment, below));
            Some(Maker::Rewriter(Rewriter::of(syntax, characters(), comment)))
        }
        None if is_utf8 && text.leading_lines == 0 => None,
        None => Some(Maker::Transcoder(Transcoder {
            characters: (!is_utf8).then(characters),
            leading_lines: text.leading_lines,
            decoded: Vec::new(),
        })),
    };
    let reading = Some(reading);
    let format = TextFormat {
        format,
        comment,
        reading,
    };
    (maker, format)
}

impl<R: Read> Input<R> {
    // All of it; nothing if it is longer than may be held.
    fn hold(&mut self, bytes_max: u64) -> Result<Option<Vec<u8>>, UnpackError> {
        let mut held = std::mem::take(&mut self.head);
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        while !self.is_whole {
            if held.len() as u64 > bytes_max {
                return Ok(None);
            }
            self.is_whole = self.unpacker.fill(&mut held)? < BLOCK_BYTES;
        }
        Ok((held.len() as u64 <= bytes_max).then_some(held))
    }

    // A block, and as many more as the first line needs. What goes wrong is told behind what went well.
    fn look(&mut self, row_bytes_max: usize) {
        loop {
            let before = self.head.len();
            match self.unpacker.fill(&mut self.head) {
                Ok(length) => self.is_whole = length < BLOCK_BYTES,
                Err(error) => {
                    // Nothing of a block that was not filled in order: a short one would be the last.
                    self.head.truncate(before);
                    self.failure = Some(error);
                }
            }
            let is_enough = sniff::has_first_line(&self.head, self.is_whole) || self.head.len() > row_bytes_max;
            if is_enough || self.failure.is_some() {
                return;
            }
        }
    }

    fn fill(&mut self, out: &mut Vec<u8>) -> Result<usize, UnpackError> {
        let length = BLOCK_BYTES.min(self.head.len() - self.taken);
        if length > 0 {
            out.extend_from_slice(&self.head[self.taken..self.taken + length]);
            self.taken += length;
            if self.taken == self.head.len() {
                self.taken = 0;
                self.head = Vec::new();
            }
            return Ok(length);
        }
        match self.failure.take() {
            Some(error) => Err(error),
            None if self.is_whole => Ok(0),
            None => self.unpacker.fill(out),
        }
    }
}

impl FileMaking {
    fn fill(&mut self, out: &mut Vec<u8>) -> Result<usize, Reason> {
        if self.text.len() - self.taken < BLOCK_BYTES && !self.is_last {
            self.text.drain(..self.taken);
            self.taken = 0;
            self.is_last = !self.file.append(&mut self.text, BLOCK_BYTES)?;
        }
        let length = BLOCK_BYTES.min(self.text.len() - self.taken);
        out.extend_from_slice(&self.text[self.taken..self.taken + length]);
        self.taken += length;
        Ok(length)
    }
}

impl Maker {
    fn make(&mut self, block: &[u8], is_last: bool, out: &mut Vec<u8>) {
        match self {
            Self::Rewriter(rewriter) => rewriter.rewrite(block, is_last, out),
            Self::Transcoder(transcoder) => transcoder.make(block, is_last, out),
        }
    }
}

impl Transcoder {
    fn make(&mut self, block: &[u8], is_last: bool, out: &mut Vec<u8>) {
        let mut text = block;
        if let Some(characters) = &mut self.characters {
            if self.leading_lines == 0 {
                return characters.decode(block, is_last, out);
            }
            self.decoded.clear();
            characters.decode(block, is_last, &mut self.decoded);
            text = &self.decoded;
        }
        while self.leading_lines > 0 {
            let Some(end) = memchr::memchr(b'\n', text) else { return };
            text = &text[end + 1..];
            out.push(b'\n');
            self.leading_lines -= 1;
        }
        out.extend_from_slice(text);
    }
}

impl Rewriting {
    fn fill<R: Read>(&mut self, input: &mut Input<R>, out: &mut Vec<u8>) -> Result<usize, UnpackError> {
        while self.text.len() - self.taken < BLOCK_BYTES && !self.is_last {
            self.text.drain(..self.taken);
            self.taken = 0;
            self.block.clear();
            self.is_last = input.fill(&mut self.block)? < BLOCK_BYTES;
            self.maker.make(&self.block, self.is_last, &mut self.text);
        }
        let length = BLOCK_BYTES.min(self.text.len() - self.taken);
        out.extend_from_slice(&self.text[self.taken..self.taken + length]);
        self.taken += length;
        Ok(length)
    }
}
