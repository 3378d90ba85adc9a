//! The corpus of hostile and of good keys.

use std::collections::BTreeSet;

use relay_model::{Limits, ObjectKey, Organization, REASONS, Reason};
use relay_rules::{Decision, Facts, KEY_BYTES_MAX, KEY_SEGMENTS_MAX, check_key, check_organization, decide};
use serde_json::Value;

use crate::fixture;

pub fn registered() -> Vec<Organization> {
    [("org-001", true), ("org-003", true), ("org-off", false)]
        .map(|(id, enabled)| Organization {
            id: id.parse().unwrap(),
            enabled,
            added_at: relay_model::Timestamp::EPOCH,
            settings: relay_model::OrganizationSettings::default(),
            version: None,
        })
        .to_vec()
}

/// The path below the organization, or why the key may not enter.
pub fn verdict(key: &ObjectKey) -> Result<String, &'static str> {
    admit(key).map_err(|reason| reason.code.name())
}

// Decides by key and owner, as far as the envelope.
fn admit(key: &ObjectKey) -> Result<String, Reason> {
    let registered = registered();
    let mut facts = Facts::of(key);
    loop {
        match decide(&facts, &Limits::default()) {
            Decision::NeedsOrganization(id) => {
                assert!(facts.registered.is_none(), "asked twice");
                facts.registered = Some(registered.iter().find(|organization| organization.id == id).cloned());
            }
            Decision::NeedsEnvelope(organization) => {
                let safe = check_key(key).unwrap();
                assert_eq!(safe.organization_segment(), organization.id.as_str());
                return Ok(safe.path().to_owned());
            }
            Decision::Reject { reason, .. } => return Err(reason),
            Decision::Accept { .. } => unreachable!("{key} was accepted without an envelope"),
        }
    }
}

fn key_of(entry: &Value) -> ObjectKey {
    if let Some(key) = entry["key"].as_str() {
        return ObjectKey::new(key);
    }
    if let Some(digits) = entry["key_hex"].as_str() {
        return ObjectKey::new(String::from_utf8_lossy(&hex::decode(digits).unwrap()));
    }
    let repeat = &entry["repeat"];
    let text = |name: &str| repeat[name].as_str().unwrap().to_owned();
    let times = usize::try_from(repeat["times"].as_u64().unwrap()).unwrap();
    ObjectKey::new(text("prefix") + &text("unit").repeat(times) + &text("suffix"))
}

#[test]
fn every_hostile_key_is_refused_for_its_own_reason() {
    let corpus = fixture("keys/hostile.json");
    for entry in corpus.as_array().unwrap() {
        let key = key_of(entry);
        assert_eq!(
            verdict(&key),
            Err(entry["reason"].as_str().unwrap()),
            "{key}: {}",
            entry["why"]
        );
    }
}

#[test]
fn every_reason_on_names_and_owners_is_in_the_corpus() {
    let corpus = fixture("keys/hostile.json");
    let entries = corpus.as_array().unwrap();
    assert!(entries.len() >= 200, "{}", entries.len());
    let covered: BTreeSet<&str> = entries.iter().map(|entry| entry["reason"].as_str().unwrap()).collect();
    let names = REASONS.iter().map(|entry| entry.name);
    let expected: BTreeSet<&str> = names
        .filter(|name| name.starts_with("key_") || name.starts_with("organization_"))
        .collect();
    assert_eq!(covered, expected);
}

#[test]
fn every_good_key_is_accepted_as_it_is() {
    let corpus = fixture("keys/accepted.json");
    for entry in corpus.as_array().unwrap() {
        let key = key_of(entry);
        let path = key.as_str().split_once('/').unwrap().1.to_owned();
        assert_eq!(verdict(&key), Ok(path), "{key}: {}", entry["why"]);
    }
}

#[test]
fn a_refusal_names_the_place_and_escapes_what_it_shows() {
    let text = |key: &str| admit(&ObjectKey::new(key)).unwrap_err().text;
    assert_eq!(
        text("org-001/a\u{202e}b"),
        "U+202E at byte 9 changes the direction of text"
    );
    assert_eq!(text("org-001/a/../b"), "segment 3 is '.' or '..'");
    assert_eq!(
        text("org-001/a/e\u{301}"),
        "segment 3 is not in Unicode normalization form C"
    );
    assert_eq!(
        text("ORG-001/a"),
        "'ORG-001' is not the id of a registered organization; ids have no upper-case letters"
    );
    assert_eq!(
        text("org-004/a"),
        "'org-004' is not the id of a registered organization"
    );
    assert!(text("org-001 /a").ends_with("white space at an end"));
    assert!(text("о\u{440}g-001/a").contains("look like ASCII letters"));
    assert!(text("org-00\u{ff11}/a").contains("only look like ASCII"));
    assert!(text("org_1/a").contains("lower-case letters, digits and hyphens"));
    let shown = text(&format!("{}/a", "x".repeat(900)));
    assert!(shown.len() < 250, "{shown}");
    assert!(shown.starts_with(&format!("'{}…' is not", "x".repeat(80))), "{shown}");
}

#[test]
fn an_organization_is_judged_without_the_key_rules_too() {
    let organization = registered().remove(0);
    assert!(check_organization("org-001", Some(&organization)).is_ok());
    // A registry that finds something for another name (folding case, say) is not believed.
    let refused = check_organization("ORG-001", Some(&organization)).unwrap_err();
    assert_eq!(refused.code.name(), "organization_unknown");
    assert!(!refused.text.contains("org-001"), "{}", refused.text);
    let refused = check_organization("a\u{202e}b\n", None).unwrap_err();
    assert!(refused.text.starts_with("'a\\u{202e}b\\n' is not"), "{}", refused.text);
}

#[test]
fn a_safe_key_gives_its_parts() {
    let key = ObjectKey::new("org-001/a/b.csv");
    let safe = check_key(&key).unwrap();
    assert_eq!(
        (safe.key(), safe.organization_segment(), safe.path()),
        (&key, "org-001", "a/b.csv")
    );
}

// The limits themselves are good, one more is not; the corpus holds the same at other lengths.
#[test]
fn the_limits_are_where_their_constants_say() {
    let code = |key: String| {
        check_key(&ObjectKey::new(key))
            .map(|_| ())
            .map_err(|reason| reason.code.name())
    };
    let of_bytes = |bytes: usize| "o/".to_owned() + &"x".repeat(bytes - 2);
    assert_eq!(code(of_bytes(KEY_BYTES_MAX)), Ok(()));
    assert_eq!(code(of_bytes(KEY_BYTES_MAX + 1)), Err("key_too_long"));
    assert_eq!(code(vec!["x"; KEY_SEGMENTS_MAX].join("/")), Ok(()));
    assert_eq!(
        code(vec!["x"; KEY_SEGMENTS_MAX + 1].join("/")),
        Err("key_too_many_segments")
    );
}

// When several rules are broken, the one that stands first in the table of reasons is named.
#[test]
fn the_rules_are_applied_in_the_order_of_the_table() {
    let breaking = [
        ("key_not_utf8", "\u{FFFD}"),
        ("key_control_character", "\u{7}"),
        ("key_bidi_control", "\u{202E}"),
        ("key_invisible_character", "\u{200B}"),
        ("key_not_normal", "e\u{301}"),
        ("key_backslash", "\\"),
        ("key_empty_segment", "//"),
        ("key_dot_segment", "/../"),
        ("key_encoded_traversal", "/%2e/"),
        ("key_lookalike_separator", "\u{FF0F}"),
    ];
    for (index, (first, text)) in breaking.iter().enumerate() {
        for (_, later) in &breaking[index..] {
            let key = ObjectKey::new(format!("org-001/a{later}b{text}c"));
            assert_eq!(check_key(&key).unwrap_err().code.name(), *first, "{key}");
        }
    }
    let positions = breaking.map(|(name, _)| REASONS.iter().position(|entry| entry.name == name).unwrap());
    assert!(positions.is_sorted());
}

/// What people type on telephones: the invisible characters in an emoji are parts of it.
#[test]
fn emoji_are_ordinary_characters() {
    for name in [
        "❤\u{FE0F}.csv",
        "☎\u{FE0E} list.csv",
        "a❤\u{FE0F}\u{200D}🔥b.csv",
        "👩\u{200D}💻.csv",
        "👨\u{200D}👩\u{200D}👧\u{200D}👦.csv",
        "👍🏽.csv",
        "👩🏽\u{200D}🚀 👩🏿\u{200D}❤\u{FE0F}\u{200D}💋\u{200D}👩🏻.csv",
        "🏳\u{FE0F}\u{200D}🌈.csv",
        "🕵\u{FE0F}\u{200D}♀\u{FE0F}.csv",
        "1\u{FE0F}\u{20E3} #\u{FE0F}\u{20E3} *\u{FE0F}\u{20E3}.csv",
        "©\u{FE0F} ™\u{FE0F} ‼\u{FE0F}.csv",
        "🇩🇪.csv",
        "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}.csv",
    ] {
        let found = verdict(&ObjectKey::new(format!("org-001/{name}")));
        assert!(found.is_ok(), "{name:?}: {found:?}");
    }
}

#[test]
fn invisible_characters_that_are_no_part_of_an_emoji_are_refused() {
    for name in [
        "\u{FE0F}.csv",
        "a\u{FE0F}.csv",
        "1\u{FE0F}.csv",
        "1\u{FE0F}1.csv",
        "❤\u{FE0F}\u{FE0F}.csv",
        "❤\u{FE0F}\u{FE0E}.csv",
        "❤\u{FE01}.csv",
        "❤\u{200D}.csv",
        "❤\u{200D}a.csv",
        "❤\u{200D}\u{200D}🔥.csv",
        "❤/\u{FE0F}.csv",
        "\u{200D}❤.csv",
        "a\u{200D}❤.csv",
        "❤\u{200B}.csv",
        "❤\u{200C}❤.csv",
        "👍🏽\u{FE0F}.csv",
        // Tags spell what nobody sees; a flag that is not in use, and one that is cut short.
        "🏴\u{E0068}\u{E0069}\u{E007F}.csv",
        "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}.csv",
        "🏳\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}.csv",
        "❤\u{E0061}.csv",
    ] {
        let found = verdict(&ObjectKey::new(format!("org-001/{name}")));
        assert_eq!(found, Err("key_invisible_character"), "{name:?}");
    }
}
