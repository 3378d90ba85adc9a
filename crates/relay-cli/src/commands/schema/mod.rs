//! `relay schema`: which tables an organization has declared, and what becomes of them over time.

mod change;
mod file;
mod infer;

use relay_frictionless::{Change, SchemaDiff};
use relay_model::{Organization, OrganizationId, SchemaChanges, TableRule, TableSchema, error_chain};
use serde::Serialize;

use self::change::{Registration, Wish};
use super::Outcome;
use crate::args::{RuleArgs, SchemaAddArgs, SchemaCommand, SchemaDiffArgs, SchemaRemoveArgs};
use crate::author::author;
use crate::context::{Context, OpenRelay};
use crate::output::tell;

pub use infer::infer;

/// Of the names of columns, this many characters are shown in a table.
const NAMES_SHOWN_CHARACTERS_MAX: usize = 60;

/// A registered schema, with what its JSON form leaves out where it is the default.
#[derive(Serialize)]
struct Shown<'a> {
    organization: &'a OrganizationId,
    path: &'a str,
    version: u32,
    changes: SchemaChanges,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'a str>,
    schema: &'a TableSchema,
}

impl<'a> Shown<'a> {
    fn of(organization: &'a OrganizationId, rule: &'a TableRule) -> Self {
        Self {
            organization,
            path: &rule.path,
            version: rule.version,
            changes: rule.changes,
            encoding: rule.encoding.as_deref(),
            schema: &rule.schema,
        }
    }
}

#[derive(Serialize)]
struct Added<'a> {
    outcome: Registration,
    #[serde(flatten)]
    registered: Shown<'a>,
    /// What was asked for, compared with what was registered before; nothing if nothing was.
    difference: &'a [Change],
    #[serde(skip_serializing_if = "Option::is_none")]
    shadowed_by: Option<&'a str>,
}

#[derive(Serialize)]
struct Compared<'a> {
    organization: &'a OrganizationId,
    path: &'a str,
    version: u32,
    passes: bool,
    difference: &'a [Change],
}

#[derive(Serialize)]
struct Removed<'a> {
    outcome: &'static str,
    #[serde(flatten)]
    removed: Shown<'a>,
}

pub async fn execute(context: &Context, command: SchemaCommand) -> anyhow::Result<Outcome> {
    match command {
        SchemaCommand::Add(args) => add(context, args).await,
        SchemaCommand::List { org } => list(context, org.as_ref()).await,
        SchemaCommand::Diff(args) => diff(context, &args).await,
        SchemaCommand::Remove(args) => remove(context, &args).await,
        SchemaCommand::Infer { file } => infer(context.format, &context.configuration, &file),
    }
}

fn not_registered(id: &OrganizationId) -> Outcome {
    Outcome::WrongUsage(format!("{id} is not registered; see relay org list"))
}

fn no_schema(args: &RuleArgs) -> Outcome {
    let (path, org) = (args.path.escape_debug(), &args.org);
    Outcome::WrongUsage(format!(
        "no schema is registered for '{path}' of {org}; see relay schema list --org {org}"
    ))
}

async fn opened(context: &Context, id: &OrganizationId) -> anyhow::Result<(OpenRelay, Option<Organization>)> {
    let relay = context.open_reading().await?;
    let organization = relay.ports.registry.get(id).await?;
    Ok((relay, organization))
}

async fn add(context: &Context, args: SchemaAddArgs) -> anyhow::Result<Outcome> {
    let schema = match file::read(&args.new) {
        Ok(schema) => schema,
        Err(why) => return Ok(Outcome::WrongUsage(why)),
    };
    let (relay, organization) = opened(context, &args.rule.org).await?;
    let Some(organization) = organization else {
        return Ok(not_registered(&args.rule.org));
    };
    let (id, mut settings) = (organization.id.clone(), organization.settings.clone());
    let wish = Wish {
        path: args.rule.path,
        schema,
        changes: args.changes.map(Into::into),
        encoding: args.encoding,
        accept_loss: args.accept_loss,
    };
    let (registration, position, difference) = change::register(&mut settings, wish)?;
    if let Err(error) = relay_contents::check_settings(&settings) {
        return Ok(Outcome::WrongUsage(error_chain(&error)));
    }
    if !matches!(registration, Registration::Unchanged | Registration::Refused) {
        let author = author(context, &relay, "schema", args.by.by.as_deref()).await?;
        relay
            .ports
            .registry
            .set_settings(&organization, &settings, &author)
            .await?;
    }
    let rule = &settings.tables[position];
    let difference = difference.unwrap_or(SchemaDiff { changes: Vec::new() });
    let shadowed_by = change::shadow(&settings, position);
    let output = context.output();
    if output.is_json() {
        output.json(&Added {
            outcome: registration,
            registered: Shown::of(&id, rule),
            difference: &difference.changes,
            shadowed_by,
        })?;
    } else {
        output.line(&added_in_words(&id, rule, registration, &difference))?;
        if let Some(shadow) = shadowed_by {
            let (path, shadow) = (rule.path.escape_debug(), shadow.escape_debug());
            tell(&format!(
                "note: '{shadow}' comes before '{path}' and fits it too, so that it applies instead"
            ));
        }
    }
    Ok(Outcome::all_well_if(registration != Registration::Refused))
}

fn added_in_words(
    id: &OrganizationId,
    rule: &TableRule,
    registration: Registration,
    difference: &SchemaDiff,
) -> String {
    let (path, version) = (rule.path.escape_debug(), rule.version);
    let words = difference.in_words();
    match registration {
        Registration::Registered => format!(
            "'{path}' of {id} has a schema: {} columns, version {version}, changes: {}.",
            rule.schema.fields.len(),
            rule.changes.name()
        ),
        Registration::Replaced => format!("'{path}' of {id} has another schema, version {version}:\n{words}")
            .trim_end()
            .to_owned(),
        Registration::ChangesSet => format!(
            "'{path}' of {id} has this schema already, version {version}; changes: {}{} from now on.",
            rule.changes.name(),
            rule.encoding
                .as_deref()
                .map_or_else(String::new, |label| format!(", encoding: {}", label.escape_debug()))
        ),
        Registration::Unchanged => {
            format!(
                "'{path}' of {id} has this schema already, version {version}. Nothing is different, nothing was changed."
            )
        }
        Registration::Refused => format!(
            "'{path}' of {id} keeps its schema, version {version}, because the new one could lose something (!):\n{words}\
             To register it all the same, say --accept-loss. Packages that still come as before are then held to the new schema."
        ),
    }
}

async fn list(context: &Context, org: Option<&OrganizationId>) -> anyhow::Result<Outcome> {
    let relay = context.open_reading().await?;
    let organizations = match org {
        None => relay.ports.registry.list().await?,
        Some(id) => match relay.ports.registry.get(id).await? {
            Some(organization) => vec![organization],
            None => return Ok(not_registered(id)),
        },
    };
    let output = context.output();
    let rules = organizations.iter().flat_map(|organization| {
        let rules = organization.settings.tables.iter();
        rules.map(|rule| (&organization.id, rule))
    });
    let rules: Vec<(&OrganizationId, &TableRule)> = rules.collect();
    if output.is_json() {
        for (id, rule) in rules {
            output.json(&Shown::of(id, rule))?;
        }
    } else if rules.is_empty() {
        output.line("No schema is registered. Register one: relay schema add --org ID --path PATTERN FILE")?;
    } else {
        let rows = rules.into_iter().map(|(id, rule)| {
            vec![
                id.to_string(),
                rule.path.escape_debug().to_string(),
                rule.version.to_string(),
                rule.changes.name().to_owned(),
                rule.schema.fields.len().to_string(),
                names(&rule.schema),
            ]
        });
        let header = ["ORGANIZATION", "PATTERN", "VERSION", "CHANGES", "COLUMNS", "NAMES"];
        output.table(&header, rows)?;
    }
    Ok(Outcome::AllWell)
}

/// The names of the columns, as many as fit; they may come from anybody's file.
fn names(schema: &TableSchema) -> String {
    let names = schema.fields.iter().map(|field| field.name.escape_debug().to_string());
    let names = names.collect::<Vec<_>>().join(", ");
    match names.char_indices().nth(NAMES_SHOWN_CHARACTERS_MAX) {
        None => names,
        Some((end, _)) => format!("{}…", &names[..end]),
    }
}

async fn diff(context: &Context, args: &SchemaDiffArgs) -> anyhow::Result<Outcome> {
    let schema = match file::read(&args.new) {
        Ok(schema) => schema,
        Err(why) => return Ok(Outcome::WrongUsage(why)),
    };
    let (_, organization) = opened(context, &args.rule.org).await?;
    let Some(Organization { id, settings, .. }) = organization else {
        return Ok(not_registered(&args.rule.org));
    };
    let Some(position) = change::position(&settings, &args.rule.path) else {
        return Ok(no_schema(&args.rule));
    };
    let rule = &settings.tables[position];
    let difference = change::difference(&rule.schema, &schema)?;
    let passes = difference.passes();
    let output = context.output();
    if output.is_json() {
        output.json(&Compared {
            organization: &id,
            path: &rule.path,
            version: rule.version,
            passes,
            difference: &difference.changes,
        })?;
    } else if difference.is_empty() {
        output.line(&format!("Nothing is different from version {}.", rule.version))?;
    } else {
        let verdict = if passes {
            "Nothing can be lost: relay schema add registers it."
        } else {
            "Something could be lost (!): relay schema add refuses it, unless --accept-loss is given."
        };
        let words = difference.in_words();
        output.line(&format!("Compared with version {}:\n{words}{verdict}", rule.version))?;
    }
    Ok(Outcome::all_well_if(passes))
}

async fn remove(context: &Context, args: &SchemaRemoveArgs) -> anyhow::Result<Outcome> {
    let (relay, organization) = opened(context, &args.rule.org).await?;
    let Some(organization) = organization else {
        return Ok(not_registered(&args.rule.org));
    };
    let (id, mut settings) = (organization.id.clone(), organization.settings.clone());
    let Some(position) = change::position(&settings, &args.rule.path) else {
        return Ok(no_schema(&args.rule));
    };
    let rule = settings.tables.remove(position);
    // A settings file may have named the pattern again; what could never apply must not come to life now.
    settings.tables.retain(|other| other.path != rule.path);
    let author = author(context, &relay, "schema", args.by.by.as_deref()).await?;
    relay
        .ports
        .registry
        .set_settings(&organization, &settings, &author)
        .await?;
    let output = context.output();
    if output.is_json() {
        output.json(&Removed {
            outcome: "removed",
            removed: Shown::of(&id, &rule),
        })?;
    } else {
        let path = rule.path.escape_debug();
        output.line(&format!(
            "'{path}' of {id} has no schema any more; it was version {}.",
            rule.version
        ))?;
    }
    Ok(Outcome::AllWell)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, count: usize) -> TableSchema {
        let field = serde_json::json!({ "name": name });
        serde_json::from_value(serde_json::json!({ "fields": vec![field; count] })).unwrap()
    }

    #[test]
    fn names_are_escaped_and_cut() {
        assert_eq!(names(&named("a\u{1b}", 2)), "a\\u{1b}, a\\u{1b}");
        let cut = names(&named("größe", 50));
        assert_eq!(cut.chars().count(), NAMES_SHOWN_CHARACTERS_MAX + 1);
        assert!(cut.starts_with("größe, größe, ") && cut.ends_with('…'), "{cut}");
    }

    #[test]
    fn a_refusal_says_what_could_be_lost_and_the_way_on() {
        let rule = TableRule::new("a", named("station", 1));
        let difference = change::difference(&rule.schema, &named("Station", 1)).unwrap();
        let said = added_in_words(&"org-001".parse().unwrap(), &rule, Registration::Refused, &difference);
        assert!(
            said.contains("! column 'station' seems to be called 'Station' now\nTo register"),
            "{said}"
        );
        assert!(said.contains("--accept-loss"), "{said}");
    }
}
