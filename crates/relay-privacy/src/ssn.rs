//! Social Security numbers of the United States: an area, a group and a serial number. Since 2011 they are given out at
//! random, so that what is never given out is all that can be told (Social Security Administration, "Social Security
//! Number Randomization").

use crate::digits::{Groups, number};

const FORM: [u8; 3] = [3, 2, 4];
const DIGITS: usize = 9;
/// Printed on a wallet's sample card in 1938, and in a leaflet of 1940: nobody's numbers.
const PRINTED: [u32; 2] = [78_051_120, 219_099_999];

/// Whether the number is written as such numbers are, and could have been given out.
pub(crate) fn is_formatted(groups: &Groups) -> bool {
    groups.lengths() == FORM && matches!(groups.separator(), Some(b'-' | b' ')) && is_given_out(groups.digits())
}

/// Whether nine digits without separators could be such a number.
pub(crate) fn is_bare(text: &[u8]) -> bool {
    text.len() == DIGITS && Groups::of(text).is_some_and(|groups| is_given_out(groups.digits()))
}

/// Whether nine digits are in the groups of such a number, whatever stands between them.
pub(crate) fn is_grouped(text: &[u8]) -> bool {
    let groups = text
        .first()
        .filter(|byte| byte.is_ascii_digit())
        .and_then(|_| Groups::of(text));
    groups.is_some_and(|groups| groups.lengths() == FORM && is_given_out(groups.digits()))
}

fn is_given_out(digits: &[u8]) -> bool {
    let (area, group, serial) = (number(&digits[..3]), number(&digits[3..5]), number(&digits[5..]));
    let is_area = area != 0 && area != 666 && area < 900;
    is_area && group != 0 && serial != 0 && !PRINTED.contains(&number(digits))
}
