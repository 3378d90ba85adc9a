//! Seeded schedules of faults: loss, repetition, delay, cut bodies, success reported as failure. A short run here;
//! `HYBRID_TEST_SCHEDULES=100000 cargo test --release -p relay-pipeline --test pipeline faults` is the long one.

use relay_model::PackageState;
use relay_pipeline::intake::Delivery;
use relay_pipeline::ports::{Clock, WorkQueue};
use relay_testing::faults::{FaultPlan, FaultRates};

use crate::world::{TABLE, World};

const SCHEDULES: u64 = 300;
/// More rounds than any schedule needs: faults end after `faults_max`.
const ROUNDS_MAX: u32 = 60;
const HOUR_MS: u64 = 3_600_000;

const FILES: [(&str, &[u8]); 5] = [
    ("org-001/a.csv", TABLE),
    ("org-001/b.jsonl", b"{\"x\":1}\n{\"x\":2}\n"),
    ("org-002/c.bin", &[7; 5_000]),
    ("org-009/d.csv", TABLE),
    ("org-002/e.csv.gz", b"\x1F\x8B\x08\0\0\0\0\0\0\x03\xFF\xFF"),
];

fn rates() -> FaultRates {
    FaultRates {
        fail_before_permille: 60,
        fail_permanently_permille: 5,
        storage_full_permille: 10,
        fail_after_permille: 60,
        duplicate_permille: 40,
        delay_permille: 200,
        cut_read_permille: 100,
        end_read_early_permille: 50,
        read_bytes_max: 3_000,
        faults_max: Some(120),
    }
}

async fn schedule(seed: u64) {
    let world = World::with(FaultPlan::seeded(seed, rates()), |limits| limits.starts_max = 1_000).await;
    let mut is_done = false;
    for _ in 0..ROUNDS_MAX {
        // Anything may fail; the next round, or the next process, goes on from what is recorded.
        for (key, bytes) in FILES {
            let delivery = Delivery {
                key: relay_model::ObjectKey::new(key),
                declared_sha256: None,
                source: relay_model::ArrivalSource::Inbox,
            };
            let mut input = bytes;
            if let Ok((arrival, _)) = world.intake().take_in(&delivery, &mut input, async |_| Ok(())).await {
                let _ = world.validation().validate(&arrival).await;
            }
        }
        let _ = world.reconcile().await;
        let _ = world.drain().await;
        // Leases of claims whose answer was lost run out.
        world.clock.advance(24 * HOUR_MS);
        let records = world.records().await;
        let all_concluded = records.len() == FILES.len() && records.values().all(|record| record.state.is_terminal());
        if all_concluded && world.memory_queue.depth(world.clock.now()).await.unwrap().total() == 0 {
            is_done = true;
            break;
        }
    }
    let injected = world.plan.injected();
    assert!(
        is_done,
        "seed {seed}: not concluded: {:#?} {injected:?}",
        world.records().await
    );
    world.assert_sound().await;
    for (key, record) in world.records().await {
        let may_be: &[PackageState] = match key.as_str() {
            "org-009/d.csv" => &[PackageState::Rejected],
            "org-002/e.csv.gz" => &[PackageState::Quarantined, PackageState::Failed],
            // Faults that do not pass, or come three times, make it fail: never reject or quarantine.
            _ => &[PackageState::Processed, PackageState::Failed],
        };
        assert!(may_be.contains(&record.state), "seed {seed}: {key} is {}", record.state);
        if record.state == PackageState::Processed {
            let original = FILES.iter().find(|(name, _)| *name == key).unwrap().1;
            assert_eq!(record.sha256, Some(relay_model::Sha256Digest::of(original)));
        }
    }
}

fn schedules() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "the long run is asked for by a variable")]
    let asked = std::env::var("HYBRID_TEST_SCHEDULES");
    asked.map_or(SCHEDULES, |number| {
        number.parse().expect("HYBRID_TEST_SCHEDULES is a number")
    })
}

#[test]
fn whatever_fails_each_package_has_one_ending() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let count = schedules();
    runtime.block_on(async {
        for seed in 0..count {
            schedule(seed).await;
        }
    });
}
