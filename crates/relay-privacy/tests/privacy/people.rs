//! Invented people's values, made from the standards and not by the code that is measured. Nobody's: domains of RFC 2606 and
//! 6761, telephone numbers that are kept for fiction, addresses of RFC 5737 and 3849, test ranges of cards, accounts at
//! bank number zero. Social Security numbers cannot be told from real ones; these come out of a generator, not from people.

use crate::random::Random;

const GIVEN: &[&str] = &[
    "Ada",
    "Grace",
    "Alan",
    "Edsger",
    "Barbara",
    "Donald",
    "Margaret",
    "Katherine",
    "José",
    "Zoë",
    "Jürgen",
    "Anne-Marie",
    "Mohammed",
    "Fatima",
    "Yuki",
    "Wei",
    "Olga",
    "Søren",
    "Chloé",
    "Ludwig",
    "Jean",
    "Luz",
    "Bo",
    "Xi",
    "Siobhán",
    "D'Arcy",
];
const FAMILY: &[&str] = &[
    "Lovelace",
    "Hopper",
    "Turing",
    "Dijkstra",
    "Liskov",
    "Knuth",
    "Hamilton",
    "Johnson",
    "García",
    "Müller",
    "O'Neill",
    "van der Berg",
    "Smith-Jones",
    "Nguyễn",
    "Kowalski",
    "Øst",
    "Ivanova",
    "Tanaka",
    "Li",
    "de la Cruz",
    "Weiß",
    "St. John",
    "Null",
    "Ng",
    "Haddad",
    "李",
];
const DOMAINS: &[&str] = &[
    "example.com",
    "example.org",
    "example.net",
    "mail.example.com",
    "eu.mail.example.org",
    "firm.example",
    "shop.invalid",
    "a-b.test",
    "xn--bcher-kva.example",
    "bücher.example",
];

pub fn given(random: &mut Random) -> String {
    (*random.pick(GIVEN)).to_owned()
}

pub fn family(random: &mut Random) -> String {
    (*random.pick(FAMILY)).to_owned()
}

pub fn full_name(random: &mut Random) -> String {
    let (given, family) = (given(random), family(random));
    match random.range(0, 9) {
        0..=5 => format!("{given} {family}"),
        6 | 7 => format!("{family}, {given}"),
        8 => format!("Dr. {given} {family}"),
        _ => format!("{given} {}. {family}", random.text("ABCDEFGHJKLM", 1)),
    }
}

fn plain(name: &str) -> String {
    let plain: String = name.chars().filter(char::is_ascii_alphabetic).collect();
    if plain.is_empty() { "user".to_owned() } else { plain }
}

pub fn email(random: &mut Random) -> String {
    let (given, family) = (plain(&given(random)), plain(&family(random)));
    let domain = random.pick(DOMAINS);
    let local = match random.range(0, 7) {
        0 => format!("{given}.{family}"),
        1 => format!("{given}{}", random.range(1, 99)),
        2 => format!("{given}_{family}+news"),
        3 => format!("{}{family}", &given[..1]),
        4 => format!("{family}-{given}"),
        5 => format!("{}.{}.{family}", &given[..1], random.text("ABC", 1)),
        6 => random.digits(9),
        _ => "info".to_owned(),
    };
    if random.chance(700) {
        format!("{local}@{domain}").to_lowercase()
    } else {
        format!("{local}@{domain}")
    }
}

/// `555-01xx` in area codes that exist.
pub fn nanp(random: &mut Random) -> [String; 3] {
    let area = *random.pick(&["212", "415", "202", "312", "305", "617", "808", "416", "604", "787"]);
    [area.to_owned(), "555".to_owned(), format!("01{}", random.digits(2))]
}

pub fn phone_north_american(random: &mut Random) -> String {
    let [area, exchange, line] = nanp(random);
    match random.range(0, 9) {
        0 | 1 => format!("({area}) {exchange}-{line}"),
        2 | 3 => format!("{area}-{exchange}-{line}"),
        4 => format!("{area}.{exchange}.{line}"),
        5 => format!("+1 {area} {exchange} {line}"),
        6 => format!("+1{area}{exchange}{line}"),
        7 => format!("1-{area}-{exchange}-{line}"),
        8 => format!("{area}{exchange}{line}"),
        _ => format!("({area}) {exchange}-{line} x{}", random.range(1, 9_999)),
    }
}

/// Numbers that regulators keep for film and fiction, in international form.
pub fn phone_international(random: &mut Random) -> String {
    match random.range(0, 6) {
        0 => format!("+44 20 7946 0{}", random.digits(3)),
        1 => format!("+447700900{}", random.digits(3)),
        2 => format!("+49 30 23125{}", random.digits(3)),
        3 => format!("+49-171-39200{}", random.digits(2)),
        4 => format!("+33 1 99 00 {} {}", random.digits(2), random.digits(2)),
        5 => format!("+61 2 5550 {}", random.digits(4)),
        _ => format!("0049 30 23125 {}", random.digits(3)),
    }
}

pub fn phone_german(random: &mut Random) -> String {
    match random.range(0, 4) {
        0 => format!("030/23125{}", random.digits(3)),
        1 => format!("030 23125-{}", random.digits(3)),
        2 => format!("0171 39200{}", random.digits(2)),
        3 => format!("+49 (0)30 23125{}", random.digits(3)),
        _ => format!("03023125{}", random.digits(3)),
    }
}

pub fn phone_french(random: &mut Random) -> String {
    let separator = *random.pick(&[" ", ".", " "]);
    [
        "01".to_owned(),
        "99".to_owned(),
        "00".to_owned(),
        random.digits(2),
        random.digits(2),
    ]
    .join(separator)
}

pub fn ssn(random: &mut Random) -> [String; 3] {
    let area = match random.range(1, 898) {
        666.. => random.range(667, 899),
        area => area,
    };
    [
        format!("{area:03}"),
        format!("{:02}", random.range(1, 99)),
        format!("{:04}", random.range(1, 9_999)),
    ]
}

/// The digit that makes the sum of ISO/IEC 7812-1 a multiple of ten.
pub fn with_luhn(digits: &str) -> String {
    let mut sum = 0;
    for (place, digit) in digits.bytes().rev().enumerate() {
        let digit = u32::from(digit - b'0');
        sum += if place % 2 == 1 {
            digit
        } else {
            digit * 2 / 10 + digit * 2 % 10
        };
    }
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// Numbers below the issuer numbers of card networks' test ranges.
pub fn card(random: &mut Random) -> String {
    let prefix = *random.pick(&[
        "411111", "424242", "555555", "222300", "378282", "601111", "352800", "620000", "305693",
    ]);
    let length = match &prefix[..2] {
        "37" => 15,
        "30" => 14,
        _ => 16,
    };
    let body = random.digits(length - 7);
    with_luhn(&format!("{prefix}{body}"))
}

pub fn card_grouped(random: &mut Random) -> String {
    let card = card(random);
    let separator = *random.pick(&[" ", "-"]);
    let cuts: &[usize] = match card.len() {
        14 | 15 => &[4, 10],
        _ => &[4, 8, 12],
    };
    let mut grouped = String::new();
    for (at, digit) in card.chars().enumerate() {
        if cuts.contains(&at) {
            grouped.push_str(separator);
        }
        grouped.push(digit);
    }
    grouped
}

/// ISO 7064, MOD 97-10, on decimal digits as the standard writes it out.
pub fn with_check_digits(country: &str, account: &str) -> String {
    let spelled: String = format!("{account}{country}00")
        .chars()
        .map(|char| char.to_digit(36).unwrap().to_string())
        .collect();
    let remainder = spelled
        .bytes()
        .fold(0, |remainder, digit| (remainder * 10 + u32::from(digit - b'0')) % 97);
    format!("{country}{:02}{account}", 98 - remainder)
}

pub fn iban(random: &mut Random) -> String {
    let (country, bank, digits, ending) = *random.pick(&[
        ("DE", "00000000", 10, ""),
        ("FR", "0000000000", 13, ""),
        ("GB", "ZZZZ000000", 8, ""),
        ("NL", "ZZZZ", 10, ""),
        ("ES", "00000000", 12, ""),
        ("IT", "X0000000000", 12, ""),
        ("CH", "00000", 12, ""),
        ("AT", "00000", 11, ""),
        ("PL", "00000000", 16, ""),
        ("NO", "0000", 7, ""),
        ("MT", "ZZZZ00000", 18, ""),
        ("BR", "00000000", 15, "P1"),
    ]);
    with_check_digits(country, &format!("{bank}{}{ending}", random.digits(digits)))
}

pub fn iban_grouped(random: &mut Random) -> String {
    let iban = iban(random);
    let groups: Vec<&str> = (0..iban.len())
        .step_by(4)
        .map(|at| &iban[at..iban.len().min(at + 4)])
        .collect();
    groups.join(" ")
}

pub fn quad(random: &mut Random) -> String {
    let net = random.pick(&["192.0.2", "198.51.100", "203.0.113"]);
    format!("{net}.{}", random.range(1, 254))
}

pub fn ipv6(random: &mut Random) -> String {
    let hex = |random: &mut Random| format!("{:x}", random.range(1, 0xffff));
    match random.range(0, 2) {
        0 => format!("2001:db8::{}:{}", hex(random), hex(random)),
        1 => format!("2001:DB8:0:{}:{}::1", hex(random), hex(random)).to_uppercase(),
        _ => {
            let groups: Vec<String> = (0..6).map(|_| hex(random)).collect();
            format!("2001:db8:{}", groups.join(":"))
        }
    }
}

pub fn date(random: &mut Random, first_year: u64, last_year: u64) -> (u64, u64, u64) {
    (
        random.range(first_year, last_year),
        random.range(1, 12),
        random.range(1, 28),
    )
}

/// One spelling for each table, with now and then another.
pub fn birth_date(random: &mut Random, spelling: u64) -> String {
    let (year, month, day) = date(random, 1930, 2008);
    let spelling = if random.chance(50) {
        random.range(0, 5)
    } else {
        spelling
    };
    match spelling {
        0 | 1 => format!("{year}-{month:02}-{day:02}"),
        2 => format!("{month:02}/{day:02}/{year}"),
        3 => format!("{day}.{month}.{year}"),
        4 => format!("{year}{month:02}{day:02}"),
        _ => {
            let name = [
                "January", "Feb", "March", "Apr", "May", "June", "Jul", "August", "Sep", "Oct", "Nov", "Dec",
            ];
            format!("{day} {} {year}", name[month as usize - 1])
        }
    }
}
