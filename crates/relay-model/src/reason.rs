//! Every reason a package can be rejected, quarantined or failed for: one table, from which the programs, the
//! explanations and docs/REASONS.md are made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a reason leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Disposition {
    /// The package is refused by its name, owner or envelope.
    Rejected,
    /// The package is set aside because of its content.
    Quarantined,
    /// The package could not be finished, through no fault of its own.
    Failed,
}

impl Disposition {
    /// The state that it leads to.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Quarantined => "quarantined",
            Self::Failed => "failed",
        }
    }
}

/// One row of the table of reasons.
#[derive(Clone, Copy, Debug)]
pub struct ReasonEntry {
    /// The code.
    pub code: ReasonCode,
    /// The code as programs see it.
    pub name: &'static str,
    /// What it leads to.
    pub disposition: Disposition,
    /// The rule, as a sentence a producer understands.
    pub rule: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

macro_rules! reasons {
    ($($disposition:ident { $($variant:ident $name:literal $rule:literal $remedy:literal)* })*) => {
        /// Why a package was rejected, quarantined or failed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ReasonCode { $($(
            #[doc = $rule]
            $variant,
        )*)* }

        /// The table of reasons, in the order in which the rules are applied.
        pub const REASONS: &[ReasonEntry] = &[$($(
            ReasonEntry {
                code: ReasonCode::$variant,
                name: $name,
                disposition: Disposition::$disposition,
                rule: $rule,
                remedy: $remedy,
            },
        )*)*];

        impl ReasonCode {
            /// Its row of the table.
            pub const fn entry(self) -> &'static ReasonEntry {
                &REASONS[self as usize]
            }
        }
    };
}

reasons! {
    Rejected {
        KeyEmpty "key_empty"
            "A key must not be empty."
            "Upload under ORGANIZATION/NAME."
        KeyNotUtf8 "key_not_utf8"
            "A key must be valid UTF-8."
            "Rename the file with a tool that writes UTF-8 names, and upload it again."
        KeyTooLong "key_too_long"
            "A key has at most 1,024 bytes in UTF-8."
            "Use shorter folder or file names."
        KeyControlCharacter "key_control_character"
            "A key must not contain control characters, NUL among them."
            "Remove the control character (often a line break or tab from a copied name)."
        KeyBidiControl "key_bidi_control"
            "A key must not contain characters that change the direction of text: they make a name look like another."
            "Remove the directional formatting characters (U+202A to U+202E, U+2066 to U+2069, U+200E, U+200F, U+061C)."
        KeyInvisibleCharacter "key_invisible_character"
            "A key must not contain zero-width or other invisible characters."
            "Type the name again instead of copying it."
        KeyNotNormal "key_not_normal"
            "A key must be in Unicode normalization form C (NFC), so that one name has one spelling."
            "Rename the file to its NFC form; names from macOS often are in form D."
        KeyBackslash "key_backslash"
            "A key must not contain a backslash."
            "Separate folders by a forward slash."
        KeyLeadingSlash "key_leading_slash"
            "A key must not start with a slash."
            "Start the key with the organization's id."
        KeyEmptySegment "key_empty_segment"
            "A key must not have empty segments: no '//' and no '/' at its end."
            "Remove the doubled or trailing slash."
        KeyDotSegment "key_dot_segment"
            "A key must not have '.' or '..' as a segment."
            "Write the path without relative steps."
        KeyEncodedTraversal "key_encoded_traversal"
            "A key must not hide a separator, a dot segment or a control character behind percent-encoding."
            "Write the name in plain characters; a literal percent sign before two hexadecimal digits is best avoided."
        KeyLookalikeSeparator "key_lookalike_separator"
            "A key must not contain characters that look like a slash, a backslash or a dot and become one under compatibility folding."
            "Use the ordinary ASCII characters."
        KeyTooManySegments "key_too_many_segments"
            "A key has at most 32 segments."
            "Use fewer nested folders."
        KeyWithoutPath "key_without_path"
            "A key needs a name below the organization: ORGANIZATION/NAME."
            "Put the file into the folder of its organization."
        OrganizationUnknown "organization_unknown"
            "The first segment of a key must be the id of a registered organization, byte for byte."
            "Check the spelling, upper and lower case included; ask the operator to register the organization (relay org add), then to replay the package."
        OrganizationDisabled "organization_disabled"
            "The organization is registered, but disabled."
            "Ask the operator to enable it (relay org enable), then to replay the package."
        ObjectEmpty "object_empty"
            "A package has at least one byte."
            "Check the program that wrote the file, and upload it again."
        ObjectTooLarge "object_too_large"
            "A package is no larger than the organization's limit."
            "Split the package, or ask the operator for a higher limit."
        ObjectSizeMismatch "object_size_mismatch"
            "The stored object has the size that its notification announced."
            "Upload the package again; if it happens again, tell the operator."
        ObjectEncryptionUnexpected "object_encryption_unexpected"
            "The stored object is encrypted with the relay's own key."
            "Upload without naming a key of your own."
        ChecksumMismatch "checksum_mismatch"
            "The bytes that arrived have the checksum that the producer declared."
            "Upload the package again; compare the declared checksum with the file's."
        ContentNotAllowed "content_not_allowed"
            "A package is data, not a program: executables are refused, whatever their name."
            "Send the data itself; ask the operator if you need to transfer software."
        ContentTypeMismatch "content_type_mismatch"
            "What a package's name says it is does not contradict its first bytes."
            "Give the file the extension of what it contains, or send the file you meant."
    }
    Quarantined {
        TableExpected "table_expected"
            "The organization declared a table for this path, and the package is not one."
            "Send CSV, JSON, a workbook (XLSX) or Parquet, plain or compressed with gzip, zstd, bzip2 or xz, or have the declaration changed."
        TableHeaderMismatch "table_header_mismatch"
            "The columns are the declared ones, by name and in order."
            "Correct the header line, or have the declaration changed."
        TableSchemaChanged "table_schema_changed"
            "A table has every column of its registered schema, under the same name and with a type that is no narrower."
            "Send the columns under their registered names, or have the new schema registered (relay schema add)."
        TableDuplicateColumn "table_duplicate_column"
            "Column names are unique and not empty."
            "Rename the columns, or take off a delimiter at the end of the header; or ask the operator to let the relay name them (RELAY_COLUMN_NAMES=rename)."
        TablePersonalName "table_personal_name"
            "The name of a column is no personal data."
            "Add the header line if it is missing; otherwise give the columns names of their own."
        PersonalDataInOpaque "personal_data_in_opaque"
            "A text that is no table holds no personal data of a class that the organization's policy treats: it would be passed on as it is. A few telephone numbers or e-mail addresses within prose are let through, and told."
            "Send it as a table that can be read (relay check says how a file is read), or take the values out; if such texts are to be passed on as they are, have that allowed (relay policy set ORG opaque=keep), then replay the package."
        TableTooManyColumns "table_too_many_columns"
            "A table has no more columns than the limit."
            "Split the table, or ask the operator for a higher limit."
        TableHeaderTooLong "table_header_too_long"
            "The header line fits the limit on a row."
            "Check that the file has line breaks."
        TableHeaderUnknown "table_header_unknown"
            "It is certain whether the first row has the names of the columns or is a row like the others."
            "Give the table a first row with a name for each column that no value below it looks like, and send the package again."
        TableRowEndUnknown "table_row_end_unknown"
            "It is certain where a row ends: a quote that is opened is closed, and one within a quoted cell is doubled."
            "Look at the row that starts on the line given: write each quote within a quoted cell twice (RFC 4180), and send the package again."
        TableJsonMalformed "table_json_malformed"
            "A JSON array of rows is well-formed to its end: objects, commas between them, and a closing bracket."
            "Look at the line given; if the file was cut off, upload it again, otherwise write it with a JSON library."
        TableFileDamaged "table_file_damaged"
            "A workbook (XLSX) or Parquet file can be read to its end: complete, not encrypted, in a form that the relay reads."
            "Open the file with the program that wrote it, save it anew without a password, and send it again; or send CSV."
        TableFileTooLarge "table_file_too_large"
            "A workbook (XLSX) or Parquet file, what is held in memory of it, and what it unpacks to are no larger than the limits."
            "Split the file, send CSV or JSON instead, or ask the operator for a higher limit (RELAY_HELD_BYTES_MAX)."
        TableTooManyBadRows "table_too_many_bad_rows"
            "No more rows than the limit may break the schema."
            "Read the result bad-rows.jsonl: it has line, column and rule of each; correct the rows and send the package again."
        CompressionCorrupt "compression_corrupt"
            "A compressed package unpacks to its end."
            "Compress and upload it again: the file is damaged or was cut off."
        UnpackedTooLarge "unpacked_too_large"
            "A compressed package unpacks to no more bytes than the limit, and by no larger ratio."
            "Split the package, or ask the operator for a higher limit."
        ArchiveRefused "archive_refused"
            "An archive (zip, tar, tar.gz, tar.zst, tar.bz2, tar.xz) keeps the rules for archives; the reason names the rule and the entry."
            "Correct what the rule names (see the list of rules below), and send the archive again."
        EntryNotAllowed "entry_not_allowed"
            "An archive holds data, not programs: executables are refused, whatever their name."
            "Pack the data alone; ask the operator if you need to transfer software."
        BagInvalid "bag_invalid"
            "A bag (RFC 8493) is complete and valid; the reason names the first rule that it breaks, and the file."
            "Look at the findings (relay packages explain), correct the bag, and send it again."
        DataPackageInvalid "data_package_invalid"
            "A Data Package (datapackage.json) is what its descriptor says; the reason names the first rule that it breaks, and the place."
            "Look at the findings (relay packages explain) and at the side files of bad rows, correct the package, and send it again."
    }
    Failed {
        ObjectMissing "object_missing"
            "The object version could not be found when it was read."
            "Upload the package again; find out who deleted it."
        CustodyMismatch "custody_mismatch"
            "The stored bytes are no longer the bytes that were received."
            "Check the disk or the store, restore the object from a backup, then replay the package."
        StorageUnavailable "storage_unavailable"
            "The store or the trail could not be reached."
            "Look at the cause, then replay the package."
        StorageFull "storage_full"
            "There is no space left for the results."
            "Free some space, then replay the package."
        AttemptTimedOut "attempt_timed_out"
            "An attempt took longer than the limit."
            "Look at the load of the machine or raise the limit, then replay the package."
        AttemptsExhausted "attempts_exhausted"
            "The package was started as often as the limit allows, and interrupted each time."
            "Look for crashes or kills in the log (memory?), then replay the package."
        RunNotCarriedOut "run_not_carried_out"
            "A run that was started, or was to be started, could not be carried out."
            "Read the cause and the log of the task, mend what it names, then replay the package."
        TrailConflict "trail_conflict"
            "Another writer recorded a different outcome for the same step."
            "Find the second writer (two relays on one store?), then replay the package."
        InternalError "internal_error"
            "The relay met a defect of its own."
            "Report it with the log lines of this package, then replay the package."
    }
}

impl ReasonCode {
    /// The code as programs see it.
    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    /// What it leads to.
    pub const fn disposition(self) -> Disposition {
        self.entry().disposition
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for ReasonCode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        REASONS
            .iter()
            .find(|entry| entry.name == text)
            .map(|entry| entry.code)
            .ok_or_else(|| format!("'{}' is not a reason code", text.escape_default()))
    }
}

impl Serialize for ReasonCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for ReasonCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A reason with what it means for one package. The text names places (segment 2, line 17, column `temp`), never contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{text} ({code})")]
pub struct Reason {
    /// Which rule.
    pub code: ReasonCode,
    /// The rule in particular, where the code stands for many: those for archives, for bags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What broke it, in one sentence.
    pub text: String,
}

impl Reason {
    /// A reason.
    pub fn new(code: ReasonCode, text: impl Into<String>) -> Self {
        Self {
            code,
            rule: None,
            text: text.into(),
        }
    }

    /// The same, for one rule of the many that the code stands for.
    #[must_use]
    pub fn by_rule(mut self, rule: impl Into<String>) -> Self {
        self.rule = Some(rule.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_code_has_its_own_row_name_rule_and_remedy() {
        let mut names = HashSet::new();
        for (index, entry) in REASONS.iter().enumerate() {
            assert_eq!(entry.code as usize, index);
            assert_eq!(entry.code.entry().name, entry.name);
            assert!(names.insert(entry.name), "{} stands twice", entry.name);
            assert_eq!(entry.name.parse(), Ok(entry.code));
            assert!(
                entry.rule.ends_with('.') && entry.remedy.ends_with('.'),
                "{}",
                entry.name
            );
        }
    }

    #[test]
    fn an_unknown_code_is_an_error() {
        assert!("key_fine".parse::<ReasonCode>().is_err());
        assert!(serde_json::from_str::<ReasonCode>("\"key_fine\"").is_err());
    }
}
