//! checkov: what it is not asked, with reasons, from infra/.checkov.yaml; and what it says, read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use serde::Deserialize;

/// The one list of what is not asked, below infra/.
pub const SETTINGS: &str = ".checkov.yaml";

/// checkov with the project's settings, but asked everything: what is not asked is taken away here, so that it can be counted and
/// nothing stays on the list that no longer matters.
pub struct Checkov {
    program: PathBuf,
    settings: PathBuf,
    /// Checks that may fail, with the reason.
    excused: BTreeMap<String, String>,
}

/// What checkov says of one source.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    pub passed: usize,
    /// Failed, and on the list.
    pub skipped: usize,
    /// Failed, and not on the list: check and resource.
    pub failed: Vec<Failed>,
    /// The checks of the list that failed here.
    pub used: BTreeSet<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failed {
    #[serde(rename = "check_id")]
    pub check: String,
    pub resource: String,
}

/// `--output json`: one of these for each framework that found something to read.
#[derive(Deserialize)]
struct Report {
    results: Results,
    summary: Summary,
}

#[derive(Deserialize)]
struct Results {
    failed_checks: Vec<Failed>,
}

#[derive(Deserialize)]
struct Summary {
    passed: usize,
    skipped: usize,
    parsing_errors: usize,
}

impl Checkov {
    /// Reads the settings, and leaves those without the list at `settings`. checkov must not be run where it finds the others.
    pub fn of(root: &Path, settings: PathBuf) -> anyhow::Result<Self> {
        let text = crate::read(&root.join("infra"), SETTINGS)?;
        let (rest, excused) = read_settings(&text)?;
        std::fs::write(&settings, rest).with_context(|| format!("{} could not be written", settings.display()))?;
        Ok(Self {
            program: program(),
            settings,
            excused,
        })
    }

    /// Asks about a folder of Terraform, below `infra`.
    pub fn source(&self, infra: &Path, folder: &str) -> anyhow::Result<Verdict> {
        self.ask(Command::new(&self.program).current_dir(infra).args([
            "--framework",
            "terraform",
            "--directory",
            folder,
        ]))
    }

    /// Asks about the JSON of a plan, called `name` in `folder`.
    pub fn plan(&self, folder: &Path, name: &str) -> anyhow::Result<Verdict> {
        self.ask(Command::new(&self.program).current_dir(folder).args([
            "--framework",
            "terraform_plan",
            "--file",
            name,
        ]))
    }

    /// Asks one check about a folder of Terraform: the resources that fail it.
    pub fn one(&self, infra: &Path, folder: &str, check: &str) -> anyhow::Result<Vec<String>> {
        let command = &mut Command::new(&self.program);
        command
            .current_dir(infra)
            .args(["--framework", "terraform", "--directory", folder, "--check", check]);
        let verdict = self.ask(command)?;
        anyhow::ensure!(
            verdict.passed + verdict.skipped + verdict.failed.len() > 0,
            "{check} finds nothing to judge in {folder}"
        );
        Ok(verdict.failed.into_iter().map(|failed| failed.resource).collect())
    }

    /// The checks of the list that failed nowhere: there is nothing left to excuse.
    pub fn unused<'a>(&'a self, used: &'a BTreeSet<String>) -> impl Iterator<Item = &'a str> {
        self.excused
            .keys()
            .map(String::as_str)
            .filter(|check| !used.contains(*check))
    }

    fn ask(&self, command: &mut Command) -> anyhow::Result<Verdict> {
        command
            .arg("--config-file")
            .arg(&self.settings)
            .args(["--output", "json"]);
        let output = command
            .output()
            .context("checkov could not be run: scripts/check-infra installs it")?;
        let text = String::from_utf8_lossy(&output.stdout);
        self.verdict(&text)
            .with_context(|| format!("checkov: {}", String::from_utf8_lossy(&output.stderr)))
    }

    fn verdict(&self, text: &str) -> anyhow::Result<Verdict> {
        let report: Report = serde_json::from_str(text).with_context(|| format!("not understood: {text}"))?;
        anyhow::ensure!(
            report.summary.parsing_errors == 0,
            "{} files could not be read",
            report.summary.parsing_errors
        );
        anyhow::ensure!(
            report.summary.skipped == 0,
            "{} checks are skipped by comments in the code: infra/.checkov.yaml is the one list",
            report.summary.skipped
        );
        let mut verdict = Verdict {
            passed: report.summary.passed,
            ..Verdict::default()
        };
        for failed in report.results.failed_checks {
            if self.excused.contains_key(&failed.check) {
                verdict.skipped += 1;
                verdict.used.insert(failed.check);
            } else {
                verdict.failed.push(failed);
            }
        }
        verdict.failed.sort();
        Ok(verdict)
    }
}

// The settings without the list of skipped checks, and that list. The reason of each is the comment above it.
fn read_settings(text: &str) -> anyhow::Result<(String, BTreeMap<String, String>)> {
    let (mut rest, mut excused) = (String::new(), BTreeMap::new());
    let (mut is_list, mut reason) = (false, String::new());
    for line in text.lines() {
        let content = line.trim();
        if !line.starts_with([' ', '#', '-']) && !content.is_empty() {
            is_list = content == "skip-check:";
            anyhow::ensure!(
                is_list || !content.starts_with("skip-check"),
                "skip-check is a list, one check a line"
            );
        }
        if !is_list {
            rest.push_str(line);
            rest.push('\n');
        } else if let Some(comment) = content.strip_prefix('#') {
            reason.push_str(comment);
        } else if let Some(check) = content.strip_prefix("- ") {
            anyhow::ensure!(
                !reason.trim().is_empty(),
                "{check} is skipped without a reason above it"
            );
            let reason = std::mem::take(&mut reason);
            anyhow::ensure!(
                excused.insert(check.to_owned(), reason.trim().to_owned()).is_none(),
                "{check} is there twice"
            );
        }
    }
    Ok((rest, excused))
}

#[expect(clippy::disallowed_methods, reason = "the scripts say where they installed it")]
fn program() -> PathBuf {
    std::env::var_os("CHECKOV").map_or_else(|| PathBuf::from("checkov"), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str =
        "quiet: true\nskip-check:\n  # One reason,\n  # on two lines.\n  - CKV_1\nskip-path:\n  - tests\n";

    fn checkov() -> Checkov {
        Checkov {
            program: PathBuf::new(),
            settings: PathBuf::new(),
            excused: read_settings(LIST).unwrap().1,
        }
    }

    fn report(failed: &[&str], skipped: usize, parsing_errors: usize) -> String {
        let failed: Vec<_> = failed
            .iter()
            .map(|check| serde_json::json!({"check_id": check, "resource": "a.b"}))
            .collect();
        serde_json::json!({
            "results": {"failed_checks": failed},
            "summary": {"passed": 7, "skipped": skipped, "parsing_errors": parsing_errors},
        })
        .to_string()
    }

    #[test]
    fn the_list_is_taken_out_of_the_settings() {
        let (rest, excused) = read_settings(LIST).unwrap();
        assert_eq!(rest, "quiet: true\nskip-path:\n  - tests\n");
        assert_eq!(excused["CKV_1"], "One reason, on two lines.");
    }

    #[test]
    fn a_skip_wants_a_reason_of_its_own() {
        assert!(read_settings("skip-check:\n  - CKV_1\n").is_err());
        assert!(read_settings("skip-check:\n  # Why.\n  - CKV_1\n  - CKV_2\n").is_err());
        assert!(read_settings("skip-check: [CKV_1]\n").is_err());
    }

    #[test]
    fn what_fails_is_excused_by_the_list_only() {
        let verdict = checkov().verdict(&report(&["CKV_1", "CKV_2", "CKV_1"], 0, 0)).unwrap();
        assert_eq!((verdict.passed, verdict.skipped, verdict.failed.len()), (7, 2, 1));
        assert_eq!(verdict.failed[0].check, "CKV_2");
        assert_eq!(checkov().unused(&verdict.used).count(), 0);
    }

    #[test]
    fn a_skip_in_the_code_or_an_unread_file_is_an_error() {
        assert!(checkov().verdict(&report(&[], 1, 0)).is_err());
        assert!(checkov().verdict(&report(&[], 0, 1)).is_err());
        assert!(checkov().verdict(r#"{"passed": 0, "failed": 0}"#).is_err());
    }

    #[test]
    fn a_skip_that_nothing_needs_is_found() {
        assert_eq!(checkov().unused(&BTreeSet::new()).collect::<Vec<_>>(), ["CKV_1"]);
    }
}
