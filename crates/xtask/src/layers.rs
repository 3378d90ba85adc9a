//! The layers: who may depend on whom, and which crates know nothing of the outside.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use serde::Deserialize;

/// The arrows: each crate with exactly those crates of the workspace that it depends on.
const ARROWS: &[(&str, &[&str])] = &[
    ("relay-model", &[]),
    ("relay-alerts", &["relay-model"]),
    ("relay-monitor", &["relay-alerts", "relay-model"]),
    ("relay-rules", &["relay-model"]),
    ("relay-archive", &["relay-model", "relay-rules"]),
    ("relay-bagit", &["relay-model"]),
    ("relay-frictionless", &["relay-model"]),
    ("relay-privacy", &["relay-model"]),
    (
        "relay-transform",
        &["relay-frictionless", "relay-model", "relay-privacy"],
    ),
    (
        "relay-contents",
        &[
            "relay-archive",
            "relay-bagit",
            "relay-frictionless",
            "relay-model",
            "relay-privacy",
            "relay-rules",
            "relay-transform",
        ],
    ),
    ("relay-audit", &["relay-model"]),
    (
        "relay-pipeline",
        &[
            "relay-alerts",
            "relay-audit",
            "relay-contents",
            "relay-model",
            "relay-privacy",
            "relay-rules",
            "relay-transform",
        ],
    ),
    (
        "relay-onprem",
        &[
            "relay-alerts",
            "relay-audit",
            "relay-model",
            "relay-pipeline",
            "relay-privacy",
        ],
    ),
    ("relay-runtime", &["relay-alerts", "relay-model"]),
    ("relay-aws-client", &["relay-pipeline"]),
    ("relay-s3", &["relay-aws-client", "relay-model", "relay-pipeline"]),
    (
        "relay-aws",
        &[
            "relay-alerts",
            "relay-audit",
            "relay-aws-client",
            "relay-model",
            "relay-monitor",
            "relay-pipeline",
            "relay-privacy",
            "relay-runtime",
            "relay-s3",
        ],
    ),
    ("relay-aws-inventory", &["relay-aws-client", "relay-monitor"]),
    (
        "monitor-lambda",
        &[
            "relay-aws",
            "relay-aws-inventory",
            "relay-model",
            "relay-monitor",
            "relay-pipeline",
            "relay-runtime",
        ],
    ),
    (
        "validator-lambda",
        &[
            "relay-aws",
            "relay-model",
            "relay-pipeline",
            "relay-rules",
            "relay-runtime",
        ],
    ),
    (
        "recorder-lambda",
        &["relay-aws", "relay-model", "relay-pipeline", "relay-runtime"],
    ),
    (
        "alerter-lambda",
        &[
            "relay-alerts",
            "relay-aws",
            "relay-model",
            "relay-pipeline",
            "relay-runtime",
        ],
    ),
    (
        "processor",
        &["relay-aws", "relay-model", "relay-pipeline", "relay-runtime"],
    ),
    (
        "relay-testing",
        &[
            "relay-alerts",
            "relay-audit",
            "relay-model",
            "relay-pipeline",
            "relay-privacy",
        ],
    ),
    (
        "relay-cli",
        &[
            "relay-alerts",
            "relay-audit",
            "relay-aws",
            "relay-contents",
            "relay-frictionless",
            "relay-model",
            "relay-monitor",
            "relay-onprem",
            "relay-pipeline",
            "relay-privacy",
            "relay-rules",
            "relay-runtime",
            "relay-transform",
        ],
    ),
    (
        "xtask",
        // Not relay-contents: what builds everything else should not wait for Parquet.
        &[
            "relay-archive",
            "relay-bagit",
            "relay-frictionless",
            "relay-model",
            "relay-monitor",
            "relay-runtime",
        ],
    ),
    ("system-tests", &["relay-testing"]),
    (
        "fuzz-tests",
        &[
            "relay-archive",
            "relay-bagit",
            "relay-contents",
            "relay-frictionless",
            "relay-model",
            "relay-privacy",
            "relay-rules",
            "relay-testing",
            "relay-transform",
        ],
    ),
];
/// The packages below `tests/`: they do not ship either.
const TESTS: [&str; 2] = ["system-tests", "fuzz-tests"];
/// For tests only: nothing that ships may depend on it.
const DEVELOPMENT_ONLY: &str = "relay-testing";
/// The only crates that may name an AWS SDK: the connection, the ports, and what the monitor reads.
const AWS_CRATES: [&str; 4] = ["relay-aws-client", "relay-s3", "relay-aws", "relay-aws-inventory"];
/// How the names of an AWS SDK's parts begin.
const AWS_SDK: [&str; 5] = ["aws-config", "aws-runtime", "aws-sdk-", "aws-smithy-", "aws-types"];
/// Crates without I/O, and what would be I/O in their sources.
const PURE: [&str; 8] = [
    "relay-model",
    "relay-alerts",
    "relay-monitor",
    "relay-rules",
    "relay-privacy",
    "relay-bagit",
    "relay-frictionless",
    "relay-audit",
];
const IMPURE: [&str; 9] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::time::SystemTime",
    "Utc::now",
    "tokio",
    "std::io::std",
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    description: Option<String>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

pub fn check(root: &Path) -> anyhow::Result<Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .context("cargo metadata could not be run")?;
    anyhow::ensure!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Metadata = serde_json::from_slice(&output.stdout).context("cargo metadata was not understood")?;
    let mut findings = arrows(&metadata);
    findings.extend(foreign(&metadata));
    findings.extend(purity(root)?);
    findings.extend(listed(&metadata, &crate::read(root, "crates/README.md")?));
    Ok(findings)
}

fn arrows(metadata: &Metadata) -> Vec<String> {
    let expected: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let members: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let mut findings = Vec::new();
    for package in &metadata.packages {
        let name = package.name.as_str();
        let Some(expected) = expected.get(name) else {
            findings.push(format!(
                "{name}: a new crate: give it its arrows in crates/xtask/src/layers.rs"
            ));
            continue;
        };
        let expected: BTreeSet<&str> = expected.iter().copied().collect();
        let of_kind = |kind: Option<&str>| -> BTreeSet<&str> {
            let of_kind = package
                .dependencies
                .iter()
                .filter(|dependency| dependency.kind.as_deref() == kind);
            of_kind
                .map(|dependency| dependency.name.as_str())
                .filter(|name| members.contains(name))
                .collect()
        };
        let found = of_kind(None);
        for extra in found.difference(&expected) {
            findings.push(format!("{name}: depends on {extra}, which is no arrow of the diagram"));
        }
        for missing in expected.difference(&found) {
            findings.push(format!("{name}: the arrow to {missing} is missing"));
        }
        if found.contains(DEVELOPMENT_ONLY) && !TESTS.contains(&name) {
            findings.push(format!("{name}: {DEVELOPMENT_ONLY} is for dev-dependencies only"));
        }
    }
    findings
}

fn foreign(metadata: &Metadata) -> Vec<String> {
    let mut findings = Vec::new();
    for package in &metadata.packages {
        for dependency in &package.dependencies {
            let is_aws_sdk = AWS_SDK.iter().any(|prefix| dependency.name.starts_with(prefix));
            let is_lambda = dependency.name.starts_with("lambda_") || dependency.name == "aws_lambda_events";
            if is_aws_sdk && !AWS_CRATES.contains(&package.name.as_str()) {
                findings.push(format!(
                    "{}: {} belongs into {}",
                    package.name,
                    dependency.name,
                    AWS_CRATES.join(" or ")
                ));
            }
            if is_lambda && !package.name.ends_with("-lambda") {
                findings.push(format!(
                    "{}: {} belongs into the Lambda crates",
                    package.name, dependency.name
                ));
            }
        }
    }
    findings
}

fn purity(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut findings = Vec::new();
    for name in PURE {
        for path in crate::tidy::files(root, &format!("crates/{name}/src"))? {
            for (index, line) in crate::read(root, &path)?.lines().enumerate() {
                let code = line.split("//").next().unwrap_or(line);
                for word in IMPURE.iter().filter(|word| code.contains(**word)) {
                    findings.push(format!("{path}:{}: {word}: {name} does no I/O", index + 1));
                }
            }
        }
    }
    Ok(findings)
}

fn listed(metadata: &Metadata, readme: &str) -> Vec<String> {
    let line = |package: &Package| {
        format!(
            "| `{}` | {} |",
            package.name,
            package.description.as_deref().unwrap_or("")
        )
    };
    let missing = metadata
        .packages
        .iter()
        .filter(|package| !TESTS.contains(&package.name.as_str()) && !readme.contains(&line(package)));
    missing
        .map(|package| format!("crates/README.md: no line '{}'", line(package)))
        .collect()
}
