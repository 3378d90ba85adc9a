//! Cells that hold places on the Earth.

use relay_frictionless::CellRule;
use serde_json::json;

use crate::support::assert_reads;

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
