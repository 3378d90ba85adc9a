//! What is other in one state of an organization than in another: which kind of event that is, and in words.
//!
//! Settings are compared as the JSON that they are kept as, member by member, so that a setting that came later is told as well.

use std::collections::BTreeSet;

use relay_model::{OrganizationEventKind, OrganizationFacts, PrivacyPolicy};
use serde_json::{Map, Value};

/// How many changes an event tells; its settings are there in full anyway.
const CHANGES_MAX: usize = 100;
/// How long one of them may be, in characters.
const CHANGE_CHARACTERS_MAX: usize = 300;
/// How long a value may be that is told as it is, in characters.
const VALUE_CHARACTERS_MAX: usize = 60;

const TABLES: &str = "tables";
const PRIVACY: &str = "privacy";

/// Which kind of event leads from `before` to `after`, and what is other, in words; `None` when nothing is.
pub(crate) fn changes_between(
    before: &OrganizationFacts,
    after: &OrganizationFacts,
) -> Option<(OrganizationEventKind, Vec<String>)> {
    if before.enabled != after.enabled {
        let (kind, word) = if after.enabled {
            (OrganizationEventKind::OrganizationEnabled, "enabled")
        } else {
            (OrganizationEventKind::OrganizationDisabled, "disabled")
        };
        return Some((kind, vec![word.to_owned()]));
    }
    if before.settings == after.settings {
        return None;
    }
    let (before, after) = (members(&before.settings), members(&after.settings));
    let differing: Vec<&str> = names(&before, &after)
        .filter(|name| before.get(*name) != after.get(*name))
        .collect();
    let kind = match differing.as_slice() {
        [PRIVACY] => OrganizationEventKind::PrivacyPolicyChanged,
        [TABLES] => kind_of_tables(&before, &after),
        _ => OrganizationEventKind::SettingsChanged,
    };
    let mut words = words_between(&before, &after);
    if words.is_empty() {
        words.push("written in another way, to the same effect".to_owned());
    }
    Some((kind, limited(words)))
}

/// What is other than for an organization of which nothing was said.
pub(crate) fn changes_from_defaults(facts: &OrganizationFacts) -> Vec<String> {
    let mut words = Vec::new();
    if !facts.enabled {
        words.push("disabled".to_owned());
    }
    words.extend(words_between(&Map::new(), &members(&facts.settings)));
    limited(words)
}

// Settings that are no JSON object have been kept by nobody; then nothing is said of them but that they are there.
fn members(settings: &str) -> Map<String, Value> {
    serde_json::from_str(settings).unwrap_or_default()
}

fn names<'a>(before: &'a Map<String, Value>, after: &'a Map<String, Value>) -> impl Iterator<Item = &'a str> {
    let names: BTreeSet<&str> = before.keys().chain(after.keys()).map(String::as_str).collect();
    names.into_iter()
}

fn kind_of_tables(before: &Map<String, Value>, after: &Map<String, Value>) -> OrganizationEventKind {
    let (before, after) = (rules(before), rules(after));
    let all_in = |some: &[&Value], others: &[&Value]| some.iter().all(|rule| others.contains(rule));
    if all_in(&before, &after) && after.len() > before.len() {
        OrganizationEventKind::SchemaAdded
    } else if all_in(&after, &before) && before.len() > after.len() {
        OrganizationEventKind::SchemaRemoved
    } else {
        OrganizationEventKind::SchemaChanged
    }
}

fn words_between(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<String> {
    let mut words = Vec::new();
    for name in names(before, after) {
        match name {
            PRIVACY => {
                let (before, after) = (policy(before), policy(after));
                words.extend(members_in_words("personal data, ", &before, &after));
            }
            TABLES => words.extend(tables_in_words(&rules(before), &rules(after))),
            _ => words.extend(member_in_words("", name, before.get(name), after.get(name))),
        }
    }
    words
}

// A class that is not named has its default.
fn policy(settings: &Map<String, Value>) -> Map<String, Value> {
    let default = serde_json::to_value(PrivacyPolicy::default());
    let Ok(Value::Object(mut policy)) = default else {
        return Map::new();
    };
    if let Some(Value::Object(said)) = settings.get(PRIVACY) {
        policy.extend(said.clone());
    }
    policy
}

fn members_in_words(prefix: &str, before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<String> {
    names(before, after)
        .filter_map(|name| member_in_words(prefix, name, before.get(name), after.get(name)))
        .collect()
}

fn member_in_words(prefix: &str, name: &str, before: Option<&Value>, after: Option<&Value>) -> Option<String> {
    if before == after {
        return None;
    }
    let (before, after) = (value_in_words(before), value_in_words(after));
    Some(format!("{prefix}{}: {before} → {after}", name.escape_debug()))
}

fn value_in_words(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => return "not set".to_owned(),
        Some(Value::String(text)) => text.escape_debug().to_string(),
        Some(value) => value.to_string().escape_debug().to_string(),
    };
    cut(text, VALUE_CHARACTERS_MAX)
}

fn rules(settings: &Map<String, Value>) -> Vec<&Value> {
    let rules = settings.get(TABLES).and_then(Value::as_array);
    rules.map(|rules| rules.iter().collect()).unwrap_or_default()
}

fn tables_in_words(before: &[&Value], after: &[&Value]) -> Vec<String> {
    let path = |rule: &Value| rule["path"].as_str().unwrap_or_default().to_owned();
    let find = |rules: &[&Value], wanted: &str| rules.iter().position(|rule| path(rule) == wanted);
    let mut words = Vec::new();
    for rule in after {
        match find(before, &path(rule)) {
            None => words.push(format!(
                "tables '{}': a schema, version {}, {}, changes: {}",
                path(rule).escape_debug(),
                version(rule),
                columns_in_words(fields(rule).len()),
                permitted(rule)
            )),
            Some(found) => words.extend(rule_in_words(before[found], rule)),
        }
    }
    for rule in before.iter().filter(|rule| find(after, &path(rule)).is_none()) {
        let (path, version) = (path(rule), version(rule));
        words.push(format!(
            "tables '{}': no schema any more; it was version {version}",
            path.escape_debug()
        ));
    }
    let order = |rules: &[&Value], others: &[&Value]| -> Vec<String> {
        let paths = rules.iter().map(|rule| path(rule));
        paths.filter(|path| find(others, path).is_some()).collect()
    };
    if order(before, after) != order(after, before) {
        words.push("tables: the patterns are looked at in another order".to_owned());
    }
    words
}

fn rule_in_words(before: &Value, after: &Value) -> Vec<String> {
    if before == after {
        return Vec::new();
    }
    let place = format!("tables '{}'", after["path"].as_str().unwrap_or_default().escape_debug());
    let mut words = Vec::new();
    if version(before) != version(after) {
        words.push(format!(
            "{place}: schema version {} → {}",
            version(before),
            version(after)
        ));
    }
    if permitted(before) != permitted(after) {
        words.push(format!(
            "{place}: changes: {} → {}",
            permitted(before),
            permitted(after)
        ));
    }
    words.extend(member_in_words(
        &format!("{place}: "),
        "encoding",
        before.get("encoding"),
        after.get("encoding"),
    ));
    let name = |field: &Value| field["name"].as_str().unwrap_or_default().to_owned();
    let find = |fields: &[Value], wanted: &str| fields.iter().find(|field| name(field) == wanted).cloned();
    let (old, new) = (fields(before), fields(after));
    for field in new {
        let shown = cut(name(field).escape_debug().to_string(), VALUE_CHARACTERS_MAX);
        match find(old, &name(field)) {
            None => words.push(format!("{place}: column '{shown}' added")),
            Some(found) if found == *field => {}
            Some(found) if type_of(&found) != type_of(field) => {
                let (from, to) = (type_of(&found), type_of(field));
                words.push(format!("{place}: column '{shown}' {from} → {to}"));
            }
            Some(_) => words.push(format!("{place}: column '{shown}' is described in another way")),
        }
    }
    for field in old.iter().filter(|field| find(new, &name(field)).is_none()) {
        let shown = cut(name(field).escape_debug().to_string(), VALUE_CHARACTERS_MAX);
        words.push(format!("{place}: column '{shown}' removed"));
    }
    if before["schema"]["missingValues"] != after["schema"]["missingValues"] {
        words.push(format!("{place}: other missing values"));
    }
    if words.is_empty() {
        words.push(format!("{place}: described in another way"));
    }
    words
}

fn columns_in_words(count: usize) -> String {
    match count {
        1 => "1 column".to_owned(),
        count => format!("{count} columns"),
    }
}

fn version(rule: &Value) -> u64 {
    rule["version"].as_u64().unwrap_or(1)
}

fn permitted(rule: &Value) -> &str {
    rule["changes"].as_str().unwrap_or("compatible")
}

fn fields(rule: &Value) -> &[Value] {
    rule["schema"]["fields"].as_array().map_or(&[], Vec::as_slice)
}

fn type_of(field: &Value) -> &str {
    field["type"].as_str().unwrap_or("string")
}

fn limited(words: Vec<String>) -> Vec<String> {
    let more = words.len().saturating_sub(CHANGES_MAX);
    let mut words: Vec<String> = words
        .into_iter()
        .take(CHANGES_MAX)
        .map(|change| cut(change, CHANGE_CHARACTERS_MAX))
        .collect();
    if more > 0 {
        words.push(format!("and {more} more"));
    }
    words
}

fn cut(text: String, characters_max: usize) -> String {
    match text.char_indices().nth(characters_max) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
