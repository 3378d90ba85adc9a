//! fetch.txt, the files that are not in the bag yet (RFC 8493, section 2.2.3).
//!
//! Its addresses are checked for their form and then forgotten: what is not kept cannot be opened by mistake.

use std::collections::HashMap;

use crate::finding::Findings;
use crate::info::number;
use crate::path::{PAYLOAD, Place, read_path};
use crate::rule::BagRule;
use crate::text::{Budget, Lines, is_linear_whitespace};

/// The files that fetch.txt lists, with the length it gives for each, if any.
pub(crate) type Fetch = HashMap<String, Option<u64>>;

/// Reads fetch.txt.
pub(crate) fn read(file: &str, text: &str, since_one: bool, budget: &mut Budget, findings: &mut Findings) -> Fetch {
    let mut entries = Fetch::new();
    let mut lines = Lines::new(file, text);
    while let Some((line, text)) = lines.next(budget, findings) {
        let place = Place { file, line };
        let Some((path, length)) = read_line(text, since_one, place, findings) else {
            continue;
        };
        if !path.starts_with(PAYLOAD) {
            place.report(findings, BagRule::FetchPathOutside, "the path is not below data/");
        } else if entries.insert(path, length).is_some() {
            place.report(findings, BagRule::FetchTwice, "the file is listed again");
        }
    }
    entries
}

fn read_line(text: &str, since_one: bool, place: Place<'_>, findings: &mut Findings) -> Option<(String, Option<u64>)> {
    let mut malformed = |text| {
        place.report(findings, BagRule::FetchLineMalformed, text);
        None
    };
    let Some((url, rest)) = text.split_once(is_linear_whitespace) else {
        return malformed("the line has no length and no path");
    };
    let rest = rest.trim_start_matches(is_linear_whitespace);
    let Some((length, path)) = rest.split_once(is_linear_whitespace) else {
        return malformed("the line has no path");
    };
    let path = path.trim_start_matches(is_linear_whitespace);
    if path.is_empty() {
        return malformed("the line has no path");
    }
    if !is_absolute(url) {
        return malformed("the address is not an absolute URL");
    }
    let length = match length {
        "-" => None,
        digits => match number(digits) {
            Some(length) => Some(length),
            None => return malformed("the length is neither a number nor '-'"),
        },
    };
    let path = read_path(path, since_one, place, findings)?;
    Some((path.into_owned(), length))
}

/// Whether it has a scheme and something after it (RFC 3986, sections 3.1 and 4.3).
fn is_absolute(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, rest)| {
        let is_scheme = |character: char| character.is_ascii_alphanumeric() || matches!(character, '+' | '-' | '.');
        scheme.starts_with(|character: char| character.is_ascii_alphabetic())
            && scheme.chars().all(is_scheme)
            && !rest.is_empty()
            && !rest.chars().any(char::is_control)
    })
}
