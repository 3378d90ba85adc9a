//! `relay schema …`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use relay_model::{OrganizationId, SchemaChanges};

use super::ByArgs;

/// `relay schema …`
#[derive(Debug, Subcommand)]
pub enum SchemaCommand {
    /// Register a table schema for the packages of an organization, or the next version of one
    #[command(after_help = "\
Examples:
  relay schema add --org org-002 --path 'readings/*.csv' readings.schema.json --data-dir /srv/relay
  relay schema add --org org-002 --path 'daily/*.zip!/stations.csv' datapackage.json --resource stations --changes none
  relay schema infer readings.csv > readings.schema.json     # a beginning

FILE is a Table Schema (datapackage.org): every type with its formats, options and constraints, and missingValues. A boolean that
lists no texts is true or false, not 1 or 0. What speaks of several rows (unique, keys) or of which columns there are
(fieldsMatch) cannot be registered, and a file that says it is refused; the datapackage.json of a package may say it.

Where the pattern has a schema, the new one takes its place if nothing can be lost: columns may be added that may be empty,
types may be wider (integer to number to string, date to datetime), and columns may be empty that were required.
relay schema diff says it beforehand. The schema holds from the next package on; results that are there stay as they are.

Exit status: 0 it is registered; 1 something could be lost, and nothing was changed; 2 wrong usage, or a file that cannot be used.")]
    Add(SchemaAddArgs),
    /// List the registered schemas
    #[command(after_help = "\
Examples:
  relay schema list --data-dir /srv/relay
  relay schema list --org org-002 --stack outputs.json --format json    # the schemas as a whole

The first pattern that fits the path of a package applies; they are listed in this order.")]
    List {
        /// Only those of this organization
        #[arg(long, value_name = "ID")]
        org: Option<OrganizationId>,
    },
    /// Say how a schema differs from the registered one, and whether it could take its place
    #[command(after_help = "\
Example:
  relay schema diff --org org-002 --path 'readings/*.csv' readings.schema.json --data-dir /srv/relay

What could lose something is marked with an exclamation mark. Nothing is changed.
Exit status: 0 nothing can be lost; 1 something could; 2 wrong usage, or a file that cannot be used.")]
    Diff(SchemaDiffArgs),
    /// Take a registered schema away: from the next package on, the pattern says nothing
    #[command(after_help = "\
Example:
  relay schema remove --org org-002 --path 'readings/*.csv' --data-dir /srv/relay")]
    Remove(SchemaRemoveArgs),
    /// Print the schema that a table of this machine seems to have, ready for relay schema add; needs no relay
    #[command(after_help = "\
Example:
  relay schema infer readings.csv.gz > readings.schema.json

The file is read to its end, as relay check reads it, and nothing is kept. Look at what is printed before you register it: which
columns are required, and which texts mean that there is no value, no file can say.
Exit status: 0 a schema is printed; 1 the table would be quarantined, or could not be read; 2 the file is no table.")]
    Infer {
        /// A table: delimited text or JSON, also compressed
        file: PathBuf,
    },
}

/// Which registered schema.
#[derive(Debug, Args)]
pub struct RuleArgs {
    /// The organization
    #[arg(long, value_name = "ID")]
    pub org: OrganizationId,
    /// Its path pattern, below the organization: '*' stays inside a segment, '**' does not, '!/' is before a file of an archive
    #[arg(long, value_name = "PATTERN")]
    pub path: String,
}

/// A schema in a file.
#[derive(Debug, Args)]
pub struct SchemaFileArgs {
    /// A Table Schema in JSON, or a datapackage.json
    pub file: PathBuf,
    /// Which table of the datapackage.json
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
    /// How the characters of its tables are written, if not in UTF-8 or UTF-16: windows-1250, latin1, gbk, or another
    /// label of the Encoding Standard [default: as registered, else the content tells]
    #[arg(long, value_name = "LABEL")]
    pub encoding: Option<String>,
    /// Register it also where something could be lost
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
    /// It may have more columns, which may be empty, and wider types
    Compatible,
    /// It has exactly these columns, in this order
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
