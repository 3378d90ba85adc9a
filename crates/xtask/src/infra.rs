//! `cargo xtask infra`: every judge of infra/ that needs no account of AWS. Format, validity, `terraform test`, checkov on the source,
//! and checkov on the plan of each environment.
//!
//! The plans are made against an emulator, after the keys are applied there: before that, what is encrypted with a key whose ARN is not
//! known looks as if it were not encrypted.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;

use crate::checkov::{Checkov, Verdict};
use crate::emulator::Emulator;
use crate::terraform::{BOOTSTRAP, Copies, TestReport, output, succeed};
use crate::workers;

/// The copy that is judged as it is, and the one whose provider is told what an emulator needs.
const PLAIN: usize = 0;
const AT_EMULATOR: usize = 1;
const OVERRIDE: &str = r#"
provider "aws" {
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  max_retries                 = 2
}
"#;
/// Variables that end so name a zip, which a plan wants to see.
const ZIP_VARIABLE_END: &str = "_zip_path";

/// One judge, and what it judges.
enum Step {
    Format,
    Validate(&'static str),
    Test(String),
    Source,
    Plan(String),
}

/// What one judge found.
#[derive(Default)]
struct Outcome {
    /// How many runs of `terraform test` passed.
    runs: usize,
    /// What checkov says, and of what.
    verdict: Option<(String, Verdict)>,
    findings: Vec<String>,
}

struct Judges<'a> {
    root: &'a Path,
    copies: Copies,
    checkov: Checkov,
    emulator: Emulator,
    /// `-var` arguments for all plans.
    variables: Vec<String>,
}

pub fn check(root: &Path) -> anyhow::Result<Vec<String>> {
    let begin = Instant::now();
    let copies = Copies::of(root, 2)?;
    let infra = copies.path(PLAIN);
    std::fs::write(copies.path(AT_EMULATOR).join("emulator_override.tf"), OVERRIDE)?;
    let judges = Judges {
        root,
        checkov: Checkov::of(root, copies.beside("checkov.yaml"))?,
        emulator: Emulator::start(root, &copies.beside("emulator"))?,
        variables: zip_variables(&copies)?,
        copies,
    };
    let tests = names(&infra.join("tests"), ".tftest.hcl")?;
    let environments = names(&infra.join("environments"), ".tfvars")?;
    // The longest first, so that no processor waits for the last.
    let mut steps: Vec<Step> = environments.iter().cloned().map(Step::Plan).collect();
    steps.push(Step::Source);
    steps.extend(
        tests
            .iter()
            .rev()
            .map(|test| Step::Test(format!("tests/{test}.tftest.hcl"))),
    );
    steps.extend([Step::Validate("."), Step::Validate(BOOTSTRAP), Step::Format]);
    let outcomes = workers::each(&steps, workers::count(), |_, step| {
        let begin = Instant::now();
        let outcome = judges.run(step).with_context(|| step.name())?;
        let word = if outcome.findings.is_empty() {
            "passed"
        } else {
            "FAILED"
        };
        crate::say(&format!(
            "{word}: {} ({:.1} s)",
            step.name(),
            begin.elapsed().as_secs_f64()
        ));
        Ok(outcome)
    })?;
    let mut findings: Vec<String> = outcomes.iter().flat_map(|outcome| outcome.findings.clone()).collect();
    findings.extend(stale(&judges.checkov, &outcomes));
    crate::say(&summary(&outcomes, tests.len(), begin.elapsed().as_secs_f64()));
    Ok(findings)
}

impl Judges<'_> {
    fn run(&self, step: &Step) -> anyhow::Result<Outcome> {
        let infra = self.copies.path(PLAIN);
        match step {
            Step::Format => {
                // The checkout itself, not a copy: the names are then those that can be mended.
                let arguments = ["fmt", "-check", "-recursive", "-no-color", "infra"];
                let output = output(Command::new("terraform").current_dir(self.root).args(arguments))?;
                let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
                Ok(Outcome::of(
                    (!output.status.success()).then(|| format!("terraform fmt infra: {}", text.trim())),
                ))
            }
            Step::Validate(folder) => Ok(Outcome::of(self.copies.validate(&infra.join(folder))?)),
            Step::Test(file) => Ok(Outcome::of_test(file, &self.copies.test(PLAIN, file)?)),
            Step::Source => Ok(Outcome::of_checkov("source", self.checkov.source(&infra, ".")?)),
            Step::Plan(environment) => self.plan(environment),
        }
    }

    fn plan(&self, environment: &str) -> anyhow::Result<Outcome> {
        let infra = self.copies.path(AT_EMULATOR);
        let terraform = |command: &str, options: &[String]| {
            let mut terraform = self.copies.terraform(&infra);
            self.emulator
                .direct(terraform.args([command, "-no-color", "-input=false"]))
                .args(options);
            terraform
        };
        let state = self.copies.beside(&format!("{environment}.tfstate"));
        let plan = self.copies.beside(&format!("{environment}.plan"));
        let mut options = vec![
            format!("-var-file=environments/{environment}.tfvars"),
            format!("-state={}", state.display()),
        ];
        options.extend(self.variables.iter().cloned());
        succeed(terraform("apply", &options).args(["-auto-approve", "-target=module.encryption"]))?;
        succeed(terraform("plan", &options).arg(format!("-out={}", plan.display())))?;
        let json = succeed(self.copies.terraform(&infra).args(["show", "-json"]).arg(&plan))?;
        let name = format!("{environment}.json");
        std::fs::write(self.copies.beside(&name), json)?;
        let verdict = self.checkov.plan(&self.copies.beside(""), &name)?;
        Ok(Outcome::of_checkov(environment, verdict))
    }
}

impl Outcome {
    fn of(finding: Option<String>) -> Self {
        Self {
            findings: finding.into_iter().collect(),
            ..Self::default()
        }
    }

    fn of_test(file: &str, report: &TestReport) -> Self {
        let failures = report
            .failures
            .iter()
            .map(|failure| format!("infra/{file}, {}: not so: {}", failure.run, failure.says));
        let errors = report
            .errors
            .iter()
            .map(|error| format!("infra/{file}, {}: {}", error.run, error.says));
        let mut findings: Vec<String> = failures.chain(errors).collect();
        if findings.is_empty() && !report.is_green() {
            findings.push(format!("infra/{file}: nothing ran"));
        }
        Self {
            runs: report.passed,
            findings,
            ..Self::default()
        }
    }

    fn of_checkov(what: &str, verdict: Verdict) -> Self {
        let mut findings: Vec<String> = verdict
            .failed
            .iter()
            .map(|failed| format!("checkov, {what}: {} fails {}", failed.resource, failed.check))
            .collect();
        if verdict.passed == 0 {
            findings.push(format!("checkov, {what}: nothing was found to judge"));
        }
        Self {
            verdict: Some((what.to_owned(), verdict)),
            findings,
            ..Self::default()
        }
    }
}

impl Step {
    fn name(&self) -> String {
        match self {
            Self::Format => "terraform fmt".to_owned(),
            Self::Validate(folder) => format!("terraform validate {folder}"),
            Self::Test(file) => format!("terraform test {file}"),
            Self::Source => "checkov on the source".to_owned(),
            Self::Plan(environment) => format!("checkov on the plan of {environment}"),
        }
    }
}

// Only what some source or plan fails may stay on the list.
fn stale(checkov: &Checkov, outcomes: &[Outcome]) -> Vec<String> {
    let used: BTreeSet<String> = outcomes
        .iter()
        .filter_map(|outcome| outcome.verdict.as_ref())
        .flat_map(|(_, verdict)| verdict.used.iter().cloned())
        .collect();
    checkov
        .unused(&used)
        .map(|check| format!("infra/.checkov.yaml: nothing fails {check} any more, take it off the list"))
        .collect()
}

fn summary(outcomes: &[Outcome], files: usize, seconds: f64) -> String {
    let runs: usize = outcomes.iter().map(|outcome| outcome.runs).sum();
    let verdicts: Vec<String> = outcomes
        .iter()
        .filter_map(|outcome| outcome.verdict.as_ref())
        .map(|(what, verdict)| {
            let failed = verdict.failed.len();
            format!("{what} {}/{failed}/{}", verdict.passed, verdict.skipped)
        })
        .collect();
    format!(
        "infra: {runs} runs of terraform test passed, in {files} files; checkov (passed/failed/skipped): {}; {seconds:.0} s",
        verdicts.join(", ")
    )
}

// Nothing is deployed, so any file does for a zip.
fn zip_variables(copies: &Copies) -> anyhow::Result<Vec<String>> {
    let zip = copies.beside("placeholder.zip");
    std::fs::write(&zip, "not a program")?;
    let variables = std::fs::read_to_string(copies.path(PLAIN).join("variables.tf"))?;
    Ok(variables
        .lines()
        .filter_map(|line| line.strip_prefix("variable \"")?.split('"').next())
        .filter(|name| name.ends_with(ZIP_VARIABLE_END))
        .map(|name| format!("-var={name}={}", zip.display()))
        .collect())
}

// The files of a folder that end so, without that end, sorted.
fn names(folder: &Path, end: &str) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("{} could not be read", folder.display()))? {
        let name = entry?.file_name();
        names.extend(name.to_string_lossy().strip_suffix(end).map(str::to_owned));
    }
    anyhow::ensure!(
        !names.is_empty(),
        "{} has nothing that ends with {end}",
        folder.display()
    );
    names.sort();
    Ok(names)
}
