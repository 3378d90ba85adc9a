//! Progress bars on a terminal, for work that takes a while; nothing elsewhere.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use relay_model::{PackageId, PackageState, ReasonCode};
use relay_pipeline::ports::RunOrder;
use relay_pipeline::worker::RunObserver;

const REDRAW_HZ: u8 = 10;

/// A bar over a known number of things.
pub fn bar(total: u64, what: &str) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr_with_hz(REDRAW_HZ)
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(total), target);
    let template = format!("{{spinner}} {what} {{bar:30}} {{pos}}/{{len}} {{msg}} [{{elapsed}}]");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Shows how many packages are done, and how many bytes have been read.
pub struct ProgressObserver {
    bar: ProgressBar,
    read_bytes: AtomicU64,
}

impl ProgressObserver {
    pub fn new(total: u64) -> Self {
        Self {
            bar: bar(total, "packages"),
            read_bytes: AtomicU64::new(0),
        }
    }

    /// A package that needed no run has its conclusion.
    pub fn step(&self) {
        self.bar.inc(1);
    }

    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl RunObserver for ProgressObserver {
    fn started(&self, _order: &RunOrder) {}

    fn progressed(&self, _package_id: &PackageId, read_bytes: u64) {
        let total = self.read_bytes.fetch_add(read_bytes, Ordering::Relaxed) + read_bytes;
        self.bar.set_message(format!("{} read", indicatif::BinaryBytes(total)));
    }

    fn concluded(&self, _package_id: &PackageId, _state: PackageState, _reason: Option<ReasonCode>) {
        self.bar.inc(1);
    }
}
