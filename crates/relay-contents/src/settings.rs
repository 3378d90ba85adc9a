//! Whether an organization's settings can be used, before they are stored.

use relay_model::OrganizationSettings;
use relay_transform::{RegisteredTable, UnusableRule};

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UnusableSettings {
    /// A rule of theirs is not one.
    #[error(transparent)]
    Rules(#[from] relay_rules::SettingsError),
    /// No table can be held to a schema.
    #[error("table {number}: {source}")]
    Table {
        /// Counted from 1.
        number: usize,
        /// Why.
        source: UnusableRule,
    },
}

/// Whether settings can be used: patterns are patterns, and every type, format and constraint of a schema can be checked.
pub fn check_settings(settings: &OrganizationSettings) -> Result<(), UnusableSettings> {
    relay_rules::check_settings(settings)?;
    for (rule, number) in settings.tables.iter().zip(1..) {
        RegisteredTable::new(rule.clone()).map_err(|source| UnusableSettings::Table { number, source })?;
    }
    Ok(())
}
