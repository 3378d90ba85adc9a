//! Personal data in columns: each class and each treatment, from bytes to Parquet.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use relay_model::{Basis, ColumnClass, ColumnReport, DataClass, FieldType, PrivacyPolicy, Treatment};
use relay_privacy::{TokenKey, mask};

use crate::people::{name_of, value};
use crate::support::{KEY, Ran, Setup};

const ROWS: u32 = 12;
/// No digits without separators and no words: of no class by themselves.
const PLAIN: &str = "a-1";

pub fn token(class: DataClass, text: &str) -> String {
    TokenKey::new(KEY).token(class, text.as_bytes())
}

fn csv(class: DataClass) -> String {
    let rows = (0..ROWS).map(|row| format!("{row};{};{PLAIN}\n", value(class, row)));
    format!("id;{};other\n{}12;;x\n", name_of(class), rows.collect::<String>())
}

fn json_lines(class: DataClass) -> String {
    let row = |row: u32| {
        let object = serde_json::json!({"id": row, name_of(class): value(class, row), "other": PLAIN});
        format!("{object}\n")
    };
    format!(
        "{}{{\"id\":12,\"other\":\"x\"}}\n",
        (0..ROWS).map(row).collect::<String>()
    )
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn assert_treated(ran: &Ran, class: DataClass, treatment: Treatment, what: &str) {
    let name = name_of(class);
    let expected = |row: u32| {
        let text = value(class, row);
        match treatment {
            Treatment::Keep => format!("'{text}'"),
            Treatment::Mask => format!("'{}'", mask(class, text.as_bytes())),
            Treatment::Drop => "null".to_owned(),
            Treatment::Tokenize => format!("'{}'", token(class, &text)),
        }
    };
    let mut expected: Vec<String> = (0..ROWS).map(expected).collect();
    expected.push("null".to_owned());
    assert_eq!(ran.column(name), expected, "{what}");
    let report = ran.report(name).unwrap();
    let found = report.class.unwrap();
    assert_eq!((found.class, found.treatment), (class, treatment), "{what}");
    assert_eq!((found.rows, found.share_permille), (u64::from(ROWS), 1_000), "{what}");
    assert_eq!(report.strays, 0);
    let by_name_alone = matches!(class, DataClass::DateOfBirth | DataClass::PersonName);
    assert_eq!(found.basis, if by_name_alone { Basis::Name } else { Basis::Both });
    assert_eq!((ran.report("id"), ran.report("other")), (None, None), "{what}");
    assert_eq!((ran.summary().passes, ran.summary().rows), (1, u64::from(ROWS) + 1));
}

#[test]
fn every_class_under_every_treatment_in_every_format() {
    for class in DataClass::ALL {
        for treatment in Treatment::ALL {
            let setup = || Setup::inferred().treated(PrivacyPolicy::all(Treatment::Keep).with(class, treatment));
            let (csv, json) = (csv(class), json_lines(class));
            for (format, bytes) in [
                ("csv", csv.clone().into_bytes()),
                ("json lines", json.clone().into_bytes()),
                ("csv, gzip", gzip(&csv)),
                ("json lines, gzip", gzip(&json)),
            ] {
                let ran = setup().run(&bytes);
                assert_treated(&ran, class, treatment, &format!("{class}, {treatment}, {format}"));
                let on_threads = setup().threads(3).run(&bytes);
                assert_eq!(on_threads.table, ran.table);
                assert_eq!(on_threads.outcome, ran.outcome);
            }
        }
    }
}

#[test]
fn without_a_redactor_nothing_is_looked_for() {
    let text = csv(DataClass::Email);
    let ran = Setup::inferred().run(&text);
    assert_eq!(ran.report("email"), None);
    assert_eq!(ran.column("email")[0], format!("'{}'", value(DataClass::Email, 0)));
}

#[test]
fn a_table_without_personal_data_is_the_same_bytes_with_a_redactor_and_without() {
    let rows = (0..30_000).map(|row| format!("{row},{}.5,w{},2013-01-31T00:00:00Z\n", row % 7, row % 97));
    let text = format!("id,value,word,at\n{}", rows.collect::<String>());
    let (without, with) = (
        Setup::inferred().run(&text),
        Setup::inferred().treated(PrivacyPolicy::default()).run(&text),
    );
    assert_eq!(with.table, without.table);
    assert_eq!(with.outcome, without.outcome);
}

#[test]
fn a_kept_column_keeps_its_type_and_is_reported() {
    let text = "date_of_birth,client_ip\n1990-05-12,203.0.113.7\n1991-06-13,203.0.113.8\n";
    let ran = Setup::inferred().treated(PrivacyPolicy::default()).run(text);
    assert_eq!(ran.types()[0], ("date_of_birth".to_owned(), FieldType::Date, false));
    let expected = ColumnReport {
        class: Some(ColumnClass {
            class: DataClass::DateOfBirth,
            rows: 2,
            share_permille: 1_000,
            basis: Basis::Name,
            treatment: Treatment::Keep,
        }),
        strays: 0,
    };
    assert_eq!(ran.report("date_of_birth"), Some(expected));
    assert_eq!(ran.column("client_ip"), ["'203.0.113.7'", "'203.0.113.8'"]);
}

#[test]
fn what_does_not_look_like_its_class_is_treated_with_the_column() {
    let text = "email,n\nada@example.com,1\nada(at)example.com,2\nunknown,3\n,4\nNA,5\n \t,6\n";
    let ran = Setup::inferred().treated(PrivacyPolicy::default()).run(text);
    assert_eq!(
        ran.column("email"),
        ["'***@***.com'", "'***(***)***.***'", "'***'", "null", "null", "null"],
        "missing values stay missing, and white space alone becomes none"
    );
    let found = ran.report("email").unwrap().class.unwrap();
    assert_eq!((found.rows, found.share_permille), (3, 333));
}

#[test]
fn integers_that_lost_their_zeros_are_tokenized_as_the_numbers_they_were() {
    let text = "ssn,n\n123456789,1\n12345678,2\n234567890,3\n";
    let ran = Setup::inferred().treated(PrivacyPolicy::default()).run(text);
    let expected =
        ["123-45-6789", "012-34-5678", "234-56-7890"].map(|ssn| format!("'{}'", token(DataClass::UsSsn, ssn)));
    assert_eq!(ran.column("ssn"), expected);
    let json = "{\"ssn\":123456789}\n{\"ssn\":12345678}\n{\"ssn\":234567890.0}\n";
    assert_eq!(
        Setup::inferred()
            .treated(PrivacyPolicy::default())
            .run(json)
            .column("ssn"),
        expected
    );
    let floats = text
        .replace(",1\n", ".0,1\n")
        .replace(",2\n", ".0,2\n")
        .replace(",3\n", ".0,3\n");
    assert_eq!(
        Setup::inferred()
            .treated(PrivacyPolicy::default())
            .run(floats)
            .column("ssn"),
        expected
    );
}

#[test]
fn the_same_card_gives_the_same_token_in_every_table() {
    let setup = || Setup::inferred().treated(PrivacyPolicy::default());
    let cards = [1, 2, 3].map(|number| value(DataClass::PaymentCard, number));
    let spaced = format!(
        "card,n\n{}\n",
        cards.each_ref().map(|card| format!("{card},1")).join("\n")
    );
    let bare = cards
        .each_ref()
        .map(|card| format!("{{\"paid_card_number\":{}}}\n", card.replace(' ', "")))
        .concat();
    let dashed = format!(
        "n;card_no\n{}\n",
        cards
            .each_ref()
            .map(|card| format!("1;{}", card.replace(' ', "-")))
            .join("\n")
    );
    let expected = setup().run(spaced).column("card");
    assert!(
        expected.iter().all(|token| token.starts_with("'tok_card_")),
        "{expected:?}"
    );
    assert_eq!(setup().run(bare).column("paid_card_number"), expected);
    assert_eq!(setup().run(gzip(&dashed)).column("card_no"), expected);
}

#[test]
fn a_declared_type_is_checked_before_its_column_is_treated() {
    use FieldType::{Datetime, String as Text};
    let fields = ["ssn:integer!", "email:string!", "dob:date", "seen:datetime"];
    let policy = PrivacyPolicy::all(Treatment::Mask).with(DataClass::UsSsn, Treatment::Drop);
    let ran = Setup::declared(&fields).treated(policy).run(
        "ssn,email,dob,seen\n\
         123456789,ada@example.com,1990-05-12,2013-01-31T00:00:00Z\n\
         123-45-6789,bea@example.com,1990-05-12,2013-01-31T00:00:00Z\n\
         ,cyd@example.com,1990-05-12,2013-01-31T00:00:00Z\n\
         234567890,,1990-05-12,2013-01-31T00:00:00Z\n\
         234567890,eve@example.com,12 May 1990,2013-01-31T00:00:00Z\n\
         234567890,fay@example.com,1990-05-12,2013-01-31T00:00:00\n\
         345678901,gwen@example.org,,\n",
    );
    assert_eq!(
        ran.bad(),
        [
            "3/2/not_an_integer/ssn",
            "4/3/missing_required/ssn",
            "5/4/missing_required/email",
            "6/5/not_a_date/dob",
            "7/6/mixed_offsets/seen",
        ]
    );
    assert_eq!(
        ran.rows(),
        [
            ["null", "'***@***.com'", "'****-**-**'", "at 1359590400000000"],
            ["null", "'***@***.org'", "null", "null"],
        ]
    );
    let types: Vec<FieldType> = ran.types().into_iter().map(|(_, field_type, _)| field_type).collect();
    assert_eq!(types, [Text, Text, Text, Datetime]);
    assert!(ran.summary().schema_declared);
    assert_eq!(
        ran.summary().passes,
        1,
        "the first rows suggest the classes, also where types are declared"
    );
}

#[test]
fn what_a_schema_calls_missing_is_missing_and_counts_for_no_class() {
    let schema =
        serde_json::json!({"fields": [{"name": "phone", "type": "string"}], "missingValues": ["", "555-0000", "-9"]});
    let mut setup = Setup::inferred().csv().treated(PrivacyPolicy::default());
    setup.plan.columns = crate::support::exactly(serde_json::from_value(schema).unwrap());
    let ran = setup.run("phone\n(212) 555-0123\n555-0000\n-9\n(212) 555-0124\n");
    assert_eq!(
        ran.column("phone"),
        ["'(***) ***-****'", "null", "null", "'(***) ***-****'"]
    );
    assert_eq!(ran.report("phone").unwrap().class.unwrap().rows, 2);
}

#[test]
fn a_dropped_column_has_no_value_in_any_row() {
    let rows = (0..30_000).map(|row| format!("{row},{}\n", value(DataClass::Iban, row)));
    let text = format!("id,account\n{}", rows.collect::<String>());
    let policy = PrivacyPolicy::default().with(DataClass::Iban, Treatment::Drop);
    let ran = Setup::inferred().treated(policy).run(text);
    assert!(ran.column("account").iter().all(|value| value == "null"));
    let column = &ran.summary().columns[1];
    assert_eq!((column.missing, column.field_type), (30_000, FieldType::String));
    assert_eq!(column.personal.unwrap().class.unwrap().rows, 30_000);
}

#[test]
fn a_result_that_comes_again_is_left_as_it_is() {
    let policy = PrivacyPolicy::all(Treatment::Tokenize).with(DataClass::Email, Treatment::Mask);
    let setup = || Setup::inferred().treated(policy.clone());
    for class in DataClass::ALL {
        let first = setup().run(csv(class)).column(name_of(class));
        let rows = first
            .iter()
            .map(|value| format!("{};x\n", value.trim_matches('\'').replace("null", "")));
        let again = setup().run(format!("{};n\n{}", name_of(class), rows.collect::<String>()));
        assert_eq!(again.column(name_of(class)), first, "{class}");
    }
}
