//! Keys: what may enter keeps every rule by a second, naive reading; a refusal names a place and never redraws a line.

use relay_model::{Limits, ObjectKey};
use relay_rules::{Decision, Facts, KEY_BYTES_MAX, KEY_SEGMENTS_MAX, check_key, decide};
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

use crate::text::assert_shown;

pub const WORDS: &[&[u8]] = &[
    b"org-001/",
    b"/",
    b"..",
    b"%2e",
    b"%2F",
    b"%252e",
    b"%u002e",
    b"%c0%ae",
    b"%00",
    b"\\",
    "．".as_bytes(),
    "／".as_bytes(),
    "․".as_bytes(),
    "\u{202e}".as_bytes(),
    "\u{200b}".as_bytes(),
    "\u{301}".as_bytes(),
    b"\xc0\xae",
];

pub fn seeds() -> Vec<Vec<u8>> {
    let keys = [
        "org-001/a.csv",
        "org-001/reports/quarter 1, größer.csv",
        "org-003/..%2f..%2forg-001%2fplanes.csv",
        "ORG-001/a",
        "org-001",
        "/a",
        "org-001//a",
        "org-001/./a",
        "org-001/%25252e%25252e/a",
        "org-001/．．/a",
        "org-001/a\u{202e}gpj.csv",
        "org-001/e\u{301}",
        "org-\u{43e}-001/a",
    ];
    let mut seeds: Vec<Vec<u8>> = keys.iter().map(|key| key.as_bytes().to_vec()).collect();
    seeds.push([b"org-001/".to_vec(), b"x/".repeat(31), b"y".repeat(900)].concat());
    seeds.push([b"org-001/".to_vec(), b"x".repeat(1_016)].concat());
    seeds
}

pub fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input).into_owned();
    let key = ObjectKey::new(text.clone());
    assert_shown(&key.to_string().chars().take(1_000).collect::<String>());
    match check_key(&key) {
        Ok(safe) => {
            assert_eq!(format!("{}/{}", safe.organization_segment(), safe.path()), text);
            assert_safe(&text);
        }
        Err(reason) => {
            assert_shown(&reason.text);
            assert!(!reason.code.name().is_empty());
        }
    }
    // Nobody is registered.
    let facts = Facts {
        registered: Some(None),
        ..Facts::of(&key)
    };
    match decide(&facts, &Limits::default()) {
        Decision::Reject { reason, .. } => assert_shown(&reason.text),
        other => panic!("{text:?} was not rejected: {other:?}"),
    }
}

/// Each rule as a sentence, tried on the text and on what naive programs make of it.
fn assert_safe(text: &str) {
    assert!(text.len() <= KEY_BYTES_MAX && text.split('/').count() <= KEY_SEGMENTS_MAX);
    assert!(is_nfc(text) && !text.contains('\u{FFFD}'));
    let mut seen = text.to_owned();
    for _ in 0..8 {
        for form in [seen.clone(), seen.nfkc().collect()] {
            assert!(!form.contains(['\\', '\0', '\n']), "{text:?} becomes {form:?}");
            let steps = |segment: &str| matches!(segment, "" | "." | "..");
            assert!(!form.split('/').any(steps), "{text:?} becomes {form:?}");
            assert_eq!(
                form.matches('/').count(),
                text.matches('/').count(),
                "{text:?} becomes {form:?}"
            );
        }
        seen = decoded(&seen);
    }
}

/// What a program makes of it that undoes percent-encoding once, and takes what is no UTF-8 for nothing special.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let digits = tail.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let value = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(value) = value.filter(|_| *first == b'%') {
            bytes.push(value);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
