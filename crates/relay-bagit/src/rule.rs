//! The rules that a bag is held to: one table, with how much each weighs in BagIt 1.0 and in the versions before it.
//!
//! What RFC 8493 calls MUST is an error, SHOULD a warning; what it merely recommends, or leaves open, a note. A rule
//! that came with 1.0 weighs less in older bags. docs/BAGIT.md holds each rule against its section of the RFC.

use std::fmt;

use serde::{Serialize, Serializer};

/// What a broken rule does to the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; the bag is valid.
    Note,
    /// The bag is valid, and its maker should change something.
    Warning,
    /// The bag is not valid.
    Error,
}

impl Severity {
    /// The severity as programs see it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

struct Row {
    name: &'static str,
    since_one: Severity,
    before_one: Severity,
    rule: &'static str,
    remedy: &'static str,
}

macro_rules! rules {
    ($($variant:ident $name:literal $since_one:ident $before_one:ident $rule:literal $remedy:literal)*) => {
        /// A rule that a bag is held to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum BagRule { $(
            #[doc = $rule]
            $variant,
        )* }

        impl BagRule {
            /// Every rule, in the order in which a bag meets them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            const fn row(self) -> Row {
                match self { $(
                    Self::$variant => Row {
                        name: $name,
                        since_one: Severity::$since_one,
                        before_one: Severity::$before_one,
                        rule: $rule,
                        remedy: $remedy,
                    },
                )* }
            }
        }
    };
}

impl BagRule {
    /// The rule as programs see it.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The rule, as a sentence a producer understands.
    pub const fn rule(self) -> &'static str {
        self.row().rule
    }

    /// What to do about it, in one sentence.
    pub const fn remedy(self) -> &'static str {
        self.row().remedy
    }

    /// What breaking it does to a bag of version 1.0, or (`false`) of a version before it.
    pub const fn severity(self, since_one: bool) -> Severity {
        let row = self.row();
        if since_one { row.since_one } else { row.before_one }
    }
}

impl fmt::Display for BagRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Serialize for BagRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

rules! {
    SeveralBags "bag_several" Error Error
        "An archive holds one bag, in its only top folder."
        "Send each bag in an archive of its own."
    EntryOutsideBase "bag_entry_outside_base" Error Error
        "Everything in the archive of a bag is below the bag's base directory."
        "Remove what lies beside the bag's folder, and pack it again."
    BagAtArchiveTop "bag_at_archive_top" Warning Warning
        "A bag is packed from outside, so that the archive has one top folder, the bag's base directory."
        "Pack the bag's folder instead of what is in it."
    SystemFile "bag_system_file" Warning Warning
        "A bag has no files of the operating system that no manifest lists, such as thumbnails and folder settings."
        "Nothing needs to be done: the file is passed over. Zip tools can leave such files out."
    TagFileTooLarge "bag_tag_file_too_large" Error Error
        "A tag file stays below the limit on its size."
        "Split the bag into smaller ones."
    TagFilesTooLarge "bag_tag_files_too_large" Error Error
        "The tag files of a bag stay below the limits on their number and on their size together."
        "Split the bag into smaller ones."
    EntriesTooMany "bag_entries_too_many" Error Error
        "The tag files of a bag stay below the limit on their lines."
        "Split the bag into smaller ones."
    LineTooLong "bag_line_too_long" Error Error
        "A line of a tag file stays below the limit on its length."
        "Use shorter names or values, or check that the file has line breaks."
    DeclarationMissing "bag_declaration_missing" Error Error
        "A bag has a bagit.txt in its base directory."
        "Make the bag with a BagIt tool, which writes bagit.txt."
    DeclarationByteOrderMark "bag_declaration_byte_order_mark" Error Error
        "bagit.txt does not start with a byte order mark."
        "Save bagit.txt as UTF-8 without a byte order mark."
    DeclarationMalformed "bag_declaration_malformed" Error Error
        "bagit.txt is two lines of UTF-8, 'BagIt-Version: M.N' and 'Tag-File-Character-Encoding: ENCODING', and nothing else."
        "Write the two lines in this order, with one space after each colon and no further lines."
    DeclarationLabelCase "bag_declaration_label_case" Warning Warning
        "The labels of bagit.txt are spelled BagIt-Version and Tag-File-Character-Encoding."
        "Use exactly this spelling; many tools accept no other."
    DeclarationSpace "bag_declaration_space" Error Warning
        "In bagit.txt, a label ends at its colon, and one space follows the colon; before 1.0, more may be there."
        "Write one space after each colon, and none before it."
    VersionUnsupported "bag_version_unsupported" Error Error
        "The version of a bag is 1.0, or one of 0.93 to 0.97."
        "Make the bag with a tool that writes version 1.0."
    EncodingUnknown "bag_encoding_unknown" Error Error
        "The encoding that bagit.txt names for the tag files is one that is known here."
        "Write the tag files in UTF-8, and name it in bagit.txt."
    EncodingNotUtf8 "bag_encoding_not_utf8" Warning Warning
        "Tag files should be in UTF-8."
        "Write the tag files in UTF-8, and name it in bagit.txt."
    TagFileByteOrderMark "bag_tag_file_byte_order_mark" Error Error
        "A tag file starts with a byte order mark only if its encoding, such as UTF-16, needs one."
        "Save the tag files without a byte order mark."
    TagFileNotDecodable "bag_tag_file_not_decodable" Error Error
        "Every tag file is in the encoding that bagit.txt names."
        "Convert the tag files to UTF-8, and name it in bagit.txt."
    BlankLine "bag_blank_line" Warning Warning
        "Tag files have no blank lines."
        "Remove the blank lines; doubled line breaks come from converting a file twice."
    LastLineOpen "bag_last_line_open" Note Note
        "The last line of a tag file ends with a line break as well."
        "End the last line with a line break; where it is missing, lines after it may be, too."
    PayloadManifestMissing "bag_payload_manifest_missing" Error Error
        "A bag has at least one payload manifest, manifest-ALGORITHM.txt."
        "Add manifest-sha512.txt with a line for each file below data/."
    ManifestNameNotNormal "bag_manifest_name_not_normal" Error Error
        "In the name of a manifest, the algorithm has lower-case letters and digits only, as in sha256."
        "Rename the manifest, for example from manifest-SHA-256.txt to manifest-sha256.txt."
    AlgorithmUnsupported "bag_algorithm_unsupported" Error Error
        "The manifests of a bag use md5, sha1, sha256 or sha512; a checksum that cannot be computed cannot be verified."
        "Replace the manifest by one with sha512."
    AlgorithmWeak "bag_algorithm_weak" Warning Warning
        "A payload manifest should use sha256 or sha512: md5 and sha1 show accidents, not intent."
        "Add a manifest with sha512."
    AlgorithmNotSha512 "bag_algorithm_not_sha512" Note Note
        "New bags should have a manifest with sha512."
        "Add a manifest with sha512 to new bags."
    ManifestLineMalformed "bag_manifest_line_malformed" Error Error
        "Each line of a manifest is a checksum, spaces or tabs, and a file's path."
        "Make the manifest with a BagIt tool; it has no comments, headings or indented lines."
    ChecksumMalformed "bag_checksum_malformed" Error Error
        "A checksum is in hexadecimal digits, as many as the manifest's algorithm gives."
        "Check that the manifest is named after the algorithm it was made with."
    Md5sumMarker "bag_md5sum_marker" Warning Warning
        "A path in a manifest has no asterisk before it; md5sum writes one for binary mode."
        "Make the manifest with a BagIt tool; strict validation refuses the asterisk."
    PercentNotEncoded "bag_percent_not_encoded" Warning Warning
        "From 1.0 on, a percent sign in a path is written %25, a line feed %0A, a carriage return %0D, and nothing else is encoded."
        "Write %25 for each percent sign in a path."
    PathUnsafe "bag_path_unsafe" Error Error
        "A path stays within the bag: it does not start with a slash, a tilde or a drive, and has no '..'."
        "Write the path relative to the bag's base directory."
    PathNotPlain "bag_path_not_plain" Error Error
        "A path has no empty and no '.' segments."
        "Write the path in its shortest form, relative to the bag's base directory."
    PathDotPrefix "bag_path_dot_prefix" Warning Warning
        "A path does not start with './'."
        "Remove the './' from the paths in the manifest."
    ManifestListsDirectory "bag_manifest_lists_directory" Error Error
        "A manifest lists files, not folders."
        "Remove the folders from the manifest; keep an empty folder by a file such as .keep in it."
    PayloadPathOutside "bag_payload_path_outside" Error Error
        "A payload manifest lists files below data/ only."
        "Move the line to a tag manifest, or the file below data/."
    TagPathInPayload "bag_tag_path_in_payload" Error Error
        "A tag manifest lists no files below data/."
        "Move the line to a payload manifest."
    TagManifestListed "bag_tag_manifest_listed" Error Warning
        "A tag manifest lists neither itself nor another tag manifest."
        "Remove the tag manifests from the tag manifest."
    EntryTwice "bag_entry_twice" Error Warning
        "A manifest lists a file once."
        "Remove the repeated lines."
    EntryConflicting "bag_entry_conflicting" Error Error
        "A manifest does not list a file twice with different checksums."
        "Make the manifest anew from the files."
    NamesDifferByCase "bag_names_differ_by_case" Warning Warning
        "Two files should not have names that differ only by upper and lower case."
        "Rename one of them; many file systems can hold only one."
    NamesDifferByForm "bag_names_differ_by_form" Warning Warning
        "Two files should not have names that differ only by Unicode normalization."
        "Rename one of them; they look the same, and many file systems can hold only one."
    NameTwoSpellings "bag_name_two_spellings" Warning Warning
        "The manifests list a file under one spelling of its name."
        "Make the manifests anew from the files: these list it under names that differ by case, Unicode normalization or percent-encoding."
    PayloadNotInEveryManifest "bag_payload_not_in_every_manifest" Error Error
        "From 1.0 on, every payload file is listed in every payload manifest."
        "Complete the shorter manifest, or remove it."
    TagManifestIncomplete "bag_tag_manifest_incomplete" Error Warning
        "A tag manifest lists every payload manifest."
        "Make the tag manifest anew after the payload manifests."
    TagManifestsDiffer "bag_tag_manifests_differ" Warning Warning
        "All tag manifests should list the same files."
        "Make the tag manifests anew, all at once."
    TagManifestAlgorithms "bag_tag_manifest_algorithms" Warning Warning
        "Tag manifests should use the algorithms of the payload manifests."
        "Make a tag manifest for each algorithm of the payload manifests."
    InfoMalformed "bag_info_malformed" Error Error
        "Each line of bag-info.txt is a label, a colon and a value, or starts with a space or tab and continues the value before."
        "Write 'Label: value', and indent the lines that continue a value."
    InfoSpace "bag_info_space" Error Warning
        "In bag-info.txt, a label ends at its colon, and a space or tab follows the colon."
        "Write 'Label: value'."
    InfoValueEmpty "bag_info_value_empty" Warning Warning
        "A label in bag-info.txt has a value."
        "Give the value, or remove the line."
    InfoRepeated "bag_info_repeated" Warning Warning
        "Bagging-Date, Bag-Size, Bag-Group-Identifier and Bag-Count should not be repeated in bag-info.txt."
        "Keep one of the lines."
    InfoValueMalformed "bag_info_value_malformed" Warning Warning
        "In bag-info.txt, Bagging-Date is YYYY-MM-DD and Bag-Count is 'N of T', where T may be '?'."
        "Write the value in this form."
    BagCountAlone "bag_count_alone" Note Note
        "Bag-Count comes with a Bag-Group-Identifier."
        "Say which group of bags is counted by Bag-Group-Identifier."
    OxumMalformed "bag_oxum_malformed" Error Error
        "Payload-Oxum is the number of bytes, a dot, and the number of files of the payload."
        "Write Payload-Oxum as BYTES.FILES, or remove it."
    OxumRepeated "bag_oxum_repeated" Error Error
        "Payload-Oxum is given once."
        "Keep the line that is true."
    FetchLineMalformed "bag_fetch_line_malformed" Error Error
        "Each line of fetch.txt is an absolute URL without spaces, a length in bytes or '-', and a path, separated by spaces or tabs."
        "Send the files within the bag, without fetch.txt."
    FetchPathOutside "bag_fetch_path_outside" Error Error
        "fetch.txt lists files below data/ only."
        "Send tag files within the bag."
    FetchTwice "bag_fetch_twice" Warning Warning
        "fetch.txt lists a file once."
        "Remove the repeated lines."
    FetchNotListed "bag_fetch_not_listed" Error Error
        "A file of fetch.txt is listed in every payload manifest; before 1.0, in one at least."
        "Make the manifests over the whole payload, fetched files included."
    PayloadDirectoryMissing "bag_payload_directory_missing" Error Error
        "A bag has a folder data/ for its payload."
        "Put the payload below data/ in the bag's base directory."
    PayloadEmpty "bag_payload_empty" Warning Warning
        "The payload has at least one file."
        "Check that the payload was there when the bag was made."
    PayloadNotListed "bag_payload_not_listed" Error Error
        "Every file below data/ is listed in a payload manifest."
        "Make the manifests anew, or remove the file."
    PayloadFileMissing "bag_payload_file_missing" Error Error
        "Every file that a payload manifest lists is in the bag."
        "Add the file, or make the manifests anew."
    FetchNeeded "bag_fetch_needed" Error Error
        "Every payload file is within the bag: addresses in fetch.txt are never opened here."
        "Fetch the files, and send the completed bag."
    FetchLengthDiffers "bag_fetch_length_differs" Warning Warning
        "A file that is there has the length that fetch.txt gives."
        "Remove fetch.txt when the bag is complete."
    TagFileMissing "bag_tag_file_missing" Error Error
        "Every file that a tag manifest lists is in the bag."
        "Add the file, or make the tag manifests anew."
    ChecksumMismatch "bag_checksum_mismatch" Error Error
        "Every file has the checksum that the manifests give for it."
        "Compare the file with its original: one of the two, file or manifest, was changed after the other was made."
    OxumMismatch "bag_oxum_mismatch" Error Error
        "The payload has as many bytes and files as Payload-Oxum says."
        "Compare the payload with its original, or make bag-info.txt anew."
    NameOtherForm "bag_name_other_form" Warning Warning
        "A file's name in a manifest and its name in the bag should be in the same Unicode normalization form."
        "Make the manifests anew on the system that packs the bag."
    TagFileNotListed "bag_tag_file_not_listed" Note Note
        "Tag manifests list every tag file but themselves."
        "List the file in the tag manifests, so that a change to it is noticed."
    TagDirectory "bag_tag_directory" Warning Warning
        "Before 0.97, tag files are in the base directory only."
        "Make the bag with version 1.0, which allows folders for tag files."
}
