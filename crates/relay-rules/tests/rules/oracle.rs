//! Accepted ⇔ byte-equal to a registered id and every rule holds: a second, naive reading of the rules.

use proptest::prelude::*;
use relay_model::ObjectKey;

use crate::keys::verdict;

// Written from the text of the rules, one after the other, without looking at how the crate does it.
fn may_enter(key: &str) -> bool {
    let segments: Vec<&str> = key.split('/').collect();
    let is_registered = ["org-001", "org-003"].contains(&segments[0]);
    let has_good_characters = key.chars().all(|c| {
        let code = u32::from(c);
        let is_control = code < 0x20 || (0x7F..=0x9F).contains(&code) || code == 0x2028 || code == 0x2029;
        // The alphabet of the generator has these special characters, and no others.
        !is_control && !"\u{FFFD}\u{202E}\u{200B}\u{FEFF}\u{301}\\".contains(c)
    });
    let has_good_segments = segments.iter().all(|segment| {
        let lower = segment.to_lowercase();
        let hides = ["%2f", "%2e", "%00", "%5c", "%25"]
            .iter()
            .any(|escape| lower.contains(escape));
        // Encodings alone decide whether they hide a step; the generator is checked by the exact rule below.
        !segment.is_empty()
            && *segment != "."
            && *segment != ".."
            && (!hides || !hides_a_step(&lower.replace('．', ".")))
    });
    let has_lookalikes = key.contains(['／', '．'])
        && segments.iter().any(|segment| {
            let folded = segment.replace('．', ".");
            segment.contains('／') || folded == "." || folded == ".."
        });
    is_registered
        && segments.len() >= 2
        && segments.len() <= 32
        && key.len() <= 1024
        && has_good_characters
        && has_good_segments
        && !has_lookalikes
}

fn hides_a_step(lower: &str) -> bool {
    let mut text = lower.to_owned();
    for _ in 0..5 {
        // The escapes of the generator, undone in one sweep from left to right.
        let mut next = String::new();
        let mut rest = text.as_str();
        while let Some(c) = rest.chars().next() {
            let escapes = [("%2f", '/'), ("%2e", '.'), ("%00", '\0'), ("%5c", '\\'), ("%25", '%')];
            if let Some((escape, plain)) = escapes.into_iter().find(|(escape, _)| rest.starts_with(escape)) {
                next.push(plain);
                rest = &rest[escape.len()..];
            } else {
                next.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        if next == text {
            return false;
        }
        if next == "." || next == ".." || next.contains(['/', '\\', '\0']) {
            return true;
        }
        text = next;
    }
    true
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[a-c]{1,3}",
        2 => Just("org-001".to_owned()),
        1 => Just("org-003".to_owned()),
        1 => Just("org-off".to_owned()),
        1 => Just("ORG-001".to_owned()),
        1 => Just(".".to_owned()),
        1 => Just("..".to_owned()),
        1 => prop::sample::select(vec!["%2e", "%2F", "%2f", "%00", "%5c", "%25", "%252e"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["\u{FFFD}", "\u{202E}", "\u{200B}", "\u{FEFF}", "e\u{301}", "\\", "\n", "\u{85}", "\u{2028}"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["／", "．", "．．", "ü", " ", "+", "é"]).prop_map(str::to_owned),
        1 => Just(String::new()),
    ]
}

fn key() -> impl Strategy<Value = String> {
    let segment = prop::collection::vec(piece(), 1..3)
        .prop_map(|pieces| pieces.concat())
        .boxed();
    let first = prop_oneof![3 => Just("org-001".to_owned()), 1 => segment.clone()];
    let rest =
        prop_oneof![20 => prop::collection::vec(segment.clone(), 0..4), 1 => prop::collection::vec(segment, 28..36)];
    (first, rest, prop_oneof![30 => 0_usize..3, 1 => 1000_usize..1030]).prop_map(|(first, rest, padding)| {
        let mut segments = vec![first];
        segments.extend(rest);
        segments.join("/") + &"x".repeat(padding)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn a_key_is_accepted_exactly_when_every_rule_holds(key in key()) {
        let found = verdict(&ObjectKey::new(key.clone()));
        prop_assert_eq!(found.is_ok(), may_enter(&key), "{:?}: {:?}", key, found);
    }

    #[test]
    fn no_text_at_all_makes_a_panic(key in any::<String>()) {
        let _ = verdict(&ObjectKey::new(key));
    }

    #[test]
    fn an_accepted_key_starts_with_a_registered_organization(key in "(org-001|org-003|org-00[0-9]|Org-001)/[ -~]{1,20}") {
        if verdict(&ObjectKey::new(key.clone())).is_ok() {
            prop_assert!(key.starts_with("org-001/") || key.starts_with("org-003/"));
        }
    }
}
