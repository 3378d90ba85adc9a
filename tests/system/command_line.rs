//! What people and scripts meet: help with examples, exit status, messages.

use std::process::Command;

use system_tests::{Relay, binary};

const COMMANDS: [&[&str]; 20] = [
    &["policy", "show"],
    &["policy", "set"],
    &["schema", "add"],
    &["schema", "list"],
    &["schema", "diff"],
    &["schema", "remove"],
    &["schema", "infer"],
    &["check"],
    &["org", "add"],
    &["org", "list"],
    &["org", "disable"],
    &["org", "enable"],
    &["run"],
    &["serve"],
    &["packages", "list"],
    &["packages", "show"],
    &["packages", "explain"],
    &["packages", "replay"],
    &["packages", "fetch"],
    &["audit", "verify"],
];

#[test]
fn every_command_has_help_with_an_example() {
    for command in COMMANDS {
        let output = Command::new(binary()).args(command).arg("--help").output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success());
        let example = format!("  relay {}", command.join(" "));
        assert!(help.contains("Example") && help.contains(&example), "{help}");
        assert!(help.contains("--data-dir") && help.contains("--format"), "{help}");
    }
}

#[test]
fn wrong_usage_ends_with_status_2_and_says_what_is_wrong() {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let wrong: [(&[&str], &str); 10] = [
        (&["run"], "PATH"),
        (&["run", "no-such-folder"], "there is no no-such-folder"),
        (&["org", "add", "ORG 1"], "lower-case"),
        (&["org", "disable", "org-404"], "not registered"),
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
