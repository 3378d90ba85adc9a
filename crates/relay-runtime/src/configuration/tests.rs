//! What an environment makes of the settings.

use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<Configuration, ConfigurationError> {
    let pairs = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Configuration::from_environment(&Environment::from_pairs(pairs))
}

#[test]
fn an_empty_environment_gives_the_defaults() {
    assert_eq!(read(&[]), Ok(Configuration::default()));
    assert_eq!(read(&[("RELAY_JOBS", ""), ("HOME", "x")]), Ok(Configuration::default()));
}

#[test]
fn each_setting_is_applied_and_names_its_default() {
    for setting in SETTINGS {
        let text = match setting.name {
            "RELAY_LOG_FORMAT" => "text",
            "RELAY_COLUMN_NAMES" => "rename",
            "RELAY_INGRESS_BUCKET" | "RELAY_RESULTS_BUCKET" => "some-bucket",
            "RELAY_ALERT_WEBHOOK_URL" => "https://hooks.example.org/",
            "RELAY_ALERT_EMAIL_TO" | "RELAY_ALERT_EMAIL_FROM" => "operator@example.org",
            _ => "7",
        };
        let changed = read(&[(setting.name, text)]).unwrap();
        assert_ne!(changed, Configuration::default(), "{} changes nothing", setting.name);
        assert!(!(setting.default)().is_empty());
    }
}

#[test]
fn all_problems_are_listed_by_name() {
    let error = read(&[
        ("RELAY_JOBS", "0"),
        ("RELAY_ROW_BYTES_MAX", "1 MB"),
        ("RELAY_TYPO", "1"),
    ])
    .unwrap_err();
    assert_eq!(
        error.problems,
        [
            "RELAY_JOBS: use a whole number, at least 1",
            "RELAY_ROW_BYTES_MAX: use a whole number, at least 1",
            "RELAY_TYPO: there is no such setting; see docs/CONFIGURATION.md",
        ]
    );
}

#[test]
fn secrets_are_not_shown() {
    let configuration = read(&[
        ("RELAY_ALERT_SMTP_URL", "smtps://user:hunter2@example.org"),
        ("RELAY_ALERT_WEBHOOK_URL", "https://hooks.example.org/hunter2"),
    ])
    .unwrap();
    assert!(!format!("{configuration:?}").contains("hunter2"));
    let error = read(&[("RELAY_ALERT_WEBHOOK_URL", "http://hooks.example.org/hunter2")]).unwrap_err();
    assert!(!error.to_string().contains("hunter2"), "{error}");
}
