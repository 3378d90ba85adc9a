//! The command line of `relay monitor`.

use clap::{Args, Subcommand, ValueEnum};
use relay_model::{Timestamp, TimestampError};

/// `relay monitor …`
#[derive(Debug, Subcommand)]
pub enum MonitorCommand {
    /// Run the security monitor now, and show new and resolved findings
    #[command(after_help = "\
Example:
  relay monitor run --stack outputs.json

This invokes the monitor function of the deployed relay, which also runs daily. It stores the findings and announces changes.
Exit status 1: a finding of severity high or critical is open.")]
    Run,
    /// List the findings of the last run
    #[command(after_help = "\
Examples:
  relay monitor findings --stack outputs.json
  relay monitor findings --stack outputs.json --state all --format json

docs/MONITOR.md lists the rules.
Exit status 1: a finding of severity high or critical is open, or the monitor has never run.")]
    Findings(FindingsArgs),
    /// Accept the risk of a finding until a given day
    #[command(after_help = "\
Examples:
  relay monitor accept 4b1f0c --owner 'Ada, platform' --reason 'public website' \\
    --until 2027-01-31 --stack outputs.json
  relay monitor accept --rule s3.versioning --resource 'arn:aws:s3:::scratch-*' \\
    --owner 'Ada, platform' --reason 'nothing to keep' --until 2027-01-31 --stack outputs.json

On that day the finding is open again and announced. A risk can be accepted for at most one year at a time.")]
    Accept(AcceptArgs),
}

/// Which findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum WhichFindings {
    /// Findings to fix or accept
    #[default]
    Open,
    /// Findings whose risk is accepted
    Accepted,
    /// Findings that are fixed
    Resolved,
    /// All findings
    All,
}

/// `relay monitor findings`
#[derive(Debug, Default, Args)]
pub struct FindingsArgs {
    /// Only findings in this state
    #[arg(long, value_enum, default_value_t = WhichFindings::Open)]
    pub state: WhichFindings,
    /// Only findings of this rule
    #[arg(long, value_name = "RULE")]
    pub rule: Option<String>,
}

/// `relay monitor accept`
#[derive(Debug, Args)]
pub struct AcceptArgs {
    /// Finding id, or an unambiguous prefix of it
    pub finding: Option<String>,
    /// Accept all findings of this rule on the resources given by --resource, instead of a single finding
    #[arg(long, value_name = "RULE", requires = "resource", conflicts_with = "finding")]
    pub rule: Option<String>,
    /// ARN pattern of the resources for --rule; * matches any characters
    #[arg(long, value_name = "ARN", requires = "rule")]
    pub resource: Option<String>,
    /// Who is responsible for the risk
    #[arg(long, value_name = "NAME")]
    pub owner: String,
    /// Why the risk is acceptable
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// When the acceptance ends: a day (at 00:00 UTC), or a time (RFC 3339)
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
