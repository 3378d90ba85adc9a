//! What a launcher and a clock promise.

use relay_pipeline::ports::{Clock, Launched, Launcher};

use crate::story::{Story, received};

const READINGS: usize = 1_000;

/// Runs every check, each on a launcher of its own.
pub async fn launcher<L: Launcher>(make: impl AsyncFn() -> L) {
    let launcher = make().await;
    let order = |path: &str| {
        let mut story = Story::new("org-001", path);
        story.tell(received());
        story.order()
    };
    assert_eq!(launcher.launch(&order("a.csv")).await.unwrap(), Launched::Started);
    assert_eq!(
        launcher.launch(&order("a.csv")).await.unwrap(),
        Launched::AlreadyRunning
    );
    assert_eq!(launcher.launch(&order("b.csv")).await.unwrap(), Launched::Started);
}

/// A clock does not go back by itself, and shows a time after this was written.
pub fn clock(clock: &dyn Clock) {
    let mut last = "2026-01-01T00:00:00Z".parse().unwrap();
    for _ in 0..READINGS {
        let now = clock.now();
        assert!(now >= last, "{now} comes after {last}");
        last = now;
    }
}
