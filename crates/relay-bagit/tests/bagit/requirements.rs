//! What RFC 8493 asks, in our words, section by section: the rule that answers, and the tests that show it. The other
//! half is in `requirements_of_tags.rs`; `table.rs` makes docs/BAGIT.md of both.

use relay_bagit::BagRule::{self, *};

/// What becomes of a requirement.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// Breaking it breaks these rules.
    Rules(&'static [BagRule]),
    /// It is something to be accepted or done; the tests show that it is.
    Kept,
    /// Nothing is judged by it, and why.
    NotJudged(&'static str),
}

/// One requirement.
#[derive(Clone, Copy, Debug)]
pub struct Requirement {
    /// The section of RFC 8493, or where else it comes from.
    pub section: &'static str,
    /// The requirement, with the RFC's own key word.
    pub says: &'static str,
    pub answer: Answer,
    pub tests: &'static [&'static str],
}

pub const fn rules(
    section: &'static str,
    says: &'static str,
    rules: &'static [BagRule],
    tests: &'static [&'static str],
) -> Requirement {
    let answer = Answer::Rules(rules);
    Requirement {
        section,
        says,
        answer,
        tests,
    }
}

pub const fn kept(section: &'static str, says: &'static str, tests: &'static [&'static str]) -> Requirement {
    let answer = Answer::Kept;
    Requirement {
        section,
        says,
        answer,
        tests,
    }
}

pub const fn not_judged(section: &'static str, says: &'static str, why: &'static str) -> Requirement {
    let answer = Answer::NotJudged(why);
    Requirement {
        section,
        says,
        answer,
        tests: &[],
    }
}

pub const REQUIREMENTS: &[Requirement] = &[
    kept(
        "2",
        "A base directory of any name holds tag files, data/, and perhaps folders of tag files.",
        &[
            "the_base_directory_is_the_only_top_folder",
            "reserved_names_are_reserved_in_the_base_directory",
        ],
    ),
    rules(
        "2.1.1",
        "bagit.txt is a required element; where only it is missing, there is a broken bag.",
        &[DeclarationMissing],
        &[
            "tag_files_without_a_declaration_say_so",
            "a_payload_with_its_manifest_is_a_broken_bag",
        ],
    ),
    rules(
        "2.1.1",
        "bagit.txt MUST be exactly two lines: BagIt-Version, then Tag-File-Character-Encoding.",
        &[DeclarationMalformed],
        &["the_declaration_is_exactly_two_lines_in_order"],
    ),
    rules(
        "2.1.1",
        "One space follows each colon of bagit.txt, and none stands before it; before 1.0, white space around it MUST be accepted.",
        &[DeclarationSpace],
        &["before_one_spaces_around_the_colons_of_the_declaration_belong_to_neither_side"],
    ),
    rules(
        "2.1.1",
        "The labels are spelled BagIt-Version and Tag-File-Character-Encoding; the RFC's examples and grammar allow another case.",
        &[DeclarationLabelCase],
        &["labels_in_another_case_are_understood_with_a_warning"],
    ),
    rules(
        "2.1.1",
        "The version is M.N; this one is 1.0.",
        &[VersionUnsupported],
        &[
            "other_versions_are_refused",
            "every_version_that_is_understood_has_its_valid_bag",
        ],
    ),
    rules(
        "2.1.1",
        "The encoding SHOULD be UTF-8.",
        &[EncodingNotUtf8],
        &["what_is_not_in_the_encoding_is_refused"],
    ),
    rules(
        "2.1.1",
        "The encoding MAY be another one of IANA's registry.",
        &[EncodingUnknown],
        &[
            "an_unknown_encoding_is_refused",
            "tag_files_are_read_in_the_encoding_that_is_declared",
        ],
    ),
    rules(
        "2.1.1",
        "bagit.txt MUST be UTF-8.",
        &[DeclarationMalformed],
        &["the_declaration_is_exactly_two_lines_in_order"],
    ),
    rules(
        "2.1.1",
        "bagit.txt MUST NOT have a byte order mark.",
        &[DeclarationByteOrderMark],
        &["a_byte_order_mark_in_the_declaration_is_refused"],
    ),
    rules(
        "2.1.2",
        "There MUST be a folder data/.",
        &[PayloadDirectoryMissing],
        &["a_bag_has_a_payload_directory"],
    ),
    rules(
        "2.1.2",
        "(Open: a payload without files.)",
        &[PayloadEmpty],
        &["an_empty_payload_is_warned_about"],
    ),
    kept(
        "2.1.2",
        "Payload files are opaque, in folders of any depth (MAY).",
        &["a_bag_made_by_the_rules_is_valid", "a_bag_at_the_top_is_warned_about"],
    ),
    rules(
        "2.1.3",
        "There MUST be at least one payload manifest, and MAY be more.",
        &[PayloadManifestMissing],
        &["a_bag_needs_a_payload_manifest", "every_algorithm_verifies"],
    ),
    rules(
        "2.1.3",
        "Every payload manifest MUST list every payload file exactly once.",
        &[
            PayloadNotInEveryManifest,
            PayloadNotListed,
            EntryTwice,
            EntryConflicting,
        ],
        &[
            "from_one_on_every_payload_manifest_lists_every_file",
            "a_payload_file_that_is_not_listed_is_noticed",
            "a_file_is_listed_once",
        ],
    ),
    rules(
        "2.1.3",
        "A payload manifest MUST be named manifest-ALGORITHM.txt.",
        &[PayloadManifestMissing],
        &["a_bag_needs_a_payload_manifest"],
    ),
    rules(
        "2.1.3",
        "Each line MUST be a checksum and a path, relative to the base directory.",
        &[ManifestLineMalformed],
        &[
            "lines_that_are_no_entries_are_refused",
            "spaces_or_tabs_separate_checksum_and_path",
        ],
    ),
    rules(
        "2.1.3",
        "The checksum is in hexadecimal digits, of either case (MAY).",
        &[ChecksumMalformed],
        &["checksums_are_hexadecimal_in_any_case"],
    ),
    rules(
        "2.1.3",
        "Slashes MUST separate the parts of a path.",
        &[PayloadPathOutside],
        &["a_payload_manifest_lists_the_payload_only"],
    ),
    rules(
        "2.1.3",
        "One or more spaces or tabs MUST stand between checksum and path.",
        &[ManifestLineMalformed],
        &["spaces_or_tabs_separate_checksum_and_path"],
    ),
    kept(
        "2.1.3",
        "A path is of any length: it is limited here by the line's limit only.",
        &["limits_end_the_reading", "names_are_escaped_and_cut"],
    ),
    kept(
        "2.1.3",
        "What follows the separator is the path, trailing spaces too.",
        &["trailing_spaces_belong_to_the_name"],
    ),
    rules(
        "2.1.3",
        "A payload manifest MUST NOT list files outside data/.",
        &[PayloadPathOutside],
        &["a_payload_manifest_lists_the_payload_only"],
    ),
    rules(
        "2.1.3",
        "LF, CR and percent signs in a path MUST be percent-encoded, and nothing else. A bare percent sign has one meaning only, and known tools write it: a warning.",
        &[PercentNotEncoded],
        &[
            "from_one_on_percent_line_feed_and_carriage_return_are_decoded",
            "from_one_on_a_bare_percent_sign_is_warned_about",
        ],
    ),
    rules(
        "2.1.3",
        "A manifest MUST NOT list folders.",
        &[ManifestListsDirectory],
        &["a_manifest_lists_no_folders"],
    ),
    kept(
        "2.2.1",
        "Tag manifests are optional (MAY).",
        &["every_algorithm_verifies"],
    ),
    rules(
        "2.2.1",
        "All tag manifests SHOULD list the same files.",
        &[TagManifestsDiffer],
        &["tag_manifests_that_differ_are_warned_about"],
    ),
    rules(
        "2.2.1",
        "Each tag manifest MUST list every payload manifest.",
        &[TagManifestIncomplete],
        &["a_tag_manifest_lists_every_payload_manifest"],
    ),
    rules(
        "2.2.1",
        "A tag manifest MUST NOT list tag manifests.",
        &[TagManifestListed],
        &["a_tag_manifest_lists_no_tag_manifest"],
    ),
    rules(
        "2.2.1",
        "A tag manifest SHOULD list all other tag files. A note: what is not listed is not protected, and nothing else follows.",
        &[TagFileNotListed],
        &["tag_files_that_are_not_listed_are_noted"],
    ),
    rules(
        "2.2.1",
        "Tag manifests SHOULD use the algorithms of the payload manifests.",
        &[TagManifestAlgorithms],
        &["tag_manifests_of_other_algorithms_are_warned_about"],
    ),
    rules(
        "2.2.1",
        "A tag manifest MUST NOT list payload files.",
        &[TagPathInPayload],
        &["a_tag_manifest_lists_no_payload"],
    ),
];
