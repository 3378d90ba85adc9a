//! `relay monitor run|findings|accept`: how safe the account is in which a relay is deployed.

use anyhow::Context as _;
use relay_monitor::{AcceptedRisk, Finding, FindingId, Findings, Scope, Severity, State};
use relay_pipeline::ports::{Clock, SystemClock};

use super::Outcome;
use crate::args::{AcceptArgs, FindingsArgs, MonitorCommand, WhichFindings};
use crate::context::{Context, Place};
use crate::output::tell;
use crate::stack::Stack;

/// From here on an open finding is a reason not to say that all is well.
const BAD: Severity = Severity::High;
/// The fewest digits that name a finding.
const ID_DIGITS_MIN: usize = 4;
const SHOWN_DIGITS: usize = 12;

pub async fn execute(context: &Context, command: MonitorCommand) -> anyhow::Result<Outcome> {
    let relay = context.open_existing().await?;
    let Place::Stack(stack) = &relay.place else {
        let message = "relay monitor looks at an AWS account: name the relay there with --stack FILE";
        return Ok(Outcome::WrongUsage(message.to_owned()));
    };
    match command {
        MonitorCommand::Run => run(context, stack).await,
        MonitorCommand::Findings(args) => findings(context, stack, &args).await,
        MonitorCommand::Accept(args) => accept(context, stack, &args).await,
    }
}

async fn run(context: &Context, stack: &Stack) -> anyhow::Result<Outcome> {
    tell("reading the account; this takes up to 15 minutes …");
    let told = stack.monitor.run().await?;
    let output = context.output();
    let stored = stack.findings.load().await?;
    if output.is_json() {
        output.json(&told)?;
    } else {
        let count = |name: &str| told[name].as_array().map_or(0, Vec::len);
        let counts = &told["counts"];
        output.line(&format!(
            "{} resources read, {} checks passed; {} findings new, {} resolved, {} open again because their acceptance has passed.",
            counts["resources"],
            counts["passed"],
            count("new"),
            count("resolved"),
            count("expired"),
        ))?;
        print(context, &of(&stored.findings, &FindingsArgs::default()))?;
    }
    Ok(Outcome::all_well_if(!is_bad(&stored.findings)))
}

async fn findings(context: &Context, stack: &Stack, args: &FindingsArgs) -> anyhow::Result<Outcome> {
    let stored = stack.findings.load().await?;
    let Some(assessed_at) = stored.findings.assessed_at else {
        tell("the monitor has not run yet: relay monitor run");
        return Ok(Outcome::NotAllWell);
    };
    print(context, &of(&stored.findings, args))?;
    if !context.output().is_json() {
        tell(&format!("as of {assessed_at}"));
    }
    Ok(Outcome::all_well_if(!is_bad(&stored.findings)))
}

fn is_bad(findings: &Findings) -> bool {
    let mut all = findings.findings.iter();
    all.any(|finding| finding.state.is_open() && finding.severity >= BAD)
}

fn of<'a>(findings: &'a Findings, args: &FindingsArgs) -> Vec<&'a Finding> {
    let is_wanted = |finding: &&Finding| {
        let fits = match args.state {
            WhichFindings::Open => finding.state.is_open(),
            WhichFindings::Accepted => finding.state == State::Accepted,
            WhichFindings::Resolved => finding.state == State::Resolved,
            WhichFindings::All => true,
        };
        fits && args.rule.as_ref().is_none_or(|rule| *rule == finding.rule)
    };
    findings.findings.iter().filter(is_wanted).collect()
}

fn print(context: &Context, findings: &[&Finding]) -> anyhow::Result<()> {
    let output = context.output();
    if output.is_json() {
        return findings.iter().try_for_each(|finding| output.json(finding));
    }
    if findings.is_empty() {
        return output.line("No finding fits.");
    }
    let rows = findings.iter().map(|finding| {
        vec![
            finding.id.as_str().chars().take(SHOWN_DIGITS).collect(),
            finding.severity.name().to_owned(),
            finding.state.name().to_owned(),
            finding.rule.clone(),
            finding.name.escape_debug().to_string(),
            finding.detail.escape_debug().to_string(),
        ]
    });
    output.table(
        &["FINDING", "SEVERITY", "STATE", "RULE", "RESOURCE", "WHAT IS WRONG"],
        rows,
    )
}

async fn accept(context: &Context, stack: &Stack, args: &AcceptArgs) -> anyhow::Result<Outcome> {
    let scope = match (&args.finding, &args.rule, &args.resource) {
        (Some(digits), None, None) => match one(&stack.findings.load().await?.findings, digits) {
            Ok(finding) => Scope::Finding { finding },
            Err(message) => return Ok(Outcome::WrongUsage(message)),
        },
        (None, Some(check), Some(resource)) => Scope::Pattern {
            check: check.clone(),
            resource: resource.clone(),
        },
        _ => {
            let message = "name one finding, or --rule and --resource";
            return Ok(Outcome::WrongUsage(message.to_owned()));
        }
    };
    let risk = match AcceptedRisk::new(scope, &args.owner, &args.reason, SystemClock.now(), args.until) {
        Ok(risk) => risk,
        Err(error) => return Ok(Outcome::WrongUsage(error.to_string())),
    };
    stack
        .findings
        .accept(&risk)
        .await
        .context("the risk could not be accepted")?;
    let output = context.output();
    if output.is_json() {
        output.json(&risk)?;
    } else {
        output.line(&format!(
            "Accepted by {} until {}; the next run of the monitor takes it into account.",
            risk.owner, risk.expires
        ))?;
    }
    Ok(Outcome::AllWell)
}

fn one(findings: &Findings, digits: &str) -> Result<FindingId, String> {
    let is_beginning = digits.len() >= ID_DIGITS_MIN && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_beginning {
        let shown = digits.escape_default();
        return Err(format!(
            "'{shown}' is not a finding: give at least the first {ID_DIGITS_MIN} of its hexadecimal digits"
        ));
    }
    let mut found = findings
        .findings
        .iter()
        .filter(|finding| finding.id.as_str().starts_with(digits));
    match (found.next(), found.next()) {
        (Some(finding), None) => Ok(finding.id.clone()),
        (Some(_), Some(_)) => Err(format!(
            "more than one finding starts with '{digits}': give more digits"
        )),
        (None, _) => Err(format!("no finding starts with '{digits}'; see relay monitor findings")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    // Beginnings of ids, severities and states.
    fn findings(of: &[(&str, &str, &str)]) -> Findings {
        let finding = |(beginning, severity, state): &(&str, &str, &str)| -> Finding {
            serde_json::from_value(json!({
                "id": format!("{beginning:0<64}"),
                "account_id": "111122223333",
                "region": "eu-north-1",
                "rule": format!("s3.rule_{beginning}"),
                "title": "Versioning is on",
                "service": "s3",
                "severity": severity,
                "nature": "failed",
                "resource": "arn:aws:s3:::scratch",
                "name": "scratch",
                "detail": "versioning is off",
                "controls": [],
                "remedy": "Turn it on.",
                "state": state,
                "first_seen": "2026-01-31T00:00:00.000Z",
                "last_seen": "2026-01-31T00:00:00.000Z",
            }))
            .unwrap()
        };
        Findings {
            findings: of.iter().map(finding).collect(),
            ..Findings::default()
        }
    }

    #[test]
    fn a_finding_is_named_by_an_unambiguous_beginning() {
        let findings = findings(&[("4b1f0c", "high", "new"), ("4b1f9a", "low", "known")]);
        assert_eq!(one(&findings, "4b1f0").unwrap(), findings.findings[0].id);
        assert_eq!(
            one(&findings, findings.findings[1].id.as_str()).unwrap(),
            findings.findings[1].id
        );
        for (digits, why) in [
            ("4b1f", "more than one finding starts with '4b1f': give more digits"),
            ("ffff", "no finding starts with 'ffff'; see relay monitor findings"),
            (
                "4b1",
                "'4b1' is not a finding: give at least the first 4 of its hexadecimal digits",
            ),
            (
                "s3.versioning",
                "'s3.versioning' is not a finding: give at least the first 4 of its hexadecimal digits",
            ),
            (
                "\u{1b}[2J",
                "'\\u{1b}[2J' is not a finding: give at least the first 4 of its hexadecimal digits",
            ),
        ] {
            assert_eq!(one(&findings, digits).unwrap_err(), why);
        }
    }

    #[test]
    fn only_what_is_open_and_severe_is_bad() {
        for (severity, state, bad) in [
            ("critical", "new", true),
            ("high", "known", true),
            ("high", "accepted", false),
            ("critical", "resolved", false),
            ("medium", "new", false),
            ("low", "known", false),
        ] {
            let findings = findings(&[("4b1f0c", severity, state)]);
            assert_eq!(is_bad(&findings), bad, "{severity} {state}");
        }
    }

    #[test]
    fn findings_are_chosen_by_state_and_rule() {
        let findings = findings(&[
            ("a", "high", "new"),
            ("b", "high", "known"),
            ("c", "high", "accepted"),
            ("d", "high", "resolved"),
        ]);
        let chosen = |state, rule: Option<&str>| -> String {
            let args = FindingsArgs {
                state,
                rule: rule.map(str::to_owned),
            };
            of(&findings, &args)
                .iter()
                .map(|finding| &finding.id.as_str()[..1])
                .collect()
        };
        assert_eq!(chosen(WhichFindings::Open, None), "ab");
        assert_eq!(chosen(WhichFindings::Accepted, None), "c");
        assert_eq!(chosen(WhichFindings::Resolved, None), "d");
        assert_eq!(chosen(WhichFindings::All, None), "abcd");
        assert_eq!(chosen(WhichFindings::All, Some("s3.rule_b")), "b");
    }
}
