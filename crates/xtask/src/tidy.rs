//! Tidiness: what a reader may expect of every file.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

/// The longest source file. A file is as long as its subject; one longer than this holds more than one.
const SOURCE_LINES_MAX: usize = 1500;
/// Words that must not stand in a source, assembled so that this file does not contain them.
const UNFINISHED: [[&str; 2]; 5] = [
    ["TO", "DO"],
    ["FIX", "ME"],
    ["todo", "!("],
    ["unimplemented", "!("],
    ["#[ign", "ore"],
];
/// Beginnings of paths that exist on one machine only.
const MACHINE_PATHS: [[&str; 2]; 3] = [["/wo", "rk/"], ["/ro", "ot/"], ["/ho", "me/"]];
/// Folders of real or hostile data, and lock files, which are what they are.
const DATA: [&str; 3] = ["tests/samples/packages/", "tests/fixtures/", "Cargo.lock"];

pub fn check(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut findings = Vec::new();
    for path in files(root, ".")? {
        if DATA.iter().any(|data| path.starts_with(data)) {
            continue;
        }
        let bytes = std::fs::read(root.join(&path)).with_context(|| format!("{path} could not be read"))?;
        match String::from_utf8(bytes) {
            Ok(text) => check_file(&path, &text, &mut findings),
            Err(_) => findings.push(format!("{path}: not UTF-8")),
        }
    }
    Ok(findings)
}

fn check_file(path: &str, text: &str, findings: &mut Vec<String>) {
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str());
    let is_rust = extension == Some("rs");
    let is_source = is_rust || extension == Some("py") || extension == Some("sh") || path.starts_with("scripts/");
    if !text.is_empty() && !text.ends_with('\n') {
        findings.push(format!("{path}: no line break at its end"));
    }
    let lines = text.lines().count();
    if is_source && lines > SOURCE_LINES_MAX {
        findings.push(format!(
            "{path}: {lines} lines, more than {SOURCE_LINES_MAX}: which subjects does it hold?"
        ));
    }
    if is_rust && !text.starts_with("//!") {
        findings.push(format!("{path}: its first line does not say what it is for (//!)"));
    }
    if path.starts_with("crates/") && path.ends_with("Cargo.toml") && !text.contains("[lints]\nworkspace = true") {
        findings.push(format!("{path}: does not inherit the workspace's lints"));
    }
    for (index, line) in text.lines().enumerate() {
        let place = format!("{path}:{}", index + 1);
        if line.ends_with([' ', '\t']) {
            findings.push(format!("{place}: white space at its end"));
        }
        if MACHINE_PATHS.iter().any(|parts| line.contains(&parts.concat())) {
            findings.push(format!("{place}: a path of one machine"));
        }
        if is_source && UNFINISHED.iter().any(|parts| line.contains(&parts.concat())) {
            findings.push(format!("{place}: unfinished"));
        }
    }
}

/// The files below `folder` that git tracks or would track.
pub fn files(root: &Path, folder: &str) -> anyhow::Result<Vec<String>> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
            "--",
            folder,
        ])
        .current_dir(root)
        .output()
        .context("git ls-files could not be run")?;
    anyhow::ensure!(
        output.status.success(),
        "git ls-files: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let listed = String::from_utf8_lossy(&output.stdout);
    let mut files: Vec<String> = listed
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(str::to_owned)
        .collect();
    files.retain(|path| root.join(path).is_file());
    files.sort();
    files.dedup();
    Ok(files)
}
