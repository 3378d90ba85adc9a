//! `relay audit verify`: believes nothing that is stored.

use anyhow::Context as _;
use relay_audit::{Finding, Problem, Verification, Verifier};
use relay_model::{ObjectVersion, PackageRecord, Sha256Digest};
use relay_pipeline::ports::{PackageQuery, PortErrorClass};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;

use super::Outcome;
use crate::args::VerifyArgs;
use crate::context::{Context, Found, OpenRelay};
use crate::output::Output;
use crate::progress::bar;

const PAGE_EVENTS: usize = 10_000;
const PAGE_PACKAGES: usize = 1_000;
const CHUNK_BYTES: usize = 256 * 1024;

#[derive(Serialize)]
struct Report {
    holds: bool,
    #[serde(flatten)]
    trails: Verification,
    objects_checked: Option<u64>,
    object_findings: Vec<ObjectFinding>,
}

#[derive(Serialize)]
struct ObjectFinding {
    package_id: Option<String>,
    object: ObjectVersion,
    text: String,
}

pub async fn verify(context: &Context, args: VerifyArgs) -> anyhow::Result<Outcome> {
    let relay = context.open_reading().await?;
    let only = match &args.package {
        None => None,
        Some(id) => match relay.find(id).await? {
            Found::One(record) => Some(*record),
            Found::NotOne(message) => return Ok(Outcome::WrongUsage(message)),
        },
    };
    if args.expect.is_some() && !relay.trail.log_is_sealed() {
        let message = "--expect needs a log whose order is fixed when an event is recorded; here it is the order of time, and an event recorded late comes to stand before others";
        return Ok(Outcome::WrongUsage(message.to_owned()));
    }
    let has_head = only_whole_log_has_a_head(only.is_some(), relay.trail.log_is_sealed());
    let mut verifier = Verifier::expecting(args.expect);
    if let Some(record) = &only {
        verifier = Verifier::of_one_trail();
        relay
            .trail
            .read(&record.package_id)
            .await?
            .iter()
            .for_each(|event| verifier.event(event));
        verifier.record(record);
    } else {
        read_log(&relay, &mut verifier).await?;
        each_record(&relay, async |record| {
            verifier.record(record);
            Ok(())
        })
        .await?;
        let registered = relay.registry.list().await?;
        verifier.organizations(&registered, relay.registry.may_lack_trails());
    }
    let (objects_checked, object_findings) = if args.objects {
        let (checked, findings) = check_objects(&relay, only.as_ref()).await?;
        (Some(checked), findings)
    } else {
        (None, Vec::new())
    };
    let trails = verifier.finish();
    let report = Report {
        holds: trails.holds() && object_findings.is_empty(),
        trails,
        objects_checked,
        object_findings,
    };
    print(&context.output(), &report, has_head)?;
    Ok(Outcome::all_well_if(report.holds))
}

async fn read_log(relay: &OpenRelay, verifier: &mut Verifier) -> anyhow::Result<()> {
    let mut after = 0;
    loop {
        let events = relay
            .trail
            .read_log(after, PAGE_EVENTS)
            .await
            .context("the audit trail could not be read")?;
        let Some(last) = events.last() else { return Ok(()) };
        after = last.position;
        for event in &events {
            verifier.event(event);
        }
    }
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
            .trail
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
    let progress = bar(relay.trail.counts().await?.received, "packages checked");
    let mut check = async |record: &PackageRecord| {
        let original = (&record.journey.object, record.sha256);
        let results = record
            .results
            .iter()
            .map(|result| (&result.object, Some(result.sha256)));
        for (object, expected) in std::iter::once(original).chain(results) {
            checked += 1;
            if let Some(text) = check_object(relay, object, expected).await? {
                let package_id = Some(record.package_id.to_string());
                findings.push(ObjectFinding {
                    package_id,
                    object: object.clone(),
                    text,
                });
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
    let mut reader = match relay.store.read(object, 0).await {
        Ok(reader) => reader,
        Err(error) if error.class() == PortErrorClass::NotFound => return Ok(Some("it is gone".to_owned())),
        Err(error) => return Ok(Some(relay_runtime::in_full(&error))),
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
            .store
            .list_versions(bucket, after.as_deref(), PAGE_PACKAGES)
            .await?;
        for version in page.versions {
            if relay.trail.record(&version.object.package_id()).await?.is_none() {
                let text = "it has no trail; the next relay run or serve takes it up".to_owned();
                findings.push(ObjectFinding {
                    package_id: None,
                    object: version.object,
                    text,
                });
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

// A head that may change without anybody having done wrong must not be noted down.
const fn only_whole_log_has_a_head(is_one_trail: bool, is_sealed: bool) -> bool {
    !is_one_trail && is_sealed
}

fn print(output: &Output, report: &Report, has_head: bool) -> anyhow::Result<()> {
    if output.is_json() {
        return output.json(report);
    }
    let trails = &report.trails;
    for finding in &trails.findings {
        output.line(&in_words(finding))?;
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
    let problem = match finding.problem {
        Problem::Changed => "changed",
        Problem::Dropped => "dropped",
        Problem::Swapped => "swapped",
        Problem::Added => "added",
        Problem::RecordDiffers => "record differs",
        Problem::HeadDiffers => "head differs",
        Problem::NotADuplicate => "not a duplicate",
        Problem::SettingsDiffer => "settings differ",
        Problem::SettingsUnknown => "settings unknown",
    };
    let package = finding.package_id.as_deref().unwrap_or("package not known");
    let seq = finding.seq.map_or_else(String::new, |seq| format!(", event {seq}"));
    let position = finding
        .position
        .map_or_else(String::new, |position| format!(", position {position} of the log"));
    format!("{problem}: {package}{seq}{position}: {}", finding.text)
}
