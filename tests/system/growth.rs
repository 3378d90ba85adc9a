//! Memory does not grow with how many files there are, and the work for each stays the same.
//!
//! The long version: `HYBRID_TEST_GROWTH_FILES=100000 cargo test --release --test system growth` takes in a hundredth, a tenth and all
//! of so many files, and prints what that took.

use std::fs;
use std::path::Path;
use std::time::Duration;

use system_tests::{Relay, Usage, process_usage, run_measured, wait_until};

/// So many files, unless the environment says more.
const FILES: usize = 1_500;
/// The most that the largest run may take of what the smallest took, in percent.
const MEMORY_PERCENT_MAX: u64 = 110;
/// The CPU time of each file may grow so much, in percent: it is noisy where other tests run beside.
const CPU_PERCENT_MAX: u128 = 200;
/// Files in one folder of the inbox that are not complete.
const PARTIAL_FILES: usize = 50_000;
/// How long the relay is watched while it has nothing to do.
const IDLE: Duration = Duration::from_secs(6);
/// What it may use meanwhile, of one core, in percent.
const IDLE_PERCENT_MAX: u128 = 5;

fn sizes() -> Vec<usize> {
    #[expect(clippy::disallowed_methods, reason = "how long the test is, for whoever measures")]
    let asked = std::env::var("HYBRID_TEST_GROWTH_FILES").ok();
    match asked.map(|files| files.parse().unwrap()) {
        Some(files) => vec![files / 100, files / 10, files],
        None => vec![FILES / 5, FILES],
    }
}

// Files of two kinds, no two alike, half of them refused for their name.
fn fill(folder: &Path, files: usize) {
    fs::create_dir_all(folder).unwrap();
    for number in 0..files {
        let name = if number % 4 == 3 {
            format!("{number}-%2e%2e%2f.csv")
        } else {
            format!("{number}.csv")
        };
        fs::write(
            folder.join(name),
            format!("station,temp\nA{number},{number}.5\nB,2.25\n"),
        )
        .unwrap();
    }
}

#[expect(clippy::print_stdout, reason = "the figures are for whoever measures")]
fn assert_flat(what: &str, measured: &[(usize, Usage)]) {
    for (files, usage) in measured {
        let each = usage.cpu.as_micros() / *files as u128;
        println!(
            "{what}: {files} files: {} KiB at the peak, {each} µs of CPU each, {:.1} s",
            usage.resident_bytes / 1024,
            usage.elapsed.as_secs_f64()
        );
    }
    let ((few, small), (many, large)) = (measured.first().unwrap(), measured.last().unwrap());
    assert!(
        large.resident_bytes * 100 <= small.resident_bytes * MEMORY_PERCENT_MAX,
        "{what}: {small:?} {large:?}"
    );
    let each = |files: usize, usage: &Usage| usage.cpu.as_micros() / files as u128;
    assert!(
        each(*many, large) * 100 <= each(*few, small) * CPU_PERCENT_MAX,
        "{what}: {small:?} {large:?}"
    );
}

#[test]
fn a_run_of_many_times_the_files_takes_no_more_memory() {
    let (mut runs, mut checks) = (Vec::new(), Vec::new());
    for files in sizes() {
        let relay = Relay::new().with_organizations(&["org-001"]);
        let folder = relay.outside().join("org-001");
        fill(&folder, files);
        let path = folder.to_str().unwrap();
        let (ran, usage) = run_measured(&mut relay.command(["run", path]));
        let ran = ran.expect_status(1);
        let sum = format!(
            "{files} received = {} processed + {} rejected",
            files - files / 4,
            files / 4
        );
        assert!(ran.stdout.contains(&sum), "{}", ran.stdout);
        let hidden = files - (files / 4).min(100);
        assert!(
            ran.stdout.contains(&format!("{hidden} are not shown here")),
            "{}",
            ran.stdout
        );
        runs.push((files, usage));
        let (ran, usage) = run_measured(&mut relay.command(["check", path]));
        let sum = format!(
            "{files} checked = {} processed + {} rejected",
            files - files / 4,
            files / 4
        );
        assert!(ran.stdout.contains(&sum), "{}", ran.stdout);
        checks.push((files, usage));
        let (ran, usage) = run_measured(&mut relay.command(["run", path, "--format", "json"]));
        assert_eq!(ran.stdout.lines().count(), files, "each is told to programs");
        runs.push((files, usage));
        let status = &relay.json(["status"])[0];
        assert_eq!(status["received"], files, "{status}");
        let _ = relay.run(["audit", "verify"]).expect_status(0);
    }
    let (fresh, again): (Vec<_>, Vec<_>) = runs.iter().enumerate().partition(|(number, _)| number % 2 == 0);
    let plain = |runs: Vec<(usize, &(usize, Usage))>| runs.into_iter().map(|(_, run)| *run).collect::<Vec<_>>();
    assert_flat("run", &plain(fresh));
    assert_flat("run again", &plain(again));
    assert_flat("check", &checks);
}

#[test]
fn a_relay_that_serves_takes_no_more_memory_for_many_times_the_files() {
    let mut measured = Vec::new();
    for files in sizes() {
        let relay = Relay::new()
            .with("RELAY_INBOX_SETTLE_MS", 50)
            .with_organizations(&["org-001"]);
        fill(&relay.inbox("org-001"), files);
        let serving = relay.serve();
        // Asking the relay takes a process each time, looking into the inbox does not.
        wait_until("the inbox is empty", || {
            (fs::read_dir(relay.inbox("org-001")).unwrap().next().is_none()).then_some(())
        });
        wait_until("all are concluded", || {
            let status = relay.json(["status"]).remove(0);
            (status["received"] == files && status["in_flight"] == 0).then_some(())
        });
        measured.push((files, process_usage(serving.id())));
        let _ = serving.stop().expect_status(0);
    }
    assert_flat("serve", &measured);
}

#[test]
fn files_that_are_not_complete_cost_next_to_nothing_while_they_wait() {
    let relay = Relay::new()
        .with("RELAY_INBOX_SETTLE_MS", 20)
        .with_organizations(&["org-001"]);
    let inbox = relay.inbox("org-001");
    for number in 0..PARTIAL_FILES {
        fs::write(inbox.join(format!("{number}.csv.part")), "x").unwrap();
    }
    let serving = relay.serve();
    let concluded = |count: usize| move |relay: &Relay| (relay.packages().len() == count).then_some(());
    fs::write(inbox.join("a.csv"), "x,y\n1,2\n").unwrap();
    wait_until("the complete one is taken", || concluded(1)(&relay));
    let before = process_usage(serving.id());
    #[expect(clippy::disallowed_methods, reason = "what nothing costs is seen in time only")]
    std::thread::sleep(IDLE);
    let idle = process_usage(serving.id()).cpu.saturating_sub(before.cpu);
    println!("idle beside {PARTIAL_FILES} files that are not complete: {idle:?} of CPU in {IDLE:?}");
    assert!(
        idle.as_millis() * 100 <= IDLE.as_millis() * IDLE_PERCENT_MAX,
        "{idle:?}"
    );
    // Completing one is an event.
    fs::rename(inbox.join("7.csv.part"), inbox.join("7.csv")).unwrap();
    wait_until("the completed one is taken", || concluded(2)(&relay));
    let _ = serving.stop().expect_status(0);
}
