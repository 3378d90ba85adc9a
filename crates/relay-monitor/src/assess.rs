//! From an inventory and the findings of earlier runs to the findings of this run, and what changed.

use std::collections::{BTreeMap, BTreeSet};

use relay_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::check::{Check, Controls, Outcome, Severity};
use crate::checks::CHECKS;
use crate::facts::{Inventory, Resource, UnreadList, Why, WhyKind};
use crate::finding::{FINDINGS_FORMAT_VERSION, Finding, FindingId, Findings, Nature, State, Subject, UNREAD_LIST};
use crate::risk::AcceptedRisk;

/// How long a finding is remembered after it was resolved, in days.
pub const RESOLVED_DAYS_MAX: u64 = 90;
const DAY_MILLISECONDS: u64 = 24 * 60 * 60 * 1_000;
/// The least that an unread list weighs: whatever is in it has not been judged.
const UNREAD_LIST_SEVERITY: Severity = Severity::High;
/// What a list that was not read to its end falls short of: an inventory of what there is, and watching it.
pub const UNREAD_LIST_CONTROLS: Controls = Controls::of_text(&["CA-7", "CM-8"]);
/// The most that an unread attribute weighs: it may be as it must be.
const UNREAD_SEVERITY_MAX: Severity = Severity::High;

/// How many findings are open, and what was judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Resources that were read.
    pub resources: u64,
    /// Checks of a resource that were passed.
    pub passed: u64,
    /// Open findings by severity; a severity without any is not there.
    pub open: BTreeMap<Severity, u64>,
    /// Of the open ones: what could not be read.
    pub unread: u64,
    /// Findings whose risk is accepted.
    pub accepted: u64,
}

impl Counts {
    /// All open findings.
    pub fn open_total(&self) -> u64 {
        self.open.values().sum()
    }

    /// Open findings of this severity or worse.
    pub fn open_from(&self, severity: Severity) -> u64 {
        self.open.range(severity..).map(|(_, count)| count).sum()
    }
}

/// What a run has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// Whose account.
    pub account_id: String,
    /// Which region.
    pub region: String,
    /// When.
    pub assessed_at: Timestamp,
    /// All findings, for the next run.
    pub findings: Findings,
    /// Open ones that were not there before.
    pub new: Vec<FindingId>,
    /// Those that were there and are no more.
    pub resolved: Vec<FindingId>,
    /// Those whose risk was accepted until a day that has passed: they are open again.
    pub expired: Vec<FindingId>,
    /// Open ones that were open before.
    pub still_open: Vec<FindingId>,
    /// How many.
    pub counts: Counts,
}

impl Assessment {
    /// Whether there is anything to tell.
    pub fn has_news(&self) -> bool {
        !(self.new.is_empty() && self.resolved.is_empty() && self.expired.is_empty())
    }

    /// The findings with these identities, in the order of the findings.
    pub fn of<'a>(&'a self, ids: &[FindingId]) -> Vec<&'a Finding> {
        let ids: BTreeSet<&FindingId> = ids.iter().collect();
        let all = self.findings.findings.iter();
        all.filter(|finding| ids.contains(&finding.id)).collect()
    }
}

/// Judges an inventory. What could not be read is a finding of its own, and leaves earlier findings as they are.
pub fn assess(inventory: &Inventory, previous: &Findings, accepted: &[AcceptedRisk], now: Timestamp) -> Assessment {
    let seen = look(inventory, now);
    let mut run = Run {
        accepted,
        now,
        findings: Vec::new(),
        new: Vec::new(),
        resolved: Vec::new(),
        expired: Vec::new(),
        still_open: Vec::new(),
    };
    let mut seen_findings: BTreeMap<FindingId, Finding> = seen.findings;
    for earlier in &previous.findings {
        match seen_findings.remove(&earlier.id) {
            Some(again) => run.see_again(earlier, again),
            None if is_elsewhere(earlier, inventory) => run.findings.push(earlier.clone()),
            None => run.miss(earlier, is_undecided(earlier, inventory, &seen.listed, &seen.unknown)),
        }
    }
    for first in seen_findings.into_values() {
        run.see_first(first);
    }
    run.finish(inventory, seen.passed)
}

struct Seen<'a> {
    findings: BTreeMap<FindingId, Finding>,
    // The ARNs of the resources.
    listed: BTreeSet<&'a str>,
    // Rule and resource of what could not be judged.
    unknown: BTreeSet<(&'a str, &'a str)>,
    passed: u64,
}

fn look(inventory: &Inventory, now: Timestamp) -> Seen<'_> {
    let mut seen = Seen {
        findings: BTreeMap::new(),
        listed: inventory
            .resources
            .iter()
            .map(|resource| resource.arn.as_str())
            .collect(),
        unknown: BTreeSet::new(),
        passed: 0,
    };
    for resource in &inventory.resources {
        for check in &CHECKS {
            let finding = match (check.judge)(&resource.facts) {
                Outcome::NotApplicable => continue,
                Outcome::Pass => {
                    seen.passed += 1;
                    continue;
                }
                Outcome::Fail(detail) => failed(inventory, resource, check, detail, now),
                Outcome::Unknown(why) => {
                    seen.unknown.insert((check.id, resource.arn.as_str()));
                    unread(inventory, resource, check, &why, now)
                }
            };
            seen.findings.insert(finding.id.clone(), finding);
        }
    }
    for list in &inventory.unread {
        let finding = unread_list(inventory, list, now);
        seen.findings.insert(finding.id.clone(), finding);
    }
    seen
}

// Of another account or region: not this run's business.
fn is_elsewhere(earlier: &Finding, inventory: &Inventory) -> bool {
    earlier.account_id != inventory.account_id || earlier.region != inventory.region
}

// Not seen, but not looked at either.
fn is_undecided(
    earlier: &Finding,
    inventory: &Inventory,
    listed: &BTreeSet<&str>,
    unknown: &BTreeSet<(&str, &str)>,
) -> bool {
    if earlier.rule == UNREAD_LIST {
        return false;
    }
    if !listed.contains(earlier.resource.as_str()) {
        return inventory.unread.iter().any(|list| list.service == earlier.service);
    }
    earlier.nature == Nature::Failed && unknown.contains(&(earlier.rule.as_str(), earlier.resource.as_str()))
}

struct Run<'a> {
    accepted: &'a [AcceptedRisk],
    now: Timestamp,
    findings: Vec<Finding>,
    new: Vec<FindingId>,
    resolved: Vec<FindingId>,
    expired: Vec<FindingId>,
    still_open: Vec<FindingId>,
}

impl Run<'_> {
    // The acceptance that holds longest: one that has expired matters only where no other holds.
    fn acceptance(&self, finding: &Finding) -> Option<AcceptedRisk> {
        let risks = self.accepted.iter().filter(|risk| risk.scope.covers(finding));
        risks.max_by_key(|risk| risk.expires).cloned()
    }

    fn see_first(&mut self, mut finding: Finding) {
        finding.acceptance = self.acceptance(&finding);
        finding.state = match &finding.acceptance {
            Some(risk) if risk.holds_at(self.now) => State::Accepted,
            _ => State::New,
        };
        if finding.state == State::New {
            self.new.push(finding.id.clone());
        }
        self.findings.push(finding);
    }

    fn see_again(&mut self, earlier: &Finding, mut finding: Finding) {
        if earlier.state == State::Resolved {
            self.see_first(finding);
            return;
        }
        finding.first_seen = earlier.first_seen;
        self.keep(earlier, finding);
    }

    fn miss(&mut self, earlier: &Finding, is_undecided: bool) {
        let mut finding = earlier.clone();
        if earlier.state == State::Resolved {
            let at = earlier.resolved_at.unwrap_or(earlier.last_seen);
            if self.now.milliseconds_since(at) <= RESOLVED_DAYS_MAX * DAY_MILLISECONDS {
                self.findings.push(finding);
            }
            return;
        }
        if is_undecided {
            self.keep(earlier, finding);
            return;
        }
        finding.state = State::Resolved;
        finding.resolved_at = Some(self.now);
        self.resolved.push(finding.id.clone());
        self.findings.push(finding);
    }

    // Open or accepted before, and neither resolved nor new now.
    fn keep(&mut self, earlier: &Finding, mut finding: Finding) {
        finding.acceptance = self.acceptance(&finding);
        let holds = finding.acceptance.as_ref().is_some_and(|risk| risk.holds_at(self.now));
        finding.state = if holds { State::Accepted } else { State::Known };
        match (earlier.state, finding.state) {
            (State::Accepted, State::Known) => self.expired.push(finding.id.clone()),
            (_, State::Known) => self.still_open.push(finding.id.clone()),
            _ => {}
        }
        self.findings.push(finding);
    }

    fn finish(mut self, inventory: &Inventory, passed: u64) -> Assessment {
        self.findings.sort_by(|one, other| {
            let key = |finding: &Finding| (std::cmp::Reverse(finding.severity), finding.nature);
            let order = key(one).cmp(&key(other));
            order
                .then_with(|| one.rule.cmp(&other.rule))
                .then_with(|| one.resource.cmp(&other.resource))
        });
        let mut counts = Counts {
            resources: inventory.resources.len() as u64,
            passed,
            ..Counts::default()
        };
        let here = self.findings.iter().filter(|finding| !is_elsewhere(finding, inventory));
        for finding in here {
            if finding.state.is_open() {
                *counts.open.entry(finding.severity).or_default() += 1;
                counts.unread += u64::from(finding.nature == Nature::Unread);
            }
            counts.accepted += u64::from(finding.state == State::Accepted);
        }
        Assessment {
            account_id: inventory.account_id.clone(),
            region: inventory.region.clone(),
            assessed_at: self.now,
            findings: Findings {
                v: FINDINGS_FORMAT_VERSION,
                assessed_at: Some(self.now),
                findings: self.findings,
            },
            new: self.new,
            resolved: self.resolved,
            expired: self.expired,
            still_open: self.still_open,
            counts,
        }
    }
}

fn failed(inventory: &Inventory, resource: &Resource, check: &Check, detail: String, now: Timestamp) -> Finding {
    let subject = Subject {
        account_id: &inventory.account_id,
        region: &inventory.region,
        rule: check.id,
        resource: &resource.arn,
        nature: Nature::Failed,
    };
    Finding {
        title: check.title.to_owned(),
        service: check.service.to_owned(),
        severity: check.severity,
        name: resource.name.clone(),
        detail,
        controls: check.controls.references(),
        remedy: check.remedy.to_owned(),
        ..blank(subject, now)
    }
}

fn unread(inventory: &Inventory, resource: &Resource, check: &Check, why: &Why, now: Timestamp) -> Finding {
    let subject = Subject {
        account_id: &inventory.account_id,
        region: &inventory.region,
        rule: check.id,
        resource: &resource.arn,
        nature: Nature::Unread,
    };
    Finding {
        title: check.title.to_owned(),
        service: check.service.to_owned(),
        severity: check.severity.min(UNREAD_SEVERITY_MAX),
        name: resource.name.clone(),
        detail: format!("could not be read with {}: {}", why.action, why.message),
        controls: check.controls.references(),
        remedy: way_out(why),
        ..blank(subject, now)
    }
}

fn unread_list(inventory: &Inventory, list: &UnreadList, now: Timestamp) -> Finding {
    let subject = Subject {
        account_id: &inventory.account_id,
        region: &inventory.region,
        rule: UNREAD_LIST,
        resource: &list.action,
        nature: Nature::Unread,
    };
    let why = &list.why;
    Finding {
        title: "Every list is read to its end".to_owned(),
        service: list.service.clone(),
        severity: UNREAD_LIST_SEVERITY,
        name: list.service.clone(),
        detail: format!("the list was not read to its end with {}: {}", why.action, why.message),
        controls: UNREAD_LIST_CONTROLS.references(),
        remedy: way_out(why),
        ..blank(subject, now)
    }
}

fn blank(subject: Subject<'_>, now: Timestamp) -> Finding {
    Finding {
        id: subject.id(),
        account_id: subject.account_id.to_owned(),
        region: subject.region.to_owned(),
        rule: subject.rule.to_owned(),
        nature: subject.nature,
        resource: subject.resource.to_owned(),
        title: String::new(),
        service: String::new(),
        severity: Severity::Informational,
        name: String::new(),
        detail: String::new(),
        controls: Vec::new(),
        remedy: String::new(),
        state: State::New,
        first_seen: now,
        last_seen: now,
        resolved_at: None,
        acceptance: None,
    }
}

fn way_out(why: &Why) -> String {
    match why.kind {
        WhyKind::AccessDenied => format!(
            "Allow {} to the monitor's role, in its policy, in the resource's policy, and in the organization's.",
            why.action
        ),
        WhyKind::Throttled => "Run the monitor when less else is going on, or ask for a higher quota.".to_owned(),
        WhyKind::Time => "Give the monitor more time: a longer timeout, or more memory.".to_owned(),
        WhyKind::Limit => "The account holds more than the monitor reads: raise its limits.".to_owned(),
        WhyKind::Other => "Read what the service said, and run the monitor again.".to_owned(),
    }
}
