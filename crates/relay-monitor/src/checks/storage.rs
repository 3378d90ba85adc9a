//! Checks of Amazon S3 buckets and of EBS volumes.

use super::AT_REST;
use crate::check::{Check, Controls, Outcome, Severity, must, on};
use crate::facts::{BucketFacts, Facts, KeyIdentity, PublicAccessBlock, Versioning};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "s3.encryption",
        title: "Buckets encrypt new objects by default",
        service: "s3",
        severity: Severity::Medium,
        reads: &["s3:GetEncryptionConfiguration"],
        controls: Controls::of_rule(
            "s3-bucket-server-side-encryption-enabled",
            &["SC-13", "SC-28", "SC-28(1)"],
        )
        .unlike("S3.4, which asked for it (medium), is retired: S3 encrypts new objects by itself since January 2023."),
        remedy: "Set default encryption on the bucket (PutBucketEncryption).",
        judge: |facts| {
            bucket(facts, |bucket| {
                on(&bucket.encryption, |encryption| {
                    must(encryption.algorithm.is_some(), "there is no default encryption")
                })
            })
        },
    },
    Check {
        id: "s3.encryption_customer_key",
        title: "Buckets encrypt new objects with a customer managed KMS key",
        service: "s3",
        severity: Severity::Medium,
        reads: &["s3:GetEncryptionConfiguration"],
        controls: Controls::listed(&[
            "AU-9", "CA-9(1)", "CM-3(6)", "SC-7(10)", "SC-12(2)", "SC-13", "SC-28", "SC-28(1)", "SI-7(6)",
        ])
        .hub(&["S3.17"])
        .unlike("S3.17 is content with a KMS key that AWS manages."),
        remedy: "Set default encryption to aws:kms with the ARN of a customer managed key, and enable the bucket key.",
        judge: |facts| bucket(facts, customer_key),
    },
    Check {
        id: "s3.public_access_block",
        title: "Buckets block public access in all four ways",
        service: "s3",
        severity: Severity::High,
        reads: &["s3:GetBucketPublicAccessBlock"],
        controls: Controls::listed(&[
            "AC-3", "AC-3(7)", "AC-4", "AC-4(21)", "AC-6", "AC-21", "SC-7", "SC-7(3)", "SC-7(4)", "SC-7(9)",
            "SC-7(11)", "SC-7(16)", "SC-7(20)", "SC-7(21)",
        ])
        .fsbp(&["S3.8"])
        .cis(&["2.1.4"], &["2.1.4"]),
        remedy: "Set BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy and RestrictPublicBuckets on the bucket.",
        judge: |facts| bucket(facts, |bucket| on(&bucket.public_access, |block| public_access(*block))),
    },
    Check {
        id: "s3.versioning",
        title: "Buckets keep versions",
        service: "s3",
        severity: Severity::Medium,
        reads: &["s3:GetBucketVersioning"],
        controls: Controls::listed(&[
            "AU-9(2)", "CP-6", "CP-6(1)", "CP-6(2)", "CP-9", "CP-10", "SC-5(2)", "SI-12", "SI-13(5)",
        ])
        .hub(&["S3.14"])
        .unlike(
            "S3.14 is low. Here it is medium: custody is of a version of an object, which only such a bucket can give.",
        ),
        remedy: "Enable versioning on the bucket, with a lifecycle rule for old versions.",
        judge: |facts| {
            bucket(facts, |bucket| {
                on(&bucket.versioning, |versioning| match versioning {
                    Versioning::Enabled => Outcome::Pass,
                    Versioning::Off => Outcome::Fail("versioning was never enabled".to_owned()),
                    Versioning::Suspended => Outcome::Fail("versioning is suspended".to_owned()),
                })
            })
        },
    },
    Check {
        id: "s3.tls_only",
        title: "Bucket policies refuse requests without TLS",
        service: "s3",
        severity: Severity::Medium,
        reads: &["s3:GetBucketPolicy"],
        controls: Controls::listed(&[
            "AC-4", "AC-17(2)", "IA-5(1)", "SC-7(4)", "SC-8", "SC-8(1)", "SC-8(2)", "SC-12(3)", "SC-13", "SC-23",
            "SC-23(3)", "SI-7(6)",
        ])
        .fsbp(&["S3.5"])
        .cis(&["2.1.1"], &["2.1.1"]),
        remedy: "Add a statement to the bucket policy that denies s3:* to everybody where aws:SecureTransport is false, \
                 on the bucket and its objects.",
        judge: |facts| {
            bucket(facts, |bucket| {
                on(&bucket.tls_only, |tls_only| {
                    must(*tls_only, "the bucket policy lets requests in that do not come by TLS")
                })
            })
        },
    },
    Check {
        id: "s3.access_logging",
        title: "Buckets log who accesses them",
        service: "s3",
        severity: Severity::Medium,
        reads: &["s3:GetBucketLogging"],
        controls: Controls::listed(&[
            "AC-2(4)", "AC-4(26)", "AC-6(9)", "AU-2", "AU-3", "AU-6(3)", "AU-6(4)", "AU-10", "AU-12", "CA-7",
            "SC-7(9)", "SI-3(8)", "SI-4(20)", "SI-7(8)",
        ])
        .fsbp(&["S3.9"]),
        remedy: "Enable server access logging to a bucket of logs; for that bucket itself, accept the risk.",
        judge: |facts| {
            bucket(facts, |bucket| {
                on(&bucket.logging, |target| {
                    must(target.is_some(), "server access logging is off")
                })
            })
        },
    },
    Check {
        id: "ec2.ebs_default_encryption",
        title: "New EBS volumes are encrypted without being asked",
        service: "ec2",
        severity: Severity::Medium,
        reads: &["ec2:GetEbsEncryptionByDefault"],
        controls: Controls::listed(AT_REST).fsbp(&["EC2.7"]).cis(&["2.2.1"], &["5.1.1"]),
        remedy: "Turn on EBS encryption by default in this region (EnableEbsEncryptionByDefault).",
        judge: |facts| match facts {
            Facts::VolumeDefaults(defaults) => on(&defaults.encrypted_by_default, |encrypted| {
                must(*encrypted, "EBS encryption by default is off in this region")
            }),
            _ => Outcome::NotApplicable,
        },
    },
];

fn bucket(facts: &Facts, judge: impl FnOnce(&BucketFacts) -> Outcome) -> Outcome {
    match facts {
        Facts::Bucket(bucket) => judge(bucket),
        _ => Outcome::NotApplicable,
    }
}

fn customer_key(bucket: &BucketFacts) -> Outcome {
    on(&bucket.encryption, |encryption| {
        match (&encryption.key, &encryption.algorithm) {
            (Some(KeyIdentity::Customer(_)), _) => Outcome::Pass,
            (Some(KeyIdentity::AwsManaged), _) => Outcome::Fail("the KMS key is managed by AWS".to_owned()),
            (None, Some(algorithm)) => {
                Outcome::Fail(format!("objects are encrypted with {algorithm}, without a KMS key"))
            }
            (None, None) => Outcome::Fail("there is no default encryption".to_owned()),
        }
    })
}

fn public_access(block: PublicAccessBlock) -> Outcome {
    let switches = [
        (block.block_public_acls, "BlockPublicAcls"),
        (block.ignore_public_acls, "IgnorePublicAcls"),
        (block.block_public_policy, "BlockPublicPolicy"),
        (block.restrict_public_buckets, "RestrictPublicBuckets"),
    ];
    let off: Vec<&str> = switches.iter().filter(|(on, _)| !on).map(|(_, name)| *name).collect();
    must(off.is_empty(), format!("off: {}", off.join(", ")))
}
