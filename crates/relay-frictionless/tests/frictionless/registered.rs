//! Schemas of an organization's settings: which table schemas become one, and what is said of those that cannot.

use relay_frictionless::{Descriptor, StandardVersion, TableSchema, Unregistrable};
use serde_json::{Value as Json, json};

use crate::support::{limits, rules, with_name};

fn to_settings(json: &Json) -> Result<relay_model::TableSchema, Vec<Unregistrable>> {
    TableSchema::from_json(json, StandardVersion::Two, &limits())
        .unwrap()
        .to_settings()
}

fn reasons(json: &Json) -> Vec<String> {
    let reasons = to_settings(json).unwrap_err();
    reasons.iter().map(ToString::to_string).collect()
}

#[test]
fn six_types_and_what_is_required_come_back_as_they_were() {
    let registered: relay_model::TableSchema = serde_json::from_value(json!({
        "fields": [
            {"name": "a", "type": "integer", "required": true}, {"name": "b", "type": "number"}, {"name": "c", "type": "boolean"},
            {"name": "d", "type": "date"}, {"name": "e", "type": "datetime", "required": true}, {"name": "f\n", "type": "string"}
        ],
        "missingValues": ["-", ""]
    }))
    .unwrap();
    assert_eq!(TableSchema::from(&registered).to_settings(), Ok(registered.clone()));
    // As JSON, both ways of saying that a value is required are read.
    assert_eq!(
        to_settings(&serde_json::to_value(&registered).unwrap()),
        Ok(registered.clone())
    );
    let standard = serde_json::to_value(TableSchema::from(&registered)).unwrap();
    assert_eq!(standard["fields"][0]["constraints"]["required"], true);
    assert_eq!(to_settings(&standard), Ok(registered));
}

#[test]
fn what_says_nothing_of_the_data_or_the_default_is_no_reason() {
    let json = json!({
        "title": "T", "fieldsMatch": "exact", "missingValues": [{"value": "", "label": "none"}, {"value": "?"}],
        "fields": [
            {"name": "a", "type": "number", "format": "default", "decimalChar": ".", "bareNumber": true, "title": "A"},
            {"name": "b", "type": "string", "missingValues": ["?", ""], "constraints": {"unique": false}},
            {"name": "c", "type": "boolean", "trueValues": ["TRUE", "true", "True"]},
            {"name": "d", "type": "boolean"}
        ]
    });
    let schema = to_settings(&json).unwrap();
    assert_eq!(schema.missing_values, ["", "?"]);
    assert_eq!(schema.fields.len(), 4);
}

#[test]
fn each_property_that_cannot_be_registered_is_named() {
    for (field, property) in [
        (json!({"type": "string", "format": "email"}), "format"),
        (json!({"type": "date", "format": "any"}), "format"),
        (json!({"type": "string", "missingValues": ["-"]}), "missingValues"),
        (json!({"type": "number", "decimalChar": ","}), "decimalChar"),
        (json!({"type": "integer", "groupChar": ","}), "groupChar"),
        (json!({"type": "number", "bareNumber": false}), "bareNumber"),
        (json!({"type": "boolean", "trueValues": ["true", "1"]}), "trueValues"),
        (json!({"type": "boolean", "falseValues": ["no"]}), "falseValues"),
        (json!({"type": "string", "categories": ["a"]}), "categories"),
    ] {
        let expected = format!("field 'f': {property} cannot be registered");
        assert_eq!(reasons(&json!({"fields": [with_name(&field)]})), [expected], "{field}");
    }
    for (name, value) in [
        ("unique", json!(true)),
        ("minLength", json!(1)),
        ("maxLength", json!(1)),
        ("minimum", json!(1)),
        ("maximum", json!(1)),
        ("exclusiveMinimum", json!(1)),
        ("exclusiveMaximum", json!(1)),
        ("pattern", json!("a")),
        ("enum", json!(["a"])),
        ("jsonSchema", json!({})),
    ] {
        let field = json!({"name": "f", "type": "string", "constraints": {name: value}});
        let expected = format!("field 'f': constraints.{name} cannot be registered");
        assert_eq!(reasons(&json!({ "fields": [field] })), [expected]);
    }
}

#[test]
fn everything_is_said_at_once_and_names_are_escaped() {
    let json = json!({
        "fields": [
            {"name": "a\u{1b}[2J", "type": "duration", "constraints": {"minimum": "PT1H"}},
            {"name": "b"},
            {"name": "c", "type": "string"}
        ],
        "fieldsMatch": "subset", "primaryKey": "c", "uniqueKeys": [["c"]],
        "foreignKeys": [{"fields": ["c"], "reference": {"resource": "x", "fields": ["y"]}}]
    });
    let said = reasons(&json);
    let beginnings = [
        "the table: fieldsMatch cannot be registered: ",
        "the table: primaryKey cannot",
        "the table: uniqueKeys cannot",
        "the table: foreignKeys cannot",
        "field 'a\\u{1b}[2J': constraints.minimum cannot",
        "field 'a\\u{1b}[2J': type is duration, which is none of integer, ",
        "field 'b': type is any (or none is given), which is none of",
    ];
    assert_eq!(said.len(), beginnings.len(), "{said:#?}");
    for (said, beginning) in said.iter().zip(beginnings) {
        assert!(said.starts_with(beginning), "{said}");
    }
}

#[test]
fn a_resource_that_is_read_in_another_way_cannot_be_registered() {
    let of = |more: Json| {
        let mut resource =
            json!({"name": "r", "path": "r.csv", "schema": {"fields": [{"name": "a", "type": "string"}]}});
        resource
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let bytes = serde_json::to_vec(&json!({ "resources": [resource] })).unwrap();
        let (descriptor, findings) = Descriptor::read(&bytes, &limits());
        assert!(!findings.has_errors(), "{findings:?}");
        let reasons = descriptor.unwrap().resources[0].unregistrable();
        reasons.iter().map(|reason| reason.property).collect::<Vec<_>>()
    };
    assert_eq!(of(json!({})), [""; 0]);
    assert_eq!(of(json!({"dialect": {"delimiter": ","}, "encoding": "utf-8"})), [""; 0]);
    assert_eq!(of(json!({"dialect": {"delimiter": ";"}})), ["dialect"]);
    assert_eq!(of(json!({"dialect": "dialect.json"})), ["dialect"]);
    assert_eq!(
        of(json!({"format": "tsv", "encoding": "iso-8859-1"})),
        ["dialect", "encoding"]
    );
}

#[test]
fn a_schema_in_a_file_of_its_own_has_no_name_twice() {
    let read = |text: &str| TableSchema::from_bytes(text.as_bytes(), StandardVersion::Two, &limits());
    assert!(read("\u{feff}{\"fields\": [{\"name\": \"a\"}]}").is_ok());
    let twice = read(r#"{"fields": [{"name": "a", "type": "date", "type": "string"}]}"#).unwrap_err();
    assert_eq!(rules(&twice), [relay_frictionless::PackageRule::PropertyTwice]);
    assert_eq!(
        rules(&read("fields").unwrap_err()),
        [relay_frictionless::PackageRule::DescriptorMalformed]
    );
}
