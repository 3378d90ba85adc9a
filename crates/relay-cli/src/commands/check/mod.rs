//! `relay check`: what the relay would decide about files, by the same rules, without keeping anything.

pub mod local;
mod verdict;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::StreamExt;
use relay_model::{Limits, ObjectKey, Organization, OrganizationId, OrganizationSettings, Timestamp, error_chain};
use relay_pipeline::ports::OrganizationRegistry;
use relay_privacy::{Redactor, TokenKey};
use relay_runtime::Configuration;

use self::verdict::{Checked, Checker, Verdict};
use super::Outcome;
use super::org::read_settings;
use crate::args::{CheckArgs, Format};
use crate::context::{Context, OpenRelay, Where};
use crate::output::{Output, human_bytes, tell};
use crate::progress::Progress;
use crate::reasons::print_reason;
use crate::sources::{Found, Source, read_paths, refuse_data_folders};

/// Stands for the organization when nobody says which sends the files: the rules on names want one.
const ANY_ORGANIZATION: &str = "any-organization";
/// Of one file, this many rows that are set aside are shown.
const SHOWN_BAD_ROWS_MAX: usize = 10;
/// So many files are shown in one table, with what is to be said of them below it.
const SHOWN_TOGETHER_MAX: usize = 500;

pub async fn execute(
    location: Option<Where>,
    format: Format,
    configuration: Configuration,
    args: CheckArgs,
) -> anyhow::Result<Outcome> {
    if let Some(missing) = args.paths.iter().find(|path| !path.exists()) {
        return Ok(Outcome::WrongUsage(format!("there is no {}", missing.display())));
    }
    if let Err(message) = refuse_data_folders(&args.paths) {
        return Ok(Outcome::WrongUsage(message));
    }
    let settings = match args.settings.as_deref().map(read_settings).transpose() {
        Ok(settings) => settings,
        Err(error) => return Ok(Outcome::WrongUsage(error_chain(error.as_ref()))),
    };
    let jobs = configuration.jobs;
    let mut checkers = Checkers {
        limits: configuration.limits.clone(),
        settings,
        owners: BTreeMap::new(),
        known: HashMap::new(),
    };
    let sources = match (&args.org, location) {
        (Some(id), location) => {
            let owner = match location {
                Some(location) => {
                    let relay = open(location, format, configuration).await?;
                    registered(relay.ports.registry.as_ref(), id).await?
                }
                None => id.parse().ok().map(organization),
            };
            checkers.owners.extend(owner.map(|owner| (id.clone(), owner)));
            args.paths.iter().map(|path| Source::sent_by(path, id)).collect()
        }
        // As relay run would read them, by who is registered.
        (None, Some(location)) => {
            let asked = async {
                anyhow::Ok(
                    open(location, format, configuration)
                        .await?
                        .ports
                        .registry
                        .list()
                        .await?,
                )
            };
            match asked.await {
                Ok(organizations) => {
                    let owners = organizations.into_iter().map(|owner| (owner.id.to_string(), owner));
                    checkers.owners.extend(owners);
                    let registered: BTreeSet<String> = checkers.owners.keys().cloned().collect();
                    match read_paths(&args.paths, &registered, "relay run") {
                        Ok(sources) => sources,
                        Err(message) => {
                            tell(&format!(
                                "relay run would take none of it: {message}\nHere it is judged by the rules that hold for everybody, as if one organization sent all of it."
                            ));
                            checkers.sent_by_anybody(&args.paths)?
                        }
                    }
                }
                Err(error) => {
                    tell(&format!(
                        "the relay could not be asked who is registered ({}): what follows is by the rules that hold for everybody",
                        error_chain(error.as_ref())
                    ));
                    checkers.sent_by_anybody(&args.paths)?
                }
            }
        }
        (None, None) => checkers.sent_by_anybody(&args.paths)?,
    };
    let mut report = Report::new(Output::new(format));
    check_all(checkers, sources, jobs, &mut report).await?;
    report.finish()
}

async fn open(location: Where, format: Format, configuration: Configuration) -> anyhow::Result<OpenRelay> {
    let context = Context {
        location,
        format,
        configuration,
    };
    context.open_reading().await
}

async fn registered(registry: &dyn OrganizationRegistry, id: &str) -> anyhow::Result<Option<Organization>> {
    match id.parse::<OrganizationId>() {
        Ok(id) => Ok(registry.get(&id).await?),
        Err(_) => Ok(None),
    }
}

// As if it were registered: without a relay nobody knows better.
fn organization(id: OrganizationId) -> Organization {
    Organization {
        id,
        enabled: true,
        added_at: Timestamp::EPOCH,
        settings: OrganizationSettings::default(),
        version: None,
    }
}

// Who judges the files of which organization.
struct Checkers {
    limits: Limits,
    // Instead of those of the organization.
    settings: Option<OrganizationSettings>,
    owners: BTreeMap<String, Organization>,
    known: HashMap<String, Arc<Checker>>,
}

impl Checkers {
    fn sent_by_anybody(&mut self, paths: &[PathBuf]) -> anyhow::Result<Vec<Source>> {
        let anybody = organization(ANY_ORGANIZATION.parse()?);
        self.owners.insert(ANY_ORGANIZATION.to_owned(), anybody);
        Ok(paths
            .iter()
            .map(|path| Source::sent_by(path, ANY_ORGANIZATION))
            .collect())
    }

    // By the first segment of a key. Of whoever is not registered nothing is kept: there may be any number of them.
    fn of(&mut self, key: &ObjectKey) -> anyhow::Result<Arc<Checker>> {
        let segment = key
            .as_str()
            .split_once('/')
            .map_or(key.as_str(), |(segment, _)| segment);
        if let Some(known) = self.known.get(segment) {
            return Ok(Arc::clone(known));
        }
        let owner = self.owners.get(segment).cloned().map(|mut owner| {
            owner.settings = self.settings.clone().unwrap_or(owner.settings);
            owner
        });
        let is_registered = owner.is_some();
        let policy = owner
            .as_ref()
            .map(|owner| owner.settings.privacy.clone())
            .unwrap_or_default();
        let checker = Arc::new(Checker {
            owner,
            limits: self.limits.clone(),
            // Tokens are forgotten with the rest, so that any key will do.
            redactor: Arc::new(Redactor::new(policy, Some(TokenKey::new([0; 32])))?),
        });
        if is_registered {
            self.known.insert(segment.to_owned(), Arc::clone(&checker));
        }
        Ok(checker)
    }
}

// Several at a time, in the order of the files.
async fn check_all(
    mut checkers: Checkers,
    sources: Vec<Source>,
    jobs: Option<usize>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let progress = Progress::new("files");
    progress.count_in_background(&sources);
    let found = sources.iter().flat_map(|source| {
        // Where several organizations send, a file is named with its own.
        let names_organization = source.organization.is_none();
        source.files().map(move |found| (found, names_organization))
    });
    let mut checks = futures_util::stream::iter(found)
        .map(|(found, names_organization)| {
            let file = match found {
                Found::File(file) => Ok((checkers.of(&file.key), file)),
                Found::Folder(_) => Err(None),
                Found::Untaken(untaken) => Err(Some(format!(
                    "not checked: {}: {}",
                    untaken.path.display(),
                    untaken.why
                ))),
                Found::DataFolder(found) => {
                    progress.tell(&found.in_words());
                    Err(None)
                }
            };
            async move {
                let (checker, file) = match file {
                    Ok((checker, file)) => (checker?, file),
                    Err(refused) => return anyhow::Ok(Err(refused)),
                };
                let path = file.path.clone();
                let check = tokio::task::spawn_blocking(move || checker.check(&file, names_organization)).await;
                Ok(Ok(
                    check.unwrap_or_else(|error| Checked::unreadable(&path, error.to_string()))
                ))
            }
        })
        .buffered(jobs.unwrap_or_else(cores));
    while let Some(check) = checks.next().await {
        match check? {
            Ok(checked) => {
                progress.found();
                progress.step();
                report.take(checked)?;
            }
            Err(Some(refused)) => {
                report.unchecked += 1;
                progress.tell(&refused);
            }
            Err(None) => {}
        }
    }
    progress.finish();
    Ok(())
}

// What is shown, and the sum. Of many files so many at a time are a table, and none of them is kept.
struct Report {
    output: Output,
    shown_next: Vec<Checked>,
    counts: BTreeMap<&'static str, u64>,
    checked: u64,
    unchecked: u64,
}

impl Report {
    fn new(output: Output) -> Self {
        Self {
            output,
            shown_next: Vec::new(),
            counts: BTreeMap::new(),
            checked: 0,
            unchecked: 0,
        }
    }

    fn take(&mut self, checked: Checked) -> anyhow::Result<()> {
        self.checked += 1;
        *self.counts.entry(checked.verdict.name()).or_default() += 1;
        if self.output.is_json() {
            return self.output.json(&checked);
        }
        self.shown_next.push(checked);
        if self.shown_next.len() >= SHOWN_TOGETHER_MAX {
            self.show()?;
        }
        Ok(())
    }

    fn show(&mut self) -> anyhow::Result<()> {
        let rows = self.shown_next.iter().map(|judged| {
            vec![
                judged.verdict.name().to_owned(),
                judged.file.escape_debug().to_string(),
                judged.size_bytes.map(human_bytes).unwrap_or_default(),
                judged.in_words(),
            ]
        });
        self.output.table(&["VERDICT", "FILE", "SIZE", "WHAT IT IS"], rows)?;
        for one in &self.shown_next {
            explain(&self.output, one)?;
        }
        self.shown_next.clear();
        Ok(())
    }

    fn finish(mut self) -> anyhow::Result<Outcome> {
        let count = |name: &str| self.counts.get(name).copied().unwrap_or_default();
        let all_well = self.unchecked == 0 && count("processed") == self.checked;
        if !self.output.is_json() {
            let names = ["processed", "rejected", "quarantined", "unreadable"];
            let counts: Vec<String> = names.iter().map(|name| format!("{} {name}", count(name))).collect();
            if !self.shown_next.is_empty() || self.checked == 0 {
                self.show()?;
            }
            self.output
                .line(&format!("{} checked = {}", self.checked, counts.join(" + ")))?;
        }
        Ok(Outcome::all_well_if(all_well))
    }
}

fn explain(output: &Output, checked: &Checked) -> anyhow::Result<()> {
    let details = checked.details();
    match &checked.verdict {
        Verdict::Processed if checked.bad_rows.is_empty() && details.is_empty() => return Ok(()),
        Verdict::Processed => output.line(&format!("\n{}", checked.file.escape_debug()))?,
        Verdict::Rejected { reason } | Verdict::Quarantined { reason } => {
            let (file, decision) = (checked.file.escape_debug(), checked.verdict.name());
            output.line(&format!("\n{file}: would be {decision}, because {}", reason.text))?;
            print_reason(output, 2, reason.code.entry(), reason.rule.as_deref())?;
        }
        Verdict::Unreadable { why } => {
            output.line(&format!("\n{}: could not be read: {why}", checked.file.escape_debug()))?;
        }
    }
    for detail in details {
        output.line(&format!("  {detail}"))?;
    }
    for row in checked.bad_rows.iter().take(SHOWN_BAD_ROWS_MAX) {
        output.line(&format!("  Row set aside: {row}"))?;
    }
    if checked.bad_rows.len() > SHOWN_BAD_ROWS_MAX {
        output.line("  and more: --format json lists them")?;
    }
    Ok(())
}
