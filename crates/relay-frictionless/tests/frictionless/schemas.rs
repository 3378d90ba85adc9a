//! Schemas are read from JSON, and what is wrong with them is said by rule.

use relay_frictionless::{
    DescriptorLimits, FieldType, FieldsMatch, Finding, PackageRule, StandardVersion, TableSchema,
};
use serde_json::{Value as Json, json};

use crate::support::{faults, limits, read, rules, schema, schema_of};

#[test]
fn a_schema_is_written_as_it_was_read() {
    let json = json!({
        "fields": [
            {"name": "id", "type": "integer", "groupChar": ",", "bareNumber": false, "constraints": {"required": true, "minimum": 1}},
            {"name": "kind", "type": "string", "categories": [{"value": "a", "label": "A"}], "categoriesOrdered": false},
            {"name": "tags", "type": "list", "delimiter": ";", "itemType": "date"},
            {"name": "flag", "type": "boolean", "trueValues": ["y"], "falseValues": ["n"], "missingValues": ["?"]},
            {"name": "cost", "type": "number", "decimalChar": ",", "constraints": {"enum": ["1,5"]}},
            {"name": "day", "type": "date", "format": "%d.%m.%Y"}
        ],
        "fieldsMatch": "subset",
        "missingValues": [{"value": "", "label": "none"}, {"value": "-"}],
        "primaryKey": ["id"],
        "uniqueKeys": [["kind", "day"]],
        "foreignKeys": [{"fields": ["kind"], "reference": {"resource": "kinds", "fields": ["code"]}}]
    });
    let read = schema(&json).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), json);
    assert_eq!(schema(&serde_json::to_value(&read).unwrap()).unwrap(), read);
}

#[test]
fn unknown_properties_say_nothing() {
    let json = json!({"fields": [{"name": "a", "type": "string", "x-unit": 5, "rdfType": "http://a.org"}], "title": "T", "custom": []});
    assert!(schema(&json).is_ok());
}

#[test]
fn a_field_without_a_type_is_text_in_version_1_and_anything_in_version_2() {
    let json = json!({"fields": [{"name": "a"}]});
    let type_in = |version| schema_of(&json, version).unwrap().fields[0].field_type;
    assert_eq!(type_in(StandardVersion::One), FieldType::String);
    assert_eq!(type_in(StandardVersion::Two), FieldType::Any);
}

#[test]
fn keys_are_lists_or_single_names() {
    let json = json!({"fields": [{"name": "a", "type": "string"}], "primaryKey": "a",
        "foreignKeys": [{"fields": "a", "reference": {"resource": "", "fields": "a"}}]});
    let schema = schema(&json).unwrap();
    assert_eq!(schema.primary_key, ["a"]);
    assert_eq!(schema.foreign_keys[0].reference.resource, None);
}

#[test]
fn fields_match_has_five_spellings() {
    let with = |value: Json| {
        schema(&json!({"fields": [{"name": "a"}], "fieldsMatch": value})).map(|schema| schema.fields_match)
    };
    for (name, expected) in [
        ("exact", FieldsMatch::Exact),
        ("equal", FieldsMatch::Equal),
        ("subset", FieldsMatch::Subset),
        ("superset", FieldsMatch::Superset),
        ("partial", FieldsMatch::Partial),
    ] {
        assert_eq!(with(json!(name)), Ok(expected));
        assert_eq!(
            with(json!([name])),
            Ok(expected),
            "as the profile of 2.0 asked by mistake"
        );
    }
    assert_eq!(with(json!("other")), Err(vec![PackageRule::PropertyMalformed]));
}

#[test]
fn schemas_that_cannot_be_used_say_why() {
    use PackageRule::{
        FieldNameTwice, FieldOptionMalformed, KeyMalformed, MissingValuesMalformed, PropertyMalformed,
        SchemaFieldsMissing,
    };
    let fields = json!([{"name": "a"}, {"name": "b"}]);
    for (json, rule) in [
        (json!([]), PropertyMalformed),
        (json!({}), SchemaFieldsMissing),
        (json!({"fields": []}), SchemaFieldsMissing),
        (json!({"fields": [{"type": "string"}]}), SchemaFieldsMissing),
        (json!({"fields": ["a"]}), PropertyMalformed),
        (json!({"fields": [{"name": "a"}, {"name": "a"}]}), FieldNameTwice),
        (json!({"fields": [{"name": "a", "type": 5}]}), FieldOptionMalformed),
        (
            json!({"fields": fields, "missingValues": ["", ""]}),
            MissingValuesMalformed,
        ),
        (json!({"fields": fields, "missingValues": [5]}), MissingValuesMalformed),
        (
            json!({"fields": fields, "missingValues": ["", {"value": "-"}]}),
            MissingValuesMalformed,
        ),
        (
            json!({"fields": fields, "missingValues": [{"value": "", "label": "x"}, {"value": "-", "label": "x"}]}),
            MissingValuesMalformed,
        ),
        (json!({"fields": fields, "primaryKey": ["c"]}), KeyMalformed),
        (json!({"fields": fields, "primaryKey": []}), KeyMalformed),
        (json!({"fields": fields, "primaryKey": ["a", "a"]}), KeyMalformed),
        (json!({"fields": fields, "uniqueKeys": []}), KeyMalformed),
        (json!({"fields": fields, "uniqueKeys": ["a"]}), KeyMalformed),
        (json!({"fields": fields, "foreignKeys": [5]}), KeyMalformed),
        (
            json!({"fields": fields, "foreignKeys": [{"fields": ["a"]}]}),
            KeyMalformed,
        ),
        (
            json!({"fields": fields, "foreignKeys": [{"fields": ["a"], "reference": {"fields": ["a", "b"]}}]}),
            KeyMalformed,
        ),
        (
            json!({"fields": fields, "foreignKeys": [{"fields": ["a"], "reference": {"fields": ["c"]}}]}),
            KeyMalformed,
        ),
    ] {
        assert_eq!(schema(&json).map(|_| ()), Err(vec![rule]), "{json}");
    }
    let labelled = json!({"fields": fields, "missingValues": [{"value": ""}]});
    assert_eq!(
        schema_of(&labelled, StandardVersion::One).map(|_| ()),
        Err(vec![MissingValuesMalformed])
    );
}

#[test]
fn types_formats_and_options_are_known() {
    use PackageRule::{FieldOptionMalformed, FormatUnknown, TypeUnknown};
    for (field, rule) in [
        (json!({"type": "text"}), TypeUnknown),
        (json!({"type": "list", "itemType": "text"}), TypeUnknown),
        (json!({"type": "list", "itemType": "object"}), FieldOptionMalformed),
        (json!({"type": "list", "delimiter": ""}), FieldOptionMalformed),
        (json!({"type": "string", "format": "wkt"}), FormatUnknown),
        (json!({"type": "integer", "format": "x"}), FormatUnknown),
        (json!({"type": "geopoint", "format": "x"}), FormatUnknown),
        (json!({"type": "geojson", "format": "x"}), FormatUnknown),
        (json!({"type": "date", "format": "x"}), FormatUnknown),
        (json!({"type": "date", "format": "%c"}), FormatUnknown),
        (json!({"type": "date", "format": "%d %m"}), FormatUnknown),
        (json!({"type": "date", "format": "%Y %Y"}), FormatUnknown),
        (json!({"type": "date", "format": "%Y %"}), FormatUnknown),
        (json!({"type": "date", "format": "%Y-%m-%d %z"}), FormatUnknown),
        (json!({"type": "time", "format": "%M"}), FormatUnknown),
        (json!({"type": "time", "format": "%I:%M"}), FormatUnknown),
        (json!({"type": "number", "decimalChar": ""}), FieldOptionMalformed),
        (
            json!({"type": "number", "decimalChar": ",", "groupChar": ","}),
            FieldOptionMalformed,
        ),
        (json!({"type": "number", "groupChar": "1"}), FieldOptionMalformed),
        (json!({"type": "number", "bareNumber": "no"}), FieldOptionMalformed),
        (json!({"type": "boolean", "trueValues": []}), FieldOptionMalformed),
        (
            json!({"type": "boolean", "trueValues": ["x"], "falseValues": ["x"]}),
            FieldOptionMalformed,
        ),
        (json!({"type": "boolean", "trueValues": [1]}), FieldOptionMalformed),
        (
            json!({"type": "string", "categories": ["a", "a"]}),
            FieldOptionMalformed,
        ),
        (
            json!({"type": "string", "categories": [{"label": "a"}]}),
            FieldOptionMalformed,
        ),
    ] {
        assert_eq!(faults(&field), [rule], "{field}");
    }
}

#[test]
fn schemas_stay_below_limits() {
    let small = DescriptorLimits {
        fields_max: 1,
        list_values_max: 1,
        schema_keys_max: 1,
        ..limits()
    };
    for json in [
        json!({"fields": [{"name": "a"}, {"name": "b"}]}),
        json!({"fields": [{"name": "a", "type": "boolean", "trueValues": ["a", "b"]}]}),
        json!({"fields": [{"name": "a", "constraints": {"enum": ["a", "b"]}}]}),
        json!({"fields": [{"name": "a"}], "missingValues": ["a", "b"]}),
        json!({"fields": [{"name": "a"}], "uniqueKeys": [["a"], ["a"]]}),
    ] {
        let found = TableSchema::from_json(&json, StandardVersion::Two, &small).map(|_| ());
        assert_eq!(
            found.map_err(|findings| rules(&findings)),
            Err(vec![PackageRule::FieldsTooMany]),
            "{json}"
        );
    }
}

#[test]
fn the_schema_of_settings_means_the_same() {
    let text = r#"{"fields": [{"name": "a", "type": "boolean", "required": true}, {"name": "b"}, {"name": "c", "type": "datetime"}], "missingValues": ["-"]}"#;
    let settings: relay_model::TableSchema = serde_json::from_str(text).unwrap();
    let schema = TableSchema::from_settings(&settings, &limits()).unwrap();
    let names: Vec<(&str, FieldType, bool)> = schema
        .fields
        .iter()
        .map(|field| (field.name.as_str(), field.field_type, field.constraints.required))
        .collect();
    assert_eq!(
        names,
        [
            ("a", FieldType::Boolean, true),
            ("b", FieldType::String, false),
            ("c", FieldType::Datetime, false)
        ]
    );
    assert_eq!(schema.missing_values[0].text(), "-");
    let field = serde_json::to_value(&schema.fields[0]).unwrap();
    assert!(read(&field, "1").is_err(), "settings have no such boolean");
    assert!(read(&field, "TRUE").is_ok());
}

#[test]
fn findings_show_names_escaped_and_cut() {
    let finding = Finding::new(PackageRule::KeyMalformed, "x")
        .in_field(&format!("a\n{}", "b".repeat(500)))
        .in_row(7);
    let shown = finding.to_string();
    assert!(
        shown.contains(r"a\nb") && shown.contains('…') && shown.contains("row 7") && shown.len() < 300,
        "{shown}"
    );
}
