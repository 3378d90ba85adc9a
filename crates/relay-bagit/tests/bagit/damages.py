"""Ways to damage a bag. Each takes the bag's folder and the generator of what is random."""

import codecs
import hashlib
import re
import shutil
import unicodedata

ALL = {}
RANDOM = set()


def damage(function):
    ALL[function.__name__] = function
    return function


def random_damage(function):
    RANDOM.add(function.__name__)
    return damage(function)


def simple(name, action):
    """A damage that needs nothing random."""
    ALL[name] = lambda folder, _generator: action(folder)


def replace(path, old, new):
    path.write_bytes(path.read_bytes().replace(old, new, 1))


def encoding_of(folder):
    """The encoding that bagit.txt names, or UTF-8 if it names none that is known."""
    try:
        found = re.search(rb"Encoding: *(\S+)", (folder / "bagit.txt").read_bytes())
        return codecs.lookup(found.group(1).decode()).name
    except (AttributeError, FileNotFoundError, LookupError, UnicodeDecodeError):
        return "utf-8"


def payload(folder):
    return sorted(path for path in (folder / "data").rglob("*") if path.is_file())


def manifests(folder):
    return sorted(folder.glob("manifest-*.txt"))


def tag_manifests(folder):
    return sorted(folder.glob("tagmanifest-*.txt"))


def info(folder):
    return next(path for name in ("bag-info.txt", "package-info.txt") if (path := folder / name).exists())


def flip(path, generator):
    contents = bytearray(path.read_bytes())
    if contents:
        contents[generator.randrange(len(contents))] ^= generator.randrange(1, 256)
    else:
        contents = b"x"
    path.write_bytes(bytes(contents))


def edit_lines(path, change):
    """Changes the lines of a file; `change` takes and gives a list of lines without their ends."""
    lines = change(path.read_bytes().split(b"\n")[:-1])
    path.write_bytes(b"".join(line + b"\n" for line in lines))


def in_manifests(change):
    """The same change to the lines of every payload manifest."""

    def action(folder):
        for manifest in manifests(folder):
            edit_lines(manifest, change)

    return action


def on_first_line(pattern, replacement):
    return in_manifests(lambda lines: [re.sub(pattern, replacement, lines[0], count=1), *lines[1:]])


def append(pick, text):
    def action(folder):
        path = pick(folder)
        path.write_bytes(path.read_bytes() + text)

    return action


# --- nothing, and the payload ---

simple("none", lambda folder: None)


@random_damage
def flip_payload(folder, generator):
    flip(generator.choice(payload(folder)), generator)


@damage
def truncate_payload(folder, generator):
    path = generator.choice([path for path in payload(folder) if path.stat().st_size])
    path.write_bytes(path.read_bytes()[:-1])


@damage
def add_payload(folder, _generator):
    (folder / "data" / "added.txt").write_bytes(b"")


@damage
def remove_payload(folder, generator):
    generator.choice(payload(folder)).unlink()


@damage
def rename_payload(folder, generator):
    path = generator.choice(payload(folder))
    path.rename(path.with_name(path.name + "x"))


@damage
def swap_payload(folder, _generator):
    one, other = payload(folder)[:2]
    contents = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(contents)


@damage
def other_normalization(folder, _generator):
    for path in payload(folder):
        path.rename(path.with_name(unicodedata.normalize("NFD", path.name)))


@damage
def upper_case_names(folder, _generator):
    for path in payload(folder):
        path.rename(path.with_name(path.name.upper()))


simple("remove_payload_folder", lambda folder: shutil.rmtree(folder / "data"))
simple("remove_all_payload", lambda folder: [path.unlink() for path in payload(folder)])
simple("add_empty_folder", lambda folder: (folder / "data" / "empty").mkdir())


@damage
def payload_and_manifests_empty(folder, _generator):
    for path in payload(folder):
        path.unlink()
    for manifest in manifests(folder):
        manifest.write_bytes(b"")
    info(folder).write_bytes(b"")


# --- payload manifests ---


@random_damage
def flip_manifest(folder, generator):
    flip(generator.choice(manifests(folder)), generator)


@random_damage
def cut_manifest(folder, generator):
    path = generator.choice(manifests(folder))
    contents = path.read_bytes()
    path.write_bytes(contents[: generator.randrange(len(contents))])


@damage
def drop_line(folder, generator):
    number = generator.randrange(100)
    in_manifests(lambda lines: [line for index, line in enumerate(lines) if index != number % len(lines)])(folder)


@damage
def drop_line_of_one_manifest(folder, generator):
    edit_lines(generator.choice(manifests(folder)), lambda lines: lines[1:])


@damage
def repeat_line(folder, generator):
    number = generator.randrange(100)
    in_manifests(lambda lines: [*lines, lines[number % len(lines)]])(folder)


def swapped(lines):
    (one, first), (other, second) = (line.split(None, 1) for line in lines[:2])
    return [one + b"  " + second, other + b"  " + first, *lines[2:]]


simple("swap_checksums", in_manifests(swapped))
simple("repeat_line_with_another_checksum", in_manifests(lambda lines: [*lines, lines[0].replace(lines[0][:4], b"abcd", 1)]))
simple("upper_case_checksums", on_first_line(rb"^\w+", lambda found: found.group().upper()))
simple("short_checksum", on_first_line(rb"^\w", b""))
simple("odd_checksum_digit", on_first_line(rb"^\w", b"g"))
simple("blank_line", in_manifests(lambda lines: [*lines, b""]))
simple("line_of_spaces", in_manifests(lambda lines: [*lines, b"  "]))
simple("comment", in_manifests(lambda lines: [b"# made by hand", *lines]))
simple("no_path", in_manifests(lambda lines: [*lines, lines[0].split()[0]]))
simple("asterisk", on_first_line(rb" +data", b" *data"))
simple("tab", on_first_line(rb" +data", b"\tdata"))
simple("many_spaces", on_first_line(rb" +data", b" \t   data"))
simple("leading_space", on_first_line(rb"^", b" "))
simple("trailing_space", on_first_line(rb"$", b" "))
simple("dot_prefix", on_first_line(rb"data/", b"./data/"))
simple("dot_inside", on_first_line(rb"data/", b"data/./"))
simple("double_slash", on_first_line(rb"data/", b"data//"))
simple("step_inside", on_first_line(rb"data/", b"data/x/../"))
simple("backslash", on_first_line(rb"data/", rb"data\\"))
simple("carriage_return_line_feed", in_manifests(lambda lines: [line + b"\r" for line in lines]))
simple("lists_folder", in_manifests(lambda lines: [*lines, lines[0].split()[0] + b"  data/"]))
simple("lists_outside", in_manifests(lambda lines: [*lines, lines[0].split()[0] + b"  ../outside.txt"]))
simple("lists_absolute", in_manifests(lambda lines: [*lines, lines[0].split()[0] + b"  /etc/hostname"]))
simple("lists_home", in_manifests(lambda lines: [*lines, lines[0].split()[0] + b"  ~/x"]))
simple("lists_missing", in_manifests(lambda lines: [*lines, lines[0].split()[0] + b"  data/missing.txt"]))


@damage
def carriage_returns(folder, _generator):
    for manifest in manifests(folder):
        manifest.write_bytes(manifest.read_bytes().replace(b"\n", b"\r"))


@damage
def no_last_line_break(folder, _generator):
    for path in [*manifests(folder), info(folder), folder / "bagit.txt"]:
        path.write_bytes(path.read_bytes().removesuffix(b"\n"))


@damage
def manifest_byte_order_mark(folder, generator):
    path = generator.choice(manifests(folder))
    path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())


@damage
def lists_tag_file(folder, _generator):
    for manifest in manifests(folder):
        digest = hashlib.new(manifest.stem.removeprefix("manifest-"), (folder / "bagit.txt").read_bytes())
        append(lambda _: manifest, f"{digest.hexdigest()}  bagit.txt\n".encode())(folder)


simple("remove_manifests", lambda folder: [path.unlink() for path in manifests(folder)])
simple("rename_manifest", lambda folder: (path := manifests(folder)[0]).rename(path.with_stem(path.stem[:9] + path.stem[9:].upper())))
simple("empty_manifest", lambda folder: manifests(folder)[0].write_bytes(b""))
simple("unknown_algorithm", lambda folder: (folder / "manifest-crc32.txt").write_bytes(b"00000000  data/x\n"))
simple("manifest_not_text", lambda folder: manifests(folder)[0].write_bytes(b"\xff\xfe\xfd"))
