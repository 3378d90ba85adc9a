//! Which constraints let more through than before, and which less.

use std::cmp::Ordering;

use serde_json::Value;

use super::change::ChangeKind;
use crate::cell::order_of_bounds;
use crate::schema::Field;

/// The differences of the constraints of one field. Where it cannot be told which of two lets more through, the new one
/// counts as stricter.
pub(super) fn of_constraints(before: &Field, after: &Field) -> Vec<ChangeKind> {
    let (old, new) = (&before.constraints, &after.constraints);
    let bound = |old: &Option<Value>, new: &Option<Value>, looser: Ordering| {
        of_optional(old.as_ref(), new.as_ref(), |old, new| {
            order_of_bounds(before, old, after, new).map(|order| order == Ordering::Equal || order == looser)
        })
    };
    let length = |old: Option<u64>, new: Option<u64>, looser: Ordering| {
        of_optional(old.as_ref(), new.as_ref(), |old, new| Some(new.cmp(old) == looser))
    };
    let categories = |field: &Field| -> Option<Vec<Value>> {
        let listed = field.categories.as_ref()?;
        Some(listed.values.iter().map(|category| category.value().clone()).collect())
    };
    let found = [
        ("unique", of_flags(old.unique, new.unique)),
        ("minLength", length(old.min_length, new.min_length, Ordering::Less)),
        ("maxLength", length(old.max_length, new.max_length, Ordering::Greater)),
        ("minimum", bound(&old.minimum, &new.minimum, Ordering::Less)),
        ("maximum", bound(&old.maximum, &new.maximum, Ordering::Greater)),
        (
            "exclusiveMinimum",
            bound(&old.exclusive_minimum, &new.exclusive_minimum, Ordering::Less),
        ),
        (
            "exclusiveMaximum",
            bound(&old.exclusive_maximum, &new.exclusive_maximum, Ordering::Greater),
        ),
        (
            "pattern",
            of_optional(old.pattern.as_ref(), new.pattern.as_ref(), |_, _| Some(false)),
        ),
        (
            "enum",
            of_optional(old.allowed.as_ref(), new.allowed.as_ref(), |old, new| {
                Some(includes(new, old))
            }),
        ),
        (
            "categories",
            of_optional(categories(before).as_ref(), categories(after).as_ref(), |old, new| {
                Some(includes(new, old))
            }),
        ),
        (
            "jsonSchema",
            of_optional(old.json_schema.as_ref(), new.json_schema.as_ref(), |_, _| Some(false)),
        ),
    ];
    let changes = found.into_iter().filter_map(|(name, is_looser)| {
        let constraint = name.into();
        Some(if is_looser? {
            ChangeKind::ConstraintLoosened { constraint }
        } else {
            ChangeKind::ConstraintTightened { constraint }
        })
    });
    changes.collect()
}

fn of_flags(old: bool, new: bool) -> Option<bool> {
    (old != new).then_some(old)
}

/// Whether the new one is looser; nothing if they are the same.
fn of_optional<T: PartialEq>(
    old: Option<&T>,
    new: Option<&T>,
    is_looser: impl FnOnce(&T, &T) -> Option<bool>,
) -> Option<bool> {
    match (old, new) {
        (None, None) => None,
        (Some(_), None) => Some(true),
        (None, Some(_)) => Some(false),
        (Some(old), Some(new)) if old == new => None,
        (Some(old), Some(new)) => Some(is_looser(old, new).unwrap_or(false)),
    }
}

fn includes(wide: &[Value], narrow: &[Value]) -> bool {
    narrow.iter().all(|value| wide.contains(value))
}
