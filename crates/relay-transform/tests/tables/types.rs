//! Types: inferred without loss, declared as Table Schema says, widened when a late value asks for it.

use relay_model::FieldType::{Boolean, Date, Datetime, Integer, Number, String as Text};
use relay_model::{KeptAsText, ReasonCode};

use crate::support::Setup;

#[test]
fn every_type_is_inferred_and_read_back() {
    let ran = Setup::inferred().run(
        "i,n,b,d,l,z,s,none\n\
         1,1.5,true,2013-01-31,2013-01-31T08:00:00,2013-01-31T08:00:00Z,x,\n\
         NA,NA,NA,NA,NA,NA,NA,NA\n\
         -9223372036854775808,2,FALSE,1969-12-31,1970-01-01 00:00:00.000001,1970-01-01T01:00:00+01:00,01234,\"\"\n",
    );
    let types: Vec<_> = ran
        .types()
        .into_iter()
        .map(|(_, field_type, zoned)| (field_type, zoned))
        .collect();
    let expected = [Integer, Number, Boolean, Date, Datetime, Datetime, Text, Text];
    assert_eq!(
        types.iter().map(|(field_type, _)| *field_type).collect::<Vec<_>>(),
        expected
    );
    assert_eq!(
        types.iter().map(|(_, zoned)| *zoned).collect::<Vec<_>>(),
        [false, false, false, false, false, true, false, false]
    );
    assert_eq!(
        ran.rows(),
        [
            [
                "1",
                "1.5",
                "true",
                "day 15736",
                "at 1359619200000000",
                "at 1359619200000000",
                "'x'",
                "null"
            ],
            ["null", "null", "null", "null", "null", "null", "'NA'", "'NA'"],
            [
                "-9223372036854775808",
                "2.0",
                "false",
                "day -1",
                "at 1",
                "at 0",
                "'01234'",
                "null"
            ],
        ]
    );
    assert_eq!(
        (ran.summary().rows, ran.summary().bad_rows, ran.summary().passes),
        (3, 0, 1)
    );
    assert!(ran.bad_rows.is_empty());
}

/// A table whose values in the first 20,000 rows look like one type, and whose last row has another.
fn late(header: &str, early: &str, last: &str) -> String {
    format!("{header}\n{}{last}\n", format!("{early}\n").repeat(20_001))
}

#[test]
fn a_late_value_widens_the_type_in_a_second_pass() {
    for (early, last, expected) in [
        ("1,a", "1.5,a", Number),
        ("1,a", "x,a", Text),
        ("9007199254740993,a", "1.5,a", Text),
        ("1.5,a", "9007199254740993,a", Text),
        ("true,a", "1,a", Text),
        ("2013-01-31,a", "2013-01-31T00:00:00,a", Text),
        ("2013-01-31T00:00:00Z,a", "2013-01-31T00:00:00,a", Text),
        (",a", "7,a", Integer),
        ("NA,a", "7,a", Integer),
        ("1.5,a", "1e3,a", Number),
        ("1e3,a", "1.5,a", Number),
        ("no,a", "yes,a", Boolean),
        ("01/02/2024,a", "31/02/2024,a", Text),
        ("01/02/2024,a", "31/01/2024,a", Date),
        ("01/02/2024,a", "01/31/2024,a", Date),
        ("10:30,a", "10:30:15,a", Text),
        ("NA,a", "2013-01-31,a", Date),
    ] {
        let ran = Setup::inferred().run(late("v,w", early, last));
        assert_eq!(ran.types()[0].1, expected, "{early} then {last}");
        let passes = match (early, last) {
            // Written as text from the beginning, or read by the first pass as well.
            ("01/02/2024,a", "31/02/2024,a") | ("1.5,a", "1e3,a") => 1,
            _ => 2,
        };
        assert_eq!(
            (ran.summary().rows, ran.summary().passes),
            (20_002, passes),
            "{early} then {last}"
        );
        let rows = ran.rows();
        if expected == Text {
            assert_eq!(rows[20_001][0], format!("'{}'", last.split(',').next().unwrap()));
        }
    }
}

#[test]
fn an_integer_past_the_sample_counts_when_decimals_follow() {
    let text = format!(
        "v,w\n{}9007199254740993,a\n{}1.5,a\n",
        "1,a\n".repeat(20_001),
        "1,a\n".repeat(10_000)
    );
    let ran = Setup::inferred().run(text);
    assert_eq!(ran.types()[0].1, Text);
    assert_eq!(ran.rows()[20_001][0], "'9007199254740993'");
}

#[test]
fn a_late_key_is_a_column_in_the_second_pass() {
    let text = format!("{}{{\"b\":\"x\",\"a\":2}}\n", "{\"a\":1}\n".repeat(20_001));
    let ran = Setup::inferred().run(text);
    assert_eq!(
        ran.types(),
        [("a".to_owned(), Integer, false), ("b".to_owned(), Text, false)]
    );
    assert_eq!(ran.summary().passes, 2);
    assert_eq!(ran.rows()[20_001], ["2", "'x'"]);
    assert_eq!(ran.rows()[0], ["1", "null"]);
}

#[test]
fn a_declared_type_reads_the_spellings_of_table_schema() {
    let setup = Setup::declared(&["i:integer", "n:number", "b:boolean", "d:date", "t:datetime", "s:string"]);
    let ran = setup.run(
        "i,n,b,d,t,s\n+007,INF,True,2013-01-31,2013-01-31T01:00:00+01:00,NA\n,NaN,false,,,\n-1,-INF,FALSE,,,\"\"\n",
    );
    assert_eq!(
        ran.rows(),
        [
            ["7", "inf", "true", "day 15736", "at 1359590400000000", "'NA'"],
            ["null", "NaN", "false", "null", "null", "null"],
            ["-1", "-inf", "false", "null", "null", "null"],
        ]
    );
    assert!(ran.summary().schema_declared && ran.summary().columns[4].zoned);
}

#[test]
fn a_value_that_does_not_fit_a_declared_type_makes_a_bad_row() {
    let setup = Setup::declared(&["i:integer!", "n:number", "b:boolean", "d:date", "t:datetime"]);
    let ran = setup.run(
        "i,n,b,d,t\n1,2,true,2013-01-31,2013-01-31T00:00:00\n1.0,,,,\n1,x,,,\n1,,yes,,\n1,,,31.1.2013,\n1,,,,noon\n,,,,\n\
         1,,,,2013-01-31T00:00:00Z\nx,x,x,x,x\n2,3,false,,\n",
    );
    assert_eq!(
        ran.bad(),
        [
            "3/2/not_an_integer/i",
            "4/3/not_a_number/n",
            "5/4/not_a_boolean/b",
            "6/5/not_a_date/d",
            "7/6/not_a_datetime/t",
            "8/7/missing_required/i",
            "9/8/mixed_offsets/t",
            "10/9/not_an_integer/i",
        ]
    );
    assert_eq!(
        ran.rows().iter().map(|row| row[0].clone()).collect::<Vec<_>>(),
        ["1", "2"]
    );
    assert_eq!((ran.summary().rows, ran.summary().bad_rows), (2, 8));
    assert!(
        !ran.bad_rows.contains("noon") && !ran.bad_rows.contains("yes"),
        "values stay out of the side file"
    );
}

#[test]
fn a_declared_datetime_whose_first_value_comes_late_keeps_its_offset() {
    let text = format!("t,s\n{}2013-01-31T00:00:00Z,x\n", ",x\n".repeat(50_000));
    let ran = Setup::declared(&["t:datetime", "s:string"]).run(text);
    assert!(ran.summary().columns[0].zoned);
    assert_eq!((ran.summary().rows, ran.summary().passes), (50_001, 2));
    assert_eq!(ran.rows()[50_000][0], "at 1359590400000000");
}

#[test]
fn a_header_that_is_not_the_declared_one_is_told_in_words() {
    let setup = Setup::declared(&["a:integer", "b:string"]);
    for (text, part) in [
        ("a,c\n1,x\n", "column 2 is not 'b', which was declared"),
        ("b,a\n1,x\n", "column 1 is 'b', 'a' was declared"),
        ("a,b,c\n1,x,y\n", "there are 3 columns, 2 were declared"),
    ] {
        let ran = setup.run(text);
        assert_eq!(ran.code(), ReasonCode::TableHeaderMismatch);
        assert_eq!(ran.reason().text, part);
        assert!(ran.table.is_empty());
    }
    assert_eq!(
        Setup::declared(&["only:integer"]).run("only\n1\n2\n").rows(),
        [["1"], ["2"]]
    );
}

#[test]
fn declared_json_has_its_own_kinds_of_values() {
    let setup = Setup::declared(&["i:integer", "n:number", "b:boolean", "d:date", "s:string!"]);
    let ran = setup.run(concat!(
        "{\"s\":\"x\",\"i\":1,\"n\":1e3,\"b\":true,\"d\":\"2013-01-31\"}\n",
        "{\"i\":\"1\",\"s\":\"x\"}\n",
        "{\"n\":\"INF\",\"s\":{\"deep\":[1, 2]}}\n",
        "{\"b\":\"true\",\"s\":\"x\"}\n",
        "{\"s\":\"x\",\"new\":1}\n",
        "{\"i\":null,\"s\":12.50}\n",
        "{\"i\":1}\n",
    ));
    assert_eq!(
        ran.rows(),
        [
            ["1", "1000.0", "true", "day 15736", "'x'"],
            ["null", "inf", "null", "null", "'{\"deep\":[1, 2]}'"],
            ["null", "null", "null", "null", "'12.50'"],
        ]
    );
    assert_eq!(
        ran.bad(),
        [
            "2/2/not_an_integer/i",
            "4/4/not_a_boolean/b",
            "5/5/unknown_key/-",
            "7/7/missing_required/s"
        ]
    );
}

#[test]
fn na_is_a_text_among_texts_and_missing_among_numbers_and_dates() {
    let ran = Setup::inferred().run("country,temp,day,only\nNA,1.5,NA,NA\nDE,NA,2013-01-31,NA\n\"NA\",,,\n");
    assert_eq!(ran.column("country"), ["'NA'", "'DE'", "'NA'"]);
    assert_eq!(ran.column("temp"), ["1.5", "null", "null"]);
    assert_eq!(ran.column("day"), ["null", "day 15736", "null"]);
    assert_eq!(ran.column("only"), ["'NA'", "'NA'", "null"]);
    let seen: Vec<bool> = ran.summary().columns.iter().map(|column| column.na_seen).collect();
    assert_eq!(seen, [true, true, true, true]);
}

#[test]
fn strings_of_json_are_never_missing_unless_a_schema_says_so() {
    let ran =
        Setup::inferred().run("{\"s\":\"NA\",\"n\":1}\n{\"s\":\"\",\"n\":null}\n{\"s\":null,\"n\":2}\n{\"n\":3}\n");
    assert_eq!(ran.column("s"), ["'NA'", "''", "null", "null"]);
    assert_eq!(ran.column("n"), ["1", "null", "2", "3"]);
    let ran = Setup::inferred().run("{\"n\":1}\n{\"n\":\"NA\"}\n");
    assert_eq!(ran.column("n"), ["'1'", "'NA'"]);
    let ran = Setup::declared(&["s:string", "n:integer"]).run("{\"s\":\"\",\"n\":\"\"}\n");
    assert_eq!(ran.rows(), [["null", "null"]]);
}

#[test]
fn a_form_of_dates_is_told_with_the_column_and_in_the_result() {
    let ran = Setup::inferred().run(
        "day,at,open,from,unclear\n31.12.2024,2010/01/01 00:30,yes,9:05,01/02/2024\nNA,NA,NA,NA,NA\n01.02.2024,2010/12/01 23:59,no,23:59,03/04/2024\n",
    );
    assert_eq!(
        ran.rows(),
        [
            [
                "day 20088",
                "at 1262305800000000",
                "true",
                "32700000000",
                "'01/02/2024'"
            ],
            ["null", "null", "null", "null", "'NA'"],
            [
                "day 19754",
                "at 1291247940000000",
                "false",
                "86340000000",
                "'03/04/2024'"
            ],
        ]
    );
    let told = ran.summary().columns.iter();
    let told: Vec<_> = told
        .map(|column| (column.format.as_deref(), column.kept_as_text))
        .collect();
    assert_eq!(
        told,
        [
            (Some("%d.%m.%Y"), None),
            (Some("%Y/%m/%d %H:%M"), None),
            (Some("yes/no"), None),
            (Some("%H:%M"), None),
            (None, Some(KeptAsText::DayOrMonthFirst)),
        ]
    );
    assert_eq!(
        ran.metadata("hybrid-relay.formats").unwrap(),
        r#"{"at":"%Y/%m/%d %H:%M","day":"%d.%m.%Y","from":"%H:%M","open":"yes/no"}"#
    );
    let ran = Setup::inferred().run("day,n\n2024-12-31,1\n");
    assert_eq!(ran.metadata("hybrid-relay.formats"), None);
}

#[test]
fn a_time_of_24_hours_keeps_its_day() {
    let ran = Setup::inferred().run("at,n\n2024-01-01T24:00:00,1\n2024-01-01T12:00:00,2\n");
    assert_eq!(ran.column("at"), ["'2024-01-01T24:00:00'", "'2024-01-01T12:00:00'"]);
}

#[test]
fn between_semicolons_a_point_before_three_digits_may_group_thousands() {
    let ran = Setup::inferred().run("ort;einwohner;anteil\nUlm;12.345;1.250\nBonn;999;0.125\n");
    assert_eq!(ran.column("einwohner"), ["'12.345'", "'999'"]);
    assert_eq!(ran.column("anteil"), ["1.25", "0.125"]);
    let kept: Vec<_> = ran.summary().columns.iter().map(|column| column.kept_as_text).collect();
    assert_eq!(kept, [None, Some(KeptAsText::PointsMayGroup), None]);
    let ran = Setup::inferred().run("city,share\nUlm,12.345\nBonn,999\n");
    assert_eq!(ran.column("share"), ["12.345", "999.0"]);
    // A later value settles it.
    let ran = Setup::inferred().run(format!("a;b\n{}1.5;x\n", "1.250;x\n".repeat(20_001)));
    assert_eq!(ran.types()[0].1, Number);
}
