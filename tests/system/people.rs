//! Files as people send them: each is the table that it means, or set aside or left alone for a reason that people understand; nobody's
//! data is in clear anywhere.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use system_tests::{Relay, python, repository};

/// Fewer would mean that the corpus has lost kinds of files.
const FILES_MIN: u64 = 500;
/// Of so many, nearly all must be read in the best way that is named for them, not in another one that is right as well.
const BEST_MIN: u64 = 300;

fn run(command: &mut Command) -> String {
    let output = command.env("PYTHONDONTWRITEBYTECODE", "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

fn make(argument: impl AsRef<std::ffi::OsStr>) -> String {
    let script = repository().join("tests/samples/people/make.py");
    run(Command::new(python()).arg(script).arg(argument))
}

fn said(folder: &Path, name: &str) -> Stdio {
    File::create(folder.join(name)).unwrap().into()
}

/// Takes the whole corpus in, with everything written down that the relay prints or logs.
fn take_in(relay: &Relay, folder: &Path) -> Vec<Value> {
    let (files, told) = (folder.join("files"), folder.join("said"));
    fs::create_dir_all(&told).unwrap();
    let ended = relay
        .command(["run", "--org", "org-001", "--format", "json"])
        .arg(&files)
        .stdout(said(folder, "packages.jsonl"))
        .stderr(said(&told, "log"))
        .status()
        .unwrap();
    assert_eq!(ended.code(), Some(1), "some of them must be refused");
    fs::copy(folder.join("packages.jsonl"), told.join("packages")).unwrap();
    for (name, arguments) in [
        ("list", &["packages", "list", "--limit", "1000000"][..]),
        ("status", &["status"]),
        ("verify", &["audit", "verify", "--objects"]),
        ("check", &["check", "--org", "org-001", files.to_str().unwrap()]),
    ] {
        relay
            .command(arguments)
            .stdout(said(&told, name))
            .stderr(said(&told, &format!("{name}.log")))
            .status()
            .unwrap();
    }
    let text = fs::read_to_string(folder.join("packages.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Every result, each by its own command, and what is told of every package that was set aside.
fn fetch(relay: &Relay, folder: &Path, package: &Value) {
    let id = package["package_id"].as_str().unwrap();
    for result in package["results"].as_array().unwrap() {
        let name = result["name"].as_str().unwrap();
        let to = folder.join("results").join(id).join(name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        let to = to.to_str().unwrap();
        let fetched = relay.run(["packages", "fetch", id, "--result", name, "--to", to]);
        let _ = fetched.expect_status(0);
    }
    if package["state"] != "processed" {
        let explained = relay.run(["packages", "explain", id]).expect_status(0).stdout;
        assert!(explained.contains("What to do: "), "{explained}");
        fs::write(folder.join("said").join(id), explained).unwrap();
    }
}

#[test]
fn files_as_people_send_them_are_read_right_or_set_aside_and_nobody_is_in_clear() {
    let relay = Relay::new().with("RELAY_LOG", "trace").with_organizations(&["org-001"]);
    let folder = relay.outside();
    make(&folder);
    let packages = take_in(&relay, &folder);
    let halves = packages.split_at(packages.len() / 2);
    std::thread::scope(|scope| {
        for half in [halves.0, halves.1] {
            scope.spawn(|| half.iter().for_each(|package| fetch(&relay, &folder, package)));
        }
    });
    let script = repository().join("tests/fixtures/compare_people.py");
    let compared = run(Command::new(python()).arg(script).arg(&folder).arg(relay.data_dir()));
    let mut lines: Vec<Value> = compared
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let summary = lines.pop().unwrap();
    let findings: Vec<String> = lines
        .iter()
        .map(|line| format!("{} ({}): {}", line["path"], line["says"], line["finding"]))
        .collect();
    assert!(
        findings.is_empty(),
        "{} findings\n{}",
        findings.len(),
        findings.join("\n")
    );
    assert_eq!(summary["files"].as_u64(), Some(packages.len() as u64), "{summary}");
    assert!(packages.len() as u64 >= FILES_MIN, "{summary}");
    assert!(summary["as_best"].as_u64() >= Some(BEST_MIN), "{summary}");
    relay.assert_sound();
}

#[test]
fn the_readme_lists_every_file_and_what_must_become_of_it() {
    let readme = repository().join("tests/samples/people/README.md");
    let text = fs::read_to_string(readme).unwrap();
    let listed = make("--list");
    assert!(
        text.ends_with(&listed),
        "write the list anew: tests/samples/people/make.py --readme"
    );
}
