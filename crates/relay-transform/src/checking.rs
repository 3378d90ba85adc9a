//! A compressed stream that nobody reads a table from: does it unpack to its end, within the limits?

use std::io::Read;

use relay_model::{Reason, TableLimits};

use crate::outcome::{TransformError, Watch};
use crate::unpack::{BLOCK_BYTES, UnpackError, Unpacker};

/// Unpacks `input` (gzip, zstd, bzip2 or xz) and throws away what comes out; the reason, if it must not be passed on. What is neither
/// passes.
///
/// Whoever receives a compressed file unpacks it, so one that is cut off or a bomb is found here and not there.
pub fn check_packed(
    input: impl Read,
    limits: &TableLimits,
    watch: &Watch<'_>,
) -> Result<Option<Reason>, TransformError> {
    let mut unpacker = Unpacker::open(input, limits).map_err(TransformError::Input)?;
    let mut block = Vec::with_capacity(BLOCK_BYTES);
    loop {
        watch.check()?;
        block.clear();
        match unpacker.fill(&mut block) {
            Ok(length) if length < BLOCK_BYTES => return Ok(None),
            Ok(_) => watch.progress(unpacker.read_bytes()),
            Err(UnpackError::Content(reason)) => return Ok(Some(reason)),
            Err(UnpackError::Input(error)) => return Err(TransformError::Input(error)),
        }
    }
}
