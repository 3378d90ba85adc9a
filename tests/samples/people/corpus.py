"""What a file of the corpus is: its bytes, the people in it, and what a person who sent it would demand of a reader.

What is expected never comes from the relay: cells are values first, and the file is written from them, or they are written down by hand
beside the text.
"""

import csv
import datetime
import hashlib
import io
import re
from dataclasses import dataclass, field

FIRST = ["Ada", "Bruno", "Carla", "Dario", "Elsa", "Felix", "Greta", "Hugo", "Ines", "Jonas", "Karin", "Lukas", "Mona", "Nils", "Olga"]
LAST = ["Muster", "Example", "Specimen", "Beispiel", "Exemple", "Esempio", "Voorbeeld", "Ejemplo", "Sample", "Probe", "Invented"]
DOMAINS = ["example.com", "example.org", "example.net"]
# What the policy that an organization has by default treats; the others are kept, and reported.
MASKED = ("email", "phone")
TOKENIZED = ("us_ssn", "payment_card")
# The ways in which they are written here.
FORMS = re.compile(r"[a-z]+\.qz[a-z]+[0-9]+@example\.(?:com|org|net)|\([0-9]{3}\) 555-[0-9]{4}|123-[0-9]{2}-[0-9]{4}|4111 11[0-9]{2} [0-9]{4} [0-9]{4}|411111[0-9]{10}")
# A cell of which only the canaries matter.
ANYTHING = "\u27e8*\u27e9"


def digits_of(seed, count):
    """Digits that only this seed gives."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:16], "big")
    return str(number)[-count:].rjust(count, "7")


class People:
    """Invented people of one file. Whatever is asked for is a canary: nothing of it may be seen where it should not."""

    def __init__(self, path):
        self.path = path
        self.tag = "qz" + "".join("bcdfghjklmnpqrstvwxyz"[int(digit) * 2] for digit in digits_of(path, 9))
        self.canaries = {}
        self.tokens = {}

    def _canary(self, kind, value):
        self.canaries[value] = kind
        return value

    def name(self, row):
        return f"{FIRST[row % len(FIRST)]} {LAST[row % len(LAST)]}"

    def email(self, row):
        return self._canary("email", f"{FIRST[row % len(FIRST)].lower()}.{self.tag}{row}@{DOMAINS[row % len(DOMAINS)]}")

    def phone(self, row):
        found = digits_of(f"{self.path} phone {row}", 5)
        # No area of North America has a 9 in the middle or ends with 11.
        area = f"{2 + int(found[0]) % 7}{int(found[1]) % 9}{2 + int(found[2]) % 8}"
        return self._canary("phone", f"({area}) 555-01{found[3:]}")

    def ssn(self, row):
        found = digits_of(f"{self.path} ssn {row}", 6)
        return self._canary("us_ssn", f"123-{int(found[:2]) % 98 + 1:02}-{int(found[2:]) % 9998 + 1:04}")

    def card(self, row, spaced=True):
        digits = "411111" + digits_of(f"{self.path} card {row}", 9)
        doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits + "0"))]
        check = -sum(value // 10 + value % 10 for value in doubled) % 10
        digits += str(check)
        spelled = " ".join(digits[at : at + 4] for at in range(0, 16, 4))
        return self._canary("payment_card", spelled if spaced else digits)

    def iban(self, row):
        account = "37040044" + digits_of(f"{self.path} iban {row}", 10)
        check = 98 - int(account + "131400") % 97
        return self._canary("iban", f"DE{check:02}{account}")

    def birthday(self, row):
        return datetime.date(1950 + row * 7 % 50, 1 + row * 5 % 12, 1 + row * 11 % 28)

    # How a treated value looks in a result. A token is a number here: equal values have equal tokens, others have others.
    def treated(self, value):
        kind = self.canaries.get(value)
        if kind == "email":
            return "***@***." + value.rsplit(".", 1)[1]
        if kind == "phone":
            return "".join("*" if letter.isdigit() else letter for letter in value)
        if kind in TOKENIZED:
            of_kind = self.tokens.setdefault(kind, {})
            return f"\u27e8{kind}:{of_kind.setdefault(digits(value), len(of_kind))}\u27e9"
        return value

    def treat_within(self, text):
        return FORMS.sub(lambda found: self.treated(found.group()), text)


def digits(text):
    return "".join(letter for letter in text if letter.isdigit())


# Columns: what a value is, and how this kind of file writes it.


@dataclass
class Column:
    name: str
    types: tuple
    write: object = str
    missing: str = ""
    # Of a text, another one may be right as well: the value itself, as it was meant.
    values_as_texts: bool = False


def text(name, write=str, missing=""):
    return Column(name, ("string",), write, missing)


def integer(name, write=str, missing=""):
    return Column(name, ("integer",), write, missing)


def number(name, write=repr, missing=""):
    return Column(name, ("number",), write, missing)


def flag(name, true="true", false="false", missing=""):
    return Column(name, ("boolean",), lambda value: true if value else false, missing)


def day(name, form="%Y-%m-%d", missing=""):
    return Column(name, ("date",), lambda value: value.strftime(form), missing)


def moment(name, form="%Y-%m-%dT%H:%M:%S", missing=""):
    return Column(name, ("datetime",), lambda value: value.strftime(form), missing)


def instant(name, form=None, missing=""):
    return Column(name, ("instant",), (lambda value: value.strftime(form)) if form else datetime.datetime.isoformat, missing)


def clock(name, form="%H:%M", missing=""):
    return Column(name, ("time",), lambda value: value.strftime(form), missing)


def or_text(column):
    """The text as it stands there is right, too: nothing was lost and nothing guessed."""
    return Column(column.name, (*column.types, "string"), column.write, column.missing)


def german(value, places=2):
    return f"{value:,.{places}f}".translate(str.maketrans(",.", ".,"))


def decimal_comma(value):
    return repr(value).replace(".", ",")


def utc(year, month, day_, hour=0, minute=0, second=0, offset_hours=0):
    zone = datetime.timezone(datetime.timedelta(hours=offset_hours))
    return datetime.datetime(year, month, day_, hour, minute, second, tzinfo=zone)


def canonical(value):
    """One spelling of a value, for the manifest."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case float():
            return repr(value)
        case datetime.datetime() if value.tzinfo:
            return value.astimezone(datetime.timezone.utc).replace(tzinfo=None).isoformat() + "Z"
        case datetime.datetime() | datetime.date() | datetime.time():
            return value.isoformat()
        case _:
            return str(value)


def cell(column, value):
    return column.missing if value is None else column.write(value)


def delimited(columns, rows, delimiter=",", eol="\r\n", header=True, quoting=csv.QUOTE_MINIMAL, **dialect):
    """The text of a table, by Python's own writer."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=eol, quoting=quoting, **dialect)
    if header:
        writer.writerow([column.name for column in columns])
    for row in rows:
        writer.writerow([cell(column, value) for column, value in zip(columns, row, strict=True)])
    return out.getvalue()


# Outcomes.


def table(columns, rows, people=None, bad=(), names=None):
    """A table of these values. `bad` are the numbers of lines that are set aside."""
    found = []
    for index, column in enumerate(columns):
        values = [row[index] for row in rows]
        one = {"name": names[index] if names else column.name, "types": list(column.types)}
        if column.types != ("string",):
            one["values"] = [canonical(value) for value in values]
        if "string" in column.types:
            texts = [cell(column, value) if value is not None or column.missing else None for value in values]
            texts = [None if shown == "" else shown for shown in texts]
            if people is not None:
                texts = [shown and people.treat_within(shown) for shown in texts]
            one["texts"] = texts
        found.append(one)
    return {"state": "processed", "as": "table", "columns": found, "bad_lines": list(bad)}


def opaque():
    return {"state": "processed", "as": "opaque"}


def any_table():
    """Some table: its form follows from no rule that people would agree on."""
    return {"state": "processed", "as": "any", "columns": [], "bad_lines": None}


def let_through(*said):
    """Opaque, with people in clear, which is right only where it is told: `contents` of the package counts one of these."""
    return {"state": "processed", "as": "opaque", "told": list(said)}


# Bytes that are no text are not looked through; a few addresses within prose pass.
NOT_LOOKED_THROUGH = let_through("unscanned_files", "partly_scanned_files")
FEW_IN_PROSE = let_through("opaque_personal_values")


def quarantined(*reasons, says=None):
    """Set aside for one of these reasons (with wild cards); the sentence has words that match `says`."""
    return {"state": "quarantined", "reasons": list(reasons), "says": says}


def rejected(*reasons):
    return {"state": "rejected", "reasons": list(reasons), "says": None}


def archive(**files):
    """An archive: the outcome of each file by its path. Others must not be among the results."""
    return {"state": "processed", "as": "archive", "files": files}


IN_OPAQUE = quarantined("personal_data_in_opaque")


@dataclass
class File:
    path: str
    says: str
    data: bytes
    outcomes: list
    canaries: dict = field(default_factory=dict)


class Corpus:
    def __init__(self):
        self.files = {}

    def add(self, path, says, data, *outcomes, people=None):
        """One file; any of these outcomes is right, the best first."""
        assert path not in self.files, f"{path} is there twice"
        assert outcomes, path
        data = data.encode() if isinstance(data, str) else data
        self.files[path] = File(path, says, data, list(outcomes), people.canaries if people else {})

    def add_table(self, path, says, columns, rows, people=None, encoding="utf-8", bom=b"", names=None, also=(), **dialect):
        """A table that is written by the columns' own way of writing."""
        data = bom + delimited(columns, rows, **dialect).encode(encoding)
        self.add(path, says, data, table(columns, rows, people, names=names), *also, people=people)

    def manifest(self, today):
        assert not today.keys() - self.files.keys(), "what is not yet right is no longer in the corpus"
        return {
            "files": [
                {"path": path, "says": file.says, "outcomes": file.outcomes, "canaries": file.canaries, "today": today.get(path)}
                for path, file in sorted(self.files.items())
            ]
        }
