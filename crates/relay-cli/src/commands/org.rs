//! `relay org`: who may send packages, and how that came to be.

use std::path::Path;

use anyhow::Context as _;
use relay_audit::advance_organization;
use relay_model::{
    Organization, OrganizationEvent, OrganizationEventKind, OrganizationId, OrganizationSettings,
    SealedOrganizationEvent, Sha256Digest, Timestamp, error_chain,
};
use relay_pipeline::ports::{Added, PortErrorClass};
use serde::Serialize;

use super::Outcome;
use crate::args::{ByArgs, OrgCommand};
use crate::author::author;
use crate::context::{Context, Place};
use crate::output::tell;

pub async fn execute(context: &Context, command: OrgCommand) -> anyhow::Result<Outcome> {
    match command {
        OrgCommand::Add { id, settings, by } => add(context, id, settings.as_deref(), &by).await,
        OrgCommand::List => list(context).await,
        OrgCommand::History { id } => history(context, &id).await,
        OrgCommand::Disable { id, by } => set_enabled(context, &id, false, &by).await,
        OrgCommand::Enable { id, by } => set_enabled(context, &id, true, &by).await,
    }
}

async fn add(context: &Context, id: OrganizationId, settings: Option<&Path>, by: &ByArgs) -> anyhow::Result<Outcome> {
    let settings = match settings.map(read_settings).transpose() {
        Ok(settings) => settings,
        Err(error) => return Ok(Outcome::WrongUsage(error_chain(error.as_ref()))),
    };
    let relay = context.open_or_create().await?;
    let author = author(context, &relay, "org", by.by.as_deref()).await?;
    let organization = Organization {
        id,
        enabled: true,
        added_at: author.at,
        settings: settings.clone().unwrap_or_default(),
        version: None,
    };
    // First what limits its tasks: a package must not be accepted whose run cannot be started.
    if let Place::Stack(stack) = &relay.place
        && stack.tenants.ensure(&organization.id).await?
    {
        tell(
            "Its task role is new. AWS takes up to some minutes to know a role everywhere: a run that is refused for that is tried again for eight minutes, then its package fails and says so. Mend what it names, then run relay packages replay.",
        );
    }
    let added = relay.ports.registry.add(&organization, &author).await?;
    if added == Added::AlreadyThere
        && let Some(settings) = settings
        && let Some(there) = relay.ports.registry.get(&organization.id).await?
    {
        relay.ports.registry.set_settings(&there, &settings, &author).await?;
    }
    let organization = relay
        .ports
        .registry
        .get(&organization.id)
        .await?
        .unwrap_or(organization);
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
    let organizations = relay.ports.registry.list().await?;
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
                organization
                    .version
                    .map_or_else(|| "none".to_owned(), |version| version.seq.to_string()),
                organization.added_at.to_string(),
            ]
        });
        output.table(&["ORGANIZATION", "STATE", "DECLARED TABLES", "VERSION", "ADDED"], rows)?;
    }
    Ok(Outcome::AllWell)
}

// One version of an organization's settings, for programs.
#[derive(Serialize)]
struct SettingsVersion<'a> {
    organization: &'a OrganizationId,
    version: u64,
    at: Timestamp,
    by: &'a str,
    actor: &'a str,
    kind: OrganizationEventKind,
    changes: &'a [String],
    enabled: bool,
    added_at: Timestamp,
    settings: serde_json::Value,
    hash: Sha256Digest,
    prev: Sha256Digest,
}

async fn history(context: &Context, id: &OrganizationId) -> anyhow::Result<Outcome> {
    let relay = context.open_existing().await?;
    let Some(organization) = relay.ports.registry.get(id).await? else {
        return Ok(not_registered(id));
    };
    let stored = relay.ports.registry.history(id).await?;
    let output = context.output();
    // What can be read is shown, to where the trail breaks.
    let (mut state, mut rows, mut broken) = (None, Vec::new(), None);
    for stored in &stored {
        let read = SealedOrganizationEvent::from_canonical(&stored.canonical).map_err(anyhow::Error::from);
        let follows = read.and_then(|sealed| Ok((advance_organization(state.as_ref(), &sealed)?, sealed)));
        match follows {
            Ok((next, sealed)) if sealed.hash() == stored.hash => {
                if output.is_json() {
                    output.json(&version_of(&sealed))?;
                }
                rows.extend(version_in_rows(sealed.event()));
                state = Some(next);
            }
            Ok(_) => broken = Some((stored.seq, "it is filed under another hash".to_owned())),
            Err(error) => broken = Some((stored.seq, error_chain(error.as_ref()))),
        }
        if broken.is_some() {
            break;
        }
    }
    if !output.is_json() && !rows.is_empty() {
        output.table(&["VERSION", "TIME", "BY", "WHAT CHANGED"], rows)?;
    }
    if let Some((seq, why)) = broken {
        tell(&format!(
            "error: the trail of {id} does not hold at event {seq}: {why}; see relay audit verify"
        ));
        return Ok(Outcome::NotAllWell);
    }
    let Some(state) = state else {
        if organization.version.is_some() {
            tell(&format!("error: the trail of {id} is gone; see relay audit verify"));
            return Ok(Outcome::NotAllWell);
        }
        tell(&format!(
            "{id} was registered by something that keeps no trail, and has not been changed since; relay org add {id} records what is there"
        ));
        return Ok(Outcome::AllWell);
    };
    if state.organization()? != organization {
        tell(&format!(
            "error: what is registered of {id} is not what the last event says; see relay audit verify"
        ));
        return Ok(Outcome::NotAllWell);
    }
    Ok(Outcome::AllWell)
}

fn version_of(sealed: &SealedOrganizationEvent) -> SettingsVersion<'_> {
    let event = sealed.event();
    let facts = &event.details.facts;
    SettingsVersion {
        organization: &event.organization,
        version: event.seq,
        at: event.at,
        by: &event.by,
        actor: &event.actor,
        kind: event.kind,
        changes: &event.details.changes,
        enabled: facts.enabled,
        added_at: facts.added_at,
        // Settings that are no JSON are shown as the text that they are.
        settings: serde_json::from_str(&facts.settings).unwrap_or_else(|_| facts.settings.clone().into()),
        hash: sealed.hash(),
        prev: event.prev,
    }
}

// The first change stands beside the version, the others below it.
fn version_in_rows(event: &OrganizationEvent) -> Vec<Vec<String>> {
    let mut changes = event.details.changes.iter();
    let first = changes.next().map_or_else(|| event.kind.to_string(), Clone::clone);
    let by = event.by.escape_debug().to_string();
    let mut rows = vec![vec![event.seq.to_string(), event.at.to_string(), by, first]];
    rows.extend(changes.map(|change| vec![String::new(), String::new(), String::new(), change.clone()]));
    rows
}

fn not_registered(id: &OrganizationId) -> Outcome {
    Outcome::WrongUsage(format!("{id} is not registered; see relay org list"))
}

async fn set_enabled(context: &Context, id: &OrganizationId, enabled: bool, by: &ByArgs) -> anyhow::Result<Outcome> {
    let relay = context.open_existing().await?;
    let author = author(context, &relay, "org", by.by.as_deref()).await?;
    match relay.ports.registry.set_enabled(id, enabled, &author).await {
        Ok(()) => {}
        Err(error) if error.class() == PortErrorClass::NotFound => return Ok(not_registered(id)),
        Err(error) => return Err(error.into()),
    }
    let output = context.output();
    if output.is_json() {
        output.json(&relay.ports.registry.get(id).await?)?;
    } else {
        output.line(&format!("{id} is {}.", if enabled { "enabled" } else { "disabled" }))?;
    }
    Ok(Outcome::AllWell)
}
