//! `relay check …`

use std::path::PathBuf;

use clap::Args;

/// `relay check`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  relay check flights.csv.gz                            # by the rules that hold for everybody; needs no relay
  relay check --org org-001 --stack outputs.json ./to-send  # by those of org-001 too
  relay check --settings org-002.json readings.csv      # by those of a settings file (relay org add --help)
  relay check bag.zip --format json

With a relay (--data-dir, --stack or their variables), PATH is read as relay run reads it (relay run --help), and each
organization's files are judged by its rules. Without one, all of PATH is read as sent by one organization.
Nothing is stored, sent or recorded. What depends on the relay itself (its other limits, its store) is not judged.
Exit status: 0 all would be processed; 1 one would be refused or set aside, or could not be read; 2 wrong usage.")]
pub struct CheckArgs {
    /// Files and folders, as relay run takes them
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// The organization that would send them; with a data folder or a stack, its rules are looked up there
    #[arg(long, value_name = "ID")]
    pub org: Option<String>,

    /// Its settings, from a JSON file instead
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
}
