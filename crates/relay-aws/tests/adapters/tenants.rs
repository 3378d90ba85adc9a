//! Task roles are made with what limits them, and a role that somebody else made is not taken for one.

use aws_config::SdkConfig;
use aws_sdk_iam::types::Tag;
use relay_aws::{Connection, TenantNames, TenantRoles};
use relay_model::OrganizationId;
use relay_pipeline::ports::PortErrorClass;
use relay_testing::emulator::Emulator;

use crate::support::root_of;

const PREFIX: &str = "relay-test-";
const PATH: &str = "/hybrid-relay/";
const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;
const NOTHING: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}"#;

struct Account {
    client: aws_sdk_iam::Client,
    roles: TenantRoles,
    policy_arn: String,
    other_policy_arn: String,
    _emulator: Emulator,
}

impl Account {
    async fn new() -> Self {
        let emulator = Emulator::start().await;
        let config = root_of(&emulator).await;
        let client = aws_sdk_iam::Client::new(&config);
        let policy_arn = policy(&client, "tenant").await;
        Self {
            roles: roles(&config, &policy_arn),
            other_policy_arn: policy(&client, "other").await,
            policy_arn,
            client,
            _emulator: emulator,
        }
    }

    // A role that somebody made, with this tag, this path and this boundary.
    async fn foreign(&self, organization: &OrganizationId, tag: &str, path: &str, boundary: &str) {
        let made = self
            .client
            .create_role()
            .role_name(format!("{PREFIX}{organization}"))
            .path(path)
            .assume_role_policy_document(TRUST)
            .permissions_boundary(boundary)
            .tags(Tag::builder().key("organization").value(tag).build().unwrap());
        made.send().await.unwrap();
    }

    async fn attached(&self, organization: &OrganizationId) -> Vec<String> {
        let name = format!("{PREFIX}{organization}");
        let listed = self.client.list_attached_role_policies().role_name(name).send();
        let policies = listed.await.unwrap().attached_policies.unwrap_or_default();
        policies.into_iter().filter_map(|policy| policy.policy_arn).collect()
    }
}

fn roles(config: &SdkConfig, policy_arn: &str) -> TenantRoles {
    let names = TenantNames {
        tenant_role_name_prefix: PREFIX.to_owned(),
        tenant_role_path: PATH.to_owned(),
        tenant_policy_arn: policy_arn.to_owned(),
        tenant_trust_policy: TRUST.to_owned(),
    };
    TenantRoles::new(&Connection::from_config(config.clone()), names)
}

async fn policy(client: &aws_sdk_iam::Client, name: &str) -> String {
    let created = client.create_policy().policy_name(name).policy_document(NOTHING);
    let created = created.send().await.unwrap();
    created.policy().unwrap().arn().unwrap().to_owned()
}

fn organization(id: &str) -> OrganizationId {
    id.parse().unwrap()
}

#[tokio::test]
async fn a_task_role_is_made_with_what_limits_it_and_making_it_again_changes_nothing() {
    let account = Account::new().await;
    let organization = organization("org-001");
    for _ in 0..2 {
        account.roles.ensure(&organization).await.unwrap();
        let found = account
            .client
            .get_role()
            .role_name("relay-test-org-001")
            .send()
            .await
            .unwrap();
        let role = found.role().unwrap();
        assert_eq!(role.path(), PATH);
        let tags: Vec<_> = role.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
        assert_eq!(tags, [("organization", "org-001")]);
        let boundary = role
            .permissions_boundary()
            .and_then(|boundary| boundary.permissions_boundary_arn());
        assert_eq!(boundary, Some(account.policy_arn.as_str()));
        assert_eq!(account.attached(&organization).await, [account.policy_arn.as_str()]);
    }
}

#[tokio::test]
async fn a_role_of_somebody_else_is_refused_and_gets_nothing() {
    let account = Account::new().await;
    let (ours, other) = (account.policy_arn.as_str(), account.other_policy_arn.as_str());
    for (id, tag, path, boundary) in [
        ("org-001", "org-002", PATH, ours),
        ("org-003", "org-003", "/", ours),
        ("org-004", "org-004", PATH, other),
    ] {
        let organization = organization(id);
        account.foreign(&organization, tag, path, boundary).await;
        let error = account.roles.ensure(&organization).await.unwrap_err();
        assert_eq!(error.class(), PortErrorClass::PreconditionFailed, "{id}: {error}");
        assert!(error.to_string().contains(&format!("{PREFIX}{id}")), "{error}");
        assert_eq!(account.attached(&organization).await, Vec::<String>::new(), "{id}");
    }
}

#[tokio::test]
async fn an_id_too_long_for_a_role_is_refused_before_anything_is_made() {
    let account = Account::new().await;
    let organization = organization(&"o".repeat(64 - PREFIX.len() + 1));
    let error = account.roles.ensure(&organization).await.unwrap_err();
    assert_eq!(error.class(), PortErrorClass::Permanent);
    let found = account
        .client
        .get_role()
        .role_name(format!("{PREFIX}{organization}"))
        .send()
        .await;
    assert!(found.is_err());
}
