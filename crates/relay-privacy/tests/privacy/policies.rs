//! Classes, policies and reports as JSON.

use relay_privacy::{Basis, Classification, ColumnReport, DataClass, PrivacyPolicy, Treatment};

#[test]
fn classes_are_spelled_one_way() {
    for class in DataClass::ALL {
        assert_eq!(serde_json::to_string(&class).unwrap(), format!("\"{}\"", class.name()));
        assert_eq!(class.name().parse(), Ok(class));
        assert_eq!(class.to_string(), class.name());
    }
    let error = "e\u{7}mail".parse::<DataClass>().unwrap_err().to_string();
    assert!(
        error.starts_with("'e\\u{7}mail' is no class of personal data: use email, phone,"),
        "{error}"
    );
    assert!(
        DataClass::ALL.iter().all(|class| error.contains(class.name())),
        "every class is offered"
    );
}

#[test]
fn the_default_masks_addresses_and_tokenizes_numbers_that_identify() {
    let json = serde_json::to_string(&PrivacyPolicy::default()).unwrap();
    assert_eq!(
        json,
        r#"{"version":1,"email":"mask","phone":"mask","us_ssn":"tokenize","payment_card":"tokenize","iban":"keep","ip_address":"keep","date_of_birth":"keep","person_name":"keep","opaque":"quarantine"}"#
    );
    assert_eq!(
        serde_json::from_str::<PrivacyPolicy>(&json).unwrap(),
        PrivacyPolicy::default()
    );
    assert_eq!(
        serde_json::from_str::<PrivacyPolicy>("{}").unwrap(),
        PrivacyPolicy::default()
    );
    assert!(PrivacyPolicy::default().needs_key() && !PrivacyPolicy::default().keeps_all());
    assert!(PrivacyPolicy::all(Treatment::Keep).keeps_all());
}

#[test]
fn a_class_that_is_not_named_has_its_default() {
    let policy: PrivacyPolicy = serde_json::from_str(r#"{"iban":"drop","email":"keep"}"#).unwrap();
    let expected = PrivacyPolicy::default()
        .with(DataClass::Iban, Treatment::Drop)
        .with(DataClass::Email, Treatment::Keep);
    assert_eq!(policy, expected);
}

#[test]
fn errors_say_what_to_write() {
    for (json, expected) in [
        (
            r#"{"emial":"mask"}"#,
            "'emial' is no class of personal data: use email, phone,",
        ),
        (
            r#"{"email":"hide"}"#,
            "'hide' is no treatment: use keep, mask, drop or tokenize",
        ),
        (r#"{"email":"Mask"}"#, "'Mask' is no treatment"),
        (
            r#"{"email":"mask","email":"keep"}"#,
            "email is named twice: remove one of the two",
        ),
        (
            r#"{"version":2}"#,
            "version 2 of a policy is not known here: update the relay, or write version 1",
        ),
        (
            r#"["email"]"#,
            "expected a treatment for each class, such as {\"email\":\"mask\"}",
        ),
        (r#"{"email":1}"#, "invalid type: integer `1`, expected a string"),
    ] {
        let error = serde_json::from_str::<PrivacyPolicy>(json).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_report_says_what_was_found_and_what_the_policy_makes_of_it() {
    let found = Classification {
        class: DataClass::Phone,
        rows: 950,
        share_permille: 987,
        basis: Basis::Both,
    };
    let report = ColumnReport {
        class: Some(found.under(&PrivacyPolicy::default())),
        strays: 0,
    };
    assert_eq!(
        serde_json::to_string(&report).unwrap(),
        r#"{"class":"phone","rows":950,"share_permille":987,"basis":"both","treatment":"mask"}"#
    );
}
