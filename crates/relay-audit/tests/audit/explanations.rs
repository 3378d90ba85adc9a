//! Explanations name the decision, its rule and what to do.

use relay_audit::{explain, summarize};
use relay_model::{PackageState, ReasonCode, SealedEvent};

use crate::support::sample;

#[test]
fn every_event_is_explained_and_every_refusal_names_its_rule_and_remedy() {
    let log = sample();
    let trail: Vec<SealedEvent> = log
        .events
        .iter()
        .map(|event| SealedEvent::from_canonical(&event.canonical).unwrap())
        .collect();
    let explanations = explain(&trail);
    assert_eq!(explanations.len(), trail.len());
    for (event, explanation) in trail.iter().zip(&explanations) {
        assert!(!explanation.what.is_empty());
        let text = event.canonical();
        assert_eq!(explanation.code.is_some(), text.contains("\"reason\""), "{text}");
        assert_eq!(explanation.rule.is_some(), explanation.remedy.is_some());
    }
    let rejected = explanations
        .iter()
        .find(|e| e.code.as_deref() == Some("key_dot_segment"))
        .unwrap();
    assert_eq!(rejected.rule.as_deref(), Some(ReasonCode::KeyDotSegment.entry().rule));
    assert_eq!(rejected.what, "Rejected: a reason in words");
}

#[test]
fn each_state_has_its_own_summary() {
    let mut summaries: Vec<String> = sample().records.iter().map(summarize).collect();
    let mut failed = sample().records[1].clone();
    failed.state = PackageState::Failed;
    summaries.push(summarize(&failed));
    for (start, summary) in [
        "Processed",
        "Rejected",
        "Quarantined",
        "In flight",
        "In flight",
        "Failed",
    ]
    .iter()
    .zip(&summaries)
    {
        assert!(summary.starts_with(start), "{summary}");
    }
}
