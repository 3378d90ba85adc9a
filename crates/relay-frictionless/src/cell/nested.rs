//! Cells that hold JSON, and geographic points.

use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::numbers::read_number;

/// The deepest nesting of geometry collections.
const GEOMETRY_DEPTH_MAX: usize = 32;
const GEOMETRIES: [(&str, usize); 6] = [
    ("Point", 0),
    ("MultiPoint", 1),
    ("LineString", 1),
    ("MultiLineString", 2),
    ("Polygon", 2),
    ("MultiPolygon", 3),
];

/// How a geographic point is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PointFormat {
    Default,
    Array,
    Object,
}

/// Whether this is a JSON object.
pub(crate) fn is_object(text: &[u8]) -> bool {
    text.trim_ascii_start().first() == Some(&b'{') && serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// Whether this is a JSON array.
pub(crate) fn is_array(text: &[u8]) -> bool {
    text.trim_ascii_start().first() == Some(&b'[') && serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// Longitude and latitude in degrees, if this is a point of the Earth.
pub(crate) fn point(text: &[u8], format: PointFormat) -> Option<(f64, f64)> {
    let number = |text: &[u8]| read_number(text, None).ok();
    let (longitude, latitude) = match format {
        PointFormat::Default => {
            let comma = text.iter().position(|byte| *byte == b',')?;
            let behind = &text[comma + 1..];
            let latitude = behind.strip_prefix(b" ").unwrap_or(behind);
            (number(&text[..comma])?, number(latitude)?)
        }
        PointFormat::Array => serde_json::from_slice::<[f64; 2]>(text).ok()?.into(),
        PointFormat::Object => {
            let map: Map<String, Value> = serde_json::from_slice(text).ok()?;
            let is_pair = map.len() == 2;
            (map.get("lon")?.as_f64()?, map.get("lat")?.as_f64().filter(|_| is_pair)?)
        }
    };
    let is_place = (-180.0..=180.0).contains(&longitude) && (-90.0..=90.0).contains(&latitude);
    is_place.then_some((longitude, latitude))
}

/// Whether this is a `GeoJSON` object (RFC 7946, section 3).
pub(crate) fn is_geojson(text: &[u8]) -> bool {
    let Ok(map) = serde_json::from_slice::<Map<String, Value>>(text) else {
        return false;
    };
    match map.get("type").and_then(Value::as_str) {
        Some("FeatureCollection") => list(map.get("features")).is_some_and(|features| features.iter().all(is_feature)),
        Some("Feature") => is_feature_map(&map),
        _ => is_geometry(&map, GEOMETRY_DEPTH_MAX),
    }
}

/// Whether this is a `TopoJSON` topology (specification, section 2.1): objects by name, and arcs of positions.
pub(crate) fn is_topojson(text: &[u8]) -> bool {
    let Ok(map) = serde_json::from_slice::<Map<String, Value>>(text) else {
        return false;
    };
    map.get("type").and_then(Value::as_str) == Some("Topology")
        && map
            .get("objects")
            .and_then(Value::as_object)
            .is_some_and(|objects| objects.values().all(Value::is_object))
        && map.get("arcs").is_some_and(|arcs| is_positions(arcs, 2))
}

fn list(value: Option<&Value>) -> Option<&Vec<Value>> {
    value.and_then(Value::as_array)
}

fn is_feature(value: &Value) -> bool {
    value.as_object().is_some_and(is_feature_map)
}

fn is_feature_map(map: &Map<String, Value>) -> bool {
    let is_geometry = |value: &Value| match value {
        Value::Null => true,
        Value::Object(geometry) => is_geometry(geometry, GEOMETRY_DEPTH_MAX),
        _ => false,
    };
    map.get("type").and_then(Value::as_str) == Some("Feature")
        && map.get("geometry").is_some_and(is_geometry)
        && matches!(map.get("properties"), Some(Value::Null | Value::Object(_)))
}

fn is_geometry(map: &Map<String, Value>, depth: usize) -> bool {
    let Some(kind) = map.get("type").and_then(Value::as_str) else {
        return false;
    };
    if kind == "GeometryCollection" {
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        let is_member = |member: &Value| member.as_object().is_some_and(|member| is_geometry(member, depth));
        return list(map.get("geometries")).is_some_and(|members| members.iter().all(is_member));
    }
    let nesting = GEOMETRIES
        .iter()
        .find(|(name, _)| *name == kind)
        .map(|(_, nesting)| *nesting);
    let Some((nesting, coordinates)) = nesting.zip(map.get("coordinates")) else {
        return false;
    };
    is_positions(coordinates, nesting) && is_long_enough(coordinates, kind)
}

/// Whether these are positions in so many lists.
fn is_positions(value: &Value, nesting: usize) -> bool {
    let Some(items) = value.as_array() else { return false };
    if nesting == 0 {
        return items.len() >= 2 && items.iter().all(Value::is_number);
    }
    items.iter().all(|item| is_positions(item, nesting - 1))
}

/// A line has two positions at least; a ring has four, and ends where it begins.
fn is_long_enough(coordinates: &Value, kind: &str) -> bool {
    let is_line = |line: &Value| line.as_array().is_some_and(|line| line.len() >= 2);
    let is_ring = |ring: &Value| {
        ring.as_array()
            .is_some_and(|ring| ring.len() >= 4 && ring.first() == ring.last())
    };
    let all =
        |value: &Value, holds: &dyn Fn(&Value) -> bool| value.as_array().is_some_and(|list| list.iter().all(holds));
    match kind {
        "LineString" => is_line(coordinates),
        "MultiLineString" => all(coordinates, &is_line),
        "Polygon" => all(coordinates, &is_ring),
        "MultiPolygon" => all(coordinates, &|polygon| all(polygon, &is_ring)),
        _ => true,
    }
}
