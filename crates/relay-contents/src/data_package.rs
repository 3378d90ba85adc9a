//! A Frictionless Data Package in an archive: its descriptor, and how each of its files is to be read.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use relay_bagit::{Algorithm, Algorithms};
use relay_frictionless::{
    Content, DESCRIPTOR, Descriptor, DescriptorLimits, FieldsMatch, Finding, Findings, HashAlgorithm, KeyLimits,
    KeyedTable, PackageRule, Resource, SchemaReader, Source, TableSchema,
};
use relay_model::DataPackageLimits;
use relay_transform::{ColumnPlan, CsvDialect, TableFormat};

use crate::descriptor_search::FoundDescriptor;
use crate::sources::SourceFiles;

/// What the descriptor says, and what is wrong with it so far.
pub(crate) struct DataPackage {
    /// The descriptor's folder, with a slash at its end; empty for the top.
    root: String,
    limits: DescriptorLimits,
    pub(crate) keys: KeyLimits,
    pub(crate) descriptor: Option<Descriptor>,
    pub(crate) findings: Findings,
    /// The files that schemas and dialects are in, by their paths from the descriptor's folder.
    pub(crate) sources: BTreeSet<String>,
    /// The resources that have a schema, in order.
    tables: Vec<DescribedTable>,
    /// By their paths from the descriptor's folder.
    plans: HashMap<String, FilePlan>,
}

struct DescribedTable {
    /// Its number in the descriptor.
    resource: usize,
    reader: Arc<SchemaReader>,
}

/// How a file of a resource is read.
#[derive(Clone, Debug)]
pub(crate) struct FilePlan {
    /// The resource's number in the descriptor.
    pub(crate) resource: usize,
    /// What is known of it as a table; nothing where its content decides.
    pub(crate) table: Option<TableOf>,
}

impl FilePlan {
    /// The number of the table that is held to a schema, if it is one.
    pub(crate) fn described(&self) -> Option<usize> {
        let (_, table) = self.table.as_ref()?.described.as_ref()?;
        Some(*table)
    }
}

/// A file that is a table by what its descriptor says.
#[derive(Clone, Debug)]
pub(crate) struct TableOf {
    /// The schema, and the number of the table whose keys are checked.
    pub(crate) described: Option<(Arc<SchemaReader>, usize)>,
    pub(crate) format: TableFormat,
    pub(crate) dialect: Option<CsvDialect>,
}

impl TableOf {
    pub(crate) fn columns(&self) -> ColumnPlan {
        match &self.described {
            Some((schema, _)) => ColumnPlan::Described(Arc::clone(schema)),
            None => ColumnPlan::Inferred,
        }
    }
}

impl DataPackage {
    /// Reads the descriptor. Schemas and dialects in files of their own are still to come.
    pub(crate) fn read(found: FoundDescriptor, limits: &DataPackageLimits) -> Self {
        let keys = KeyLimits {
            keys_max: limits.keys_max,
            ..KeyLimits::default()
        };
        let limits = DescriptorLimits {
            bytes_max: limits.descriptor_bytes_max,
            ..DescriptorLimits::default()
        };
        let (descriptor, findings) = Descriptor::read(&found.bytes, &limits);
        let sources = descriptor
            .iter()
            .flat_map(|descriptor| &descriptor.resources)
            .flat_map(sources_of);
        let sources = sources.map(str::to_owned).collect();
        Self {
            root: found.root,
            limits,
            keys,
            descriptor,
            findings,
            sources,
            tables: Vec::new(),
            plans: HashMap::new(),
        }
    }

    /// A path of the archive from the descriptor's folder.
    pub(crate) fn relative<'p>(&self, path: &'p str) -> Option<&'p str> {
        path.strip_prefix(&self.root)
    }

    /// A path from the descriptor's folder as the archive has it.
    pub(crate) fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.root)
    }

    pub(crate) fn resources(&self) -> &[Resource] {
        self.descriptor.as_ref().map_or(&[], |descriptor| &descriptor.resources)
    }

    /// Whether a file says something of others: it is kept as it is, whatever it looks like.
    pub(crate) fn is_source(&self, relative: &str) -> bool {
        relative == DESCRIPTOR || self.sources.contains(relative)
    }

    /// The digests that a file is held to.
    pub(crate) fn wanted_algorithms(&self, relative: &str) -> Algorithms {
        let descriptor = self.descriptor.iter();
        let wanted = descriptor.flat_map(|descriptor| descriptor.wanted_digest(relative));
        wanted.map(bag_algorithm).collect()
    }

    pub(crate) fn plan(&self, relative: &str) -> Option<&FilePlan> {
        self.plans.get(relative)
    }

    /// What keys are checked of.
    pub(crate) fn keyed_tables(&self) -> Vec<KeyedTable<'_>> {
        let keyed = self.tables.iter().filter_map(|table| {
            let resource = &self.resources()[table.resource];
            Some(KeyedTable {
                resource: &resource.name,
                schema: resource.table_schema()?,
                reader: &table.reader,
            })
        });
        keyed.collect()
    }

    /// Takes the files that schemas and dialects are in, by their paths in the archive, and settles how every file is read.
    pub(crate) fn settle(&mut self, sources: &SourceFiles) {
        self.bring(sources);
        let Some(descriptor) = &self.descriptor else {
            return;
        };
        descriptor.references(&mut self.findings);
        let mut limits = self.limits.clone();
        for (number, resource) in descriptor.resources.iter().enumerate() {
            let schema = resource.table_schema();
            let reader = match schema.map(|schema| SchemaReader::new(schema, &limits)).transpose() {
                Ok(reader) => reader.map(Arc::new),
                Err(found) => {
                    let own = found.into_iter().map(|finding| finding.in_resource(&resource.name));
                    self.findings.extend(own);
                    None
                }
            };
            // What is compiled is bounded for the package as a whole.
            let patterns = schema.map_or(0, TableSchema::patterns);
            limits.patterns_max = limits.patterns_max.saturating_sub(patterns);
            let described = reader.as_ref().map(|reader| (Arc::clone(reader), self.tables.len()));
            if let Some(reader) = reader {
                let resource = number;
                self.tables.push(DescribedTable { resource, reader });
            }
            plan_files(
                resource,
                number,
                described.as_ref(),
                &mut self.plans,
                &mut self.findings,
            );
        }
    }

    // A file that is not there is found missing when the descriptor is held against the files.
    fn bring(&mut self, sources: &SourceFiles) {
        let (root, limits) = (&self.root, &self.limits);
        let resources = self
            .descriptor
            .iter_mut()
            .flat_map(|descriptor| &mut descriptor.resources);
        let mut fields = 0;
        for resource in resources {
            let source = |path: &str| sources.get(&format!("{root}{path}"));
            let name = resource.name.clone();
            let too_large = |rule, text: &'static str| vec![Finding::new(rule, text).in_resource(&name)];
            let schema = resource.schema.as_ref().and_then(Source::file).and_then(source);
            let dialect = resource.dialect.as_ref().and_then(Source::file).and_then(source);
            let beyond = || {
                too_large(
                    PackageRule::DescriptorTooLarge,
                    "schemas in files are larger together than descriptor_bytes_max allows",
                )
            };
            let found = match schema {
                // One file may be the schema of many.
                Some(_) if fields > SCHEMA_FILE_FIELDS_MAX => Err(too_large(
                    PackageRule::FieldsTooMany,
                    "schemas in files have more than 20000 fields, counted for each resource that has one",
                )),
                Some(None) => Err(beyond()),
                Some(Some(bytes)) => resource.set_schema(bytes, limits),
                None => Ok(()),
            };
            if schema.is_some() {
                fields += resource.table_schema().map_or(0, |schema| schema.fields.len());
            }
            self.findings.extend(found.err().into_iter().flatten());
            let found = match dialect {
                Some(None) => Err(beyond()),
                Some(Some(bytes)) => resource.set_dialect(bytes, limits),
                None => Ok(()),
            };
            self.findings.extend(found.err().into_iter().flatten());
        }
    }
}

/// The most fields of schemas in files of their own, counted for each resource that has one.
const SCHEMA_FILE_FIELDS_MAX: usize = 20_000;

fn sources_of(resource: &Resource) -> impl Iterator<Item = &str> {
    let schema = resource.schema.as_ref().and_then(Source::file);
    let dialect = resource.dialect.as_ref().and_then(Source::file);
    [schema, dialect].into_iter().flatten()
}

fn plan_files(
    resource: &Resource,
    number: usize,
    described: Option<&(Arc<SchemaReader>, usize)>,
    plans: &mut HashMap<String, FilePlan>,
    findings: &mut Findings,
) {
    let mut fault = |text: &'static str| {
        findings.push(Finding::new(PackageRule::TableUnreadable, text).in_resource(&resource.name));
    };
    let Content::Files(paths) = &resource.content else {
        if resource.content == Content::Inline && described.is_some() {
            fault("the rows stand in the descriptor, and are not held to the schema here");
        }
        return;
    };
    let schema = resource.table_schema();
    if paths.len() > 1 && schema.is_some_and(|schema| schema.fields_match != FieldsMatch::Exact) {
        fault("the table is in several files, and only the first has a heading: its fieldsMatch can be exact only");
    }
    for (part, path) in paths.iter().enumerate() {
        let table = match (format_of(resource, path), described) {
            (Some(format), _) => table_of(resource, format, part, described.cloned()),
            (None, Some(_)) => {
                fault("the format is neither delimited text nor JSON Lines, and its rows cannot be checked");
                None
            }
            (None, None) => None,
        };
        if let Some(earlier) = plans.get_mut(path) {
            match (earlier.described(), described) {
                (Some(_), Some(_)) => fault("another resource has the same file, and a file is held to one schema"),
                (None, Some(_)) => {
                    *earlier = FilePlan {
                        resource: number,
                        table,
                    }
                }
                (_, None) => {}
            }
            continue;
        }
        let resource = number;
        plans.insert(path.clone(), FilePlan { resource, table });
    }
}

/// How a file is read as a table; nothing where that is for its content to say.
fn table_of(
    resource: &Resource,
    format: TableFormat,
    part: usize,
    described: Option<(Arc<SchemaReader>, usize)>,
) -> Option<TableOf> {
    let syntax = resource.table_dialect().cloned();
    let is_plain = resource.encoding == encoding_rs::UTF_8;
    if described.is_none() && syntax.is_none() && is_plain {
        return None;
    }
    if format == TableFormat::JsonLines {
        return Some(TableOf {
            described,
            format,
            dialect: None,
        });
    }
    let mut syntax = syntax.unwrap_or_default();
    // "The first file has the heading, the others have none" (Tabular Data Resource).
    syntax.has_header &= part == 0;
    if described.is_none() && !syntax.has_header {
        return None;
    }
    let is_plain = is_plain && syntax == relay_frictionless::Dialect::default();
    let encoding = resource.encoding;
    Some(TableOf {
        described,
        format,
        dialect: (!is_plain).then_some(CsvDialect { syntax, encoding }),
    })
}

/// Which format of table a file is: by the resource's format, its media type, or the name; nothing if it is another one.
fn format_of(resource: &Resource, path: &str) -> Option<TableFormat> {
    const CSV: TableFormat = TableFormat::Csv { delimiter: b',' };
    let by_name = || {
        let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        let packings = [".gz", ".zst", ".bz2", ".xz"];
        let name = packings
            .iter()
            .find_map(|packing| name.strip_suffix(packing))
            .unwrap_or(&name);
        name.rsplit_once('.').map(|(_, extension)| extension.to_owned())
    };
    let by_type = || {
        let mediatype = resource.mediatype.as_deref()?;
        let name = match mediatype.split(';').next().unwrap_or_default().trim() {
            "text/csv" | "text/tab-separated-values" => "csv",
            "application/jsonl" | "application/x-ndjson" => "jsonl",
            _ => return None,
        };
        Some(name.to_owned())
    };
    let given = resource.format.as_deref().map(str::to_ascii_lowercase);
    match given.or_else(by_type).or_else(by_name).as_deref() {
        None | Some("csv" | "tsv" | "tab" | "txt") => Some(CSV),
        Some("jsonl" | "ndjson") if resource.encoding == encoding_rs::UTF_8 => Some(TableFormat::JsonLines),
        Some(_) => None,
    }
}

/// The algorithm under the name that digests are computed by here.
pub(crate) const fn bag_algorithm(algorithm: HashAlgorithm) -> Algorithm {
    match algorithm {
        HashAlgorithm::Md5 => Algorithm::Md5,
        HashAlgorithm::Sha1 => Algorithm::Sha1,
        HashAlgorithm::Sha256 => Algorithm::Sha256,
        HashAlgorithm::Sha512 => Algorithm::Sha512,
    }
}
