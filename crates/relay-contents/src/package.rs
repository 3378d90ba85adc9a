//! A whole package: what it is, by its first bytes, and the passes that it needs.

use std::io::{Cursor, Read};

use relay_archive::{RECOGNITION_BYTES, recognition_bytes, recognize_package};
use relay_model::TableLimits;
use relay_privacy::TextRole;
use relay_rules::{CONTENT_PREFIX_BYTES, sniff};
use relay_transform::{Packing, TransformError, Watch};

use crate::archive::transform_archive;
use crate::contents::Contents;
use crate::file_transformer::{Done, FileTransformer, ResultNames, Step};
use crate::observed::read_prefix;
use crate::request::{Package, Request, Results};

/// Reads a package and writes its results. An error says that it could not be read or written; whatever its content
/// deserves is in the [`Contents`].
pub fn transform_package<R: Results>(
    package: &dyn Package,
    results: &R,
    request: &Request<'_>,
    watch: &Watch<'_>,
) -> Result<Contents<R::Sink>, TransformError> {
    let file_transformer = FileTransformer::new(request, results);
    let mut reader = package.open();
    let mut prefix = read_prefix(&mut reader, RECOGNITION_BYTES).map_err(TransformError::Input)?;
    let wanted = recognition_bytes(&prefix);
    if prefix.len() == RECOGNITION_BYTES && wanted > RECOGNITION_BYTES {
        let more = read_prefix(&mut reader, wanted - RECOGNITION_BYTES).map_err(TransformError::Input)?;
        prefix.extend(more);
    }
    let registered = file_transformer.registered(request.path)?;
    if registered.is_none()
        && let Some(format) = recognize_package(&prefix, request.path)
    {
        let first = Cursor::new(prefix).chain(reader);
        return transform_archive(package, Box::new(first), format, &file_transformer, watch);
    }
    let names = ResultNames::of_package();
    let is_whole = prefix.len() < wanted;
    let may_be_table = may_be_table(&prefix, is_whole, &request.limits.table);
    let whole_bytes = is_whole.then_some(prefix.len() as u64);
    let first = Cursor::new(prefix).chain(reader);
    if registered.is_none() && !may_be_table {
        let done = file_transformer.opaque(&mut { first }, &names, TextRole::Content, Packing::Plain, watch);
        return done.map(Contents::from);
    }
    let mut plan = file_transformer.plan(registered);
    plan.threads = file_transformer.threads_for(whole_bytes);
    match file_transformer.table(first, &plan, &names, None, watch)? {
        Step::Done(done) => Ok((*done).into()),
        Step::Opaque(_) => {
            let done = file_transformer.opaque(
                &mut package.open(),
                &names,
                TextRole::Content,
                Packing::Unchecked,
                watch,
            );
            done.map(Contents::from)
        }
        Step::Again(learnt, _) => {
            plan.learnt = Some(*learnt);
            match file_transformer.table(package.open(), &plan, &names, None, watch)? {
                Step::Done(done) => Ok((*done).into()),
                Step::Opaque(_) | Step::Again(..) => Err(disagreement()),
            }
        }
    }
}

/// Whether a stream that starts like this may be a table. The more of it is there, the surer the answer; what is packed must
/// be unpacked to know.
pub(crate) fn may_be_table(prefix: &[u8], is_whole: bool, limits: &TableLimits) -> bool {
    let head = &prefix[..prefix.len().min(CONTENT_PREFIX_BYTES)];
    let kind = sniff(head, is_whole && head.len() == prefix.len());
    kind.is_compressed()
        || relay_transform::may_be_table_file(prefix)
        || (kind.may_be_table() && relay_transform::may_be_table(prefix, is_whole, limits.row_bytes_max))
}

/// Whether a stream that starts like this is packed.
pub(crate) fn is_packed(prefix: &[u8]) -> bool {
    sniff(&prefix[..prefix.len().min(CONTENT_PREFIX_BYTES)], false).is_compressed()
}

/// A version never changes, so this is a defect, of the store or of ours.
pub(crate) fn disagreement() -> TransformError {
    TransformError::Internal("two passes over the same bytes disagreed".to_owned())
}

impl<S> From<Done<S>> for Contents<S> {
    fn from(done: Done<S>) -> Self {
        let mut results = done.results;
        results.extend(done.explaining);
        Self {
            digested: done.digested,
            transform: done.transform,
            results,
            table: done.table,
            opaque: done.opaque.map(Box::new),
            archive: None,
            quarantine: done.quarantine,
        }
    }
}
