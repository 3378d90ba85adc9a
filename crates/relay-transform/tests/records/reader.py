"""Reads CSV by Python's own module, and by DuckDB where it is asked: one process for a whole test.

On standard input come readings, each a line of JSON and as many bytes as its `size` says. The line has the dialect: `delimiter`, `first_line` (the
first that is read, from 1), `blanks` (that stand behind delimiters are left out), `comment` (what a line that is left out begins with),
`encoding`, and how many columns `duckdb` is to read (0 for not at all). For each, one line of JSON leaves: the rows, blank lines left
out; and how many rows DuckDB finds below the header.
"""

import csv
import io
import json
import sys
import tempfile

import duckdb

BYTE_ORDER_MARK = "\ufeff"


def rows_of(data, reading):
    # What is not UTF-8 becomes a letter that no text has: the number of rows stays.
    text = data.decode(reading["encoding"], "surrogateescape" if reading["encoding"] == "utf-8" else "replace").removeprefix(BYTE_ORDER_MARK)
    lines = io.StringIO(text, newline="")
    for _ in range(reading["first_line"] - 1):
        # Lines above the names are no rows, whatever quotes stand in them.
        next(lines, None)
    comment = reading["comment"]
    kept = (line for line in lines if not (comment and line.startswith(comment)))
    return [row for row in csv.reader(kept, delimiter=reading["delimiter"], skipinitialspace=reading["blanks"]) if row]


def count_of_duckdb(base, file, text, reading):
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()
    names = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(reading["duckdb"]))
    question = f"SELECT count(*) FROM read_csv(?, header = true, auto_detect = false, delim = ?, quote = '\"', escape = '\"', max_line_size = 10000000, columns = {{{names}}})"
    try:
        return base.execute(question, [file.name, reading["delimiter"]]).fetchone()[0]
    except duckdb.Error as error:
        return str(error)


def main():
    csv.field_size_limit(1 << 30)
    source, target = sys.stdin.buffer, sys.stdout
    base = duckdb.connect(config={"threads": 1})
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        while line := source.readline():
            reading = json.loads(line)
            data = source.read(reading["size"])
            found = {"rows": [[cell.encode("utf-8", "surrogateescape").decode("latin-1") for cell in row] for row in rows_of(data, reading)]}
            if reading["duckdb"]:
                found["duckdb"] = count_of_duckdb(base, file, data, reading)
            target.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
