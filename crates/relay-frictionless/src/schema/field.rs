//! One field of a table schema, as it is declared.

use serde::Serialize;
use serde_json::Value;

macro_rules! field_types {
    ($($variant:ident $name:literal $what:literal)*) => {
        /// The type of a field (Table Schema, "Field Types").
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
        #[serde(rename_all = "lowercase")]
        pub enum FieldType { $(
            #[doc = $what]
            $variant,
        )* }

        impl FieldType {
            /// Every type.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in a schema.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

field_types! {
    String "string" "Text."
    Number "number" "An IEEE 754 double, also infinite or not a number."
    Integer "integer" "A whole number that fits 64 bits."
    Boolean "boolean" "One of the texts for true, or for false."
    Object "object" "A JSON object."
    Array "array" "A JSON array."
    List "list" "Values of one type with a delimiter between them (version 2)."
    Date "date" "A calendar day."
    Time "time" "A time of day."
    Datetime "datetime" "A point in time."
    Year "year" "A calendar year."
    Yearmonth "yearmonth" "A month of a year."
    Duration "duration" "A duration as XML Schema writes it."
    Geopoint "geopoint" "A longitude and a latitude."
    Geojson "geojson" "A `GeoJSON` or `TopoJSON` object."
    Any "any" "Anything."
}

impl FieldType {
    /// The type of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|found| found.name() == name)
    }
}

/// A text that means "no value".
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum MissingValue {
    /// The text alone.
    Text(String),
    /// The text, and what it means (version 2).
    Labelled {
        /// The text.
        value: String,
        /// What it means.
        #[serde(skip_serializing_if = "Option::is_none")]
        label: Option<String>,
    },
}

impl MissingValue {
    /// The text.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(value) | Self::Labelled { value, .. } => value,
        }
    }
}

/// One of the values that a field may have, and what it is called.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Category {
    /// The value alone: a text, or an integer.
    Value(Value),
    /// The value and its label.
    Labelled {
        /// The value: a text, or an integer.
        value: Value,
        /// What it is called.
        #[serde(skip_serializing_if = "Option::is_none")]
        label: Option<String>,
    },
}

impl Category {
    /// The value.
    pub const fn value(&self) -> &Value {
        match self {
            Self::Value(value) | Self::Labelled { value, .. } => value,
        }
    }
}

/// The values of a categorical field, and whether their order means something.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Categories {
    /// The values that the field may have.
    #[serde(rename = "categories")]
    pub values: Vec<Category>,
    /// Whether they are in their natural order; `None` if nothing is said.
    #[serde(rename = "categoriesOrdered", skip_serializing_if = "Option::is_none")]
    pub ordered: Option<bool>,
}

/// What the values of a field are held to (Table Schema, "Field Constraints"). Values are as the descriptor has them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Constraints {
    /// Whether every row must have a value.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// Whether no two rows may have the same value.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unique: bool,
    /// The least number of characters of a text, items of an array or list, members of an object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u64>,
    /// The greatest number of characters of a text, items of an array or list, members of an object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u64>,
    /// The least value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Value>,
    /// The greatest value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<Value>,
    /// What every value is above of (version 2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclusive_minimum: Option<Value>,
    /// What every value is below of (version 2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclusive_maximum: Option<Value>,
    /// A regular expression that the whole text matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The values that are allowed.
    #[serde(rename = "enum", skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Vec<Value>>,
    /// A JSON Schema (version 2). It cannot be checked here, so a schema with it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json_schema: Option<Value>,
}

impl Constraints {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One field of a schema.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    /// The column's name.
    pub name: String,
    /// The type. Where a schema gives none, it is text in version 1 and anything in version 2.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// How values are written; `None` is the default of the type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// What values are held to.
    #[serde(skip_serializing_if = "Constraints::is_empty")]
    pub constraints: Constraints,
    /// The texts that mean "no value" in this field, instead of the schema's (version 2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_values: Option<Vec<MissingValue>>,
    /// What stands for the decimal point of a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal_char: Option<String>,
    /// What groups the digits of a number or an integer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_char: Option<String>,
    /// Whether a number or an integer stands alone, without a unit or a currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bare_number: Option<bool>,
    /// The texts for true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub true_values: Option<Vec<String>>,
    /// The texts for false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub false_values: Option<Vec<String>>,
    /// What stands between the items of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// The type of a list's items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_type: Option<FieldType>,
    /// The values of a categorical field (version 2).
    #[serde(flatten)]
    pub categories: Option<Categories>,
}

impl Field {
    /// A field with this name and type, of which nothing else is said.
    pub fn new(name: impl Into<String>, field_type: FieldType) -> Self {
        Self {
            name: name.into(),
            field_type,
            format: None,
            constraints: Constraints::default(),
            missing_values: None,
            decimal_char: None,
            group_char: None,
            bare_number: None,
            true_values: None,
            false_values: None,
            delimiter: None,
            item_type: None,
            categories: None,
        }
    }
}
