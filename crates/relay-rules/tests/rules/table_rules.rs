//! Declared tables and the paths they are for.

use relay_model::{OrganizationSettings, TableRule};
use relay_rules::{check_settings, table_rule};

fn settings(patterns: &[&str]) -> OrganizationSettings {
    let rule = |path: &&str| TableRule::new(*path, serde_json::from_str(r#"{"fields":[{"name":"a"}]}"#).unwrap());
    OrganizationSettings {
        tables: patterns.iter().map(rule).collect(),
        ..OrganizationSettings::default()
    }
}

#[test]
fn the_first_pattern_that_fits_applies() {
    let settings = settings(&["readings/*.csv", "readings/**", "*.{csv,jsonl}"]);
    let found = |path: &str| table_rule(&settings, path).map(|rule| rule.path.as_str());
    assert_eq!(found("readings/a.csv"), Some("readings/*.csv"));
    assert_eq!(found("readings/b/a.csv"), Some("readings/**"));
    assert_eq!(found("a.jsonl"), Some("*.{csv,jsonl}"));
    assert_eq!(found("other/a.csv"), None);
}

#[test]
fn settings_that_cannot_be_used_say_why() {
    assert!(check_settings(&settings(&["a/*.csv"])).is_ok());
    assert!(
        check_settings(&settings(&["a", "b["]))
            .unwrap_err()
            .to_string()
            .starts_with("table 2: 'b['")
    );
    assert!(table_rule(&settings(&["b["]), "b[").is_none());
    let mut empty = settings(&["a"]);
    empty.tables[0].schema.fields.clear();
    assert_eq!(
        check_settings(&empty).unwrap_err().to_string(),
        "table 1: the schema cannot be used"
    );
    let nothing = OrganizationSettings {
        object_bytes_max: Some(0),
        ..OrganizationSettings::default()
    };
    assert!(
        check_settings(&nothing)
            .unwrap_err()
            .to_string()
            .contains("nothing could enter")
    );
}
