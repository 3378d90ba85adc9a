//! Every rule on contents, by the name that a reason has beside its code.

use relay_archive::ArchiveRule;
use relay_bagit::BagRule;
use relay_frictionless::PackageRule;

/// One rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleEntry {
    /// The name as programs see it.
    pub name: &'static str,
    /// The rule, as a sentence a producer understands.
    pub rule: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

/// All of them, those on archives first.
pub fn rules() -> impl Iterator<Item = RuleEntry> {
    let archives = ArchiveRule::ALL.iter().map(|rule| RuleEntry {
        name: rule.name(),
        rule: rule.rule(),
        remedy: rule.remedy(),
    });
    let bags = BagRule::ALL.iter().map(|rule| RuleEntry {
        name: rule.name(),
        rule: rule.rule(),
        remedy: rule.remedy(),
    });
    let packages = PackageRule::ALL.iter().map(|rule| RuleEntry {
        name: rule.name(),
        rule: rule.rule(),
        remedy: rule.remedy(),
    });
    archives.chain(bags).chain(packages)
}

/// The rule of this name.
pub fn rule_named(name: &str) -> Option<RuleEntry> {
    rules().find(|entry| entry.name == name)
}
