//! Accounts to look at: resources that are as they must be, and what can be wrong with them.

use relay_monitor::{
    BucketEncryption, BucketFacts, Encryption, Facts, Inventory, KeyIdentity, PublicAccessBlock, Reading, Resource,
    TableFacts, UnreadList, Versioning, Why, WhyKind,
};

pub const KEY: &str = "arn:aws:kms:eu-north-1:111122223333:key/12345678-1234-1234-1234-123456789012";

pub fn customer_key() -> Encryption {
    Encryption::Kms(KeyIdentity::Customer(KEY.to_owned()))
}

pub fn unreadable<T>() -> Reading<T> {
    Reading::Unreadable(why())
}

pub fn why() -> Why {
    Why {
        action: "some:Action".to_owned(),
        kind: WhyKind::AccessDenied,
        message: "not authorized".to_owned(),
    }
}

pub fn safe_bucket() -> BucketFacts {
    BucketFacts {
        encryption: Reading::Read(BucketEncryption {
            algorithm: Some("aws:kms".to_owned()),
            key: Some(KeyIdentity::Customer(KEY.to_owned())),
            bucket_key: true,
        }),
        public_access: Reading::Read(PublicAccessBlock {
            block_public_acls: true,
            ignore_public_acls: true,
            block_public_policy: true,
            restrict_public_buckets: true,
        }),
        versioning: Reading::Read(Versioning::Enabled),
        tls_only: Reading::Read(true),
        logging: Reading::Read(Some("logs".to_owned())),
    }
}

pub fn safe_table() -> TableFacts {
    TableFacts {
        encryption: Reading::Read(customer_key()),
        point_in_time_recovery: Reading::Read(true),
        deletion_protection: Reading::Read(true),
    }
}

pub fn bucket(name: &str, facts: BucketFacts) -> Resource {
    Resource {
        arn: format!("arn:aws:s3:::{name}"),
        name: name.to_owned(),
        facts: Facts::Bucket(facts),
    }
}

pub fn table(name: &str, facts: TableFacts) -> Resource {
    Resource {
        arn: format!("arn:aws:dynamodb:eu-north-1:111122223333:table/{name}"),
        name: name.to_owned(),
        facts: Facts::Table(facts),
    }
}

pub fn account(resources: Vec<Resource>) -> Inventory {
    Inventory {
        account_id: "111122223333".to_owned(),
        region: "eu-north-1".to_owned(),
        resources,
        unread: Vec::new(),
    }
}

pub fn unread(service: &str, action: &str) -> UnreadList {
    UnreadList {
        service: service.to_owned(),
        action: action.to_owned(),
        why: why(),
    }
}
