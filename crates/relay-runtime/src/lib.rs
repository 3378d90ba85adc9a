//! What every program of the relay needs around its work: configuration, telemetry, shutdown, error reporting.

mod alerts;
mod allocator;
mod configuration;
mod deployed;
mod environment;
mod memory;
mod secret;
mod shutdown;
mod telemetry;
mod threads;

pub use alerts::{AlertConfiguration, EmailAddress};
pub use allocator::keep_memory_steady;
pub use configuration::{Configuration, ConfigurationError, SETTINGS, Setting, person};
pub use deployed::{Deployed, IdList, Missing};
pub use environment::Environment;
pub use memory::{MemoryLimit, TooLittleMemory};
pub use secret::Secret;
pub use shutdown::stop_on_signal;
pub use telemetry::{LogFormat, init_telemetry};
pub use threads::{RuntimeError, start_runtime};
