//! Findings in the AWS Security Finding Format, version 2018-10-08, for AWS Security Hub and what else reads it.

use serde_json::{Value, json};

use crate::assess::Assessment;
use crate::check::Severity;
use crate::finding::{Finding, Nature, State, UNREAD_LIST};

/// The version of the format.
pub const ASFF_SCHEMA_VERSION: &str = "2018-10-08";
/// "Required top-level ASFF attributes" and "`AwsSecurityFinding`", AWS Security Hub API Reference: the longest texts, in
/// characters.
const TITLE_CHARACTERS_MAX: usize = 256;
const DESCRIPTION_CHARACTERS_MAX: usize = 1_024;
const REMEDY_CHARACTERS_MAX: usize = 512;
/// The most related requirements.
const REQUIREMENTS_MAX: usize = 32;
/// "Types taxonomy for ASFF".
const TYPE: &str = "Software and Configuration Checks/AWS Security Best Practices";
const COMPANY: &str = "Hybrid Relay";

/// The run's findings: those that are open or accepted, and those that this run saw resolved, as `{"Findings": […]}`. That is
/// the input of `BatchImportFindings`, which takes 100 at a time.
pub fn to_asff(assessment: &Assessment) -> Value {
    let findings = assessment.findings.findings.iter().filter(|finding| {
        finding.account_id == assessment.account_id
            && finding.region == assessment.region
            && (finding.state != State::Resolved || finding.resolved_at == Some(assessment.assessed_at))
    });
    let findings: Vec<Value> = findings.map(|finding| one(finding, assessment)).collect();
    json!({ "Findings": findings })
}

fn one(finding: &Finding, assessment: &Assessment) -> Value {
    let Finding {
        account_id,
        region,
        rule,
        ..
    } = finding;
    let partition = partition(&finding.resource);
    let (compliance, workflow, record) = match (finding.state, finding.nature) {
        (State::Resolved, _) => ("PASSED", "RESOLVED", "ARCHIVED"),
        (State::Accepted, nature) => (status(nature), "SUPPRESSED", "ACTIVE"),
        (State::New, nature) => (status(nature), "NEW", "ACTIVE"),
        (State::Known, nature) => (status(nature), "NOTIFIED", "ACTIVE"),
    };
    let mut asff = json!({
        "SchemaVersion": ASFF_SCHEMA_VERSION,
        "Id": finding.id,
        "ProductArn": format!("arn:{partition}:securityhub:{region}:{account_id}:product/{account_id}/default"),
        "CompanyName": COMPANY,
        "ProductName": COMPANY,
        "GeneratorId": format!("hybrid-relay/{rule}"),
        "AwsAccountId": account_id,
        "Region": region,
        "Types": [TYPE],
        "FirstObservedAt": finding.first_seen,
        "LastObservedAt": finding.last_seen,
        "CreatedAt": finding.first_seen,
        "UpdatedAt": assessment.assessed_at,
        "Severity": { "Label": label(finding.severity), "Original": finding.severity.name() },
        "Title": cut(&finding.title, TITLE_CHARACTERS_MAX),
        "Description": cut(&finding.detail, DESCRIPTION_CHARACTERS_MAX),
        "Remediation": { "Recommendation": { "Text": cut(&finding.remedy, REMEDY_CHARACTERS_MAX) } },
        "Resources": [resource(finding, partition)],
        "Compliance": {
            "Status": compliance,
            "RelatedRequirements": finding.controls.iter().take(REQUIREMENTS_MAX).collect::<Vec<_>>(),
        },
        "Workflow": { "Status": workflow },
        "RecordState": record,
    });
    if let (State::Accepted, Some(risk), Some(members)) = (finding.state, &finding.acceptance, asff.as_object_mut()) {
        let note = format!("Accepted until {} by {}: {}", risk.expires, risk.owner, risk.reason);
        members.insert(
            "Note".to_owned(),
            json!({
                "Text": cut(&note, REMEDY_CHARACTERS_MAX),
                "UpdatedBy": cut(&risk.owner, TITLE_CHARACTERS_MAX),
                "UpdatedAt": risk.accepted_at,
            }),
        );
    }
    asff
}

const fn status(nature: Nature) -> &'static str {
    match nature {
        Nature::Failed => "FAILED",
        // "Compliance", API Reference: the check could not be carried out.
        Nature::Unread => "NOT_AVAILABLE",
    }
}

const fn label(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRITICAL",
        Severity::High => "HIGH",
        Severity::Medium => "MEDIUM",
        Severity::Low => "LOW",
        Severity::Informational => "INFORMATIONAL",
    }
}

fn resource(finding: &Finding, partition: &str) -> Value {
    let kind = kind(finding);
    let id = if kind == ACCOUNT {
        format!("AWS::::Account:{}", finding.account_id)
    } else {
        finding.resource.clone()
    };
    json!({ "Type": kind, "Id": id, "Partition": partition, "Region": finding.region })
}

const ACCOUNT: &str = "AwsAccount";

// "Resources" of ASFF: what has no type of its own there is `Other`.
fn kind(finding: &Finding) -> &'static str {
    if finding.rule == UNREAD_LIST {
        return ACCOUNT;
    }
    match (finding.service.as_str(), finding.rule.as_str()) {
        ("s3", _) => "AwsS3Bucket",
        ("dynamodb", _) => "AwsDynamoDbTable",
        ("rds", _) => "AwsRdsDbInstance",
        ("sqs", _) => "AwsSqsQueue",
        ("sns", _) => "AwsSnsTopic",
        ("kinesis", _) => "AwsKinesisStream",
        ("lambda", _) => "AwsLambdaFunction",
        ("ecr", _) => "AwsEcrRepository",
        ("kms", _) => "AwsKmsKey",
        ("secretsmanager", _) => "AwsSecretsManagerSecret",
        ("ec2", "ec2.ebs_default_encryption") | ("iam" | "cloudtrail", _) => ACCOUNT,
        ("ec2", _) => "AwsEc2SecurityGroup",
        _ => "Other",
    }
}

// The ARN's second part; a list has no ARN.
fn partition(arn: &str) -> &str {
    let mut parts = arn.split(':');
    match (parts.next(), parts.next()) {
        (Some("arn"), Some(partition)) => partition,
        _ => "aws",
    }
}

fn cut(text: &str, characters_max: usize) -> String {
    if text.chars().count() <= characters_max {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(characters_max - 1).collect();
    cut.push('…');
    cut
}
