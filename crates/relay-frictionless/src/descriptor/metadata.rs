//! The properties of a package that are about people and terms: their shapes are checked, and nothing more is made of them.

use serde_json::{Map, Value};

use crate::DescriptorLimits;
use crate::json::Properties;
use crate::rule::PackageRule::{self, ContributorMalformed, LicenseMalformed, PropertyMalformed, SourceMalformed};
use crate::schema::StandardVersion;

pub(super) fn check(properties: &mut Properties<'_, '_>, version: StandardVersion, limits: &DescriptorLimits) {
    for name in ["id", "title", "description", "homepage", "version", "created", "image"] {
        properties.text(name);
    }
    if let Some(keywords) = properties.texts("keywords")
        && keywords.is_empty()
    {
        properties.fault(PropertyMalformed, "keywords is an empty list");
    }
    licenses(properties, limits);
    contributors(properties, version, limits);
    sources(properties, version, limits);
}

/// Licenses of a package or a resource: each has a name or a path.
pub(super) fn licenses(properties: &mut Properties<'_, '_>, limits: &DescriptorLimits) {
    each(properties, "licenses", LicenseMalformed, limits, |license| {
        let is_named = ["name", "path"].iter().any(|name| license.contains_key(*name));
        is_named && are_texts(license, &["name", "path", "title"])
    });
}

fn contributors(properties: &mut Properties<'_, '_>, version: StandardVersion, limits: &DescriptorLimits) {
    const TEXTS: [&str; 7] = [
        "title",
        "path",
        "email",
        "givenName",
        "familyName",
        "role",
        "organization",
    ];
    each(
        properties,
        "contributors",
        ContributorMalformed,
        limits,
        |contributor| {
            let is_enough = match version {
                StandardVersion::One => contributor.contains_key("title"),
                StandardVersion::Two => !contributor.is_empty(),
            };
            let roles = contributor.get("roles");
            is_enough
                && are_texts(contributor, &TEXTS)
                && roles.is_none_or(|roles| crate::json::texts_of(roles).is_some())
        },
    );
}

/// Sources of a package or a resource.
pub(super) fn sources(properties: &mut Properties<'_, '_>, version: StandardVersion, limits: &DescriptorLimits) {
    each(properties, "sources", SourceMalformed, limits, |source| {
        let is_enough = match version {
            StandardVersion::One => source.contains_key("title"),
            StandardVersion::Two => !source.is_empty(),
        };
        is_enough && are_texts(source, &["title", "path", "email", "version"])
    });
}

fn are_texts(map: &Map<String, Value>, names: &[&str]) -> bool {
    names.iter().all(|name| map.get(*name).is_none_or(Value::is_string))
}

fn each(
    properties: &mut Properties<'_, '_>,
    name: &str,
    rule: PackageRule,
    limits: &DescriptorLimits,
    is_well_formed: impl Fn(&Map<String, Value>) -> bool,
) {
    let Some(list) = properties.list(name) else { return };
    // Version 1 lets sources be an empty list; for the others it says that they are not.
    if list.is_empty() && name != "sources" {
        properties.fault(rule, format!("{name} is an empty list"));
    }
    if list.len() > limits.list_values_max {
        let text = format!(
            "{name} has {} entries, where {} are allowed",
            list.len(),
            limits.list_values_max
        );
        properties.fault(rule, text);
        return;
    }
    for (index, value) in list.iter().enumerate() {
        if !value.as_object().is_some_and(&is_well_formed) {
            properties.fault(rule, format!("entry {} of {name} is not well-formed", index + 1));
        }
    }
}
