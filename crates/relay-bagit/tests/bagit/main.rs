//! The rules of BagIt through the crate's public interface: each rule by a bag that breaks it, what holds for any bag by
//! properties, and the verdicts beside those of the Library of Congress's own tool.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod agreement;
mod bag;
mod declaration;
mod differences;
mod encodings;
mod facts;
mod fetching;
mod findings;
mod layout;
mod manifests;
mod metadata;
mod properties;
mod requirements;
mod requirements_of_tags;
mod table;
mod tag_manifests;
