//! `relay check`: what the relay would decide about files, by the same rules, without keeping anything.

pub mod local;
mod verdict;

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::StreamExt;
use relay_model::{Organization, OrganizationId, OrganizationSettings, Timestamp};
use relay_pipeline::ports::OrganizationRegistry;
use relay_privacy::{TokenKey, Treater};
use relay_runtime::Configuration;

use self::verdict::{Checked, Checker, Decision};
use super::Outcome;
use super::org::read_settings;
use crate::args::{CheckArgs, Format};
use crate::context::{Context, Where};
use crate::output::{Output, human_bytes, tell};
use crate::progress;
use crate::reasons::print_reason;
use crate::sources::{SourceFile, Untaken, collect};

/// Stands for the organization when nobody says which sends the files: the rules on names want one.
const ANY_ORGANIZATION: &str = "any-organization";
/// Of one file, this many rows that are set aside are shown.
const SHOWN_BAD_ROWS_MAX: usize = 10;

pub async fn execute(
    location: Option<Where>,
    format: Format,
    configuration: Configuration,
    args: CheckArgs,
) -> anyhow::Result<Outcome> {
    if let Some(missing) = args.paths.iter().find(|path| !path.exists()) {
        return Ok(Outcome::WrongUsage(format!("there is no {}", missing.display())));
    }
    let settings = match args.settings.as_deref().map(read_settings).transpose() {
        Ok(settings) => settings,
        Err(error) => return Ok(Outcome::WrongUsage(relay_runtime::in_full(error.as_ref()))),
    };
    let output = Output::new(format);
    let jobs = configuration.jobs;
    let limits = configuration.limits.clone();
    let segment = args.org.clone().unwrap_or_else(|| ANY_ORGANIZATION.to_owned());
    let owner = match (&args.org, location) {
        (Some(id), Some(location)) => {
            let context = Context {
                location,
                format,
                configuration,
            };
            registered(context.open_existing().await?.registry.as_ref(), id).await?
        }
        (Some(id), None) => id.parse().ok().map(organization),
        (None, _) => Some(organization(ANY_ORGANIZATION.parse()?)),
    };
    let owner = owner.map(|mut owner| {
        owner.settings = settings.unwrap_or(owner.settings);
        owner
    });
    let (files, untaken) = files_of(&args.paths, &segment);
    let policy = owner
        .as_ref()
        .map(|owner| owner.settings.privacy.clone())
        .unwrap_or_default();
    // Tokens are forgotten with the rest, so that any key will do.
    let treater = Arc::new(Treater::new(policy, Some(TokenKey::new([0; 32])))?);
    let checker = Arc::new(Checker {
        segment,
        owner,
        limits,
        treater,
    });
    let judged = check_all(checker, files, jobs).await;
    for untaken in &untaken {
        tell(&format!("not checked: {}: {}", untaken.path.display(), untaken.why));
    }
    report(&output, &judged)?;
    let is_well = |judged: &Checked| matches!(judged.decision, Decision::Processed);
    Ok(Outcome::all_well_if(untaken.is_empty() && judged.iter().all(is_well)))
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

fn files_of(paths: &[PathBuf], segment: &str) -> (Vec<SourceFile>, Vec<Untaken>) {
    let (mut files, mut untaken) = (Vec::new(), Vec::new());
    for path in paths {
        let (found, refused) = collect(path, Some(segment));
        files.extend(found);
        untaken.extend(refused);
    }
    (files, untaken)
}

// Several at a time, in the order of the files.
async fn check_all(checker: Arc<Checker>, files: Vec<SourceFile>, jobs: Option<usize>) -> Vec<Checked> {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let bar = progress::bar(files.len() as u64, "files");
    let mut checks = futures_util::stream::iter(files)
        .map(|file| {
            let checker = Arc::clone(&checker);
            let path = file.path.clone();
            async move {
                let check = tokio::task::spawn_blocking(move || checker.check(&file)).await;
                check.unwrap_or_else(|error| Checked::unreadable(&path, error.to_string()))
            }
        })
        .buffered(jobs.unwrap_or_else(cores));
    let mut judged = Vec::new();
    while let Some(one) = checks.next().await {
        bar.inc(1);
        judged.push(one);
    }
    bar.finish_and_clear();
    judged
}

fn report(output: &Output, judged: &[Checked]) -> anyhow::Result<()> {
    if output.is_json() {
        return judged.iter().try_for_each(|judged| output.json(judged));
    }
    let rows = judged.iter().map(|judged| {
        vec![
            judged.decision.name().to_owned(),
            judged.file.escape_debug().to_string(),
            judged.size_bytes.map(human_bytes).unwrap_or_default(),
            judged.in_words(),
        ]
    });
    output.table(&["VERDICT", "FILE", "SIZE", "WHAT IT IS"], rows)?;
    for one in judged {
        explain(output, one)?;
    }
    let count = |name: &str| judged.iter().filter(|one| one.decision.name() == name).count();
    let names = ["processed", "rejected", "quarantined", "unreadable"];
    let counts: Vec<String> = names.iter().map(|name| format!("{} {name}", count(name))).collect();
    output.line(&format!("{} checked = {}", judged.len(), counts.join(" + ")))
}

fn explain(output: &Output, checked: &Checked) -> anyhow::Result<()> {
    let details = checked.details();
    match &checked.decision {
        Decision::Processed if checked.bad_rows.is_empty() && details.is_empty() => return Ok(()),
        Decision::Processed => output.line(&format!("\n{}", checked.file.escape_debug()))?,
        Decision::Rejected { reason } | Decision::Quarantined { reason } => {
            let (file, decision) = (checked.file.escape_debug(), checked.decision.name());
            output.line(&format!("\n{file}: would be {decision}, because {}", reason.text))?;
            print_reason(output, 2, reason.code.entry(), reason.rule.as_deref())?;
        }
        Decision::Unreadable { why } => {
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
