//! A table schema becomes one of an organization's settings, if those can say all of it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use relay_model::escape_for_display;
use serde::Serialize;

use super::from_model::{FALSE_VALUES, TRUE_VALUES};
use super::{Field, FieldsMatch, MissingValue, TableSchema};
use crate::Resource;
use crate::descriptor::Dialect;

const CANNOT: &str = "cannot be registered";

/// Something that a schema says and the schemas of settings cannot say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unregistrable {
    /// The field that says it: escaped, and cut when it is very long. Nothing if the table as a whole does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The property's name in the schema, for example `constraints.minimum`.
    pub property: &'static str,
    /// What is wrong with it.
    pub text: Cow<'static, str>,
}

impl fmt::Display for Unregistrable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(formatter, "field '{field}': ")?,
            None => formatter.write_str("the table: ")?,
        }
        write!(formatter, "{} {}", self.property, self.text)
    }
}

impl TableSchema {
    /// The schema as settings have it, or everything that they cannot say.
    ///
    /// Settings say all of a field but what speaks of several rows. What says nothing of the data is left out (labels of
    /// missing values), and so is what says the default. A boolean that does not say its texts is written as settings have it:
    /// `true` and `false`, not `1` and `0`.
    pub fn to_settings(&self) -> Result<relay_model::TableSchema, Vec<Unregistrable>> {
        let mut reasons = Vec::new();
        let mut of_table = |property, text: &'static str| {
            reasons.push(Unregistrable {
                field: None,
                property,
                text: text.into(),
            });
        };
        if self.fields_match != FieldsMatch::Exact {
            of_table(
                "fieldsMatch",
                "cannot be registered: which other columns may be there is said at registration",
            );
        }
        for (property, is_empty) in [
            ("primaryKey", self.primary_key.is_empty()),
            ("uniqueKeys", self.unique_keys.is_empty()),
            ("foreignKeys", self.foreign_keys.is_empty()),
        ] {
            if !is_empty {
                of_table(property, CANNOT);
            }
        }
        let mut fields = Vec::with_capacity(self.fields.len());
        for field in &self.fields {
            fields.extend(self.field_to_settings(field, &mut reasons));
        }
        if !reasons.is_empty() {
            return Err(reasons);
        }
        let missing_values = self.missing_values.iter().map(|value| value.text().to_owned());
        Ok(relay_model::TableSchema {
            fields,
            missing_values: missing_values.collect(),
        })
    }

    fn field_to_settings(&self, field: &Field, reasons: &mut Vec<Unregistrable>) -> Option<relay_model::Field> {
        let mut because = |property, text: &'static str| {
            reasons.push(Unregistrable {
                field: Some(escape_for_display(&field.name)),
                property,
                text: text.into(),
            });
        };
        if field.constraints.unique {
            because(
                "constraints.unique",
                "cannot be registered: what comes twice is known of one package only",
            );
        }
        if field.constraints.json_schema.is_some() {
            because("constraints.jsonSchema", "cannot be registered: it cannot be checked");
        }
        // Left out where it says what holds anyway, so that a plain field is a plain one.
        let mut said = field.clone();
        said.missing_values = said
            .missing_values
            .filter(|own| texts(own) != texts(&self.missing_values));
        said.format = said.format.filter(|format| format != "default");
        said.decimal_char = said.decimal_char.filter(|decimal| decimal != ".");
        said.group_char = said.group_char.filter(|group| !group.is_empty());
        said.bare_number = said.bare_number.filter(|is_bare| !is_bare);
        said.true_values = said.true_values.filter(|values| !are(values, TRUE_VALUES));
        said.false_values = said.false_values.filter(|values| !are(values, FALSE_VALUES));
        // Both know the same types and properties, which a test shows for each.
        let settings = serde_json::to_value(&said).and_then(serde_json::from_value);
        if settings.is_err() {
            because("type", CANNOT);
        }
        settings.ok()
    }
}

impl Resource {
    /// What the resource says of its text that the schemas of settings cannot say.
    pub fn unregistrable(&self) -> Vec<Unregistrable> {
        let has_dialect = self.dialect.is_some() && self.table_dialect() != Some(&Dialect::default());
        let has_encoding = self.encoding != encoding_rs::UTF_8;
        let found = [("dialect", has_dialect), ("encoding", has_encoding)];
        let found = found.into_iter().filter(|(_, is_said)| *is_said);
        let reasons = found.map(|(property, _)| Unregistrable {
            field: None,
            property,
            text: CANNOT.into(),
        });
        reasons.collect()
    }
}

fn are(said: &[String], expected: [&str; 3]) -> bool {
    said.iter().map(String::as_str).collect::<HashSet<_>>() == HashSet::from(expected)
}

fn texts(values: &[MissingValue]) -> HashSet<&str> {
    values.iter().map(MissingValue::text).collect()
}
