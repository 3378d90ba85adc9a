//! The rules that a Data Package is held to: one table, with how much each weighs.
//!
//! What the standard calls MUST, and what cannot be read or checked here, is an error; SHOULD is a warning.
//! `docs/DATA_PACKAGES.md` holds the rules against the pages of the standard.

use std::fmt;

use serde::{Serialize, Serializer};

/// What a broken rule does to the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The package is valid, and its maker should change something.
    Warning,
    /// The package is not valid, or cannot be checked.
    Error,
}

impl Severity {
    /// The severity as programs see it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

struct Row {
    name: &'static str,
    severity: Severity,
    rule: &'static str,
    remedy: &'static str,
}

macro_rules! rules {
    ($($variant:ident $name:literal $severity:ident $rule:literal $remedy:literal)*) => {
        /// A rule that a Data Package is held to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum PackageRule { $(
            #[doc = $rule]
            $variant,
        )* }

        impl PackageRule {
            /// Every rule, in the order in which a package meets them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            const fn row(self) -> Row {
                match self { $(
                    Self::$variant => Row {
                        name: $name,
                        severity: Severity::$severity,
                        rule: $rule,
                        remedy: $remedy,
                    },
                )* }
            }
        }
    };
}

impl PackageRule {
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

    /// What breaking it does to the verdict.
    pub const fn severity(self) -> Severity {
        self.row().severity
    }
}

impl fmt::Display for PackageRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Serialize for PackageRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

rules! {
    DescriptorTooLarge "package_descriptor_too_large" Error
        "datapackage.json, and a schema in a file of its own, stay below the limits on their size and nesting."
        "Keep data out of the descriptor, and split a package of very many resources."
    DescriptorMalformed "package_descriptor_malformed" Error
        "datapackage.json is one JSON object in UTF-8."
        "Write the descriptor with a Data Package tool, or check it with a JSON reader."
    PropertyTwice "package_property_twice" Error
        "A JSON object of the descriptor has no name twice."
        "Remove one of the two; readers disagree on which of them counts."
    PropertyMalformed "package_property_malformed" Error
        "Each property of the descriptor has the kind of value that the standard gives for it."
        "Correct the property."
    PropertyMissing "package_property_missing" Error
        "The descriptor has each property that the standard requires."
        "Add the property."
    VersionUnsupported "package_version_unsupported" Error
        "The profile of a package is one of Data Package 1 or 2."
        "Name https://datapackage.org/profiles/2.0/datapackage.json as $schema."
    ProfileUnchecked "package_profile_unchecked" Warning
        "A profile of somebody's own asks for more than the standard does; it is not fetched, and not checked."
        "Check the package against the profile before it is sent."
    LicenseMalformed "package_license_malformed" Error
        "Each license has a name or a path; licenses are not an empty list."
        "Name the license, for example ODC-PDDL-1.0."
    ContributorMalformed "package_contributor_malformed" Error
        "Each contributor has a title (in version 2, some property); contributors are not an empty list."
        "Give the contributor's title."
    SourceMalformed "package_source_malformed" Error
        "Each source has a title (in version 2, some property)."
        "Give the source's title."
    ResourcesTooMany "package_resources_too_many" Error
        "A package stays below the limits on its resources and on the files of each."
        "Split the package into smaller ones."
    ResourceNameMalformed "package_resource_name_malformed" Error
        "In version 1, a resource's name has lower-case letters, digits and '.', '_', '-', '/' only; in no version is it empty."
        "Rename the resource."
    ResourceNameTwice "package_resource_name_twice" Error
        "No two resources of a package have the same name."
        "Rename one of them."
    ResourceDataAndPath "package_resource_data_and_path" Error
        "A resource has either a path or data, and not both."
        "Keep the one that holds the data."
    PathUnsafe "package_path_unsafe" Error
        "A path stays within the package: relative, with slashes, without '..', a drive or control characters."
        "Write the path relative to the folder of datapackage.json."
    PathNotPlain "package_path_not_plain" Error
        "A path has no empty and no '.' segments, and is listed once in its resource."
        "Write the path in its shortest form."
    PathRemote "package_path_remote" Error
        "Every resource is in the package: an address is never fetched."
        "Send the file within the package, and name it by its path."
    PathMissing "package_path_missing" Error
        "Every file that the descriptor names is in the package."
        "Add the file, or correct the path."
    BytesMismatch "package_bytes_mismatch" Error
        "A resource has as many bytes as the descriptor gives."
        "Compare the file with its original, or correct the descriptor."
    HashMalformed "package_hash_malformed" Error
        "A hash is hexadecimal digits, as many as its algorithm gives, with the algorithm and a colon before them unless it is MD5."
        "Write the hash as sha256:DIGITS."
    HashUnsupported "package_hash_unsupported" Error
        "A hash is one of md5, sha1, sha256 and sha512, and is of one file."
        "Replace it by sha256; give no hash for a resource of several files."
    HashMismatch "package_hash_mismatch" Error
        "A resource has the hash that the descriptor gives."
        "Compare the file with its original, or correct the descriptor."
    HashWeak "package_hash_weak" Warning
        "A hash should be sha256 or sha512: md5 and sha1 show accidents, not intent."
        "Replace the hash by sha256."
    EncodingUnknown "package_encoding_unknown" Error
        "The encoding of a resource is one that is known here."
        "Write the file in UTF-8, which needs no encoding property."
    DialectUnsupported "package_dialect_unsupported" Error
        "A dialect asks for nothing that a reader of delimited text cannot do."
        "Write the file as comma-separated text with one line of headings."
    SchemaRemote "package_schema_remote" Error
        "A schema or dialect is in the package: an address is never fetched."
        "Write it into datapackage.json."
    SchemaFieldsMissing "package_schema_fields_missing" Error
        "A table schema names at least one field, and each field has a name."
        "Name each column in the schema."
    FieldsTooMany "package_fields_too_many" Error
        "A schema stays below the limits on its fields, and on the values and patterns that it lists."
        "Split the table, or shorten the lists."
    FieldNameTwice "package_field_name_twice" Error
        "No two fields of a schema have the same name."
        "Rename one of them; a column is found by its name."
    TypeUnknown "package_type_unknown" Error
        "The type of a field is one of Table Schema."
        "Use a type of Table Schema, or leave the type out."
    FormatUnknown "package_format_unknown" Error
        "The format of a field is one that Table Schema has for its type, or a pattern of dates and times that can be read here."
        "Use the default format, or a pattern made of %Y, %m, %d, %H, %M, %S and their like."
    FieldOptionMalformed "package_field_option_malformed" Error
        "The options of a field (decimalChar, groupChar, trueValues, delimiter, categories, ...) are as Table Schema has them, and do not contradict each other."
        "Correct the option."
    MissingValuesMalformed "package_missing_values_malformed" Error
        "missingValues are unique texts, or (from version 2) objects with a unique value and perhaps a label."
        "List each text that stands for no value once."
    ConstraintNotApplicable "package_constraint_not_applicable" Error
        "A constraint is one that Table Schema has for the field's type."
        "Remove the constraint, or give the field the type that it is meant for."
    ConstraintMalformed "package_constraint_malformed" Error
        "A constraint's value is of its kind, and one that the field itself could hold."
        "Write the constraint's value as the field's type and format have it."
    ConstraintUnsupported "package_constraint_unsupported" Error
        "Every constraint can be checked: jsonSchema and patterns that look around or back cannot."
        "Use a pattern without look-around and back-references, and check JSON values elsewhere."
    KeyMalformed "package_key_malformed" Error
        "A key lists fields of its schema, each once, and a reference as many of the other."
        "Correct the names of the fields."
    ReferenceUnknown "package_reference_unknown" Error
        "A foreign key refers to a table of the package, and to fields of that table's schema."
        "Correct the name of the resource, or of its fields."
    HeaderMismatch "package_header_mismatch" Error
        "The columns of a table are those of its schema, as fieldsMatch asks."
        "Correct the heading, or the schema, or say fieldsMatch."
    TableUnreadable "package_table_unreadable" Error
        "A resource with a table schema is a table that can be read here: delimited text or JSON Lines, of one resource alone."
        "Write the table as comma-separated text, and look at the reason that the file is given."
    RowsInvalid "package_rows_invalid" Error
        "Every row of a resource has a value for each column that its schema lets pass."
        "Correct the rows that the side file lists, or the schema."
    KeysTooMany "package_keys_too_many" Error
        "The keys of a package stay below the limit up to which they can be checked."
        "Split the package into smaller ones."
    KeyRepeated "package_key_repeated" Error
        "No two rows have the same value in a unique field, a primary key or a unique key."
        "Remove or correct the repeated row."
    KeyEmpty "package_key_empty" Error
        "No field of a primary key is without a value."
        "Give the row its key."
    ReferenceBroken "package_reference_broken" Error
        "The value of a foreign key is in the table that it refers to."
        "Add the row that is referred to, or correct the reference."
}
