//! What the alerter is told by the infrastructure.

use relay_alerts::{AlertSettings, Place};
use relay_aws::AlerterNames;
use relay_runtime::{Configuration, ConfigurationError, Missing};

const MS_PER_SECOND: u64 = 1_000;

/// Where notices come from, the book is, and alerts go to. The error names everything that is missing.
pub fn names(configuration: &Configuration) -> Result<AlerterNames, ConfigurationError> {
    let mut missing = Missing::default();
    let names = AlerterNames::from_deployed(&configuration.deployed, &mut missing);
    missing.into_result(names)
}

/// What alerts are made by.
pub fn settings(configuration: &Configuration, names: &AlerterNames, region: &str) -> AlertSettings {
    AlertSettings {
        environment: configuration.alerts.environment.clone(),
        quiet_ms: configuration.alerts.quiet_seconds.saturating_mul(MS_PER_SECOND),
        place: Place::Aws {
            region: region.to_owned(),
            trail_table: names.trail_table.clone(),
            task_log_group: names.task_log_group.clone(),
            state_machine_arn: names.state_machine_arn.clone(),
        },
    }
}

#[cfg(test)]
mod tests {
    use relay_runtime::Environment;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Configuration {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Configuration::from_environment(&Environment::from_pairs(pairs)).unwrap()
    }

    #[test]
    fn what_is_missing_is_named_and_what_is_there_is_used() {
        let error = names(&read(&[("RELAY_ALERTS_TABLE", "alerts")])).unwrap_err();
        assert_eq!(error.problems.len(), 4, "{error}");
        let configuration = read(&[
            ("RELAY_NOTICES_QUEUE_URL", "https://sqs.example/notices"),
            ("RELAY_ALERTS_TABLE", "alerts"),
            ("RELAY_ALERTS_TOPIC_ARN", "arn:aws:sns:eu-north-1:1:alerts"),
            ("RELAY_TRAIL_TABLE", "trail"),
            ("RELAY_TASK_LOG_GROUP", "/ecs/processor"),
            ("RELAY_ENVIRONMENT", "prod"),
            ("RELAY_ALERT_QUIET_SECONDS", "60"),
        ]);
        let names = names(&configuration).unwrap();
        let settings = settings(&configuration, &names, "eu-north-1");
        assert_eq!(
            (settings.environment.to_string().as_str(), settings.quiet_ms),
            ("prod", 60_000)
        );
        assert!(matches!(settings.place, Place::Aws { region, .. } if region == "eu-north-1"));
    }
}
