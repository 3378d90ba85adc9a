//! Registered schemas: a table may bring more columns and wider numbers, and may lose nothing.

use relay_model::FieldType::{Integer, Number, String as Text};
use relay_model::{ReasonCode, TableRule};
use relay_transform::RegisteredTable;

use crate::support::Setup;

fn setup() -> Setup {
    Setup::declared(&["id:integer!", "name:string", "degrees:number"]).registered()
}

#[test]
fn columns_are_found_by_name_and_further_ones_are_text() {
    let ran = setup().run("note,degrees,id,name\nfine,1.5,1,A\n,,2,B\n");
    let types: Vec<_> = ran.types().into_iter().map(|(name, kind, _)| (name, kind)).collect();
    let expected = [("note", Text), ("degrees", Number), ("id", Integer), ("name", Text)];
    assert_eq!(types, expected.map(|(name, kind)| (name.to_owned(), kind)));
    assert_eq!(ran.rows()[1], ["null", "null", "2", "'B'"]);
    let summary = ran.summary();
    assert_eq!(summary.schema_changes, ["column 'note' is new and may be empty"]);
    assert_eq!((summary.schema_version, summary.passes), (Some(1), 1));
    let same = setup().run("id,name,degrees\n1,A,2\n");
    assert!(same.summary().schema_changes.is_empty());
}

#[test]
fn what_is_dropped_or_renamed_is_told_in_words() {
    for (header, words) in [
        ("id,name", "column 'degrees' is missing"),
        ("id,Name,degrees", "column 'name' seems to be called 'Name' now"),
        ("id,title,degrees", "column 'name' seems to be called 'title' now"),
        ("name,x,y,z", "column 'id' is missing; column 'degrees' is missing"),
    ] {
        let ran = setup().run(format!("{header}\n{}\n", header.replace(char::is_alphabetic, "1")));
        assert_eq!(ran.code(), ReasonCode::TableSchemaChanged, "{header}");
        assert_eq!(ran.reason().text, words, "{header}");
        assert!(ran.table.is_empty());
    }
}

#[test]
fn a_missing_heading_shows_no_value() {
    let ran = setup().csv().run("123-45-6789,Jane,1.5\n2,B,2\n");
    assert_eq!(ran.code(), ReasonCode::TableSchemaChanged);
    assert_eq!(
        ran.reason().text,
        "none of the registered columns is there: is the heading missing?"
    );
    let single = Setup::declared(&["ssn:string"]).registered().csv();
    assert!(!single.run("123-45-6789\n987-65-4321\n").reason().text.contains("123"));
}

#[test]
fn whole_numbers_may_turn_out_to_be_decimals() {
    let registered = Setup::declared(&["n:integer", "s:string"]).registered();
    for text in [
        "n,s\n1,a\n2.5,b\n".to_owned(),
        format!("n,s\n{}2.5,b\n", "1,a\n".repeat(50_000)),
    ] {
        let ran = registered.run(&text);
        assert_eq!(ran.types()[0].1, Number);
        assert_eq!((ran.summary().passes, ran.summary().bad_rows), (2, 0));
        assert_eq!(ran.rows().last().unwrap()[0], "2.5");
        assert_eq!(
            ran.summary().schema_changes,
            ["column 'n' was integer and is number, which holds all of it"]
        );
    }
    let narrow = registered.run("n,s\n1,a\nx,b\n");
    assert_eq!(narrow.bad(), ["3/2/not_an_integer/n"], "a word is no number");
    assert_eq!(narrow.types()[0].1, Integer);
    let exact = Setup::declared(&["n:integer", "s:string"]).run("n,s\n1,a\n2.5,b\n");
    assert_eq!(exact.bad(), ["3/2/not_an_integer/n"], "where nothing may change");
}

#[test]
fn numbers_that_a_double_does_not_hold_do_not_widen() {
    let registered = Setup::declared(&["n:integer", "s:string"]).registered();
    let ran = registered.run("n,s\n9007199254740993,a\n2.5,b\n");
    assert_eq!(ran.types()[0].1, Integer);
    assert_eq!(ran.rows()[0][0], "9007199254740993");
    assert_eq!(ran.bad(), ["3/2/not_an_integer/n"]);
}

#[test]
fn lines_of_json_may_have_further_keys() {
    let ran = setup().run("{\"id\":1,\"name\":\"A\"}\n{\"id\":2,\"more\":[1],\"degrees\":3}\n{\"name\":\"C\"}\n");
    let names: Vec<String> = ran.types().into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["id", "name", "degrees", "more"]);
    assert_eq!(ran.rows()[1], ["2", "null", "3.0", "'[1]'"]);
    assert_eq!(ran.bad(), ["3/3/missing_required/id"]);
    assert_eq!(ran.summary().schema_changes, ["column 'more' is new and may be empty"]);
}

fn with_constraints() -> Setup {
    let schema = serde_json::json!({
        "fields": [
            {"name": "line", "required": true, "constraints": {"pattern": "[A-Z][0-9]"}},
            {"name": "fare", "type": "number", "decimalChar": ",", "constraints": {"minimum": 0}, "missingValues": ["free"]},
            {"name": "opened", "type": "year"},
            {"name": "riders", "type": "integer"},
            {"name": "staff", "type": "integer", "constraints": {"maximum": 9}}
        ],
        "missingValues": ["-"]
    });
    let mut setup = Setup::inferred().lenient().csv();
    setup.plan.columns = crate::support::exactly(serde_json::from_value(schema).unwrap());
    setup
}

#[test]
fn fields_are_held_to_all_that_their_schema_says() {
    let text = "line,fare,opened,riders,staff\nA1,\"2,5\",1931,7,9\n-,free,-,-,-\na1,\"1,0\",2000,1,1\nB2,\"-1,0\",2000,1,1\nB2,-,2000,1,1\nB2,\"1,0\",31,1,10\n";
    let ran = with_constraints().run(text);
    assert_eq!(ran.rows(), [["'A1'", "2.5", "1931", "7", "9"]]);
    assert_eq!(
        ran.bad(),
        [
            "3/2/required/line",
            "4/3/pattern/line",
            "5/4/minimum/fare",
            "6/5/type/fare",
            "7/6/type/opened"
        ]
    );
}

#[test]
fn only_columns_of_which_nothing_else_is_said_may_widen() {
    let ran = with_constraints()
        .registered()
        .run("staff,opened,fare,line,riders,note\n1,2000,\"1,0\",A1,1.5,x\n1.5,2000,free,A1,2,\n");
    let types: Vec<_> = ran.types().into_iter().map(|(name, kind, _)| (name, kind)).collect();
    let expected = [
        ("staff", Integer),
        ("opened", Integer),
        ("fare", Number),
        ("line", Text),
        ("riders", Number),
        ("note", Text),
    ];
    assert_eq!(types, expected.map(|(name, kind)| (name.to_owned(), kind)));
    assert_eq!(ran.rows(), [["1", "2000", "1.0", "'A1'", "1.5", "'x'"]]);
    assert_eq!(ran.bad(), ["3/2/type/staff"]);
    assert_eq!(
        ran.summary().schema_changes,
        [
            "column 'riders' was integer and is number, which holds all of it",
            "column 'note' is new and may be empty"
        ]
    );
}

#[test]
fn lines_of_json_are_held_to_constraints_as_well() {
    let mut setup = with_constraints().registered();
    setup.plan.format = None;
    let ran =
        setup.run("{\"line\":\"A1\",\"fare\":2.5,\"opened\":1931}\n{\"line\":\"A1\",\"fare\":-2.5}\n{\"fare\":1}\n");
    assert_eq!(ran.rows().len(), 1);
    assert_eq!(ran.bad(), ["2/2/minimum/fare", "3/3/required/line"]);
}

#[test]
fn what_cannot_be_held_is_no_rule() {
    for field in [
        serde_json::json!({"name": "a", "constraints": {"unique": true}}),
        serde_json::json!({"name": "a", "constraints": {"jsonSchema": {}}}),
        serde_json::json!({"name": "a", "constraints": {"minimum": 1}}),
        serde_json::json!({"name": "a", "type": "date", "format": "%Q"}),
    ] {
        let schema = serde_json::from_value(serde_json::json!({ "fields": [field] })).unwrap();
        let error = RegisteredTable::new(TableRule::new("a/*.csv", schema)).unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("the schema for 'a/*.csv' cannot be used: ") && text.contains("field 'a'"),
            "{text}"
        );
    }
}
