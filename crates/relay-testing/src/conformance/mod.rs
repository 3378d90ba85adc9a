//! What each port promises, as tests: they run on the fakes and on every adapter.
//!
//! A suite takes a function that makes a fresh, empty instance, and calls it once for each promise.

mod alerts;
mod duplicate_index;
mod keys;
mod launcher;
mod objects;
mod packages;
mod queue;
mod registry;
mod signer;
mod store;
mod trail;

pub use alerts::{books, notices};
pub use duplicate_index::duplicate_index;
pub use keys::{TokenKeysUnderTest, token_keys};
pub use launcher::{
    LauncherUnderTest, clock, launcher, launcher_of_places, launcher_that_drives_on, launcher_that_fails,
};
pub use objects::{hostile_keys, put, read_all};
pub use queue::queue;
pub use registry::{RegistryUnderTest, registry};
pub use signer::signer;
pub use store::{StoreUnderTest, store};
pub use trail::trail;
