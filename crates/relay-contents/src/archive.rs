//! An archive, from the survey to the verdict.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use relay_archive::{ArchiveError, ArchiveFormat, read_archive};
use relay_model::{ArchiveSummary, FileSummary};
use relay_transform::{Digested, HashingReader, TransformError, Watch};

use crate::bag;
use crate::data_package::DataPackage;
use crate::file_transformer::FileTransformer;
use crate::observed::{Observed, input_error};
use crate::outcome::{Outcome, Summary, disagreement};
use crate::package_judge::PackageJudge;
use crate::request::{Package, Results};
use crate::sources;
use crate::survey::{Sound, survey};
use crate::unpacking::Unpacking;

/// The most columns that one event lists, those of all tables of an archive together.
const LISTED_COLUMNS_MAX: usize = 5_000;

pub(crate) fn transform_archive<R: Results>(
    package: &dyn Package,
    first: Box<dyn Read + Send + '_>,
    format: ArchiveFormat,
    file_transformer: &FileTransformer<'_, R>,
    watch: &Watch<'_>,
) -> Result<Outcome<R::Sink>, TransformError> {
    let surveyed = survey(package, first, format, file_transformer.request, watch)?;
    let mut sound = match surveyed.found {
        Ok(sound) => sound,
        Err(reason) => return Ok(Outcome::set_aside(surveyed.digested, Summary::Archive(None), reason)),
    };
    let data_package = match sound.descriptor.take() {
        Some(found) => {
            let described = DataPackage::read(found, &file_transformer.request.limits.data_package);
            let sources = described.sources.iter().map(|path| described.absolute(path)).collect();
            Some(settle(
                described,
                sources,
                package,
                format,
                file_transformer,
                &mut sound.passes,
                watch,
            )?)
        }
        None => None,
    };
    let mut unpacking = Unpacking::new(file_transformer, sound.bag.as_ref(), data_package.as_ref(), watch)?;
    match unpack(
        package,
        format,
        file_transformer,
        &mut unpacking,
        &surveyed.digested,
        &sound,
        watch,
    ) {
        Ok(outcome) => Ok(outcome),
        Err(error) => {
            unpacking.abort();
            Err(error)
        }
    }
}

// One more pass where schemas or dialects stand in files of their own.
fn settle<R: Results>(
    mut described: DataPackage,
    wanted: BTreeSet<String>,
    package: &dyn Package,
    format: ArchiveFormat,
    file_transformer: &FileTransformer<'_, R>,
    passes: &mut u32,
    watch: &Watch<'_>,
) -> Result<DataPackage, TransformError> {
    let found = if wanted.is_empty() {
        BTreeMap::new()
    } else {
        *passes += 1;
        let bytes_max = file_transformer.request.limits.data_package.descriptor_bytes_max as u64;
        sources::collect(package, format, wanted, bytes_max, file_transformer.request, watch)?
    };
    described.settle(&found);
    Ok(described)
}

fn unpack<'a, R: Results>(
    package: &dyn Package,
    format: ArchiveFormat,
    file_transformer: &FileTransformer<'_, R>,
    unpacking: &mut Unpacking<'a, R>,
    digested: &Digested,
    sound: &'a Sound,
    watch: &Watch<'_>,
) -> Result<Outcome<R::Sink>, TransformError> {
    let mut passes = sound.passes;
    let mut judged = None;
    loop {
        passes += 1;
        pass(package, format, file_transformer, unpacking, digested, watch)?;
        if let Some(judge) = unpacking.take_judge() {
            judged = Some(
                judge
                    .finish()
                    .map_err(|error| TransformError::Internal(error.to_string()))?,
            );
        }
        if !unpacking.needs_another_pass() {
            break;
        }
    }
    let described = unpacking.take_package_judge().map(PackageJudge::finish);
    let of_package = described.as_ref().and_then(|verdict| verdict.quarantine.clone());
    let files = std::mem::take(&mut unpacking.files);
    let of_files = || files.values().find_map(|file| file.quarantine.clone());
    let quarantine = judged
        .as_ref()
        .and_then(bag::quarantine)
        .or(of_package)
        .or_else(of_files);
    let mut results = Vec::new();
    let mut summaries = Vec::with_capacity(files.len());
    for file in files.into_values() {
        if quarantine.is_none() {
            results.extend(file.results);
        } else {
            file_transformer.abort(file.results.into_iter().map(Some));
        }
        results.extend(file.explanations);
        summaries.push(file.summary);
    }
    let columns_omitted = omit_columns(&mut summaries);
    let bag = sound.bag.as_ref().zip(judged.as_ref());
    let summary = ArchiveSummary {
        format: format.name().to_owned(),
        entries: sound.survey.entries,
        nested_archives: sound.survey.nested_archives,
        unpacked_bytes: sound.survey.unpacked_bytes,
        passes,
        bag: bag.map(|(tags, verdict)| bag::summary(tags, verdict)),
        data_package: described.map(|verdict| verdict.summary),
        files: summaries,
        columns_omitted,
    };
    Ok(Outcome {
        digested: *digested,
        summary: Summary::Archive(Some(Box::new(summary))),
        results,
        explanations: Vec::new(),
        quarantine,
    })
}

// One more reading of the same bytes.
fn pass<R: Results>(
    package: &dyn Package,
    format: ArchiveFormat,
    file_transformer: &FileTransformer<'_, R>,
    unpacking: &mut Unpacking<'_, R>,
    expected: &Digested,
    watch: &Watch<'_>,
) -> Result<(), TransformError> {
    unpacking.begin_pass();
    let mut input = HashingReader::new(Observed::new(package.open(), watch));
    match read_archive(&mut input, format, &file_transformer.request.limits.archive, unpacking) {
        Ok(_) if input.finish() == *expected => Ok(()),
        // The survey accepted these bytes.
        Ok(_) | Err(ArchiveError::Refused(_)) => Err(disagreement()),
        Err(ArchiveError::Input(error)) => Err(input_error(error, watch)),
        Err(ArchiveError::Visitor(error)) => Err(error),
    }
}

fn omit_columns(files: &mut [FileSummary]) -> u64 {
    let (mut listed, mut omitted) = (0, 0);
    for table in files.iter_mut().filter_map(|file| file.table.as_mut()) {
        if listed + table.columns.len() > LISTED_COLUMNS_MAX {
            omitted += table.columns.len() as u64;
            table.columns.clear();
        } else {
            listed += table.columns.len();
        }
    }
    omitted
}
