//! Which keys of which tables are kept, and for what.

use super::{KeyedTable, SetNumbers};
use crate::descriptor::SELF;
use crate::finding::Finding;
use crate::rule::PackageRule::ReferenceUnknown;
use relay_model::escape_for_display;

/// What is kept of one table.
pub(super) struct Plan {
    pub(super) sets: Vec<SetPlan>,
    pub(super) references: Vec<ReferencePlan>,
}

/// A set of keys: of fields by number, and for the rules that no key may come twice (with whether no part may be empty).
/// Without rules the set is there for references to it.
pub(super) struct SetPlan {
    pub(super) fields: Vec<usize>,
    pub(super) rules: Vec<(&'static str, bool)>,
}

/// A foreign key: of fields by number, to a set of a table.
pub(super) struct ReferencePlan {
    pub(super) fields: Vec<usize>,
    pub(super) target: (usize, usize),
}

struct Planned {
    plan: Plan,
    numbers: SetNumbers,
}

impl Planned {
    fn set(&mut self, fields: Vec<usize>, rule: Option<(&'static str, bool)>) -> usize {
        let next = self.plan.sets.len();
        let number = *self.numbers.entry(fields.clone()).or_insert(next);
        if number == next {
            let rules = Vec::new();
            self.plan.sets.push(SetPlan { fields, rules });
        }
        self.plan.sets[number].rules.extend(rule);
        number
    }
}

pub(super) fn plans(tables: &[KeyedTable<'_>]) -> Result<Vec<Plan>, Vec<Finding>> {
    let mut planned: Vec<Planned> = tables.iter().map(unique).collect();
    let mut findings = Vec::new();
    for (index, table) in tables.iter().enumerate() {
        for key in &table.schema.foreign_keys {
            let target = match key.reference.resource.as_deref() {
                None => Some(index),
                Some(name) => {
                    let found = tables.iter().position(|table| table.resource == name);
                    found.or_else(|| (name == SELF).then_some(index))
                }
            };
            let referred = target.and_then(|target| Some((target, numbers(&tables[target], &key.reference.fields)?)));
            let (Some(fields), Some((target, referred))) = (numbers(table, &key.fields), referred) else {
                let name = escape_for_display(key.reference.resource.as_deref().unwrap_or(table.resource));
                let text = format!("a foreign key to '{name}' names no table with a schema, or no fields of it");
                findings.push(Finding::new(ReferenceUnknown, text).in_resource(table.resource));
                continue;
            };
            let set = planned[target].set(referred, None);
            let target = (target, set);
            planned[index].plan.references.push(ReferencePlan { fields, target });
        }
    }
    if findings.is_empty() {
        Ok(planned.into_iter().map(|planned| planned.plan).collect())
    } else {
        Err(findings)
    }
}

fn unique(table: &KeyedTable<'_>) -> Planned {
    let mut planned = Planned {
        plan: Plan {
            sets: Vec::new(),
            references: Vec::new(),
        },
        numbers: SetNumbers::new(),
    };
    let schema = table.schema;
    let of_names = |names: &[String]| numbers(table, names).filter(|fields| !fields.is_empty());
    if let Some(fields) = of_names(&schema.primary_key) {
        planned.set(fields, Some(("primary key", true)));
    }
    for fields in schema.unique_keys.iter().filter_map(|names| of_names(names)) {
        planned.set(fields, Some(("unique key", false)));
    }
    for (number, field) in schema.fields.iter().enumerate() {
        if field.constraints.unique {
            planned.set(vec![number], Some(("value in a unique field", false)));
        }
    }
    planned
}

fn numbers(table: &KeyedTable<'_>, names: &[String]) -> Option<Vec<usize>> {
    let number = |name: &String| table.schema.fields.iter().position(|field| field.name == *name);
    names.iter().map(number).collect()
}
