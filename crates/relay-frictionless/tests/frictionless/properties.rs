//! What holds for every text.

use proptest::prelude::*;
use relay_frictionless::{
    Descriptor, FieldType, JsonKind, PhysicalType, SchemaDiff, StandardVersion, TableSchema, Value,
};
use serde_json::json;

use crate::support::{limits, reader, schema};

fn physical(value: &Value<'_>) -> PhysicalType {
    match value {
        Value::Integer(_) => PhysicalType::Integer,
        Value::Number(_) => PhysicalType::Number,
        Value::Boolean(_) => PhysicalType::Boolean,
        Value::Date(_) => PhysicalType::Date,
        Value::Time(_) => PhysicalType::Time,
        Value::Datetime { .. } => PhysicalType::Datetime,
        Value::Text(_) => PhysicalType::Text,
    }
}

fn cell() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..24),
        "[-+0-9.,:eETZP YMDHS/{}\\[\\]\"a-z%]{0,24}".prop_map(String::into_bytes),
        "-?[0-9]{1,4}-[01][0-9]-[0-3][0-9]([T ][0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{1,7})?(Z|[+-][01][0-9]:00)?)?"
            .prop_map(String::into_bytes),
    ]
}

proptest! {
    #[test]
    fn a_value_is_of_the_physical_type_of_its_field(bytes in cell(), number in 0..FieldType::ALL.len()) {
        let field_type = FieldType::ALL[number];
        let reader = reader(&json!({"type": field_type.name()}));
        for found in [
            reader.read(&bytes),
            reader.read_json(JsonKind::String, &bytes),
            reader.read_json(JsonKind::Number, &bytes),
            reader.read_json(JsonKind::Nested, &bytes),
        ] {
            if let Ok(Some(value)) = found {
                prop_assert_eq!(physical(&value), reader.physical_type());
                if let Value::Text(text) = value {
                    prop_assert!(std::str::from_utf8(&text).is_ok());
                }
            }
        }
    }

    #[test]
    fn every_integer_and_number_is_read_as_written(integer in any::<i64>(), number in any::<f64>()) {
        let field = reader(&json!({"type": "integer"}));
        let written = integer.to_string();
        prop_assert_eq!(field.read(written.as_bytes()), Ok(Some(Value::Integer(integer))));
        prop_assume!(number.is_finite());
        let field = reader(&json!({"type": "number"}));
        let written = format!("{number:e}");
        prop_assert_eq!(field.read(written.as_bytes()), Ok(Some(Value::Number(number))));
    }

    #[test]
    fn a_day_is_read_alike_by_the_default_and_by_its_pattern(year in 1..9999_i32, month in 1..13_u8, day in 1..32_u8) {
        let default = reader(&json!({"type": "date"}));
        let pattern = reader(&json!({"type": "date", "format": "%d/%m/%Y"}));
        let first = default.read(format!("{year:04}-{month:02}-{day:02}").as_bytes()).ok().flatten().map(crate::support::owned);
        let second = pattern.read(format!("{day}/{month}/{year:04}").as_bytes()).ok().flatten().map(crate::support::owned);
        prop_assert_eq!(first, second);
    }

    #[test]
    fn any_bytes_are_a_descriptor_or_a_finding(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let (descriptor, findings) = Descriptor::read(&bytes, &limits());
        prop_assert!(descriptor.is_some() || findings.has_errors());
    }

    #[test]
    fn a_pattern_of_any_text_is_compiled_or_refused(pattern in ".{0,20}", text in ".{0,20}") {
        let json = json!({"fields": [{"name": "f", "type": "string", "constraints": {"pattern": pattern}},
            {"name": "d", "type": "datetime", "format": pattern}]});
        let found = TableSchema::from_json(&json, StandardVersion::Two, &limits());
        if let Ok(schema) = found
            && let Ok(reader) = relay_frictionless::SchemaReader::new(&schema, &limits())
        {
            for field in reader.fields() {
                let _ = field.read(text.as_bytes());
            }
        }
    }

    #[test]
    fn a_schema_does_not_differ_from_itself(names in prop::collection::hash_set("[a-z]{1,6}", 1..6), number in 0..FieldType::ALL.len()) {
        let fields: Vec<_> = names.iter().map(|name| json!({"name": name, "type": FieldType::ALL[number].name()})).collect();
        let schema = schema(&json!({ "fields": fields })).unwrap();
        prop_assert!(SchemaDiff::between(&schema, &schema).is_empty());
    }
}
