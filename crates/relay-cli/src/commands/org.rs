//! `relay org`: who may send packages.

use std::path::Path;

use anyhow::Context as _;
use relay_model::{Organization, OrganizationId, OrganizationSettings};
use relay_pipeline::ports::{Added, Clock, PortErrorClass, SystemClock};

use super::Outcome;
use crate::args::OrgCommand;
use crate::context::{Context, Place};

pub async fn execute(context: &Context, command: OrgCommand) -> anyhow::Result<Outcome> {
    match command {
        OrgCommand::Add { id, settings } => add(context, id, settings.as_deref()).await,
        OrgCommand::List => list(context).await,
        OrgCommand::Disable { id } => set_enabled(context, &id, false).await,
        OrgCommand::Enable { id } => set_enabled(context, &id, true).await,
    }
}

async fn add(context: &Context, id: OrganizationId, settings: Option<&Path>) -> anyhow::Result<Outcome> {
    let settings = match settings.map(read_settings).transpose() {
        Ok(settings) => settings,
        Err(error) => return Ok(Outcome::WrongUsage(relay_runtime::in_full(error.as_ref()))),
    };
    let relay = context.open_or_create().await?;
    let organization = Organization {
        id,
        enabled: true,
        added_at: SystemClock.now(),
        settings: settings.clone().unwrap_or_default(),
    };
    // First what limits its tasks: a package must not be accepted whose run cannot be started.
    if let Place::Stack(stack) = &relay.place {
        stack.tenants.ensure(&organization.id).await?;
    }
    let added = relay.registry.add(&organization).await?;
    if added == Added::AlreadyThere
        && let Some(settings) = settings
    {
        relay.registry.set_settings(&organization.id, &settings).await?;
    }
    let organization = relay.registry.get(&organization.id).await?.unwrap_or(organization);
    let output = context.output();
    if output.is_json() {
        output.json(&organization)?;
    } else {
        output.line(&match added {
            Added::Registered => format!("{} is registered.", organization.id),
            Added::AlreadyThere => format!("{} was registered already.", organization.id),
        })?;
    }
    Ok(Outcome::AllWell)
}

/// Reads a settings file, and refuses one that could not be used.
pub fn read_settings(path: &Path) -> anyhow::Result<OrganizationSettings> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} could not be read", path.display()))?;
    let settings = serde_json::from_str(&text).with_context(|| format!("{} is not a settings file", path.display()))?;
    relay_contents::check_settings(&settings).with_context(|| format!("{} cannot be used", path.display()))?;
    Ok(settings)
}

async fn list(context: &Context) -> anyhow::Result<Outcome> {
    let relay = context.open_reading().await?;
    let organizations = relay.registry.list().await?;
    let output = context.output();
    if output.is_json() {
        for organization in &organizations {
            output.json(organization)?;
        }
    } else if organizations.is_empty() {
        output.line("No organization is registered. Register one: relay org add ID")?;
    } else {
        let rows = organizations.into_iter().map(|organization| {
            vec![
                organization.id.to_string(),
                if organization.enabled { "enabled" } else { "disabled" }.to_owned(),
                organization.settings.tables.len().to_string(),
                organization.added_at.to_string(),
            ]
        });
        output.table(&["ORGANIZATION", "STATE", "DECLARED TABLES", "ADDED"], rows)?;
    }
    Ok(Outcome::AllWell)
}

async fn set_enabled(context: &Context, id: &OrganizationId, enabled: bool) -> anyhow::Result<Outcome> {
    let relay = context.open_existing().await?;
    match relay.registry.set_enabled(id, enabled).await {
        Ok(()) => {}
        Err(error) if error.class() == PortErrorClass::NotFound => {
            return Ok(Outcome::WrongUsage(format!(
                "{id} is not registered; see relay org list"
            )));
        }
        Err(error) => return Err(error.into()),
    }
    let output = context.output();
    if output.is_json() {
        output.json(&relay.registry.get(id).await?)?;
    } else {
        output.line(&format!("{id} is {}.", if enabled { "enabled" } else { "disabled" }))?;
    }
    Ok(Outcome::AllWell)
}
