//! Takes notices from a queue on Amazon SQS, many at a time.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::types::{BatchResultErrorEntry, DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName};
use futures_util::StreamExt;
use relay_alerts::{Received, Sender};
use relay_aws_client::{Connection, port_error};
use relay_model::{Notice, Timestamp, error_chain};
use relay_pipeline::ports::{NoticeQueue, PortError, PortErrorClass, QueuedNotice};
use tokio::time::Instant;

/// How many messages one call receives or deletes ("Amazon SQS message quotas").
const BATCH_MAX: usize = 10;
/// How many calls are made at the same time.
const CALLS_MAX: usize = 8;
/// How long a call waits for a message. With any wait it asks all of the queue's servers, so that no answer means no message.
const WAIT_SECONDS: i32 = 1;
/// How long messages are received; the function that does this has to publish and to delete as well.
const RECEIVE_TIME: Duration = Duration::from_secs(20);

/// A queue of notices on Amazon SQS.
#[derive(Clone, Debug)]
pub struct SqsNotices {
    client: aws_sdk_sqs::Client,
    queue_url: String,
}

impl SqsNotices {
    /// At this address.
    pub fn new(connection: &Connection, queue_url: impl Into<String>) -> Self {
        Self {
            client: aws_sdk_sqs::Client::new(connection.sdk_config()),
            queue_url: queue_url.into(),
        }
    }

    async fn receive_batch(&self, number: usize) -> Result<Vec<QueuedNotice>, PortError> {
        let received = self
            .client
            .receive_message()
            .queue_url(&self.queue_url)
            .max_number_of_messages(i32::try_from(number).unwrap_or(1))
            .wait_time_seconds(WAIT_SECONDS)
            .message_system_attribute_names(MessageSystemAttributeName::SenderId)
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .send()
            .await
            .map_err(|error| port_error("notices could not be received", error))?;
        Ok(received.messages().iter().map(queued).collect())
    }

    // As many calls as `number` messages need, at the same time. What some of them have brought is not given up for another's
    // error.
    async fn receive_at_once(&self, number: usize) -> Result<Vec<QueuedNotice>, PortError> {
        let sizes = (0..CALLS_MAX)
            .map(|call| number.saturating_sub(call * BATCH_MAX).min(BATCH_MAX))
            .take_while(|size| *size > 0);
        let answers: Vec<_> = futures_util::stream::iter(sizes)
            .map(|size| self.receive_batch(size))
            .buffer_unordered(CALLS_MAX)
            .collect()
            .await;
        let (mut notices, mut failed) = (Vec::new(), None);
        for answer in answers {
            match answer {
                Ok(batch) => notices.extend(batch),
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            Some(error) if notices.is_empty() => Err(error),
            Some(error) => {
                tracing::warn!(error = %error, "some notices could not be received now");
                Ok(notices)
            }
            None => Ok(notices),
        }
    }

    async fn delete_batch(&self, receipts: Vec<String>) -> Result<(), PortError> {
        let failed = |context: &str| PortError::new(PortErrorClass::Permanent, context);
        let mut entries = Vec::with_capacity(receipts.len());
        for (index, receipt) in receipts.into_iter().enumerate() {
            let entry = DeleteMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .receipt_handle(receipt)
                .build()
                .map_err(|error| failed("a notice has no receipt").caused_by(error))?;
            entries.push(entry);
        }
        let deleted = self
            .client
            .delete_message_batch()
            .queue_url(&self.queue_url)
            .set_entries(Some(entries))
            .send()
            .await
            .map_err(|error| port_error("notices could not be deleted", error))?;
        // A receipt is no longer good once its notice is deleted, or was received again: then it comes again, and is counted again.
        let left: Vec<&str> = deleted
            .failed()
            .iter()
            .map(BatchResultErrorEntry::code)
            .filter(|code| *code != "ReceiptHandleIsInvalid")
            .collect();
        match left.first() {
            None => Ok(()),
            Some(code) => Err(failed(&format!("{} notices could not be deleted: {code}", left.len()))),
        }
    }
}

#[async_trait]
impl NoticeQueue for SqsNotices {
    async fn receive(&self, limit: usize) -> Result<Vec<QueuedNotice>, PortError> {
        let deadline = Instant::now() + RECEIVE_TIME;
        let mut notices: Vec<QueuedNotice> = Vec::new();
        while notices.len() < limit && Instant::now() < deadline {
            match self.receive_at_once(limit - notices.len()).await {
                Ok(more) if more.is_empty() => break,
                Ok(more) => notices.extend(more),
                Err(error) if notices.is_empty() => return Err(error),
                Err(error) => {
                    tracing::warn!(error = %error, "further notices could not be received now");
                    break;
                }
            }
        }
        Ok(notices)
    }

    async fn delete(&self, receipts: &[String]) -> Result<(), PortError> {
        let batches: Vec<Vec<String>> = receipts.chunks(BATCH_MAX).map(<[String]>::to_vec).collect();
        let deletions: Vec<_> = futures_util::stream::iter(batches)
            .map(|batch| self.delete_batch(batch))
            .buffer_unordered(CALLS_MAX)
            .collect()
            .await;
        deletions.into_iter().collect()
    }
}

fn queued(message: &Message) -> QueuedNotice {
    let attribute = |name: &MessageSystemAttributeName| message.attributes()?.get(name).map(String::as_str);
    let at = attribute(&MessageSystemAttributeName::SentTimestamp)
        .and_then(|text| text.parse().ok())
        .and_then(|milliseconds| Timestamp::from_unix_milliseconds(milliseconds).ok());
    let id = message.message_id().unwrap_or_default().to_owned();
    let notice = Notice::from_wire(message.body().unwrap_or_default());
    if let Err(error) = &notice {
        tracing::warn!(message.id = id, error = %error_chain(error), "a notice could not be read; it is counted");
    }
    QueuedNotice {
        id,
        receipt: message.receipt_handle().unwrap_or_default().to_owned(),
        received: Received {
            at: at.unwrap_or(Timestamp::EPOCH),
            sender: attribute(&MessageSystemAttributeName::SenderId).map(sender),
            notice: notice.ok(),
        },
    }
}

// "ReceiveMessage", Amazon SQS API Reference: for a role, its unique id, a colon, and the session's name, which whoever takes
// the role may choose.
fn sender(sender_id: &str) -> Sender {
    Sender::attested(sender_id.split(':').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(sender_id: &str, body: &str) -> Message {
        Message::builder()
            .message_id("m1")
            .receipt_handle("r1")
            .body(body)
            .attributes(MessageSystemAttributeName::SenderId, sender_id)
            .attributes(MessageSystemAttributeName::SentTimestamp, "1767225600123")
            .build()
    }

    #[test]
    fn the_sender_is_the_role_whatever_its_session_is_called() {
        for session in ["a", "b:c", "AROAOTHER", ""] {
            let queued = queued(&message(&format!("AROAEXAMPLE123:{session}"), "{}"));
            assert_eq!(queued.received.sender.unwrap().as_str(), "AROAEXAMPLE123");
        }
    }

    #[test]
    fn what_cannot_be_read_is_a_notice_all_the_same() {
        let queued = queued(&message("AIDAEXAMPLE", "{\"v\":1}"));
        assert_eq!((queued.id.as_str(), queued.receipt.as_str()), ("m1", "r1"));
        assert_eq!(queued.received.notice, None);
        assert_eq!(queued.received.at.to_string(), "2026-01-01T00:00:00.123Z");
    }
}
