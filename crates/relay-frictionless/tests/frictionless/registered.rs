//! Schemas of an organization's settings: which table schemas become one, and what is said of those that cannot.

use relay_frictionless::{Descriptor, FieldType, PackageRule, StandardVersion, TableSchema, Unregistrable};
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

fn from_settings(settings: &relay_model::TableSchema) -> TableSchema {
    TableSchema::from_settings(settings, &limits()).unwrap()
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
    assert_eq!(from_settings(&registered).to_settings(), Ok(registered.clone()));
    // As JSON, both ways of saying that a value is required are read.
    assert_eq!(
        to_settings(&serde_json::to_value(&registered).unwrap()),
        Ok(registered.clone())
    );
    let standard = serde_json::to_value(from_settings(&registered)).unwrap();
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
fn what_a_field_says_of_its_cells_is_registered_and_means_the_same() {
    for field in [
        json!({"type": "string", "format": "email"}),
        json!({"type": "date", "format": "%d.%m.%Y"}),
        json!({"type": "string", "missingValues": ["-"]}),
        json!({"type": "number", "decimalChar": ",", "groupChar": "."}),
        json!({"type": "integer", "bareNumber": false}),
        json!({"type": "boolean", "trueValues": ["true", "1"], "falseValues": ["no"]}),
        json!({"type": "string", "categories": ["a", "b"], "categoriesOrdered": true}),
        json!({"type": "list", "delimiter": ";", "itemType": "integer", "constraints": {"maxLength": 3}}),
        json!({"type": "year", "constraints": {"required": true, "minimum": "1900", "exclusiveMaximum": 2100}}),
        json!({"type": "string", "constraints": {"minLength": 1, "pattern": "[a-z]+", "enum": ["a", "b"]}}),
        json!({"type": "duration", "constraints": {"minimum": "PT1H"}}),
        json!({"type": "geopoint", "format": "array"}),
        json!({"type": "any"}),
    ] {
        let schema = json!({"fields": [with_name(&field)], "missingValues": ["", "?"]});
        let read = TableSchema::from_json(&schema, StandardVersion::Two, &limits()).unwrap();
        let settings = read.to_settings().unwrap();
        assert!(!settings.fields[0].is_plain(), "{field}");
        // As the registry keeps it.
        let kept: relay_model::TableSchema = serde_json::from_str(&serde_json::to_string(&settings).unwrap()).unwrap();
        assert_eq!(kept, settings, "{field}");
        assert_eq!(from_settings(&kept), read, "{field}");
    }
}

#[test]
fn every_type_is_registered_and_comes_back() {
    for field_type in FieldType::ALL {
        let schema = json!({"fields": [{"name": "f", "type": field_type, "constraints": {"required": true}}]});
        let read = TableSchema::from_json(&schema, StandardVersion::Two, &limits()).unwrap();
        let settings = read.to_settings().unwrap();
        assert!(settings.fields[0].required);
        let kept = serde_json::from_str(&serde_json::to_string(&settings).unwrap()).unwrap();
        let again = from_settings(&kept);
        assert_eq!(again.fields[0].field_type, *field_type);
        assert!(again.fields[0].constraints.required);
    }
}

#[test]
fn what_of_settings_cannot_be_read_is_named() {
    let field = json!({"name": "f", "type": "list", "itemType": "object", "constraints": {"minLength": "x"}});
    let settings: relay_model::TableSchema = serde_json::from_value(json!({ "fields": [field] })).unwrap();
    let findings = TableSchema::from_settings(&settings, &limits()).unwrap_err();
    assert_eq!(
        rules(&findings),
        [PackageRule::ConstraintMalformed, PackageRule::FieldOptionMalformed]
    );
}

#[test]
fn what_speaks_of_several_rows_or_cannot_be_checked_is_named_at_once_and_names_are_escaped() {
    let json = json!({
        "fields": [
            {"name": "a\u{1b}[2J", "type": "duration", "constraints": {"unique": true}},
            {"name": "b", "constraints": {"jsonSchema": {}}},
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
        "field 'a\\u{1b}[2J': constraints.unique cannot",
        "field 'b': constraints.jsonSchema cannot",
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
    assert_eq!(rules(&twice), [PackageRule::PropertyTwice]);
    assert_eq!(rules(&read("fields").unwrap_err()), [PackageRule::DescriptorMalformed]);
}
