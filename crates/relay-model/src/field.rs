//! Fields of table schemas in the vocabulary of Frictionless Table Schema (v1 and v2).

use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The type of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// A whole number that fits 64 bits.
    Integer,
    /// An IEEE 754 double.
    Number,
    /// `true` or `false`, in the three usual capitalizations.
    Boolean,
    /// A calendar day, `2013-01-31`.
    Date,
    /// A point in time. With an offset it is an instant in UTC; without, local and unzoned. One column holds one kind.
    Datetime,
    /// A time of day, `08:30:00`, without an offset.
    Time,
    /// Text.
    String,
}

impl FieldType {
    /// Every type.
    pub const ALL: [Self; 7] = [
        Self::Integer,
        Self::Number,
        Self::Boolean,
        Self::Date,
        Self::Datetime,
        Self::Time,
        Self::String,
    ];

    /// The Table Schema name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Datetime => "datetime",
            Self::Time => "time",
            Self::String => "string",
        }
    }
}

/// One field of a schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "Map<String, Value>")]
pub struct Field {
    /// The column's name, byte-equal to the header.
    pub name: String,
    /// What the column is kept as.
    pub field_type: FieldType,
    /// Whether every row must have a value.
    pub required: bool,
    /// Whatever else Table Schema lets a field say, by the names of its properties: a `type` that is none of
    /// [`FieldType`], `format`, `constraints` other than `required`, options of the type. `relay-frictionless` reads it.
    pub further: Map<String, Value>,
}

impl Field {
    /// A field of which nothing else is said.
    pub fn new(name: impl Into<String>, field_type: FieldType) -> Self {
        Self {
            name: name.into(),
            field_type,
            required: false,
            further: Map::new(),
        }
    }

    /// Whether name, type and `required` are all that is said of it.
    pub fn is_plain(&self) -> bool {
        self.further.is_empty()
    }
}

/// The types of Table Schema besides those of [`FieldType`], and what their columns are kept as.
const FURTHER_TYPES: [(&str, FieldType); 9] = [
    ("year", FieldType::Integer),
    ("yearmonth", FieldType::String),
    ("duration", FieldType::String),
    ("object", FieldType::String),
    ("array", FieldType::String),
    ("list", FieldType::String),
    ("geopoint", FieldType::String),
    ("geojson", FieldType::String),
    ("any", FieldType::String),
];

/// The properties of a field besides name, type and `required` (Table Schema 1 and 2, "Field Descriptor").
const FURTHER_PROPERTIES: [&str; 12] = [
    "format",
    "constraints",
    "missingValues",
    "decimalChar",
    "groupChar",
    "bareNumber",
    "trueValues",
    "falseValues",
    "delimiter",
    "itemType",
    "categories",
    "categoriesOrdered",
];

/// Why a JSON object is no field.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
enum FieldError {
    #[error("a field has no name: give each field the name of its column")]
    NoName,
    #[error("{property} of field '{name}' is not {expected}")]
    Malformed {
        name: String,
        property: &'static str,
        expected: &'static str,
    },
    #[error("field '{name}': '{written}' is no type of Table Schema")]
    UnknownType { name: String, written: String },
    #[error("unknown field `{property}` of field '{name}'")]
    UnknownProperty { name: String, property: String },
}

impl Field {
    fn of_properties(mut map: Map<String, Value>) -> Result<Self, FieldError> {
        let Some(Value::String(name)) = map.remove("name") else {
            return Err(FieldError::NoName);
        };
        let malformed = |property, expected| FieldError::Malformed {
            name: name.clone(),
            property,
            expected,
        };
        let mut further = Map::new();
        let field_type = match map.remove("type") {
            None => FieldType::String,
            Some(Value::String(written)) => {
                if let Some(plain) = FieldType::ALL.into_iter().find(|plain| plain.name() == written) {
                    plain
                } else if let Some((_, kept_as)) = FURTHER_TYPES.into_iter().find(|(known, _)| *known == written) {
                    further.insert("type".to_owned(), written.into());
                    kept_as
                } else {
                    return Err(FieldError::UnknownType { name, written });
                }
            }
            Some(_) => return Err(malformed("type", "a text")),
        };
        let mut required = match map.remove("required") {
            None => false,
            Some(Value::Bool(required)) => required,
            Some(_) => return Err(malformed("required", "true or false")),
        };
        // Where Table Schema has it.
        match map.remove("constraints") {
            None => {}
            Some(Value::Object(mut constraints)) => {
                match constraints.remove("required") {
                    None => {}
                    Some(Value::Bool(also)) => required |= also,
                    Some(_) => return Err(malformed("constraints.required", "true or false")),
                }
                if !constraints.is_empty() {
                    further.insert("constraints".to_owned(), constraints.into());
                }
            }
            Some(_) => return Err(malformed("constraints", "an object")),
        }
        if let Some(property) = map.keys().find(|key| !FURTHER_PROPERTIES.contains(&key.as_str())) {
            let property = property.clone();
            return Err(FieldError::UnknownProperty { name, property });
        }
        further.extend(map);
        Ok(Self {
            name,
            field_type,
            required,
            further,
        })
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Properties;
        impl<'de> Visitor<'de> for Properties {
            type Value = Field;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a field of a table schema")
            }

            // A map of JSON would take the last of two properties with one name.
            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Field, A::Error> {
                let mut map = Map::new();
                while let Some((property, value)) = access.next_entry::<String, Value>()? {
                    if map.contains_key(&property) {
                        return Err(de::Error::custom(format_args!("duplicate field `{property}`")));
                    }
                    map.insert(property, value);
                }
                Field::of_properties(map).map_err(de::Error::custom)
            }
        }
        deserializer.deserialize_map(Properties)
    }
}

impl From<Field> for Map<String, Value> {
    fn from(field: Field) -> Self {
        let mut map = Self::new();
        map.insert("name".to_owned(), field.name.into());
        map.insert("type".to_owned(), field.field_type.name().into());
        if field.required {
            map.insert("required".to_owned(), true.into());
        }
        // The type in it, if there is one, is the one that was written.
        map.extend(field.further);
        map
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_may_say_all_that_table_schema_knows() {
        let text = r#"{"name":"fare","type":"number","required":true,"bareNumber":false,"constraints":{"minimum":0}}"#;
        let field: Field = serde_json::from_str(text).unwrap();
        assert_eq!((field.field_type, field.required), (FieldType::Number, true));
        assert!(!field.is_plain());
        let written: Value = serde_json::to_value(&field).unwrap();
        assert_eq!(written, serde_json::from_str::<Value>(text).unwrap());
        assert_eq!(serde_json::from_value::<Field>(written).unwrap(), field);
    }

    #[test]
    fn a_type_of_table_schema_is_kept_as_one_of_ours_and_written_as_it_was() {
        for (name, kept_as) in FURTHER_TYPES {
            let json = serde_json::json!({"name": "x", "type": name});
            let field: Field = serde_json::from_value(json.clone()).unwrap();
            assert_eq!(field.field_type, kept_as, "{name}");
            assert_eq!(serde_json::to_value(&field).unwrap(), json);
        }
    }

    #[test]
    fn required_may_stand_where_table_schema_has_it() {
        let field: Field = serde_json::from_str(r#"{"name":"x","constraints":{"required":true}}"#).unwrap();
        let plain = Field {
            required: true,
            ..Field::new("x", FieldType::String)
        };
        assert_eq!(field, plain);
        assert!(field.is_plain());
    }

    #[test]
    fn what_is_no_field_says_why() {
        for (text, part) in [
            (r#"{"type":"date"}"#, "a field has no name"),
            (
                r#"{"name":"x","type":"money"}"#,
                "field 'x': 'money' is no type of Table Schema",
            ),
            (r#"{"name":"x","type":7}"#, "type of field 'x' is not a text"),
            (
                r#"{"name":"x","required":"yes"}"#,
                "required of field 'x' is not true or false",
            ),
            (
                r#"{"name":"x","constraints":[]}"#,
                "constraints of field 'x' is not an object",
            ),
            (
                r#"{"name":"x","type":"date","type":"string"}"#,
                "duplicate field `type`",
            ),
            (
                r#"{"name":"x","requierd":true}"#,
                "unknown field `requierd` of field 'x'",
            ),
        ] {
            let error = serde_json::from_str::<Field>(text).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
