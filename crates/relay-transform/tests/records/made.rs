//! Texts of tables, well-formed or not, each by the number of its case: the same on every machine.

/// `SplitMix64` (Steele, Lea, Flood 2014).
pub struct Random(u64);

impl Random {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    const fn below(&mut self, end: usize) -> usize {
        (self.bits() % end as u64) as usize
    }

    fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    const fn one_of(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

/// One input.
pub struct Case {
    pub text: Vec<u8>,
    pub delimiter: u8,
    pub row_bytes_max: usize,
}

const DELIMITERS: [u8; 4] = *b",;\t|";
const WORDS: [&str; 16] = [
    "x",
    "yz",
    "",
    "",
    "1",
    "20",
    "0.5",
    "-1",
    "xyzzy",
    "ä",
    "名",
    " ",
    "y z",
    "012",
    "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
    "9007199254740993",
];
/// Of a cell that needs quotes.
const PARTS: [&str; 10] = ["\"", "\"\"", "\n", "\r\n", ",", ";", "\t", "|", "x", "1,2\n3,4"];
/// What a mutation puts in.
const PIECES: [&[u8]; 17] = [
    b"\"", b"\"\"", b"\"\"\"", b"\n", b"\r\n", b"\r", b"\n\n", b",", b";", b"\t", b"|", b"\",\"", b"\"\n\"", b"\n\"",
    b" \"", b"\xff", b"x",
];
/// No limit that these texts reach, and one that many do.
const ROW_BYTES_MAX: [usize; 2] = [1 << 20, 48];
const MUTATIONS_MAX: usize = 4;

/// The case of this number.
pub fn case(number: u64) -> Case {
    let mut random = Random::new(number);
    let delimiter = DELIMITERS[if random.one_of(3) { random.below(4) } else { 0 }];
    let columns = 1 + random.below(4);
    let line_break = if random.one_of(3) { "\r\n" } else { "\n" };
    let mut text = String::new();
    if random.one_of(16) {
        text.push('\u{feff}');
    }
    let header: Vec<String> = (0..columns).map(|column| format!("h{column}")).collect();
    push_row(&mut text, &header, delimiter, line_break, &mut random);
    for _ in 0..random.below(12) {
        let cells: Vec<String> = (0..columns).map(|_| cell(&mut random)).collect();
        push_row(&mut text, &cells, delimiter, line_break, &mut random);
    }
    if random.one_of(6) {
        text.truncate(text.trim_end_matches(['\r', '\n']).len());
    }
    let mut text = text.into_bytes();
    for _ in 0..random.below(MUTATIONS_MAX + 1) {
        mutate(&mut text, &mut random);
    }
    Case {
        text,
        delimiter,
        row_bytes_max: ROW_BYTES_MAX[usize::from(random.one_of(4))],
    }
}

fn cell(random: &mut Random) -> String {
    if random.one_of(5) {
        (0..=random.below(4)).map(|_| random.pick(&PARTS)).collect()
    } else {
        random.pick(&WORDS).to_owned()
    }
}

fn push_row(text: &mut String, cells: &[String], delimiter: u8, line_break: &str, random: &mut Random) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            text.push(char::from(delimiter));
        }
        let needs_quotes =
            cell.contains(['"', '\n', '\r', char::from(delimiter)]) || (cells.len() == 1 && cell.is_empty());
        if needs_quotes || random.one_of(8) {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push_str(line_break);
}

fn mutate(text: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(text.len() + 1);
    let end = (at + 1 + random.below(12)).min(text.len());
    match random.below(8) {
        0 => {
            text.drain(at..end);
        }
        1 => {
            let again = text[at..end].to_vec();
            text.splice(at..at, again);
        }
        2 => {
            let again = text[at..end].repeat(20);
            text.splice(at..at, again);
        }
        3 => text.truncate(at.max(1)),
        4 if at < text.len() => {
            let piece = random.pick(&PIECES);
            text.splice(at..=at, piece.iter().copied());
        }
        _ => {
            let piece = random.pick(&PIECES);
            text.splice(at..at, piece.iter().copied());
        }
    }
}
