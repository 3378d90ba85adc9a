//! `cargo xtask controls`: shows that the judges of infra/ can say no. Takes one control out of a copy of infra/, runs the judge that
//! must notice, and expects it to say just that. `infra/tests/controls.json` lists the controls.

mod list;

use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use serde::Serialize;

pub use self::list::{Control, Judge, read};
use crate::checkov::Checkov;
use crate::terraform::{Copies, Failure};
use crate::workers;

/// How it was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    /// So many instead of all.
    sample: Option<usize>,
    json: bool,
}

/// What became of one control, taken out.
#[derive(Debug, Serialize)]
struct Outcome<'a> {
    control: &'a str,
    file: &'a str,
    test: &'a str,
    assertion: &'a str,
    /// What is wrong; nothing if the judge noticed.
    finding: Option<String>,
    seconds: f64,
}

struct Bench {
    copies: Copies,
    checkov: Checkov,
}

pub fn check(root: &Path, arguments: &[&str]) -> anyhow::Result<Vec<String>> {
    let options = parse(arguments)?;
    let begin = Instant::now();
    let mut controls = read(root)?;
    let all = controls.len();
    if let Some(count) = options.sample {
        controls = list::sample(&controls, count);
    }
    let copies = Copies::of(root, workers::count())?;
    let checkov = Checkov::of(root, copies.beside("checkov.yaml"))?;
    let bench = Bench { copies, checkov };
    // A judge that says no anyway shows nothing.
    let judges = list::judges(&controls);
    let before = workers::each(&judges, workers::count(), |worker, judge| bench.objects(worker, *judge))?;
    let mut findings: Vec<String> = before.into_iter().flatten().collect();
    anyhow::ensure!(
        findings.is_empty(),
        "before anything is taken out: {}",
        findings.join("; ")
    );
    let outcomes = workers::each(&controls, workers::count(), |worker, control| {
        let begin = Instant::now();
        let finding = bench.without(worker, control).with_context(|| control.name.clone())?;
        let outcome = Outcome {
            control: &control.name,
            file: &control.file,
            test: &control.test,
            assertion: &control.assertion,
            finding,
            seconds: begin.elapsed().as_secs_f64(),
        };
        tell(&outcome, options.json)?;
        Ok(outcome)
    })?;
    crate::say(&format!(
        "controls: {} of {all} taken out, one by one; {} noticed by {} judges; {:.0} s",
        outcomes.len(),
        outcomes.iter().filter(|outcome| outcome.finding.is_none()).count(),
        judges.len(),
        begin.elapsed().as_secs_f64()
    ));
    for outcome in outcomes {
        findings.extend(outcome.finding.map(|finding| format!("{}: {finding}", outcome.control)));
    }
    Ok(findings)
}

impl Bench {
    // What a judge has to say of the configuration as it is.
    fn objects(&self, worker: usize, judge: Judge<'_>) -> anyhow::Result<Option<String>> {
        Ok(match judge {
            Judge::TerraformTest(file) => {
                let is_green = self.copies.test(worker, file)?.is_green();
                (!is_green).then(|| format!("{file} does not pass"))
            }
            Judge::Checkov { check, folder } => {
                let resources = self.checkov.one(&self.copies.path(worker), folder, check)?;
                (!resources.is_empty()).then(|| format!("{} fail {check}", resources.join(", ")))
            }
        })
    }

    // What is wrong, if the judge does not notice that the control is gone.
    fn without(&self, worker: usize, control: &Control) -> anyhow::Result<Option<String>> {
        let infra = self.copies.path(worker);
        let path = infra.join(&control.file);
        let whole = std::fs::read_to_string(&path).with_context(|| format!("{} could not be read", control.file))?;
        if whole.matches(&control.find).count() != 1 {
            return Ok(Some(format!(
                "infra/{} does not have its text exactly once",
                control.file
            )));
        }
        std::fs::write(&path, whole.replacen(&control.find, &control.replace, 1))?;
        let finding = self.judge(worker, control);
        std::fs::write(&path, whole)?;
        finding
    }

    fn judge(&self, worker: usize, control: &Control) -> anyhow::Result<Option<String>> {
        let infra = self.copies.path(worker);
        // Red for the wrong reason: what is not valid fails every test.
        if let Some(error) = self.copies.validate(&infra.join(control.root_module()))? {
            return Ok(Some(format!("without it, the configuration is not valid: {error}")));
        }
        Ok(match control.judge() {
            Judge::TerraformTest(file) => {
                let report = self.copies.test(worker, file)?;
                let says: Vec<&str> = report.failures.iter().map(Failure::name).collect();
                let errors: Vec<&str> = report.errors.iter().map(Failure::name).collect();
                (!report.notices(&control.assertion)).then(|| {
                    format!(
                        "{file} does not notice; what it says: [{}], errors: [{}]",
                        says.join(" | "),
                        errors.join(" | ")
                    )
                })
            }
            Judge::Checkov { check, folder } => {
                let resources = self.checkov.one(&infra, folder, check)?;
                (!resources.contains(&control.assertion))
                    .then(|| format!("{check} does not notice; it names [{}]", resources.join(", ")))
            }
        })
    }
}

fn parse(arguments: &[&str]) -> anyhow::Result<Options> {
    let mut options = Options::default();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().with_context(|| format!("{argument} wants a value"));
        match *argument {
            "--sample" => {
                let count = value()?.parse().with_context(|| "--sample wants a number")?;
                anyhow::ensure!(count > 0, "--sample 0 would show nothing");
                options.sample = Some(count);
            }
            "--format" => match *value()? {
                "json" => options.json = true,
                "table" => options.json = false,
                other => anyhow::bail!("--format {other}: not table or json"),
            },
            other => anyhow::bail!("{other}: not an option of controls"),
        }
    }
    Ok(options)
}

// A line for each, as soon as it is known.
fn tell(outcome: &Outcome<'_>, json: bool) -> anyhow::Result<()> {
    if json {
        let line = serde_json::to_string(outcome)? + "\n";
        return std::io::stdout()
            .write_all(line.as_bytes())
            .context("standard output could not be written");
    }
    let word = if outcome.finding.is_none() {
        "noticed"
    } else {
        "NOT NOTICED"
    };
    crate::say(&format!(
        "{word}: {} ({}, {:.1} s)",
        outcome.control, outcome.test, outcome.seconds
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_understood_or_refused() {
        let options = parse(&["--sample", "6", "--format", "json"]).unwrap();
        assert_eq!(
            options,
            Options {
                sample: Some(6),
                json: true
            }
        );
        for wrong in [
            &["--sample"][..],
            &["--sample", "0"],
            &["--sample", "some"],
            &["--format", "xml"],
            &["6"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
