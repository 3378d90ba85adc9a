//! Every rule an archive can break: one table, in the words a producer reads.

use std::fmt;

macro_rules! rules {
    ($($variant:ident $name:literal $rule:literal $remedy:literal)*) => {
        /// A rule on archives.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ArchiveRule { $(
            #[doc = $rule]
            $variant,
        )* }

        impl ArchiveRule {
            /// Every rule.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The rule as programs see it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The rule, as a sentence a producer understands.
            pub const fn rule(self) -> &'static str {
                match self { $(Self::$variant => $rule,)* }
            }

            /// What to do about it.
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)* }
            }
        }
    };
}

rules! {
    NameEmpty "archive_name_empty"
        "Every entry of an archive has a name."
        "Pack the files again with a common tool."
    NameNotUtf8 "archive_name_not_utf8"
        "The names in an archive must be valid UTF-8."
        "Rename the files, or pack them with a tool that writes UTF-8 names."
    NameEncodingUnknown "archive_name_encoding_unknown"
        "A name in a zip is UTF-8, or has a Unicode path field beside it."
        "Pack the files with a tool that writes UTF-8 names; old versions of Windows Explorer do not."
    NameTooLong "archive_name_too_long"
        "The path of an entry, the archives around it included, has at most as many bytes as are allowed."
        "Use shorter folder or file names."
    NameControlCharacter "archive_name_control_character"
        "The names in an archive must not contain control characters."
        "Remove the control character (often a line break or tab from a copied name)."
    NameBidiControl "archive_name_bidi_control"
        "The names in an archive must not contain characters that change the direction of text."
        "Remove the directional formatting characters."
    NameInvisibleCharacter "archive_name_invisible_character"
        "The names in an archive must not contain zero-width or other invisible characters."
        "Type the name again instead of copying it."
    NameNotNormal "archive_name_not_normal"
        "The names in an archive must be in Unicode normalization form C (NFC)."
        "Rename the file to its NFC form; names from macOS often are in form D."
    NameBackslash "archive_name_backslash"
        "The names in an archive must not contain a backslash."
        "Pack the files with a tool that separates folders by a forward slash."
    NameAbsolute "archive_name_absolute"
        "The names in an archive must be relative: no leading slash."
        "Pack the files from within their folder."
    NameDriveLetter "archive_name_drive_letter"
        "The names in an archive must not start with a drive letter and a colon."
        "Pack the files from within their folder."
    NameEmptySegment "archive_name_empty_segment"
        "The names in an archive must not have empty segments: no '//', and a slash at the end only for folders."
        "Remove the doubled slash."
    NameDotSegment "archive_name_dot_segment"
        "The names in an archive must not have '.' or '..' as a segment."
        "Pack the files from within their folder; './' in front of a name in a tar is fine."
    NameEncodedTraversal "archive_name_encoded_traversal"
        "The names in an archive must not hide a separator, a dot segment or a control character behind percent-encoding."
        "Write the name in plain characters."
    NameLookalikeSeparator "archive_name_lookalike_separator"
        "The names in an archive must not contain characters that pass for a slash, a backslash or a dot segment."
        "Use the ordinary ASCII characters."
    NameReserved "archive_name_reserved"
        "A folder's name must not end with an exclamation mark: '!/' stands between an archive and what is in it."
        "Rename the folder."
    NameTooManySegments "archive_name_too_many_segments"
        "The path of an entry, the archives around it included, has at most as many segments as are allowed."
        "Use fewer nested folders."
    NameDuplicate "archive_name_duplicate"
        "Each name stands in an archive once."
        "Pack the files again into a new archive instead of adding to an old one."
    NameCaseDuplicate "archive_name_case_duplicate"
        "Two names in an archive must differ by more than upper and lower case or Unicode normalization."
        "Rename one of the two files or folders."
    FileAsFolder "archive_file_as_folder"
        "What is a file in an archive cannot be the folder of another entry."
        "Rename the file or the folder."
    Link "archive_link"
        "An archive must not contain symbolic or hard links."
        "Pack the files that the links lead to (tar: --dereference --hard-dereference)."
    Device "archive_device"
        "An archive must not contain devices, pipes or sockets."
        "Pack regular files and folders only."
    SparseFile "archive_sparse_file"
        "An archive must not contain sparse files."
        "Pack without the option for sparse files (tar: no --sparse)."
    KindUnknown "archive_kind_unknown"
        "An entry of an archive is a regular file or a folder."
        "Pack regular files and folders only."
    KindContradictory "archive_kind_contradictory"
        "The name and the attributes of an entry must agree on whether it is a file or a folder."
        "Pack the files again with a common tool."
    FolderWithContent "archive_folder_with_content"
        "A folder in an archive has no content of its own."
        "Pack the files again with a common tool."
    Encrypted "archive_encrypted"
        "The entries of an archive must not be encrypted."
        "Pack without a password; the way to us is encrypted."
    MethodUnknown "archive_method_unknown"
        "The entries of a zip are stored or deflated; other compression methods are not read."
        "Pack with the method 'deflate'."
    StoredWithoutLength "archive_stored_without_length"
        "A stored entry of a zip must have its length in front of it."
        "Compress the entry, or write the zip to a file instead of a pipe."
    Truncated "archive_truncated"
        "An archive must be complete."
        "Pack and upload it again."
    Corrupt "archive_corrupt"
        "The compressed data of an archive must be readable."
        "Pack and upload it again."
    WindowTooLarge "archive_window_too_large"
        "A zstd stream must not need a window of more than 8 MiB, an xz stream no dictionary of more than 64 MiB (8 MiB within another xz)."
        "Compress with zstd without --long and --ultra, with xz -9 or less; within another xz with xz -6 or less."
    ChecksumMismatch "archive_checksum_mismatch"
        "The content of an entry must have the checksum that the archive says."
        "Pack and upload it again."
    SizeMismatch "archive_size_mismatch"
        "An entry must have exactly the size that the archive says."
        "Pack the files again with a common tool."
    ZipHeaderInvalid "archive_zip_header_invalid"
        "The header of each entry of a zip must be well-formed."
        "Pack the files again with a common tool."
    ZipDirectoryInvalid "archive_zip_directory_invalid"
        "The directory at the end of a zip must be well-formed."
        "Pack the files again with a common tool."
    ZipDirectoryMismatch "archive_zip_directory_mismatch"
        "The directory at the end of a zip must list exactly the entries that are in it, in the same words."
        "Pack the files again into a new archive instead of changing an old one."
    Zip64Invalid "archive_zip64_invalid"
        "The 64-bit fields of a zip must stand exactly where they are needed."
        "Pack the files again with a common tool."
    MultiDisk "archive_multi_disk"
        "A zip must not be split into several parts."
        "Pack the files into one zip."
    CommentInvalid "archive_comment_invalid"
        "The comment of a zip must end where the zip ends, and must not contain the end of another zip."
        "Pack without a comment."
    ForeignBytes "archive_foreign_bytes"
        "Every byte of an archive belongs to an entry or to the directory."
        "Pack the files again with a common tool; self-extracting archives are not read."
    TrailingBytes "archive_trailing_bytes"
        "Nothing may follow the end of an archive."
        "Pack and upload it again, each archive by itself."
    TarHeaderInvalid "archive_tar_header_invalid"
        "The header of each entry of a tar must be well-formed, with a correct checksum."
        "Pack and upload it again."
    TarMetadataInvalid "archive_tar_metadata_invalid"
        "Long names and pax records of a tar must be well-formed, and must say each thing once."
        "Pack the files again with a common tool."
    MetadataTooLarge "archive_metadata_too_large"
        "What an archive says about one entry beside its content is limited in length."
        "Pack without extended attributes."
    TooManyEntries "archive_too_many_entries"
        "The number of entries is limited, those of nested archives included."
        "Split the package."
    TooDeep "archive_too_deep"
        "Archives within archives are limited in depth."
        "Pack the inner files directly."
    EntryTooLarge "archive_entry_too_large"
        "The size of an entry is limited."
        "Split the file."
    UnpackedTooLarge "archive_unpacked_too_large"
        "The number of bytes that an archive unpacks to is limited, nested archives included."
        "Split the package."
    UnpackedRatio "archive_unpacked_ratio"
        "An archive must not unpack to very many times its own size."
        "Upload the content in another form, or split it."
}

impl fmt::Display for ArchiveRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
