//! What the tests have in common: schemas and readers from JSON, and the rules of findings.

use relay_frictionless::{
    CellRule, DescriptorLimits, FieldReader, Finding, PackageRule, SchemaReader, StandardVersion, TableSchema, Value,
};
use serde_json::{Value as Json, json};

pub fn limits() -> DescriptorLimits {
    DescriptorLimits::default()
}

/// A schema of version 2, or the rules that it breaks; also those found when it is compiled.
pub fn schema(json: &Json) -> Result<TableSchema, Vec<PackageRule>> {
    schema_of(json, StandardVersion::Two)
}

pub fn schema_of(json: &Json, version: StandardVersion) -> Result<TableSchema, Vec<PackageRule>> {
    let schema = TableSchema::from_json(json, version, &limits()).map_err(|findings| rules(&findings))?;
    match SchemaReader::new(&schema, &limits()) {
        Ok(_) => Ok(schema),
        Err(findings) => Err(rules(&findings)),
    }
}

pub fn rules(findings: &[Finding]) -> Vec<PackageRule> {
    findings.iter().map(|finding| finding.rule).collect()
}

/// The rules that a schema with this one field breaks.
pub fn faults(field: &Json) -> Vec<PackageRule> {
    schema(&json!({ "fields": [with_name(field)] }))
        .err()
        .unwrap_or_default()
}

pub fn with_name(field: &Json) -> Json {
    let mut field = field.clone();
    field["name"] = json!("f");
    field
}

/// The reader of a table with this one field.
pub fn reader(field: &Json) -> FieldReader {
    let schema = TableSchema::from_json(
        &json!({ "fields": [with_name(field)] }),
        StandardVersion::Two,
        &limits(),
    );
    let reader = SchemaReader::new(&schema.unwrap(), &limits()).unwrap();
    reader.fields()[0].clone()
}

/// What a text is in such a field, whatever it is kept as.
pub fn read(field: &Json, text: &str) -> Result<Option<Value<'static>>, CellRule> {
    let reader = reader(field);
    reader.read(text.as_bytes()).map(|value| value.map(owned))
}

/// The value of a text that has one.
pub fn value(field: &Json, text: &str) -> Value<'static> {
    read(field, text).unwrap().unwrap()
}

pub fn owned(value: Value<'_>) -> Value<'static> {
    match value {
        Value::Text(text) => Value::Text(text.into_owned().into()),
        Value::Integer(value) => Value::Integer(value),
        Value::Number(value) => Value::Number(value),
        Value::Boolean(value) => Value::Boolean(value),
        Value::Date(value) => Value::Date(value),
        Value::Time(value) => Value::Time(value),
        Value::Datetime { micros, zoned } => Value::Datetime { micros, zoned },
    }
}

/// Every text of the first list is read, every one of the second breaks this rule.
pub fn assert_reads(field: &Json, read_texts: &[&str], rule: CellRule, refused: &[&str]) {
    let reader = reader(field);
    for text in read_texts {
        assert!(
            matches!(reader.read(text.as_bytes()), Ok(Some(_))),
            "{field} {text}: {:?}",
            reader.read(text.as_bytes())
        );
    }
    for text in refused {
        assert_eq!(reader.read(text.as_bytes()), Err(rule), "{field} {text}");
    }
}
