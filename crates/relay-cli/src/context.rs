//! What every command needs: the data folder, opened in the right way, and packages found by the beginning of their id.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use relay_model::{BucketName, PackageRecord};
use relay_onprem::{DataFolder, FolderLock, OnPrem, SqliteDatabase};
use relay_pipeline::ports::{
    AuditTrail, DamagedTrail, DuplicateIndex, Launcher, Notifier, OrganizationRegistry, PackageQuery, PackageStore,
    SystemClock, TokenKeys, WorkQueue,
};
use relay_pipeline::{Backbone, Settings};
use relay_runtime::Configuration;

use crate::args::Format;
use crate::output::{Output, tell};
use crate::stack::{self, Stack};

/// The stores on premises; on AWS they are buckets.
const INGRESS_BUCKET: &str = "ingress";
const RESULTS_BUCKET: &str = "results";
/// The fewest digits that `find` accepts as the beginning of an id.
const ID_DIGITS_MIN: usize = 4;

/// Where the relay is that a command works on.
#[derive(Clone, Debug)]
pub enum Where {
    /// A data folder.
    Folder(PathBuf),
    /// What `terraform output -json` wrote.
    Stack(PathBuf),
}

/// The command line and the environment, read.
pub struct Context {
    pub location: Where,
    pub format: Format,
    pub configuration: Configuration,
}

/// A relay with its ports.
pub struct OpenRelay {
    pub store: Arc<dyn PackageStore>,
    pub trail: Arc<dyn AuditTrail>,
    duplicate_index: Arc<dyn DuplicateIndex>,
    pub registry: Arc<dyn OrganizationRegistry>,
    token_keys: Arc<dyn TokenKeys>,
    pub ingress_bucket: BucketName,
    results_bucket: BucketName,
    launcher: Arc<dyn Launcher>,
    notifier: Arc<dyn Notifier>,
    pub place: Place,
}

/// What only one of the backbones has.
pub enum Place {
    Premises(Premises),
    #[cfg_attr(
        not(feature = "aws"),
        expect(dead_code, reason = "there is none in a build without AWS")
    )]
    Stack(Box<Stack>),
}

/// A data folder, and the queue that this process and others share.
pub struct Premises {
    pub folder: DataFolder,
    pub queue: Arc<dyn WorkQueue>,
    pub database: SqliteDatabase,
}

impl Premises {
    /// Makes this process the only one that works on the folder.
    pub fn lock(&self, command: &str) -> anyhow::Result<FolderLock> {
        Ok(self.folder.lock(command)?)
    }
}

/// What a beginning of an id found.
pub enum Found {
    One(Box<PackageRecord>),
    /// One of which there is no record, because its trail is damaged.
    Damaged(DamagedTrail),
    /// None, or several: the message says so.
    NotOne(String),
}

/// What is told of a package whose trail is damaged.
pub fn damage_in_words(damaged: &DamagedTrail) -> String {
    format!(
        "{} is damaged: {}; see relay audit verify",
        damaged.package_id, damaged.damage
    )
}

impl Context {
    pub fn output(&self) -> Output {
        Output::new(self.format)
    }

    /// Opens the relay; a data folder must be one already.
    pub async fn open_existing(&self) -> anyhow::Result<OpenRelay> {
        match &self.location {
            Where::Folder(path) => Self::open(DataFolder::open_existing(path)?),
            Where::Stack(path) => stack::open(path).await,
        }
    }

    /// Opens the relay to look at what is there. A data folder that may not be written is opened for reading only, which is
    /// told: every attempt to write then fails.
    pub async fn open_reading(&self) -> anyhow::Result<OpenRelay> {
        match &self.location {
            Where::Folder(path) => {
                let folder = DataFolder::open_reading(path)?;
                if folder.may_be_written() {
                    return Self::open(DataFolder::open_existing(path)?);
                }
                tell(&format!(
                    "{} cannot be written by this user: opened for reading only, nothing in it is changed",
                    path.display()
                ));
                let ports = OnPrem::open_reading(&folder, Arc::new(SystemClock))?;
                Self::on_premises(folder, ports)
            }
            Where::Stack(path) => stack::open(path).await,
        }
    }

    /// Opens the relay; a data folder is made where there is none.
    pub async fn open_or_create(&self) -> anyhow::Result<OpenRelay> {
        match &self.location {
            Where::Folder(path) => Self::open(DataFolder::open_or_create(path)?),
            Where::Stack(path) => stack::open(path).await,
        }
    }

    fn open(folder: DataFolder) -> anyhow::Result<OpenRelay> {
        // Before the database says it in the words of SQLite.
        if !folder.may_be_written() {
            return Err(folder.not_writable().into());
        }
        let ports = OnPrem::open(&folder, Arc::new(SystemClock))?;
        Self::on_premises(folder, ports)
    }

    fn on_premises(folder: DataFolder, ports: OnPrem) -> anyhow::Result<OpenRelay> {
        Ok(OpenRelay {
            store: ports.store,
            trail: ports.trail,
            duplicate_index: ports.duplicate_index,
            registry: ports.registry,
            token_keys: ports.token_keys,
            ingress_bucket: INGRESS_BUCKET.parse()?,
            results_bucket: RESULTS_BUCKET.parse()?,
            launcher: ports.launcher,
            notifier: ports.notifier,
            place: Place::Premises(Premises {
                folder,
                queue: ports.queue,
                database: ports.database,
            }),
        })
    }

    /// How many packages are processed at the same time.
    pub fn jobs(&self, asked: Option<u16>) -> usize {
        jobs_of(asked, self.configuration.jobs)
    }

    /// The ports as the journey takes them.
    pub fn backbone(&self, relay: &OpenRelay, command: &str) -> Backbone {
        Backbone {
            store: relay.store.clone(),
            trail: relay.trail.clone(),
            duplicate_index: relay.duplicate_index.clone(),
            registry: relay.registry.clone(),
            token_keys: relay.token_keys.clone(),
            launcher: relay.launcher.clone(),
            notifier: relay.notifier.clone(),
            clock: Arc::new(SystemClock),
            settings: Settings {
                ingress_bucket: relay.ingress_bucket.clone(),
                results_bucket: relay.results_bucket.clone(),
                actor: format!("relay {command} {}", env!("CARGO_PKG_VERSION")),
                transform_threads: self.configuration.transform_threads,
                limits: self.configuration.limits.clone(),
            },
        }
    }
}

/// How many packages are processed at the same time: as asked on the command line, or in the environment, or one for each core.
pub fn jobs_of(asked: Option<u16>, configured: Option<usize>) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    asked.map(usize::from).or(configured).unwrap_or_else(cores)
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
        let mut page = self
            .trail
            .list(&query)
            .await
            .context("the packages could not be listed")?;
        Ok(match (page.packages.pop(), page.damaged.pop()) {
            (Some(record), None) if page.packages.is_empty() => Found::One(Box::new(record)),
            (None, Some(damaged)) if page.damaged.is_empty() => Found::Damaged(damaged),
            (None, None) => Found::NotOne(format!("no package id starts with '{id}'; see relay packages list")),
            _ => Found::NotOne(format!("more than one package id starts with '{id}': give more digits")),
        })
    }

    /// A relay on AWS, from its ports.
    #[cfg(feature = "aws")]
    pub fn on_stack(
        ports: relay_aws::AwsPorts,
        names: &relay_aws::StoreNames,
        launcher: Arc<dyn Launcher>,
        stack: Stack,
    ) -> Self {
        Self {
            store: ports.store,
            trail: ports.trail,
            duplicate_index: ports.duplicate_index,
            registry: ports.registry,
            // Only the tasks of an organization may unwrap its key; people never process packages of a stack.
            token_keys: Arc::new(relay_pipeline::ports::NoTokenKeys),
            ingress_bucket: names.ingress_bucket.clone(),
            results_bucket: names.results_bucket.clone(),
            launcher,
            notifier: ports.notifier,
            place: Place::Stack(Box::new(stack)),
        }
    }
}
