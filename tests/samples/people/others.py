"""JSON, packed files and archives, documents, logs: what is not delimited text."""

import bz2
import datetime
import gzip
import hashlib
import io
import json
import lzma
import sqlite3
import tarfile

import pyarrow

from corpus import (
    FEW_IN_PROSE, IN_OPAQUE, NOT_LOOKED_THROUGH, People, any_table, archive, day, delimited, flag, instant, integer, moment, number, opaque, quarantined, rejected, table, text, utc,
)
from tables import CITIES, contacts
from workbooks import STAMP, zipped

NOT_READ = quarantined("table_*", "personal_data_in_opaque")


def objects(columns, made):
    return [{column.name: value for column, value in zip(columns, row)} for row in made]


def documents_of_json(corpus):
    def file(name, says, write, *also, rows=12):
        path = f"json/{name}"
        people, columns, made = contacts(path, rows)
        corpus.add(path, says, write(objects(columns, made)), table(columns, made, people), *also, people=people)

    lines = lambda found: "".join(json.dumps(one) + "\n" for one in found)
    file("lines.jsonl", "an object on each line", lines)
    file("lines.ndjson", "the same by another name", lines)
    file("lines.json", "an object on each line, called .json", lines)
    file("lines-crlf.jsonl", "line breaks of CRLF, and empty lines", lambda found: lines(found).replace("\n", "\r\n\r\n"))
    file("lines-bom.jsonl", "a byte order mark", lambda found: b"\xef\xbb\xbf" + lines(found).encode())
    file("lines-letters.jsonl", "letters beyond ASCII as they are", lambda found: "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in found))
    file("array.json", "an array of objects on a single line", json.dumps)
    file("array-pretty.json", "an array of objects over many lines", lambda found: json.dumps(found, indent=2))
    file("array-pretty-crlf.json", "an array of objects over many lines, CRLF", lambda found: json.dumps(found, indent=4).replace("\n", "\r\n"))
    file("array-one-line-each.json", "an array with an object on each line", lambda found: "[\n" + ",\n".join(json.dumps(one) for one in found) + "\n]\n")
    file("array-comma-first.json", "an array with commas at the beginning of lines", lambda found: "[" + json.dumps(found[0]) + "".join("\n," + json.dumps(one) for one in found[1:]) + "]")
    file("array-bom.json", "an array behind a byte order mark", lambda found: b"\xef\xbb\xbf" + json.dumps(found).encode())
    file("array-long.json", "an array of 20,000 objects", json.dumps, rows=20_000)
    file("array-utf16.json", "an array in UTF-16", lambda found: b"\xff\xfe" + json.dumps(found).encode("utf-16-le"), quarantined("*"))
    file("array-of-one.json", "an array of one object", json.dumps, rows=1)

    path = "json/missing-keys.jsonl"
    people = People(path)
    columns = [integer("id"), text("email"), number("score")]
    made = [(row, people.email(row), None if row % 3 else row + 0.5) for row in range(12)]
    content = "".join(json.dumps({key: value for key, value in one.items() if value is not None}) + "\n" for one in objects(columns, made))
    order = [columns[0], columns[1], columns[2]]
    corpus.add(path, "keys that are not in every object", content, table(order, made, people), people=people)
    path = "json/namibia.jsonl"
    columns = [text("code"), text("country")]
    made = [("NA", "Namibia"), ("DE", "Germany"), ("NO", "Norway")] * 4
    corpus.add(path, "NA in a string", "".join(json.dumps(one) + "\n" for one in objects(columns, made)), table(columns, made))
    path = "json/namibia-array.json"
    corpus.add(path, "NA in a string of an array", json.dumps(objects(columns, made)), table(columns, made))
    path = "json/types.jsonl"
    columns = [integer("n"), number("x"), flag("f"), day("d"), instant("at", "%Y-%m-%dT%H:%M:%SZ"), text("zip")]
    made = [(row, row + 0.5, row % 2 == 0, datetime.date(2024, 1, 1 + row), utc(2024, 1, 1 + row), f"0{row + 1000}") for row in range(12)]
    content = "".join(json.dumps({column.name: value if isinstance(value, (int, float)) else column.write(value) for column, value in zip(columns, row)}) + "\n" for row in made)
    corpus.add(path, "numbers, truth, dates in strings, leading zeros in strings", content, table(columns, made))
    path = "json/large-integers.jsonl"
    corpus.add(path, "integers beyond 2^53", "".join(f'{{"id": {2**53 + row}}}\n' for row in range(12)), table([integer("id")], [(2**53 + row,) for row in range(12)]))
    path = "json/beyond-64-bits.jsonl"
    corpus.add(path, "integers beyond 2^64", "".join(f'{{"id": {2**64 + row}}}\n' for row in range(12)), table([text("id")], [(str(2**64 + row),) for row in range(12)]))
    path = "json/nested.jsonl"
    people = People(path)
    content = "".join(json.dumps({"id": row, "contact": {"email": people.email(row), "phones": [people.phone(row)]}}) + "\n" for row in range(12))
    made = [(row, json.dumps({"email": people.email(row), "phones": [people.phone(row)]})) for row in range(12)]
    corpus.add(path, "an object within each object", content, table([integer("id"), text("contact")], made, people), people=people)
    path = "json/nested-array.json"
    people = People(path)
    content = json.dumps([{"id": row, "contact": {"email": people.email(row)}} for row in range(12)])
    made = [(row, json.dumps({"email": people.email(row)})) for row in range(12)]
    corpus.add(path, "an object within each object of an array", content, table([integer("id"), text("contact")], made, people), people=people)
    path = "json/mongoexport.jsonl"
    people = People(path)
    content = "".join(json.dumps({"_id": {"$oid": f"{row:024x}"}, "email": people.email(row)}) + "\n" for row in range(12))
    made = [(json.dumps({"$oid": f"{row:024x}"}), people.email(row)) for row in range(12)]
    corpus.add(path, "mongoexport", content, table([text("_id"), text("email")], made, people), people=people)
    path = "json/escaped-at-signs.jsonl"
    people = People(path)
    content = "".join(json.dumps({"id": row, "note": f"to {people.email(row)}"}).replace("@", "\\u0040") + "\n" for row in range(12))
    corpus.add(path, "addresses whose @ is escaped", content, table([integer("id"), text("note")], [(row, f"to {people.email(row)}") for row in range(12)], people), people=people)
    path = "json/one-object.json"
    people = People(path)
    content = json.dumps({"version": 1, "customers": [{"email": people.email(row)} for row in range(12)]}, indent=2)
    corpus.add(path, "one object with the rows below a name", content, IN_OPAQUE, quarantined("table_*"), people=people)
    path = "json/one-object-on-a-line.json"
    people = People(path)
    content = json.dumps({"version": 1, "customers": [{"email": people.email(row)} for row in range(12)]})
    corpus.add(path, "one object on one line with the rows below a name", content, IN_OPAQUE, quarantined("table_*"),
               table([integer("version"), text("customers")], [(1, json.dumps([{"email": people.email(row)} for row in range(12)]))], people), people=people)
    path = "json/geojson.json"
    people = People(path)
    content = json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"type": "Point", "coordinates": [row, row]}, "properties": {"contact": people.email(row)}} for row in range(12)]}, indent=1)
    corpus.add(path, "GeoJSON with addresses", content, IN_OPAQUE, quarantined("table_*"), people=people)
    path = "json/array-of-arrays.json"
    people = People(path)
    content = json.dumps([["id", "email"], *([row, people.email(row)] for row in range(12))])
    corpus.add(path, "an array of arrays", content, IN_OPAQUE, quarantined("table_*"), table([integer("id"), text("email")], [(row, people.email(row)) for row in range(12)], people), people=people)
    path = "json/array-of-texts.json"
    people = People(path)
    corpus.add(path, "an array of addresses", json.dumps([people.email(row) for row in range(12)]), IN_OPAQUE, quarantined("table_*"), people=people)
    path = "json/array-of-numbers.json"
    corpus.add(path, "an array of numbers", json.dumps(list(range(100))), opaque(), quarantined("table_*"))
    path = "json/array-cut-off.json"
    people, columns, made = contacts(path, 40)
    corpus.add(path, "an array that is cut off", json.dumps(objects(columns, made))[:-500], quarantined("*"), people=people)
    path = "json/lines-cut-off.jsonl"
    people, columns, made = contacts(path, 40)
    corpus.add(path, "lines of which the last is cut off", lines(objects(columns, made))[:-20], table(columns, made[:-1], people, bad=[40]), people=people)
    path = "json/array-with-one-other.json"
    people, columns, made = contacts(path, 40)
    found = objects(columns, made)
    corpus.add(path, "an array with one text among forty objects", json.dumps([*found[:20], "no object", *found[20:]]), {**table(columns, made, people), "bad_count": 1, "bad_lines": None},
               quarantined("*"), people=people)
    path = "json/keys-twice.jsonl"
    people = People(path)
    content = "".join(f'{{"id": {row}, "email": "{people.email(row)}", "email": "x"}}\n' for row in range(12))
    corpus.add(path, "a key twice in each object", content, quarantined("table_*", "personal_data_in_opaque"), people=people)
    path = "json/comments.json"
    people = People(path)
    corpus.add(path, "comments, which JSON has not", "// people\n[\n" + "".join(f'  {{"email": "{people.email(row)}"}},\n' for row in range(12)) + "]\n", IN_OPAQUE, quarantined("table_*"), people=people)
    path = "json/personal-keys.json"
    people = People(path)
    corpus.add(path, "addresses as keys", json.dumps([{people.email(1): 1}, {people.email(2): 2}]), quarantined("*"), people=people)


def tar_of(files, mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(content), 1_706_695_200
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def zstd(data):
    out = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(out, "zstd") as packed_:
        packed_.write(data)
    return out.getvalue().to_pybytes()


def bag(files, version="1.0", spoil=None, blank="", without=()):
    payload = [(f"data/{name}", content) for name, content in files]
    manifest = "".join(f"{hashlib.sha512(content).hexdigest()}  {name}\n" for name, content in payload)
    info = f"Source-Organization{blank}: Invented Ltd.\nPayload-Oxum{blank}: {sum(len(content) for _, content in payload)}.{len(payload)}\n"
    tags = [("bagit.txt", f"BagIt-Version: {version}\nTag-File-Character-Encoding: UTF-8\n".encode()), ("bag-info.txt", info.encode()), ("manifest-sha512.txt", manifest.encode())]
    listed = "".join(f"{hashlib.sha512(content).hexdigest()}  {name}\n" for name, content in tags)
    everything = [*tags, ("tagmanifest-sha512.txt", listed.encode()), *((name, spoil(content) if spoil else content) for name, content in payload)]
    return [(f"bag/{name}", content) for name, content in everything if name not in without]


def packed(corpus):
    def one(name, says, pack, *also):
        path = f"packed/{name}"
        people, columns, made = contacts(path)
        corpus.add(path, says, pack(delimited(columns, made).encode()), table(columns, made, people), *also, people=people)

    packers = {"gz": lambda data: gzip.compress(data, mtime=0), "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd}
    for ending, pack in packers.items():
        one(f"people.csv.{ending}", f"a table in {ending}", pack)
    for ending, pack in packers.items():
        path = f"packed/people.jsonl.{ending}"
        people, columns, made = contacts(path)
        corpus.add(path, f"JSON Lines in {ending}", pack("".join(json.dumps(one) + "\n" for one in objects(columns, made)).encode()), table(columns, made, people), people=people)
    for ending in ("gz", "bz2", "xz"):
        path = f"packed/utf16-semicolons.csv.{ending}"
        people, columns, made = contacts(path)
        corpus.add(path, f"UTF-16 with semicolons in {ending}", packers[ending](b"\xff\xfe" + delimited(columns, made, ";").encode("utf-16-le")), table(columns, made, people), people=people)
        path = f"packed/notes.txt.{ending}"
        people = People(path)
        notes = f"Dear all,\nplease write to {people.email(1)}, {people.email(2)} and {people.email(3)}.\n\nThank you\n"
        corpus.add(path, f"a letter with addresses in {ending}", packers[ending](notes.encode()), IN_OPAQUE, people=people)
        path = f"packed/cut-off.csv.{ending}"
        people, columns, made = contacts(path, 2_000)
        data = packers[ending](delimited(columns, made).encode())
        corpus.add(path, f"a table in {ending} that is cut off", data[: len(data) // 2], quarantined("compression_corrupt"), people=people)
    one("two-members.csv.gz", "gzip in two parts", lambda data: gzip.compress(data[:100], mtime=0) + gzip.compress(data[100:], mtime=0))
    one("two-members.csv.bz2", "bzip2 in two parts", lambda data: bz2.compress(data[:100]) + bz2.compress(data[100:]))
    one("two-members.csv.xz", "xz in two parts", lambda data: lzma.compress(data[:100]) + lzma.compress(data[100:]))
    path = "packed/no-ending"
    people, columns, made = contacts(path)
    corpus.add(path, "gzip without an ending of the name", gzip.compress(delimited(columns, made).encode(), mtime=0), table(columns, made, people), people=people)
    path = "packed/not-gzip.csv.gz"
    people, columns, made = contacts(path)
    corpus.add(path, "plain text whose name says gzip", delimited(columns, made), rejected("content_type_mismatch"), table(columns, made, people), quarantined("*"), people=people)

    def archived(name, says, pack, *also, more=(), besides=()):
        path = f"packed/{name}"
        people, columns, made = contacts(path)
        data = pack([("people.csv", delimited(columns, made).encode()), *more])
        corpus.add(path, says, data, {**archive(**{"people.csv": table(columns, made, people)}), "besides": list(besides)}, *also, people=people)

    mac = [("__MACOSX/._people.csv", b"\0\5\x16\7\0\2\0\0Mac OS X        " + bytes(64)), (".DS_Store", b"\0\0\0\1Bud1" + bytes(64))]
    archived("people.zip", "a table in a zip", zipped)
    archived("people-mac.zip", "a zip of a Mac: __MACOSX/ and .DS_Store", zipped, more=mac)
    archived("people-windows.zip", "a zip of Windows: Thumbs.db and desktop.ini", zipped, more=[("Thumbs.db", b"\xd0\xcf\x11\xe0" + bytes(60)), ("desktop.ini", b"[x]\r\n")], besides=["desktop.ini"])
    archived("people.tar", "a table in a tar", tar_of)
    archived("people.tar.gz", "a table in a tar.gz", lambda files: gzip.compress(tar_of(files), mtime=0))
    archived("people.tar.zst", "a table in a tar.zst", lambda files: zstd(tar_of(files)))
    archived("people.tar.bz2", "a table in a tar.bz2", lambda files: bz2.compress(tar_of(files)), quarantined("*"))
    archived("people.tar.xz", "a table in a tar.xz", lambda files: lzma.compress(tar_of(files)), quarantined("*"))
    archived("people-mac.tar.gz", "a tar of a Mac: ._ files", lambda files: gzip.compress(tar_of(files), mtime=0), more=[("._people.csv", b"\0\5\x16\7\0\2\0\0Mac OS X        " + bytes(64))])
    path = "packed/two-tables.zip"
    people, columns, made = contacts(path)
    other = [integer("product"), number("price")]
    prices = [(row, row + 0.5) for row in range(12)]
    corpus.add(path, "two tables in a zip, one in a folder with umlauts", zipped([("people.csv", delimited(columns, made).encode()), ("Prüfung/preise.csv", delimited(other, prices, ";").encode())]),
               archive(**{"people.csv": table(columns, made, people), "Prüfung/preise.csv": table(other, prices)}), people=people)
    path = "packed/table-and-letter.zip"
    people, columns, made = contacts(path)
    corpus.add(path, "a table, and a letter with addresses, in a zip", zipped([("people.csv", delimited(columns, made).encode()), ("letter.txt", f"Dear {people.email(50)},\nplease call {people.phone(50)}.\n".encode())]),
               IN_OPAQUE, people=people)
    path = "packed/table-and-picture.zip"
    people, columns, made = contacts(path)
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
    corpus.add(path, "a table and a picture in a zip", zipped([("people.csv", delimited(columns, made).encode()), ("logo.png", picture)]),
               archive(**{"people.csv": table(columns, made, people), "logo.png": opaque()}), people=people)
    path = "packed/workbook-in.zip"
    from workbooks import Workbook, heading
    people, columns, made = contacts(path)
    corpus.add(path, "a workbook in a zip", zipped([("people.xlsx", Workbook().sheet("S", [heading(columns), *made]).bytes())]),
               archive(**{"people.xlsx": table(columns, made, people)}), quarantined("*"), people=people)
    path = "packed/utf16-in.zip"
    people, columns, made = contacts(path)
    corpus.add(path, "UTF-16 in a zip", zipped([("people.csv", b"\xff\xfe" + delimited(columns, made).encode("utf-16-le"))]), archive(**{"people.csv": table(columns, made, people)}), people=people)
    path = "packed/array-in.zip"
    people, columns, made = contacts(path)
    corpus.add(path, "an array of JSON in a zip", zipped([("people.json", json.dumps(objects(columns, made)).encode())]), archive(**{"people.json": table(columns, made, people)}), people=people)
    path = "packed/zip-in-zip.zip"
    people, columns, made = contacts(path)
    inner = zipped([("people.csv", delimited(columns, made).encode())])
    corpus.add(path, "a zip in a zip", zipped([("inner.zip", inner)]), archive(**{"inner.zip!/people.csv": table(columns, made, people)}), people=people)
    for name, says, build, outcome in [
        ("bag.zip", "a bag (BagIt 1.0)", lambda files: bag(files), "good"),
        ("bag-097-blanks.zip", "a bag of BagIt 0.97 with blanks before colons", lambda files: bag(files, "0.97", blank=" "), "good"),
        ("bag-broken.zip", "a bag of which one file was changed", lambda files: bag(files, spoil=lambda content: content.replace(b"Gotham", b"Gothem")), "broken"),
        ("bag-without-declaration.zip", "a bag whose bagit.txt is missing", lambda files: bag(files, without=("bagit.txt",)), "broken"),
    ]:
        path = f"packed/{name}"
        people, columns, made = contacts(path)
        data = zipped(build([("people.csv", delimited(columns, made).encode())]))
        expected = archive(**{"bag/data/people.csv": table(columns, made, people)}) if outcome == "good" else quarantined("bag_invalid", "archive_*", "bag_*")
        corpus.add(path, says, data, {**expected, "besides": ["bag/*.txt"]} if outcome == "good" else expected, people=people)
    path = "packed/data-package.zip"
    people, columns, made = contacts(path)
    schema = {"fields": [{"name": column.name, "type": {"integer": "integer", "number": "number"}.get(column.types[0], "string")} for column in columns]}
    descriptor = {"name": "people", "resources": [{"name": "people", "path": "people.csv", "schema": schema}]}
    corpus.add(path, "a Data Package", zipped([("datapackage.json", json.dumps(descriptor).encode()), ("people.csv", delimited(columns, made).encode())]),
               {**archive(**{"people.csv": table(columns, made, people)}), "besides": ["datapackage.json"]}, people=people)
    path = "packed/data-package-latin-1.zip"
    people = People(path)
    columns = [integer("id"), text("ort"), text("email")]
    made = [(row, "Köln", people.email(row)) for row in range(12)]
    schema = {"fields": [{"name": "id", "type": "integer"}, {"name": "ort", "type": "string"}, {"name": "email", "type": "string"}]}
    descriptor = {"name": "people", "resources": [{"name": "people", "path": "people.csv", "encoding": "iso-8859-1", "dialect": {"delimiter": ";"}, "schema": schema}]}
    corpus.add(path, "a Data Package that declares Latin-1 and semicolons", zipped([("datapackage.json", json.dumps(descriptor).encode()), ("people.csv", delimited(columns, made, ";").encode("latin-1"))]),
               {**archive(**{"people.csv": table(columns, made, people)}), "besides": ["datapackage.json"]}, people=people)
    path = "packed/program-in.zip"
    people, columns, made = contacts(path)
    corpus.add(path, "a program beside a table", zipped([("people.csv", delimited(columns, made).encode()), ("setup.exe", b"\x7fELF" + bytes(200))]), quarantined("entry_not_allowed"), people=people)
    path = "packed/emoji-names.zip"
    people, columns, made = contacts(path)
    corpus.add(path, "a name with an emoji (U+FE0F behind it)", zipped([("people ❤️.csv", delimited(columns, made).encode())]), archive(**{"people ❤️.csv": table(columns, made, people)}), people=people)


def documents(corpus):
    def opaque_pair(name, ending, says, write):
        """One with people in it, which must be set aside, and one without, which passes."""
        path = f"documents/{name}.{ending}"
        people = People(path)
        corpus.add(path, f"{says}, with people", write([people.email(row) for row in range(6)], [people.phone(row) for row in range(6)]), IN_OPAQUE, people=people)
        path = f"documents/{name}-without-people.{ending}"
        corpus.add(path, f"{says}, without people", write(["nobody"] * 6, ["no number"] * 6), opaque())

    def rows_of(emails, phones, form):
        return "".join(form.format(email=email, phone=phone, row=row) for row, (email, phone) in enumerate(zip(emails, phones)))

    opaque_pair("letter", "txt", "a letter", lambda emails, phones: "Dear all\n\nThis is no table\nas one can see\n\n" + rows_of(emails, phones, "Write to {email}\nor call {phone}\n\n") + "Yours\n")
    opaque_pair("page", "html", "a page of HTML", lambda emails, phones: "<!DOCTYPE html>\n<html><body><table>\n" + rows_of(emails, phones, "<tr><td>{email}</td><td>{phone}</td></tr>\n") + "</table></body></html>\n")
    opaque_pair("excel", "htm", "a page as Excel saves it", lambda emails, phones: '<html xmlns:x="urn:schemas-microsoft-com:office:excel">\r\n<table>\r\n' + rows_of(emails, phones, "<tr><td x:str>{email}</td><td>{phone}</td></tr>\r\n") + "</table></html>\r\n")
    opaque_pair("feed", "xml", "XML", lambda emails, phones: '<?xml version="1.0"?>\n<people>\n' + rows_of(emails, phones, "  <person><email>{email}</email><phone>{phone}</phone></person>\n") + "</people>\n")
    opaque_pair("access", "log", "a web server's log", lambda emails, phones: rows_of(emails, phones, '203.0.113.{row} - - [31/Jan/2024:10:00:0{row} +0000] "GET /find?q={email} HTTP/1.1" 200 512\n'))
    opaque_pair("program", "log", "a program's log", lambda emails, phones: rows_of(emails, phones, "2024-01-31T10:00:0{row}Z INFO user {email} signed in from {phone}\n"))
    opaque_pair("key-values", "log", "a log of keys and values", lambda emails, phones: rows_of(emails, phones, "ts=2024-01-31T10:00:0{row}Z level=info user={email}\n"))
    opaque_pair("mail", "eml", "a mail", lambda emails, phones: "From: nobody\r\nSubject: Hello\r\nMIME-Version: 1.0\r\n\r\n" + rows_of(emails, phones, "Please write to {email}\r\n"))
    opaque_pair("mails", "mbox", "a folder of mails", lambda emails, phones: rows_of(emails, phones, "From nobody Wed Jan 31 10:00:0{row} 2024\nTo: {email}\nSubject: Hello\n\nHello\n\n"))
    opaque_pair("notes", "md", "notes in Markdown", lambda emails, phones: "# Notes\n\n| who | phone |\n|---|---|\n" + rows_of(emails, phones, "| {email} | {phone} |\n"))
    opaque_pair("settings", "yaml", "settings in YAML", lambda emails, phones: "version: 3\nowners:\n" + rows_of(emails, phones, "  - email: {email}\n    phone: \"{phone}\"\n"))
    opaque_pair("settings", "ini", "settings in an INI file", lambda emails, phones: rows_of(emails, phones, "[owner{row}]\nemail = {email}\n"))
    opaque_pair("directory", "ldif", "a directory in LDIF", lambda emails, phones: rows_of(emails, phones, "dn: uid={row},dc=invented\nmail: {email}\ntelephoneNumber: {phone}\n\n"))
    opaque_pair("program", "py", "a program's source", lambda emails, phones: "OWNERS = [\n" + rows_of(emails, phones, "    '{email}',\n") + "]\n")
    opaque_pair("letter", "rtf", "a letter in RTF", lambda emails, phones: "{\\rtf1\\ansi\n" + rows_of(emails, phones, "{{\\b {email}}}\\par\n") + "}\n")
    opaque_pair("letter-utf16", "txt", "a letter in UTF-16", lambda emails, phones: b"\xff\xfe" + ("Dear all\r\n\r\nThis is no table\r\n" + rows_of(emails, phones, "Write to {email}\r\n\r\n")).encode("utf-16-le"))
    opaque_pair("letter-latin-1", "txt", "a letter in Latin-1", lambda emails, phones: ("Liebe Gäste\n\nDas ist keine Tabelle\nwie man sieht\n\n" + rows_of(emails, phones, "Schreibt an {email}\n\n")).encode("latin-1"))

    path = "documents/cards.vcf"
    people = People(path)
    corpus.add(path, "vCards", "".join(f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{people.name(row)}\r\nEMAIL:{people.email(row)}\r\nTEL:{people.phone(row)}\r\nEND:VCARD\r\n" for row in range(6)), IN_OPAQUE, people=people)
    path = "documents/calendar.ics"
    people = People(path)
    corpus.add(path, "a calendar", "BEGIN:VCALENDAR\r\n" + "".join(f"BEGIN:VEVENT\r\nATTENDEE;CN={people.name(row)}:mailto:{people.email(row)}\r\nEND:VEVENT\r\n" for row in range(6)) + "END:VCALENDAR\r\n", IN_OPAQUE, people=people)
    path = "documents/card-numbers.txt"
    people = People(path)
    corpus.add(path, "a letter with card numbers", "The cards are\n\n" + "".join(f"number {people.card(row)} of the {row}th\n\n" for row in range(6)), IN_OPAQUE, any_table(), people=people)
    path = "documents/ssn.txt"
    people = People(path)
    corpus.add(path, "a letter with SSNs", "The numbers are\n\n" + "".join(f"number {people.ssn(row)} of the {row}th\n\n" for row in range(6)), IN_OPAQUE, people=people)
    path = "documents/accounts.txt"
    people = People(path)
    corpus.add(path, "a letter with accounts, which are kept by default", "The accounts are\n\n" + "".join(f"number {people.iban(row)} of the {row}th\n\n" for row in range(6)), opaque(), people=people)
    path = "documents/address-late.txt"
    people = People(path)
    corpus.add(path, "one address behind two megabytes of a letter", "nothing to be seen\n\nhere at all\n" * 70_000 + f"\nbut {people.email(1)}\n", IN_OPAQUE, FEW_IN_PROSE, people=people)
    path = "documents/address-on-a-long-line.txt"
    people = People(path)
    corpus.add(path, "one address in the middle of a line of two megabytes", "word " * 200_000 + people.email(1) + " word" * 200_000, IN_OPAQUE, FEW_IN_PROSE, people=people)

    path = "documents/plain.pdf"
    people = People(path)
    stream = f"BT /F1 12 Tf (Write to {people.email(1)}) Tj ET"
    corpus.add(path, "a PDF with an address in plain letters", b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n" + f"1 0 obj\n<< /Length {len(stream)} >>\nstream\n{stream}\nendstream\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n".encode(), IN_OPAQUE, NOT_LOOKED_THROUGH, people=people)
    path = "documents/packed.pdf"
    import zlib
    stream = zlib.compress(b"BT /F1 12 Tf (Minutes of nothing) Tj ET" * 30, 9)
    corpus.add(path, "a PDF with packed pages, without people", b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n" + f"1 0 obj\n<< /Filter /FlateDecode /Length {len(stream)} >>\nstream\n".encode() + stream + b"\nendstream\nendobj\n%%EOF\n", opaque())
    path = "documents/picture.png"
    corpus.add(path, "a picture", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, opaque())
    path = "documents/picture-with-an-owner.jpg"
    people = People(path)
    corpus.add(path, "a picture whose metadata name its owner", b"\xff\xd8\xff\xe1\x00\xffExif\0\0" + f"Artist {people.email(1)}".encode() + bytes(range(256)) * 8 + b"\xff\xd9", IN_OPAQUE, NOT_LOOKED_THROUGH, people=people)
    path = "documents/random.bin"
    corpus.add(path, "bytes without meaning", b"".join(hashlib.sha256(bytes([row])).digest() for row in range(64)), opaque())
    path = "documents/program.sh"
    corpus.add(path, "a script", "#!/bin/sh\necho hello\n", rejected("content_not_allowed"))
    path = "documents/empty.csv"
    corpus.add(path, "nothing at all", b"", rejected("object_empty"))
    path = "documents/line-break-only.csv"
    corpus.add(path, "a line break and nothing else", b"\r\n", opaque(), quarantined("*"), rejected("*"))
    path = "documents/bom-only.csv"
    corpus.add(path, "a byte order mark and nothing else", b"\xef\xbb\xbf", opaque(), quarantined("*"), rejected("*"))
    path = "documents/people.sqlite"
    people = People(path)
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE people (id INTEGER, email TEXT)")
    base.executemany("INSERT INTO people VALUES (?, ?)", [(row, people.email(row)) for row in range(6)])
    base.commit()
    corpus.add(path, "a database of SQLite with people", base.serialize(), IN_OPAQUE, NOT_LOOKED_THROUGH, people=people)
