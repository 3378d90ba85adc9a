//! Blocks of unpacked text for the parser: read in place, or ahead on a thread of their own.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, Scope, ScopedJoinHandle};

use relay_model::Reason;

use crate::hashing::Digested;
use crate::outcome::{TransformError, Watch};
use crate::plan::Compression;
use crate::text_source::TextSource;
use crate::unpack::{BLOCK_BYTES, UnpackError};

/// How many blocks may wait between the reader and the parser.
const BLOCKS_AHEAD_MAX: usize = 4;

/// Why there is no next block.
pub(crate) enum BlockError {
    /// The packed bytes break a rule.
    Content(Reason),
    /// The transform cannot go on.
    Transform(TransformError),
}

/// Where blocks come from.
pub(crate) struct Blocks<'scope, 'env, R: Read> {
    source: Source<'scope, R>,
    watch: &'env Watch<'env>,
    compression: Compression,
    ended: bool,
    abandoned: Arc<AtomicBool>,
    /// Bytes that came out of the decoder, up to the last block that was taken.
    pub(crate) unpacked_bytes: u64,
}

/// A block, and how many bytes the decoder had given by its end.
struct Ahead {
    block: Vec<u8>,
    unpacked_bytes: u64,
}

enum Source<'scope, R: Read> {
    Here(Box<TextSource<R>>),
    Ahead {
        blocks: Receiver<Result<Ahead, Reason>>,
        empties: SyncSender<Vec<u8>>,
        reader: ScopedJoinHandle<'scope, Result<Digested, TransformError>>,
    },
    /// The reader has ended in an error.
    Gone,
}

impl<'scope, 'env, R: Read + Send + 'scope> Blocks<'scope, 'env, R> {
    /// Reads in place.
    pub(crate) fn here(texts: TextSource<R>, watch: &'env Watch<'env>) -> Self {
        let compression = texts.compression();
        Self::new(Source::Here(Box::new(texts)), watch, compression, Arc::default())
    }

    /// Reads ahead on a thread of its own; in place where the system gives none.
    pub(crate) fn ahead(texts: TextSource<R>, watch: &'env Watch<'env>, scope: &'scope Scope<'scope, 'env>) -> Self {
        let compression = texts.compression();
        let abandoned = Arc::<AtomicBool>::default();
        let is_abandoned = Arc::clone(&abandoned);
        let (send_block, blocks) = sync_channel(BLOCKS_AHEAD_MAX);
        let (empties, take_empty) = sync_channel(BLOCKS_AHEAD_MAX);
        // What is given to a thread that does not start is gone, so it gets the text once it has started.
        let (give, take) = sync_channel(1);
        let started = Builder::new()
            .name("table-reader".to_owned())
            .spawn_scoped(scope, move || {
                let texts = take.recv().map_err(|_| defect())?;
                read_ahead(texts, watch, &is_abandoned, &send_block, &take_empty)
            });
        let Ok(reader) = started else {
            return Self::here(texts, watch);
        };
        // It waits for it.
        let _ = give.send(texts);
        let source = Source::Ahead {
            blocks,
            empties,
            reader,
        };
        Self::new(source, watch, compression, abandoned)
    }
}

impl<'scope, 'env, R: Read> Blocks<'scope, 'env, R> {
    const fn new(
        source: Source<'scope, R>,
        watch: &'env Watch<'env>,
        compression: Compression,
        abandoned: Arc<AtomicBool>,
    ) -> Self {
        Self {
            source,
            watch,
            compression,
            ended: false,
            abandoned,
            unpacked_bytes: 0,
        }
    }

    pub(crate) const fn compression(&self) -> Compression {
        self.compression
    }

    /// Appends the next block to `window`; false at the end of the input.
    pub(crate) fn append_to(&mut self, window: &mut Vec<u8>) -> Result<bool, BlockError> {
        if self.ended {
            return Ok(false);
        }
        self.watch.check().map_err(BlockError::Transform)?;
        let length = match &mut self.source {
            Source::Here(texts) => {
                let length = texts.fill(window).map_err(from_unpack)?;
                self.watch.progress(texts.read_bytes());
                self.unpacked_bytes = texts.unpacked_bytes();
                length
            }
            Source::Ahead { blocks, empties, .. } => {
                let Ok(received) = blocks.recv() else {
                    return Err(BlockError::Transform(self.join_failed()));
                };
                let Ahead { block, unpacked_bytes } = received.map_err(BlockError::Content)?;
                window.extend_from_slice(&block);
                self.unpacked_bytes = unpacked_bytes;
                let length = block.len();
                // A full channel has empties enough.
                let _ = empties.try_send(block);
                length
            }
            Source::Gone => return Err(BlockError::Transform(defect())),
        };
        self.ended = length < BLOCK_BYTES;
        Ok(length > 0)
    }

    // Without a sender the reader has ended before the last block.
    fn join_failed(&mut self) -> TransformError {
        match std::mem::replace(&mut self.source, Source::Gone) {
            Source::Ahead { reader, .. } => reader
                .join()
                .map_or_else(|_| defect(), |ended| ended.err().unwrap_or_else(defect)),
            Source::Here(_) | Source::Gone => defect(),
        }
    }

    /// Reads what is left for the hash alone.
    pub(crate) fn finish(self) -> Result<Digested, TransformError> {
        match self.source {
            Source::Here(texts) => drain(*texts, self.watch, &self.abandoned),
            Source::Ahead {
                blocks,
                empties,
                reader,
            } => {
                drop((blocks, empties));
                reader.join().map_err(|_| defect())?
            }
            Source::Gone => Err(defect()),
        }
    }

    /// Leaves the rest unread.
    pub(crate) fn abandon(self) {
        self.abandoned.store(true, Ordering::Relaxed);
    }
}

fn defect() -> TransformError {
    TransformError::Internal("the reading thread ended early".to_owned())
}

fn from_unpack(error: UnpackError) -> BlockError {
    match error {
        UnpackError::Input(error) => BlockError::Transform(TransformError::Input(error)),
        UnpackError::Content(reason) => BlockError::Content(reason),
    }
}

fn read_ahead<R: Read>(
    mut texts: TextSource<R>,
    watch: &Watch<'_>,
    abandoned: &AtomicBool,
    blocks: &SyncSender<Result<Ahead, Reason>>,
    empties: &Receiver<Vec<u8>>,
) -> Result<Digested, TransformError> {
    loop {
        watch.check()?;
        let mut block = empties.try_recv().unwrap_or_default();
        block.clear();
        let sent = match texts.fill(&mut block) {
            Ok(length) => {
                watch.progress(texts.read_bytes());
                let is_last = length < BLOCK_BYTES;
                let unpacked_bytes = texts.unpacked_bytes();
                blocks.send(Ok(Ahead { block, unpacked_bytes })).is_ok() && !is_last
            }
            Err(UnpackError::Input(error)) => return Err(TransformError::Input(error)),
            Err(UnpackError::Content(reason)) => {
                // The parser may have ended on its own account.
                let _ = blocks.send(Err(reason));
                false
            }
        };
        if !sent {
            return drain(texts, watch, abandoned);
        }
    }
}

fn drain<R: Read>(texts: TextSource<R>, watch: &Watch<'_>, abandoned: &AtomicBool) -> Result<Digested, TransformError> {
    let keep_on = |read_bytes| {
        watch.progress(read_bytes);
        !(watch.is_cancelled)() && !abandoned.load(Ordering::Relaxed)
    };
    texts
        .drain(keep_on)
        .map_err(TransformError::Input)?
        .ok_or(TransformError::Cancelled)
}
