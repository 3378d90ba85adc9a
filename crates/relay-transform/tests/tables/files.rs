//! Workbooks and Parquet files, written here part by part: what is read of them, and what is set aside.

use std::io::{Cursor, Write};

use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, Int96, Int96Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use relay_model::{OpaqueScan, PrivacyPolicy, ReasonCode, TableLimits};
use relay_privacy::TextRole;
use relay_transform::{Kept, OpaquePlan, Packing, Watch, keep_opaque};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::Setup;

/// A workbook whose parts are given as XML.
#[derive(Clone)]
struct Book {
    main: String,
    sheets: Vec<String>,
    more: Vec<(String, String)>,
}

impl Book {
    /// Of one sheet, whose rows are given.
    fn of(rows: &str) -> Self {
        Self {
            main: r#"<workbookPr/><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets>"#.to_owned(),
            sheets: vec![rows.to_owned()],
            more: Vec::new(),
        }
    }

    fn main(mut self, main: &str) -> Self {
        main.clone_into(&mut self.main);
        self
    }

    fn part(mut self, name: &str, xml: impl Into<String>) -> Self {
        self.more.push((name.to_owned(), xml.into()));
        self
    }

    fn styles(self, formats: &[&str]) -> Self {
        let codes = formats.iter().zip(164..);
        let codes: Vec<String> = codes
            .map(|(code, id)| format!(r#"<numFmt numFmtId="{id}" formatCode="{code}"/>"#))
            .collect();
        let styles: Vec<String> = (164..164 + formats.len())
            .map(|id| format!(r#"<xf numFmtId="{id}"/>"#))
            .collect();
        let (codes, styles) = (codes.concat(), styles.concat());
        let xml = format!(
            r#"<styleSheet><numFmts>{codes}</numFmts><cellXfs><xf numFmtId="0"/>{styles}</cellXfs></styleSheet>"#
        );
        self.part("xl/styles.xml", xml)
    }

    fn bytes(&self) -> Vec<u8> {
        let mut parts = vec![(
            "_rels/.rels".to_owned(),
            r#"<Relationships><Relationship Id="rId1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>"#.to_owned(),
        )];
        parts.push((
            "xl/workbook.xml".to_owned(),
            format!(r#"<workbook xmlns:r="r" xmlns:x15="x15">{}</workbook>"#, self.main),
        ));
        let mut related = String::new();
        for (number, rows) in (1..).zip(&self.sheets) {
            related += &format!(
                r#"<Relationship Id="rId{number}" Type="http://x/worksheet" Target="worksheets/sheet{number}.xml"/>"#
            );
            parts.push((
                format!("xl/worksheets/sheet{number}.xml"),
                format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"),
            ));
        }
        for (name, kind) in [("styles", "styles"), ("sharedStrings", "sharedStrings")] {
            related += &format!(r#"<Relationship Id="{name}" Type="http://x/{kind}" Target="/xl/{name}.xml"/>"#);
            if !self.more.iter().any(|(part, _)| *part == format!("xl/{name}.xml")) {
                parts.push((format!("xl/{name}.xml"), "<empty/>".to_owned()));
            }
        }
        parts.push((
            "xl/_rels/workbook.xml.rels".to_owned(),
            format!("<Relationships>{related}</Relationships>"),
        ));
        parts.extend(self.more.iter().cloned());
        zipped(&parts)
    }
}

fn zipped(parts: &[(String, String)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A row of cells, each of which is XML.
fn row(number: u32, cells: &[&str]) -> String {
    format!(r#"<row r="{number}">{}</row>"#, cells.concat())
}

fn text(place: &str, text: &str) -> String {
    format!(r#"<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}

/// Two names in the first row.
fn names() -> String {
    row(1, &[&text("A1", "name"), &text("B1", "value")])
}

#[test]
fn days_are_counted_from_1904_though_an_extension_says_nothing_of_it() {
    let rows = names() + &row(2, &[&text("A2", "a"), r#"<c r="B2" s="1"><v>43860</v></c>"#]);
    let sheets = r#"<sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets>"#;
    let extension = r#"<extLst><ext><x15:workbookPr chartTrackingRefBase="1"/></ext></extLst>"#;
    for (properties, expected) in [
        (r#"<workbookPr date1904="1"/>"#, "day 19753"),
        (r#"<workbookPr date1904="true"/>"#, "day 19753"),
        (r#"<workbookPr date1904="0"/>"#, "day 18291"),
        ("<workbookPr/>", "day 18291"),
        ("", "day 18291"),
    ] {
        let book = Book::of(&rows)
            .main(&format!("{properties}{sheets}{extension}"))
            .styles(&["yyyy\\-mm\\-dd"]);
        let ran = Setup::inferred().run(book.bytes());
        assert_eq!(ran.column("value"), [expected], "{properties}");
    }
}

#[test]
fn formats_that_depend_on_values_do_not_change_those_of_cells() {
    let rows = names() + &row(2, &[&text("A2", "a"), r#"<c r="B2" s="1"><v>45322</v></c>"#]);
    let styles = r#"<styleSheet><dxfs><dxf><numFmt numFmtId="164" formatCode="0.00"/></dxf></dxfs>
        <numFmts><numFmt numFmtId="164" formatCode="dd.mm.yyyy"/></numFmts><cellXfs><xf/><xf numFmtId="164"/></cellXfs>
        <dxfs><dxf><numFmt numFmtId="164" formatCode="0.00"/></dxf></dxfs></styleSheet>"#;
    let ran = Setup::inferred().run(Book::of(&rows).part("xl/styles.xml", styles).bytes());
    assert_eq!(ran.column("value"), ["day 19753"]);
}

#[test]
fn modules_of_old_programs_are_no_sheets() {
    let rows = names() + &row(2, &[&text("A2", "a"), r#"<c r="B2" s=""><v>5</v></c>"#]);
    let main = r#"<sheets><sheet name="M" sheetId="3" state="veryHidden" r:id=""/><sheet name="N" sheetId="4"/>
        <sheet name="A" sheetId="1" r:id="rId1"/></sheets>"#;
    let ran = Setup::inferred().run(Book::of(&rows).main(main).bytes());
    assert_eq!(ran.rows(), [["'a'", "5"]]);
    let reading = ran.summary().reading.clone().unwrap();
    assert_eq!(reading.sheet.unwrap().number, 3);
    let missing = main.replace("rId1", "rId9");
    let ran = Setup::inferred().run(Book::of(&rows).main(&missing).bytes());
    assert_eq!(ran.code(), ReasonCode::TableFileDamaged);
}

#[test]
fn a_table_with_a_formula_without_a_result_is_set_aside() {
    let above = |cell: &str| {
        row(1, &[&text("A1", "Sales of the north"), cell])
            + &row(3, &[&text("A3", "name"), &text("B3", "value")])
            + &row(4, &[&text("A4", "a"), r#"<c r="B4"><f>1+1</f><v>2</v></c>"#])
    };
    let unsaved = r#"<c r="B1"><f>TODAY()</f></c>"#;
    let ran = Setup::inferred().run(Book::of(&above(unsaved)).bytes());
    assert_eq!(ran.rows(), [["'a'", "2"]]);
    for cell in [
        r#"<c r="B5"><f>1+1</f></c>"#,
        r#"<c r="B5"><f>1+1</f><v/></c>"#,
        r#"<c r="B5"><f t="shared" si="0"/><v></v></c>"#,
    ] {
        let rows = above("") + &row(5, &[&text("A5", "b"), cell]) + &row(6, &[&text("A6", "c")]);
        let ran = Setup::inferred().run(Book::of(&rows).bytes());
        assert_eq!(ran.code(), ReasonCode::TableFileDamaged);
        assert!(ran.reason().text.contains("in row 5"), "{}", ran.reason().text);
    }
    // A text without characters is a result.
    let rows = above("") + &row(5, &[&text("A5", "b"), r#"<c r="B5" t="str"><f>""</f><v></v></c>"#]);
    let ran = Setup::inferred().run(Book::of(&rows).bytes());
    assert_eq!(ran.rows(), [["'a'", "2"], ["'b'", "null"]]);
}

#[test]
fn a_text_is_read_wherever_a_writer_puts_it() {
    for cell in [
        r#"<c r="B2" t="inlineStr"><is><t>x</t></is></c>"#,
        r#"<c r="B2" t="inlineStr"><is><r><t>x</t></r><r><rPr><b/></rPr><t/></r></is></c>"#,
        r#"<c r="B2" t="inlineStr"><v>x</v></c>"#,
        r#"<c r="B2" t="str"><is><t>x</t></is></c>"#,
        r#"<c r="B2"><is><t>x</t></is></c>"#,
        r#"<c r="B2" t="str"><v><![CDATA[x]]></v></c>"#,
        r#"<c t="str"><v>&#120;</v></c>"#,
    ] {
        let rows = names() + &row(2, &[&text("A2", "a"), cell]);
        let ran = Setup::inferred().run(Book::of(&rows).bytes());
        assert_eq!(ran.rows(), [["'a'", "'x'"]], "{cell}");
    }
}

#[test]
fn a_cell_whose_place_contradicts_its_row_sets_aside() {
    let rows = names() + &row(2, &[&text("A2", "a"), &text("B3", "b")]);
    let ran = Setup::inferred().run(Book::of(&rows).bytes());
    assert_eq!(ran.code(), ReasonCode::TableFileDamaged);
}

#[test]
fn a_title_stands_above_two_columns_as_above_more() {
    for gap in [0, 1] {
        let at = 2 + gap;
        let rows = row(1, &[&text("A1", "Sales of the north")])
            + &row(
                at,
                &[&text(&format!("A{at}"), "name"), &text(&format!("B{at}"), "value")],
            )
            + &row(
                at + 1,
                &[
                    &text(&format!("A{}", at + 1), "a"),
                    &format!(r#"<c r="B{}"><v>1</v></c>"#, at + 1),
                ],
            )
            + &row(at + 2, &[&text(&format!("A{}", at + 2), "b")]);
        let ran = Setup::inferred().run(Book::of(&rows).bytes());
        assert_eq!(ran.rows(), [["'a'", "1"], ["'b'", "null"]]);
        assert_eq!(ran.summary().reading.clone().unwrap().header_line, Some(u64::from(at)));
    }
}

#[test]
fn what_makes_much_of_little_is_set_aside() {
    let run = "<r><t>".to_owned() + &"x".repeat(500_000) + "</t></r>";
    let cells = [
        format!(r#"<c r="A2" t="inlineStr"><is>{}</is></c>"#, run.repeat(3)),
        format!(
            r#"<c r="A2" t="str"><v>{}</v></c>"#,
            ("x".repeat(500_000) + "<!-- -->").repeat(3)
        ),
        "<a>".repeat(1_000) + &"</a>".repeat(1_000),
        format!("<{0}></{0}>", "a".repeat(5_000)),
    ];
    for cell in cells {
        let ran = Setup::inferred().run(Book::of(&(names() + &row(2, &[&cell]))).bytes());
        assert_eq!(ran.code(), ReasonCode::TableFileDamaged, "{}", ran.reason().text);
    }
    let twice =
        r#"<sheets><sheet name="A" sheetId="1" r:id="rId1"/><sheet name="B" sheetId="2" r:id="rId1"/></sheets>"#;
    let ran = Setup::inferred().run(Book::of(&names()).main(twice).bytes());
    assert_eq!(ran.code(), ReasonCode::TableFileDamaged);
    let ran = Setup::inferred()
        .limit(|limits| {
            limits.unpacked_bytes_unchecked = 100_000;
            limits.unpacked_ratio_max = 10;
        })
        .run(
            Book::of(&names())
                .part("xl/a.xml", " ".repeat(200_000))
                .part("xl/b.xml", " ".repeat(200_000))
                .bytes(),
        );
    assert_eq!(ran.code(), ReasonCode::TableFileTooLarge);
}

/// A Parquet file of moments of the old kind: days counted as Julius Scaliger did, and nanoseconds of the day.
fn old_moments(moments: &[(u32, u64)]) -> Vec<u8> {
    let schema = Arc::new(parse_message_type("message m { required int96 at; }").unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(WriterProperties::default())).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let value = |(day, of_day): &(u32, u64)| {
        let mut value = Int96::new();
        value.set_data(*of_day as u32, (*of_day >> 32) as u32, *day);
        value
    };
    let values: Vec<Int96> = moments.iter().map(value).collect();
    column.typed::<Int96Type>().write_batch(&values, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn moments_of_the_old_kind_do_not_overflow() {
    // 2024-01-31, 9999-12-31, 0001-01-01.
    let (now, last, first) = (2_460_341, 5_373_484, 1_721_426);
    let ran = Setup::inferred().run(old_moments(&[(now, 1_000), (last, 0), (first, 86_399_999_999_000)]));
    assert_eq!(
        ran.column("at"),
        ["at 1706659200000001", "at 253402214400000000", "at -62135510400000001"]
    );
    let ran = Setup::inferred().run(old_moments(&[(now, 1), (now, 1_000)]));
    assert_eq!(
        ran.column("at"),
        ["'2024-01-31T00:00:00.000000001'", "'2024-01-31T00:00:00.000001'"]
    );
    for moments in [[(now, 1), (last, 0)], [(now, 0), (u32::MAX / 2, 0)]] {
        assert_eq!(
            Setup::inferred().run(old_moments(&moments)).code(),
            ReasonCode::TableFileDamaged
        );
    }
}

/// Keeps a file as it is.
fn kept(bytes: &[u8]) -> Kept {
    let policy = PrivacyPolicy::default();
    let plan = OpaquePlan {
        policy: Some(&policy),
        role: TextRole::Content,
        packing: Packing::Unchecked,
    };
    let limits = TableLimits::default();
    keep_opaque(&mut &*bytes, &mut Vec::new(), &plan, &limits, &Watch::none()).unwrap()
}

/// Numbers of cards, as many as are never there for good reason.
const CARDS: [&str; 4] = [
    "4111 1111 1111 1111",
    "5500 0055 5555 5559",
    "4012 8888 8888 1881",
    "5555 5555 5555 4444",
];

#[test]
fn what_is_beside_the_cells_of_a_workbook_that_is_kept_is_looked_through() {
    let form = || Book::of(&row(1, &[&text("A1", "Please fill in")]));
    assert!(Setup::inferred().run(form().bytes()).is_not_a_table());
    let nothing = kept(&form().bytes());
    assert_eq!((nothing.summary.scan, nothing.quarantine), (OpaqueScan::Text, None));
    let all = |element: &dyn Fn(&str) -> String| CARDS.map(element).concat();
    let in_cell = |card: &str| format!(r#"<c t="str"><f>IF(1,"{card}")</f><v>x</v></c>"#);
    for (name, xml) in [
        (
            "xl/comments1.xml",
            all(&|card| {
                format!(
                    "<comment><text><r><t>{}</t></r><r><rPr><b/></rPr><t>{}</t></r></text></comment>",
                    &card[..7],
                    &card[7..]
                )
            }),
        ),
        (
            "docProps/custom.xml",
            all(&|card| format!("<property><lpwstr>{card}</lpwstr></property>")),
        ),
        (
            "xl/pivotCache/pivotCacheRecords1.xml",
            all(&|card| format!(r#"<r><s v="{card}"/></r>"#)),
        ),
        ("xl/charts/chart1.xml", all(&|card| format!("<pt><v>{card}</v></pt>"))),
        (
            "xl/worksheets/_rels/sheet1.xml.rels",
            all(&|card| format!(r#"<Relationship Target="http://x/?{card}"/>"#)),
        ),
        (
            "xl/worksheets/sheet9.xml",
            all(&|card| format!("<oddHeader>&amp;L {card}</oddHeader>")),
        ),
    ] {
        let kept = kept(&form().part(name, format!("<all>{xml}</all>")).bytes());
        let code = kept.quarantine.map(|reason| reason.code);
        assert_eq!(
            code,
            Some(ReasonCode::PersonalDataInOpaque),
            "{name}: {:?}",
            kept.summary
        );
    }
    let formulas = Book::of(&row(1, &[&all(&in_cell)]));
    assert!(kept(&formulas.bytes()).quarantine.is_some());
    // Each value once, and a picture is not looked into.
    let cells = CARDS.map(|card| format!(r#"<c t="str"><v>{card}</v></c>"#)).concat();
    let cells = kept(
        &Book::of(&row(1, &[&cells]))
            .part("xl/media/a.png", "\u{1}\u{2}")
            .bytes(),
    );
    assert_eq!(cells.summary.scan, OpaqueScan::Part);
    assert_eq!(cells.summary.personal[0].values, 4);
}

#[test]
fn what_was_found_before_something_cannot_be_read_counts() {
    let cells = CARDS.map(|card| format!(r#"<c t="str"><v>{card}</v></c>"#)).concat();
    let rows = row(1, &[&cells]) + r#"<row r="2"><c t="b"><v>maybe</v></c></row>"#;
    let kept = kept(&Book::of(&rows).bytes());
    assert_eq!(kept.summary.scan, OpaqueScan::Part);
    assert!(kept.quarantine.is_some());
}

#[test]
fn letters_and_other_documents_in_zips_are_looked_through() {
    let lines = CARDS.map(|card| {
        let (start, end) = card.split_at(7);
        format!("<w:p><w:r><w:t>{start}</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>{end}</w:t></w:r></w:p>")
    });
    let letter = [
        ("[Content_Types].xml".to_owned(), "<Types/>".to_owned()),
        (
            "word/document.xml".to_owned(),
            format!("<w:document>{}</w:document>", lines.concat()),
        ),
    ];
    let cells = CARDS.map(|card| format!("<table:table-cell><text:p>{card}</text:p></table:table-cell>"));
    let sheet = [
        (
            "mimetype".to_owned(),
            "application/vnd.oasis.opendocument.spreadsheet".to_owned(),
        ),
        (
            "content.xml".to_owned(),
            format!("<office:body>{}</office:body>", cells.concat()),
        ),
    ];
    for parts in [&letter, &sheet] {
        let bytes = zipped(parts);
        assert!(Setup::inferred().run(bytes.clone()).is_not_a_table());
        let kept = kept(&bytes);
        assert_eq!(kept.summary.scan, OpaqueScan::Text);
        assert_eq!(
            kept.quarantine.map(|reason| reason.code),
            Some(ReasonCode::PersonalDataInOpaque)
        );
        assert_eq!(kept.summary.personal[0].values, 4);
    }
    // What is broken in it is no reason to set a letter aside: nobody asked for a table.
    let broken = [
        letter[0].clone(),
        ("word/document.xml".to_owned(), "<!DOCTYPE x><w:document/>".to_owned()),
    ];
    assert!(Setup::inferred().run(zipped(&broken)).is_not_a_table());
    let kept = kept(&zipped(&broken));
    assert_eq!((kept.summary.scan, kept.quarantine), (OpaqueScan::Part, None));
}

#[test]
fn a_sheet_and_a_parquet_file_with_too_many_columns_are_set_aside_before_they_are_read() {
    let wide = Book::of(&row(1, &[&text("A1", "a"), &text("XFD1", "b")]));
    let ran = Setup::inferred().run(wide.bytes());
    assert_eq!(ran.code(), ReasonCode::TableTooManyColumns);
    let message: Vec<String> = (0..20_000).map(|number| format!("required int32 c{number};")).collect();
    let schema = parse_message_type(&format!("message m {{ {} }}", message.concat())).unwrap();
    let mut bytes = Vec::new();
    let writer = SerializedFileWriter::new(&mut bytes, Arc::new(schema), Arc::default()).unwrap();
    writer.close().unwrap();
    let ran = Setup::inferred().run(bytes);
    assert_eq!(ran.code(), ReasonCode::TableTooManyColumns);
}

/// A Parquet file of one row group and one column of bytes, with levels of definition and repetition if it is a list.
fn parquet_of(message: &str, values: &[ByteArray], levels: Option<(&[i16], &[i16])>) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(message).unwrap());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(WriterProperties::new())).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let (definitions, repetitions) = levels.unzip();
    column
        .typed::<ByteArrayType>()
        .write_batch(values, definitions, repetitions)
        .unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn addresses_among_bytes_that_are_no_text_are_found() {
    let values: Vec<ByteArray> = (0..20)
        .map(|number| {
            let mut value = format!("person{number}@example.com").into_bytes();
            value.extend_from_slice(if number % 2 == 0 { b"\0\0" } else { b" \xff" });
            ByteArray::from(value)
        })
        .collect();
    let bytes = parquet_of("message m { required binary contact; }", &values, None);
    let ran = Setup::inferred().treated(PrivacyPolicy::default()).run(bytes);
    let contacts = ran.column("contact");
    assert_eq!(contacts.len(), 20);
    for (number, contact) in contacts.iter().enumerate() {
        // Neither as it is nor in the digits of its bytes.
        assert!(
            !contact.contains(&format!("person{number}")) && !contact.contains("706572736f6e"),
            "{contact}"
        );
    }
}

#[test]
fn a_list_that_repeats_a_long_text_is_a_row_that_is_too_long() {
    let values = vec![ByteArray::from(vec![b'x'; 1 << 20]); 3_000];
    let definitions = vec![1; values.len()];
    let mut repetitions = vec![1; values.len()];
    repetitions[0] = 0;
    let message = "message m { repeated binary text (UTF8); }";
    let bytes = parquet_of(message, &values, Some((&definitions, &repetitions)));
    // Three gigabytes of text.
    assert!(bytes.len() < 4 << 20, "{}", bytes.len());
    let ran = Setup::inferred().run(bytes);
    assert_eq!(ran.code(), ReasonCode::TableTooManyBadRows);
    assert!(ran.bad()[0].contains("row_too_long"), "{:?}", ran.bad());
}
