//! What RFC 8493 asks, the second half: metadata, fetch.txt, text, algorithms, completeness, safety; and what does not come
//! from the RFC.

use relay_bagit::BagRule::*;

use crate::requirements::{Requirement, kept, not_judged, rules};

pub const REQUIREMENTS: &[Requirement] = &[
    kept(
        "2.2.2",
        "Metadata elements are OPTIONAL, MAY be repeated, and their order MUST be kept.",
        &["order_and_repetition_are_kept"],
    ),
    rules(
        "2.2.2",
        "An element MUST be a label, a colon and a value.",
        &[InfoMalformed],
        &["lines_that_are_no_elements_are_refused"],
    ),
    rules(
        "2.2.2",
        "One space or tab MUST follow the colon; a label MUST NOT end with white space.",
        &[InfoSpace],
        &["from_one_on_spaces_around_the_colon_are_strict"],
    ),
    rules(
        "2.2.2",
        "Before 1.0, white space around the colon MUST be accepted, and belongs to neither side.",
        &[InfoSpace],
        &["before_one_spaces_around_the_colon_belong_to_neither_side"],
    ),
    rules(
        "2.2.2",
        "(Open: a label without a value.)",
        &[InfoValueEmpty],
        &["an_empty_value_is_warned_about"],
    ),
    not_judged(
        "2.2.2",
        "Lines of at most 79 characters are RECOMMENDED.",
        "it concerns how a file looks; `line_bytes_max` is the limit",
    ),
    kept(
        "2.2.2",
        "Long values MAY be continued on lines that start with a space or tab.",
        &["order_and_repetition_are_kept"],
    ),
    kept(
        "2.2.2",
        "Reserved labels are the same in any case.",
        &[
            "the_oxum_is_bytes_and_files",
            "what_should_be_given_once_is_warned_about_when_repeated",
        ],
    ),
    rules(
        "2.2.2",
        "Bagging-Date, Bag-Size, Bag-Group-Identifier and Bag-Count SHOULD NOT be repeated.",
        &[InfoRepeated],
        &["what_should_be_given_once_is_warned_about_when_repeated"],
    ),
    rules(
        "2.2.2",
        "Bagging-Date is YYYY-MM-DD, Bag-Count is N of T.",
        &[InfoValueMalformed],
        &["dates_and_counts_have_their_form"],
    ),
    rules(
        "2.2.2",
        "With Bag-Count, Bag-Group-Identifier is RECOMMENDED.",
        &[BagCountAlone],
        &["a_count_without_a_group_is_noted"],
    ),
    not_judged("2.2.2", "Bag-Size is for people.", "its value is read by nobody here"),
    rules(
        "2.2.2",
        "Payload-Oxum MUST NOT be repeated.",
        &[OxumRepeated],
        &["the_oxum_is_given_once"],
    ),
    rules(
        "2.2.2",
        "Payload-Oxum MUST be bytes, a dot, files.",
        &[OxumMalformed, OxumMismatch],
        &["the_oxum_is_bytes_and_files"],
    ),
    kept(
        "2.2.2",
        "Checksums MUST be verified whatever Payload-Oxum says.",
        &["any_change_to_the_payload_is_noticed"],
    ),
    rules(
        "2.2.3",
        "Every file of fetch.txt MUST be in every payload manifest.",
        &[FetchNotListed],
        &["what_is_fetched_is_listed_in_the_manifests"],
    ),
    rules(
        "2.2.3",
        "fetch.txt MUST NOT list tag files.",
        &[FetchPathOutside],
        &["only_payload_is_fetched"],
    ),
    rules(
        "2.2.3",
        "Each line MUST be an absolute URI without white space, a length or '-', and a path, separated by spaces or tabs.",
        &[FetchLineMalformed],
        &["lines_that_are_no_fetches_are_refused"],
    ),
    kept(
        "2.2.3",
        "LF, CR and percent signs in a path are encoded as in manifests.",
        &["only_payload_is_fetched"],
    ),
    rules(
        "2.2.3",
        "(Open: a file that is listed twice.)",
        &[FetchTwice],
        &["a_file_is_fetched_once"],
    ),
    rules(
        "2.2.3",
        "A bag with a fetch.txt is complete when its files are there; nothing is fetched here.",
        &[FetchNeeded],
        &["a_bag_with_holes_is_incomplete", "a_bag_that_was_completed_is_valid"],
    ),
    kept(
        "2.2.4",
        "Other tag files MUST be verified if a tag manifest lists them, and their contents MUST be ignored.",
        &[
            "tag_files_that_changed_are_noticed",
            "the_contents_of_other_tag_files_are_ignored",
        ],
    ),
    kept(
        "2.3",
        "Lines MUST end with LF, CR or CRLF.",
        &[
            "lines_end_with_line_feed_carriage_return_or_both",
            "any_line_ending_ends_the_lines_of_the_declaration",
        ],
    ),
    rules(
        "2.3",
        "The last line SHOULD end so as well (RECOMMENDED). A note: many tools leave it open.",
        &[LastLineOpen],
        &["lines_end_with_line_feed_carriage_return_or_both"],
    ),
    rules(
        "2.3",
        "Tag files MUST be in the encoding of bagit.txt.",
        &[TagFileNotDecodable],
        &["what_is_not_in_the_encoding_is_refused"],
    ),
    rules(
        "2.3",
        "In UTF-8 they MUST NOT start with a byte order mark; otherwise only if the encoding needs it.",
        &[TagFileByteOrderMark],
        &["a_byte_order_mark_that_is_not_needed_is_refused"],
    ),
    rules(
        "2.4",
        "Algorithms SHOULD be in IANA's registry, and MAY be md5 or sha1 for old bags.",
        &[AlgorithmWeak, AlgorithmUnsupported],
        &[
            "every_algorithm_verifies",
            "algorithms_that_cannot_be_verified_make_a_bag_invalid",
        ],
    ),
    rules(
        "2.4",
        "The algorithm's name MUST be normalized in a manifest's name: lower-case letters and digits.",
        &[ManifestNameNotNormal],
        &["names_of_algorithms_are_normalized"],
    ),
    kept(
        "2.4",
        "sha256 and sha512 MUST be supported, md5 and sha1 SHOULD be.",
        &["every_algorithm_verifies"],
    ),
    rules(
        "2.4",
        "New bags SHOULD have sha512. A note: it is addressed to makers, not to bags.",
        &[AlgorithmNotSha512],
        &["a_bag_without_sha512_is_noted"],
    ),
    rules(
        "3",
        "A complete bag MUST have every file that a payload manifest lists.",
        &[PayloadFileMissing],
        &["a_payload_file_that_is_gone_is_noticed"],
    ),
    rules(
        "3",
        "A complete bag MUST have every file that a tag manifest lists.",
        &[TagFileMissing],
        &["tag_files_that_are_gone_are_noticed"],
    ),
    rules(
        "3",
        "From 1.0 on every payload file MUST be in every payload manifest; before, in one at least.",
        &[PayloadNotInEveryManifest, PayloadNotListed],
        &[
            "from_one_on_every_payload_manifest_lists_every_file",
            "before_one_a_file_may_be_in_one_manifest_only",
        ],
    ),
    rules(
        "3",
        "In a valid bag every checksum of every manifest has been verified.",
        &[ChecksumMismatch],
        &[
            "a_payload_file_that_changed_is_noticed",
            "every_checksum_of_every_manifest_counts",
            "a_missing_digest_is_the_callers_mistake_and_never_a_valid_bag",
        ],
    ),
    rules(
        "5.1",
        "Paths MUST NOT lead out of the bag: absolute ones, '..', '~', drives.",
        &[PathUnsafe],
        &["paths_that_leave_the_bag_are_refused", "only_payload_is_fetched"],
    ),
    rules(
        "5.1",
        "(Open: paths with empty or '.' segments; names in archives have none.)",
        &[PathNotPlain],
        &["paths_in_a_longer_form_are_refused"],
    ),
    kept(
        "5.2",
        "Addresses in fetch.txt may lead anywhere: they are not followed, and not even kept.",
        &["a_bag_with_holes_is_incomplete"],
    ),
    rules(
        "5.3",
        "Lengths in fetch.txt cannot be relied on.",
        &[FetchLengthDiffers],
        &["another_length_is_warned_about"],
    ),
    rules(
        "6.1.1.3",
        "Names that differ only by case SHOULD be discouraged.",
        &[NamesDifferByCase],
        &["names_that_differ_by_case_are_warned_about"],
    ),
    rules(
        "6.1.1.3",
        "Names that differ only by normalization SHOULD be prevented.",
        &[NamesDifferByForm],
        &["names_that_differ_by_normalization_are_warned_about"],
    ),
    rules(
        "6.1.1.3",
        "Differences in normalization between manifest and file SHOULD be tolerated.",
        &[NameOtherForm],
        &["names_in_another_normalization_form_are_found_with_a_warning"],
    ),
    rules(
        "6.1.1.3",
        "(Open: a file that is listed under several spellings of its name, by case, normalization or percent-encoding.)",
        &[NameTwoSpellings],
        &[
            "two_spellings_of_one_file_are_warned_about",
            "a_percent_sign_with_and_without_its_encoding_is_one_name",
            "two_files_are_not_two_spellings",
        ],
    ),
    not_judged(
        "6.1.2",
        "Names that Windows cannot hold.",
        "which names an archive may have is `relay-archive`'s to say",
    ),
    rules(
        "6.1.3",
        "The asterisk of md5sum MAY be ignored, and then there MUST be a warning.",
        &[Md5sumMarker],
        &["the_asterisk_of_md5sum_is_warned_about"],
    ),
    rules(
        "6.1.3",
        "Differences in line endings MAY be ignored, and then there MUST be a warning: blank lines come from doubled line breaks.",
        &[BlankLine],
        &["blank_lines_are_warned_about"],
    ),
    rules(
        "6.1.3",
        "'./' before paths, as checksum tools write when they are given a folder.",
        &[PathDotPrefix],
        &["a_leading_dot_is_warned_about"],
    ),
    not_judged(
        "6.1.3",
        "The backslash that md5sum writes before a checksum.",
        "it is not accepted: `bag_checksum_malformed`",
    ),
    kept(
        "0.97",
        "LF and CR in a path are encoded, percent signs are not: `%25` is three characters, and a name with a literal `%0A` or `%0D` cannot be listed.",
        &["before_one_only_line_breaks_are_decoded"],
    ),
    rules(
        "0.96",
        "Before 0.97, tag files are in the base directory only.",
        &[TagDirectory],
        &["before_097_folders_of_tag_files_are_warned_about"],
    ),
    kept(
        "0.95",
        "The metadata is in package-info.txt up to 0.95, in bag-info.txt from 0.96 on.",
        &["metadata_is_in_the_file_of_its_version"],
    ),
    rules(
        "draft 14, 4",
        "An archive holds one bag, in one top folder, which is its base directory.",
        &[SeveralBags, EntryOutsideBase],
        &[
            "several_bags_are_refused",
            "what_lies_beside_the_base_directory_is_refused",
        ],
    ),
    rules(
        "draft 14, 4",
        "A bag is not packed from within its base directory. A warning: the RFC dropped the section.",
        &[BagAtArchiveTop],
        &["a_bag_at_the_top_is_warned_about"],
    ),
    rules(
        "ours",
        "Files of the operating system that no manifest lists (.DS_Store, __MACOSX, Thumbs.db) are passed over.",
        &[SystemFile],
        &[
            "files_of_the_operating_system_are_warned_about",
            "the_oxum_may_or_may_not_count_files_of_the_operating_system",
        ],
    ),
    rules(
        "ours",
        "What a bag may cost is limited.",
        &[TagFileTooLarge, TagFilesTooLarge, EntriesTooMany, LineTooLong],
        &["limits_end_the_reading"],
    ),
];
