//! Cells of every type and format.

use relay_frictionless::{CellRule, JsonKind, PhysicalType, Value};
use serde_json::{Value as Json, json};

use crate::support::{assert_reads, read, reader};

const DAY: i64 = 86_400_000_000;

fn value(field: &Json, text: &str) -> Value<'static> {
    read(field, text).unwrap().unwrap()
}

#[test]
fn strings_are_any_utf8() {
    let field = json!({"type": "string"});
    assert_eq!(value(&field, "né"), Value::Text("né".as_bytes().into()));
    assert_eq!(reader(&field).read(b"\xff"), Err(CellRule::Encoding));
    assert_eq!(reader(&json!({"type": "any"})).read(b"\xff"), Err(CellRule::Encoding));
    assert_eq!(
        reader(&json!({"type": "list"})).read(b"a,\xff"),
        Err(CellRule::Encoding)
    );
}

#[test]
fn strings_have_formats() {
    let refuse = |format: &str, held: &[&str], refused: &[&str]| {
        assert_reads(
            &json!({"type": "string", "format": format}),
            held,
            CellRule::Format,
            refused,
        );
    };
    refuse(
        "email",
        &["a@b.org", "first.last+tag@sub.example.org"],
        &[
            "a",
            "a@",
            "@b.org",
            "a@b",
            "a b@c.org",
            ".a@b.org",
            "a..b@c.org",
            "a@-b.org",
            "a@b..org",
            "é@b.org",
            "a@b@c.org",
        ],
    );
    refuse(
        "uri",
        &["http://a.org/x?y=1#z", "urn:isbn:1", "mailto:a@b.org", "s3://b/k%20x"],
        &[
            "a.org",
            "/x",
            "1a:b",
            "http://a b",
            "http://a/%zz",
            "http://a/%2",
            "http://a/é",
            "http://a#b#c",
            ":x",
        ],
    );
    refuse(
        "binary",
        &["YQ==", "YWI=", "YWJj"],
        &["YQ", "Y", "YQ=", "Y===", "YW*j", "YQ==YQ==", "YQ==\n"],
    );
    refuse(
        "uuid",
        &[
            "123e4567-e89b-12d3-a456-426614174000",
            "123E4567-E89B-12D3-A456-426614174000",
        ],
        &[
            "123e4567e89b12d3a456426614174000",
            "123e4567-e89b-12d3-a456-42661417400",
            "g23e4567-e89b-12d3-a456-426614174000",
        ],
    );
}

#[test]
fn integers_fit_64_bits() {
    let field = json!({"type": "integer"});
    for (text, expected) in [
        ("0", 0),
        ("+7", 7),
        ("-007", -7),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
        ("0000000000000000000000000000001", 1),
    ] {
        assert_eq!(value(&field, text), Value::Integer(expected), "{text}");
    }
    assert_reads(
        &field,
        &[],
        CellRule::Type,
        &[
            "-", "+", "1.0", "1e3", "--1", " 1", "1 ", "１", "1_000", "0x10", "1,000",
        ],
    );
    assert_reads(
        &field,
        &[],
        CellRule::Range,
        &["9223372036854775808", "-9223372036854775809", "99999999999999999999999"],
    );
}

#[test]
fn numbers_are_decimals_with_an_exponent_or_special() {
    let field = json!({"type": "number"});
    for (text, expected) in [
        ("1", 1.0),
        ("-1.5", -1.5),
        ("+.5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1E-3", 0.001),
        ("007", 7.0),
    ] {
        assert_eq!(value(&field, text), Value::Number(expected), "{text}");
    }
    assert_eq!(value(&field, "INF"), Value::Number(f64::INFINITY));
    assert_eq!(value(&field, "-inf"), Value::Number(f64::NEG_INFINITY));
    assert!(matches!(value(&field, "nan"), Value::Number(number) if number.is_nan()));
    assert_reads(
        &field,
        &[],
        CellRule::Type,
        &[
            ".", "-", "1e", "e1", "1,5", "1 000", "infinity", "+INF", "1.2.3", "+-1", "0x1",
        ],
    );
    assert_reads(&field, &[], CellRule::Range, &["1e400", "-1e400"]);
}

#[test]
fn other_characters_may_group_digits_and_mark_decimals() {
    let field = json!({"type": "number", "decimalChar": ",", "groupChar": "."});
    assert_eq!(value(&field, "1.234.567,5"), Value::Number(1_234_567.5));
    assert_eq!(value(&field, "-1,5e3"), Value::Number(-1500.0));
    assert_reads(
        &field,
        &["NaN", "1234"],
        CellRule::Type,
        &["1..2", "1,5,5", ".5", "1.", "1,5.0", "1,000.5"],
    );
    let field = json!({"type": "integer", "groupChar": "\u{202f}"});
    assert_eq!(value(&field, "1\u{202f}000"), Value::Integer(1000));
    assert_reads(
        &field,
        &["12"],
        CellRule::Type,
        &["\u{202f}1", "1\u{202f}", "1\u{202f}\u{202f}0", "1 000"],
    );
    let only_decimal = json!({"type": "number", "decimalChar": ","});
    assert_reads(&only_decimal, &["1,5"], CellRule::Type, &["1.5"]);
    let long = "1".repeat(200);
    assert_eq!(read(&field, &long), Err(CellRule::Range));
}

#[test]
fn what_stands_around_a_number_may_be_stripped() {
    let number = json!({"type": "number", "bareNumber": false});
    for (text, expected) in [
        ("95%", 95.0),
        ("€ -1.5", -1.5),
        ("EUR 95", 95.0),
        ("$.5", 0.5),
        ("95", 95.0),
        ("INF", f64::INFINITY),
    ] {
        assert_eq!(value(&number, text), Value::Number(expected), "{text}");
    }
    assert_reads(&number, &[], CellRule::Type, &["EUR", "-€95", "95-", "1 of 2", "5-HT"]);
    let integer = json!({"type": "integer", "bareNumber": false, "groupChar": ","});
    assert_eq!(value(&integer, "1,000 kg"), Value::Integer(1000));
    assert_eq!(read(&json!({"type": "integer"}), "95%"), Err(CellRule::Type));
}

#[test]
fn booleans_are_the_listed_texts() {
    let field = json!({"type": "boolean"});
    assert_reads(
        &field,
        &["true", "True", "TRUE", "1", "false", "False", "FALSE", "0"],
        CellRule::Type,
        &["yes", "tRUE", "2", " true"],
    );
    assert_eq!(value(&field, "1"), Value::Boolean(true));
    let field = json!({"type": "boolean", "trueValues": ["ja"], "falseValues": ["nein"]});
    assert_eq!(value(&field, "nein"), Value::Boolean(false));
    assert_reads(&field, &["ja"], CellRule::Type, &["true", "1"]);
}

#[test]
fn objects_and_arrays_are_json() {
    assert_reads(
        &json!({"type": "object"}),
        &["{}", r#" {"a":[1]}"#],
        CellRule::Type,
        &["[]", "1", "{", "{}x", "{a:1}"],
    );
    assert_reads(
        &json!({"type": "array"}),
        &["[]", "[1,{}]"],
        CellRule::Type,
        &["{}", "1", "[", "[]x"],
    );
}

#[test]
fn lists_have_items_of_one_type() {
    let field = json!({"type": "list", "itemType": "integer"});
    assert_reads(&field, &["1", "1,2,3"], CellRule::Type, &["1,x", "1,", "1, 2", ","]);
    assert_reads(&json!({"type": "list"}), &["a,b", ",", "a"], CellRule::Type, &[]);
    assert_reads(
        &json!({"type": "list", "delimiter": "; ", "itemType": "date"}),
        &["2024-01-01; 2024-01-02"],
        CellRule::Type,
        &["2024-01-01;2024-01-02"],
    );
    for item in ["string", "integer", "boolean", "number", "datetime", "date", "time"] {
        reader(&json!({"type": "list", "itemType": item}));
    }
}

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
    assert_eq!(value(&field, "1970-01-01T24:00:00Z"), at(DAY, true));
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

#[test]
fn geopoints_are_places_on_the_earth() {
    let field = json!({"type": "geopoint"});
    assert_reads(
        &field,
        &["90.50, 45.50", "90.50,45.50", "-180,90"],
        CellRule::Type,
        &["90", "181,0", "0,91", "a,b", "1,2,3", "1 , 2", "NaN,0"],
    );
    let field = json!({"type": "geopoint", "format": "array"});
    assert_reads(
        &field,
        &["[90.5, 45.5]"],
        CellRule::Format,
        &["[1]", "[1,2,3]", "90.5, 45.5", "[\"1\",\"2\"]", "[181,0]"],
    );
    let field = json!({"type": "geopoint", "format": "object"});
    assert_reads(
        &field,
        &[r#"{"lon": 90.5, "lat": 45.5}"#],
        CellRule::Format,
        &[
            "{}",
            r#"{"lon":1}"#,
            r#"{"lon":1,"lat":2,"x":3}"#,
            r#"{"lon":"1","lat":"2"}"#,
        ],
    );
}

#[test]
fn geojson_is_of_rfc_7946() {
    let held = [
        r#"{"type":"Point","coordinates":[1,2]}"#,
        r#"{"type":"MultiPoint","coordinates":[[1,2],[3,4,5]]}"#,
        r#"{"type":"LineString","coordinates":[[1,2],[3,4]]}"#,
        r#"{"type":"MultiLineString","coordinates":[[[1,2],[3,4]]]}"#,
        r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}"#,
        r#"{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]]]}"#,
        r#"{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]}]}"#,
        r#"{"type":"Feature","geometry":null,"properties":null}"#,
        r#"{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":{}}]}"#,
    ];
    let refused = [
        "{}",
        "[]",
        "x",
        r#"{"type":"Point"}"#,
        r#"{"type":"Point","coordinates":[1]}"#,
        r#"{"type":"Point","coordinates":["1","2"]}"#,
        r#"{"type":"LineString","coordinates":[[1,2]]}"#,
        r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[0,0]]]}"#,
        r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]}"#,
        r#"{"type":"Feature","properties":{}}"#,
        r#"{"type":"FeatureCollection","features":[{"type":"Point","coordinates":[1,2]}]}"#,
        r#"{"type":"GeometryCollection","geometries":[1]}"#,
        r#"{"type":"Circle","coordinates":[1,2]}"#,
    ];
    assert_reads(&json!({"type": "geojson"}), &held, CellRule::Type, &refused);
    let topology = r#"{"type":"Topology","objects":{"a":{"type":"Point","coordinates":[0,0]}},"arcs":[[[0,0],[1,1]]]}"#;
    assert_reads(
        &json!({"type": "geojson", "format": "topojson"}),
        &[topology],
        CellRule::Format,
        &["{}", held[0], r#"{"type":"Topology","objects":[],"arcs":[]}"#],
    );
}

#[test]
fn a_column_has_one_physical_type() {
    for (field_type, physical) in [
        ("integer", PhysicalType::Integer),
        ("year", PhysicalType::Integer),
        ("number", PhysicalType::Number),
        ("boolean", PhysicalType::Boolean),
        ("date", PhysicalType::Date),
        ("time", PhysicalType::Time),
        ("datetime", PhysicalType::Datetime),
        ("string", PhysicalType::Text),
        ("yearmonth", PhysicalType::Text),
        ("duration", PhysicalType::Text),
        ("geopoint", PhysicalType::Text),
        ("geojson", PhysicalType::Text),
        ("object", PhysicalType::Text),
        ("array", PhysicalType::Text),
        ("list", PhysicalType::Text),
        ("any", PhysicalType::Text),
    ] {
        assert_eq!(
            reader(&json!({"type": field_type})).physical_type(),
            physical,
            "{field_type}"
        );
    }
}

#[test]
fn missing_values_are_whole_texts() {
    let schema_level = json!({"type": "integer", "missingValues": ["", "-", "n/a"]});
    for text in ["", "-", "n/a"] {
        assert_eq!(read(&schema_level, text), Ok(None), "{text}");
    }
    assert_eq!(read(&schema_level, "n/"), Err(CellRule::Type));
    assert_eq!(
        read(&json!({"type": "integer", "missingValues": []}), ""),
        Err(CellRule::Type)
    );
    assert_eq!(
        read(
            &json!({"type": "string", "missingValues": [{"value": "-99", "label": "refused"}]}),
            "-99"
        ),
        Ok(None)
    );
    let required = json!({"type": "string", "constraints": {"required": true}});
    assert_eq!(read(&required, ""), Err(CellRule::Required));
    assert_eq!(
        read(&json!({"type": "string"}), "NA"),
        Ok(Some(Value::Text(b"NA".into())))
    );
}

#[test]
fn json_values_have_kinds() {
    let json = |field: &Json, kind, text: &str| {
        reader(field)
            .read_json(kind, text.as_bytes())
            .map(|value| value.map(crate::support::owned))
    };
    let integer = json!({"type": "integer", "missingValues": ["-99"]});
    assert_eq!(json(&integer, JsonKind::Number, "42"), Ok(Some(Value::Integer(42))));
    assert_eq!(json(&integer, JsonKind::Number, "1.0"), Ok(Some(Value::Integer(1))));
    assert_eq!(json(&integer, JsonKind::Number, "1.5"), Err(CellRule::Type));
    assert_eq!(json(&integer, JsonKind::Number, "1e300"), Err(CellRule::Range));
    assert_eq!(json(&integer, JsonKind::String, "42"), Ok(Some(Value::Integer(42))));
    assert_eq!(json(&integer, JsonKind::String, "-99"), Ok(None));
    assert_eq!(json(&integer, JsonKind::Number, "-99"), Ok(Some(Value::Integer(-99))));
    assert_eq!(json(&integer, JsonKind::Null, ""), Ok(None));
    assert_eq!(json(&integer, JsonKind::Boolean, "true"), Err(CellRule::Type));
    assert_eq!(
        json(&json!({"type": "boolean"}), JsonKind::Boolean, "false"),
        Ok(Some(Value::Boolean(false)))
    );
    assert_eq!(
        json(&json!({"type": "boolean"}), JsonKind::Number, "1"),
        Err(CellRule::Type)
    );
    assert_eq!(
        json(&json!({"type": "string"}), JsonKind::Number, "1"),
        Err(CellRule::Type)
    );
    assert_eq!(
        json(&json!({"type": "any"}), JsonKind::Number, "1"),
        Ok(Some(Value::Text(b"1".into())))
    );
    assert_eq!(
        json(&json!({"type": "object"}), JsonKind::Nested, "{}"),
        Ok(Some(Value::Text(b"{}".into())))
    );
    assert_eq!(
        json(&json!({"type": "object"}), JsonKind::Nested, "[]"),
        Err(CellRule::Type)
    );
    let list = json!({"type": "list", "itemType": "integer"});
    assert_eq!(
        json(&list, JsonKind::Nested, "[1, 2]"),
        Ok(Some(Value::Text(b"1,2".into())))
    );
    assert_eq!(json(&list, JsonKind::Nested, "[1, []]"), Err(CellRule::Type));
    assert_eq!(
        json(&json!({"type": "list"}), JsonKind::Nested, r#"["a,b"]"#),
        Err(CellRule::Format)
    );
    assert_eq!(
        json(&json!({"type": "year"}), JsonKind::Number, "2024"),
        Ok(Some(Value::Integer(2024)))
    );
    assert_eq!(
        json(&json!({"type": "date"}), JsonKind::Number, "2024"),
        Err(CellRule::Type)
    );
}
