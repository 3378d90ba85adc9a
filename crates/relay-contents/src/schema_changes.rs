//! The schema that a Data Package brings, beside the one that its organization has registered for the same path.

use relay_frictionless::{Change, ChangeKind, SchemaDiff, TableSchema};
use relay_model::{Reason, ReasonCode, SchemaChanges};
use relay_transform::RegisteredTable;

/// How the schemas differ, as far as what reads the results sees it, and why that does not pass, if it does not.
///
/// What a package promises of its values besides (constraints, keys, ways of writing) concerns nobody who reads them: they
/// are held to it, and to the columns and types that are registered.
pub(crate) fn compare(registered: &RegisteredTable, brought: &TableSchema) -> (Vec<String>, Option<Reason>) {
    let rule = registered.rule();
    let difference = SchemaDiff::between(registered.schema(), brought);
    let is_seen = |change: &&Change| match &change.kind {
        ChangeKind::Added { .. }
        | ChangeKind::Dropped
        | ChangeKind::Renamed { .. }
        | ChangeKind::TypeWidened { .. }
        | ChangeKind::TypeNarrowed { .. } => true,
        ChangeKind::Reordered => rule.changes == SchemaChanges::None,
        _ => false,
    };
    let passes = |change: &Change| match (rule.changes, &change.kind) {
        (SchemaChanges::None, _) => false,
        (SchemaChanges::Compatible, ChangeKind::Added { .. }) => true,
        (SchemaChanges::Compatible, _) => change.passes(),
    };
    let changes: Vec<&Change> = difference.changes.iter().filter(is_seen).collect();
    let lost: Vec<String> = changes
        .iter()
        .filter(|change| !passes(change))
        .map(ToString::to_string)
        .collect();
    let reason = (!lost.is_empty()).then(|| Reason::new(ReasonCode::TableSchemaChanged, lost.join("; ")));
    (changes.iter().map(ToString::to_string).collect(), reason)
}
