//! What first bytes are: every kind, and text that is easily mistaken.

use proptest::prelude::*;
use relay_rules::{CONTENT_PREFIX_BYTES, Content, sniff};

fn whole(bytes: &[u8]) -> Content {
    sniff(bytes, true)
}

fn dos_header(pe_offset: u32, signature: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x90; 0x3C];
    bytes[..2].copy_from_slice(b"MZ");
    bytes[5] = 0;
    bytes.extend(pe_offset.to_le_bytes());
    bytes.resize(pe_offset as usize, 0);
    bytes.extend(signature);
    bytes
}

fn tar_header() -> Vec<u8> {
    let mut bytes = vec![0; 512];
    bytes[..5].copy_from_slice(b"a.csv");
    bytes[257..263].copy_from_slice(b"ustar\0");
    bytes
}

#[test]
fn every_kind_is_recognized() {
    let samples: Vec<(Content, Vec<u8>)> = vec![
        (Content::Empty, vec![]),
        (Content::Csv, b"a,b\n1,2\n".to_vec()),
        (Content::JsonLines, b"{\"a\":1}\n{\"a\":2}\n".to_vec()),
        (Content::Json, b"{\n  \"a\": 1\n}\n".to_vec()),
        (Content::Text, b"Dear Sir or Madam\n".to_vec()),
        (Content::TextUtf16, b"\xFF\xFEa\0,\0".to_vec()),
        (Content::Gzip, b"\x1F\x8B\x08\0\0".to_vec()),
        (Content::Zstd, b"\x28\xB5\x2F\xFD\x24".to_vec()),
        (Content::Zstd, b"\x50\x2A\x4D\x18\x04\0\0\0".to_vec()),
        (Content::Bzip2, b"BZh91AY&SY".to_vec()),
        (Content::Bzip2, b"BZh9\x17\x72\x45\x38\x50\x90\0\0\0\0".to_vec()),
        (Content::Xz, b"\xFD7zXZ\0\0".to_vec()),
        (Content::Zip, b"PK\x03\x04\x14\0".to_vec()),
        (Content::Tar, tar_header()),
        (Content::Parquet, b"PAR1\x15\x04".to_vec()),
        (Content::Parquet, b"PARE\x24\0\0\0".to_vec()),
        (Content::Sqlite, b"SQLite format 3\0\x10".to_vec()),
        (Content::Pdf, b"%PDF-1.7\n".to_vec()),
        (Content::Png, b"\x89PNG\r\n\x1A\n\0".to_vec()),
        (Content::Jpeg, b"\xFF\xD8\xFF\xE0".to_vec()),
        (Content::Gif, b"GIF89a\x01".to_vec()),
        (Content::Elf, b"\x7FELF\x02\x01".to_vec()),
        (Content::MachO, b"\xCF\xFA\xED\xFE\x07".to_vec()),
        (Content::MachO, b"\xCA\xFE\xBA\xBE\0\0\0\x02".to_vec()),
        (Content::MachO, b"\xCA\xFE\xBA\xBF\0\0\0\x02".to_vec()),
        (Content::JavaClass, b"\xCA\xFE\xBA\xBE\0\0\0\x41".to_vec()),
        (Content::WindowsExecutable, dos_header(0x80, b"PE\0\0")),
        (Content::WindowsExecutable, b"MZ\x90\0\x03".to_vec()),
        (Content::Wasm, b"\0asm\x01\0\0\0".to_vec()),
        (Content::WindowsExecutable, dos_header(0x8000, b"PE\0\0")),
        (Content::WindowsExecutable, dos_header(0x80, b"NE\0\0")),
        (Content::Script, b"#!/bin/sh\n".to_vec()),
        (Content::Script, b"\xEF\xBB\xBF#! /usr/bin/env python3\n".to_vec()),
        (Content::Binary, b"\x01\x02\x03\xFF".to_vec()),
    ];
    for (expected, bytes) in &samples {
        assert_eq!(whole(bytes), *expected, "{}", bytes.escape_ascii());
    }
    for content in Content::ALL {
        assert!(
            samples.iter().any(|(sample, _)| sample == content),
            "{}",
            content.name()
        );
    }
}

#[test]
fn tables_as_people_send_them() {
    let tables = [
        "faa,name,lat\n04G,\"Lansdowne, Airport\",41.13\n06A,\"Moton \"\"Field\"\"\",32.4\n",
        "tailnum,year,speed\nN10156,2004,NA\nN102UW,1998,NA\n",
        "a;b\n1,5;2\n3,0;4\n",
        "a\tb\r\n1\t2\r\n",
        "a|b\n1|2\n\n3|4\n",
        "\u{FEFF}a,b\n1,2\n",
        "a,b",
        "a,\"line\nbreak\"\n1,\"two\nlines\"\n",
        "origin,year,temp,time_hour\nEWR,2013,39.02,2013-01-01T06:00:00Z\nEWR,2013,39.92,2013-01-01T07:00:00Z\n",
        // An index column without a name, as pandas writes it; years as names.
        ",a,b\n0,1,2\n",
        "country,2019,2020\nNO,1,2\n",
        "größe;maß\n1;2\n",
        // As programs write it.
        "name\u{1}city\nAda, B.\u{1}Ulm\n",
        "name\u{1f}city\nAda, B.\u{1f}Ulm\n",
        // Doubled quotes before a comma inside quotes.
        "name,note\n1,\"say \"\"hi\"\", twice, or thrice\"\n2,\"\"\"\"\n",
        // Names that begin like the magic numbers of binary formats.
        "PAR1,PAR2\n1,2\n",
        "BZh1,b\n1,2\n",
        "MZ,b\n1,2\n",
        // One bad row in four does not make it prose.
        "a,b\n1,2\n3\n4,5\n",
    ];
    for table in tables {
        assert_eq!(whole(table.as_bytes()), Content::Csv, "{table}");
    }
}

#[test]
fn a_table_in_another_encoding_is_still_a_table_and_other_bytes_are_not() {
    assert_eq!(whole(b"name,city\nM\xFCller,K\xF6ln\n"), Content::Csv);
    assert_eq!(whole(b"M\xFCller\nK\xF6ln\n"), Content::Binary);
    assert_eq!(whole(b"name,city\nM\xFCller,\x01\n"), Content::Binary);
    assert_eq!(whole(b"name\x1Fcity\nM\xFCller\x1FUlm\n"), Content::Csv);
    assert_eq!(whole(b"name\x01city\nM\xFCller\x01Ulm\x1F\n"), Content::Binary);
    assert_eq!(whole(b"\x01ACTION waves\x01\nand leaves\n"), Content::Binary);
}

#[test]
fn text_that_is_no_table() {
    let texts = [
        "# Title\n\nSome words, and more.\n- a list\n- of things\n",
        "2026-01-31 08:15:00 INFO started\n2026-01-31 08:15:01 WARN slow, very slow, id=7\n",
        "fn main() {\n    println!(\"{}, {}\", 1, 2);\n}\n",
        "Tyger Tyger, burning bright,\nIn the forests of the night;\nWhat immortal hand or eye,\nCould frame thy fearful symmetry?\n",
        "2026-01-31 08:15:00,123 INFO started\n2026-01-31 08:15:01,004 WARN slow\n2026-01-31 08:15:02,9 INFO up\n",
        "import a.b;\nimport c.d;\nimport e.f;\n",
        "#![forbid(unsafe_code)]\nuse std::fmt;\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "Roses are red, violets are blue,\nSugar is sweet, and so are you.\n",
        "Roses are red, violets are blue\nSugar is sweet, and so are you\n",
        "Dear Sir, thank you.\n",
        "a,a\n",
        // Without a header there are no names: the first row would be lost as one.
        "1,2\n3,4\n",
        "one\ntwo\nthree\n",
        "no line break at all",
        "{ this is no JSON }\n",
    ];
    for text in texts {
        assert_eq!(whole(text.as_bytes()), Content::Text, "{text}");
    }
}

#[test]
fn a_table_that_is_wider_than_the_prefix_is_known_by_its_names() {
    let names = |count: usize| {
        (0..count)
            .map(|index| format!("column_{index}"))
            .collect::<Vec<_>>()
            .join(",")
    };
    let cut = |text: &str| sniff(&text.as_bytes()[..CONTENT_PREFIX_BYTES], false);
    // The header is there, its first row is not.
    assert_eq!(
        cut(&format!("{}\n{}\n", names(300), "1234567890,".repeat(300))),
        Content::Csv
    );
    // Not even the header is.
    assert_eq!(cut(&names(600)), Content::Csv);
    // One sentence of six hundred clauses.
    let clauses: Vec<String> = (0..600).map(|index| format!("clause {index}")).collect();
    assert_eq!(cut(&clauses.join(", ")), Content::Text);
    // A paragraph without a line break.
    assert_eq!(cut(&"Some words, and more, then a name, ".repeat(200)), Content::Text);
    assert_eq!(
        cut(&format!("Dear all, this is long.\n{}", "word ".repeat(1_000))),
        Content::Text
    );
}

#[test]
fn json_in_its_three_shapes() {
    assert_eq!(whole(b"[{\"a\":1},{\"a\":2}]"), Content::Json);
    assert_eq!(whole(b"{\"a\":1}"), Content::JsonLines);
    assert_eq!(whole("\u{FEFF}[1, 2]".as_bytes()), Content::Json);
    // Cut off: more may follow after the prefix, not after the end.
    assert_eq!(sniff(b"[\n  {\"a\": 1", false), Content::Json);
    assert_eq!(whole(b"[\n  {\"a\": 1"), Content::Text);
    assert_eq!(whole(b"\n{\"a\":1}\r\n{\"b\":2}\r\n"), Content::JsonLines);
    // A single object that is longer than the prefix.
    let long = format!("{{\"a\":\"{}", "x".repeat(CONTENT_PREFIX_BYTES));
    assert_eq!(
        sniff(&long.as_bytes()[..CONTENT_PREFIX_BYTES], false),
        Content::JsonLines
    );
}

#[test]
fn the_end_of_the_prefix_decides_nothing() {
    let text = "größe,maß\n".to_owned() + &"ä,ö\n".repeat(2_000);
    for length in 20..60 {
        assert_eq!(sniff(&text.as_bytes()[..length], false), Content::Csv, "{length}");
    }
    // The same cut at the true end is an error of the file.
    assert_eq!(whole(&text.as_bytes()[..3]), Content::Binary);
    // Bytes amid the prefix that are not UTF-8 are no cut.
    assert_eq!(sniff(b"caf\xE9, na\xEFf and more\n", false), Content::Binary);
    // One enormous line tells nothing about columns.
    assert_eq!(sniff(&b"a,b,c,".repeat(700), false), Content::Text);
    assert_eq!(whole(b"MZ is how this sentence begins\n"), Content::Text);
}

proptest! {
    #[test]
    fn no_bytes_make_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..600), is_whole in any::<bool>()) {
        let _ = sniff(&bytes, is_whole);
    }

    #[test]
    fn a_magic_number_is_not_overruled_by_what_follows(tail in prop::collection::vec(any::<u8>(), 0..100)) {
        prop_assert_eq!(sniff(&[b"PK\x03\x04".as_slice(), &tail].concat(), true), Content::Zip);
    }
}
