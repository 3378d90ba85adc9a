//! Personal data that the first rows do not show, or show falsely: a second pass, and never a value that got away.

use relay_model::{DataClass, FieldType, PrivacyPolicy, Treatment};
use relay_transform::{
    ColumnPlan, ParquetSink, TableOutcome, TableOutputs, TablePlan, TransformError, Watch, transform_table,
};

use crate::people::value;
use crate::personal::token;
use crate::support::{Ran, Setup};

/// More rows than the sample looks at.
const EARLY: usize = 20_001;

/// A table of two columns, whose first one has one kind of values in the sample and another one behind it.
fn table(name: &str, early: impl Fn(u32) -> String, late: impl Fn(u32) -> String, late_rows: u32) -> String {
    let mut text = format!("{name},x\n");
    for row in 0..EARLY as u32 {
        text += &format!("{},-\n", early(row));
    }
    for row in 0..late_rows {
        text += &format!("{},-\n", late(row));
    }
    text
}

fn run(text: &str) -> Ran {
    let setup = || Setup::inferred().treated(PrivacyPolicy::default());
    let ran = setup().run(text);
    let threads = setup().threads(3).run(text);
    assert_eq!(threads.table, ran.table);
    assert_eq!(threads.outcome, ran.outcome);
    ran
}

fn class_of(ran: &Ran) -> Option<DataClass> {
    ran.report(&ran.summary().columns[0].name)?
        .class
        .map(|class| class.class)
}

fn word(row: u32) -> String {
    format!("code {}", row % 90)
}

#[test]
fn a_class_that_appears_late_is_treated_from_the_first_row() {
    let emails = |row| value(DataClass::Email, row);
    let mixed = table(
        "contact",
        |row| if row % 3 == 0 { emails(row) } else { word(row) },
        emails,
        20_000,
    );
    for text in [
        table("contact", word, emails, 25_000),
        table("contact", |_| String::new(), emails, 5),
        table("contact", |row| row.to_string(), emails, 25_000),
        mixed,
    ] {
        let ran = run(&text);
        assert_eq!((class_of(&ran), ran.summary().passes), (Some(DataClass::Email), 2));
        let values = ran.column("contact");
        assert!(
            values.iter().all(|value| !value.contains("person")),
            "no address is left"
        );
        assert!(values[..EARLY].iter().all(|value| {
            [
                "null",
                "'***@***.com'",
                "'*'",
                "'**'",
                "'***'",
                "'****'",
                "'*****'",
                "'*** *'",
                "'*** **'",
            ]
            .contains(&value.as_str())
        }));
        assert_eq!(values.last().unwrap(), "'***@***.com'");
    }
}

#[test]
fn numbers_become_text_when_they_turn_out_to_be_personal() {
    let text = table(
        "ssn",
        |row| (10_000 + row % 1_000).to_string(),
        |row| (123_450_000 + row).to_string(),
        5_000,
    );
    let ran = run(&text);
    assert_eq!((class_of(&ran), ran.summary().passes), (Some(DataClass::UsSsn), 2));
    assert_eq!(ran.types()[0].1, FieldType::String);
    let values = ran.column("ssn");
    assert!(values.iter().all(|value| value.starts_with("'tok_ssn_")));
    assert_eq!(
        values[EARLY + 6_789 % 5_000],
        format!("'{}'", token(DataClass::UsSsn, "123-45-1789"))
    );
}

#[test]
fn a_class_that_disappears_leaves_values_as_they_were() {
    let text = table(
        "ssn",
        |row| (123_450_000 + row).to_string(),
        |row| (row % 1_000).to_string(),
        200_000,
    );
    let ran = run(&text);
    assert_eq!((class_of(&ran), ran.summary().passes), (None, 2));
    assert_eq!(
        ran.types()[0].1,
        FieldType::Integer,
        "and the type is inferred from the values"
    );
    assert_eq!(ran.column("ssn")[..2], ["123450000", "123450001"]);
}

#[test]
fn in_a_column_that_lost_its_class_unmistakable_values_are_still_treated() {
    let text = table("contact", |row| value(DataClass::Email, row), word, 25_000);
    let ran = run(&text);
    assert_eq!((class_of(&ran), ran.summary().passes), (None, 2));
    let values = ran.column("contact");
    assert!(values[..EARLY].iter().all(|value| value == "'***@***.com'"));
    assert_eq!(values[EARLY], "'code 0'");
    assert_eq!(ran.report("contact").unwrap().strays, EARLY as u64);
}

#[test]
fn a_class_that_changes_is_treated_as_the_one_that_it_is_in_the_end() {
    let cards = |row| value(DataClass::PaymentCard, row);
    let text = table("number", |row| value(DataClass::UsSsn, row), cards, 25_000);
    let ran = run(&text);
    assert_eq!(
        (class_of(&ran), ran.summary().passes),
        (Some(DataClass::PaymentCard), 2)
    );
    assert_eq!(
        ran.column("number")[EARLY],
        format!("'{}'", token(DataClass::PaymentCard, &cards(0)))
    );
}

#[test]
fn one_pass_is_enough_when_nothing_would_be_written_otherwise() {
    let policy = PrivacyPolicy::all(Treatment::Drop).with(DataClass::Iban, Treatment::Keep);
    let setup = || Setup::inferred().treated(policy.clone());
    let changing = table(
        "number",
        |row| value(DataClass::UsSsn, row),
        |row| value(DataClass::PaymentCard, row),
        25_000,
    );
    let ran = setup().run(changing);
    assert_eq!(
        (class_of(&ran), ran.summary().passes),
        (Some(DataClass::PaymentCard), 1)
    );
    let kept = table("account", word, |row| value(DataClass::Iban, row), 25_000);
    let ran = setup().run(kept);
    assert_eq!((class_of(&ran), ran.summary().passes), (Some(DataClass::Iban), 1));
}

#[test]
fn a_late_type_and_a_late_class_are_learnt_together() {
    let mut text = "n,contact\n".to_owned();
    for row in 0..EARLY as u32 {
        text += &format!("{row},{}\n", word(row));
    }
    text += "1.5,x\n";
    for row in 0..25_000 {
        text += &format!("{row},{}\n", value(DataClass::Email, row));
    }
    let ran = run(&text);
    assert_eq!((ran.types()[0].1, ran.summary().passes), (FieldType::Number, 2));
    assert_eq!(ran.report("contact").unwrap().class.unwrap().class, DataClass::Email);
    assert!(ran.column("contact").iter().all(|value| !value.contains("person")));
}

#[test]
fn a_key_that_comes_late_has_its_class() {
    let late = (0..50).map(|row| format!("{{\"a\":1,\"mail\":\"{}\"}}\n", value(DataClass::Email, row)));
    let text = format!("{}{}", "{\"a\":1}\n".repeat(EARLY), late.collect::<String>());
    let ran = run(&text);
    assert_eq!(ran.report("mail").unwrap().class.unwrap().rows, 50);
    assert_eq!(ran.column("mail")[EARLY..], vec!["'***@***.com'"; 50]);
}

#[test]
fn declared_columns_are_read_again_as_well() {
    let text = table(
        "ssn",
        |row| (10_000 + row % 1_000).to_string(),
        |row| (123_450_000 + row).to_string(),
        5_000,
    );
    let text = text.replace("10007,-", "wrong,-");
    let ran = Setup::declared(&["ssn:integer", "x:string"])
        .treated(PrivacyPolicy::default())
        .run(text);
    assert_eq!((class_of(&ran), ran.summary().passes), (Some(DataClass::UsSsn), 2));
    assert_eq!(ran.bad()[0], "9/8/not_an_integer/ssn");
    assert_eq!(ran.summary().bad_rows, 20);
    assert!(ran.column("ssn").iter().all(|value| value.starts_with("'tok_ssn_")));
}

#[test]
fn two_passes_that_treat_differently_are_refused() {
    let text = table("contact", word, |row| value(DataClass::Email, row), 25_000);
    let mut plan = Setup::inferred().treated(PrivacyPolicy::default()).plan;
    let pass = |plan: &TablePlan| {
        let (mut table, mut bad_rows) = (Vec::new(), Vec::new());
        let outputs = TableOutputs {
            rows: &mut ParquetSink::new(&mut table),
            bad_rows: &mut bad_rows,
        };
        transform_table(
            text.as_bytes(),
            plan,
            &relay_model::TableLimits::default(),
            outputs,
            &Watch::none(),
        )
    };
    let TableOutcome::NeedsAnotherPass { learnt, .. } = pass(&plan).unwrap() else {
        panic!("else this shows nothing");
    };
    plan = TablePlan::new(ColumnPlan::Inferred);
    plan.learnt = Some(learnt);
    assert!(matches!(pass(&plan), Err(TransformError::Internal(_))));
}
