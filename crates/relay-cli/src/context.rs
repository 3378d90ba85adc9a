//! What every command needs: the data folder, opened in the right way, and packages found by the beginning of their id.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use relay_model::{BucketName, PackageRecord};
use relay_onprem::{DataFolder, FolderLock, OnPrem, SqliteDatabase};
use relay_pipeline::Settings;
use relay_pipeline::intake::Intake;
use relay_pipeline::ports::{DamagedTrail, Launcher, PackageQuery, Ports, SystemClock, WorkQueue};
use relay_pipeline::processing::Processing;
use relay_pipeline::reconciliation::Reconciliation;
use relay_pipeline::validation::Validation;
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
    pub ports: Ports,
    pub ingress_bucket: BucketName,
    results_bucket: BucketName,
    launcher: Arc<dyn Launcher>,
    pub place: Place,
}

/// What only one of the backbones has.
pub enum Place {
    Premises(Premises),
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
            Where::Stack(path) => Self::on_stack(path).await,
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
            Where::Stack(path) => Self::on_stack(path).await,
        }
    }

    /// Opens the relay; a data folder is made where there is none.
    pub async fn open_or_create(&self) -> anyhow::Result<OpenRelay> {
        match &self.location {
            Where::Folder(path) => Self::open(DataFolder::open_or_create(path)?),
            Where::Stack(path) => Self::on_stack(path).await,
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

    fn on_premises(folder: DataFolder, opened: OnPrem) -> anyhow::Result<OpenRelay> {
        Ok(OpenRelay {
            ports: opened.ports,
            ingress_bucket: INGRESS_BUCKET.parse()?,
            results_bucket: RESULTS_BUCKET.parse()?,
            launcher: opened.launcher,
            place: Place::Premises(Premises {
                folder,
                queue: opened.queue,
                database: opened.database,
            }),
        })
    }

    async fn on_stack(path: &Path) -> anyhow::Result<OpenRelay> {
        let opened = stack::open(path).await?;
        Ok(OpenRelay {
            ports: opened.ports,
            ingress_bucket: opened.ingress_bucket,
            results_bucket: opened.results_bucket,
            launcher: opened.launcher,
            place: Place::Stack(Box::new(opened.stack)),
        })
    }

    /// How many packages are processed at the same time.
    pub fn jobs(&self, asked: Option<u16>) -> usize {
        jobs_of(asked, self.configuration.jobs)
    }

    fn settings(&self, relay: &OpenRelay, command: &str) -> Settings {
        Settings {
            ingress_bucket: relay.ingress_bucket.clone(),
            results_bucket: relay.results_bucket.clone(),
            actor: format!("relay {command} {}", env!("CARGO_PKG_VERSION")),
            transform_threads: self.configuration.transform_threads,
            limits: self.configuration.limits.clone(),
        }
    }

    /// Takes files into the ingress store.
    pub fn intake(&self, relay: &OpenRelay, command: &str) -> Intake {
        Intake::new(&relay.ports, &self.settings(relay, command))
    }

    /// Decides on arrivals, in the name of this command.
    pub fn validation(&self, relay: &OpenRelay, command: &str) -> Validation {
        let settings = self.settings(relay, command);
        Validation::new(&relay.ports, Arc::clone(&relay.launcher), &settings)
    }

    /// Resumes what is stalled, in the name of this command.
    pub fn reconciliation(&self, relay: &OpenRelay, command: &str) -> Reconciliation {
        let settings = self.settings(relay, command);
        Reconciliation::new(&relay.ports, self.validation(relay, command), &settings)
    }

    /// Processes packages, in the name of this command: on premises only, where this process may have the token keys.
    pub fn processing(&self, relay: &OpenRelay, premises: &Premises, command: &str) -> anyhow::Result<Processing> {
        let token_keys = relay_onprem::token_keys(&premises.folder)?;
        let settings = self.settings(relay, command);
        Ok(Processing::new(&relay.ports, token_keys, &settings))
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
            .ports
            .trail_reader
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
}
