//! Each limit, at the limit and one past it.

use relay_model::ReasonCode;

use crate::support::Setup;

#[test]
fn columns_max() {
    let setup = Setup::inferred().limit(|limits| limits.columns_max = 2);
    assert_eq!(setup.run("a,b\n1,2\n").summary().rows, 1);
    assert_eq!(setup.run("a,b,c\n1,2,3\n").code(), ReasonCode::TableTooManyColumns);
    assert_eq!(setup.run("{\"a\":1,\"b\":2}\n").summary().rows, 1);
    assert_eq!(
        setup.run("{\"a\":1,\"b\":2}\n{\"c\":3}\n").code(),
        ReasonCode::TableTooManyColumns
    );
    let late = format!("{}{{\"c\":3}}\n", "{\"a\":1,\"b\":2}\n".repeat(20_001));
    assert_eq!(setup.run(late).code(), ReasonCode::TableTooManyColumns);
}

#[test]
fn row_bytes_max_counts_the_line_ending() {
    let setup = || Setup::inferred().lenient().limit(|limits| limits.row_bytes_max = 8);
    let csv = setup().csv();
    for (row, is_good) in [
        ("1,34567\n", true),
        ("1,345678\n", false),
        ("1,3456\r\n", true),
        ("1,34567\r\n", false),
        ("1,345678", true),
        ("1,3456789", false),
        ("1,\"567\"\n", true),
        ("1,\"5678\"\n", false),
        ("1,\"5\n7\"\n", true),
    ] {
        let ran = csv.run(format!("a,b\n{row}"));
        assert_eq!(
            (ran.summary().rows == 1, ran.summary().bad_rows == 0),
            (is_good, is_good),
            "{row:?}"
        );
    }
    for (row, is_good) in [("{\"a\":1}\n", true), ("{\"a\":12}\n", false)] {
        let ran = setup().run(format!("{{\"a\":0}}\n{row}"));
        assert_eq!(ran.summary().bad_rows == 0, is_good, "{row:?}");
    }
}

#[test]
fn a_header_longer_than_a_row_may_be() {
    let setup = Setup::inferred().csv().limit(|limits| limits.row_bytes_max = 10);
    assert_eq!(setup.run("aaaa,bbbb\n1,2\n").summary().rows, 1);
    for (text, line) in [("aaaaa,bbbb\n1,2\n", "line 1,"), ("\n\r\naaaaa,bbbb\n1,2\n", "line 3,")] {
        let ran = setup.run(text);
        assert_eq!(ran.code(), ReasonCode::TableHeaderTooLong);
        assert!(ran.reason().text.contains(line), "{}", ran.reason().text);
    }
}

#[test]
fn bad_rows_max() {
    let text = format!("a,b\n{}1\n2\n3\n4\n{}", "1,2\n".repeat(10), "1,2\n".repeat(10));
    let setup = |max| {
        Setup::inferred()
            .lenient()
            .csv()
            .limit(|limits| limits.bad_rows_max = max)
    };
    assert_eq!(setup(4).run(&text).summary().bad_rows, 4);
    let ran = setup(3).run(&text);
    assert_eq!(ran.code(), ReasonCode::TableTooManyBadRows);
    assert_eq!(
        ran.bad().len(),
        4,
        "the side file reaches to the row that broke the limit"
    );
    assert_eq!(setup(0).run("a,b\n1,2\n").summary().rows, 1);
}

#[test]
fn bad_rows_percent_max_is_judged_at_the_end() {
    let setup = Setup::inferred().csv().limit(|limits| limits.bad_rows_percent_max = 10);
    let text = |good| format!("a,b\n1\n{}", "1,2\n".repeat(good));
    assert_eq!(setup.run(text(9)).summary().bad_rows, 1);
    let ran = setup.run(text(8));
    assert_eq!(ran.code(), ReasonCode::TableTooManyBadRows);
    assert_eq!(
        ran.reason().text,
        "1 of 9 rows are bad, the limit is 10 percent (bad_rows_percent_max)"
    );
    assert_eq!(ran.bad().len(), 1);
}

#[test]
fn unpacked_bytes_max() {
    let text = "a,b\n".to_owned() + &"1,2\n".repeat(100);
    let packed = zstd::encode_all(text.as_bytes(), 3).unwrap();
    let setup = |max| Setup::inferred().limit(|limits| limits.unpacked_bytes_max = max);
    assert_eq!(setup(404).run(&packed).summary().unpacked_bytes, 404);
    assert_eq!(setup(403).run(&packed).code(), ReasonCode::UnpackedTooLarge);
    assert_eq!(
        setup(403).run(&text).summary().rows,
        100,
        "the limit is on what is packed"
    );
}

#[test]
fn unpacked_ratio_max_is_judged_above_the_unchecked_bytes() {
    let text = "a,b\n".to_owned() + &"1,2\n".repeat(100_000);
    let packed = zstd::encode_all(text.as_bytes(), 3).unwrap();
    let ratio = text.len() as u64 / packed.len() as u64;
    let setup = |ratio, unchecked| {
        Setup::inferred().limit(|limits| {
            limits.unpacked_ratio_max = ratio;
            limits.unpacked_bytes_unchecked = unchecked;
        })
    };
    assert_eq!(setup(ratio + 1, 0).run(&packed).summary().rows, 100_000);
    assert_eq!(setup(ratio - 1, 0).run(&packed).code(), ReasonCode::UnpackedTooLarge);
    assert_eq!(setup(1, text.len() as u64).run(&packed).summary().rows, 100_000);
    assert_eq!(
        setup(1, text.len() as u64 - 1).run(&packed).code(),
        ReasonCode::UnpackedTooLarge
    );
}
