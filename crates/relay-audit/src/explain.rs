//! A trail in plain English: each decision, the rule behind it, and what to do.

use relay_model::{
    ArchiveSummary, ArrivalSource, Duplicate, Duplicates, EventBody, PackageRecord, PackageState, Reason, ResultObject,
    SealedEvent, StandardOutcome, TableSummary, Timestamp, TrailHead,
};
use serde::Serialize;

use crate::details::details_in_words;
use crate::personal::personal_in_words;

/// One decision, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub what: String,
    /// The rule that decided, where one did.
    pub rule: Option<String>,
    /// The code of that rule.
    pub code: Option<String>,
    /// The rule in particular, by its name, where the code stands for many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub particular: Option<String>,
    /// What to do about it.
    pub remedy: Option<String>,
    /// Under which settings of the organization it was decided, where settings matter and have a trail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings_version: Option<TrailHead>,
    /// What was found besides, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

/// Explains a trail, event by event.
pub fn explain(trail: &[SealedEvent]) -> Vec<Explanation> {
    trail.iter().map(explain_event).collect()
}

/// Where the package stands, in one sentence.
pub fn summarize(record: &PackageRecord) -> String {
    let reason = record.reason_text.as_deref().unwrap_or("no reason was recorded");
    match record.state {
        PackageState::Processed => match &record.table {
            Some(table) => format!("Processed: {}.", table_in_words(table)),
            None if record.results.len() == 1 && record.results[0].name == "data.bin" => {
                let contents = record
                    .contents
                    .map_or_else(String::new, |contents| format!(" ({contents})"));
                format!("Processed: the bytes were checked and kept as they are{contents}.")
            }
            None => format!(
                "Processed: an archive, checked from its first byte to its last; {} results.",
                record.results.len()
            ),
        },
        PackageState::Rejected => format!("Rejected, because {reason}."),
        PackageState::Quarantined => format!("Quarantined, because {reason}. The original is kept, unchanged."),
        PackageState::Failed => format!("Failed, because {reason}. The package itself was not judged; replay it."),
        PackageState::InFlight => "In flight: it has no conclusion yet.".to_owned(),
    }
}

fn explain_event(sealed: &SealedEvent) -> Explanation {
    let event = sealed.event();
    let plain = |what: String| Explanation {
        at: event.at,
        what,
        rule: None,
        code: None,
        particular: None,
        remedy: None,
        settings_version: event.body.settings_version(),
        details: Vec::new(),
    };
    let decided = |what: String, reason: &Reason| {
        let entry = reason.code.entry();
        Explanation {
            at: event.at,
            what: format!("{what}: {}", reason.text),
            rule: Some(entry.rule.to_owned()),
            code: Some(entry.name.to_owned()),
            particular: reason.rule.clone(),
            remedy: Some(entry.remedy.to_owned()),
            settings_version: event.body.settings_version(),
            details: Vec::new(),
        }
    };
    match &event.body {
        EventBody::Received { size_bytes, source, .. } => {
            let size = size_bytes.map_or_else(|| "of unknown size".to_owned(), |bytes| format!("{bytes} bytes"));
            plain(format!("Received: {size}, {}.", source_in_words(*source)))
        }
        EventBody::Accepted { content, .. } => plain(format!(
            "Accepted: the name is safe, the organization is registered and enabled, and the envelope is in order ({content})."
        )),
        EventBody::Rejected { reason, .. } => decided("Rejected".to_owned(), reason),
        EventBody::Started { attempt } => plain(format!("Attempt {attempt} began.")),
        EventBody::Released { attempt } => plain(format!(
            "Attempt {attempt} was put back when the relay was shut down; that does not count against it."
        )),
        EventBody::AttemptFailed { attempt, reason } => {
            decided(format!("Attempt {attempt} failed on our side"), reason)
        }
        EventBody::Processed {
            table, archive, opaque, ..
        } => {
            let mut explanation = plain(processed_in_words(&event.body));
            explanation.details = details_in_words(table.as_ref(), opaque.as_deref(), archive.as_deref());
            explanation
        }
        EventBody::Quarantined {
            reason,
            table,
            archive,
            opaque,
            duplicates,
            ..
        } => {
            let mut explanation = decided("Quarantined".to_owned(), reason);
            if let Some(archive) = archive {
                explanation.what = format!("{} ({})", explanation.what, archive_in_words(archive));
            }
            explanation.what.push_str(&told(duplicates));
            explanation.details = details_in_words(table.as_ref(), opaque.as_deref(), archive.as_deref());
            explanation
        }
        EventBody::Failed { reason, .. } => decided("Failed, through no fault of the package".to_owned(), reason),
        EventBody::ReplayRequested { by } => plain(format!("Taken up again: {by} asked for a replay.")),
    }
}

fn processed_in_words(body: &EventBody) -> String {
    let EventBody::Processed {
        results,
        table,
        archive,
        contents,
        duplicates,
        ..
    } = body
    else {
        return String::new();
    };
    let what = match (table, archive) {
        (Some(table), _) => format!(" ({})", table_in_words(table)),
        (_, Some(archive)) => format!(" ({})", archive_in_words(archive)),
        (None, None) => contents.map_or_else(String::new, |contents| format!(" ({contents})")),
    };
    let in_archive = archive.iter().flat_map(|archive| &archive.files);
    let tables = table.iter().chain(in_archive.filter_map(|file| file.table.as_ref()));
    format!(
        "Processed{what}: every byte was read and hashed; wrote {}.{}{}",
        results_in_words(results),
        personal_in_words(tables),
        told(duplicates)
    )
}

const fn source_in_words(source: ArrivalSource) -> &'static str {
    match source {
        ArrivalSource::S3Notification => "announced by an S3 notification",
        ArrivalSource::EventBridge => "announced by EventBridge",
        ArrivalSource::Folder => "taken in from a folder",
        ArrivalSource::Inbox => "taken in from the inbox",
        ArrivalSource::Reconciliation => "found in the store by reconciliation",
    }
}

/// What a package duplicates, a sentence for each; nothing when it duplicates nothing.
pub fn duplicates_in_words(duplicates: &Duplicates) -> Vec<String> {
    if !duplicates.is_known() {
        return vec!["Whether it is a duplicate could not be looked up.".to_owned()];
    }
    let sentence = |duplicate: &Duplicate| format!("A duplicate: {} as {}.", duplicate.kind.in_words(), duplicate.of);
    duplicates.known().iter().map(sentence).collect()
}

// The same, behind a sentence.
fn told(duplicates: &Duplicates) -> String {
    let mut told = String::new();
    for sentence in duplicates_in_words(duplicates) {
        told.push(' ');
        told.push_str(&sentence);
    }
    told
}

/// How many results a sentence names before it only counts.
const RESULTS_NAMED_MAX: usize = 10;

fn results_in_words(results: &[ResultObject]) -> String {
    let mut names: Vec<&str> = results.iter().map(|result| result.name.as_str()).collect();
    let more = names.len().saturating_sub(RESULTS_NAMED_MAX);
    names.truncate(RESULTS_NAMED_MAX);
    match (names.is_empty(), more) {
        (true, _) => "no result".to_owned(),
        (false, 0) => names.join(", "),
        (false, more) => format!("{} and {more} more", names.join(", ")),
    }
}

fn archive_in_words(archive: &ArchiveSummary) -> String {
    let tables = archive.files.iter().filter(|file| file.table.is_some()).count();
    let bag = match archive.bag.as_ref().map(|bag| bag.outcome) {
        None => "",
        Some(StandardOutcome::Valid) => ", a valid bag",
        Some(StandardOutcome::ValidWithWarnings) => ", a bag that is valid with warnings",
        Some(StandardOutcome::Invalid) => ", a bag that is not valid",
    };
    let data_package = match archive.data_package.as_ref().map(|package| package.outcome) {
        None => "",
        Some(StandardOutcome::Valid) => ", a valid Data Package",
        Some(StandardOutcome::ValidWithWarnings) => ", a Data Package that is valid with warnings",
        Some(StandardOutcome::Invalid) => ", a Data Package that is not valid",
    };
    let passed_over = archive.files.iter().filter(|file| file.is_passed_over()).count();
    let files = match archive.files.len() - passed_over {
        1 => "1 file".to_owned(),
        files => format!("{files} files"),
    };
    let passed_over = match passed_over {
        0 => String::new(),
        1 => ", 1 file of the operating system passed over".to_owned(),
        files => format!(", {files} files of the operating system passed over"),
    };
    format!(
        "{} with {files}, {tables} of them tables{bag}{data_package}{passed_over}",
        archive.format
    )
}

fn table_in_words(table: &TableSummary) -> String {
    let bad = match table.bad_rows {
        0 => String::new(),
        1 => ", 1 bad row set aside".to_owned(),
        bad => format!(", {bad} bad rows set aside"),
    };
    format!("{} rows of {} columns{bad}", table.rows, table.columns.len())
}
