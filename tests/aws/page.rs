//! What docs/DEPLOY.md says of an emulator, done as it is written there, against the emulator as it comes.
//!
//! The commands are read out of the page. What the scripts have built already is not built again, and the port is a free one;
//! everything else is as a person types it.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use relay_testing::emulator::PYTHON_VARIABLE;
use serde_json::Value;
use system_tests::repository;

use crate::stack::{copy, packages, target};

const PAGE: &str = "docs/DEPLOY.md";
const SECTION: &str = "## On an emulator";
const PORT_OF_THE_PAGE: &str = "4566";
/// Lines that install or build what `scripts/test-aws` has installed and built: each stands in the page once.
const DONE_ALREADY: [&str; 3] = [
    "python3 -m pip install 'ministack[full]==1.5.33'",
    "scripts/package",
    "cargo build --release --package relay-cli --features aws",
];

// The commands of the section, in their order: its blocks of `sh`.
fn commands(page: &str) -> Vec<String> {
    let section = page.split(SECTION).nth(1).expect("the page has the section");
    let section = section.split("\n## ").next().unwrap();
    let blocks = section.split("\n```sh\n").skip(1);
    blocks
        .flat_map(|block| block.split("\n```").next().unwrap().lines())
        .map(str::to_owned)
        .collect()
}

fn without_what_is_done(lines: Vec<String>) -> String {
    for done in DONE_ALREADY {
        let times = lines.iter().filter(|line| *line == done).count();
        assert_eq!(times, 1, "the page says once: {done}");
    }
    let left = lines.into_iter().filter(|line| !DONE_ALREADY.contains(&line.as_str()));
    left.collect::<Vec<_>>().join("\n")
}

// The repository as a person has it who has built everything: nothing of the real one is written to.
fn checkout(folder: &Path) {
    copy(&repository().join("infra"), &folder.join("infra"));
    let link = |from: PathBuf, to: &str| {
        let to = folder.join(to);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(from, to).unwrap();
    };
    link(repository().join("tests"), "tests");
    link(packages().join("lambda"), "target/lambda");
    link(target().join("debug/relay"), "target/release/relay");
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

// Whatever becomes of the test, nothing that it started goes on.
struct Group(u32);

impl Drop for Group {
    fn drop(&mut self) {
        let _ = Command::new("kill")
            .args(["-KILL", "--", &format!("-{}", self.0)])
            .stderr(Stdio::null())
            .status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_about_the_emulator_leads_to_a_verdict() {
    let _alone = crate::journey::ONE_STACK_AT_A_TIME.lock().await;
    let page = std::fs::read_to_string(repository().join(PAGE)).unwrap();
    let script = without_what_is_done(commands(&page)).replace(PORT_OF_THE_PAGE, &free_port().to_string());
    let folder = tempfile::tempdir().unwrap();
    checkout(folder.path());
    std::fs::write(folder.path().join("page.sh"), format!("set -e\n{script}\n")).unwrap();
    #[expect(clippy::disallowed_methods, reason = "the tests are told where their Python is")]
    let (python, path) = (std::env::var(PYTHON_VARIABLE).unwrap(), std::env::var("PATH").unwrap());
    // As after `pip install`: the emulator is a command.
    let tools = Path::new(&python).parent().unwrap().display().to_string();
    let mut shell = Command::new("bash");
    shell
        .arg("page.sh")
        .current_dir(folder.path())
        .env("PATH", format!("{tools}:{path}"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    for name in ["AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN", "TF_DATA_DIR"] {
        shell.env_remove(name);
    }
    let shell = shell.spawn().unwrap();
    let _group = Group(shell.id());
    let ended = shell.wait_with_output().unwrap();
    let (said, complained) = (
        String::from_utf8_lossy(&ended.stdout),
        String::from_utf8_lossy(&ended.stderr),
    );
    let log = std::fs::read_to_string(folder.path().join("target/emulator/log")).unwrap_or_default();
    let everything = format!("{said}\n{complained}\n{log}");
    assert!(ended.status.success(), "{everything}");
    assert!(said.contains("Apply complete!"), "{everything}");
    assert!(said.contains("refused, as it must be"), "{everything}");
    assert!(
        said.contains("content_not_allowed"),
        "the validator has refused it: {everything}"
    );
    assert!(said.contains("1 received = 0 processed + 1 rejected"), "{everything}");
    assert!(said.contains("The audit trail holds"), "{everything}");
    assert!(said.contains("Destroy complete!"), "{everything}");
    let outputs: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("target/emulator/outputs.json")).unwrap()).unwrap();
    assert_eq!(outputs["relay"]["value"]["environment"], "dev");
    assert!(
        !folder.path().join("infra/emulator_override.tf").exists(),
        "nothing is left that would mislead the next apply"
    );
}

#[test]
fn the_page_installs_the_emulator_that_the_tests_use() {
    let scripts = std::fs::read_to_string(repository().join("scripts/lib.sh")).unwrap();
    let dockerfile = std::fs::read_to_string(repository().join("docker/ministack.Dockerfile")).unwrap();
    for text in [scripts, dockerfile] {
        assert!(text.contains("ministack[full]==1.5.33"), "{text}");
    }
}
