//! Invented people: values of each class, the same for the same number. Domains, telephone numbers and addresses are those
//! kept for examples, cards and accounts have made-up numbers with check digits that fit.

use relay_model::DataClass;

/// A column's name that suggests the class.
pub fn name_of(class: DataClass) -> &'static str {
    match class {
        DataClass::Email => "email",
        DataClass::Phone => "phone_number",
        DataClass::UsSsn => "ssn",
        DataClass::PaymentCard => "card_number",
        DataClass::Iban => "iban",
        DataClass::IpAddress => "client_ip",
        DataClass::DateOfBirth => "date_of_birth",
        DataClass::PersonName => "full_name",
    }
}

/// A value of the class; each of a thousand numbers has its own. Those of six classes are unmistakable or strong, dates and
/// names are so only under their name.
pub fn value(class: DataClass, number: u32) -> String {
    let number = number % 1_000;
    match class {
        DataClass::Email => format!("person{number}@example.com"),
        DataClass::Phone => format!("(212) 555-{:04}", 100 + number),
        DataClass::UsSsn => format!("123-45-{:04}", 1_000 + number),
        DataClass::PaymentCard => card(number),
        DataClass::Iban => iban(number),
        DataClass::IpAddress => format!("198.51.{}.{}", 100 + number / 100, 100 + number % 100),
        DataClass::DateOfBirth => format!("{:02}.{:02}.{}", 1 + number % 28, 1 + number % 12, 1950 + number % 50),
        DataClass::PersonName => {
            let letter = |digit: u32| char::from(b'a' + (digit % 10) as u8);
            format!(
                "Ada Love{}{}{}",
                letter(number / 100),
                letter(number / 10),
                letter(number)
            )
        }
    }
}

fn card(number: u32) -> String {
    let digits = format!("41111111111{number:04}");
    let sum: u32 = digits
        .bytes()
        .rev()
        .map(|digit| u32::from(digit - b'0'))
        .enumerate()
        .map(|(place, digit)| {
            if place % 2 == 0 {
                digit * 2 / 10 + digit * 2 % 10
            } else {
                digit
            }
        })
        .sum();
    let digits = format!("{digits}{}", (10 - sum % 10) % 10);
    [0, 4, 8, 12].map(|at| &digits[at..at + 4]).join(" ")
}

fn iban(number: u32) -> String {
    let account = format!("000000000000000{number:03}");
    // DE00 behind the account, letters as numbers from 10.
    let rest = format!("{account}131400")
        .bytes()
        .fold(0, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
    format!("DE{:02}{account}", 98 - rest)
}
