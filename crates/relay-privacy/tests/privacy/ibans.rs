//! Account numbers of every country, made from the registry's structures.

use relay_privacy::{DataClass, Forms, find_strays};

use crate::people;
use crate::random::Random;

/// SWIFT's IBAN registry, release 101: country, and the structure of the account behind the check digits.
const STRUCTURES: &[(&str, &str)] = &[
    ("AD", "4!n4!n12!c"),
    ("AE", "3!n16!n"),
    ("AL", "8!n16!c"),
    ("AT", "5!n11!n"),
    ("AZ", "4!a20!c"),
    ("BA", "3!n3!n8!n2!n"),
    ("BE", "3!n7!n2!n"),
    ("BG", "4!a4!n2!n8!c"),
    ("BH", "4!a14!c"),
    ("BI", "5!n5!n11!n2!n"),
    ("BR", "8!n5!n10!n1!a1!c"),
    ("BY", "4!c4!n16!c"),
    ("CH", "5!n12!c"),
    ("CR", "4!n14!n"),
    ("CY", "3!n5!n16!c"),
    ("CZ", "4!n16!n"),
    ("DE", "8!n10!n"),
    ("DJ", "5!n5!n11!n2!n"),
    ("DK", "4!n9!n1!n"),
    ("DO", "4!c20!n"),
    ("EE", "2!n14!n"),
    ("EG", "4!n4!n17!n"),
    ("ES", "4!n4!n1!n1!n10!n"),
    ("FI", "3!n11!n"),
    ("FK", "2!a12!n"),
    ("FO", "4!n9!n1!n"),
    ("FR", "5!n5!n11!c2!n"),
    ("GB", "4!a6!n8!n"),
    ("GE", "2!a16!n"),
    ("GI", "4!a15!c"),
    ("GL", "4!n9!n1!n"),
    ("GR", "3!n4!n16!c"),
    ("GT", "4!c20!c"),
    ("HN", "4!a20!n"),
    ("HR", "7!n10!n"),
    ("HU", "3!n4!n1!n15!n1!n"),
    ("IE", "4!a6!n8!n"),
    ("IL", "3!n3!n13!n"),
    ("IQ", "4!a3!n12!n"),
    ("IS", "4!n2!n6!n10!n"),
    ("IT", "1!a5!n5!n12!c"),
    ("JO", "4!a4!n18!c"),
    ("KW", "4!a22!c"),
    ("KZ", "3!n13!c"),
    ("LB", "4!n20!c"),
    ("LC", "4!a24!c"),
    ("LI", "5!n12!c"),
    ("LT", "5!n11!n"),
    ("LU", "3!n13!c"),
    ("LV", "4!a13!c"),
    ("LY", "3!n3!n15!n"),
    ("MC", "5!n5!n11!c2!n"),
    ("MD", "2!c18!c"),
    ("ME", "3!n13!n2!n"),
    ("MK", "3!n10!c2!n"),
    ("MN", "4!n12!n"),
    ("MR", "5!n5!n11!n2!n"),
    ("MT", "4!a5!n18!c"),
    ("MU", "4!a2!n2!n12!n3!n3!a"),
    ("NI", "4!a20!n"),
    ("NL", "4!a10!n"),
    ("NO", "4!n6!n1!n"),
    ("OM", "3!n16!c"),
    ("PK", "4!a16!c"),
    ("PL", "8!n16!n"),
    ("PS", "4!a21!c"),
    ("PT", "4!n4!n11!n2!n"),
    ("QA", "4!a21!c"),
    ("RO", "4!a16!c"),
    ("RS", "3!n13!n2!n"),
    ("RU", "9!n5!n15!c"),
    ("SA", "2!n18!c"),
    ("SC", "4!a2!n2!n16!n3!a"),
    ("SD", "2!n12!n"),
    ("SE", "3!n16!n1!n"),
    ("SI", "5!n8!n2!n"),
    ("SK", "4!n6!n10!n"),
    ("SM", "1!a5!n5!n12!c"),
    ("SO", "4!n3!n12!n"),
    ("ST", "4!n4!n11!n2!n"),
    ("SV", "4!a20!n"),
    ("TL", "3!n14!n2!n"),
    ("TN", "2!n3!n13!n2!n"),
    ("TR", "5!n1!n16!c"),
    ("UA", "6!n19!c"),
    ("VA", "3!n15!n"),
    ("VG", "4!a16!n"),
    ("XK", "4!n10!n2!n"),
    ("YE", "4!a4!n18!c"),
];

/// An account of this structure: `5!n` are five digits, `a` large letters, `c` both.
fn account(structure: &str, random: &mut Random) -> String {
    let mut account = String::new();
    for part in structure.split_inclusive(['n', 'a', 'c']) {
        let (count, kind) = part.split_once('!').unwrap();
        let of = match kind {
            "n" => "0123456789",
            "a" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            _ => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        };
        account.push_str(&random.text(of, count.parse().unwrap()));
    }
    account
}

fn is_strong(text: &str) -> bool {
    Forms::of(text.as_bytes()).strong.contains(DataClass::Iban)
}

fn grouped(iban: &str) -> String {
    let groups: Vec<&str> = (0..iban.len())
        .step_by(4)
        .map(|at| &iban[at..iban.len().min(at + 4)])
        .collect();
    groups.join(" ")
}

#[test]
fn every_country_of_the_registry_is_known() {
    let mut random = Random::new(1);
    for (country, structure) in STRUCTURES {
        for _ in 0..50 {
            let iban = people::with_check_digits(country, &account(structure, &mut random));
            assert!(is_strong(&iban), "{iban}");
            assert!(is_strong(&iban.to_lowercase()), "{iban}");
            let text = format!("to {} by Monday", grouped(&iban));
            assert!(is_strong(&grouped(&iban)), "{iban}");
            if text.bytes().filter(u8::is_ascii_digit).count() < 9 {
                continue;
            }
            let strays = find_strays(text.as_bytes());
            let found: Vec<&str> = strays.iter().map(|stray| &text[stray.start..stray.end]).collect();
            assert_eq!(found, [grouped(&iban)]);
        }
    }
}

#[test]
fn one_wrong_character_or_length_is_noticed() {
    let mut random = Random::new(2);
    for (country, structure) in STRUCTURES {
        let iban = people::with_check_digits(country, &account(structure, &mut random));
        for at in 2..iban.len() {
            let mut wrong = iban.clone().into_bytes();
            // A digit for a digit or a letter for a letter: these all change the remainder.
            wrong[at] = match wrong[at] {
                b'9' => b'0',
                b'Z' => b'A',
                byte => byte + 1,
            };
            let wrong = String::from_utf8(wrong).unwrap();
            assert!(!is_strong(&wrong), "{iban} {wrong}");
            assert!(
                Forms::of(wrong.as_bytes()).weak.contains(DataClass::Iban),
                "{wrong}: mistyped"
            );
        }
        for wrong in [format!("{iban}0"), iban[..iban.len() - 1].to_owned()] {
            assert_eq!(Forms::of(wrong.as_bytes()), Forms::default(), "{wrong}");
        }
    }
}

#[test]
fn countries_without_account_numbers_have_none() {
    for country in ["US", "CA", "AU", "JP", "ZZ", "IN"] {
        for digits in 11..30 {
            let iban = people::with_check_digits(country, &"7".repeat(digits));
            assert_eq!(Forms::of(iban.as_bytes()), Forms::default(), "{iban}");
        }
    }
}

#[test]
fn examples_of_the_registry_are_found() {
    for iban in [
        "DE89370400440532013000",
        "GB29 NWBK 6016 1331 9268 19",
        "FR1420041010050500013M02606",
        "NO93 8601 1117 947",
        "MT84MALT011000012345MTLCAST001S",
        "SC18SSCB11010000000000001497USD",
    ] {
        assert!(is_strong(iban), "{iban}");
    }
}
