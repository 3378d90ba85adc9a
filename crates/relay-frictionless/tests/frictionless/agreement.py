"""Cells and packages with the verdicts of frictionless-py on them, as JSON on standard output.

Nothing is random: every text is tried in every field.
"""

import json
import sys

from frictionless import Package, Schema, validate
from frictionless.exception import FrictionlessException

TEXTS = [
    "a", "abc", "aaaa", "n/a", "é", " a", "yes", "true", "True", "TRUE", "tRUE", "false", "0", "1", "2", "-1", "+7", "007",
    "1.0", "1.5", "-1.5", ".5", "5.", "1e3", "1E-3", "1e400", "NaN", "nan", "INF", "-INF", "inf", "infinity", "1,000", "1.000,5",
    "1,5", "1_000", " 1", "95%", "EUR 95", "-95 kg", "95-", "0x10", "99999999999999999999", "9007199254740993",
    "2024-01-26", "2024-02-30", "2024-1-26", "26/01/2024", "01/02/2024", "0000-01-01", "9999-12-31", "20240126", "26 Jan 2024",
    "15:00:00", "15:00", "24:00:00", "15:00:60", "15:00:00.25", "15:00:00Z", "3:05 PM", "15:00:00.1234567",
    "2024-01-26T15:00:00", "2024-01-26 15:00:00", "2024-01-26T15:00:00Z", "2024-01-26T15:00:00.300-05:00", "2024-01-26T15:00",
    "2024-01-26T24:00:00", "2024-01-26T15:00:00+1", "26/01/2024 15:00:00",
    "2024", "24", "-0044", "12024", "+2024", "2024-01", "2024-13", "2024-1", "24-01",
    "P1Y", "P1Y2M3DT4H5M6.789S", "-P1D", "PT0S", "PT59S", "PT1M", "P1M", "P", "PT", "P2W", "1Y", "P1.5D", "P1S",
    "{}", '{"a": 1}', '{"a": 1, "b": 2}', "{", "[]", "[1]", "[1, 2]", "[1, 2, 3]", "[", "a,b", "1,2,3", "1,x", "2024-01-26,2024-01-27",
    "90.50, 45.50", "90.50,45.50", "181,0", "0,91", "1,2,3", '{"lon": 1, "lat": 2}', '{"lon": 1}', '{"lon": 1, "lat": 2, "x": 3}',
    '["1", "2"]', "[181, 0]",
    '{"type": "Point", "coordinates": [1, 2]}', '{"type": "Point"}', '{"type": "Circle", "coordinates": [1, 2]}',
    '{"type": "LineString", "coordinates": [[1, 2]]}', '{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}',
    '{"type": "Feature", "geometry": null, "properties": null}', '{"type": "FeatureCollection", "features": []}',
    '{"type": "Topology", "objects": {}, "arcs": []}',
    "a@b.org", "first.last+tag@sub.example.org", "a@", "a@b", "a b@c.org", "a..b@c.org", "http://a.org/x?y=1#z", "urn:isbn:1", "a.org",
    "http://a b", "YQ==", "YWJj", "YQ", "Y", "YW*j", "123e4567-e89b-12d3-a456-426614174000", "123e4567e89b12d3a456426614174000", "",
]

TYPES = [
    "string", "number", "integer", "boolean", "object", "array", "list", "date", "time", "datetime", "year", "yearmonth", "duration",
    "geopoint", "geojson", "any",
]
FIELDS = [{"type": name} for name in TYPES]
FIELDS += [{"type": "string", "format": name} for name in ["email", "uri", "binary", "uuid"]]
FIELDS += [{"type": "geopoint", "format": name} for name in ["array", "object"]]
FIELDS += [{"type": name, "format": "any"} for name in ["date", "time", "datetime"]]
FIELDS += [
    {"type": "geojson", "format": "topojson"},
    {"type": "date", "format": "%d/%m/%Y"},
    {"type": "time", "format": "%H:%M"},
    {"type": "datetime", "format": "%d/%m/%Y %H:%M:%S"},
    {"type": "number", "decimalChar": ",", "groupChar": "."},
    {"type": "number", "groupChar": ","},
    {"type": "number", "bareNumber": False},
    {"type": "integer", "bareNumber": False},
    {"type": "boolean", "trueValues": ["yes"], "falseValues": ["a"]},
    {"type": "list", "itemType": "integer"},
    {"type": "list", "itemType": "date"},
    {"type": "integer", "missingValues": ["n/a", "-1"]},
]
FIELDS += [{"type": name, "constraints": {"required": True}} for name in TYPES]
for name, value in [
    ("integer", 2), ("number", 1.5), ("date", "2024-01-26"), ("time", "15:00:00"), ("datetime", "2024-01-26T15:00:00"), ("year", 2024),
    ("yearmonth", "2024-01"),
]:
    for bound in ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]:
        FIELDS.append({"type": name, "constraints": {bound: value}})
for name in ["string", "array", "object", "list"]:
    FIELDS.append({"type": name, "constraints": {"minLength": 2}})
    FIELDS.append({"type": name, "constraints": {"maxLength": 2}})
FIELDS += [
    {"type": "string", "constraints": {"pattern": "a+"}},
    {"type": "string", "constraints": {"pattern": "[0-9]{4}"}},
    {"type": "string", "constraints": {"enum": ["a", "1"]}},
    {"type": "integer", "constraints": {"enum": [1, "2"]}},
    {"type": "number", "constraints": {"enum": [1, 1.5]}},
    {"type": "boolean", "constraints": {"enum": [True]}},
    {"type": "date", "constraints": {"enum": ["2024-01-26"]}},
    {"type": "object", "constraints": {"enum": [{"a": 1}]}},
    {"type": "year", "constraints": {"enum": ["2024"]}},
]

TWO = "https://datapackage.org/profiles/2.0/datapackage.json"
GOOD = {"name": "r", "path": "r.csv"}


def schema(**properties):
    return {"fields": [{"name": "id", "type": "integer"}, {"name": "name", "type": "string"}], **properties}


PACKAGES = {
    "good": {"resources": [GOOD]},
    "no resources": {"name": "p"},
    "empty resources": {"resources": []},
    "resource without name": {"resources": [{"path": "r.csv"}]},
    "resource without path": {"resources": [{"name": "r"}]},
    "path and data": {"resources": [{**GOOD, "data": []}]},
    "same names": {"resources": [GOOD, {"name": "r", "path": "s.csv"}]},
    "absolute path": {"resources": [{"name": "r", "path": "/r.csv"}]},
    "parent path": {"resources": [{"name": "r", "path": "../r.csv"}]},
    "title is a number": {"title": 5, "resources": [GOOD]},
    "license without name": {"licenses": [{"title": "x"}], "resources": [GOOD]},
    "license": {"licenses": [{"name": "x"}], "resources": [GOOD]},
    "upper-case name in 1": {"resources": [{"name": "R", "path": "r.csv"}]},
    "upper-case name in 2": {"$schema": TWO, "resources": [{"name": "R", "path": "r.csv"}]},
    "unknown encoding": {"resources": [{**GOOD, "encoding": "klingon"}]},
    "bytes is a text": {"resources": [{**GOOD, "bytes": "5"}]},
    "schema": {"resources": [{**GOOD, "schema": schema()}]},
    "schema without fields": {"resources": [{**GOOD, "schema": {}}]},
    "field without name": {"resources": [{**GOOD, "schema": {"fields": [{"type": "string"}]}}]},
    "unknown type": {"resources": [{**GOOD, "schema": {"fields": [{"name": "a", "type": "text"}]}}]},
    "unknown string format": {"resources": [{**GOOD, "schema": {"fields": [{"name": "a", "type": "string", "format": "x"}]}}]},
    "same field names": {"resources": [{**GOOD, "schema": {"fields": [{"name": "a"}, {"name": "a"}]}}]},
    "primary key": {"resources": [{**GOOD, "schema": schema(primaryKey=["id"])}]},
    "primary key of no field": {"resources": [{**GOOD, "schema": schema(primaryKey=["x"])}]},
    "foreign key to itself": {
        "resources": [{**GOOD, "schema": schema(foreignKeys=[{"fields": ["id"], "reference": {"resource": "", "fields": ["id"]}}])}]
    },
    "foreign key of no field": {
        "resources": [{**GOOD, "schema": schema(foreignKeys=[{"fields": ["x"], "reference": {"resource": "", "fields": ["id"]}}])}]
    },
    "foreign key of another length": {
        "resources": [
            {**GOOD, "schema": schema(foreignKeys=[{"fields": ["id"], "reference": {"resource": "", "fields": ["id", "name"]}}])}
        ]
    },
    "pattern on integer": {
        "resources": [{**GOOD, "schema": {"fields": [{"name": "a", "type": "integer", "constraints": {"pattern": "a"}}]}}]
    },
    "minimum on string": {
        "resources": [{**GOOD, "schema": {"fields": [{"name": "a", "type": "string", "constraints": {"minimum": 1}}]}}]
    },
    "required is a text": {
        "resources": [{**GOOD, "schema": {"fields": [{"name": "a", "type": "string", "constraints": {"required": "yes"}}]}}]
    },
    "missing values are numbers": {"resources": [{**GOOD, "schema": schema(missingValues=[1])}]},
    "dialect": {"resources": [{**GOOD, "dialect": {"delimiter": ";"}}]},
    "delimiter is a number": {"resources": [{**GOOD, "dialect": {"delimiter": 5}}]},
}

LABELS = [["a", "b"], ["b", "a"], ["a"], ["a", "b", "c"], ["a", "c"], ["c"]]
ROWS = [
    [["1", "x"], ["2", "y"]],
    [["1", "x"], ["1", "y"]],
    [["1", "x"], ["01", "x"]],
    [["", "x"], ["2", "y"]],
    [["1", ""], ["2", ""]],
    [["1", "1"], ["2", "1"]],
    [["1", "3"], ["2", "1"]],
]
KEYS = {
    "primary key a": {"primaryKey": ["a"]},
    "primary key a+b": {"primaryKey": ["a", "b"]},
    "unique b": {"unique": "b"},
    "foreign key b to a": {"foreignKeys": [{"fields": ["b"], "reference": {"resource": "", "fields": ["a"]}}]},
}


def cells():
    for field in FIELDS:
        reader = Schema.from_descriptor({"$schema": TWO.replace("datapackage.json", "tableschema.json"), "fields": [{"name": "f", **field}]})
        read = reader.get_field("f").create_cell_reader()
        for text in TEXTS:
            try:
                value, notes = read(text)
                yield {"field": field, "text": text, "valid": not notes, "missing": value is None and not notes}
            except Exception as error:
                yield {"field": field, "text": text, "valid": False, "missing": False, "raised": type(error).__name__}


def packages():
    for name, descriptor in PACKAGES.items():
        try:
            valid = not list(Package.metadata_validate(json.loads(json.dumps(descriptor))))
        except FrictionlessException:
            valid = False
        yield {"name": name, "descriptor": descriptor, "valid": valid}


def tables():
    for match in ["exact", "equal", "subset", "superset", "partial"]:
        for labels in LABELS:
            descriptor = {"fields": [{"name": "a", "type": "any"}, {"name": "b", "type": "any"}], "fieldsMatch": match}
            rows = [["1"] * len(labels)]
            name = f"{match} {' '.join(labels)}"
            yield {"name": name, "schema": descriptor, "header": labels, "rows": rows, "valid": is_valid(descriptor, labels, rows)}
    for what, keys in KEYS.items():
        for rows in ROWS:
            descriptor = {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "string"}], **keys}
            unique = descriptor.pop("unique", None)
            if unique:
                descriptor["fields"][1]["constraints"] = {"unique": True}
            if "foreignKeys" in keys:
                descriptor["fields"][1]["type"] = "integer"
                if any(not row[1].isdigit() and row[1] for row in rows):
                    continue
            name = f"{what}: {' '.join(','.join(row) for row in rows)}"
            yield {"name": name, "schema": descriptor, "header": ["a", "b"], "rows": rows, "valid": is_valid(descriptor, ["a", "b"], rows)}


def is_valid(descriptor, header, rows):
    schema_of_two = {"$schema": TWO.replace("datapackage.json", "tableschema.json"), **json.loads(json.dumps(descriptor))}
    resource = {"name": "t", "data": [header, *rows], "schema": schema_of_two}
    report = validate({"$schema": TWO, "resources": [resource]}, type="package")
    return report.valid


json.dump({"cells": list(cells()), "packages": list(packages()), "tables": list(tables())}, sys.stdout)
