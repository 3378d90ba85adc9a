//! `cargo xtask package`: what is deployed, from sources to files whose hash anybody can get again.
//!
//! Enters: this checkout. Leaves, below `target/`: a zip for each function in `lambda/`, the build context `container/` of the
//! processor's image, and `container.tag`, the tag under which that image is pushed: a hash of what goes into it.
//!
//! With `--profile dev` the same below `target/dev/`, from the build that tests use anyway: to be tried, not to be deployed.

mod archive;
mod build;
mod elsewhere;
mod linkage;
mod report;

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use self::build::Build;
use self::elsewhere::Elsewhere;
use self::report::Artifact;

/// The Lambda functions: each is a zip of this name.
const LAMBDAS: [&str; 4] = [
    "validator-lambda",
    "recorder-lambda",
    "alerter-lambda",
    "monitor-lambda",
];
/// What the image runs.
const CONTAINER: &str = "processor";
/// How the image is made; it becomes part of the build context, and so of the tag.
const DOCKERFILE: &str = "docker/processor.Dockerfile";

/// How it was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    /// A target triple; the host's without it.
    target: Option<String>,
    /// Where `lambda/` and `container/` are put; Cargo's target folder without it.
    output: Option<PathBuf>,
    /// The build that tests share, instead of the one that is deployed.
    is_dev: bool,
    /// One program instead of all.
    only: Option<String>,
    json: bool,
    check_reproducible: bool,
}

pub fn run(root: &Path, arguments: &[&str]) -> anyhow::Result<Vec<String>> {
    let options = parse(arguments)?;
    // Relative paths would not be found in what the compiler writes.
    let root = &root.canonicalize().context("the checkout could not be found")?;
    let build = Build::of(root, options.target.as_deref())?;
    let output = options.output.clone().unwrap_or_else(|| {
        let target = build.target();
        if options.is_dev {
            target.join("dev")
        } else {
            target.to_owned()
        }
    });
    let elsewhere = options
        .check_reproducible
        .then(|| Elsewhere::prepare(&build))
        .transpose()?;
    let artifacts = stage(&build, &options, &output)?;
    let findings = match elsewhere {
        Some(elsewhere) => elsewhere.check(&build, &options, &artifacts)?,
        None => Vec::new(),
    };
    if findings.is_empty() {
        report::write(&artifacts, options.json)?;
    }
    Ok(findings)
}

fn parse(arguments: &[&str]) -> anyhow::Result<Options> {
    let mut options = Options::default();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().with_context(|| format!("{argument} wants a value"));
        match *argument {
            "--target" => options.target = Some((*value()?).to_owned()),
            "--output" => options.output = Some(PathBuf::from(value()?)),
            "--only" => {
                let name = *value()?;
                anyhow::ensure!(
                    name == CONTAINER || LAMBDAS.contains(&name),
                    "--only {name}: not one of {LAMBDAS:?} and {CONTAINER}"
                );
                options.only = Some(name.to_owned());
            }
            "--profile" => match *value()? {
                "dev" => options.is_dev = true,
                "release" => options.is_dev = false,
                other => anyhow::bail!("--profile {other}: not dev or release"),
            },
            "--format" => match *value()? {
                "json" => options.json = true,
                "table" => options.json = false,
                other => anyhow::bail!("--format {other}: not table or json"),
            },
            "--check-reproducible" => options.check_reproducible = true,
            other => anyhow::bail!("{other}: not an option of package"),
        }
    }
    anyhow::ensure!(
        !(options.is_dev && options.check_reproducible),
        "--check-reproducible: only what is deployed is made to be reproducible; leave out --profile dev"
    );
    Ok(options)
}

// Builds and stages everything that was asked for. The artifacts' paths are below `output`.
fn stage(build: &Build, options: &Options, output: &Path) -> anyhow::Result<Vec<Artifact>> {
    let wanted = |name: &str| options.only.as_deref().is_none_or(|only| only == name);
    let names: Vec<&str> = LAMBDAS
        .into_iter()
        .chain([CONTAINER])
        .filter(|name| wanted(name))
        .collect();
    let programs = if options.is_dev {
        build.dev_programs(&names)?
    } else {
        build.programs(&names)?
    };
    let mut artifacts = Vec::new();
    for (name, program) in &programs {
        let program = std::fs::read(program).with_context(|| format!("{} could not be read", program.display()))?;
        linkage::check(&program).with_context(|| format!("{name} would not start where it is deployed"))?;
        if *name == CONTAINER {
            artifacts.extend(stage_container(build, &program, output)?);
        } else {
            let zip = archive::of_program(&program)?;
            artifacts.push(report::put(output, &format!("lambda/{name}.zip"), &zip)?);
        }
    }
    Ok(artifacts)
}

fn stage_container(build: &Build, program: &[u8], output: &Path) -> anyhow::Result<Vec<Artifact>> {
    let dockerfile = crate::read(build.root(), DOCKERFILE)?;
    let mut artifacts = vec![
        report::put_program(output, &format!("container/{CONTAINER}"), program)?,
        report::put(output, "container/Dockerfile", dockerfile.as_bytes())?,
    ];
    let tag = format!("{}\n", report::tag(&artifacts));
    artifacts.push(report::put(output, "container.tag", tag.as_bytes())?);
    Ok(artifacts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_understood_or_refused() {
        let options = parse(&["--format", "json", "--only", "processor", "--output", "out"]).unwrap();
        assert_eq!(
            options,
            Options {
                output: Some(PathBuf::from("out")),
                only: Some("processor".to_owned()),
                json: true,
                ..Options::default()
            }
        );
        for wrong in [
            &["--format", "xml"][..],
            &["--only", "relay"],
            &["--profile", "fast"],
            &["--profile", "dev", "--check-reproducible"],
            &["--output"],
            &["--fast"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
