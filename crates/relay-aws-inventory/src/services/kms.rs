//! KMS: which keys there are, who manages them, whether they rotate. Read first: the other services name keys that only KMS knows.

use std::collections::HashMap;

use aws_config::{Region, SdkConfig};
use aws_sdk_kms::Client;
use aws_sdk_kms::types::{KeyManagerType, KeyMetadata, KeySpec, KeyState, KeyUsageType, OriginType};
use relay_monitor::{Encryption, Facts, KeyFacts, KeyIdentity, Reading, Resource, Why};

use crate::actions::{KMS_ALIASES, KMS_KEY, KMS_LIST, KMS_ROTATION};
use crate::pages::{Found, Listed, Page, all_pages};
use crate::scope::{Failure, Gone, Scope, map, present, reading, unread};

const SERVICE: &str = "kms";
const PAGE_KEYS: i32 = 1_000;
const PAGE_ALIASES: i32 = 100;
const GONE: [&str; 1] = ["NotFoundException"];
/// Aliases that only AWS can give ("Aliases in AWS KMS", KMS Developer Guide).
const AWS_ALIAS: &str = "alias/aws/";

/// Who manages the keys that other services name.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// By key id.
    managers: HashMap<String, Result<KeyIdentity, Why>>,
    /// Key ids by alias, `alias/…`.
    aliases: HashMap<String, String>,
    /// Why keys, or aliases, may be missing from these.
    cut: Option<Why>,
}

impl Keys {
    /// Who manages the key that a service names by id, ARN, alias or ARN of an alias.
    pub(crate) fn identity(&self, reference: &str, scope: &Scope) -> Reading<KeyIdentity> {
        let parts: Vec<&str> = reference.splitn(6, ':').collect();
        let (region, account, name) = match parts.as_slice() {
            ["arn", _, "kms", region, account, name] => (*region, *account, *name),
            _ => (scope.region.as_str(), scope.account_id.as_str(), reference),
        };
        if name.starts_with(AWS_ALIAS) {
            return Reading::Read(KeyIdentity::AwsManaged);
        }
        let arn_of = |name: &str| format!("arn:{}:kms:{region}:{account}:{name}", scope.partition);
        if account != scope.account_id {
            // Another account's key: AWS uses its own keys only in the account that they belong to.
            return Reading::Read(KeyIdentity::Customer(arn_of(name)));
        }
        let id = match self.aliases.get(name) {
            Some(id) => id.as_str(),
            None => name.strip_prefix("key/").unwrap_or(name),
        };
        match self.managers.get(id) {
            Some(Ok(identity)) => Reading::Read(identity.clone()),
            Some(Err(why)) => Reading::Unreadable(why.clone()),
            None => match &self.cut {
                Some(why) => Reading::Unreadable(why.clone()),
                None => Reading::Unreadable(
                    Failure::other(format!(
                        "{reference} is not among the keys of {account} in {}",
                        scope.region
                    ))
                    .why(KMS_KEY),
                ),
            },
        }
    }

    /// The same of a key that may be in another region: that of the resource that names it, or the one in its ARN.
    pub(crate) async fn identity_in(
        &self,
        scope: &Scope,
        config: &SdkConfig,
        region: &str,
        reference: &str,
    ) -> Reading<KeyIdentity> {
        let region = match reference.split(':').nth(3) {
            Some(region) if reference.starts_with("arn:") => region,
            _ => region,
        };
        let is_for_aws = reference
            .rsplit(':')
            .next()
            .is_some_and(|name| name.starts_with(AWS_ALIAS));
        if region == scope.region || is_for_aws {
            return self.identity(reference, scope);
        }
        let there = aws_sdk_kms::config::Builder::from(config)
            .region(Region::new(region.to_owned()))
            .build();
        let answer = scope
            .ask(Client::from_conf(there).describe_key().key_id(reference).send())
            .await;
        let identity = answer.and_then(|answer| match answer.key_metadata {
            Some(KeyMetadata {
                key_manager: Some(KeyManagerType::Aws),
                ..
            }) => Ok(KeyIdentity::AwsManaged),
            Some(KeyMetadata { arn: Some(arn), .. }) => Ok(KeyIdentity::Customer(arn)),
            _ => Err(Failure::other("the answer has no key")),
        });
        reading(KMS_KEY, identity)
    }

    /// Encryption with the key of this name.
    pub(crate) fn encryption(&self, reference: &str, scope: &Scope) -> Reading<Encryption> {
        map(self.identity(reference, scope), Encryption::Kms)
    }
}

/// The customer's keys, and who manages which.
pub(crate) async fn read(scope: &Scope, config: &SdkConfig) -> (Found, Keys) {
    let client = Client::new(config);
    let listed = list(scope, &client).await;
    let aliases = list_aliases(scope, &client).await;
    let mut keys = Keys::default();
    let mut found = Found::default();
    if let Some(cut) = &aliases.cut {
        keys.cut = Some(cut.clone().why(KMS_ALIASES));
        found.unread.push(unread(SERVICE, KMS_ALIASES, cut.clone()));
    }
    if let Some(cut) = &listed.cut {
        keys.cut = Some(cut.clone().why(KMS_LIST));
    }
    keys.aliases = aliases.items.into_iter().collect();
    let names: HashMap<&str, &str> = keys
        .aliases
        .iter()
        .map(|(alias, id)| (id.as_str(), alias.as_str()))
        .collect();
    // What the time does not reach is left out of the directory, and named there as the reason.
    let described = crate::pages::side_by_side(scope, listed.items, |(id, arn)| {
        let (client, names) = (&client, &names);
        async move { describe(scope, client, id, arn, names).await }
    })
    .await;
    if let Some(cut) = listed.cut {
        found.unread.push(unread(SERVICE, KMS_LIST, cut));
    }
    if let Some(late) = described.late {
        keys.cut = Some(late.clone().why(KMS_LIST));
        found.unread.push(unread(SERVICE, KMS_LIST, late));
    }
    for (id, manager, resource) in described.read {
        keys.managers.insert(id, manager);
        found.resources.extend(resource);
    }
    (found, keys)
}

async fn list(scope: &Scope, client: &Client) -> Listed<(String, String)> {
    all_pages(scope, async |marker| {
        let answer = scope
            .ask(client.list_keys().limit(PAGE_KEYS).set_marker(marker).send())
            .await?;
        let keys = answer.keys().iter();
        Ok(Page {
            items: keys
                .filter_map(|key| Some((key.key_id()?.to_owned(), key.key_arn()?.to_owned())))
                .collect(),
            next: answer.next_marker().map(str::to_owned),
        })
    })
    .await
}

async fn list_aliases(scope: &Scope, client: &Client) -> Listed<(String, String)> {
    all_pages(scope, async |marker| {
        let answer = scope
            .ask(client.list_aliases().limit(PAGE_ALIASES).set_marker(marker).send())
            .await?;
        let aliases = answer.aliases().iter();
        Ok(Page {
            // An AWS managed key has an alias before it has a key.
            items: aliases
                .filter_map(|alias| Some((alias.alias_name()?.to_owned(), alias.target_key_id()?.to_owned())))
                .collect(),
            next: answer.next_marker().map(str::to_owned),
        })
    })
    .await
}

type Described = (String, Result<KeyIdentity, Why>, Option<Resource>);

async fn describe(
    scope: &Scope,
    client: &Client,
    id: String,
    arn: String,
    names: &HashMap<&str, &str>,
) -> Result<Described, Gone> {
    let name = names.get(id.as_str()).copied().unwrap_or(id.as_str()).to_owned();
    let answer = scope.ask(client.describe_key().key_id(&arn).send()).await;
    let metadata = answer.and_then(|answer| {
        answer
            .key_metadata
            .ok_or_else(|| Failure::other("the answer has no key"))
    });
    let metadata = match present(KMS_KEY, metadata, &GONE)? {
        Reading::Read(metadata) => metadata,
        Reading::Unreadable(why) => {
            let facts = Facts::Key(KeyFacts {
                rotation: Reading::Unreadable(why.clone()),
            });
            return Ok((id, Err(why), Some(Resource { arn, name, facts })));
        }
    };
    if metadata.key_manager == Some(KeyManagerType::Aws) {
        // AWS rotates these by itself, every year.
        return Ok((id, Ok(KeyIdentity::AwsManaged), None));
    }
    let rotation = if can_rotate(&metadata) {
        let answer = scope.ask(client.get_key_rotation_status().key_id(&arn).send()).await;
        present(
            KMS_ROTATION,
            answer.map(|answer| Some(answer.key_rotation_enabled())),
            &GONE,
        )?
    } else {
        reading(KMS_ROTATION, Ok(None))
    };
    let identity = Ok(KeyIdentity::Customer(arn.clone()));
    let facts = Facts::Key(KeyFacts { rotation });
    // A key on its way out is not rotated, and nobody can encrypt with it.
    let is_leaving = matches!(
        metadata.key_state,
        Some(KeyState::PendingDeletion | KeyState::PendingReplicaDeletion)
    );
    let resource = (!is_leaving).then_some(Resource { arn, name, facts });
    Ok((id, identity, resource))
}

// "Rotating AWS KMS keys", KMS Developer Guide: symmetric keys for encryption whose material KMS made, outside custom key stores.
fn can_rotate(metadata: &KeyMetadata) -> bool {
    let is_symmetric = metadata
        .key_spec
        .as_ref()
        .is_none_or(|spec| *spec == KeySpec::SymmetricDefault);
    let encrypts = metadata
        .key_usage
        .as_ref()
        .is_none_or(|usage| *usage == KeyUsageType::EncryptDecrypt);
    let is_made_by_kms = metadata
        .origin
        .as_ref()
        .is_none_or(|origin| *origin == OriginType::AwsKms);
    let is_leaving = matches!(
        metadata.key_state,
        Some(KeyState::PendingDeletion | KeyState::PendingReplicaDeletion)
    );
    is_symmetric && encrypts && is_made_by_kms && !is_leaving
}
