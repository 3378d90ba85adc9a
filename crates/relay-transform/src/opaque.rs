//! The opaque transform: bytes in, the same bytes out, hashed as they pass, and looked through for personal data as far as
//! they are text.

use std::cell::RefCell;
use std::io::{self, Read, Write};

use relay_model::{
    OpaqueRule, OpaqueScan, OpaqueSummary, PersonalInText, PrivacyPolicy, Reason, ReasonCode, TableLimits,
};
use relay_privacy::{TextRole, TextScan};

use crate::file_text::{Shown, show_document};
use crate::hashing::Digested;
use crate::outcome::{TransformError, Watch};
use crate::plan::Compression;
use crate::text_evidence::{TextEncoding, Utf16Decoder, encoding_of, is_container, mark_of};
use crate::unpack::{BLOCK_BYTES, UnpackError, Unpacker};
use crate::workbook::may_be_workbook;

/// When this much from the beginning on has shown no text, in bytes, the rest is not looked at.
const BINARY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How a file is kept.
#[derive(Clone, Copy, Debug)]
pub struct OpaquePlan<'a> {
    /// The organization's policy for personal data; without it nothing is looked for.
    pub policy: Option<&'a PrivacyPolicy>,
    /// What its text is for.
    pub role: TextRole,
    /// Whether it is packed if it begins like that.
    pub packing: Packing,
}

/// Whether a file is packed that begins like that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// It is taken as it is.
    Plain,
    /// It is looked through unpacked, and one that does not unpack to its end is set aside.
    Unchecked,
    /// It is looked through unpacked; that it unpacks to its end is known.
    Checked,
}

/// A file that was read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its bytes, packed if they were packed.
    pub digested: Digested,
    /// What was found in it.
    pub summary: OpaqueSummary,
    /// Why it is to be set aside, if it is; then the copy is to be thrown away.
    pub quarantine: Option<Reason>,
}

/// Copies `input` to `output` bit for bit, and looks for personal data in what is text. Memory is bounded, whatever the
/// length. `input` is read to its end whatever is found.
pub fn keep_opaque(
    input: &mut dyn Read,
    output: &mut dyn Write,
    plan: &OpaquePlan<'_>,
    limits: &TableLimits,
    watch: &Watch<'_>,
) -> Result<Kept, TransformError> {
    let failure = RefCell::new(None);
    let copying = Copying {
        input,
        output: &mut *output,
        failure: &failure,
    };
    let blame = |error: io::Error| match failure.take() {
        Some(error) => TransformError::Output(error),
        None => TransformError::Input(error),
    };
    let mut unpacker = match plan.packing {
        Packing::Plain => Unpacker::plain(copying, limits),
        Packing::Unchecked | Packing::Checked => Unpacker::open(copying, limits).map_err(blame)?,
    };
    let compression = unpacker.compression();
    let is_to_be_unpacked = compression != Compression::None && plan.packing == Packing::Unchecked;
    let mut scanner = plan.policy.map(|_| Scanner::default());
    let mut quarantine = None;
    let mut held = scanner.is_some().then(Vec::new);
    let mut block = Vec::with_capacity(BLOCK_BYTES);
    loop {
        watch.check()?;
        let is_scanning = scanner.as_ref().is_some_and(Scanner::goes_on);
        if !is_scanning && !is_to_be_unpacked && held.is_none() {
            break;
        }
        block.clear();
        match unpacker.fill(&mut block) {
            Ok(length) => {
                hold(&mut held, &block, limits.held_bytes_max);
                if let Some(scanner) = scanner.as_mut().filter(|scanner| scanner.goes_on()) {
                    scanner.block(&block);
                }
                watch.progress(unpacker.read_bytes());
                if length < BLOCK_BYTES {
                    break;
                }
            }
            Err(UnpackError::Content(reason)) => {
                quarantine = Some(reason);
                break;
            }
            Err(UnpackError::Input(error)) => return Err(blame(error)),
        }
    }
    let keep_on = |read_bytes| {
        watch.progress(read_bytes);
        watch.check().is_ok()
    };
    let digested = unpacker
        .drain(keep_on)
        .map_err(blame)?
        .ok_or(TransformError::Cancelled)?;
    output.flush().map_err(TransformError::Output)?;
    let mut summary = OpaqueSummary {
        scan: OpaqueScan::Off,
        compression: compression.name().to_owned(),
        encoding: None,
        lines: 0,
        personal: Vec::new(),
    };
    if let (Some(policy), Some(mut scanner)) = (plan.policy, scanner) {
        if let Some(held) = held.filter(|_| quarantine.is_none()) {
            scanner.look_into_document(held, limits);
        }
        let objections = scanner.finish(policy, plan.role, &mut summary);
        if quarantine.is_none() && policy.opaque() == OpaqueRule::Quarantine && !objections.is_empty() {
            quarantine = Some(personal_data(&objections));
        }
    }
    Ok(Kept {
        digested,
        summary,
        quarantine,
    })
}

// What may be a workbook is kept to be looked into, if it is not too large.
fn hold(held: &mut Option<Vec<u8>>, block: &[u8], bytes_max: u64) {
    if let Some(bytes) = held {
        bytes.extend_from_slice(block);
        if !may_be_workbook(bytes) || bytes.len() as u64 > bytes_max {
            *held = None;
        }
    }
}

fn personal_data(objections: &[PersonalInText]) -> Reason {
    let in_words = |found: &PersonalInText| {
        let PersonalInText {
            class,
            values,
            first_line,
            ..
        } = found;
        match values {
            1 => format!("1 value of class {class} (line {first_line})"),
            values => format!("{values} values of class {class} (the first in line {first_line})"),
        }
    };
    let found: Vec<String> = objections.iter().map(in_words).collect();
    let text = format!("it is no table, and its text holds {}", found.join(", "));
    Reason::new(ReasonCode::PersonalDataInOpaque, text)
}

/// Writes what is read.
struct Copying<'a> {
    input: &'a mut dyn Read,
    output: &'a mut dyn Write,
    /// Why something could not be written, so that nobody takes it for an error of the input.
    failure: &'a RefCell<Option<io::Error>>,
}

impl Read for Copying<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        if let Err(error) = self.output.write_all(&buffer[..read]) {
            let told = io::Error::from(error.kind());
            self.failure.replace(Some(error));
            return Err(told);
        }
        Ok(read)
    }
}

/// Looks through the blocks of a file that are text.
#[derive(Default)]
struct Scanner {
    text: TextScan,
    /// By the mark at the beginning.
    marked: Option<TextEncoding>,
    /// The encoding of the block before.
    current: Option<TextEncoding>,
    /// The first one that was found.
    encoding: Option<TextEncoding>,
    decoder: Utf16Decoder,
    decoded: Vec<u8>,
    is_container: bool,
    has_begun: bool,
    text_blocks: u64,
    binary_blocks: u64,
}

impl Scanner {
    fn goes_on(&self) -> bool {
        self.text_blocks > 0 || self.binary_blocks < (BINARY_BYTES_MAX / BLOCK_BYTES) as u64
    }

    fn block(&mut self, block: &[u8]) {
        if block.is_empty() {
            return;
        }
        let mut bytes = block;
        if !self.has_begun {
            self.has_begun = true;
            self.is_container = is_container(block);
            if let Some((encoding, length)) = mark_of(block) {
                self.marked = Some(encoding);
                bytes = &block[length..];
            }
        }
        let encoding = encoding_of(bytes, self.marked);
        let goes_on = match (self.current, encoding) {
            (Some(current), Some(encoding)) => current.goes_on_in(encoding),
            (None, None) => true,
            _ => false,
        };
        if !goes_on {
            self.text.interrupt();
            self.decoder = Utf16Decoder::default();
        }
        self.current = encoding;
        let Some(encoding) = encoding else {
            self.binary_blocks += u64::from(!bytes.is_empty());
            return;
        };
        self.text_blocks += 1;
        self.encoding = self.encoding.or(Some(encoding));
        match encoding {
            TextEncoding::Utf8 | TextEncoding::SingleByte => self.text.push(bytes),
            TextEncoding::Utf16(order) => {
                self.decoded.clear();
                self.decoder.decode(bytes, order, &mut self.decoded);
                self.text.push(&self.decoded);
            }
        }
    }

    // The text of a document that is XML in a zip: of a workbook that is no table, its cells first.
    fn look_into_document(&mut self, bytes: Vec<u8>, limits: &TableLimits) {
        let mut cells = Self::default();
        let shown = show_document(&bytes.into(), limits, |block| {
            cells.text.push(block);
            cells.text_blocks += 1;
        });
        if shown != Shown::Nothing {
            cells.encoding = Some(TextEncoding::Utf8);
            // A workbook without cells is text without lines.
            cells.text_blocks = cells.text_blocks.max(1);
            cells.is_container = shown == Shown::Part;
            *self = cells;
        }
    }

    /// Tells what was found, and returns what is to be set aside for.
    fn finish(self, policy: &PrivacyPolicy, role: TextRole, summary: &mut OpaqueSummary) -> Vec<PersonalInText> {
        let findings = self.text.finish();
        summary.scan = match (self.text_blocks, self.binary_blocks) {
            // A container's text speaks of what is in it, which is not text.
            (0, _) => OpaqueScan::Binary,
            (_, 0) if !self.is_container => OpaqueScan::Text,
            _ => OpaqueScan::Part,
        };
        summary.encoding = self.encoding.map(|encoding| encoding.name().to_owned());
        summary.lines = findings.lines;
        summary.personal = findings.personal(policy);
        findings.objections(policy, role)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use relay_model::{Limits, Sha256Digest};

    use super::*;

    const NOTHING: OpaquePlan<'_> = OpaquePlan {
        policy: None,
        role: TextRole::Content,
        packing: Packing::Plain,
    };

    #[test]
    fn a_copy_has_the_same_bytes_and_their_hash() {
        let policy = PrivacyPolicy::default();
        for length in [
            0,
            1,
            BLOCK_BYTES - 1,
            BLOCK_BYTES,
            BLOCK_BYTES + 1,
            BINARY_BYTES_MAX + 3,
        ] {
            let bytes: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
            for policy in [None, Some(&policy)] {
                let plan = OpaquePlan { policy, ..NOTHING };
                let mut copy = Vec::new();
                let limits = Limits::default().table;
                let kept = keep_opaque(&mut bytes.as_slice(), &mut copy, &plan, &limits, &Watch::none()).unwrap();
                assert_eq!(copy, bytes);
                assert_eq!(
                    kept.digested,
                    Digested {
                        sha256: Sha256Digest::of(&bytes),
                        size_bytes: length as u64
                    }
                );
            }
        }
    }

    #[test]
    fn errors_keep_their_side_and_kind() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
        let limits = Limits::default().table;
        let policy = PrivacyPolicy::default();
        for plan in [
            NOTHING,
            OpaquePlan {
                policy: Some(&policy),
                packing: Packing::Unchecked,
                ..NOTHING
            },
        ] {
            let error = keep_opaque(&mut &b"x"[..], &mut Full, &plan, &limits, &Watch::none()).unwrap_err();
            assert!(matches!(error, TransformError::Output(error) if error.kind() == io::ErrorKind::StorageFull));
            let error = keep_opaque(&mut Broken, &mut Vec::new(), &plan, &limits, &Watch::none()).unwrap_err();
            assert!(matches!(error, TransformError::Input(error) if error.kind() == io::ErrorKind::ConnectionReset));
            let stopped = Watch {
                is_cancelled: &|| true,
                on_progress: &|_| {},
            };
            let error = keep_opaque(&mut &b"x"[..], &mut Vec::new(), &plan, &limits, &stopped).unwrap_err();
            assert!(matches!(error, TransformError::Cancelled));
        }
    }
}
