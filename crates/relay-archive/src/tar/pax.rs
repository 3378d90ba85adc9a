//! Records about an entry: pax (POSIX.1-2017, pax, "pax Extended Header") and GNU long names.

use crate::error::{Failure, refuse};
use crate::rule::ArchiveRule;

/// What `hdrcharset` may say; anything else makes names something else than UTF-8.
const UTF8_CHARSET: &str = "ISO-IR 10646 2000 UTF-8";

/// What a pax record says of what matters here. Times, owners, comments and attributes do not.
#[derive(Default)]
pub(super) struct PaxFields {
    pub(super) path: Option<String>,
    pub(super) size: Option<u64>,
    pub(super) has_link_path: bool,
    pub(super) is_sparse: bool,
    has_charset: bool,
}

impl PaxFields {
    pub(super) fn parse(record: &[u8]) -> Result<Self, Failure> {
        let mut fields = Self::default();
        let mut rest = record;
        while !rest.is_empty() {
            let Some((key, value, tail)) = next_field(rest) else {
                return refuse(ArchiveRule::TarMetadataInvalid, "a pax record is malformed");
            };
            fields.take(key, value)?;
            rest = tail;
        }
        Ok(fields)
    }

    /// Whether it says nothing of what matters here.
    pub(super) const fn is_idle(&self) -> bool {
        self.path.is_none() && self.size.is_none() && !self.has_link_path && !self.is_sparse && !self.has_charset
    }

    fn take(&mut self, key: &str, value: &[u8]) -> Result<(), Failure> {
        let invalid = |text: &str| refuse(ArchiveRule::TarMetadataInvalid, text);
        match key {
            "path" => {
                let Ok(path) = std::str::from_utf8(value) else {
                    return refuse(ArchiveRule::NameNotUtf8, "the path of a pax record is not UTF-8");
                };
                if path.is_empty() || self.path.replace(path.to_owned()).is_some() {
                    return invalid("a pax record has an empty path, or two");
                }
            }
            "size" => {
                let Some(size) = decimal(value) else {
                    return invalid("the size of a pax record is not a number");
                };
                if self.size.replace(size).is_some() {
                    return invalid("a pax record has two sizes");
                }
            }
            "linkpath" => self.has_link_path = true,
            "hdrcharset" => {
                self.has_charset = true;
                if value != UTF8_CHARSET.as_bytes() {
                    return refuse(ArchiveRule::NameNotUtf8, "a pax record says that names are not UTF-8");
                }
            }
            // `SCHILY.realsize` is how star says that a file is sparse.
            _ if key.starts_with("GNU.sparse.") || key == "SCHILY.realsize" => self.is_sparse = true,
            _ => {}
        }
        Ok(())
    }
}

// "%d %s=%s\n", the number being the length of all of it, itself included.
fn next_field(record: &[u8]) -> Option<(&str, &[u8], &[u8])> {
    let space = record.iter().position(|byte| *byte == b' ')?;
    let length = usize::try_from(decimal(&record[..space])?).ok()?;
    let (field, tail) = record.split_at_checked(length)?;
    let (b'\n', field) = field.get(space + 1..)?.split_last()? else {
        return None;
    };
    let equals = field.iter().position(|byte| *byte == b'=')?;
    let key = std::str::from_utf8(&field[..equals]).ok()?;
    (!key.is_empty()).then_some((key, &field[equals + 1..], tail))
}

fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The name in a GNU long-name record: up to a NUL, behind which nothing else may stand.
pub(super) fn long_name(mut record: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let end = record.iter().position(|byte| *byte == 0).unwrap_or(record.len());
    if end == 0 || record[end..].iter().any(|byte| *byte != 0) {
        return refuse(
            ArchiveRule::TarMetadataInvalid,
            "a long name is empty, or goes on behind its end",
        );
    }
    record.truncate(end);
    Ok(record)
}
