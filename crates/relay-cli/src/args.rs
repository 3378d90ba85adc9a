//! The command line.

mod audit;
mod check;
mod monitor;
mod policy;
mod schema;
#[cfg(test)]
mod snapshot;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use relay_model::{OrganizationId, PackageState, Timestamp};

pub use self::audit::{AuditCommand, VerifyArgs};
pub use self::check::CheckArgs;
pub use self::monitor::{AcceptArgs, FindingsArgs, MonitorCommand, WhichFindings};
pub use self::policy::{PolicyCommand, PolicySetArgs};
pub use self::schema::{RuleArgs, SchemaAddArgs, SchemaCommand, SchemaDiffArgs, SchemaFileArgs, SchemaRemoveArgs};

/// How results are written to standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables and sentences, for people
    Table,
    /// One JSON object per line, for programs
    Json,
}

/// A secure relay for data packages from many organizations.
#[derive(Debug, Parser)]
#[command(
    name = "relay",
    version,
    about = "Receives data packages from many organizations, validates and processes each one, and keeps an audit trail that anyone can verify.",
    after_help = "\
Examples:
  relay org add org-001 --data-dir /srv/relay
  relay run --data-dir /srv/relay ./packages        # ./packages/org-001/… is from org-001
  relay packages list --data-dir /srv/relay --state rejected
  relay audit verify --data-dir /srv/relay --objects
  relay packages list --stack outputs.json          # the same on AWS

Exit status: 0 success; 1 a package was rejected, quarantined or failed, or a check failed; 2 wrong usage.
The variables RELAY_DATA_DIR and RELAY_STACK can replace --data-dir and --stack. For a relay on AWS (--stack), the usual AWS \
credentials are used: environment variables, profile or role. All settings: docs/CONFIGURATION.md."
)]
pub struct Cli {
    /// The data folder, which holds the packages, their results and the audit trail
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// Use a relay on AWS instead of a data folder: the file written by `terraform output -json`
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "data_dir")]
    pub stack: Option<PathBuf>,

    /// Output format
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    pub format: Format,

    /// The command
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check files against the relay's rules without storing anything
    Check(CheckArgs),
    /// Manage organizations: register, list, disable, enable
    #[command(subcommand)]
    Org(OrgCommand),
    /// Manage how personal data is treated in an organization's packages
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Manage the table schemas of an organization
    #[command(subcommand)]
    Schema(SchemaCommand),
    /// Ingest files, process them, and exit when every package is finished
    Run(RunArgs),
    /// Watch the inbox and process files as they arrive, until stopped
    Serve(ServeArgs),
    /// List, explain, replay and download packages
    #[command(subcommand)]
    Packages(PackagesCommand),
    /// Verify the audit trail
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Show and accept security findings of the AWS account that hosts a relay
    #[command(subcommand)]
    Monitor(MonitorCommand),
    /// Show the work queues, and redrive dead letters
    #[command(subcommand)]
    Queue(QueueCommand),
    /// Resume stalled packages: uploads without a trail, packages without a verdict or a run
    #[command(after_help = "\
Examples:
  relay reconcile --stack outputs.json
  relay reconcile --data-dir /srv/relay

Compares every object version in the ingress store with the audit trails, and resumes each package that stopped, for example \
because a notification was lost. A data folder is reconciled whenever relay run or relay serve starts.
Exit status 1: a package could not be resumed.")]
    Reconcile,
    /// Count packages by state, and show how much work is queued
    #[command(after_help = "\
Examples:
  relay status --data-dir /srv/relay
  relay status --stack outputs.json --format json

The number of packages received equals the sum of all states. The queue is shown for a data folder only; for AWS see \
relay queue status.
Exit status 1: the numbers do not add up, or a trail is damaged.")]
    Status,
}

impl Command {
    /// How many packages it is asked to process at the same time.
    pub const fn jobs(&self) -> Option<u16> {
        match self {
            Self::Run(args) => args.jobs,
            Self::Serve(args) => args.jobs,
            _ => None,
        }
    }

    /// Whether it may process packages, which takes memory.
    pub const fn processes_packages(&self) -> bool {
        matches!(
            self,
            Self::Check(_)
                | Self::Schema(SchemaCommand::Infer { .. })
                | Self::Run(_)
                | Self::Serve(_)
                | Self::Packages(PackagesCommand::Replay { .. })
                | Self::Queue(_)
        )
    }
}

/// `relay org …`
#[derive(Debug, Subcommand)]
pub enum OrgCommand {
    /// Register an organization
    #[command(after_help = "\
Examples:
  relay org add org-001 --data-dir /srv/relay
  relay org add org-002 --settings org-002.json --data-dir /srv/relay

A settings file can declare table schemas (relay schema add adds single ones) and lower the size limit:
  {\"object_bytes_max\": 1000000000,
   \"tables\": [{\"path\": \"readings/*.csv\",
               \"schema\": {\"fields\": [{\"name\": \"station\", \"type\": \"string\"},
                                     {\"name\": \"temp\", \"type\": \"number\"}],
                          \"missingValues\": [\"\", \"NA\"]}}]}")]
    Add {
        /// Organization id: 2 to 63 lower-case letters, digits and hyphens. Keys of its packages begin with it
        id: OrganizationId,
        /// JSON file with the organization's settings
        #[arg(long, value_name = "FILE")]
        settings: Option<PathBuf>,
        #[command(flatten)]
        by: ByArgs,
    },
    /// List the registered organizations
    #[command(after_help = "Example:\n  relay org list --data-dir /srv/relay --format json")]
    List,
    /// Show every change of an organization's settings, with time and author
    #[command(after_help = "\
Examples:
  relay org history org-001 --data-dir /srv/relay
  relay org history org-001 --stack outputs.json --format json  # also full settings and hashes

Each verdict on a package names the version of the settings that was in force; relay packages explain shows it. Changes of settings \
are audit events, which relay audit verify checks. If Terraform registered the organization, its history starts with the first \
change made by relay; relay org add ID records the present settings as the first version.

Exit status: 0 the trail is intact; 1 it is not, see relay audit verify; 2 the organization is not registered.")]
    History {
        /// Organization id
        id: OrganizationId,
    },
    /// Reject new packages of an organization; packages in flight are finished
    #[command(after_help = "Example:\n  relay org disable org-001 --data-dir /srv/relay")]
    Disable {
        /// Organization id
        id: OrganizationId,
        #[command(flatten)]
        by: ByArgs,
    },
    /// Accept packages of a disabled organization again
    #[command(after_help = "Example:\n  relay org enable org-001 --data-dir /srv/relay")]
    Enable {
        /// Organization id
        id: OrganizationId,
        #[command(flatten)]
        by: ByArgs,
    },
}

/// The author of a change.
#[derive(Debug, Args)]
pub struct ByArgs {
    /// Author of this change, and optionally the reason. It is recorded in the organization's trail, with the user and host or,
    /// on AWS, the identity of the credentials [default: the value of `RELAY_BY`]
    #[arg(long, value_name = "NAME", value_parser = relay_runtime::person)]
    pub by: Option<String>,
}

/// `relay run`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  relay run --data-dir /srv/relay ./packages          # ./packages/org-001/… is from org-001
  relay run --data-dir /srv/relay ./packages/org-001  # only the packages of org-001
  relay run --data-dir /srv/relay --org org-001 flights.csv.gz
  relay run --data-dir /srv/relay --checksums SHA256SUMS ./packages

relay run and relay check read PATH in the same way. Without --org, PATH must be one of these:
  the folder of an organization, named by the id of one that is registered;
  a folder that holds such folders.
Any other PATH is an error, and nothing is ingested.
With --org ID, PATH can be any file or folder, and all of it is from ID. The key of a package is ID/ and its path below PATH.
Data folders of any relay are skipped inside PATH. A PATH that is or lies in a data folder is an error.

A file that was processed before and is unchanged is not processed again. Up to 100 packages are shown. If there are more, only \
packages that were not processed are shown, at most 100. With --format json, each package is printed when it is finished.")]
pub struct RunArgs {
    /// A folder with a subfolder for each organization, or the folder of one organization; with --org, any file or folder
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// The organization that all files are from
    #[arg(long, value_name = "ID")]
    pub org: Option<String>,

    /// How many packages to process at the same time [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,

    /// Checksum list in the format of `sha256sum`; a listed file with a different checksum is refused
    #[arg(long, value_name = "FILE")]
    pub checksums: Option<PathBuf>,
}

/// `relay serve`
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  relay serve --data-dir /srv/relay &
  cp flights.csv /srv/relay/inbox/org-001/

Files in DIR/inbox/ORGANIZATION/… are ingested, where DIR is the data folder. A file is ingested when no process has it open for \
writing and it has not changed for one second (RELAY_INBOX_SETTLE_MS). Files whose names start with '.' or end in .part, .tmp or \
.crdownload are ignored: write a large file under such a name, then rename it.
SIGTERM or Ctrl-C stops the relay cleanly. Only one relay can run on a data folder at a time.")]
pub struct ServeArgs {
    /// How many packages to process at the same time [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
}

/// `relay packages …`
#[derive(Debug, Subcommand)]
pub enum PackagesCommand {
    /// List packages, newest first
    #[command(after_help = "\
Examples:
  relay packages list --data-dir /srv/relay --org org-001 --state quarantined
  relay packages list --data-dir /srv/relay --format json \\
    --since 2026-01-31T00:00:00Z --until 2026-02-01T00:00:00Z
  relay packages list --data-dir /srv/relay --filename flights.csv
  relay packages list --data-dir /srv/relay --duplicates")]
    List(ListArgs),
    /// Show one package: its custody record, results and audit trail
    #[command(after_help = "Example:\n  relay packages show pkg-1f0c --data-dir /srv/relay")]
    Show {
        /// Package id, or an unambiguous prefix of it
        id: String,
    },
    /// Explain each decision about a package: the rule, and what to do
    #[command(after_help = "Example:\n  relay packages explain pkg-1f0c --data-dir /srv/relay")]
    Explain {
        /// Package id, or an unambiguous prefix of it
        id: String,
    },
    /// Validate and process rejected, quarantined or failed packages again
    #[command(after_help = "\
Example, for a package that was rejected because its organization was not registered:
  relay org add org-009 --data-dir /srv/relay
  relay packages replay pkg-1f0c --data-dir /srv/relay

Fix the cause first: relay packages explain ID shows it.
Exit status 1: a package could not be replayed, or was not processed.")]
    Replay {
        /// Package ids, or unambiguous prefixes of them
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Download a package's original or one of its results, and verify its hash
    #[command(after_help = "\
Examples:
  relay packages fetch pkg-1f0c --to flights.csv --data-dir /srv/relay
  relay packages fetch pkg-1f0c --result data.parquet --to flights.parquet --data-dir /srv/relay
  relay packages fetch pkg-1f0c --result data.parquet --as arrow --to flights.arrows")]
    Fetch {
        /// Package id, or an unambiguous prefix of it
        id: String,
        /// The result to download, instead of the original
        #[arg(long, value_name = "NAME")]
        result: Option<String>,
        /// Write the rows of a Parquet result in another format
        #[arg(long = "as", value_name = "FORMAT", requires = "result")]
        rows_as: Option<RowFormat>,
        /// The file to write; it must not exist yet
        #[arg(long, value_name = "PATH")]
        to: PathBuf,
    },
}

/// A format of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RowFormat {
    /// An Arrow IPC stream
    Arrow,
}

/// `relay packages list`
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only packages of this organization
    #[arg(long, value_name = "ID")]
    pub org: Option<OrganizationId>,
    // Not a doc comment, which would have the last name in backticks.
    #[arg(
        long,
        help = "Only packages in this state: processed, rejected, quarantined, failed or in_flight"
    )]
    pub state: Option<PackageState>,
    /// Only packages received at or after this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub since: Option<Timestamp>,
    /// Only packages received before this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub until: Option<Timestamp>,
    /// Only packages with this file name (the last segment of the key)
    #[arg(long, value_name = "NAME")]
    pub filename: Option<String>,
    /// Only duplicates: packages with the bytes or the key of an earlier package, which is shown
    #[arg(long)]
    pub duplicates: bool,
    /// Show at most this many packages
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
}

/// `relay queue …`
#[derive(Debug, Subcommand)]
pub enum QueueCommand {
    /// Count the messages and packages that are ready, delayed, in progress and dead
    #[command(after_help = "\
Examples:
  relay queue status --data-dir /srv/relay
  relay queue status --stack outputs.json --format json

Queues:
  notifications   AWS only: announce uploads; dead after five failed attempts of the validator
  notices         AWS only: announce failures; dead after ten failed attempts of the alerter
  runs            accepted packages; dead if they ended as failed

On AWS, counts of messages are approximate.
Exit status 1: a dead-letter queue is not empty, or a package failed.")]
    Status,
    /// Redrive dead letters: return messages to their queue, and replay failed packages
    #[command(after_help = "\
Examples:
  relay queue redrive --stack outputs.json --dry-run   # show what would be redriven
  relay queue redrive --stack outputs.json notifications
  relay queue redrive --data-dir /srv/relay runs --org org-001

Fix the cause first: relay packages explain ID shows it. Redriving a message or a package twice is harmless.
A message that cannot be read as an upload notification or a failure notice stays in its dead-letter queue, unless --all is given.
Exit status 1: a message was not redriven, or a package failed again.")]
    Redrive(RedriveArgs),
}

/// Which queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum QueueName {
    /// Messages that announce uploads
    Notifications,
    /// Messages that announce failures; the alerter sends alerts about them
    Notices,
    /// Accepted packages
    Runs,
}

/// `relay queue redrive`
#[derive(Debug, Args)]
pub struct RedriveArgs {
    /// Only this queue
    pub queue: Option<QueueName>,
    /// Only packages of this organization
    #[arg(long, value_name = "ID")]
    pub org: Option<OrganizationId>,
    /// Redrive at most this many from each queue
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,
    /// Also redrive messages that cannot be read
    #[arg(long)]
    pub all: bool,
    /// Show what would be redriven, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}
