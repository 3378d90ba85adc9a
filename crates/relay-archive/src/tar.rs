//! Tar, read forward: v7, ustar, GNU long names, pax.
//!
//! Sources: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Header Block"; GNU tar manual, "Basic Tar Format".
//!
//! *Why the headers are read here and by no library*: libraries are lenient where readers differ (numbers, names said twice,
//! sizes said twice), and keep long-name records in memory at whatever size their header says. Where two readers could see
//! two archives, this one sees a broken one.

mod header;
mod pax;

use std::io::{self, Read as _};

use crate::error::{Failure, Refusal, refuse};
use crate::input::{Shared, read_full};
use crate::rule::ArchiveRule;
use crate::unpacked::Unpacked;
use crate::visit::{Entries, EntryKind, Found};

pub(crate) use header::{BLOCK_BYTES, looks_like_header};
use header::{Header, TypeFlag};
use pax::PaxFields;

type Block = [u8; BLOCK_BYTES];
const ZEROS: Block = [0; BLOCK_BYTES];
/// How much of the padding at the end is read at a time, in bytes.
const PADDING_BYTES: usize = 16 * 1024;

/// The entries of a tar.
pub(crate) struct TarEntries<'a> {
    stream: Unpacked<'a>,
    shared: &'a Shared<'a>,
    /// What is left of the entry's content.
    content_left: u64,
    /// What stands between the content and the next block.
    padding: usize,
    has_padding_passed: bool,
    has_root: bool,
}

/// What the records in front of an entry say about it.
#[derive(Default)]
struct Metadata {
    long_name: Option<Vec<u8>>,
    has_long_link: bool,
    pax: Option<PaxFields>,
    bytes: u64,
}

impl<'a> TarEntries<'a> {
    pub(crate) const fn new(stream: Unpacked<'a>, shared: &'a Shared<'a>) -> Self {
        Self {
            stream,
            shared,
            content_left: 0,
            padding: 0,
            has_padding_passed: true,
            has_root: false,
        }
    }

    // Up to the next entry, the records about it included.
    fn advance(&mut self) -> Result<Option<Found>, Failure> {
        let mut metadata = Metadata::default();
        loop {
            let mut block = ZEROS;
            self.exact(&mut block, "ends without the two blocks of zeros that end a tar")?;
            if block == ZEROS {
                if metadata.bytes > 0 {
                    let text = "a long name or pax record is not followed by an entry";
                    return refuse(ArchiveRule::TarMetadataInvalid, text);
                }
                self.end()?;
                return Ok(None);
            }
            let header = Header::parse(&block)?;
            match header.type_flag {
                TypeFlag::LongName => {
                    let name = self.record(&header, &mut metadata)?;
                    let name = pax::long_name(name)?;
                    if metadata.long_name.replace(name).is_some() {
                        return refuse(ArchiveRule::TarMetadataInvalid, "an entry has two long names");
                    }
                }
                TypeFlag::LongLink => {
                    self.record(&header, &mut metadata)?;
                    metadata.has_long_link = true;
                }
                TypeFlag::Pax => {
                    let record = self.record(&header, &mut metadata)?;
                    let fields = PaxFields::parse(&record)?;
                    if metadata.pax.replace(fields).is_some() {
                        return refuse(ArchiveRule::TarMetadataInvalid, "an entry has two pax records");
                    }
                }
                TypeFlag::PaxGlobal => {
                    // Of several entries it may say only what concerns none of them here: times, owners, comments.
                    let mut own = Metadata::default();
                    let record = self.record(&header, &mut own)?;
                    if metadata.bytes > 0 || !PaxFields::parse(&record)?.is_idle() {
                        let text =
                            "a global pax record gives a name, a size or an encoding, or stands before its place";
                        return refuse(ArchiveRule::TarMetadataInvalid, text);
                    }
                }
                _ => match self.entry(header, std::mem::take(&mut metadata))? {
                    Some(found) => return Ok(Some(found)),
                    None => self.pass_padding()?,
                },
            }
        }
    }

    // `None` for the folder that `tar -C folder .` starts with: the archive's own top, once.
    fn entry(&mut self, header: Header, metadata: Metadata) -> Result<Option<Found>, Failure> {
        let raw_name = header.raw_name;
        let pax = metadata.pax.unwrap_or_default();
        let raw_name = match (metadata.long_name, pax.path) {
            (Some(_), Some(_)) => return refuse(ArchiveRule::TarMetadataInvalid, "an entry has two long names"),
            (Some(name), None) => name,
            (None, Some(path)) => path.into_bytes(),
            (None, None) => raw_name,
        };
        let place = |refusal: Refusal| refusal.within(&String::from_utf8_lossy(&raw_name));
        let refused = |rule, text: &str| Err(Failure::from(place(Refusal::new(rule, text))));
        let Ok(name) = std::str::from_utf8(&raw_name) else {
            return refused(ArchiveRule::NameNotUtf8, "its name is not UTF-8");
        };
        let (name, has_slash) = match name.strip_suffix('/') {
            Some(folder) => (folder, true),
            None => (name, false),
        };
        let kind = kind_of(header.type_flag, has_slash).map_err(place)?;
        if pax.is_sparse {
            return refused(ArchiveRule::SparseFile, "it is a sparse file");
        }
        if metadata.has_long_link || pax.has_link_path {
            let text = "it is no link, but has the path of one";
            return refused(ArchiveRule::TarMetadataInvalid, text);
        }
        let size = true_size(header.size, pax.size).map_err(place)?;
        if kind == EntryKind::Folder && size > 0 {
            return refused(ArchiveRule::FolderWithContent, "a folder has content of its own");
        }
        self.expect(size);
        if name == "." && kind == EntryKind::Folder {
            if std::mem::replace(&mut self.has_root, true) {
                return refused(ArchiveRule::NameDuplicate, "the folder '.' stands there twice");
            }
            return Ok(None);
        }
        // The same command writes './' in front of every name. It says nothing, and every reader drops it.
        let name = name.strip_prefix("./").unwrap_or(name);
        Ok(Some(Found {
            name: name.to_owned(),
            kind,
            announced_bytes: Some(size),
        }))
    }

    // Content of `size` bytes, and its padding, come next.
    fn expect(&mut self, size: u64) {
        self.content_left = size;
        self.padding = (BLOCK_BYTES - (size % BLOCK_BYTES as u64) as usize) % BLOCK_BYTES;
        self.has_padding_passed = false;
    }

    // The content of a record about an entry, all such of one entry together within the limit.
    fn record(&mut self, header: &Header, metadata: &mut Metadata) -> Result<Vec<u8>, Failure> {
        let allowed = self.shared.limits.metadata_bytes_max;
        metadata.bytes = metadata.bytes.saturating_add(header.size.max(1));
        if metadata.bytes > allowed {
            let text = format!("more than {allowed} bytes of long names and pax records (metadata_bytes_max)");
            return refuse(ArchiveRule::MetadataTooLarge, text);
        }
        self.expect(header.size);
        let mut record = vec![0; header.size as usize];
        self.exact(&mut record, "ends within a long name or pax record")?;
        self.content_left = 0;
        self.pass_padding()?;
        Ok(record)
    }

    fn pass_padding(&mut self) -> Result<(), Failure> {
        if self.has_padding_passed {
            return Ok(());
        }
        self.has_padding_passed = true;
        let mut padding = ZEROS;
        let padding = &mut padding[..self.padding];
        self.exact(padding, "ends behind the content of an entry")?;
        if padding.iter().any(|byte| *byte != 0) {
            let text = "what fills up the last block of an entry is not zeros";
            return refuse(ArchiveRule::ForeignBytes, text);
        }
        Ok(())
    }

    // Behind the first block of zeros: a second one, then zeros to the end, in whole blocks.
    fn end(&mut self) -> Result<(), Failure> {
        let mut block = ZEROS;
        self.exact(
            &mut block,
            "ends without the second of the two blocks of zeros that end a tar",
        )?;
        if block != ZEROS {
            let text = "a block of zeros stands alone between entries";
            return refuse(ArchiveRule::ForeignBytes, text);
        }
        let mut padding = vec![0; PADDING_BYTES];
        loop {
            let filled = read_full(&mut self.stream, &mut padding).map_err(|error| self.shared.meaning_of(error))?;
            if padding[..filled].iter().any(|byte| *byte != 0) {
                let text = "something follows the two blocks of zeros that end a tar";
                return refuse(ArchiveRule::TrailingBytes, text);
            }
            if filled % BLOCK_BYTES != 0 {
                return refuse(ArchiveRule::Truncated, "the tar ends within a block");
            }
            if filled < padding.len() {
                return Ok(());
            }
        }
    }

    fn exact(&mut self, target: &mut [u8], how_it_ends: &str) -> Result<(), Failure> {
        let filled = read_full(&mut self.stream, target).map_err(|error| self.shared.meaning_of(error))?;
        if filled < target.len() {
            return refuse(ArchiveRule::Truncated, format!("the tar {how_it_ends}"));
        }
        Ok(())
    }

    fn content(&mut self, target: &mut [u8]) -> Result<usize, Failure> {
        if self.content_left == 0 {
            self.pass_padding()?;
            return Ok(0);
        }
        let length = target
            .len()
            .min(usize::try_from(self.content_left).unwrap_or(usize::MAX));
        let read = loop {
            match self.stream.read(&mut target[..length]) {
                Ok(read) => break read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.shared.meaning_of(error)),
            }
        };
        if read == 0 {
            return refuse(ArchiveRule::Truncated, "the tar ends within the entry");
        }
        self.content_left -= read as u64;
        Ok(read)
    }
}

impl Entries for TarEntries<'_> {
    fn next(&mut self) -> Result<Option<Found>, Failure> {
        self.advance()
    }

    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        self.content(target).map_err(|failure| self.shared.fail(failure))
    }

    fn counts_content(&self) -> bool {
        !self.stream.is_counted()
    }
}

fn kind_of(type_flag: TypeFlag, has_slash: bool) -> Result<EntryKind, Refusal> {
    let (rule, text) = match type_flag {
        TypeFlag::Folder => return Ok(EntryKind::Folder),
        // Before ustar, a slash was what made a folder.
        TypeFlag::OldFile if has_slash => return Ok(EntryKind::Folder),
        TypeFlag::OldFile | TypeFlag::File if !has_slash => return Ok(EntryKind::File),
        TypeFlag::OldFile | TypeFlag::File => (
            ArchiveRule::KindContradictory,
            "its type says that it is a file, its name that it is a folder",
        ),
        TypeFlag::Link => (ArchiveRule::Link, "it is a link"),
        TypeFlag::Device => (ArchiveRule::Device, "it is a device or a pipe"),
        TypeFlag::Sparse => (ArchiveRule::SparseFile, "it is a sparse file"),
        _ => (ArchiveRule::KindUnknown, "it is neither a file nor a folder"),
    };
    Err(Refusal::new(rule, text))
}

// A pax size replaces that of the header. Readers that do not know pax take the header's, so the two may differ only where
// the header has no room for the true one.
fn true_size(in_header: u64, in_pax: Option<u64>) -> Result<u64, Refusal> {
    match in_pax {
        Some(size) if size != in_header && size <= header::OCTAL_SIZE_MAX => {
            let text = "its header and its pax record give two sizes";
            Err(Refusal::new(ArchiveRule::SizeMismatch, text))
        }
        Some(size) => Ok(size),
        None => Ok(in_header),
    }
}
