//! The rules of personal data through the crate's public interface: each detector against values made independently of it,
//! look-alikes that must not be found, and recall and precision over tables of invented people.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::cast_precision_loss, reason = "shares of counts that are far below 2^53")]

mod cards;
mod catalog;
mod columns;
mod emails;
mod ibans;
mod ips;
mod locales;
mod lookalikes;
mod measure;
mod measurement;
mod names;
mod people;
mod phones;
mod policies;
mod population;
mod random;
mod samples;
mod ssns;
mod table;
mod texts;
mod treatments;
