//! Bad rows: each kind, with its line and row, and never at the cost of the rows around it.

use crate::support::Setup;

#[test]
fn each_kind_of_broken_csv_row() {
    let mut text = b"a,b\n1,x\n2\n3,x,y\n4,\"x\"y\n5,\"ok\n6\"\n\n7,\xff\n8,".to_vec();
    text.extend(std::iter::repeat_n(b'z', 100));
    text.extend(b"\n9,x\n10,\"never\n11,x\n");
    let ran = Setup::inferred()
        .lenient()
        .csv()
        .limit(|limits| limits.row_bytes_max = 50)
        .run(&text);
    assert_eq!(
        ran.bad(),
        [
            "3/2/wrong_field_count/-",
            "4/3/wrong_field_count/-",
            "5/4/malformed_quote/-",
            "9/6/invalid_utf8/-",
            "10/7/row_too_long/-",
            "12/9/unterminated_quote/-",
        ]
    );
    assert_eq!(
        ran.rows(),
        [["1", "'x'"], ["5", "'ok\n6'"], ["9", "'x'"], ["11", "'x'"]]
    );
    assert_eq!((ran.summary().rows, ran.summary().bad_rows), (4, 6));
}

#[test]
fn each_kind_of_broken_json_line() {
    let mut text = b"{\"a\":1}\n{\"a\":\n[1]\n7\n{\"a\":1,\"a\":2}\n{\"a\":\"\\ud800\"}\n{\"a\":1} x\n\n{\"a\":\"\xff\"}\n{\"a\":\"".to_vec();
    text.extend(std::iter::repeat_n(b'z', 100));
    text.extend(b"\"}\nnonsense\n{\"a\":2}");
    let ran = Setup::inferred()
        .lenient()
        .limit(|limits| limits.row_bytes_max = 50)
        .run(&text);
    assert_eq!(
        ran.bad(),
        [
            "2/2/malformed_json/-",
            "3/3/not_an_object/-",
            "4/4/not_an_object/-",
            "5/5/duplicate_key/-",
            "6/6/malformed_json/-",
            "7/7/malformed_json/-",
            "9/8/invalid_utf8/-",
            "10/9/row_too_long/-",
            "11/10/malformed_json/-",
        ]
    );
    assert_eq!(ran.rows(), [["1"], ["2"]]);
}

#[test]
fn a_stray_quote_costs_one_line_and_not_the_rest() {
    let text = format!("a,b\n\"1,x\n{}", "2,x\n".repeat(1_000));
    let ran = Setup::inferred().csv().run(text);
    assert_eq!(ran.bad(), ["2/1/unterminated_quote/-"]);
    assert_eq!(ran.summary().rows, 1_000);
}

#[test]
fn a_message_stands_beside_each_bad_row() {
    let ran = Setup::declared(&["n:integer", "s:string"]).run("n,s\n1,a\nsecret,b\n");
    assert_eq!(
        ran.bad_rows,
        "{\"line\":3,\"row\":2,\"reason\":\"not_an_integer\",\"column\":\"n\",\"message\":\"the value is not a whole number of 64 bits\"}\n"
    );
}
