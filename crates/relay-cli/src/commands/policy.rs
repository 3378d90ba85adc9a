//! `relay policy`: what becomes of personal data in the packages of an organization.

use relay_model::{DataClass, OPAQUE_KEY, Organization, OrganizationId, PrivacyPolicy};
use serde::Serialize;

use super::Outcome;
use crate::args::{PolicyCommand, PolicySetArgs};
use crate::author::author;
use crate::context::{Context, OpenRelay};

#[derive(Serialize)]
struct Shown<'a> {
    organization: &'a OrganizationId,
    policy: &'a PrivacyPolicy,
}

pub async fn execute(context: &Context, command: PolicyCommand) -> anyhow::Result<Outcome> {
    let relay = context.open_reading().await?;
    match command {
        PolicyCommand::Show { id } => match relay.ports.registry.get(&id).await? {
            Some(organization) => show(context, &organization.id, &organization.settings.privacy),
            None => Ok(not_registered(&id)),
        },
        PolicyCommand::Set(args) => match relay.ports.registry.get(&args.id).await? {
            Some(organization) => set(context, &relay, organization, args).await,
            None => Ok(not_registered(&args.id)),
        },
    }
}

/// The error of a command that names an organization that nobody has registered.
pub fn not_registered(id: &OrganizationId) -> Outcome {
    Outcome::WrongUsage(format!("{id} is not registered; see relay org list"))
}

async fn set(
    context: &Context,
    relay: &OpenRelay,
    organization: Organization,
    args: PolicySetArgs,
) -> anyhow::Result<Outcome> {
    let mut settings = organization.settings.clone();
    if args.reset {
        settings.privacy = PrivacyPolicy::default();
    }
    for change in args.changes {
        settings.privacy = change.apply(settings.privacy);
    }
    let author = author(context, relay, "policy", args.by.by.as_deref()).await?;
    relay
        .ports
        .registry
        .set_settings(&organization, &settings, &author)
        .await?;
    show(context, &organization.id, &settings.privacy)
}

fn show(context: &Context, organization: &OrganizationId, policy: &PrivacyPolicy) -> anyhow::Result<Outcome> {
    let output = context.output();
    if output.is_json() {
        output.json(&Shown { organization, policy })?;
        return Ok(Outcome::AllWell);
    }
    let default = PrivacyPolicy::default();
    let rows = DataClass::ALL.into_iter().map(|class| {
        let treatment = policy.treatment(class);
        let is_default = treatment == default.treatment(class);
        let note = if is_default { "" } else { "not the default" };
        vec![class.name().to_owned(), treatment.name().to_owned(), note.to_owned()]
    });
    let opaque_note = if policy.opaque() == default.opaque() {
        ""
    } else {
        "not the default"
    };
    let opaque = vec![
        OPAQUE_KEY.to_owned(),
        policy.opaque().name().to_owned(),
        opaque_note.to_owned(),
    ];
    output.table(&["CLASS", "WHAT BECOMES OF ITS VALUES", ""], rows.chain([opaque]))?;
    Ok(Outcome::AllWell)
}
