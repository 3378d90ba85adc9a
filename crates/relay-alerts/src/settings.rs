//! What a round goes by: where this relay is, and how much it may say.

use std::fmt;
use std::str::FromStr;

use relay_model::PackageId;
use serde::{Deserialize, Serialize};

/// The longest name of an environment, in characters. It is part of every subject.
pub const ENVIRONMENT_CHARACTERS_MAX: usize = 12;
/// How long a group is quiet after an alert, in seconds, where nothing else is said.
pub const QUIET_SECONDS: u64 = 3_600;

/// The name of an environment: `dev`, `prod`, `plant-7`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EnvironmentName(String);

/// Why a text does not name an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an environment's name has 1 to {ENVIRONMENT_CHARACTERS_MAX} lower-case letters, digits and hyphens")]
pub struct EnvironmentNameError;

impl EnvironmentName {
    /// That of a relay on its own machine, where nobody has named it.
    pub fn premises() -> Self {
        Self("premises".to_owned())
    }
}

impl FromStr for EnvironmentName {
    type Err = EnvironmentNameError;

    fn from_str(text: &str) -> Result<Self, EnvironmentNameError> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=ENVIRONMENT_CHARACTERS_MAX).contains(&text.len()) && text.bytes().all(is_plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(EnvironmentNameError)
        }
    }
}

impl TryFrom<String> for EnvironmentName {
    type Error = EnvironmentNameError;

    fn try_from(text: String) -> Result<Self, EnvironmentNameError> {
        text.parse()
    }
}

impl From<EnvironmentName> for String {
    fn from(name: EnvironmentName) -> Self {
        name.0
    }
}

impl fmt::Display for EnvironmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where to look: a page or a command line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What is there.
    pub what: String,
    /// An address, or a command.
    pub target: String,
}

impl Link {
    fn new(what: &str, target: String) -> Self {
        Self {
            what: what.to_owned(),
            target,
        }
    }
}

/// Where trail and logs are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In an account, whose console has pages for them.
    Aws {
        /// The region: `eu-north-1`.
        region: String,
        /// The table of audit events.
        trail_table: String,
        /// The log group of the tasks.
        task_log_group: String,
        /// What runs packages, where a state machine does.
        state_machine_arn: Option<String>,
    },
    /// On this machine.
    Premises,
}

impl Place {
    pub(crate) fn links(&self, package_id: Option<&PackageId>) -> Vec<Link> {
        let mut links = Vec::new();
        let stack = match self {
            Self::Aws { .. } => " --stack outputs.json",
            Self::Premises => "",
        };
        let (what, command) = match package_id {
            Some(id) => ("the first example", format!("relay packages show {id}{stack}")),
            None => ("what failed", format!("relay packages list --state failed{stack}")),
        };
        links.push(Link::new(what, command));
        if let Self::Aws {
            region,
            trail_table,
            task_log_group,
            state_machine_arn,
        } = self
        {
            let console = format!("https://{region}.console.aws.amazon.com");
            if let Some((machine, id)) = state_machine_arn.as_ref().zip(package_id) {
                // An execution is named by its package (docs/ORCHESTRATION.md).
                let execution = machine.replacen(":stateMachine:", ":execution:", 1);
                let page = format!("{console}/states/home?region={region}#/v2/executions/details/{execution}:{id}");
                links.push(Link::new("its execution", page));
            }
            let page = format!("{console}/dynamodbv2/home?region={region}#item-explorer?table={trail_table}");
            links.push(Link::new("the trail", page));
            // The console wants each slash escaped twice, with a dollar sign for the percent sign.
            let group = task_log_group.replace('/', "$252F");
            let page = format!("{console}/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{group}");
            links.push(Link::new("the log of tasks", page));
        }
        links
    }
}

/// What a round goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertSettings {
    /// Which environment this is.
    pub environment: EnvironmentName,
    /// How long a group is quiet after an alert, in milliseconds.
    pub quiet_ms: u64,
    /// Where trail and logs are.
    pub place: Place,
}
