//! SQS: queues.

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use relay_monitor::{Encryption, Facts, QueueFacts, Reading, Resource};

use crate::actions::{SQS_LIST, SQS_QUEUE};
use crate::pages::{Found, Page, all_pages, each};
use crate::scope::{Gone, Scope, present};
use crate::services::kms::Keys;

/// Without it the list ends at the first page, silently (`ListQueues`, Amazon SQS API Reference).
const PAGE_QUEUES: i32 = 1_000;
const GONE: [&str; 2] = ["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"];

/// All queues of the region.
pub(crate) async fn read(scope: &Scope, config: &SdkConfig, keys: &Keys) -> Found {
    let client = Client::new(config);
    let listed = all_pages(scope, async |token| {
        let request = client.list_queues().max_results(PAGE_QUEUES).set_next_token(token);
        let answer = scope.ask(request.send()).await?;
        Ok(Page {
            next: answer.next_token().map(str::to_owned),
            items: answer.queue_urls.unwrap_or_default(),
        })
    })
    .await;
    each(scope, "sqs", SQS_LIST, listed, |url| {
        let client = &client;
        async move { queue(scope, client, keys, url).await }
    })
    .await
}

async fn queue(scope: &Scope, client: &Client, keys: &Keys, url: String) -> Result<Resource, Gone> {
    let request = client
        .get_queue_attributes()
        .queue_url(&url)
        .attribute_names(QueueAttributeName::All);
    let answer = scope
        .ask(request.send())
        .await
        .map(|answer| answer.attributes.unwrap_or_default());
    let encryption = match present(SQS_QUEUE, answer, &GONE)? {
        Reading::Unreadable(why) => Reading::Unreadable(why),
        Reading::Read(attributes) => {
            let key = attributes
                .get(&QueueAttributeName::KmsMasterKeyId)
                .filter(|key| !key.is_empty());
            let by_sqs = attributes.get(&QueueAttributeName::SqsManagedSseEnabled);
            match (key, by_sqs.map(String::as_str)) {
                (Some(key), _) => keys.encryption(key, scope),
                (None, Some("true")) => Reading::Read(Encryption::ServiceOwned),
                (None, _) => Reading::Read(Encryption::Off),
            }
        }
    };
    let name = url.rsplit('/').next().unwrap_or(&url).to_owned();
    Ok(Resource {
        arn: scope.arn("sqs", &name),
        name,
        facts: Facts::Queue(QueueFacts { encryption }),
    })
}
