//! What every command needs: the data folder, opened in the right way, and packages found by the beginning of their id.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use relay_model::{BucketName, IdError, PackageRecord};
use relay_onprem::{DataFolder, FolderLock, OnPrem};
use relay_pipeline::ports::{PackageQuery, SystemClock};
use relay_pipeline::{Backbone, Settings};
use relay_runtime::Configuration;

use crate::args::Format;
use crate::output::Output;

/// The stores on premises; on AWS they are buckets.
const INGRESS_BUCKET: &str = "ingress";
const RESULTS_BUCKET: &str = "results";
/// The fewest digits that `find` accepts as the beginning of an id.
const ID_DIGITS_MIN: usize = 4;

/// The store that packages arrive in.
pub fn ingress_bucket() -> Result<BucketName, IdError> {
    INGRESS_BUCKET.parse()
}

/// The command line and the environment, read.
pub struct Context {
    pub data_dir: PathBuf,
    pub format: Format,
    pub configuration: Configuration,
}

/// A data folder with its ports. Dereferences to the adapters.
pub struct OpenRelay {
    pub folder: DataFolder,
    pub onprem: OnPrem,
}

impl std::ops::Deref for OpenRelay {
    type Target = OnPrem;

    fn deref(&self) -> &OnPrem {
        &self.onprem
    }
}

/// What a beginning of an id found.
pub enum Found {
    One(Box<PackageRecord>),
    /// None, or several: the message says so.
    NotOne(String),
}

impl Context {
    pub fn output(&self) -> Output {
        Output::new(self.format)
    }

    /// Opens the data folder; it must be one already.
    pub fn open_existing(&self) -> anyhow::Result<OpenRelay> {
        Self::open(DataFolder::open_existing(&self.data_dir)?)
    }

    /// Opens the data folder, or makes a new one.
    pub fn open_or_create(&self) -> anyhow::Result<OpenRelay> {
        Self::open(DataFolder::open_or_create(&self.data_dir)?)
    }

    fn open(folder: DataFolder) -> anyhow::Result<OpenRelay> {
        let onprem = OnPrem::open(&folder, Arc::new(SystemClock))?;
        Ok(OpenRelay { folder, onprem })
    }

    /// How many packages are processed at the same time.
    pub fn jobs(&self, asked: Option<u16>) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        asked.map(usize::from).or(self.configuration.jobs).unwrap_or_else(cores)
    }

    /// The ports as the journey takes them.
    pub fn backbone(&self, relay: &OpenRelay, command: &str) -> anyhow::Result<Backbone> {
        Ok(Backbone {
            store: relay.store.clone(),
            trail: relay.trail.clone(),
            registry: relay.registry.clone(),
            launcher: relay.launcher.clone(),
            notifier: relay.notifier.clone(),
            clock: Arc::new(SystemClock),
            settings: Settings {
                ingress_bucket: ingress_bucket()?,
                results_bucket: RESULTS_BUCKET.parse()?,
                actor: format!("relay {command} {}", env!("CARGO_PKG_VERSION")),
                transform_threads: self.configuration.transform_threads,
                limits: self.configuration.limits.clone(),
            },
        })
    }
}

impl OpenRelay {
    /// The package whose id starts with `id`.
    pub async fn find(&self, id: &str) -> anyhow::Result<Found> {
        let digits = id.strip_prefix("pkg-").unwrap_or(id);
        let is_id = digits.len() >= ID_DIGITS_MIN
            && digits
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if !is_id {
            let shown = id.escape_default();
            return Ok(Found::NotOne(format!(
                "'{shown}' is not a package id: give at least the first {ID_DIGITS_MIN} of its hexadecimal digits"
            )));
        }
        let query = PackageQuery {
            id_prefix: Some(format!("pkg-{digits}")),
            limit: 2,
            ..PackageQuery::default()
        };
        let mut packages = self
            .trail
            .list(&query)
            .await
            .context("the packages could not be listed")?
            .packages;
        Ok(match (packages.pop(), packages.len()) {
            (Some(record), 0) => Found::One(Box::new(record)),
            (Some(_), _) => Found::NotOne(format!("more than one package id starts with '{id}': give more digits")),
            (None, _) => Found::NotOne(format!("no package id starts with '{id}'; see relay packages list")),
        })
    }

    /// Makes this process the only one that works on the folder.
    pub fn lock(&self, command: &str) -> anyhow::Result<FolderLock> {
        Ok(self.folder.lock(command)?)
    }
}
