//! What a run leaves: the AWS Security Finding Format, and the report that people read.

use relay_monitor::{
    ASFF_SCHEMA_VERSION, AcceptedRisk, Assessment, Findings, Reading, RiskError, Scope, Versioning, assess, to_asff,
    to_markdown,
};
use serde_json::Value;

use crate::accounts::{account, bucket, safe_bucket, unread, unreadable};

fn now() -> relay_model::Timestamp {
    "2026-01-31T08:15:00.000Z".parse().unwrap()
}

fn assessment() -> Assessment {
    let mut careless = safe_bucket();
    careless.versioning = Reading::Read(Versioning::Off);
    careless.tls_only = unreadable();
    let mut inventory = account(vec![bucket("a`b\n# all is well\n- **", careless)]);
    inventory.unread = vec![unread("dynamodb", "dynamodb:ListTables")];
    assess(&inventory, &Findings::default(), &[], now())
}

#[test]
fn asff_has_what_security_hub_asks_for() {
    let assessment = assessment();
    let asff = to_asff(&assessment);
    let findings = asff["Findings"].as_array().unwrap();
    assert_eq!(findings.len(), 3);
    for finding in findings {
        let text = |name: &str| {
            finding[name]
                .as_str()
                .unwrap_or_else(|| panic!("{name}: {finding:#}"))
                .to_owned()
        };
        assert_eq!(text("SchemaVersion"), ASFF_SCHEMA_VERSION);
        assert_eq!(text("AwsAccountId"), "111122223333");
        for required in ["Id", "GeneratorId", "Title", "Description", "CreatedAt", "UpdatedAt"] {
            assert!(!text(required).is_empty(), "{required}");
        }
        assert_eq!(
            text("ProductArn"),
            "arn:aws:securityhub:eu-north-1:111122223333:product/111122223333/default"
        );
        assert!(
            finding["Types"][0]
                .as_str()
                .unwrap()
                .starts_with("Software and Configuration Checks/")
        );
        let labels = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL"];
        assert!(labels.contains(&finding["Severity"]["Label"].as_str().unwrap()));
        let resource = &finding["Resources"][0];
        assert!(resource["Type"].is_string() && resource["Id"].is_string());
        assert_eq!(
            (&finding["Workflow"]["Status"], &finding["RecordState"]),
            (&Value::from("NEW"), &Value::from("ACTIVE"))
        );
    }
    let status = |rule: &str| {
        let generator = format!("hybrid-relay/{rule}");
        let found = findings
            .iter()
            .find(|finding| finding["GeneratorId"] == generator.as_str())
            .unwrap();
        found["Compliance"]["Status"].as_str().unwrap()
    };
    assert_eq!(status("s3.versioning"), "FAILED");
    assert_eq!(
        status("s3.tls_only"),
        "NOT_AVAILABLE",
        "what could not be read has not passed"
    );
    // The next day the same finding has the same identity, and another workflow.
    let next = assess(&account(Vec::new()), &assessment.findings, &[], now());
    let resolved = to_asff(&next);
    let resolved = resolved["Findings"].as_array().unwrap();
    assert!(
        resolved
            .iter()
            .all(|finding| finding["Compliance"]["Status"] == "PASSED" && finding["RecordState"] == "ARCHIVED")
    );
    let ids = |findings: &[Value]| {
        let mut ids: Vec<String> = findings
            .iter()
            .map(|finding| finding["Id"].as_str().unwrap().to_owned())
            .collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(ids(findings), ids(resolved));
}

#[test]
fn the_report_says_what_is_open_and_names_cannot_break_it() {
    let text = to_markdown(&assessment());
    assert!(text.starts_with("# Security findings of account 111122223333 in eu-north-1"));
    assert!(
        text.contains("s3.versioning") && text.contains("dynamodb:ListTables"),
        "{text}"
    );
    let items = text.lines().filter(|line| line.starts_with("- **")).count();
    let headings: Vec<&str> = text.lines().filter(|line| line.starts_with('#')).collect();
    assert_eq!((items, headings.len()), (3, 2), "{text}");
    assert!(!text.contains("a`b"), "{text}");
}

#[test]
fn a_risk_has_an_owner_a_reason_and_an_end() {
    let scope = || Scope::Pattern {
        check: "s3.versioning".to_owned(),
        resource: "*".to_owned(),
    };
    let until = "2026-06-30T00:00:00.000Z".parse().unwrap();
    let refused = |scope: Scope, owner: &str, reason: &str, until| {
        AcceptedRisk::new(scope, owner, reason, now(), until).unwrap_err()
    };
    assert_eq!(refused(scope(), " ", "because", until), RiskError::Owner);
    assert_eq!(refused(scope(), "Ada", "a\nb", until), RiskError::Reason);
    assert_eq!(refused(scope(), "Ada", "because", now()), RiskError::Past);
    let too_long = "2027-02-02T00:00:00.000Z".parse().unwrap();
    assert_eq!(refused(scope(), "Ada", "because", too_long), RiskError::TooLong);
    let unknown = Scope::Pattern {
        check: "s3.nothing".to_owned(),
        resource: "*".to_owned(),
    };
    assert_eq!(
        refused(unknown, "Ada", "because", until),
        RiskError::NoCheck("s3.nothing".to_owned())
    );
    let risk = AcceptedRisk::new(scope(), " Ada ", "because", now(), until).unwrap();
    assert_eq!(
        (risk.owner.as_str(), risk.holds_at(now()), risk.holds_at(until)),
        ("Ada", true, false)
    );
    let text = serde_json::to_string(&risk).unwrap();
    assert_eq!(serde_json::from_str::<AcceptedRisk>(&text).unwrap(), risk);
}
