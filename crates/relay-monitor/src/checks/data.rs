//! Checks of databases and tables: Amazon DynamoDB, Amazon RDS.

use super::AT_REST;
use crate::check::{Check, Controls, Outcome, Severity, must, on};
use crate::facts::{DatabaseFacts, Encryption, Facts, KeyIdentity, TableFacts};

/// As Security Hub's RDS.11 asks by default.
const BACKUP_DAYS_MIN: u32 = 7;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "dynamodb.encryption_customer_key",
        title: "Tables are encrypted with a customer managed KMS key",
        service: "dynamodb",
        severity: Severity::Medium,
        reads: &["dynamodb:DescribeTable"],
        controls: Controls::of_rule("dynamodb-table-encrypted-kms", &["SC-13", "SC-28", "SC-28(1)"])
            .unlike("The rule is content with a KMS key that AWS manages; Security Hub has no control for it."),
        remedy: "Set the table's encryption to KMS with the ARN of a customer managed key (UpdateTable, SSESpecification).",
        judge: |facts| table(facts, |table| on(&table.encryption, customer_key)),
    },
    Check {
        id: "dynamodb.point_in_time_recovery",
        title: "Tables can be restored to any point in time",
        service: "dynamodb",
        severity: Severity::Medium,
        reads: &["dynamodb:DescribeContinuousBackups"],
        controls: Controls::listed(&["CP-6(2)", "CP-9", "CP-10", "SC-5(2)", "SI-12", "SI-13(5)"]).fsbp(&["DynamoDB.2"]),
        remedy: "Enable point-in-time recovery on the table (UpdateContinuousBackups).",
        judge: |facts| {
            table(facts, |table| {
                on(&table.point_in_time_recovery, |enabled| {
                    must(*enabled, "point-in-time recovery is off")
                })
            })
        },
    },
    Check {
        id: "dynamodb.deletion_protection",
        title: "Tables are protected from deletion",
        service: "dynamodb",
        severity: Severity::Medium,
        reads: &["dynamodb:DescribeTable"],
        controls: Controls::listed(&["CA-9(1)", "CM-2", "CM-2(2)", "CM-3", "SC-5(2)"]).fsbp(&["DynamoDB.6"]),
        remedy: "Enable deletion protection on the table (UpdateTable, DeletionProtectionEnabled).",
        judge: |facts| {
            table(facts, |table| {
                on(&table.deletion_protection, |enabled| {
                    must(*enabled, "deletion protection is off")
                })
            })
        },
    },
    Check {
        id: "rds.storage_encryption",
        title: "Database storage is encrypted",
        service: "rds",
        severity: Severity::Medium,
        reads: &["rds:DescribeDBInstances"],
        controls: Controls::listed(AT_REST).fsbp(&["RDS.3"]).cis(&["2.3.1"], &["2.2.1"]),
        remedy: "Restore an encrypted copy of a snapshot into a new instance: storage cannot be encrypted in place.",
        judge: |facts| {
            database(facts, |database| {
                on(&database.encryption, |encryption| {
                    must(*encryption != Encryption::Off, "the storage is not encrypted")
                })
            })
        },
    },
    Check {
        id: "rds.public_access",
        title: "Databases have no public address",
        service: "rds",
        severity: Severity::Critical,
        reads: &["rds:DescribeDBInstances"],
        controls: Controls::listed(&[
            "AC-4", "AC-4(21)", "SC-7", "SC-7(4)", "SC-7(5)", "SC-7(11)", "SC-7(16)", "SC-7(21)",
        ])
        .fsbp(&["RDS.2"])
        .cis(&["2.3.3"], &["2.2.3"]),
        remedy: "Set PubliclyAccessible to false on the instance, and keep it in private subnets.",
        judge: |facts| {
            database(facts, |database| {
                on(&database.publicly_accessible, |public| {
                    must(!*public, "the instance has a public address")
                })
            })
        },
    },
    Check {
        id: "rds.backup",
        title: "Databases are backed up automatically, for at least 7 days",
        service: "rds",
        severity: Severity::Medium,
        reads: &["rds:DescribeDBInstances"],
        controls: Controls::listed(&[
            "CP-6", "CP-6(1)", "CP-6(2)", "CP-9", "CP-10", "SC-5(2)", "SI-12", "SI-13(5)",
        ])
        .fsbp(&["RDS.11"])
        .unlike("RDS.11 leaves read replicas out."),
        remedy: "Set BackupRetentionPeriod to 7 days or more on the instance.",
        judge: |facts| {
            database(facts, |database| {
                on(&database.backup_retention_days, |days| {
                    must(*days >= BACKUP_DAYS_MIN, format!("backups are kept for {days} days"))
                })
            })
        },
    },
    Check {
        id: "rds.deletion_protection",
        title: "Databases are protected from deletion",
        service: "rds",
        severity: Severity::Low,
        reads: &["rds:DescribeDBInstances"],
        controls: Controls::listed(&["CM-3", "SC-5(2)", "SI-13(5)"])
            .fsbp(&["RDS.8"])
            .unlike("RDS.8 looks at the engines that it names; this check at every instance."),
        remedy: "Set DeletionProtection on the instance.",
        judge: |facts| {
            database(facts, |database| {
                on(&database.deletion_protection, |enabled| {
                    must(*enabled, "deletion protection is off")
                })
            })
        },
    },
];

fn table(facts: &Facts, judge: impl FnOnce(&TableFacts) -> Outcome) -> Outcome {
    match facts {
        Facts::Table(table) => judge(table),
        _ => Outcome::NotApplicable,
    }
}

fn database(facts: &Facts, judge: impl FnOnce(&DatabaseFacts) -> Outcome) -> Outcome {
    match facts {
        Facts::Database(database) => judge(database),
        _ => Outcome::NotApplicable,
    }
}

/// Encrypted with a key that the account's owner rules over.
pub(super) fn customer_key(encryption: &Encryption) -> Outcome {
    match encryption {
        Encryption::Kms(KeyIdentity::Customer(_)) => Outcome::Pass,
        Encryption::Kms(KeyIdentity::AwsManaged) => Outcome::Fail("the KMS key is managed by AWS".to_owned()),
        Encryption::ServiceOwned => Outcome::Fail("the key is the service's own".to_owned()),
        Encryption::Off => Outcome::Fail("it is not encrypted".to_owned()),
    }
}
