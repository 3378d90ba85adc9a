//! A value that nobody else has stands in every column of many packages: it must be found in originals and results, and nowhere else.

use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use system_tests::Relay;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// What text cells hold, whatever their letters' case.
const WORD: &[u8] = b"canary7f3q";
/// What numbers hold; no hash of a run is likely to.
const NUMBER: &[u8] = b"73190731907319";
const PACKAGES: usize = 400;
/// The long version: `HYBRID_TEST_CANARIES=10000` (`docs/PERSONAL_DATA.md`).
const PACKAGES_VARIABLE: &str = "HYBRID_TEST_CANARIES";
const ROWS: usize = 12;
const KINDS: usize = 13;

const SETTINGS: &str = r#"{"tables": [{"path": "declared/*.csv", "schema": {"fields": [
    {"name": "id", "type": "integer"}, {"name": "at", "type": "date"}, {"name": "flag", "type": "boolean"}, {"name": "note", "type": "string", "required": true}]}}]}"#;

fn packages() -> usize {
    #[expect(clippy::disallowed_methods, reason = "the long version of a test")]
    let asked = std::env::var(PACKAGES_VARIABLE);
    asked.map_or(PACKAGES, |count| count.parse().unwrap())
}

fn word(seed: usize) -> String {
    format!("Canary7F3q{seed}")
}

fn table(seed: usize) -> String {
    let mut text = String::from("name,email,phone,ssn,card,born,number,note\n");
    for row in 0..ROWS {
        let (word, number) = (word(seed * ROWS + row), seed * ROWS + row);
        writeln!(
            text,
            "{word},{word}@example.com,+1 212 73190731907319 {number},{word}-ssn,73190731907319{number},{word},73190731907319,\"{word}, again\""
        )
        .unwrap();
    }
    text
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The name and the bytes of one package; every kind breaks something else, or nothing.
fn package(number: usize) -> (String, Vec<u8>) {
    let (text, word) = (table(number), word(number));
    match number % KINDS {
        0 => (format!("good-{number}.csv"), text.into_bytes()),
        // Typed, and nothing fits: each row is set aside, by another rule.
        1 => {
            let mut rows = String::from("id,at,flag,note\n");
            for row in 0..ROWS {
                let cells = match row % 4 {
                    0 => format!("{word},2013-01-31,true,x"),
                    1 => format!("1,{word},true,x"),
                    2 => format!("1,2013-01-31,{word},x"),
                    _ => format!("1,2013-01-31,true,{word},{word}"),
                };
                writeln!(rows, "{cells}").unwrap();
            }
            (format!("declared/{number}.csv"), rows.into_bytes())
        }
        2 => {
            let mut rows = String::new();
            for row in 0..ROWS {
                match row % 3 {
                    0 => writeln!(rows, r#"{{"a": "{word}", "b": 73190731907319}}"#).unwrap(),
                    1 => writeln!(rows, r#"{{"a": "{word}", "b": "#).unwrap(),
                    _ => writeln!(rows, r#"["{word}"]"#).unwrap(),
                }
            }
            (format!("lines-{number}.jsonl"), rows.into_bytes())
        }
        3 => (format!("packed-{number}.csv.gz"), gzip(text.as_bytes())),
        4 => {
            let packed = gzip(text.as_bytes());
            (format!("cut-{number}.csv.gz"), packed[..packed.len() / 2].to_vec())
        }
        5 => {
            let mut rows = String::from("a,b\n");
            for _ in 0..ROWS {
                writeln!(rows, "\"{word}\"{word},1\n\"{word}").unwrap();
            }
            (format!("quotes-{number}.csv"), rows.into_bytes())
        }
        6 => (
            format!("bytes-{number}.bin"),
            [&[0, 1, 2, 255], text.as_bytes()].concat(),
        ),
        7 => {
            let bad = text.replacen("again\"\n", "again\"", 3);
            (format!("broken-{number}.csv"), bad.into_bytes())
        }
        8 => {
            let bad = text.replacen("again\"\n", "again\"", 3);
            let files = [("good.csv", &text), ("bad.csv", &bad), ("notes.txt", &word)];
            (format!("several-{number}.zip"), zip_of(&files))
        }
        9 => (format!("described-{number}.zip"), described(&word)),
        // Values where a heading should be.
        10 => {
            let schema = r#"{"resources": [{"name": "t", "path": "t.csv", "schema": {"fields": [{"name": "a"}, {"name": "b"}]}}]}"#;
            let files = [
                ("datapackage.json", &schema.to_owned()),
                ("t.csv", &format!("{word},{word}\n{word},x\n")),
            ];
            (format!("headless-{number}.zip"), zip_of(&files))
        }
        11 => (
            format!("declared/headless-{number}.csv"),
            format!("{word},{word},73190731907319,{word}\n{word},a,b,c\n").into_bytes(),
        ),
        _ => (
            format!("script-{number}.csv"),
            format!("#!/bin/sh\necho {word}\n").into_bytes(),
        ),
    }
}

fn zip_of(files: &[(&str, &String)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A Data Package whose values break every kind of rule: types, bounds, lists of values, keys, references.
fn described(word: &str) -> Vec<u8> {
    let descriptor = format!(
        r#"{{"resources": [
            {{"name": "people", "path": "people.csv", "schema": {{"primaryKey": "id", "fields": [
                {{"name": "id"}}, {{"name": "n", "type": "integer", "constraints": {{"maximum": 5}}}},
                {{"name": "kind", "constraints": {{"enum": ["{word}-kind"], "pattern": "{word}.*"}}}}]}}}},
            {{"name": "visits", "path": "visits.csv", "hash": "sha256:{:064}", "schema": {{
                "fields": [{{"name": "person"}}, {{"name": "at", "type": "date"}}],
                "foreignKeys": [{{"fields": "person", "reference": {{"resource": "people", "fields": "id"}}}}]}}}}]}}"#,
        0
    );
    let people =
        format!("id,n,kind\n{word},1,{word}-kind\n{word},2,{word}-kind\n{word}-2,73190731907319,{word}\n,3,{word}\n");
    let visits = format!("person,at\n{word}-3,2024-01-31\n{word},{word}\n{word},2024-01-31,{word}\n");
    zip_of(&[
        ("datapackage.json", &descriptor),
        ("people.csv", &people),
        ("visits.csv", &visits),
    ])
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn holds_a_canary(bytes: &[u8]) -> bool {
    let lower = bytes.to_ascii_lowercase();
    let holds = |wanted: &[u8]| memchr::memmem::find(&lower, wanted).is_some();
    holds(WORD) || holds(NUMBER)
}

#[test]
fn values_are_in_originals_and_results_and_nowhere_else() {
    let relay = Relay::new().with("RELAY_LOG", "trace").with("RELAY_LOG_FORMAT", "json");
    let outside = relay.outside();
    let settings = outside.join("settings.json");
    fs::write(&settings, SETTINGS).unwrap();
    let _ = relay
        .run(["org", "add", "org-001", "--settings", settings.to_str().unwrap()])
        .expect_status(0);
    let folder = outside.join("packages");
    fs::create_dir_all(folder.join("declared")).unwrap();
    let count = packages();
    for number in 0..count {
        let (name, bytes) = package(number);
        fs::write(folder.join(name), bytes).unwrap();
    }
    let ran = relay.run(["run", "--org", "org-001", folder.to_str().unwrap()]);
    let mut said: Vec<(String, Vec<u8>)> = vec![
        ("standard output".to_owned(), ran.stdout.into_bytes()),
        ("the log".to_owned(), ran.stderr.into_bytes()),
    ];
    let listed = relay.run(["packages", "list", "--limit", "1000000", "--format", "json"]);
    said.push(("the list".to_owned(), listed.stdout.clone().into_bytes()));
    let checked = relay.run([
        "check",
        "--org",
        "org-001",
        folder.to_str().unwrap(),
        "--format",
        "json",
    ]);
    said.push((
        "the check".to_owned(),
        [checked.stdout, checked.stderr].concat().into_bytes(),
    ));
    // Whatever is in the data folder but the originals, the Parquet files and what was copied bit for bit.
    let mut files = Vec::new();
    files_below(&relay.data_dir(), &mut files);
    let mut side_files = 0;
    for path in files {
        let below = path.strip_prefix(relay.data_dir()).unwrap();
        let bytes = fs::read(&path).unwrap();
        // Each stored file begins with a line that says what it is.
        let is_side_file = bytes.starts_with(b"{\"relay_object\":") && {
            let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
            memchr::memmem::find(header, b"/bad-rows").is_some()
        };
        side_files += usize::from(is_side_file);
        let is_original = below.components().any(|part| part.as_os_str() == "ingress");
        let is_result = below.components().any(|part| part.as_os_str() == "results");
        if is_side_file || !(is_original || is_result) {
            said.push((path.display().to_string(), bytes));
        }
    }
    for (place, bytes) in &said {
        assert!(!holds_a_canary(bytes), "a value is in {place}");
    }
    let packages = listed.json();
    assert_eq!(packages.len(), count);
    let in_state = |state: &str| packages.iter().filter(|package| package["state"] == state).count();
    assert!(side_files > count / KINDS, "{side_files} side files were read");
    assert!(in_state("processed") > 0 && in_state("quarantined") > 0 && in_state("rejected") > 0);
    // The canaries are alive: originals hold them.
    assert!(holds_a_canary(&fs::read(folder.join("good-0.csv")).unwrap()));
}
