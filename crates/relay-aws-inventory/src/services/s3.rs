//! S3: buckets, wherever they are.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::config::{Builder, Region};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::{BucketVersioningStatus, PublicAccessBlockConfiguration, ServerSideEncryptionConfiguration};
use relay_monitor::{
    BucketEncryption, BucketFacts, Facts, KeyIdentity, PublicAccessBlock, Reading, Resource, Versioning,
};

use crate::actions::{S3_ENCRYPTION, S3_LIST, S3_LOCATION, S3_LOGGING, S3_POLICY, S3_PUBLIC_ACCESS, S3_VERSIONING};
use crate::pages::{Found, Listed, Page, all_pages, each};
use crate::policy::is_tls_only;
use crate::scope::{Failure, Gone, Scope, map, present};
use crate::services::kms::Keys;

const PAGE_BUCKETS: i32 = 1_000;
/// `aws:kms` and `aws:kms:dsse`.
const KMS_ALGORITHMS: &str = "aws:kms";
const GONE: [&str; 1] = ["NoSuchBucket"];
/// What an empty location, and what the oldest name of one, stand for (`GetBucketLocation`, Amazon S3 API Reference).
const FIRST_REGION: &str = "us-east-1";
const EU: (&str, &str) = ("EU", "eu-west-1");

/// All buckets of the account.
pub(crate) async fn read(scope: &Scope, config: &SdkConfig, keys: &Keys) -> Found {
    let clients = Clients::new(config);
    let listed = list(scope, &clients.of(&scope.region)).await;
    each(scope, "s3", S3_LIST, listed, |(name, region)| {
        let clients = &clients;
        async move { bucket(scope, clients, keys, name, region).await }
    })
    .await
}

async fn list(scope: &Scope, client: &Client) -> Listed<(String, Option<String>)> {
    all_pages(scope, async |token| {
        let request = client
            .list_buckets()
            .max_buckets(PAGE_BUCKETS)
            .set_continuation_token(token);
        let answer = scope.ask(request.send()).await?;
        let buckets = answer.buckets().iter();
        Ok(Page {
            items: buckets
                .filter_map(|bucket| Some((bucket.name()?.to_owned(), bucket.bucket_region().map(str::to_owned))))
                .collect(),
            next: answer.continuation_token().map(str::to_owned),
        })
    })
    .await
}

/// A client for each region, made once.
struct Clients<'config> {
    config: &'config SdkConfig,
    by_region: Mutex<HashMap<String, Client>>,
}

impl<'config> Clients<'config> {
    fn new(config: &'config SdkConfig) -> Self {
        Self {
            config,
            by_region: Mutex::default(),
        }
    }

    fn of(&self, region: &str) -> Client {
        let mut clients = self.by_region.lock().unwrap_or_else(PoisonError::into_inner);
        let client = clients.entry(region.to_owned()).or_insert_with(|| {
            let config = Builder::from(self.config)
                .region(Region::new(region.to_owned()))
                // Emulators have no name for each bucket.
                .force_path_style(self.config.endpoint_url().is_some())
                .build();
            Client::from_conf(config)
        });
        client.clone()
    }
}

/// One bucket, asked where it is.
struct Bucket<'scope> {
    scope: &'scope Scope,
    clients: &'scope Clients<'scope>,
    name: String,
    region: String,
}

impl Bucket<'_> {
    // A bucket that is elsewhere than its list or location said is asked once more, there.
    async fn ask<T, E, F>(&self, call: impl Fn(Client, String) -> F) -> Result<T, Failure>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let client = self.clients.of(&self.region);
        let answer = self.scope.ask(call(client, self.name.clone())).await;
        // Every answer about a bucket that is in another region says which ("Error responses", Amazon S3 API Reference).
        let elsewhere = answer.as_ref().err().and_then(|failure| failure.region.clone());
        match elsewhere.filter(|region| *region != self.region) {
            Some(region) => self.scope.ask(call(self.clients.of(&region), self.name.clone())).await,
            None => answer,
        }
    }
}

async fn bucket(
    scope: &Scope,
    clients: &Clients<'_>,
    keys: &Keys,
    name: String,
    region: Option<String>,
) -> Result<Resource, Gone> {
    let region = match region {
        Some(region) => region,
        None => location(scope, clients, &name).await?,
    };
    let arn = format!("arn:{}:s3:::{name}", scope.partition);
    let bucket = Bucket {
        scope,
        clients,
        name,
        region,
    };
    let encryption = encryption(&bucket, keys).await?;
    let public_access = public_access(&bucket).await?;
    let versioning = bucket
        .ask(|client, name| client.get_bucket_versioning().bucket(name).send())
        .await
        .map(|answer| match answer.status {
            Some(BucketVersioningStatus::Enabled) => Versioning::Enabled,
            Some(_) => Versioning::Suspended,
            None => Versioning::Off,
        });
    let policy = bucket
        .ask(|client, name| client.get_bucket_policy().bucket(name).send())
        .await
        .map(|answer| is_tls_only(answer.policy().unwrap_or_default(), &arn));
    let logging = bucket
        .ask(|client, name| client.get_bucket_logging().bucket(name).send())
        .await
        .map(|answer| answer.logging_enabled.map(|logging| logging.target_bucket));
    let facts = BucketFacts {
        encryption,
        public_access,
        versioning: present(S3_VERSIONING, versioning, &GONE)?,
        tls_only: present(S3_POLICY, unless(policy, "NoSuchBucketPolicy", false), &GONE)?,
        logging: present(S3_LOGGING, logging, &GONE)?,
    };
    Ok(Resource {
        arn,
        name: bucket.name,
        facts: Facts::Bucket(facts),
    })
}

// Where a list does not say it. Whoever may not know it asks where the account is read; a redirect still helps.
async fn location(scope: &Scope, clients: &Clients<'_>, name: &str) -> Result<String, Gone> {
    let client = clients.of(&scope.region);
    let answer = scope.ask(client.get_bucket_location().bucket(name).send()).await;
    let location = answer.map(|answer| match answer.location_constraint {
        Some(constraint) if constraint.as_str() == EU.0 => EU.1.to_owned(),
        Some(constraint) if !constraint.as_str().is_empty() => constraint.as_str().to_owned(),
        _ => FIRST_REGION.to_owned(),
    });
    match present(S3_LOCATION, location, &GONE)? {
        Reading::Read(region) => Ok(region),
        Reading::Unreadable(why) => {
            tracing::warn!(bucket = name, why = %why.message, "the bucket's region is not known");
            Ok(scope.region.clone())
        }
    }
}

async fn encryption(bucket: &Bucket<'_>, keys: &Keys) -> Result<Reading<BucketEncryption>, Gone> {
    let answer = bucket
        .ask(|client, name| client.get_bucket_encryption().bucket(name).send())
        .await
        .map(|answer| answer.server_side_encryption_configuration);
    let answer = unless(answer, "ServerSideEncryptionConfigurationNotFoundError", None);
    let configuration = match present(S3_ENCRYPTION, answer, &GONE)? {
        Reading::Read(configuration) => configuration,
        Reading::Unreadable(why) => return Ok(Reading::Unreadable(why)),
    };
    let rules = configuration.as_ref().map(ServerSideEncryptionConfiguration::rules);
    let rule = rules.unwrap_or_default().iter().find_map(|rule| {
        Some((
            rule.bucket_key_enabled() == Some(true),
            rule.apply_server_side_encryption_by_default()?,
        ))
    });
    let Some((bucket_key, default)) = rule else {
        return Ok(Reading::Read(BucketEncryption {
            algorithm: None,
            key: None,
            bucket_key: false,
        }));
    };
    let algorithm = default.sse_algorithm().as_str().to_owned();
    let key = match default.kms_master_key_id() {
        _ if !algorithm.starts_with(KMS_ALGORITHMS) => Reading::Read(None),
        // Without a key's name it is the one that AWS manages for S3.
        None => Reading::Read(Some(KeyIdentity::AwsManaged)),
        Some(reference) => {
            let identity = keys
                .identity_in(bucket.scope, bucket.clients.config, &bucket.region, reference)
                .await;
            map(identity, Some)
        }
    };
    Ok(map(key, |key| BucketEncryption {
        algorithm: Some(algorithm),
        key,
        bucket_key,
    }))
}

async fn public_access(bucket: &Bucket<'_>) -> Result<Reading<PublicAccessBlock>, Gone> {
    let answer = bucket
        .ask(|client, name| client.get_public_access_block().bucket(name).send())
        .await
        .map(|answer| answer.public_access_block_configuration);
    let answer = unless(answer, "NoSuchPublicAccessBlockConfiguration", None);
    let block = answer.map(|block| block.as_ref().map(switches).unwrap_or_default());
    present(S3_PUBLIC_ACCESS, block, &GONE)
}

fn switches(block: &PublicAccessBlockConfiguration) -> PublicAccessBlock {
    PublicAccessBlock {
        block_public_acls: block.block_public_acls() == Some(true),
        ignore_public_acls: block.ignore_public_acls() == Some(true),
        block_public_policy: block.block_public_policy() == Some(true),
        restrict_public_buckets: block.restrict_public_buckets() == Some(true),
    }
}

// "Not configured" is a fact, and S3 tells it as an error.
fn unless<T>(answer: Result<T, Failure>, code: &str, absent: T) -> Result<T, Failure> {
    match answer {
        Err(failure) if failure.is(&[code]) => Ok(absent),
        answer => answer,
    }
}
