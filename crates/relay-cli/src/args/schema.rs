//! `relay schema …`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use relay_model::{OrganizationId, SchemaChanges};

use super::ByArgs;

/// `relay schema …`
#[derive(Debug, Subcommand)]
pub enum SchemaCommand {
    /// Register a table schema for an organization, or the next version of one
    #[command(after_help = "\
Examples:
  relay schema add --org org-002 --path 'readings/*.csv' readings.schema.json --data-dir /srv/relay
  relay schema add --org org-002 --path 'daily/*.zip!/stations.csv' \\
    datapackage.json --resource stations --changes none
  relay schema infer readings.csv > readings.schema.json  # a draft to start from

FILE is a Table Schema (datapackage.org). All types, formats, options and constraints of one field are supported, and \
missingValues. A boolean field without trueValues and falseValues accepts true and false, not 1 and 0. Rules about several rows \
(unique, primaryKey, uniqueKeys, foreignKeys) and fieldsMatch cannot be registered; they can stand in the datapackage.json of a \
package.

If the pattern already has a schema, the new one replaces it, provided that no data can be lost: it may add optional columns, widen \
types (integer to number to string, date to datetime), and make required columns optional. relay schema diff shows the \
differences first. The schema applies from the next package on; existing results do not change.

Exit status: 0 the schema is registered; 1 data could be lost, and nothing was changed; 2 wrong usage or an invalid file.")]
    Add(SchemaAddArgs),
    /// List the registered schemas
    #[command(after_help = "\
Examples:
  relay schema list --data-dir /srv/relay
  relay schema list --org org-002 --stack outputs.json --format json  # with the full schemas

Schemas are listed in the order in which they are tried: the first pattern that matches the path of a table applies.")]
    List {
        /// Only schemas of this organization
        #[arg(long, value_name = "ID")]
        org: Option<OrganizationId>,
    },
    /// Compare a schema with the registered one, and say whether it can replace it
    #[command(after_help = "\
Example:
  relay schema diff --org org-002 --path 'readings/*.csv' readings.schema.json --data-dir /srv/relay

Differences that could lose data are marked with an exclamation mark. Nothing is changed.
Exit status: 0 no data can be lost; 1 data could be lost; 2 wrong usage or an invalid file.")]
    Diff(SchemaDiffArgs),
    /// Remove a registered schema; from the next package on, tables are read without it
    #[command(after_help = "\
Example:
  relay schema remove --org org-002 --path 'readings/*.csv' --data-dir /srv/relay")]
    Remove(SchemaRemoveArgs),
    /// Infer a schema from a local table; needs no relay
    #[command(after_help = "\
Example:
  relay schema infer readings.csv.gz > readings.schema.json

The whole file is read, and nothing is stored. Review the printed schema before you register it with relay schema add: data cannot \
show which columns are required and which texts mean a missing value.
Exit status: 0 a schema is printed; 1 the table would be quarantined, or could not be read; 2 the file is not a table.")]
    Infer {
        /// The table: delimited text or JSON, also compressed
        file: PathBuf,
    },
}

/// Which registered schema.
#[derive(Debug, Args)]
pub struct RuleArgs {
    /// The organization
    #[arg(long, value_name = "ID")]
    pub org: OrganizationId,
    /// Path pattern without the organization: '*' matches within a segment, '**' across segments, and '!/' separates an archive
    /// from a file in it
    #[arg(long, value_name = "PATTERN")]
    pub path: String,
}

/// A schema in a file.
#[derive(Debug, Args)]
pub struct SchemaFileArgs {
    /// A Table Schema (JSON), or a datapackage.json
    pub file: PathBuf,
    /// The resource of the datapackage.json whose schema is used
    #[arg(long, value_name = "NAME")]
    pub resource: Option<String>,
}

/// `relay schema add`
#[derive(Debug, Args)]
pub struct SchemaAddArgs {
    #[command(flatten)]
    pub rule: RuleArgs,
    #[command(flatten)]
    pub new: SchemaFileArgs,
    /// How the tables of packages may differ from the schema [default: as registered, else compatible]
    #[arg(long, value_enum)]
    pub changes: Option<Changes>,
    /// Character encoding of tables that are neither UTF-8 nor UTF-16: windows-1250, latin1, gbk, or another label of the
    /// Encoding Standard [default: as registered, else detected]
    #[arg(long, value_name = "LABEL")]
    pub encoding: Option<String>,
    /// Register the schema even if data could be lost
    #[arg(long)]
    pub accept_loss: bool,
    #[command(flatten)]
    pub by: ByArgs,
}

/// `relay schema remove`
#[derive(Debug, Args)]
pub struct SchemaRemoveArgs {
    #[command(flatten)]
    pub rule: RuleArgs,
    #[command(flatten)]
    pub by: ByArgs,
}

/// `relay schema diff`
#[derive(Debug, Args)]
pub struct SchemaDiffArgs {
    #[command(flatten)]
    pub rule: RuleArgs,
    #[command(flatten)]
    pub new: SchemaFileArgs,
}

/// How the table of a package may differ from its registered schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Changes {
    /// A table may have additional columns, and wider types
    Compatible,
    /// A table must have exactly the columns of the schema, in this order
    None,
}

impl From<Changes> for SchemaChanges {
    fn from(changes: Changes) -> Self {
        match changes {
            Changes::Compatible => Self::Compatible,
            Changes::None => Self::None,
        }
    }
}
