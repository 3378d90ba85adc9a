//! Registered schemas: a table may bring more columns and wider numbers, and may lose nothing.

use relay_model::FieldType::{Integer, Number, String as Text};
use relay_model::ReasonCode;

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
