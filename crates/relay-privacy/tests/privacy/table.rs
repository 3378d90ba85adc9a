//! `docs/PERSONAL_DATA.md` is made of what is said here, and what is said here is held against the code: every example has the
//! form that it stands for, and thresholds, defaults and masks are the code's own.

use std::fmt::Write as _;
use std::path::Path;

use relay_privacy::{
    ColumnTally, ContentThresholds, DataClass, Forms, PrivacyPolicy, Thresholds, TokenKey, classify_name, find_strays,
    mask,
};

use crate::measurement::FLOORS;

const DOCUMENT: &str = include_str!("../../../../docs/PERSONAL_DATA.md");
const BEGIN: &str = "<!-- The tables begin. They are made by the tests of relay-privacy. -->\n";
const END: &str = "<!-- The tables end. -->\n";

/// A class, and examples of its forms.
struct Row {
    class: DataClass,
    /// Good wherever they stand.
    unmistakable: &'static [&'static str],
    /// Good for a column.
    strong: &'static [&'static str],
    /// Good for a column whose name says so, and for one whose other values are strong.
    weak: &'static [&'static str],
    /// Good for a column whose name says so, and for nothing else.
    named: &'static [&'static str],
    /// What looks like it, and is none.
    none: &'static [&'static str],
}

const ROWS: [Row; 8] = [
    Row {
        class: DataClass::Email,
        unmistakable: &["ada@example.com", "jürgen@bücher.example"],
        strong: &["Ada Lovelace <ada@example.com>", "mailto:ada@example.com"],
        weak: &["ada@localhost", "ada@example..com"],
        named: &[],
        none: &["@ada", "\"a b\"@example.com"],
    },
    Row {
        class: DataClass::Phone,
        unmistakable: &["+44 20 7946 0123", "(212) 555-0123"],
        strong: &[
            "212-555-0123",
            "212.555.0123 x45",
            "0049 30 23125 000",
            "01 99 00 12 34",
        ],
        weak: &["2125550123", "030/23125000"],
        named: &["600 000 123", "8 (495) 000-01-23", "Tel. 210 0000123"],
        none: &["555-0123", "+40.7128-74.0060", "1.234.567", "2024-01-05"],
    },
    Row {
        class: DataClass::UsSsn,
        unmistakable: &["123-45-6789"],
        strong: &["123 45 6789"],
        weak: &["123456789"],
        named: &["123.45.6789"],
        none: &[
            "000-12-3456",
            "666-12-3456",
            "900-12-3456",
            "123-00-4567",
            "123-45-0000",
            "078-05-1120",
            "219-09-9999",
        ],
    },
    Row {
        class: DataClass::PaymentCard,
        unmistakable: &["4111 1111 1111 1111", "3782-822463-10005"],
        strong: &[],
        weak: &["4111111111111111", "4111111111111111.0"],
        named: &[],
        none: &["4111 1111 1111 1112", "1700000000000"],
    },
    Row {
        class: DataClass::Iban,
        unmistakable: &["DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19"],
        strong: &["de89 3704 0044 0532 0130 00"],
        weak: &["DE89370400440532013001"],
        named: &[],
        none: &["US89370400440532013000", "DE8937040044053201300"],
    },
    Row {
        class: DataClass::IpAddress,
        unmistakable: &[],
        strong: &["203.0.113.7", "203.0.113.7:443", "2001:db8::1:2"],
        weak: &["10.0.0.1", "109.0.0.0", "abc::def"],
        named: &[],
        none: &["1.2.3", "256.1.1.1", "00:1a:2b:3c:4d:5e"],
    },
    Row {
        class: DataClass::DateOfBirth,
        unmistakable: &[],
        strong: &[],
        weak: &["1990-05-12", "12.05.1990", "5/12/90", "12 May 1990", "19900512"],
        named: &[],
        none: &["1990", "1990-13-12"],
    },
    Row {
        class: DataClass::PersonName,
        unmistakable: &[],
        strong: &[],
        weak: &["Ada Lovelace", "O'Neill", "李"],
        named: &[],
        none: &["R2D2"],
    },
];

fn listed(examples: &[&str]) -> String {
    let quoted: Vec<String> = examples.iter().map(|example| format!("`{example}`")).collect();
    if quoted.is_empty() {
        "-".to_owned()
    } else {
        quoted.join(", ")
    }
}

fn tables() -> String {
    let mut text = String::from(
        "| class | wherever it stands | in a column | in a column of that name | never |\n|---|---|---|---|---|\n",
    );
    for Row {
        class,
        unmistakable,
        strong,
        weak,
        named,
        none,
    } in ROWS
    {
        let by_name = [weak, named].concat();
        let cells = [unmistakable, strong, &by_name, none].map(listed);
        writeln!(text, "| {class} | {} |", cells.join(" | ")).unwrap();
    }
    text.push_str(
        "\n| class | name and ‰ of rows | ambiguous name and ‰ | content: ‰ strong, ‰ strong or weak, rows | ‰ weak alone | default | mask of the first example | token |\n|---|--:|--:|---|--:|---|---|---|\n",
    );
    for row in ROWS {
        let class = row.class;
        let thresholds = Thresholds::of(class);
        let content = thresholds.content.map_or("by name only".to_owned(), |content| {
            let ContentThresholds {
                strong_permille_min,
                either_permille_min,
                rows_min,
            } = content;
            format!("{strong_permille_min}, {either_permille_min}, {rows_min}")
        });
        let share = |share: Option<u16>| share.map_or("-".to_owned(), |share| share.to_string());
        let weak = share(thresholds.weak_alone_permille_min);
        let ambiguous = share(thresholds.ambiguous_permille_min);
        let example = [row.unmistakable, row.strong, row.weak].concat()[0];
        let masked = mask(class, example.as_bytes());
        let token = TokenKey::new([7; 32]).token(class, example.as_bytes());
        let (name, default) = (thresholds.named_permille_min, PrivacyPolicy::default().treatment(class));
        let shown = &token[..token.len() - 20];
        writeln!(
            text,
            "| {class} | {name} | {ambiguous} | {content} | {weak} | {default} | `{masked}` | `{shown}…` |"
        )
        .unwrap();
    }
    text.push_str(
        "\n| floor, in percent | recall of cells | precision of cells | recall of columns | precision of columns |\n|---|--:|--:|--:|--:|\n",
    );
    for floor in FLOORS {
        let ([cell_recall, cell_precision], [recall, precision]) = (floor.cells, floor.columns);
        writeln!(
            text,
            "| {} | {cell_recall} | {cell_precision} | {recall} | {precision} |",
            floor.class
        )
        .unwrap();
    }
    text
}

#[test]
fn examples_have_the_forms_that_they_stand_for() {
    assert_eq!(ROWS.map(|row| row.class), DataClass::ALL);
    for Row {
        class,
        unmistakable,
        strong,
        weak,
        named,
        none,
    } in ROWS
    {
        let is_stray = |example: &str| find_strays(format!("see {example} there").as_bytes()).len() == 1;
        for example in unmistakable {
            assert!(Forms::of(example.as_bytes()).strong.contains(class), "{example}");
            assert!(is_stray(example), "{example}");
        }
        for example in strong {
            assert!(Forms::of(example.as_bytes()).strong.contains(class), "{example}");
            // The address within one of another form is found by itself.
            assert!(!is_stray(example) || class == DataClass::Email, "{example}");
        }
        for example in weak {
            let forms = Forms::of(example.as_bytes());
            assert!(forms.weak.contains(class) && !forms.strong.contains(class), "{example}");
        }
        for example in named {
            let forms = Forms::of(example.as_bytes());
            assert!(
                !forms.weak.contains(class) && !forms.strong.contains(class),
                "{example}"
            );
        }
        for example in none {
            let forms = Forms::of(example.as_bytes());
            assert!(
                !forms.weak.contains(class) && !forms.strong.contains(class),
                "{example}"
            );
        }
        for example in [unmistakable, strong, weak, named].concat() {
            let mut tally = ColumnTally::new(classify_name(class.name()));
            (0..20).for_each(|_| tally.observe(example.as_bytes()));
            assert_eq!(
                tally.decide().map(|found| found.class),
                Some(class),
                "{example} under {class}"
            );
        }
        for example in none {
            let mut tally = ColumnTally::new(classify_name(class.name()));
            (0..20).for_each(|_| tally.observe(example.as_bytes()));
            assert_ne!(
                tally.decide().map(|found| found.class),
                Some(class),
                "{example} under {class}"
            );
        }
    }
}

#[test]
fn the_tables_in_the_documentation_are_current() {
    let (head, rest) = DOCUMENT.split_once(BEGIN).unwrap();
    let (found, tail) = rest.split_once(END).unwrap();
    let tables = tables();
    if found != tables {
        let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("PERSONAL_DATA.md");
        std::fs::write(&made, format!("{head}{BEGIN}{tables}{END}{tail}")).unwrap();
        panic!("docs/PERSONAL_DATA.md is not current: copy {} over it", made.display());
    }
}

#[test]
fn every_class_is_explained() {
    for class in DataClass::ALL {
        assert!(
            DOCUMENT.contains(&format!("**{class}**")),
            "{class}: its misses are not explained"
        );
    }
}
