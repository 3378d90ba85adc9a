//! Documents that are made from code, so that they cannot say anything else.

mod monitor;
mod terraform;

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use relay_model::{Disposition, REASONS};
use relay_runtime::SETTINGS;

use crate::controls::Judge;

type Maker = fn(&Path) -> anyhow::Result<String>;

const GENERATED: [(&str, Maker); 6] = [
    ("docs/CONFIGURATION.md", configuration),
    ("docs/REASONS.md", reasons),
    ("docs/COSTS.md", crate::costs::document),
    ("docs/CONTROLS.md", controls),
    ("docs/MONITOR.md", monitor::document),
    ("infra/modules/security_monitor/policy.json", monitor::policy),
];

pub fn write(root: &Path) -> anyhow::Result<Vec<String>> {
    for (path, text) in generated(root)? {
        std::fs::write(root.join(&path), text).with_context(|| format!("{path} could not be written"))?;
    }
    Ok(Vec::new())
}

pub fn check(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut findings = Vec::new();
    for (path, text) in generated(root)? {
        if std::fs::read_to_string(root.join(&path)).unwrap_or_default() != text {
            findings.push(format!("{path}: not up to date; run cargo xtask docs"));
        }
    }
    Ok(findings)
}

fn generated(root: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut documents = terraform::documents(root)?;
    for (path, make) in GENERATED {
        documents.push((path.to_owned(), make(root)?));
    }
    Ok(documents)
}

fn configuration(_: &Path) -> anyhow::Result<String> {
    let mut text = String::from(
        "# Configuration\n\nMade by `cargo xtask docs` from crates/relay-runtime/src/configuration.rs.\n\n\
         Settings are environment variables, read once when a program starts. If a value cannot be used, or a variable starts\n\
         with `RELAY_` and is not listed here, the program lists all that is wrong and exits: `relay` with exit status 2, a\n\
         program on AWS (a Lambda function or the processor) with 78.\n\n\
         | variable | meaning | default |\n|---|---|---|\n",
    );
    for setting in SETTINGS {
        writeln!(
            text,
            "| `{}` | {} | {} |",
            setting.name,
            setting.meaning,
            (setting.default)()
        )?;
    }
    Ok(text)
}

fn reasons(_: &Path) -> anyhow::Result<String> {
    let mut text = String::from(
        "# Reasons\n\nMade by `cargo xtask docs` from crates/relay-model/src/reason.rs.\n\n\
         Every reason for which a package is refused or fails. Rules are applied in this order; the first that is broken decides.\n\
         Programs get the code as `reason`; people get the sentence and what to do.\n",
    );
    for (disposition, heading) in [
        (Disposition::Rejected, "Rejected: by name, owner or envelope"),
        (Disposition::Quarantined, "Quarantined: by content"),
        (Disposition::Failed, "Failed: on our side; can be replayed"),
    ] {
        write!(text, "\n## {heading}\n\n| code | rule | what to do |\n|---|---|---|\n")?;
        for entry in REASONS.iter().filter(|entry| entry.disposition == disposition) {
            writeln!(text, "| `{}` | {} | {} |", entry.name, entry.rule, entry.remedy)?;
        }
    }
    text.push_str(
        "\n## Rules behind `archive_refused`, `bag_invalid` and `data_package_invalid`\n\n\
         A reason with one of these codes has the name of the rule in `rule`. Rules on bags are errors, warnings or notes by\n\
         the version of the bag: see [BAGIT.md](BAGIT.md). Those on Data Packages, and the pages that they come from:\n\
         [DATA_PACKAGES.md](DATA_PACKAGES.md).\n\n| rule | what it asks for | what to do |\n|---|---|---|\n",
    );
    for rule in relay_archive::ArchiveRule::ALL {
        writeln!(text, "| `{}` | {} | {} |", rule.name(), rule.rule(), rule.remedy())?;
    }
    for rule in relay_bagit::BagRule::ALL {
        writeln!(text, "| `{}` | {} | {} |", rule.name(), rule.rule(), rule.remedy())?;
    }
    for rule in relay_frictionless::PackageRule::ALL {
        writeln!(text, "| `{}` | {} | {} |", rule.name(), rule.rule(), rule.remedy())?;
    }
    Ok(text)
}

fn controls(root: &Path) -> anyhow::Result<String> {
    let mut text = String::from(
        "# Controls in Terraform, and what notices that one is gone\n\nMade by `cargo xtask docs` from infra/tests/controls.json.\n\n\
         `cargo xtask controls` removes each of these controls from a copy of infra/, one at a time. The rest must be valid, and\n\
         the test must then fail with the text of the last column: an assertion of `terraform test`, the name of a run that\n\
         expects a refusal, or for checkov the resource. Before anything is removed, every test must pass. `scripts/test` does\n\
         this for a sample.\n\n\
         | control | where, in infra/ | judge | what then fails |\n|---|---|---|---|\n",
    );
    for control in crate::controls::read(root)? {
        let judge = match control.judge() {
            Judge::TerraformTest(file) => file,
            Judge::Checkov { check, .. } => check,
        };
        // A sentence is an assertion; everything else is a name.
        let says = if control.assertion.contains(' ') {
            control.assertion.clone()
        } else {
            format!("`{}`", control.assertion)
        };
        writeln!(text, "| {} | {} | {judge} | {says} |", control.name, control.file)?;
    }
    Ok(text)
}
