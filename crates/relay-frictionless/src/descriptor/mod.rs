//! `datapackage.json`: what it says of its resources, and what is wrong with it.

mod dialect;
mod hash;
mod hold;
mod metadata;
mod path;
mod resource;

use std::collections::HashSet;

use relay_model::escape_for_display;
use serde_json::{Map, Value};

pub use dialect::Dialect;
pub use hash::{FileHash, HashAlgorithm};
pub use hold::PackageFiles;
pub use resource::{Content, Resource, Source};

use crate::DescriptorLimits;
use crate::finding::{Finding, Findings};
use crate::json::{self, Properties};
use crate::rule::PackageRule::{
    DescriptorMalformed, ProfileUnchecked, PropertyMalformed, PropertyMissing, ReferenceUnknown, ResourceNameTwice,
    ResourcesTooMany, VersionUnsupported,
};
use crate::schema::{StandardVersion, TableSchema};

/// The name of a descriptor's file.
pub const DESCRIPTOR: &str = "datapackage.json";

/// What `datapackage.json` says.
#[derive(Clone, Debug, PartialEq)]
pub struct Descriptor {
    /// The version of the standard that the package follows: by its `$schema` or `profile`, else 1.
    pub version: StandardVersion,
    /// The package's name, if it has one.
    pub name: Option<String>,
    /// The resources that could be read, in order.
    pub resources: Vec<Resource>,
}

impl Descriptor {
    /// Reads a descriptor. What is wrong with it is in the findings; with an error among them the package is not valid,
    /// and what is returned is what could be read all the same. Nothing is returned if nothing could be.
    ///
    /// A schema or dialect in a file of its own is named by [`Source::File`]; the caller brings its bytes to
    /// [`Resource::set_schema`] and [`Resource::set_dialect`], then asks [`Descriptor::hold`] and [`Descriptor::references`].
    pub fn read(bytes: &[u8], limits: &DescriptorLimits) -> (Option<Self>, Findings) {
        let mut findings = Findings::new(limits.findings_max);
        let value = match json::parse(bytes, limits) {
            Ok(value) => value,
            Err(finding) => {
                findings.push(finding);
                return (None, findings);
            }
        };
        let Some(map) = value.as_object() else {
            findings.push(Finding::new(DescriptorMalformed, "the descriptor is not an object"));
            return (None, findings);
        };
        let mut found = Vec::new();
        let mut properties = Properties {
            map,
            findings: &mut found,
            rule: PropertyMalformed,
            field: None,
        };
        let version = version_of(&mut properties, StandardVersion::One);
        metadata::check(&mut properties, version, limits);
        let name = properties.text("name").map(str::to_owned);
        let listed = properties.list("resources").map_or(&[][..], Vec::as_slice);
        if listed.is_empty() {
            properties.fault(PropertyMissing, "the package has no resources");
        }
        findings.extend(found);
        let resources = resources(listed, version, limits, &mut findings);
        let descriptor = Self {
            version,
            name,
            resources,
        };
        (Some(descriptor), findings)
    }

    /// The resource of this name.
    pub fn resource(&self, name: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.name == name)
    }

    /// Foreign keys that refer to no table of the package, or to no fields of it. To be asked once every schema is there.
    pub fn references(&self, findings: &mut Findings) {
        for resource in &self.resources {
            let Some(schema) = resource.table_schema() else {
                continue;
            };
            for key in &schema.foreign_keys {
                let mut fault = |text: String| {
                    findings.push(Finding::new(ReferenceUnknown, text).in_resource(&resource.name));
                };
                let Some(name) = key.reference.resource.as_deref() else {
                    continue;
                };
                let referred = match self.resource(name) {
                    // 'self' is how drafts wrote what version 1 writes as an empty text.
                    None if name == SELF => Some(resource),
                    found => found,
                };
                match referred.map(Resource::table_schema) {
                    None => fault(format!("no resource is called '{}'", escape_for_display(name))),
                    Some(None) => fault(format!("'{}' has no schema", escape_for_display(name))),
                    Some(Some(schema)) => {
                        let unknown = |field: &&String| schema.field(field).is_none();
                        for field in key.reference.fields.iter().filter(unknown) {
                            let (name, field) = (escape_for_display(name), escape_for_display(field));
                            fault(format!("'{name}' has no field '{field}'"));
                        }
                    }
                }
            }
        }
    }
}

/// What a reference calls the table itself, if no resource has this name.
pub(crate) const SELF: &str = "self";

fn resources(
    listed: &[Value],
    version: StandardVersion,
    limits: &DescriptorLimits,
    findings: &mut Findings,
) -> Vec<Resource> {
    if listed.len() > limits.resources_max {
        let text = format!("{} resources, where {} are allowed", listed.len(), limits.resources_max);
        findings.push(Finding::new(ResourcesTooMany, text));
        return Vec::new();
    }
    let mut names = HashSet::new();
    let mut resources = Vec::new();
    for (index, value) in listed.iter().enumerate() {
        let number = (index + 1).to_string();
        let Some(map) = value.as_object() else {
            findings.push(Finding::new(PropertyMalformed, "the resource is not an object").in_resource(&number));
            continue;
        };
        let mut found = Vec::new();
        let resource = resource::read(map, version, limits, &mut found);
        let name = resource
            .as_ref()
            .map_or(number.as_str(), |resource| resource.name.as_str());
        if resource.is_some() && !names.insert(name.to_owned()) {
            found.push(Finding::new(
                ResourceNameTwice,
                "a resource before it has the same name",
            ));
        }
        findings.extend(found.into_iter().map(|finding| finding.in_resource(name)));
        resources.extend(resource);
    }
    resources
}

/// The version that an object says it follows, else that of the object around it. A profile is never fetched.
pub(crate) fn version_of(properties: &mut Properties<'_, '_>, outer: StandardVersion) -> StandardVersion {
    const STANDARD: &str = "https://datapackage.org/profiles/";
    const OLD_PROFILES: [&str; 6] = [
        "data-package",
        "data-resource",
        "tabular-data-package",
        "tabular-data-resource",
        "fiscal-data-package",
        "table-schema",
    ];
    let schema = properties.text("$schema");
    let profile = properties.text("profile");
    if let Some(schema) = schema {
        return match schema.strip_prefix(STANDARD) {
            Some(rest) if rest.starts_with("1.") => StandardVersion::One,
            Some(rest) if rest.starts_with("2.") => StandardVersion::Two,
            Some(_) => {
                properties.fault(VersionUnsupported, "$schema is of a version that is not known here");
                StandardVersion::Two
            }
            None => {
                properties.fault(ProfileUnchecked, "$schema is a profile of its own");
                StandardVersion::Two
            }
        };
    }
    match profile {
        None => outer,
        Some(profile) => {
            if !OLD_PROFILES.contains(&profile) {
                properties.fault(ProfileUnchecked, "profile is one of its own");
            }
            StandardVersion::One
        }
    }
}

/// Reads a table schema that stands in a file of its own.
pub(crate) fn schema_of_bytes(
    bytes: &[u8],
    outer: StandardVersion,
    limits: &DescriptorLimits,
) -> Result<TableSchema, Vec<Finding>> {
    let value = json::parse(bytes, limits).map_err(|finding| vec![finding])?;
    schema_of_value(&value, outer, limits)
}

fn schema_of_value(
    value: &Value,
    outer: StandardVersion,
    limits: &DescriptorLimits,
) -> Result<TableSchema, Vec<Finding>> {
    let nothing = Map::new();
    let mut unused = Vec::new();
    let mut properties = Properties {
        map: value.as_object().unwrap_or(&nothing),
        findings: &mut unused,
        rule: PropertyMalformed,
        field: None,
    };
    let version = version_of(&mut properties, outer);
    TableSchema::from_json(value, version, limits)
}
