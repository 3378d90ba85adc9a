//! docs/MONITOR.md and the policy of the monitor's role, from the table of checks.

use std::fmt::Write as _;
use std::path::Path;

use relay_monitor::{
    CHECKS, Check, Controls, LISTS, NistSource, Severity, UNREAD_LIST_CONTROLS, actions, security_hub_address,
};
use serde_json::json;

const INTRODUCTION: &str = "\
# The security monitor

Made by `cargo xtask docs` from the table of checks in crates/relay-monitor/src/checks/.

Each day (`monitor_schedule_hours`), and on request (`relay monitor run`), a Lambda function reads the settings of the
account in its region, compares them with the checks below, and stores its findings. It reads settings only: no object,
message, item, or value of a secret.

- **A finding** has a lasting identity: account, region, rule, resource. It is *new* in the run that sees it first,
  *known* after that, *resolved* when it no longer holds, *accepted* while an owner answers for its risk.
- **What could not be read is a finding**, not a pass: an attribute that a role may not read, a list that was throttled
  or cut by the time limit. Findings in a list that could not be read stay as they were.
- **Only changes are announced**, in one message for each run, on the alerts topic: how many findings are new, resolved,
  and open again, with up to ten of the worst. A run without changes sends nothing. If a run cannot be stored, the next
  one announces the same again, under the same `id`.
- **Risks are accepted** with an owner, a reason and an end, at most a year away: `relay monitor accept`. After that the
  finding is open again, and is announced.
- **Results** are in the results bucket, below `_monitor/`, which no organization's role reaches: `findings.json` (the
  state), `accepted.json`, and for each run `reports/{date}/{time}.md` for people and `.asff.json` in the AWS Security
  Finding Format (2018-10-08) for Security Hub and others.

The function is outside the closed network of the relay, because it asks more services than that leads to. Its role may do what is listed here and keep its findings; the list
(infra/modules/security_monitor/policy.json) is made from the same table, and a test compares it with what is really called. Of other regions it reads buckets only, which are listed together.

```sh
relay monitor run --stack outputs.json                 # now; exit status 1 while something of severity high or critical is open
relay monitor findings --stack outputs.json --state all --format json
relay monitor accept 4b1f0c --owner 'Ada, platform' --reason 'public website' --until 2027-01-31T00:00:00Z --stack outputs.json
```
";

const SOURCES: &str = "
## Where the references come from

A reference says that a published catalogue requires the same; an account that passes does not thereby meet the
catalogue. Each reference was compared with public copies of the documents below, made in 2026; the change log of
Security Hub's controls, read up to 23 September 2026, has nothing later that would change one. The text of the
documents is in crates/relay-monitor/tests/monitor/published.json: a reference without its source there fails a test,
and so does a severity that differs from AWS's without an explanation.

| reference | version | document |
|---|---|---|
| NIST | SP 800-53 Revision 5 | as *NIST by* says. *Security Hub*: AWS Security Hub User Guide, the linked pages, all related requirements of the controls that the check names. *rule*: AWS Config Developer Guide, [Operational Best Practices for NIST 800-53 rev 5](https://docs.aws.amazon.com/config/latest/developerguide/operational-best-practices-for-nist-800-53_rev_5.html), those rows of the rule that ask for the setting itself. *text*: the control itself, where AWS relates nothing to the question |
| CIS | CIS AWS Foundations Benchmark v3.0.0 and v5.0.0, each by its own numbers | AWS Security Hub User Guide, [CIS AWS Foundations Benchmark in Security Hub CSPM](https://docs.aws.amazon.com/securityhub/latest/userguide/cis-aws-foundations-benchmark.html), the comparison of its versions; not the benchmark itself |
| FSBP | AWS Foundational Security Best Practices v1.0.0 | AWS Security Hub User Guide, [AWS Foundational Security Best Practices standard in Security Hub CSPM](https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html) |
| Security Hub | its controls that FSBP does not have | AWS Security Hub User Guide, the linked pages |

A check is as severe as the control of AWS that it stands for, or as the worst of several. This table lists the
exceptions, and checks that require more or less than AWS's.

| rule | unlike AWS's |
|---|---|
";

pub fn document(_: &Path) -> anyhow::Result<String> {
    let mut text = INTRODUCTION.to_owned();
    for severity in Severity::ALL {
        let checks: Vec<_> = CHECKS.iter().filter(|check| check.severity == severity).collect();
        if checks.is_empty() {
            continue;
        }
        let name = severity.name();
        write!(
            text,
            "\n## Severity {name}\n\n| rule | what must be so | what to do | controls | NIST by | reads |\n|---|---|---|---|---|---|\n"
        )?;
        for check in checks {
            row(&mut text, check)?;
        }
    }
    text.push_str(SOURCES);
    for check in &CHECKS {
        if let Some(how) = check.controls.unlike_aws {
            writeln!(text, "| `{}` | {how} |", check.id)?;
        }
    }
    writeln!(
        text,
        "\nA list that could not be read to its end is of severity high, and refers to {} by their text.",
        controls(&UNREAD_LIST_CONTROLS)
    )?;
    text.push_str("\n## How resources are found\n\n| service | with |\n|---|---|\n");
    for list in LISTS {
        let actions: Vec<String> = list.actions.iter().map(|action| format!("`{action}`")).collect();
        writeln!(text, "| {} | {} |", list.service, actions.join(", "))?;
    }
    Ok(text)
}

fn row(text: &mut String, check: &Check) -> std::fmt::Result {
    let reads: Vec<String> = check.reads.iter().map(|action| format!("`{action}`")).collect();
    let source = match check.controls.nist_source {
        NistSource::SecurityHub => "Security Hub".to_owned(),
        NistSource::ConfigRule(rule) => format!("rule `{rule}`"),
        NistSource::Publication => "text".to_owned(),
    };
    writeln!(
        text,
        "| `{}` | {} | {} | {} | {source} | {} |",
        check.id,
        check.title,
        check.remedy,
        controls(&check.controls),
        reads.join(", ")
    )
}

// By catalogue, as a finding has them one by one.
fn controls(controls: &Controls) -> String {
    let linked = |ids: &[&str]| -> Vec<String> {
        let links = ids.iter().map(|id| match security_hub_address(id) {
            Some(address) => format!("[{id}]({address})"),
            None => (*id).to_owned(),
        });
        links.collect()
    };
    let plain = |ids: &[&str]| -> Vec<String> { ids.iter().map(|id| (*id).to_owned()).collect() };
    let catalogues = [
        ("NIST", plain(controls.nist)),
        ("CIS v3.0.0", plain(controls.cis_v3)),
        ("CIS v5.0.0", plain(controls.cis_v5)),
        ("FSBP", linked(controls.fsbp)),
        ("Security Hub", linked(controls.security_hub)),
    ];
    let named = catalogues.iter().filter(|(_, ids)| !ids.is_empty());
    let listed: Vec<String> = named.map(|(name, ids)| format!("{name} {}", ids.join(", "))).collect();
    listed.join("; ")
}

pub fn policy(_: &Path) -> anyhow::Result<String> {
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{"Sid": "ReadAccount", "Effect": "Allow", "Action": actions(), "Resource": "*"}],
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&policy)?))
}
