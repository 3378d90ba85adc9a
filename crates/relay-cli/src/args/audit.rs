//! `relay audit …`

use clap::{Args, Subcommand};
use relay_audit::LogHead;

/// `relay audit …`
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Check that no audit event was changed, dropped, swapped or added
    #[command(after_help = "\
Examples:
  relay audit verify --data-dir /srv/relay --objects
  relay audit verify --data-dir /srv/relay --package pkg-1f0c
  relay audit verify --data-dir /srv/relay --expect 1204:8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92

It prints the head of the log, SIZE:ROOT. Note it down elsewhere and give it to --expect later: then even somebody who
can rewrite the whole data folder cannot change what was recorded before, unnoticed.")]
    Verify(VerifyArgs),
}

/// `relay audit verify`
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Only the trail of this package
    #[arg(long, value_name = "ID", conflicts_with = "expect")]
    pub package: Option<String>,
    /// Also read every stored original and result, and compare it with its recorded hash
    #[arg(long)]
    pub objects: bool,
    /// A head of the log noted earlier: the log must still begin with those events
    #[arg(long, value_name = "SIZE:ROOT")]
    pub expect: Option<LogHead>,
}
