//! What becomes of cells: those of a classified column, and unmistakable values that stray in others.

use relay_model::{DataClass, PrivacyPolicy, Treatment};

use crate::forms::trimmed;
use crate::mask::{append_mask, is_masked};
use crate::stray::{Stray, find_strays};
use crate::token::{TokenKey, is_token};

/// Values nested deeper than this were put so on purpose: nothing of such a cell is left.
const DROP_PASSES_MAX: usize = 16;

/// Why a policy cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the policy tokenizes {class}, but the organization has no token key: give it one, or mask or drop the class")]
pub struct KeyMissingError {
    /// The first class that is tokenized.
    pub class: DataClass,
}

/// Carries out one organization's policy.
#[derive(Debug)]
pub struct Redactor {
    policy: PrivacyPolicy,
    key: Option<TokenKey>,
}

impl Redactor {
    /// For this policy; it needs a key if it tokenizes.
    pub fn new(policy: PrivacyPolicy, key: Option<TokenKey>) -> Result<Self, KeyMissingError> {
        let tokenized = |class: &DataClass| policy.treatment(*class) == Treatment::Tokenize;
        match (DataClass::ALL.into_iter().find(tokenized), &key) {
            (Some(class), None) => Err(KeyMissingError { class }),
            _ => Ok(Self { policy, key }),
        }
    }

    /// The policy.
    pub const fn policy(&self) -> &PrivacyPolicy {
        &self.policy
    }

    /// Appends what becomes of a cell of a column of this class, whatever the cell looks like: an address with an error in
    /// it is an address. White space alone becomes nothing; tokens and masks stay as they are.
    pub fn treat_cell(&self, class: DataClass, cell: &[u8], out: &mut Vec<u8>) {
        let treatment = self.policy.treatment(class);
        let value = trimmed(cell);
        match (treatment, &self.key) {
            (Treatment::Keep, _) => out.extend_from_slice(cell),
            (Treatment::Drop, _) => {}
            _ if value.is_empty() => {}
            _ if is_token(value) || is_masked(value) => out.extend_from_slice(value),
            (Treatment::Tokenize, Some(key)) => key.append_token(class, value, out),
            // `new` lets no policy without its key pass; were it otherwise, nothing would be shown.
            (Treatment::Mask | Treatment::Tokenize, _) => append_mask(class, value, out),
        }
    }

    /// Looks for unmistakable values in a cell that is not treated as a whole, and says how many it treated. If there are
    /// any, appends the cell with these values treated and the rest as it was; otherwise appends nothing.
    pub fn treat_stray(&self, cell: &[u8], out: &mut Vec<u8>) -> usize {
        let start = out.len();
        let treated = self.replace_strays(cell, out);
        let drops = |class: DataClass| self.policy.treatment(class) == Treatment::Drop;
        if treated > 0 && DataClass::ALL.into_iter().any(drops) {
            treated + self.drop_what_meets(start, out)
        } else {
            treated
        }
    }

    /// Where a value is dropped, what stood before and after it meets, and may make another one.
    fn drop_what_meets(&self, start: usize, out: &mut Vec<u8>) -> usize {
        let mut treated = 0;
        for _ in 0..DROP_PASSES_MAX {
            let before = out.split_off(start);
            match self.replace_strays(&before, out) {
                0 => {
                    out.extend_from_slice(&before);
                    return treated;
                }
                more => treated += more,
            }
        }
        out.truncate(start);
        treated
    }

    fn replace_strays(&self, cell: &[u8], out: &mut Vec<u8>) -> usize {
        let strays = find_strays(cell);
        let is_treated = |stray: &Stray| self.policy.treatment(stray.class) != Treatment::Keep;
        let treated = strays.iter().filter(|stray| is_treated(stray)).count();
        if treated == 0 {
            return 0;
        }
        let mut from = 0;
        for stray in strays {
            out.extend_from_slice(&cell[from..stray.start]);
            self.treat_cell(stray.class, &cell[stray.start..stray.end], out);
            from = stray.end;
        }
        out.extend_from_slice(&cell[from..]);
        treated
    }
}
