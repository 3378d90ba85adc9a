//! `relay audit verify`: believes nothing that is stored.

use std::path::PathBuf;

use anyhow::Context as _;
use relay_audit::{AuditReport, Finding, ObjectFinding, Verifier};
use relay_model::{ObjectVersion, PackageRecord, Sha256Digest, error_chain};
use relay_onprem::AuditRequest;
use relay_pipeline::auditing::verify_trails;
use relay_pipeline::ports::{Clock, PackageQuery, PortErrorClass, SystemClock};
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;

use super::Outcome;
use crate::args::VerifyArgs;
use crate::context::{Context, Found, OpenRelay, Where, damage_in_words};
use crate::output::Output;
use crate::progress::bar;

const PAGE_PACKAGES: usize = 1_000;
const CHUNK_BYTES: usize = 256 * 1024;

pub async fn verify(context: &Context, args: VerifyArgs) -> anyhow::Result<Outcome> {
    match &context.location {
        Where::Folder(path) => verify_folder(context, path.clone(), args).await,
        Where::Stack(_) => verify_stack(context, args).await,
    }
}

// A folder is opened by verification itself: whatever cannot be opened in it is a finding, and nothing in it is changed.
async fn verify_folder(context: &Context, path: PathBuf, args: VerifyArgs) -> anyhow::Result<Outcome> {
    let only = match &args.package {
        None => None,
        Some(id) => match context.open_reading().await?.find(id).await? {
            Found::One(record) => Some(record.package_id),
            // The id that it is filed under is enough to look at its events.
            Found::Damaged(damaged) => match damaged.package_id.parse() {
                Ok(package_id) => Some(package_id),
                Err(_) => anyhow::bail!("{}, which looks at all packages", damage_in_words(&damaged)),
            },
            Found::NotOne(message) => return Ok(Outcome::WrongUsage(message)),
        },
    };
    let is_whole = only.is_none();
    let request = AuditRequest {
        only,
        objects: args.objects,
        expected: args.expect,
    };
    let progress = bar(0, "packages checked");
    let shown = progress.clone();
    let work = move || {
        relay_onprem::audit(&path, &request, &mut |done, total| {
            shown.set_length(total);
            shown.set_position(done);
        })
    };
    let report = tokio::task::spawn_blocking(work)
        .await
        .context("the verification ended by a defect of its own")??;
    progress.finish_and_clear();
    print(&context.output(), &report, is_whole)?;
    Ok(Outcome::all_well_if(report.holds))
}

async fn verify_stack(context: &Context, args: VerifyArgs) -> anyhow::Result<Outcome> {
    let relay = context.open_reading().await?;
    let only = match &args.package {
        None => None,
        Some(id) => match relay.find(id).await? {
            Found::One(record) => Some(*record),
            // Without a record its events are all that can be looked at, and they are in the log.
            Found::Damaged(damaged) => anyhow::bail!("{}, which looks at all packages", damage_in_words(&damaged)),
            Found::NotOne(message) => return Ok(Outcome::WrongUsage(message)),
        },
    };
    if args.expect.is_some() {
        let message = "--expect needs a log whose order is fixed when an event is recorded; here it is the order of time, and an event recorded late comes to stand before others";
        return Ok(Outcome::WrongUsage(message.to_owned()));
    }
    let trails = if let Some(record) = &only {
        let mut verifier = Verifier::of_one_trail();
        let events = relay.ports.trail_reader.read(&record.package_id).await?;
        for event in &events {
            verifier.event(event);
        }
        verifier.finish()
    } else {
        let verified = verify_trails(
            relay.ports.trail_reader.as_ref(),
            relay.ports.registry.as_ref(),
            args.expect,
            SystemClock.now(),
        );
        verified.await.context("the audit trail could not be read")?
    };
    let objects = if args.objects {
        Some(check_objects(&relay, only.as_ref()).await?)
    } else {
        None
    };
    let report = AuditReport::new(trails, objects);
    // The log is in the order of time: a head that may change without anybody having done wrong must not be noted down.
    print(&context.output(), &report, false)?;
    Ok(Outcome::all_well_if(report.holds))
}

async fn each_record(
    relay: &OpenRelay,
    mut visit: impl AsyncFnMut(&PackageRecord) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut query = PackageQuery {
        limit: PAGE_PACKAGES,
        ..PackageQuery::default()
    };
    loop {
        let page = relay
            .ports
            .trail_reader
            .list(&query)
            .await
            .context("the packages could not be listed")?;
        for record in &page.packages {
            visit(record).await?;
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(()),
        }
    }
}

async fn check_objects(relay: &OpenRelay, only: Option<&PackageRecord>) -> anyhow::Result<(u64, Vec<ObjectFinding>)> {
    let mut findings = Vec::new();
    let mut checked = 0;
    let progress = bar(relay.ports.trail_reader.counts().await?.received, "packages checked");
    let mut check = async |record: &PackageRecord| {
        let original = (&record.trail_state.object, record.sha256);
        let results = record
            .results
            .iter()
            .map(|result| (&result.object, Some(result.sha256)));
        for (object, expected) in std::iter::once(original).chain(results) {
            checked += 1;
            if let Some(text) = check_object(relay, object, expected).await? {
                let package_id = Some(record.package_id.to_string());
                findings.push(ObjectFinding::new(package_id, object.clone(), text));
            }
        }
        progress.inc(1);
        Ok(())
    };
    match only {
        Some(record) => check(record).await?,
        None => each_record(relay, check).await?,
    }
    progress.finish_and_clear();
    if only.is_none() {
        find_originals_without_trail(relay, &mut findings).await?;
    }
    Ok((checked, findings))
}

// What is wrong with a stored object, if anything is.
async fn check_object(
    relay: &OpenRelay,
    object: &ObjectVersion,
    expected: Option<Sha256Digest>,
) -> anyhow::Result<Option<String>> {
    let mut reader = match relay.ports.store.read(object, 0).await {
        Ok(reader) => reader,
        Err(error) if error.class() == PortErrorClass::NotFound => return Ok(Some("it is gone".to_owned())),
        Err(error) => return Ok(Some(error_chain(&error))),
    };
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match reader.read(&mut chunk).await {
            Ok(0) => break,
            Ok(read) => hasher.update(&chunk[..read]),
            Err(error) => return Ok(Some(format!("it could not be read: {error}"))),
        }
    }
    let found = Sha256Digest::from_bytes(hasher.finalize().into());
    Ok(match expected {
        Some(expected) if expected != found => Some(format!("it has SHA-256 {found}, {expected} was recorded")),
        _ => None,
    })
}

async fn find_originals_without_trail(relay: &OpenRelay, findings: &mut Vec<ObjectFinding>) -> anyhow::Result<()> {
    let bucket = &relay.ingress_bucket;
    let mut after: Option<String> = None;
    loop {
        let page = relay
            .ports
            .store
            .list_versions(bucket, after.as_deref(), PAGE_PACKAGES)
            .await?;
        for version in page.versions {
            let text = match relay.ports.trail_reader.record(&version.object.package_id()).await {
                Ok(Some(_)) => None,
                Ok(None) => Some("it has no trail; relay reconcile takes it up".to_owned()),
                // One that is damaged is no reason not to look at the others.
                Err(error) if error.class() == PortErrorClass::Permanent => Some(error.to_string()),
                Err(error) => return Err(error.into()),
            };
            if let Some(text) = text {
                findings.push(ObjectFinding::new(None, version.object, text));
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

fn print(output: &Output, report: &AuditReport, has_head: bool) -> anyhow::Result<()> {
    if output.is_json() {
        return output.json(report);
    }
    let trails = &report.trails;
    for finding in &trails.findings {
        output.line(&in_words(finding))?;
        output.line(&format!("    What to do: {}.", finding.remedy))?;
    }
    if trails.findings_total > trails.findings.len() as u64 {
        output.line(&format!(
            "… and {} more findings",
            trails.findings_total - trails.findings.len() as u64
        ))?;
    }
    for finding in &report.object_findings {
        let package = finding.package_id.as_deref().unwrap_or("no package");
        output.line(&format!(
            "{package}: object {} in {}: {}",
            finding.object.key, finding.object.bucket, finding.text
        ))?;
        output.line(&format!("    What to do: {}.", finding.remedy))?;
    }
    let verdict = if report.holds {
        "The audit trail holds"
    } else {
        "THE AUDIT TRAIL DOES NOT HOLD"
    };
    let objects = report
        .objects_checked
        .map_or_else(String::new, |checked| format!(", {checked} stored objects read"));
    let organizations = match trails.organizations {
        0 => String::new(),
        1 => " and 1 organization".to_owned(),
        organizations => format!(" and {organizations} organizations"),
    };
    output.line(&format!(
        "{verdict}: {} events of {} packages{organizations} checked, {} in flight{objects}.",
        trails.events, trails.packages, trails.in_flight
    ))?;
    if trails.organizations_without_trail > 0 {
        output.line(&format!(
            "Organizations registered by something that keeps no trail: {}. Their settings are not covered; relay org add ID records them.",
            trails.organizations_without_trail
        ))?;
    }
    if has_head {
        output.line(&format!("Head of the log: {}", trails.head))?;
    }
    Ok(())
}

fn in_words(finding: &Finding) -> String {
    let package = finding.package_id.as_deref().or(finding.place.as_deref());
    let place = finding.package_id.as_ref().and(finding.place.as_ref());
    let place = place.map_or_else(String::new, |place| format!(", {place}"));
    let seq = finding.seq.map_or_else(String::new, |seq| format!(", event {seq}"));
    let position = finding
        .position
        .map_or_else(String::new, |position| format!(", position {position} of the log"));
    format!(
        "{}: {}{place}{seq}{position}: {}",
        finding.problem.name(),
        visible(package.unwrap_or("package not known")),
        visible(&finding.text)
    )
}

// What stands in a damaged folder may be anything: nothing of it moves a terminal's cursor.
fn visible(text: &str) -> String {
    let shown = |letter: char| {
        if letter.is_control() {
            letter.escape_unicode().to_string()
        } else {
            letter.to_string()
        }
    };
    text.chars().map(shown).collect()
}
