//! Work that blocks the thread that it is done on: files and databases.

use std::cell::Cell;

use super::{PortError, PortErrorClass};

thread_local! {
    /// Whether whoever waits on this thread may be blocked.
    static MAY_BLOCK: Cell<bool> = const { Cell::new(false) };
}

/// Does work that blocks: right here on a thread that is there to be blocked, and otherwise on one of those that tokio keeps
/// for it. Small files are many, and going to another thread and back takes longer than the work itself.
pub async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PortError> + Send + 'static,
) -> Result<T, PortError> {
    if MAY_BLOCK.get() {
        return work();
    }
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        // Only the shutdown of the runtime, or a defect, ends a blocking task.
        Err(error) => Err(PortError::new(PortErrorClass::Retryable, "a file operation was cut off").caused_by(error)),
    }
}

/// Says, as long as it lives, that this thread may be blocked.
pub(crate) struct MayBlock {
    before: bool,
}

impl MayBlock {
    pub(crate) fn new() -> Self {
        Self {
            before: MAY_BLOCK.replace(true),
        }
    }
}

impl Drop for MayBlock {
    fn drop(&mut self) {
        MAY_BLOCK.set(self.before);
    }
}

#[cfg(test)]
mod tests {
    use std::thread::{ThreadId, current};

    use super::*;

    async fn where_work_is_done() -> ThreadId {
        run_blocking(|| Ok(current().id())).await.unwrap()
    }

    #[tokio::test]
    async fn a_thread_that_drives_the_runtime_is_not_blocked() {
        assert_ne!(where_work_is_done().await, current().id());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_thread_that_may_be_blocked_does_the_work_itself() {
        let handle = tokio::runtime::Handle::current();
        let job = tokio::task::spawn_blocking(move || {
            let blocked = {
                let _may_block = MayBlock::new();
                handle.block_on(where_work_is_done())
            };
            (blocked, handle.block_on(where_work_is_done()), current().id())
        });
        let (blocked, not_blocked, own) = job.await.unwrap();
        assert_eq!(blocked, own);
        assert_ne!(not_blocked, own);
    }
}
