//! Reading one version: a body that is cut off is taken up again where it ended.
//!
//! The SDK tries again until the headers of an answer have come, and no further. The pipeline's own reader takes a
//! transfer up again too, but only for transforms; copies, audits and hashes read straight from the port.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::types::ChecksumMode;
use relay_model::ObjectVersion;
use relay_pipeline::ports::{ObjectReader, PortError, PortErrorClass};
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

use crate::errors::of_version;

const RANGE_NOT_SATISFIABLE: u16 = 416;
/// The pause before the first try to go on; it doubles with each further one that brings no byte.
const PAUSE: Duration = Duration::from_millis(100);
const PAUSE_DOUBLINGS_MAX: u32 = 6;

/// Which bytes of which version.
#[derive(Clone)]
pub(crate) struct Span {
    pub client: aws_sdk_s3::Client,
    pub object: ObjectVersion,
    /// The first byte that is wanted, counted from zero.
    pub from: u64,
    /// The last one; `None` for all there are.
    pub last: Option<u64>,
}

/// An open body, and where it ends.
pub(crate) struct Body {
    bytes: ObjectReader,
    end: u64,
    etag: Option<String>,
}

impl Span {
    /// The body, or `None` when there is no byte at `from`. With `etag`, only if the version still has it.
    async fn open(&self, etag: Option<String>) -> Result<Option<Body>, PortError> {
        let context = || format!("{} in {} could not be read", self.object.key, self.object.bucket);
        let range = match self.last {
            Some(last) => Some(format!("bytes={}-{last}", self.from)),
            None => (self.from > 0).then(|| format!("bytes={}-", self.from)),
        };
        // The SDK checks the bytes of a whole object against the checksum that S3 keeps, where it keeps one of the whole.
        let checksum = range.is_none().then_some(ChecksumMode::Enabled);
        let request = self
            .client
            .get_object()
            .bucket(self.object.bucket.as_str())
            .key(self.object.key.as_str())
            .version_id(self.object.version_id.as_str())
            .set_range(range)
            .set_if_match(etag)
            .set_checksum_mode(checksum);
        match request.send().await {
            Ok(output) => self.body_of(output).await.map(Some),
            Err(error)
                if error
                    .raw_response()
                    .is_some_and(|raw| raw.status().as_u16() == RANGE_NOT_SATISFIABLE) =>
            {
                Ok(None)
            }
            Err(error) => Err(of_version(context(), error)),
        }
    }

    async fn body_of(&self, output: GetObjectOutput) -> Result<Body, PortError> {
        let is_whole = output.content_range().is_none();
        let length = u64::try_from(output.content_length().unwrap_or_default()).unwrap_or_default();
        let etag = output.e_tag().map(str::to_owned);
        let mut bytes = output.body.into_async_read();
        if !is_whole {
            let end = self.from + length;
            return Ok(Body {
                bytes: Box::new(bytes),
                end,
                etag,
            });
        }
        // A server may ignore a range (RFC 9110, section 14.2): then what comes before is read past.
        if self.from > length {
            return Err(beyond_the_end(&self.object, self.from, length));
        }
        let skipped = tokio::io::copy(&mut (&mut bytes).take(self.from), &mut tokio::io::sink()).await;
        skipped.map_err(|error| cut(&self.object, self.from, length, error))?;
        let until = self.last.map_or(u64::MAX, |last| last.saturating_add(1));
        let end = length.min(until);
        // Not the length: the checksum is compared where the body itself ends.
        let rest = bytes.take(until.saturating_sub(self.from));
        Ok(Body {
            bytes: Box::new(rest),
            end,
            etag,
        })
    }
}

pub(crate) fn beyond_the_end(object: &ObjectVersion, offset_bytes: u64, size_bytes: u64) -> PortError {
    let text = format!("{} ends at byte {size_bytes}, before {offset_bytes}", object.key);
    PortError::new(PortErrorClass::Permanent, text)
}

fn cut(object: &ObjectVersion, offset: u64, end: u64, error: io::Error) -> PortError {
    let text = format!(
        "{} in {} was cut off at byte {offset} of {end}",
        object.key, object.bucket
    );
    PortError::new(PortErrorClass::Retryable, text).caused_by(error)
}

enum State {
    Reading(ObjectReader),
    Opening(Pin<Box<dyn Future<Output = Result<Option<Body>, PortError>> + Send>>),
}

/// The bytes of a span. It holds no more of them than one frame of the connection.
///
/// What cannot be taken up again ends in an I/O error that carries a [`PortError`], of a kind that
/// [`PortError::from_io`] classes the same way. Bytes that S3's own checksum does not fit are `InvalidData`.
pub(crate) struct SpanReader {
    span: Span,
    state: State,
    end: u64,
    etag: Option<String>,
    resumes_max: u32,
    resumes_left: u32,
}

impl SpanReader {
    /// The reader, or `None` when there is no byte at the beginning of the span.
    pub(crate) async fn open(span: Span, resumes_max: u32) -> Result<Option<Self>, PortError> {
        let opened = span.open(None).await?;
        Ok(opened.map(|body| Self {
            span,
            state: State::Reading(body.bytes),
            end: body.end,
            etag: body.etag,
            resumes_max,
            resumes_left: resumes_max,
        }))
    }

    // Goes on behind the last byte that came, or gives up with `error`.
    fn resume(&mut self, error: PortError) -> io::Result<()> {
        if self.resumes_left == 0 || error.class() != PortErrorClass::Retryable {
            return Err(io_error(error));
        }
        let doublings = (self.resumes_max - self.resumes_left).min(PAUSE_DOUBLINGS_MAX);
        self.resumes_left -= 1;
        tracing::debug!(object.offset_bytes = self.span.from, error = %error, "a body is taken up again");
        let (span, etag) = (self.span.clone(), self.etag.clone());
        self.state = State::Opening(Box::pin(async move {
            tokio::time::sleep(PAUSE * 2_u32.pow(doublings)).await;
            span.open(etag).await
        }));
        Ok(())
    }

    // What became of one read that gave nothing.
    fn at_a_stop(&mut self, error: Option<io::Error>) -> io::Result<bool> {
        let (offset, end) = (self.span.from, self.end);
        match error {
            None if offset >= end => Ok(true),
            // The checksum is compared when the last byte has come.
            Some(error) if offset >= end => {
                let text = format!("the bytes of {} are not what S3 says they are", self.span.object.key);
                let error = PortError::new(PortErrorClass::Permanent, text).caused_by(error);
                Err(io::Error::new(io::ErrorKind::InvalidData, error))
            }
            error => {
                let error = error.unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into());
                let error = cut(&self.span.object, offset, end, error);
                self.resume(error).map(|()| false)
            }
        }
    }

    fn reopened(&mut self, opened: Result<Option<Body>, PortError>) -> io::Result<()> {
        match opened {
            Ok(Some(body)) if body.end == self.end => {
                self.state = State::Reading(body.bytes);
                Ok(())
            }
            Ok(_) => {
                let text = format!("{} has another length than before", self.span.object.key);
                Err(io_error(PortError::new(PortErrorClass::Permanent, text)))
            }
            Err(error) => self.resume(error),
        }
    }
}

impl AsyncRead for SpanReader {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        loop {
            match &mut self.state {
                State::Reading(body) => {
                    let error = ready!(Pin::new(body).poll_read(cx, buffer)).err();
                    let read = buffer.filled().len() - before;
                    if error.is_none() && read > 0 {
                        self.span.from += read as u64;
                        self.resumes_left = self.resumes_max;
                        return Poll::Ready(Ok(()));
                    }
                    if self.at_a_stop(error)? {
                        return Poll::Ready(Ok(()));
                    }
                }
                State::Opening(opening) => {
                    let opened = ready!(opening.as_mut().poll(cx));
                    self.reopened(opened)?;
                }
            }
        }
    }
}

fn io_error(error: PortError) -> io::Error {
    let kind = match error.class() {
        PortErrorClass::Retryable => io::ErrorKind::ConnectionAborted,
        PortErrorClass::NotFound => io::ErrorKind::NotFound,
        PortErrorClass::PreconditionFailed => io::ErrorKind::AlreadyExists,
        PortErrorClass::StorageFull => io::ErrorKind::StorageFull,
        PortErrorClass::Permanent => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}
