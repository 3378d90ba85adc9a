//! A body that ends too early.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use relay_pipeline::ports::ObjectReader;
use tokio::io::{AsyncRead, ReadBuf};

pub(super) struct ShortReader {
    pub(super) inner: ObjectReader,
    pub(super) left_bytes: u64,
    pub(super) ends_in_error: bool,
}

impl AsyncRead for ShortReader {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let limit = usize::try_from(self.left_bytes).unwrap().min(out.remaining());
        if limit == 0 && out.remaining() > 0 {
            let cut = io::Error::new(
                io::ErrorKind::ConnectionReset,
                "the body was cut, as the fault plan says",
            );
            return Poll::Ready(if self.ends_in_error { Err(cut) } else { Ok(()) });
        }
        let mut limited = ReadBuf::new(out.initialize_unfilled_to(limit));
        ready!(Pin::new(&mut self.inner).poll_read(context, &mut limited))?;
        let read = limited.filled().len();
        out.advance(read);
        if read == 0 {
            // The body was shorter than the fault would have allowed: it ends as it should.
            self.ends_in_error = false;
            self.left_bytes = 0;
        }
        self.left_bytes -= (read as u64).min(self.left_bytes);
        Poll::Ready(Ok(()))
    }
}
