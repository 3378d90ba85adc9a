//! Transforms one file, for measuring: `transform_file IN OUT [THREADS [POLICY]]`, where a policy is JSON and `{}` the
//! default one; without one nothing is looked for. Says what came of it as JSON.

use std::fs::File;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Instant;

use relay_model::TableLimits;
use relay_privacy::{Redactor, TokenKey};
use relay_transform::{ColumnPlan, ParquetSink, TableOutcome, TableOutputs, TablePlan, Watch, transform_table};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, input, output, rest @ ..] = arguments.as_slice() else {
        return Err("usage: transform_file IN OUT [THREADS [POLICY]]".into());
    };
    let threads = rest.first().map_or(Ok(NonZeroUsize::MIN), |threads| threads.parse())?;
    let redactor = match rest.get(1) {
        Some(policy) => Some(Arc::new(Redactor::new(
            serde_json::from_str(policy)?,
            Some(TokenKey::new([7; 32])),
        )?)),
        None => None,
    };
    let mut plan = TablePlan {
        threads,
        redactor,
        ..TablePlan::new(ColumnPlan::Inferred)
    };
    let started = Instant::now();
    let outcome = loop {
        let mut table = File::create(output)?;
        let mut bad_rows = io::sink();
        let outputs = TableOutputs {
            rows: &mut ParquetSink::new(&mut table),
            bad_rows: &mut bad_rows,
        };
        let outcome = transform_table(
            File::open(input)?,
            &plan,
            &TableLimits::default(),
            outputs,
            &Watch::none(),
        )?;
        match outcome {
            TableOutcome::NeedsAnotherPass { learnt, .. } if plan.learnt.is_none() => plan.learnt = Some(learnt),
            outcome => break outcome,
        }
    };
    let mut stdout = io::stdout().lock();
    match &outcome {
        TableOutcome::Complete(report) => {
            let summary = serde_json::to_string(&report.summary)?;
            writeln!(
                stdout,
                "{{\"sha256\":\"{}\",\"summary\":{summary}}}",
                report.digested.sha256
            )?;
        }
        other => writeln!(stdout, "{other:?}")?,
    }
    writeln!(stdout, "{{\"wall_s\":{:.3}}}", started.elapsed().as_secs_f64())?;
    Ok(())
}
