"""Workbooks (XLSX, written part by part as the programs write them) and Parquet files."""

import datetime
import io
import zipfile
from xml.sax.saxutils import escape

import pyarrow
import pyarrow.feather
import pyarrow.parquet

from corpus import IN_OPAQUE, NOT_LOOKED_THROUGH, People, any_table, clock, day, flag, integer, moment, number, opaque, quarantined, table, text
from tables import CITIES, contacts

D = datetime.date
T = datetime.datetime
STAMP = (2024, 1, 31, 10, 0, 0)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
# Number formats by the place in styles.xml: none, a date, a date with time, a time, a format of one's own.
GENERAL, DATE, MOMENT, TIME, OWN_DATE = range(5)


def zipped(files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, STAMP)
            entry.compress_type = method
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return out.getvalue()


def serial(value, is_1904=False):
    """The number that a workbook has for a date or time."""
    if isinstance(value, datetime.time):
        return (value.hour * 3600 + value.minute * 60 + value.second) / 86400
    start = T(1904, 1, 1) if is_1904 else T(1899, 12, 30)
    moment_ = value if isinstance(value, T) else T(value.year, value.month, value.day)
    passed = moment_ - start
    days = passed.days + passed.seconds / 86400
    return int(days) if days == int(days) else days


def letters(index):
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


class Workbook:
    """Sheets of cells, and how the program writes them."""

    def __init__(self, shared=True, is_1904=False, names_of_cells=True, prefix="", empty_cells=False):
        self.shared, self.is_1904, self.names_of_cells, self.prefix, self.empty_cells = shared, is_1904, names_of_cells, prefix, empty_cells
        self.strings, self.sheets = [], []

    def cell(self, row, column, value):
        place = f' r="{letters(column)}{row}"' if self.names_of_cells else ""
        p = self.prefix
        match value:
            case None:
                return f'<{p}c{place} s="0"/>' if self.empty_cells else ""
            case ("formula", formula, result):
                kind = ' t="str"' if isinstance(result, str) else ""
                return f"<{p}c{place}{kind}><{p}f>{escape(formula)}</{p}f><{p}v>{escape(str(result))}</{p}v></{p}c>"
            case ("error", shown):
                return f'<{p}c{place} t="e"><{p}v>{shown}</{p}v></{p}c>'
            case ("own", date):
                return f'<{p}c{place} s="{OWN_DATE}"><{p}v>{serial(date, self.is_1904)}</{p}v></{p}c>'
            case bool():
                return f'<{p}c{place} t="b"><{p}v>{int(value)}</{p}v></{p}c>'
            case int() | float():
                return f"<{p}c{place}><{p}v>{value!r}</{p}v></{p}c>"
            case T():
                return f'<{p}c{place} s="{MOMENT}"><{p}v>{serial(value, self.is_1904)!r}</{p}v></{p}c>'
            case D():
                return f'<{p}c{place} s="{DATE}"><{p}v>{serial(value, self.is_1904)}</{p}v></{p}c>'
            case datetime.time():
                return f'<{p}c{place} s="{TIME}"><{p}v>{serial(value)!r}</{p}v></{p}c>'
            case str() if self.shared:
                if value not in self.strings:
                    self.strings.append(value)
                return f'<{p}c{place} t="s"><{p}v>{self.strings.index(value)}</{p}v></{p}c>'
            case _:
                space = ' xml:space="preserve"' if value != value.strip() or "\n" in value else ""
                return f'<{p}c{place} t="inlineStr"><{p}is><{p}t{space}>{escape(value)}</{p}t></{p}is></{p}c>'

    def sheet(self, name, rows, first_row=1, state=""):
        p = self.prefix
        body = ""
        for number_, row in enumerate(rows, first_row):
            if row or self.empty_cells:
                body += f'<{p}row r="{number_}">' + "".join(self.cell(number_, at, value) for at, value in enumerate(row)) + f"</{p}row>"
        space = f' xmlns:{p[:-1]}="{MAIN}"' if p else f' xmlns="{MAIN}"'
        self.sheets.append((name, state, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<{p}worksheet{space}><{p}sheetData>{body}</{p}sheetData></{p}worksheet>'))
        return self

    def parts(self, folder="xl/", order=None):
        numbers = range(1, len(self.sheets) + 1)
        sheets = "".join(f'<sheet name="{escape(name)}" sheetId="{number_}"{state} r:id="rId{number_}"/>' for number_, (name, state, _) in zip(numbers, self.sheets))
        targets = "".join(f'<Relationship Id="rId{number_}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{number_}.xml"/>' for number_ in numbers)
        targets += f'<Relationship Id="rIdS" Type="{RELATIONS}/styles" Target="styles.xml"/>'
        if self.shared:
            targets += f'<Relationship Id="rIdT" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
        overrides = "".join(f'<Override PartName="/xl/worksheets/sheet{number_}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>' for number_ in numbers)
        head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        dates = ' date1904="1"' if self.is_1904 else ""
        formats = "".join(f'<xf numFmtId="{form}" fontId="0" fillId="0" borderId="0"/>' for form in (0, 14, 22, 21, 170))
        parts = [
            ("[Content_Types].xml", f'{head}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>'
             f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
             f'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>{overrides}</Types>'),
            ("_rels/.rels", f'{head}<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'),
            ("xl/workbook.xml", f'{head}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><workbookPr{dates}/><sheets>{sheets}</sheets></workbook>'),
            ("xl/_rels/workbook.xml.rels", f'{head}<Relationships xmlns="{PACKAGE}">{targets}</Relationships>'),
            *((f"xl/worksheets/sheet{number_}.xml", content) for number_, (_, _, content) in zip(numbers, self.sheets)),
            ("xl/styles.xml", f'{head}<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="170" formatCode="dd\\.mm\\.yyyy;@"/></numFmts><fonts count="1"><font/></fonts>'
             f'<fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="5">{formats}</cellXfs></styleSheet>'),
        ]
        if self.shared:
            items = "".join(f'<si><t xml:space="preserve">{escape(value)}</t></si>' for value in self.strings)
            parts.append(("xl/sharedStrings.xml", f'{head}<sst xmlns="{MAIN}" count="{len(self.strings)}" uniqueCount="{len(self.strings)}">{items}</sst>'))
        return parts if order is None else sorted(parts, key=lambda part: order(part[0]))

    def bytes(self, method=zipfile.ZIP_DEFLATED, order=None):
        return zipped(self.parts(order=order), method)


def heading(columns):
    return [column.name for column in columns]


def sheets(corpus):
    def simple(name, says, workbook, also=(), method=zipfile.ZIP_DEFLATED, order=None):
        path = f"workbooks/{name}.xlsx"
        people, columns, made = contacts(path)
        workbook.sheet("Customers", [heading(columns), *made])
        corpus.add(path, says, workbook.bytes(method, order), table(columns, made, people), *also, people=people)

    simple("excel", "as Excel writes it: texts in a part of their own", Workbook())
    simple("openpyxl", "as openpyxl's write-only mode writes it: texts in the cells", Workbook(shared=False))
    simple("excel-without-places", "cells without the names of their places", Workbook(names_of_cells=False))
    simple("with-prefix", "elements with a prefix, as some libraries of .NET write them", Workbook(prefix="x:"))
    simple("stored", "parts that are not compressed", Workbook(), method=zipfile.ZIP_STORED)
    simple("strings-last", "the texts' part last in the file", Workbook(), order=lambda name: (name == "xl/sharedStrings.xml", name != "[Content_Types].xml", name))

    path = "workbooks/every-type.xlsx"
    people = People(path)
    columns = [integer("n"), number("x"), flag("f"), day("d"), moment("at"), clock("t"), text("email")]
    made = [(row, row + 0.5, row % 2 == 0, D(2024, 1, 1 + row), T(2024, 1, 1 + row, 12, 30), datetime.time(6 + row, 0), people.email(row)) for row in range(12)]
    corpus.add(path, "whole numbers, decimals, truth, dates, times", Workbook().sheet("S", [heading(columns), *made]).bytes(), table(columns, made, people), people=people)
    path = "workbooks/dates-of-1904.xlsx"
    columns = [integer("n"), day("d"), moment("at")]
    made = [(row, D(2024, 1, 1 + row), T(2024, 1, 1 + row, 18)) for row in range(12)]
    corpus.add(path, "days counted from 1904, as old Macs do", Workbook(is_1904=True).sheet("S", [heading(columns), *made]).bytes(), table(columns, made))
    path = "workbooks/own-date-format.xlsx"
    columns = [integer("n"), day("d")]
    made = [(row, D(2024, 1, 1 + row)) for row in range(12)]
    corpus.add(path, "dates in a format of one's own (dd.mm.yyyy)", Workbook().sheet("S", [heading(columns), *((n, ("own", d)) for n, d in made)]).bytes(), table(columns, made))
    path = "workbooks/formulas.xlsx"
    people = People(path)
    columns = [integer("n"), integer("twice"), text("email")]
    made = [(row, row * 2, people.email(row)) for row in range(12)]
    cells = [(n, ("formula", f"A{n + 2}*2", twice), ("formula", f'LOWER("{email}")', email)) for n, twice, email in made]
    corpus.add(path, "formulas with their results", Workbook().sheet("S", [heading(columns), *cells]).bytes(), table(columns, made, people), people=people)
    path = "workbooks/errors.xlsx"
    columns = [integer("n"), text("ratio")]
    cells = [(row, ("error", "#DIV/0!") if row == 3 else row + 0.5) for row in range(12)]
    corpus.add(path, "an error among numbers", Workbook().sheet("S", [heading(columns), *cells]).bytes(), table(columns, [(row, "#DIV/0!" if row == 3 else str(row + 0.5)) for row in range(12)]),
               table([columns[0], number("ratio")], [(row, None if row == 3 else row + 0.5) for row in range(12)]), quarantined("table_*"))
    path = "workbooks/gaps.xlsx"
    people = People(path)
    columns = [integer("n"), text("note"), text("email")]
    made = [(row, None if row % 3 else "x", people.email(row)) for row in range(12)]
    corpus.add(path, "cells that are not there", Workbook().sheet("S", [heading(columns), *made]).bytes(), table(columns, made, people), people=people)
    path = "workbooks/gaps-as-empty-cells.xlsx"
    people = People(path)
    made = [(row, None if row % 3 else "x", people.email(row)) for row in range(12)]
    corpus.add(path, "cells that are there and empty", Workbook(empty_cells=True).sheet("S", [heading(columns), *made]).bytes(), table(columns, made, people), people=people)
    path = "workbooks/several-sheets.xlsx"
    people, columns, made = contacts(path)
    other = [["product", "contact"], *([f"thing {row}", people.email(row + 50)] for row in range(12))]
    corpus.add(path, "two sheets with tables", Workbook().sheet("Customers", [heading(columns), *made]).sheet("Products", other).bytes(), table(columns, made, people),
               quarantined("*"), people=people)
    path = "workbooks/first-sheet-empty.xlsx"
    people, columns, made = contacts(path)
    corpus.add(path, "an empty first sheet", Workbook().sheet("Empty", []).sheet("Customers", [heading(columns), *made]).bytes(), table(columns, made, people), quarantined("*"), people=people)
    path = "workbooks/title-row.xlsx"
    people, columns, made = contacts(path)
    corpus.add(path, "a title and an empty row above the header", Workbook().sheet("S", [["Customers of Invented Ltd."], [], heading(columns), *made]).bytes(),
               table(columns, made, people), quarantined("table_*", "personal_data_in_opaque"), people=people)
    path = "workbooks/starts-at-c5.xlsx"
    people, columns, made = contacts(path)
    cells = [[None, None, *row] for row in [heading(columns), *made]]
    corpus.add(path, "a table that begins at C5", Workbook().sheet("S", cells, first_row=5).bytes(), table(columns, made, people), quarantined("table_*", "personal_data_in_opaque"), people=people)
    path = "workbooks/several-lines-in-cells.xlsx"
    people = People(path)
    columns = [integer("n"), text("note"), text("email")]
    made = [(row, f'line 1\nline "2", <b>&amp; {row}', people.email(row)) for row in range(12)]
    corpus.add(path, "line breaks, quotes and markup in cells", Workbook().sheet("S", [heading(columns), *made]).bytes(), table(columns, made, people), people=people)
    path = "workbooks/leading-zeros.xlsx"
    columns = [integer("n"), text("postcode")]
    made = [(row, f"0{row + 1000}") for row in range(12)]
    corpus.add(path, "postal codes as texts", Workbook().sheet("S", [heading(columns), *made]).bytes(), table(columns, made))
    path = "workbooks/cards-and-ssn.xlsx"
    people = People(path)
    columns = [text("name"), text("card_number"), text("ssn")]
    made = [(people.name(row), people.card(row), people.ssn(row)) for row in range(12)]
    corpus.add(path, "cards and SSNs", Workbook().sheet("S", [heading(columns), *made]).bytes(), table(columns, made, people), people=people)
    path = "workbooks/cut-off.xlsx"
    people, columns, made = contacts(path, 200)
    data = Workbook().sheet("Customers", [heading(columns), *made]).bytes()
    corpus.add(path, "a workbook that is cut off", data[: len(data) // 2], quarantined("*"), people=people)
    path = "workbooks/macros.xlsm"
    people, columns, made = contacts(path)
    parts = Workbook().sheet("Customers", [heading(columns), *made]).parts() + [("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))]
    corpus.add(path, "a workbook with macros", zipped(parts), table(columns, made, people), quarantined("*"), people=people)
    path = "workbooks/as-csv.csv"
    people, columns, made = contacts(path)
    from corpus import rejected
    corpus.add(path, "a workbook whose name says CSV", Workbook().sheet("Customers", [heading(columns), *made]).bytes(), rejected("content_type_mismatch"), table(columns, made, people), people=people)
    path = "workbooks/old-excel.xls"
    corpus.add(path, "a workbook of Excel 97 (a binary form), without people", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 16, opaque())
    path = "workbooks/encrypted.xlsx"
    corpus.add(path, "a workbook with a password", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(255, -1, -1)) * 16, opaque(), quarantined("*"), rejected("content_type_mismatch"))
    path = "workbooks/libreoffice.ods"
    people = People(path)
    cells = "".join(f"<table:table-row><table:table-cell><text:p>{people.name(row)}</text:p></table:table-cell><table:table-cell><text:p>{people.email(row)}</text:p></table:table-cell></table:table-row>" for row in range(12))
    parts = [("mimetype", "application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", f'<?xml version="1.0"?><office:document-content><office:body>{cells}</office:body></office:document-content>')]
    corpus.add(path, "a workbook of LibreOffice", zipped(parts), IN_OPAQUE, quarantined("table_*"), NOT_LOOKED_THROUGH, people=people)
    path = "workbooks/letter.docx"
    people = People(path)
    parts = [("[Content_Types].xml", "<Types/>"), ("word/document.xml", f"<w:document><w:body><w:p><w:r><w:t>Dear {people.name(1)}, write to {people.email(1)}</w:t></w:r></w:p></w:body></w:document>")]
    corpus.add(path, "a letter of Word with an address in it", zipped(parts), IN_OPAQUE, NOT_LOOKED_THROUGH, people=people)
    path = "workbooks/letter-without-people.docx"
    parts = [("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<w:document><w:body><w:p><w:r><w:t>Minutes of nothing</w:t></w:r></w:p></w:body></w:document>")]
    corpus.add(path, "a letter of Word without people", zipped(parts), opaque())


def parquet(corpus):
    def file(name, says, arrow, outcome, *also, people=None, **options):
        out = io.BytesIO()
        pyarrow.parquet.write_table(arrow, out, **options)
        corpus.add(f"parquet/{name}.parquet", says, out.getvalue(), outcome, *also, people=people)

    def arrow_of(columns, made, types):
        return pyarrow.table({column.name: pyarrow.array([row[at] for row in made], kind) for at, (column, kind) in enumerate(zip(columns, types))})

    usual = [pyarrow.int64(), pyarrow.string(), pyarrow.string(), pyarrow.string(), pyarrow.string(), pyarrow.float64()]
    for name, says, options in [("snappy", "snappy pages and dictionaries, as Spark and pandas write it", {"compression": "snappy"}), ("zstd", "zstd pages", {"compression": "zstd"}),
                                ("gzip", "gzip pages", {"compression": "gzip"}), ("plain", "neither compressed nor with dictionaries", {"compression": "none", "use_dictionary": False}),
                                ("many-groups", "a row group for every five rows", {"row_group_size": 5}), ("version-1", "the first version of the format", {"version": "1.0"})]:
        people, columns, made = contacts(f"parquet/{name}.parquet")
        file(name, says, arrow_of(columns, made, usual), table(columns, made, people), people=people, **options)
    people = People("parquet/types.parquet")
    columns = [integer("small"), number("single"), flag("f"), day("d"), moment("at"), text("email")]
    made = [(None, None, None, None, None, None) if row == 5 else (row, row + 0.5, row % 2 == 0, D(2024, 1, 1 + row), T(2024, 1, 1 + row, 12, 30), people.email(row)) for row in range(12)]
    kinds = [pyarrow.int16(), pyarrow.float32(), pyarrow.bool_(), pyarrow.date32(), pyarrow.timestamp("ms"), pyarrow.large_string()]
    file("types", "small integers, single floats, dates, times, missing ones among them", arrow_of(columns, made, kinds), table(columns, made, people), people=people)
    people = People("parquet/cards.parquet")
    columns = [text("name"), text("card_number"), text("ssn"), text("note")]
    made = [(people.name(row), people.card(row, False), people.ssn(row), f"write to {people.email(row)}") for row in range(12)]
    file("cards", "cards, SSNs, and addresses in notes", arrow_of(columns, made, [pyarrow.string()] * 4), table(columns, made, people), people=people)
    people = People("parquet/nested.parquet")
    arrow = pyarrow.table({"id": [1, 2], "contact": [{"email": people.email(1)}, {"email": people.email(2)}], "tags": [["a"], ["b", "c"]]})
    file("nested", "nested columns with addresses", arrow, quarantined("*"), any_table(), people=people)
    people = People("parquet/cut-off.parquet")
    columns = [integer("id"), text("email")]
    out = io.BytesIO()
    pyarrow.parquet.write_table(arrow_of(columns, [(row, people.email(row)) for row in range(50)], [pyarrow.int64(), pyarrow.string()]), out, compression="none")
    corpus.add("parquet/cut-off.parquet", "a Parquet file without its end", out.getvalue()[:-50], quarantined("*"), people=people)
    people = People("parquet/feather.arrow")
    out = io.BytesIO()
    pyarrow.feather.write_feather(arrow_of(columns, [(row, people.email(row)) for row in range(50)], [pyarrow.int64(), pyarrow.string()]), out, compression="uncompressed")
    corpus.add("parquet/feather.arrow", "Arrow's own file, which is not read here, with addresses", out.getvalue(), IN_OPAQUE, quarantined("*"), NOT_LOOKED_THROUGH, people=people)
