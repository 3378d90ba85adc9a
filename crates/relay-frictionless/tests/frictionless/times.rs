//! Cells that hold dates, times and durations.

use relay_frictionless::{CellRule, Value};
use serde_json::json;

use crate::support::{assert_reads, read, value};

const DAY: i64 = 86_400_000_000;

#[test]
fn dates_are_days_of_the_calendar() {
    let field = json!({"type": "date"});
    assert_eq!(value(&field, "1970-01-02"), Value::Date(1));
    assert_eq!(value(&field, "2000-02-29"), Value::Date(11_016));
    assert_reads(
        &field,
        &["0000-01-01", "9999-12-31"],
        CellRule::Type,
        &[
            "1900-02-29",
            "2013-13-01",
            "2013-1-1",
            "2013-01-01T00:00:00",
            "01/02/2013",
            "13-01-01",
        ],
    );
}

#[test]
fn dates_may_be_written_by_a_pattern() {
    let by = |format: &str| json!({"type": "date", "format": format});
    assert_eq!(value(&by("%d/%m/%Y"), "3/1/1970"), Value::Date(2));
    assert_eq!(value(&by("%d.%m.%y"), "01.01.70"), Value::Date(0));
    assert_eq!(value(&by("%b %d, %Y"), "jan 05, 1970"), Value::Date(4));
    assert_eq!(value(&by("%A %d %B %Y"), "Thursday 01 January 1970"), Value::Date(0));
    assert_eq!(value(&by("%Y-%j"), "1970-032"), Value::Date(31));
    assert_eq!(value(&by("%Y"), "1971"), Value::Date(365));
    assert_eq!(value(&by("fmt:%Y%m%d"), "19700101"), Value::Date(0));
    assert_reads(
        &by("%d/%m/%Y"),
        &["29/02/2024"],
        CellRule::Format,
        &["30/02/2024", "2024-02-29", "1/2/24", "1/2/2024 "],
    );
    assert_reads(&by("%Y-%j"), &["2024-366"], CellRule::Format, &["2023-366", "2023-0"]);
    assert_reads(&by("100%% %Y"), &["100%  2024"], CellRule::Format, &["100 2024"]);
}

#[test]
fn any_date_is_one_that_has_one_meaning() {
    let field = json!({"type": "date", "format": "any"});
    for text in [
        "1970-01-02",
        "1970/01/02",
        "19700102",
        "2 Jan 1970",
        "January 2, 1970",
        "02-Jan-1970",
    ] {
        assert_eq!(value(&field, text), Value::Date(1), "{text}");
    }
    assert_reads(&field, &[], CellRule::Format, &["01/02/1970", "tomorrow", "1970"]);
    assert_reads(
        &json!({"type": "time", "format": "any"}),
        &["10:00", "10:00:00", "3:05 PM"],
        CellRule::Format,
        &["25:00", "noon"],
    );
    assert_reads(
        &json!({"type": "datetime", "format": "any"}),
        &[
            "1970-01-02T00:00:00Z",
            "1970-01-02 10:00",
            "Fri, 02 Jan 1970 10:00:00 +0000",
        ],
        CellRule::Format,
        &["01/02/1970 10:00"],
    );
}

#[test]
fn times_are_of_a_day() {
    let field = json!({"type": "time"});
    assert_eq!(value(&field, "00:00:01.5"), Value::Time(1_500_000));
    assert_reads(
        &field,
        &["23:59:59"],
        CellRule::Type,
        &["24:00:00", "10:00", "1:00:00", "10:00:60", "10:00:00Z", "10:00:00."],
    );
    assert_eq!(read(&field, "10:00:00.1234567"), Err(CellRule::Range));
    let field = json!({"type": "time", "format": "%I:%M %p"});
    assert_eq!(value(&field, "12:30 AM"), Value::Time(30 * 60_000_000));
    assert_eq!(value(&field, "1:00 pm"), Value::Time(13 * 3_600_000_000));
    assert_reads(&field, &[], CellRule::Format, &["13:00 PM", "0:00 AM", "1:00"]);
}

#[test]
fn datetimes_are_instants_or_clocks_on_the_wall() {
    let field = json!({"type": "datetime"});
    let at = |micros, zoned| Value::Datetime { micros, zoned };
    assert_eq!(value(&field, "1970-01-02T00:00:00"), at(DAY, false));
    assert_eq!(value(&field, "1970-01-01T01:00:00.000001+01:00"), at(1, true));
    assert_reads(
        &field,
        &[
            "2024-01-26 15:00:00",
            "2024-01-26T15:00:00.300-05:00",
            "2024-01-26T15:00:00.1234560",
        ],
        CellRule::Type,
        &[
            "2024-01-26",
            "2024-01-26T15:00",
            "2024-01-26T24:00:00",
            "2024-01-26T24:00:01",
            "2024-01-26T23:59:60Z",
            "2024-02-30T00:00:00",
            "2024-01-26T15:00:00+1",
        ],
    );
    assert_eq!(read(&field, "2024-01-26T15:00:00.1234567"), Err(CellRule::Range));
    let field = json!({"type": "datetime", "format": "%d/%m/%Y %H:%M:%S.%f %z"});
    assert_eq!(value(&field, "01/01/1970 01:00:00.25 +0100"), at(250_000, true));
    assert_reads(
        &field,
        &["01/01/1970 01:00:00.25 +01:00"],
        CellRule::Format,
        &["01/01/1970 01:00:00 +0100"],
    );
    assert_eq!(
        value(
            &json!({"type": "datetime", "format": "%Y-%m-%d %H:%M %Z"}),
            "1970-01-01 00:01 UTC"
        ),
        at(60_000_000, true)
    );
}

#[test]
fn years_and_months_are_of_xml_schema() {
    let field = json!({"type": "year"});
    assert_eq!(value(&field, "2024"), Value::Integer(2024));
    assert_eq!(value(&field, "-0044"), Value::Integer(-44));
    assert_reads(
        &field,
        &["12024"],
        CellRule::Type,
        &["24", "+2024", "02024", "2024Z", "20x4"],
    );
    assert_reads(
        &json!({"type": "yearmonth"}),
        &["2024-01", "-0044-03"],
        CellRule::Type,
        &["2024-13", "2024-1", "2024", "2024-00", "24-01"],
    );
}

#[test]
fn durations_are_of_xml_schema() {
    assert_reads(
        &json!({"type": "duration"}),
        &["P1Y", "P1Y2M3DT4H5M6.789S", "-P1D", "PT0S", "P1M", "PT1M", "P0Y"],
        CellRule::Type,
        &[
            "P", "PT", "P1YT", "1Y", "P1S", "PT1D", "P1D1Y", "P1.5D", "P-1D", "P2W", "PT1.S", "p1d", "P1Y1Y",
        ],
    );
    assert_eq!(read(&json!({"type": "duration"}), "P1234567890Y"), Err(CellRule::Range));
}
