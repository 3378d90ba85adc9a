//! What a package holds, and what becomes of it: one table, one file that is kept as it is, or an archive of such.
//!
//! [`transform_package`] reads a [`Package`] as often as it needs to (docs/PACKAGES.md says why more than once), and writes
//! to [`Results`]. Where the bytes come from and where the results go is the caller's: an object store, or nowhere at all
//! when a producer only asks for the verdict. Everything is synchronous, memory does not grow with the package, and nothing
//! that is written is to be seen before the caller has the [`Outcome`] and a verdict in it that is good.

mod archive;
mod bag;
mod data_package;
mod descriptor_search;
mod digests;
mod file_transformer;
mod observed;
mod outcome;
mod package;
mod package_judge;
mod passes;
mod request;
mod rules;
mod schema_changes;
mod settings;
mod sources;
mod survey;
mod unpacking;

pub use outcome::{Outcome, Summary};
pub use package::transform_package;
pub use request::{Package, Request, Results};
pub use rules::{RuleEntry, rule_named, rules};
pub use settings::{UnusableSettings, check_settings};
