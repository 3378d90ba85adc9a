//! How a new schema differs from a registered one, and whether what reads the old one's tables can read the new one's.
//!
//! What passes is *widening*: columns that are added and may be empty, types that hold every value of the type before
//! them, constraints that let more through. Everything else could lose something, and does not pass.

mod bounds;
mod change;
mod names;
mod widening;

use std::fmt::Write as _;

pub use change::{Change, ChangeKind};

use crate::schema::{Field, FieldType, FieldsMatch, MissingValue, TableSchema};

/// The differences between a registered schema and a new one.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SchemaDiff {
    /// What is different: field by field in the order of the registered schema, then what is added, then the keys.
    pub changes: Vec<Change>,
}

impl SchemaDiff {
    /// Compares a registered schema with a new one.
    pub fn between(registered: &TableSchema, new: &TableSchema) -> Self {
        let mut changes = of_fields(registered, new, true);
        of_schema(registered, new, &mut changes);
        Self { changes }
    }

    /// Compares a registered schema with the heading of a table, whose columns are found by name and in any order. Types are
    /// not compared: text has none.
    pub fn of_heading<T: AsRef<str>>(registered: &TableSchema, heading: &[T]) -> Self {
        let field = |name: &T| {
            let same = registered.field(name.as_ref()).cloned();
            same.unwrap_or_else(|| Field::new(name.as_ref(), FieldType::String))
        };
        let new = TableSchema {
            fields: heading.iter().map(field).collect(),
            ..registered.clone()
        };
        Self {
            changes: of_fields(registered, &new, false),
        }
    }

    /// Whether nothing is different.
    pub const fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether the new schema may take the place of the registered one without anyone's consent.
    pub fn passes(&self) -> bool {
        self.changes.iter().all(Change::passes)
    }

    /// The difference in plain words, a line for each change; those that do not pass are marked by an exclamation mark.
    pub fn in_words(&self) -> String {
        let mut words = String::new();
        for change in &self.changes {
            let mark = if change.passes() { ' ' } else { '!' };
            // Writing to a String cannot fail.
            let _ = writeln!(words, "{mark} {change}");
        }
        words
    }
}

fn of_fields(registered: &TableSchema, new: &TableSchema, has_types: bool) -> Vec<Change> {
    let mut changes = Vec::new();
    let renamed = names::renamed(registered, new, has_types);
    for (position, field) in registered.fields.iter().enumerate() {
        if let Some(same) = new.field(&field.name) {
            of_field(registered, field, new, same, &mut changes);
        } else if let Some((_, found)) = renamed.iter().find(|(before, _)| *before == position) {
            let to = new.fields[*found].name.clone();
            changes.push(Change::new(&field.name, ChangeKind::Renamed { to }));
        } else {
            changes.push(Change::new(&field.name, ChangeKind::Dropped));
        }
    }
    for (position, field) in new.fields.iter().enumerate() {
        let is_renamed = renamed.iter().any(|(_, found)| *found == position);
        if !is_renamed && registered.field(&field.name).is_none() {
            let is_required = is_required(new, field);
            let kind = ChangeKind::Added { is_required };
            changes.push(Change::new(&field.name, kind));
        }
    }
    changes
}

fn is_required(schema: &TableSchema, field: &Field) -> bool {
    field.constraints.required || schema.primary_key.contains(&field.name)
}

fn of_field(registered: &TableSchema, before: &Field, new: &TableSchema, after: &Field, changes: &mut Vec<Change>) {
    let mut push = |kind| changes.push(Change::new(&before.name, kind));
    if let Some(kind) = widening::of_types(before, after) {
        push(kind);
    }
    match (is_required(registered, before), is_required(new, after)) {
        (false, true) => push(ChangeKind::NowRequired),
        (true, false) => push(ChangeKind::NoLongerRequired),
        _ => {}
    }
    let missing = |schema: &TableSchema, field: &Field| {
        let values = field.missing_values.as_ref().unwrap_or(&schema.missing_values);
        let mut texts: Vec<String> = values.iter().map(MissingValue::text).map(str::to_owned).collect();
        texts.sort();
        texts
    };
    let (missing_before, missing_after) = (missing(registered, before), missing(new, after));
    if missing_before != missing_after {
        push(ChangeKind::MissingValuesChanged);
    }
    for kind in bounds::of_constraints(before, after) {
        push(kind);
    }
}

fn of_schema(registered: &TableSchema, new: &TableSchema, changes: &mut Vec<Change>) {
    let (before, after) = (registered.fields_match, new.fields_match);
    if before != after {
        let kind = ChangeKind::FieldsMatchChanged {
            from: before,
            to: after,
            is_looser: is_looser(before, after),
        };
        changes.push(Change::of_schema(kind));
    }
    let is_reordered = |first: &TableSchema, second: &TableSchema| {
        let common = |one: &TableSchema, other: &TableSchema| -> Vec<String> {
            let names = one.fields.iter().map(|field| &field.name);
            names.filter(|name| other.field(name).is_some()).cloned().collect()
        };
        common(first, second) != common(second, first)
    };
    if is_reordered(registered, new) {
        changes.push(Change::of_schema(ChangeKind::Reordered));
    }
    let keys = [
        ("primaryKey", vec![&registered.primary_key], vec![&new.primary_key]),
        (
            "uniqueKeys",
            registered.unique_keys.iter().collect(),
            new.unique_keys.iter().collect(),
        ),
    ];
    for (what, before, after) in keys {
        let before = sets(&before);
        let after = sets(&after);
        of_keys(what, &before, &after, changes);
    }
    let foreign = |schema: &TableSchema| -> Vec<String> {
        let mut keys: Vec<String> = schema.foreign_keys.iter().map(|key| format!("{key:?}")).collect();
        keys.sort();
        keys
    };
    of_keys("foreignKeys", &foreign(registered), &foreign(new), changes);
}

fn of_keys<T: PartialEq>(what: &'static str, before: &[T], after: &[T], changes: &mut Vec<Change>) {
    if after.iter().any(|key| !before.contains(key)) {
        changes.push(Change::of_schema(ChangeKind::KeyTightened { what: what.into() }));
    } else if before.iter().any(|key| !after.contains(key)) {
        changes.push(Change::of_schema(ChangeKind::KeyLoosened { what: what.into() }));
    }
}

/// The keys as sets of names: their order means nothing.
fn sets(keys: &[&Vec<String>]) -> Vec<Vec<String>> {
    let sets = keys.iter().filter(|key| !key.is_empty()).map(|key| {
        let mut names = (*key).clone();
        names.sort();
        names
    });
    sets.collect()
}

/// Whether every table that matched before still does.
const fn is_looser(before: FieldsMatch, after: FieldsMatch) -> bool {
    use FieldsMatch::{Equal, Exact, Partial, Subset, Superset};
    matches!(
        (before, after),
        (Exact, Equal | Subset | Superset | Partial)
            | (Equal, Subset | Superset | Partial)
            | (Subset | Superset, Partial)
    )
}
