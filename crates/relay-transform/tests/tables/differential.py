"""The rows of files as Python's csv and json modules read them, under the reading that is given with each.

Reads one JSON object a line: `bytes` (hexadecimal), `format` and `reading`. Writes one JSON array of rows a line, the names first;
null for what Python does not read.
"""

import csv
import io
import json
import re
import sys

csv.field_size_limit(1 << 30)


# Stands for a carriage return that ends no line; Python takes each for a line end.
RETURN = "\uf8ff"


class Lines:
    """The lines for a reader of rows. One that begins like a comment where a row begins is left out."""

    def __init__(self, text, comment):
        self.lines = io.StringIO(text, newline="")
        self.comment = comment
        # The names may begin like a comment.
        self.at_row = False

    def __iter__(self):
        return self

    def __next__(self):
        for line in self.lines:
            if not (self.at_row and self.comment and line.startswith(self.comment)):
                self.at_row = False
                self.last = line
                return line
        raise StopIteration


def delimited(text, reading):
    by_return = reading.get("return_ends_line", False)
    if not by_return:
        text = re.sub("\r(?!\n)", RETURN, text)
    lines = io.StringIO(text, newline="")
    # Physical lines above the names are no rows, whatever stands in them.
    for _ in range((reading.get("header_line") or 1) - 1):
        line_end(lines, by_return)
    lines = Lines(lines.read(), reading.get("comment"))
    reader = csv.reader(lines, delimiter=reading["delimiter"], skipinitialspace=reading.get("skips_blanks", False))
    rows = []
    for row in reader:
        lines.at_row = True
        # Several carriage returns before a line feed, or at the end, are one line break.
        if row and lines.last.rstrip("\r\n").endswith(RETURN):
            row[-1] = row[-1].rstrip(RETURN)
            row = row if row != [""] else []
        if row and (not rows or len(row) == len(rows[0])):
            rows.append([cell.replace(RETURN, "\r") for cell in row])
    return rows


def line_end(lines, by_return):
    while True:
        character = lines.read(1)
        if character in ("", "\n"):
            return
        if by_return and character == "\r":
            place = lines.tell()
            if lines.read(1) != "\n":
                lines.seek(place)
            return


def objects(text):
    document = json.loads(text)
    if isinstance(document, dict):
        (document,) = document.values()
    names = []
    for row in document:
        names.extend(name for name in row if name not in names)
    return [names] + [[row.get(name) for name in names] for row in document]


for case in sys.stdin:
    case = json.loads(case)
    reading = case["reading"]
    try:
        text = bytes.fromhex(case["bytes"]).decode(reading["encoding"].replace("windows-", "cp"))
        text = text.removeprefix("\ufeff")
        rows = objects(text) if case["format"] == "json" else delimited(text, reading)
    except (ValueError, csv.Error):
        rows = None
    print(json.dumps(rows), flush=True)
