//! A whole package: what it is, by its first bytes, and the passes that it needs.

use std::io::{Cursor, Read};

use relay_archive::{RECOGNITION_BYTES, recognition_bytes, recognize_package};
use relay_transform::{Packing, TransformError, Watch};

use crate::archive::transform_archive;
use crate::file_transformer::{FileTransformer, ResultNames};
use crate::observed::read_prefix;
use crate::outcome::{Outcome, Pass};
use crate::passes::{Stream, Turn};
use crate::request::{Package, Request, Results};

/// Reads a package and writes its results. An error says that it could not be read or written; whatever its content
/// deserves is in the [`Outcome`].
pub fn transform_package<R: Results>(
    package: &dyn Package,
    results: &R,
    request: &Request<'_>,
    watch: &Watch<'_>,
) -> Result<Outcome<R::Sink>, TransformError> {
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
    let is_whole = prefix.len() < wanted;
    let stream = Stream {
        names: ResultNames::of_package(),
        plan: registered.map(|table| file_transformer.plan(Some(table))),
        is_descriptor: false,
        packing: Packing::Unchecked,
        size_bytes: is_whole.then_some(prefix.len() as u64),
    };
    let mut input: Box<dyn Read + Send + '_> = Box::new(Cursor::new(&prefix).chain(reader));
    let mut turn = Turn::First {
        prefix: &prefix,
        is_whole,
    };
    loop {
        match file_transformer.pass(&stream, turn, &mut input, None, watch)? {
            Pass::Finished(outcome) => return Ok(*outcome),
            Pass::Again(next, _) => {
                turn = Turn::Next(next);
                input = package.open();
            }
        }
    }
}
