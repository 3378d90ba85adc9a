//! Floors under recall and precision, on a twentieth of the rows that the documentation's figures are of.

use relay_privacy::DataClass;

use crate::catalog::COLUMNS;
use crate::measure::measure;

const TABLES: u64 = 25;
const ROWS: u64 = 2_000;

/// Recall and precision of cells, then of columns, in percent: what no change may fall below.
pub struct Floor {
    pub class: DataClass,
    pub cells: [f64; 2],
    pub columns: [f64; 2],
}

const fn floor(class: DataClass, cells: [f64; 2], columns: [f64; 2]) -> Floor {
    Floor { class, cells, columns }
}

pub const FLOORS: [Floor; 8] = [
    floor(DataClass::Email, [99.9, 94.0], [100.0, 100.0]),
    floor(DataClass::Phone, [88.0, 97.0], [85.7, 100.0]),
    floor(DataClass::UsSsn, [74.5, 73.0], [75.0, 75.0]),
    floor(DataClass::PaymentCard, [89.0, 97.0], [100.0, 100.0]),
    floor(DataClass::Iban, [99.5, 92.0], [100.0, 100.0]),
    floor(DataClass::IpAddress, [79.5, 97.0], [80.0, 100.0]),
    floor(DataClass::DateOfBirth, [99.9, 97.0], [100.0, 100.0]),
    floor(DataClass::PersonName, [59.5, 97.0], [60.0, 100.0]),
];

#[test]
fn fifty_thousand_rows_are_above_the_floors() {
    let scores = measure(TABLES, ROWS);
    let mut below = Vec::new();
    for Floor { class, cells, columns } in FLOORS {
        for (what, floor, found) in [
            ("recall of cells", cells[0], scores.cells(class).recall()),
            ("precision of cells", cells[1], scores.cells(class).precision()),
            ("recall of columns", columns[0], scores.columns(class).recall()),
            ("precision of columns", columns[1], scores.columns(class).precision()),
        ] {
            if found * 100.0 < floor {
                below.push(format!("{class}: {what} {:.3} < {floor}", found * 100.0));
            }
        }
    }
    assert!(below.is_empty(), "{below:#?}\n{}", scores.markdown());
}

#[test]
fn only_numbers_in_the_form_of_another_class_raise_false_alarms() {
    let scores = measure(5, 2_000);
    for (column, score) in COLUMNS.iter().zip(&scores.0) {
        let alarms: u64 = score.classified.iter().sum();
        let is_expected = column.truth.is_some() || column.is_mixed || column.name == "case_no";
        assert!(
            is_expected || alarms == 0,
            "{}: taken for {:?}",
            column.name,
            score.classified
        );
        if let Some(truth) = column.truth {
            assert_eq!(
                alarms, score.classified[truth as usize],
                "{}: taken for another class",
                column.name
            );
        }
    }
}
