//! Builds logs of several packages, interleaved.

use relay_audit::{
    Finding, KeptOrganization, OrganizationChange, OrganizationState, StoredEvent, Verification, Verifier,
    events_of_change, project, registration,
};
use relay_model::{
    ArrivalSource, Attempt, AuditEvent, Author, Duplicate, DuplicateKind, Duplicates, EVENT_FORMAT_VERSION, EventBody,
    ObjectKey, ObjectVersion, OrganizationFacts, OrganizationId, PackageRecord, Reason, ReasonCode, ResultObject,
    SealedEvent, SealedOrganizationEvent, Sha256Digest, Timestamp, TrailHead, organization_trail,
};

/// A log and the records of its packages, as a store keeps them.
#[derive(Clone, Default)]
pub struct Log {
    pub events: Vec<StoredEvent>,
    pub records: Vec<PackageRecord>,
    pub organizations: Vec<OrganizationState>,
}

pub fn object(name: &str) -> ObjectVersion {
    ObjectVersion {
        bucket: "ingress".parse().unwrap(),
        key: ObjectKey::new(format!("org-001/{name}")),
        version_id: "v00000001-0123456789abcdef".parse().unwrap(),
    }
}

pub fn received(bytes: &[u8]) -> EventBody {
    EventBody::Received {
        size_bytes: Some(bytes.len() as u64),
        sha256: Some(Sha256Digest::of(bytes)),
        source: ArrivalSource::Folder,
        sequencer: None,
    }
}

pub fn accepted() -> EventBody {
    EventBody::Accepted {
        size_bytes: 3,
        content: "csv".into(),
        settings_version: None,
    }
}

pub fn started(number: u32) -> EventBody {
    EventBody::Started {
        attempt: Attempt::following(number - 1),
    }
}

pub fn reason(code: ReasonCode) -> Reason {
    Reason::new(code, "a reason in words")
}

pub fn attempt_failed(number: u32) -> EventBody {
    let reason = reason(ReasonCode::StorageUnavailable);
    EventBody::AttemptFailed {
        attempt: Attempt::following(number - 1),
        reason,
    }
}

pub fn failed() -> EventBody {
    EventBody::Failed {
        attempt: None,
        reason: reason(ReasonCode::StorageUnavailable),
    }
}

pub fn rejected() -> EventBody {
    EventBody::Rejected {
        reason: reason(ReasonCode::KeyDotSegment),
        settings_version: None,
    }
}

pub fn processed(name: &str) -> EventBody {
    EventBody::Processed {
        attempt: Attempt::FIRST,
        size_bytes: 3,
        sha256: Sha256Digest::of(b"abc"),
        transform: "opaque".into(),
        results: vec![ResultObject {
            name: "data.bin".into(),
            object: object(name),
            size_bytes: 3,
            sha256: Sha256Digest::of(b"abc"),
        }],
        table: None,
        archive: None,
        settings_version: None,
        opaque: None,
        contents: None,
        duplicates: Duplicates::default(),
    }
}

impl Log {
    /// The event that would come next for a package, not yet in the log.
    pub fn next(&self, object: &ObjectVersion, body: EventBody) -> SealedEvent {
        let head = self
            .records
            .iter()
            .find(|r| r.trail_state.object == *object)
            .map(|r| r.trail_state.head);
        SealedEvent::seal(AuditEvent {
            v: EVENT_FORMAT_VERSION,
            package_id: object.package_id(),
            seq: head.map_or(0, |head| head.seq + 1),
            at: self.now(),
            organization: Some("org-001".parse().unwrap()),
            actor: "test 1".into(),
            object: object.clone(),
            body,
            prev: head.map_or(Sha256Digest::ZERO, |head| head.hash),
        })
        .unwrap()
    }

    pub fn add(&mut self, object: &ObjectVersion, body: EventBody) {
        let sealed = self.next(object, body);
        let previous = self.records.iter().position(|r| r.trail_state.object == *object);
        let record = project(previous.map(|index| &self.records[index]), &sealed).unwrap();
        match previous {
            Some(index) => self.records[index] = record,
            None => self.records.push(record),
        }
        self.events.push(StoredEvent {
            position: self.events.len() as u64 + 1,
            package_id: sealed.event().package_id.to_string(),
            seq: sealed.event().seq,
            hash: sealed.hash(),
            canonical: sealed.canonical().to_owned(),
        });
    }

    /// Registers an organization with these settings.
    pub fn register(&mut self, id: &str, settings: &str) {
        let facts = OrganizationFacts {
            added_at: self.author().at,
            enabled: true,
            settings: settings.to_owned(),
        };
        let (event, state) = registration(&id.parse().unwrap(), None, facts, &self.author()).unwrap();
        self.add_of_organization(vec![event], state);
    }

    /// Changes an organization that is registered.
    pub fn change(&mut self, id: &OrganizationId, change: &OrganizationChange) {
        let state = self.organizations.iter().find(|state| state.id == *id).unwrap();
        let kept = KeptOrganization {
            id: id.clone(),
            facts: state.facts.clone(),
            version: Some(state.version),
        };
        let (events, state) = events_of_change(&kept, None, change, &self.author()).unwrap();
        self.add_of_organization(events, state);
    }

    pub fn disable(&mut self, id: &OrganizationId) {
        self.change(id, &OrganizationChange::Enabled(false));
    }

    fn author(&self) -> Author {
        Author {
            by: "Ada \u{1f600} (ada@host-1)".to_owned(),
            actor: "test 1".to_owned(),
            at: self.now(),
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_unix_milliseconds(1_769_846_400_000 + i64::try_from(self.events.len()).unwrap()).unwrap()
    }

    fn add_of_organization(&mut self, events: Vec<SealedOrganizationEvent>, state: OrganizationState) {
        for sealed in events {
            self.events.push(StoredEvent {
                position: self.events.len() as u64 + 1,
                package_id: organization_trail(&sealed.event().organization),
                seq: sealed.event().seq,
                hash: sealed.hash(),
                canonical: sealed.canonical().to_owned(),
            });
        }
        self.organizations.retain(|other| other.id != state.id);
        self.organizations.push(state);
        self.organizations.sort_by(|a, b| a.id.cmp(&b.id));
    }

    /// The version that verdicts on packages of `org-001` are made under now.
    pub fn settings_version(&self) -> Option<TrailHead> {
        let id = "org-001".parse().unwrap();
        let state = self.organizations.iter().find(|state| state.id == id);
        state.map(|state| state.version.head())
    }

    pub fn verify(&self) -> Verification {
        self.verify_expecting(None)
    }

    pub fn verify_expecting(&self, head: Option<relay_audit::LogHead>) -> Verification {
        let mut verifier = Verifier::expecting(head);
        self.events.iter().for_each(|event| verifier.event(event));
        self.records.iter().for_each(|record| verifier.record(record));
        verifier.finish()
    }

    /// The first finding, which is what an auditor reads first.
    pub fn first_finding(&self) -> Finding {
        self.verify().findings.first().cloned().expect("nothing was found")
    }
}

/// Five packages with interleaved events: every kind of event occurs.
pub fn sample() -> Log {
    let mut log = Log::default();
    let [a, b, c, d, e] = ["a.csv", "b\u{1}\"\\ \u{e9}\u{1f600}.csv", "c.csv", "d.csv", "e.csv"].map(object);
    log.add(&a, received(b"a"));
    log.add(&b, received(b"b"));
    log.add(&a, accepted());
    log.add(&b, rejected());
    log.add(&c, received(b"c"));
    log.add(&c, accepted());
    log.add(&a, started(1));
    log.add(&c, started(1));
    log.add(&c, attempt_failed(1));
    log.add(&a, processed("a.csv"));
    log.add(&c, started(2));
    log.add(
        &c,
        EventBody::Released {
            attempt: Attempt::following(1),
        },
    );
    log.add(&c, started(3));
    let reason = reason(ReasonCode::TableTooManyBadRows);
    let body = EventBody::Quarantined {
        attempt: Attempt::FIRST,
        reason,
        sha256: None,
        results: vec![],
        table: None,
        archive: None,
        settings_version: None,
        opaque: None,
        contents: None,
        duplicates: Duplicates::default(),
    };
    log.add(&c, body);
    log.add(&d, received(b"d"));
    log.add(&d, failed());
    log.add(
        &d,
        EventBody::ReplayRequested {
            by: "an operator".into(),
        },
    );
    log.add(&d, accepted());
    log.add(&e, received(b"e"));
    log
}

pub fn processed_with(sha256: Sha256Digest, duplicates: Duplicates) -> EventBody {
    processed_under(sha256, duplicates, None)
}

fn processed_under(sha256: Sha256Digest, duplicates: Duplicates, settings_version: Option<TrailHead>) -> EventBody {
    EventBody::Processed {
        attempt: Attempt::FIRST,
        size_bytes: 3,
        sha256,
        transform: "opaque".into(),
        results: Vec::new(),
        table: None,
        archive: None,
        settings_version,
        opaque: None,
        contents: None,
        duplicates,
    }
}

/// The same with a package that brings the bytes of the first one again, and one of which that could not be looked up.
pub fn sample_with_duplicates() -> Log {
    let mut log = sample();
    let [a, f, g] = ["a.csv", "f.csv", "g.csv"].map(object);
    let duplicate = Duplicate {
        kind: DuplicateKind::SameBytes,
        of: a.package_id(),
    };
    for (object, duplicates) in [(f, Duplicates::found(vec![duplicate])), (g, Duplicates::unknown())] {
        log.add(&object, received(b"abc"));
        log.add(&object, accepted());
        log.add(&object, started(1));
        log.add(&object, processed_with(Sha256Digest::of(b"abc"), duplicates));
    }
    log
}

/// The same with events of organizations of every kind but `settings_found`, and verdicts of every kind that name the settings
/// that they were made under.
pub fn sample_with_organizations() -> Log {
    let mut log = sample_with_duplicates();
    log.register("org-001", "{}");
    log.register("org-002", r#"{"object_bytes_max":1000000}"#);
    let [h, i, j] = ["h.csv", "i.csv", "j.csv"].map(object);
    let accept = |log: &mut Log, object: &ObjectVersion| {
        log.add(object, received(b"abc"));
        let settings_version = log.settings_version();
        let body = EventBody::Accepted {
            size_bytes: 3,
            content: "csv".into(),
            settings_version,
        };
        log.add(object, body);
        log.add(object, started(1));
    };
    accept(&mut log, &h);
    let change = |log: &mut Log, settings: &str| {
        let change = OrganizationChange::Settings(settings.to_owned());
        log.change(&"org-001".parse().unwrap(), &change);
    };
    change(&mut log, r#"{"privacy":{"version":1,"iban":"mask"}}"#);
    let with_tables = |tables: &str| format!(r#"{{"tables":[{tables}],"privacy":{{"version":1,"iban":"mask"}}}}"#);
    let rule = r#"{"path":"r/*.csv","schema":{"fields":[{"name":"t\u00e9mp","constraints":{"minimum":-1.5e-7}}]}}"#;
    change(&mut log, &with_tables(rule));
    accept(&mut log, &i);
    change(&mut log, &with_tables(&rule.replacen(',', r#","version":2,"#, 1)));
    change(&mut log, &with_tables(""));
    change(&mut log, r#"{"object_bytes_max":5}"#);
    log.disable(&"org-001".parse().unwrap());
    let settings_version = log.settings_version();
    log.add(&j, received(b"abc"));
    let reason = reason(ReasonCode::OrganizationDisabled);
    log.add(
        &j,
        EventBody::Rejected {
            reason,
            settings_version,
        },
    );
    log.change(&"org-001".parse().unwrap(), &OrganizationChange::Enabled(true));
    for (object, is_processed) in [(h, true), (i, false)] {
        let settings_version = log.settings_version();
        let body = if is_processed {
            processed_under(Sha256Digest::of(b"abc"), Duplicates::default(), settings_version)
        } else {
            EventBody::Quarantined {
                attempt: Attempt::FIRST,
                reason: crate::support::reason(ReasonCode::TableTooManyBadRows),
                sha256: None,
                results: Vec::new(),
                table: None,
                archive: None,
                opaque: None,
                contents: None,
                settings_version,
                duplicates: Duplicates::default(),
            }
        };
        log.add(&object, body);
    }
    log
}
