//! `relay policy …`

use std::str::FromStr;

use clap::{Args, Subcommand};
use relay_model::{DataClass, OPAQUE_KEY, OpaqueRule, OrganizationId, PrivacyPolicy, Treatment};

use super::ByArgs;

/// `relay policy …`
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Show how personal data is treated in an organization's packages
    #[command(after_help = "Example:\n  relay policy show org-001 --data-dir /srv/relay")]
    Show {
        /// Organization id
        id: OrganizationId,
    },
    /// Set how personal data is treated in an organization's packages, from the next package on
    #[command(after_help = "\
Examples:
  relay policy set org-001 iban=tokenize ip_address=mask --data-dir /srv/relay
  relay policy set org-001 --reset email=drop --data-dir /srv/relay  # defaults except for e-mail
  relay policy set org-001 opaque=keep --data-dir /srv/relay

Treatments:
  keep       leave values unchanged
  mask       hide values, but keep their form
  drop       remove values
  tokenize   replace each value by a token; equal values of one organization get equal tokens

The stored original of a package is never changed. Text files that are not tables are passed on unchanged. If one contains \
personal data of a class that is not kept, its package is quarantined (opaque=quarantine); with opaque=keep it is processed, and \
the matches are reported. Binary files are not searched.
Packages that are already processed do not change, not even by relay packages replay.")]
    Set(PolicySetArgs),
}

/// `relay policy set`
#[derive(Debug, Args)]
pub struct PolicySetArgs {
    /// Organization id
    pub id: OrganizationId,
    // Not a doc comment, which would have the names in backticks.
    #[arg(
        value_name = "CLASS=TREATMENT",
        required_unless_present = "reset",
        help = "CLASS is email, phone, us_ssn, payment_card, iban, ip_address, date_of_birth or person_name; TREATMENT is keep, mask, \
                drop or tokenize. For text files that are not tables: opaque=quarantine or opaque=keep"
    )]
    pub changes: Vec<PolicyChange>,
    /// Reset every class to its default before the changes
    #[arg(long)]
    pub reset: bool,
    #[command(flatten)]
    pub by: ByArgs,
}

/// One thing that a policy is to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyChange {
    /// What becomes of the values of a class.
    Class(DataClass, Treatment),
    /// What becomes of text that is no table.
    Opaque(OpaqueRule),
}

impl PolicyChange {
    /// The policy with it.
    pub const fn apply(self, policy: PrivacyPolicy) -> PrivacyPolicy {
        match self {
            Self::Class(class, treatment) => policy.with(class, treatment),
            Self::Opaque(rule) => policy.with_opaque(rule),
        }
    }
}

impl FromStr for PolicyChange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (class, treatment) = text
            .split_once('=')
            .ok_or_else(|| "write CLASS=TREATMENT, for example email=mask".to_owned())?;
        let in_words = |error: relay_model::PolicyError| error.to_string();
        if class == OPAQUE_KEY {
            return Ok(Self::Opaque(treatment.parse().map_err(in_words)?));
        }
        let class = class
            .parse()
            .map_err(|error: relay_model::UnknownClassError| error.to_string())?;
        Ok(Self::Class(class, treatment.parse().map_err(in_words)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_treatment_of_a_class() {
        let read = |text: &str| text.parse::<PolicyChange>();
        assert_eq!(
            read("email=drop"),
            Ok(PolicyChange::Class(DataClass::Email, Treatment::Drop))
        );
        assert_eq!(read("opaque=keep"), Ok(PolicyChange::Opaque(OpaqueRule::Keep)));
        for (text, part) in [
            ("email", "CLASS=TREATMENT"),
            ("emial=drop", "'emial' is no class"),
            ("email=hide", "'hide' is no treatment"),
            ("opaque=mask", "use quarantine or keep"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
