//! `relay check …`

use std::path::PathBuf;

use clap::Args;

/// `relay check`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  relay check flights.csv.gz                                # general rules; needs no relay
  relay check --org org-001 --stack outputs.json ./to-send  # also the settings of org-001
  relay check --settings org-002.json readings.csv          # also the settings in a file
  relay check bag.zip --format json

With a relay (--data-dir, --stack or their variables), PATH has the same meaning as in relay run (relay run --help), and the \
files of each organization are checked against its settings. Without a relay, all of PATH is from one organization.
Nothing is stored, sent or recorded. Limits and errors that depend on the relay's own machine and storage are not checked.
Exit status: 0 all files would be processed; 1 a file would be rejected or quarantined, or could not be read; 2 wrong usage.")]
pub struct CheckArgs {
    /// Files or folders, with the same meaning as in relay run
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// The organization that the files are from; with --data-dir or --stack, its settings apply
    #[arg(long, value_name = "ID")]
    pub org: Option<String>,

    /// JSON file with the organization's settings, used instead of the registered ones
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
}
