//! Kinesis: data streams.

use aws_config::SdkConfig;
use aws_sdk_kinesis::Client;
use aws_sdk_kinesis::types::EncryptionType;
use relay_monitor::{Encryption, Facts, Reading, Resource, StreamFacts};

use crate::actions::{KINESIS_LIST, KINESIS_STREAM};
use crate::pages::{Found, Page, all_pages, each};
use crate::scope::{Failure, Gone, Scope, present};
use crate::services::kms::Keys;

const PAGE_STREAMS: i32 = 1_000;
const GONE: [&str; 1] = ["ResourceNotFoundException"];

/// All streams of the region.
pub(crate) async fn read(scope: &Scope, config: &SdkConfig, keys: &Keys) -> Found {
    let client = Client::new(config);
    let listed = all_pages(scope, async |after| {
        let request = client
            .list_streams()
            .limit(PAGE_STREAMS)
            .set_exclusive_start_stream_name(after);
        let answer = scope.ask(request.send()).await?;
        let last = answer.stream_names().last().filter(|_| answer.has_more_streams());
        Ok(Page {
            next: last.cloned(),
            items: answer.stream_names,
        })
    })
    .await;
    each(scope, "kinesis", KINESIS_LIST, listed, |name| {
        let client = &client;
        async move { stream(scope, client, keys, name).await }
    })
    .await
}

async fn stream(scope: &Scope, client: &Client, keys: &Keys, name: String) -> Result<Resource, Gone> {
    let answer = scope
        .ask(client.describe_stream_summary().stream_name(&name).send())
        .await;
    let answer = answer.and_then(|answer| {
        let missing = || Failure::other("the answer has no stream");
        answer.stream_description_summary.ok_or_else(missing)
    });
    let encryption = match present(KINESIS_STREAM, answer, &GONE)? {
        Reading::Unreadable(why) => Reading::Unreadable(why),
        Reading::Read(stream) => match (stream.encryption_type, stream.key_id) {
            (Some(EncryptionType::Kms), Some(key)) => keys.encryption(&key, scope),
            _ => Reading::Read(Encryption::Off),
        },
    };
    Ok(Resource {
        arn: scope.arn("kinesis", &format!("stream/{name}")),
        name,
        facts: Facts::Stream(StreamFacts { encryption }),
    })
}
