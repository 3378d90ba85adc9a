//! One resource of a package, as the descriptor has it (Data Resource).

use std::borrow::Cow;
use std::collections::HashSet;

use encoding_rs::Encoding;
use serde_json::{Map, Value};

use super::dialect::{self, Dialect};
use super::hash::{self, FileHash, HashAlgorithm, HashFault};
use super::{metadata, path, schema_of_bytes, schema_of_value, version_of};
use crate::DescriptorLimits;
use crate::finding::Finding;
use crate::json::{Properties, texts_of};
use crate::rule::PackageRule::{
    self, EncodingUnknown, HashMalformed, HashUnsupported, HashWeak, PathNotPlain, PathRemote, PropertyMalformed,
    PropertyMissing, ResourceDataAndPath, ResourceNameMalformed, ResourcesTooMany, SchemaRemote,
};
use crate::schema::{MissingValue, StandardVersion, TableSchema};

/// Where the data of a resource is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// In these files of the package, one behind the other, by their paths from the descriptor's folder.
    Files(Vec<String>),
    /// In the descriptor itself; there is no file.
    Inline,
    /// Nowhere that can be read: an address, or a path that is refused. A finding says so.
    Absent,
}

/// Where a schema or a dialect is.
#[derive(Clone, Debug, PartialEq)]
pub enum Source<T> {
    /// Here.
    Read(T),
    /// In this JSON file of the package.
    File(String),
}

impl<T> Source<T> {
    /// The file that it is in, if it is in one.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Read(_) => None,
            Self::File(path) => Some(path),
        }
    }
}

/// One resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its name.
    pub name: String,
    /// The version that it follows: its own, or the package's.
    pub version: StandardVersion,
    /// Where its data is.
    pub content: Content,
    /// What the descriptor calls its format: `csv`, `json`, ...
    pub format: Option<String>,
    /// Its media type.
    pub mediatype: Option<String>,
    /// How its characters are written. UTF-8 if nothing is said.
    pub encoding: &'static Encoding,
    /// The length of its file, or of its files together, in bytes.
    pub bytes: Option<u64>,
    /// What its file is held to.
    pub hash: Option<FileHash>,
    /// How its text is delimited, if anything is said.
    pub dialect: Option<Source<Dialect>>,
    /// What its columns are, if anything is said.
    pub schema: Option<Source<TableSchema>>,
}

impl Resource {
    /// The dialect, where it is here.
    pub const fn table_dialect(&self) -> Option<&Dialect> {
        match &self.dialect {
            Some(Source::Read(dialect)) => Some(dialect),
            _ => None,
        }
    }

    /// The schema, where it is here. The dialect's `nullSequence` is among its missing values.
    pub const fn table_schema(&self) -> Option<&TableSchema> {
        match &self.schema {
            Some(Source::Read(schema)) => Some(schema),
            _ => None,
        }
    }

    /// The schema that stood in a file of its own.
    pub fn set_schema(&mut self, bytes: &[u8], limits: &DescriptorLimits) -> Result<(), Vec<Finding>> {
        let schema = schema_of_bytes(bytes, self.version, limits).map_err(|findings| self.own(findings))?;
        self.schema = Some(Source::Read(schema));
        self.join_null_sequence();
        Ok(())
    }

    /// The dialect that stood in a file of its own.
    pub fn set_dialect(&mut self, bytes: &[u8], limits: &DescriptorLimits) -> Result<(), Vec<Finding>> {
        let dialect = Dialect::from_bytes(bytes, limits).map_err(|findings| self.own(findings))?;
        self.dialect = Some(Source::Read(dialect));
        self.join_null_sequence();
        Ok(())
    }

    fn own(&self, findings: Vec<Finding>) -> Vec<Finding> {
        findings
            .into_iter()
            .map(|finding| finding.in_resource(&self.name))
            .collect()
    }

    fn join_null_sequence(&mut self) {
        let (Some(Source::Read(dialect)), Some(Source::Read(schema))) = (&self.dialect, &mut self.schema) else {
            return;
        };
        let Some(text) = &dialect.null_sequence else { return };
        let of_fields = schema
            .fields
            .iter_mut()
            .filter_map(|field| field.missing_values.as_mut());
        for values in std::iter::once(&mut schema.missing_values).chain(of_fields) {
            if !values.iter().any(|value| value.text() == text) {
                values.push(MissingValue::Text(text.clone()));
            }
        }
    }
}

pub(super) fn read(
    map: &Map<String, Value>,
    outer: StandardVersion,
    limits: &DescriptorLimits,
    findings: &mut Vec<Finding>,
) -> Option<Resource> {
    let mut properties = Properties {
        map,
        findings,
        rule: PropertyMalformed,
        field: None,
    };
    let properties = &mut properties;
    let version = version_of(properties, outer);
    let name = name(properties, version);
    for name in ["title", "description", "homepage", "type"] {
        properties.text(name);
    }
    metadata::licenses(properties, limits);
    metadata::sources(properties, version, limits);
    let content = content(properties, limits);
    let hash = file_hash(properties, &content);
    let mut resource = Resource {
        name: name?,
        version,
        content,
        format: properties.text("format").map(str::to_owned),
        mediatype: properties.text("mediatype").map(str::to_owned),
        encoding: encoding(properties),
        bytes: properties.count("bytes"),
        hash,
        dialect: source(properties, "dialect", |value| match value.as_object() {
            Some(map) => dialect::read(map, limits),
            None => Err(Vec::new()),
        }),
        schema: source(properties, "schema", |value| schema_of_value(value, version, limits)),
    };
    let is_tabular = properties.map.get("profile").and_then(Value::as_str) == Some("tabular-data-resource");
    if is_tabular && !properties.map.contains_key("schema") {
        properties.fault(PropertyMissing, "a tabular resource has no schema");
    }
    separate_by_tabs(&mut resource);
    resource.join_null_sequence();
    Some(resource)
}

/// What is called `tsv` has tabs between its fields, unless a dialect says otherwise.
fn separate_by_tabs(resource: &mut Resource) {
    let is_tsv =
        resource.format.as_deref() == Some("tsv") || resource.mediatype.as_deref() == Some("text/tab-separated-values");
    if is_tsv && resource.dialect.is_none() {
        resource.dialect = Some(Source::Read(Dialect {
            delimiter: b'\t',
            ..Dialect::default()
        }));
    }
}

fn name(properties: &mut Properties<'_, '_>, version: StandardVersion) -> Option<String> {
    if !properties.map.contains_key("name") {
        properties.fault(PropertyMissing, "the resource has no name");
        return None;
    }
    let name = properties.text("name")?;
    let is_character = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-._/".contains(letter);
    if name.is_empty() || (version == StandardVersion::One && !name.chars().all(is_character)) {
        properties.fault(ResourceNameMalformed, "the name has other characters, or none");
    }
    Some(name.to_owned())
}

fn content(properties: &mut Properties<'_, '_>, limits: &DescriptorLimits) -> Content {
    let (path, data) = (properties.map.get("path"), properties.map.get("data"));
    let paths = match (path, data) {
        (None, None) => {
            properties.fault(PropertyMissing, "the resource has neither path nor data");
            return Content::Absent;
        }
        (Some(_), Some(_)) => {
            properties.fault(ResourceDataAndPath, "the resource has both path and data");
            return Content::Absent;
        }
        (None, Some(_)) => return Content::Inline,
        (Some(Value::String(path)), None) => vec![path.clone()],
        (Some(paths), None) => texts_of(paths).unwrap_or_default(),
    };
    if paths.is_empty() {
        properties.fault(PropertyMalformed, "path is neither a text nor a list of texts");
        return Content::Absent;
    }
    if paths.len() > limits.resource_paths_max {
        let text = format!("{} files, where {} are allowed", paths.len(), limits.resource_paths_max);
        properties.fault(ResourcesTooMany, text);
        return Content::Absent;
    }
    let faults: Vec<(PackageRule, &str)> = paths.iter().filter_map(|path| path::fault(path)).collect();
    let mut seen = HashSet::new();
    let is_twice = !paths.iter().all(|path| seen.insert(path));
    if is_twice {
        properties.fault(PathNotPlain, "a path is listed twice");
    }
    let is_readable = faults.is_empty() && !is_twice;
    for (rule, text) in faults {
        properties.fault(rule, text);
    }
    if is_readable {
        Content::Files(paths)
    } else {
        Content::Absent
    }
}

fn encoding(properties: &mut Properties<'_, '_>) -> &'static Encoding {
    let Some(name) = properties.text("encoding") else {
        return encoding_rs::UTF_8;
    };
    // The names of the WHATWG's Encoding Standard, which has those of IANA that are in use; and Python's for UTF-8.
    let name = if name.eq_ignore_ascii_case("utf-8-sig") {
        "utf-8"
    } else {
        name
    };
    let found = Encoding::for_label_no_replacement(name.as_bytes());
    found.unwrap_or_else(|| {
        properties.fault(EncodingUnknown, "the encoding is not known here");
        encoding_rs::UTF_8
    })
}

fn file_hash(properties: &mut Properties<'_, '_>, content: &Content) -> Option<FileHash> {
    let written = properties.text("hash")?;
    if matches!(content, Content::Files(files) if files.len() > 1) {
        properties.fault(HashUnsupported, "a hash is given for several files");
        return None;
    }
    match hash::read(written) {
        Ok(hash) => {
            if matches!(hash.algorithm, HashAlgorithm::Md5 | HashAlgorithm::Sha1) {
                properties.fault(HashWeak, format!("the hash is of {}", hash.algorithm.name()));
            }
            Some(hash)
        }
        Err(HashFault::Unsupported) => {
            properties.fault(HashUnsupported, "the algorithm of the hash is not known here");
            None
        }
        Err(HashFault::Malformed) => {
            properties.fault(HashMalformed, "the hash has another length, or other characters");
            None
        }
    }
}

fn source<T>(
    properties: &mut Properties<'_, '_>,
    name: &'static str,
    read: impl FnOnce(&Value) -> Result<T, Vec<Finding>>,
) -> Option<Source<T>> {
    match properties.map.get(name)? {
        Value::String(path) => match path::fault(path) {
            None => Some(Source::File(path.clone())),
            Some((PathRemote, _)) => {
                properties.fault(SchemaRemote, format!("{name} is an address"));
                None
            }
            Some((rule, text)) => {
                let text: Cow<'static, str> = format!("{name}: {text}").into();
                properties.fault(rule, text);
                None
            }
        },
        value @ Value::Object(_) => match read(value) {
            Ok(value) => Some(Source::Read(value)),
            Err(found) => {
                properties.findings.extend(found);
                None
            }
        },
        _ => {
            properties.fault(PropertyMalformed, format!("{name} is neither an object nor a path"));
            None
        }
    }
}
