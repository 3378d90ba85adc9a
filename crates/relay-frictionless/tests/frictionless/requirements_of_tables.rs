//! What Table Schema asks, in our words.

use relay_frictionless::CellRule as Cell;
use relay_frictionless::PackageRule::*;

use crate::requirements::{Requirement, cell, package};

pub const REQUIREMENTS: &[Requirement] = &[
    package(
        "Table Schema, `fields`",
        "A schema has fields, and each a name; here a name of its own.",
        &[SchemaFieldsMissing, FieldNameTwice],
        &["schemas_that_cannot_be_used_say_why"],
    ),
    package(
        "Table Schema, `fieldsMatch`",
        "The columns are the fields: exact, equal, subset, superset, partial.",
        &[HeaderMismatch],
        &[
            "fields_match_says_which_columns_there_are",
            "columns_are_found_by_name",
            "fields_match_has_five_spellings",
        ],
    ),
    package(
        "Table Schema, `type`",
        "A type is one of sixteen; without one, text in version 1 and anything in version 2.",
        &[TypeUnknown],
        &[
            "types_formats_and_options_are_known",
            "a_field_without_a_type_is_text_in_version_1_and_anything_in_version_2",
        ],
    ),
    package(
        "Table Schema, `format` and options",
        "A format and an option belong to the type.",
        &[FormatUnknown, FieldOptionMalformed],
        &["types_formats_and_options_are_known"],
    ),
    package(
        "Table Schema, `missingValues`",
        "Unique texts, or in version 2 objects with labels; a field's own replace the schema's.",
        &[MissingValuesMalformed],
        &["schemas_that_cannot_be_used_say_why"],
    ),
    cell(
        "Table Schema, `missingValues`",
        "A text that is listed is no value.",
        &[],
        &["missing_values_are_whole_texts"],
    ),
    package(
        "Table Schema, constraints",
        "A constraint belongs to the type, and its value is one of the field's.",
        &[ConstraintNotApplicable, ConstraintMalformed],
        &["constraints_belong_to_types", "what_cannot_be_checked_is_refused"],
    ),
    package(
        "Table Schema, `jsonSchema`, `pattern`",
        "What cannot be checked is refused: jsonSchema; look-around and back-references.",
        &[ConstraintUnsupported],
        &["what_cannot_be_checked_is_refused", "patterns_match_whole_values"],
    ),
    cell(
        "Table Schema, string",
        "UTF-8; formats default, email, uri, binary, uuid.",
        &[Cell::Encoding, Cell::Format],
        &["strings_are_any_utf8", "strings_have_formats"],
    ),
    cell(
        "Table Schema, number",
        "Decimals, an exponent, NaN, INF, -INF; decimalChar, groupChar, bareNumber.",
        &[Cell::Type, Cell::Range],
        &[
            "numbers_are_decimals_with_an_exponent_or_special",
            "other_characters_may_group_digits_and_mark_decimals",
            "what_stands_around_a_number_may_be_stripped",
        ],
    ),
    cell(
        "Table Schema, integer",
        "Whole numbers of 64 bits; groupChar, bareNumber.",
        &[Cell::Type, Cell::Range],
        &["integers_fit_64_bits", "every_integer_and_number_is_read_as_written"],
    ),
    cell(
        "Table Schema, boolean",
        "trueValues and falseValues.",
        &[Cell::Type],
        &["booleans_are_the_listed_texts"],
    ),
    cell(
        "Table Schema, object, array",
        "JSON.",
        &[Cell::Type],
        &["objects_and_arrays_are_json"],
    ),
    cell(
        "Table Schema, list",
        "Items of one type, between delimiters.",
        &[Cell::Type],
        &["lists_have_items_of_one_type"],
    ),
    cell(
        "Table Schema, date",
        "yyyy-mm-dd; a pattern; any.",
        &[Cell::Type, Cell::Format],
        &[
            "dates_are_days_of_the_calendar",
            "dates_may_be_written_by_a_pattern",
            "any_date_is_one_that_has_one_meaning",
        ],
    ),
    cell(
        "Table Schema, time",
        "hh:mm:ss; a pattern; any.",
        &[Cell::Type, Cell::Format, Cell::Range],
        &["times_are_of_a_day"],
    ),
    cell(
        "Table Schema, datetime",
        "dateTime of XML Schema; a pattern; any.",
        &[Cell::Type, Cell::Format, Cell::Range],
        &["datetimes_are_instants_or_clocks_on_the_wall"],
    ),
    cell(
        "Table Schema, year, yearmonth",
        "gYear and gYearMonth of XML Schema.",
        &[Cell::Type],
        &["years_and_months_are_of_xml_schema"],
    ),
    cell(
        "Table Schema, duration",
        "duration of XML Schema.",
        &[Cell::Type, Cell::Range],
        &["durations_are_of_xml_schema"],
    ),
    cell(
        "Table Schema, geopoint",
        "Formats default, array, object.",
        &[Cell::Type, Cell::Format],
        &["geopoints_are_places_on_the_earth"],
    ),
    cell(
        "Table Schema, geojson",
        "GeoJSON (RFC 7946); TopoJSON.",
        &[Cell::Type, Cell::Format],
        &["geojson_is_of_rfc_7946"],
    ),
    cell(
        "Table Schema, any",
        "Any text; of JSON, any value.",
        &[],
        &["a_column_has_one_physical_type", "json_values_have_kinds"],
    ),
    cell(
        "Data Package, native and lexical values",
        "JSON's numbers, booleans, arrays and objects are values of their types.",
        &[Cell::Type],
        &["json_values_have_kinds"],
    ),
    cell(
        "Table Schema, `required`",
        "A value in every row.",
        &[Cell::Required],
        &["required_values_are_there"],
    ),
    cell(
        "Table Schema, `minLength`, `maxLength`",
        "Characters, items, members.",
        &[Cell::MinLength, Cell::MaxLength],
        &["lengths_are_characters_items_or_members"],
    ),
    cell(
        "Table Schema, `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`",
        "Bounds of every type with an order.",
        &[
            Cell::Minimum,
            Cell::Maximum,
            Cell::ExclusiveMinimum,
            Cell::ExclusiveMaximum,
        ],
        &[
            "bounds_hold_every_type_that_has_an_order",
            "bounds_are_json_or_text_and_hold_what_can_be_compared",
        ],
    ),
    cell(
        "Table Schema, `pattern`",
        "The whole value matches.",
        &[Cell::Pattern],
        &["patterns_match_whole_values"],
    ),
    cell(
        "Table Schema, `enum`",
        "The logical value is listed.",
        &[Cell::Enum],
        &["enums_list_logical_values"],
    ),
    cell(
        "Table Schema, `categories`",
        "The value is one of them; enum lists some of them.",
        &[Cell::Category],
        &["categories_are_the_only_values"],
    ),
    package(
        "Table Schema, keys",
        "A key lists fields of its schema.",
        &[KeyMalformed],
        &["schemas_that_cannot_be_used_say_why", "keys_are_lists_or_single_names"],
    ),
    package(
        "Table Schema, `unique`, `uniqueKeys`",
        "No value twice; rows without one are left out.",
        &[KeyRepeated],
        &[
            "unique_fields_have_no_value_twice",
            "unique_keys_leave_out_what_is_empty",
        ],
    ),
    package(
        "Table Schema, `primaryKey`",
        "No key twice, and none without a value.",
        &[KeyRepeated, KeyEmpty],
        &["primary_keys_are_there_and_unique"],
    ),
    package(
        "Table Schema, `foreignKeys`",
        "The row that is referred to is there, in the table itself or in another of the package.",
        &[ReferenceBroken],
        &[
            "references_are_met_in_any_order_of_tables",
            "a_table_may_refer_to_itself",
        ],
    ),
    package(
        "Table Schema, `foreignKeys`",
        "A reference names a table of the package, and its fields.",
        &[ReferenceUnknown],
        &[
            "references_lead_to_tables_of_the_package",
            "references_name_tables_that_have_schemas",
        ],
    ),
    package(
        "Tabular Data Resource, `format`",
        "A table with a schema can be read: delimited text or JSON Lines; a table in parts has its heading in the first.",
        &[TableUnreadable],
        &[
            "a_table_with_a_schema_is_one_that_can_be_read",
            "lines_of_json_are_held_to_a_schema_as_well",
            "a_table_in_parts_has_its_heading_in_the_first",
        ],
    ),
    package(
        "Table Schema, rows",
        "Every row fits; one that does not makes the package invalid, and the side file says which.",
        &[RowsInvalid],
        &["every_row_fits_its_schema"],
    ),
    package(
        "limits",
        "Keys that cannot be checked do not pass.",
        &[KeysTooMany],
        &["beyond_the_limit_nothing_passes"],
    ),
];
