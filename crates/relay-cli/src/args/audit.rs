//! `relay audit …`

use clap::{Args, Subcommand};
use relay_audit::LogHead;

/// `relay audit …`
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Verify that no audit event was changed, removed, reordered or added
    #[command(after_help = "\
Examples:
  relay audit verify --data-dir /srv/relay --objects
  relay audit verify --data-dir /srv/relay --package pkg-1f0c
  relay audit verify --data-dir /srv/relay \\
    --expect 1204:8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92

The command prints the head of the log as SIZE:ROOT. Keep a copy of it on another system, and pass it to --expect later: this \
reveals any change of the events recorded until then, even by someone with full write access to the data folder.
Exit status 1: the trail or a stored object is not intact.")]
    Verify(VerifyArgs),
}

/// `relay audit verify`
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Verify only the trail of this package
    #[arg(long, value_name = "ID", conflicts_with = "expect")]
    pub package: Option<String>,
    /// Also read every stored original and result, and verify its hash
    #[arg(long)]
    pub objects: bool,
    /// Log head that an earlier verification printed: the log must still begin with the same events
    #[arg(long, value_name = "SIZE:ROOT")]
    pub expect: Option<LogHead>,
}
