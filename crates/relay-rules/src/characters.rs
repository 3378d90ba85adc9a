//! Which characters a key, or a name within a package, must not contain. Sources: Unicode Standard, chapter 23 (special areas and format
//! characters); Unicode Technical Report 36 (security considerations).

/// C0 and C1 controls, DEL, and the line and paragraph separators.
pub fn is_control(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// Characters that change the direction of the text around them.
pub const fn is_bidi_control(character: char) -> bool {
    matches!(character, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Characters that take no space, or look like nothing: zero-width and other format characters, cell parsers, variation
/// selectors, tags, and the code points that are reserved for such.
pub const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{00AD}'
            | '\u{034F}'
            | '\u{115F}'
            | '\u{1160}'
            | '\u{17B4}'
            | '\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200D}'
            | '\u{2060}'..='\u{2065}'
            | '\u{206A}'..='\u{206F}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// Characters that look like a slash or backslash without being one, and are not mapped to it by NFKC.
pub(crate) const fn looks_like_separator(character: char) -> bool {
    matches!(
        character,
        '\u{2044}' | '\u{2215}' | '\u{2216}' | '\u{29F5}' | '\u{29F8}' | '\u{29F9}'
    )
}

/// `U+XXXX`.
pub fn code_point(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}
