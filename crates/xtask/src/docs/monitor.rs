//! docs/MONITOR.md and the policy of the monitor's role, from the table of checks.

use std::fmt::Write as _;
use std::path::Path;

use relay_monitor::{CHECKS, LISTS, Severity, actions};
use serde_json::json;

const INTRODUCTION: &str = "\
# The security monitor

Made by `cargo xtask docs` from the table of checks in crates/relay-monitor/src/checks/.

Each day (`monitor_schedule_hours`), and when somebody asks for it (`relay monitor run`), a Lambda function reads how the account is set in its
region, compares it with the checks below, and keeps what it finds. It reads settings only: no object, no message, no item, no value of a secret.

- **A finding** has an identity that stays: account, region, rule, resource. It is *new* in the run that sees it first, *known* after that, *resolved* when
  it is no longer so, *accepted* while somebody answers for its risk.
- **What could not be read is a finding**, not a pass: an attribute that a role may not read, a list that was throttled or cut by the time limit. Findings in a list that could not
  be read stay as they were.
- **People are told of changes only**, in one message for each run, on the alerts topic: how many are new, resolved, and open again, with up to ten of the worst. A
  run that changed nothing tells nobody. If a run cannot be kept, the next one tells the same again, under the same `id`.
- **Risks are accepted** with an owner, a reason and an end, a year at most: `relay monitor accept`. After that day the finding is open again, and that is told.
- **Results** are in the results bucket, below `_monitor/`, which no organization's role reaches: `findings.json` (the state), `accepted.json`, and for each run
  `reports/{date}/{time}.md` for people and `.asff.json` in the AWS Security Finding Format (2018-10-08) for Security Hub and others.

The function is outside the closed network of the relay, because it asks more services than that leads to. Its role may do what is listed here and keep its findings; the list
(infra/modules/monitoring/policy.json) is made from the same table, and a test compares it with what is really called. Of other regions it reads buckets only, which are listed together.

```sh
relay monitor run --stack outputs.json                 # now; exit status 1 while something of severity high or critical is open
relay monitor findings --stack outputs.json --state all --format json
relay monitor accept 4b1f0c --owner 'Ada, platform' --reason 'public website' --until 2027-01-31T00:00:00Z --stack outputs.json
```
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
            "\n## Severity {name}\n\n| rule | what must be so | what to do | controls | reads |\n|---|---|---|---|---|\n"
        )?;
        for check in checks {
            let controls = check.controls.in_full().join(", ");
            let reads: Vec<String> = check.reads.iter().map(|action| format!("`{action}`")).collect();
            writeln!(
                text,
                "| `{}` | {} | {} | {controls} | {} |",
                check.id,
                check.title,
                check.remedy,
                reads.join(", ")
            )?;
        }
    }
    text.push_str("\n## How resources are found\n\n| service | with |\n|---|---|\n");
    for list in LISTS {
        let actions: Vec<String> = list.actions.iter().map(|action| format!("`{action}`")).collect();
        writeln!(text, "| {} | {} |", list.service, actions.join(", "))?;
    }
    Ok(text)
}

pub fn policy(_: &Path) -> anyhow::Result<String> {
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{"Sid": "ReadAccount", "Effect": "Allow", "Action": actions(), "Resource": "*"}],
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&policy)?))
}
