//! Which declared table a path is, if any.

use globset::{Glob, GlobBuilder};
use relay_model::{OrganizationSettings, SchemaError, TableRule};

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A path pattern is not one.
    #[error("table {number}: '{pattern}' is not a path pattern")]
    Pattern {
        /// Counted from 1.
        number: usize,
        /// The pattern.
        pattern: String,
        /// Why.
        #[source]
        source: globset::Error,
    },
    /// A schema cannot be used.
    #[error("table {number}: the schema cannot be used")]
    Schema {
        /// Counted from 1.
        number: usize,
        /// Why.
        #[source]
        source: SchemaError,
    },
    /// The size limit lets nothing in.
    #[error("object_bytes_max is 0, so nothing could enter: leave it out, or disable the organization")]
    NothingFits,
}

/// Whether settings can be used: patterns are patterns, schemas are schemas.
pub fn check_settings(settings: &OrganizationSettings) -> Result<(), SettingsError> {
    if settings.object_bytes_max == Some(0) {
        return Err(SettingsError::NothingFits);
    }
    for (index, rule) in settings.tables.iter().enumerate() {
        let number = index + 1;
        pattern(rule).map_err(|source| SettingsError::Pattern {
            number,
            pattern: rule.path.clone(),
            source,
        })?;
        rule.schema
            .check()
            .map_err(|source| SettingsError::Schema { number, source })?;
    }
    Ok(())
}

/// The first rule whose pattern fits `path`, the key below the organization.
pub fn table_rule<'s>(settings: &'s OrganizationSettings, path: &str) -> Option<&'s TableRule> {
    settings.tables.get(table_rule_position(settings, path)?)
}

/// The position of that rule among the others.
pub fn table_rule_position(settings: &OrganizationSettings, path: &str) -> Option<usize> {
    // A pattern that is not one fits nothing; `check_settings` refuses it before it is stored.
    let fits = |rule: &TableRule| pattern(rule).is_ok_and(|glob| glob.compile_matcher().is_match(path));
    settings.tables.iter().position(fits)
}

fn pattern(rule: &TableRule) -> Result<Glob, globset::Error> {
    GlobBuilder::new(&rule.path)
        .literal_separator(true)
        .backslash_escape(true)
        .build()
}
