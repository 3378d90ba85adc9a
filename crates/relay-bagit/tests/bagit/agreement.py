"""Bags made by the Library of Congress's bagit, damaged in many ways, with the verdict that bagit gives on each.

Usage: agreement.py FOLDER. Below FOLDER each case is a folder; cases.json says what was done to it and whether bagit
calls it valid. What is random comes from SEED, so that every run makes the same cases.
"""

import hashlib
import json
import logging
import os
import random
import shutil
import sys
import unicodedata
from pathlib import Path

import bagit

import damages
import damages_tags  # noqa: F401 - adds to damages.ALL
import damages_names  # noqa: F401 - adds to damages.ALL, last

SEED = 8493
# How many bases each damage is tried on, for each version and way of sealing, and how often a random one is repeated.
BASES_FOR_EACH_DAMAGE = 1
RANDOM_REPEATS = 6
VERSIONS = ["0.97", "1.0"]
OLD_VERSIONS = ["0.93", "0.94", "0.95", "0.96"]
SEALS = ["as_it_was", "sealed_anew", "unsealed"]

# Damages that show only where there are several manifests.
ON_SEVERAL_MANIFESTS = {"drop_line_of_one_manifest", "empty_manifest", "rename_manifest"}

# Damages that show only where names have something to respell.
ON_ONE = {"two_normal_forms": ["unicode"], "two_cases": ["all"], "two_percents": ["percent"]}

PLAIN = {"a.txt": b"first", "sub/b.txt": b"second", "sub/deep/er/c.bin": bytes(range(40))}
NFC = unicodedata.normalize("NFC", "d\u00e9j\u00e0")
BASES = {
    "md5": (PLAIN, ["md5"], {}),
    "sha1": (PLAIN, ["sha1"], {}),
    "sha256": (PLAIN, ["sha256"], {}),
    "sha512": (PLAIN, ["sha512"], {}),
    "all": (PLAIN, ["md5", "sha1", "sha256", "sha512"], {}),
    "unicode": ({f"{NFC}.txt": b"x", "\u6f22\u5b57/\u4eee\u540d": b"y", "\U0001f600": b"z"}, ["sha256", "sha512"], {}),
    "spaces": ({"with space": b"x", "two  spaces/in it": b"y", "tab\tinside": b"", "star *": b"z"}, ["sha512"], {}),
    "percent": ({"50%": b"x", "100%41": b"y", "%": b"z", "100%2": b""}, ["sha256"], {}),
    "encoded_percent": ({"a%25b": b"x", "plain": b"y"}, ["sha256"], {}),
    "line_breaks": ({"line\nfeed": b"x", "carriage\rreturn": b"y", "both\r\n.txt": b"z"}, ["sha256"], {}),
    "info": (
        PLAIN,
        ["sha256", "sha512"],
        {"Contact-Name": ["One", "Two", "One"], "External-Description": "caf\u00e9", "Bag-Count": "1 of ?", "Bag-Size": "1 kB"},
    ),
}


def make(folder, base, version):
    """A valid bag of this version, its lines sorted so that random choices fall on the same ones everywhere."""
    payload, algorithms, info = BASES[base]
    for name, contents in payload.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents)
    fixed = {"Bagging-Date": "2024-02-29", "Bag-Software-Agent": "bagit", "Source-Organization": "Example"}
    bagit.make_bag(str(folder), bag_info={**fixed, **info}, checksums=algorithms)
    if version != "0.97":
        damages.replace(folder / "bagit.txt", b"0.97", version.encode())
    if version in ("0.93", "0.94", "0.95"):
        (folder / "bag-info.txt").rename(folder / "package-info.txt")
    for manifest in folder.glob("manifest-*.txt"):
        lines = manifest.read_bytes().split(b"\n")[:-1]
        manifest.write_bytes(b"".join(line + b"\n" for line in sorted(lines, key=lambda line: line.split(None, 1)[1])))
    tags = folder / "tags"
    tags.mkdir()
    (tags / "about.md").write_bytes(b"about this bag")
    seal(folder)


def seal(folder):
    """Makes the tag manifests anew, over everything that is there."""
    for tag_manifest in folder.glob("tagmanifest-*.txt"):
        algorithm = tag_manifest.stem.removeprefix("tagmanifest-")
        lines = []
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and not name.startswith(("data/", "tagmanifest-")):
                digest = hashlib.new(algorithm, path.read_bytes()).hexdigest()
                lines.append(f"{digest} {name}\n")
        encoding = damages.encoding_of(folder)
        tag_manifest.write_bytes("".join(lines).encode(encoding))


def verdict(folder):
    """What bagit says: whether the bag is valid, and otherwise why not. Anything it raises is a no."""
    try:
        bag = bagit.Bag(str(folder))
        bag.validate()
    except Exception as error:  # noqa: BLE001 - it raises all kinds for what it does not expect
        return False, type(error).__name__
    return True, ""


def plan(generator):
    """What is done to which bag: base, version, damage, how it is sealed afterwards."""
    for base in BASES:
        for version in VERSIONS + OLD_VERSIONS:
            for how in ("as_it_was", "unsealed"):
                yield base, version, "none", how
    for damage in damages.ALL:
        for version in VERSIONS:
            for how in SEALS:
                repeats = RANDOM_REPEATS if damage in damages.RANDOM else 1
                bases = ["all", "info", "unicode"] if damage in ON_SEVERAL_MANIFESTS else ON_ONE.get(damage, sorted(BASES))
                for base in generator.sample(bases, BASES_FOR_EACH_DAMAGE) * repeats:
                    yield base, version, damage, how
        yield "sha256", generator.choice(OLD_VERSIONS), damage, generator.choice(SEALS)


def main(out):
    logging.disable(logging.CRITICAL)
    generator = random.Random(SEED)
    # A bag calls itself by its folder, and refuses to be one below the working directory.
    os.chdir(out)
    made = {}
    cases = []
    for number, (base, version, damage, how) in enumerate(plan(generator)):
        if (base, version) not in made:
            pristine = out / "pristine" / f"{base}-{version}"
            pristine.mkdir(parents=True)
            make(pristine, base, version)
            made[base, version] = pristine
        folder = out / "cases" / f"{number:05}"
        shutil.copytree(made[base, version], folder)
        if how == "unsealed":
            for tag_manifest in folder.glob("tagmanifest-*.txt"):
                tag_manifest.unlink()
        damages.ALL[damage](folder, generator)
        if how == "sealed_anew":
            seal(folder)
        is_valid, why = verdict(folder)
        name = folder.relative_to(out).as_posix()
        cases.append(
            {"folder": name, "base": base, "version": version, "damage": damage, "seal": how, "valid": is_valid, "why": why}
        )
    (out / "cases.json").write_text(json.dumps(cases))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
