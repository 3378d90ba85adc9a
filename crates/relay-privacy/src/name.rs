//! What a column's name says: it is cut into words, and neighbouring words are looked up together, so that
//! `customerPhoneNo`, `phone number` and `PHONENUMBER` are one.

use relay_model::DataClass;

use crate::class::ClassSet;
use crate::vocabulary::VOCABULARIES;

/// More words than any name has that is meant for people.
const WORDS_MAX: usize = 24;
/// `fecha_de_nacimiento` and `numero de telephone` have three words; one more for a name that is cut finely.
const TERM_WORDS_MAX: usize = 4;

/// The classes that a column's name suggests. Whether the column is of one of them, its content decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NameHints {
    classes: ClassSet,
    /// Whether there is no name that could speak against a class.
    is_absent: bool,
}

impl NameHints {
    /// No hint, from a name that says nothing of personal data.
    pub const NONE: Self = Self {
        classes: ClassSet::EMPTY,
        is_absent: false,
    };

    /// No hint, since the table has no names of columns: its content decides from the first row on.
    pub const ABSENT: Self = Self {
        classes: ClassSet::EMPTY,
        is_absent: true,
    };

    pub(crate) const fn is_absent(self) -> bool {
        self.is_absent
    }

    /// The classes that are suggested.
    pub const fn classes(self) -> ClassSet {
        self.classes
    }

    /// Whether a class is suggested.
    pub const fn suggests(self, class: DataClass) -> bool {
        self.classes.contains(class)
    }
}

/// What a column's name suggests. A bare `name` suggests nothing: airports, products and files have one too. Nor does
/// `username`, which is a login.
pub fn classify_name(column: &str) -> NameHints {
    let words = words(column);
    let mut classes = ClassSet::EMPTY;
    for vocabulary in VOCABULARIES {
        let is_vetoed = |word: &String| vocabulary.vetoes.contains(&word.as_str());
        if has_term(&words, vocabulary.terms) && !words.iter().any(is_vetoed) {
            classes = classes.with(vocabulary.class);
        }
    }
    NameHints {
        classes,
        is_absent: false,
    }
}

fn has_term(words: &[String], terms: &[&str]) -> bool {
    (0..words.len()).any(|from| {
        let mut together = String::new();
        words[from..].iter().take(TERM_WORDS_MAX).any(|word| {
            together.push_str(word);
            terms.contains(&together.as_str())
        })
    })
}

/// The words of a name: cut at everything that is no letter or digit, between letters and digits, and where camel case
/// begins a word (`IPAddress` is `ip`, `address`). Marks on letters are taken away.
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
        if !before.is_alphanumeric() || is_camel || is_number {
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

fn is_combining(char: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&char)
}

/// The small letter without its marks.
fn fold(char: char, word: &mut String) {
    for small in char.to_lowercase() {
        match small {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => word.push('a'),
            'ç' => word.push('c'),
            'è' | 'é' | 'ê' | 'ë' => word.push('e'),
            'ì' | 'í' | 'î' | 'ï' => word.push('i'),
            'ñ' => word.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => word.push('o'),
            'ù' | 'ú' | 'û' | 'ü' => word.push('u'),
            'ß' => word.push_str("ss"),
            other if is_combining(other) => {}
            other => word.push(other),
        }
    }
}
