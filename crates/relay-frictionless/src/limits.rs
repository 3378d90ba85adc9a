//! What a descriptor may cost before it is refused.

use serde::{Deserialize, Serialize};

/// Limits on a descriptor, its schemas, and what is kept of what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DescriptorLimits {
    /// The largest descriptor, or schema in a file of its own, in bytes.
    pub bytes_max: usize,
    /// The most JSON values in it. The smallest object takes seven hundred bytes of memory.
    pub values_max: usize,
    /// The deepest nesting of arrays and objects.
    pub depth_max: usize,
    /// The most resources of a package.
    pub resources_max: usize,
    /// The most files of one resource.
    pub resource_paths_max: usize,
    /// The most fields of one schema.
    pub fields_max: usize,
    /// The most entries of each list of a field (enum, categories, trueValues, missingValues, ...).
    pub list_values_max: usize,
    /// The most keys of each kind of one schema.
    pub schema_keys_max: usize,
    /// The most patterns of one schema.
    pub patterns_max: usize,
    /// The longest pattern, in bytes as written.
    pub pattern_bytes_max: usize,
    /// The most memory that one compiled pattern may take, in bytes.
    pub pattern_compiled_bytes_max: usize,
    /// The most findings that are kept; the rest is counted. Errors are kept before warnings.
    pub findings_max: usize,
}

impl Default for DescriptorLimits {
    fn default() -> Self {
        Self {
            bytes_max: 1 << 20,
            values_max: 70_000,
            depth_max: 64,
            resources_max: 10_000,
            resource_paths_max: 10_000,
            fields_max: 5_000,
            list_values_max: 10_000,
            schema_keys_max: 100,
            patterns_max: 100,
            pattern_bytes_max: 4 << 10,
            pattern_compiled_bytes_max: 256 << 10,
            findings_max: 100,
        }
    }
}
