//! Checks of the account itself: keys and secrets, the root user, the record of what happens.

use crate::check::{Check, Controls, Outcome, Severity, must, on};
use crate::facts::{AccountRootFacts, Facts, Reading, TrailFacts};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "kms.rotation",
        title: "Customer managed KMS keys are rotated every year",
        service: "kms",
        severity: Severity::Medium,
        reads: &["kms:GetKeyRotationStatus"],
        controls: Controls::listed(&["SC-12", "SC-12(2)", "SC-28(3)"])
            .hub(&["KMS.4"])
            .cis(&["3.6"], &["3.6"]),
        remedy: "Enable automatic rotation of the key (EnableKeyRotation).",
        judge: |facts| match facts {
            Facts::Key(key) => on(&key.rotation, |rotation| match rotation {
                // KMS rotates no asymmetric and no imported key.
                None => Outcome::NotApplicable,
                Some(rotated) => must(*rotated, "automatic rotation is off"),
            }),
            _ => Outcome::NotApplicable,
        },
    },
    Check {
        id: "secretsmanager.rotation",
        title: "Secrets are rotated on a schedule",
        service: "secretsmanager",
        severity: Severity::Medium,
        reads: &["secretsmanager:ListSecrets"],
        controls: Controls::listed(&["AC-2(1)", "AC-3(15)"])
            .fsbp(&["SecretsManager.1"])
            .unlike("This check leaves out secrets that another service of AWS owns and rotates."),
        remedy: "Configure automatic rotation of the secret (RotateSecret with RotationRules).",
        judge: |facts| match facts {
            // The service that owns it rotates it.
            Facts::Secret(secret) if secret.owning_service.is_some() => Outcome::NotApplicable,
            Facts::Secret(secret) => on(&secret.rotation, |rotated| {
                must(*rotated, "automatic rotation is not configured")
            }),
            _ => Outcome::NotApplicable,
        },
    },
    Check {
        id: "iam.root_access_keys",
        title: "The root user has no access keys",
        service: "iam",
        severity: Severity::Critical,
        reads: &["iam:GetAccountSummary"],
        controls: Controls::listed(&["AC-2(1)", "AC-3(7)", "AC-3(15)", "AC-6", "AC-6(2)", "AC-6(10)"])
            .fsbp(&["IAM.4"])
            .cis(&["1.4"], &["1.3"]),
        remedy: "Sign in as root and delete its access keys; use roles instead.",
        judge: |facts| {
            root(facts, |root| {
                on(&root.access_keys, |present| {
                    must(!*present, "the root user has access keys")
                })
            })
        },
    },
    Check {
        id: "iam.root_mfa",
        title: "The root user signs in with a second factor",
        service: "iam",
        severity: Severity::Critical,
        reads: &["iam:GetAccountSummary"],
        controls: Controls::listed(&["AC-2(1)", "AC-3(15)", "IA-2(1)", "IA-2(2)", "IA-2(6)", "IA-2(8)"])
            .hub(&["IAM.9"])
            .cis(&["1.5"], &["1.4"])
            .unlike("IAM.9 is content, too, where the root user has no credentials at all."),
        remedy: "Sign in as root and register an MFA device, best a hardware key.",
        judge: |facts| {
            root(facts, |root| {
                on(&root.mfa, |enabled| {
                    must(*enabled, "the root user has no second factor")
                })
            })
        },
    },
    Check {
        id: "cloudtrail.logging",
        title: "CloudTrail records this region",
        service: "cloudtrail",
        severity: Severity::High,
        reads: &["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus"],
        controls: Controls::of_rule("cloudtrail-enabled", &["AU-2", "AU-3", "AU-12"])
            .hub(&["CloudTrail.3"])
            .unlike("CloudTrail.3 asks whether there is a trail; this check, whether one records this region now."),
        remedy: "Create a trail, or start logging on the one there is (StartLogging).",
        judge: |facts| trails(facts, |trails| some_logs(trails, |_| true, "no trail is logging")),
    },
    Check {
        id: "cloudtrail.multi_region",
        title: "A trail records all regions",
        service: "cloudtrail",
        severity: Severity::High,
        reads: &["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus"],
        controls: Controls::listed(&[
            "AC-2(4)", "AC-4(26)", "AC-6(9)", "AU-2", "AU-3", "AU-6(3)", "AU-6(4)", "AU-10", "AU-12", "AU-14(1)",
            "CA-7", "SA-8(22)", "SC-7(9)", "SI-3(8)", "SI-4(20)", "SI-7(8)",
        ])
        .fsbp(&["CloudTrail.1"])
        .cis(&["3.1"], &["3.1"])
        .unlike("CloudTrail.1 asks, too, that the trail records reading and writing management events."),
        remedy: "Set IsMultiRegionTrail on a trail that is logging.",
        judge: |facts| {
            trails(facts, |trails| {
                some_logs(
                    trails,
                    |trail| trail.multi_region,
                    "no trail that is logging records all regions",
                )
            })
        },
    },
    Check {
        id: "cloudtrail.log_file_validation",
        title: "Trails sign their log files",
        service: "cloudtrail",
        severity: Severity::Low,
        reads: &["cloudtrail:DescribeTrails"],
        controls: Controls::listed(&["AU-9", "SI-4", "SI-7(1)", "SI-7(3)", "SI-7(7)"])
            .fsbp(&["CloudTrail.4"])
            .cis(&["3.2"], &["3.2"]),
        remedy: "Set LogFileValidationEnabled on the trail.",
        judge: |facts| {
            trails(facts, |trails| {
                each(trails, |trail| trail.log_file_validation, "not signed")
            })
        },
    },
    Check {
        id: "cloudtrail.encryption_key",
        title: "Trails encrypt their log files with a KMS key",
        service: "cloudtrail",
        severity: Severity::Medium,
        reads: &["cloudtrail:DescribeTrails"],
        controls: Controls::listed(&[
            "AU-9", "CA-9(1)", "CM-3(6)", "SC-7(10)", "SC-13", "SC-28", "SC-28(1)", "SI-7(6)",
        ])
        .fsbp(&["CloudTrail.2"])
        .cis(&["3.5"], &["3.5"]),
        remedy: "Set KmsKeyId on the trail to a customer managed KMS key.",
        judge: |facts| trails(facts, |trails| each(trails, |trail| trail.kms, "without a KMS key")),
    },
];

fn root(facts: &Facts, judge: impl FnOnce(&AccountRootFacts) -> Outcome) -> Outcome {
    match facts {
        Facts::AccountRoot(root) => judge(root),
        _ => Outcome::NotApplicable,
    }
}

fn trails(facts: &Facts, judge: impl FnOnce(&Vec<TrailFacts>) -> Outcome) -> Outcome {
    match facts {
        Facts::Trails(trails) => on(&trails.trails, judge),
        _ => Outcome::NotApplicable,
    }
}

// One trail that does is enough; one that cannot be read leaves it open whether there is one.
fn some_logs(trails: &[TrailFacts], matters: impl Fn(&TrailFacts) -> bool, otherwise: &str) -> Outcome {
    let mut unknown = None;
    for trail in trails.iter().filter(|trail| matters(trail)) {
        match &trail.logging {
            Reading::Read(true) => return Outcome::Pass,
            Reading::Read(false) => {}
            Reading::Unreadable(why) => unknown = Some(why.clone()),
        }
    }
    unknown.map_or_else(|| Outcome::Fail(otherwise.to_owned()), Outcome::Unknown)
}

// That there is one at all is another check's.
fn each(trails: &[TrailFacts], holds: impl Fn(&TrailFacts) -> bool, otherwise: &str) -> Outcome {
    if trails.is_empty() {
        return Outcome::NotApplicable;
    }
    let others: Vec<&str> = trails
        .iter()
        .filter(|trail| !holds(trail))
        .map(|trail| trail.arn.as_str())
        .collect();
    must(others.is_empty(), format!("{otherwise}: {}", others.join(", ")))
}
