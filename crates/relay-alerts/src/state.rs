//! The book: which groups have been told of, until when each is quiet, and what has come since; and the round that turns it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use relay_model::{Notice, NoticeKind, OrganizationId, ReasonCode, Timestamp};
use serde::{Deserialize, Serialize};

use crate::alert::{Alert, AlertKind, EXAMPLES_MAX, Example};
use crate::settings::AlertSettings;
use crate::text::visible;

/// How many groups one round tells one by one; what is beyond is summed up in one more alert.
pub const ALERTS_PER_ROUND_MAX: usize = 20;
/// How many groups one sender may have in the book.
pub const SENDER_GROUPS_MAX: usize = 32;
/// How many groups the book has, without the one for what is beyond.
pub const BOOK_GROUPS_MAX: usize = 256;
/// How many packages the whole book names: they are what makes it large.
const BOOK_EXAMPLES_MAX: usize = 400;
/// The longest book, in bytes of JSON. An item of DynamoDB has at most 409,600 ("Quotas in Amazon `DynamoDB`").
pub const BOOK_BYTES_MAX: usize = 400_000;
const BOOK_FORMAT_VERSION: u32 = 1;
/// The longest name of a sender, in characters.
const SENDER_CHARACTERS_MAX: usize = 64;

/// Who sent a notice, as what carried it attests.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sender(String);

impl Sender {
    /// From what the carrier says: its letters, digits, hyphens and underscores, as many as are needed to tell roles apart.
    pub fn attested(text: &str) -> Self {
        let is_plain = |character: &char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
        Self(text.chars().filter(is_plain).take(SENDER_CHARACTERS_MAX).collect())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A notice as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// When it was sent, by the carrier's clock.
    pub at: Timestamp,
    /// Who sent it, where the carrier attests that.
    pub sender: Option<Sender>,
    /// What it says; `None` when it could not be read.
    pub notice: Option<Notice>,
}

/// What has one quiet period.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Group {
    pub kind: AlertKind,
    pub reason: Option<ReasonCode>,
    pub organization: Option<OrganizationId>,
    pub sender: Option<Sender>,
}

impl Group {
    fn of(received: &Received) -> Self {
        let sender = received.sender.clone();
        match &received.notice {
            Some(notice) => Self {
                kind: match notice.kind {
                    NoticeKind::PackageFailed => AlertKind::PackageFailed,
                },
                reason: Some(notice.reason),
                organization: notice.organization.clone(),
                sender,
            },
            None => Self {
                kind: AlertKind::NoticeUnreadable,
                ..Self::beyond(sender)
            },
        }
    }

    const fn beyond(sender: Option<Sender>) -> Self {
        Self {
            kind: AlertKind::FurtherGroups,
            reason: None,
            organization: None,
            sender,
        }
    }
}

/// What has come and has not been told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub count: u64,
    pub first_at: Timestamp,
    pub last_at: Timestamp,
    /// How many groups are summed up here.
    pub groups: u64,
    pub examples: Vec<Example>,
}

impl Tally {
    fn join(into: &mut Option<Self>, other: Self) {
        let Some(tally) = into else {
            *into = Some(other);
            return;
        };
        tally.count = tally.count.saturating_add(other.count);
        tally.groups = tally.groups.saturating_add(other.groups);
        tally.first_at = tally.first_at.min(other.first_at);
        tally.last_at = tally.last_at.max(other.last_at);
        for example in other.examples {
            let is_there = tally
                .examples
                .iter()
                .any(|known| known.package_id == example.package_id);
            if tally.examples.len() < EXAMPLES_MAX && !is_there {
                tally.examples.push(example);
            }
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    /// `None` before its first alert.
    quiet_until: Option<Timestamp>,
    /// How many alerts it has had.
    told: u64,
    pending: Option<Tally>,
}

impl State {
    fn is_quiet(&self, now: Timestamp) -> bool {
        self.quiet_until.is_some_and(|until| now < until)
    }
}

/// The groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Pages", into = "Pages")]
pub struct AlertState {
    groups: BTreeMap<Group, State>,
}

#[derive(Serialize, Deserialize)]
struct Pages {
    v: u32,
    groups: Vec<(Group, State)>,
}

/// Why a text is not a book.
#[derive(Debug, thiserror::Error)]
pub enum AlertStateError {
    /// It was written by a later program.
    #[error("the book has format {0}, and this program reads {BOOK_FORMAT_VERSION}")]
    Version(u32),
}

impl From<AlertState> for Pages {
    fn from(book: AlertState) -> Self {
        Self {
            v: BOOK_FORMAT_VERSION,
            groups: book.groups.into_iter().collect(),
        }
    }
}

impl TryFrom<Pages> for AlertState {
    type Error = AlertStateError;

    fn try_from(pages: Pages) -> Result<Self, AlertStateError> {
        if pages.v != BOOK_FORMAT_VERSION {
            return Err(AlertStateError::Version(pages.v));
        }
        Ok(Self {
            groups: pages.groups.into_iter().collect(),
        })
    }
}

impl AlertState {
    /// One round: what is to be told at `now`, and the book for the next round. The same book, time and notices give the
    /// same alerts, so that a round whose book was not kept can be done again.
    pub fn advance(mut self, now: Timestamp, notices: &[Received], settings: &AlertSettings) -> (Vec<Alert>, Self) {
        self.forget(now, settings.quiet_ms);
        self.take(notices);
        let alerts = self.tell(now, settings);
        self.shorten();
        (alerts, self)
    }

    // Groups whose quiet period brought nothing are new when they come again. No period is longer than one from now: a
    // clock that was put back, or a setting that was made shorter, must not silence a group.
    fn forget(&mut self, now: Timestamp, quiet_ms: u64) {
        let latest = now.plus_milliseconds(quiet_ms);
        self.groups.retain(|_, state| {
            state.quiet_until = state.quiet_until.map(|until| until.min(latest));
            state.pending.is_some() || state.is_quiet(now)
        });
    }

    fn take(&mut self, notices: &[Received]) {
        let mut of_sender: BTreeMap<Option<Sender>, usize> = BTreeMap::new();
        for group in self
            .groups
            .keys()
            .filter(|group| group.kind != AlertKind::FurtherGroups)
        {
            *of_sender.entry(group.sender.clone()).or_default() += 1;
        }
        let mut beyond: BTreeSet<Group> = BTreeSet::new();
        for received in notices {
            let group = Group::of(received);
            let mut tally = Tally {
                count: 1,
                first_at: received.at,
                last_at: received.at,
                groups: 0,
                examples: received.notice.iter().map(example).collect(),
            };
            let known = of_sender.entry(group.sender.clone()).or_default();
            let is_known = self.groups.contains_key(&group);
            let has_room = *known < SENDER_GROUPS_MAX && self.groups.len() < BOOK_GROUPS_MAX;
            let place = if is_known || has_room {
                *known += usize::from(!is_known);
                group
            } else {
                let place = self.beyond(group.sender.clone());
                tally.groups = u64::from(beyond.insert(group));
                place
            };
            Tally::join(&mut self.groups.entry(place).or_default().pending, tally);
        }
    }

    // Where a sender's groups go that have no place: into one of its own, or into that of everybody when the book is full.
    fn beyond(&self, sender: Option<Sender>) -> Group {
        let own = Group::beyond(sender);
        if self.groups.contains_key(&own) || self.groups.len() < BOOK_GROUPS_MAX {
            own
        } else {
            Group::beyond(None)
        }
    }

    fn tell(&mut self, now: Timestamp, settings: &AlertSettings) -> Vec<Alert> {
        let everybodys = Group::beyond(None);
        let mut turns: BTreeMap<Option<Sender>, usize> = BTreeMap::new();
        let mut due: Vec<(usize, Timestamp, Group)> = Vec::new();
        for (group, state) in &self.groups {
            if let Some(tally) = state.pending.as_ref().filter(|_| !state.is_quiet(now))
                && *group != everybodys
            {
                let turn = turns.entry(group.sender.clone()).or_default();
                due.push((*turn, tally.first_at, group.clone()));
                *turn += 1;
            }
        }
        // Senders in turn: one that sends about many groups does not push the others' out of the round.
        due.sort();
        let mut alerts = Vec::new();
        for (place, (_, _, group)) in due.into_iter().enumerate() {
            let Some((told, tally)) = self.settle(&group, now, settings.quiet_ms) else {
                continue;
            };
            if place < ALERTS_PER_ROUND_MAX {
                alerts.push(Alert::new(&group, told, tally, settings));
            } else {
                let groups = tally.groups.max(1);
                let pending = &mut self.groups.entry(everybodys.clone()).or_default().pending;
                Tally::join(pending, Tally { groups, ..tally });
            }
        }
        let is_due = self.groups.get(&everybodys).is_some_and(|state| !state.is_quiet(now));
        if is_due && let Some((told, tally)) = self.settle(&everybodys, now, settings.quiet_ms) {
            alerts.push(Alert::new(&everybodys, told, tally, settings));
        }
        alerts
    }

    // Takes what a group has to tell, after how many alerts, and makes it quiet.
    fn settle(&mut self, group: &Group, now: Timestamp, quiet_ms: u64) -> Option<(u64, Tally)> {
        let state = self.groups.get_mut(group)?;
        let tally = state.pending.take()?;
        state.quiet_until = Some(now.plus_milliseconds(quiet_ms));
        state.told += 1;
        Some((state.told - 1, tally))
    }

    // Examples are a help, and the book must fit its item: the groups with the most give them up first.
    fn shorten(&mut self) {
        let number = |state: &State| state.pending.as_ref().map_or(0, |tally| tally.examples.len());
        let mut total: usize = self.groups.values().map(number).sum();
        if total <= BOOK_EXAMPLES_MAX {
            return;
        }
        let mut states: Vec<&mut State> = self.groups.values_mut().collect();
        states.sort_by_key(|state| Reverse(number(state)));
        for keep in (0..EXAMPLES_MAX).rev() {
            for tally in states.iter_mut().filter_map(|state| state.pending.as_mut()) {
                if total > BOOK_EXAMPLES_MAX && tally.examples.len() > keep {
                    tally.examples.truncate(keep);
                    total -= 1;
                }
            }
        }
    }
}

fn example(notice: &Notice) -> Example {
    Example {
        package_id: notice.package_id.clone(),
        key: visible(notice.key.as_str()),
        key_bytes: notice.key.as_str().len(),
    }
}
