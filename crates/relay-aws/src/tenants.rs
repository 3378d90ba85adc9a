//! The task role of an organization: what limits its tasks to it.
//!
//! All of them have the same policy, which Terraform owns and which compares keys with the role's tag `organization`; so
//! a new organization needs a role with its tag, and no new policy. The policy is also the role's boundary: whoever
//! attaches more to the role gains nothing.

use std::time::Duration;

use aws_sdk_iam::operation::create_role::CreateRoleError;
use aws_sdk_iam::types::{Role, Tag};
use relay_aws_client::{Connection, port_error};
use relay_model::OrganizationId;
use relay_pipeline::ports::{PortError, PortErrorClass};

use crate::names::TenantNames;

/// The tag that the policy compares with.
const ORGANIZATION_TAG: &str = "organization";

/// The longest name of a role (IAM User Guide, "IAM and AWS STS quotas").
const ROLE_NAME_BYTES_MAX: usize = 64;

/// How often a role that was made is looked for.
const LOOKS_MAX: u32 = 30;
/// The pause between two looks.
const LOOK_PAUSE: Duration = Duration::from_secs(2);

/// Makes task roles.
#[derive(Clone, Debug)]
pub struct TenantRoles {
    client: aws_sdk_iam::Client,
    names: TenantNames,
}

impl TenantRoles {
    /// Roles of these names.
    pub fn new(connection: &Connection, names: TenantNames) -> Self {
        Self {
            client: aws_sdk_iam::Client::new(connection.sdk_config()),
            names,
        }
    }

    /// Makes the role of `organization` unless it is there, and returns whether it made it. One that is there under this name and has
    /// another tag, or another boundary, is not ours: `PreconditionFailed`, and nothing is changed.
    ///
    /// One that was made is returned when IAM shows it: what IAM has been told is not known everywhere at once.
    pub async fn ensure(&self, organization: &OrganizationId) -> Result<bool, PortError> {
        let name = format!("{}{organization}", self.names.tenant_role_name_prefix);
        if name.len() > ROLE_NAME_BYTES_MAX {
            let text = format!(
                "the task role {name} would have a name of {} characters, and IAM takes {ROLE_NAME_BYTES_MAX}: choose a shorter id",
                name.len()
            );
            return Err(PortError::new(PortErrorClass::Permanent, text));
        }
        // Looked for first, because making one that is there is refused for its tag, which is given once. Of one that is not there
        // IAM does not know the path, and may call it forbidden: then making it tells.
        let is_new = if let Ok(found) = self.client.get_role().role_name(&name).send().await {
            self.check(found.role(), &name, organization)?;
            false
        } else {
            self.make(&name, organization).await?;
            true
        };
        self.client
            .attach_role_policy()
            .role_name(&name)
            .policy_arn(&self.names.tenant_policy_arn)
            .send()
            .await
            .map_err(|error| port_error(format!("the task role {name} could not be given its policy"), error))?;
        if is_new {
            self.wait_until_shown(&name, organization).await?;
        }
        Ok(is_new)
    }

    // "Changes that I make are not always immediately visible", IAM User Guide.
    async fn wait_until_shown(&self, name: &str, organization: &OrganizationId) -> Result<(), PortError> {
        for _ in 1..LOOKS_MAX {
            if let Ok(found) = self.client.get_role().role_name(name).send().await {
                return self.check(found.role(), name, organization);
            }
            tokio::time::sleep(LOOK_PAUSE).await;
        }
        let text = format!(
            "the task role {name} was made, and IAM does not show it yet: wait a minute and run relay org add {organization} again"
        );
        Err(PortError::new(PortErrorClass::Retryable, text))
    }

    async fn make(&self, name: &str, organization: &OrganizationId) -> Result<(), PortError> {
        let context = || format!("the task role {name} could not be made");
        let created = self
            .client
            .create_role()
            .role_name(name)
            .path(&self.names.tenant_role_path)
            .assume_role_policy_document(&self.names.tenant_trust_policy)
            .permissions_boundary(&self.names.tenant_policy_arn)
            .description("Tasks of one organization; made by relay org add")
            .tags(tag(ORGANIZATION_TAG, organization.as_str(), &context)?)
            .send()
            .await;
        match created {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(CreateRoleError::is_entity_already_exists_exception) =>
            {
                let found = self.client.get_role().role_name(name).send().await;
                let found =
                    found.map_err(|error| port_error(format!("the task role {name} could not be read"), error))?;
                self.check(found.role(), name, organization)
            }
            Err(error) => Err(port_error(context(), error)),
        }
    }

    fn check(&self, role: Option<&Role>, name: &str, organization: &OrganizationId) -> Result<(), PortError> {
        let is_ours = role.is_some_and(|role| {
            let is_tagged = role
                .tags()
                .iter()
                .any(|tag| tag.key() == ORGANIZATION_TAG && tag.value() == organization.as_str());
            let boundary = role
                .permissions_boundary()
                .and_then(|boundary| boundary.permissions_boundary_arn());
            is_tagged
                && role.path() == self.names.tenant_role_path
                && boundary == Some(self.names.tenant_policy_arn.as_str())
        });
        if is_ours {
            return Ok(());
        }
        let text = format!(
            "there is a role {name} that is not a task role of {organization}: its path, its tag or its boundary differs; remove or rename it"
        );
        Err(PortError::new(PortErrorClass::PreconditionFailed, text))
    }
}

fn tag(key: &str, value: &str, context: &impl Fn() -> String) -> Result<Tag, PortError> {
    Tag::builder()
        .key(key)
        .value(value)
        .build()
        .map_err(|error| PortError::new(PortErrorClass::Permanent, context()).caused_by(error))
}
