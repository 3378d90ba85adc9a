//! The columns of every table: what is in them, and whose it is.

use relay_privacy::DataClass::{self, DateOfBirth, Email, Iban, IpAddress, PaymentCard, PersonName, Phone, UsSsn};

use crate::lookalikes;
use crate::people;
use crate::population::{Cell, Draw};
use crate::random::Random;

type Make = fn(&mut Random, &Draw, u64) -> Cell;

/// A column of every table.
pub struct Column {
    pub name: &'static str,
    /// The class that the column is of; none if its content is mixed or not personal.
    pub truth: Option<DataClass>,
    /// Whether it holds both, so that neither answer is wrong.
    pub is_mixed: bool,
    pub make: Make,
}

const fn column(name: &'static str, truth: Option<DataClass>, is_mixed: bool, make: Make) -> Column {
    Column {
        name,
        truth,
        is_mixed,
        make,
    }
}

const fn personal(name: &'static str, truth: DataClass, make: Make) -> Column {
    column(name, Some(truth), false, make)
}

const fn mixed(name: &'static str, make: Make) -> Column {
    column(name, None, true, make)
}

const fn other(name: &'static str, make: Make) -> Column {
    column(name, None, false, make)
}

fn of(class: DataClass, text: String) -> Cell {
    Cell {
        text,
        truth: Some(class),
    }
}

pub fn no(text: impl Into<String>) -> Cell {
    Cell {
        text: text.into(),
        truth: None,
    }
}

pub const COLUMNS: &[Column] = &[
    personal("email", Email, |random, _, _| of(Email, people::email(random))),
    personal("contact", Email, |random, _, _| of(Email, people::email(random))),
    personal("Antwort an", Email, |random, _, _| {
        of(
            Email,
            format!("{} <{}>", people::full_name(random), people::email(random)),
        )
    }),
    mixed("login", |random, draw, _| {
        if random.chance(draw.share) {
            of(Email, people::email(random))
        } else {
            no(lookalikes::login(random))
        }
    }),
    personal("phone_number", Phone, |random, _, _| {
        of(Phone, people::phone_north_american(random))
    }),
    personal("Telefon", Phone, |random, _, _| of(Phone, people::phone_german(random))),
    personal("mobileNo", Phone, |random, _, _| {
        of(Phone, format!("{}.0", people::nanp(random).concat()))
    }),
    personal("callback", Phone, |random, _, _| {
        of(Phone, people::phone_north_american(random))
    }),
    personal("reach_at", Phone, |random, _, _| {
        of(Phone, people::phone_international(random))
    }),
    personal("joindre", Phone, |random, _, _| of(Phone, people::phone_french(random))),
    personal("rueckfrage", Phone, |random, _, _| {
        of(Phone, people::phone_german(random))
    }),
    personal("SSN", UsSsn, |random, _, _| {
        let parts = people::ssn(random);
        of(
            UsSsn,
            if random.chance(500) {
                parts.join("-")
            } else {
                parts.concat()
            },
        )
    }),
    personal("social_security_number", UsSsn, |random, _, _| {
        of(UsSsn, people::ssn(random).concat().trim_start_matches('0').to_owned())
    }),
    personal("applicant", UsSsn, |random, _, _| {
        of(UsSsn, people::ssn(random).join("-"))
    }),
    personal("taxpayer", UsSsn, |random, _, _| {
        of(UsSsn, people::ssn(random).concat())
    }),
    personal("card_number", PaymentCard, |random, _, _| {
        of(
            PaymentCard,
            if random.chance(500) {
                people::card(random)
            } else {
                people::card_grouped(random)
            },
        )
    }),
    personal("paid_with", PaymentCard, |random, _, _| {
        of(PaymentCard, people::card_grouped(random))
    }),
    personal("instrument", PaymentCard, |random, _, _| {
        of(PaymentCard, people::card(random))
    }),
    mixed("reference", |random, draw, _| {
        if random.chance(draw.share) {
            of(PaymentCard, people::card(random))
        } else {
            no(random.digits(16))
        }
    }),
    personal("iban", Iban, |random, _, _| of(Iban, people::iban(random))),
    personal("payout_to", Iban, |random, _, _| of(Iban, people::iban_grouped(random))),
    mixed("account", |random, draw, _| {
        if random.chance(draw.share) {
            of(Iban, people::iban(random))
        } else {
            no(random.digits(10))
        }
    }),
    personal("client_ip", IpAddress, |random, _, _| {
        of(
            IpAddress,
            if random.chance(300) {
                people::ipv6(random)
            } else {
                people::quad(random)
            },
        )
    }),
    personal("source", IpAddress, |random, _, _| of(IpAddress, people::quad(random))),
    personal("visitor", IpAddress, |random, _, _| of(IpAddress, people::ipv6(random))),
    personal("node", IpAddress, |random, _, _| {
        of(
            IpAddress,
            format!("10.0.{}.{}", random.range(0, 9), random.range(1, 60)),
        )
    }),
    personal("peer", IpAddress, |random, _, _| {
        of(
            IpAddress,
            format!("{}:{}", people::quad(random), random.range(1_024, 65_535)),
        )
    }),
    personal("date_of_birth", DateOfBirth, |random, draw, _| {
        of(DateOfBirth, people::birth_date(random, draw.spelling))
    }),
    personal("Geburtsdatum", DateOfBirth, |random, _, _| {
        of(DateOfBirth, people::birth_date(random, 3))
    }),
    personal("born", DateOfBirth, |random, draw, _| {
        of(DateOfBirth, people::birth_date(random, draw.spelling))
    }),
    personal("firstName", PersonName, |random, _, _| {
        of(PersonName, people::given(random))
    }),
    personal("Nachname", PersonName, |random, _, _| {
        of(PersonName, people::family(random))
    }),
    personal("patient name", PersonName, |random, _, _| {
        of(PersonName, people::full_name(random))
    }),
    personal("name", PersonName, |random, _, _| {
        of(PersonName, people::full_name(random))
    }),
    personal("assigned_to", PersonName, |random, _, _| {
        of(PersonName, people::full_name(random))
    }),
    mixed("notes", notes),
    other("order_id", |_, draw, row| {
        no(format!("{}", 4_000_000_000_000_000 + draw.table * 1_000_000 + row))
    }),
    other("created_ms", |random, _, row| {
        no(format!("{}", 1_700_000_000_000 + row * 1_000 + random.range(0, 999)))
    }),
    other("created_us", |random, _, _| {
        no(format!("{}", 1_700_000_000_000_000 + random.range(0, 9_999_999_999)))
    }),
    other("post_id", |random, _, _| {
        no(random
            .range(400_000_000_000_000_000, 700_000_000_000_000_000)
            .to_string())
    }),
    other("ean", |random, _, _| no(lookalikes::ean(random))),
    other("isbn", |random, _, _| no(lookalikes::isbn(random))),
    other("tracking", |random, _, _| no(lookalikes::tracking(random))),
    other("shop_order", |random, _, _| {
        no(format!(
            "{}-{}-{}",
            random.digits(3),
            random.digits(7),
            random.digits(7)
        ))
    }),
    other("part_no", |random, _, _| {
        no(format!(
            "{}-{}-{}",
            random.digits(3),
            random.digits(3),
            random.digits(4)
        ))
    }),
    other("case_no", |random, _, _| {
        no(format!(
            "{}-{}-{}",
            random.digits(3),
            random.digits(2),
            random.digits(4)
        ))
    }),
    other("serial", |random, _, _| no(random.digits(9))),
    other("customer_no", |random, _, _| {
        let digits = random.digits(9);
        no(people::with_luhn(&digits))
    }),
    other("imei", |random, _, _| no(lookalikes::imei(random))),
    other("sim", |random, _, _| no(lookalikes::sim(random))),
    other("zip", |random, _, _| {
        no(format!("{}-{}", random.digits(5), random.digits(4)))
    }),
    other("lat", |random, _, _| {
        no(format!("{}.{}", random.range(0, 89), random.digits(7)))
    }),
    other("position", |random, _, _| {
        no(format!(
            "+{}.{}-{}.{}",
            random.range(10, 89),
            random.digits(4),
            random.range(10, 170),
            random.digits(4)
        ))
    }),
    other("amount", |random, _, _| {
        no(format!("{}.{}", random.range(0, 99_999), random.digits(2)))
    }),
    other("phone_bill", |random, _, _| {
        no(format!("{}.{}", random.range(5, 120), random.digits(2)))
    }),
    other("driver_version", |random, _, _| no(lookalikes::version_quad(random))),
    other("browser", |random, _, _| no(format!("{}.0.0.0", random.range(90, 140)))),
    other("mac", |random, _, _| no(lookalikes::hex_groups(random, 6, ":"))),
    other("eui64", |random, _, _| no(lookalikes::hex_groups(random, 8, ":"))),
    other("uuid", |random, _, _| no(lookalikes::uuid(random))),
    other("commit", |random, _, _| no(random.text("0123456789abcdef", 40))),
    other("sku", |random, _, _| {
        no(format!(
            "{}{}{}",
            random.text("ABDEFGIMNST", 2),
            random.digits(2),
            random.text("ABC0123456789", 16)
        ))
    }),
    other("vat_id", |random, _, _| no(format!("DE{}", random.digits(9)))),
    other("file_name", |random, _, _| {
        no(format!("report-{}.pdf", random.digits(6)))
    }),
    other("host_name", |random, _, _| {
        no(format!("db{}.example.net", random.range(1, 99)))
    }),
    other("product_name", |random, _, _| no(lookalikes::thing(random))),
    other("company_name", |random, _, _| no(lookalikes::company(random))),
    other("username", |random, _, _| no(lookalikes::login(random))),
    other("handle", |random, _, _| no(format!("@{}", lookalikes::login(random)))),
    other("profile", |random, _, _| {
        no(format!("https://social.example/@{}", lookalikes::login(random)))
    }),
    other("tailnum", |random, _, _| no(format!("N{}UA", random.digits(3)))),
    other("shipping", |random, _, _| {
        no(*random.pick(&["express", "standard", "pick-up"]))
    }),
    other("ordered_at", |random, _, _| {
        let (year, month, day) = people::date(random, 2019, 2026);
        no(format!(
            "{year}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
            random.range(0, 23),
            random.range(0, 59),
            random.range(0, 59)
        ))
    }),
    other("due", |random, _, _| {
        let (year, month, day) = people::date(random, 2019, 2026);
        no(format!("{day:02}.{month:02}.{year}"))
    }),
    other("birthday_discount", |random, _, _| {
        no(format!("{}%", random.range(1, 30)))
    }),
    other("weekday", |random, _, _| {
        no(*random.pick(&["Monday", "Tuesday", "Mittwoch", "jeudi"]))
    }),
];

/// Three in a hundred notes have something in them that should not be there.
fn notes(random: &mut Random, _: &Draw, _: u64) -> Cell {
    let sentence = lookalikes::sentence(random);
    if !random.chance(30) {
        return no(sentence);
    }
    let (class, value) = match random.range(0, 5) {
        0 => (Email, people::email(random)),
        1 => (Phone, people::phone_international(random)),
        2 => (Phone, people::phone_north_american(random)),
        3 => (UsSsn, people::ssn(random).join("-")),
        4 => (
            PaymentCard,
            if random.chance(700) {
                people::card_grouped(random)
            } else {
                people::card(random)
            },
        ),
        _ => (
            Iban,
            if random.chance(500) {
                people::iban_grouped(random)
            } else {
                people::iban(random)
            },
        ),
    };
    let text = match random.range(0, 3) {
        0 => format!("{sentence} ({value})"),
        1 => format!("{sentence} - {value}, thanks"),
        2 => format!("contact:{value}."),
        _ => format!("{value} {sentence}"),
    };
    of(class, text)
}
