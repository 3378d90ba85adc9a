//! `cargo xtask layers|tidy|docs|costs|package|infra|controls`: the repository's rules as programs.

mod checkov;
mod controls;
mod costs;
mod docs;
mod emulator;
mod infra;
mod layers;
mod package;
mod terraform;
mod tidy;
mod workers;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

const USAGE: &str = "\
Usage: cargo xtask COMMAND

  layers         the dependency arrows of crates/README.md hold, none is missing or turned round
  tidy           files are short, have a first line that says what they are for, and name no machine
  docs           writes the generated documents (docs/CONFIGURATION.md, docs/REASONS.md, docs/CONTROLS.md) and the tables of docs/COSTS.md and of each README in infra/
  costs          prints the tables of docs/COSTS.md
  docs --check   fails where one of them is not up to date
  package        builds and stages what is deployed: target/lambda/validator-lambda.zip, target/container/, target/container.tag
                   --target TRIPLE        for another machine than this
                   --output DIR           stages below DIR instead of target/
                   --only NAME            validator-lambda or processor
                   --format json          one object a line instead of a table
                   --check-reproducible   builds once more from a copy of the sources, and fails where a hash differs
  infra          judges infra/ without an account: format, validity, terraform test, checkov on the source and on each environment's plan
  controls       takes the controls of infra/tests/controls.json out of a copy of infra/, and expects their judges to notice
                   --sample N             only N of them, evenly chosen and always the same
                   --format json          one object a line on standard output";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let findings = match arguments.as_slice() {
        ["layers"] => layers::check(&root()),
        ["tidy"] => tidy::check(&root()),
        ["costs"] => print(&costs::all()),
        ["package", options @ ..] => package::run(&root(), options),
        ["infra"] => infra::check(&root()),
        ["controls", options @ ..] => controls::check(&root(), options),
        ["docs"] => docs::write(&root()),
        ["docs", "--check"] => docs::check(&root()),
        _ => {
            say(USAGE);
            return ExitCode::from(2);
        }
    };
    match findings {
        Ok(findings) if findings.is_empty() => ExitCode::SUCCESS,
        Ok(findings) => {
            for finding in &findings {
                say(finding);
            }
            say(&format!("{} findings", findings.len()));
            ExitCode::FAILURE
        }
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn say(text: &str) {
    // Nobody is left to tell when standard error is gone.
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn print(text: &str) -> anyhow::Result<Vec<String>> {
    std::io::stdout()
        .write_all(text.as_bytes())
        .context("standard output could not be written")?;
    Ok(Vec::new())
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(root: &std::path::Path, path: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(root.join(path)).with_context(|| format!("{path} could not be read"))
}
