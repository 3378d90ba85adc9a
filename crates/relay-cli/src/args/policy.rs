//! `relay policy …`

use std::str::FromStr;

use clap::{Args, Subcommand};
use relay_model::{DataClass, OrganizationId, Treatment};

use super::ByArgs;

/// `relay policy …`
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Show what becomes of personal data in the tables of an organization
    #[command(after_help = "Example:\n  relay policy show org-001 --data-dir /srv/relay")]
    Show {
        /// Its id
        id: OrganizationId,
    },
    /// Say what becomes of personal data in the tables of an organization, from its next package on
    #[command(after_help = "\
Examples:
  relay policy set org-001 iban=tokenize ip_address=mask --data-dir /srv/relay
  relay policy set org-001 --reset email=drop --data-dir /srv/relay   # the defaults, but for e-mail

Treatments: keep (values stay), mask (their form stays), drop (nothing stays), tokenize (a token stands for each, the same
for the same value, under a key of the organization). The original of a package is kept as it came in any case.
Packages that were processed before stay as they are; relay packages replay does not change them.")]
    Set(PolicySetArgs),
}

/// `relay policy set`
#[derive(Debug, Args)]
pub struct PolicySetArgs {
    /// Its id
    pub id: OrganizationId,
    /// A class and what becomes of its values: email, phone, `us_ssn`, `payment_card`, iban, `ip_address`, `date_of_birth` or
    /// `person_name`; keep, mask, drop or tokenize
    #[arg(value_name = "CLASS=TREATMENT", required_unless_present = "reset")]
    pub treatments: Vec<ClassTreatment>,
    /// Begin with the default of every class
    #[arg(long)]
    pub reset: bool,
    #[command(flatten)]
    pub by: ByArgs,
}

/// A class, and what becomes of its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassTreatment {
    pub class: DataClass,
    pub treatment: Treatment,
}

impl FromStr for ClassTreatment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (class, treatment) = text
            .split_once('=')
            .ok_or_else(|| "write CLASS=TREATMENT, for example email=mask".to_owned())?;
        Ok(Self {
            class: class
                .parse()
                .map_err(|error: relay_model::UnknownClassError| error.to_string())?,
            treatment: treatment
                .parse()
                .map_err(|error: relay_model::PolicyError| error.to_string())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_treatment_of_a_class() {
        let read = |text: &str| text.parse::<ClassTreatment>();
        let (class, treatment) = (DataClass::Email, Treatment::Drop);
        assert_eq!(read("email=drop"), Ok(ClassTreatment { class, treatment }));
        for (text, part) in [
            ("email", "CLASS=TREATMENT"),
            ("emial=drop", "'emial' is no class"),
            ("email=hide", "'hide' is no treatment"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
