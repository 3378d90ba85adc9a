//! The first row: names of columns, or a row like the others.

use relay_model::{ColumnNames, PrivacyPolicy, ReasonCode};
use relay_transform::TableOutcome;

use crate::support::Setup;

fn names(text: &str) -> Vec<String> {
    let ran = Setup::inferred().treated(PrivacyPolicy::default()).run(text);
    ran.types().into_iter().map(|(name, _, _)| name).collect()
}

#[test]
fn a_first_row_like_those_below_it_is_a_row() {
    for (text, columns, first) in [
        (
            "1,Ulm,1.5\n2,Bonn,2.5\n3,Rome,3.5\n",
            3,
            ["1", "'Ulm'", "1.5"].as_slice(),
        ),
        ("2024-01-31,x\n2024-02-01,y\n", 2, &["day 19753", "'x'"]),
        ("Ulm,true\nBonn,false\n", 2, &["'Ulm'", "true"]),
        ("7;\"a\"\n9;\"b\"\n", 2, &["7", "'a'"]),
        (
            "Ada Muster,ada@example.com\nBo Muster,bo@example.org\n",
            2,
            &["'Ada Muster'", "'***@***.com'"],
        ),
        (
            "ada@example.com\nbo@example.org\ncy@example.net\n",
            1,
            &["'***@***.com'"],
        ),
        ("4111111111111111,5.00\n5500005555555559,6.00\n", 2, &[]),
    ] {
        let ran = Setup::inferred().treated(PrivacyPolicy::default()).run(text);
        assert!(ran.summary().header_absent, "{text}");
        let expected: Vec<String> = (1..=columns).map(|number| format!("column_{number}")).collect();
        assert_eq!(names(text), expected, "{text}");
        assert_eq!(ran.rows().len(), text.lines().count(), "{text}");
        if !first.is_empty() {
            assert_eq!(ran.rows()[0], first, "{text}");
        }
    }
}

#[test]
fn a_first_row_that_is_no_value_has_the_names() {
    for (text, expected) in [
        ("id,city\n1,Ulm\n2,Bonn\n", vec!["id", "city"]),
        (
            "country,2019,2020,2021\nDE,1,2,3\nFR,4,5,6\n",
            vec!["country", "2019", "2020", "2021"],
        ),
        (
            "station,2024-01-01,2024-01-02\nA,1,2\nB,3,4\n",
            vec!["station", "2024-01-01", "2024-01-02"],
        ),
        (
            "colour,shape\nred,round\nblue,square\nred,square\n",
            vec!["colour", "shape"],
        ),
        (
            "First Name,Last Name,Company\nAda,Muster,Acme Inc\nBo,Beispiel,Big Co\n",
            vec!["First Name", "Last Name", "Company"],
        ),
        // Two files appended to each other.
        (
            "id,email\n1,a@example.com\nid,email\n2,b@example.com\n",
            vec!["id", "email"],
        ),
        // One column for each answer, with the answer in it.
        ("E-mail,Letter\nE-mail,\n,Letter\n,Letter\n", vec!["E-mail", "Letter"]),
        ("a,b\n", vec!["a", "b"]),
        ("only,missing\n,\nNA,\n", vec!["only", "missing"]),
    ] {
        assert_eq!(names(text), expected, "{text}");
    }
}

#[test]
fn where_it_cannot_be_told_the_table_is_set_aside() {
    for text in [
        // As a name here, as a value there.
        "id,2.5,total\n1,2.6,7\n2,2.7,8\n",
        "id,ada@example.com\n1,bo@example.com\n2,cy@example.com\n",
        // Names of columns as often as values.
        "0,1,2\n5,6,7\n8,9,10\n",
        "1,2,Ulm\n5,6,Bonn\n8,9,Rome\n",
        "country,2020\nDE,83\nFR,68\n",
        "2019,2020,Ulm\n1999,2004,Bonn\n",
        // Codes above codes, and nothing that tells names from values.
        "A-1001,red\nA-1002,blue\nA-1003,green\n",
        "red,round\nblue,square\nred,square\n",
        // A single row.
        "1,x\n",
    ] {
        let ran = Setup::inferred().csv().run(text);
        assert_eq!(ran.code(), ReasonCode::TableHeaderUnknown, "{text}");
        for value in ["ada", "A-1001", "2.5", "red"] {
            assert!(!ran.reason().text.contains(value), "{}", ran.reason().text);
        }
    }
}

#[test]
fn a_late_value_does_not_bring_the_first_row_back() {
    let text = format!("1,x\n{}y,x\n", "2,x\n".repeat(20_001));
    let ran = Setup::inferred().run(&text);
    assert_eq!((ran.summary().passes, ran.summary().rows), (2, 20_003));
    assert!(ran.summary().header_absent);
    assert_eq!(ran.rows()[0][0], "'1'");
}

#[test]
fn lines_and_rows_are_numbered_from_the_first_row() {
    let text = format!("\n1,Ulm,x\n{}3\n", "2,Bonn,y\n".repeat(20));
    let ran = Setup::inferred().lenient().run(&text);
    assert_eq!(ran.bad(), ["23/22/wrong_field_count/-"]);
}

#[test]
fn columns_without_a_name_of_their_own_are_named_where_that_is_allowed() {
    let text = "id,,name,name,column_2,\n1,2,a,b,c,\n2,3,d,e,f,\n";
    assert_eq!(Setup::inferred().run(text).code(), ReasonCode::TableDuplicateColumn);
    let ran = Setup::inferred()
        .limit(|limits| limits.column_names = ColumnNames::Rename)
        .run(text);
    let columns: Vec<_> = ran
        .summary()
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.renamed_from.as_deref()))
        .collect();
    assert_eq!(
        columns,
        [
            ("id", None),
            ("column_2_2", Some("")),
            ("name", None),
            ("name_2", Some("name")),
            ("column_2", None),
            ("column_6", Some("")),
        ]
    );
    assert_eq!(ran.rows()[0], ["1", "2", "'a'", "'b'", "'c'", "null"]);
    // A second pass finds the same names.
    let late = format!("a,a\n{}x,x\n", "1,x\n".repeat(20_001));
    let ran = Setup::inferred()
        .limit(|limits| limits.column_names = ColumnNames::Rename)
        .run(&late);
    assert_eq!(ran.summary().passes, 2);
    assert_eq!(ran.summary().columns[1].name, "a_2");
}

#[test]
fn a_first_row_that_is_none_is_told_with_its_line() {
    for (text, line) in [
        (&b"a\x81,b\n1,2\n"[..], "line 1,"),
        (b"\n\r\na\x81,b\n1,2\n", "line 3,"),
    ] {
        let outcome = Setup::inferred().run(text).outcome;
        let TableOutcome::NotATable { text, .. } = outcome else {
            panic!("{outcome:?}")
        };
        assert!(text.contains(line), "{text}");
    }
}
