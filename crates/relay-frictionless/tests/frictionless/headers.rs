//! Headings are held against schemas as fieldsMatch asks.

use relay_frictionless::{Columns, PackageRule, SchemaReader};
use serde_json::json;

use crate::support::{limits, rules, schema};

fn columns(fields_match: &str, header: &[&str]) -> Result<Columns, Vec<PackageRule>> {
    let json = json!({"fields": [{"name": "a"}, {"name": "b", "constraints": {"required": true}}, {"name": "c"}],
        "fieldsMatch": fields_match});
    let reader = SchemaReader::new(&schema(&json).unwrap(), &limits()).unwrap();
    reader.columns(header).map_err(|findings| rules(&findings))
}

#[test]
fn fields_match_says_which_columns_there_are() {
    for (header, passing) in [
        (
            &["a", "b", "c"][..],
            &["exact", "equal", "subset", "superset", "partial"][..],
        ),
        (&["c", "b", "a"], &["equal", "subset", "superset", "partial"]),
        (&["a", "b", "c", "d"], &["subset", "partial"]),
        (&["a", "b"], &["superset", "partial"]),
        (&["b", "d"], &["partial"]),
        (&["a", "c"], &[]),
        (&["d"], &[]),
        (&["a", "b", "c", "a"], &[]),
        (&["A", "b", "c"], &["partial"]),
        (&[], &[]),
    ] {
        for fields_match in ["exact", "equal", "subset", "superset", "partial"] {
            let found = columns(fields_match, header);
            assert_eq!(
                found.is_ok(),
                passing.contains(&fields_match),
                "{fields_match} {header:?} {found:?}"
            );
            if let Err(rules) = found {
                assert!(rules.iter().all(|rule| *rule == PackageRule::HeaderMismatch));
            }
        }
    }
}

#[test]
fn columns_are_found_by_name() {
    let found = columns("partial", &["x", "c", "b"]).unwrap();
    assert_eq!(found.field_of_column, [None, Some(2), Some(1)]);
    assert_eq!(found.missing_fields, [0]);
}
