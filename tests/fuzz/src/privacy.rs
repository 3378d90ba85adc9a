//! Values of personal data: what is masked, dropped or a token is gone; places are in order; a column's parts count like the
//! whole.

use relay_privacy::{
    ColumnTally, DataClass, PrivacyPolicy, Redactor, TokenKey, Treatment, classify_name, find_strays, is_token, mask,
};

pub const WORDS: &[&[u8]] = &[
    b"ada@example.com",
    b"+49 30 1234567",
    b"(212) 555-0123",
    b"212-555-0123",
    b"123-45-6789",
    b"4111 1111 1111 1111",
    b"4111111111111111",
    b"DE89 3704 0044 0532 0130 00",
    b"2001:db8::1",
    b"192.0.2.1:443",
    b"1970-01-31",
    b"tok_email_",
    b"***@***.com",
    b"*",
    b"@",
    b"\n",
    b"N/A",
    b"Ada Lovelace",
    "„".as_bytes(),
    "\u{200b}".as_bytes(),
];
/// The longest token: `tok_email_` and 26 characters.
const TOKEN_BYTES_MAX: usize = 40;
/// The least that an unmistakable value has, in bytes.
const VALUE_BYTES_MIN: usize = 6;

pub fn seeds() -> Vec<Vec<u8>> {
    let cells = [
        "contact\nada@example.com\ngrace@example.org\nn/a\n",
        "phone\n+1 212 555 0123\n(212) 555-0123 ext 4\n2125550123\n",
        "id\n123-45-6789\n987654321\n123456789.0\n",
        "note\ncall 212-555-0123 or mail a@b.cd, card 4111-1111-1111-1111\n",
        "iban\nDE89370400440532013000\nGB82 WEST 1234 5698 7654 32\n",
        "ip\n192.0.2.1\n::ffff:192.0.2.1\n[2001:db8::1]:80\n",
        "birth\n1970-01-31\n31.1.1970\n",
        "name\nLovelace, Ada\nO'Neil\n",
        "x\na@b.cda@b.cd@b.cd\n123-45-123-45-67896789\n",
    ];
    let plain = cells.iter().map(|cells| cells.as_bytes().to_vec());
    plain
        .chain([b"many\n".iter().copied().chain(b"a@b.cd ".repeat(400)).collect()])
        .collect()
}

pub fn check(input: &[u8]) {
    let mut cells = input.split(|byte| *byte == b'\n');
    let hints = classify_name(&String::from_utf8_lossy(cells.next().unwrap_or_default()));
    let (mut whole, mut parts) = (
        ColumnTally::new(hints),
        [ColumnTally::new(hints), ColumnTally::new(hints)],
    );
    for (number, cell) in cells.enumerate() {
        whole.observe(cell);
        parts[number % 2].observe(cell);
        check_cell(cell);
    }
    let [mut merged, other] = parts;
    merged.merge(&other);
    assert_eq!(merged, whole, "two parts are not the whole");
    if let Some(found) = whole.decide() {
        assert!(found.share_permille <= 1_000 && found.rows == whole.rows() && found.rows > 0);
    }
}

fn redactor(treatment: Treatment) -> Redactor {
    Redactor::new(PrivacyPolicy::all(treatment), Some(TokenKey::new([7; 32]))).expect("it has a key")
}

fn check_cell(cell: &[u8]) {
    let strays = find_strays(cell);
    let mut from = 0;
    for stray in &strays {
        assert!(
            from <= stray.start && stray.start < stray.end && stray.end <= cell.len(),
            "{stray:?}"
        );
        from = stray.end;
    }
    for treatment in Treatment::ALL {
        let redactor = redactor(treatment);
        check_stray(&redactor, treatment, cell, !strays.is_empty());
        for class in DataClass::ALL {
            check_classified(&redactor, treatment, class, cell);
        }
    }
}

fn check_stray(redactor: &Redactor, treatment: Treatment, cell: &[u8], has_strays: bool) {
    let mut out = b"before".to_vec();
    let is_changed = redactor.treat_stray(cell, &mut out) > 0;
    let out = out.strip_prefix(b"before").expect("what was there stays");
    assert!(is_changed || out.is_empty());
    assert_eq!(is_changed, has_strays && treatment != Treatment::Keep);
    assert!(out.len() <= cell.len() * 3 + (cell.len() / VALUE_BYTES_MIN + 1) * TOKEN_BYTES_MAX);
    if is_changed && matches!(treatment, Treatment::Drop | Treatment::Mask) {
        let left = find_strays(out);
        assert!(left.is_empty(), "{treatment} leaves {left:?}");
    }
}

fn check_classified(redactor: &Redactor, treatment: Treatment, class: DataClass, cell: &[u8]) {
    let (mut out, mut again) = (Vec::new(), Vec::new());
    redactor.treat_cell(class, cell, &mut out);
    redactor.treat_cell(class, &out, &mut again);
    assert!(out == again, "{treatment} of {class} changes what it made");
    let is_blank = cell.trim_ascii().is_empty();
    match treatment {
        Treatment::Keep => assert!(out == cell),
        Treatment::Drop => assert!(out.is_empty()),
        Treatment::Mask => {
            assert!(
                !out.iter().any(u8::is_ascii_digit) || is_token(cell.trim_ascii()),
                "{class}: a digit stays"
            );
            assert!(out.len() <= cell.len() * 3 + TOKEN_BYTES_MAX);
            let masked = mask(class, cell);
            assert_eq!(mask(class, masked.as_bytes()), masked);
        }
        Treatment::Tokenize => {
            let is_mask = out == cell.trim_ascii();
            assert!(is_token(&out) || is_mask || is_blank, "{class}: no token");
        }
    }
}
