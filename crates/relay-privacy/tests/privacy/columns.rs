//! What makes a column of a class.

use proptest::prelude::*;
use relay_privacy::{Basis, Classification, ColumnTally, DataClass, NameHints, Thresholds, classify_name};

use crate::lookalikes;
use crate::people;
use crate::random::Random;

fn decide(name: &str, cells: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Option<Classification> {
    let mut tally = ColumnTally::new(classify_name(name));
    cells.into_iter().for_each(|cell| tally.observe(cell.as_ref()));
    tally.decide()
}

fn class(name: &str, cells: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Option<DataClass> {
    decide(name, cells).map(|found| found.class)
}

/// So many rows of one kind, then so many of another.
fn mixed(personal: usize, one: &str, others: usize, other: &str) -> Vec<String> {
    let mut cells = vec![one.to_owned(); personal];
    cells.extend(vec![other.to_owned(); others]);
    cells
}

#[test]
fn a_column_without_values_is_of_no_class() {
    assert_eq!(class("email", [""; 0]), None);
    assert_eq!(class("email", ["", " ", "NA", "n/a", "NULL", "-", "NaN", "none"]), None);
}

#[test]
fn name_content_or_both() {
    let basis = |name, cells: &[&str]| decide(name, cells).map(|found| found.basis);
    assert_eq!(basis("email", &["ada@example.com"]), Some(Basis::Both));
    assert_eq!(basis("x", &["ada@example.com"]), Some(Basis::Content));
    assert_eq!(basis("phone", &["2125550123"]), Some(Basis::Name));
    assert_eq!(basis("phone", &["yes"]), None, "a name alone is not enough");
    assert_eq!(basis("surname", &["Lovelace"]), Some(Basis::Name));
}

#[test]
fn shares_are_of_rows_that_have_a_value() {
    let found = decide("email", ["ada@example.com", "", "NA", "bob", "grace@example.org", "x"]).unwrap();
    assert_eq!((found.rows, found.share_permille), (4, 500));
}

/// Each threshold, from both sides.
#[test]
fn thresholds_hold_to_the_row() {
    let strong = [
        (DataClass::Email, "ada@example.com", "email"),
        (DataClass::Phone, "(212) 555-0123", "phone"),
        (DataClass::UsSsn, "123-45-6789", "ssn"),
        (DataClass::PaymentCard, "4111 1111 1111 1111", "pan"),
        (DataClass::Iban, "DE89370400440532013000", "iban"),
        (DataClass::IpAddress, "203.0.113.200", "ip"),
    ];
    for (expected, value, name) in strong {
        let thresholds = Thresholds::of(expected);
        let content = thresholds.content.unwrap();
        let enough = usize::from(content.either_permille_min.max(content.strong_permille_min));
        assert_eq!(class("x", mixed(enough, value, 1_000 - enough, "?!")), Some(expected));
        assert_eq!(class("x", mixed(enough - 1, value, 1_001 - enough, "?!")), None);
        let rows = usize::try_from(content.rows_min).unwrap();
        assert_eq!(class("x", mixed(rows, value, 0, "")), Some(expected));
        assert_eq!(class("x", mixed(rows - 1, value, 0, "")), None);
        let named = usize::from(thresholds.named_permille_min);
        assert_eq!(
            class(name, mixed(named, value, 1_000 - named, "?!")),
            Some(expected),
            "{name}"
        );
        assert_eq!(
            class(name, mixed(named - 1, value, 1_001 - named, "?!")),
            None,
            "{name}"
        );
    }
    for (expected, value, name) in [
        (DataClass::DateOfBirth, "1990-05-12", "dob"),
        (DataClass::PersonName, "Lovelace", "surname"),
    ] {
        let named = usize::from(Thresholds::of(expected).named_permille_min);
        assert_eq!(
            class(name, mixed(named, value, 1_000 - named, "?1")),
            Some(expected),
            "{name}"
        );
        assert_eq!(
            class(name, mixed(named - 1, value, 1_001 - named, "?1")),
            None,
            "{name}"
        );
        assert_eq!(class("x", mixed(1_000, value, 0, "")), None, "by its name only");
    }
}

#[test]
fn cards_without_separators_need_nearly_all_rows() {
    assert_eq!(
        class("x", mixed(800, "4111111111111111", 200, "4111111111111112")),
        Some(DataClass::PaymentCard)
    );
    assert_eq!(
        class("x", mixed(799, "4111111111111111", 201, "4111111111111112")),
        None
    );
    assert_eq!(
        class("x", mixed(8, "4111111111111111", 0, "")),
        Some(DataClass::PaymentCard)
    );
    assert_eq!(
        class("x", mixed(7, "4111111111111111", 0, "")),
        None,
        "so few could be chance"
    );
}

/// `card` and `Karte` are also what games, maps and clubs have: three in ten of the values must be cards' numbers.
#[test]
fn under_an_ambiguous_name_the_values_decide() {
    const CARD: &str = "4111111111111111";
    for name in [
        "card",
        "Karte",
        "cards",
        "customer_card",
        "kundenkarte",
        "carte",
        "カード",
    ] {
        assert_eq!(class(name, [CARD]), Some(DataClass::PaymentCard), "{name}");
        assert_eq!(
            class(name, mixed(300, CARD, 700, "cash")),
            Some(DataClass::PaymentCard),
            "{name}"
        );
        assert_eq!(class(name, mixed(299, CARD, 701, "cash")), None, "{name}");
    }
    let mut random = Random::new(7);
    let mut table = |make: &mut dyn FnMut(&mut Random, u64) -> String| -> Vec<String> {
        (0..500).map(|row| make(&mut random, row)).collect()
    };
    let games = table(&mut |random, _| {
        let suit = *random.pick(&["♠", "♥", "spades", "Herz"]);
        format!("{} of {suit}", random.range(2, 10))
    });
    let clubs = table(&mut |_, row| (6_011_000_000_000_000 + row).to_string());
    let drawn = table(&mut |random, _| format!("4{}", random.digits(15)));
    let sims = table(&mut |random, _| lookalikes::sim(random));
    let menus = table(&mut |random, _| (*random.pick(&["midi", "soir", "enfants"])).to_owned());
    for name in ["card", "Karte", "carte", "Kundenkarte"] {
        for cells in [&games, &clubs, &drawn, &sims, &menus] {
            assert_eq!(class(name, cells), None, "{name}: {}", cells[0]);
        }
    }
}

#[test]
fn the_larger_share_wins() {
    assert_eq!(
        class("phone", mixed(80, "ada@example.com", 20, "2125550123")),
        Some(DataClass::Email)
    );
    assert_eq!(
        class("phone or email", mixed(40, "ada@example.com", 60, "2125550123")),
        Some(DataClass::Phone)
    );
}

#[test]
fn birth_dates_are_read_in_many_spellings() {
    for date in [
        "1990-05-12",
        "12.05.1990",
        "5/12/1990",
        "12/31/84",
        "19900512",
        "12 May 1990",
        "May 12, 1990",
        "12. März 1990",
        "1990-05-12T00:00:00",
        "1990-05-12 00:00:00",
        "1. Dezember 2001",
    ] {
        assert_eq!(class("dob", [date]), Some(DataClass::DateOfBirth), "{date}");
    }
    for other in [
        "1990",
        "12",
        "1990-13-12",
        "1990-05-32",
        "12:30:00",
        "0.5",
        "20%",
        "1790-05-12",
        "yes",
        "12 Foo 1990",
    ] {
        assert_eq!(class("dob", [other]), None, "{other}");
    }
}

#[test]
fn names_that_are_no_words_contradict_the_columns_name() {
    assert_eq!(class("first_name", ["12", "13"]), None);
    assert_eq!(class("contact_name", ["ada@example.com"]), Some(DataClass::Email));
    for name in [
        "Ada",
        "O'Neill",
        "van der Berg",
        "García, José",
        "李",
        "St. John",
        "Anne-Marie",
    ] {
        assert_eq!(class("surname", [name]), Some(DataClass::PersonName), "{name}");
    }
}

type Column = (&'static str, fn(&mut Random, u64) -> String);

#[test]
fn look_alikes_are_of_no_class() {
    let columns: &[Column] = &[
        ("id", |_, row| row.to_string()),
        ("order", |_, row| (100_000_000 + row).to_string()),
        ("id16", |_, row| (4_000_000_000_000_000 + row).to_string()),
        ("id16 of cards", |_, row| (4_111_111_111_111_000 + row).to_string()),
        ("ms", |random, _| {
            (1_700_000_000_000 + random.range(0, 999_999_999)).to_string()
        }),
        ("us", |random, _| {
            (1_700_000_000_000_000 + random.range(0, 999_999_999)).to_string()
        }),
        ("ean", |random, _| lookalikes::ean(random)),
        ("isbn", |random, _| lookalikes::isbn(random)),
        ("tracking", |random, _| lookalikes::tracking(random)),
        ("imei", |random, _| lookalikes::imei(random)),
        ("sim", |random, _| lookalikes::sim(random)),
        ("random16", |random, _| random.digits(16)),
        ("random10", |random, _| random.digits(10)),
        ("random9", |random, _| random.digits(9)),
        ("part", |random, _| {
            format!("{}-{}-{}", random.digits(3), random.digits(3), random.digits(4))
        }),
        ("lat", |random, _| {
            format!("{}.{}", random.range(0, 89), random.digits(7))
        }),
        ("lon", |random, _| {
            format!("-{}.{}", random.range(0, 179), random.digits(7))
        }),
        ("signed", |random, _| {
            format!("+{}.{}", random.range(10, 89), random.digits(8))
        }),
        ("money", |random, _| {
            format!("${},{}.{}", random.range(1, 999), random.digits(3), random.digits(2))
        }),
        ("version", |random, _| {
            format!(
                "{}.{}.{}",
                random.range(1, 9),
                random.range(0, 20),
                random.range(0, 300)
            )
        }),
        ("build", |random, _| lookalikes::version_quad(random)),
        ("browser", |random, _| format!("{}.0.0.0", random.range(90, 140))),
        ("mac", |random, _| lookalikes::hex_groups(random, 6, ":")),
        ("eui64", |random, _| lookalikes::hex_groups(random, 8, ":")),
        ("uuid", |random, _| lookalikes::uuid(random)),
        ("zip", |random, _| format!("{}-{}", random.digits(5), random.digits(4))),
        ("time", |random, _| {
            format!(
                "{:02}:{:02}:{:02}",
                random.range(0, 23),
                random.range(0, 59),
                random.range(0, 59)
            )
        }),
        ("date", |random, _| {
            format!("2024-{:02}-{:02}", random.range(1, 12), random.range(1, 28))
        }),
        ("deutsch", |random, _| {
            format!("{:02}.{:02}.2024", random.range(1, 28), random.range(1, 12))
        }),
        ("handle", |random, _| format!("@{}", lookalikes::login(random))),
        ("login", |random, _| lookalikes::login(random)),
        ("product_name", |random, _| lookalikes::thing(random)),
        ("company_name", |random, _| lookalikes::company(random)),
        ("shipping", |random, _| random.digits(9)),
        ("phone_bill", |random, _| {
            format!("{}.{}", random.range(5, 99), random.digits(2))
        }),
        ("ip_class", |random, _| random.digits(2)),
        ("pan_angle", |random, _| {
            format!("{}.{}", random.range(0, 359), random.digits(2))
        }),
    ];
    for (name, make) in columns {
        let mut random = Random::new(6);
        let found = decide(name, (0..2_000).map(|row| make(&mut random, row)));
        assert_eq!(found, None, "{name}");
    }
}

proptest! {
    /// In any order and in any parts a column is the same column.
    #[test]
    fn tallies_merge(cells in prop::collection::vec("[0-9a@.: -]{0,20}|[a-z]{1,4}@example[.]com", 0..60), cut in 0usize..60) {
        let hints = classify_name("email");
        let tally = |cells: &[String]| {
            let mut tally = ColumnTally::new(hints);
            for cell in cells {
                tally.observe(cell.as_bytes());
            }
            tally
        };
        let (left, right) = cells.split_at(cut.min(cells.len()));
        let mut merged = tally(right);
        merged.merge(&tally(left));
        prop_assert_eq!(merged, tally(&cells));
    }

    #[test]
    fn any_cell_is_observed(cells in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..20)) {
        let mut tally = ColumnTally::new(classify_name("dob first_name"));
        for cell in &cells {
            tally.observe(cell);
        }
        if let Some(found) = tally.decide() {
            prop_assert!(found.share_permille <= 1_000 && found.rows <= cells.len() as u64);
        }
    }

    #[test]
    fn numbers_without_separators_are_never_classified_by_chance(seed: u64, digits in 1usize..20) {
        let mut random = Random::new(seed);
        prop_assert_eq!(class("x", (0..300).map(|_| random.digits(digits))), None);
    }
}

#[test]
fn a_tally_without_hints_is_the_default() {
    assert_eq!(ColumnTally::default(), ColumnTally::new(NameHints::NONE));
    assert_eq!(
        people::card(&mut Random::new(1)),
        people::card(&mut Random::new(1)),
        "people are the same each time"
    );
}
