//! Values that look like personal data and are none, made like the real ones: with check digits where those have them.

use crate::people;
use crate::random::Random;

pub fn ean(random: &mut Random) -> String {
    let digits = format!("40{}", random.digits(10));
    let weighted = |(place, digit): (usize, u8)| u32::from(digit - b'0') * if place % 2 == 0 { 1 } else { 3 };
    let sum: u32 = digits.bytes().enumerate().map(weighted).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

pub fn isbn(random: &mut Random) -> String {
    format!("978-3-{}-{}-{}", random.digits(2), random.digits(6), random.digits(1))
}

pub fn tracking(random: &mut Random) -> String {
    match random.range(0, 3) {
        0 => format!(
            "1Z{}{}",
            random.text("0123456789ABCDEFGHJKLMNPRSTUVWXY", 6),
            random.digits(10)
        ),
        1 => random.digits(12),
        2 => format!("94{}", random.digits(20)),
        _ => format!(
            "9400 1{} {} {} {} {}",
            random.digits(3),
            random.digits(4),
            random.digits(4),
            random.digits(4),
            random.digits(2)
        ),
    }
}

pub fn version_quad(random: &mut Random) -> String {
    format!(
        "{}.{}.{}.{}",
        random.range(1, 12),
        random.range(0, 30),
        random.range(0, 60),
        random.range(0, 400)
    )
}

/// A device's number has fifteen digits, the last of which is Luhn's.
pub fn imei(random: &mut Random) -> String {
    let body = random.digits(12);
    people::with_luhn(&format!("35{body}"))
}

pub fn sim(random: &mut Random) -> String {
    let body = random.digits(14);
    people::with_luhn(&format!("8949{body}"))
}

pub fn hex_groups(random: &mut Random, groups: usize, separator: &str) -> String {
    let groups: Vec<String> = (0..groups).map(|_| random.text("0123456789abcdef", 2)).collect();
    groups.join(separator)
}

pub fn uuid(random: &mut Random) -> String {
    let hex = "0123456789abcdef";
    let lengths = [8, 4, 4, 4, 12];
    lengths.map(|length| random.text(hex, length)).join("-")
}

pub fn thing(random: &mut Random) -> String {
    let first = random.pick(&["Blue", "Large", "Classic", "Nordic", "Ada", "Smart", "Old", "Grace"]);
    let second = random.pick(&[
        "Lamp",
        "Chair",
        "Airport",
        "Municipal Airport",
        "Kettle",
        "Turing Edition",
        "Field",
    ]);
    format!("{first} {second}")
}

pub fn company(random: &mut Random) -> String {
    let name = people::family(random);
    format!("{name} {}", random.pick(&["GmbH", "Inc", "Ltd", "& Sons", "S.A."]))
}

pub fn login(random: &mut Random) -> String {
    let name = people::given(random).to_lowercase();
    format!("{name}{}", random.range(1, 9_999))
}

pub fn sentence(random: &mut Random) -> String {
    let sentences = [
        "Delivered to the neighbour.",
        "Customer asked for a refund of 129.90, order 112-3456789-1234567",
        "see ticket #48213; valve replaced @ station 4",
        "Rückruf erbeten",
        "Shipped 2024-03-01 10:22:05 from warehouse 12, weight 1200-1400 g",
        "ratio 3:2, tolerance +0.25/-0.10, ISO 9001:2015",
        "OK",
    ];
    (*random.pick(&sentences)).to_owned()
}
