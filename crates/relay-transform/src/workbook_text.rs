//! What is text in a workbook beside its cells: comments, formulas, headers and footers, names, links, properties, and what
//! pivot tables remember of the rows that they were made of. None of it becomes part of a table; a workbook that is kept as it
//! is has all of it.

use quick_xml::events::{BytesStart, Event};
use relay_model::Reason;

use crate::unpack::BLOCK_BYTES;
use crate::workbook::{Workbook, damaged, push_text};

/// Elements whose text goes on behind them: runs, and how they look.
const WITHIN_LINES: [&str; 6] = ["t", "r", "rPr", "span", "s", "a"];
/// Elements of cells, which are looked at as cells.
const OF_CELLS: [&str; 2] = ["v", "is"];
/// Attributes that people write, or that values of cells are copied to.
const TELLING_ATTRIBUTES: [&str; 14] = [
    "alt",
    "author",
    "caption",
    "descr",
    "display",
    "displayName",
    "location",
    "name",
    "Target",
    "title",
    "tooltip",
    "userId",
    "userName",
    "v",
];

/// Shows it line by line; false if there is something that cannot be shown: pictures, programs, XML that is none.
pub(crate) fn show_beside_cells(workbook: &Workbook, mut show: impl FnMut(&[u8])) -> bool {
    let mut is_all = true;
    for name in workbook.parts_beside_texts() {
        // It says what kind of document this is, and nothing else.
        if name == "mimetype" {
            continue;
        }
        let is_xml = [".xml", ".rels", ".vml", ".xhtml"]
            .iter()
            .any(|ending| name.ends_with(ending));
        is_all &= is_xml && show_part(workbook, name, &mut show).is_ok();
    }
    is_all
}

fn show_part(workbook: &Workbook, name: &str, show: &mut impl FnMut(&[u8])) -> Result<(), Reason> {
    let is_sheet = workbook.is_sheet(name);
    let mut xml = workbook.xml(name)?;
    let (mut text, mut block) = (String::new(), Vec::new());
    let mut in_cell = 0_usize;
    let mut result = Ok(());
    loop {
        let event = match xml.next() {
            Ok(Event::Eof) => break,
            Ok(event) => event,
            Err(reason) => {
                result = Err(reason);
                break;
            }
        };
        let is_of_cell = |name: &str| is_sheet && OF_CELLS.contains(&name);
        let step = match &event {
            Event::Start(element) => {
                in_cell += usize::from(in_cell > 0 || is_of_cell(element.local_name().into_inner()));
                push_attributes(element, &mut block)
            }
            Event::Empty(element) => push_attributes(element, &mut block),
            Event::End(element) => {
                in_cell = in_cell.saturating_sub(1);
                if !WITHIN_LINES.contains(&element.local_name().into_inner()) {
                    push_line(&mut text, &mut block);
                }
                Ok(())
            }
            event if in_cell == 0 => push_text(event, &mut text),
            _ => Ok(()),
        };
        if step.is_err() {
            push_line(&mut text, &mut block);
            result = step;
        }
        if block.len() > BLOCK_BYTES {
            show(&block);
            block.clear();
        }
    }
    push_line(&mut text, &mut block);
    show(&block);
    result
}

fn push_line(text: &mut String, block: &mut Vec<u8>) {
    if !text.trim().is_empty() {
        block.extend_from_slice(text.as_bytes());
        block.push(b'\n');
    }
    text.clear();
}

// Pivot tables have values in attributes, links addresses, and whoever wrote a comment is named in one. Others have the numbers
// that programs give to everything.
fn push_attributes(element: &BytesStart<'_>, block: &mut Vec<u8>) -> Result<(), Reason> {
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| damaged("its XML is not well-formed"))?;
        if !TELLING_ATTRIBUTES.contains(&attribute.key.local_name().into_inner()) {
            continue;
        }
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Implicit1_0)
            .map_err(|_| damaged("its XML is not well-formed"))?;
        let value = value.strip_prefix("mailto:").unwrap_or(&value);
        block.extend_from_slice(value.as_bytes());
        block.push(b'\n');
    }
    Ok(())
}
