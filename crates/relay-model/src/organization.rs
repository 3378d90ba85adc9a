//! Organizations: who may send packages, and how theirs are read.

use serde::{Deserialize, Serialize};

use crate::{OrganizationId, PrivacyPolicy, SettingsVersion, TableSchema, Timestamp};

/// A registered tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Its id, the first segment of every key it uploads.
    #[serde(rename = "organization")]
    pub id: OrganizationId,
    /// Whether its packages may enter now.
    pub enabled: bool,
    /// When it was registered.
    pub added_at: Timestamp,
    /// How its packages are read.
    #[serde(default)]
    pub settings: OrganizationSettings,
    /// The last event of its trail, of which all of this is the sum; `None` where it was registered by something that
    /// keeps no trail, and not changed since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<SettingsVersion>,
}

/// What an organization has asked for beyond the defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganizationSettings {
    /// The largest object of this organization in bytes, where it is below the relay's own limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_bytes_max: Option<u64>,
    /// Declared tables. The first rule whose pattern fits the path below the organization applies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TableRule>,
    /// What becomes of personal data in its tables.
    #[serde(default, skip_serializing_if = "PrivacyPolicy::is_default")]
    pub privacy: PrivacyPolicy,
}

/// Packages under a path pattern are tables with this schema; a package that is not such a table is quarantined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRule {
    /// A glob over the key below the organization, for example `readings/*.csv`; `*` stays inside a segment, `**` does not.
    pub path: String,
    /// Which schema this is: 1 at first, and one more each time that another took its place.
    #[serde(default = "first_version", skip_serializing_if = "is_first_version")]
    pub version: u32,
    /// How a package's table may differ from the schema.
    #[serde(default, skip_serializing_if = "SchemaChanges::is_default")]
    pub changes: SchemaChanges,
    /// How the characters of its text are written, by a label of the Encoding Standard (`windows-1252`, `latin1`, `shift_jis`);
    /// otherwise the content tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// The declared columns.
    pub schema: TableSchema,
}

impl TableRule {
    /// The first version of a schema for these paths; compatible changes pass.
    pub fn new(path: impl Into<String>, schema: TableSchema) -> Self {
        Self {
            path: path.into(),
            version: first_version(),
            changes: SchemaChanges::default(),
            encoding: None,
            schema,
        }
    }
}

const fn first_version() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
const fn is_first_version(version: &u32) -> bool {
    *version == first_version()
}

/// How the table of a package may differ from its registered schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SchemaChanges {
    /// It may have more columns, which may be empty, and wider types. No column may be missing, renamed or narrower.
    #[default]
    Compatible,
    /// It has exactly these columns, in this order.
    None,
}

impl SchemaChanges {
    /// The name in settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Compatible => "compatible",
            Self::None => "none",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DataClass, Treatment};

    fn read(text: &str) -> Result<OrganizationSettings, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn settings_without_a_policy_have_the_default_one_and_are_written_as_ever() {
        let settings = read("{}").unwrap();
        assert_eq!(settings, OrganizationSettings::default());
        assert_eq!(settings.privacy.treatment(DataClass::Email), Treatment::Mask);
        assert_eq!(serde_json::to_string(&settings).unwrap(), "{}");
        assert_eq!(read(r#"{"privacy":{"email":"mask"}}"#).unwrap(), settings);
    }

    #[test]
    fn a_policy_is_written_with_every_class_and_read_back() {
        let settings = read(r#"{"privacy":{"version":1,"iban":"drop"}}"#).unwrap();
        assert_eq!(settings.privacy.treatment(DataClass::Iban), Treatment::Drop);
        let text = serde_json::to_string(&settings).unwrap();
        assert!(text.starts_with(r#"{"privacy":{"version":1,"email":"mask","#), "{text}");
        assert_eq!(read(&text).unwrap(), settings);
    }

    #[test]
    fn tables_without_a_version_are_of_the_first_one_and_are_written_as_ever() {
        let text = r#"{"tables":[{"path":"a/*.csv","schema":{"fields":[{"name":"x","type":"string"}],"missingValues":[""]}}]}"#;
        let settings = read(text).unwrap();
        let rule = &settings.tables[0];
        assert_eq!((rule.version, rule.changes), (1, SchemaChanges::Compatible));
        assert_eq!(*rule, TableRule::new("a/*.csv", rule.schema.clone()));
        assert_eq!(serde_json::to_string(&settings).unwrap(), text);
    }

    #[test]
    fn a_version_and_what_may_change_are_written_and_read_back() {
        let mut settings =
            read(r#"{"tables":[{"path":"a","version":3,"changes":"none","schema":{"fields":[{"name":"x"}]}}]}"#)
                .unwrap();
        let rule = &settings.tables[0];
        assert_eq!((rule.version, rule.changes), (3, SchemaChanges::None));
        let text = serde_json::to_string(&settings).unwrap();
        assert!(text.contains(r#""version":3,"changes":"none","schema""#), "{text}");
        assert_eq!(read(&text).unwrap(), settings);
        settings.tables[0].changes = SchemaChanges::Compatible;
        let text = serde_json::to_string(&settings).unwrap();
        assert!(text.contains(r#""version":3,"schema""#), "{text}");
    }

    #[test]
    fn members_that_are_not_known_are_refused() {
        for (text, part) in [
            (r#"{"privcy":{}}"#, "unknown field `privcy`"),
            (
                r#"{"privacy":{"emial":"mask"}}"#,
                "'emial' is no class of personal data",
            ),
            (r#"{"privacy":{"email":"hide"}}"#, "'hide' is no treatment"),
            (
                r#"{"tables":[{"path":"a","changes":"all","schema":{"fields":[]}}]}"#,
                "unknown variant `all`",
            ),
            (
                r#"{"tables":[{"path":"a","versoin":2,"schema":{"fields":[]}}]}"#,
                "unknown field `versoin`",
            ),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
