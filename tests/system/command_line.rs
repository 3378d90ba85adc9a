//! What people and scripts meet: help with examples, exit status, messages.

use std::process::Command;

use system_tests::{Relay, binary};

fn help_of(command: &[String]) -> String {
    let output = Command::new(binary()).args(command).arg("--help").output().unwrap();
    assert!(output.status.success(), "{command:?}");
    String::from_utf8(output.stdout).unwrap()
}

// Every command that has no subcommands, as the binary itself lists them, and its help.
fn commands(above: &[String], found: &mut Vec<(Vec<String>, String)>) {
    let help = help_of(above);
    let Some((_, listed)) = help.split_once("\nCommands:\n") else {
        found.push((above.to_vec(), help));
        return;
    };
    let names = listed
        .lines()
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next());
    for name in names.filter(|name| *name != "help") {
        let below: Vec<String> = above.iter().cloned().chain([name.to_owned()]).collect();
        commands(&below, found);
    }
}

#[test]
fn every_command_has_help_with_an_example() {
    let mut found = Vec::new();
    commands(&[], &mut found);
    for (command, help) in &found {
        let example = format!("  relay {}", command.join(" "));
        assert!(help.contains("Example") && help.contains(&example), "{help}");
        assert!(help.contains("--data-dir") && help.contains("--format"), "{help}");
    }
    // As many as the page of commands has, which is made from the tree and not from what is printed.
    let page = include_str!("../../docs/COMMANDS.md");
    let pages: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("## relay ")).collect();
    let names: Vec<String> = found.iter().map(|(command, _)| command.join(" ")).collect();
    let without_commands = pages.iter().filter(|name| {
        let below = format!("{name} ");
        !pages.iter().any(|other| other.starts_with(&below))
    });
    let without_commands: Vec<&str> = without_commands.copied().collect();
    assert_eq!(names, without_commands);
}

#[test]
fn wrong_usage_ends_with_status_2_and_says_what_is_wrong() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let wrong: [(&[&str], &str); 12] = [
        (&["run"], "PATH"),
        (&["run", "no-such-folder"], "there is no no-such-folder"),
        (&["org", "add", "ORG 1"], "lower-case"),
        (&["org", "disable", "org-404"], "not registered"),
        (&["packages", "list", "--org", "nope"], "nope is not registered"),
        (&["queue", "redrive", "--org", "nope"], "nope is not registered"),
        (&["packages", "list", "--state", "done"], "processed"),
        (&["packages", "list", "--since", "yesterday"], "RFC 3339"),
        (&["packages", "list", "--until", "2026-01-31"], "RFC 3339"),
        (&["packages", "show", "pkg-0000"], "no package id starts with"),
        (&["packages", "show", "xyz"], "not a package id"),
        (&["audit", "verify", "--expect", "17"], "SIZE:ROOT"),
    ];
    for (arguments, part) in wrong {
        let ran = relay.run(arguments).expect_status(2);
        assert!(ran.stderr.contains(part), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stdout.is_empty(), "{}", ran.stdout);
    }
}

#[test]
fn the_data_folder_must_be_named_and_must_be_one() {
    let output = Command::new(binary())
        .args(["packages", "list"])
        .env_remove("RELAY_DATA_DIR")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--data-dir"));

    let relay = Relay::new();
    let ran = relay.run(["packages", "list"]).expect_status(1);
    assert!(
        ran.stderr.contains("does not exist") && ran.stderr.contains("relay org add"),
        "{}",
        ran.stderr
    );
    std::fs::create_dir_all(relay.data_dir()).unwrap();
    let ran = relay.run(["packages", "list"]).expect_status(1);
    assert!(ran.stderr.contains("not a relay data folder"), "{}", ran.stderr);
}

#[test]
fn settings_that_cannot_be_used_are_all_named() {
    let relay = Relay::new()
        .with("RELAY_JOBS", "none")
        .with("RELAY_TYPO", 1)
        .with("RELAY_COLUMNS_MAX", 0);
    let ran = relay.run(["org", "list"]).expect_status(2);
    for name in ["RELAY_JOBS", "RELAY_TYPO", "RELAY_COLUMNS_MAX"] {
        assert!(ran.stderr.contains(name), "{}", ran.stderr);
    }
}

#[test]
fn a_hostile_key_cannot_redraw_the_terminal() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let name = "a\u{1b}[2Jb\u{202e}c.csv";
    std::fs::write(relay.outside().join(name), "x,y\n1,2\n").unwrap();
    let ran = relay
        .run(["run", "--org", "org-001", relay.outside().to_str().unwrap()])
        .expect_status(1);
    assert!(ran.stdout.contains("a\\u{1b}[2Jb\\u{202e}c.csv"), "{}", ran.stdout);
    let id = relay.packages()[0]["package_id"].as_str().unwrap().to_owned();
    for command in ["show", "explain"] {
        let shown = relay.run(["packages", command, &id]).expect_status(0);
        assert!(
            !shown.stdout.contains('\u{1b}') && !shown.stdout.contains('\u{202e}'),
            "{}",
            shown.stdout
        );
    }
}

#[test]
fn too_short_a_beginning_of_an_id_is_not_guessed_from() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let ran = relay.run(["packages", "show", "pkg-"]).expect_status(2);
    assert!(ran.stderr.contains("at least the first 4"), "{}", ran.stderr);
}

// What a command shows on a terminal of so many columns.
fn on_terminal(relay: &Relay, columns: u16, arguments: &[&str]) -> String {
    let program = relay.command(arguments);
    let quoted: Vec<String> = std::iter::once(program.get_program())
        .chain(program.get_args())
        .map(|part| format!("'{}'", part.to_str().unwrap()))
        .collect();
    let line = format!("stty cols {columns}; exec {}", quoted.join(" "));
    let output = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn tables_are_readable_on_a_terminal_of_any_width() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let folder = relay.outside().join("org-001");
    std::fs::create_dir_all(&folder).unwrap();
    let name = "readings 13.csv";
    std::fs::write(folder.join(name), "station,temp\nA,1.5\n").unwrap();
    let _ = relay.run(["run", relay.outside().to_str().unwrap()]).expect_status(0);
    let id = relay.packages()[0]["package_id"].as_str().unwrap().to_owned();
    let path = folder.to_str().unwrap().to_owned();
    let key = format!("org-001/{name}");
    let commands: [(&[&str], &str); 8] = [
        (&["packages", "list"], &key),
        (&["packages", "list", "--duplicates"], "No package"),
        (&["packages", "show", &id], "station"),
        (&["org", "list"], "org-001"),
        (&["policy", "show", "org-001"], "email"),
        (&["queue", "status"], "runs"),
        (&["check", &path], name),
        (&["run", &path], &key),
    ];
    for columns in [0, 1, 20, 60, 80, 200] {
        for (command, part) in commands {
            let shown = on_terminal(&relay, columns, command);
            // Nothing is cut into columns of a few letters: what somebody looks for stands in one line.
            assert!(shown.contains(part), "{columns} columns, {command:?}:\n{shown}");
            let lines = shown.lines().count();
            assert!(lines < 80, "{columns} columns, {command:?}:\n{shown}");
        }
    }
    // Where there is room for the cells, no line is longer than the terminal.
    let shown = on_terminal(&relay, 80, &["packages", "list"]);
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
}
