"""Whole Data Packages made by frictionless-py, whole and damaged, with its verdicts on them.

Usage: agreement.py FOLDER. Writes a zip for each case into FOLDER, and the list of cases as JSON to standard output.
Everything follows from SEED.
"""

import json
import os
import random
import shutil
import sys
import zipfile

from frictionless import Package, Resource, Schema, validate

SEED = 20_240_131
PACKAGES = int(os.environ.get("HYBRID_TEST_PACKAGES_MADE", "25"))
TYPES = ["integer", "number", "string", "date", "boolean", "datetime", "year", "time"]


def text_of(rng, kind):
    day = f"{rng.randint(1990, 2030)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    clock = f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}"
    return {
        "integer": str(rng.randint(-1000, 1000)),
        "number": f"{rng.uniform(-100, 100):.3f}",
        "string": "".join(rng.choice("abc ,;\"\u00e9\n") for _ in range(rng.randint(1, 8))),
        "date": day,
        "boolean": rng.choice(["true", "false"]),
        "datetime": f"{day}T{clock}",
        "year": str(rng.randint(1000, 2999)),
        "time": clock,
    }[kind]


def quoted(cell):
    return '"' + cell.replace('"', '""') + '"' if any(c in cell for c in '",\n') else cell


def written(header, rows):
    return "".join(",".join(map(quoted, row)) + "\n" for row in [header, *rows]).encode()


class Made:
    """A package as it is made: tables, their rows and schemas."""

    def __init__(self, rng):
        self.tables = {}
        for number in range(rng.randint(1, 3)):
            fields = [{"name": "id", "type": "integer"}]
            for column in range(rng.randint(1, 4)):
                field = {"name": f"c{column}", "type": rng.choice(TYPES)}
                if field["type"] == "integer" and rng.random() < 0.5:
                    field["constraints"] = {"minimum": -1000, "maximum": 1000}
                if field["type"] == "string" and rng.random() < 0.5:
                    field["constraints"] = {"maxLength": 8, "required": True}
                fields.append(field)
            schema = {"fields": fields, "primaryKey": ["id"]}
            if number > 0:
                fields.append({"name": "of", "type": "integer"})
                schema["foreignKeys"] = [{"fields": ["of"], "reference": {"resource": "t0", "fields": ["id"]}}]
            rows = [
                [str(row)] + [text_of(rng, field["type"]) for field in fields[1:] if field["name"] != "of"]
                for row in range(rng.randint(2, 6))
            ]
            if number > 0:
                for row in rows:
                    row.append(str(rng.randrange(len(self.tables["t0"][1]))))
            self.tables[f"t{number}"] = (schema, rows)

    def header(self, name):
        return [field["name"] for field in self.tables[name][0]["fields"]]

    def write(self, folder):
        """Writes the files, and the descriptor as frictionless makes it: with lengths and hashes."""
        os.makedirs(folder)
        resources = []
        for name, (schema, rows) in self.tables.items():
            with open(f"{folder}/{name}.csv", "wb") as file:
                file.write(written(self.header(name), rows))
            resource = Resource(path=f"{name}.csv", name=name, basepath=folder)
            resource.infer(stats=True)
            resource.schema = Schema.from_descriptor(schema)
            resources.append(resource)
        Package(name="made", resources=resources).to_json(f"{folder}/datapackage.json")


def flip(rng, folder):
    path = f"{folder}/{rng.choice([n for n in os.listdir(folder) if n.endswith('.csv')])}"
    data = bytearray(open(path, "rb").read())
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(7)
    open(path, "wb").write(data)


def remove(rng, folder):
    os.remove(f"{folder}/{rng.choice([n for n in os.listdir(folder) if n.endswith('.csv')])}")


def rename(rng, folder):
    name = rng.choice([n for n in os.listdir(folder) if n.endswith(".csv")])
    os.rename(f"{folder}/{name}", f"{folder}/x{name}")


def add(rng, folder):
    open(f"{folder}/notes.txt", "w").write("not in the descriptor\n")


def truncate(rng, folder):
    path = f"{folder}/{rng.choice([n for n in os.listdir(folder) if n.endswith('.csv')])}"
    data = open(path, "rb").read()
    open(path, "wb").write(data[: rng.randrange(len(data))])


def drop_line(rng, folder):
    path = f"{folder}/datapackage.json"
    lines = open(path).read().split("\n")
    del lines[rng.randrange(len(lines))]
    open(path, "w").write("\n".join(lines))


def drop_property(rng, folder):
    """A property of a resource, or of a field."""
    path = f"{folder}/datapackage.json"
    descriptor = json.load(open(path))
    resource = rng.choice(descriptor["resources"])
    whole = rng.choice([resource, rng.choice(resource["schema"]["fields"])])
    del whole[rng.choice(sorted(whole))]
    json.dump(descriptor, open(path, "w"))


def of_rows(change):
    """A change of one table's rows, with which the descriptor's lengths and hashes agree."""

    def damage(rng, made):
        name = rng.choice(sorted(made.tables))
        schema, rows = made.tables[name]
        change(rng, schema, rows)

    return damage


def wrong_type(rng, schema, rows):
    columns = [at for at, field in enumerate(schema["fields"]) if field["type"] != "string"]
    rng.choice(rows)[rng.choice(columns)] = "x?"


def twice(rng, schema, rows):
    rows.append(list(rng.choice(rows)))


def without_key(rng, schema, rows):
    rng.choice(rows)[0] = ""


def below(rng, schema, rows):
    rng.choice(rows)[0] = "7" * 25


def more_cells(rng, schema, rows):
    rng.choice(rows).append("1")


def fewer_cells(rng, schema, rows):
    rng.choice(rows).pop()


def nowhere(rng, schema, rows):
    if schema.get("foreignKeys"):
        rng.choice(rows)[-1] = "99"


def emptied(rng, schema, rows):
    rng.choice(rows)[rng.randrange(1, len(schema["fields"]))] = ""


FILES = [flip, remove, rename, add, truncate, drop_line, drop_property]
ROWS = [wrong_type, twice, without_key, below, more_cells, fewer_cells, nowhere, emptied]


def main():
    out = sys.argv[1]
    cases = []

    def case(folder, damage):
        report = None
        try:
            report = validate(f"{folder}/datapackage.json")
            valid = report.valid
            errors = sorted({error.type for task in report.tasks for error in task.errors} | {error.type for error in report.errors})
        except Exception as error:  # What cannot be read at all is not valid.
            valid, errors = False, [type(error).__name__]
        name = f"{len(cases)}.zip"
        with zipfile.ZipFile(f"{out}/{name}", "w") as archive:
            for file in sorted(os.listdir(folder)):
                archive.write(f"{folder}/{file}", file)
        cases.append({"file": name, "damage": damage, "valid": valid, "errors": errors})
        shutil.rmtree(folder)

    for number in range(PACKAGES):
        for index, damage in enumerate([None, *FILES, *ROWS]):
            made = Made(random.Random(SEED + number))
            rng = random.Random((SEED + number) * 100 + index)
            if damage in ROWS:
                of_rows(damage)(rng, made)
            folder = f"{out}/work"
            made.write(folder)
            if damage in FILES:
                damage(rng, folder)
            case(folder, damage.__name__ if damage else "none")
    json.dump(cases, sys.stdout)


main()
