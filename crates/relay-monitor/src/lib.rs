//! What an account must be like, checks that compare it with what it is, and findings that live from run to run.
//!
//! [`CHECKS`] is the table of checks; docs/MONITOR.md and the policy of the monitor's role are made from it. [`assess`] compares
//! an [`Inventory`] with it and with the findings of earlier runs. [`Monitor::run`] is one run, through the ports. Nothing
//! here performs I/O or reads a clock.

mod announcement;
mod asff;
mod assess;
mod check;
mod checks;
mod facts;
mod finding;
mod ports;
mod report;
mod risk;
mod run;

pub use announcement::{ANNOUNCED_EXAMPLES_MAX, ANNOUNCEMENT_FORMAT_VERSION, Announcement, Named};
pub use asff::{ASFF_SCHEMA_VERSION, to_asff};
pub use assess::{Assessment, Counts, RESOLVED_DAYS_MAX, UNREAD_LIST_CONTROLS, assess};
pub use check::{Check, Controls, NistSource, Outcome, Severity, security_hub_address};
pub use checks::{CHECKS, LISTS, List, actions, check};
pub use facts::*;
pub use finding::{FINDINGS_FORMAT_VERSION, Finding, FindingId, Findings, Nature, State, UNREAD_LIST};
pub use ports::{AccountInventory, Announcer, FindingStore, PortFailure, Stored};
pub use report::{REPORT_FINDINGS_MAX, Report, to_markdown};
pub use risk::{ACCEPTED_DAYS_MAX, AcceptedRisk, RiskError, Scope, WORDS_CHARACTERS_MAX};
pub use run::{Monitor, RunError};
