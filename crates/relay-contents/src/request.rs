//! What is asked for: a package, a place for its results, and the rules that hold.

use std::io::{self, Read, Write};
use std::num::NonZeroUsize;
use std::sync::Arc;

use relay_model::{Limits, OrganizationSettings};
use relay_privacy::Redactor;

/// The bytes of a package, which are read more than once.
pub trait Package {
    /// The bytes, from the first.
    fn open(&self) -> Box<dyn Read + Send + '_>;
}

/// Where results go. What is written becomes visible when the caller makes it so, after everything has been read.
pub trait Results: Sync {
    /// A result being written.
    type Sink: Write + Send;

    /// Starts a result. Each name comes once for each time that it is not given up.
    fn open(&self, name: &str) -> io::Result<Self::Sink>;

    /// All of it was written: it waits for the end of the package, perhaps with thousands of others.
    fn seal(&self, sink: &mut Self::Sink) -> io::Result<()>;

    /// It is not wanted.
    fn abort(&self, sink: Self::Sink);
}

/// How a package is to be read.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Its path below the organization, by which rules of the organization apply.
    pub path: &'a str,
    /// The organization's rules.
    pub settings: &'a OrganizationSettings,
    /// What carries out the organization's policy for personal data in tables; without it nothing is looked for. A file
    /// that is no table is kept as it is in either case.
    pub redactor: Option<&'a Arc<Redactor>>,
    /// The limits that hold for everyone.
    pub limits: &'a Limits,
    /// How many threads may work on the columns of a table.
    pub threads: NonZeroUsize,
}
