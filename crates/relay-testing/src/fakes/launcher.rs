//! A launcher and a notifier that remember what they were asked.

use std::collections::HashSet;
use std::sync::Mutex;

use async_trait::async_trait;
use relay_model::PackageId;
use relay_pipeline::ports::{Launched, Launcher, Notice, Notifier, PortError, RunOrder};

use crate::conformance::LauncherUnderTest;

/// Remembers orders; a package whose run has not been finished is not started again.
#[derive(Default)]
pub struct MemoryLauncher {
    state: Mutex<Launches>,
}

#[derive(Default)]
struct Launches {
    started: Vec<RunOrder>,
    running: HashSet<PackageId>,
}

impl MemoryLauncher {
    /// Every run that was started, in order.
    pub fn started(&self) -> Vec<RunOrder> {
        self.state.lock().unwrap().started.clone()
    }

    /// Ends the run of a package, so that another can be started.
    pub fn finish(&self, package_id: &PackageId) {
        self.state.lock().unwrap().running.remove(package_id);
    }
}

#[async_trait]
impl Launcher for MemoryLauncher {
    async fn launch(&self, order: &RunOrder) -> Result<Launched, PortError> {
        let mut state = self.state.lock().unwrap();
        if !state.running.insert(order.package_id.clone()) {
            return Ok(Launched::AlreadyRunning);
        }
        state.started.push(order.clone());
        Ok(Launched::Started)
    }
}

#[async_trait]
impl LauncherUnderTest for MemoryLauncher {
    fn launcher(&self) -> &dyn Launcher {
        self
    }

    async fn runs(&self) -> Vec<RunOrder> {
        self.started()
    }

    async fn end(&self, package_id: &PackageId) {
        self.finish(package_id);
    }
}

/// Remembers notices.
#[derive(Default)]
pub struct MemoryNotifier {
    notices: Mutex<Vec<Notice>>,
}

impl MemoryNotifier {
    /// Every notice, in order.
    pub fn notices(&self) -> Vec<Notice> {
        self.notices.lock().unwrap().clone()
    }
}

#[async_trait]
impl Notifier for MemoryNotifier {
    async fn notify(&self, notice: &Notice) -> Result<(), PortError> {
        self.notices.lock().unwrap().push(notice.clone());
        Ok(())
    }
}
