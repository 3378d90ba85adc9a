//! How schemas differ, and what of it passes.

use relay_frictionless::{ChangeKind, SchemaDiff};
use serde_json::{Value as Json, json};

use crate::support::schema;

fn diff(before: &Json, after: &Json) -> SchemaDiff {
    SchemaDiff::between(&schema(before).unwrap(), &schema(after).unwrap())
}

fn fields(names: &[(&str, &str)]) -> Json {
    let fields: Vec<Json> = names
        .iter()
        .map(|(name, field_type)| json!({"name": name, "type": field_type}))
        .collect();
    json!({ "fields": fields })
}

fn of_field(before: &Json, after: &Json) -> SchemaDiff {
    let table = |field: &Json| json!({"fields": [crate::support::with_name(field)]});
    diff(&table(before), &table(after))
}

#[test]
fn the_same_schema_has_no_differences() {
    let json = fields(&[("a", "integer"), ("b", "date")]);
    let found = diff(&json, &json);
    assert!(found.is_empty() && found.passes());
    assert_eq!(found.in_words(), "");
}

#[test]
fn types_are_widened_or_narrowed() {
    let widened = [
        ("integer", "number"),
        ("number", "string"),
        ("integer", "string"),
        ("date", "datetime"),
        ("year", "integer"),
        ("boolean", "string"),
        ("geojson", "object"),
        ("string", "any"),
        ("list", "string"),
    ];
    for (from, to) in widened {
        assert!(
            of_field(&json!({"type": from}), &json!({"type": to})).passes(),
            "{from} {to}"
        );
        let back = of_field(&json!({"type": to}), &json!({"type": from}));
        assert!(
            matches!(back.changes[0].kind, ChangeKind::TypeNarrowed { .. }) && !back.passes(),
            "{to} {from}"
        );
    }
    assert!(!of_field(&json!({"type": "boolean"}), &json!({"type": "integer"})).passes());
    let grouped = json!({"type": "integer", "groupChar": ","});
    assert!(
        !of_field(&grouped, &json!({"type": "number"})).passes(),
        "1,000 is no number"
    );
    assert!(of_field(&grouped, &json!({"type": "number", "groupChar": ","})).passes());
    assert!(
        !of_field(
            &json!({"type": "integer"}),
            &json!({"type": "string", "format": "uuid"})
        )
        .passes()
    );
}

#[test]
fn ways_of_writing_include_others_or_do_not() {
    for (before, after, passes) in [
        (
            json!({"type": "string", "format": "email"}),
            json!({"type": "string"}),
            true,
        ),
        (
            json!({"type": "string"}),
            json!({"type": "string", "format": "email"}),
            false,
        ),
        (json!({"type": "date"}), json!({"type": "date", "format": "any"}), true),
        (
            json!({"type": "date"}),
            json!({"type": "date", "format": "%d.%m.%Y"}),
            false,
        ),
        (
            json!({"type": "integer"}),
            json!({"type": "integer", "groupChar": ","}),
            true,
        ),
        (
            json!({"type": "integer", "groupChar": ","}),
            json!({"type": "integer"}),
            false,
        ),
        (
            json!({"type": "number"}),
            json!({"type": "number", "decimalChar": ","}),
            false,
        ),
        (
            json!({"type": "number"}),
            json!({"type": "number", "bareNumber": false}),
            true,
        ),
        (
            json!({"type": "boolean"}),
            json!({"type": "boolean", "trueValues": ["true", "True", "TRUE", "1", "yes"]}),
            true,
        ),
        (
            json!({"type": "boolean"}),
            json!({"type": "boolean", "trueValues": ["yes"]}),
            false,
        ),
        (
            json!({"type": "list", "itemType": "integer"}),
            json!({"type": "list", "itemType": "number"}),
            true,
        ),
        (
            json!({"type": "list"}),
            json!({"type": "list", "delimiter": ";"}),
            false,
        ),
        (
            json!({"type": "geopoint"}),
            json!({"type": "geopoint", "format": "array"}),
            false,
        ),
    ] {
        let found = of_field(&before, &after);
        assert!(
            matches!(found.changes[0].kind, ChangeKind::FormatChanged { .. }),
            "{before} {after}"
        );
        assert_eq!(found.passes(), passes, "{before} {after}");
    }
}

#[test]
fn columns_are_added_dropped_and_required() {
    let one = fields(&[("a", "integer")]);
    let two = fields(&[("a", "integer"), ("zzzzzz", "date")]);
    assert!(diff(&one, &two).passes());
    assert_eq!(diff(&two, &one).changes[0].kind, ChangeKind::Dropped);
    assert!(!diff(&two, &one).passes());
    let mut required = two.clone();
    required["fields"][1]["constraints"] = json!({"required": true});
    assert!(!diff(&one, &required).passes());
    assert_eq!(diff(&two, &required).changes[0].kind, ChangeKind::NowRequired);
    assert!(!diff(&two, &required).passes());
    assert!(diff(&required, &two).passes());
}

#[test]
fn a_rename_is_told_by_its_name_or_its_place() {
    let before = fields(&[
        ("id", "integer"),
        ("station_name", "string"),
        ("x", "date"),
        ("end", "integer"),
    ]);
    for (after, from, to) in [
        (
            fields(&[
                ("id", "integer"),
                ("Station Name", "string"),
                ("x", "date"),
                ("end", "integer"),
            ]),
            "station_name",
            "Station Name",
        ),
        (
            fields(&[
                ("id", "integer"),
                ("x", "date"),
                ("end", "integer"),
                ("station_nm", "string"),
            ]),
            "station_name",
            "station_nm",
        ),
        (
            fields(&[
                ("id", "integer"),
                ("station_name", "string"),
                ("measured", "date"),
                ("end", "integer"),
            ]),
            "x",
            "measured",
        ),
    ] {
        let found = diff(&before, &after);
        let renamed: Vec<_> = found
            .changes
            .iter()
            .filter(|change| matches!(change.kind, ChangeKind::Renamed { .. }))
            .collect();
        assert_eq!(renamed.len(), 1, "{found:?}");
        assert_eq!(renamed[0].field.as_deref(), Some(from));
        assert_eq!(renamed[0].kind, ChangeKind::Renamed { to: to.into() });
        assert!(!found.passes());
        assert!(
            found
                .in_words()
                .contains(&format!("! column '{from}' seems to be called '{to}' now")),
            "{}",
            found.in_words()
        );
    }
    let other = fields(&[("id", "integer"), ("end", "integer"), ("unlike", "boolean")]);
    assert!(
        diff(&before, &other)
            .changes
            .iter()
            .all(|change| !matches!(change.kind, ChangeKind::Renamed { .. }))
    );
}

#[test]
fn constraints_are_loosened_or_tightened() {
    let with = |field_type: &str, constraints: Json| json!({"type": field_type, "constraints": constraints});
    for (field_type, loose, tight) in [
        ("string", json!({}), json!({"minLength": 1})),
        ("string", json!({"minLength": 1}), json!({"minLength": 2})),
        ("string", json!({"maxLength": 9}), json!({"maxLength": 8})),
        ("integer", json!({"minimum": 1}), json!({"minimum": 2})),
        ("integer", json!({"maximum": 3}), json!({"maximum": 2})),
        (
            "date",
            json!({"minimum": "2024-01-01"}),
            json!({"minimum": "2024-01-02"}),
        ),
        (
            "number",
            json!({"exclusiveMaximum": 3.5}),
            json!({"exclusiveMaximum": 2}),
        ),
        (
            "number",
            json!({"exclusiveMinimum": 1}),
            json!({"exclusiveMinimum": 1.5}),
        ),
        ("string", json!({}), json!({"pattern": "a"})),
        ("string", json!({"enum": ["a", "b"]}), json!({"enum": ["a"]})),
        ("string", json!({}), json!({"unique": true})),
    ] {
        let (loose, tight) = (with(field_type, loose), with(field_type, tight));
        assert!(of_field(&tight, &loose).passes(), "{tight} {loose}");
        let found = of_field(&loose, &tight);
        assert!(
            matches!(found.changes[0].kind, ChangeKind::ConstraintTightened { .. }),
            "{loose} {tight}"
        );
        assert!(!found.passes());
    }
    assert!(
        !of_field(
            &with("string", json!({"pattern": "a"})),
            &with("string", json!({"pattern": "b"}))
        )
        .passes()
    );
    assert!(
        of_field(
            &with("integer", json!({"minimum": 2})),
            &with("number", json!({"minimum": 1.5}))
        )
        .passes()
    );
    assert!(
        of_field(
            &with("date", json!({"maximum": "2024-01-01"})),
            &with("datetime", json!({"maximum": "2024-01-01T23:59:59"}))
        )
        .passes()
    );
    let category = |values: Json| json!({"type": "string", "categories": values});
    assert!(of_field(&category(json!(["a"])), &category(json!(["a", "b"]))).passes());
    assert!(!of_field(&category(json!(["a", "b"])), &category(json!(["a"]))).passes());
}

#[test]
fn what_is_of_the_whole_schema_counts() {
    let base = fields(&[("a", "integer"), ("b", "integer")]);
    let with = |name: &str, value: Json| {
        let mut json = base.clone();
        json[name] = value;
        json
    };
    for (name, value, passes, passes_back) in [
        ("fieldsMatch", json!("equal"), true, false),
        ("missingValues", json!(["", "-"]), false, false),
        ("primaryKey", json!(["a"]), false, true),
        ("uniqueKeys", json!([["a", "b"]]), false, true),
        (
            "foreignKeys",
            json!([{"fields": ["a"], "reference": {"fields": ["b"]}}]),
            false,
            true,
        ),
    ] {
        let changed = with(name, value);
        assert_eq!(diff(&base, &changed).passes(), passes, "{name}");
        assert_eq!(diff(&changed, &base).passes(), passes_back, "{name}");
    }
    let turned = fields(&[("b", "integer"), ("a", "integer")]);
    assert_eq!(diff(&base, &turned).changes[0].kind, ChangeKind::Reordered);
    assert!(!diff(&base, &turned).passes());
}

#[test]
fn a_difference_is_said_in_words_and_as_data() {
    let before = fields(&[("a", "integer"), ("b", "date")]);
    let after = fields(&[("a", "number"), ("new_column", "boolean")]);
    let found = diff(&before, &after);
    assert_eq!(
        found.in_words(),
        "  column 'a' was integer and is number, which holds all of it\n! column 'b' is missing\n  column 'new_column' is new and may be empty\n"
    );
    let data = serde_json::to_value(&found).unwrap();
    assert_eq!(
        data["changes"][0],
        json!({"field": "a", "change": "type_widened", "from": "integer", "to": "number"})
    );
}
