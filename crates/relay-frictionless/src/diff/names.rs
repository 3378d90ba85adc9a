//! Which new column is an old one under another name?

use crate::schema::TableSchema;

/// Pairs of a field that is gone and a new one that is likely to be it: by position in the old and the new schema. A
/// pair has the same type, and either names that are near each other or the same neighbours. Each field is in one pair
/// at most; the nearest names come first. Without `has_types`, the types of new fields are not known.
pub(super) fn renamed(registered: &TableSchema, new: &TableSchema, has_types: bool) -> Vec<(usize, usize)> {
    let gone = (0..registered.fields.len()).filter(|at| new.field(&registered.fields[*at].name).is_none());
    let gone: Vec<usize> = gone.collect();
    let added = (0..new.fields.len()).filter(|at| registered.field(&new.fields[*at].name).is_none());
    let added: Vec<usize> = added.collect();
    // Comparing all pairs of a schema that has nothing in common with the other would take too long to be of use.
    if gone.len() * added.len() > PAIRS_MAX {
        return Vec::new();
    }
    let mut pairs = Vec::new();
    for &before in &gone {
        for &after in &added {
            let (old, found) = (&registered.fields[before], &new.fields[after]);
            if has_types && old.field_type != found.field_type {
                continue;
            }
            let distance = distance(&folded(&old.name), &folded(&found.name));
            let is_in_place = neighbours(registered, before) == neighbours(new, after);
            if distance <= nearest(&old.name) || is_in_place {
                pairs.push((distance, before, after));
            }
        }
    }
    pairs.sort_unstable();
    let mut chosen: Vec<(usize, usize)> = Vec::new();
    for (_, before, after) in pairs {
        if chosen.iter().all(|(old, found)| *old != before && *found != after) {
            chosen.push((before, after));
        }
    }
    chosen
}

/// The most pairs of names that are compared.
const PAIRS_MAX: usize = 10_000;
/// The most characters of a name that are compared.
const COMPARED_CHARACTERS_MAX: usize = 100;

fn neighbours(schema: &TableSchema, at: usize) -> (Option<&str>, Option<&str>) {
    let name = |at: Option<usize>| at.and_then(|at| schema.fields.get(at)).map(|field| field.name.as_str());
    (name(at.checked_sub(1)), name(at.checked_add(1)))
}

/// One change in three characters is a slip or an abbreviation; more is another word.
fn nearest(name: &str) -> usize {
    (name.chars().count() / 3).max(1)
}

/// `Station ID` and `station_id` are the same word.
fn folded(name: &str) -> Vec<char> {
    let letters = name
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase);
    letters.take(COMPARED_CHARACTERS_MAX).collect()
}

/// The least number of characters to insert, remove or replace (Levenshtein).
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (column, found) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != found);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}
