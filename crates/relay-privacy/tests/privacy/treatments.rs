//! Masks, tokens, and values that stray.

use hmac::{Hmac, Mac};
use proptest::prelude::*;
use relay_privacy::{DataClass, PrivacyPolicy, Redactor, TokenKey, Treatment, is_masked, is_token, mask};
use sha2::Sha256;

use crate::people;
use crate::random::Random;

const KEY: [u8; 32] = [7; 32];

fn redactor(policy: PrivacyPolicy) -> Redactor {
    Redactor::new(policy, Some(TokenKey::new(KEY))).unwrap()
}

fn token(class: DataClass, cell: &str) -> String {
    TokenKey::new(KEY).token(class, cell.as_bytes())
}

fn treated(redactor: &Redactor, class: DataClass, cell: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    redactor.treat_cell(class, cell, &mut out);
    out
}

fn strayed(redactor: &Redactor, cell: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    if redactor.treat_stray(cell, &mut out) > 0 {
        out
    } else {
        assert!(out.is_empty(), "nothing is appended for a cell that stays");
        cell.to_vec()
    }
}

#[test]
fn masks_keep_the_form_and_lose_the_value() {
    for (class, cell, expected) in [
        (DataClass::Email, "Ada.Lovelace@mail.example.COM", "***@***.com"),
        (DataClass::Email, "ada@firm.example", "***@***"),
        (DataClass::Email, "Ada Lovelace <ada@example.org>", "***@***.org"),
        (DataClass::Email, "ada at example", "*** *** ***"),
        (DataClass::Phone, "+1 (212) 555-0123", "+* (***) ***-****"),
        (DataClass::Phone, "212-555-0123 x45", "***-***-**** *****"),
        (DataClass::UsSsn, "123-45-6789", "***-**-****"),
        (DataClass::PaymentCard, "4111 1111 1111 1111", "**** **** **** ****"),
        (
            DataClass::Iban,
            "DE89 3704 0044 0532 0130 00",
            "**** **** **** **** **** **",
        ),
        (DataClass::IpAddress, "203.0.113.7", "*.*.*.*"),
        (DataClass::IpAddress, "2001:db8::1:2", "*:*:*:*:*:*:*:*"),
        (DataClass::DateOfBirth, "1990-05-12", "****-**-**"),
        (DataClass::DateOfBirth, "12 May 1990", "** *** ****"),
        (DataClass::PersonName, "Ada Lovelace", "*** ***"),
        (DataClass::PersonName, "李", "***"),
        (DataClass::Phone, " 5550123 ", "*******"),
    ] {
        assert_eq!(mask(class, cell.as_bytes()), expected, "{cell}");
    }
}

/// By the definition, with the crates' own key schedule.
#[test]
fn tokens_are_hmac_of_label_class_and_value() {
    let mut mac = Hmac::<Sha256>::new_from_slice(&KEY).unwrap();
    mac.update(b"relay-privacy token v1\0payment_card\x004111111111111111");
    let bytes = mac.finalize().into_bytes();
    let bits: Vec<usize> = bytes[..16]
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| usize::from(byte >> bit & 1)))
        .collect();
    let base32: String = [bits, vec![0, 0]]
        .concat()
        .chunks(5)
        .map(|bits| char::from(b"abcdefghijklmnopqrstuvwxyz234567"[bits.iter().fold(0, |value, bit| value * 2 + bit)]))
        .collect();
    assert_eq!(
        token(DataClass::PaymentCard, "4111 1111 1111 1111"),
        format!("tok_card_{base32}")
    );
    assert_eq!(base32.len(), 26);
}

#[test]
fn spellings_of_one_value_give_one_token() {
    for (class, spellings) in [
        (
            DataClass::Email,
            &[
                "ada@example.com",
                " Ada@Example.COM ",
                "Ada Lovelace <ada@example.com>",
                "mailto:ada@example.com",
            ][..],
        ),
        (
            DataClass::Phone,
            &[
                "+1 212-555-0123",
                "(212) 555-0123",
                "2125550123",
                "1-212-555-0123",
                "+12125550123",
                "001 212 555 0123",
                "2125550123.0",
            ],
        ),
        (
            DataClass::Phone,
            &["+49 (0)30 23125000", "+49 30 23125-000", "0049 30 23125000"],
        ),
        (DataClass::Phone, &["(212) 555-0123 x45", "+1 212 555 0123 ext. 45"]),
        (
            DataClass::UsSsn,
            &["012-34-5678", "012345678", "12345678", "012 34 5678", "12345678.0"],
        ),
        (
            DataClass::PaymentCard,
            &[
                "4111 1111 1111 1111",
                "4111-1111-1111-1111",
                "4111111111111111",
                "4111111111111111.0",
            ],
        ),
        (
            DataClass::Iban,
            &[
                "DE89 3704 0044 0532 0130 00",
                "de89370400440532013000",
                "DE89-3704-0044-0532-0130-00",
            ],
        ),
        (
            DataClass::IpAddress,
            &["2001:db8::1:2", "2001:DB8:0:0:0:0:1:2", "[2001:db8::1:2]"],
        ),
        (DataClass::DateOfBirth, &["1990-05-12", " 1990-05-12"]),
        (DataClass::PersonName, &["Ada", "Ada "]),
    ] {
        let tokens: Vec<String> = spellings.iter().map(|cell| token(class, cell)).collect();
        assert!(
            tokens.iter().all(|token| *token == tokens[0]),
            "{spellings:?}: {tokens:?}"
        );
    }
}

#[test]
fn other_values_classes_and_organizations_give_other_tokens() {
    let tokens = [
        token(DataClass::PaymentCard, "4111111111111111"),
        token(DataClass::PaymentCard, "4111111111111112"),
        token(DataClass::Phone, "4111111111111111"),
        token(DataClass::Phone, "(212) 555-0123"),
        token(DataClass::Phone, "(212) 555-0123 x4"),
        TokenKey::new([8; 32]).token(DataClass::PaymentCard, b"4111111111111111"),
        token(DataClass::PersonName, "Ada"),
        token(DataClass::PersonName, "ada"),
    ];
    let values: std::collections::BTreeSet<&str> =
        tokens.iter().map(|token| token.rsplit('_').next().unwrap()).collect();
    assert_eq!(values.len(), tokens.len());
}

#[test]
fn a_key_is_not_shown_and_has_its_length() {
    assert_eq!(
        format!("{:?}", redactor(PrivacyPolicy::default()))
            .matches("TokenKey(not shown)")
            .count(),
        1
    );
    let error = TokenKey::try_from(&KEY[1..]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a token key has 32 bytes, this one has 31: create one with `openssl rand 32`"
    );
    assert!(TokenKey::try_from(&KEY[..]).is_ok());
}

#[test]
fn to_tokenize_takes_a_key() {
    let error = Redactor::new(PrivacyPolicy::default(), None).unwrap_err();
    assert_eq!(error.class, DataClass::UsSsn);
    assert!(Redactor::new(PrivacyPolicy::all(Treatment::Mask), None).is_ok());
}

#[test]
fn a_classified_column_is_treated_whole() {
    let redactor = redactor(
        PrivacyPolicy::all(Treatment::Tokenize)
            .with(DataClass::Email, Treatment::Mask)
            .with(DataClass::Iban, Treatment::Drop),
    );
    assert_eq!(treated(&redactor, DataClass::Email, b"no address"), b"*** ***");
    assert_eq!(treated(&redactor, DataClass::Email, b""), b"");
    assert_eq!(treated(&redactor, DataClass::Email, b"  "), b"");
    assert_eq!(treated(&redactor, DataClass::Iban, b"DE89"), b"");
    assert!(is_token(&treated(&redactor, DataClass::UsSsn, b"unknown")));
    assert!(
        is_token(&treated(&redactor, DataClass::PersonName, b"\xff\xfe")),
        "not UTF-8"
    );
}

#[test]
fn strays_are_replaced_within_text_and_nothing_else() {
    let redactor = redactor(PrivacyPolicy::default());
    let card = token(DataClass::PaymentCard, "4111 1111 1111 1111");
    for (cell, expected) in [
        (
            "call me at x@y.example or (212) 555-0123.",
            "call me at ***@*** or (***) ***-****.".to_owned(),
        ),
        ("x@example.com", "***@***.com".to_owned()),
        ("a@example.com,b@example.com", "***@***.com,***@***.com".to_owned()),
        (
            "paid 4111 1111 1111 1111 on 2024-01-01",
            format!("paid {card} on 2024-01-01"),
        ),
        ("?mail=ada@example.org&x=1", "?mail=***@***.org&x=1".to_owned()),
        (
            "+33 1 99 00 61 02 265-30-0417",
            format!("+** * ** ** ** ** {}", token(DataClass::UsSsn, "265-30-0417")),
        ),
    ] {
        assert_eq!(strayed(&redactor, cell.as_bytes()), expected.as_bytes(), "{cell}");
    }
    for cell in [
        "",
        "plain text",
        "2024-01-01T10:00:00Z",
        "order 112-3456789-1234567",
        "DE89370400440532013000",
        "4111111111111111",
        "3 @ 4.50",
        "@ada",
        "123456789",
        "1.2.3.4",
    ] {
        assert_eq!(
            strayed(&redactor, cell.as_bytes()),
            cell.as_bytes(),
            "kept by the policy, or not unmistakable"
        );
    }
}

#[test]
fn what_the_policy_keeps_stays_in_text() {
    let redactor = Redactor::new(
        PrivacyPolicy::all(Treatment::Keep).with(DataClass::UsSsn, Treatment::Mask),
        None,
    )
    .unwrap();
    assert_eq!(
        strayed(&redactor, b"a@example.com 123-45-6789"),
        b"a@example.com ***-**-****"
    );
    assert_eq!(
        strayed(&redactor, b"123-45-6789@example.com"),
        b"123-45-6789@example.com",
        "an address, which is kept"
    );
}

/// Text in which values, parts of them, tokens, masks and their separators meet.
fn crowded() -> impl Strategy<Value = Vec<u8>> {
    let value = any::<u64>().prop_map(|seed| {
        let mut random = Random::new(seed);
        match random.range(0, 7) {
            0 => people::email(&mut random),
            1 => people::phone_international(&mut random),
            2 => people::phone_north_american(&mut random),
            3 => people::ssn(&mut random).join("-"),
            4 => people::card_grouped(&mut random),
            5 => people::iban_grouped(&mut random),
            6 => token(DataClass::Email, "x"),
            _ => mask(DataClass::Email, b"a@example.com"),
        }
    });
    let part = prop_oneof![
        4 => value,
        3 => "[ @.,+()*'=_-]{1,3}",
        1 => "[0-9a-zA-Z]{1,3}",
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat().into_bytes())
}

fn policies() -> impl Strategy<Value = PrivacyPolicy> {
    prop::array::uniform8(prop::sample::select(Treatment::ALL.to_vec())).prop_map(|treatments| {
        let pairs = DataClass::ALL.into_iter().zip(treatments);
        pairs.fold(PrivacyPolicy::default(), |policy, (class, treatment)| {
            policy.with(class, treatment)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// A token or a mask is never treated again: not by the same policy, nor by another that masks or tokenizes.
    #[test]
    fn cells_are_treated_once(cell in crowded(), first in policies(), second in policies(), class in prop::sample::select(DataClass::ALL.to_vec())) {
        let once = treated(&redactor(first.clone()), class, &cell);
        prop_assert_eq!(&treated(&redactor(first.clone()), class, &once), &once);
        let is_lost = |policy: &PrivacyPolicy| matches!(policy.treatment(class), Treatment::Mask | Treatment::Tokenize);
        if is_lost(&first) && is_lost(&second) && (is_token(&once) || is_masked(&once)) {
            prop_assert_eq!(treated(&redactor(second), class, &once), once);
        }
    }

    #[test]
    fn strays_are_treated_once(cell in crowded(), policy in policies()) {
        let redactor = redactor(policy);
        let once = strayed(&redactor, &cell);
        prop_assert_eq!(strayed(&redactor, &once), once.clone(), "{:?} {:?}", String::from_utf8_lossy(&cell), String::from_utf8_lossy(&once));
    }

    #[test]
    fn any_bytes_are_treated(cell in prop::collection::vec(any::<u8>(), 0..80), policy in policies()) {
        let redactor = redactor(policy.clone());
        strayed(&redactor, &cell);
        for class in DataClass::ALL {
            let out = treated(&redactor, class, &cell);
            match policy.treatment(class) {
                Treatment::Keep => prop_assert_eq!(&out, &cell),
                Treatment::Drop => prop_assert!(out.is_empty()),
                Treatment::Mask => prop_assert!(!out.iter().any(u8::is_ascii_digit), "no digit passes a mask"),
                Treatment::Tokenize => prop_assert!(out.is_empty() || is_token(&out) || is_masked(&out)),
            }
        }
    }
}
