//! How many packages a second the data folder can carry: each is written to the store and has four events and three
//! queue operations, all durable before the next step. Usage: `throughput FOLDER [PACKAGES] [WORKERS]`.
#![expect(clippy::unwrap_used, reason = "a measurement ends when something fails")]

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use relay_model::ObjectKey;
use relay_onprem::{DataFolder, OnPrem};
use relay_pipeline::ports::{SystemClock, WriteMode, WriteRequest};
use relay_testing::conformance::put;
use relay_testing::story::{Story, accepted, processed, received, started};
use tokio::io::AsyncReadExt;
use tokio::task::JoinSet;

const LEASE_MS: u64 = 60_000;
const CHUNK_BYTES: usize = 256 * 1024;
const LARGE_CHUNKS: usize = 4_096;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |index: usize, default: u64| arguments.get(index).map_or(default, |text| text.parse().unwrap());
    let (packages, workers) = (number(2, 10_000), number(3, 32));
    let folder = DataFolder::open_or_create(Path::new(&arguments[1])).unwrap();
    let _lock = folder.lock("throughput").unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let on_prem = OnPrem::open(&folder, Arc::new(SystemClock)).unwrap();
        measure(
            "store: 1 KiB objects written",
            packages,
            workers,
            &on_prem,
            write_object,
        )
        .await;
        measure(
            "database: packages through events and queue",
            packages,
            workers,
            &on_prem,
            carry_package,
        )
        .await;
        large_object(&on_prem).await;
        let counts = on_prem.ports.trail_reader.counts().await.unwrap();
        assert!(counts.balances() && counts.in_flight == 0);
    });
}

async fn measure<W, F>(what: &str, packages: u64, workers: u64, on_prem: &OnPrem, work: W)
where
    W: Fn(OnPrem, u64) -> F + Copy + Send + 'static,
    F: Future<Output = ()> + Send,
{
    let next = Arc::new(AtomicU64::new(0));
    let begin = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..workers {
        let (next, on_prem) = (Arc::clone(&next), on_prem.clone());
        tasks.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= packages {
                    return;
                }
                work(on_prem.clone(), number).await;
            }
        });
    }
    tasks.join_all().await;
    let seconds = begin.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = packages as f64 / seconds;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{what}: {packages} in {seconds:.2} s, {rate:.0}/s, {workers} at a time"
    )
    .unwrap();
}

async fn large_object(on_prem: &OnPrem) {
    let bucket = "ingress".parse().unwrap();
    let request = WriteRequest {
        bucket,
        key: ObjectKey::new("org-001/large"),
        mode: WriteMode::NewVersion,
        declared_sha256: None,
    };
    let begin = Instant::now();
    let mut writer = on_prem.ports.store.write(&request).await.unwrap();
    let chunk = bytes::Bytes::from(vec![b'x'; CHUNK_BYTES]);
    for _ in 0..LARGE_CHUNKS {
        writer.write(chunk.clone()).await.unwrap();
    }
    let object = writer.finish().await.unwrap().stored().object.clone();
    let written = begin.elapsed();
    let mut reader = on_prem.ports.store.read(&object, 0).await.unwrap();
    let mut buffer = vec![0; CHUNK_BYTES];
    while reader.read(&mut buffer).await.unwrap() > 0 {}
    let read = begin.elapsed().saturating_sub(written);
    let mebibytes = CHUNK_BYTES * LARGE_CHUNKS / (1024 * 1024);
    let mut out = std::io::stdout();
    writeln!(
        out,
        "store: {mebibytes} MiB written, hashed and synced in {written:.2?}, read in {read:.2?}"
    )
    .unwrap();
}

async fn write_object(on_prem: OnPrem, number: u64) {
    let key = format!("org-001/{number}.csv");
    let bucket = "ingress".parse().unwrap();
    let bytes = format!("{number:01024}");
    put(
        on_prem.ports.store.as_ref(),
        &bucket,
        &key,
        WriteMode::IfChanged,
        bytes.as_bytes(),
    )
    .await
    .unwrap();
}

async fn carry_package(on_prem: OnPrem, number: u64) {
    let mut story = Story::new("org-001", &format!("{number}.csv"));
    story.at = on_prem.ports.clock.now();
    story.record(on_prem.ports.trail.as_ref(), received()).await;
    story.record(on_prem.ports.trail.as_ref(), accepted()).await;
    on_prem.launcher.launch(&story.order()).await.unwrap();
    // Not necessarily the same package; every one is claimed by somebody.
    let claim = on_prem
        .queue
        .claim(&format!("worker {number}"), on_prem.ports.clock.now(), LEASE_MS)
        .await
        .unwrap()
        .unwrap();
    story.record(on_prem.ports.trail.as_ref(), started()).await;
    story.record(on_prem.ports.trail.as_ref(), processed()).await;
    on_prem.queue.complete(&claim).await.unwrap();
}
