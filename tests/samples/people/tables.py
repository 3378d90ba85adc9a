"""Delimited text as programs and people write it: rows, dialects, encodings, headers, values."""

import base64
import csv
import datetime

from corpus import (
    ANYTHING, IN_OPAQUE, People, any_table, clock, day, decimal_comma, delimited, digits_of, flag, german, instant, integer, moment, number, opaque, or_text, quarantined,
    rejected, table, text, utc,
)

D = datetime.date
T = datetime.datetime
CITIES = ["Springfield", "Musterstadt", "Villeneuve", "Rivendell", "Entenhausen", "Gotham"]
# More than the longest row that a relay takes by default (1 MiB).
LONG_BYTES = 1_300_000
ROWS_UNCLEAR = quarantined("table_*", says=r"line \d+|\d+ of \d+ rows are bad")


def contacts(path, rows=12):
    """Customers with an address, a phone and a card: the table that nearly everybody sends."""
    people = People(path)
    columns = [integer("id"), text("name"), text("email"), text("phone"), text("city"), number("amount")]
    made = [
        (row + 1, people.name(row), people.email(row), people.phone(row), CITIES[row % len(CITIES)], row * 12.5 + 0.25) for row in range(rows)
    ]
    return people, columns, made


def add_contacts(corpus, path, says, encoding="utf-8", bom=b"", also=(), rows=12, **dialect):
    people, columns, made = contacts(path, rows)
    corpus.add_table(path, says, columns, made, people, encoding=encoding, bom=bom, also=also, **dialect)


def rows(corpus):
    # Mails in cells.
    path = "rows/mails-with-one-attachment.csv"
    people = People(path)
    body = base64.encodebytes(bytes(range(256)) * (LONG_BYTES // 340)).decode()
    columns = [integer("id"), text("sender"), text("subject"), text("body")]
    mails = [(row, people.email(row), f"Invoice {row}", f"Dear all,\n1,2,3,4\nyours, {row}") for row in range(1, 101)]
    mails[49] = (50, people.email(50), "Invoice 50", "Content-Transfer-Encoding: base64\n\n" + body)
    corpus.add(path, "a hundred mails, one of them with an attachment of 1.3 MB in its cell", delimited(columns, mails),
               table(columns, mails[:49] + mails[50:], people, bad=[1 + 49 * 3 + 1]), people=people)

    path = "rows/mails-with-long-bodies.csv"
    people = People(path)
    body = base64.encodebytes(bytes(range(256)) * 400).decode()
    mails = [(row, people.email(row), "Photo", body) for row in range(1, 13)]
    corpus.add_table(path, "attachments of 140 kB in cells of many lines, with line breaks of LF", columns, mails, people, eol="\n")

    path = "rows/attachment-in-the-last-row.csv"
    people = People(path)
    mails = [(row, people.email(row), "Hello", "short") for row in range(1, 41)]
    long = [(41, people.email(41), "Photo", "9,9,9,9\n" * (LONG_BYTES // 8))]
    corpus.add(path, "forty mails, and a last one whose body of 1.3 MB has lines that look like rows", delimited(columns, mails + long),
               table(columns, mails, people, bad=[42]), people=people)

    path = "rows/attachment-in-the-first-row.csv"
    people = People(path)
    long = [(1, people.email(1), "Photo", "9,9,9,9\n" * (LONG_BYTES // 8))]
    mails = [(row, people.email(row), "Hello", "short") for row in range(2, 42)]
    corpus.add(path, "a first mail whose body of 1.3 MB has lines that look like rows, and forty more", delimited(columns, long + mails),
               table(columns, mails, people, bad=[2]), people=people)

    path = "rows/long-line-without-quotes.csv"
    people, columns, made = contacts(path, 30)
    lines = delimited(columns, made).splitlines(keepends=True)
    lines.insert(10, "99," + "x" * LONG_BYTES + ",,,,1.5\r\n")
    corpus.add(path, "one line of 1.3 MB without quotes among short ones", "".join(lines), table(columns, made, people, bad=[11]), people=people)

    # Quotes that cannot be paired.
    for name, says, broken in [
        ("stray-quotes-in-a-quoted-cell", "a quoted cell whose own quotes are not doubled, and that goes on over lines",
         '3,"he said "hi" and\n4,fake row\n5,x"\n'),
        ("unclosed-quote", "a quote that is opened and never closed", '3,"never closed\n4,fake row\n5,x\n'),
        ("unclosed-quote-in-the-last-row", "a quote that is opened in the last row", '3,x\n4,"never closed\n'),
        ("inch-marks", "inches behind a quoted size", '3,"17" screen"\n4,x\n5,"15" screen, used"\n'),
        ("closed-too-early", "a letter behind a closing quote", '3,"x"y\n4,x\n'),
        ("backslash-before-quotes", "quotes escaped by backslashes, as some programs do", '3,"say \\"hi\\", please"\n4,x\n'),
    ]:
        path = f"rows/{name}.csv"
        people = People(path)
        head = "id,note\n" + "".join(f"{row},write to {people.email(row)}\n" for row in range(1, 3))
        also = []
        if name == "backslash-before-quotes":
            columns = [integer("id"), text("note")]
            made = [(1, f"write to {people.email(1)}"), (2, f"write to {people.email(2)}"), (3, 'say "hi", please'), (4, "x")]
            also = [table(columns, made, people)]
        corpus.add(path, says, head + broken, ROWS_UNCLEAR, *also, people=people)

    path = "rows/inches-without-quotes.csv"
    columns = [integer("id"), text("size"), text("colour")]
    made = [(1, '17" wide', "red"), (2, '5\'10"', "blue"), (3, '15"', "red")]
    content = "id,size,colour\r\n" + "".join(f"{row},{size},{colour}\r\n" for row, size, colour in made)
    corpus.add(path, "inches in cells that are not quoted", content, table(columns, made))

    path = "rows/multi-line-cells.csv"
    people = People(path)
    columns = [integer("id"), text("address"), text("email")]
    made = [(row, f"{row} Example Street\n{CITIES[row % 6]}, X{row}\n\nInvented Country", people.email(row)) for row in range(1, 9)]
    corpus.add_table(path, "addresses of several lines, an empty one among them", columns, made, people)
    path = "rows/multi-line-cells-that-look-like-rows.csv"
    people = People(path)
    made = [(row, f"1,2,3\r\n4,5,6\r\nid,address,email", people.email(row)) for row in range(1, 9)]
    corpus.add_table(path, "cells whose lines have as many commas as rows have", columns, made, people)
    path = "rows/multi-line-header.csv"
    people = People(path)
    columns = [integer("Number\nof guest"), text("Your e-mail, please"), text("Anything \"else\"?")]
    made = [(row, people.email(row), "no") for row in range(1, 9)]
    corpus.add_table(path, "line breaks, commas and quotes in the header", columns, made, people)

    path = "rows/one-ragged-row-of-fifty.csv"
    people, columns, made = contacts(path, 50)
    lines = delimited(columns, made).splitlines(keepends=True)
    lines[20] = "20,one,two\r\n"
    corpus.add(path, "one row of fifty has too few fields", "".join(lines), table(columns, made[:19] + made[20:], people, bad=[21]), people=people)
    path = "rows/one-row-with-an-unquoted-comma.csv"
    people, columns, made = contacts(path, 30)
    lines = delimited(columns, made).splitlines(keepends=True)
    lines[7] = "7,Muster, Mona,mona@invalid,,Gotham,1.5\r\n"
    corpus.add(path, "one row has a comma in a name without quotes", "".join(lines), table(columns, made[:6] + made[7:], people, bad=[8]), people=people)
    for share, name in [(5, "a-fifth"), (2, "half")]:
        path = f"rows/{name}-of-the-rows-ragged.csv"
        people, columns, made = contacts(path, 60)
        lines = delimited(columns, made).splitlines(keepends=True)
        lines = [line.replace("\r\n", ",,\r\n") if at % share == 1 else line for at, line in enumerate(lines)]
        corpus.add(path, f"one row of {share} has two fields more than the header", "".join(lines), quarantined("table_*", "personal_data_in_opaque"), people=people)
    path = "rows/short-rows.csv"
    people, columns, made = contacts(path, 60)
    columns.append(text("remark"))
    lines = delimited(columns, [(*row, None) for row in made]).splitlines(keepends=True)
    lines = [line.replace(",\r\n", "\r\n") if at % 3 == 1 else line for at, line in enumerate(lines)]
    corpus.add(path, "one row of three ends before its last, empty field", "".join(lines), quarantined("table_*", "personal_data_in_opaque"),
               table(columns, [(*row, None) for row in made], people), people=people)

    path = "rows/blank-lines.csv"
    people, columns, made = contacts(path)
    content = delimited(columns, made).replace("\r\n", "\r\n\r\n")
    corpus.add(path, "an empty line behind each row, as text mode on Windows makes it", content, table(columns, made, people), people=people)
    path = "rows/no-line-break-at-the-end.csv"
    people, columns, made = contacts(path)
    corpus.add(path, "no line break behind the last row", delimited(columns, made).rstrip("\r\n"), table(columns, made, people), people=people)
    path = "rows/ctrl-z-at-the-end.csv"
    people, columns, made = contacts(path, 30)
    corpus.add(path, "DOS's end-of-file character behind the last row", delimited(columns, made) + "\x1a", table(columns, made, people, bad=[32]),
               table(columns, made, people), quarantined("table_*"), people=people)
    path = "rows/rows-of-blanks-only.csv"
    people, columns, made = contacts(path)
    empty = [(None,) * 6] * 2
    corpus.add(path, "rows of commas at the end, as spreadsheets leave them", delimited(columns, made + empty), table(columns, made + empty, people),
               table(columns, made, people), people=people)
    path = "rows/header-only.csv"
    columns = [text("id"), text("name"), text("email")]
    corpus.add(path, "a header and no row", "id,name,email\r\n", table(columns, []))
    path = "rows/header-only-one-column.csv"
    corpus.add(path, "a single word on a line", "email\r\n", table([text("email")], []), opaque())
    path = "rows/one-row.csv"
    people, columns, made = contacts(path, 1)
    corpus.add_table(path, "a single row", columns, made, people)
    path = "rows/repeated-header.csv"
    people, columns, made = contacts(path, 12)
    lines = delimited(columns, made).splitlines(keepends=True)
    as_text = [text(column.name) for column in columns]
    # In columns of addresses and phones, their names are masked like any other cell.
    repeated = tuple(ANYTHING if column.name in ("email", "phone") else column.name for column in columns)
    corpus.add(path, "two files appended to each other: the header stands in the middle again", "".join(lines[:7] + lines[:1] + lines[7:]),
               table(as_text, made[:6] + [repeated] + made[6:], people), table(columns, made, people, bad=[8]), people=people)
    path = "rows/totals-at-the-end.csv"
    columns = [text("product"), integer("pieces"), number("price")]
    made = [(f"thing {row}", row, row + 0.5) for row in range(1, 13)] + [("Total", 78, 84.0)]
    corpus.add_table(path, "a row of totals at the end", columns, made)
    path = "rows/wide.csv"
    people = People(path)
    columns = [text("email")] + [integer(f"answer_{number_}") for number_ in range(400)]
    corpus.add_table(path, "401 columns", columns, [(people.email(row), *((row * 7 + at) % 5 for at in range(400))) for row in range(10)], people)
    path = "rows/one-row-per-byte.csv"
    columns = [integer("a"), integer("b")]
    corpus.add_table(path, "thirty thousand short rows", columns, [(row % 7, row) for row in range(30_000)], eol="\n")
    path = "rows/late-text.csv"
    people = People(path)
    columns = [text("code"), text("contact")]
    made = [(str(row), "-") for row in range(25_000)] + [("X-1", people.email(1))]
    corpus.add_table(path, "a column of numbers for 25,000 rows, and text in the last one, where the only address stands", columns, made, people, eol="\n")


def dialects(corpus):
    for name, says, dialect in [
        ("semicolons.csv", "semicolons", {"delimiter": ";"}),
        ("tabs.tsv", "tabs", {"delimiter": "\t"}),
        ("tabs.txt", "tabs in a text file", {"delimiter": "\t", "eol": "\n"}),
        ("pipes.csv", "bars", {"delimiter": "|"}),
        ("pipes.psv", "bars, with another ending of the name", {"delimiter": "|", "eol": "\n"}),
        ("unix-line-ends.csv", "line breaks of LF", {"eol": "\n"}),
        ("old-mac-line-ends.csv", "line breaks of CR alone", {"eol": "\r"}),
        ("old-mac-semicolons.csv", "line breaks of CR alone, and semicolons", {"eol": "\r", "delimiter": ";"}),
        ("all-quoted.csv", "every field in quotes", {"quoting": csv.QUOTE_ALL}),
        ("texts-quoted.csv", "texts in quotes, numbers without", {"quoting": csv.QUOTE_STRINGS if hasattr(csv, "QUOTE_STRINGS") else csv.QUOTE_ALL}),
        ("no-extension", "no ending of the name", {}),
        ("capital-extension.CSV", "capital letters in the name's ending", {}),
    ]:
        add_contacts(corpus, f"dialects/{name}", says, **dialect)

    path = "dialects/sep-line.csv"
    people, columns, made = contacts(path)
    corpus.add(path, "Excel's first line sep=;", "sep=;\r\n" + delimited(columns, made, ";"), table(columns, made, people), people=people)
    path = "dialects/sep-line-comma-bom.csv"
    people, columns, made = contacts(path)
    corpus.add(path, "a byte order mark and Excel's first line sep=,", "\ufeffsep=,\r\n" + delimited(columns, made), table(columns, made, people), people=people)
    path = "dialects/sep-line-quoted.csv"
    people, columns, made = contacts(path)
    corpus.add(path, "Excel's first line in quotes: \"sep=;\"", '"sep=;"\r\n' + delimited(columns, made, ";"), table(columns, made, people), people=people)
    path = "dialects/sep-line-tab.csv"
    people, columns, made = contacts(path)
    corpus.add(path, "Excel's first line sep= with a tab", "sep=\t\r\n" + delimited(columns, made, "\t"), table(columns, made, people), people=people)

    path = "dialects/comment-lines.csv"
    people, columns, made = contacts(path)
    corpus.add(path, "lines with # above the header", "# exported by invented 1.0\r\n# of 2024-01-31, complete\r\n" + delimited(columns, made),
               table(columns, made, people), people=people)
    path = "dialects/comment-lines-tabs.tsv"
    people, columns, made = contacts(path)
    corpus.add(path, "lines with # above a table of tabs", "# made by invented 1.0\n#\n" + delimited(columns, made, "\t", eol="\n"),
               table(columns, made, people), people=people)
    path = "dialects/comment-in-the-middle.csv"
    people, columns, made = contacts(path, 30)
    lines = delimited(columns, made).splitlines(keepends=True)
    lines.insert(15, "# a remark of one field\r\n")
    corpus.add(path, "one line with # among the rows", "".join(lines), table(columns, made, people, bad=[16]), table(columns, made, people), people=people)
    path = "dialects/hash-is-a-value.csv"
    people = People(path)
    columns = [text("# ticket"), text("email")]
    corpus.add_table(path, "# as part of a header and of values", columns, [(f"#{row}", people.email(row)) for row in range(12)], people)

    path = "dialects/blanks-behind-commas.csv"
    people, columns, made = contacts(path)
    corpus.add(path, "a blank behind each comma", delimited(columns, made).replace(",", ", "), table(columns, made, people), people=people)
    path = "dialects/blanks-behind-commas-and-quotes.csv"
    people, columns, made = contacts(path)
    made = [(*row[:4], row[4] + ", East", row[5]) for row in made]
    content = delimited(columns, made, quoting=csv.QUOTE_ALL).replace('","', '", "')
    corpus.add(path, "a blank behind each comma, and quotes around each field", content, table(columns, made, people), people=people)
    path = "dialects/aligned-by-blanks.csv"
    people, columns, made = contacts(path)
    lines = [[column.name for column in columns]] + [[str(value) for value in row] for row in made]
    content = "".join(" , ".join(value.ljust(24) for value in line).rstrip() + "\n" for line in lines)
    corpus.add(path, "columns made straight by blanks around the commas", content, table(columns, made, people),
               quarantined("table_*", "personal_data_in_opaque"), any_table(), people=people)

    path = "dialects/semicolons-decimal-commas.csv"
    people = People(path)
    columns = [integer("Nr"), text("E-Mail"), or_text(number("Betrag", decimal_comma))]
    made = [(row, people.email(row), row * 1.25) for row in range(1, 13)]
    corpus.add_table(path, "semicolons, and a comma before decimals", columns, made, people, delimiter=";")
    path = "dialects/semicolons-decimal-commas-only.csv"
    columns = [or_text(number("x", decimal_comma)), or_text(number("y", decimal_comma))]
    corpus.add_table(path, "two columns of decimal commas between semicolons: commas would fit as well", columns,
                     [(row + 0.5, row + 0.25) for row in range(12)], delimiter=";")
    path = "dialects/commas-decimal-commas-quoted.csv"
    columns = [integer("id"), or_text(number("value", decimal_comma))]
    corpus.add_table(path, "commas between fields, and quoted decimal commas", columns, [(row, row + 0.5) for row in range(12)])
    path = "dialects/semicolons-with-commas-in-texts.csv"
    people = People(path)
    columns = [integer("id"), text("text"), text("email")]
    corpus.add_table(path, "semicolons, and more commas than semicolons in the texts", columns,
                     [(row, "one, two, three, four, five", people.email(row)) for row in range(12)], people, delimiter=";")

    for name, says, above in [
        ("title-line.csv", "a title above the header", "Customers of Invented Ltd.\r\n"),
        ("title-and-blank-line.csv", "a title and an empty line above the header", "Customers of Invented Ltd.\r\n\r\n"),
        ("title-with-commas.csv", "a title that is filled up with commas", "Customers of Invented Ltd.,,,,,\r\n"),
        ("four-title-lines.csv", "four lines about the report above the header", "Report: Customers\r\nFrom: 2024-01-01\r\nTo: 2024-01-31\r\n\r\n"),
        ("title-in-quotes.csv", "a quoted title with a comma above the header", '"Customers, all of them"\r\n'),
    ]:
        path = f"dialects/{name}"
        people, columns, made = contacts(path)
        also = [quarantined("table_*", "personal_data_in_opaque")] if "commas" in name or "four" in name else []
        corpus.add(path, says, above + delimited(columns, made), table(columns, made, people), *also, people=people)
    path = "dialects/title-line-with-an-address.csv"
    people, columns, made = contacts(path)
    corpus.add(path, "a title that has an address in it", f"Report for {people.email(99)}\r\n" + delimited(columns, made),
               table(columns, made, people), quarantined("table_*", "personal_data_in_opaque"), people=people)
    path = "dialects/footnotes.csv"
    people, columns, made = contacts(path, 60)
    corpus.add(path, "two lines of remarks below the rows", delimited(columns, made) + "\r\nSource: invented\r\nAll rights reserved\r\n",
               table(columns, made, people, bad=[63, 64]), table(columns, made, people), people=people)
    path = "dialects/two-tables.csv"
    people, columns, made = contacts(path, 12)
    corpus.add(path, "two tables with different columns, one below the other", delimited(columns, made) + "\r\nproduct,price\r\n" + "thing,1.5\r\n" * 12,
               quarantined("table_*", "personal_data_in_opaque"), people=people)

    for name, says, eol in [("mixed-lf-and-crlf.csv", "LF and CRLF by turns", ["\n", "\r\n"]),
                            ("mixed-cr-and-crlf.csv", "CR and CRLF by turns", ["\r", "\r\n"]),
                            ("mixed-cr-and-lf.csv", "CR and LF by turns", ["\r", "\n"])]:
        path = f"dialects/{name}"
        people, columns, made = contacts(path)
        lines = delimited(columns, made, eol="\n").split("\n")[:-1]
        content = "".join(line + eol[at % 2] for at, line in enumerate(lines))
        also = [] if name == "mixed-lf-and-crlf.csv" else [quarantined("table_*", "personal_data_in_opaque")]
        corpus.add(path, says, content, table(columns, made, people), *also, people=people)
    path = "dialects/carriage-returns-in-cells.csv"
    people = People(path)
    columns = [integer("id"), text("address"), text("email")]
    corpus.add_table(path, "CR within quoted cells, LF between rows", columns, [(row, "here\rthere", people.email(row)) for row in range(12)], people, eol="\n", quoting=csv.QUOTE_ALL)
    path = "dialects/carriage-return-in-an-unquoted-cell.csv"
    people = People(path)
    content = "id,note,email\n" + "".join(f"{row},here\rthere,{people.email(row)}\n" for row in range(12))
    corpus.add(path, "CR in cells without quotes, LF between rows", content, quarantined("table_*", "personal_data_in_opaque"), people=people)

    path = "dialects/single-quotes.csv"
    people = People(path)
    columns = [integer("id"), text("text"), text("email")]
    made = [(row, "no comma", people.email(row)) for row in range(12)]
    content = delimited(columns, made, quotechar="'", quoting=csv.QUOTE_ALL)
    as_it_stands = [text(f"'{column.name}'") for column in columns]
    corpus.add(path, "single quotes around each field", content, table(columns, made, people),
               table(as_it_stands, [(f"'{row[0]}'", "'no comma'", f"'{row[2]}'") for row in made], people), quarantined("*"), people=people)
    path = "dialects/one-column.csv"
    people = People(path)
    corpus.add_table(path, "one column of addresses under a header", [text("email")], [(people.email(row),) for row in range(30)], people)
    path = "dialects/one-column-lf.txt"
    people = People(path)
    corpus.add_table(path, "one column of addresses under a header, in a text file", [text("email")], [(people.email(row),) for row in range(30)], people,
                     eol="\n", also=[IN_OPAQUE])
    path = "dialects/one-column-of-numbers.csv"
    corpus.add_table(path, "one column of numbers under a header", [integer("reading")], [(row * 3,) for row in range(30)])
    path = "dialects/one-column-of-cards.csv"
    people = People(path)
    corpus.add_table(path, "one column of card numbers under a header", [text("card_number")], [(people.card(row, False),) for row in range(30)], people)
    path = "dialects/one-column-quoted.csv"
    people = People(path)
    corpus.add_table(path, "one column of quoted names with commas", [text("name")], [(f"Muster, {row}",) for row in range(30)], people, also=[opaque()])
    path = "dialects/unit-separators.txt"
    people, columns, made = contacts(path)
    corpus.add(path, "fields between U+0001, as Hive writes them", delimited(columns, made, "\x01", eol="\n"),
               IN_OPAQUE, table(columns, made, people), quarantined("table_*"), people=people)
    path = "dialects/tildes.txt"
    people, columns, made = contacts(path)
    corpus.add(path, "fields between tildes", delimited(columns, made, "~"), IN_OPAQUE, table(columns, made, people), quarantined("table_*"), people=people)
    path = "dialects/two-bars.txt"
    people, columns, made = contacts(path)
    content = delimited(columns, made, "|").replace("|", "||")
    corpus.add(path, "fields between two bars", content, quarantined("table_*", "personal_data_in_opaque"), table(columns, made, people), people=people)


def encodings(corpus):
    columns = [integer("id"), text("name"), text("email"), text("ort")]

    def made(path):
        people = People(path)
        names = ["Jürgen Müßig", "Zoë Exemple", "Søren Prøve", "Åsa Påhitt", "José Inventé", "Käthe Größ"]
        return people, [(row, names[row % 6], people.email(row), "München" if row % 2 else "Orléans") for row in range(1, 13)]

    for name, says, encoding, bom in [
        ("utf8.csv", "UTF-8", "utf-8", b""),
        ("utf8-bom.csv", "UTF-8 with a byte order mark", "utf-8", b"\xef\xbb\xbf"),
        ("utf16le-bom.csv", "UTF-16 little endian with a byte order mark", "utf-16-le", b"\xff\xfe"),
        ("utf16be-bom.csv", "UTF-16 big endian with a byte order mark", "utf-16-be", b"\xfe\xff"),
        ("utf16le.csv", "UTF-16 little endian without a byte order mark", "utf-16-le", b""),
        ("utf16be.csv", "UTF-16 big endian without a byte order mark", "utf-16-be", b""),
        ("windows-1252.csv", "Windows-1252", "cp1252", b""),
        ("latin-1.csv", "Latin-1", "latin-1", b""),
    ]:
        path = f"encodings/{name}"
        people, rows_ = made(path)
        corpus.add_table(path, says, columns, rows_, people, encoding=encoding, bom=bom)
    path = "encodings/utf16le-bom-tabs.txt"
    people, rows_ = made(path)
    corpus.add_table(path, "Unicode text as Excel saves it: UTF-16 with tabs", columns, rows_, people, encoding="utf-16-le", bom=b"\xff\xfe", delimiter="\t")
    path = "encodings/utf16le-bom-lf-semicolons.csv"
    people, rows_ = made(path)
    corpus.add_table(path, "UTF-16 with semicolons and LF", columns, rows_, people, encoding="utf-16-le", bom=b"\xff\xfe", delimiter=";", eol="\n")
    path = "encodings/utf16-ascii-only.csv"
    people, columns_, rows_ = contacts(path)
    corpus.add_table(path, "UTF-16 without a byte order mark, and ASCII letters only", columns_, rows_, people, encoding="utf-16-le")
    path = "encodings/utf16-odd.csv"
    people, rows_ = made(path)
    data = b"\xff\xfe" + delimited(columns, rows_).encode("utf-16-le")[:-1]
    corpus.add(path, "UTF-16 that is cut off in the middle of its last character", data, quarantined("table_*", "personal_data_in_opaque"),
               table(columns, rows_, people), table(columns, rows_[:-1], people, bad=[13]), people=people)
    path = "encodings/utf32le-bom.csv"
    people, rows_ = made(path)
    corpus.add(path, "UTF-32 with a byte order mark", b"\xff\xfe\0\0" + delimited(columns, rows_).encode("utf-32-le"),
               table(columns, rows_, people), quarantined("*"), people=people)
    path = "encodings/windows-1252-euro-and-quotes.csv"
    people = People(path)
    columns_ = [integer("id"), text("note"), text("email")]
    rows_ = [(row, f"“only” €{row} – really…", people.email(row)) for row in range(1, 13)]
    corpus.add_table(path, "Windows-1252 with the euro sign and curly quotes", columns_, rows_, people, encoding="cp1252")
    path = "encodings/windows-1252-once.csv"
    people, columns_, rows_ = contacts(path, 200)
    rows_[150] = (*rows_[150][:4], "Köln", rows_[150][5])
    corpus.add_table(path, "Windows-1252 with one umlaut in row 151", columns_, rows_, people, encoding="cp1252")
    path = "encodings/windows-1252-late.csv"
    people, columns_, rows_ = contacts(path, 3_000)
    rows_[2_900] = (*rows_[2_900][:4], "Köln", rows_[2_900][5])
    corpus.add_table(path, "Windows-1252 with one umlaut in row 2,901, far behind the beginning", columns_, rows_, people, encoding="cp1252",
                     also=[table(columns_, rows_[:2_900] + rows_[2_901:], people, bad=[2_902]), quarantined("table_*")])
    path = "encodings/mac-roman.csv"
    people, rows_ = made(path)
    corpus.add(path, "Mac Roman, which is not Windows-1252", delimited(columns, rows_).encode("mac-roman"), quarantined("*"), people=people)
    path = "encodings/shift-jis.csv"
    people = People(path)
    columns_ = [integer("id"), text("名前"), text("email")]
    rows_ = [(row, "見本", people.email(row)) for row in range(1, 13)]
    corpus.add(path, "Shift_JIS, which nothing declares", delimited(columns_, rows_).encode("shift_jis"), quarantined("*"), table(columns_, rows_, people), people=people)
    path = "encodings/mixed.csv"
    people, rows_ = made(path)
    lines = delimited(columns, rows_).splitlines(keepends=True)
    data = b"".join(line.encode("cp1252" if at % 2 else "utf-8") for at, line in enumerate(lines))
    corpus.add(path, "UTF-8 and Windows-1252 by turns, as files that were appended", data, quarantined("table_*", "personal_data_in_opaque"), people=people)
    path = "encodings/one-broken-byte.csv"
    people, rows_ = made(path)
    people2, columns_, rows_ = contacts(path, 60)
    data = delimited(columns_, rows_).encode()
    lines = data.splitlines(keepends=True)
    lines[30] = lines[30].replace(b",", b"\xc3\x28,", 1)
    corpus.add(path, "UTF-8 with one broken character in one of sixty rows", b"".join(lines),
               table(columns_, rows_[:29] + rows_[30:], people2, bad=[31]), quarantined("table_*"), people=people2)
    path = "encodings/mojibake.csv"
    people, rows_ = made(path)
    rows_ = [(row, name.encode().decode("latin-1"), email, ort.encode().decode("latin-1")) for row, name, email, ort in rows_]
    corpus.add_table(path, "UTF-8 read as Latin-1 and saved as UTF-8 again: C1 control characters in the names", columns, rows_, people)
    path = "encodings/c1-controls.csv"
    people = People(path)
    columns_ = [integer("id"), text("note"), text("email")]
    corpus.add_table(path, "U+0080 to U+009F in a text", columns_, [(row, f"it{chr(0x80 + row)}s", people.email(row)) for row in range(1, 30)], people)
    for name, says, letter in [("vertical-tab", "a vertical tab in a text, as Word's line breaks become", "\x0b"), ("bell", "a BEL in a text", "\x07"),
                               ("escape", "colours of a terminal in a text", "\x1b[31m"), ("form-feed", "a form feed in a text", "\x0c"),
                               ("backspace", "a backspace in a text", "\x08"), ("record-separator", "U+001E in a text", "\x1e"), ("delete", "U+007F in a text", "\x7f")]:
        path = f"encodings/control-{name}.csv"
        people = People(path)
        corpus.add_table(path, says, columns_, [(row, f"a{letter}b" if row == 3 else "plain", people.email(row)) for row in range(1, 30)], people)
    path = "encodings/nul-in-one-cell.csv"
    people = People(path)
    corpus.add_table(path, "a NUL in one cell", columns_, [(row, "a\0b" if row == 3 else "plain", people.email(row)) for row in range(1, 30)], people,
                     also=[quarantined("table_*", "personal_data_in_opaque"), rejected("content_type_mismatch"),
                           table(columns_, [(row, "plain", people.email(row)) for row in range(1, 30) if row != 3], people, bad=[4])])
    path = "encodings/nul-padded.csv"
    people = People(path)
    made_ = [(row, "plain", people.email(row)) for row in range(1, 30)]
    corpus.add(path, "NULs behind the last row, as a full disk leaves them", delimited(columns_, made_) + "\0" * 512,
               quarantined("*"), rejected("content_type_mismatch"), table(columns_, made_, people, bad=[31]), people=people)
    path = "encodings/nul-instead-of-blank.csv"
    people = People(path)
    made_ = [(row, "plain", people.email(row)) for row in range(1, 30)]
    corpus.add(path, "fields filled up with NULs", delimited(columns_, [(row, note + "\0\0\0", mail) for row, note, mail in made_]),
               quarantined("*"), rejected("content_type_mismatch"), table(columns_, made_, people), table(columns_, [(row, note + "\0\0\0", mail) for row, note, mail in made_], people), people=people)
    path = "encodings/bom-in-the-middle.csv"
    people = People(path)
    made_ = [(row, "\ufeffplain" if row == 7 else "plain", people.email(row)) for row in range(1, 30)]
    corpus.add_table(path, "a byte order mark in a cell, as appended files have it", columns_, made_, people)
    path = "encodings/two-boms.csv"
    people, columns_, rows_ = contacts(path)
    names = ["\ufeffid", *(column.name for column in columns_[1:])]
    corpus.add(path, "two byte order marks", b"\xef\xbb\xbf" * 2 + delimited(columns_, rows_).encode(), table(columns_, rows_, people),
               table(columns_, rows_, people, names=names), quarantined("*"), people=people)
    path = "encodings/every-script.csv"
    columns_ = [integer("id"), text("greeting"), text("🙂")]
    greetings = ["Здравствуйте", "你好", "こんにちは", "안녕하세요", "שלום", "مرحبا", "สวัสดี", "नमस्ते", "Γειά", "e\u0301té", "👨‍👩‍👧‍👦", "\u00a0\u2009x"]
    corpus.add_table(path, "greetings in many scripts, emoji, and accents of their own", columns_, [(row, word, "✔️") for row, word in enumerate(greetings)])
    path = "encodings/line-separators.csv"
    columns_ = [integer("id"), text("note")]
    corpus.add_table(path, "U+2028 and U+0085 in texts, which are no ends of lines here", columns_, [(row, "a\u2028b\u0085c") for row in range(1, 30)])


def headers(corpus):
    path = "headers/none-typed.csv"
    columns = [day("column_1"), integer("column_2"), number("column_3")]
    made = [(D(2024, 1, 1) + datetime.timedelta(row), row * 3, row + 0.5) for row in range(20)]
    corpus.add(path, "no header: dates, whole numbers, decimals", delimited(columns, made, header=False), table(columns, made))
    path = "headers/none-typed-and-texts.csv"
    columns = [integer("column_1"), text("column_2"), number("column_3"), text("column_4")]
    made = [(row, CITIES[row % 6], row + 0.5, "open") for row in range(1, 21)]
    corpus.add(path, "no header: numbers and texts", delimited(columns, made, header=False), table(columns, made), quarantined("table_*"))
    path = "headers/none-people.csv"
    people = People(path)
    columns = [integer("column_1"), text("column_2"), text("column_3"), text("column_4")]
    made = [(row, people.name(row), people.email(row), people.phone(row)) for row in range(1, 21)]
    corpus.add(path, "no header: the first line is the first customer", delimited(columns, made, header=False), table(columns, made, people),
               quarantined("table_*"), people=people)
    path = "headers/none-names-only.csv"
    people = People(path)
    made = [(people.name(row), CITIES[row % 6]) for row in range(1, 21)]
    columns = [text("column_1"), text("column_2")]
    corpus.add(path, "no header: names and towns, which might be one", delimited(columns, made, header=False), table(columns, made, people),
               quarantined("table_*"), table([text(made[0][0]), text(made[0][1])], made[1:], people), people=people)
    path = "headers/none-cards.csv"
    people = People(path)
    columns = [text("column_1"), number("column_2")]
    made = [(people.card(row), row + 0.5) for row in range(1, 21)]
    corpus.add(path, "no header: card numbers and amounts", delimited(columns, made, header=False), table(columns, made, people), quarantined("table_*"), people=people)
    path = "headers/none-ssn-semicolons.csv"
    people = People(path)
    columns = [text("column_1"), text("column_2"), day("column_3")]
    made = [(people.ssn(row), people.name(row), people.birthday(row)) for row in range(1, 21)]
    corpus.add(path, "no header: Social Security numbers, names, birthdays, between semicolons", delimited(columns, made, ";", header=False),
               table(columns, made, people), quarantined("table_*"), people=people)
    path = "headers/none-one-column.csv"
    people = People(path)
    made = [(people.email(row),) for row in range(20)]
    corpus.add(path, "no header and one column: addresses", delimited([text("column_1")], made, header=False), table([text("column_1")], made, people),
               quarantined("table_*", "personal_data_in_opaque"), people=people)
    path = "headers/none-numbers-only.tsv"
    columns = [integer("column_1"), integer("column_2"), integer("column_3")]
    made = [(row, row * row, 7) for row in range(1, 31)]
    corpus.add(path, "no header: a matrix of whole numbers between tabs", delimited(columns, made, "\t", header=False, eol="\n"), table(columns, made))
    path = "headers/none-one-row.csv"
    people = People(path)
    columns = [integer("column_1"), text("column_2"), text("column_3")]
    made = [(1, people.name(1), people.email(1))]
    corpus.add(path, "no header, and a single row", delimited(columns, made, header=False), table(columns, made, people), quarantined("table_*", "personal_data_in_opaque"), people=people)
    path = "headers/years.csv"
    columns = [text("country"), number("2021"), number("2022"), number("2023")]
    made = [(CITIES[row % 6], row + 0.5, row + 0.25, row + 0.75) for row in range(12)]
    corpus.add_table(path, "years as names of columns", columns, made)
    path = "headers/dates.csv"
    columns = [text("station"), integer("2024-01-01"), integer("2024-01-02")]
    corpus.add_table(path, "dates as names of columns", columns, [(CITIES[row % 6], row, row * 2) for row in range(12)], also=[quarantined("table_*")])
    path = "headers/all-text.csv"
    columns = [text("colour"), text("size")]
    corpus.add_table(path, "texts below a header of texts", columns, [("red", "small"), ("blue", "large"), ("green", "small")] * 4, also=[quarantined("table_*")])
    for name, says, header in [("duplicate-names", "two columns of the same name", "id,email,email"), ("duplicate-names-by-case-no", "three columns of the same name", "id,id,id")]:
        path = f"headers/{name}.csv"
        people = People(path)
        content = header + "\r\n" + "".join(f"{row},{people.email(row)},{people.email(row)}\r\n" for row in range(12))
        corpus.add(path, says, content, quarantined("table_duplicate_column"), people=people)
    path = "headers/names-that-differ-by-case.csv"
    columns = [integer("id"), text("Id")]
    corpus.add_table(path, "names that differ by case only", columns, [(row, "x") for row in range(12)], also=[quarantined("table_duplicate_column")])
    path = "headers/empty-name.csv"
    people = People(path)
    columns = [integer(""), integer("id"), text("email")]
    corpus.add(path, "a column without a name, as pandas writes its index", delimited(columns, [(row, row, people.email(row)) for row in range(12)]),
               quarantined("table_duplicate_column"), people=people)
    path = "headers/trailing-delimiter.csv"
    people, columns, made = contacts(path)
    content = delimited(columns, made).replace("\r\n", ",\r\n")
    corpus.add(path, "a comma at the end of each line, the header's too", content, quarantined("table_duplicate_column"), people=people)
    path = "headers/trailing-delimiter-in-rows.csv"
    people, columns, made = contacts(path)
    lines = delimited(columns, made).splitlines()
    content = lines[0] + "\r\n" + "".join(line + ",\r\n" for line in lines[1:])
    corpus.add(path, "a comma at the end of each row, not of the header, as some banks write it", content, quarantined("table_*", "personal_data_in_opaque"),
               table(columns, made, people), people=people)
    path = "headers/blanks-around-names.csv"
    people = People(path)
    content = "id, email ,note\r\n" + "".join(f"{row},{people.email(row)},x\r\n" for row in range(12))
    made = [(row, people.email(row), "x") for row in range(12)]
    corpus.add(path, "blanks around a name", content, table([integer("id"), text("email"), text("note")], made, people),
               table([integer("id"), text(" email "), text("note")], made, people), table([integer("id"), text("email "), text("note")], made, people), people=people)
    path = "headers/an-address-as-a-name.csv"
    people = People(path)
    content = f"id,{people.email(99)}\r\n" + "".join(f"{row},{row * 2}\r\n" for row in range(12))
    corpus.add(path, "an address as the name of a column", content, quarantined("table_personal_name"), people=people)
    path = "headers/long-names.csv"
    columns = [integer("How satisfied were you with everything that we have invented for you during the last twelve months, all in all? " * 3), integer("b")]
    corpus.add_table(path, "questions of 300 letters as names", columns, [(row % 5, row) for row in range(12)])
    path = "headers/two-lines.csv"
    people = People(path)
    content = "id,email\r\nnumber,address\r\n" + "".join(f"{row},{people.email(row)}\r\n" for row in range(12))
    made = [("number", ANYTHING)] + [(str(row), people.email(row)) for row in range(12)]
    corpus.add(path, "a second line that explains the header", content, table([text("id"), text("email")], made, people), quarantined("table_*"), people=people)


def values(corpus):
    def one(name, says, column, values_, also=()):
        columns = [integer("id"), column]
        made = [(row, value) for row, value in enumerate(values_, 1)]
        corpus.add_table(f"values/{name}.csv", says, columns, made, also=also)

    def typed(name, says, columns, made, **dialect):
        corpus.add_table(f"values/{name}.csv", says, columns, made, **dialect)

    # NA.
    typed("namibia", "NA as the code of Namibia", [text("code"), text("country")],
          [("NA", "Namibia"), ("DE", "Germany"), ("NO", "Norway"), ("ZA", "South Africa"), ("US", "United States")] * 4)
    typed("north-america", "NA as a region, and an empty cell", [text("region"), integer("sales")], [("NA", 1), ("EMEA", 2), ("APAC", 3), (None, 4)] * 4)
    typed("na-in-typed-columns", "NA for a missing number, date and flag", [integer("n", missing="NA"), number("x", missing="NA"), day("d", missing="NA"), flag("f", missing="NA")],
          [(1, 1.5, D(2024, 1, 31), True), (None, None, None, None), (3, 2.5, D(2024, 2, 1), False)] * 4)
    typed("null-in-typed-columns", "NULL for a missing number, as databases write it", [integer("id"), or_text(number("x", missing="NULL"))],
          [(row, None if row % 4 == 0 else row + 0.5) for row in range(1, 13)])
    typed("hyphens-for-missing", "a hyphen for a missing number", [integer("id"), or_text(number("x", missing="-"))],
          [(row, None if row % 4 == 0 else row + 0.5) for row in range(1, 13)])
    typed("empty-quoted", "quoted empty cells", [integer("id"), text("note"), integer("n")], [(row, None, None if row % 2 else row) for row in range(1, 13)], quoting=csv.QUOTE_ALL)

    # Numbers.
    scientific = {1000.0: "1e3"}
    one("1e3-among-decimals", "a pressure of 1e3 among decimals", number("pressure", lambda value: scientific.get(value, repr(value))),
        [1012.5, 1000.0, 999.75, 1000.0, 1013.25, 987.5])
    one("1e3-only", "codes like 1e3 and 12E4 alone", or_text(number("code", lambda value: {1e3: "1e3", 12e4: "12E4"}[value])), [1e3, 12e4, 1e3])
    one("exponents", "measurements with exponents", number("value", lambda value: f"{value:.3e}"), [1.5e-7, 2.25e10, 3e0, 6.022e23])
    one("exponents-capital", "measurements with capital exponents", or_text(number("value", lambda value: f"{value:.3E}")), [1.5e-7, 2.25e10, 3e0, 6.022e23])
    one("leading-zeros", "postal codes with leading zeros", text("postcode"), ["01067", "10115", "80331", "04109"])
    one("leading-zeros-article", "article numbers of 18 digits with leading zeros", text("article"), ["000000000000012345", "000000000000012346", "000000000000099999"])
    one("leading-zeros-in-one-row", "one leading zero among many numbers", text("code"), [str(row) for row in range(100, 150)] + ["0151"])
    one("beyond-2-53", "identifiers beyond 2^53", integer("account"), [2**53 + 1, 2**53 + 3, 2**62 + 1, -(2**60) - 1])
    one("beyond-2-64", "identifiers beyond 2^64", text("account"), ["18446744073709551617", "18446744073709551616", "99999999999999999999999"])
    one("beyond-2-53-among-decimals", "one identifier beyond 2^53 among decimals", text("value"), ["9007199254740993", "1.5", "2.5"])
    one("64-bit-edges", "the largest and the smallest 64-bit integers", integer("n"), [2**63 - 1, -(2**63), 0])
    one("many-digits", "decimals of more digits than a double has", text("pi"), ["3.14159265358979323846264338327950288", "2.71828182845904523536028747135266249"])
    one("trailing-zeros", "prices with trailing zeros", number("price", lambda value: f"{value:.2f}"), [1.5, 2.0, 10.1, 0.0])
    one("versions", "version numbers", text("version"), ["1.2.3", "1.10", "2.0.0", "1.9"])
    one("versions-short", "versions of two parts that look like decimals", or_text(number("version")), [1.2, 1.9, 2.0])
    one("thousands-us", "thousands between commas", or_text(number("population", lambda value: f"{value:,.2f}")), [1234.5, 1234567.0, 12.25])
    one("thousands-german", "thousands between points, decimals behind a comma", or_text(number("Betrag", german)), [1234.5, 1234567.0, 12.25])
    one("thousands-swiss", "thousands between apostrophes", or_text(number("Betrag", lambda value: f"{value:,.2f}".replace(",", "'"))), [1234.5, 1234567.0])
    one("thousands-ambiguous", "1.234: a thousand, or one and a bit", or_text(number("x", lambda value: f"{value:.3f}")), [1.234, 5.678, 9.012])
    one("currency", "a currency sign before the amount", or_text(number("price", lambda value: f"${value:,.2f}")), [1234.5, 12.25, 0.99])
    one("currency-behind", "the euro sign behind the amount", or_text(number("Preis", lambda value: f"{german(value)} €")), [1234.5, 12.25])
    one("percent", "per cent signs", or_text(text("share")), ["12%", "12.5%", "100%"])
    one("negative-parentheses", "negative amounts in parentheses", or_text(number("amount", lambda value: f"({-value:.2f})" if value < 0 else f"{value:.2f}")), [1.5, -2.25, 3.0])
    one("negative-behind", "a minus behind the amount, as SAP writes it", or_text(number("amount", lambda value: f"{abs(value):.2f}" + ("-" if value < 0 else ""))), [1.5, -2.25, 3.0])
    one("plus-signs", "a plus before positive numbers", or_text(integer("change", lambda value: f"{value:+}")), [1, -2, 3])
    one("unicode-minus", "the typographic minus", or_text(integer("change", lambda value: str(value).replace("-", "−"))), [1, -2, 3])
    one("no-leading-zero", "decimals without a zero before the point", or_text(number("p", lambda value: repr(value).lstrip("0"))), [0.5, 0.25, 0.125])
    one("nan-and-infinity", "NaN and inf among measurements", text("x"), ["1.5", "NaN", "inf", "-inf", "2.5"],
        also=[table([integer("id"), number("x")], [(1, 1.5), (2, float("nan")), (3, float("inf")), (4, float("-inf")), (5, 2.5)])])
    one("negative-zero", "a negative zero", number("x"), [-0.0, 1.5, 0.0])
    one("hexadecimal", "hexadecimal codes", text("code"), ["0x1F", "0xff", "0x00"])
    one("blanks-around-numbers", "blanks around numbers", or_text(integer("n", lambda value: f" {value} ")), [1, 22, 333])
    one("numbers-and-one-word", "one word among numbers", text("reading"), ["1.5", "2.5", "offline", "3.5"])
    one("numbers-with-units", "numbers with their units", text("temperature"), ["21.5 °C", "22.0 °C", "19.5 °C"])

    # Truth.
    one("true-false", "true and false", flag("f"), [True, False, True])
    one("true-false-capital", "TRUE and FALSE, as spreadsheets write them", flag("f", "TRUE", "FALSE"), [True, False, None])
    one("yes-no", "yes and no", flag("f", "yes", "no"), [True, False, True, True])
    one("yes-no-capital", "Yes and No", flag("f", "Yes", "No"), [True, False, None, True])
    for name, true, false in [("y-n", "Y", "N"), ("t-f", "t", "f"), ("german", "ja", "nein"), ("wahr-falsch", "WAHR", "FALSCH"), ("french", "oui", "non"), ("x-or-nothing", "x", "o"), ("on-off", "on", "off")]:
        one(f"truth-{name}", f"{true} and {false}", or_text(flag("f", true, false)), [True, False, True])
    one("one-and-zero", "1 and 0", integer("f"), [1, 0, 1])
    one("norway", "NO as the code of Norway, beside other codes", text("code"), ["NO", "DE", "SE", "NO"])
    one("yes-no-unknown", "yes, no and unknown", text("answer"), ["yes", "no", "unknown", "yes"])

    # Dates and times.
    days = [D(2024, 12, 31), D(2024, 1, 5), D(2023, 2, 28), D(2024, 2, 29)]
    low = [D(2024, 1, 2), D(2024, 3, 4), D(2024, 5, 6)]
    one("dates-iso", "dates of ISO 8601", day("d"), days)
    one("dates-slashes-year-first", "2012/01/31", day("d", "%Y/%m/%d"), days)
    one("dates-german", "31.12.2024", day("d", "%d.%m.%Y"), days)
    one("dates-german-low", "01.02.2024: with points, and no day beyond 12", or_text(day("d", "%d.%m.%Y")), low)
    one("dates-day-first", "day first, which 31/12/2024 settles", day("d", "%d/%m/%Y"), days)
    one("dates-month-first", "month first, which 12/31/2024 settles", day("d", "%m/%d/%Y"), days)
    one("dates-month-first-short", "month first without zeros: 1/5/2024", or_text(day("d", "%-m/%-d/%Y")), days)
    one("dates-ambiguous", "no value settles whether the day or the month is first", text("d"), [day_.strftime("%d/%m/%Y") for day_ in low])
    one("dates-contradictory", "one value has the day first, another one the month", text("d"), ["31/12/2024", "12/31/2024", "01/02/2024"])
    late = [D(2024, 1 + row % 12, 1 + row % 12) for row in range(25_000)] + [D(2024, 12, 31)]
    one("dates-settled-late", "the only day beyond 12 stands in row 25,001", or_text(day("d", "%d/%m/%Y")), late)
    one("dates-two-digit-years", "years of two digits", text("d"), ["31.12.24", "05.01.24"], also=[table([integer("id"), day("d")], [(1, D(2024, 12, 31)), (2, D(2024, 1, 5))])])
    one("dates-compact", "20240131", or_text(integer("d")), [20240131, 20240229, 20231231], also=[table([integer("id"), day("d")], [(1, D(2024, 1, 31)), (2, D(2024, 2, 29)), (3, D(2023, 12, 31))])])
    one("dates-month-names", "31-Jan-2024", or_text(day("d", "%d-%b-%Y")), days)
    one("dates-impossible", "one date that does not exist", text("d"), ["2024-01-31", "2024-02-30", "2024-03-01"])
    one("dates-impossible-slashes", "31/02/2024 among days first", text("d"), ["31/12/2024", "31/02/2024"])
    one("dates-with-na", "2012/01/31 with NA for missing ones", day("d", "%Y/%m/%d", missing="NA"), [D(2012, 1, 31), None, D(2012, 2, 1)])
    one("dates-of-excel", "days since 1900 as numbers", integer("d"), [45291, 45322, 45351])
    one("year-months", "2024-01: months without days", text("month"), ["2024-01", "2024-02", "2024-12"])
    one("years", "years", integer("year"), [2021, 2022, 2023])
    one("quarters", "quarters", text("quarter"), ["2024-Q1", "2024Q2", "Q3 2024"])
    moments = [T(2024, 12, 31, 10, 30), T(2024, 1, 5, 23, 59), T(2024, 2, 29)]
    one("moments-iso", "2024-12-31T10:30:00", moment("at"), moments)
    one("moments-blank", "2024-12-31 10:30:00", moment("at", "%Y-%m-%d %H:%M:%S"), moments)
    one("moments-slashes", "2010/01/01 00:00", moment("at", "%Y/%m/%d %H:%M"), [T(2010, 1, 1), T(2010, 12, 31, 23, 59)])
    one("moments-german", "31.12.2024 10:30", moment("at", "%d.%m.%Y %H:%M"), moments)
    one("moments-month-first", "12/31/2024 10:30, month first", or_text(moment("at", "%m/%d/%Y %H:%M")), moments)
    one("moments-of-forms", "12/31/2024 10:30:00 as Google Forms writes it", or_text(moment("at", "%-m/%-d/%Y %-H:%M:%S")), moments)
    one("moments-am-pm", "12/31/2024 10:30 AM", or_text(moment("at", "%m/%d/%Y %I:%M %p")), moments)
    one("moments-fractions", "fractions of seconds", moment("at", "%Y-%m-%d %H:%M:%S.%f"), [T(2024, 12, 31, 10, 30, 0, 123456), T(2024, 1, 1, 0, 0, 0, 500000)])
    one("moments-zulu", "Z behind the time", instant("at", "%Y-%m-%dT%H:%M:%SZ"), [utc(2024, 12, 31, 10), utc(2024, 1, 5)])
    one("moments-offsets", "offsets", instant("at"), [utc(2024, 12, 31, 10, offset_hours=1), utc(2024, 7, 1, 12, offset_hours=2), utc(2024, 1, 5, offset_hours=-5)])
    one("moments-offsets-spaced", "2024-12-31 10:00:00 -0500, as Shopify writes it", or_text(instant("at", "%Y-%m-%d %H:%M:%S %z")),
        [utc(2024, 12, 31, 10, offset_hours=-5), utc(2024, 7, 1, 12, offset_hours=-4)])
    one("moments-mixed-zones", "some times with an offset, some without", text("at"), ["2024-12-31T10:00:00Z", "2024-12-31T10:00:00"])
    one("midnight-24", "2024-01-01T24:00:00, which is the day's end", text("at"), ["2024-01-01T24:00:00", "2024-01-02T10:00:00"])
    one("leap-second", "a leap second", text("at"), ["2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"])
    one("epoch-milliseconds", "milliseconds since 1970", integer("at"), [1704067200000, 1704067201500])
    one("times", "10:30", clock("t"), [datetime.time(10, 30), datetime.time(0, 0), datetime.time(23, 59)])
    one("times-seconds", "10:30:15", clock("t", "%H:%M:%S"), [datetime.time(10, 30, 15), datetime.time(0, 0)])
    one("times-short", "9:05", or_text(clock("t", "%-H:%M")), [datetime.time(9, 5), datetime.time(10, 30)])
    one("times-am-pm", "10:30 AM", or_text(clock("t", "%I:%M %p")), [datetime.time(10, 30), datetime.time(22, 30)])
    one("durations", "durations beyond a day", text("took"), ["26:30", "10:30", "100:00"])
    one("scores", "scores that look like times", or_text(text("score")), ["3:1", "2:2", "0:4"])
    one("ratios-like-times", "10:30 and 24:60 in one column", text("ratio"), ["10:30", "24:60", "99:01"])
    one("mixed-dates", "three ways to write dates in one column", text("d"), ["2024-01-31", "31.01.2024", "01/31/2024"])
    one("json-in-cells", "JSON in cells", text("data"), ['{"a": 1, "b": "x"}', "[1, 2]", "{}"])
    one("wkt-in-cells", "shapes in cells", text("shape"), ["POINT (1 2)", "POLYGON ((0 0, 1 1, 1 0, 0 0))"])
    one("html-in-cells", "HTML in cells", text("html"), ["<p class=\"x\">one, two</p>", "<br>\n<b>three</b>"])

    # Personal data among other things.
    path = "values/cards-bare-under-card.csv"
    people = People(path)
    corpus.add_table(path, "card numbers without blanks under 'card'", [integer("id"), text("card")], [(row, people.card(row, False)) for row in range(12)], people)
    path = "values/cards-bare-under-karte.csv"
    people = People(path)
    corpus.add_table(path, "card numbers without blanks under 'karte'", [integer("id"), text("karte")], [(row, people.card(row, False)) for row in range(12)], people)
    path = "values/notes-with-everything.csv"
    people = People(path)
    columns = [integer("id"), text("note")]
    made = [(row, f"{people.name(row)} ({people.email(row)}) called from {people.phone(row)}, SSN {people.ssn(row)}, card {people.card(row)}; done") for row in range(12)]
    corpus.add_table(path, "addresses, phones, SSNs and cards within notes", columns, made, people)
    path = "values/one-address-in-5000-rows.csv"
    people = People(path)
    made = [(row, "nothing" if row != 4_000 else f"ask {people.email(1)}") for row in range(5_000)]
    corpus.add_table(path, "one address in the notes of 5,000 rows", columns, made, people)
    path = "values/ssn-and-birthdays.csv"
    people = People(path)
    columns = [text("name"), text("ssn"), day("date_of_birth"), text("iban")]
    corpus.add_table(path, "names, SSNs, birthdays and accounts", columns, [(people.name(row), people.ssn(row), people.birthday(row), people.iban(row)) for row in range(12)], people)
    path = "values/phones.csv"
    people = People(path)
    columns = [integer("id"), text("phone"), text("mobile")]
    corpus.add_table(path, "two columns of phone numbers", columns, [(row, people.phone(row), people.phone(row + 50)) for row in range(12)], people)
    path = "values/addresses-in-links.csv"
    people = People(path)
    columns = [integer("id"), text("link")]
    links = [f"https://example.com/?to={people.email(row)}" for row in range(12)]
    expected = table(columns, [(row, ANYTHING) for row in range(12)], people)
    corpus.add(path, "addresses within links", delimited(columns, list(enumerate(links))), expected, people=people)
