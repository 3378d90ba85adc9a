//! The stores and the token keys: every file that an event names is there and whole, and no other file is.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::time::{Duration, Instant};

use relay_audit::{Finding, ObjectFinding, Problem, StoredEvent, Verifier};
use relay_model::{
    AuditEvent, BucketName, EventBody, ObjectVersion, OrganizationId, PackageId, SealedEvent, Sha256Digest, Treatment,
};

use super::database::Database;
use crate::files::examine::{self, KeyFile, StoredFile, VersionFile, WholeVersion};
use crate::folder::DataFolder;

/// The stores of a data folder.
const BUCKETS: [&str; 2] = ["ingress", "results"];
/// How old a file must be that no event speaks of, before that is worth telling: a relay that works records what it has
/// just stored within a moment.
const UNRECORDED_FOR: Duration = Duration::from_secs(10);
/// How often it is looked whether it has been recorded.
const POLL: Duration = Duration::from_millis(50);

/// Reads every file; how many objects were read, and what is wrong with them.
pub(super) fn examine(
    folder: &DataFolder,
    database: Option<&Database>,
    only: Option<&PackageId>,
    verifier: &mut Verifier,
    progress: &mut dyn FnMut(u64, u64),
) -> (u64, Vec<ObjectFinding>) {
    let mut examination = Examination {
        root: folder.store(),
        database,
        checked: 0,
        findings: Vec::new(),
        seen: HashSet::new(),
        with_tokens: BTreeSet::new(),
    };
    let mut packages: Vec<PackageId> = match only {
        Some(id) => vec![id.clone()],
        None => verifier.packages().collect(),
    };
    packages.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    for (number, id) in (1..).zip(&packages) {
        examination.package(id);
        progress(number, packages.len() as u64);
    }
    if only.is_none() {
        examination.walk(verifier);
        examine_keys(folder, database, &examination.with_tokens, verifier);
    }
    (examination.checked, examination.findings)
}

// What an event says of an object.
struct Named {
    object: ObjectVersion,
    size_bytes: Option<u64>,
    sha256: Option<Sha256Digest>,
    // Whether the producer's declared hash was found to fit.
    is_accepted: bool,
}

struct Examination<'a> {
    root: std::path::PathBuf,
    database: Option<&'a Database>,
    checked: u64,
    findings: Vec<ObjectFinding>,
    seen: HashSet<(usize, VersionFile)>,
    // The organizations of which a conclusion says that values were tokenized.
    with_tokens: BTreeSet<OrganizationId>,
}

impl Examination<'_> {
    fn trail(&self, id: &PackageId) -> Vec<AuditEvent> {
        self.database
            .map_or_else(Vec::new, |database| readable(&database.trail(id)))
    }

    // Everything that the events of a package name.
    fn package(&mut self, id: &PackageId) {
        let events = self.trail(id);
        let with_tokens = events.iter().filter(|event| has_tokens(event));
        self.with_tokens
            .extend(with_tokens.filter_map(|event| event.organization.clone()));
        for named in named_by(&events) {
            if let Some(file) = VersionFile::of(&named.object)
                && let Some(bucket) = number_of(&named.object.bucket)
            {
                self.seen.insert((bucket, file));
            }
            self.checked += 1;
            if let Some(text) = wrong_with(&named, examine::read_named(&self.root, &named.object)) {
                self.findings
                    .push(ObjectFinding::new(Some(id.to_string()), named.object, text));
            }
        }
    }

    // Everything that is there, and that no event named a moment ago.
    fn walk(&mut self, verifier: &mut Verifier) {
        let mut unnamed: Vec<(BucketName, VersionFile)> = Vec::new();
        let mut wrong: Vec<Finding> = Vec::new();
        let mut unreadable: Vec<Finding> = Vec::new();
        let buckets: Vec<BucketName> = BUCKETS.iter().filter_map(|bucket| bucket.parse().ok()).collect();
        let (root, seen) = (&self.root, &self.seen);
        examine::walk(
            root,
            &buckets,
            &mut |file| match file {
                StoredFile::Version { bucket, file } => {
                    let is_seen = number_of(&bucket).is_some_and(|number| seen.contains(&(number, file.clone())));
                    if !is_seen {
                        unnamed.push((bucket, file));
                    }
                }
                StoredFile::Stray(path) => wrong.push(Finding::at(
                    Problem::Stray,
                    in_folder(root, &path),
                    "it is no object of the store",
                )),
            },
            &mut |path, error| unreadable.push(cannot_list(root, path, error)),
        );
        wrong
            .into_iter()
            .chain(unreadable)
            .for_each(|finding| verifier.report(finding));
        let mut due: Vec<(WholeVersion, VersionFile)> = Vec::new();
        for (bucket, file) in unnamed {
            self.checked += 1;
            match examine::read_file(&self.root, &bucket, &file) {
                Ok(version) => due.push((version, file)),
                Err(text) => {
                    let place = format!("store/{bucket}/{}", file.name());
                    verifier.report(Finding::at(Problem::Unreadable, place, text));
                }
            }
        }
        self.judge_unnamed(due);
    }

    // A relay that works may be about to record what it has just stored: that is waited for.
    fn judge_unnamed(&mut self, mut due: Vec<(WholeVersion, VersionFile)>) {
        let begun = Instant::now();
        loop {
            let mut waiting = Vec::new();
            for (version, file) in due {
                let Some(finding) = self.unnamed(&version) else {
                    continue;
                };
                let age = file
                    .written_at(&self.root, &version.object.bucket)
                    .and_then(|at| at.elapsed().ok());
                if begun.elapsed() < UNRECORDED_FOR && age.is_some_and(|age| age < UNRECORDED_FOR) {
                    waiting.push((version, file));
                } else {
                    self.findings.push(finding);
                }
            }
            if waiting.is_empty() {
                return;
            }
            due = waiting;
            #[expect(
                clippy::disallowed_methods,
                reason = "another process records it, and gives no event to wait for; this is a thread that may block"
            )]
            std::thread::sleep(POLL);
        }
    }

    // What is wrong with a file that no event named a moment ago, if anything still is.
    fn unnamed(&self, version: &WholeVersion) -> Option<ObjectFinding> {
        let object = &version.object;
        if object.bucket.as_str() == BUCKETS[0] {
            let id = object.package_id();
            return match named_by(&self.trail(&id)).into_iter().find(|named| named.object == *object) {
                Some(named) => judge(&id, &named, version),
                None => Some(
                    ObjectFinding::new(None, object.clone(), "it has no trail").with_remedy(
                        "when a relay was cut off just after it was stored, the next relay run or serve takes it up; otherwise find out who put it there",
                    ),
                ),
            };
        }
        let stray = |text: &str| {
            let remedy = "find out who put it there; no event names it, so nothing of the relay reads it";
            Some(ObjectFinding::new(None, object.clone(), text).with_remedy(remedy))
        };
        let Some(place) = ResultPlace::of(object.key.as_str()) else {
            return stray("no relay stores a result under such a name");
        };
        let events = self.trail(&place.package);
        if let Some(named) = named_by(&events).into_iter().find(|named| named.object == *object) {
            return judge(&place.package, &named, version);
        }
        // An attempt that was cut off may leave results behind, and one that goes on may not have told of them yet.
        let is_owner = events
            .iter()
            .any(|event| event.organization.as_ref() == Some(&place.organization));
        let is_started = events
            .iter()
            .any(|event| matches!(&event.body, EventBody::Started { attempt } if attempt.number() == place.attempt));
        let is_told = events.iter().any(|event| {
            matches!(&event.body, EventBody::Processed { attempt, .. } | EventBody::Quarantined { attempt, .. } if attempt.number() == place.attempt)
        });
        match (is_owner && is_started, is_told) {
            (false, _) => stray("no package made it"),
            (true, true) => stray("the attempt that is said to have made it names other results"),
            (true, false) => None,
        }
    }
}

fn judge(id: &PackageId, named: &Named, version: &WholeVersion) -> Option<ObjectFinding> {
    let version = WholeVersion {
        object: version.object.clone(),
        ..*version
    };
    let text = wrong_with(named, Ok(version))?;
    Some(ObjectFinding::new(Some(id.to_string()), named.object.clone(), text))
}

fn readable(events: &[StoredEvent]) -> Vec<AuditEvent> {
    let sealed = events
        .iter()
        .filter_map(|event| SealedEvent::from_canonical(&event.canonical).ok());
    sealed.map(|sealed| sealed.event().clone()).collect()
}

// Whether an event says that values of a table became tokens.
fn has_tokens(event: &AuditEvent) -> bool {
    let (EventBody::Processed { table, archive, .. } | EventBody::Quarantined { table, archive, .. }) = &event.body
    else {
        return false;
    };
    let in_archive = archive.iter().flat_map(|archive| &archive.files);
    let tables = table.iter().chain(in_archive.filter_map(|file| file.table.as_ref()));
    tables.flat_map(|table| &table.columns).any(|column| {
        let class = column.personal.as_ref().and_then(|personal| personal.class);
        class.is_some_and(|class| class.treatment == Treatment::Tokenize)
    })
}

// The original, and the results of every attempt that told of any: those before a replay as well.
fn named_by(events: &[AuditEvent]) -> Vec<Named> {
    let mut named = Vec::new();
    if let Some(first) = events.first() {
        let mut original = Named {
            object: first.object.clone(),
            size_bytes: None,
            sha256: None,
            is_accepted: false,
        };
        for event in events {
            match &event.body {
                EventBody::Received { size_bytes, sha256, .. } => {
                    original.size_bytes = *size_bytes;
                    original.sha256 = *sha256;
                }
                EventBody::Accepted { .. } => original.is_accepted = true,
                EventBody::Processed { size_bytes, sha256, .. } => {
                    original.size_bytes = original.size_bytes.or(Some(*size_bytes));
                    original.sha256 = original.sha256.or(Some(*sha256));
                }
                EventBody::Quarantined { sha256, .. } => original.sha256 = original.sha256.or(*sha256),
                _ => {}
            }
        }
        named.push(original);
    }
    for event in events {
        let (EventBody::Processed { results, .. } | EventBody::Quarantined { results, .. }) = &event.body else {
            continue;
        };
        named.extend(results.iter().map(|result| Named {
            object: result.object.clone(),
            size_bytes: Some(result.size_bytes),
            sha256: Some(result.sha256),
            is_accepted: false,
        }));
    }
    named
}

fn wrong_with(named: &Named, found: Result<WholeVersion, String>) -> Option<String> {
    let found = match found {
        Ok(found) => found,
        Err(text) => return Some(text),
    };
    if let Some(expected) = named.sha256.filter(|expected| *expected != found.sha256) {
        return Some(format!("it has SHA-256 {}, {expected} was recorded", found.sha256));
    }
    if let Some(expected) = named.size_bytes.filter(|expected| *expected != found.size_bytes) {
        return Some(format!("it has {} bytes, {expected} were recorded", found.size_bytes));
    }
    let is_declared_otherwise = found.declared_sha256.is_some_and(|declared| declared != found.sha256);
    (named.is_accepted && is_declared_otherwise)
        .then(|| "the hash that its producer declared is another one, and it was accepted".to_owned())
}

// What the key of a result says: `org-001/pkg-…/1/data.parquet`.
struct ResultPlace {
    organization: OrganizationId,
    package: PackageId,
    attempt: u32,
}

impl ResultPlace {
    fn of(key: &str) -> Option<Self> {
        let mut segments = key.splitn(4, '/');
        let place = Self {
            organization: segments.next()?.parse().ok()?,
            package: segments.next()?.parse().ok()?,
            attempt: segments.next()?.parse().ok()?,
        };
        segments.next().map(|_| place)
    }
}

fn number_of(bucket: &BucketName) -> Option<usize> {
    BUCKETS.iter().position(|name| bucket.as_str() == *name)
}

fn in_folder(root: &Path, path: &Path) -> String {
    let path = root
        .parent()
        .and_then(|folder| path.strip_prefix(folder).ok())
        .unwrap_or(path);
    path.display().to_string().escape_debug().to_string()
}

fn cannot_list(root: &Path, path: &Path, error: &std::io::Error) -> Finding {
    Finding::at(
        Problem::Unreadable,
        in_folder(root, path),
        format!("it cannot be listed: {error}"),
    )
}

fn examine_keys(
    folder: &DataFolder,
    database: Option<&Database>,
    with_tokens: &BTreeSet<OrganizationId>,
    verifier: &mut Verifier,
) {
    let root = folder.keys();
    let registered: Option<Vec<String>> = database.and_then(|database| database.organizations().ok());
    let mut unlisted = Vec::new();
    let files = examine::token_keys(&root, &mut |path, error| unlisted.push(cannot_list(&root, path, error)));
    let mut missing = with_tokens.clone();
    for file in files {
        match file {
            KeyFile::Key(organization) => {
                missing.remove(&organization);
                let is_stray = registered
                    .as_ref()
                    .is_some_and(|ids| ids.iter().all(|id| id != organization.as_str()));
                if is_stray {
                    let place = format!("keys/{organization}.json");
                    let text = "it is the key of an organization that is not registered";
                    verifier.report(Finding::at(Problem::Stray, place, text));
                }
            }
            KeyFile::Damaged { path, text } => {
                verifier.report(Finding::at(Problem::TokenKeyDiffers, in_folder(&root, &path), text));
            }
            KeyFile::Stray(path) => {
                verifier.report(Finding::at(
                    Problem::Stray,
                    in_folder(&root, &path),
                    "it is no token key",
                ));
            }
        }
    }
    for organization in missing {
        let place = format!("keys/{organization}.json");
        let text = "values of this organization were tokenized, and there is no key that can be used";
        verifier.report(Finding::at(Problem::TokenKeyDiffers, place, text));
    }
    for finding in unlisted {
        verifier.report(finding);
    }
}
