//! What the standard asks, in our words, page by page: the rules that answer, and the tests that show it. Table
//! Schema is in `requirements_of_tables.rs`; `table.rs` makes the table of `docs/DATA_PACKAGES.md` of it.

use relay_frictionless::CellRule as Cell;
use relay_frictionless::PackageRule::{self, *};

/// One requirement.
#[derive(Clone, Copy, Debug)]
pub struct Requirement {
    /// The page of the standard, and the property.
    pub page: &'static str,
    /// The requirement.
    pub says: &'static str,
    /// The rules of packages that are broken with it.
    pub rules: &'static [PackageRule],
    /// The rules of cells that are broken with it.
    pub cells: &'static [Cell],
    pub tests: &'static [&'static str],
}

pub const fn package(
    page: &'static str,
    says: &'static str,
    rules: &'static [PackageRule],
    tests: &'static [&'static str],
) -> Requirement {
    Requirement {
        page,
        says,
        rules,
        cells: &[],
        tests,
    }
}

pub const fn cell(
    page: &'static str,
    says: &'static str,
    cells: &'static [Cell],
    tests: &'static [&'static str],
) -> Requirement {
    Requirement {
        page,
        says,
        rules: &[],
        cells,
        tests,
    }
}

pub const REQUIREMENTS: &[Requirement] = &[
    package(
        "Data Package, descriptor",
        "One JSON object, in UTF-8.",
        &[DescriptorMalformed],
        &["a_descriptor_is_one_json_object_without_names_twice"],
    ),
    package(
        "RFC 8259, section 4",
        "Names within an object should be unique.",
        &[PropertyTwice],
        &["a_descriptor_is_one_json_object_without_names_twice"],
    ),
    package(
        "limits",
        "A descriptor has limits: bytes, nesting, resources, files, fields, lists, keys, patterns.",
        &[DescriptorTooLarge, ResourcesTooMany, FieldsTooMany],
        &[
            "a_descriptor_stays_below_limits",
            "schemas_stay_below_limits",
            "patterns_match_whole_values",
        ],
    ),
    package(
        "Data Package, `resources`",
        "A package has at least one resource.",
        &[PropertyMissing, PropertyMalformed],
        &["a_package_has_resources"],
    ),
    package(
        "Data Package, `$schema`, `profile`",
        "The profile says the version; without one it is 1. A profile of one's own is not fetched.",
        &[VersionUnsupported, ProfileUnchecked],
        &["the_version_is_that_of_the_profile"],
    ),
    package(
        "Data Package, `licenses`, `contributors`, `sources`",
        "Each is an object with what its version requires.",
        &[LicenseMalformed, ContributorMalformed, SourceMalformed],
        &["licenses_contributors_and_sources_have_shapes"],
    ),
    package(
        "Data Package",
        "A descriptor may have any other properties.",
        &[],
        &["a_package_has_resources", "unknown_properties_say_nothing"],
    ),
    package(
        "Data Resource, `name`",
        "A resource has a name of its own; in version 1 of few characters.",
        &[ResourceNameMalformed, ResourceNameTwice, PropertyMissing],
        &["resources_have_names_of_their_own"],
    ),
    package(
        "Data Resource, `path`",
        "A path is relative and stays below the descriptor's folder; several paths are one file in parts.",
        &[PathUnsafe, PathNotPlain],
        &["paths_stay_within_the_package"],
    ),
    package(
        "Data Resource, `path`",
        "A path may be an address: it is never fetched, and the package is incomplete.",
        &[PathRemote],
        &["paths_stay_within_the_package"],
    ),
    package(
        "Data Resource, `data`",
        "Data may stand in the descriptor, instead of a path.",
        &[ResourceDataAndPath, PropertyMissing],
        &["data_is_in_a_file_or_inline"],
    ),
    package(
        "Data Resource, `path`, `bytes`, `hash`",
        "The files are there, with the length and the hash that are given.",
        &[PathMissing, BytesMismatch, HashMismatch],
        &["files_are_what_the_descriptor_says"],
    ),
    package(
        "Data Resource, `hash`",
        "A hash is MD5, or names its algorithm before a colon.",
        &[HashMalformed, HashUnsupported, HashWeak],
        &["hashes_have_an_algorithm_and_a_length"],
    ),
    package(
        "Data Resource, `encoding`",
        "The encoding has a registered name; UTF-8 by default.",
        &[EncodingUnknown],
        &["encodings_have_known_names"],
    ),
    package(
        "Data Resource, `schema`, `dialect`",
        "Each is an object, or a path to a file of the package.",
        &[SchemaRemote],
        &["schemas_and_dialects_are_inline_or_in_files_of_the_package"],
    ),
    package(
        "CSV Dialect 1, Table Dialect 2",
        "Delimited text is read by its dialect; what cannot be is refused.",
        &[DialectUnsupported],
        &[
            "dialects_of_delimited_text_are_read",
            "dialects_that_cannot_be_read_are_refused",
        ],
    ),
    package(
        "Table Dialect, `nullSequence`",
        "The text means no value.",
        &[],
        &["a_null_sequence_is_a_missing_value_of_every_field"],
    ),
];
