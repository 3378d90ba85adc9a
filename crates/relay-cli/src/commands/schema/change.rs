//! What becomes of an organization's settings when a schema is registered for a pattern.

use relay_frictionless::{DescriptorLimits, SchemaDiff};
use relay_model::{OrganizationSettings, SchemaChanges, TableRule, TableSchema};
use serde::Serialize;

/// How a registration ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// The pattern had no schema.
    Registered,
    /// Another schema had its place.
    Replaced,
    /// The schema was there already, but not how tables may differ from it, or how they are written.
    ChangesSet,
    /// All of it was there already.
    Unchanged,
    /// Something could be lost: nothing was changed.
    Refused,
}

/// What is asked for.
pub struct Wish {
    pub path: String,
    pub schema: TableSchema,
    /// How tables may differ from it; as registered, if nothing is said.
    pub changes: Option<SchemaChanges>,
    /// The encoding of its tables; as registered, if nothing is said.
    pub encoding: Option<String>,
    /// Whether it is to be registered also where something could be lost.
    pub accept_loss: bool,
}

/// The position of the rule with this pattern.
pub fn position(settings: &OrganizationSettings, path: &str) -> Option<usize> {
    settings.tables.iter().position(|rule| rule.path == path)
}

/// How a schema differs from a registered one.
pub fn difference(registered: &TableSchema, new: &TableSchema) -> anyhow::Result<SchemaDiff> {
    let read = |schema: &TableSchema| {
        relay_frictionless::TableSchema::from_settings(schema, &DescriptorLimits::default()).map_err(|findings| {
            let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
            anyhow::anyhow!(
                "the registered schema cannot be read any more ({}): take it away (relay schema remove), then add the new one",
                findings.join("; ")
            )
        })
    };
    // Both as settings have them: what they cannot say is no difference.
    Ok(SchemaDiff::between(&read(registered)?, &read(new)?))
}

/// Does it. Returns how it ended, the position of the rule, and the difference if the pattern had a schema.
pub fn register(
    settings: &mut OrganizationSettings,
    wish: Wish,
) -> anyhow::Result<(Registration, usize, Option<SchemaDiff>)> {
    let Some(found) = position(settings, &wish.path) else {
        let mut rule = TableRule::new(wish.path, wish.schema);
        rule.changes = wish.changes.unwrap_or_default();
        rule.encoding = wish.encoding;
        settings.tables.push(rule);
        return Ok((Registration::Registered, settings.tables.len() - 1, None));
    };
    let rule = &mut settings.tables[found];
    let difference = difference(&rule.schema, &wish.schema)?;
    let changes = wish.changes.unwrap_or(rule.changes);
    let encoding = wish.encoding.or_else(|| rule.encoding.clone());
    let registration = if difference.is_empty() && changes == rule.changes && encoding == rule.encoding {
        Registration::Unchanged
    } else if difference.is_empty() {
        rule.changes = changes;
        rule.encoding = encoding;
        Registration::ChangesSet
    } else if difference.passes() || wish.accept_loss {
        rule.changes = changes;
        rule.encoding = encoding;
        rule.schema = wish.schema;
        rule.version = rule.version.saturating_add(1);
        Registration::Replaced
    } else {
        Registration::Refused
    };
    Ok((registration, found, Some(difference)))
}

/// The pattern of a rule before this one which takes all of its paths, where that is simple to tell.
pub fn shadow(settings: &OrganizationSettings, position: usize) -> Option<&str> {
    let rule = settings.tables.get(position)?;
    // A pattern without wildcards is a path.
    if rule.path.contains(['*', '?', '[', '{', '\\']) {
        return None;
    }
    let first = relay_rules::table_rule(settings, &rule.path)?;
    (first.path != rule.path).then_some(first.path.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(fields: &[(&str, &str)]) -> TableSchema {
        let fields = fields
            .iter()
            .map(|(name, field_type)| serde_json::json!({"name": name, "type": field_type}));
        serde_json::from_value(serde_json::json!({ "fields": fields.collect::<Vec<_>>() })).unwrap()
    }

    fn wish(fields: &[(&str, &str)]) -> Wish {
        Wish {
            path: "a/*.csv".to_owned(),
            schema: schema(fields),
            changes: None,
            encoding: None,
            accept_loss: false,
        }
    }

    #[test]
    fn a_schema_is_registered_and_replaced_by_a_compatible_one() {
        let mut settings = OrganizationSettings::default();
        settings.tables.push(TableRule::new("other", schema(&[("x", "date")])));
        let untouched = settings.tables[0].clone();
        let (ended, at, difference) = register(&mut settings, wish(&[("x", "integer")])).unwrap();
        assert_eq!(
            (ended, at, difference.is_none(), settings.tables[1].version),
            (Registration::Registered, 1, true, 1)
        );
        let (ended, ..) = register(&mut settings, wish(&[("x", "integer")])).unwrap();
        assert_eq!((ended, settings.tables[1].version), (Registration::Unchanged, 1));
        let (ended, at, difference) = register(&mut settings, wish(&[("x", "number"), ("y", "date")])).unwrap();
        assert_eq!((ended, at, settings.tables[1].version), (Registration::Replaced, 1, 2));
        assert_eq!(difference.unwrap().changes.len(), 2);
        assert_eq!(settings.tables[1].schema.fields.len(), 2);
        assert_eq!((settings.tables.len(), &settings.tables[0]), (2, &untouched));
    }

    #[test]
    fn what_could_lose_something_changes_nothing_unless_it_is_accepted() {
        let mut settings = OrganizationSettings::default();
        register(&mut settings, wish(&[("x", "number")])).unwrap();
        let before = settings.clone();
        let (ended, ..) = register(&mut settings, wish(&[("x", "integer")])).unwrap();
        assert_eq!((ended, &settings), (Registration::Refused, &before));
        let accepted = Wish {
            accept_loss: true,
            ..wish(&[("x", "integer")])
        };
        let (ended, _, difference) = register(&mut settings, accepted).unwrap();
        assert_eq!((ended, settings.tables[0].version), (Registration::Replaced, 2));
        assert!(!difference.unwrap().passes());
    }

    #[test]
    fn how_tables_may_differ_stays_unless_it_is_said() {
        let mut settings = OrganizationSettings::default();
        let strict = || Wish {
            changes: Some(SchemaChanges::None),
            ..wish(&[("x", "integer")])
        };
        register(&mut settings, wish(&[("x", "integer")])).unwrap();
        let (ended, ..) = register(&mut settings, strict()).unwrap();
        let rule = &settings.tables[0];
        assert_eq!(
            (ended, rule.version, rule.changes),
            (Registration::ChangesSet, 1, SchemaChanges::None)
        );
        let (ended, ..) = register(&mut settings, wish(&[("x", "string")])).unwrap();
        let rule = &settings.tables[0];
        assert_eq!(
            (ended, rule.version, rule.changes),
            (Registration::Replaced, 2, SchemaChanges::None)
        );
        let (ended, ..) = register(
            &mut settings,
            Wish {
                schema: schema(&[("x", "string")]),
                ..strict()
            },
        )
        .unwrap();
        assert_eq!(ended, Registration::Unchanged);
        let encoded = |encoding: Option<&str>| Wish {
            schema: schema(&[("x", "string")]),
            encoding: encoding.map(str::to_owned),
            ..strict()
        };
        let (ended, ..) = register(&mut settings, encoded(Some("windows-1250"))).unwrap();
        assert_eq!(ended, Registration::ChangesSet);
        let (ended, ..) = register(&mut settings, encoded(None)).unwrap();
        assert_eq!(ended, Registration::Unchanged);
        assert_eq!(settings.tables[0].encoding.as_deref(), Some("windows-1250"));
    }

    #[test]
    fn a_path_behind_a_pattern_that_takes_it_is_told() {
        let rules = |paths: &[&str]| OrganizationSettings {
            tables: paths
                .iter()
                .map(|path| TableRule::new(*path, schema(&[("x", "date")])))
                .collect(),
            ..OrganizationSettings::default()
        };
        assert_eq!(shadow(&rules(&["a/*.csv", "a/b.csv"]), 1), Some("a/*.csv"));
        for paths in [["a/*.csv", "b/a.csv"], ["a/*.csv", "a/b*.csv"], ["a/b.csv", "a/b.csv"]] {
            assert_eq!(shadow(&rules(&paths), 1), None, "{paths:?}");
        }
        assert_eq!(shadow(&rules(&["a"]), 7), None);
    }
}
