//! Between Lambda's events and the pipeline: which messages there are, and which of them are not done.
//!
//! A message is done when the audit events of all its arrivals are durable and what was accepted is launched. Messages are
//! judged one by one: one that cannot be read, or a step that fails, keeps only its own message in the queue, from where
//! it comes again and ends in the dead-letter queue.

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures_util::StreamExt;
use lambda_runtime::Diagnostic;
use relay_model::{Arrival, BucketName, error_chain};
use relay_pipeline::StepError;
use relay_pipeline::validation::{Validated, Validation};
use relay_rules::{Decoded, Undecodable, decode};
use serde_json::Value;

/// How many messages are worked on at the same time: a whole batch of the deployed size.
const CONCURRENT_MESSAGES_MAX: usize = 10;

/// Why an event, or a message, is not done.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The event is a batch of messages whose envelope is not SQS's.
    #[error("the batch could not be read")]
    NotABatch(#[source] serde_json::Error),
    /// A message has no body.
    #[error("the message has no body")]
    NoBody,
    /// A notification could not be understood.
    #[error("the notification could not be understood")]
    Undecodable(#[source] Undecodable),
    /// A notification is about a bucket that is not the relay's.
    #[error("the notification is about bucket {found}; this relay takes packages from {expected}")]
    ForeignBucket {
        /// Which.
        found: String,
        /// Which it should be.
        expected: String,
    },
    /// A step could not be carried out.
    #[error("a package could not be validated")]
    Step(#[source] StepError),
}

// What Lambda logs, and shows to whoever invoked the function.
impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        Self {
            error_type: "HandlerError".to_owned(),
            error_message: error_chain(&error),
        }
    }
}

/// What the function works with.
pub struct Validator {
    /// Decides on arrivals.
    pub validation: Validation,
    /// The only bucket whose arrivals it takes.
    pub ingress_bucket: BucketName,
}

/// Handles one event: a batch from SQS, a notification by S3 itself, or an event of EventBridge. Only a batch can be done
/// in part; of the others the error makes Lambda try again.
pub async fn handle(validator: &Validator, event: Value) -> Result<Value, HandlerError> {
    if !is_batch(&event) {
        take(validator, decode(&event.to_string())).await?;
        return Ok(Value::Null);
    }
    let batch: SqsEvent = serde_json::from_value(event).map_err(HandlerError::NotABatch)?;
    let failures: Vec<BatchItemFailure> = futures_util::stream::iter(batch.records)
        .map(|message| judge(validator, message))
        .buffered(CONCURRENT_MESSAGES_MAX)
        .filter_map(async |failure| failure)
        .collect()
        .await;
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failures;
    serde_json::to_value(response).map_err(HandlerError::NotABatch)
}

fn is_batch(event: &Value) -> bool {
    let source = event.pointer("/Records/0/eventSource").and_then(Value::as_str);
    source == Some("aws:sqs")
}

// The message's identifier if it is not done.
async fn judge(validator: &Validator, message: SqsMessage) -> Option<BatchItemFailure> {
    let id = message.message_id.clone().unwrap_or_default();
    let done = match message.body {
        Some(body) => take(validator, decode(&body)).await,
        None => Err(HandlerError::NoBody),
    };
    let error = done.err()?;
    tracing::error!(message.id = id, error = %error_chain(&error), "a message is not done; it stays in the queue");
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = id;
    Some(failure)
}

async fn take(validator: &Validator, decoded: Decoded) -> Result<(), HandlerError> {
    for dropped in &decoded.dropped {
        tracing::info!(notification.dropped = ?dropped.reason, "a notification is about no package");
    }
    // Each arrival is taken even when another one of the same message fails: doing it again is harmless.
    let mut first_error = None;
    for arrival in decoded.arrivals {
        let taken = match arrival {
            Ok(arrival) => take_arrival(validator, &arrival).await,
            Err(error) => Err(HandlerError::Undecodable(error)),
        };
        if let Err(error) = taken {
            first_error.get_or_insert(error);
        }
    }
    first_error.map_or(Ok(()), Err)
}

async fn take_arrival(validator: &Validator, arrival: &Arrival) -> Result<(), HandlerError> {
    let expected = &validator.ingress_bucket;
    if arrival.object.bucket != *expected {
        return Err(HandlerError::ForeignBucket {
            found: arrival.object.bucket.to_string(),
            expected: expected.to_string(),
        });
    }
    let validated = validator
        .validation
        .validate(arrival)
        .await
        .map_err(HandlerError::Step)?;
    let package_id = validated.package_id();
    match &validated {
        Validated::Accepted { .. } => tracing::info!(package.id = %package_id, "accepted and launched"),
        Validated::Rejected { reason, .. } => {
            tracing::info!(package.id = %package_id, package.reason = %reason.code, "rejected");
        }
        Validated::Failed { reason, .. } => {
            tracing::warn!(package.id = %package_id, package.reason = %reason.code, "failed");
        }
        Validated::AlreadyDecided { .. } => tracing::info!(package.id = %package_id, "was decided before"),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
