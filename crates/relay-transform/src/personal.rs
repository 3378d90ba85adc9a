//! Personal data: each column is counted while it streams, and of a class as the first rows suggest, until the last row
//! bears that out or does not.

use std::sync::Arc;

use relay_model::{ColumnReport, DataClass, Treatment};
use relay_privacy::{Classification, ColumnTally, NameHints, Redactor, classify_name};

use crate::cells::{CsvSyntax, JsonSyntax, MissingValues, Syntax, TypedSyntax};
use crate::plan::{Learnt, TableFormat};
use crate::redaction::{Treated, Treating};
use crate::rows::RowBatch;

/// The columns of a table and their classes.
pub(crate) struct Personal {
    redactor: Arc<Redactor>,
    columns: Vec<Watched>,
    /// Whether an earlier pass has seen every row: then nothing is counted any more.
    is_settled: bool,
    /// Whether the columns have no names but those that the relay has given them.
    pub(crate) is_nameless: bool,
}

struct Watched {
    tally: ColumnTally,
    /// What the rows are written under.
    assumed: Option<Classification>,
}

impl Personal {
    /// Nothing is known yet but the policy, and what an earlier pass has learnt.
    pub(crate) fn new(redactor: Arc<Redactor>, learnt: Option<&Learnt>) -> Self {
        let columns = learnt.map(|learnt| learnt.columns.as_slice()).unwrap_or_default();
        let columns = columns.iter().map(|column| Watched {
            tally: ColumnTally::default(),
            assumed: column.class,
        });
        Self {
            redactor,
            columns: columns.collect(),
            is_settled: learnt.is_some(),
            is_nameless: learnt.is_some_and(|learnt| learnt.header_absent),
        }
    }

    /// From now on these are the columns: those that it had, and more behind them.
    pub(crate) fn add_columns(&mut self, names: &[String]) {
        let hints = |name: &String| {
            if self.is_nameless {
                NameHints::ABSENT
            } else {
                classify_name(name)
            }
        };
        let watched = |name: &String| Watched {
            tally: ColumnTally::new(hints(name)),
            assumed: None,
        };
        let more = names.get(self.columns.len()..).unwrap_or_default();
        let more: Vec<Watched> = more.iter().map(watched).collect();
        self.columns.extend(more);
    }

    /// Counts the cells of a batch. Rows that a declared type sets aside count as well. What a schema calls missing is no
    /// value; what is missing without one, a tally knows by itself.
    pub(crate) fn observe<S: Syntax>(&mut self, data: &[u8], batch: &RowBatch, declared: Option<&MissingValues>) {
        if self.is_settled {
            return;
        }
        for (index, column) in self.columns.iter_mut().enumerate() {
            for (start, end) in batch.column(index) {
                let cell = S::decode(&data[start as usize..end as usize]);
                if !declared.is_some_and(|missing| missing.is_missing(cell.kind, &cell.text)) {
                    column.tally.observe(&cell.text);
                }
            }
        }
    }

    /// The same for a batch of any format.
    pub(crate) fn observe_all(
        &mut self,
        format: TableFormat,
        data: &[u8],
        batch: &RowBatch,
        declared: Option<&MissingValues>,
    ) {
        match format {
            TableFormat::Csv { .. } => self.observe::<CsvSyntax<true>>(data, batch, declared),
            TableFormat::JsonLines | TableFormat::JsonArray => self.observe::<JsonSyntax>(data, batch, declared),
            TableFormat::Workbook | TableFormat::Parquet => self.observe::<TypedSyntax>(data, batch, declared),
        }
    }

    /// What was counted so far is a sample: rows are written under what it suggests, and counting begins anew.
    pub(crate) fn assume(&mut self, names: &[String]) {
        if self.is_settled {
            return;
        }
        self.add_columns(names);
        for column in &mut self.columns {
            column.assumed = column.tally.decide();
            column.tally = ColumnTally::new(column.tally.hints());
        }
    }

    /// What becomes of the texts of a column.
    pub(crate) fn treating(&self, index: usize) -> Treating {
        let assumed = self.columns.get(index).and_then(|column| column.assumed);
        match self.effect(assumed) {
            Some((class, _)) => Treating::Whole(Arc::clone(&self.redactor), class),
            None if self.redactor.policy().keeps_all() => Treating::Nothing,
            None => Treating::EmbeddedMatches(Arc::clone(&self.redactor)),
        }
    }

    /// Whether every row, now that all have been seen, would be written as it was.
    pub(crate) fn is_borne_out(&self) -> bool {
        let is_same = |(column, decided): (&Watched, Option<Classification>)| {
            let (assumed, decided) = (self.effect(column.assumed), self.effect(decided));
            // Nothing stays of a value that is dropped, so that its class makes no difference.
            let is_drop = |effect: Option<(_, Treatment)>| effect.is_some_and(|(_, how)| how == Treatment::Drop);
            assumed == decided || (is_drop(assumed) && is_drop(decided))
        };
        self.columns.iter().zip(self.decided()).all(is_same)
    }

    /// The class of each column, as far as its rows have been seen.
    pub(crate) fn decided(&self) -> impl Iterator<Item = Option<Classification>> + '_ {
        self.columns.iter().map(|column| {
            if self.is_settled {
                column.assumed
            } else {
                column.tally.decide()
            }
        })
    }

    /// What is to be said of each column.
    pub(crate) fn reports(&self, treated: &[Treated]) -> impl Iterator<Item = Option<ColumnReport>> {
        self.decided().enumerate().map(|(index, decided)| {
            let report = ColumnReport {
                class: decided.map(|found| found.under(self.redactor.policy())),
                strays: treated.get(index).map_or(0, |treated| treated.strays),
            };
            (report.class.is_some() || report.strays > 0).then_some(report)
        })
    }

    /// What a class does to the values of its column; nothing if it is kept.
    fn effect(&self, class: Option<Classification>) -> Option<(DataClass, Treatment)> {
        let class = class?.class;
        let treatment = self.redactor.policy().treatment(class);
        (treatment != Treatment::Keep).then_some((class, treatment))
    }
}
