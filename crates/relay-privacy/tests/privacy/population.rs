//! Tables of invented people: columns of personal data under telling and under silent names, columns that look like them,
//! and the noise of real life. Each table draws its own share of blanks, placeholders and errors, so that a hundred tables are
//! a hundred different ones. Nothing here knows the code that is measured but for the names of the classes.

use relay_privacy::DataClass;

use crate::catalog::{COLUMNS, Column, no};
use crate::random::Random;

/// The seed of all tables. Another seed gives other people; figures in the documentation are of this one.
pub const SEED: u64 = 0x5eed_0000_2026;

/// A cell, and the class of the personal data in it.
pub struct Cell {
    pub text: String,
    pub truth: Option<DataClass>,
}

/// What one table draws for one column.
pub struct Draw {
    /// Blank cells, in a thousand.
    blanks: u64,
    /// Words that stand for a missing value.
    placeholders: u64,
    /// Values with an error in them.
    errors: u64,
    /// For columns of mixed content: how much of it is personal.
    pub share: u64,
    /// For columns whose spelling differs from table to table.
    pub spelling: u64,
    pub table: u64,
}

/// One column of one table, cell after cell.
pub struct Cells {
    column: &'static Column,
    random: Random,
    draw: Draw,
    row: u64,
}

impl Cells {
    pub fn new(column: usize, table: u64) -> Self {
        let mut random = Random::new(SEED ^ (table << 16) ^ column as u64);
        // The first bits of neighbouring seeds are alike.
        random.bits();
        let draw = Draw {
            blanks: random.range(0, 200),
            placeholders: random.range(0, 50),
            errors: random.range(0, 50),
            share: random.range(10, 600),
            spelling: random.range(0, 5),
            table,
        };
        Self {
            column: &COLUMNS[column],
            random,
            draw,
            row: 0,
        }
    }

    /// The next cell.
    pub fn next(&mut self) -> Cell {
        let Self {
            column,
            random,
            draw,
            row,
        } = self;
        *row += 1;
        let mut cell = (column.make)(random, draw, *row);
        if random.chance(draw.blanks) {
            return no("");
        }
        if random.chance(draw.placeholders) {
            return no(*random.pick(&["unknown", "n/a", "see file", "-", "NULL", "?", "0"]));
        }
        if cell.truth.is_some() && random.chance(draw.errors) {
            mistype(random, &mut cell.text);
        }
        if random.chance(10) {
            cell.text.insert(0, ' ');
        }
        cell
    }
}

/// A character lost, doubled, exchanged or replaced.
fn mistype(random: &mut Random, text: &mut String) {
    let mut chars: Vec<char> = text.chars().collect();
    let at = random.range(0, chars.len() as u64 - 1) as usize;
    match random.range(0, 3) {
        0 => drop(chars.remove(at)),
        1 => chars.insert(at, chars[at]),
        2 if at > 0 => chars.swap(at, at - 1),
        _ => chars[at] = *random.pick(&['0', '7', 'o', ' ', '.']),
    }
    *text = chars.into_iter().collect();
}
