//! Files of archives go through the transforms that they would go through by themselves.

use relay_model::{Field, FieldType, OrganizationSettings, ReasonCode, TableRule, TableSchema};

use crate::support::*;

const CSV: &[u8] = b"station,degrees\nA,1.5\nB,2.5\n";

#[test]
fn each_file_has_its_transform_and_its_digest() {
    let package = zip_of(&[
        ("data/weather.csv", CSV),
        ("README.txt", b"Hourly readings.\n"),
        ("empty", b""),
    ]);
    let outcome = read("weather.zip", &package);
    assert_eq!(outcome.contents.summary.transform(), "archive");
    assert_eq!(outcome.contents.quarantine, None);
    assert_eq!(
        outcome.names(),
        ["files/README.txt", "files/empty", "tables/data/weather.csv.parquet"]
    );
    assert_eq!(outcome.results["files/README.txt"], b"Hourly readings.\n");
    let archive = outcome.archive();
    assert_eq!(
        (archive.format.as_str(), archive.entries, archive.passes),
        ("zip", 3, 2)
    );
    let [weather, readme, _] = &archive.files[..] else {
        panic!("three files")
    };
    assert_eq!(weather.path, "data/weather.csv");
    assert_eq!(weather.sha256, relay_model::Sha256Digest::of(CSV));
    assert_eq!(weather.table.as_ref().unwrap().rows, 2);
    assert_eq!((readme.transform.as_str(), readme.size_bytes), ("opaque", 17));
}

#[test]
fn a_table_is_the_same_bytes_in_an_archive_and_alone() {
    let alone = read("a.csv", CSV);
    for package in [
        zip_of(&[("a.csv", CSV)]),
        tar_of(&[("a.csv", CSV)]),
        gzip(&tar_of(&[("a.csv", CSV)])),
        bzip2(&tar_of(&[("a.csv", CSV)])),
        xz(&tar_of(&[("a.csv", CSV)])),
    ] {
        let packed = read("a", &package);
        assert!(packed.results["tables/a.csv.parquet"] == alone.results["data.parquet"]);
    }
}

#[test]
fn a_packed_tar_is_told_whatever_its_first_file_is() {
    // 2 MB that nothing makes fewer: a block of bzip2 is packed no shorter than it was, and shows nothing before its end.
    let mut state = 1u64;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    });
    let noise: Vec<u8> = noise.take(2_000_000).collect();
    let tar = tar_of(&[("noise", &noise), ("a.csv", CSV)]);
    for (package, format) in [(gzip(&tar), "tar.gz"), (bzip2(&tar), "tar.bz2"), (xz(&tar), "tar.xz")] {
        let outcome = read("a", &package);
        assert_eq!(outcome.archive().format, format);
        assert_eq!(outcome.names(), ["files/noise", "tables/a.csv.parquet"]);
        let outer = read("a.zip", &zip_of(&[("in", &package)]));
        assert_eq!(outer.names(), ["files/in!/noise", "tables/in!/a.csv.parquet"]);
    }
    // What is no archive is as it was: a long table in bzip2.
    let row = |row: u32| format!("{row},{}\n", row.wrapping_mul(2_654_435_761));
    let rows: Vec<String> = (0..300_000).map(row).collect();
    let table = read("a.csv.bz2", &bzip2(format!("id,n\n{}", rows.concat()).as_bytes()));
    assert_eq!(table.contents.summary.table().unwrap().rows, 300_000);
}

#[test]
fn a_late_surprise_in_one_table_costs_one_more_pass_and_nothing_else() {
    let rows: Vec<String> = (0..200_000).map(|row| format!("{row},{row}\n")).collect();
    let mut late = format!("id,value\n{}", rows.concat());
    late.push_str("200000,not a number\n");
    let alone = read("late.csv", late.as_bytes());
    assert_eq!(
        alone.contents.summary.table().unwrap().passes,
        2,
        "the sample ends before"
    );
    let files: &[(&str, &[u8])] = &[("a.csv", CSV), ("late.csv", late.as_bytes()), ("z.txt", b"text\n")];
    for package in [zip_of(files), gzip(&tar_of(files))] {
        let packed = read("x", &package);
        assert_eq!(packed.archive().passes, 3);
        assert!(packed.results["tables/late.csv.parquet"] == alone.results["data.parquet"]);
        assert_eq!(
            packed.names(),
            ["files/z.txt", "tables/a.csv.parquet", "tables/late.csv.parquet"]
        );
        let order: Vec<&str> = packed.archive().files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(order, ["a.csv", "late.csv", "z.txt"]);
    }
}

#[test]
fn what_only_seemed_to_be_a_table_is_kept_bit_for_bit() {
    // Commas in the first 4 KiB, and prose behind: told by the beginning, unless that must be unpacked first.
    let mut text = b"one field,and another one\n".repeat(200);
    text.extend(b"prose without a comma\n".repeat(5_000));
    let alone = read("notes.txt", &text);
    assert_eq!(alone.contents.summary.transform(), "opaque", "else this shows nothing");
    let packed = read("x", &tar_of(&[("notes.txt", &text)]));
    assert!(packed.results["files/notes.txt"] == text);
    assert_eq!(packed.archive().passes, 2);
    let packed = read("x", &tar_of(&[("notes.txt.gz", &gzip(&text))]));
    assert!(packed.results["files/notes.txt.gz"] == gzip(&text));
    assert_eq!(packed.archive().passes, 3);
}

#[test]
fn archives_in_archives_are_read_on() {
    let inner = gzip(&tar_of(&[("deep.csv", CSV)]));
    let package = zip_of(&[("in.tar.gz", &inner)]);
    let outcome = read("x.zip", &package);
    assert_eq!(outcome.names(), ["tables/in.tar.gz!/deep.csv.parquet"]);
    let archive = outcome.archive();
    assert_eq!(archive.nested_archives, 1);
    let kinds: Vec<(&str, &str)> = archive
        .files
        .iter()
        .map(|file| (file.path.as_str(), file.transform.as_str()))
        .collect();
    assert_eq!(kinds, [("in.tar.gz", "archive"), ("in.tar.gz!/deep.csv", "table")]);
    assert_eq!(archive.files[0].sha256, relay_model::Sha256Digest::of(&inner));
}

#[test]
fn documents_of_applications_are_one_file() {
    let workbook = zip_of(&[("[Content_Types].xml", b"<Types/>"), ("xl/sheet.csv", CSV)]);
    let alone = read("book.xlsx", &workbook);
    assert_eq!(alone.contents.summary.transform(), "opaque");
    assert!(alone.results["data.bin"] == workbook);
    let packed = read("x.zip", &zip_of(&[("book.xlsx", &workbook)]));
    assert!(packed.results["files/book.xlsx"] == workbook);
    assert_eq!(read("book.zip", &workbook).contents.summary.transform(), "archive");
}

#[test]
fn a_declared_table_may_be_a_file_of_an_archive() {
    let schema = TableSchema {
        fields: ["station", "degrees"]
            .map(|name| Field::new(name, FieldType::String))
            .to_vec(),
        missing_values: vec![String::new()],
    };
    let settings = |path: &str| OrganizationSettings {
        tables: vec![TableRule::new(path, schema.clone())],
        ..OrganizationSettings::default()
    };
    let package = zip_of(&[("a.csv", CSV), ("b.csv", b"x,y\n1,2\n")]);
    let limits = relay_model::Limits::default();
    let fitting = read_with("daily/w.zip", &package, &settings("daily/*.zip!/a.csv"), &limits);
    assert_eq!(fitting.contents.quarantine, None);
    assert!(fitting.archive().files[0].table.as_ref().unwrap().schema_declared);
    let other = read_with("daily/w.zip", &package, &settings("daily/*.zip!/*.csv"), &limits);
    assert_eq!(other.reason().code, ReasonCode::TableSchemaChanged);
    assert!(other.reason().text.starts_with("b.csv: "), "{}", other.reason().text);
    assert_eq!(
        other.names(),
        Vec::<&str>::new(),
        "no result of a package that is set aside"
    );
    let whole = read_with("daily/w.zip", &package, &settings("daily/*.zip"), &limits);
    assert_eq!(whole.reason().code, ReasonCode::TableExpected);
}

#[test]
fn bad_rows_explain_a_package_that_is_set_aside() {
    let mut rows = String::from("a,b\n");
    for row in 0..4_000 {
        rows.push_str(if row < 2_000 || row % 2 == 0 { "1,2\n" } else { "1\n" });
    }
    let good = zip_of(&[("good.csv", CSV), ("bad.csv", rows.as_bytes())]);
    let outcome = read("x.zip", &good);
    assert_eq!(outcome.reason().code, ReasonCode::TableTooManyBadRows);
    assert_eq!(outcome.names(), ["bad-rows/bad.csv.jsonl"]);
}

#[test]
fn one_event_lists_not_more_columns_than_it_can_hold() {
    let wide = |columns: usize| {
        let names: Vec<String> = (0..columns).map(|column| format!("c{column}")).collect();
        let row = vec!["1"; columns].join(",");
        format!("{}\n{row}\n", names.join(","))
    };
    let tables: Vec<(String, String)> = (0..7).map(|table| (format!("{table}.csv"), wide(900))).collect();
    let files: Vec<(&str, &[u8])> = tables
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_bytes()))
        .collect();
    let outcome = read("x.zip", &zip_of(&files));
    assert_eq!(outcome.archive().columns_omitted, 1_800);
    let listed: usize = outcome
        .archive()
        .files
        .iter()
        .map(|file| file.table.as_ref().unwrap().columns.len())
        .sum();
    assert_eq!(listed, 4_500);
}

/// What Finder and Explorer put into folders: listed, hashed, and nothing comes of it.
#[test]
fn files_of_the_operating_system_are_passed_over() {
    let inner = zip_of(&[("b.csv", CSV), ("__MACOSX/._b.csv", b"\0\x05\x16\x07")]);
    let files: &[(&str, &[u8])] = &[
        ("a.csv", CSV),
        ("__MACOSX/._a.csv", b"\0\x05\x16\x07\0\x02\0\0"),
        ("__MACOSX/data/a.csv", CSV),
        (".DS_Store", b"\0\0\0\x01Bud1"),
        ("photos/Thumbs.db", b"\xd0\xcf\x11\xe0"),
        ("photos/desktop.ini", b"[.ShellClassInfo]\r\n"),
        ("._notes.txt", b"\0\x05\x16\x07"),
        (".Trashes/501/old.csv", CSV),
        ("inner.zip", &inner),
        ("__MACOSX/inner.zip", &inner),
    ];
    for package in [zip_of(files), tar_of(files)] {
        let outcome = read("a", &package);
        assert_eq!(outcome.contents.quarantine, None);
        assert_eq!(
            outcome.names(),
            ["tables/a.csv.parquet", "tables/inner.zip!/b.csv.parquet"]
        );
        let archive = outcome.archive();
        let passed_over: Vec<&str> = archive
            .files
            .iter()
            .filter(|file| file.is_passed_over())
            .map(|file| file.path.as_str())
            .collect();
        assert_eq!(
            passed_over,
            [
                "__MACOSX/._a.csv",
                "__MACOSX/data/a.csv",
                ".DS_Store",
                "photos/Thumbs.db",
                "photos/desktop.ini",
                "._notes.txt",
                ".Trashes/501/old.csv",
                "inner.zip!/__MACOSX/._b.csv",
                "__MACOSX/inner.zip",
                "__MACOSX/inner.zip!/b.csv",
                "__MACOSX/inner.zip!/__MACOSX/._b.csv",
            ]
        );
        let store = archive.files.iter().find(|file| file.path == ".DS_Store").unwrap();
        assert_eq!(store.sha256, relay_model::Sha256Digest::of(b"\0\0\0\x01Bud1"));
        assert_eq!((archive.entries, store.size_bytes), (14, 8));
        assert_eq!(archive.passes, 2);
    }
}

/// They are held to every rule for archives all the same.
#[test]
fn files_of_the_operating_system_are_scanned_like_others() {
    let rule = |name: &str, bytes: &[u8]| {
        let mut limits = relay_model::Limits::default();
        limits.archive.entry_bytes_max = 1_000;
        let package = zip_of(&[("a.csv", CSV), (name, bytes)]);
        let outcome = read_with("a.zip", &package, &OrganizationSettings::default(), &limits);
        outcome.rule().to_owned()
    };
    assert_eq!(rule("__MACOSX/._bomb", &[0; 1_001]), "archive_entry_too_large");
    assert_eq!(rule("__MACOSX/../../x", b""), "archive_name_dot_segment");
    assert_eq!(rule("A.CSV/.DS_Store", b""), "archive_name_case_duplicate");
    let program = read(
        "a.zip",
        &zip_of(&[("a.csv", CSV), ("__MACOSX/._x", b"#!/bin/sh\nrm -r /\n")]),
    );
    assert_eq!(program.reason().code, ReasonCode::EntryNotAllowed);
}

/// A rule of the organization may mean such a file.
#[test]
fn a_registered_table_is_read_whatever_it_is_called() {
    let schema = TableSchema {
        fields: vec![
            Field::new("station", FieldType::String),
            Field::new("degrees", FieldType::Number),
        ],
        missing_values: vec![String::new()],
    };
    let settings = OrganizationSettings {
        tables: vec![TableRule::new("daily.zip!/desktop.ini", schema)],
        ..OrganizationSettings::default()
    };
    let outcome = read_with(
        "daily.zip",
        &zip_of(&[("desktop.ini", CSV), ("Thumbs.db", CSV)]),
        &settings,
        &relay_model::Limits::default(),
    );
    assert_eq!(outcome.names(), ["tables/desktop.ini.parquet"]);
}

/// Threads and buffers for each of thousands of tiny tables took most of the time that they took.
#[test]
fn tiny_tables_are_read_on_the_threads_that_are_there() {
    let names: Vec<String> = (0..300).map(|table| format!("t{table}.csv")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), CSV)).collect();
    let long = [b"station,degrees\n".as_slice(), &b"A,1.5\n".repeat(100_000)].concat();
    assert_eq!(threads_that_read(&zip_of(&files)), 1);
    assert!(
        threads_that_read(&tar_of(&[("long.csv", &long)])) > 1,
        "a long table is read ahead"
    );
}
