//! Watching runs, for progress bars and logs.

use relay_model::{PackageId, PackageState, ReasonCode};

use crate::ports::RunOrder;

/// Is told what the workers do.
pub trait RunObserver: Send + Sync {
    /// An attempt began.
    fn started(&self, order: &RunOrder);
    /// So many bytes of the package have been read.
    fn progressed(&self, package_id: &PackageId, read_bytes: u64);
    /// The package has its conclusion.
    fn concluded(&self, package_id: &PackageId, state: PackageState, reason: Option<ReasonCode>);
}
