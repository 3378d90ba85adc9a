//! Archives that are set aside: with the rule, the place, and not one result.

use relay_model::{Limits, OrganizationSettings, ReasonCode};

use crate::support::*;

#[test]
fn a_broken_archive_is_set_aside_by_its_rule() {
    let sound = zip_of(&[("a.csv", b"a,b\n1,2\n"), ("d/b.csv", b"a,b\n1,2\n")]);
    let mut damaged = sound.clone();
    let at = damaged.len() - 30;
    damaged[at] ^= 1;
    let table = [
        (damaged, "archive_zip_directory_mismatch"),
        (sound[..sound.len() - 5].to_vec(), "archive_truncated"),
        ([sound.clone(), b"tail".to_vec()].concat(), "archive_trailing_bytes"),
        (zip_of(&[("a", b""), ("A", b"")]), "archive_name_case_duplicate"),
    ];
    for (package, rule) in table {
        let outcome = read("x.zip", &package);
        assert_eq!(outcome.reason().code, ReasonCode::ArchiveRefused);
        assert_eq!(outcome.rule(), rule);
        assert_eq!(outcome.names(), Vec::<&str>::new());
        assert_eq!(outcome.contents.summary.archive(), None);
    }
}

#[test]
fn limits_on_archives_are_those_of_the_settings() {
    let package = zip_of(&[("a", b"1"), ("b", b"2"), ("c", b"3")]);
    let mut limits = Limits::default();
    limits.archive.entries_max = 2;
    let outcome = read_with("x.zip", &package, &OrganizationSettings::default(), &limits);
    assert_eq!(outcome.rule(), "archive_too_many_entries");
    assert!(
        outcome.reason().text.contains("entries_max"),
        "{}",
        outcome.reason().text
    );
}

#[test]
fn programs_do_not_pass_in_an_archive_either() {
    let script: &[u8] = b"#!/bin/sh\necho hello\n";
    let inner = tar_of(&[("bin/run.csv", script)]);
    for (package, place) in [
        (zip_of(&[("a.csv", b"a,b\n1,2\n"), ("run.txt", script)]), "run.txt"),
        (zip_of(&[("in.tar", &inner)]), "in.tar!/bin/run.csv"),
    ] {
        let outcome = read("x.zip", &package);
        assert_eq!(outcome.reason().code, ReasonCode::EntryNotAllowed);
        assert!(outcome.reason().text.starts_with(place), "{}", outcome.reason().text);
        assert_eq!(outcome.names(), Vec::<&str>::new());
    }
}

#[test]
fn a_compressed_file_must_unpack_to_its_end_whoever_reads_it() {
    let text = gzip(b"Dear all,\nthis is no table.\n");
    assert_eq!(read("letter.gz", &text).contents.quarantine, None);
    let cut = &text[..text.len() - 9];
    for package in [cut.to_vec(), zip_of(&[("letter.gz", cut)])] {
        let outcome = read("x", &package);
        assert_eq!(outcome.reason().code, ReasonCode::CompressionCorrupt);
        assert_eq!(outcome.names(), Vec::<&str>::new());
    }
    let mut limits = Limits::default();
    limits.table.unpacked_bytes_max = 1_000_000;
    let bomb = gzip(&vec![0; 1_000_001]);
    for package in [bomb.clone(), zip_of(&[("zeros.gz", &bomb)])] {
        let outcome = read_with("x", &package, &OrganizationSettings::default(), &limits);
        assert_eq!(outcome.reason().code, ReasonCode::UnpackedTooLarge);
        assert_eq!(outcome.names(), Vec::<&str>::new());
    }
}
