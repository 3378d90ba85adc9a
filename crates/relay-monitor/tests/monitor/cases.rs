//! For each check: what passes, what fails, and what cannot be seen.

use relay_monitor::{
    AccountRootFacts, BucketEncryption, BucketFacts, Check, DatabaseFacts, Encryption, Facts, FunctionFacts, KeyFacts,
    KeyIdentity, LogGroupFacts, OpenIngress, PublicAccessBlock, QueueFacts, Reading, RepositoryFacts, SecretFacts,
    SecretSign, SecurityGroupFacts, StreamFacts, TableFacts, TopicFacts, TrailFacts, TrailsFacts, Variable, Versioning,
    VolumeDefaultsFacts,
};

use crate::accounts::{customer_key, safe_bucket, safe_table, unreadable};

// What a check says must be so, not so, and unknown.
pub struct Case {
    pub passes: Facts,
    pub fails: Vec<Facts>,
    pub unknown: Facts,
}

fn case<T>(kind: impl Fn(Reading<T>) -> Facts, passes: T, fails: Vec<T>) -> Case {
    Case {
        passes: kind(Reading::Read(passes)),
        fails: fails.into_iter().map(|value| kind(Reading::Read(value))).collect(),
        unknown: kind(unreadable()),
    }
}

fn bucket<T>(set: impl Fn(&mut BucketFacts, Reading<T>)) -> impl Fn(Reading<T>) -> Facts {
    move |reading| {
        let mut facts = safe_bucket();
        set(&mut facts, reading);
        Facts::Bucket(facts)
    }
}

fn table<T>(set: impl Fn(&mut TableFacts, Reading<T>)) -> impl Fn(Reading<T>) -> Facts {
    move |reading| {
        let mut facts = safe_table();
        set(&mut facts, reading);
        Facts::Table(facts)
    }
}

fn database<T>(set: impl Fn(&mut DatabaseFacts, Reading<T>)) -> impl Fn(Reading<T>) -> Facts {
    move |reading| {
        let mut facts = DatabaseFacts {
            encryption: Reading::Read(customer_key()),
            publicly_accessible: Reading::Read(false),
            backup_retention_days: Reading::Read(7),
            deletion_protection: Reading::Read(true),
        };
        set(&mut facts, reading);
        Facts::Database(facts)
    }
}

fn log_group<T>(set: impl Fn(&mut LogGroupFacts, Reading<T>)) -> impl Fn(Reading<T>) -> Facts {
    move |reading| {
        let mut facts = LogGroupFacts {
            encryption: Reading::Read(customer_key()),
            retention_days: Reading::Read(Some(365)),
        };
        set(&mut facts, reading);
        Facts::LogGroup(facts)
    }
}

fn repository(set: impl Fn(&mut RepositoryFacts, Reading<bool>)) -> impl Fn(Reading<bool>) -> Facts {
    move |reading| {
        let mut facts = RepositoryFacts {
            scan_on_push: Reading::Read(true),
            immutable_tags: Reading::Read(true),
        };
        set(&mut facts, reading);
        Facts::Repository(facts)
    }
}

fn root(set: impl Fn(&mut AccountRootFacts, Reading<bool>)) -> impl Fn(Reading<bool>) -> Facts {
    move |reading| {
        let mut facts = AccountRootFacts {
            access_keys: Reading::Read(false),
            mfa: Reading::Read(true),
        };
        set(&mut facts, reading);
        Facts::AccountRoot(facts)
    }
}

pub fn trail() -> TrailFacts {
    TrailFacts {
        arn: "arn:aws:cloudtrail:eu-north-1:111122223333:trail/all".to_owned(),
        multi_region: true,
        log_file_validation: true,
        kms: true,
        logging: Reading::Read(true),
    }
}

pub fn trails(trails: Reading<Vec<TrailFacts>>) -> Facts {
    Facts::Trails(TrailsFacts { trails })
}

fn ingress(protocol: &str, ports: Option<(u16, u16)>) -> Vec<OpenIngress> {
    vec![OpenIngress {
        protocol: protocol.to_owned(),
        ports,
        from: "0.0.0.0/0".to_owned(),
    }]
}

fn bucket_encryption(algorithm: Option<&str>, key: Option<KeyIdentity>) -> BucketEncryption {
    BucketEncryption {
        algorithm: algorithm.map(str::to_owned),
        key,
        bucket_key: false,
    }
}

fn variables(sign: Option<SecretSign>) -> Vec<Variable> {
    vec![Variable {
        name: "SOME_VARIABLE".to_owned(),
        looks_like_secret: sign,
    }]
}

fn without_customer_key() -> Vec<Encryption> {
    vec![
        Encryption::Off,
        Encryption::ServiceOwned,
        Encryption::Kms(KeyIdentity::AwsManaged),
    ]
}

fn of_storage(id: &str) -> Option<Case> {
    let switches = |open: usize| {
        let on = |switch: usize| switch != open;
        PublicAccessBlock {
            block_public_acls: on(0),
            ignore_public_acls: on(1),
            block_public_policy: on(2),
            restrict_public_buckets: on(3),
        }
    };
    let customer = || Some(KeyIdentity::Customer("arn".to_owned()));
    Some(match id {
        "s3.encryption" => case(
            bucket(|bucket, reading| bucket.encryption = reading),
            bucket_encryption(Some("AES256"), None),
            vec![bucket_encryption(None, None)],
        ),
        "s3.encryption_customer_key" => case(
            bucket(|bucket, reading| bucket.encryption = reading),
            bucket_encryption(Some("aws:kms"), customer()),
            vec![
                bucket_encryption(None, None),
                bucket_encryption(Some("AES256"), None),
                bucket_encryption(Some("aws:kms"), Some(KeyIdentity::AwsManaged)),
            ],
        ),
        "s3.public_access_block" => case(
            bucket(|bucket, reading| bucket.public_access = reading),
            switches(4),
            (0..4).map(switches).collect(),
        ),
        "s3.versioning" => case(
            bucket(|bucket, reading| bucket.versioning = reading),
            Versioning::Enabled,
            vec![Versioning::Off, Versioning::Suspended],
        ),
        "s3.tls_only" => case(bucket(|bucket, reading| bucket.tls_only = reading), true, vec![false]),
        "s3.access_logging" => case(
            bucket(|bucket, reading| bucket.logging = reading),
            Some("logs".to_owned()),
            vec![None],
        ),
        "ec2.ebs_default_encryption" => case(
            |encrypted_by_default| Facts::VolumeDefaults(VolumeDefaultsFacts { encrypted_by_default }),
            true,
            vec![false],
        ),
        _ => return None,
    })
}

fn of_data(id: &str) -> Option<Case> {
    Some(match id {
        "dynamodb.encryption_customer_key" => case(
            table(|table, reading| table.encryption = reading),
            customer_key(),
            without_customer_key(),
        ),
        "dynamodb.point_in_time_recovery" => case(
            table(|table, reading| table.point_in_time_recovery = reading),
            true,
            vec![false],
        ),
        "dynamodb.deletion_protection" => case(
            table(|table, reading| table.deletion_protection = reading),
            true,
            vec![false],
        ),
        "rds.storage_encryption" => case(
            database(|database, reading| database.encryption = reading),
            customer_key(),
            vec![Encryption::Off],
        ),
        "rds.public_access" => case(
            database(|database, reading| database.publicly_accessible = reading),
            false,
            vec![true],
        ),
        "rds.backup" => case(
            database(|database, reading| database.backup_retention_days = reading),
            7,
            vec![0, 6],
        ),
        "rds.deletion_protection" => case(
            database(|database, reading| database.deletion_protection = reading),
            true,
            vec![false],
        ),
        "sqs.encryption" => case(
            |encryption| Facts::Queue(QueueFacts { encryption }),
            Encryption::ServiceOwned,
            vec![Encryption::Off],
        ),
        "sns.encryption" => case(
            |encryption| Facts::Topic(TopicFacts { encryption }),
            customer_key(),
            vec![Encryption::Off],
        ),
        "kinesis.encryption" => case(
            |encryption| Facts::Stream(StreamFacts { encryption }),
            customer_key(),
            vec![Encryption::Off],
        ),
        _ => return None,
    })
}

fn of_compute(id: &str) -> Option<Case> {
    let security_group = |open_ingress| Facts::SecurityGroup(SecurityGroupFacts { open_ingress });
    Some(match id {
        "lambda.environment_secrets" => case(
            |environment| Facts::Function(FunctionFacts { environment }),
            variables(None),
            [
                SecretSign::Name,
                SecretSign::AccessKey,
                SecretSign::PrivateKey,
                SecretSign::Entropy,
            ]
            .map(|sign| variables(Some(sign)))
            .to_vec(),
        ),
        "ecr.scan_on_push" => case(
            repository(|repository, reading| repository.scan_on_push = reading),
            true,
            vec![false],
        ),
        "ecr.immutable_tags" => case(
            repository(|repository, reading| repository.immutable_tags = reading),
            true,
            vec![false],
        ),
        "ec2.administration_open" => case(
            security_group,
            ingress("tcp", Some((443, 443))),
            vec![
                ingress("tcp", Some((22, 22))),
                ingress("6", Some((20, 30))),
                ingress("tcp", Some((3389, 3389))),
                ingress("udp", Some((3389, 3389))),
                ingress("17", Some((0, 65_535))),
                ingress("-1", None),
            ],
        ),
        "ec2.open_to_the_world" => case(
            security_group,
            Vec::new(),
            vec![
                ingress("tcp", Some((443, 443))),
                ingress("udp", Some((53, 53))),
                ingress("icmp", None),
            ],
        ),
        "logs.encryption_customer_key" => case(
            log_group(|group, reading| group.encryption = reading),
            customer_key(),
            without_customer_key(),
        ),
        "logs.retention" => case(
            log_group(|group, reading| group.retention_days = reading),
            Some(1),
            vec![None],
        ),
        _ => return None,
    })
}

fn of_account(id: &str) -> Option<Case> {
    let changed = |change: fn(&mut TrailFacts)| {
        let mut changed = trail();
        change(&mut changed);
        vec![changed]
    };
    Some(match id {
        "kms.rotation" => case(
            |rotation| Facts::Key(KeyFacts { rotation }),
            Some(true),
            vec![Some(false)],
        ),
        "secretsmanager.rotation" => case(
            |rotation| {
                Facts::Secret(SecretFacts {
                    rotation,
                    owning_service: None,
                })
            },
            true,
            vec![false],
        ),
        "iam.root_access_keys" => case(root(|root, reading| root.access_keys = reading), false, vec![true]),
        "iam.root_mfa" => case(root(|root, reading| root.mfa = reading), true, vec![false]),
        "cloudtrail.logging" => case(
            trails,
            vec![trail()],
            vec![Vec::new(), changed(|trail| trail.logging = Reading::Read(false))],
        ),
        "cloudtrail.multi_region" => case(
            trails,
            vec![trail()],
            vec![Vec::new(), changed(|trail| trail.multi_region = false)],
        ),
        "cloudtrail.log_file_validation" => case(
            trails,
            vec![trail()],
            vec![changed(|trail| trail.log_file_validation = false)],
        ),
        "cloudtrail.encryption_key" => case(trails, vec![trail()], vec![changed(|trail| trail.kms = false)]),
        _ => return None,
    })
}

pub fn cases(check: &Check) -> Case {
    let id = check.id;
    let found = of_storage(id)
        .or_else(|| of_data(id))
        .or_else(|| of_compute(id))
        .or_else(|| of_account(id));
    found.unwrap_or_else(|| panic!("{id} has no test: say what passes, what fails and what is unknown"))
}
