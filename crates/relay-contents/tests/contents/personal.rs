//! Personal data in packages: every table is treated, whatever it comes in, and nothing else.

use relay_model::{DataClass, OrganizationSettings, TableRule, TableSchema};

use crate::support::*;

const PEOPLE: &[u8] =
    b"id,email,card_number\n1,ada@example.com,4111 1111 1111 1111\n2,bea@example.com,5555 5555 5555 4444\n";
const LETTER: &[u8] = b"Dear Sir or Madam\n\nplease write to ada@example.com.\n";

fn holds(bytes: &[u8], value: &str) -> bool {
    bytes.windows(value.len()).any(|window| window == value.as_bytes())
}

#[test]
fn every_table_of_a_package_is_treated_and_other_files_stay_as_they_are() {
    let nothing = OrganizationSettings::default();
    let alone = read_treated("people.csv", PEOPLE, &nothing);
    let table = &alone.results["data.parquet"];
    assert!(!holds(table, "ada@") && !holds(table, "4111") && holds(table, "tok_card_"));
    let inner = zip_of(&[("deep.csv", PEOPLE)]);
    let package = zip_of(&[("people.csv", PEOPLE), ("letter.txt", LETTER), ("more.zip", &inner)]);
    for package in [
        &package,
        &gzip(&tar_of(&[
            ("people.csv", PEOPLE),
            ("letter.txt", LETTER),
            ("more.zip", &inner),
        ])),
    ] {
        let packed = read_treated("x", package, &nothing);
        assert!(packed.results["tables/people.csv.parquet"] == *table);
        assert!(packed.results["tables/more.zip!/deep.csv.parquet"] == *table);
        assert_eq!(packed.results["files/letter.txt"], LETTER);
        let tables = packed.archive().files.iter().filter_map(|file| file.table.as_ref());
        let classes: Vec<Option<DataClass>> = tables
            .flat_map(|table| &table.columns)
            .map(|column| Some(column.personal?.class?.class))
            .collect();
        let expected = [None, Some(DataClass::Email), Some(DataClass::PaymentCard)];
        assert_eq!(classes, [expected, expected].concat());
    }
    let letter = read_treated("letter.txt", LETTER, &nothing);
    assert_eq!(letter.results["data.bin"], LETTER);
}

#[test]
fn a_declared_table_in_an_archive_is_read_again_as_it_was_declared() {
    // The name says what the numbers are, and the first rows that they are none.
    let mut text = String::from("ssn,word\n");
    text.extend((0..30_000).map(|row| format!("{},x\n", 10_000 + row)));
    text += "+7,spelled as a schema allows\n";
    text.extend((0..40_000).map(|row| format!("{},x\n", 123_450_000 + row)));
    let schema = r#"{"fields":[{"name":"ssn","type":"integer"},{"name":"word","type":"string"}]}"#;
    let schema: TableSchema = serde_json::from_str(schema).unwrap();
    let settings = |path: &str| OrganizationSettings {
        tables: vec![TableRule::new(path, schema.clone())],
        ..OrganizationSettings::default()
    };
    let alone = read_treated("a.csv", text.as_bytes(), &settings("a.csv"));
    assert_eq!(
        alone.contents.summary.table().unwrap().passes,
        2,
        "else this shows nothing"
    );
    let packed = read_treated(
        "x.zip",
        &zip_of(&[("a.csv", text.as_bytes())]),
        &settings("x.zip!/a.csv"),
    );
    assert!(packed.results["tables/a.csv.parquet"] == alone.results["data.parquet"]);
    assert_eq!(packed.archive().files[0].table.as_ref(), alone.contents.summary.table());
}
