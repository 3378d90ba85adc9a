//! Copies of infra/ that Terraform may work in, and what `terraform test` says, read.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::Context as _;
use serde::Deserialize;

/// A root module of its own below infra/, applied once for each account.
pub const BOOTSTRAP: &str = "bootstrap";

/// Equal copies of infra/, initialized without a backend; gone when this is dropped.
pub struct Copies {
    folder: tempfile::TempDir,
    // Providers are kept here from one run to the next.
    plugins: PathBuf,
}

impl Copies {
    /// Copies what stands in infra/ now. The settings of checkov stay behind: it would read them by itself.
    pub fn of(root: &Path, count: usize) -> anyhow::Result<Self> {
        let root = root.canonicalize().context("the checkout could not be found")?;
        let copies = Self {
            folder: tempfile::tempdir().context("no folder could be made for copies of infra/")?,
            plugins: root.join("target/terraform-plugins"),
        };
        std::fs::create_dir_all(&copies.plugins).context("target/terraform-plugins could not be made")?;
        for index in 0..count {
            copy(&root.join("infra"), &copies.path(index)).context("infra/ could not be copied")?;
        }
        // What this leaves names modules by their place in the copy, so it serves all copies.
        for folder in [copies.path(0), copies.path(0).join(BOOTSTRAP)] {
            succeed(copies.terraform(&folder).args(["init", "-input=false", "-no-color"]))?;
        }
        Ok(copies)
    }

    /// One copy.
    pub fn path(&self, index: usize) -> PathBuf {
        self.folder.path().join(index.to_string()).join("infra")
    }

    /// Where what does not belong into infra/ can be put.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Terraform in a copy, or in its bootstrap/.
    pub fn terraform(&self, folder: &Path) -> Command {
        let data = if folder.ends_with(BOOTSTRAP) {
            "data-bootstrap"
        } else {
            "data"
        };
        let mut command = Command::new("terraform");
        command
            .current_dir(folder)
            .env("TF_DATA_DIR", self.beside(data))
            .env("TF_PLUGIN_CACHE_DIR", &self.plugins)
            .env_remove("TF_WORKSPACE");
        command
    }

    /// Whether the configuration is valid; if not, why. Test files are left to `terraform test`.
    pub fn validate(&self, folder: &Path) -> anyhow::Result<Option<String>> {
        let output = output(self.terraform(folder).args(["validate", "-no-color", "-no-tests"]))?;
        Ok((!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }

    /// Runs one test file, named by its path below infra/.
    pub fn test(&self, index: usize, file: &str) -> anyhow::Result<TestReport> {
        let output = output(
            self.terraform(&self.path(index))
                .args(["test", "-json", &format!("-filter={file}")]),
        )?;
        let report = TestReport::read(&String::from_utf8_lossy(&output.stdout))
            .with_context(|| format!("{file}: {}", String::from_utf8_lossy(&output.stderr)))?;
        anyhow::ensure!(
            output.status.success() == report.is_green(),
            "{file}: terraform test ended with {}, which is not what it reported",
            output.status
        );
        Ok(report)
    }
}

/// What became of the runs of a test file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct TestReport {
    /// How many runs passed.
    pub passed: usize,
    /// What was asserted and is not so.
    pub failures: Vec<Failure>,
    /// What kept a run from being judged: a configuration that cannot be planned, for one.
    pub errors: Vec<Failure>,
}

/// Something that is not as a test wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub run: String,
    /// The assertion's words; those of Terraform where a failure was expected and did not come.
    pub says: String,
}

/// A line of `terraform test -json` (Terraform documentation, "Machine-Readable UI"); only what is used.
#[derive(Deserialize)]
struct Line {
    #[serde(rename = "@testrun", default)]
    run: String,
    diagnostic: Option<Diagnostic>,
    test_summary: Option<Summary>,
}

#[derive(Deserialize)]
struct Diagnostic {
    severity: String,
    summary: String,
    #[serde(default)]
    detail: String,
}

#[derive(Deserialize)]
struct Summary {
    passed: usize,
    failed: usize,
    errored: usize,
    skipped: usize,
}

impl TestReport {
    /// That everything ran, and passed.
    pub fn is_green(&self) -> bool {
        self.passed > 0 && self.failures.is_empty() && self.errors.is_empty()
    }

    /// Whether this is what failed: an assertion, by its words, or a run that expected a failure, by its name. Other assertions may
    /// have failed with it, but nothing may have kept the runs from being judged; a run that should have been refused may also
    /// go wrong later.
    pub fn notices(&self, assertion: &str) -> bool {
        self.failures.iter().any(|failure| {
            failure.name() == assertion
                && self
                    .errors
                    .iter()
                    .all(|error| failure.is_unrefused() && error.run == failure.run)
        })
    }

    fn read(lines: &str) -> anyhow::Result<Self> {
        let mut report = Self::default();
        let mut summary = None;
        for line in lines.lines() {
            let line: Line = serde_json::from_str(line).with_context(|| format!("not understood: {line}"))?;
            summary = line.test_summary.or(summary);
            let Some(diagnostic) = line.diagnostic.filter(|diagnostic| diagnostic.severity == "error") else {
                continue;
            };
            let (summary, detail) = (diagnostic.summary, diagnostic.detail.trim());
            match summary.as_str() {
                "Test assertion failed" | "Missing expected failure" => report.failures.push(Failure {
                    run: line.run,
                    says: detail.to_owned(),
                }),
                _ => report.errors.push(Failure {
                    run: line.run,
                    says: format!("{summary}: {detail}"),
                }),
            }
        }
        let summary = summary.context("terraform test did not come to an end")?;
        // A run that should have been refused counts as an error, and those after it are skipped.
        anyhow::ensure!(
            summary.failed + summary.errored + summary.skipped == 0 || report.failures.len() + report.errors.len() > 0,
            "{} failed, {} errors, {} skipped, and it does not say why",
            summary.failed,
            summary.errored,
            summary.skipped
        );
        report.passed = summary.passed;
        Ok(report)
    }
}

impl Failure {
    /// How a list of assertions names it.
    pub fn name(&self) -> &str {
        if self.is_unrefused() { &self.run } else { &self.says }
    }

    // Whether a failure was expected and did not come.
    fn is_unrefused(&self) -> bool {
        self.says.contains("was expected to report an error but did not")
    }
}

/// Runs a program and keeps what it prints.
pub fn output(command: &mut Command) -> anyhow::Result<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.output().with_context(|| format!("{name} could not be run"))
}

/// The same for one that must succeed; gives what it printed.
pub fn succeed(command: &mut Command) -> anyhow::Result<Vec<u8>> {
    let result = output(command)?;
    anyhow::ensure!(
        result.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&result.stderr)
    );
    Ok(result.stdout)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let text = name.to_string_lossy();
        // What somebody's own work has left: the state, and which backend it is in.
        if text == ".terraform"
            || text == crate::checkov::SETTINGS
            || text.contains(".tfstate")
            || text.ends_with("_override.tf")
        {
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

#[cfg(test)]
mod tests {
    use super::*;

    const END: &str =
        r#"{"type":"test_summary","test_summary":{"status":"fail","passed":1,"failed":1,"errored":0,"skipped":0}}"#;

    fn diagnostic(summary: &str, detail: &str) -> String {
        format!(
            r#"{{"@testrun":"a_run","type":"diagnostic","diagnostic":{{"severity":"error","summary":"{summary}","detail":"{detail}"}}}}"#
        )
    }

    #[test]
    fn a_failed_assertion_is_known_by_its_words() {
        let report = TestReport::read(&[&diagnostic("Test assertion failed", "It is so."), END].join("\n")).unwrap();
        assert!(report.notices("It is so."));
        assert!(!report.notices("It is"));
        assert!(!report.is_green());
    }

    #[test]
    fn a_failure_that_did_not_come_is_known_by_its_run() {
        let words = "The checkable object, var.x, was expected to report an error but did not.";
        let lines = [
            diagnostic("Missing expected failure", words),
            diagnostic("invalid value", "What was let through went wrong later."),
            END.to_owned(),
        ];
        let report = TestReport::read(&lines.join("\n")).unwrap();
        assert!(report.notices("a_run"));
        let elsewhere = diagnostic("Invalid index", "There is none.").replace("a_run", "another_run");
        let report = TestReport::read(&[&lines[0], &elsewhere, END].join("\n")).unwrap();
        assert!(!report.notices("a_run"));
    }

    #[test]
    fn a_run_that_cannot_be_planned_shows_nothing() {
        let lines = [
            diagnostic("Test assertion failed", "It is so."),
            diagnostic("Invalid index", "There is none."),
            END.to_owned(),
        ];
        let report = TestReport::read(&lines.join("\n")).unwrap();
        assert!(!report.notices("It is so."));
        assert!(!report.is_green());
    }

    #[test]
    fn green_is_what_ran_to_its_end_and_passed() {
        let read = |passed, failed, skipped| {
            TestReport::read(&format!(
                r#"{{"test_summary":{{"passed":{passed},"failed":{failed},"errored":0,"skipped":{skipped}}}}}"#
            ))
        };
        assert!(read(2, 0, 0).unwrap().is_green());
        assert!(!read(0, 0, 0).unwrap().is_green());
        assert!(read(1, 0, 1).is_err());
        assert!(read(1, 1, 0).is_err());
        assert!(TestReport::read("").is_err());
    }
}
