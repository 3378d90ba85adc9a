//! Data Packages made of decisions: valid where the bytes decide nothing, and who made one knows whether it is.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::Sha256;

use super::bag::hexadecimal;
use crate::choices::Choices;

/// The most tables and rows, and the most columns beside the two that have keys.
const TABLES_MAX: usize = 3;
const ROWS_MAX: usize = 6;
const COLUMNS_MAX: usize = 5;
/// Types with cells that are valid for each, and one that is for none of them. No cell has a delimiter.
const TYPES: [(&str, [&str; 3], Option<&str>); 14] = [
    ("string", ["x", "long and with blanks", "\u{e9}"], None),
    ("integer", ["0", "-7", "9223372036854775807"], Some("1.5")),
    ("number", ["0.5", "-1e3", "42"], Some("1,5,")),
    ("boolean", ["true", "false", "1"], Some("maybe")),
    ("date", ["2024-02-29", "1999-12-31", "2000-01-01"], Some("2023-02-29")),
    ("time", ["00:00:00", "23:59:59", "12:30:00"], Some("24:00:01")),
    (
        "datetime",
        ["2024-02-29T00:00:00Z", "1999-12-31T23:59:59Z", "2000-01-01T10:00:00Z"],
        Some("2024-02-30T00:00:00Z"),
    ),
    ("year", ["2024", "1999", "2000"], Some("20x4")),
    ("yearmonth", ["2024-02", "1999-12", "2000-01"], Some("2024-13")),
    ("duration", ["P1D", "PT2H", "P1Y2M"], Some("1 day")),
    ("object", ["{}", "{}", "{}"], Some("[]")),
    ("array", ["[]", "[]", "[1]"], Some("{}")),
    ("geopoint", ["1;2", "-90;45", "0;0"], None),
    ("any", ["x", "1", "true"], None),
];
/// Pieces that a constraint may be made of.
const PATTERNS: [&str; 5] = ["[a-z]+", "(a+)+$", "(?=x)", "\\p{L}{1,1000}", "["];
const FOLDERS: [&str; 3] = ["", "package/", "data/"];
const DELIMITERS: [&str; 3] = [",", "\t", "|"];

/// What is known of a package before anybody reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// It keeps every rule.
    Valid,
    /// It breaks one at least.
    Invalid,
    /// The bytes themselves had a say.
    Nothing,
}

/// Files of a Data Package.
pub struct Made {
    /// Names and contents.
    pub files: Vec<(Vec<u8>, Vec<u8>)>,
    /// What a reader has to find.
    pub known: Known,
    /// How many tables it describes.
    pub tables: u64,
}

/// A table, and what the descriptor says of it.
struct Table {
    resource: Value,
    text: String,
    is_broken: bool,
}

/// A package of one table at least.
pub fn make(choices: &mut Choices<'_>) -> Made {
    let folder = *choices.pick(&FOLDERS);
    let count = 1 + choices.below(TABLES_MAX);
    let mut known = Known::Valid;
    let mut resources = Vec::new();
    let mut files = Vec::new();
    for number in 0..count {
        let table = table(choices, number);
        if table.is_broken {
            known = Known::Invalid;
        }
        resources.push(table.resource);
        files.push((format!("{folder}t{number}.csv").into_bytes(), table.text.into_bytes()));
    }
    if choices.is_rare() {
        // A file that is described and not there.
        files.pop();
        known = Known::Invalid;
    }
    let mut descriptor = json!({"name": "made", "resources": resources});
    if choices.is() {
        descriptor["$schema"] = json!("https://datapackage.org/profiles/2.0/datapackage.json");
    }
    let mut text = descriptor.to_string().into_bytes();
    if choices.is_rare() {
        let at = choices.number() as usize % text.len();
        let taken = choices.below(4).min(text.len() - at);
        text.splice(at..at + taken, choices.bytes(20).iter().copied());
        known = Known::Nothing;
    }
    // First or last: a reader that streams has to know it before the tables all the same.
    let at = if choices.is() { files.len() } else { 0 };
    files.insert(at, (format!("{folder}datapackage.json").into_bytes(), text));
    Made {
        files,
        known,
        tables: count as u64,
    }
}

fn table(choices: &mut Choices<'_>, number: usize) -> Table {
    let rows = choices.below(ROWS_MAX + 1);
    let types: Vec<_> = (0..choices.below(COLUMNS_MAX + 1))
        .map(|_| choices.pick(&TYPES))
        .collect();
    let delimiter = *choices.pick(&DELIMITERS);
    let mut fields = vec![
        json!({"name": "id", "type": "integer"}),
        json!({"name": "of", "type": "integer"}),
    ];
    let mut is_broken = false;
    for (column, (kind, ..)) in types.iter().enumerate() {
        let mut field = json!({"name": format!("c{column}"), "type": kind});
        if *kind == "geopoint" {
            // Two numbers with a comma between are a geopoint; with a semicolon they are a text.
            field["type"] = json!("string");
        }
        if choices.is_rare() {
            is_broken |= constrain(choices, &mut field, rows);
        }
        fields.push(field);
    }
    let mut text = String::new();
    let names: Vec<&str> = fields.iter().map(|field| field["name"].as_str().unwrap()).collect();
    let _ = writeln!(text, "{}", names.join(delimiter));
    let is_first = number == 0;
    for row in 0..rows {
        let id = if row > 0 && choices.is_rare() {
            is_broken = true;
            0
        } else {
            row
        };
        let mut of = id.to_string();
        if choices.is_rare() {
            // To a row that is not there, or to none at all.
            let is_dangling = choices.is();
            of = if is_dangling { "99".to_owned() } else { String::new() };
            is_broken |= is_dangling;
        }
        let _ = write!(text, "{id}{delimiter}{of}");
        for (_, valid, invalid) in &types {
            let cell = match invalid {
                Some(cell) if choices.is_rare() => {
                    is_broken = true;
                    *cell
                }
                _ => *choices.pick(valid),
            };
            let cell = if cell.contains(delimiter) {
                format!("\"{cell}\"")
            } else {
                cell.to_owned()
            };
            let _ = write!(text, "{delimiter}{cell}");
        }
        text.push('\n');
    }
    let mut resource = json!({
        "name": format!("t{number}"), "path": format!("t{number}.csv"),
        "schema": {
            "fields": fields, "primaryKey": "id",
            // To itself, so that no decision about another table breaks it.
            "foreignKeys": [{"fields": "of", "reference": {"resource": "", "fields": "id"}}],
        },
    });
    if delimiter != "," || !is_first {
        resource["dialect"] = json!({"delimiter": delimiter});
    }
    is_broken |= weigh(choices, &mut resource, &text);
    Table {
        resource,
        text,
        is_broken,
    }
}

/// Adds a constraint that no cell of the first row keeps, or one that cannot be checked. Returns whether something breaks it.
fn constrain(choices: &mut Choices<'_>, field: &mut Value, rows: usize) -> bool {
    if field["type"] != "string" {
        field["constraints"] = json!({"required": true});
        return false;
    }
    match choices.below(3) {
        0 => {
            field["constraints"] = json!({"maxLength": 0});
            rows > 0
        }
        1 => {
            field["constraints"] = json!({"enum": ["none of these"]});
            rows > 0
        }
        _ => {
            let pattern = *choices.pick(&PATTERNS);
            field["constraints"] = json!({"pattern": format!("{pattern}0123456789")});
            rows > 0 || pattern == "(?=x)" || pattern == "["
        }
    }
}

/// Length and hash, which rarely lie. Returns whether they do.
fn weigh(choices: &mut Choices<'_>, resource: &mut Value, text: &str) -> bool {
    let mut lies = false;
    if choices.is() {
        lies |= choices.is_rare();
        resource["bytes"] = json!(text.len() + usize::from(lies));
    }
    if choices.is() {
        let digest = hexadecimal(&<Sha256 as sha2::Digest>::digest(text));
        let is_other = choices.is_rare();
        let digest = if is_other { "0".repeat(64) } else { digest };
        lies |= is_other;
        resource["hash"] = json!(format!("sha256:{digest}"));
    }
    lies
}

#[cfg(test)]
mod tests {
    use super::{Known, make};
    use crate::choices::Choices;
    use crate::random::Random;

    #[test]
    fn chance_makes_packages_of_which_everything_is_known() {
        let mut made = [0; 3];
        for seed in 0..1_000 {
            let mut random = Random::new(seed);
            let bytes: Vec<u8> = (0..160).map(|_| random.bits() as u8 & 0xf7).collect();
            made[make(&mut Choices::new(&bytes)).known as usize] += 1;
        }
        let [valid, invalid, unknown] = made;
        assert_eq!(make(&mut Choices::new(&[])).known, Known::Valid);
        assert!(valid > 100 && invalid > 100 && unknown > 10, "{made:?}");
    }
}
