//! Workbooks (XLSX: ECMA-376, `SpreadsheetML` in a zip): which sheets there are, and what their cells refer to.
//!
//! The file is held in memory, for a zip says at its end what is in it, and texts and formats stand in other parts than the
//! cells. Everything that unpacking makes of it is bounded.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Cursor, Read, Take};

use bytes::Bytes;
use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use relay_model::{Reason, ReasonCode, TableLimits};
use zip::{CompressionMethod, ZipArchive};

use crate::number_format::{self, ShownAs};

/// The longest piece of XML between two marks, in bytes. A cell has at most 32,767 characters (ECMA-376-1, 18.18.88 and what
/// programs allow).
const PIECE_BYTES_MAX: usize = 1024 * 1024;
/// How deep elements may stand in each other.
const DEPTH_MAX: usize = 256;
/// The longest name of an element, in bytes.
const NAME_BYTES_MAX: usize = 1024;
/// The most sheets of a workbook.
const SHEETS_MAX: usize = 4_096;
/// The most styles of cells: 64,000 is what programs allow.
const STYLES_MAX: usize = 1 << 16;
/// How much of a part is unpacked at a time, in bytes.
const PART_BUFFER_BYTES: usize = 32 * 1024;
/// A local file header of a zip, which a file of this kind has many of.
const LOCAL_HEADER: &[u8] = b"PK\x03\x04";
/// What a workbook's list of sheets is called, whoever writes it.
const MAIN_PART: &str = "xl/workbook.xml";
/// The folder that a workbook's parts stand in, whoever writes it.
const WORKBOOK_FOLDER: &[u8] = b"xl/";

/// How the name of a part ends that is XML.
const XML_ENDING: &str = ".xml";
/// What every document has that is XML in a zip (ECMA-376-2, 7.2.3; `OpenDocument` 1.3, part 2, section 3.3).
const DOCUMENT_PARTS: [&str; 2] = ["[content_types].xml", "mimetype"];

/// Whether a file that begins like this may be a workbook.
pub(crate) fn may_be_workbook(head: &[u8]) -> bool {
    head.starts_with(LOCAL_HEADER)
}

/// Whether a file that begins like this is one: the names of its first parts show it.
pub(crate) fn begins_workbook(head: &[u8]) -> bool {
    // APPNOTE.TXT 4.3.7: the name stands at byte 30.
    memchr::memmem::find_iter(head, LOCAL_HEADER).any(|at| {
        head[at..]
            .get(30..)
            .is_some_and(|name| name.starts_with(WORKBOOK_FOLDER))
    })
}

/// A workbook, of which the list of sheets, the texts and the formats have been read.
pub(crate) struct Workbook {
    bytes: Bytes,
    parts: HashMap<String, Part>,
    unpacked_bytes_max: u64,
    pub(crate) sheets: Vec<Sheet>,
    pub(crate) texts: Texts,
    /// The part that they stand in.
    texts_part: Option<String>,
    /// What the numbers of cells of a style are shown as.
    pub(crate) styles: Vec<ShownAs>,
    /// Whether days are counted from 1904.
    pub(crate) is_1904: bool,
}

/// A sheet of cells.
#[derive(Clone, Debug)]
pub(crate) struct Sheet {
    /// Its place among the sheets, from 1.
    pub(crate) number: u64,
    pub(crate) is_hidden: bool,
    part: String,
}

/// Where a part stands in the zip.
#[derive(Clone, Copy)]
struct Part {
    start: usize,
    packed_bytes: usize,
    bytes: u64,
    crc: u32,
    is_packed: bool,
}

/// The texts that cells refer to by number.
#[derive(Default)]
pub(crate) struct Texts {
    all: String,
    ends: Vec<u32>,
}

impl Texts {
    pub(crate) fn get(&self, number: usize) -> Option<&str> {
        let end = *self.ends.get(number)? as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.all.get(start..end)
    }

    fn held_bytes(&self) -> usize {
        self.all.len() + size_of::<u32>() * self.ends.len()
    }
}

impl Workbook {
    /// Opens a workbook; nothing if the zip is none, or is one in another form (XLSB).
    pub(crate) fn open(bytes: Bytes, limits: &TableLimits) -> Result<Option<Self>, Reason> {
        let begins = begins_workbook(&bytes);
        let parts = match parts_of(&bytes) {
            Ok(parts) => parts,
            Err(reason) if begins => return Err(reason),
            Err(_) => return Ok(None),
        };
        let mut workbook = Self::unread(bytes, parts, limits);
        if workbook.is_too_large() && (begins || workbook.parts.contains_key(MAIN_PART)) {
            return Err(too_large());
        }
        let main = match workbook.main_part() {
            // Another document, whatever is wrong with it.
            Ok(None) => return Ok(None),
            Err(_) if !begins => return Ok(None),
            Ok(Some(main)) => main,
            Err(reason) => return Err(reason),
        };
        workbook.read_main(&main)?;
        workbook.read_texts(&main, limits.held_bytes_max)?;
        workbook.read_styles(&main)?;
        Ok(Some(workbook))
    }

    /// Opens another document that is XML in a zip: a letter, a presentation, a workbook of `OpenDocument`. It has parts, and no
    /// sheets that are known.
    pub(crate) fn open_other(bytes: &Bytes, limits: &TableLimits) -> Option<Self> {
        let document = Self::unread(bytes.clone(), parts_of(bytes).ok()?, limits);
        let is_document = DOCUMENT_PARTS.iter().any(|part| document.parts.contains_key(*part));
        (is_document && !document.is_too_large()).then_some(document)
    }

    fn unread(bytes: Bytes, parts: HashMap<String, Part>, limits: &TableLimits) -> Self {
        let ratio_bytes = (bytes.len() as u64).saturating_mul(limits.unpacked_ratio_max);
        Self {
            unpacked_bytes_max: ratio_bytes
                .max(limits.unpacked_bytes_unchecked)
                .min(limits.unpacked_bytes_max),
            bytes,
            parts,
            sheets: Vec::new(),
            texts: Texts::default(),
            texts_part: None,
            styles: Vec::new(),
            is_1904: false,
        }
    }

    fn is_too_large(&self) -> bool {
        let all_bytes = self
            .parts
            .values()
            .fold(0_u64, |all, part| all.saturating_add(part.bytes));
        all_bytes > self.unpacked_bytes_max
    }

    /// The most bytes that are made of it, whatever it is made into.
    pub(crate) const fn unpacked_bytes_max(&self) -> u64 {
        self.unpacked_bytes_max
    }

    /// The XML of a sheet.
    pub(crate) fn sheet(&self, sheet: &Sheet) -> Result<Xml, Reason> {
        self.xml(&sheet.part)
    }

    /// The names of all parts but the one of the cells' texts, in order.
    pub(crate) fn parts_beside_texts(&self) -> Vec<&str> {
        let names = self.parts.keys().map(String::as_str);
        let mut names: Vec<&str> = names.filter(|name| Some(*name) != self.texts_part.as_deref()).collect();
        names.sort_unstable();
        names
    }

    /// Whether a part has the cells of a sheet.
    pub(crate) fn is_sheet(&self, part: &str) -> bool {
        self.sheets.iter().any(|sheet| sheet.part.eq_ignore_ascii_case(part))
    }

    /// The XML of a part.
    pub(crate) fn xml(&self, part: &str) -> Result<Xml, Reason> {
        let found = self
            .find(part)
            .ok_or_else(|| damaged("a part that it refers to is missing"))?;
        Ok(Xml::new(
            self.bytes.slice(found.start..found.start + found.packed_bytes),
            found,
            self.unpacked_bytes_max,
        ))
    }

    // Names of parts are compared without regard to case (ECMA-376-2, 6.2.2.3).
    fn find(&self, name: &str) -> Option<Part> {
        self.parts.get(&name.to_ascii_lowercase()).copied()
    }

    fn main_part(&self) -> Result<Option<String>, Reason> {
        let related = self.related("")?;
        let main = related.into_iter().find(|related| related.kind == "officeDocument");
        let name = main.map_or_else(|| MAIN_PART.to_owned(), |main| main.target);
        if self.find(&name).is_none() || !name.to_ascii_lowercase().ends_with(XML_ENDING) {
            return Ok(None);
        }
        let mut xml = self.xml(&name)?;
        loop {
            match xml.next()? {
                Event::Start(element) => return Ok((element.local_name().into_inner() == "workbook").then_some(name)),
                Event::Eof | Event::Empty(_) => return Ok(None),
                _ => {}
            }
        }
    }

    fn read_main(&mut self, main: &str) -> Result<(), Reason> {
        let related = self.related(main)?;
        let mut xml = self.xml(main)?;
        let mut number = 0;
        loop {
            match xml.next()? {
                Event::Start(element) | Event::Empty(element) => match element.local_name().into_inner() {
                    // An extension has an element of this name as well, which says nothing of dates.
                    "workbookPr" => {
                        if let Some(value) = attribute(&element, "date1904")? {
                            self.is_1904 = matches!(&*value, "1" | "true" | "on");
                        }
                    }
                    "sheet" => {
                        number += 1;
                        if number as usize > SHEETS_MAX {
                            return Err(damaged("it has more sheets than any program writes"));
                        }
                        // Modules of old programs are listed among the sheets, and stand in no part.
                        let Some(id) = attribute(&element, "id")?.filter(|id| !id.is_empty()) else {
                            continue;
                        };
                        let target = related.iter().find(|related| related.id == id);
                        let target = target.ok_or_else(|| damaged("a sheet that it lists is missing"))?;
                        // What else is called a sheet are charts, dialogs and macros.
                        if target.kind == "worksheet" {
                            // Each would be read from beginning to end.
                            if self.sheets.iter().any(|sheet| sheet.part == target.target) {
                                return Err(damaged("two sheets are one part"));
                            }
                            self.sheets.push(Sheet {
                                number,
                                is_hidden: attribute(&element, "state")?.is_some_and(|state| state != "visible"),
                                part: target.target.clone(),
                            });
                        }
                    }
                    _ => {}
                },
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    fn read_texts(&mut self, main: &str, held_bytes_max: u64) -> Result<(), Reason> {
        let Some(part) = self
            .related(main)?
            .into_iter()
            .find(|related| related.kind == "sharedStrings")
        else {
            return Ok(());
        };
        let mut xml = self.xml(&part.target)?;
        let mut texts = Texts::default();
        let mut text = CellText::default();
        loop {
            match xml.next()? {
                Event::Empty(element) if element.local_name().into_inner() == "si" => {
                    texts.ends.push(texts.all.len() as u32);
                }
                Event::End(element) if element.local_name().into_inner() == "si" => {
                    texts.all.push_str(text.take());
                    texts.ends.push(texts.all.len() as u32);
                }
                Event::Eof => break,
                event => text.take_in(&event)?,
            }
            if (texts.held_bytes() + text.len()) as u64 > held_bytes_max.min(u64::from(u32::MAX)) {
                let text = format!("the workbook's texts are longer than {held_bytes_max} bytes (held_bytes_max)");
                return Err(Reason::new(ReasonCode::TableFileTooLarge, text));
            }
        }
        self.texts = texts;
        self.texts_part = Some(part.target.to_ascii_lowercase());
        Ok(())
    }

    fn read_styles(&mut self, main: &str) -> Result<(), Reason> {
        let Some(part) = self.related(main)?.into_iter().find(|related| related.kind == "styles") else {
            return Ok(());
        };
        let mut xml = self.xml(&part.target)?;
        let mut own = HashMap::new();
        let mut is_in_cells = false;
        let mut is_in_differences = false;
        loop {
            match xml.next()? {
                Event::Start(element) | Event::Empty(element) => match element.local_name().into_inner() {
                    "numFmt" if !is_in_differences => {
                        if let (Some(id), Some(code)) =
                            (number_of(&element, "numFmtId")?, attribute(&element, "formatCode")?)
                        {
                            own.insert(id, number_format::of_code(&code));
                        }
                    }
                    "cellXfs" => is_in_cells = true,
                    // What follows are formats that depend on values, whose numbers count for themselves.
                    "dxfs" => is_in_differences = true,
                    "xf" if is_in_cells => {
                        let id = number_of(&element, "numFmtId")?.unwrap_or(0);
                        self.styles
                            .push(own.get(&id).copied().unwrap_or_else(|| number_format::built_in(id)));
                    }
                    _ => {}
                },
                Event::End(element) => match element.local_name().into_inner() {
                    "cellXfs" => is_in_cells = false,
                    "dxfs" => is_in_differences = false,
                    _ => {}
                },
                Event::Eof => return Ok(()),
                _ => {}
            }
            if self.styles.len().max(own.len()) > STYLES_MAX {
                return Err(damaged("it has more styles than any program writes"));
            }
        }
    }

    // What a part refers to (ECMA-376-2, 6.5); the package itself has no name.
    fn related(&self, part: &str) -> Result<Vec<Related>, Reason> {
        let (folder, name) = part
            .rsplit_once('/')
            .map_or(("", part), |(folder, name)| (folder, name));
        let list = resolved(folder, &format!("_rels/{name}.rels"));
        if self.find(&list).is_none() {
            return Ok(Vec::new());
        }
        let mut xml = self.xml(&list)?;
        let mut related = Vec::new();
        loop {
            match xml.next()? {
                Event::Start(element) | Event::Empty(element)
                    if element.local_name().into_inner() == "Relationship" =>
                {
                    let kind = attribute(&element, "Type")?.unwrap_or_default();
                    let target = attribute(&element, "Target")?.unwrap_or_default();
                    related.push(Related {
                        id: attribute(&element, "Id")?.unwrap_or_default(),
                        kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
                        target: resolved(folder, &target),
                    });
                }
                Event::Eof => return Ok(related),
                _ => {}
            }
            // Pictures and links are among them as well.
            if related.len() > STYLES_MAX {
                return Err(damaged("it refers to more parts than any program writes"));
            }
        }
    }
}

struct Related {
    id: String,
    kind: String,
    target: String,
}

// The name of a part that is given beside a folder: a reference of RFC 3986.
fn resolved(folder: &str, target: &str) -> String {
    let (start, target) = match target.strip_prefix('/') {
        Some(target) => ("", target),
        None => (folder, target),
    };
    let mut steps: Vec<&str> = start.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => _ = steps.pop(),
            step => steps.push(step),
        }
    }
    steps.join("/")
}

fn parts_of(bytes: &Bytes) -> Result<HashMap<String, Part>, Reason> {
    let refused = |_| damaged("its list of parts cannot be read: was the file cut off?");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(refused)?;
    let mut parts = HashMap::new();
    let mut places = Vec::new();
    for number in 0..archive.len() {
        let file = archive.by_index_raw(number).map_err(refused)?;
        let is_packed = match file.compression() {
            CompressionMethod::Stored => false,
            CompressionMethod::Deflated => true,
            _ => return Err(damaged("a part is compressed in a way that workbooks do not use")),
        };
        if file.encrypted() {
            return Err(damaged("a part is encrypted"));
        }
        let start = file.data_start().and_then(|start| usize::try_from(start).ok());
        let packed_bytes = usize::try_from(file.compressed_size()).ok();
        let (Some(start), Some(packed_bytes)) = (start, packed_bytes) else {
            return Err(damaged("a part is not where the list of parts says"));
        };
        if start.checked_add(packed_bytes).is_none_or(|end| end > bytes.len()) {
            return Err(damaged("a part is not where the list of parts says"));
        }
        places.push(start..start + packed_bytes);
        let part = Part {
            start,
            packed_bytes,
            bytes: file.size(),
            crc: file.crc32(),
            is_packed,
        };
        let Ok(name) = file.name() else {
            return Err(damaged("the name of a part is not text"));
        };
        // Some writers separate folders as Windows does.
        let name = name.replace('\\', "/").trim_start_matches('/').to_ascii_lowercase();
        if parts.insert(name, part).is_some() {
            return Err(damaged("two parts have one name"));
        }
    }
    // Bytes that are part of several parts unpack to more than the limits suppose.
    places.sort_unstable_by_key(|place| (place.start, place.end));
    if places.windows(2).any(|pair| pair[0].end > pair[1].start) {
        return Err(damaged("two parts stand in the same place"));
    }
    Ok(parts)
}

pub(crate) fn damaged(what: &str) -> Reason {
    Reason::new(
        ReasonCode::TableFileDamaged,
        format!("the workbook cannot be read: {what}"),
    )
}

/// The attribute of this name, whatever its prefix.
pub(crate) fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, Reason> {
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| damaged("its XML is not well-formed"))?;
        if attribute.key.local_name().into_inner() == name {
            let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0);
            return Ok(Some(
                value.map_err(|_| damaged("its XML is not well-formed"))?.into_owned(),
            ));
        }
    }
    Ok(None)
}

pub(crate) fn number_of(element: &BytesStart<'_>, name: &str) -> Result<Option<u32>, Reason> {
    let Some(text) = attribute(element, name)? else {
        return Ok(None);
    };
    let number = text.parse().map_err(|_| damaged("what should be a number is none"))?;
    Ok(Some(number))
}

/// The text of a cell, or of one that cells refer to: runs of text are joined, what tells their pronunciation is left out.
#[derive(Default)]
pub(crate) struct CellText {
    text: String,
    unescaped: String,
    is_in_text: bool,
    is_in_phonetic: bool,
}

impl CellText {
    /// A text that is known already.
    pub(crate) fn of(text: String) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }

    pub(crate) fn take_in(&mut self, event: &Event<'_>) -> Result<(), Reason> {
        match event {
            Event::Start(element) => match element.local_name().into_inner() {
                "rPh" => self.is_in_phonetic = true,
                "t" => self.is_in_text = !self.is_in_phonetic,
                _ => {}
            },
            Event::End(element) => match element.local_name().into_inner() {
                "rPh" => self.is_in_phonetic = false,
                "t" => self.is_in_text = false,
                _ => {}
            },
            event if self.is_in_text => push_text(event, &mut self.text)?,
            _ => {}
        }
        Ok(())
    }

    pub(crate) const fn len(&self) -> usize {
        self.text.len()
    }

    /// The text so far; the next one begins.
    pub(crate) fn take(&mut self) -> &str {
        self.unescaped.clear();
        unescape(&self.text, &mut self.unescaped);
        self.text.clear();
        (self.is_in_text, self.is_in_phonetic) = (false, false);
        &self.unescaped
    }
}

/// Appends what an event says as text.
pub(crate) fn push_text(event: &Event<'_>, out: &mut String) -> Result<(), Reason> {
    match event {
        Event::Text(text) => out.push_str(&text.xml10_content()),
        Event::CData(text) => out.push_str(&text.xml10_content()),
        Event::GeneralRef(reference) => out.push(character(reference)?),
        _ => {}
    }
    // It may come in any number of pieces.
    if out.len() > PIECE_BYTES_MAX {
        return Err(damaged("a cell is longer than any program writes"));
    }
    Ok(())
}

fn character(reference: &BytesRef<'_>) -> Result<char, Reason> {
    let wrong = || damaged("its XML refers to a character that there is not");
    if let Some(character) = reference.resolve_char_ref().map_err(|_| wrong())? {
        return Ok(character);
    }
    match &*reference.xml10_content() {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err(wrong()),
    }
}

// `_x000D_` stands for a character that XML does not have (ECMA-376-1, 22.9.2.19), `_x005F_` for a line in front of such.
fn unescape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let code = rest.get(2..6).filter(|_| rest.as_bytes().get(6) == Some(&b'_'));
        let code = code.filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let character = code
            .and_then(|code| u32::from_str_radix(code, 16).ok())
            .and_then(char::from_u32);
        if let Some(character) = character {
            out.push(character);
            rest = &rest[7..];
        } else {
            out.push_str("_x");
            rest = &rest[2..];
        }
    }
    out.push_str(rest);
}

/// The XML of a part, event by event.
pub(crate) struct Xml {
    reader: Reader<Pieces>,
    buffer: Vec<u8>,
    depth: usize,
}

impl Xml {
    fn new(packed: Bytes, part: Part, unpacked_bytes_max: u64) -> Self {
        let bytes = if part.is_packed {
            Unpacking::Deflate(Box::new(DeflateDecoder::new(Cursor::new(packed))))
        } else {
            Unpacking::Stored(Cursor::new(packed))
        };
        let checked = Checked {
            bytes: bytes.take_to(part.bytes.saturating_add(1)),
            crc: Crc::new(),
            part,
        };
        let limited = Limited {
            inner: checked,
            left: unpacked_bytes_max,
        };
        let pieces = Pieces {
            inner: BufReader::with_capacity(PART_BUFFER_BYTES, limited),
            left: PIECE_BYTES_MAX,
        };
        let mut reader = Reader::from_reader(pieces);
        reader.config_mut().check_end_names = true;
        Self {
            reader,
            buffer: Vec::new(),
            depth: 0,
        }
    }

    pub(crate) fn next(&mut self) -> Result<Event<'_>, Reason> {
        self.buffer.clear();
        self.reader.get_mut().left = PIECE_BYTES_MAX;
        match self.reader.read_event_into(&mut self.buffer) {
            // The specification forbids it (ECMA-376-2, 6.2.5), and entities are what bombs are made of.
            Ok(Event::DocType(_)) => Err(damaged("its XML has a document type")),
            // The reader holds the names of all elements that are open.
            Ok(Event::Start(element)) => {
                self.depth += 1;
                if self.depth > DEPTH_MAX || element.name().into_inner().len() > NAME_BYTES_MAX {
                    return Err(damaged(
                        "its elements stand too deep in each other, or have too long names",
                    ));
                }
                Ok(Event::Start(element))
            }
            Ok(Event::End(element)) => {
                self.depth = self.depth.saturating_sub(1);
                Ok(Event::End(element))
            }
            Ok(event) => Ok(event),
            Err(quick_xml::Error::Io(error)) => Err(match told(&error) {
                Some(reason) => reason,
                None => damaged("a part does not unpack to its end"),
            }),
            Err(_) => Err(damaged("its XML is not well-formed")),
        }
    }
}

/// A reason on its way through a reader.
#[derive(Debug)]
struct Told(Reason);

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl std::error::Error for Told {}

fn telling(reason: Reason) -> std::io::Error {
    std::io::Error::other(Told(reason))
}

fn told(error: &std::io::Error) -> Option<Reason> {
    error.get_ref()?.downcast_ref::<Told>().map(|told| told.0.clone())
}

enum Unpacking {
    Stored(Cursor<Bytes>),
    Deflate(Box<DeflateDecoder<Cursor<Bytes>>>),
}

impl Unpacking {
    fn take_to(self, bytes_max: u64) -> Take<Self> {
        self.take(bytes_max)
    }
}

impl Read for Unpacking {
    fn read(&mut self, target: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Stored(bytes) => bytes.read(target),
            Self::Deflate(decoder) => decoder.read(target),
        }
    }
}

/// Holds a part against the size and checksum that the zip gives of it.
struct Checked {
    bytes: Take<Unpacking>,
    crc: Crc,
    part: Part,
}

impl Read for Checked {
    fn read(&mut self, target: &mut [u8]) -> std::io::Result<usize> {
        let read = self.bytes.read(target)?;
        self.crc.update(&target[..read]);
        let (seen, expected) = (self.part.bytes + 1 - self.bytes.limit(), self.part.bytes);
        let is_end = read == 0 && !target.is_empty();
        if seen > expected || (is_end && (seen < expected || self.crc.sum() != self.part.crc)) {
            return Err(telling(damaged("a part has other bytes than its checksum says")));
        }
        Ok(read)
    }
}

/// Ends what unpacks to too much.
struct Limited {
    inner: Checked,
    left: u64,
}

impl Read for Limited {
    fn read(&mut self, target: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(target)?;
        match self.left.checked_sub(read as u64) {
            Some(left) => self.left = left,
            None => return Err(telling(too_large())),
        }
        Ok(read)
    }
}

pub(crate) fn too_large() -> Reason {
    let text = "the workbook unpacks to more bytes than the limit (unpacked_bytes_max), or to more times its size (unpacked_ratio_max)";
    Reason::new(ReasonCode::TableFileTooLarge, text)
}

/// Ends what is too long between two marks.
struct Pieces {
    inner: BufReader<Limited>,
    left: usize,
}

impl Read for Pieces {
    fn read(&mut self, target: &mut [u8]) -> std::io::Result<usize> {
        self.inner.read(target)
    }
}

impl BufRead for Pieces {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        if self.left == 0 {
            return Err(telling(damaged("a cell is longer than any program writes")));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.left = self.left.saturating_sub(amount);
        self.inner.consume(amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_characters_are_undone() {
        for (text, expected) in [
            ("a_x000D_b", "a\rb"),
            ("_x005F_x000D_", "_x000D_"),
            ("_x00e4_", "ä"),
            ("_xD800_", "_xD800_"),
            ("_x00", "_x00"),
            ("_x00é0_", "_x00é0_"),
            ("max_xy", "max_xy"),
        ] {
            let mut out = String::new();
            unescape(text, &mut out);
            assert_eq!(out, expected, "{text}");
        }
    }

    #[test]
    fn parts_are_found_beside_those_that_refer_to_them() {
        assert_eq!(resolved("xl", "worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(resolved("xl", "/xl/styles.xml"), "xl/styles.xml");
        assert_eq!(
            resolved("xl/worksheets", "../sharedStrings.xml"),
            "xl/sharedStrings.xml"
        );
        assert_eq!(resolved("", "../../a.xml"), "a.xml");
    }
}
