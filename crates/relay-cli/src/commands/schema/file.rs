//! A file as a schema that can be registered, or in words why it is none.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use relay_frictionless::{
    DESCRIPTOR, Descriptor, DescriptorLimits, Finding, Resource, SchemaReader, Source, StandardVersion, TableSchema,
};

use crate::args::SchemaFileArgs;

/// Reads the file that the command line names.
pub fn read(args: &SchemaFileArgs) -> Result<relay_model::TableSchema, String> {
    let limits = DescriptorLimits::default();
    let shown = args.file.display();
    let bytes = bytes_of(&args.file, &limits)?;
    let (schema, mut reasons) = match &args.resource {
        Some(name) => {
            let resource = resource(&args.file, &bytes, name, &limits)?;
            let schema = table_schema(&args.file, &resource, &limits)?;
            (schema, resource.unregistrable())
        }
        None => (alone(&args.file, &bytes, &limits)?, Vec::new()),
    };
    match schema.to_settings() {
        Ok(registrable) if reasons.is_empty() => {
            SchemaReader::new(&schema, &limits).map_err(|findings| cannot_be_used(&shown, &findings))?;
            Ok(registrable)
        }
        registrable => {
            reasons.extend(registrable.err().unwrap_or_default());
            Err(format!(
                "{shown} says more than can be registered:{}\n\
                 Take it out, or declare it in the {DESCRIPTOR} of each package: a package's own schema may say all of it.",
                listed(&reasons)
            ))
        }
    }
}

// One byte more than the limit, so that the reader sees that there are more.
fn bytes_of(path: &Path, limits: &DescriptorLimits) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(limits.bytes_max as u64 + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(format!("there is no {}", path.display())),
        Err(error) => Err(format!("{} could not be read: {error}", path.display())),
    }
}

fn alone(path: &Path, bytes: &[u8], limits: &DescriptorLimits) -> Result<TableSchema, String> {
    let json: Option<serde_json::Value> = serde_json::from_slice(bytes).ok();
    let resources = json.as_ref().and_then(|json| json.get("resources")?.as_array());
    if let Some(resources) = resources {
        let names = resources.iter().filter_map(|resource| resource.get("name")?.as_str());
        return Err(format!(
            "{} describes a package: name one of its tables with --resource{}",
            path.display(),
            listed_names(names)
        ));
    }
    TableSchema::from_bytes(bytes, StandardVersion::Two, limits)
        .map_err(|findings| cannot_be_used(&path.display(), &findings))
}

fn resource(path: &Path, bytes: &[u8], name: &str, limits: &DescriptorLimits) -> Result<Resource, String> {
    let (descriptor, findings) = Descriptor::read(bytes, limits);
    let Some(mut descriptor) = descriptor.filter(|_| !findings.has_errors()) else {
        return Err(cannot_be_used(&path.display(), &findings.kept));
    };
    let found = descriptor.resources.iter().position(|resource| resource.name == name);
    let Some(found) = found else {
        let names = descriptor.resources.iter().map(|resource| resource.name.as_str());
        return Err(format!(
            "{} has no resource '{}'; it has{}",
            path.display(),
            name.escape_debug(),
            listed_names(names)
        ));
    };
    Ok(descriptor.resources.swap_remove(found))
}

fn table_schema(path: &Path, resource: &Resource, limits: &DescriptorLimits) -> Result<TableSchema, String> {
    match &resource.schema {
        Some(Source::Read(schema)) => Ok(schema.clone()),
        Some(Source::File(name)) => {
            // The descriptor's reader has refused paths that lead out of its folder.
            let file = path.with_file_name(name);
            let schema = TableSchema::from_bytes(&bytes_of(&file, limits)?, resource.version, limits);
            schema.map_err(|findings| cannot_be_used(&file.display(), &findings))
        }
        None => Err(format!(
            "{}: the resource '{}' has no schema",
            path.display(),
            resource.name.escape_debug()
        )),
    }
}

fn cannot_be_used(file: &impl Display, findings: &[Finding]) -> String {
    format!("{file} cannot be used:{}", listed(findings))
}

fn listed(reasons: &[impl Display]) -> String {
    let lines: Vec<String> = reasons.iter().map(|reason| format!("\n  {reason}")).collect();
    lines.concat()
}

fn listed_names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        return " none".to_owned();
    }
    listed(&names.into_iter().map(str::escape_debug).collect::<Vec<_>>())
}
