//! What is said of the personal data in a column: its class, how that was found, and what became of the values. Never a
//! value.

use serde::{Deserialize, Serialize};

use crate::{DataClass, Treatment};

/// What a class was found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The column's name, with content that does not contradict it.
    Name,
    /// The content; the name says nothing.
    Content,
    /// The content would have been enough, and the name says so too.
    Both,
}

/// The class that a column is of as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnClass {
    /// Which.
    pub class: DataClass,
    /// The rows that have a value, those among them that were set aside for another column's sake.
    pub rows: u64,
    /// Of these, how many in a thousand have a form of the class.
    pub share_permille: u16,
    /// What the class was found by.
    pub basis: Basis,
    /// What became of the values.
    pub treatment: Treatment,
}

/// The personal data in one column. In JSON one flat object; without a class it has no more than `strays`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Flat", into = "Flat")]
pub struct ColumnReport {
    /// The class of the column, if it is of one.
    pub class: Option<ColumnClass>,
    /// How many unmistakable values were treated by themselves, because the column as a whole was not.
    pub strays: u64,
}

/// What is no report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a column's report has all of class, rows, share_permille, basis and treatment, or none of them")]
pub struct ReportError;

#[derive(Serialize, Deserialize)]
struct Flat {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    class: Option<DataClass>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    share_permille: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    basis: Option<Basis>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    treatment: Option<Treatment>,
    #[serde(default, skip_serializing_if = "is_zero")]
    strays: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference over")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl From<ColumnReport> for Flat {
    fn from(report: ColumnReport) -> Self {
        Self {
            class: report.class.map(|class| class.class),
            rows: report.class.map(|class| class.rows),
            share_permille: report.class.map(|class| class.share_permille),
            basis: report.class.map(|class| class.basis),
            treatment: report.class.map(|class| class.treatment),
            strays: report.strays,
        }
    }
}

impl TryFrom<Flat> for ColumnReport {
    type Error = ReportError;

    fn try_from(flat: Flat) -> Result<Self, Self::Error> {
        let class = match (flat.class, flat.rows, flat.share_permille, flat.basis, flat.treatment) {
            (Some(class), Some(rows), Some(share_permille), Some(basis), Some(treatment)) => Some(ColumnClass {
                class,
                rows,
                share_permille,
                basis,
                treatment,
            }),
            (None, None, None, None, None) => None,
            _ => return Err(ReportError),
        };
        Ok(Self {
            class,
            strays: flat.strays,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ColumnSummary;

    const CLASS: ColumnClass = ColumnClass {
        class: DataClass::Phone,
        rows: 950,
        share_permille: 987,
        basis: Basis::Both,
        treatment: Treatment::Mask,
    };

    #[test]
    fn a_report_is_one_flat_object() {
        for (class, strays, expected) in [
            (
                Some(CLASS),
                0,
                r#"{"class":"phone","rows":950,"share_permille":987,"basis":"both","treatment":"mask"}"#,
            ),
            (
                Some(CLASS),
                2,
                r#"{"class":"phone","rows":950,"share_permille":987,"basis":"both","treatment":"mask","strays":2}"#,
            ),
            (None, 3, r#"{"strays":3}"#),
        ] {
            let report = ColumnReport { class, strays };
            assert_eq!(serde_json::to_string(&report).unwrap(), expected);
            assert_eq!(serde_json::from_str::<ColumnReport>(expected).unwrap(), report);
        }
    }

    #[test]
    fn half_a_class_is_no_report() {
        let error = serde_json::from_str::<ColumnReport>(r#"{"class":"phone","rows":1}"#).unwrap_err();
        assert!(error.to_string().starts_with(&ReportError.to_string()), "{error}");
    }

    #[test]
    fn a_column_without_personal_data_is_written_and_read_as_ever() {
        let text = r#"{"name":"n","type":"integer","missing":0}"#;
        let column: ColumnSummary = serde_json::from_str(text).unwrap();
        assert_eq!(column.personal, None);
        assert_eq!(serde_json::to_string(&column).unwrap(), text);
    }
}
