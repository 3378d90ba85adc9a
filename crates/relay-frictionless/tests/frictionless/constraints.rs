//! Constraints hold values, and cells name the one that they break.

use relay_frictionless::{CellRule, JsonKind, PackageRule, Value};
use serde_json::{Value as Json, json};

use crate::support::{assert_reads, faults, read, reader};

fn constrained(field_type: &str, constraints: &Json) -> Json {
    json!({"type": field_type, "constraints": constraints})
}

#[test]
fn required_values_are_there() {
    let field = constrained("integer", &json!({"required": true}));
    assert_eq!(read(&field, ""), Err(CellRule::Required));
    assert_eq!(read(&field, "1"), Ok(Some(Value::Integer(1))));
    assert_eq!(reader(&field).read_json(JsonKind::Null, b""), Err(CellRule::Required));
    assert!(
        reader(&json!({"type": "integer", "required": true})).is_required(),
        "as settings say it"
    );
}

#[test]
fn lengths_are_characters_items_or_members() {
    let least = json!({"minLength": 2});
    let most = json!({"maxLength": 2});
    for (field_type, short, fitting, long) in [
        ("string", "é", "éé", "ééé"),
        ("array", "[1]", "[1,2]", "[1,2,3]"),
        ("object", r#"{"a":1}"#, r#"{"a":1,"b":2}"#, r#"{"a":1,"b":2,"c":3}"#),
        ("list", "a", "a,b", "a,b,c"),
    ] {
        assert_reads(
            &constrained(field_type, &least),
            &[fitting, long],
            CellRule::MinLength,
            &[short],
        );
        assert_reads(
            &constrained(field_type, &most),
            &[fitting, short],
            CellRule::MaxLength,
            &[long],
        );
    }
    assert_eq!(
        read(&constrained("string", &least), ""),
        Ok(None),
        "no value has no length"
    );
}

#[test]
fn bounds_hold_every_type_that_has_an_order() {
    for (field_type, below, at, above) in [
        ("integer", "9", "10", "11"),
        ("number", "9.9", "10", "10.1"),
        ("date", "2024-01-09", "2024-01-10", "2024-01-11"),
        ("time", "09:59:59", "10:00:00", "10:00:01"),
        (
            "datetime",
            "2024-01-09T00:00:00",
            "2024-01-10T00:00:00",
            "2024-01-10T00:00:01",
        ),
        ("year", "2023", "2024", "2025"),
        ("yearmonth", "2023-12", "2024-01", "2024-02"),
        ("duration", "PT59S", "PT1M", "PT61S"),
    ] {
        let with = |name: &str| constrained(field_type, &json!({ name: at }));
        assert_reads(&with("minimum"), &[at, above], CellRule::Minimum, &[below]);
        assert_reads(&with("maximum"), &[below, at], CellRule::Maximum, &[above]);
        assert_reads(
            &with("exclusiveMinimum"),
            &[above],
            CellRule::ExclusiveMinimum,
            &[below, at],
        );
        assert_reads(
            &with("exclusiveMaximum"),
            &[below],
            CellRule::ExclusiveMaximum,
            &[at, above],
        );
    }
}

#[test]
fn bounds_are_json_or_text_and_hold_what_can_be_compared() {
    assert_reads(
        &constrained("number", &json!({"minimum": 1.5})),
        &["INF"],
        CellRule::Minimum,
        &["NaN", "1.4", "-INF"],
    );
    assert_reads(
        &constrained("duration", &json!({"minimum": "P1M"})),
        &["P32D"],
        CellRule::Minimum,
        &["P30D", "P27D"],
    );
    let zoned = constrained("datetime", &json!({"minimum": "2024-01-01T00:00:00Z"}));
    assert_reads(
        &zoned,
        &["2024-01-01T02:00:00+01:00"],
        CellRule::Minimum,
        &["2024-01-01T00:00:00+01:00", "2025-01-01T00:00:00"],
    );
    let grouped = json!({"type": "integer", "groupChar": ",", "constraints": {"maximum": "1,000"}});
    assert_reads(&grouped, &["1,000"], CellRule::Maximum, &["1,001"]);
    let day = json!({"type": "date", "format": "%d/%m/%Y", "constraints": {"minimum": "02/01/2024"}});
    assert_reads(&day, &["03/01/2024"], CellRule::Minimum, &["01/02/2023"]);
}

#[test]
fn patterns_match_whole_values() {
    let by = |pattern: &str| constrained("string", &json!({ "pattern": pattern }));
    assert_reads(&by("a.c"), &["abc"], CellRule::Pattern, &["xabc", "abcx", "abc\n"]);
    assert_reads(&by("^a|b$"), &["a", "b"], CellRule::Pattern, &["ax", "xb"]);
    assert_reads(&by(r"\p{Lu}\d{2}"), &["É42"], CellRule::Pattern, &["é42"]);
    for pattern in ["(?=a)b", r"(a)\1", "a)|(b", "[", "(?<!a)b"] {
        assert_eq!(faults(&by(pattern)), [PackageRule::ConstraintUnsupported], "{pattern}");
    }
    assert_eq!(faults(&by(&"a".repeat(5_000))), [PackageRule::FieldsTooMany]);
    assert_eq!(faults(&by(r"(\p{L}{500}){500}")), [PackageRule::FieldsTooMany]);
}

#[test]
fn enums_list_logical_values() {
    for (field_type, listed, held, refused) in [
        ("string", json!(["a", "é"]), vec!["a", "é"], vec!["b", "A"]),
        ("integer", json!([1, "2"]), vec!["1", "+2", "01"], vec!["3"]),
        ("number", json!([1, 2.5]), vec!["1.0", "2.50"], vec!["2"]),
        ("boolean", json!([true]), vec!["true", "1"], vec!["false"]),
        ("date", json!(["2024-01-01"]), vec!["2024-01-01"], vec!["2024-01-02"]),
        ("time", json!(["10:00:00"]), vec!["10:00:00.0"], vec!["10:00:01"]),
        (
            "datetime",
            json!(["2024-01-01T01:00:00+01:00"]),
            vec!["2024-01-01T00:00:00Z"],
            vec!["2024-01-01T00:00:00"],
        ),
        ("year", json!([2024, "2025"]), vec!["2024", "2025"], vec!["2026"]),
        ("yearmonth", json!(["2024-01"]), vec!["2024-01"], vec!["2024-02"]),
        ("duration", json!(["PT1M"]), vec!["PT60S"], vec!["P1M"]),
        (
            "object",
            json!([{"a": 1, "b": [2]}]),
            vec![r#"{"b":[2.0], "a":1}"#],
            vec!["{}", r#"{"a":1,"b":["2"]}"#],
        ),
        ("array", json!([[1, 2]]), vec!["[1, 2]"], vec!["[2,1]"]),
        ("list", json!(["a,b"]), vec!["a,b"], vec!["ab"]),
        ("geopoint", json!(["1, 2"]), vec!["1.0,2"], vec!["2,1"]),
        ("any", json!(["a", 1]), vec!["a", "1"], vec!["b"]),
    ] {
        assert_reads(
            &constrained(field_type, &json!({ "enum": listed })),
            &held,
            CellRule::Enum,
            &refused,
        );
    }
}

#[test]
fn categories_are_the_only_values() {
    let texts = json!({"type": "string", "categories": ["a", "b"], "categoriesOrdered": true});
    assert_reads(&texts, &["a"], CellRule::Category, &["c"]);
    let numbers = json!({"type": "integer", "categories": [{"value": 0, "label": "no"}, {"value": 1}]});
    assert_reads(&numbers, &["0", "01"], CellRule::Category, &["2"]);
    let fewer = json!({"type": "string", "categories": ["a", "b"], "constraints": {"enum": ["a"]}});
    assert_reads(&fewer, &["a"], CellRule::Enum, &["b"]);
    let more = json!({"type": "string", "categories": ["a"], "constraints": {"enum": ["a", "b"]}});
    assert_eq!(faults(&more), [PackageRule::ConstraintMalformed]);
}

#[test]
fn a_cell_names_the_first_rule_that_it_breaks() {
    let field = constrained("string", &json!({"minLength": 3, "pattern": "a+", "enum": ["aaa"]}));
    assert_eq!(read(&field, "b"), Err(CellRule::MinLength));
    assert_eq!(read(&field, "bbb"), Err(CellRule::Pattern));
    assert_eq!(read(&field, "aaaa"), Err(CellRule::Enum));
    let names: std::collections::BTreeSet<&str> = CellRule::ALL.iter().map(|rule| rule.name()).collect();
    assert_eq!(names.len(), CellRule::ALL.len());
    assert!(
        CellRule::ALL
            .iter()
            .all(|rule| rule.rule().ends_with('.') && rule.to_string() == rule.name())
    );
}

#[test]
fn constraints_belong_to_types() {
    let types = [
        "string",
        "number",
        "integer",
        "boolean",
        "object",
        "array",
        "list",
        "date",
        "time",
        "datetime",
        "year",
        "yearmonth",
        "duration",
        "geopoint",
        "geojson",
        "any",
    ];
    let has_length = ["string", "object", "array", "list"];
    let has_order = [
        "number",
        "integer",
        "date",
        "time",
        "datetime",
        "year",
        "yearmonth",
        "duration",
    ];
    for field_type in types {
        for (name, value, allowed) in [
            ("minLength", json!(1), &has_length[..]),
            ("maxLength", json!(1), &has_length[..]),
            ("minimum", json!("x"), &has_order[..]),
            ("maximum", json!("x"), &has_order[..]),
            ("exclusiveMinimum", json!("x"), &has_order[..]),
            ("exclusiveMaximum", json!("x"), &has_order[..]),
            ("pattern", json!("x"), &["string"][..]),
        ] {
            let found = faults(&constrained(field_type, &json!({ name: value })));
            let is_refused = found.contains(&PackageRule::ConstraintNotApplicable);
            assert_eq!(
                is_refused,
                !allowed.contains(&field_type),
                "{field_type} {name}: {found:?}"
            );
        }
    }
}

#[test]
fn what_cannot_be_checked_is_refused() {
    for (field, rule) in [
        (
            constrained("object", &json!({"jsonSchema": {}})),
            PackageRule::ConstraintUnsupported,
        ),
        (
            constrained("integer", &json!({"minimum": "x"})),
            PackageRule::ConstraintMalformed,
        ),
        (
            constrained("integer", &json!({"minimum": null})),
            PackageRule::ConstraintMalformed,
        ),
        (
            constrained("date", &json!({"maximum": 5})),
            PackageRule::ConstraintMalformed,
        ),
        (
            constrained("string", &json!({"minLength": -1})),
            PackageRule::ConstraintMalformed,
        ),
        (
            constrained("string", &json!({"required": "yes"})),
            PackageRule::ConstraintMalformed,
        ),
        (
            constrained("string", &json!({"enum": []})),
            PackageRule::ConstraintMalformed,
        ),
        (
            constrained("integer", &json!({"enum": [1, "x", "y", "z"]})),
            PackageRule::ConstraintMalformed,
        ),
        (
            constrained("string", &json!({"enum": [null]})),
            PackageRule::ConstraintMalformed,
        ),
        (
            json!({"type": "string", "constraints": []}),
            PackageRule::FieldOptionMalformed,
        ),
    ] {
        assert_eq!(faults(&field), [rule], "{field}");
    }
}
