//! One stream through its passes, whether it is a whole package or a file of an archive: read as a table, perhaps once
//! more with what was learnt, perhaps kept as it is.

use std::io::Read;

use relay_model::TableLimits;
use relay_privacy::TextRole;
use relay_rules::{CONTENT_PREFIX_BYTES, sniff};
use relay_transform::{Packing, RowSink, TablePlan, TransformError, Watch};

use crate::file_transformer::{FileTransformer, ResultNames};
use crate::outcome::{NextPass, Outcome, Pass, disagreement};
use crate::request::Results;

/// What is known of a stream before it is read.
pub(crate) struct Stream {
    pub(crate) names: ResultNames,
    /// How a rule of the organization or a descriptor has it read; nothing if neither says anything.
    pub(crate) plan: Option<TablePlan>,
    /// Whether it is a file of a bag or a Data Package that speaks of others: it is for their readers, whatever it looks like.
    pub(crate) is_descriptor: bool,
    /// Whether what is packed was unpacked before.
    pub(crate) packing: Packing,
    pub(crate) size_bytes: Option<u64>,
}

/// Which pass it is.
pub(crate) enum Turn<'p> {
    /// The first, with the first bytes of the stream, which the input has as well.
    First {
        prefix: &'p [u8],
        is_whole: bool,
    },
    Next(NextPass),
}

impl<R: Results> FileTransformer<'_, R> {
    /// One pass over a stream. A second one comes to an end: what would need a third means that the bytes have changed.
    pub(crate) fn pass(
        &self,
        stream: &Stream,
        turn: Turn<'_>,
        input: &mut (dyn Read + Send),
        rows: Option<&mut dyn RowSink>,
        watch: &Watch<'_>,
    ) -> Result<Pass<R::Sink>, TransformError> {
        match turn {
            Turn::First { prefix, is_whole } => self.first_pass(stream, prefix, is_whole, input, rows, watch),
            Turn::Next(NextPass::Opaque) => self
                .opaque(input, &stream.names, TextRole::Content, stream.packing, watch)
                .map(finished),
            Turn::Next(NextPass::Table(learnt)) => {
                let plan = TablePlan {
                    learnt: Some(*learnt),
                    threads: self.threads_for(stream.size_bytes),
                    ..stream.plan.clone().unwrap_or_else(|| self.plan(None))
                };
                match self.table(input, &plan, &stream.names, None, watch)? {
                    Pass::Again(..) => Err(disagreement()),
                    done @ Pass::Finished(_) => Ok(done),
                }
            }
        }
    }

    fn first_pass(
        &self,
        stream: &Stream,
        prefix: &[u8],
        is_whole: bool,
        input: &mut (dyn Read + Send),
        rows: Option<&mut dyn RowSink>,
        watch: &Watch<'_>,
    ) -> Result<Pass<R::Sink>, TransformError> {
        let limits = &self.request.limits.table;
        let may_be_table = || !stream.is_descriptor && may_be_table(prefix, is_whole, limits);
        let plan = stream.plan.clone().or_else(|| may_be_table().then(|| self.plan(None)));
        let Some(plan) = plan else {
            let role = if stream.is_descriptor {
                TextRole::Descriptor
            } else {
                TextRole::Content
            };
            let packing = if is_packed(prefix) {
                stream.packing
            } else {
                Packing::Plain
            };
            return self.opaque(input, &stream.names, role, packing, watch).map(finished);
        };
        let size_bytes = if is_whole {
            Some(prefix.len() as u64)
        } else {
            stream.size_bytes
        };
        let plan = TablePlan {
            threads: self.threads_for(size_bytes),
            ..plan
        };
        self.table(input, &plan, &stream.names, rows, watch)
    }
}

fn finished<S>(outcome: Outcome<S>) -> Pass<S> {
    Pass::Finished(Box::new(outcome))
}

/// Whether a stream that starts like this may be a table. The more of it is there, the surer the answer; what is packed must
/// be unpacked to know.
fn may_be_table(prefix: &[u8], is_whole: bool, limits: &TableLimits) -> bool {
    let head = &prefix[..prefix.len().min(CONTENT_PREFIX_BYTES)];
    let kind = sniff(head, is_whole && head.len() == prefix.len());
    kind.is_compressed()
        || relay_transform::may_be_table_file(prefix)
        || (kind.may_be_table() && relay_transform::may_be_table(prefix, is_whole, limits.row_bytes_max))
}

/// Whether a stream that starts like this is packed.
fn is_packed(prefix: &[u8]) -> bool {
    sniff(&prefix[..prefix.len().min(CONTENT_PREFIX_BYTES)], false).is_compressed()
}
