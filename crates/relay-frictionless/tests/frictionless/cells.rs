//! Cells of every type and format but dates and times.

use relay_frictionless::{CellRule, JsonKind, PhysicalType, Value};
use serde_json::{Value as Json, json};

use crate::support::{assert_reads, read, reader, value};

#[test]
fn strings_are_any_utf8() {
    let field = json!({"type": "string"});
    assert_eq!(value(&field, "né"), Value::Text("né".as_bytes().into()));
    assert_eq!(reader(&field).read(b"\xff"), Err(CellRule::Encoding));
    assert_eq!(reader(&json!({"type": "any"})).read(b"\xff"), Err(CellRule::Encoding));
    assert_eq!(
        reader(&json!({"type": "list"})).read(b"a,\xff"),
        Err(CellRule::Encoding)
    );
}

#[test]
fn strings_have_formats() {
    let refuse = |format: &str, held: &[&str], refused: &[&str]| {
        assert_reads(
            &json!({"type": "string", "format": format}),
            held,
            CellRule::Format,
            refused,
        );
    };
    refuse(
        "email",
        &["a@b.org", "first.last+tag@sub.example.org"],
        &[
            "a",
            "a@",
            "@b.org",
            "a@b",
            "a b@c.org",
            ".a@b.org",
            "a..b@c.org",
            "a@-b.org",
            "a@b..org",
            "é@b.org",
            "a@b@c.org",
        ],
    );
    refuse(
        "uri",
        &["http://a.org/x?y=1#z", "urn:isbn:1", "mailto:a@b.org", "s3://b/k%20x"],
        &[
            "a.org",
            "/x",
            "1a:b",
            "http://a b",
            "http://a/%zz",
            "http://a/%2",
            "http://a/é",
            "http://a#b#c",
            ":x",
        ],
    );
    refuse(
        "binary",
        &["YQ==", "YWI=", "YWJj"],
        &["YQ", "Y", "YQ=", "Y===", "YW*j", "YQ==YQ==", "YQ==\n"],
    );
    refuse(
        "uuid",
        &[
            "123e4567-e89b-12d3-a456-426614174000",
            "123E4567-E89B-12D3-A456-426614174000",
        ],
        &[
            "123e4567e89b12d3a456426614174000",
            "123e4567-e89b-12d3-a456-42661417400",
            "g23e4567-e89b-12d3-a456-426614174000",
        ],
    );
}

#[test]
fn integers_fit_64_bits() {
    let field = json!({"type": "integer"});
    for (text, expected) in [
        ("0", 0),
        ("+7", 7),
        ("-007", -7),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
        ("0000000000000000000000000000001", 1),
    ] {
        assert_eq!(value(&field, text), Value::Integer(expected), "{text}");
    }
    assert_reads(
        &field,
        &[],
        CellRule::Type,
        &[
            "-", "+", "1.0", "1e3", "--1", " 1", "1 ", "１", "1_000", "0x10", "1,000",
        ],
    );
    assert_reads(
        &field,
        &[],
        CellRule::Range,
        &["9223372036854775808", "-9223372036854775809", "99999999999999999999999"],
    );
}

#[test]
fn numbers_are_decimals_with_an_exponent_or_special() {
    let field = json!({"type": "number"});
    for (text, expected) in [
        ("1", 1.0),
        ("-1.5", -1.5),
        ("+.5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1E-3", 0.001),
        ("007", 7.0),
    ] {
        assert_eq!(value(&field, text), Value::Number(expected), "{text}");
    }
    assert_eq!(value(&field, "INF"), Value::Number(f64::INFINITY));
    assert_eq!(value(&field, "-inf"), Value::Number(f64::NEG_INFINITY));
    assert!(matches!(value(&field, "nan"), Value::Number(number) if number.is_nan()));
    assert_reads(
        &field,
        &[],
        CellRule::Type,
        &[
            ".", "-", "1e", "e1", "1,5", "1 000", "infinity", "+INF", "1.2.3", "+-1", "0x1",
        ],
    );
    assert_reads(&field, &[], CellRule::Range, &["1e400", "-1e400"]);
}

#[test]
fn other_characters_may_group_digits_and_mark_decimals() {
    let field = json!({"type": "number", "decimalChar": ",", "groupChar": "."});
    assert_eq!(value(&field, "1.234.567,5"), Value::Number(1_234_567.5));
    assert_eq!(value(&field, "-1,5e3"), Value::Number(-1500.0));
    assert_reads(
        &field,
        &["NaN", "1234"],
        CellRule::Type,
        &["1..2", "1,5,5", ".5", "1.", "1,5.0", "1,000.5"],
    );
    let field = json!({"type": "integer", "groupChar": "\u{202f}"});
    assert_eq!(value(&field, "1\u{202f}000"), Value::Integer(1000));
    assert_reads(
        &field,
        &["12"],
        CellRule::Type,
        &["\u{202f}1", "1\u{202f}", "1\u{202f}\u{202f}0", "1 000"],
    );
    let only_decimal = json!({"type": "number", "decimalChar": ","});
    assert_reads(&only_decimal, &["1,5"], CellRule::Type, &["1.5"]);
    let long = "1".repeat(200);
    assert_eq!(read(&field, &long), Err(CellRule::Range));
}

#[test]
fn what_stands_around_a_number_may_be_stripped() {
    let number = json!({"type": "number", "bareNumber": false});
    for (text, expected) in [
        ("95%", 95.0),
        ("€ -1.5", -1.5),
        ("EUR 95", 95.0),
        ("-.5", -0.5),
        ("95", 95.0),
        ("INF", f64::INFINITY),
    ] {
        assert_eq!(value(&number, text), Value::Number(expected), "{text}");
    }
    assert_reads(
        &number,
        &[],
        CellRule::Type,
        &["EUR", "-€95", "95-", "1 of 2", "5-HT", "No.5", "$.5"],
    );
    let integer = json!({"type": "integer", "bareNumber": false, "groupChar": ","});
    assert_eq!(value(&integer, "1,000 kg"), Value::Integer(1000));
    assert_eq!(read(&json!({"type": "integer"}), "95%"), Err(CellRule::Type));
}

#[test]
fn booleans_are_the_listed_texts() {
    let field = json!({"type": "boolean"});
    assert_reads(
        &field,
        &["true", "True", "TRUE", "1", "false", "False", "FALSE", "0"],
        CellRule::Type,
        &["yes", "tRUE", "2", " true"],
    );
    assert_eq!(value(&field, "1"), Value::Boolean(true));
    let field = json!({"type": "boolean", "trueValues": ["ja"], "falseValues": ["nein"]});
    assert_eq!(value(&field, "nein"), Value::Boolean(false));
    assert_reads(&field, &["ja"], CellRule::Type, &["true", "1"]);
}

#[test]
fn objects_and_arrays_are_json() {
    assert_reads(
        &json!({"type": "object"}),
        &["{}", r#" {"a":[1]}"#],
        CellRule::Type,
        &["[]", "1", "{", "{}x", "{a:1}"],
    );
    assert_reads(
        &json!({"type": "array"}),
        &["[]", "[1,{}]"],
        CellRule::Type,
        &["{}", "1", "[", "[]x"],
    );
}

#[test]
fn lists_have_items_of_one_type() {
    let field = json!({"type": "list", "itemType": "integer"});
    assert_reads(&field, &["1", "1,2,3"], CellRule::Type, &["1,x", "1,", "1, 2", ","]);
    assert_reads(&json!({"type": "list"}), &["a,b", ",", "a"], CellRule::Type, &[]);
    assert_reads(
        &json!({"type": "list", "delimiter": "; ", "itemType": "date"}),
        &["2024-01-01; 2024-01-02"],
        CellRule::Type,
        &["2024-01-01;2024-01-02"],
    );
    for item in ["string", "integer", "boolean", "number", "datetime", "date", "time"] {
        reader(&json!({"type": "list", "itemType": item}));
    }
}

#[test]
fn a_column_has_one_physical_type() {
    for (field_type, physical) in [
        ("integer", PhysicalType::Integer),
        ("year", PhysicalType::Integer),
        ("number", PhysicalType::Number),
        ("boolean", PhysicalType::Boolean),
        ("date", PhysicalType::Date),
        ("time", PhysicalType::Time),
        ("datetime", PhysicalType::Datetime),
        ("string", PhysicalType::Text),
        ("yearmonth", PhysicalType::Text),
        ("duration", PhysicalType::Text),
        ("geopoint", PhysicalType::Text),
        ("geojson", PhysicalType::Text),
        ("object", PhysicalType::Text),
        ("array", PhysicalType::Text),
        ("list", PhysicalType::Text),
        ("any", PhysicalType::Text),
    ] {
        assert_eq!(
            reader(&json!({"type": field_type})).physical_type(),
            physical,
            "{field_type}"
        );
    }
}

#[test]
fn missing_values_are_whole_texts() {
    let schema_level = json!({"type": "integer", "missingValues": ["", "-", "n/a"]});
    for text in ["", "-", "n/a"] {
        assert_eq!(read(&schema_level, text), Ok(None), "{text}");
    }
    assert_eq!(read(&schema_level, "n/"), Err(CellRule::Type));
    assert_eq!(
        read(&json!({"type": "integer", "missingValues": []}), ""),
        Err(CellRule::Type)
    );
    assert_eq!(
        read(
            &json!({"type": "string", "missingValues": [{"value": "-99", "label": "refused"}]}),
            "-99"
        ),
        Ok(None)
    );
    let required = json!({"type": "string", "constraints": {"required": true}});
    assert_eq!(read(&required, ""), Err(CellRule::Required));
    assert_eq!(
        read(&json!({"type": "string"}), "NA"),
        Ok(Some(Value::Text(b"NA".into())))
    );
}

#[test]
fn json_values_have_kinds() {
    let json = |field: &Json, kind, text: &str| {
        reader(field)
            .read_json(kind, text.as_bytes())
            .map(|value| value.map(crate::support::owned))
    };
    let integer = json!({"type": "integer", "missingValues": ["-99"]});
    assert_eq!(json(&integer, JsonKind::Number, "42"), Ok(Some(Value::Integer(42))));
    assert_eq!(json(&integer, JsonKind::Number, "1.0"), Ok(Some(Value::Integer(1))));
    assert_eq!(json(&integer, JsonKind::Number, "1.5"), Err(CellRule::Type));
    assert_eq!(json(&integer, JsonKind::Number, "1e300"), Err(CellRule::Range));
    assert_eq!(json(&integer, JsonKind::String, "42"), Ok(Some(Value::Integer(42))));
    assert_eq!(json(&integer, JsonKind::String, "-99"), Ok(None));
    assert_eq!(json(&integer, JsonKind::Number, "-99"), Ok(Some(Value::Integer(-99))));
    assert_eq!(json(&integer, JsonKind::Null, ""), Ok(None));
    assert_eq!(json(&integer, JsonKind::Boolean, "true"), Err(CellRule::Type));
    assert_eq!(
        json(&json!({"type": "boolean"}), JsonKind::Boolean, "false"),
        Ok(Some(Value::Boolean(false)))
    );
    assert_eq!(
        json(&json!({"type": "boolean"}), JsonKind::Number, "1"),
        Err(CellRule::Type)
    );
    assert_eq!(
        json(&json!({"type": "string"}), JsonKind::Number, "1"),
        Err(CellRule::Type)
    );
    assert_eq!(
        json(&json!({"type": "any"}), JsonKind::Number, "1"),
        Ok(Some(Value::Text(b"1".into())))
    );
    assert_eq!(
        json(&json!({"type": "object"}), JsonKind::Nested, "{}"),
        Ok(Some(Value::Text(b"{}".into())))
    );
    assert_eq!(
        json(&json!({"type": "object"}), JsonKind::Nested, "[]"),
        Err(CellRule::Type)
    );
    let list = json!({"type": "list", "itemType": "integer"});
    assert_eq!(
        json(&list, JsonKind::Nested, "[1, 2]"),
        Ok(Some(Value::Text(b"1,2".into())))
    );
    assert_eq!(json(&list, JsonKind::Nested, "[1, []]"), Err(CellRule::Type));
    assert_eq!(
        json(&json!({"type": "list"}), JsonKind::Nested, r#"["a,b"]"#),
        Err(CellRule::Format)
    );
    assert_eq!(
        json(&json!({"type": "year"}), JsonKind::Number, "2024"),
        Ok(Some(Value::Integer(2024)))
    );
    assert_eq!(
        json(&json!({"type": "date"}), JsonKind::Number, "2024"),
        Err(CellRule::Type)
    );
}
