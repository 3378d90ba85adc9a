//! Too few threads, too little memory: an error that says what to do, and never a panic.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use system_tests::{Ran, Relay};

/// From here on nobody has the numbers of users.
const USERS: u32 = 1_000_000;

/// A user of its own for each test: what others of the same user run counts against a limit on processes.
#[derive(Clone, Copy)]
enum User {
    OfThreads,
    OfMemory,
}

// Runs a command as this user, with such a limit.
fn limited(relay: &Relay, user: User, limit: &str, arguments: &[&str]) -> Ran {
    let user = (USERS + 2 * std::process::id() + user as u32).to_string();
    let base = relay.data_dir().parent().unwrap().to_owned();
    fs::set_permissions(&base, fs::Permissions::from_mode(0o755)).unwrap();
    let owned = Command::new("chown").args(["-R", &user]).arg(&base).status().unwrap();
    assert!(owned.success(), "this test changes users, which needs root");
    let command = relay.command(arguments);
    // The build output may lie in a folder that only root can enter.
    let copy = base.join("relay");
    if !copy.exists() {
        fs::copy(command.get_program(), &copy).unwrap();
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let output = Command::new("setpriv")
        .args([&format!("--reuid={user}"), "--clear-groups", "prlimit", limit])
        .arg(&copy)
        .args(command.get_args())
        .env_remove("RELAY_DATA_DIR")
        .output()
        .unwrap();
    Ran {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn relay_with_files() -> Relay {
    let relay = Relay::new().with_organizations(&["org-001"]);
    let folder = relay.outside().join("org-001");
    fs::create_dir_all(&folder).unwrap();
    for number in 0..20 {
        let rows: Vec<String> = (0..2_000).map(|row| format!("{number},{row}.5,text {row}\n")).collect();
        let rows = rows.concat();
        fs::write(folder.join(format!("{number}.csv")), format!("a,b,c\n{rows}")).unwrap();
    }
    relay
}

fn without_panic(ran: &Ran) {
    assert!(!ran.stderr.contains("panicked"), "{ran:#?}");
    assert!([0, 1].contains(&ran.status), "{ran:#?}");
}

#[test]
fn too_few_threads_are_an_error_with_a_remedy_and_never_a_panic() {
    let relay = relay_with_files();
    let outside = relay.outside();
    let run = ["run", outside.to_str().unwrap()];
    let mut refused = 0;
    for processes in 1..24 {
        for command in [&["status"][..], &run] {
            let ran = limited(&relay, User::OfThreads, &format!("--nproc={processes}"), command);
            without_panic(&ran);
            if ran.status == 1 {
                assert!(
                    ran.stderr.contains("threads are needed") && ran.stderr.contains("ulimit -u"),
                    "{processes}: {ran:#?}"
                );
                refused += 1;
            }
        }
    }
    assert!(refused > 4, "{refused}");
    let _ = limited(&relay, User::OfThreads, "--nproc=200", &run).expect_status(0);
    let packages = relay.packages();
    assert!(packages.len() == 20 && packages.iter().all(|package| package["state"] == "processed"));
    relay.assert_sound();
}

#[test]
fn too_little_memory_is_an_error_with_a_remedy_before_anything_is_taken_in() {
    let relay = relay_with_files();
    let outside = relay.outside();
    for jobs in ["2", "64"] {
        let ran = limited(
            &relay,
            User::OfMemory,
            "--as=120000000",
            &["run", "--jobs", jobs, outside.to_str().unwrap()],
        );
        assert_eq!(ran.status, 1, "{ran:#?}");
        assert!(
            ran.stderr.contains("MiB of memory") && ran.stderr.contains("--jobs"),
            "{ran:#?}"
        );
        assert!(!ran.stderr.contains("panicked"), "{ran:#?}");
    }
    assert!(relay.packages().is_empty());
    let _ = limited(
        &relay,
        User::OfMemory,
        "--as=4000000000",
        &["run", "--jobs", "2", outside.to_str().unwrap()],
    )
    .expect_status(0);
    relay.assert_sound();
}
