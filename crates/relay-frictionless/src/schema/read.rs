//! A schema is read from JSON.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::read_field::{field, missing_values};
use super::{FieldsMatch, ForeignKey, MissingValue, Reference, StandardVersion, TableSchema};
use crate::DescriptorLimits;
use crate::finding::Finding;
use crate::json::{Properties, texts_of};
use crate::rule::PackageRule::{
    self, FieldNameTwice, FieldsTooMany, KeyMalformed, PropertyMalformed, SchemaFieldsMissing,
};

pub(super) fn schema(
    value: &Value,
    version: StandardVersion,
    limits: &DescriptorLimits,
) -> Result<TableSchema, Vec<Finding>> {
    let Some(map) = value.as_object() else {
        return Err(vec![Finding::new(PropertyMalformed, "a schema is an object")]);
    };
    let mut findings = Vec::new();
    let mut properties = Properties {
        map,
        findings: &mut findings,
        rule: PropertyMalformed,
        field: None,
    };
    let fields = fields(&mut properties, version, limits);
    let missing = missing_values(&mut properties, version, limits);
    let schema = TableSchema {
        fields,
        fields_match: fields_match(&mut properties),
        missing_values: missing.unwrap_or_else(|| vec![MissingValue::Text(String::new())]),
        primary_key: primary_key(&mut properties),
        unique_keys: unique_keys(&mut properties, limits),
        foreign_keys: foreign_keys(&mut properties, limits),
    };
    keys_name_fields(&schema, &mut properties);
    if findings.is_empty() { Ok(schema) } else { Err(findings) }
}

fn fields(
    properties: &mut Properties<'_, '_>,
    version: StandardVersion,
    limits: &DescriptorLimits,
) -> Vec<super::Field> {
    let listed = properties.list("fields").map_or(&[][..], Vec::as_slice);
    if listed.is_empty() {
        properties.fault(SchemaFieldsMissing, "the schema has no fields");
    }
    if listed.len() > limits.fields_max {
        let text = format!("{} fields, where {} are allowed", listed.len(), limits.fields_max);
        properties.fault(FieldsTooMany, text);
        return Vec::new();
    }
    let mut seen = HashSet::new();
    let mut fields = Vec::new();
    for (index, value) in listed.iter().enumerate() {
        let number = index + 1;
        let Some(map) = value.as_object() else {
            properties.fault(PropertyMalformed, format!("field {number} is not an object"));
            continue;
        };
        let name = map.get("name").and_then(Value::as_str).unwrap_or("");
        if name.is_empty() {
            properties.fault(SchemaFieldsMissing, format!("field {number} has no name"));
            continue;
        }
        if !seen.insert(name) {
            let text = format!("field {number} has the name of one before it");
            properties
                .findings
                .push(Finding::new(FieldNameTwice, text).in_field(name));
        }
        fields.push(field(name, map, version, limits, properties.findings));
    }
    fields
}

fn fields_match(properties: &mut Properties<'_, '_>) -> FieldsMatch {
    use FieldsMatch::{Equal, Exact, Partial, Subset, Superset};
    // The profile of 2.0 asked for a list, by mistake; what was written by it is read.
    let name = match properties.map.get("fieldsMatch") {
        None => return Exact,
        Some(Value::Array(names)) if names.len() == 1 => names[0].as_str(),
        Some(name) => name.as_str(),
    };
    let known = [Exact, Equal, Subset, Superset, Partial];
    let found = known.into_iter().find(|known| name == Some(known.name()));
    found.unwrap_or_else(|| {
        let text = "fieldsMatch is none of exact, equal, subset, superset and partial";
        properties.fault(PropertyMalformed, text);
        Exact
    })
}

/// An empty list is no key, and a fault: whoever wrote it meant something else.
fn names(
    properties: &mut Properties<'_, '_>,
    rule: PackageRule,
    what: &str,
    names: Option<Vec<String>>,
) -> Vec<String> {
    let names = names.unwrap_or_default();
    if names.is_empty() {
        properties.fault(rule, format!("{what} lists no fields"));
    }
    names
}

fn primary_key(properties: &mut Properties<'_, '_>) -> Vec<String> {
    if !properties.map.contains_key("primaryKey") {
        return Vec::new();
    }
    let key = properties.text_or_texts("primaryKey");
    names(properties, KeyMalformed, "primaryKey", key)
}

fn listed<'a>(properties: &mut Properties<'a, '_>, name: &str, limits: &DescriptorLimits) -> &'a [Value] {
    if !properties.map.contains_key(name) {
        return &[];
    }
    let list = properties.list(name).map_or(&[][..], Vec::as_slice);
    if list.is_empty() {
        properties.fault(KeyMalformed, format!("{name} lists no keys"));
    }
    if list.len() > limits.schema_keys_max {
        let allowed = limits.schema_keys_max;
        properties.fault(
            FieldsTooMany,
            format!("{} {name}, where {allowed} are allowed", list.len()),
        );
        return &[];
    }
    list
}

fn unique_keys(properties: &mut Properties<'_, '_>, limits: &DescriptorLimits) -> Vec<Vec<String>> {
    let keys = listed(properties, "uniqueKeys", limits);
    keys.iter()
        .map(|key| names(properties, KeyMalformed, "a unique key", texts_of(key)))
        .collect()
}

fn foreign_keys(properties: &mut Properties<'_, '_>, limits: &DescriptorLimits) -> Vec<ForeignKey> {
    let keys = listed(properties, "foreignKeys", limits);
    let keys = keys.iter().filter_map(|key| foreign_key(key.as_object(), properties));
    keys.collect()
}

fn foreign_key(key: Option<&Map<String, Value>>, properties: &mut Properties<'_, '_>) -> Option<ForeignKey> {
    let Some(key) = key else {
        properties.fault(KeyMalformed, "a foreign key is not an object");
        return None;
    };
    let Some(reference) = key.get("reference").and_then(Value::as_object) else {
        properties.fault(KeyMalformed, "a foreign key has no reference");
        return None;
    };
    let mut of = |map| {
        let mut properties = Properties {
            map,
            findings: properties.findings,
            rule: KeyMalformed,
            field: None,
        };
        let fields = properties.text_or_texts("fields");
        let fields = names(&mut properties, KeyMalformed, "a foreign key", fields);
        (fields, properties.text("resource"))
    };
    let (fields, _) = of(key);
    let (referred, resource) = of(reference);
    if fields.len() != referred.len() {
        properties.fault(KeyMalformed, "a foreign key refers to more or fewer fields than it has");
    }
    Some(ForeignKey {
        fields,
        reference: Reference {
            // Version 1 lets a table refer to itself by an empty text.
            resource: resource.filter(|name| !name.is_empty()).map(str::to_owned),
            fields: referred,
        },
    })
}

fn keys_name_fields(schema: &TableSchema, properties: &mut Properties<'_, '_>) {
    let known: HashSet<&str> = schema.fields.iter().map(|field| field.name.as_str()).collect();
    let primary = std::iter::once(("primaryKey", &schema.primary_key));
    let unique = schema.unique_keys.iter().map(|key| ("a unique key", key));
    let foreign = schema.foreign_keys.iter().map(|key| ("a foreign key", &key.fields));
    let own = schema
        .foreign_keys
        .iter()
        .filter(|key| key.reference.resource.is_none());
    let own = own.map(|key| ("a foreign key to the table itself", &key.reference.fields));
    for (what, names) in primary.chain(unique).chain(foreign).chain(own) {
        let mut seen = HashSet::new();
        for name in names {
            if !known.contains(name.as_str()) {
                let text = format!("{what} lists it, and the schema has no such field");
                properties
                    .findings
                    .push(Finding::new(KeyMalformed, text).in_field(name));
            } else if !seen.insert(name) {
                let text = format!("{what} lists it twice");
                properties
                    .findings
                    .push(Finding::new(KeyMalformed, text).in_field(name));
            }
        }
    }
}
