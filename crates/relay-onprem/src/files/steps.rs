//! The steps of making a version visible, as places where a test can cut the power.
//!
//! Outside of this crate's own tests there is nothing here but names.

pub(super) use inner::Steps;

/// A moment in the life of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The temporary file is about to be made.
    Create,
    /// Some bytes are in it.
    Written,
    /// All bytes and the header are in it.
    Complete,
    /// It is on disk.
    Synced,
    /// It has its final name.
    Linked,
    /// The final name is on disk.
    FolderSynced,
    /// The temporary name is gone.
    Unlinked,
}

#[cfg(not(test))]
mod inner {
    use super::Step;

    #[derive(Clone)]
    pub(in super::super) struct Steps;

    impl Steps {
        pub(in super::super) const fn uninterrupted() -> Self {
            Self
        }

        #[expect(
            clippy::unused_self,
            clippy::unnecessary_wraps,
            reason = "the twin for tests uses both"
        )]
        pub(in super::super) const fn reach(&self, _step: Step) -> std::io::Result<()> {
            Ok(())
        }

        #[expect(clippy::unused_self, reason = "the twin for tests uses it")]
        pub(in super::super) const fn crashed(&self) -> bool {
            false
        }
    }
}

#[cfg(test)]
mod inner {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex};

    use super::Step;

    /// Cuts the power at one step: from then on nothing reaches the disk, tidying up included.
    #[derive(Clone, Default)]
    pub(in super::super) struct Steps {
        crash_at: Option<Step>,
        crashed: Arc<AtomicBool>,
        reached: Arc<Mutex<Vec<Step>>>,
    }

    impl Steps {
        pub(in super::super) fn uninterrupted() -> Self {
            Self::default()
        }

        pub(in super::super) fn crash_at(step: Step) -> Self {
            Self {
                crash_at: Some(step),
                ..Self::default()
            }
        }

        /// How often a step was reached.
        pub(in super::super) fn count(&self, step: Step) -> usize {
            self.reached
                .lock()
                .unwrap()
                .iter()
                .filter(|reached| **reached == step)
                .count()
        }

        pub(in super::super) fn reach(&self, step: Step) -> std::io::Result<()> {
            self.reached.lock().unwrap().push(step);
            if self.crash_at == Some(step) {
                self.crashed.store(true, Ordering::SeqCst);
            }
            if self.crashed() {
                Err(std::io::Error::other("the power is gone"))
            } else {
                Ok(())
            }
        }

        pub(in super::super) fn crashed(&self) -> bool {
            self.crashed.load(Ordering::SeqCst)
        }
    }
}
