//! Which class of personal data is a column, and what becomes of its values? Nothing here performs I/O, knows tables or
//! stores keys. In these steps:
//!
//! 1. [`classify_name`] says what a column's name suggests, and a [`ColumnTally`] is told its cells. Tallies of parts of a
//!    column are merged. [`ColumnTally::decide`] gives the column's [`Classification`], or none.
//! 2. A [`Redactor`] carries out an organization's [`PrivacyPolicy`]: [`Redactor::treat_cell`] for every cell of a
//!    classified column, [`Redactor::treat_stray`] for unmistakable values in the others.
//! 3. A [`TextScan`] looks for the same in text that is no table, line by line, and says whether it is to be set aside.
//! 4. A [`ColumnReport`] says what was found and done ([`Classification::under`]). It holds no value.
//!
//! `docs/PERSONAL_DATA.md` has the forms, the thresholds, what is not found, and how well all this works on a million rows.
//!
//! ```
//! use relay_privacy::{ColumnTally, DataClass, PrivacyPolicy, TokenKey, Redactor, classify_name};
//!
//! let mut tally = ColumnTally::new(classify_name("contact"));
//! for cell in ["ada@example.com", "grace@example.org", "n/a", ""] {
//!     tally.observe(cell.as_bytes());
//! }
//! let found = tally.decide().ok_or("of no class")?;
//! assert_eq!((found.class, found.share_permille), (DataClass::Email, 1_000));
//!
//! let redactor = Redactor::new(PrivacyPolicy::default(), Some(TokenKey::new([7; 32])))?;
//! let mut out = Vec::new();
//! redactor.treat_cell(found.class, b"ada@example.com", &mut out);
//! assert_eq!(out, b"***@***.com");
//! out.clear();
//! assert_eq!(redactor.treat_stray(b"ask grace@example.org first", &mut out), 1);
//! assert_eq!(out, b"ask ***@***.org first");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod canonical;
mod card;
mod class;
mod date;
mod digits;
mod email;
mod forms;
mod iban;
mod ip;
mod mask;
mod name;
mod phone;
mod plain;
mod redactor;
mod ssn;
mod stray;
mod tally;
mod text;
mod thresholds;
mod token;
mod vocabulary;
mod words;

pub use class::ClassSet;
pub use forms::Forms;
pub use mask::{append_mask, is_masked, mask};
pub use name::{NameHints, classify_name};
pub use redactor::{KeyMissingError, Redactor};
pub use stray::{Stray, find_strays};
pub use tally::{Classification, ColumnTally};
pub use text::{
    CONTACT_MENTIONS_MAX, CONTACTS_MAX, LINES_PER_CONTACT_MIN, SENTENCE_WORDS_MIN, TextFindings, TextRole, TextScan,
    without_escapes,
};
pub use thresholds::{ContentThresholds, Thresholds, WEAK_ALONE_ROWS_MIN};
pub use token::{TokenKey, TokenKeyLengthError, is_token};

// What is said on the wire; the model has it, so that settings and audit events can say it.
pub use relay_model::{
    Basis, ColumnClass, ColumnReport, DataClass, OpaqueRule, PolicyError, PrivacyPolicy, Treatment, UnknownClassError,
};
