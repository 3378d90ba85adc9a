//! Tables as people send them: every dialect and encoding gives the same rows, the choice is recorded, and nothing of the
//! values or of the lines that were left out is anywhere in clear.

use encoding_rs::{Encoding, WINDOWS_1252};
use relay_model::{PrivacyPolicy, ReasonCode, TableReading};

use crate::support::{Dripping, Ran, Setup};

const PEOPLE: u32 = 300;
/// In every value of the column of addresses, and in every title and comment.
const CANARY: &str = "canary";

fn cells(number: u32) -> [String; 3] {
    [
        number.to_string(),
        format!("Zo\u{eb} M\u{fc}ller {number}"),
        format!("{CANARY}{number}@example.com"),
    ]
}

/// The table, its fields between `delimiter`, its lines ended by `ending`.
fn people(delimiter: &str, ending: &str) -> String {
    let mut text = ["id", "name", "email"].join(delimiter) + ending;
    for number in 0..PEOPLE {
        text += &(cells(number).join(delimiter) + ending);
    }
    text
}

fn utf16(text: &str, is_big: bool, has_mark: bool) -> Vec<u8> {
    let units = has_mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    let bytes = |unit: u16| {
        if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() }
    };
    units.flat_map(bytes).collect()
}

fn in_encoding(encoding: &'static Encoding, text: &str) -> Vec<u8> {
    let (bytes, _, is_lossy) = encoding.encode(text);
    assert!(!is_lossy);
    bytes.into_owned()
}

/// Treated by default, read whole and dripping, on one thread and on two: the same.
fn read(bytes: &[u8]) -> Ran {
    let setup = || Setup::inferred().treated(PrivacyPolicy::default());
    let ran = setup().run(bytes);
    assert_eq!(setup().threads(2).run(bytes).table, ran.table);
    assert_eq!(setup().try_run(|| Dripping(bytes)).unwrap().outcome, ran.outcome);
    ran
}

fn reading(ran: &Ran) -> TableReading {
    ran.summary().reading.clone().unwrap()
}

fn assert_keeps_canary(ran: &Ran) {
    let has_canary = |bytes: &[u8]| bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes());
    assert!(!has_canary(&ran.table) && !has_canary(ran.bad_rows.as_bytes()));
    assert!(!format!("{:?}", ran.outcome).contains(CANARY));
}

fn assert_are_people(ran: &Ran, what: &str) {
    assert_eq!(
        (ran.summary().rows, ran.summary().bad_rows),
        (u64::from(PEOPLE), 0),
        "{what}"
    );
    let expected = |column: usize| (0..PEOPLE).map(move |number| cells(number)[column].clone());
    let ids: Vec<String> = expected(0).collect();
    let names: Vec<String> = expected(1).map(|name| format!("'{name}'")).collect();
    assert_eq!(ran.column("id"), ids, "{what}");
    assert_eq!(ran.column("name"), names, "{what}");
    assert_eq!(
        ran.report("email").unwrap().class.unwrap().class,
        relay_model::DataClass::Email
    );
    assert_keeps_canary(ran);
}

#[test]
fn every_dialect_gives_the_same_people() {
    let plain = people(",", "\n");
    let titled = format!("Members, by {CANARY}9@example.com\n\nas of 2024\n{plain}");
    let padded = format!("Members of {CANARY}9@example.com,,\n,,\n{plain}");
    let commented = format!("# {CANARY}9@example.com, a, b, c\n# made on Monday\n{plain}# the end\n");
    let mixed: Vec<String> = plain
        .lines()
        .enumerate()
        .map(|(number, line)| format!("{line}{}", ["\n", "\r\n", "\r"][number % 3]))
        .collect();
    let mixed = mixed.concat();
    for (what, text, delimiter, heading, skipped) in [
        (
            "semicolons named",
            format!("sep=;\n{}", people(";", "\n")),
            ";",
            2,
            vec![1],
        ),
        (
            "a caret named",
            format!("\u{feff}\"sep=^\"\r\n{}", people("^", "\r\n")),
            "^",
            2,
            vec![1],
        ),
        ("a title", titled.clone(), ",", 4, vec![1, 3]),
        ("a padded title", padded, ",", 3, vec![1, 2]),
        ("comments", commented, ",", 3, vec![1, 2, 304]),
        ("returns", people(",", "\r"), ",", 1, vec![]),
        ("semicolons and returns", people(";", "\r"), ";", 1, vec![]),
        ("mixed ends", mixed, ",", 1, vec![]),
        ("a title and returns", titled.replace('\n', "\r"), ",", 4, vec![1, 3]),
        ("blanks", people(", ", "\n"), ",", 1, vec![]),
        ("blanks and CRLF", people(";  ", "\r\n"), ";", 1, vec![]),
    ] {
        let ran = read(text.as_bytes());
        assert_are_people(&ran, what);
        let reading = reading(&ran);
        assert_eq!(reading.delimiter.as_deref(), Some(delimiter), "{what}");
        assert_eq!(reading.header_line, Some(heading), "{what}");
        assert_eq!(reading.skipped_lines, skipped.len() as u64, "{what}");
        assert_eq!(reading.first_skipped_lines, skipped, "{what}");
        for (is_big, has_mark) in [(false, true), (true, true), (false, false), (true, false)] {
            let ran = read(&utf16(text.trim_start_matches('\u{feff}'), is_big, has_mark));
            assert_are_people(&ran, what);
        }
        assert_are_people(
            &read(&in_encoding(WINDOWS_1252, text.trim_start_matches('\u{feff}'))),
            what,
        );
    }
}

#[test]
fn separators_of_programs_stand_between_fields() {
    for delimiter in ["\u{1}", "\u{1f}"] {
        for ending in ["\n", "\r\n", "\r"] {
            let text = people(delimiter, ending);
            for bytes in [
                text.clone().into_bytes(),
                format!("\u{feff}{text}").into_bytes(),
                in_encoding(WINDOWS_1252, &text),
            ] {
                let ran = read(&bytes);
                assert_are_people(&ran, delimiter);
                assert_eq!(reading(&ran).delimiter.as_deref(), Some(delimiter));
                assert_eq!(reading(&ran).header_line, Some(1));
            }
        }
        // Few of them among long values.
        let long = "long words of a note, and more of them; ".repeat(10);
        let text = format!("id\u{1}note\n1\u{1}{long}\n2\u{1}{long}\n").replace('\u{1}', delimiter);
        assert_eq!(read(text.as_bytes()).column("id"), ["1", "2"]);
        // Delimiters of others are text, and values need quotes for nothing but line breaks and quotes.
        let text = "name\u{1}note\nMuster, Ada; | \t\u{1}\"two\nlines\"\nBo\u{1}\n".replace('\u{1}', delimiter);
        let ran = read(text.as_bytes());
        assert_eq!(ran.rows(), [["'Muster, Ada; | \t'", "'two\nlines'"], ["'Bo'", "null"]]);
        // As Hive writes it, without names.
        let text = people(delimiter, "\n").split_once('\n').unwrap().1.to_owned();
        let ran = read(text.as_bytes());
        assert!(ran.summary().header_absent);
        assert_eq!(ran.summary().rows, u64::from(PEOPLE));
        assert_keeps_canary(&ran);
        let ran = Setup::declared(&["id:integer", "name:string", "email:string"]).run(people(delimiter, "\n"));
        assert_eq!(ran.summary().rows, u64::from(PEOPLE));
    }
}

#[test]
fn texts_with_separators_in_them_are_no_tables() {
    let fix = "8=FIX.4.2\u{1}9=65\u{1}35=A\u{1}49=SENDER\u{1}56=TARGET\u{1}10=062\u{1}\n".repeat(20);
    let chat = "\u{1f}Monday\u{1f} Ada said: good morning, all\n\u{1f}Tuesday\u{1f} Bo said: not yet\n".repeat(10);
    let marc = "00714cam a2200205 a 4500\u{1e}1 \u{1f}aMuster, Ada\u{1f}d1912-\u{1e}10\u{1f}aThe tale\u{1f}bof two\u{1e}\u{1d}\n".repeat(5);
    let actions = "\u{1}ACTION waves\u{1}\n\u{1}ACTION smiles, and leaves\u{1}\nand that was it\n".repeat(10);
    let both = "a\u{1}b\u{1f}c\n1\u{1}2\u{1f}3\n".repeat(20);
    // A table of another delimiter, whose values would be no text.
    let commas = "id,tags\n1,\u{1}\u{1}\u{1}\u{1}\n2,\u{1}\u{1}\u{1}\n3,\u{1}\n4,\u{1}\u{1}\u{1}\n".repeat(10);
    let lines = "{\"a\":1}\u{1}\u{1}\n{\"a\":2}\u{1}\u{1}\n".repeat(10);
    let ragged = "name\u{1}city\nAda\u{1}\u{1}\u{1}Ulm\nBo\nCy\u{1}\u{1}Rome\n".repeat(10);
    let bytes = "\u{1}\u{2}\u{3}\u{1}\u{1}\n\u{1}\u{4}\u{1}\u{1}\n".repeat(10);
    for text in [fix, chat, marc, actions, both, commas, lines, ragged, bytes] {
        let outcome = Setup::inferred().run(&text).outcome;
        assert!(
            matches!(outcome, relay_transform::TableOutcome::NotATable { .. }),
            "{} {outcome:?}",
            text.escape_debug()
        );
    }
    // And one of them in a table of another kind stays where it is.
    let long = "a note of some length, and more of it. ".repeat(5);
    let ran = read(format!("name;note\nAda;{long}one\u{1}two\nBo;\u{1f}\nCy;{long}\n").as_bytes());
    assert_eq!(reading(&ran).delimiter.as_deref(), Some(";"));
    assert_eq!(ran.column("note")[1], "'\u{1f}'");
}

#[test]
fn a_title_in_which_a_return_stands_is_two_lines() {
    // Python's csv module ends a line at each of them; so do spreadsheets.
    for (text, heading, skipped) in [
        ("h0\rh1\r\nyz,xyzzy\r\nxyzzy,1\r\n", 3, vec![1, 2]),
        ("# h0\rh1\r\nyz,xyzzy\r\nxyzzy,1\r\n", 3, vec![1, 2]),
        ("h0,\rh1\r\nyz,xyzzy,a\r\nxyzzy,1,2\r\n", 3, vec![1, 2]),
        ("\"h0\rh1\"\r\nyz,xyzzy\r\nxyzzy,1\r\n", 2, vec![1]),
        ("h0\r\r\nyz,xyzzy\r\nxyzzy,1\r\n", 2, vec![1]),
    ] {
        let reading = reading(&Setup::inferred().run(text));
        assert_eq!(reading.header_line, Some(heading), "{text:?}");
        assert_eq!(reading.first_skipped_lines, skipped, "{text:?}");
    }
}

#[test]
fn the_encoding_is_recorded_with_how_it_is_known() {
    let text = people(",", "\n");
    for (bytes, encoding, by) in [
        (text.clone().into_bytes(), "utf-8", "content"),
        (format!("\u{feff}{text}").into_bytes(), "utf-8", "byte_order_mark"),
        (utf16(&text, false, true), "utf-16le", "byte_order_mark"),
        (utf16(&text, true, false), "utf-16be", "content"),
        (in_encoding(WINDOWS_1252, &text), "windows-1252", "content"),
    ] {
        let ran = read(&bytes);
        assert_are_people(&ran, encoding);
        let reading = reading(&ran);
        assert_eq!(
            (reading.encoding.as_str(), reading.encoding_by.as_str()),
            (encoding, by)
        );
    }
}

#[test]
fn a_registered_table_is_read_in_its_declared_encoding() {
    let text = "name,city\n\u{17d}ofie,T\u{159}eb\u{ed}\u{10d}\n";
    let bytes = in_encoding(encoding_rs::WINDOWS_1250, text);
    let setup = Setup::declared(&["name:string", "city:string"]).encoding("windows-1250");
    let ran = setup.run(&bytes);
    assert_eq!(ran.rows(), [["'\u{17d}ofie'", "'T\u{159}eb\u{ed}\u{10d}'"]]);
    assert_eq!(reading(&ran).encoding_by, "declaration");
    // Not declared, it is not guessed: the row is set aside.
    let ran = Setup::declared(&["name:string", "city:string"]).run(&bytes);
    assert_eq!(ran.bad(), ["2/1/invalid_utf8/-"]);
}

#[test]
fn a_single_column_is_a_table_where_its_values_are_alike() {
    let emails: Vec<String> = (0..PEOPLE)
        .map(|number| format!("{CANARY}{number}@example.com\n"))
        .collect();
    let emails = emails.concat();
    let ran = read(format!("email\n{emails}").as_bytes());
    assert_eq!(ran.summary().rows, u64::from(PEOPLE));
    assert_keeps_canary(&ran);
    for (text, rows) in [
        ("count\n1\n2\n3\n", 3),
        ("\"day\"\r\n2024-01-01\r\n2024-01-02\r\n\r\n2024-01-03\r\n", 3),
        ("order id\nA-17\nB-18\nC-19\nD-20\n", 4),
        ("full_name\nAda Lovelace\nGrace Hopper\nMary Shelley\n", 3),
    ] {
        assert_eq!(read(text.as_bytes()).summary().rows, rows, "{text}");
    }
    for text in [
        "word\nword\nword\nword\n",
        "Shopping\nmilk\nbread\neggs\n",
        "Dear Ada,\nall is well.\nYours\nBo\n",
        "1\n2\n3\n4\n",
    ] {
        assert!(Setup::inferred().run(text).is_not_a_table(), "{text}");
    }
}

#[test]
fn ragged_rows_are_bad_rows_of_a_table() {
    let mut text = "id,name,email\n".to_owned();
    for number in 0..PEOPLE {
        let cells = cells(number);
        let length = if number % 5 == 0 { 2 } else { 3 };
        text += &(cells[..length].join(",") + "\n");
    }
    let ran = read(text.as_bytes());
    assert_eq!(ran.code(), ReasonCode::TableTooManyBadRows);
    assert_keeps_canary(&ran);
    let ran = Setup::inferred().treated(PrivacyPolicy::default()).lenient().run(&text);
    assert_eq!((ran.summary().rows, ran.summary().bad_rows), (240, 60));
    assert_keeps_canary(&ran);
}

#[test]
fn control_characters_are_kept_as_they_are() {
    for character in ["\u{1}", "\u{7f}", "\u{85}", "\u{9f}", "\u{0}", "\u{b}", "\u{1b}[1m"] {
        let text = format!("{}1000,x{character}y,{CANARY}9@example.com\n", people(",", "\n"));
        let ran = read(text.as_bytes());
        assert_eq!(ran.column("name")[PEOPLE as usize], format!("'x{character}y'"));
        assert_keeps_canary(&ran);
    }
}

#[test]
fn a_line_like_a_comment_that_has_the_fields_of_a_row_is_not_dropped_in_silence() {
    let text = format!(
        "# a note\nid,name\n{}#7,x\n\"#8\",y\n# the end\n",
        "1,Ada\n".repeat(2_000)
    );
    let ran = read(text.as_bytes());
    assert_eq!(ran.bad(), ["2003/2001/comment_or_row/-"]);
    assert_eq!(ran.column("id")[2_000], "'#8'");
    assert_eq!(reading(&ran).first_skipped_lines, [1, 2005]);
    // Without a comment among them, they are rows.
    let ran = read(b"id,name\n#1,Ada\n#2,Bo\n");
    assert_eq!(ran.rows(), [["'#1'", "'Ada'"], ["'#2'", "'Bo'"]]);
}

#[test]
fn a_name_row_that_is_data_is_never_taken_for_a_title() {
    // The heading has one name less than the rows have cells, as R writes it.
    for text in [
        "name,email\n1,Ada,a@example.com\n2,Bo,b@example.com\n",
        "a;b;c\nx,y,z\nu,v,w\nr,s,t\n",
    ] {
        let ran = Setup::inferred().lenient().run(text);
        let is_read = matches!(&ran.outcome, relay_transform::TableOutcome::Complete(report)
            if report.summary.columns.iter().any(|column| column.name == "Ada" || column.name == "x"));
        assert!(!is_read, "{text}");
    }
}

#[test]
fn objects_in_an_array_are_rows() {
    let objects: Vec<String> = (0..PEOPLE)
        .map(|number| {
            let [id, name, email] = cells(number);
            format!("{{\"id\": {id}, \"name\": \"{name}\",\n \"email\": \"{email}\", \"tags\": [\"}}\\\"]\", 1]}}")
        })
        .collect();
    let array = format!("[\n{}\n]\n", objects.join(",\n"));
    for (what, text) in [
        ("an array", array.clone()),
        ("a mark", format!("\u{feff}{array}")),
        ("one line", array.replace('\n', " ")),
        ("no blanks", format!("[{}]", objects.join(","))),
        ("a member", format!("{{ \"da\\\"ta\" : {array} }}")),
        (
            "a member on one line",
            format!("{{\"data\":{}}}", array.replace('\n', "")),
        ),
    ] {
        let ran = read(text.as_bytes());
        assert_are_people(&ran, what);
        assert_eq!(ran.summary().format, "json", "{what}");
        assert_eq!(ran.column("tags")[0], "'[\"}\\\"]\", 1]'");
        let ran = read(&utf16(text.trim_start_matches('\u{feff}'), true, true));
        assert_are_people(&ran, what);
    }
    // One that looks at first like the rest, and has a column more far behind.
    let rows = "{\"id\":1},".repeat(25_000);
    let late = read(format!("[{rows}{{\"id\":1.5,\"late\":true}}]").as_bytes());
    assert_eq!((late.summary().passes, late.summary().rows), (2, 25_001));
    assert_eq!(late.column("late")[25_000], "true");
}

#[test]
fn an_array_that_is_not_whole_or_not_alone_is_no_table_of_rows() {
    for (text, line) in [
        ("[{\"a\":1},\n{\"a\":2}", 2),
        ("[{\"a\":1},\n{\"a\":", 2),
        ("[{\"a\":1},\n{\"a\":\"x", 2),
        ("[{\"a\":1}\n,]", 2),
        ("[{\"a\":1}\n{\"a\":2}]", 2),
        ("[{\"a\":1}]\n\nx", 3),
        ("[{\"a\":1},\n\n,{\"a\":2}]", 3),
        ("{\"rows\":[{\"a\":1}]\n", 2),
    ] {
        let ran = Setup::inferred().lenient().run(text);
        assert_eq!(ran.code(), ReasonCode::TableJsonMalformed, "{text}");
        assert!(
            ran.reason().text.starts_with(&format!("line {line}: ")),
            "{text}: {}",
            ran.reason().text
        );
    }
    let ran = Setup::inferred().run("{\"rows\":[{\"a\":1}],\n\"count\":1}\n");
    assert!(ran.is_not_a_table());
}

#[test]
fn elements_that_are_no_rows_are_bad_rows_with_their_lines() {
    let text = "[{\"a\":1},\n 2, [3],\n {\"a\":1,\"a\":2}, {\"a\" 1},\n\n null, {\"a\":4}\n, \"x,]\", {\"a\":5}]";
    let ran = Setup::inferred().lenient().run(text);
    assert_eq!(ran.rows(), [["1"], ["4"], ["5"]]);
    let expected = [
        "2/2/not_an_object/-",
        "2/3/not_an_object/-",
        "3/4/duplicate_key/-",
        "3/5/malformed_json/-",
        "5/6/not_an_object/-",
        "6/8/not_an_object/-",
    ];
    assert_eq!(ran.bad(), expected);
    let long = format!("[{{\"a\":1}},{{\"a\":\"{}\"}},{{\"a\":2}}]", "x]},{".repeat(300_000));
    let ran = Setup::inferred()
        .lenient()
        .limit(|limits| limits.row_bytes_max = 1_000)
        .run(long);
    assert_eq!(
        (ran.rows().len(), ran.bad()),
        (2, vec!["1/2/row_too_long/-".to_owned()])
    );
}
