//! The command line of `relay monitor`.

use clap::{Args, Subcommand, ValueEnum};
use relay_model::{Timestamp, TimestampError};

/// `relay monitor …`
#[derive(Debug, Subcommand)]
pub enum MonitorCommand {
    /// Read the account now, and tell what is new and what is mended
    #[command(after_help = "\
Example:
  relay monitor run --stack outputs.json

It runs the monitor of the deployed relay, as its schedule does each day: what changed is announced, and the findings are kept.
Exit status 1: a finding of severity high or critical is open.")]
    Run,
    /// Show what the last run has found
    #[command(after_help = "\
Examples:
  relay monitor findings --stack outputs.json
  relay monitor findings --stack outputs.json --state all --format json

docs/MONITOR.md lists the rules. Exit status 1: a finding of severity high or critical is open, or the monitor has never run.")]
    Findings(FindingsArgs),
    /// Accept the risk of a finding until a day
    #[command(after_help = "\
Examples:
  relay monitor accept 4b1f0c --owner 'Ada, platform' --reason 'public website' --until 2027-01-31 --stack outputs.json
  relay monitor accept --rule s3.versioning --resource 'arn:aws:s3:::scratch-*' --owner 'Ada, platform' \\
    --reason 'nothing to keep' --until 2027-01-31 --stack outputs.json

From that day on it is open again, and announced. At most a year at a time.")]
    Accept(AcceptArgs),
}

/// Which findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum WhichFindings {
    /// Those that somebody has to mend or accept
    #[default]
    Open,
    /// Those whose risk is accepted
    Accepted,
    /// Those that are mended
    Resolved,
    /// Every one
    All,
}

/// `relay monitor findings`
#[derive(Debug, Default, Args)]
pub struct FindingsArgs {
    /// Only those in this state
    #[arg(long, value_enum, default_value_t = WhichFindings::Open)]
    pub state: WhichFindings,
    /// Only those of this rule
    #[arg(long, value_name = "RULE")]
    pub rule: Option<String>,
}

/// `relay monitor accept`
#[derive(Debug, Args)]
pub struct AcceptArgs {
    /// The finding, or an unambiguous beginning of it
    pub finding: Option<String>,
    /// Instead of one finding: all of this rule …
    #[arg(long, value_name = "RULE", requires = "resource", conflicts_with = "finding")]
    pub rule: Option<String>,
    /// … on resources whose ARN is like this; * stands for any characters
    #[arg(long, value_name = "ARN", requires = "rule")]
    pub resource: Option<String>,
    /// Who answers for it
    #[arg(long, value_name = "NAME")]
    pub owner: String,
    /// Why it may stay as it is
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Until when: a day, which ends its acceptance as it begins in UTC, or an instant (RFC 3339)
    #[arg(long, value_name = "DAY", value_parser = day_or_instant)]
    pub until: Timestamp,
}

fn day_or_instant(text: &str) -> Result<Timestamp, TimestampError> {
    let midnight = format!("{text}T00:00:00Z");
    text.parse().or_else(|_| midnight.parse())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_utc() {
        for (text, instant) in [
            ("2027-01-31", "2027-01-31T00:00:00.000Z"),
            ("2027-01-31T00:00:00Z", "2027-01-31T00:00:00.000Z"),
            ("2027-01-31T01:00:00+01:00", "2027-01-31T00:00:00.000Z"),
        ] {
            assert_eq!(day_or_instant(text).unwrap().to_string(), instant);
        }
        for text in ["2027-02-30", "31.1.2027", "tomorrow", "", "2027-01-31T"] {
            assert!(day_or_instant(text).is_err(), "{text}");
        }
    }
}
