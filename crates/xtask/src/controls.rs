//! Shows that each check can fail: takes one control out of a copy of infra/, runs the check that should notice, and
//! expects it to turn red. `infra/tests/controls.json` lists the controls.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use serde::Deserialize;

const LIST: &str = "infra/tests/controls.json";

/// One control, how it is taken out, and what notices.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Control {
    name: String,
    /// A file below infra/.
    file: String,
    /// What stands there, exactly once.
    find: String,
    /// What takes its place.
    replace: String,
    check: Check,
}

/// What notices that a control is gone.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Check {
    /// `terraform test`, this file of infra/tests/ only.
    TerraformTest(String),
    /// checkov, this check only.
    Checkov(String),
}

pub fn check(root: &Path) -> anyhow::Result<Vec<String>> {
    let list = std::fs::read_to_string(root.join(LIST)).with_context(|| format!("{LIST} could not be read"))?;
    let controls: Vec<Control> = serde_json::from_str(&list).with_context(|| format!("{LIST} cannot be used"))?;
    let folder = tempfile::tempdir()?;
    let infra = folder.path().join("infra");
    copy(&root.join("infra"), &infra)?;
    terraform(&infra, &["init", "-backend=false", "-input=false", "-no-color"])?;
    let mut findings = Vec::new();
    // A check that is red anyway shows nothing.
    let mut checks: Vec<&Check> = Vec::new();
    for control in &controls {
        if !checks.contains(&&control.check) {
            checks.push(&control.check);
        }
    }
    for check in checks {
        if !passes(&infra, check)? {
            findings.push(format!("{check:?} does not pass before anything is taken out"));
        }
    }
    for control in &controls {
        if let Some(finding) = take_out(&infra, control)? {
            findings.push(format!("{}: {finding}", control.name));
        } else {
            crate::say(&format!("red as it should be: {}", control.name));
        }
    }
    crate::say(&format!("{} controls taken out, one by one", controls.len()));
    Ok(findings)
}

// What is wrong, if the check stayed green.
fn take_out(infra: &Path, control: &Control) -> anyhow::Result<Option<String>> {
    let path = infra.join(&control.file);
    let whole = std::fs::read_to_string(&path).with_context(|| format!("{} could not be read", control.file))?;
    if whole.matches(&control.find).count() != 1 {
        return Ok(Some(format!("{} does not have its text exactly once", control.file)));
    }
    std::fs::write(&path, whole.replacen(&control.find, &control.replace, 1))?;
    let is_valid = Command::new("terraform")
        .args(["validate", "-no-color"])
        .current_dir(infra)
        .output()?
        .status
        .success();
    let is_green = passes(infra, &control.check)?;
    std::fs::write(&path, whole)?;
    Ok(if !is_valid {
        // Red for the wrong reason: a file that does not parse fails every check.
        Some("without it, the configuration is not valid".to_owned())
    } else if is_green {
        Some(format!("{:?} does not notice that it is gone", control.check))
    } else {
        None
    })
}

fn passes(infra: &Path, check: &Check) -> anyhow::Result<bool> {
    let output = match check {
        Check::TerraformTest(file) => Command::new("terraform")
            .args(["test", "-no-color", &format!("-filter=tests/{file}")])
            .current_dir(infra)
            .output()
            .context("terraform could not be run")?,
        Check::Checkov(id) => Command::new(checkov())
            .args([
                "--framework",
                "terraform",
                "--skip-download",
                "--quiet",
                "--compact",
                "--check",
                id,
            ])
            .args(["--config-file", ".checkov.yaml", "--directory", "."])
            .current_dir(infra)
            .output()
            .context("checkov could not be run: scripts/test installs it")?,
    };
    Ok(output.status.success())
}

#[expect(clippy::disallowed_methods, reason = "the scripts say where they installed it")]
fn checkov() -> PathBuf {
    std::env::var_os("CHECKOV").map_or_else(|| PathBuf::from("checkov"), PathBuf::from)
}

fn terraform(infra: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let output = Command::new("terraform")
        .args(arguments)
        .current_dir(infra)
        .output()
        .context("terraform could not be run")?;
    anyhow::ensure!(
        output.status.success(),
        "terraform {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let text = name.to_string_lossy();
        if text == ".terraform" || text.contains(".tfstate") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to.join(&name))?;
        } else {
            std::fs::copy(entry.path(), to.join(&name))?;
        }
    }
    Ok(())
}
