//! The same for what serves and guards: each is read as it is, mended, and read again.

use relay_monitor::{Encryption, Facts, KeyIdentity, OpenIngress, Reading, SecretSign, TrailFacts, Variable};

use crate::account::key;
use crate::proxy::{Answer, Deed, Proxy, Request};
use crate::support::{between, create_bucket, ec2, emulator, facts, root_at, take};

#[tokio::test]
async fn security_groups_open_to_the_world() {
    let (_emulator, config) = emulator().await;
    let vpc = ec2(&config, "Action=CreateVpc&CidrBlock=10.0.0.0/16").await;
    let vpc = between(&vpc, "<vpcId>", "</vpcId>");
    let group = format!("Action=CreateSecurityGroup&GroupName=doors&GroupDescription=doors&VpcId={vpc}");
    let group = ec2(&config, &group).await;
    let group = between(&group, "<groupId>", "</groupId>");
    let door = |port: u16, range: &str| {
        format!(
            "GroupId={group}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort={port}\
             &IpPermissions.1.ToPort={port}&IpPermissions.1.{range}"
        )
    };
    let rules = [
        door(22, "IpRanges.1.CidrIp=0.0.0.0/0"),
        door(443, "Ipv6Ranges.1.CidrIpv6=::/0"),
        door(5432, "IpRanges.1.CidrIp=10.0.0.0/8"),
    ];
    for rule in &rules {
        ec2(&config, &format!("Action=AuthorizeSecurityGroupIngress&{rule}")).await;
    }
    let open = |port: u16, from: &str| OpenIngress {
        protocol: "tcp".to_owned(),
        ports: Some((port, port)),
        from: from.to_owned(),
    };
    let inventory = take(&config).await;
    let Facts::SecurityGroup(found) = facts(&inventory, "doors") else {
        panic!("no group")
    };
    assert_eq!(
        found.open_ingress,
        Reading::Read(vec![open(22, "0.0.0.0/0"), open(443, "::/0")])
    );

    for rule in &rules[..2] {
        ec2(&config, &format!("Action=RevokeSecurityGroupIngress&{rule}")).await;
    }
    let inventory = take(&config).await;
    let Facts::SecurityGroup(found) = facts(&inventory, "doors") else {
        panic!("no group")
    };
    assert_eq!(found.open_ingress, Reading::Read(Vec::new()));
}

#[tokio::test]
async fn log_groups_and_secrets() {
    let (_emulator, config) = emulator().await;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&config);
    let secrets = aws_sdk_secretsmanager::Client::new(&config);
    logs.create_log_group().log_group_name("/app").send().await.unwrap();
    let request = secrets.create_secret().name("db").secret_string("s");
    request.send().await.unwrap();
    let inventory = take(&config).await;
    let Facts::LogGroup(group) = facts(&inventory, "/app") else {
        panic!("no log group")
    };
    assert_eq!(group.retention_days, Reading::Read(None));
    assert_eq!(group.encryption, Reading::Read(Encryption::ServiceOwned));
    let Facts::Secret(secret) = facts(&inventory, "db") else {
        panic!("no secret")
    };
    assert_eq!(secret.rotation, Reading::Read(false));

    // The emulator has no AssociateKmsKey: the group is made anew.
    let arn = key(&config).await;
    logs.delete_log_group().log_group_name("/app").send().await.unwrap();
    let request = logs.create_log_group().log_group_name("/app").kms_key_id(&arn);
    request.send().await.unwrap();
    let request = logs.put_retention_policy().log_group_name("/app");
    request.retention_in_days(30).send().await.unwrap();
    let rules = aws_sdk_secretsmanager::types::RotationRulesType::builder()
        .automatically_after_days(30)
        .build();
    let request = secrets.rotate_secret().secret_id("db").rotation_rules(rules);
    let rotator = format!("arn:aws:lambda:eu-north-1:{}:function:rotator", inventory.account_id);
    let request = request.rotate_immediately(false).rotation_lambda_arn(rotator);
    request.send().await.unwrap();
    let inventory = take(&config).await;
    let Facts::LogGroup(group) = facts(&inventory, "/app") else {
        panic!("no log group")
    };
    assert_eq!(group.retention_days, Reading::Read(Some(30)));
    let customer = Encryption::Kms(KeyIdentity::Customer(arn));
    assert_eq!(group.encryption, Reading::Read(customer));
    let Facts::Secret(secret) = facts(&inventory, "db") else {
        panic!("no secret")
    };
    assert_eq!(secret.rotation, Reading::Read(true));
}

#[tokio::test]
async fn repositories() {
    use aws_sdk_ecr::types::{ImageScanningConfiguration, ImageTagMutability};
    let (_emulator, config) = emulator().await;
    let ecr = aws_sdk_ecr::Client::new(&config);
    ecr.create_repository().repository_name("images").send().await.unwrap();
    let inventory = take(&config).await;
    let Facts::Repository(repository) = facts(&inventory, "images") else {
        panic!("no repository")
    };
    assert_eq!(repository.scan_on_push, Reading::Read(false));
    assert_eq!(repository.immutable_tags, Reading::Read(false));

    let scanning = ImageScanningConfiguration::builder().scan_on_push(true).build();
    let request = ecr.put_image_scanning_configuration().repository_name("images");
    request.image_scanning_configuration(scanning).send().await.unwrap();
    let request = ecr.put_image_tag_mutability().repository_name("images");
    let request = request.image_tag_mutability(ImageTagMutability::Immutable);
    request.send().await.unwrap();
    let inventory = take(&config).await;
    let Facts::Repository(repository) = facts(&inventory, "images") else {
        panic!("no repository")
    };
    assert_eq!(repository.scan_on_push, Reading::Read(true));
    assert_eq!(repository.immutable_tags, Reading::Read(true));
}

#[tokio::test]
async fn keys_and_trails() {
    let (_emulator, config) = emulator().await;
    let kms = aws_sdk_kms::Client::new(&config);
    let arn = key(&config).await;
    kms.create_alias()
        .alias_name("alias/data")
        .target_key_id(&arn)
        .send()
        .await
        .unwrap();
    let signing = kms.create_key().key_spec(aws_sdk_kms::types::KeySpec::EccNistP256);
    let signing = signing
        .key_usage(aws_sdk_kms::types::KeyUsageType::SignVerify)
        .send()
        .await
        .unwrap();
    let trails = aws_sdk_cloudtrail::Client::new(&config);
    create_bucket(&config, "trails", "eu-north-1").await;
    let request = trails.create_trail().name("all").s3_bucket_name("trails");
    let trail = request.send().await.unwrap().trail_arn.unwrap();
    let expected = |is_mended: bool| TrailFacts {
        arn: trail.clone(),
        multi_region: is_mended,
        log_file_validation: is_mended,
        kms: is_mended,
        logging: Reading::Read(is_mended),
    };
    let inventory = take(&config).await;
    let Facts::Key(found) = facts(&inventory, "alias/data") else {
        panic!("no key")
    };
    assert_eq!(found.rotation, Reading::Read(Some(false)));
    let signing = signing.key_metadata.unwrap().key_id;
    let Facts::Key(found) = facts(&inventory, &signing) else {
        panic!("no key")
    };
    assert_eq!(
        found.rotation,
        Reading::Read(None),
        "KMS does not rotate asymmetric keys"
    );
    let Facts::Trails(found) = facts(&inventory, "trails of eu-north-1") else {
        panic!("no trails")
    };
    assert_eq!(found.trails, Reading::Read(vec![expected(false)]));

    kms.enable_key_rotation().key_id(&arn).send().await.unwrap();
    let request = trails
        .update_trail()
        .name("all")
        .is_multi_region_trail(true)
        .enable_log_file_validation(true);
    request.kms_key_id(&arn).send().await.unwrap();
    trails.start_logging().name("all").send().await.unwrap();
    let inventory = take(&config).await;
    let Facts::Key(found) = facts(&inventory, "alias/data") else {
        panic!("no key")
    };
    assert_eq!(found.rotation, Reading::Read(Some(true)));
    let Facts::Trails(found) = facts(&inventory, "trails of eu-north-1") else {
        panic!("no trails")
    };
    assert_eq!(found.trails, Reading::Read(vec![expected(true)]));
}

#[tokio::test]
async fn functions_with_secrets_in_their_environment() {
    use aws_sdk_lambda::types::{Environment, FunctionCode, Runtime};
    use aws_sdk_s3::primitives::Blob;
    let (_emulator, config) = emulator().await;
    let client = aws_sdk_lambda::Client::new(&config);
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",
        "Principal":{"Service":"lambda.amazonaws.com"}}]}"#;
    let request = aws_sdk_iam::Client::new(&config).create_role().role_name("loader");
    request.assume_role_policy_document(trust).send().await.unwrap();
    // The smallest zip there is: the end of an empty directory ("APPNOTE.TXT", PKWARE, 4.3.16).
    let mut zip = b"PK\x05\x06".to_vec();
    zip.resize(22, 0);
    let environment = Environment::builder()
        .variables("DB_PASSWORD", "hunter2")
        .variables("LOG", "info")
        .build();
    let request = client
        .create_function()
        .function_name("loader")
        .role("arn:aws:iam::000000000000:role/loader");
    let request = request
        .runtime(Runtime::from("provided.al2023"))
        .handler("bootstrap")
        .environment(environment);
    request
        .code(FunctionCode::builder().zip_file(Blob::new(zip)).build())
        .send()
        .await
        .unwrap();
    let variable = |name: &str, looks_like_secret| Variable {
        name: name.to_owned(),
        looks_like_secret,
    };
    let inventory = take(&config).await;
    let Facts::Function(found) = facts(&inventory, "loader") else {
        panic!("no function")
    };
    let expected = vec![variable("DB_PASSWORD", Some(SecretSign::Name)), variable("LOG", None)];
    assert_eq!(found.environment, Reading::Read(expected));
    assert!(!format!("{inventory:?}").contains("hunter2"), "a value got out");

    let environment = Environment::builder().variables("LOG", "info").build();
    let request = client
        .update_function_configuration()
        .function_name("loader")
        .environment(environment);
    request.send().await.unwrap();
    let inventory = take(&config).await;
    let Facts::Function(found) = facts(&inventory, "loader") else {
        panic!("no function")
    };
    assert_eq!(found.environment, Reading::Read(vec![variable("LOG", None)]));
}

#[tokio::test]
async fn databases() {
    let (_emulator, config) = emulator().await;
    let rds = aws_sdk_rds::Client::new(&config);
    let arn = key(&config).await;
    let create = |name: &str| {
        let request = rds
            .create_db_instance()
            .db_instance_identifier(name)
            .db_instance_class("db.t4g.micro");
        request
            .engine("postgres")
            .allocated_storage(20)
            .master_username("u")
            .master_user_password("long-enough-1")
    };
    let open = create("open")
        .publicly_accessible(true)
        .backup_retention_period(0)
        .deletion_protection(false);
    open.storage_encrypted(false).send().await.unwrap();
    let shut = create("shut")
        .publicly_accessible(false)
        .backup_retention_period(7)
        .deletion_protection(true);
    shut.storage_encrypted(true).kms_key_id(&arn).send().await.unwrap();
    let inventory = take(&config).await;
    for (name, encryption, is_open, days) in [
        ("open", Encryption::Off, true, 0),
        ("shut", Encryption::Kms(KeyIdentity::Customer(arn)), false, 7),
    ] {
        let Facts::Database(found) = facts(&inventory, name) else {
            panic!("no database")
        };
        assert_eq!(found.encryption, Reading::Read(encryption));
        assert_eq!(found.publicly_accessible, Reading::Read(is_open));
        assert_eq!(found.backup_retention_days, Reading::Read(days));
        assert_eq!(found.deletion_protection, Reading::Read(!is_open));
    }
}

// The emulator does not know the call; the answer's shape is that of "GetEbsEncryptionByDefault", Amazon EC2 API Reference.
#[tokio::test]
async fn defaults_of_volumes() {
    let (emulator, _root) = emulator().await;
    for is_encrypted in [false, true] {
        let proxy = Proxy::start(emulator.endpoint_url(), move |request| {
            volumes(request, is_encrypted).unwrap_or(Deed::Forward)
        })
        .await;
        let inventory = take(&root_at(&proxy.endpoint_url).await).await;
        let Facts::VolumeDefaults(found) = facts(&inventory, "EBS volumes in eu-north-1") else {
            panic!("no defaults")
        };
        assert_eq!(found.encrypted_by_default, Reading::Read(is_encrypted));
    }
}

/// The answer about new volumes, if this is the question.
pub fn volumes(request: &Request, is_encrypted: bool) -> Option<Deed> {
    let answer = format!(
        "<GetEbsEncryptionByDefaultResponse><requestId>R</requestId>\
         <ebsEncryptionByDefault>{is_encrypted}</ebsEncryptionByDefault></GetEbsEncryptionByDefaultResponse>"
    );
    let is_asked = request.action() == "ec2:GetEbsEncryptionByDefault";
    is_asked.then(|| Deed::Answer(Answer::new(200, answer)))
}
