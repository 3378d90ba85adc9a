//! Dead letters are counted, read, put back and left, at the emulator.

use std::collections::HashMap;

use aws_sdk_sqs::types::QueueAttributeName;
use relay_aws::{Connection, SqsQueue};
use relay_pipeline::ports::PortErrorClass;
use relay_testing::emulator::Emulator;

use crate::support::{fresh, root_of};

const LETTERS: usize = 25;

struct Queues {
    client: aws_sdk_sqs::Client,
    queue_url: String,
    dead_letters_url: String,
    queue: SqsQueue,
    _emulator: Emulator,
}

impl Queues {
    async fn new() -> Self {
        let emulator = Emulator::start().await;
        let config = root_of(&emulator).await;
        let client = aws_sdk_sqs::Client::new(&config);
        let make = async |name: &str| {
            let made = client.create_queue().queue_name(fresh(name)).send().await.unwrap();
            made.queue_url().unwrap().to_owned()
        };
        let (queue_url, dead_letters_url) = (make("queue").await, make("dead-letters").await);
        Self {
            queue: SqsQueue::new(&Connection::from_config(config), &queue_url, &dead_letters_url),
            client,
            queue_url,
            dead_letters_url,
            _emulator: emulator,
        }
    }

    async fn send(&self, queue_url: &str, body: &str) {
        let sent = self.client.send_message().queue_url(queue_url).message_body(body);
        sent.send().await.unwrap();
    }

    // All that the queue holds, each once.
    async fn held(&self) -> Vec<String> {
        let mut held = Vec::new();
        loop {
            let received = self.client.receive_message().queue_url(&self.queue_url);
            let received = received.max_number_of_messages(10).send().await.unwrap();
            if received.messages().is_empty() {
                break;
            }
            held.extend(
                received
                    .messages()
                    .iter()
                    .map(|message| message.body().unwrap().to_owned()),
            );
        }
        held.sort_unstable();
        held
    }
}

#[tokio::test]
async fn dead_letters_are_put_back_each_once_and_the_others_stay() {
    let queues = Queues::new().await;
    let bodies: Vec<String> = (0..LETTERS)
        .map(|number| format!("{number:02} \"\u{fc}\" <&>"))
        .collect();
    for body in &bodies {
        queues.send(&queues.dead_letters_url, body).await;
    }
    queues.send(&queues.queue_url, "waiting").await;
    let depth = queues.queue.depth().await.unwrap();
    assert_eq!(
        (depth.ready, depth.in_progress, depth.dead_letters),
        (1, 0, LETTERS as u64)
    );

    let letters = queues.queue.dead_letters(usize::MAX).await.unwrap();
    assert_eq!(letters.len(), LETTERS, "read in pages, each once");
    assert!(letters.iter().all(|letter| letter.sent_at.is_some()));
    // Hidden from others, and still counted.
    assert_eq!(queues.queue.dead_letters(usize::MAX).await.unwrap().len(), 0);
    assert_eq!(queues.queue.depth().await.unwrap().dead_letters, LETTERS as u64);

    let (left, back): (Vec<_>, Vec<_>) = letters.iter().partition(|letter| letter.body.starts_with("07"));
    for letter in &back {
        queues.queue.put_back(letter).await.unwrap();
    }
    for letter in &left {
        queues.queue.leave(letter).await.unwrap();
    }
    assert_eq!(queues.queue.depth().await.unwrap().dead_letters, 1);
    let again = queues.queue.dead_letters(1).await.unwrap();
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].body, left[0].body);
    let mut expected: Vec<String> = bodies.into_iter().filter(|body| *body != again[0].body).collect();
    expected.push("waiting".to_owned());
    assert_eq!(queues.held().await, expected);
}

#[tokio::test]
async fn no_more_are_read_than_asked_for() {
    let queues = Queues::new().await;
    for _ in 0..LETTERS {
        queues.send(&queues.dead_letters_url, "one").await;
    }
    assert_eq!(queues.queue.dead_letters(13).await.unwrap().len(), 13);
    assert_eq!(queues.queue.dead_letters(usize::MAX).await.unwrap().len(), LETTERS - 13);
}

#[tokio::test]
async fn what_is_delayed_is_counted_apart_and_a_queue_that_is_gone_is_said() {
    let queues = Queues::new().await;
    let url = &queues.queue_url;
    let delay = HashMap::from([(QueueAttributeName::DelaySeconds, "900".to_owned())]);
    let set = queues.client.set_queue_attributes().queue_url(url);
    set.set_attributes(Some(delay)).send().await.unwrap();
    queues.send(url, "later").await;
    let depth = queues.queue.depth().await.unwrap();
    assert_eq!((depth.ready, depth.delayed), (0, 1));

    queues.client.delete_queue().queue_url(url).send().await.unwrap();
    let error = queues.queue.depth().await.unwrap_err();
    assert_ne!(error.class(), PortErrorClass::Retryable, "{error:?}");
    assert!(error.to_string().contains(url.as_str()), "{error}");
}
