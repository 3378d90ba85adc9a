//! Numbers as people write them: groups of digits with single separators between them.

/// More digits than any number that is looked for: a card has 19 at most.
pub(crate) const DIGITS_MAX: usize = 19;
const GROUPS_MAX: usize = 6;

/// Groups of digits, and nothing else.
#[derive(Clone, Copy)]
pub(crate) struct Groups {
    digits: [u8; DIGITS_MAX],
    digit_count: usize,
    lengths: [u8; GROUPS_MAX],
    separators: [u8; GROUPS_MAX],
    group_count: usize,
}

impl Groups {
    /// Splits a text that begins with a digit. Digits are kept as values, not as characters.
    pub(crate) fn of(text: &[u8]) -> Option<Self> {
        let mut groups = Self {
            digits: [0; DIGITS_MAX],
            digit_count: 0,
            lengths: [0; GROUPS_MAX],
            separators: [0; GROUPS_MAX],
            group_count: 1,
        };
        let mut was_digit = false;
        for &byte in text {
            let digit = byte.wrapping_sub(b'0');
            if digit <= 9 {
                if groups.digit_count == DIGITS_MAX {
                    return None;
                }
                groups.digits[groups.digit_count] = digit;
                groups.digit_count += 1;
                groups.lengths[groups.group_count - 1] += 1;
                was_digit = true;
            } else if was_digit && matches!(byte, b' ' | b'-' | b'.' | b'/') {
                if groups.group_count == GROUPS_MAX {
                    return None;
                }
                groups.separators[groups.group_count - 1] = byte;
                groups.group_count += 1;
                was_digit = false;
            } else {
                return None;
            }
        }
        was_digit.then_some(groups)
    }

    /// The digits, each from 0 to 9.
    pub(crate) fn digits(&self) -> &[u8] {
        &self.digits[..self.digit_count]
    }

    /// How long each group is.
    pub(crate) fn lengths(&self) -> &[u8] {
        &self.lengths[..self.group_count]
    }

    /// The separator, if there is one and it is the same throughout.
    pub(crate) fn separator(&self) -> Option<u8> {
        let separators = &self.separators[..self.group_count - 1];
        let first = *separators.first()?;
        separators.iter().all(|separator| *separator == first).then_some(first)
    }

    /// The number that a group spells.
    pub(crate) fn number(&self, group: usize) -> u32 {
        let start: usize = self.lengths[..group].iter().map(|length| usize::from(*length)).sum();
        number(&self.digits[start..start + usize::from(self.lengths[group])])
    }
}

/// The number that these digits spell; of more than nine, the last nine matter to nobody.
pub(crate) fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0u32, |number, digit| {
        number.wrapping_mul(10).wrapping_add(u32::from(*digit))
    })
}
