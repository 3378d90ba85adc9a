//! Envelopes: each rule broken alone, at its limit and one beyond.

use relay_model::{Limits, OrganizationSettings, Sha256Digest};
use relay_rules::{CONTENT_PREFIX_BYTES, Content, Envelope, check_envelope};

const PREFIX: &[u8] = b"a,b\n1,2\n";

fn good() -> Envelope<'static> {
    Envelope {
        size_bytes: 8,
        announced_size_bytes: Some(8),
        sha256: Some(Sha256Digest::of(PREFIX)),
        declared_sha256: None,
        encrypted_as_expected: None,
        file_name: "a.csv",
        prefix: PREFIX.into(),
    }
}

fn verdict(envelope: &Envelope<'_>) -> Result<Content, &'static str> {
    let limits = Limits {
        object_bytes_max: 1_000,
        ..Limits::default()
    };
    let settings = OrganizationSettings {
        object_bytes_max: Some(100),
        ..OrganizationSettings::default()
    };
    check_envelope(envelope, &limits, &settings).map_err(|reason| reason.code.name())
}

#[test]
fn a_good_envelope_is_accepted_with_its_content() {
    assert_eq!(verdict(&good()), Ok(Content::Csv));
    assert_eq!(
        verdict(&Envelope {
            announced_size_bytes: None,
            sha256: None,
            ..good()
        }),
        Ok(Content::Csv)
    );
    assert_eq!(
        verdict(&Envelope {
            encrypted_as_expected: Some(true),
            ..good()
        }),
        Ok(Content::Csv)
    );
    assert_eq!(
        verdict(&Envelope {
            declared_sha256: good().sha256,
            ..good()
        }),
        Ok(Content::Csv)
    );
    let other = Some(Sha256Digest::of(b"other"));
    assert_eq!(
        verdict(&Envelope {
            declared_sha256: other,
            sha256: None,
            ..good()
        }),
        Ok(Content::Csv)
    );
}

#[test]
fn each_rule_has_its_own_reason() {
    let other = Some(Sha256Digest::of(b"other"));
    let refused = [
        (
            Envelope {
                size_bytes: 0,
                announced_size_bytes: None,
                prefix: (b"").as_slice().into(),
                ..good()
            },
            "object_empty",
        ),
        (
            Envelope {
                size_bytes: 101,
                announced_size_bytes: Some(101),
                ..good()
            },
            "object_too_large",
        ),
        (
            Envelope {
                announced_size_bytes: Some(9),
                ..good()
            },
            "object_size_mismatch",
        ),
        (
            Envelope {
                encrypted_as_expected: Some(false),
                ..good()
            },
            "object_encryption_unexpected",
        ),
        (
            Envelope {
                declared_sha256: other,
                ..good()
            },
            "checksum_mismatch",
        ),
        (
            Envelope {
                prefix: (b"#!/bin/sh").as_slice().into(),
                ..good()
            },
            "content_not_allowed",
        ),
        (
            Envelope {
                prefix: (b"\x7FELF").as_slice().into(),
                file_name: "a.bin",
                ..good()
            },
            "content_not_allowed",
        ),
        (
            Envelope {
                prefix: (b"PK\x03\x04").as_slice().into(),
                ..good()
            },
            "content_type_mismatch",
        ),
    ];
    for (envelope, reason) in refused {
        assert_eq!(verdict(&envelope), Err(reason));
    }
}

#[test]
fn the_smaller_limit_counts_and_the_limit_itself_is_allowed() {
    let sized = |bytes| Envelope {
        size_bytes: bytes,
        announced_size_bytes: None,
        ..good()
    };
    assert!(verdict(&sized(100)).is_ok());
    let limits = Limits {
        object_bytes_max: 50,
        ..Limits::default()
    };
    let generous = OrganizationSettings {
        object_bytes_max: Some(1_000),
        ..OrganizationSettings::default()
    };
    assert!(check_envelope(&sized(50), &limits, &generous).is_ok());
    assert!(check_envelope(&sized(51), &limits, &generous).is_err());
    let refused = check_envelope(&sized(51), &limits, &OrganizationSettings::default()).unwrap_err();
    assert_eq!(
        refused.text,
        "the package has 51 bytes, 50 are allowed (object_bytes_max)"
    );
}

#[test]
fn names_that_contradict_the_first_bytes_and_names_that_do_not() {
    let zip: &[u8] = b"PK\x03\x04";
    let gzip: &[u8] = b"\x1F\x8B\x08";
    let text: &[u8] = b"words\n";
    for (name, prefix, is_fine) in [
        ("a.csv", text, true),
        ("a.CSV", zip, false),
        ("a.json", PREFIX, true),
        ("a.jsonl", gzip, false),
        ("a.csv.gz", gzip, true),
        ("a.csv.gz", PREFIX, false),
        ("a.tgz", gzip, true),
        ("a.zst", b"\x28\xB5\x2F\xFD", true),
        ("a.zst", gzip, false),
        ("a.zip", zip, true),
        ("a.zip", text, false),
        ("a.parquet", b"PAR1\x15\x04", true),
        ("a.pdf", b"%PDF-1", true),
        ("a.pdf", text, false),
        ("a.png", b"\x89PNG\r\n\x1A\n", true),
        ("a.jpg", b"\xFF\xD8\xFF", true),
        ("a.jpeg", b"GIF89a", false),
        ("a.gif", b"GIF89a", true),
        ("a.bz2", b"BZh91AY&SY", true),
        ("a.xz", b"\xFD7zXZ\0", true),
        ("a.tar", text, false),
        ("a.tar", b"\x01\x02", true),
        ("a.xlsx", zip, true),
        // Latin-1, and terminal colours: not UTF-8 text, and no contradiction.
        ("a.csv", b"name,x\ncaf\xE9,1\n", true),
        ("a.txt", b"\x1B[32mup\x1B[0m\n", true),
        ("a.csv", b"\x01\x02\0\0", false),
        ("lib.rs", b"#![forbid(unsafe_code)]\n", true),
        ("csv", zip, true),
        (".csv", zip, true),
        ("a.", zip, true),
    ] {
        let verdict = verdict(&Envelope {
            file_name: name,
            prefix: prefix.into(),
            ..good()
        });
        assert_eq!(verdict.is_ok(), is_fine, "{name}: {verdict:?}");
    }
}

#[test]
fn whether_the_prefix_is_all_there_is_follows_from_the_size() {
    let long = "ä ö\n".repeat(CONTENT_PREFIX_BYTES);
    // Six bytes a row: one byte more than whole rows ends amid a character.
    let prefix = &long.as_bytes()[..=6 * 600];
    let of_size = |size_bytes| Envelope {
        size_bytes,
        announced_size_bytes: None,
        prefix: prefix.into(),
        ..good()
    };
    let judge = |envelope| check_envelope(&envelope, &Limits::default(), &OrganizationSettings::default());
    assert_eq!(judge(of_size(long.len() as u64)), Ok(Content::Text));
    assert_eq!(judge(of_size(prefix.len() as u64)), Ok(Content::Binary));
}

#[test]
fn an_object_that_vanished_before_it_was_read_contradicts_nothing() {
    for name in ["a.csv", "a.csv.gz", "a.pdf"] {
        let vanished = Envelope {
            file_name: name,
            prefix: (b"").as_slice().into(),
            ..good()
        };
        assert_eq!(verdict(&vanished), Ok(Content::Empty), "{name}");
    }
}
