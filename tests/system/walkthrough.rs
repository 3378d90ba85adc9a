//! docs/WALKTHROUGH.md, run as it is written: the relay must print what the page shows.
//!
//! Instants differ from run to run, and with them how wide a column is: a line is compared by its words, and an instant is
//! like any other. Where the page is not current, one that is lies in the build output.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use system_tests::{binary, repository};

const PAGE: &str = "docs/WALKTHROUGH.md";
const BEGIN: &str = "```console\n";
const END: &str = "```";
const PROMPT: &str = "$ ";
/// As the page tells people to set it.
const DATA_DIR: &str = "target/walk/relay";
const INSTANT: &str = "INSTANT";

// A checkout in which nothing is written but target/, and the command `relay`.
fn checkout(folder: &Path) {
    fs::create_dir_all(folder.join("target")).unwrap();
    fs::create_dir_all(folder.join("bin")).unwrap();
    std::os::unix::fs::symlink(repository().join("tests"), folder.join("tests")).unwrap();
    std::os::unix::fs::symlink(binary(), folder.join("bin/relay")).unwrap();
}

fn run(command: &str, folder: &Path) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "the shell finds its commands where the tests do"
    )]
    let path = std::env::var("PATH").unwrap();
    let output = Command::new("bash")
        .args(["-c", &format!("exec 2>&1\n{command}")])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", folder.join("bin").display()))
        .env("RELAY_DATA_DIR", DATA_DIR)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

// The page with its commands run anew.
fn run_page(page: &str, folder: &Path) -> String {
    let mut parts = page.split(BEGIN);
    let mut made = parts.next().unwrap().to_owned();
    for part in parts {
        let (block, rest) = part.split_once(END).unwrap();
        made.push_str(BEGIN);
        for command in block.lines().filter_map(|line| line.strip_prefix(PROMPT)) {
            writeln!(made, "{PROMPT}{command}").unwrap();
            for line in run(command, folder).lines() {
                made.push_str(line.trim_end());
                made.push('\n');
            }
        }
        made.push_str(END);
        made.push_str(rest);
    }
    made
}

fn is_instant(word: &str) -> bool {
    word.len() == "2026-01-01T00:00:00.000Z".len() && word.ends_with('Z') && word.as_bytes()[10] == b'T'
}

fn words(page: &str) -> Vec<Vec<&str>> {
    page.lines()
        .map(|line| {
            let words = line.split_whitespace();
            words
                .map(|word| if is_instant(word) { INSTANT } else { word })
                .collect()
        })
        .collect()
}

#[test]
fn the_page_that_walks_one_package_shows_what_the_relay_prints() {
    let page = fs::read_to_string(repository().join(PAGE)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    checkout(folder.path());
    let made = run_page(&page, folder.path());
    assert!(made.matches(PROMPT).count() >= 10, "the commands are found");
    if words(&made) != words(&page) {
        let current = Path::new(env!("CARGO_TARGET_TMPDIR")).join("WALKTHROUGH.md");
        fs::write(&current, made).unwrap();
        panic!("{PAGE} is not current: copy {} over it", current.display());
    }
}
