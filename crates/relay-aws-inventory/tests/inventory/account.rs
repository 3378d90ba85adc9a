//! An account with a fault in every service is read as it is; then it is mended, and read again.

use aws_config::SdkConfig;
use relay_monitor::{BucketEncryption, Encryption, Facts, KeyIdentity, PublicAccessBlock, Reading, Versioning};

use crate::support::{create_bucket, emulator, facts, s3, take};

/// A key of the customer's; its ARN.
pub async fn key(config: &SdkConfig) -> String {
    let created = aws_sdk_kms::Client::new(config).create_key().send().await.unwrap();
    created.key_metadata.unwrap().arn.unwrap()
}

#[tokio::test]
async fn buckets() {
    let (_emulator, config) = emulator().await;
    create_bucket(&config, "data", "eu-north-1").await;
    create_bucket(&config, "logs", "eu-north-1").await;
    // New buckets have it, since April 2023; older ones may not.
    s3(&config)
        .delete_public_access_block()
        .bucket("data")
        .send()
        .await
        .unwrap();
    let inventory = take(&config).await;
    let Facts::Bucket(found) = facts(&inventory, "data") else {
        panic!("no bucket")
    };
    assert_eq!(found.versioning, Reading::Read(Versioning::Off));
    assert_eq!(found.tls_only, Reading::Read(false));
    assert_eq!(found.logging, Reading::Read(None));
    assert_eq!(found.public_access, Reading::Read(PublicAccessBlock::default()));
    let Reading::Read(encryption) = &found.encryption else {
        panic!("{:?}", found.encryption)
    };
    assert_eq!(encryption.key, None, "no customer's key: {encryption:?}");

    let arn = mend_bucket(&config).await;
    let inventory = take(&config).await;
    let Facts::Bucket(found) = facts(&inventory, "data") else {
        panic!("no bucket")
    };
    let expected = BucketEncryption {
        algorithm: Some("aws:kms".to_owned()),
        key: Some(KeyIdentity::Customer(arn)),
        bucket_key: true,
    };
    assert_eq!(found.encryption, Reading::Read(expected));
    let closed = PublicAccessBlock {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: true,
        restrict_public_buckets: true,
    };
    assert_eq!(found.public_access, Reading::Read(closed));
    assert_eq!(found.versioning, Reading::Read(Versioning::Enabled));
    assert_eq!(found.tls_only, Reading::Read(true));
    assert_eq!(found.logging, Reading::Read(Some("logs".to_owned())));
    assert!(inventory.unread.is_empty(), "{:?}", inventory.unread);
}

// Everything that was missing; the key of the encryption comes back.
async fn mend_bucket(config: &SdkConfig) -> String {
    use aws_sdk_s3::types as t;
    let client = s3(config);
    let arn = key(config).await;
    let default = t::ServerSideEncryptionByDefault::builder()
        .sse_algorithm(t::ServerSideEncryption::AwsKms)
        .kms_master_key_id(&arn)
        .build()
        .unwrap();
    let rule = t::ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(default)
        .bucket_key_enabled(true)
        .build();
    let rules = t::ServerSideEncryptionConfiguration::builder()
        .rules(rule)
        .build()
        .unwrap();
    let request = client.put_bucket_encryption().bucket("data");
    request
        .server_side_encryption_configuration(rules)
        .send()
        .await
        .unwrap();
    let closed = t::PublicAccessBlockConfiguration::builder()
        .block_public_acls(true)
        .ignore_public_acls(true)
        .block_public_policy(true)
        .restrict_public_buckets(true)
        .build();
    let request = client.put_public_access_block().bucket("data");
    request.public_access_block_configuration(closed).send().await.unwrap();
    let versions = t::VersioningConfiguration::builder()
        .status(t::BucketVersioningStatus::Enabled)
        .build();
    let request = client.put_bucket_versioning().bucket("data");
    request.versioning_configuration(versions).send().await.unwrap();
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*",
        "Resource":["arn:aws:s3:::data","arn:aws:s3:::data/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}"#;
    client
        .put_bucket_policy()
        .bucket("data")
        .policy(policy)
        .send()
        .await
        .unwrap();
    let target = t::LoggingEnabled::builder()
        .target_bucket("logs")
        .target_prefix("data/")
        .build()
        .unwrap();
    let status = t::BucketLoggingStatus::builder().logging_enabled(target).build();
    let request = client.put_bucket_logging().bucket("data");
    request.bucket_logging_status(status).send().await.unwrap();
    arn
}

async fn create_table(config: &SdkConfig, key: Option<&str>) {
    use aws_sdk_dynamodb::types as t;
    let client = aws_sdk_dynamodb::Client::new(config);
    let element = t::KeySchemaElement::builder()
        .attribute_name("Id")
        .key_type(t::KeyType::Hash);
    let attribute = t::AttributeDefinition::builder()
        .attribute_name("Id")
        .attribute_type(t::ScalarAttributeType::S);
    let mut request = client
        .create_table()
        .table_name("trail")
        .billing_mode(t::BillingMode::PayPerRequest)
        .key_schema(element.build().unwrap())
        .attribute_definitions(attribute.build().unwrap());
    if let Some(key) = key {
        let encryption = t::SseSpecification::builder()
            .enabled(true)
            .sse_type(t::SseType::Kms)
            .kms_master_key_id(key);
        request = request
            .sse_specification(encryption.build())
            .deletion_protection_enabled(true);
    }
    request.send().await.unwrap();
    if key.is_some() {
        let recovery = t::PointInTimeRecoverySpecification::builder().point_in_time_recovery_enabled(true);
        let request = client.update_continuous_backups().table_name("trail");
        request
            .point_in_time_recovery_specification(recovery.build().unwrap())
            .send()
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn tables() {
    let (_emulator, config) = emulator().await;
    create_table(&config, None).await;
    let inventory = take(&config).await;
    let Facts::Table(table) = facts(&inventory, "trail") else {
        panic!("no table")
    };
    assert_eq!(table.encryption, Reading::Read(Encryption::ServiceOwned));
    assert_eq!(table.point_in_time_recovery, Reading::Read(false));
    assert_eq!(table.deletion_protection, Reading::Read(false));

    let arn = key(&config).await;
    let request = aws_sdk_dynamodb::Client::new(&config)
        .delete_table()
        .table_name("trail");
    request.send().await.unwrap();
    create_table(&config, Some(&arn)).await;
    let inventory = take(&config).await;
    let customer = Encryption::Kms(KeyIdentity::Customer(arn));
    let Facts::Table(table) = facts(&inventory, "trail") else {
        panic!("no table")
    };
    assert_eq!(table.encryption, Reading::Read(customer));
    assert_eq!(table.point_in_time_recovery, Reading::Read(true));
    assert_eq!(table.deletion_protection, Reading::Read(true));
}

#[tokio::test]
async fn streams_queues_and_topics() {
    let (_emulator, config) = emulator().await;
    let (sqs, sns) = (aws_sdk_sqs::Client::new(&config), aws_sdk_sns::Client::new(&config));
    let kinesis = aws_sdk_kinesis::Client::new(&config);
    let request = sqs.create_queue().queue_name("jobs");
    let request = request.attributes("SqsManagedSseEnabled".into(), "false");
    let queue = request.send().await.unwrap().queue_url.unwrap();
    let topic = sns.create_topic().name("alerts").send().await.unwrap();
    let request = kinesis.create_stream().stream_name("events").shard_count(1);
    request.send().await.unwrap();
    let inventory = take(&config).await;
    for name in ["jobs", "alerts", "events"] {
        let off = Reading::Read(Encryption::Off);
        assert_eq!(encryption(facts(&inventory, name)), &off, "{name}");
    }

    // By alias, by the alias that AWS keeps for itself, and by ARN.
    let arn = key(&config).await;
    let request = aws_sdk_kms::Client::new(&config)
        .create_alias()
        .alias_name("alias/data");
    request.target_key_id(&arn).send().await.unwrap();
    let request = sqs.set_queue_attributes().queue_url(queue);
    let request = request.attributes("KmsMasterKeyId".into(), "alias/data");
    request.send().await.unwrap();
    let request = sns.set_topic_attributes().topic_arn(topic.topic_arn.unwrap());
    let request = request
        .attribute_name("KmsMasterKeyId")
        .attribute_value("alias/aws/sns");
    request.send().await.unwrap();
    let request = kinesis.start_stream_encryption().stream_name("events").key_id(&arn);
    let request = request.encryption_type(aws_sdk_kinesis::types::EncryptionType::Kms);
    request.send().await.unwrap();
    let inventory = take(&config).await;
    let customer = KeyIdentity::Customer(arn);
    for (name, key) in [
        ("jobs", customer.clone()),
        ("alerts", KeyIdentity::AwsManaged),
        ("events", customer),
    ] {
        let expected = Reading::Read(Encryption::Kms(key));
        assert_eq!(encryption(facts(&inventory, name)), &expected, "{name}");
    }
}

fn encryption(facts: &Facts) -> &Reading<Encryption> {
    match facts {
        Facts::Queue(queue) => &queue.encryption,
        Facts::Topic(topic) => &topic.encryption,
        Facts::Stream(stream) => &stream.encryption,
        other => panic!("{other:?}"),
    }
}
