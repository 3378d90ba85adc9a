//! Formats: delimiters, quotes, line endings, byte order marks, JSON Lines, and the same bytes every time.

use relay_model::FieldType::{Integer, Number, String as Text};
use relay_model::ReasonCode;

use crate::support::{Dripping, Setup};

#[test]
fn any_delimiter_line_ending_and_byte_order_mark() {
    for delimiter in [",", ";", "\t", "|"] {
        for ending in ["\n", "\r\n"] {
            for mark in ["", "\u{feff}"] {
                for last in ["", ending] {
                    let text = ["a,b", "1,x", "", "2,\"y,\"\"z\"\"\"", "3,\"two\nlines\""].join(ending);
                    let text = format!("{mark}{}{last}", text.replace(',', delimiter));
                    let rows = Setup::inferred().run(&text).rows();
                    let quoted = format!("'y{delimiter}\"z\"'");
                    assert_eq!(rows, [["1", "'x'"], ["2", &quoted], ["3", "'two\nlines'"]], "{text:?}");
                }
            }
        }
    }
}

#[test]
fn a_header_alone_is_an_empty_table() {
    for text in ["a,b", "a,b\n", "\u{feff}a,b\r\n\r\n"] {
        let ran = Setup::inferred().run(text);
        assert!(ran.rows().is_empty());
        assert_eq!(ran.types().len(), 2);
    }
}

#[test]
fn json_lines_have_the_union_of_keys_and_keep_nested_values_as_text() {
    let ran = Setup::inferred().run(concat!(
        "\u{feff}{\"a\":1,\"s\":\"\\u00e9\\n\"}\r\n\n",
        "  {\"n\":1.5,\"a\":-2}\n",
        "{\"o\":{\"k\": [1, \"}\"]},\"n\":3,\"s\":null}",
    ));
    let types: Vec<_> = ran
        .types()
        .into_iter()
        .map(|(name, field_type, _)| (name, field_type))
        .collect();
    let expected = [("a", Integer), ("s", Text), ("n", Number), ("o", Text)];
    assert_eq!(types, expected.map(|(name, field_type)| (name.to_owned(), field_type)));
    assert_eq!(
        ran.rows(),
        [
            ["1", "'é\n'", "null", "null"],
            ["-2", "null", "1.5", "null"],
            ["null", "null", "3.0", "'{\"k\": [1, \"}\"]}'"],
        ]
    );
    assert_eq!(ran.summary().format, "json_lines");
}

#[test]
fn strings_of_digits_stay_strings_in_json() {
    let ran = Setup::inferred().run("{\"a\":\"1\",\"b\":true,\"c\":\"2013-01-31\"}\n");
    assert_eq!(ran.rows(), [["'1'", "true", "day 15736"]]);
}

#[test]
fn what_is_no_table_is_said_to_be_none() {
    for text in [
        "",
        "\n\n",
        "just words\nand more\n",
        "PK\u{3}\u{4}\0\0,\0\n",
        "[1,2]\n",
        "{}\n{}\n",
    ] {
        assert!(Setup::inferred().run(text).is_not_a_table(), "{text:?}");
    }
}

#[test]
fn column_names_are_unique_and_not_empty() {
    for text in ["a,a\n1,2\n", "a,\n1,2\n", "{\"\":1}\n"] {
        assert_eq!(
            Setup::inferred().run(text).code(),
            ReasonCode::TableDuplicateColumn,
            "{text}"
        );
    }
}

fn sizeable() -> String {
    let mut text = "id,name,value,at\n".to_owned();
    for row in 0_u64..60_000 {
        let scattered = row.wrapping_mul(2_654_435_761) % 1_000_003;
        let line = format!(
            "{row},\"n{}\",{}.{:02},2013-01-{:02}T00:00:00Z\n",
            scattered % 97,
            scattered,
            row % 100,
            row % 28 + 1
        );
        text += &line;
        if row % 1_000 == 999 {
            text += "too,few\n";
        }
    }
    text
}

#[test]
fn the_same_bytes_give_the_same_result_on_any_number_of_threads_and_however_they_come() {
    let text = sizeable();
    let first = Setup::inferred().run(&text);
    assert_eq!((first.summary().rows, first.summary().bad_rows), (60_000, 60));
    for threads in [1, 2, 4] {
        let ran = Setup::inferred().threads(threads).run(&text);
        assert_eq!(ran.table, first.table, "{threads} threads");
        assert_eq!(ran.bad_rows, first.bad_rows);
        assert_eq!(ran.outcome, first.outcome);
    }
    let dripped = Setup::inferred().try_run(|| Dripping(text.as_bytes())).unwrap();
    assert_eq!(dripped.table, first.table);
    assert_eq!(dripped.outcome, first.outcome);
}

#[test]
fn a_wide_table_is_read() {
    let header: Vec<String> = (0..1_000).map(|column| format!("c{column}")).collect();
    let row: Vec<String> = (0..1_000).map(|column| column.to_string()).collect();
    let text = format!("{}\n{}", header.join(","), format!("{}\n", row.join(",")).repeat(700));
    let ran = Setup::inferred().threads(2).run(text);
    let rows = ran.rows();
    assert_eq!((rows.len(), rows[699][999].as_str()), (700, "999"));
}
