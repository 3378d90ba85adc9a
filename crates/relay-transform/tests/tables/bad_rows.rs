//! Bad rows: each kind, with its line and row, and never at the cost of the rows around it.

use std::io::Read;

use relay_model::ReasonCode;

use crate::support::Setup;

/// Gives so many bytes at a time.
struct Slowly<'a>(&'a [u8], usize);

impl Read for Slowly<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.1.min(buffer.len());
        self.0.read(&mut buffer[..length])
    }
}

#[test]
fn each_kind_of_broken_csv_row() {
    let mut text = b"a,b\n1,x\n2\n3,x,y\n4,\"x\"y\"\n5,\"ok\n6\"\n\n7,\xff\n8,".to_vec();
    text.extend(std::iter::repeat_n(b'z', 100));
    text.extend(b"\n9,x\n");
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
        ]
    );
    assert_eq!(ran.rows(), [["1", "'x'"], ["5", "'ok\n6'"], ["9", "'x'"]]);
    assert_eq!((ran.summary().rows, ran.summary().bad_rows), (3, 5));
}

#[test]
fn a_row_that_is_too_long_is_one_bad_row_to_its_real_end() {
    let lines = "not,a row\n".repeat(20);
    for long in [
        format!("\"{lines}\",9\n"),
        format!("9,\"{lines}\"\r\n"),
        format!("9,\"{}\"\n", "\"\"\n,".repeat(50)),
        format!("{}\n", "9,".repeat(50)),
        format!("\"a\",\"{lines}\",\"{lines}\"\n"),
    ] {
        for reads in [1, 7, 1 << 20] {
            let text = format!("a,b\n1,x\n{long}2,y\n");
            let setup = Setup::inferred()
                .lenient()
                .csv()
                .limit(|limits| limits.row_bytes_max = 64);
            let ran = setup.try_run(|| Slowly(text.as_bytes(), reads)).unwrap();
            assert_eq!(ran.bad(), ["3/2/row_too_long/-"], "{long}");
            assert_eq!(ran.rows(), [["1", "'x'"], ["2", "'y'"]], "{long}");
        }
    }
}

#[test]
fn attachments_in_a_column_of_mails_invent_no_rows() {
    let attachment = "QUJD,REVG\r\n".repeat(130_000);
    let mut text = "id,mail\n".to_owned();
    for id in 0..100 {
        let mail = if id == 50 { attachment.as_str() } else { "Hello,\nworld" };
        text += &format!("{id},\"{mail}\"\n");
    }
    let ran = Setup::inferred().run(&text);
    assert_eq!((ran.summary().rows, ran.summary().bad_rows), (99, 1));
    assert_eq!(ran.bad(), ["102/51/row_too_long/-"]);
}

#[test]
fn where_the_end_of_a_row_cannot_be_told_the_table_is_set_aside_with_the_line() {
    let long = format!("3,\"{}\" and\n4,z\n", "x\n".repeat(600));
    for broken in [
        // Never closed.
        "\"3,x\n4,y\n",
        "3,\"x\n4,y",
        "3,\"",
        // A stray quote in a quoted cell, and a line break before the readings of it meet again.
        "3,\"he said \"hi\" and\n4,fake row\n5,x\"\n",
        "3,\"x\"y\n4,z\n",
        "3,\"x\" \n4,z\n",
        "3,\"x\"\ry\n4,z\n",
        // A carriage return outside quotes, at which some readers end the row.
        "3,x\r4,y\n",
        "3,x\ry\n",
        "3,\ry,z\n5,x\n",
        // The same in a row that is too long.
        &long,
    ] {
        for reads in [1, 1 << 20] {
            let text = format!("a,b\n1,x\n2,y\n{broken}");
            let setup = Setup::inferred()
                .csv()
                .lenient()
                .limit(|limits| limits.row_bytes_max = 1_000);
            let ran = setup.try_run(|| Slowly(text.as_bytes(), reads)).unwrap();
            assert_eq!(ran.code(), ReasonCode::TableRowEndUnknown, "{broken}");
            assert!(ran.reason().text.contains("on line 4:"), "{}", ran.reason().text);
        }
    }
    // The row of names as well: such a return would end up in a name, or lose a row.
    for header in ["a,b\rx,y\n1,x\n", "a\r,b\n1,x\n", "\ra,b\n1,x\n"] {
        let ran = Setup::inferred().csv().run(format!("\n\n{header}"));
        assert_eq!(ran.code(), ReasonCode::TableRowEndUnknown, "{header}");
        assert!(ran.reason().text.contains("on line 3:"), "{}", ran.reason().text);
    }
}

#[test]
fn a_stray_quote_is_one_bad_row_where_both_readings_end_at_the_same_line_break() {
    for row in [
        "3,\"he said \"hi\" and\"\n",
        "3,\"x\"y\"\r\n",
        "\"he said \"hi\", and left\",\"then\ncame\"\n",
        "3,\"x\"\"y\"z\"\n",
    ] {
        let text = format!("a,b\n1,x\n{row}2,y\n");
        let ran = Setup::inferred().lenient().csv().run(&text);
        assert_eq!(ran.bad(), ["3/2/malformed_quote/-"], "{row}");
        assert_eq!(ran.rows(), [["1", "'x'"], ["2", "'y'"]], "{row}");
    }
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
fn a_message_stands_beside_each_bad_row() {
    let ran = Setup::declared(&["n:integer", "s:string"]).run("n,s\n1,a\nsecret,b\n");
    assert_eq!(
        ran.bad_rows,
        "{\"line\":3,\"row\":2,\"reason\":\"not_an_integer\",\"column\":\"n\",\"message\":\"the value is not a whole number of 64 bits\"}\n"
    );
}

#[test]
fn carriage_returns_before_a_line_feed_or_the_end_belong_to_the_line_break() {
    let ran = Setup::inferred()
        .csv()
        .run("a,b\r\r\n1,x\r\r\n2,\"y\rz\"\r\r\n\r\r\n3,w\r");
    assert_eq!(ran.rows(), [["1", "'x'"], ["2", "'y\rz'"], ["3", "'w'"]]);
    let ran = Setup::inferred().csv().run("a,b\n1,\"x\"\r");
    assert_eq!(ran.rows(), [["1", "'x'"]]);
}
