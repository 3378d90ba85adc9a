#!/usr/bin/env python3
"""Writes the corpus of files as people send them, and what must become of each.

make.py FOLDER           writes FOLDER/files/… and FOLDER/manifest.json; the same bytes at each run
make.py --list           prints the list of all files that README.md ends with
make.py --readme         writes that list into README.md

All people, addresses and numbers are invented. The cells that are expected come from the values that files are written from, or stand
beside the text by hand; nothing is taken from what a relay makes of them.
"""

import json
import pathlib
import sys

sys.dont_write_bytecode = True

import exports  # noqa: E402
import others  # noqa: E402
import tables  # noqa: E402
import workbooks  # noqa: E402
from corpus import Corpus  # noqa: E402

LIST = "## All files\n"
NOT_YET = "## Not yet read right\n"
# What is known not to be right, and what happens instead: the test holds it, so that the page is true, and fails once it is right.
TODAY = pathlib.Path(__file__).with_name("not_yet.json")
KINDS = [
    tables.rows, tables.dialects, tables.encodings, tables.headers, tables.values,
    exports.spreadsheets, exports.business, exports.databases, exports.banks, exports.science, exports.forms, exports.government,
    workbooks.sheets, workbooks.parquet,
    others.documents_of_json, others.packed, others.documents,
]


def everything():
    corpus = Corpus()
    for kind in KINDS:
        kind(corpus)
    return corpus


def shown(outcome):
    match outcome:
        case {"state": "processed", "as": "table"}:
            bad = outcome.get("bad_count") or len(outcome["bad_lines"] or [])
            return "table" + (f", {bad} bad" if bad else "")
        case {"told": _}:
            return "opaque, and told what is in clear"
        case {"state": "processed"}:
            return {"any": "some table"}.get(outcome["as"], outcome["as"])
        case {"state": state, "reasons": reasons}:
            return f"{state} (" + ", ".join(f"`{reason}`" for reason in reasons) + ")" if reasons != ["*"] else state


def listing(corpus):
    lines = []
    folder = None
    for path, file in sorted(corpus.files.items()):
        if path.split("/")[0] != folder:
            folder = path.split("/")[0]
            lines += ["", f"### {folder}", "", "| file | what it is | what must become of it |", "|---|---|---|"]
        outcomes = list(dict.fromkeys(shown(outcome) for outcome in file.outcomes))
        lines.append(f"| `{path}` | {file.says.replace('|', chr(92) + '|')} | {', or '.join(outcomes)} |")
    return "\n".join(lines).strip() + "\n"


def today():
    return json.loads(TODAY.read_text()) if TODAY.exists() else {}


def missing(corpus):
    """The part of the page about what is not yet read right; nothing where everything is."""
    lines = [f"| `{path}` | {corpus.files[path].says} | {one['finding'] or 'right'}{', people in clear' if one['in_clear'] else ''} |".replace("\n", " ") for path, one in today().items()]
    head = [NOT_YET, "The test asserts what happens to these, word by word, and fails as soon as one of them is right.", "", "| file | what it is | what happens today |", "|---|---|---|"]
    return "\n".join([*head, *lines]) + "\n\n" if lines else ""


def page(corpus):
    return missing(corpus) + LIST + "\n" + listing(corpus)


def main():
    corpus = everything()
    if sys.argv[1] == "--list":
        sys.stdout.write(page(corpus))
        return
    if sys.argv[1] == "--readme":
        readme = pathlib.Path(__file__).with_name("README.md")
        text = readme.read_text()
        readme.write_text(text[: min(text.index(mark) for mark in (NOT_YET, LIST) if mark in text)] + page(corpus))
        return
    folder = pathlib.Path(sys.argv[1])
    for path, file in corpus.files.items():
        target = folder / "files" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.data)
    (folder / "manifest.json").write_text(json.dumps(corpus.manifest(today()), ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()
