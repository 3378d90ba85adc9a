//! The passes after the first: every file of an archive goes through its transform.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::sync::Arc;

use relay_archive::{ArchiveFormat, Content, Entry, Nesting, Visitor};
use relay_bagit::{Algorithms, BagTags, Digests, Judge};
use relay_frictionless::Resource;
use relay_model::{FileSummary, PASSED_OVER, Reason, escape_for_display};
use relay_rules::{is_system_file, is_system_folder};
use relay_transform::{Digested, HashingReader, Packing, RegisteredTable, RowSink, TablePlan, TransformError, Watch};

use crate::bag;
use crate::data_package::{DataPackage, FilePlan};
use crate::digests::{FileDigests, Hashed, Hashers, PackedHashers};
use crate::file_transformer::{FileTransformer, ResultNames};
use crate::observed::read_prefix;
use crate::outcome::{NextPass, Outcome, Pass, Summary, disagreement};
use crate::package_judge::PackageJudge;
use crate::passes::{Stream, Turn};
use crate::request::Results;
use crate::schema_changes;

/// How much of a file is looked at before it is read as a table: one that turns out to be none is read once more.
const TABLE_PREFIX_BYTES: usize = 128 * 1024;

/// Leads every file through its transform; what a pass could not settle is left to another.
pub(crate) struct Unpacking<'a, R: Results> {
    file_transformer: &'a FileTransformer<'a, R>,
    watch: &'a Watch<'a>,
    tags: Option<&'a BagTags>,
    judge: Option<Judge<'a>>,
    data_package: Option<&'a DataPackage>,
    package_judge: Option<PackageJudge<'a>>,
    /// By their number in the archive.
    pub(crate) files: BTreeMap<u64, File<R::Sink>>,
    /// What a further pass has to do.
    pending: BTreeMap<u64, Pending>,
    passes: u32,
}

/// A file that has been read.
pub(crate) struct File<S> {
    pub(crate) summary: FileSummary,
    pub(crate) results: Vec<S>,
    pub(crate) explanations: Vec<S>,
    pub(crate) quarantine: Option<Reason>,
}

/// A file that is to be read once more, and what the first reading hashed.
struct Pending {
    next: NextPass,
    digests: FileDigests,
}

impl<'a, R: Results> Unpacking<'a, R> {
    pub(crate) fn new(
        file_transformer: &'a FileTransformer<'a, R>,
        tags: Option<&'a BagTags>,
        data_package: Option<&'a DataPackage>,
        watch: &'a Watch<'a>,
    ) -> Result<Self, TransformError> {
        Ok(Self {
            file_transformer,
            watch,
            tags,
            judge: tags.map(Judge::new),
            data_package,
            package_judge: data_package.map(PackageJudge::new).transpose()?,
            files: BTreeMap::new(),
            pending: BTreeMap::new(),
            passes: 0,
        })
    }

    pub(crate) fn begin_pass(&mut self) {
        self.passes += 1;
    }

    pub(crate) fn needs_another_pass(&self) -> bool {
        !self.pending.is_empty()
    }

    /// The judge of the bag, who has seen every file after the first of these passes.
    pub(crate) fn take_judge(&mut self) -> Option<Judge<'a>> {
        self.judge.take()
    }

    /// The judge of the Data Package, once no pass is left.
    pub(crate) fn take_package_judge(&mut self) -> Option<PackageJudge<'a>> {
        self.package_judge.take()
    }

    /// All results, given up.
    pub(crate) fn abort(&mut self) {
        for file in std::mem::take(&mut self.files).into_values() {
            let sinks = file.results.into_iter().chain(file.explanations);
            self.file_transformer.abort(sinks.map(Some));
        }
    }

    fn is_first_pass(&self) -> bool {
        self.passes == 1
    }

    fn wanted(&self, entry: &Entry) -> Algorithms {
        if entry.depth > 0 {
            return Algorithms::default();
        }
        let of_bag = self.tags.map(|tags| tags.wanted_algorithms(&entry.path));
        let of_package = self
            .in_package(entry)
            .map(|(package, path)| package.wanted_algorithms(path));
        let wanted = of_bag.iter().chain(&of_package);
        wanted.flat_map(|algorithms| algorithms.iter()).collect()
    }

    // The Data Package and the path below its descriptor's folder.
    fn in_package<'e>(&self, entry: &'e Entry) -> Option<(&'a DataPackage, &'e str)> {
        let package = self.data_package.filter(|_| entry.depth == 0)?;
        Some((package, package.relative(&entry.path)?))
    }

    // How the descriptor has the file read; nothing if it says nothing of it.
    fn resource(&self, entry: &Entry) -> Option<&'a FilePlan> {
        let (package, path) = self.in_package(entry)?;
        package.plan(path)
    }

    // The files of a bag or a Data Package that speak of others are for their readers, whatever they look like.
    fn is_tag_file(&self, entry: &Entry) -> bool {
        if self
            .in_package(entry)
            .is_some_and(|(package, path)| package.is_source(path))
        {
            return true;
        }
        let tags = self.tags.filter(|_| entry.depth == 0);
        tags.is_some_and(|tags| bag::is_tag_file(tags, &entry.path))
    }

    fn judge_file(&mut self, entry: &Entry, size_bytes: u64, digests: &Digests) -> Result<(), TransformError> {
        if let Some(judge) = self.package_judge.as_mut().filter(|_| entry.depth == 0) {
            judge.file(&entry.path, size_bytes, digests);
        }
        match &mut self.judge {
            Some(judge) if entry.depth == 0 => judge
                .file(&entry.path, size_bytes, digests)
                .map_err(|error| TransformError::Internal(error.to_string())),
            _ => Ok(()),
        }
    }

    // The table that the organization has registered for a file of the archive.
    fn registered(&self, entry: &Entry) -> Result<Option<Arc<RegisteredTable>>, TransformError> {
        let package = self.file_transformer.request.path;
        let path = format!("{package}{}{}", relay_archive::NESTING_SEPARATOR, entry.path);
        self.file_transformer.registered(&path)
    }

    // How a file is read as a table for the first time: as its descriptor says, or a rule of the organization; nothing if
    // neither says anything.
    fn plan(&self, entry: &Entry) -> Result<Option<TablePlan>, TransformError> {
        let described = self.resource(entry).and_then(|plan| plan.table.as_ref());
        if let Some(table) = described {
            return Ok(Some(self.file_transformer.plan_of(table)));
        }
        let registered = self.registered(entry)?;
        Ok(registered.map(|table| self.file_transformer.plan(Some(table))))
    }

    // A file of the operating system that nobody speaks of. A descriptor or a rule of the organization may well mean one.
    fn is_passed_over(&self, entry: &Entry) -> Result<bool, TransformError> {
        Ok(is_system_file(&entry.path) && self.resource(entry).is_none() && self.registered(entry)?.is_none())
    }

    // Read and hashed like any other; no result comes of it.
    fn pass_over(&mut self, entry: &Entry, content: &mut Content<'_>) -> Result<(), TransformError> {
        let mut hashed = Hashed::new(content, Hashers::new(self.wanted(entry)));
        let mut reader = HashingReader::new(&mut hashed);
        io::copy(&mut reader, &mut io::sink()).map_err(TransformError::Input)?;
        let digested = reader.finish();
        let digests = hashed.hashers.finish(digested.sha256)?;
        self.judge_system_file(entry, digested.size_bytes, &digests.digests)?;
        self.keep_passed_over(entry, digested, digests);
        Ok(())
    }

    fn keep_passed_over(&mut self, entry: &Entry, digested: Digested, digests: FileDigests) {
        let file = File {
            summary: summary(entry, digested, PASSED_OVER, digests),
            results: Vec::new(),
            explanations: Vec::new(),
            quarantine: None,
        };
        self.files.insert(entry.index, file);
    }

    fn judge_system_file(&mut self, entry: &Entry, size_bytes: u64, digests: &Digests) -> Result<(), TransformError> {
        match &mut self.judge {
            Some(judge) if entry.depth == 0 => judge
                .system_file(&entry.path, size_bytes, digests)
                .map_err(|error| TransformError::Internal(error.to_string())),
            _ => Ok(()),
        }
    }

    fn first_time(&mut self, entry: &Entry, content: &mut Content<'_>) -> Result<(), TransformError> {
        if self.is_passed_over(entry)? {
            return self.pass_over(entry, content);
        }
        let mut hashed = Hashed::new(content, Hashers::new(self.wanted(entry)));
        let prefix = read_prefix(&mut hashed, TABLE_PREFIX_BYTES).map_err(TransformError::Input)?;
        let stream = self.stream(entry)?;
        let watch = self.quiet_watch();
        let described = self.resource(entry).and_then(FilePlan::described);
        let mut rows = match (&mut self.package_judge, described) {
            (Some(judge), Some(table)) => judge.rows(table),
            _ => None,
        };
        let rows = rows.as_mut().map(|rows| rows as &mut dyn RowSink);
        let first = Turn::First {
            prefix: &prefix,
            is_whole: prefix.len() < TABLE_PREFIX_BYTES,
        };
        let mut input = Cursor::new(&prefix).chain(&mut hashed);
        let pass = self.file_transformer.pass(&stream, first, &mut input, rows, &watch)?;
        let digested = match &pass {
            Pass::Finished(outcome) => outcome.digested,
            Pass::Again(_, digested) => *digested,
        };
        let digests = hashed.hashers.finish(digested.sha256)?;
        self.judge_file(entry, digested.size_bytes, &digests.digests)?;
        match pass {
            Pass::Finished(outcome) => self.keep(entry, *outcome, digests)?,
            Pass::Again(next, _) => _ = self.pending.insert(entry.index, Pending { next, digests }),
        }
        Ok(())
    }

    fn once_more(&mut self, entry: &Entry, content: &mut Content<'_>, pending: Pending) -> Result<(), TransformError> {
        let Pending { next, digests } = pending;
        let (stream, watch) = (self.stream(entry)?, self.quiet_watch());
        let pass = self
            .file_transformer
            .pass(&stream, Turn::Next(next), content, None, &watch)?;
        match pass {
            Pass::Finished(outcome) => self.keep(entry, *outcome, digests),
            Pass::Again(..) => Err(disagreement()),
        }
    }

    fn stream(&self, entry: &Entry) -> Result<Stream, TransformError> {
        Ok(Stream {
            names: ResultNames::of_file(&entry.path),
            plan: self.plan(entry)?,
            is_descriptor: self.is_tag_file(entry),
            // The survey has unpacked what is packed.
            packing: Packing::Checked,
            size_bytes: entry.announced_bytes,
        })
    }

    fn keep(
        &mut self,
        entry: &Entry,
        mut outcome: Outcome<R::Sink>,
        digests: FileDigests,
    ) -> Result<(), TransformError> {
        let resource = self.resource(entry);
        if let (Some(judge), Some(plan)) = (&mut self.package_judge, resource) {
            let is_described = plan.described().is_some();
            let (table, quarantine) = (outcome.summary.table(), outcome.quarantine.as_ref());
            judge.resource(plan.resource, is_described, table, quarantine);
        }
        self.hold_to_registered(entry, &mut outcome)?;
        let quarantine = outcome.quarantine.map(|mut reason| {
            reason.text = format!("{}: {}", escape_for_display(&entry.path), reason.text);
            reason
        });
        let of_file = summary(entry, outcome.digested, outcome.summary.transform(), digests);
        let (table, opaque, _) = outcome.summary.into_parts();
        let file = File {
            summary: FileSummary {
                table,
                opaque: opaque.map(|opaque| *opaque),
                ..of_file
            },
            results: outcome.results,
            explanations: outcome.explanations,
            quarantine,
        };
        self.files.insert(entry.index, file);
        Ok(())
    }

    // A described table is held to the schema of its package, and that to the one that is registered for its path.
    fn hold_to_registered(&self, entry: &Entry, outcome: &mut Outcome<R::Sink>) -> Result<(), TransformError> {
        let Some(plan) = self.resource(entry).filter(|plan| plan.described().is_some()) else {
            return Ok(());
        };
        let resources = self.data_package.map(DataPackage::resources).unwrap_or_default();
        let schema = resources.get(plan.resource).and_then(Resource::table_schema);
        let (Some(schema), Some(registered)) = (schema, self.registered(entry)?) else {
            return Ok(());
        };
        let (changes, reason) = schema_changes::compare(&registered, schema);
        if let Summary::Table(Some(table)) = &mut outcome.summary {
            table.schema_version = Some(registered.rule().version);
            table.schema_changes = changes;
        }
        outcome.quarantine = outcome.quarantine.take().or(reason);
        Ok(())
    }

    // Progress is told by the package's own bytes.
    fn quiet_watch(&self) -> Watch<'a> {
        Watch {
            is_cancelled: self.watch.is_cancelled,
            on_progress: &|_| {},
        }
    }
}

fn summary(entry: &Entry, digested: Digested, transform: &str, digests: FileDigests) -> FileSummary {
    FileSummary {
        path: entry.path.clone(),
        size_bytes: digested.size_bytes,
        sha256: digested.sha256,
        digests: digests.others,
        transform: transform.to_owned(),
        table: None,
        opaque: None,
    }
}

impl<R: Results> Visitor for Unpacking<'_, R> {
    type Error = TransformError;
    type Packed = PackedHashers;

    fn file(&mut self, entry: &Entry, content: &mut Content<'_>) -> Result<(), TransformError> {
        if self.is_first_pass() {
            return self.first_time(entry, content);
        }
        match self.pending.remove(&entry.index) {
            Some(pending) => self.once_more(entry, content, pending),
            None => Ok(()),
        }
    }

    fn folder(&mut self, entry: &Entry) -> Result<(), TransformError> {
        if let Some(judge) = &mut self.judge
            && entry.depth == 0
            && !is_system_folder(&entry.path)
        {
            judge.directory(&entry.path);
        }
        Ok(())
    }

    fn enter(&mut self, entry: &Entry, _format: ArchiveFormat) -> Result<Nesting, TransformError> {
        Ok(if self.is_tag_file(entry) {
            Nesting::Keep
        } else {
            Nesting::Descend
        })
    }

    fn packed(&mut self, entry: &Entry) -> PackedHashers {
        PackedHashers::new(self.wanted(entry))
    }

    fn leave(&mut self, entry: &Entry, packed: PackedHashers, packed_bytes: u64) -> Result<(), TransformError> {
        if !self.is_first_pass() {
            return Ok(());
        }
        let (digested, digests) = packed.finish(packed_bytes)?;
        if self.is_passed_over(entry)? {
            self.judge_system_file(entry, packed_bytes, &digests.digests)?;
            self.keep_passed_over(entry, digested, digests);
            return Ok(());
        }
        self.judge_file(entry, packed_bytes, &digests.digests)?;
        let file = File {
            summary: summary(entry, digested, "archive", digests),
            results: Vec::new(),
            explanations: Vec::new(),
            quarantine: None,
        };
        self.files.insert(entry.index, file);
        Ok(())
    }
}
