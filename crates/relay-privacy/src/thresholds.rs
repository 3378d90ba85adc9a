//! How much of a column must look like a class before the column is of it. In rows of a thousand that have a value.

use relay_model::DataClass;

/// Rows before weak forms alone can decide: fewer could be chance. Of numbers that all begin as an issuer's do, one in ten has
/// its check digit, and seven of eight do in one column of a million.
pub const WEAK_ALONE_ROWS_MIN: u64 = 8;

/// What the content must be if the name says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentThresholds {
    /// Rows of a strong form.
    pub strong_permille_min: u16,
    /// Rows of a strong or a weak form.
    pub either_permille_min: u16,
    /// Rows with a value before content decides at all.
    pub rows_min: u64,
}

/// The thresholds of one class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// If the name suggests the class: rows of a strong or a weak form that bear it out.
    pub named_permille_min: u16,
    /// If the name may mean the class and something else (`card`, `Karte`): rows that bear it out, where any do.
    pub ambiguous_permille_min: Option<u16>,
    /// If the name says nothing; a class without is found by name only.
    pub content: Option<ContentThresholds>,
    /// Weak forms alone, if chance cannot make so many.
    pub weak_alone_permille_min: Option<u16>,
}

impl Thresholds {
    /// Those of a class.
    pub const fn of(class: DataClass) -> Self {
        match class {
            // Of a mixed column each address and account number is treated by itself: its other half need not be.
            DataClass::Email | DataClass::Iban => Self::new(50, Some((500, 500, 1))),
            // More than half of all random numbers written 3-3-4 are possible telephone numbers.
            DataClass::Phone => Self::new(100, Some((300, 700, 10))),
            DataClass::UsSsn => Self::new(100, Some((500, 500, 1))),
            // One in ten numbers passes Luhn, and of those three in ten have an issuer: without separators nearly all must.
            // Under a name such as `card` three in ten must, since one in ten would by chance.
            DataClass::PaymentCard => Self {
                ambiguous_permille_min: Some(300),
                weak_alone_permille_min: Some(800),
                ..Self::new(100, Some((500, 500, 1)))
            },
            // Versions of four parts look the same, but few have large parts, and some have parts that are too large.
            DataClass::IpAddress => Self::new(100, Some((300, 700, 5))),
            DataClass::DateOfBirth => Self::new(300, None),
            DataClass::PersonName => Self::new(500, None),
        }
    }

    const fn new(named_permille_min: u16, content: Option<(u16, u16, u64)>) -> Self {
        let content = match content {
            Some((strong_permille_min, either_permille_min, rows_min)) => Some(ContentThresholds {
                strong_permille_min,
                either_permille_min,
                rows_min,
            }),
            None => None,
        };
        Self {
            named_permille_min,
            ambiguous_permille_min: None,
            content,
            weak_alone_permille_min: None,
        }
    }
}
