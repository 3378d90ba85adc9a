//! No value gets away: not into the result, not into what is said of it.

use proptest::prelude::*;
use relay_model::{DataClass, PrivacyPolicy, ReasonCode, TableLimits, Treatment};
use relay_privacy::find_strays;
use relay_transform::{ParquetSink, TableFormat, TableOutputs, Watch, transform_table};

use crate::people::{name_of, value};
use crate::support::{Ran, Setup};

/// In every cell of the tables below, and nowhere else.
const CANARY: &str = "zq7canary";

fn policies() -> impl Strategy<Value = PrivacyPolicy> {
    let treatments = proptest::collection::vec(proptest::sample::select(Treatment::ALL.to_vec()), DataClass::ALL.len());
    treatments.prop_map(|treatments| {
        let pairs = DataClass::ALL.into_iter().zip(treatments);
        pairs.fold(PrivacyPolicy::default(), |policy, (class, treatment)| {
            policy.with(class, treatment)
        })
    })
}

fn names() -> impl Strategy<Value = &'static str> {
    let mut names: Vec<&str> = DataClass::ALL.map(name_of).to_vec();
    names.extend(["notes", "value", "contact", "reference"]);
    proptest::sample::select(names)
}

/// A cell: a value of a class by itself or within a text, or something else.
fn cells() -> impl Strategy<Value = String> {
    let class = || proptest::sample::select(DataClass::ALL.to_vec());
    let glue = || {
        proptest::sample::select(vec![
            "",
            " ",
            ", ",
            "\n",
            "\"",
            "x",
            "@",
            "(",
            "-",
            "é",
            "\\n",
            "{\"a\":\"\\u0040",
        ])
    };
    prop_oneof![
        4 => (class(), 0_u32..50).prop_map(|(class, number)| value(class, number)),
        2 => (glue(), class(), glue(), class(), glue(), 0_u32..50).prop_map(|(before, one, between, other, after, number)| {
            format!("{before}{}{between}{}{after}", value(one, number), value(other, number + 1))
        }),
        1 => Just(String::new()),
        1 => "[0-9]{1,16}",
        1 => "[ -~]{0,24}",
    ]
}

/// Names and rows; columns take after the kind of their first cell, or of none.
fn tables() -> impl Strategy<Value = (Vec<&'static str>, Vec<Vec<String>>)> {
    (2_usize..5, 1_usize..30).prop_flat_map(|(columns, rows)| {
        let names = proptest::collection::hash_set(names(), columns);
        let cells = proptest::collection::vec(proptest::collection::vec(cells(), columns), rows);
        (names.prop_map(|names| names.into_iter().collect()), cells)
    })
}

fn csv(names: &[&str], rows: &[Vec<String>]) -> String {
    let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
    let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n";
    format!("{}\n{}", names.join(","), rows.iter().map(line).collect::<String>())
}

fn json_lines(names: &[&str], rows: &[Vec<String>]) -> String {
    let line = |row: &Vec<String>| {
        let pairs = names
            .iter()
            .zip(row)
            .map(|(name, cell)| ((*name).to_owned(), nested(cell)));
        serde_json::Value::Object(pairs.collect()).to_string() + "\n"
    };
    rows.iter().map(line).collect()
}

// Some cells come in an object of their own.
fn nested(cell: &str) -> serde_json::Value {
    if cell.len().is_multiple_of(5) {
        serde_json::json!({"inner": cell, "list": [cell]})
    } else {
        serde_json::json!(cell)
    }
}

/// Every text of the result, and what JSON in it says without its escapes.
fn texts(ran: &Ran) -> Vec<String> {
    let mut texts: Vec<String> = ran.rows().concat();
    let inner: Vec<String> = texts
        .iter()
        .filter_map(|text| serde_json::from_str::<serde_json::Value>(text.strip_prefix('\'')?.strip_suffix('\'')?).ok())
        .flat_map(|json| strings(&json))
        .collect();
    texts.extend(inner);
    texts
}

fn strings(json: &serde_json::Value) -> Vec<String> {
    match json {
        serde_json::Value::String(text) => vec![text.clone()],
        serde_json::Value::Array(items) => items.iter().flat_map(strings).collect(),
        serde_json::Value::Object(members) => members.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

proptest! {
    #[test]
    fn nothing_unmistakable_is_left_but_what_is_kept(
        (names, rows) in tables(),
        policy in policies(),
        threads in 1_usize..3,
    ) {
        for text in [csv(&names, &rows), json_lines(&names, &rows)] {
            let ran = Setup::inferred().lenient().threads(threads).treated(policy.clone()).run(&text);
            for text in texts(&ran) {
                for stray in find_strays(text.as_bytes()) {
                    let found = &text[stray.start..stray.end];
                    prop_assert_eq!(policy.treatment(stray.class), Treatment::Keep, "{} in {}", found, text);
                }
            }
        }
    }

    #[test]
    fn no_cell_is_told_in_bad_rows_summaries_reasons_and_errors(
        types in proptest::collection::vec(proptest::sample::select(vec!["integer", "number", "boolean", "date", "datetime", "string", "string!"]), 2..5),
        rows in proptest::collection::vec((0_usize..6, 0_u32..40), 1..30),
        policy in policies(),
        is_json in any::<bool>(),
        bad_rows_max in 0_u64..20,
    ) {
        let names: Vec<String> = (0..types.len()).map(|index| format!("{}{index}", name_of(DataClass::ALL[index % 8]))).collect();
        let fields: Vec<String> = names.iter().zip(&types).map(|(name, kind)| format!("{name}:{kind}")).collect();
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        let text = canary_table(&names, &rows, is_json);
        for setup in [Setup::declared(&fields), Setup::inferred().lenient()] {
            let mut setup = setup.treated(policy.clone()).limit(|limits| limits.bad_rows_max = bad_rows_max);
            // Whatever the first line looks like.
            setup.plan.format = Some(if is_json { TableFormat::JsonLines } else { TableFormat::Csv { delimiter: b',' } });
            let ran = setup.try_run(|| text.as_bytes());
            let said = match &ran {
                Ok(ran) => format!("{:?}{}", ran.outcome, ran.bad_rows),
                Err(error) => format!("{error:?} {error}"),
            };
            prop_assert!(!said.contains(CANARY), "{}", said);
            // A whole file without its end, or cut off within: errors say nothing either.
            let mut plan = setup.plan.clone();
            plan.learnt = None;
            let cut = &text.as_bytes()[..text.len() * 2 / 3];
            let (mut table, mut bad_rows) = (Vec::new(), Vec::new());
            let outputs = TableOutputs { rows: &mut ParquetSink::new(&mut table), bad_rows: &mut bad_rows };
            let outcome = transform_table(cut, &plan, &TableLimits::default(), outputs, &Watch::none());
            let said = format!("{outcome:?}{}", String::from_utf8_lossy(&bad_rows));
            prop_assert!(!said.contains(CANARY), "{}", said);
        }
    }
}

#[test]
fn a_file_without_a_header_shows_no_value() {
    let setup = |policy| Setup::inferred().treated(policy);
    for (text, treated) in [
        ("ada@example.com,1\nbea@example.com,2\n", ["'***@***.com'", "1"]),
        ("1,mail ada@example.com\n2,x\n", ["1", "'mail ***@***.com'"]),
        ("1,212-555-0123\n2,212-555-0124\n", ["1", "'***-***-****'"]),
    ] {
        let ran = setup(PrivacyPolicy::default()).run(text);
        assert!(ran.summary().header_absent, "{text}");
        assert_eq!(ran.rows()[0], treated);
    }
    for (text, said) in [
        (
            "id,ada@example.com\n1,x\n2,y\n",
            "the name of column 2 is personal data itself (email)",
        ),
        (
            "note,mail ada@example.com\na,x\nb,y\n",
            "the name of column 2 is personal data itself (email)",
        ),
        (
            "{\"123-45-6789\":1}\n",
            "the name of column 1 is personal data itself (us_ssn)",
        ),
    ] {
        let ran = setup(PrivacyPolicy::default()).run(text);
        assert_eq!(
            (ran.code(), ran.reason().text.as_str()),
            (ReasonCode::TablePersonalName, said)
        );
        assert!(ran.table.is_empty());
        setup(PrivacyPolicy::all(Treatment::Keep)).run(text).summary();
    }
    let late = format!("{}{{\"ada@example.com\":1}}\n", "{\"a\":1}\n".repeat(20_001));
    assert_eq!(
        setup(PrivacyPolicy::default()).run(late).code(),
        ReasonCode::TablePersonalName
    );
    let twice = Setup::inferred().run(format!("{CANARY},{CANARY}\n1,2\n"));
    assert_eq!(twice.reason().text, "columns 1 and 2 have the same name");
    let declared = Setup::declared(&["a:string", "b:string"]).run(format!("a,{CANARY}\n1,2\n"));
    assert_eq!(declared.reason().text, "column 2 is not 'b', which was declared");
}

/// Rows with the canary in every cell, whole or broken in one of several ways.
fn canary_table(names: &[String], rows: &[(usize, u32)], is_json: bool) -> String {
    let mut text = if is_json { String::new() } else { names.join(",") + "\n" };
    for (broken, number) in rows {
        let cell = |index: usize| format!("{CANARY}{} {}", index, value(DataClass::ALL[index % 8], *number));
        let cells: Vec<String> = (0..names.len()).map(cell).collect();
        let line = if is_json {
            let pairs = names
                .iter()
                .zip(&cells)
                .map(|(name, cell)| (name.clone(), serde_json::json!(cell)));
            serde_json::Value::Object(pairs.collect()).to_string()
        } else {
            cells
                .iter()
                .map(|cell| format!("\"{cell}\""))
                .collect::<Vec<_>>()
                .join(",")
        };
        text += &match broken {
            0 => line[..line.len() - 3].to_owned(),
            1 => format!("{line},{CANARY}"),
            2 => format!("\"{CANARY}\"{CANARY},{line}"),
            _ => line,
        };
        text.push('\n');
    }
    text
}
