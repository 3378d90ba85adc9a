//! Answers that an emulator does not give: redirects, refusals, lists without end, resources that vanish, services that hang.
//! Their shapes are those of the API references; what is not in the way is forwarded to the emulator.

use std::time::Duration;

use aws_config::{Region, SdkConfig};
use relay_aws_inventory::Limits;
use relay_monitor::{BucketFacts, Encryption, Facts, KeyIdentity, Reading, Versioning, WhyKind};

use crate::proxy::{Answer, Deed, Proxy};
use crate::support::{create_bucket, emulator, facts, failure, limits, root_at, s3, take, take_with};

// Encrypts a bucket of eu-west-1 with a key of that region; the key's ARN.
async fn encrypt_there(root: &SdkConfig, bucket: &str) -> String {
    use aws_sdk_s3::types::{
        ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
        ServerSideEncryptionRule,
    };
    let there = root.to_builder().region(Region::new("eu-west-1")).build();
    let arn = crate::account::key(&there).await;
    assert!(arn.contains(":eu-west-1:"), "{arn}");
    let default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(ServerSideEncryption::AwsKms)
        .kms_master_key_id(&arn);
    let rule = ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(default.build().unwrap());
    let rules = ServerSideEncryptionConfiguration::builder().rules(rule.build());
    let request = s3(&there).put_bucket_encryption().bucket(bucket);
    let request = request.server_side_encryption_configuration(rules.build().unwrap());
    request.send().await.unwrap();
    arn
}

#[tokio::test]
async fn a_bucket_is_asked_where_it_is() {
    let (emulator, root) = emulator().await;
    create_bucket(&root, "here", "eu-north-1").await;
    create_bucket(&root, "there", "eu-west-1").await;
    let arn = encrypt_there(&root, "there").await;
    let proxy = Proxy::start(emulator.endpoint_url(), |_| Deed::Forward).await;
    let inventory = take(&root_at(&proxy.endpoint_url).await).await;
    let Facts::Bucket(bucket) = facts(&inventory, "there") else {
        panic!("no bucket")
    };
    let Reading::Read(encryption) = &bucket.encryption else {
        panic!("{:?}", bucket.encryption)
    };
    // The keys of this region do not say it.
    assert_eq!(encryption.key, Some(KeyIdentity::Customer(arn)));
    for request in proxy
        .requests()
        .iter()
        .filter(|request| request.target.starts_with("/there"))
    {
        assert_eq!(request.region(), "eu-west-1", "{}", request.target);
    }
    assert!(
        proxy
            .requests()
            .iter()
            .any(|request| request.target.starts_with("/there"))
    );
}

// "ListBuckets", Amazon S3 API Reference: `BucketRegion` may be missing. The location then says it, and where that is not
// allowed, the redirect ("Error responses": 301, `x-amz-bucket-region`).
#[tokio::test]
async fn a_bucket_whose_region_is_not_listed_is_found() {
    for is_location_known in [true, false] {
        let (emulator, root) = emulator().await;
        create_bucket(&root, "there", "eu-west-1").await;
        let proxy = Proxy::start(emulator.endpoint_url(), move |request| match request.action().as_str() {
            "s3:ListAllMyBuckets" => Deed::Answer(Answer::new(
                200,
                "<ListAllMyBucketsResult><Buckets><Bucket><Name>there</Name></Bucket></Buckets></ListAllMyBucketsResult>",
            )),
            "s3:GetBucketLocation" if !is_location_known => Deed::Answer(Answer::denied(request)),
            action if action.starts_with("s3:") && action != "s3:GetBucketLocation" && request.region() != "eu-west-1" => {
                let answer = Answer::error(request, 301, "PermanentRedirect");
                Deed::Answer(answer.with("x-amz-bucket-region", "eu-west-1"))
            }
            _ => Deed::Forward,
        })
        .await;
        let inventory = take(&root_at(&proxy.endpoint_url).await).await;
        let Facts::Bucket(bucket) = facts(&inventory, "there") else {
            panic!("no bucket")
        };
        assert_eq!(bucket.versioning, Reading::Read(Versioning::Off));
        assert_eq!(bucket.tls_only, Reading::Read(false));
        let requests = proxy.requests();
        let asked_here = requests
            .iter()
            .filter(|request| request.target.starts_with("/there") && request.region() == "eu-north-1");
        // The location alone, or that and each attribute.
        assert_eq!(asked_here.count(), if is_location_known { 1 } else { 6 });
    }
}

#[tokio::test]
async fn each_service_that_refuses_is_told_by_its_action() {
    // No emulator: everything is refused, only the account is known.
    let proxy = Proxy::start("127.0.0.1:9", |request| {
        let identity = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account>\
                        <Arn>arn:aws:iam::111122223333:user/monitor</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>";
        match request.action().as_str() {
            "sts:GetCallerIdentity" => Deed::Answer(Answer::new(200, identity)),
            _ => Deed::Answer(Answer::denied(request)),
        }
    })
    .await;
    let inventory = take(&root_at(&proxy.endpoint_url).await).await;
    assert_eq!(inventory.account_id, "111122223333");
    let refused: Vec<_> = inventory.unread.iter().map(|unread| unread.action.as_str()).collect();
    let lists = [
        "dynamodb:ListTables",
        "ec2:DescribeSecurityGroups",
        "ecr:DescribeRepositories",
        "kinesis:ListStreams",
        "kms:ListAliases",
        "kms:ListKeys",
        "lambda:ListFunctions",
        "logs:DescribeLogGroups",
        "rds:DescribeDBInstances",
        "s3:ListAllMyBuckets",
        "secretsmanager:ListSecrets",
        "sns:ListTopics",
        "sqs:ListQueues",
    ];
    assert_eq!(refused, lists);
    for unread in &inventory.unread {
        assert_eq!(unread.why.kind, WhyKind::AccessDenied, "{unread:?}");
        assert!(unread.action.starts_with(&format!("{}:", unread.service)), "{unread:?}");
    }
    let Facts::AccountRoot(root) = facts(&inventory, "root user") else {
        panic!("no root")
    };
    assert_eq!(failure(&root.mfa), (WhyKind::AccessDenied, "iam:GetAccountSummary"));
    let Facts::Trails(trails) = facts(&inventory, "trails of eu-north-1") else {
        panic!("no trails")
    };
    assert_eq!(
        failure(&trails.trails),
        (WhyKind::AccessDenied, "cloudtrail:DescribeTrails")
    );
    let Facts::VolumeDefaults(volumes) = facts(&inventory, "EBS volumes in eu-north-1") else {
        panic!("no defaults")
    };
    let expected = (WhyKind::AccessDenied, "ec2:GetEbsEncryptionByDefault");
    assert_eq!(failure(&volumes.encrypted_by_default), expected);
}

// "KeyMetadata", AWS KMS API Reference: `KeyManager`. The emulator has only customers' keys.
#[tokio::test]
async fn a_key_that_aws_manages_is_no_customers_and_no_resource() {
    let (emulator, root) = emulator().await;
    let arn = crate::account::key(&root).await;
    let request = aws_sdk_sqs::Client::new(&root).create_queue().queue_name("jobs");
    let request = request.attributes("KmsMasterKeyId".into(), &arn);
    request.send().await.unwrap();
    let id = arn.rsplit('/').next().unwrap().to_owned();
    let answer = format!(r#"{{"KeyMetadata":{{"KeyId":"{id}","Arn":"{arn}","KeyManager":"AWS","Enabled":true}}}}"#);
    let proxy = Proxy::start(emulator.endpoint_url(), move |request| {
        match request.action().as_str() {
            "kms:DescribeKey" => Deed::Answer(Answer::new(200, answer.as_str())),
            _ => Deed::Forward,
        }
    })
    .await;
    let inventory = take(&root_at(&proxy.endpoint_url).await).await;
    let Facts::Queue(queue) = facts(&inventory, "jobs") else {
        panic!("no queue")
    };
    let managed = Encryption::Kms(KeyIdentity::AwsManaged);
    assert_eq!(queue.encryption, Reading::Read(managed));
    let mut resources = inventory.resources.iter();
    assert!(!resources.any(|resource| matches!(resource.facts, Facts::Key(_))));
    let asked = proxy
        .requests()
        .iter()
        .any(|request| request.action() == "kms:GetKeyRotationStatus");
    assert!(!asked, "AWS rotates its own");
}

#[tokio::test]
async fn a_key_that_kms_does_not_show_is_not_guessed() {
    let (emulator, root) = emulator().await;
    let kms = aws_sdk_kms::Client::new(&root);
    let key = kms.create_key().send().await.unwrap().key_metadata.unwrap();
    for (name, id) in [
        ("own", key.arn.as_deref().unwrap()),
        ("aws", "alias/aws/sqs"),
        ("other", "arn:aws:kms:eu-north-1:999999999999:key/1"),
    ] {
        let request = aws_sdk_sqs::Client::new(&root).create_queue().queue_name(name);
        request.attributes("KmsMasterKeyId".into(), id).send().await.unwrap();
    }
    let proxy = Proxy::start(emulator.endpoint_url(), |request| match request.action().as_str() {
        "kms:ListKeys" | "kms:DescribeKey" => Deed::Answer(Answer::denied(request)),
        _ => Deed::Forward,
    })
    .await;
    let inventory = take(&root_at(&proxy.endpoint_url).await).await;
    let encryption = |name| match facts(&inventory, name) {
        Facts::Queue(queue) => &queue.encryption,
        other => panic!("{other:?}"),
    };
    assert_eq!(failure(encryption("own")), (WhyKind::AccessDenied, "kms:ListKeys"));
    assert_eq!(
        encryption("aws"),
        &Reading::Read(Encryption::Kms(KeyIdentity::AwsManaged))
    );
    let other = KeyIdentity::Customer("arn:aws:kms:eu-north-1:999999999999:key/1".to_owned());
    assert_eq!(encryption("other"), &Reading::Read(Encryption::Kms(other)));
}

#[tokio::test]
async fn what_vanishes_between_list_and_reading_is_left_out() {
    let (emulator, root) = emulator().await;
    create_bucket(&root, "stays", "eu-north-1").await;
    create_bucket(&root, "goes", "eu-north-1").await;
    // The last of its attributes is asked for when it has gone.
    let proxy = Proxy::start(emulator.endpoint_url(), |request| {
        let is_gone = request.target.starts_with("/goes") && request.action() == "s3:GetBucketLogging";
        if is_gone {
            Deed::Answer(Answer::error(request, 404, "NoSuchBucket"))
        } else {
            Deed::Forward
        }
    })
    .await;
    let inventory = take(&root_at(&proxy.endpoint_url).await).await;
    let buckets = inventory
        .resources
        .iter()
        .filter(|resource| matches!(resource.facts, Facts::Bucket(_)));
    let names: Vec<_> = buckets.map(|bucket| bucket.name.as_str()).collect();
    assert_eq!(names, ["stays"]);
    assert!(inventory.unread.is_empty(), "{:?}", inventory.unread);
}

#[tokio::test]
async fn what_is_throttled_through_all_tries_is_said() {
    let (emulator, root) = emulator().await;
    create_bucket(&root, "data", "eu-north-1").await;
    let proxy = Proxy::start(emulator.endpoint_url(), |request| match request.action().as_str() {
        "s3:GetBucketPolicy" | "logs:DescribeLogGroups" => Deed::Answer(Answer::throttled(request)),
        _ => Deed::Forward,
    })
    .await;
    let limits = Limits {
        attempts_max: 3,
        ..limits()
    };
    let inventory = take_with(&root_at(&proxy.endpoint_url).await, limits, crate::support::PLENTY).await;
    let Facts::Bucket(bucket) = facts(&inventory, "data") else {
        panic!("no bucket")
    };
    assert_eq!(failure(&bucket.tls_only), (WhyKind::Throttled, "s3:GetBucketPolicy"));
    assert_eq!(bucket.versioning, Reading::Read(Versioning::Off));
    let [unread] = inventory.unread.as_slice() else {
        panic!("{:?}", inventory.unread)
    };
    assert_eq!(
        (unread.action.as_str(), unread.why.kind),
        ("logs:DescribeLogGroups", WhyKind::Throttled)
    );
    let requests = proxy.requests();
    assert_eq!(
        requests
            .iter()
            .filter(|request| request.action() == "s3:GetBucketPolicy")
            .count(),
        3
    );
}

#[tokio::test]
async fn what_the_time_does_not_reach_is_said_and_nothing_waits_longer() {
    // Long enough for what comes before the calls that hang, also on a machine that does much else.
    const TIME: Duration = Duration::from_secs(15);
    const CALLS: usize = 4;
    let (emulator, root) = emulator().await;
    for number in 0..10 {
        create_bucket(&root, &format!("data-{number}"), "eu-north-1").await;
    }
    aws_sdk_sqs::Client::new(&root)
        .create_queue()
        .queue_name("jobs")
        .send()
        .await
        .unwrap();
    let proxy = Proxy::start(emulator.endpoint_url(), |request| match request.action().as_str() {
        "s3:GetBucketPolicy" => Deed::Hang,
        _ => Deed::Forward,
    })
    .await;
    let limits = Limits {
        concurrency_max: CALLS,
        ..limits()
    };
    let started = std::time::Instant::now();
    let inventory = take_with(&root_at(&proxy.endpoint_url).await, limits, TIME).await;
    assert!(started.elapsed() < TIME * 2, "{:?}", started.elapsed());
    let buckets = inventory.resources.iter().filter_map(|resource| match &resource.facts {
        Facts::Bucket(bucket) => Some(bucket),
        _ => None,
    });
    let buckets = buckets.collect::<Vec<_>>();
    assert!(!buckets.is_empty() && buckets.len() <= CALLS, "{}", buckets.len());
    for bucket in &buckets {
        assert_eq!(failure(&bucket.tls_only), (WhyKind::Time, "s3:GetBucketPolicy"));
    }
    let is_known = |bucket: &&BucketFacts| bucket.versioning == Reading::Read(Versioning::Off);
    assert!(buckets.iter().any(is_known), "what was read before is kept");
    let unread = inventory.unread.iter().find(|unread| unread.service == "s3").unwrap();
    assert_eq!(unread.why.kind, WhyKind::Time);
    let told = format!("{} of 10 were not reached", 10 - buckets.len());
    assert!(unread.why.message.contains(&told), "{unread:?}");
}

#[tokio::test]
async fn lists_are_cut_at_a_limit_and_that_is_said() {
    let (_emulator, root) = emulator().await;
    for number in 0..5 {
        let name = format!("jobs-{number}");
        aws_sdk_sqs::Client::new(&root)
            .create_queue()
            .queue_name(name)
            .send()
            .await
            .unwrap();
    }
    let limits = Limits {
        resources_max: 3,
        ..limits()
    };
    let inventory = take_with(&root, limits, crate::support::PLENTY).await;
    let queues = inventory
        .resources
        .iter()
        .filter(|resource| matches!(resource.facts, Facts::Queue(_)));
    assert_eq!(queues.count(), 3);
    let unread = inventory.unread.iter().find(|unread| unread.service == "sqs").unwrap();
    assert_eq!(
        (unread.action.as_str(), unread.why.kind),
        ("sqs:ListQueues", WhyKind::Limit)
    );
}

// "ListTopics", Amazon SNS API Reference: pages of 100, the next one by its token. The second page here names itself.
#[tokio::test]
async fn a_list_that_goes_round_in_circles_ends() {
    let (emulator, root) = emulator().await;
    aws_sdk_sns::Client::new(&root)
        .create_topic()
        .name("alerts")
        .send()
        .await
        .unwrap();
    let proxy = Proxy::start(emulator.endpoint_url(), |request| match request.action().as_str() {
        "sns:ListTopics" => Deed::Answer(Answer::new(
            200,
            "<ListTopicsResponse><ListTopicsResult><Topics/><NextToken>again</NextToken></ListTopicsResult></ListTopicsResponse>",
        )),
        _ => Deed::Forward,
    })
    .await;
    let inventory = take(&root_at(&proxy.endpoint_url).await).await;
    let unread = inventory.unread.iter().find(|unread| unread.service == "sns").unwrap();
    assert_eq!(unread.why.kind, WhyKind::Other);
}

// "EnvironmentError", AWS Lambda API Reference: who may not decrypt the variables is told so in their place.
#[tokio::test]
async fn an_environment_that_cannot_be_decrypted_is_unreadable() {
    let (emulator, _root) = emulator().await;
    let proxy = Proxy::start(emulator.endpoint_url(), |request| match request.action().as_str() {
        "lambda:ListFunctions" => Deed::Answer(
            Answer::new(
                200,
                r#"{"Functions":[{"FunctionName":"loader","FunctionArn":"arn:aws:lambda:eu-north-1:000000000000:function:loader",
                    "Environment":{"Error":{"ErrorCode":"AccessDeniedException","Message":"kms:Decrypt"}}}]}"#,
            )
            .with("content-type", "application/json"),
        ),
        _ => Deed::Forward,
    })
    .await;
    let inventory = take(&root_at(&proxy.endpoint_url).await).await;
    let Facts::Function(function) = facts(&inventory, "loader") else {
        panic!("no function")
    };
    assert_eq!(
        failure(&function.environment),
        (WhyKind::AccessDenied, "lambda:ListFunctions")
    );
}
