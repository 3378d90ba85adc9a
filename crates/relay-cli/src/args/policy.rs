//! `relay policy …`

use std::str::FromStr;

use clap::{Args, Subcommand};
use relay_model::{DataClass, OPAQUE_KEY, OpaqueRule, OrganizationId, PrivacyPolicy, Treatment};

use super::ByArgs;

/// `relay policy …`
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Show what becomes of personal data in the packages of an organization
    #[command(after_help = "Example:\n  relay policy show org-001 --data-dir /srv/relay")]
    Show {
        /// Its id
        id: OrganizationId,
    },
    /// Say what becomes of personal data in the packages of an organization, from its next package on
    #[command(after_help = "\
Examples:
  relay policy set org-001 iban=tokenize ip_address=mask --data-dir /srv/relay
  relay policy set org-001 --reset email=drop --data-dir /srv/relay   # the defaults, but for e-mail
  relay policy set org-001 opaque=keep --data-dir /srv/relay          # texts that are no tables pass with what is in them

Treatments: keep (values stay), mask (their form stays), drop (nothing stays), tokenize (a token stands for each, the same
for the same value, under a key of the organization). The original of a package is kept as it came in any case.
A text that is no table is passed on as it is, so that one with values of a class that is not kept is set aside
(opaque=quarantine); with opaque=keep it passes, and what was found is told. What is not text is not looked into.
Packages that were processed before stay as they are; relay packages replay does not change them.")]
    Set(PolicySetArgs),
}

/// `relay policy set`
#[derive(Debug, Args)]
pub struct PolicySetArgs {
    /// Its id
    pub id: OrganizationId,
    /// A class and what becomes of its values: email, phone, `us_ssn`, `payment_card`, iban, `ip_address`, `date_of_birth` or
    /// `person_name`; keep, mask, drop or tokenize. Or opaque, for text that is no table; quarantine or keep
    #[arg(value_name = "CLASS=TREATMENT", required_unless_present = "reset")]
    pub changes: Vec<PolicyChange>,
    /// Begin with the default of every class
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
