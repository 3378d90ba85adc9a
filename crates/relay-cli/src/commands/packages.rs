//! `relay packages list|show|explain`.

use anyhow::Context as _;
use relay_audit::{duplicates_in_words, summarize};
use relay_model::{Duplicate, DuplicateKind, PackageId, PackageRecord, ReasonCode, SealedEvent, Timestamp};
use relay_pipeline::ports::{DamagedTrail, PackageQuery};
use serde::Serialize;

use super::Outcome;
use crate::args::ListArgs;
use crate::context::{Context, Found, OpenRelay};
use crate::output::{Output, human_bytes, tell};
use crate::reasons::print_reason;

const PAGE_PACKAGES: usize = 1_000;

pub async fn list(context: &Context, args: ListArgs) -> anyhow::Result<Outcome> {
    let relay = context.open_reading().await?;
    if let Some(id) = &args.org
        && relay.ports.registry.get(id).await?.is_none()
    {
        return Ok(super::policy::not_registered(id));
    }
    let mut wanted = args.limit as usize;
    let mut query = PackageQuery {
        organization: args.org,
        state: args.state,
        since: args.since,
        until: args.until,
        file_name: args.filename,
        duplicates_only: args.duplicates,
        ..PackageQuery::default()
    };
    let output = context.output();
    let mut records = Vec::new();
    let mut damaged = Vec::new();
    let has_more = loop {
        query.limit = wanted.min(PAGE_PACKAGES);
        let page = relay.ports.trail_reader.list(&query).await?;
        wanted -= page.packages.len() + page.damaged.len();
        records.extend(page.packages);
        damaged.extend(page.damaged);
        match page.next {
            None => break false,
            Some(_) if wanted == 0 => break true,
            Some(next) => query.after = Some(next),
        }
    };
    let columns = if args.duplicates {
        Columns::AndDuplicates
    } else {
        Columns::Usual
    };
    print_table(&output, &records, &damaged, columns)?;
    if has_more && !output.is_json() {
        tell(&format!("There are more than {}: use --limit.", args.limit));
    }
    if !damaged.is_empty() {
        tell(&format!(
            "{} of these have a damaged trail: relay packages show says what is wrong, relay audit verify looks at everything.",
            damaged.len()
        ));
    }
    Ok(Outcome::AllWell)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Columns {
    Usual,
    AndDuplicates,
}

// A record as programs get it, with what people look packages up by under the names that the trail has for it on AWS.
#[derive(Serialize)]
struct Described<'a> {
    #[serde(flatten)]
    record: &'a PackageRecord,
    filename: &'a str,
    upload_timestamp: Timestamp,
}

impl<'a> Described<'a> {
    fn new(record: &'a PackageRecord) -> Self {
        Self {
            record,
            filename: record.trail_state.object.key.file_name(),
            upload_timestamp: record.received_at,
        }
    }
}

/// Packages as a table, or one JSON object a line.
pub fn print_records(output: &Output, records: &[PackageRecord]) -> anyhow::Result<()> {
    print_table(output, records, &[], Columns::Usual)
}

/// What stands for a state where there is none.
const DAMAGED: &str = "damaged";

// A package whose trail is damaged, as programs get it: told from the others by its state.
#[derive(Serialize)]
struct DescribedDamage<'a> {
    #[serde(flatten)]
    damaged: &'a DamagedTrail,
    state: &'static str,
}

impl<'a> DescribedDamage<'a> {
    const fn new(damaged: &'a DamagedTrail) -> Self {
        Self {
            damaged,
            state: DAMAGED,
        }
    }
}

fn print_table(
    output: &Output,
    records: &[PackageRecord],
    damaged: &[DamagedTrail],
    columns: Columns,
) -> anyhow::Result<()> {
    if output.is_json() {
        records
            .iter()
            .try_for_each(|record| output.json(&Described::new(record)))?;
        return damaged
            .iter()
            .try_for_each(|damaged| output.json(&DescribedDamage::new(damaged)));
    }
    if records.is_empty() && damaged.is_empty() {
        return output.line("No package fits.");
    }
    let unknown = || "?".to_owned();
    let damaged = damaged.iter().map(|damaged| {
        let under = damaged.organization.as_ref();
        vec![
            damaged.package_id.chars().take(SHORT_ID_CHARACTERS).collect(),
            DAMAGED.to_owned(),
            under.map_or_else(unknown, |organization| format!("{organization}/?")),
            unknown(),
            unknown(),
            damaged.damage.clone(),
        ]
    });
    let rows = records.iter().map(|record| {
        let mut row = vec![
            short_id(&record.package_id),
            record.state.to_string(),
            record.trail_state.object.key.to_string(),
            record.size_bytes.map_or_else(|| "?".to_owned(), human_bytes),
            record.received_at.to_string(),
            record
                .contents
                .map_or_else(|| "-".to_owned(), |contents| contents.to_string()),
            record.reason.map_or_else(String::new, |reason| reason.to_string()),
        ];
        if columns == Columns::AndDuplicates {
            let duplicates: Vec<String> = record.duplicates.known().iter().map(in_short).collect();
            row.push(duplicates.join(", "));
        }
        row
    });
    let mut header = vec!["PACKAGE", "STATE", "KEY", "SIZE", "RECEIVED", "CONTENTS", "REASON"];
    if columns == Columns::AndDuplicates {
        header.push("DUPLICATE OF");
    }
    output.table(&header, rows.chain(damaged))
}

const SHORT_ID_CHARACTERS: usize = 16;

fn short_id(package_id: &PackageId) -> String {
    package_id.as_str().chars().take(SHORT_ID_CHARACTERS).collect()
}

fn in_short(duplicate: &Duplicate) -> String {
    let how = match duplicate.kind {
        DuplicateKind::SameBytes => "same bytes, other name",
        DuplicateKind::SameNameOtherBytes => "same name, other bytes",
        DuplicateKind::SameNameSameBytes => "same name and bytes",
    };
    format!("{} ({how})", short_id(&duplicate.of))
}

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    described: Described<'a>,
    trail: Vec<&'a relay_model::AuditEvent>,
}

pub async fn show(context: &Context, id: &str) -> anyhow::Result<Outcome> {
    let relay = context.open_reading().await?;
    let record = match relay.find(id).await? {
        Found::One(record) => *record,
        Found::Damaged(damaged) => return show_damaged(context, &relay, &damaged).await,
        Found::NotOne(message) => return Ok(Outcome::WrongUsage(message)),
    };
    let trail = read_trail(&relay, &record).await?;
    let output = context.output();
    if output.is_json() {
        let trail = trail.iter().map(SealedEvent::event).collect();
        let described = Described::new(&record);
        output.json(&Shown { described, trail })?;
        return Ok(Outcome::AllWell);
    }
    print_custody(&output, &record)?;
    print_results(&output, &record)?;
    output.line("\nTrail")?;
    let rows = trail.iter().map(|sealed| {
        let event = sealed.event();
        let kind = event.body.kind().to_string();
        vec![
            event.seq.to_string(),
            event.at.to_string(),
            kind,
            event.actor.clone(),
            sealed.hash().to_string(),
        ]
    });
    output.table(&["SEQ", "AT", "KIND", "ACTOR", "HASH"], rows)?;
    Ok(Outcome::AllWell)
}

#[derive(Serialize)]
struct ShownDamage<'a> {
    #[serde(flatten)]
    described: DescribedDamage<'a>,
    trail: Vec<StoredPlace>,
}

// An event of a damaged trail: where it stands, and what can be read of it.
#[derive(Serialize)]
struct StoredPlace {
    seq: u64,
    kind: Option<&'static str>,
    hash: relay_model::Sha256Digest,
}

// What is there of a package without a record. Of the events nothing is shown that somebody may have chosen.
async fn show_damaged(context: &Context, relay: &OpenRelay, damaged: &DamagedTrail) -> anyhow::Result<Outcome> {
    let stored = match damaged.package_id.parse::<PackageId>() {
        Ok(package_id) => relay.ports.trail_reader.read(&package_id).await?,
        Err(_) => Vec::new(),
    };
    let trail = stored.iter().map(|event| StoredPlace {
        seq: event.seq,
        kind: SealedEvent::from_canonical(&event.canonical)
            .ok()
            .map(|sealed| sealed.event().body.kind().name()),
        hash: event.hash,
    });
    let output = context.output();
    if output.is_json() {
        output.json(&ShownDamage {
            described: DescribedDamage::new(damaged),
            trail: trail.collect(),
        })?;
        return Ok(Outcome::NotAllWell);
    }
    let organization = damaged.organization.as_deref().unwrap_or("not known");
    for (name, value) in [
        ("Package", damaged.package_id.as_str()),
        ("State", DAMAGED),
        ("Organization", organization),
        ("Damage", &damaged.damage),
        (
            "What to do",
            "relay audit verify says what else is damaged; docs/SECURITY.md, \"A forged item\", how it is taken away",
        ),
    ] {
        output.line(&format!("{name:<14}{value}"))?;
    }
    output.line("\nTrail")?;
    let rows = trail.map(|place| {
        let kind = place.kind.unwrap_or("not readable").to_owned();
        vec![place.seq.to_string(), kind, place.hash.to_string()]
    });
    output.table(&["SEQ", "KIND", "HASH"], rows)?;
    Ok(Outcome::NotAllWell)
}

fn print_custody(output: &Output, record: &PackageRecord) -> anyhow::Result<()> {
    let object = &record.trail_state.object;
    let unknown = || "not known".to_owned();
    let organization = record
        .organization
        .as_ref()
        .map_or_else(|| "none is registered for it".to_owned(), ToString::to_string);
    let concluded = record
        .concluded_at
        .map_or_else(|| "not yet".to_owned(), |at| at.to_string());
    let mut lines = vec![
        ("Package", record.package_id.to_string()),
        ("State", summarize(record)),
        ("Organization", organization),
        ("Key", object.key.to_string()),
        ("Version", format!("{} in {}", object.version_id, object.bucket)),
        (
            "Size",
            record.size_bytes.map_or_else(unknown, |bytes| format!("{bytes} bytes")),
        ),
        ("SHA-256", record.sha256.map_or_else(unknown, |hash| hash.to_string())),
        (
            "Contents",
            record
                .contents
                .map_or_else(|| "-".to_owned(), |contents| contents.to_string()),
        ),
        ("Received", record.received_at.to_string()),
        ("Concluded", concluded),
        ("Attempts", record.trail_state.attempts.to_string()),
    ];
    if let Some(reason) = record.reason {
        lines.push(("Reason", reason.to_string()));
    }
    lines.extend(
        duplicates_in_words(&record.duplicates)
            .into_iter()
            .map(|sentence| ("Duplicate", sentence)),
    );
    for (name, value) in lines {
        output.line(&format!("{name:<14}{value}"))?;
    }
    Ok(())
}

fn print_results(output: &Output, record: &PackageRecord) -> anyhow::Result<()> {
    if !record.results.is_empty() {
        output.line("\nResults")?;
        let rows = record.results.iter().map(|result| {
            vec![
                result.name.clone(),
                human_bytes(result.size_bytes),
                result.sha256.to_string(),
            ]
        });
        output.table(&["NAME", "SIZE", "SHA-256"], rows)?;
    }
    if let Some(table) = &record.table {
        let origin = if table.schema_declared { "declared" } else { "inferred" };
        output.line(&format!(
            "\nTable: {} rows, {} bad rows, {} columns ({origin})",
            table.rows,
            table.bad_rows,
            table.columns.len()
        ))?;
        let rows = table.columns.iter().map(|column| {
            vec![
                column.name.clone(),
                column.field_type.name().to_owned(),
                column.missing.to_string(),
            ]
        });
        output.table(&["COLUMN", "TYPE", "MISSING"], rows)?;
    }
    Ok(())
}

/// A time and the two blanks after it.
const WHEN_CHARACTERS: usize = 26;

#[derive(Serialize)]
struct Explained<'a> {
    package_id: &'a PackageId,
    state: relay_model::PackageState,
    summary: String,
    decisions: Vec<relay_audit::Explanation>,
}

pub async fn explain(context: &Context, id: &str) -> anyhow::Result<Outcome> {
    let relay = context.open_reading().await?;
    let record = match relay.find(id).await? {
        Found::One(record) => *record,
        Found::Damaged(damaged) => return show_damaged(context, &relay, &damaged).await,
        Found::NotOne(message) => return Ok(Outcome::WrongUsage(message)),
    };
    let trail = read_trail(&relay, &record).await?;
    let explained = Explained {
        package_id: &record.package_id,
        state: record.state,
        summary: summarize(&record),
        decisions: relay_audit::explain(&trail),
    };
    let output = context.output();
    if output.is_json() {
        output.json(&explained)?;
        return Ok(Outcome::AllWell);
    }
    output.line(&format!("{} ({})", record.trail_state.object.key, record.package_id))?;
    output.line(&explained.summary)?;
    for decision in &explained.decisions {
        output.line(&format!("\n{}  {}", decision.at, decision.what))?;
        let code = decision
            .code
            .as_deref()
            .and_then(|code| code.parse::<ReasonCode>().ok());
        if let Some(code) = code {
            print_reason(&output, WHEN_CHARACTERS, code.entry(), decision.particular.as_deref())?;
        }
        if let Some(version) = decision.settings_version {
            let organization = record.organization.as_ref().map_or("ID", |id| id.as_str());
            output.line(&format!(
                "{:WHEN_CHARACTERS$}Settings: version {}; see relay org history {organization}",
                "", version.seq
            ))?;
        }
        for detail in &decision.details {
            output.line(&format!("{:WHEN_CHARACTERS$}{detail}", ""))?;
        }
    }
    Ok(Outcome::AllWell)
}

async fn read_trail(relay: &OpenRelay, record: &PackageRecord) -> anyhow::Result<Vec<SealedEvent>> {
    let stored = relay.ports.trail_reader.read(&record.package_id).await?;
    stored
        .iter()
        .map(|event| SealedEvent::from_canonical(&event.canonical))
        .collect::<Result<_, _>>()
        .with_context(|| format!("the trail of {} is damaged; see relay audit verify", record.package_id))
}
