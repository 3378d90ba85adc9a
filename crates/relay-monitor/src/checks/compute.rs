//! Checks of what programs run from and are reached by: functions, images, security groups, log groups.

use super::data::customer_key;
use crate::check::{Check, Controls, Outcome, Severity, must, on};
use crate::facts::{Facts, LogGroupFacts, OpenIngress, RepositoryFacts, SecretSign, SecurityGroupFacts, Variable};

/// SSH and RDP.
const ADMINISTRATION_PORTS: [u16; 2] = [22, 3389];
/// TCP and UDP as EC2 writes them, by name and by number, and all protocols: RDP speaks both.
const ADMINISTRATION_PROTOCOLS: [&str; 5] = ["tcp", "6", "udp", "17", "-1"];
/// What Security Hub relates to EC2.13 and EC2.19, and to EC2.18 and EC2.19.
const OPEN_INGRESS: &[&str] = &[
    "AC-4", "AC-4(21)", "CA-9(1)", "CM-2", "CM-2(2)", "CM-7", "SC-7", "SC-7(4)", "SC-7(5)", "SC-7(11)", "SC-7(16)",
    "SC-7(21)",
];

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "lambda.environment_secrets",
        title: "Environment variables of functions hold no secrets",
        service: "lambda",
        severity: Severity::High,
        reads: &["lambda:ListFunctions"],
        controls: Controls::of_text(&["IA-5(7)"]).unlike(
            "CodeBuild.2 (critical) and ECS.8 (high) ask other services for it. Here it is high: a sign can be wrong.",
        ),
        remedy: "Move the value to Secrets Manager and read it at start; replace the secret, for it was readable to whoever \
                 may list functions.",
        judge: |facts| match facts {
            Facts::Function(function) => on(&function.environment, |variables| environment(variables)),
            _ => Outcome::NotApplicable,
        },
    },
    Check {
        id: "ecr.scan_on_push",
        title: "Images are scanned when they are pushed",
        service: "ecr",
        severity: Severity::High,
        reads: &["ecr:DescribeRepositories"],
        controls: Controls::listed(&["RA-5"])
            .fsbp(&["ECR.1"])
            .unlike("ECR.1 is content with continuous scanning; this check looks at what the repository says itself."),
        remedy: "Set scanOnPush on the repository (PutImageScanningConfiguration).",
        judge: |facts| {
            repository(facts, |repository| {
                on(&repository.scan_on_push, |on| {
                    must(*on, "images are not scanned when pushed")
                })
            })
        },
    },
    Check {
        id: "ecr.immutable_tags",
        title: "Tags stay with their images",
        service: "ecr",
        severity: Severity::Medium,
        reads: &["ecr:DescribeRepositories"],
        controls: Controls::listed(&["CA-9(1)", "CM-2", "CM-8(1)"]).fsbp(&["ECR.2"]),
        remedy: "Set imageTagMutability to IMMUTABLE on the repository (PutImageTagMutability).",
        judge: |facts| {
            repository(facts, |repository| {
                on(&repository.immutable_tags, |on| {
                    must(*on, "tags can be moved to other images")
                })
            })
        },
    },
    Check {
        id: "ec2.administration_open",
        title: "No security group opens SSH or RDP to the world",
        service: "ec2",
        severity: Severity::Critical,
        reads: &["ec2:DescribeSecurityGroups"],
        controls: Controls::listed(OPEN_INGRESS)
            .fsbp(&["EC2.19"])
            .hub(&["EC2.13", "EC2.14", "EC2.53", "EC2.54"])
            .cis(&["5.2", "5.3"], &["5.3", "5.4"])
            .unlike("AWS's controls follow prefix lists; this check looks at the addresses that a rule names."),
        remedy: "Remove the ingress rule from 0.0.0.0/0 or ::/0; use Session Manager, or name the networks that may.",
        judge: |facts| {
            security_group(facts, |group| {
                on(&group.open_ingress, |rules| open(rules, opens_administration))
            })
        },
    },
    Check {
        id: "ec2.open_to_the_world",
        title: "No security group opens any other port to the world",
        service: "ec2",
        severity: Severity::High,
        reads: &["ec2:DescribeSecurityGroups"],
        controls: Controls::listed(OPEN_INGRESS).fsbp(&["EC2.18", "EC2.19"]).unlike(
            "EC2.18 (high) leaves out 80 and 443, EC2.19 (critical) is about ports that it names, both follow prefix \
             lists. This check takes every port, and weighs as EC2.18.",
        ),
        remedy: "Remove the ingress rule, or name the networks that may. Where the port is meant to be public, accept the \
                 risk with an owner.",
        judge: |facts| {
            security_group(facts, |group| {
                on(&group.open_ingress, |rules| {
                    open(rules, |rule| !opens_administration(rule))
                })
            })
        },
    },
    Check {
        id: "logs.encryption_customer_key",
        title: "Log groups are encrypted with a customer managed KMS key",
        service: "logs",
        severity: Severity::Low,
        reads: &["logs:DescribeLogGroups"],
        controls: Controls::of_text(&["SC-28", "SC-28(1)"]),
        remedy: "Associate a customer managed KMS key with the log group (AssociateKmsKey).",
        judge: |facts| log_group(facts, |group| on(&group.encryption, customer_key)),
    },
    Check {
        id: "logs.retention",
        title: "Log groups say how long events are kept",
        service: "logs",
        severity: Severity::Low,
        reads: &["logs:DescribeLogGroups"],
        controls: Controls::of_text(&["AU-11", "SI-12"]).unlike(
            "CloudWatch.16 asks something else: that events are kept for a year or more, and is content with for ever.",
        ),
        remedy: "Set a retention period on the log group (PutRetentionPolicy), as long as your rules ask for.",
        judge: |facts| {
            log_group(facts, |group| {
                on(&group.retention_days, |days| {
                    must(days.is_some(), "events are kept for ever, as nobody decided otherwise")
                })
            })
        },
    },
];

fn repository(facts: &Facts, judge: impl FnOnce(&RepositoryFacts) -> Outcome) -> Outcome {
    match facts {
        Facts::Repository(repository) => judge(repository),
        _ => Outcome::NotApplicable,
    }
}

fn security_group(facts: &Facts, judge: impl FnOnce(&SecurityGroupFacts) -> Outcome) -> Outcome {
    match facts {
        Facts::SecurityGroup(group) => judge(group),
        _ => Outcome::NotApplicable,
    }
}

fn log_group(facts: &Facts, judge: impl FnOnce(&LogGroupFacts) -> Outcome) -> Outcome {
    match facts {
        Facts::LogGroup(group) => judge(group),
        _ => Outcome::NotApplicable,
    }
}

fn environment(variables: &[Variable]) -> Outcome {
    let suspects: Vec<String> = variables
        .iter()
        .filter_map(|variable| Some((variable, variable.looks_like_secret?)))
        .map(|(variable, sign)| {
            let sign = match sign {
                SecretSign::Name => "by its name",
                SecretSign::AccessKey => "an access key",
                SecretSign::PrivateKey => "a private key",
                SecretSign::Entropy => "long and random",
            };
            format!("{} ({sign})", variable.name)
        })
        .collect();
    must(
        suspects.is_empty(),
        format!("these look like secrets: {}", suspects.join(", ")),
    )
}

fn opens_administration(rule: &OpenIngress) -> bool {
    ADMINISTRATION_PROTOCOLS.contains(&rule.protocol.as_str())
        && rule
            .ports
            .is_none_or(|(first, last)| ADMINISTRATION_PORTS.iter().any(|port| (first..=last).contains(port)))
}

fn open(rules: &[OpenIngress], matters: impl Fn(&OpenIngress) -> bool) -> Outcome {
    let open: Vec<String> = rules.iter().filter(|rule| matters(rule)).map(words).collect();
    must(open.is_empty(), format!("open to the world: {}", open.join(", ")))
}

fn words(rule: &OpenIngress) -> String {
    let protocol = if rule.protocol == "-1" {
        "all protocols"
    } else {
        rule.protocol.as_str()
    };
    match rule.ports {
        None => format!("{protocol} from {}", rule.from),
        Some((first, last)) if first == last => format!("{protocol} {first} from {}", rule.from),
        Some((first, last)) => format!("{protocol} {first}-{last} from {}", rule.from),
    }
}
