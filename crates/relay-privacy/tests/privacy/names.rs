//! What columns' names suggest.

use proptest::prelude::*;
use relay_privacy::{DataClass, DataClass::*, classify_name};

fn classes(column: &str) -> Vec<DataClass> {
    classify_name(column).classes().iter().collect()
}

const SPELLINGS: &[(DataClass, &[&str])] = &[
    (
        Email,
        &[
            "email",
            "E-Mail",
            "eMail",
            "EMAIL_ADDRESS",
            "user.email",
            "Mail Address",
            "mail_address",
            "emailAddress",
            "email2",
            "Correo electrónico",
            "courriel",
            "E-Mail-Adresse",
            "contact_email",
        ],
    ),
    (
        Phone,
        &[
            "phone",
            "Phone Number",
            "tel",
            "Tel.",
            "mobile",
            "fax",
            "homePhone",
            "PHONENUMBER",
            "phone_1",
            "Téléphone",
            "Telefonnummer",
            "Handy",
            "Rückrufnummer Telefon",
            "cell phone",
            "numero de telephone",
            "msisdn",
            "Teléfono",
        ],
    ),
    (
        UsSsn,
        &[
            "ssn",
            "SSN",
            "social_security_number",
            "SocialSecurityNumber",
            "Social Security No.",
            "employee_ssn",
        ],
    ),
    (
        PaymentCard,
        &[
            "card_number",
            "pan",
            "cc_num",
            "creditCardNumber",
            "Credit card",
            "Kreditkarten-Nr",
            "ccnumber",
            "Kartennummer",
            "numéro de carte",
        ],
    ),
    (Iban, &["iban", "IBAN", "customerIBAN", "iban_code", "Bankverbindung"]),
    (
        IpAddress,
        &[
            "ip",
            "IP",
            "ip_address",
            "IPAddress",
            "clientIp",
            "remote_addr",
            "IP-Adresse",
            "ipv4",
            "src_ip",
        ],
    ),
    (
        DateOfBirth,
        &[
            "dob",
            "DOB",
            "birth_date",
            "birthDate",
            "date_of_birth",
            "Date of Birth",
            "Geburtsdatum",
            "geb_datum",
            "date de naissance",
            "fecha_de_nacimiento",
            "birthday",
        ],
    ),
    (
        PersonName,
        &[
            "first_name",
            "firstName",
            "LASTNAME",
            "surname",
            "full_name",
            "Vorname",
            "Nachname",
            "prénom",
            "apellido",
            "patient name",
            "cardholder_name",
            "Name on card",
            "maiden-name",
            "Pre\u{301}nom",
        ],
    ),
];

#[test]
fn names_in_any_spelling_suggest_their_class() {
    for (class, columns) in SPELLINGS {
        for column in *columns {
            assert_eq!(classes(column), [*class], "{column}");
        }
    }
}

#[test]
fn other_names_suggest_nothing() {
    for column in [
        "",
        " ",
        "name",
        "Name",
        "file_name",
        "host_name",
        "product_name",
        "username",
        "user_name",
        "company_name",
        "tailnum",
        "shipping",
        "ship",
        "clip",
        "description",
        "panel",
        "company",
        "telemetry",
        "hotel",
        "cellar",
        "ipsum",
        "zip",
        "tip",
        "mobile_os",
        "phone_model",
        "ssn_hash",
        "email_count",
        "mailbox_size",
        "date",
        "created_at",
        "order_date",
        "birth_place",
        "product_full_name",
        "company email subject",
        "card_type",
        "card",
        "account",
        "expanse",
        "dobson",
        "faxed",
        "名前",
        "🦀",
    ] {
        assert_eq!(classes(column), [], "{column}");
    }
}

#[test]
fn names_that_mean_a_card_or_something_else_are_ambiguous() {
    for column in [
        "card",
        "Cards",
        "customer_card",
        "Karte",
        "kundeKarte",
        "carte",
        "kort",
        "карта",
        "カード",
    ] {
        let hints = classify_name(column);
        assert!(hints.may_mean(PaymentCard) && !hints.suggests(PaymentCard), "{column}");
    }
    for column in [
        "card_type",
        "gift card",
        "card_id",
        "cardinal",
        "cardiology",
        "karting",
        "sim card",
    ] {
        let hints = classify_name(column);
        assert!(!hints.may_mean(PaymentCard) && !hints.suggests(PaymentCard), "{column}");
    }
}

#[test]
fn a_name_may_suggest_several() {
    assert_eq!(classes("phone or email"), [Email, Phone]);
}

proptest! {
    #[test]
    fn any_name_is_read(column: String) {
        classify_name(&column);
    }

    #[test]
    fn words_inside_other_words_are_none(before in "[b-d]{1,3}", after in "[b-d]{1,3}") {
        for word in ["ip", "pan", "tel", "ssn", "dob", "iban", "mail", "fax"] {
            let column = format!("{before}{word}{after}");
            prop_assert_eq!(classes(&column), [], "{}", column);
        }
    }
}
