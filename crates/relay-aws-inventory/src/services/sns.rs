//! SNS: topics.

use aws_config::SdkConfig;
use aws_sdk_sns::Client;
use relay_monitor::{Encryption, Facts, Reading, Resource, TopicFacts};

use crate::actions::{SNS_LIST, SNS_TOPIC};
use crate::pages::{Found, Page, all_pages, each};
use crate::scope::{Gone, Scope, present};
use crate::services::kms::Keys;

const GONE: [&str; 2] = ["NotFound", "NotFoundException"];
/// As `SetTopicAttributes`, Amazon SNS API Reference, names it.
const KEY: &str = "KmsMasterKeyId";

/// All topics of the region.
pub(crate) async fn read(scope: &Scope, config: &SdkConfig, keys: &Keys) -> Found {
    let client = Client::new(config);
    let listed = all_pages(scope, async |token| {
        let answer = scope.ask(client.list_topics().set_next_token(token).send()).await?;
        Ok(Page {
            next: answer.next_token().map(str::to_owned),
            items: answer
                .topics()
                .iter()
                .filter_map(|topic| topic.topic_arn().map(str::to_owned))
                .collect(),
        })
    })
    .await;
    each(scope, "sns", SNS_LIST, listed, |arn| {
        let client = &client;
        async move { topic(scope, client, keys, arn).await }
    })
    .await
}

async fn topic(scope: &Scope, client: &Client, keys: &Keys, arn: String) -> Result<Resource, Gone> {
    let answer = scope.ask(client.get_topic_attributes().topic_arn(&arn).send()).await;
    let answer = answer.map(|answer| answer.attributes.unwrap_or_default());
    let encryption = match present(SNS_TOPIC, answer, &GONE)? {
        Reading::Unreadable(why) => Reading::Unreadable(why),
        Reading::Read(attributes) => match attributes.get(KEY).filter(|key| !key.is_empty()) {
            Some(key) => keys.encryption(key, scope),
            None => Reading::Read(Encryption::Off),
        },
    };
    Ok(Resource {
        name: arn.rsplit(':').next().unwrap_or(&arn).to_owned(),
        arn,
        facts: Facts::Topic(TopicFacts { encryption }),
    })
}
