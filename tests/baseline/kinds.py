"""Makes one package of each kind from FOLDER/flights.csv, beside it. Usage: kinds.py FOLDER

Persons are invented: domains and numbers are those kept for examples, Social Security numbers come out of a generator with a fixed seed.
"""

import csv
import gzip
import hashlib
import json
import os
import random
import shutil
import sys
import tarfile
import tempfile
import zipfile

import bagit
import pyarrow

SEED = 0x5EED2026
INTEGERS = {"year", "month", "day", "dep_time", "sched_dep_time", "dep_delay", "arr_time", "sched_arr_time", "arr_delay", "flight",
            "air_time", "distance", "hour", "minute"}
CHUNK_BYTES = 1 << 20


def packed(path, name, opened):
    with open(path("flights.csv"), "rb") as source, opened(path(name)) as target:
        shutil.copyfileobj(source, target, CHUNK_BYTES)


def zipped(target, files, method):
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, source in files:
            archive.write(source, name)


def zstd(target, write):
    with pyarrow.CompressedOutputStream(target, "zstd") as out:
        write(out)


def tar_into(target, source):
    with tarfile.open(fileobj=target, mode="w|") as archive:
        archive.add(source, "flights.csv")


def json_lines(source, target):
    with open(source, newline="", encoding="utf-8") as rows, open(target, "w", encoding="utf-8") as out:
        for row in csv.DictReader(rows):
            typed = {name: None if value == "NA" else int(value) if name in INTEGERS else value for name, value in row.items()}
            out.write(json.dumps(typed) + "\n")


def bag(path):
    with tempfile.TemporaryDirectory(dir=path("")) as folder:
        os.link(path("flights.csv"), os.path.join(folder, "flights.csv"))
        bagit.make_bag(folder, checksums=["sha256", "md5"])
        files = [(os.path.relpath(os.path.join(base, name), folder), os.path.join(base, name))
                 for base, _, names in os.walk(folder) for name in names]
        zipped(path("bag.zip"), [(f"bag/{name}", source) for name, source in files], zipfile.ZIP_STORED)


def data_package(path):
    with open(path("flights.csv"), "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    with open(path("flights.csv"), newline="", encoding="utf-8") as rows:
        names = next(csv.reader(rows))
    kinds = {name: "integer" if name in INTEGERS else "string" for name in names} | {"time_hour": "datetime"}
    schema = {"fields": [{"name": name, "type": kinds[name]} for name in names], "missingValues": ["", "NA"]}
    resource = {"name": "flights", "path": "flights.csv", "hash": f"sha256:{digest}", "schema": schema}
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as descriptor:
        json.dump({"name": "flights", "resources": [resource]}, descriptor)
        descriptor.flush()
        zipped(path("package.zip"), [("datapackage.json", descriptor.name), ("flights.csv", path("flights.csv"))], zipfile.ZIP_STORED)


def people(path):
    draw = random.Random(SEED)
    wanted = os.path.getsize(path("flights.csv"))
    with open(path("people.csv"), "w", encoding="utf-8") as out:
        out.write("customer,email,phone,ssn,card_number,city,amount,note\n")
        number = 0
        while out.tell() < wanted:
            number += 1
            ssn = f"{draw.randint(1, 665):03}-{draw.randint(1, 99):02}-{draw.randint(1, 9999):04}"
            phone = f"(212) 555-01{draw.randint(0, 99):02}"
            out.write(f"{number},person{number}@example.com,{phone},{ssn},4111 1111 1111 1111,New York,{draw.randint(1, 99999) / 100},paid in time\n")


def main():
    folder = sys.argv[1]

    def path(name):
        return os.path.join(folder, name)

    csv_file = [("flights.csv", path("flights.csv"))]
    packed(path, "flights.csv.gz", lambda target: gzip.open(target, "wb", 6))
    packed(path, "flights.csv.zst", lambda target: pyarrow.CompressedOutputStream(target, "zstd"))
    json_lines(path("flights.csv"), path("flights.jsonl"))
    zipped(path("deflated.zip"), csv_file, zipfile.ZIP_DEFLATED)
    zipped(path("stored.zip"), csv_file, zipfile.ZIP_STORED)
    with open(path("flights.tar"), "wb") as out:
        tar_into(out, path("flights.csv"))
    with gzip.open(path("flights.tar.gz"), "wb", 6) as out:
        tar_into(out, path("flights.csv"))
    zstd(path("flights.tar.zst"), lambda out: tar_into(out, path("flights.csv")))
    bag(path)
    data_package(path)
    people(path)


main()
