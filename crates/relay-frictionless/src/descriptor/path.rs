//! Paths as a descriptor writes them (Data Resource, "path"; Data Package, "Security").

use crate::rule::PackageRule::{self, PathNotPlain, PathRemote, PathUnsafe};

/// What is wrong with a path, if anything: a path is relative to the folder of the descriptor, has slashes, and stays
/// within that folder.
pub(super) fn fault(path: &str) -> Option<(PackageRule, &'static str)> {
    let bytes = path.as_bytes();
    if path.is_empty() {
        Some((PathNotPlain, "a path is empty"))
    } else if bytes.len() > 1 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && !path[2..].starts_with("//") {
        Some((PathUnsafe, "a path starts with a drive letter"))
    } else if has_scheme(path) {
        Some((PathRemote, "a path is an address: the resource is not in the package"))
    } else if path.starts_with('/') {
        Some((PathUnsafe, "a path starts with a slash"))
    } else if path.starts_with('~') {
        Some((PathUnsafe, "a path starts with a tilde"))
    } else if path.contains('\\') {
        Some((PathUnsafe, "a path has a backslash"))
    } else if path.contains(char::is_control) {
        Some((PathUnsafe, "a path has a control character"))
    } else if path.split('/').any(|segment| segment == "..") {
        Some((PathUnsafe, "a path has a '..'"))
    } else if path.split('/').any(|segment| segment.is_empty() || segment == ".") {
        Some((PathNotPlain, "a path has an empty or a '.' segment"))
    } else {
        None
    }
}

/// RFC 3986, section 3.1: a scheme and a colon, before any slash.
fn has_scheme(path: &str) -> bool {
    let Some((scheme, _)) = path.split_once(':') else {
        return false;
    };
    let is_character = |character: char| character.is_ascii_alphanumeric() || "+-.".contains(character);
    scheme.starts_with(|first: char| first.is_ascii_alphabetic()) && scheme.chars().all(is_character)
}
