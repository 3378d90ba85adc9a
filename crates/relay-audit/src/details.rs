//! What was found in a package beyond the one reason: findings of bags and Data Packages, personal data in text that is no
//! table, changes of schemas, the first bad rows.

use relay_model::{
    ArchiveSummary, BadRowNote, OpaqueSummary, PersonalInText, RuleFinding, SheetReading, TableReading, TableSummary,
};

/// How many details are told of one package; a program reads all in the trail.
const DETAILS_MAX: usize = 10;
/// How many bad rows are told of one table; its side file has all.
const BAD_ROWS_TOLD_MAX: usize = 3;

/// A sentence for each detail, and one for those that are left out.
pub fn details_in_words(
    table: Option<&TableSummary>,
    opaque: Option<&OpaqueSummary>,
    archive: Option<&ArchiveSummary>,
) -> Vec<String> {
    let bags = archive.and_then(|archive| archive.bag.as_ref());
    let packages = archive.and_then(|archive| archive.data_package.as_ref());
    let of_bags = bags.into_iter().flat_map(|bag| &bag.findings);
    let of_packages = packages.into_iter().flat_map(|package| &package.findings);
    let mut details: Vec<String> = of_bags.chain(of_packages).map(finding_in_words).collect();
    let files = || archive.into_iter().flat_map(|archive| &archive.files);
    let opaque_files = files().filter_map(|file| Some((Some(file.path.as_str()), file.opaque.as_ref()?)));
    for (path, opaque) in opaque.map(|opaque| (None, opaque)).into_iter().chain(opaque_files) {
        let found = opaque.personal.iter();
        details.extend(found.map(|found| format!("Personal data in text: {}{}", place(path), found_in_words(found))));
    }
    let in_archive = files().filter_map(|file| Some((Some(file.path.as_str()), file.table.as_ref()?)));
    for (path, table) in table.map(|table| (None, table)).into_iter().chain(in_archive) {
        let place = place(path);
        details.extend(
            table
                .reading
                .as_ref()
                .and_then(reading_in_words)
                .map(|words| format!("Read as: {place}{words}")),
        );
        let changes = table.schema_changes.iter();
        details.extend(changes.map(|change| format!("Differs from the registered schema: {place}{change}")));
        let rows = table.first_bad_rows.iter().take(BAD_ROWS_TOLD_MAX);
        details.extend(rows.map(|row| format!("Bad row: {place}{}", bad_row_in_words(row))));
        if table.header_absent {
            details.push(format!(
                "No header: {place}the first row is one of values, so the columns are called column_1, column_2 and so on"
            ));
        }
        details.extend(table.columns.iter().filter_map(|column| {
            let problem = match column.renamed_from.as_deref()? {
                "" => "it has no name",
                _ => "another column has its name",
            };
            Some(format!(
                "Renamed: {place}column '{}', because {problem}",
                column.name.escape_debug()
            ))
        }));
        details.extend(table.columns.iter().filter_map(|column| {
            let reason = column.kept_as_text?.in_words();
            Some(format!(
                "Kept as text: {place}column '{}', because {reason}",
                column.name.escape_debug()
            ))
        }));
        details.extend(table.columns.iter().filter_map(|column| {
            let format = column.format.as_ref()?;
            Some(format!(
                "Read as {format}: {place}column '{}'",
                column.name.escape_debug()
            ))
        }));
    }
    let passed_over = archive.into_iter().flat_map(|archive| &archive.files);
    let passed_over = passed_over.filter(|file| file.is_passed_over());
    details.extend(passed_over.map(|file| {
        let (path, bytes) = (file.path.escape_debug(), file.size_bytes);
        format!("Passed over: {path} ({bytes} bytes), a file of the operating system.")
    }));
    let omitted = bags.map_or(0, |bag| bag.findings_omitted) + packages.map_or(0, |package| package.findings_omitted);
    let more = details.len().saturating_sub(DETAILS_MAX) as u64 + omitted;
    details.truncate(DETAILS_MAX);
    if more > 0 {
        details.push(format!("And {more} more."));
    }
    details
}

// What is as everybody expects it is not told.
fn reading_in_words(reading: &TableReading) -> Option<String> {
    let by = match reading.encoding_by.as_str() {
        "byte_order_mark" => "by its byte order mark",
        "declaration" => "as declared",
        _ => "by its content",
    };
    let is_usual = reading.encoding == "utf-8" && reading.encoding_by != "declaration";
    let delimiter = reading.delimiter.as_deref().filter(|delimiter| *delimiter != ",");
    let lines = |lines: &[u64]| lines.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let named = reading.first_skipped_lines.len() as u64;
    let more = if reading.skipped_lines > named { ", ..." } else { "" };
    let parts = [
        (!is_usual).then(|| format!("encoding {}, {by}", reading.encoding)),
        delimiter.map(|delimiter| format!("{delimiter:?} between fields")),
        reading.sheet.as_ref().and_then(sheet_in_words),
        reading
            .skips_blanks
            .then(|| "blanks behind a delimiter belong to it".to_owned()),
        reading
            .return_ends_line
            .then(|| "a carriage return ends a line".to_owned()),
        reading
            .comment
            .as_deref()
            .map(|comment| format!("{comment:?} begins a comment")),
        reading.header_line.filter(|line| *line != 1).map(|line| {
            format!(
                "the names of the columns in {} {line}",
                if reading.sheet.is_some() { "row" } else { "line" }
            )
        }),
        (reading.skipped_lines > 0).then(|| {
            let count = reading.skipped_lines;
            let noun = if count == 1 { "line" } else { "lines" };
            format!(
                "{count} {noun} left out ({}{more})",
                lines(&reading.first_skipped_lines)
            )
        }),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn sheet_in_words(sheet: &SheetReading) -> Option<String> {
    let SheetReading { number, not_read } = sheet;
    match (number, not_read) {
        (1, 0) => None,
        (_, 0) => Some(format!("sheet {number}")),
        (_, 1) => Some(format!("sheet {number}; another sheet has cells and was not read")),
        _ => Some(format!(
            "sheet {number}; {not_read} other sheets have cells and were not read"
        )),
    }
}

fn place(path: Option<&str>) -> String {
    path.map_or_else(String::new, |path| format!("{}: ", path.escape_debug()))
}

fn found_in_words(found: &PersonalInText) -> String {
    let PersonalInText {
        class,
        values,
        first_line,
        ..
    } = found;
    match values {
        1 => format!("1 value of class {class}, in line {first_line}"),
        values => format!("{values} values of class {class}, the first in line {first_line}"),
    }
}

fn bad_row_in_words(note: &BadRowNote) -> String {
    let column = note.column.as_ref();
    let column = column.map_or_else(String::new, |column| format!(", column '{}'", column.escape_debug()));
    format!("line {}{column}: {}", note.line, note.reason)
}

fn finding_in_words(finding: &RuleFinding) -> String {
    let named = |what: &str, name: &Option<String>| name.as_ref().map(|name| format!("{what} '{name}'"));
    let places = [
        finding.file.clone(),
        finding.line.map(|line| format!("line {line}")),
        named("resource", &finding.resource),
        named("field", &finding.field),
        finding.row.map(|row| format!("row {row}")),
    ];
    let places: Vec<String> = places.into_iter().flatten().collect();
    let mut words = format!("{} {}", capitalized(&finding.severity), finding.rule);
    if !places.is_empty() {
        words = format!("{words}, {}", places.join(", "));
    }
    format!("{words}: {}", finding.text)
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
