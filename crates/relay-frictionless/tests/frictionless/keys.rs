//! Keys of tables: no row twice, no reference to a row that is not there.

use relay_frictionless::{
    Findings, KeyCheck, KeyLimits, KeySecret, KeyedTable, PackageRule, SchemaReader, TableSchema, Value,
};
use serde_json::{Value as Json, json};

use crate::support::{limits, schema};

struct Table {
    name: &'static str,
    schema: TableSchema,
    reader: SchemaReader,
    rows: Vec<Vec<&'static str>>,
}

fn table(name: &'static str, json: &Json, rows: &[&[&'static str]]) -> Table {
    let schema = schema(json).unwrap();
    let reader = SchemaReader::new(&schema, &limits()).unwrap();
    let rows = rows.iter().map(|row| row.to_vec()).collect();
    Table {
        name,
        schema,
        reader,
        rows,
    }
}

fn check(tables: &[Table], order: &[usize], limits: &KeyLimits) -> Findings {
    let keyed = tables.iter().map(|table| KeyedTable {
        resource: table.name,
        schema: &table.schema,
        reader: &table.reader,
    });
    let mut check = KeyCheck::new(keyed.collect(), &KeySecret::new([7; 32]), limits).unwrap();
    for index in order {
        let table = &tables[*index];
        for (number, row) in table.rows.iter().enumerate() {
            let values: Vec<Option<Value<'_>>> = table
                .reader
                .fields()
                .iter()
                .zip(row)
                .map(|(field, cell)| field.read(cell.as_bytes()).unwrap_or(None))
                .collect();
            check.row(*index, number as u64 + 2, &values);
        }
    }
    check.finish()
}

fn found(findings: &Findings) -> Vec<(PackageRule, &str, &str, u64)> {
    findings
        .kept
        .iter()
        .map(|finding| {
            let part = |part: &Option<String>| part.clone().unwrap_or_default().leak();
            (
                finding.rule,
                &*part(&finding.resource),
                &*part(&finding.field),
                finding.row.unwrap_or(0),
            )
        })
        .collect()
}

fn alone(json: &Json, rows: &[&[&'static str]]) -> Vec<(PackageRule, u64)> {
    let findings = check(&[table("t", json, rows)], &[0], &KeyLimits::default());
    found(&findings)
        .into_iter()
        .map(|(rule, _, _, row)| (rule, row))
        .collect()
}

#[test]
fn unique_fields_have_no_value_twice() {
    let json = json!({"fields": [{"name": "a", "type": "integer", "constraints": {"unique": true}}]});
    assert_eq!(
        alone(&json, &[&["1"], &["2"], &["01"], &[""], &[""]]),
        [(PackageRule::KeyRepeated, 4)]
    );
}

#[test]
fn primary_keys_are_there_and_unique() {
    let json =
        json!({"fields": [{"name": "a", "type": "string"}, {"name": "b", "type": "string"}], "primaryKey": ["a", "b"]});
    let rows: &[&[&str]] = &[&["x", "y"], &["xy", ""], &["x", "yz"], &["xy", "z"], &["x", "y"]];
    assert_eq!(
        alone(&json, rows),
        [(PackageRule::KeyEmpty, 3), (PackageRule::KeyRepeated, 6)]
    );
}

#[test]
fn unique_keys_leave_out_what_is_empty() {
    let json = json!({"fields": [{"name": "a", "type": "number"}, {"name": "b", "type": "string"}], "uniqueKeys": [["a", "b"], ["b"]]});
    let rows: &[&[&str]] = &[&["1", "x"], &["1.0", "x"], &["", "y"], &["", "z"]];
    assert_eq!(
        alone(&json, rows),
        [(PackageRule::KeyRepeated, 3), (PackageRule::KeyRepeated, 3)]
    );
}

fn two() -> [Table; 2] {
    let cities = json!({"fields": [{"name": "country", "type": "string"}, {"name": "id", "type": "integer"}],
        "foreignKeys": [{"fields": ["country"], "reference": {"resource": "countries", "fields": ["code"]}}]});
    let countries = json!({"fields": [{"name": "code", "type": "string"}]});
    [
        table(
            "cities",
            &cities,
            &[&["de", "1"], &["fr", "2"], &["", "3"], &["xx", "4"], &["xx", "5"]],
        ),
        table("countries", &countries, &[&["de"], &["fr"]]),
    ]
}

#[test]
fn references_are_met_in_any_order_of_tables() {
    let tables = two();
    let expected = [(PackageRule::ReferenceBroken, "cities", "country", 5)];
    for order in [[0, 1], [1, 0]] {
        let findings = check(&tables, &order, &KeyLimits::default());
        assert_eq!(found(&findings), expected, "{order:?}");
        assert!(findings.has_errors());
    }
}

#[test]
fn a_table_may_refer_to_itself() {
    for resource in [json!(null), json!(""), json!("self")] {
        let mut reference = json!({"fields": ["id"]});
        if !resource.is_null() {
            reference["resource"] = resource;
        }
        let json = json!({"fields": [{"name": "id", "type": "integer"}, {"name": "parent", "type": "number"}],
            "foreignKeys": [{"fields": ["parent"], "reference": reference}]});
        let rows: &[&[&str]] = &[&["1", "2"], &["2", "1.0"], &["3", "9"], &["4", ""]];
        assert_eq!(alone(&json, rows), [(PackageRule::ReferenceBroken, 4)]);
    }
}

#[test]
fn references_name_tables_that_have_schemas() {
    let json = json!({"fields": [{"name": "a"}], "foreignKeys": [{"fields": ["a"], "reference": {"resource": "no", "fields": ["x"]}}]});
    let table = table("t", &json, &[]);
    let keyed = KeyedTable {
        resource: "t",
        schema: &table.schema,
        reader: &table.reader,
    };
    let refused = KeyCheck::new(vec![keyed], &KeySecret::new([0; 32]), &KeyLimits::default())
        .err()
        .unwrap();
    assert_eq!(refused[0].rule, PackageRule::ReferenceUnknown);
}

#[test]
fn beyond_the_limit_nothing_passes() {
    let few = KeyLimits {
        keys_max: 1,
        findings_max: 10,
    };
    let tables = two();
    let findings = check(&tables, &[0, 1], &few);
    assert_eq!(found(&findings), [(PackageRule::KeysTooMany, "", "", 0)]);
    assert!(findings.has_errors());
}

#[test]
fn findings_beyond_the_limit_are_counted() {
    let json = json!({"fields": [{"name": "a", "type": "integer", "constraints": {"unique": true}}]});
    let rows = vec![&["1"][..]; 10];
    let few = KeyLimits {
        findings_max: 3,
        ..KeyLimits::default()
    };
    let findings = check(&[table("t", &json, &rows)], &[0], &few);
    assert_eq!((findings.kept.len(), findings.omitted, findings.errors), (3, 6, 9));
}

#[test]
fn no_value_is_in_a_finding_of_keys() {
    let json = json!({"fields": [{"name": "a", "type": "string", "constraints": {"unique": true}}]});
    let findings = check(
        &[table("t", &json, &[&["secret"], &["secret"]])],
        &[0],
        &KeyLimits::default(),
    );
    let written = serde_json::to_string(&findings).unwrap();
    assert!(!written.contains("secret"), "{written}");
    assert_eq!(format!("{:?}", KeySecret::new([1; 32])), "KeySecret");
}

#[test]
fn tables_without_keys_need_not_be_brought() {
    let tables = two();
    let keyed = tables.iter().map(|table| KeyedTable {
        resource: table.name,
        schema: &table.schema,
        reader: &table.reader,
    });
    let check = KeyCheck::new(keyed.collect(), &KeySecret::new([7; 32]), &KeyLimits::default()).unwrap();
    assert!(check.wants(0) && check.wants(1) && !check.wants(2));
}
