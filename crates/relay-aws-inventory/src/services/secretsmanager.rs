//! Secrets Manager: secrets, of which only the list is read, never a value.

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use relay_monitor::{Facts, Reading, Resource, SecretFacts};

use crate::actions::SECRETS_LIST;
use crate::pages::{Found, Page, all_pages};
use crate::scope::Scope;

const PAGE_SECRETS: i32 = 100;

/// All secrets of the region that are not about to be deleted.
pub(crate) async fn read(scope: &Scope, config: &SdkConfig) -> Found {
    let client = Client::new(config);
    let listed = all_pages(scope, async |token| {
        let request = client.list_secrets().max_results(PAGE_SECRETS).set_next_token(token);
        let answer = scope.ask(request.send()).await?;
        Ok(Page {
            next: answer.next_token().map(str::to_owned),
            items: answer.secret_list.unwrap_or_default(),
        })
    })
    .await;
    Found::listed("secretsmanager", SECRETS_LIST, listed, |secret| {
        if secret.deleted_date.is_some() {
            return None;
        }
        Some(Resource {
            facts: Facts::Secret(SecretFacts {
                rotation: Reading::Read(secret.rotation_enabled == Some(true)),
                owning_service: secret.owning_service,
            }),
            arn: secret.arn?,
            name: secret.name?,
        })
    })
}
