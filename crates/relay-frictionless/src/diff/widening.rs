//! Which types hold every value of which others, and which ways of writing include which others.

use super::change::ChangeKind;
use crate::schema::{Field, FieldType};

/// The types that hold every value of this one. Text holds everything; `any` holds text as well.
const fn wider(from: FieldType) -> &'static [FieldType] {
    use FieldType::{Any, Array, Boolean, Date, Datetime, Duration, Geojson, Geopoint, Integer, List, Number, Object};
    use FieldType::{String, Time, Year, Yearmonth};
    match from {
        Year => &[Integer, Number, String, Any],
        Integer => &[Number, String, Any],
        Date => &[Datetime, String, Any],
        Geojson => &[Object, String, Any],
        Number | Boolean | Object | Array | List | Time | Datetime | Yearmonth | Duration | Geopoint => &[String, Any],
        String => &[Any],
        Any => &[],
    }
}

/// How the types of a field differ, or, of one type, the ways of writing it.
pub(super) fn of_types(before: &Field, after: &Field) -> Option<ChangeKind> {
    let (from, to) = (before.field_type, after.field_type);
    if from == to {
        return of_formats(before, after);
    }
    let holds_format = match to {
        FieldType::String => is_default(after),
        // A whole number that is grouped, or has a unit, is read by a number that allows the same.
        FieldType::Number => of_numbers(before, after) != Some(false),
        _ => true,
    };
    Some(if wider(from).contains(&to) && holds_format {
        ChangeKind::TypeWidened { from, to }
    } else {
        ChangeKind::TypeNarrowed { from, to }
    })
}

fn format(field: &Field) -> &str {
    field.format.as_deref().unwrap_or("default")
}

fn is_default(field: &Field) -> bool {
    format(field) == "default"
}

fn of_formats(before: &Field, after: &Field) -> Option<ChangeKind> {
    let parts = [
        of_format(before, after),
        of_numbers(before, after),
        of_booleans(before, after),
        of_lists(before, after),
    ];
    let is_wider = parts.into_iter().flatten().reduce(|one, other| one && other)?;
    Some(ChangeKind::FormatChanged { is_wider })
}

/// Whether the new format includes the old one; nothing if they are the same.
fn of_format(before: &Field, after: &Field) -> Option<bool> {
    if format(before) == format(after) {
        return None;
    }
    Some(match before.field_type {
        FieldType::String => is_default(after),
        FieldType::Date | FieldType::Time | FieldType::Datetime => is_default(before) && format(after) == "any",
        _ => false,
    })
}

fn of_numbers(before: &Field, after: &Field) -> Option<bool> {
    let decimal = |field: &Field| field.decimal_char.clone().unwrap_or_else(|| ".".to_owned());
    let group = |field: &Field| field.group_char.clone().unwrap_or_default();
    let is_bare = |field: &Field| field.bare_number.unwrap_or(true);
    let all = |field: &Field| (decimal(field), group(field), is_bare(field));
    if all(before) == all(after) {
        return None;
    }
    let may_group = group(before) == group(after) || group(before).is_empty();
    Some(decimal(before) == decimal(after) && may_group && (is_bare(before) || !is_bare(after)))
}

fn of_booleans(before: &Field, after: &Field) -> Option<bool> {
    let usual = |given: &Option<Vec<String>>, usual: [&str; 4]| {
        let mut texts = given.clone().unwrap_or_else(|| usual.map(str::to_owned).to_vec());
        texts.sort();
        texts
    };
    let yes = |field: &Field| usual(&field.true_values, ["true", "True", "TRUE", "1"]);
    let no = |field: &Field| usual(&field.false_values, ["false", "False", "FALSE", "0"]);
    if yes(before) == yes(after) && no(before) == no(after) {
        return None;
    }
    let includes = |wide: &[String], narrow: &[String]| narrow.iter().all(|text| wide.contains(text));
    Some(includes(&yes(after), &yes(before)) && includes(&no(after), &no(before)))
}

fn of_lists(before: &Field, after: &Field) -> Option<bool> {
    let delimiter = |field: &Field| field.delimiter.clone().unwrap_or_else(|| ",".to_owned());
    let item = |field: &Field| field.item_type.unwrap_or(FieldType::String);
    let (from, to) = (item(before), item(after));
    if delimiter(before) == delimiter(after) && from == to {
        return None;
    }
    Some(delimiter(before) == delimiter(after) && (from == to || wider(from).contains(&to)))
}
