//! Recall and precision over tables of invented people, by cell and by column.
//!
//! A cell counts as found if the relay would treat it as what it is: it stands in a column that is classified so, or it is
//! an unmistakable value of that class in another column. It is a false alarm if it would be treated as what it is not;
//! placeholders such as `unknown` in a column of addresses are counted so too.

use std::fmt::Write as _;

use relay_privacy::{ColumnTally, DataClass, classify_name, find_strays};

use crate::catalog::COLUMNS;
use crate::population::{Cell, Cells};

const CLASSES: usize = DataClass::ALL.len();

/// How much there was, how much of it was found, and how much was found that was not there.
#[derive(Clone, Copy, Default)]
pub struct Score {
    pub present: u64,
    pub found: u64,
    pub false_alarms: u64,
}

impl Score {
    pub fn recall(&self) -> f64 {
        self.found as f64 / self.present.max(1) as f64
    }

    pub fn precision(&self) -> f64 {
        let alarms = self.found + self.false_alarms;
        if alarms == 0 {
            1.0
        } else {
            self.found as f64 / alarms as f64
        }
    }

    fn add(&mut self, other: &Self) {
        self.present += other.present;
        self.found += other.found;
        self.false_alarms += other.false_alarms;
    }
}

/// What happened to one column in all tables.
#[derive(Clone, Default)]
pub struct ColumnScore {
    pub tables: u64,
    /// How many tables' columns were taken for which class.
    pub classified: [u64; CLASSES],
    /// By class of the cells.
    pub cells: [Score; CLASSES],
}

/// The score of every column, in the order of [`COLUMNS`].
pub struct Scores(pub Vec<ColumnScore>);

/// Measures so many tables of so many rows.
pub fn measure(tables: u64, rows: u64) -> Scores {
    let mut scores = vec![ColumnScore::default(); COLUMNS.len()];
    for table in 0..tables {
        for (index, score) in scores.iter_mut().enumerate() {
            let mut cells = Cells::new(index, table);
            let cells: Vec<Cell> = (0..rows).map(|_| cells.next()).collect();
            measure_column(COLUMNS[index].name, &cells, score);
        }
    }
    Scores(scores)
}

fn measure_column(name: &str, cells: &[Cell], score: &mut ColumnScore) {
    let mut tally = ColumnTally::new(classify_name(name));
    for cell in cells {
        tally.observe(cell.text.as_bytes());
    }
    let class = tally.decide().map(|found| found.class);
    score.tables += 1;
    if let Some(class) = class {
        score.classified[class as usize] += 1;
    }
    for cell in cells.iter().filter(|cell| !cell.text.trim().is_empty()) {
        if let Some(truth) = cell.truth {
            score.cells[truth as usize].present += 1;
        }
        let mut treated = [false; CLASSES];
        match class {
            Some(class) => treated[class as usize] = true,
            None => find_strays(cell.text.as_bytes())
                .iter()
                .for_each(|stray| treated[stray.class as usize] = true),
        }
        for class in DataClass::ALL.into_iter().filter(|class| treated[*class as usize]) {
            let cells = &mut score.cells[class as usize];
            if cell.truth == Some(class) {
                cells.found += 1;
            } else {
                cells.false_alarms += 1;
            }
        }
    }
}

impl Scores {
    /// Cells of a class in all columns.
    pub fn cells(&self, class: DataClass) -> Score {
        let mut sum = Score::default();
        self.0.iter().for_each(|column| sum.add(&column.cells[class as usize]));
        sum
    }

    /// Columns that are of a class.
    pub fn columns(&self, class: DataClass) -> Score {
        let mut sum = Score::default();
        for (column, score) in COLUMNS.iter().zip(&self.0) {
            let classified = score.classified[class as usize];
            if column.truth == Some(class) {
                sum.present += score.tables;
                sum.found += classified;
            } else if !column.is_mixed {
                sum.false_alarms += classified;
            }
        }
        sum
    }

    /// Both as tables of Markdown: one line for each class, and one for each column in which something was missed or wrong.
    pub fn markdown(&self) -> String {
        let percent = |share: f64| format!("{:.2} %", share * 100.0);
        let mut text = String::from(
            "| class | cells | recall | precision | columns | recall | precision |\n|---|--:|--:|--:|--:|--:|--:|\n",
        );
        for class in DataClass::ALL {
            let (cells, columns) = (self.cells(class), self.columns(class));
            writeln!(
                text,
                "| {class} | {} | {} | {} | {} | {} | {} |",
                cells.present,
                percent(cells.recall()),
                percent(cells.precision()),
                columns.present,
                percent(columns.recall()),
                percent(columns.precision())
            )
            .unwrap();
        }
        text.push_str(
            "\n| column | is | tables taken for | cells missed | cells wrongly treated |\n|---|---|---|--:|--:|\n",
        );
        for (column, score) in COLUMNS.iter().zip(&self.0) {
            let missed: u64 = score.cells.iter().map(|cells| cells.present - cells.found).sum();
            let wrong: u64 = score.cells.iter().map(|cells| cells.false_alarms).sum();
            let taken = DataClass::ALL
                .into_iter()
                .filter(|class| score.classified[*class as usize] > 0);
            let taken: Vec<String> = taken
                .map(|class| format!("{class} {}", score.classified[class as usize]))
                .collect();
            if missed + wrong == 0 && (taken.is_empty() || column.truth.is_some()) {
                continue;
            }
            let truth = match (column.truth, column.is_mixed) {
                (Some(class), _) => class.name(),
                (None, true) => "mixed",
                (None, false) => "-",
            };
            let taken = if taken.is_empty() {
                "-".to_owned()
            } else {
                taken.join(", ")
            };
            writeln!(text, "| `{}` | {truth} | {taken} | {missed} | {wrong} |", column.name).unwrap();
        }
        text
    }
}
