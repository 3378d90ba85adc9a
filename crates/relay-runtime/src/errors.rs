//! Errors as one line, for the boundary where they are reported.

use std::error::Error;

/// The error and its causes, joined by colons. A cause that its parent already spells out is not repeated.
pub fn in_full(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let line = cause.to_string();
        if !text.ends_with(&line) {
            text.push_str(": ");
            text.push_str(&line);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn the_chain_is_one_line() {
        let error = Outer(std::io::Error::other("inner"));
        assert_eq!(in_full(&error), "outer: inner");
    }
}
