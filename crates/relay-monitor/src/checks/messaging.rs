//! Checks of queues, topics and streams.

use super::AT_REST;
use crate::check::{Check, Controls, Outcome, Severity, must, on};
use crate::facts::{Encryption, Facts};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "sqs.encryption",
        title: "Queues are encrypted at rest",
        service: "sqs",
        severity: Severity::Medium,
        reads: &["sqs:GetQueueAttributes"],
        controls: Controls::listed(AT_REST).fsbp(&["SQS.1"]),
        remedy: "Set KmsMasterKeyId to a KMS key on the queue, or SqsManagedSseEnabled to true.",
        judge: |facts| match facts {
            Facts::Queue(queue) => on(&queue.encryption, encrypted),
            _ => Outcome::NotApplicable,
        },
    },
    Check {
        id: "sns.encryption",
        title: "Topics are encrypted at rest",
        service: "sns",
        severity: Severity::Medium,
        reads: &["sns:GetTopicAttributes"],
        controls: Controls::listed(AT_REST).hub(&["SNS.1"]),
        remedy: "Set KmsMasterKeyId to a KMS key on the topic.",
        judge: |facts| match facts {
            Facts::Topic(topic) => on(&topic.encryption, encrypted),
            _ => Outcome::NotApplicable,
        },
    },
    Check {
        id: "kinesis.encryption",
        title: "Streams are encrypted at rest",
        service: "kinesis",
        severity: Severity::Medium,
        reads: &["kinesis:DescribeStreamSummary"],
        controls: Controls::listed(AT_REST).fsbp(&["Kinesis.1"]),
        remedy: "Start encryption of the stream with a KMS key (StartStreamEncryption).",
        judge: |facts| match facts {
            Facts::Stream(stream) => on(&stream.encryption, encrypted),
            _ => Outcome::NotApplicable,
        },
    },
];

fn encrypted(encryption: &Encryption) -> Outcome {
    must(*encryption != Encryption::Off, "it is not encrypted at rest")
}
