//! The table of checks, and the actions that list what they judge.

mod account;
mod compute;
mod data;
mod messaging;
mod storage;

use std::collections::BTreeSet;

use crate::check::Check;

/// What Security Hub relates to each control that asks for encryption at rest.
const AT_REST: &[&str] = &[
    "CA-9(1)", "CM-3(6)", "SC-7(10)", "SC-13", "SC-28", "SC-28(1)", "SI-7(6)",
];

/// How the resources of a service are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List {
    /// As in the ARNs: `s3`.
    pub service: &'static str,
    /// The IAM actions that find the resources, and tell where and what they are.
    pub actions: &'static [&'static str],
}

/// Every list. What is listed and described in one answer has no action of its own in the checks.
pub const LISTS: &[List] = &[
    list("cloudtrail", &["cloudtrail:DescribeTrails"]),
    list("dynamodb", &["dynamodb:ListTables"]),
    list("ec2", &["ec2:DescribeSecurityGroups"]),
    list("ecr", &["ecr:DescribeRepositories"]),
    list("kinesis", &["kinesis:ListStreams"]),
    // Aliases and keys also say whose key another resource is encrypted with.
    list("kms", &["kms:DescribeKey", "kms:ListAliases", "kms:ListKeys"]),
    list("lambda", &["lambda:ListFunctions"]),
    list("logs", &["logs:DescribeLogGroups"]),
    list("rds", &["rds:DescribeDBInstances"]),
    // A bucket is asked in its own region.
    list("s3", &["s3:GetBucketLocation", "s3:ListAllMyBuckets"]),
    list("secretsmanager", &["secretsmanager:ListSecrets"]),
    list("sns", &["sns:ListTopics"]),
    list("sqs", &["sqs:ListQueues"]),
];

const fn list(service: &'static str, actions: &'static [&'static str]) -> List {
    List { service, actions }
}

const GROUPS: [&[Check]; 5] = [
    storage::CHECKS,
    data::CHECKS,
    messaging::CHECKS,
    compute::CHECKS,
    account::CHECKS,
];
const COUNT: usize = {
    let (mut count, mut group) = (0, 0);
    while group < GROUPS.len() {
        count += GROUPS[group].len();
        group += 1;
    }
    count
};

/// Every check, by service.
pub static CHECKS: [Check; COUNT] = {
    let mut all = [storage::CHECKS[0]; COUNT];
    let (mut at, mut group) = (0, 0);
    while group < GROUPS.len() {
        let mut index = 0;
        while index < GROUPS[group].len() {
            all[at] = GROUPS[group][index];
            at += 1;
            index += 1;
        }
        group += 1;
    }
    all
};

/// The check of this name.
pub fn check(id: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.id == id)
}

/// Every IAM action that taking the inventory needs: those of the lists and those of the checks.
pub fn actions() -> BTreeSet<&'static str> {
    let lists = LISTS.iter().flat_map(|list| list.actions);
    let checks = CHECKS.iter().flat_map(|check| check.reads.iter());
    lists.chain(checks).copied().collect()
}
