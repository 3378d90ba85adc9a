//! The command line.

mod audit;
mod check;
mod monitor;
mod policy;
mod schema;

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
    /// Tables and sentences, for people.
    Table,
    /// One JSON object a line, for programs.
    Json,
}

/// A secure relay for data packages from many organizations.
#[derive(Debug, Parser)]
#[command(
    name = "relay",
    version,
    about = "Takes data packages from many organizations, decides whether each may enter, processes it, and keeps an audit trail that anyone can check.",
    after_help = "\
Examples:
  relay org add org-001 --data-dir /srv/relay
  relay run --data-dir /srv/relay ./packages        # first level of ./packages names the organizations
  relay packages list --data-dir /srv/relay --state rejected
  relay audit verify --data-dir /srv/relay --objects
  relay packages list --stack outputs.json          # the same on AWS

Exit status: 0 all went well; 1 a package was refused or failed, or a check did not hold; 2 wrong usage.
Set RELAY_DATA_DIR to leave out --data-dir, or RELAY_STACK to leave out --stack. A relay on AWS (--stack outputs.json) is
reached with the credentials that the AWS tools find. All settings: docs/CONFIGURATION.md."
)]
pub struct Cli {
    /// The data folder: it holds the packages, their results and the audit trail
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// Instead of a data folder: a relay on AWS, by the file that `terraform output -json` wrote
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "data_dir")]
    pub stack: Option<PathBuf>,

    /// How results are written: tables for people, or one JSON object a line
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    pub format: Format,

    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say what the relay would decide about files, by the same rules, without keeping anything
    Check(CheckArgs),
    /// Register organizations, list, disable and enable them
    #[command(subcommand)]
    Org(OrgCommand),
    /// Say what becomes of personal data in the packages of an organization
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Say which schemas the tables of an organization have, and how these may change
    #[command(subcommand)]
    Schema(SchemaCommand),
    /// Take in files, process them, and end when each package has its conclusion
    Run(RunArgs),
    /// Take in whatever arrives in DIR/inbox/ORGANIZATION/…, until told to stop
    Serve(ServeArgs),
    /// Look at packages, explain, replay and fetch them
    #[command(subcommand)]
    Packages(PackagesCommand),
    /// Check the audit trail
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Look at the security of the AWS account that a relay is in
    #[command(subcommand)]
    Monitor(MonitorCommand),
    /// Look at the work that is waiting and at what failed too often, and put that back
    #[command(subcommand)]
    Queue(QueueCommand),
    /// Drive on whatever stands still: uploads whose notification was lost, packages without a verdict or a run
    #[command(after_help = "\
Example:
  relay reconcile --stack outputs.json

Compares every object version in the ingress store with the trails. On premises relay run and relay serve do it when they start.")]
    Reconcile,
    /// Count packages by state, and the work that is waiting
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

A settings file declares tables (relay schema add does so one by one) and may lower the size limit:
  {\"object_bytes_max\": 1000000000,
   \"tables\": [{\"path\": \"readings/*.csv\",
               \"schema\": {\"fields\": [{\"name\": \"station\", \"type\": \"string\"},
                                     {\"name\": \"temp\", \"type\": \"number\"}],
                          \"missingValues\": [\"\", \"NA\"]}}]}")]
    Add {
        /// Its id: 2 to 63 lower-case letters, digits and hyphens; the first segment of every key it sends
        id: OrganizationId,
        /// A JSON file with its settings
        #[arg(long, value_name = "FILE")]
        settings: Option<PathBuf>,
        #[command(flatten)]
        by: ByArgs,
    },
    /// List the registered organizations
    #[command(after_help = "Example:\n  relay org list --data-dir /srv/relay --format json")]
    List,
    /// Show how an organization came to have its settings: each change, when, by whom
    #[command(after_help = "\
Examples:
  relay org history org-001 --data-dir /srv/relay
  relay org history org-001 --stack outputs.json --format json    # with all settings of each version, and the hashes

A verdict on a package names the version of the settings that it was made under: relay packages explain shows it. The events stand
in the log that relay audit verify checks. An organization that something else registered (Terraform) has its first version with
the first change; relay org add ID records what is there.

Exit status: 0 the trail holds; 1 it does not, see relay audit verify; 2 the organization is not registered.")]
    History {
        /// Its id
        id: OrganizationId,
    },
    /// Refuse new packages of an organization; what is in flight goes on
    #[command(after_help = "Example:\n  relay org disable org-001 --data-dir /srv/relay")]
    Disable {
        /// Its id
        id: OrganizationId,
        #[command(flatten)]
        by: ByArgs,
    },
    /// Let packages of an organization in again
    #[command(after_help = "Example:\n  relay org enable org-001 --data-dir /srv/relay")]
    Enable {
        /// Its id
        id: OrganizationId,
        #[command(flatten)]
        by: ByArgs,
    },
}

/// Who makes a change.
#[derive(Debug, Args)]
pub struct ByArgs {
    /// Who makes this change, and why if you like: it stands in the organization's trail, beside the user and host, or on AWS
    /// whose credentials were used [default: what `RELAY_BY` says]
    #[arg(long, value_name = "NAME", value_parser = relay_runtime::person)]
    pub by: Option<String>,
}

/// `relay run`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  relay run --data-dir /srv/relay ./packages          # ./packages/org-001/… is sent by org-001
  relay run --data-dir /srv/relay ./packages/org-001  # the same, for org-001 alone
  relay run --data-dir /srv/relay --org org-001 flights.csv.gz
  relay run --data-dir /srv/relay --checksums SHA256SUMS ./packages

What a PATH means, here and for relay check, without --org:
  a folder that holds folders called like registered organizations: each holds what that organization sends;
  a folder that is itself called like one: all of it is sent by that organization;
  anything else would be rejected for its place, and is refused before anything is taken in.
With --org ID all of PATH, a file or a folder, is sent by ID; the key is ID/ and the path below PATH.
The data folder of a relay, this one or another, is passed over, and a PATH that is one or lies in one is refused.

Running it again on unchanged files processes nothing twice. Up to 100 packages are shown; of more, up to 100 that were
not processed, and how to list the others. With --format json each is told when it is concluded.")]
pub struct RunArgs {
    /// Folders of organizations' folders, or an organization's own folder; with --org, any files or folders
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// The organization that sends all of PATH
    #[arg(long, value_name = "ID")]
    pub org: Option<String>,

    /// How many packages are processed at the same time [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,

    /// A list as `sha256sum` writes it; a listed file with another checksum is refused
    #[arg(long, value_name = "FILE")]
    pub checksums: Option<PathBuf>,
}

/// `relay serve`
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  relay serve --data-dir /srv/relay &
  cp flights.csv /srv/relay/inbox/org-001/

A file is taken when nobody has it open for writing and it has been left alone for a second (RELAY_INBOX_SETTLE_MS).
Names that start with '.' or end in .part, .tmp or .crdownload are left alone: write under such a name, then rename.
SIGTERM and Ctrl-C end it cleanly. Only one relay works on a data folder at a time.")]
pub struct ServeArgs {
    /// How many packages are processed at the same time [default: one for each core]
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
  relay packages list --data-dir /srv/relay --since 2026-01-31T00:00:00Z --until 2026-02-01T00:00:00Z --format json
  relay packages list --data-dir /srv/relay --filename flights.csv
  relay packages list --data-dir /srv/relay --duplicates")]
    List(ListArgs),
    /// Show one package: its custody record, results and trail
    #[command(after_help = "Example:\n  relay packages show pkg-1f0c --data-dir /srv/relay")]
    Show {
        /// Its id, or an unambiguous beginning of it
        id: String,
    },
    /// Explain in plain English what was decided about a package, by which rule, and what to do
    #[command(after_help = "Example:\n  relay packages explain pkg-1f0c --data-dir /srv/relay")]
    Explain {
        /// Its id, or an unambiguous beginning of it
        id: String,
    },
    /// Take rejected, quarantined or failed packages up again
    #[command(after_help = "\
Example, after what was wrong has been mended (here: the organization was not registered):
  relay org add org-009 --data-dir /srv/relay
  relay packages replay pkg-1f0c --data-dir /srv/relay")]
    Replay {
        /// Their ids, or unambiguous beginnings of them
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Copy a package's original, or one of its results, checked against its recorded hash on the way out
    #[command(after_help = "\
Examples:
  relay packages fetch pkg-1f0c --to flights.csv --data-dir /srv/relay
  relay packages fetch pkg-1f0c --result data.parquet --to flights.parquet --data-dir /srv/relay
  relay packages fetch pkg-1f0c --result data.parquet --as arrow --to flights.arrows --data-dir /srv/relay")]
    Fetch {
        /// Its id, or an unambiguous beginning of it
        id: String,
        /// The result to copy, instead of the original
        #[arg(long, value_name = "NAME")]
        result: Option<String>,
        /// Write the rows of a Parquet result in another format
        #[arg(long = "as", value_name = "FORMAT", requires = "result")]
        format: Option<RowFormat>,
        /// Where to; must not exist yet
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
    /// Only packages in this state: processed, rejected, quarantined, failed or `in_flight`
    #[arg(long)]
    pub state: Option<PackageState>,
    /// Only packages received at this instant (RFC 3339) or later
    #[arg(long, value_name = "TIME")]
    pub since: Option<Timestamp>,
    /// Only packages received before this instant (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub until: Option<Timestamp>,
    /// Only packages with this file name, the last segment of the key
    #[arg(long, value_name = "NAME")]
    pub filename: Option<String>,
    /// Only packages with the same bytes or the same key as one before them, and which that is
    #[arg(long)]
    pub duplicates: bool,
    /// At most this many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
}

/// `relay queue …`
#[derive(Debug, Subcommand)]
pub enum QueueCommand {
    /// Count what is waiting, what is in progress, and what failed too often
    #[command(after_help = "\
Examples:
  relay queue status --data-dir /srv/relay
  relay queue status --stack outputs.json --format json

Queues:
  notifications   on AWS: messages of the ingress bucket; dead are those that the validator could not handle five times
  notices         on AWS: what the alerter is to tell of; dead are those that it could not tell ten times
  runs            packages that are accepted; dead are those that ended as failed

Exit status 1: something is dead. Numbers of SQS are approximate.")]
    Status,
    /// Put back what failed too often: messages into their queue, failed packages into processing
    #[command(after_help = "\
Examples:
  relay queue redrive --stack outputs.json --dry-run   # what there is, and what would be put back
  relay queue redrive --stack outputs.json notifications
  relay queue redrive --data-dir /srv/relay runs --org org-001

Mend first what made it fail: relay packages explain ID says what that was. Putting something back twice is harmless.
A message that is no notification of the ingress bucket, or no notice, stays where it is, unless --all is given.
Exit status 1: something was not put back, or failed again.")]
    Redrive(RedriveArgs),
}

/// Which queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum QueueName {
    /// Messages that announce uploads
    Notifications,
    /// Messages that say what failed, from which alerts are made
    Notices,
    /// Packages that are accepted
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
    /// At most this many of each queue
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,
    /// Messages that are not understood as well
    #[arg(long)]
    pub all: bool,
    /// Only show what would be put back
    #[arg(long)]
    pub dry_run: bool,
}
