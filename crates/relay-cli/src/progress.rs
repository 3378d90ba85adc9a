//! Progress bars on a terminal, for work that takes a while; nothing elsewhere.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use relay_model::{PackageId, PackageState, ReasonCode};
use relay_pipeline::RunObserver;
use relay_pipeline::ports::RunOrder;

use crate::output::tell;
use crate::sources::{Found, Source};

const REDRAW_HZ: u8 = 10;

/// A bar over a known number of things. It moves when something is done: a ticker would need a thread of its own.
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
    bar
}

/// How much of what is being found is done.
pub struct Progress {
    bar: ProgressBar,
    // Whether the length of the bar is final.
    is_counted: Arc<AtomicBool>,
    has_ended: Arc<AtomicBool>,
    read_bytes: AtomicU64,
}

impl Progress {
    /// Nothing is found yet.
    pub fn new(what: &str) -> Self {
        Self::of(0, what)
    }

    /// So many things are to be done.
    pub fn of(total: u64, what: &str) -> Self {
        Self {
            bar: bar(total, what),
            is_counted: Arc::default(),
            has_ended: Arc::default(),
            read_bytes: AtomicU64::new(0),
        }
    }

    /// Counts the files beforehand, where somebody looks.
    pub fn count_in_background(&self, sources: &[Source]) {
        if self.bar.is_hidden() {
            return;
        }
        let (bar, is_counted, has_ended) = (self.bar.clone(), self.is_counted.clone(), self.has_ended.clone());
        let sources = sources.to_vec();
        tokio::task::spawn_blocking(move || {
            let found = sources.iter().flat_map(Source::files);
            let files = found
                .take_while(|_| !has_ended.load(Ordering::Relaxed))
                .filter(|found| matches!(found, Found::File(_)))
                .count();
            is_counted.store(true, Ordering::Relaxed);
            bar.set_length(files as u64);
        });
    }

    /// One more thing is to be done.
    pub fn found(&self) {
        if !self.is_counted.load(Ordering::Relaxed) {
            self.bar.inc_length(1);
        }
    }

    /// One more is done.
    pub fn step(&self) {
        self.bar.inc(1);
    }

    /// Tells something above the bar.
    pub fn tell(&self, text: &str) {
        self.bar.suspend(|| tell(text));
    }

    /// All is done.
    pub fn finish(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
        self.bar.finish_and_clear();
    }
}

impl RunObserver for Progress {
    fn started(&self, _order: &RunOrder) {}

    fn progressed(&self, _package_id: &PackageId, read_bytes: u64) {
        let total = self.read_bytes.fetch_add(read_bytes, Ordering::Relaxed) + read_bytes;
        self.bar.set_message(format!("{} read", indicatif::BinaryBytes(total)));
    }

    fn concluded(&self, _package_id: &PackageId, _state: PackageState, _reason: Option<ReasonCode>) {
        self.step();
    }
}
