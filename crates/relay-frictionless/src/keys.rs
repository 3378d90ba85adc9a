//! Keys of the tables of a package: no row twice, no reference to a row that is not there (Table Schema, "primaryKey",
//! "uniqueKeys", "foreignKeys", "unique").
//!
//! Tables come in any order, rows in theirs. Of each key only a digest is kept, 128 bits of HMAC-SHA-256 under a secret of
//! the run: a producer who does not know the secret cannot make two keys that look the same, and no value is kept. What
//! is kept is bounded by [`KeyLimits::keys_max`]; beyond it nothing more is looked at, and the package is not valid.

mod digest;
mod plan;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

pub use digest::KeySecret;

use self::digest::{DigestMap, DigestSet, Digester};
use self::plan::{Plan, SetPlan};
use crate::cell::{SchemaReader, Value};
use crate::finding::{Finding, Findings};
use crate::rule::PackageRule::{self, KeyEmpty, KeyRepeated, KeysTooMany, ReferenceBroken};
use crate::schema::TableSchema;
use relay_model::escape_for_display;

/// What checking keys may cost.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct KeyLimits {
    /// The most keys that are kept, of all tables together. Each takes up to 90 bytes while a set of them grows.
    pub keys_max: usize,
    /// The most findings that are kept; the rest is counted.
    pub findings_max: usize,
}

impl Default for KeyLimits {
    fn default() -> Self {
        Self {
            keys_max: 1_000_000,
            findings_max: 100,
        }
    }
}

/// A table whose keys are checked.
#[derive(Clone, Copy, Debug)]
pub struct KeyedTable<'a> {
    /// The name of its resource.
    pub resource: &'a str,
    /// Its schema.
    pub schema: &'a TableSchema,
    /// The schema, compiled.
    pub reader: &'a SchemaReader,
}

/// Checks the keys of the tables of a package.
pub struct KeyCheck<'a> {
    tables: Vec<KeyedTable<'a>>,
    plans: Vec<Plan>,
    /// For each table, the keys of each set of its plan.
    sets: Vec<Vec<DigestSet>>,
    /// For each table, the references of each foreign key that were not met yet, with the first row of each.
    open: Vec<Vec<DigestMap>>,
    digester: Digester,
    kept: usize,
    keys_max: usize,
    is_over: bool,
    findings: Findings,
}

impl<'a> KeyCheck<'a> {
    /// Prepares to check these tables, which are all those of the package that have a schema. `secret` is drawn at random
    /// for the run, or derived from a secret key.
    pub fn new(tables: Vec<KeyedTable<'a>>, secret: &KeySecret, limits: &KeyLimits) -> Result<Self, Vec<Finding>> {
        let plans = plan::plans(&tables)?;
        Ok(Self {
            sets: plans
                .iter()
                .map(|plan| vec![DigestSet::default(); plan.sets.len()])
                .collect(),
            open: plans
                .iter()
                .map(|plan| vec![DigestMap::default(); plan.references.len()])
                .collect(),
            tables,
            plans,
            digester: Digester::new(secret),
            kept: 0,
            keys_max: limits.keys_max,
            is_over: false,
            findings: Findings::new(limits.findings_max),
        })
    }

    /// Whether any key of this table is looked at. Rows of a table without keys need not be brought.
    pub fn wants(&self, table: usize) -> bool {
        let plan = self.plans.get(table);
        plan.is_some_and(|plan| !plan.sets.is_empty() || !plan.references.is_empty())
    }

    /// Whether the values of a field of this table are part of any key.
    pub fn wants_field(&self, table: usize, field: usize) -> bool {
        let plan = self.plans.get(table);
        plan.is_some_and(|plan| {
            let mut fields = plan.sets.iter().map(|set| &set.fields);
            let mut referring = plan.references.iter().map(|reference| &reference.fields);
            fields.any(|fields| fields.contains(&field)) || referring.any(|fields| fields.contains(&field))
        })
    }

    /// Looks at a row: the values of all fields in the order of the schema (those that are part of no key may be left empty), as [`FieldReader`](crate::FieldReader)s read
    /// them. `table` is the table's place in the list given to [`KeyCheck::new`]; of another place nothing is made.
    pub fn row(&mut self, table: usize, row: u64, values: &[Option<Value<'_>>]) {
        let Some(plan) = self.plans.get(table).filter(|_| !self.is_over) else {
            return;
        };
        let fields = self.tables[table].reader.fields();
        for (index, set) in plan.sets.iter().enumerate() {
            let Some(digest) = self.digester.of(fields, &set.fields, values) else {
                if set.rules.iter().any(|(_, is_primary)| *is_primary) {
                    let finding = about(
                        &self.tables[table],
                        set,
                        KeyEmpty,
                        "a field of the primary key has no value",
                    );
                    self.findings.push(finding.in_row(row));
                }
                continue;
            };
            if self.sets[table][index].insert(digest) {
                self.kept += 1;
            } else {
                for (what, _) in &set.rules {
                    let text = format!("a row before it has the same {what}");
                    self.findings
                        .push(about(&self.tables[table], set, KeyRepeated, text).in_row(row));
                }
            }
        }
        for (index, reference) in plan.references.iter().enumerate() {
            let Some(digest) = self.digester.of(fields, &reference.fields, values) else {
                continue;
            };
            let (target, set) = reference.target;
            if !self.sets[target][set].contains(&digest)
                && let Entry::Vacant(vacant) = self.open[table][index].entry(digest)
            {
                vacant.insert(row);
                self.kept += 1;
            }
        }
        if self.kept > self.keys_max {
            self.give_up();
        }
    }

    fn give_up(&mut self) {
        self.is_over = true;
        self.sets.clear();
        self.open.clear();
        let text = format!("more than {} keys: what is behind them was not checked", self.keys_max);
        self.findings.push(Finding::new(KeysTooMany, text));
    }

    /// Says what was found, once every row of every table was brought. References are reported by their first row, once
    /// for each value that is not there.
    pub fn finish(mut self) -> Findings {
        if self.is_over {
            return self.findings;
        }
        for (table, plan) in self.plans.iter().enumerate() {
            for (index, reference) in plan.references.iter().enumerate() {
                let (target, set) = reference.target;
                let open = &self.open[table][index];
                let broken = open
                    .iter()
                    .filter(|(digest, _)| !self.sets[target][set].contains(*digest));
                let mut rows: Vec<u64> = broken.map(|(_, row)| *row).collect();
                rows.sort_unstable();
                for row in rows {
                    let text = format!("'{}' has no such row", escape_for_display(self.tables[target].resource));
                    let set = SetPlan {
                        fields: reference.fields.clone(),
                        rules: Vec::new(),
                    };
                    self.findings
                        .push(about(&self.tables[table], &set, ReferenceBroken, text).in_row(row));
                }
            }
        }
        self.findings
    }
}

fn about(
    table: &KeyedTable<'_>,
    set: &SetPlan,
    rule: PackageRule,
    text: impl Into<std::borrow::Cow<'static, str>>,
) -> Finding {
    let fields = table.reader.fields();
    let names: Vec<&str> = set.fields.iter().map(|field| fields[*field].name()).collect();
    Finding::new(rule, text)
        .in_resource(table.resource)
        .in_field(&names.join(", "))
}

/// Sets of keys by the fields that they are made of, while a plan is made.
type SetNumbers = HashMap<Vec<usize>, usize>;
