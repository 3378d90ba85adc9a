//! A queue on Amazon SQS and its dead letters: messages that were received too often without being done.
//!
//! Putting one back is sending it again and deleting it there, in this order: what is interrupted leaves the message twice,
//! and a notification that comes twice is one package. (`StartMessageMoveTask` moves all of them, whatever they hold.)

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use relay_aws_client::{Connection, port_error};
use relay_model::Timestamp;
use relay_pipeline::ports::{PortError, PortErrorClass};
use serde::Deserialize;

/// As many as one call gives at most.
const MESSAGES_IN_CALL: i32 = 10;
/// Long enough that every server of the queue is asked ("Amazon SQS short and long polling").
const WAIT_SECONDS: i32 = 1;
/// How long a dead letter is hidden from others who look, while it is looked at.
const HIDDEN_SECONDS: i32 = 120;

/// Where messages are besides the queue of notices itself, which programs are told of by [`crate::StoreNames`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct QueueNames {
    /// The queue of notifications of uploads.
    pub notification_queue_url: String,
    /// Its dead letters.
    pub notification_dlq_url: String,
    /// The dead letters of notices of failures.
    pub notices_dlq_url: String,
}

/// How many messages there are, roughly: SQS counts on many servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqsDepth {
    /// Can be received now.
    pub ready: u64,
    /// Will be later.
    pub delayed: u64,
    /// Received, and not yet done.
    pub in_progress: u64,
    /// Failed too often.
    pub dead_letters: u64,
}

/// A message that failed too often. Hidden from others for two minutes after it was read.
#[derive(Debug)]
pub struct DeadLetter {
    /// The id that SQS gave it.
    pub message_id: String,
    /// What it says.
    pub body: String,
    /// When it was sent first.
    pub sent_at: Option<Timestamp>,
    receipt: String,
}

/// A queue and its dead letters.
#[derive(Clone, Debug)]
pub struct SqsQueue {
    client: aws_sdk_sqs::Client,
    queue_url: String,
    dead_letters_url: String,
}

impl SqsQueue {
    /// The queue at this address, with its dead letters at that one.
    pub fn new(connection: &Connection, queue_url: impl Into<String>, dead_letters_url: impl Into<String>) -> Self {
        Self {
            client: aws_sdk_sqs::Client::new(connection.sdk_config()),
            queue_url: queue_url.into(),
            dead_letters_url: dead_letters_url.into(),
        }
    }

    /// How many messages there are.
    pub async fn depth(&self) -> Result<SqsDepth, PortError> {
        let [ready, delayed, in_progress] = self.counts(&self.queue_url).await?;
        let dead: [u64; 3] = self.counts(&self.dead_letters_url).await?;
        Ok(SqsDepth {
            ready,
            delayed,
            in_progress,
            dead_letters: dead.iter().sum(),
        })
    }

    async fn counts(&self, queue_url: &str) -> Result<[u64; 3], PortError> {
        const COUNTED: [QueueAttributeName; 3] = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let request = self.client.get_queue_attributes().queue_url(queue_url);
        let answer = request
            .set_attribute_names(Some(COUNTED.to_vec()))
            .send()
            .await
            .map_err(|error| port_error(format!("the queue {queue_url} could not be looked at"), error))?;
        let mut counts = [0; 3];
        for (count, name) in counts.iter_mut().zip(&COUNTED) {
            let text = answer.attributes().and_then(|attributes| attributes.get(name));
            *count = text.and_then(|text| text.parse().ok()).ok_or_else(|| {
                let text = format!("the queue {queue_url} does not say its {}", name.as_str());
                PortError::new(PortErrorClass::Permanent, text)
            })?;
        }
        Ok(counts)
    }

    /// The dead letters, `most` of them at the most.
    pub async fn dead_letters(&self, most: usize) -> Result<Vec<DeadLetter>, PortError> {
        let mut letters: Vec<DeadLetter> = Vec::new();
        while letters.len() < most {
            let wanted = i32::try_from(most - letters.len()).unwrap_or(MESSAGES_IN_CALL);
            let received = self
                .client
                .receive_message()
                .queue_url(&self.dead_letters_url)
                .max_number_of_messages(wanted.min(MESSAGES_IN_CALL))
                .visibility_timeout(HIDDEN_SECONDS)
                .wait_time_seconds(WAIT_SECONDS)
                .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
                .send()
                .await
                .map_err(|error| port_error("the dead letters could not be read", error))?;
            let messages = received.messages.unwrap_or_default();
            if messages.is_empty() {
                break;
            }
            letters.extend(messages.into_iter().filter_map(dead_letter));
        }
        Ok(letters)
    }

    /// Puts a dead letter back into the queue, as it was.
    pub async fn put_back(&self, letter: &DeadLetter) -> Result<(), PortError> {
        let context = || format!("the message {} could not be put back", letter.message_id);
        self.client
            .send_message()
            .queue_url(&self.queue_url)
            .message_body(&letter.body)
            .send()
            .await
            .map_err(|error| port_error(context(), error))?;
        self.client
            .delete_message()
            .queue_url(&self.dead_letters_url)
            .receipt_handle(&letter.receipt)
            .send()
            .await
            .map_err(|error| port_error(format!("{}: it is in both places now", context()), error))?;
        Ok(())
    }

    /// Leaves a dead letter where it is, and lets others see it again.
    pub async fn leave(&self, letter: &DeadLetter) -> Result<(), PortError> {
        self.client
            .change_message_visibility()
            .queue_url(&self.dead_letters_url)
            .receipt_handle(&letter.receipt)
            .visibility_timeout(0)
            .send()
            .await
            .map_err(|error| port_error(format!("the message {} stays hidden a while", letter.message_id), error))?;
        Ok(())
    }
}

// One without a receipt could not be deleted; SQS sends none such.
fn dead_letter(message: Message) -> Option<DeadLetter> {
    let sent = message
        .attributes()
        .and_then(|attributes| attributes.get(&MessageSystemAttributeName::SentTimestamp));
    let sent_at = sent
        .and_then(|text| text.parse().ok())
        .and_then(|milliseconds| Timestamp::from_unix_milliseconds(milliseconds).ok());
    Some(DeadLetter {
        message_id: message.message_id.unwrap_or_default(),
        body: message.body.unwrap_or_default(),
        sent_at,
        receipt: message.receipt_handle?,
    })
}
