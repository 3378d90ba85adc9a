//! Every check fails on something, passes on something, and says when it cannot see.

use std::collections::BTreeSet;

use relay_monitor::{
    CHECKS, Facts, Findings, KeyFacts, LISTS, Nature, Outcome, Reading, SecretFacts, actions, assess, check,
};

use crate::accounts::{account, unreadable};
use crate::cases::{cases, trail, trails};

#[test]
fn every_check_passes_fails_and_says_when_it_cannot_see() {
    for check in &CHECKS {
        let case = cases(check);
        assert_eq!((check.judge)(&case.passes), Outcome::Pass, "{}", check.id);
        assert!(!case.fails.is_empty(), "{}", check.id);
        for facts in &case.fails {
            let Outcome::Fail(detail) = (check.judge)(facts) else {
                panic!("{} lets this pass: {facts:?}", check.id);
            };
            assert!(!detail.is_empty() && !detail.contains('\n'), "{}: {detail:?}", check.id);
        }
        assert!(
            matches!((check.judge)(&case.unknown), Outcome::Unknown(_)),
            "{}: what could not be read is no pass",
            check.id
        );
    }
}

#[test]
fn what_could_not_be_read_is_a_finding_of_its_own() {
    for check in &CHECKS {
        let resource = relay_monitor::Resource {
            arn: "arn:aws:some:thing".to_owned(),
            name: "thing".to_owned(),
            facts: cases(check).unknown,
        };
        let now = "2026-01-31T08:15:00.000Z".parse().unwrap();
        let assessment = assess(&account(vec![resource]), &Findings::default(), &[], now);
        let found = assessment
            .findings
            .findings
            .iter()
            .find(|finding| finding.rule == check.id);
        let found = found.unwrap_or_else(|| panic!("{} says nothing", check.id));
        assert_eq!(found.nature, Nature::Unread);
        assert!(
            found.detail.contains("some:Action") && found.remedy.contains("some:Action"),
            "{found:?}"
        );
    }
}

#[test]
fn checks_are_named_once_and_judge_nothing_else() {
    let ids: BTreeSet<&str> = CHECKS.iter().map(|check| check.id).collect();
    assert_eq!(ids.len(), CHECKS.len());
    for one in &CHECKS {
        assert_eq!(check(one.id).map(|found| found.id), Some(one.id));
        let (service, _) = one.id.split_once('.').unwrap();
        assert_eq!(service, one.service);
        assert!(
            !one.title.is_empty() && !one.remedy.is_empty() && !one.controls.nist.is_empty(),
            "{}",
            one.id
        );
        assert!(!one.reads.is_empty(), "{}", one.id);
        for other in &CHECKS {
            if std::mem::discriminant(&cases(other).passes) != std::mem::discriminant(&cases(one).passes) {
                assert_eq!(
                    (one.judge)(&cases(other).passes),
                    Outcome::NotApplicable,
                    "{} {}",
                    one.id,
                    other.id
                );
            }
        }
    }
    assert!(check("s3.nothing").is_none());
}

#[test]
fn what_is_not_the_customers_to_set_is_not_asked() {
    let rotation = check("kms.rotation").unwrap();
    let asymmetric = Facts::Key(KeyFacts {
        rotation: Reading::Read(None),
    });
    assert_eq!((rotation.judge)(&asymmetric), Outcome::NotApplicable);
    let secret = Facts::Secret(SecretFacts {
        rotation: Reading::Read(false),
        owning_service: Some("rds".to_owned()),
    });
    assert_eq!(
        (check("secretsmanager.rotation").unwrap().judge)(&secret),
        Outcome::NotApplicable
    );
    // One trail that cannot be looked at does not matter while another one records.
    let mut unknown = trail();
    unknown.logging = unreadable();
    let both = trails(Reading::Read(vec![unknown.clone(), trail()]));
    assert_eq!((check("cloudtrail.logging").unwrap().judge)(&both), Outcome::Pass);
    let only = trails(Reading::Read(vec![unknown]));
    assert!(matches!(
        (check("cloudtrail.logging").unwrap().judge)(&only),
        Outcome::Unknown(_)
    ));
}

#[test]
fn what_may_be_asked_is_what_lists_and_checks_name() {
    let all = actions();
    let lists = LISTS.iter().flat_map(|list| list.actions);
    let checks = CHECKS.iter().flat_map(|check| check.reads);
    assert!(lists.chain(checks).all(|action| all.contains(action)));
    for action in &all {
        let (_, verb) = action.split_once(':').unwrap();
        let reads = ["Get", "List", "Describe"];
        assert!(
            reads.iter().any(|begin| verb.starts_with(begin)),
            "{action} does not only read"
        );
    }
}
