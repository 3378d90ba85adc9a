//! The help texts, as a reference and under test: docs/COMMANDS.md is made from the command tree itself, so that no command can
//! be without its page and no changed text can pass unseen.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory, Parser as _};

use super::Cli;

/// Set to renew the page instead of comparing it.
const RENEW: &str = "HYBRID_TEST_RENEW";
/// What clap wraps to where a terminal is wider; what cannot be wrapped well, an example, must fit into it.
const COLUMNS: usize = 100;
const HEAD: &str = "\
# Commands

The help text of every command, as `relay COMMAND --help` prints it. This page is made from the command line itself and is held
against it by a test. To renew it, run `HYBRID_TEST_RENEW=1 cargo test --package relay-cli help` and review the difference.
";

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/COMMANDS.md")
}

/// Every command with its name as it is typed, each before its subcommands.
fn commands() -> Vec<(String, Command)> {
    fn walk(command: &Command, found: &mut Vec<(String, Command)>) {
        let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_owned();
        found.push((name, command.clone()));
        for one in command.get_subcommands().filter(|one| one.get_name() != "help") {
            walk(one, found);
        }
    }
    let mut root = Cli::command().term_width(COLUMNS);
    root.build();
    let mut found = Vec::new();
    walk(&root, &mut found);
    found
}

/// The command lines among the examples of a help text, as a shell would split them.
fn examples(after_help: &str) -> Vec<Vec<String>> {
    let joined = after_help.replace("\\\n", " ");
    let lines = joined.lines().filter(|line| line.starts_with("  relay "));
    lines
        .map(|line| {
            let mut words = Vec::new();
            let mut word = String::new();
            let mut is_quoted = false;
            for character in line.chars().chain([' ']) {
                match character {
                    '\'' => is_quoted = !is_quoted,
                    ' ' if !is_quoted => words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty())),
                    _ => word.push(character),
                }
            }
            let end = words.iter().position(|word| matches!(word.as_str(), "#" | ">" | "&"));
            words.truncate(end.unwrap_or(words.len()));
            words
        })
        .collect()
}

#[test]
fn help_texts_are_those_of_the_page() {
    let mut text = HEAD.to_owned();
    for (name, mut command) in commands() {
        let help = command.render_long_help().to_string();
        let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
        write!(text, "\n## {name}\n\n```text\n{}\n```\n", lines.join("\n")).unwrap();
    }
    #[expect(clippy::disallowed_methods, reason = "whether the page is renewed")]
    let is_renewed = std::env::var_os(RENEW).is_some();
    if is_renewed {
        std::fs::write(page(), &text).unwrap();
    }
    let committed = std::fs::read_to_string(page()).unwrap_or_default();
    let changed = text.lines().zip(committed.lines()).find(|(now, then)| now != then);
    assert!(
        text == committed,
        "a help text differs from docs/COMMANDS.md, first in (now, then) {changed:?}; renew the page with {RENEW}=1 and review the difference"
    );
}

#[test]
fn every_help_text_has_an_example_and_every_example_is_a_command() {
    for (name, command) in commands() {
        let after_help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples = examples(&after_help);
        // A command of commands has none: its commands have.
        if !command.has_subcommands() || name == "relay" {
            let shows_itself = examples.iter().any(|words| words.join(" ").starts_with(&name));
            assert!(shows_itself, "the help of {name} has no example of it");
        }
        for line in after_help.lines().filter(|line| line.starts_with("  ")) {
            assert!(
                line.chars().count() <= COLUMNS,
                "in the help of {name}, too long: {line}"
            );
        }
        for words in examples {
            if let Err(error) = Cli::try_parse_from(&words) {
                panic!("in the help of {name}, {words:?}: {error}");
            }
        }
        for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(!help.is_empty(), "{name}: {} is not explained", argument.get_id());
        }
    }
}
