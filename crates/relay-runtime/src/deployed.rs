//! What a deployed program is told of its surroundings: names that the infrastructure has given.

use std::convert::Infallible;
use std::num::NonZeroU32;
use std::str::FromStr;

use relay_model::BucketName;

use crate::ConfigurationError;

/// Names and addresses. Each program asks for those it needs with [`Missing`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deployed {
    /// `RELAY_INGRESS_BUCKET`
    pub ingress_bucket: Option<BucketName>,
    /// `RELAY_RESULTS_BUCKET`
    pub results_bucket: Option<BucketName>,
    /// `RELAY_INGRESS_KEY_ARN`
    pub ingress_key_arn: Option<String>,
    /// `RELAY_RESULTS_KEY_ARN`
    pub results_key_arn: Option<String>,
    /// `RELAY_TRAIL_TABLE`
    pub trail_table: Option<String>,
    /// `RELAY_ORGANIZATIONS_TABLE`
    pub organizations_table: Option<String>,
    /// `RELAY_NOTICES_QUEUE_URL`
    pub notices_queue_url: Option<String>,
    /// `RELAY_ALERTS_TABLE`
    pub alerts_table: Option<String>,
    /// `RELAY_TASK_LOG_GROUP`
    pub task_log_group: Option<String>,
    /// `RELAY_ALERTS_TOPIC_ARN`
    pub alerts_topic_arn: Option<String>,
    /// `RELAY_CLUSTER_ARN`
    pub cluster_arn: Option<String>,
    /// `RELAY_TASK_DEFINITION_ARN`
    pub task_definition_arn: Option<String>,
    /// `RELAY_CONTAINER_NAME`
    pub container_name: Option<String>,
    /// `RELAY_SUBNET_IDS`
    pub subnet_ids: Option<IdList>,
    /// `RELAY_SECURITY_GROUP_IDS`
    pub security_group_ids: Option<IdList>,
    /// `RELAY_TENANT_ROLE_ARN_PREFIX`
    pub tenant_role_arn_prefix: Option<String>,
    /// `RELAY_STATE_MACHINE_ARN`
    pub state_machine_arn: Option<String>,
    /// `RELAY_RUN_ORDER`
    pub run_order: Option<String>,
    /// `RELAY_TASK_TOKEN`
    pub task_token: Option<String>,
    /// `RELAY_RUN_HEARTBEAT_SECONDS`
    pub run_heartbeat_seconds: Option<NonZeroU32>,
}

/// Identifiers separated by commas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdList(pub Vec<String>);

impl FromStr for IdList {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let ids = text.split(',').map(str::trim).filter(|id| !id.is_empty());
        Ok(Self(ids.map(str::to_owned).collect()))
    }
}

/// Collects what a program needs and was not given, so that one error names all of it.
#[derive(Debug, Default)]
pub struct Missing {
    names: Vec<&'static str>,
}

impl Missing {
    /// The value; where there is none, `name` is noted.
    pub fn require<T: Clone>(&mut self, name: &'static str, value: Option<&T>) -> Option<T> {
        if value.is_none() {
            self.names.push(name);
        }
        value.cloned()
    }

    /// `complete`, unless something is missing.
    pub fn into_result<T>(self, complete: Option<T>) -> Result<T, ConfigurationError> {
        match complete {
            Some(complete) if self.names.is_empty() => Ok(complete),
            _ => Err(ConfigurationError {
                problems: self
                    .names
                    .iter()
                    .map(|name| format!("{name}: not set; the infrastructure in infra/ sets it"))
                    .collect(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_missing_is_named_at_once() {
        let mut missing = Missing::default();
        let here = missing.require("RELAY_A", Some(&1));
        let gone: Option<u8> = missing.require("RELAY_B", None);
        let also_gone: Option<u8> = missing.require("RELAY_C", None);
        let complete = here.zip(gone).zip(also_gone);
        let error = missing.into_result(complete).unwrap_err();
        assert_eq!(
            error.problems,
            [
                "RELAY_B: not set; the infrastructure in infra/ sets it",
                "RELAY_C: not set; the infrastructure in infra/ sets it",
            ]
        );
    }

    #[test]
    fn identifiers_are_separated_by_commas() {
        let list: IdList = "subnet-1, subnet-2,".parse().unwrap();
        assert_eq!(list.0, ["subnet-1", "subnet-2"]);
    }
}
