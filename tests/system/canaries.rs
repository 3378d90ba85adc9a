//! A value that nobody else has stands in every column of many packages: it must be found in originals and results, and nowhere else.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use system_tests::{Relay, python};
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

/// How many people stand in each file that is below.
const PEOPLE: usize = 300;
/// What each of their values has in it.
const MAIL: &str = "@canary-7f3q.example.com";
const SSN: &str = "512-45-";
/// The first of them without dashes.
const SSN_DIGITS: &str = "512451000";
const CARD: &str = "4111 1111 1111 1111";

fn mail(row: usize) -> String {
    format!("person{row}{MAIL}")
}

fn ssn(row: usize) -> String {
    format!("{SSN}{:04}", 1_000 + row)
}

/// Files as people send them, by what is unusual about them: tables that a reader may not recognize, and documents that are none.
#[expect(clippy::too_many_lines, reason = "a list of files")]
fn unusual_files() -> Vec<(&'static str, Vec<u8>)> {
    let rows = |line: &dyn Fn(usize) -> String| -> String { (0..PEOPLE).map(line).collect() };
    let table = |delimiter: &str, end: &str| {
        let row = |row: usize| {
            let fields = [row.to_string(), mail(row), ssn(row), CARD.to_owned()];
            format!("{}{end}", fields.join(delimiter))
        };
        format!("{}{end}{}", ["id", "mail", "ssn", "card"].join(delimiter), rows(&row))
    };
    let plain = table(",", "\n");
    let utf16: Vec<u8> = plain.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16_be: Vec<u8> = plain.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let json = |separator: &str| {
        let object = |row: usize| {
            let comma = if row + 1 < PEOPLE { "," } else { "" };
            format!(
                "{{\"id\": {row},{separator}\"mail\": \"{}\", \"ssn\": \"{}\"}}{comma}{separator}",
                mail(row),
                ssn(row)
            )
        };
        rows(&object)
    };
    let noise: Vec<u8> = (0..40_000_u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let text = |text: String| text.into_bytes();
    vec![
        (
            "one-column.csv",
            text(format!("mail\n{}", rows(&|row| format!("{}\n", mail(row))))),
        ),
        (
            "one-column-of-digits.csv",
            text(format!(
                "ssn\n{}",
                rows(&|row| format!("{}\n", ssn(row).replace('-', "")))
            )),
        ),
        (
            "ragged.csv",
            text(format!(
                "id,mail,ssn\n{}",
                rows(&|row| format!("{row},{},{}{}\n", mail(row), ssn(row), ",x".repeat(row % 5)))
            )),
        ),
        ("utf-16.csv", [&[0xFF, 0xFE], utf16.as_slice()].concat()),
        ("utf-16-big.csv", [&[0xFE, 0xFF], utf16_be.as_slice()].concat()),
        ("utf-16-unmarked.csv", utf16),
        (
            "latin-1.csv",
            [b"stra\xDFe,b\xFCro,\xFC,\xE4\n", plain.as_bytes()].concat(),
        ),
        (
            "title.csv",
            text(format!("Members of the club, as of today\n\n{plain}")),
        ),
        ("array.json", text(format!("[{}]", json("")))),
        (
            "array-of-arrays.json",
            text(format!(
                "[{}[0]]",
                rows(&|row| format!("[{row},\"{}\",\"{}\"],", mail(row), ssn(row)))
            )),
        ),
        (
            "document.json",
            text(format!("{{\"club\": {{\"members\": [\n{}]}}}}", json("\n"))),
        ),
        ("sep.csv", text(format!("sep=;\n{}", table(";", "\n")))),
        ("comments.csv", text(format!("# made by hand\n# do not lose\n{plain}"))),
        ("returns.csv", text(table(",", "\r"))),
        ("blanks.csv", text(table(", ", "\n"))),
        ("colons.csv", text(table(":", "\n"))),
        (
            "fixed.txt",
            text(rows(&|row| {
                format!("{row:<8}{:<48}{:<16}{CARD}\n", mail(row), ssn(row))
            })),
        ),
        ("control.csv", text(format!("id,mail\n\u{1}{plain}"))),
        ("c1.csv", text(format!("id,mail\u{85}\n{plain}"))),
        ("nul.csv", text(format!("id,mail\0\n{plain}"))),
        ("behind-noise.bin", [noise.as_slice(), plain.as_bytes()].concat()),
        (
            "people.xml",
            text(format!(
                "<?xml version=\"1.0\"?>\n<p>{}</p>",
                rows(&|row| format!("<m ssn='{}'>{}</m>\n", ssn(row), mail(row)))
            )),
        ),
        (
            "people.html",
            text(format!(
                "<html><table>{}</table></html>",
                rows(&|row| format!("<tr><td>{}</td></tr>\n", mail(row).replace('@', "&#64;")))
            )),
        ),
        (
            "mails.mbox",
            text(rows(&|row| {
                format!("From x\nTo: <{}>\nSubject: s\n\nyours, {}\n\n", mail(row), ssn(row))
            })),
        ),
        (
            "dump.sql",
            text(format!(
                "CREATE TABLE p (id int);\nINSERT INTO p VALUES {};\n",
                rows(&|row| format!("({row},'{}'),", mail(row)))
            )),
        ),
        (
            "server.log",
            text(rows(&|row| {
                format!("2024-01-01T00:00:00Z login of {} failed ({row})\n", mail(row))
            })),
        ),
        (
            "letter.txt",
            text(rows(&|row| {
                format!("Then we wrote to {} once more, and heard nothing.\n\n", mail(row))
            })),
        ),
        ("cards.txt", text(format!("The card is {CARD}.\n"))),
        (
            "settings.ini",
            text(rows(&|row| {
                format!("[p{row}]\nmail = {}\nssn = {}\n", mail(row), ssn(row))
            })),
        ),
        (
            "people.yaml",
            text(rows(&|row| format!("- mail: {}\n  ssn: {}\n", mail(row), ssn(row)))),
        ),
        (
            "people.rtf",
            text(format!("{{\\rtf1 {}}}", rows(&|row| format!("{}\\par\n", mail(row))))),
        ),
        (
            "card.vcf",
            text(rows(&|row| format!("BEGIN:VCARD\nEMAIL:{}\nEND:VCARD\n", mail(row)))),
        ),
    ]
}

/// Each of them alone, packed, and in archives.
fn unusual_packages() -> BTreeMap<String, Vec<u8>> {
    let mut packages = BTreeMap::new();
    let archive = |name: &str, bytes: &[u8]| {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in [(name, bytes), ("about.txt", b"Nothing.\n")] {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    };
    for (name, bytes) in unusual_files() {
        packages.insert(format!("{name}.gz"), gzip(&bytes));
        packages.insert(format!("{name}.zst"), zstd::encode_all(bytes.as_slice(), 1).unwrap());
        packages.insert(
            format!("{name}.packed.zip"),
            archive(&format!("{name}.gz"), &gzip(&bytes)),
        );
        packages.insert(
            format!("{name}.nested.zip"),
            archive("inner.zip", &archive(name, &bytes)),
        );
        packages.insert(format!("{name}.zip"), archive(name, &bytes));
        packages.insert(name.to_owned(), bytes);
    }
    packages
}

fn is_in_clear(bytes: &[u8]) -> bool {
    let holds = |wanted: &str| memchr::memmem::find(bytes, wanted.as_bytes()).is_some();
    holds(MAIL) || holds(&MAIL.replace('@', "&#64;")) || holds(SSN) || holds(SSN_DIGITS) || holds(CARD)
}

/// The same for bytes that may be packed, or in UTF-16.
fn is_in_clear_unpacked(bytes: &[u8]) -> bool {
    let mut unpacked = Vec::new();
    if bytes.starts_with(&[0x1F, 0x8B]) {
        std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(bytes), &mut unpacked).unwrap();
    } else if bytes.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) {
        unpacked = zstd::decode_all(bytes).unwrap();
    } else {
        unpacked = bytes.to_vec();
    }
    let without_zeros: Vec<u8> = unpacked.iter().copied().filter(|byte| *byte != 0).collect();
    is_in_clear(&unpacked) || is_in_clear(&without_zeros)
}

/// The cells and the column names of Parquet files, as `DuckDB` reads them.
fn cells_of(files: &[PathBuf]) -> Vec<u8> {
    let script = "import duckdb, sys\n\
                  for path in sys.stdin.read().split('\\n'):\n\
                  \x20   found = duckdb.read_parquet(path)\n\
                  \x20   print(found.columns)\n\
                  \x20   for row in found.fetchall(): print(row)";
    let mut child = Command::new(python())
        .args(["-c", script])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let paths: Vec<&str> = files.iter().map(|path| path.to_str().unwrap()).collect();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(paths.join("\n").as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    output.stdout
}

#[test]
fn no_result_has_a_personal_value_in_clear_by_the_default_policy() {
    let relay = Relay::new()
        .with("RELAY_LOG", "trace")
        .with("RELAY_LOG_FORMAT", "json")
        .with_organizations(&["org-001"]);
    let folder = relay.outside().join("packages");
    fs::create_dir_all(&folder).unwrap();
    let packages = unusual_packages();
    for (name, bytes) in &packages {
        fs::write(folder.join(name), bytes).unwrap();
    }
    let ran = relay.run(["run", "--org", "org-001", folder.to_str().unwrap()]);
    let checked = relay.run([
        "check",
        "--org",
        "org-001",
        folder.to_str().unwrap(),
        "--format",
        "json",
    ]);
    let (listed, verdicts) = (relay.packages(), checked.json());
    assert_eq!((listed.len(), verdicts.len()), (packages.len(), packages.len()));
    let mut said = vec![ran.stdout, ran.stderr, checked.stdout, checked.stderr];
    let mut parquet = Vec::new();
    for package in &listed {
        let (id, key) = (package["package_id"].as_str().unwrap(), &package["key"]);
        // It is said what each of them is.
        let contents = &package["contents"];
        let is_told = contents["kind"].is_string() && contents["rows"].is_u64();
        // A name that promises a table, and bytes that are no text for who only sees their beginning.
        let is_rejected = package["reason"] == "content_type_mismatch" && contents.is_null();
        assert!(is_told || is_rejected, "{package}");
        for result in package["results"].as_array().unwrap() {
            let name = result["name"].as_str().unwrap();
            let to = relay.outside().join(format!("{id}-{}", parquet.len()));
            let _ = relay
                .run(["packages", "fetch", id, "--result", name, "--to", to.to_str().unwrap()])
                .expect_status(0);
            if name.ends_with(".parquet") {
                parquet.push(to);
            } else {
                assert!(!is_in_clear_unpacked(&fs::read(&to).unwrap()), "{key}: {name}");
                fs::remove_file(to).unwrap();
            }
        }
        said.push(package.to_string());
        said.push(relay.run(["packages", "explain", id]).stdout);
    }
    for text in &said {
        assert!(!is_in_clear(text.as_bytes()), "{text}");
    }
    if !parquet.is_empty() {
        assert!(!is_in_clear(&cells_of(&parquet)), "a value is in a table");
    }
    // Whatever else is in the data folder: trails, tokens, side files.
    let mut files = Vec::new();
    files_below(&relay.data_dir(), &mut files);
    for path in files {
        let below = path.strip_prefix(relay.data_dir()).unwrap();
        if !below.components().any(|part| part.as_os_str() == "ingress") {
            assert!(!is_in_clear(&fs::read(&path).unwrap()), "{}", path.display());
        }
    }
    let in_opaque = |package: &&Value| package["reason"] == "personal_data_in_opaque";
    let set_aside: Vec<&Value> = listed.iter().filter(in_opaque).collect();
    assert!(
        set_aside.len() >= packages.len() / 3,
        "{} of {}",
        set_aside.len(),
        packages.len()
    );
    // Check says the same beforehand.
    for verdict in &verdicts {
        let key = format!("org-001/{}", verdict["file"].as_str().unwrap());
        let package = listed.iter().find(|package| package["key"] == key).unwrap();
        assert_eq!(verdict["verdict"], package["state"], "{key}");
        assert_eq!(verdict["contents"], package["contents"], "{key}");
    }
    relay.assert_sound();
}
