//! What a column's name says: it is cut into words, and neighbouring words are looked up together, so that
//! `customerPhoneNo`, `phone number` and `PHONENUMBER` are one.

use relay_model::DataClass;
use unicode_normalization::UnicodeNormalization as _;

use crate::class::ClassSet;
use crate::vocabulary::VOCABULARIES;

/// More words than any name has that is meant for people.
const WORDS_MAX: usize = 24;
/// `fecha_de_nacimiento` and `numero de telephone` have three words; `ip v4 address`, cut finely, has four.
const TERM_WORDS_MAX: usize = 4;
/// Shorter words end too many others.
const ENDING_BYTES_MIN: usize = 3;

/// The classes that a column's name suggests. Whether the column is of one of them, its content decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NameHints {
    classes: ClassSet,
    ambiguous: ClassSet,
    /// Whether there is no name that could speak against a class.
    is_absent: bool,
}

impl NameHints {
    /// No hint, from a name that says nothing of personal data.
    pub const NONE: Self = Self {
        classes: ClassSet::EMPTY,
        ambiguous: ClassSet::EMPTY,
        is_absent: false,
    };

    /// No hint, since the table has no names of columns: its content decides from the first row on.
    pub const ABSENT: Self = Self {
        classes: ClassSet::EMPTY,
        ambiguous: ClassSet::EMPTY,
        is_absent: true,
    };

    pub(crate) const fn is_absent(self) -> bool {
        self.is_absent
    }

    /// The classes that are suggested.
    pub const fn classes(self) -> ClassSet {
        self.classes
    }

    /// What either suggests.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self {
            classes: self.classes.union(other.classes),
            ambiguous: self.ambiguous.union(other.ambiguous),
            is_absent: self.is_absent && other.is_absent,
        }
    }

    /// Whether a class is suggested.
    pub const fn suggests(self, class: DataClass) -> bool {
        self.classes.contains(class)
    }

    /// The classes that the name may mean as well as something else: more of the values must bear them out.
    pub const fn ambiguous(self) -> ClassSet {
        self.ambiguous
    }

    /// Whether the name may mean a class as well as something else.
    pub const fn may_mean(self, class: DataClass) -> bool {
        self.ambiguous.contains(class)
    }
}

/// What a column's name suggests. A bare `name` suggests nothing: airports, products and files have one too. Nor does
/// `username`, which is a login.
pub fn classify_name(column: &str) -> NameHints {
    let words = words(column);
    let mut hints = NameHints::NONE;
    for vocabulary in VOCABULARIES {
        let is_vetoed = |word: &String| vocabulary.vetoes.contains(&word.as_str());
        if words.iter().any(is_vetoed) {
            continue;
        }
        if has_term(&words, vocabulary.terms) || has_stem(&words, vocabulary.stems) {
            hints.classes = hints.classes.with(vocabulary.class);
        } else if has_term(&words, vocabulary.ambiguous) || has_ending(&words, vocabulary.ambiguous) {
            hints.ambiguous = hints.ambiguous.with(vocabulary.class);
        }
    }
    hints
}

fn has_term(words: &[String], terms: &[&str]) -> bool {
    (0..words.len()).any(|from| {
        let mut together = String::new();
        words[from..].iter().take(TERM_WORDS_MAX).any(|word| {
            together.push_str(word);
            terms.contains(&together.as_str())
        })
    }) || has_last_part(words, terms)
}

/// A word of scripts without spaces is made of several, of which the last says what it is.
fn has_last_part(words: &[String], terms: &[&str]) -> bool {
    let spaceless = |word: &&String| word.chars().any(is_spaceless);
    words.iter().filter(spaceless).any(|word| {
        terms
            .iter()
            .any(|term| term.chars().all(is_spaceless) && word.ends_with(term))
    })
}

/// Words that end in one of these: a bank's or a customer's card.
fn has_ending(words: &[String], terms: &[&str]) -> bool {
    let is_ending = |word: &String| {
        terms
            .iter()
            .any(|term| term.len() >= ENDING_BYTES_MIN && word.ends_with(term))
    };
    words.iter().any(is_ending)
}

fn has_stem(words: &[String], stems: &[&str]) -> bool {
    words.iter().any(|word| stems.iter().any(|stem| word.contains(stem)))
}

/// The words of a name: cut at everything that is no letter or digit, between letters and digits, where camel case begins a
/// word (`IPAddress` is `ip`, `address`), and where scripts that write without spaces meet others. Marks on letters are taken
/// away.
fn words(column: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    let mut chars = column.chars().peekable();
    while let Some(char) = chars.next() {
        if is_combining(char) {
            continue;
        }
        if !char.is_alphanumeric() {
            before = ' ';
            continue;
        }
        let is_next_small = chars.peek().is_some_and(|next| next.is_lowercase());
        let is_camel = char.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && is_next_small));
        let is_number = char.is_numeric() != before.is_numeric();
        let is_other_script = is_spaceless(char) != is_spaceless(before);
        if !before.is_alphanumeric() || is_camel || is_number || is_other_script {
            if words.len() == WORDS_MAX {
                break;
            }
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            fold(char, word);
        }
        before = char;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Kana, Chinese characters, and Hangul, whose compounds are often written together.
fn is_spaceless(char: char) -> bool {
    matches!(char, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

fn is_combining(char: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&char)
}

/// The small letter without its marks, as it is written where the keyboard has no others.
fn fold(char: char, word: &mut String) {
    for small in char.to_lowercase() {
        match small {
            'a'..='z' | '0'..='9' => word.push(small),
            'ß' => word.push_str("ss"),
            'æ' => word.push_str("ae"),
            'œ' => word.push_str("oe"),
            'þ' => word.push_str("th"),
            'ø' => word.push('o'),
            'ł' => word.push('l'),
            'đ' | 'ð' => word.push('d'),
            'ı' => word.push('i'),
            'ς' => word.push('σ'),
            // Full-width forms of Latin letters and digits, and letters with marks of the scripts that have them.
            '\u{ff10}'..='\u{ff5a}' | '\u{c0}'..='\u{52f}' | '\u{1e00}'..='\u{1fff}' => {
                word.extend(std::iter::once(small).nfkd().filter(|char| !is_combining(*char)));
            }
            other if is_combining(other) => {}
            other => word.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A word that is not spelled as names are folded would never be met.
    #[test]
    fn every_word_of_the_vocabulary_can_be_met() {
        for vocabulary in VOCABULARIES {
            let all = [
                vocabulary.terms,
                vocabulary.stems,
                vocabulary.ambiguous,
                vocabulary.vetoes,
            ]
            .concat();
            for term in all {
                let mut folded = String::new();
                term.chars().for_each(|char| fold(char, &mut folded));
                assert_eq!(folded, term, "{:?}", vocabulary.class);
            }
        }
    }
}
