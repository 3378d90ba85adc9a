//! Unmistakable values in columns that are not treated as a whole.

use relay_model::{ColumnReport, DataClass, PrivacyPolicy, Treatment};

use crate::people::value;
use crate::personal::token;
use crate::support::Setup;

fn notes(texts: &[&str], policy: PrivacyPolicy) -> (Vec<String>, u64) {
    let line = |text: &&str| format!("{}\n", serde_json::json!({"note": text, "n": 1}));
    let ran = Setup::inferred()
        .treated(policy.clone())
        .run(texts.iter().map(line).collect::<String>());
    let quoted = |text: &&str| format!("\"{}\",1\n", text.replace('"', "\"\""));
    let csv = format!("note,n\n{}", texts.iter().map(quoted).collect::<String>());
    let from_csv = Setup::inferred().treated(policy).run(csv);
    assert_eq!(from_csv.column("note"), ran.column("note"));
    let ColumnReport { class, strays } = ran.report("note").unwrap_or(ColumnReport { class: None, strays: 0 });
    assert_eq!(class, None);
    let shown = ran.column("note").into_iter();
    (shown.map(|text| text.trim_matches('\'').to_owned()).collect(), strays)
}

#[test]
fn values_in_notes_are_treated_and_the_text_around_them_stays() {
    let card = value(DataClass::PaymentCard, 5);
    let paid = format!("Paid with {card}, call (212) 555-0123.");
    let (texts, strays) = notes(
        &[
            "All is well.",
            &paid,
            "Write to ada@example.com",
            "SSN 123-45-6789 on file",
            "Flight 1545 to IAH",
        ],
        PrivacyPolicy::default(),
    );
    assert_eq!(
        texts,
        [
            "All is well.".to_owned(),
            format!(
                "Paid with {}, call (***) ***-****.",
                token(DataClass::PaymentCard, &card)
            ),
            "Write to ***@***.com".to_owned(),
            format!("SSN {} on file", token(DataClass::UsSsn, "123-45-6789")),
            "Flight 1545 to IAH".to_owned(),
        ]
    );
    assert_eq!(strays, 4);
}

#[test]
fn a_cell_of_which_nothing_is_left_has_no_value() {
    let policy = PrivacyPolicy::default().with(DataClass::Email, Treatment::Drop);
    let (texts, strays) = notes(&["a word", "another", "ada@example.com", "by bea@example.com"], policy);
    assert_eq!(texts, ["a word", "another", "null", "by "]);
    assert_eq!(strays, 2);
}

#[test]
fn a_policy_that_keeps_everything_changes_nothing() {
    let (texts, strays) = notes(&["ask ada@example.com", "x", "y"], PrivacyPolicy::all(Treatment::Keep));
    assert_eq!(texts, ["ask ada@example.com", "x", "y"]);
    assert_eq!(strays, 0);
}

#[test]
fn in_a_column_that_is_kept_values_of_other_classes_are_treated() {
    let accounts: Vec<String> = (0..9)
        .map(|row| format!("{},x\n", value(DataClass::Iban, row)))
        .collect();
    let text = format!("iban,n\n{}ada@example.com,x\n", accounts.concat());
    let ran = Setup::inferred().treated(PrivacyPolicy::default()).run(text);
    let report = ran.report("iban").unwrap();
    let found = report.class.unwrap();
    assert_eq!(
        (found.class, found.share_permille, found.treatment),
        (DataClass::Iban, 900, Treatment::Keep)
    );
    assert_eq!(report.strays, 1);
    let values = ran.column("iban");
    assert_eq!(values[0], format!("'{}'", value(DataClass::Iban, 0)));
    assert_eq!(values[9], "'***@***.com'");
}

#[test]
fn numbers_and_dates_are_left_alone_in_columns_of_no_class() {
    let text = "n,t,d\n123456789,2013-01-31T00:00:00,2013-01-31\n4111,2013-01-31T00:00:00,2013-01-31\n";
    let ran = Setup::inferred().treated(PrivacyPolicy::all(Treatment::Drop)).run(text);
    assert_eq!(ran.rows()[0], ["123456789", "at 1359590400000000", "day 15736"]);
}

#[test]
fn nested_values_are_looked_into_and_stay_json() {
    let text = concat!(
        "{\"id\":1,\"more\":{\"mail\":\"ada@example.com\",\"tags\":[\"x\"],\"n\":1.50}}\n",
        "{\"id\":2,\"more\":{\"mail\":\"ada\\u0040example.com\",\"say\":\"\\\"so\\\"\"}}\n",
        "{\"id\":3,\"more\":[\"call\\n123-45-6789\",\"\\u00fc\"]}\n",
        "{\"id\":4,\"more\":{\"packed\":\"{\\\"mail\\\":\\\"ada\\\\u0040example.com\\\"}\"}}\n",
        "{\"id\":5,\"more\":{\"plain\":\"\\\\o/\"}}\n",
    );
    let ran = Setup::inferred().treated(PrivacyPolicy::default()).run(text);
    let ssn = token(DataClass::UsSsn, "123-45-6789");
    assert_eq!(
        ran.column("more"),
        [
            "'{\"mail\":\"***@***.com\",\"tags\":[\"x\"],\"n\":1.50}'".to_owned(),
            "'{\"mail\":\"***@***.com\",\"say\":\"\\\"so\\\"\"}'".to_owned(),
            format!("'[\"call\\n{ssn}\",\"\\u00fc\"]'"),
            "'{\"packed\":\"{\\\"mail\\\":\\\"***@***.com\\\"}\"}'".to_owned(),
            "'{\"plain\":\"\\\\o/\"}'".to_owned(),
        ]
    );
    assert_eq!(ran.report("more").unwrap().strays, 4);
}

#[test]
fn json_in_a_cell_of_csv_is_looked_into_as_well() {
    let (texts, strays) = notes(
        &[
            "plain",
            " [\"x\\nada@example.com\", \"ada\\u0040example.org\"]",
            "{\"broken\\\": \\u0040 ada@example.com",
            "\"",
            "\\",
        ],
        PrivacyPolicy::default(),
    );
    assert_eq!(
        texts,
        [
            "plain",
            " [\"x\\n***@***.com\", \"***@***.org\"]",
            "{\"broken\\\": \\u0040 ***@***.com",
            "\"",
            "\\"
        ]
    );
    assert_eq!(strays, 3);
}

#[test]
fn escapes_hide_no_value_in_texts_that_are_no_json() {
    let (texts, strays) = notes(
        &[
            "<li>ada&#64;example.com</li>",
            "GET /?user=ada%40example.com&page=2",
            r"first\n123-45-6789",
            "100 % of R&D, C:\\dir and %41",
            "ada@example.com at 100%25",
        ],
        PrivacyPolicy::default().with(DataClass::UsSsn, Treatment::Mask),
    );
    assert_eq!(
        texts,
        [
            "<li>***@***.com</li>",
            "GET /?user=***@***.com&page=2",
            "first ***-**-****",
            "100 % of R&D, C:\\dir and %41",
            "***@***.com at 100%25",
        ]
    );
    assert_eq!(strays, 4);
}
