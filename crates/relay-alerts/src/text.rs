//! Text that was chosen by others, made safe to show: what would act on a terminal, a mail or a log is written out.

use relay_model::push_escaped;

/// The longest key in an alert, in bytes of its escaped form and without the mark that it was cut.
pub const KEY_BYTES_MAX: usize = 256;
/// Stands at the end of a key that was cut.
pub const CUT_MARK: char = '…';

/// `key` with a backslash before each backslash, and every character that cannot be seen as `\u{…}`, cut to [`KEY_BYTES_MAX`].
/// An escape is never cut in two.
pub fn visible(key: &str) -> String {
    let mut shown = String::new();
    for character in key.chars() {
        let length = shown.len();
        push_escaped(&mut shown, character);
        if shown.len() > KEY_BYTES_MAX {
            shown.truncate(length);
            shown.push(CUT_MARK);
            break;
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Letters and symbols by their category, which show nothing.
    const BLANK: [char; 5] = ['\u{115F}', '\u{1160}', '\u{2800}', '\u{3164}', '\u{FFA0}'];

    #[test]
    fn what_acts_is_written_out_and_what_is_seen_stays() {
        for (key, shown) in [
            ("org-001/Flüge 2026/数据 \"a\".csv", "org-001/Flüge 2026/数据 \"a\".csv"),
            ("a\r\nSubject: all is well", "a\\r\\nSubject: all is well"),
            ("a\\nb", "a\\\\nb"),
            ("\u{0}\u{1B}[2J\u{7F}\u{9B}", "\\0\\u{1b}[2J\\u{7f}\\u{9b}"),
            (
                "gpj\u{202E}.exe\u{2066}\u{200E}\u{61C}",
                "gpj\\u{202e}.exe\\u{2066}\\u{200e}\\u{61c}",
            ),
            (
                "a\u{200B}\u{FEFF}\u{AD}\u{3164}\u{2800}b",
                "a\\u{200b}\\u{feff}\\u{ad}\\u{3164}\\u{2800}b",
            ),
            (
                "\u{2028}\u{2029}\u{A0}\u{E0041}\u{FFFE}",
                "\\u{2028}\\u{2029}\\u{a0}\\u{e0041}\\u{fffe}",
            ),
            ("e\u{301}\u{FE0F}", "e\\u{301}\\u{fe0f}"),
        ] {
            assert_eq!(visible(key), shown);
        }
    }

    #[test]
    fn a_long_key_is_cut_between_characters_and_escapes() {
        let fits = "k".repeat(KEY_BYTES_MAX);
        assert_eq!(visible(&fits), fits);
        assert_eq!(visible(&format!("{fits}k")), format!("{fits}{CUT_MARK}"));
        let before = "k".repeat(KEY_BYTES_MAX - 1);
        assert_eq!(visible(&format!("{before}ü")), format!("{before}{CUT_MARK}"));
        assert_eq!(visible(&format!("{before}\u{202E}k")), format!("{before}{CUT_MARK}"));
    }

    proptest! {
        #[test]
        fn nothing_that_cannot_be_seen_is_left(key in "(?s).*|\\PC{0,400}|[\u{0}-\u{1F}\u{7F}-\u{A0}\u{200B}-\u{202E}\u{2060}-\u{206F}\\\\]*") {
            let shown = visible(&key);
            prop_assert!(shown.len() <= KEY_BYTES_MAX + CUT_MARK.len_utf8());
            for character in shown.chars() {
                let is_seen = matches!(character, '\\' | '\'' | '"') || character.escape_debug().count() == 1;
                prop_assert!(is_seen && !BLANK.contains(&character), "{:?}", character);
            }
        }

        #[test]
        fn keys_that_differ_look_different(left in "[ab\\\\u{}2e\u{202E}\n]{0,12}", right in "[ab\\\\u{}2e\u{202E}\n]{0,12}") {
            prop_assert_eq!(visible(&left) == visible(&right), left == right);
        }
    }
}
