//! The names that manifests list, each kept once, found again by equality or by Unicode normalization.

use std::collections::HashMap;
use std::sync::Arc;

use relay_model::escape_for_display;
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use crate::finding::Findings;
use crate::path::decode;
use crate::rule::BagRule;

/// The number of a name.
pub(crate) type NameId = u32;

/// A name that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) id: NameId,
    /// Whether it is equal, and not only equal after normalization.
    pub(crate) is_exact: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    all: Vec<Arc<str>>,
    ids: HashMap<Arc<str>, NameId>,
    /// Names that are not in form C, by their form C.
    by_form: HashMap<String, NameId>,
    /// Names that may be spellings of one, in groups of two and more, and the group of each.
    alike: Vec<Vec<NameId>>,
    group_of: HashMap<NameId, usize>,
}

impl Names {
    /// The number of a name, a new one if need be. Numbers stay below the limit on entries, so far below 2^32.
    pub(crate) fn id(&mut self, name: &str) -> NameId {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let id = self.all.len() as NameId;
        let kept: Arc<str> = Arc::from(name);
        self.all.push(Arc::clone(&kept));
        self.ids.insert(kept, id);
        if !is_nfc(name) {
            self.by_form.entry(name.nfc().collect()).or_insert(id);
        }
        id
    }

    pub(crate) fn get(&self, id: NameId) -> &str {
        self.all.get(id as usize).map_or("", |name| name)
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn find(&self, name: &str) -> Option<Found> {
        if let Some(id) = self.ids.get(name) {
            return Some(Found {
                id: *id,
                is_exact: true,
            });
        }
        let by_form = |form: &str| self.ids.get(form).or_else(|| self.by_form.get(form)).copied();
        let id = if is_nfc(name) {
            self.by_form.get(name).copied()
        } else {
            by_form(&name.nfc().collect::<String>())
        };
        id.map(|id| Found { id, is_exact: false })
    }

    /// The names that may be other spellings of this one, itself among them; only itself if there are none.
    pub(crate) fn alike(&self, id: NameId) -> &[NameId] {
        match self.group_of.get(&id) {
            Some(group) => &self.alike[*group],
            None => &[],
        }
    }

    /// Names that many file systems cannot hold beside each other (RFC 8493, section 6.1.1.3) are told; they, and those that
    /// are one when their percent-encoding is undone, are kept as possible spellings of one name.
    pub(crate) fn check_alike(&mut self, findings: &mut Findings) {
        let fold = |name: &str| -> String { name.nfc().collect::<String>().to_lowercase().nfc().collect() };
        let undone = |name: &str| fold(&decode(name, true).0);
        let mut folded: Vec<(String, NameId)> = (0..).zip(&self.all).map(|(id, name)| (undone(name), id)).collect();
        folded.sort_unstable();
        for group in folded.chunk_by(|(one, _), (other, _)| one == other) {
            let ids: Vec<NameId> = group.iter().map(|(_, id)| *id).collect();
            for pair in ids.windows(2) {
                let [first, second] = pair else { continue };
                Self::tell_alike(self.get(*first), self.get(*second), fold, findings);
            }
            if ids.len() > 1 {
                self.group_of.extend(ids.iter().map(|id| (*id, self.alike.len())));
                self.alike.push(ids);
            }
        }
    }

    fn tell_alike(first: &str, second: &str, fold: impl Fn(&str) -> String, findings: &mut Findings) {
        let (rule, by) = if first.nfc().eq(second.nfc()) {
            (BagRule::NamesDifferByForm, "Unicode normalization")
        } else if fold(first) == fold(second) {
            (BagRule::NamesDifferByCase, "upper and lower case")
        } else {
            // A percent sign may well be part of a name.
            return;
        };
        let text = format!("the name differs from {} by {by} only", escape_for_display(first));
        findings.of_file(rule, second, text);
    }
}
