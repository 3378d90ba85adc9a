//! A rule that decided, in words: what it says, in particular if its code stands for many, and what to do.

use relay_model::ReasonEntry;

use crate::output::Output;

/// Prints them, `indent` characters from the left. `particular` names the rule behind a code that stands for many.
pub fn print_reason(
    output: &Output,
    indent: usize,
    entry: &ReasonEntry,
    particular: Option<&str>,
) -> anyhow::Result<()> {
    let (rule, code) = (entry.rule, entry.name);
    output.line(&format!("{:indent$}Rule: {rule} ({code})", ""))?;
    // The rule in particular says more than the one for all of its kind.
    let remedy = match particular.and_then(relay_contents::rule_named) {
        Some(particular) => {
            let (name, rule) = (particular.name, particular.rule);
            output.line(&format!("{:indent$}In particular: {rule} ({name})", ""))?;
            particular.remedy
        }
        None => entry.remedy,
    };
    output.line(&format!("{:indent$}What to do: {remedy}", ""))
}
