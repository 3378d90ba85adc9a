//! Which call gets which fault.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use relay_pipeline::ports::{PortError, PortErrorClass};
use tokio::sync::watch;

const PERMILLE: u64 = 1_000;
/// The longest delay, in turns given to other tasks.
const DELAY_TURNS_MAX: u64 = 8;

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// It fails without any effect.
    FailBefore(PortErrorClass),
    /// It has its effect, and is reported as failed.
    FailAfter(PortErrorClass),
    /// It is made twice; the second answer is given. What cannot be made twice is made once.
    Duplicate,
    /// Other tasks get this many turns first.
    Delay(u64),
    /// A body ends in an error after this many bytes. For reads only.
    CutRead(u64),
    /// A body ends after this many bytes as if that were all. For reads only.
    EndReadEarly(u64),
}

/// How often faults come, each in calls of 1,000.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultRates {
    /// [`Fault::FailBefore`] with `Retryable`.
    pub fail_before_permille: u64,
    /// [`Fault::FailBefore`] with `Permanent`.
    pub fail_permanently_permille: u64,
    /// [`Fault::FailBefore`] with `StorageFull`.
    pub storage_full_permille: u64,
    /// [`Fault::FailAfter`] with `Retryable`.
    pub fail_after_permille: u64,
    /// [`Fault::Duplicate`].
    pub duplicate_permille: u64,
    /// [`Fault::Delay`].
    pub delay_permille: u64,
    /// [`Fault::CutRead`].
    pub cut_read_permille: u64,
    /// [`Fault::EndReadEarly`].
    pub end_read_early_permille: u64,
    /// Faulty bodies end after at most this many bytes.
    pub read_bytes_max: u64,
    /// After this many faults there are no more, so that a test with retries comes to an end.
    pub faults_max: Option<u64>,
}

/// On which side of its effect a call dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CrashMoment {
    /// The call has had no effect.
    Before,
    /// The call has had its effect, and nobody hears of it.
    After,
}

/// A fault that happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Injected {
    /// To which call, counted from 1 over all ports of the plan.
    pub call: u64,
    /// Which one that was, for example `trail.append`.
    pub what: &'static str,
    /// What happened to it.
    pub fault: Fault,
}

/// Decides what happens to each call of every port that shares it.
pub struct FaultPlan {
    rates: FaultRates,
    state: Mutex<State>,
    crashed: watch::Sender<bool>,
}

struct State {
    random: SplitMix64,
    calls: u64,
    scripted: HashMap<&'static str, VecDeque<Fault>>,
    crash_at: Option<(u64, CrashMoment)>,
    injected: Vec<Injected>,
}

impl FaultPlan {
    /// Faults at these rates.
    pub fn seeded(seed: u64, rates: FaultRates) -> Arc<Self> {
        let state = State {
            random: SplitMix64(seed),
            calls: 0,
            scripted: HashMap::new(),
            crash_at: None,
            injected: Vec::new(),
        };
        Arc::new(Self {
            rates,
            state: Mutex::new(state),
            crashed: watch::Sender::new(false),
        })
    }

    /// No faults, but those that are scripted.
    pub fn calm() -> Arc<Self> {
        Self::seeded(0, FaultRates::default())
    }

    /// The next call of this name, for example `trail.append`, gets this fault. Several are taken in turn.
    pub fn script(&self, what: &'static str, fault: Fault) {
        self.state
            .lock()
            .unwrap()
            .scripted
            .entry(what)
            .or_default()
            .push_back(fault);
    }

    /// The `call`th call, counted from 1, never returns, and no later one does: the process has died. The test waits
    /// for [`FaultPlan::crashed`] and drops everything that was running.
    pub fn crash_at(&self, call: u64, moment: CrashMoment) {
        self.state.lock().unwrap().crash_at = Some((call, moment));
    }

    /// Ends when the process has died.
    pub async fn crashed(&self) {
        let mut crashed = self.crashed.subscribe();
        // The sender is in `self`, so waiting cannot fail.
        crashed.wait_for(|crashed| *crashed).await.unwrap();
    }

    /// Whether the process has died.
    pub fn has_crashed(&self) -> bool {
        *self.crashed.borrow()
    }

    /// Another process starts on the same ports: calls return again, and none dies.
    pub fn restart(&self) {
        self.state.lock().unwrap().crash_at = None;
        self.crashed.send_replace(false);
    }

    /// How many calls were made.
    pub fn calls(&self) -> u64 {
        self.state.lock().unwrap().calls
    }

    /// Every fault that happened, in order.
    pub fn injected(&self) -> Vec<Injected> {
        self.state.lock().unwrap().injected.clone()
    }

    /// Makes a call that can be repeated.
    pub(super) async fn call<T, F>(
        &self,
        what: &'static str,
        call: impl Fn() -> F + Send + Sync,
    ) -> Result<T, PortError>
    where
        F: Future<Output = Result<T, PortError>> + Send,
        T: Send,
    {
        let number = self.begin().await;
        let result = match self.draw(number, what, false) {
            Some(Fault::FailBefore(class)) => Err(injected(what, class)),
            Some(Fault::FailAfter(class)) => call().await.and_then(|_| Err(injected(what, class))),
            Some(Fault::Duplicate) => {
                let _first = call().await;
                call().await
            }
            Some(Fault::Delay(turns)) => {
                delay(turns).await;
                call().await
            }
            Some(Fault::CutRead(_) | Fault::EndReadEarly(_)) | None => call().await,
        };
        self.end(number).await;
        result
    }

    /// Makes a call that can be made only once.
    pub(super) async fn call_once<T: Send>(
        &self,
        what: &'static str,
        call: impl Future<Output = Result<T, PortError>> + Send,
    ) -> Result<T, PortError> {
        let number = self.begin().await;
        let result = match self.draw(number, what, false) {
            Some(Fault::FailBefore(class)) => Err(injected(what, class)),
            Some(Fault::FailAfter(class)) => call.await.and_then(|_| Err(injected(what, class))),
            Some(Fault::Delay(turns)) => {
                delay(turns).await;
                call.await
            }
            Some(Fault::Duplicate | Fault::CutRead(_) | Fault::EndReadEarly(_)) | None => call.await,
        };
        self.end(number).await;
        result
    }

    /// Starts a call that reads a body; the faults of bodies are for the caller to carry out.
    pub(super) async fn call_read<T: Send>(
        &self,
        what: &'static str,
        call: impl Future<Output = Result<T, PortError>> + Send,
    ) -> Result<(T, Option<Fault>), PortError> {
        let number = self.begin().await;
        let fault = self.draw(number, what, true);
        let result = match fault {
            Some(Fault::FailBefore(class) | Fault::FailAfter(class)) => Err(injected(what, class)),
            Some(Fault::Delay(turns)) => {
                delay(turns).await;
                call.await
            }
            Some(Fault::Duplicate | Fault::CutRead(_) | Fault::EndReadEarly(_)) | None => call.await,
        };
        self.end(number).await;
        result.map(|body| (body, fault))
    }

    async fn begin(&self) -> u64 {
        let number = {
            let mut state = self.state.lock().unwrap();
            state.calls += 1;
            state.calls
        };
        self.die_at(number, CrashMoment::Before).await;
        number
    }

    async fn end(&self, number: u64) {
        self.die_at(number, CrashMoment::After).await;
    }

    async fn die_at(&self, number: u64, moment: CrashMoment) {
        let dies = self.state.lock().unwrap().crash_at == Some((number, moment));
        if dies {
            self.crashed.send_replace(true);
        }
        if self.has_crashed() {
            std::future::pending::<()>().await;
        }
    }

    fn draw(&self, call: u64, what: &'static str, is_read: bool) -> Option<Fault> {
        let mut state = self.state.lock().unwrap();
        let scripted = state.scripted.get_mut(what).and_then(VecDeque::pop_front);
        let is_over = self
            .rates
            .faults_max
            .is_some_and(|max| state.injected.len() as u64 >= max);
        // Drawn in any case, so that scripting one call does not change what happens to the others.
        let drawn = self.rates.draw(&mut state.random, is_read).filter(|_| !is_over);
        let fault = scripted.or(drawn)?;
        state.injected.push(Injected { call, what, fault });
        Some(fault)
    }
}

impl FaultRates {
    fn draw(&self, random: &mut SplitMix64, is_read: bool) -> Option<Fault> {
        let (dice, detail) = (random.next() % PERMILLE, random.next());
        let bytes = detail % (self.read_bytes_max + 1);
        let body_permille = |rate: u64| if is_read { rate } else { 0 };
        let choices = [
            (self.fail_before_permille, Fault::FailBefore(PortErrorClass::Retryable)),
            (
                self.fail_permanently_permille,
                Fault::FailBefore(PortErrorClass::Permanent),
            ),
            (
                self.storage_full_permille,
                Fault::FailBefore(PortErrorClass::StorageFull),
            ),
            (self.fail_after_permille, Fault::FailAfter(PortErrorClass::Retryable)),
            (self.duplicate_permille, Fault::Duplicate),
            (self.delay_permille, Fault::Delay(1 + detail % DELAY_TURNS_MAX)),
            (body_permille(self.cut_read_permille), Fault::CutRead(bytes)),
            (body_permille(self.end_read_early_permille), Fault::EndReadEarly(bytes)),
        ];
        let mut threshold = 0;
        choices.into_iter().find_map(|(permille, fault)| {
            threshold += permille;
            (dice < threshold).then_some(fault)
        })
    }
}

fn injected(what: &'static str, class: PortErrorClass) -> PortError {
    PortError::new(class, format!("{what} failed, as the fault plan says"))
}

async fn delay(turns: u64) {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}

/// A small generator of well mixed numbers.
///
/// Source: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators" (OOPSLA 2014).
struct SplitMix64(u64);

impl SplitMix64 {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        // The first outputs of the reference implementation for seed 1234567.
        let mut random = SplitMix64(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }
}
