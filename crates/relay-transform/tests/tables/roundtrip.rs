//! Generated tables, written as CSV and as JSON Lines, come back value for value.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::support::Setup;

/// One row: an integer, a decimal in quarters, a truth value, a text; each may be missing.
type Row = (Option<i64>, Option<i32>, Option<bool>, Option<String>);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let text = "[ -~éß\n\r\"]{0,12}x";
    let row = (
        proptest::option::of(any::<i64>()),
        proptest::option::of(any::<i32>()),
        proptest::option::of(any::<bool>()),
        proptest::option::of(text),
    );
    proptest::collection::vec(row, 1..40)
}

fn expected(rows: &[Row]) -> Vec<Vec<String>> {
    let shown = |value: Option<String>| value.unwrap_or_else(|| "null".to_owned());
    let row = |(integer, quarters, truth, text): &Row| {
        vec![
            shown(integer.map(|value| value.to_string())),
            shown(quarters.map(|value| format!("{:?}", f64::from(value) / 4.0))),
            shown(truth.map(|value| value.to_string())),
            shown(text.as_ref().map(|text| format!("'{text}'"))),
        ]
    };
    rows.iter().map(row).collect()
}

const FIELDS: [&str; 4] = ["i:integer", "n:number", "b:boolean", "s:string"];

proptest! {
    #[test]
    fn through_csv(rows in rows(), delimiter in proptest::sample::select(vec![",", ";", "\t", "|"]), threads in 1_usize..3) {
        let mut text = ["i", "n", "b", "s"].join(delimiter) + "\n";
        for (integer, quarters, truth, string) in &rows {
            let cells = [
                integer.map(|value| value.to_string()).unwrap_or_default(),
                quarters.map(|value| (f64::from(value) / 4.0).to_string()).unwrap_or_default(),
                truth.map(|value| value.to_string()).unwrap_or_default(),
                string.as_ref().map(|text| format!("\"{}\"", text.replace('"', "\"\""))).unwrap_or_default(),
            ];
            text += &(cells.join(delimiter) + "\n");
        }
        let ran = Setup::declared(&FIELDS).threads(threads).run(&text);
        prop_assert_eq!(ran.rows(), expected(&rows));
        prop_assert_eq!(ran.summary().bad_rows, 0);
    }

    #[test]
    fn through_json_lines(rows in rows(), threads in 1_usize..3) {
        let mut text = String::new();
        for (integer, quarters, truth, string) in &rows {
            let mut object = Map::new();
            object.insert("s".to_owned(), string.as_ref().map_or(Value::Null, |text| json!(text)));
            if let Some(integer) = integer {
                object.insert("i".to_owned(), json!(integer));
            }
            object.insert("n".to_owned(), quarters.map_or(Value::Null, |value| json!(f64::from(value) / 4.0)));
            object.insert("b".to_owned(), json!(truth));
            text += &(Value::Object(object).to_string() + "\n");
        }
        let ran = Setup::declared(&FIELDS).threads(threads).run(&text);
        prop_assert_eq!(ran.rows(), expected(&rows));
        let inferred = Setup::inferred().run(&text);
        prop_assert_eq!(inferred.summary().rows, rows.len() as u64);
    }
}
