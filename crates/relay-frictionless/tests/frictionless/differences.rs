//! Where our verdict is not that of frictionless 5.21.0, and why we keep ours.

/// A difference that is meant.
#[derive(Debug)]
#[expect(dead_code, reason = "`reason` is for readers, and for the message of a failed test")]
pub struct Difference {
    /// What we say: `valid`, `invalid`, `missing`.
    pub ours: &'static str,
    /// What frictionless says.
    pub theirs: &'static str,
    /// The fields that show it, in short, by how they begin (`number` is also `number minimum`); or packages, tables.
    pub kinds: &'static [&'static str],
    /// The texts of cells, or the names of packages, that show it.
    pub examples: &'static [&'static str],
    /// Why.
    pub reason: &'static str,
}

const fn stricter(
    kinds: &'static [&'static str],
    examples: &'static [&'static str],
    reason: &'static str,
) -> Difference {
    Difference {
        ours: "invalid",
        theirs: "valid",
        kinds,
        examples,
        reason,
    }
}

const fn laxer(kinds: &'static [&'static str], examples: &'static [&'static str], reason: &'static str) -> Difference {
    Difference {
        ours: "valid",
        theirs: "invalid",
        kinds,
        examples,
        reason,
    }
}

pub const OF_CELLS: &[Difference] = &[
    stricter(
        &["number"],
        &["1e400"],
        "it is no double; frictionless-py keeps decimals of any size, a column of a result does not",
    ),
    stricter(
        &["number"],
        &["infinity"],
        "Table Schema names INF and NaN; Python reads its own spellings besides",
    ),
    stricter(
        &["number", "integer", "list itemType"],
        &["1_000", " 1"],
        "neither XML Schema nor JSON has underscores or blanks in numbers; Python does, and a value is not repaired here",
    ),
    stricter(
        &["integer", "list itemType"],
        &["99999999999999999999"],
        "it does not fit 64 bits, and would be another number in a column",
    ),
    stricter(
        &["date", "list itemType", "yearmonth"],
        &["2024-1-26", "2024-1", "24-01"],
        "the default forms are yyyy-mm-dd and YYYY-MM, of as many digits as they have letters",
    ),
    stricter(
        &["time"],
        &["24:00:00", "15:00:00Z", "15:00:00.1234567"],
        "a time is hh:mm:ss of one day; an offset or the seventh decimal would be lost",
    ),
    stricter(
        &["datetime"],
        &["2024-01-26T24:00:00"],
        "it is the next midnight, so that a column would have another day than the text",
    ),
    stricter(
        &["duration"],
        &["PT", "P2W", "P1.5D"],
        "XML Schema's durations have no weeks, fractions of seconds only, and something behind the T",
    ),
    stricter(
        &["string/uri"],
        &["http://a b"],
        "a URI has no blanks (RFC 3986, section 2); frictionless-py asks for a scheme only",
    ),
    stricter(
        &["string/binary"],
        &[
            "1_000",
            "2024-1",
            "24-01",
            "P1.5D",
            "http://a b",
            "1,000",
            "-95 kg",
            "2024-01-26",
            "2024-02-30",
            "0000-01-01",
            "9999-12-31",
            "15:00",
            "15:00:00.25",
            "2024-01-26T15:00:00Z",
            "26/01/2024 15:00:00",
            "-0044",
            "{}",
            r#"{"a": 1, "b": 2}"#,
            "{",
            "[]",
            "[",
            "2024-01-26,2024-01-27",
            "90.50, 45.50",
            "90.50,45.50",
            "181,0",
            r#"{"lon": 1, "lat": 2}"#,
            r#"{"lon": 1}"#,
            "[181, 0]",
            "urn:isbn:1",
            "a.org",
            "123e4567-e89b-12d3-a456-426614174000",
        ],
        "Python's decoder leaves out what is not base64, so that almost anything is; RFC 4648, section 3.3, has it refused",
    ),
    stricter(
        &["string/uuid"],
        &["123e4567e89b12d3a456426614174000"],
        "a UUID is written with its hyphens (RFC 9562, section 4)",
    ),
    stricter(
        &["geopoint/array"],
        &[r#"["1", "2"]"#],
        "each item is a number (Table Schema, \"geopoint\"), and a text is none",
    ),
    stricter(
        &["geojson/topojson"],
        &[r#"{"type": "Point", "coordinates": [1, 2]}"#],
        "it is GeoJSON, and no topology; frictionless-py accepts any object",
    ),
    stricter(
        &["date/any", "time/any", "datetime/any"],
        &[
            " 1",
            "2024-1-26",
            "15:00:00Z",
            "15:00:00.1234567",
            "2024-1",
            "2024-01-26",
            "9999-12-31",
            "15:00",
            "15:00:00.25",
            "2024-01-26T15:00:00Z",
            "26/01/2024 15:00:00",
            "-0044",
            "181,0",
            "1",
            "2",
            "-1",
            "007",
            "1.0",
            "1.5",
            "-1.5",
            ".5",
            "5.",
            "1.000,5",
            "1,5",
            "95-",
            "26/01/2024",
            "01/02/2024",
            "15:00:00",
            "3:05 PM",
            "2024-01-26T15:00:00",
            "2024-01-26 15:00:00",
            "2024-01-26T15:00:00.300-05:00",
            "2024-01-26T15:00",
            "2024-01-26T15:00:00+1",
            "2024",
            "24",
            "2024-01",
            "1,2,3",
            "20240126",
            "26 Jan 2024",
        ],
        "dateutil fills what is missing from today's date and chooses between day and month; here 'any' is what has one \
         meaning",
    ),
    stricter(
        &["number decimalChar"],
        &[".5", "5.", "90.50,45.50"],
        "groupChar stands between digits of the whole part; frictionless-py removes it anywhere, and .5 becomes 5",
    ),
    stricter(
        &["number groupChar"],
        &["1.000,5"],
        "groupChar stands between digits of the whole part; frictionless-py removes it anywhere, and this becomes 1.0005",
    ),
    stricter(
        &["number bareNumber", "integer bareNumber"],
        &["95-"],
        "the minus sign would be lost with what is stripped, and with it the meaning",
    ),
    stricter(
        &["integer bareNumber"],
        &[".5"],
        "the point would be lost with what is stripped, and a half would become five",
    ),
    laxer(
        &["number bareNumber"],
        &["NaN", "nan", "INF", "-INF", "inf"],
        "the special values are numbers in this form as well; frictionless-py strips their letters",
    ),
    laxer(
        &["date", "date/any", "datetime/any", "list itemType"],
        &["0000-01-01"],
        "the year 0 is a year of ISO 8601 and of XML Schema 1.1; Python's dates begin with the year 1",
    ),
    laxer(
        &["year"],
        &["9007199254740993", "20240126", "-0044", "12024"],
        "gYear of XML Schema has four digits or more and perhaps a minus sign; frictionless-py reads four",
    ),
];
pub const OF_PACKAGES: &[Difference] = &[
    stricter(
        &["package"],
        &["empty resources"],
        "resources is a list of one resource at least (Data Package, \"resources\"); frictionless-py asks for the property only",
    ),
    stricter(
        &["package"],
        &["unknown encoding", "delimiter is a number"],
        "frictionless-py finds it when it opens the file; here a descriptor is judged before a byte of data is read",
    ),
];
pub const OF_TABLES: &[Difference] = &[stricter(
    &["table"],
    &["primary key a+b: ,x 2,y", "primary key a+b: 1, 2,"],
    "no field of a primary key may be without a value (Table Schema, \"primaryKey\"); frictionless-py asks for one of them",
)];
