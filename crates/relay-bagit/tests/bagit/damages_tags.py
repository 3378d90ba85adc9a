"""Ways to damage the tag files of a bag other than its payload manifests. Importing it adds them to the others."""

import codecs
import hashlib

from damages import append, damage, edit_lines, flip, info, manifests, payload, random_damage, replace, simple, tag_manifests

# --- tag manifests, and other tag files ---


@random_damage
def flip_tag_manifest(folder, generator):
    for path in tag_manifests(folder)[:1]:
        flip(path, generator)


@damage
def drop_tag_line(folder, generator):
    for path in tag_manifests(folder):
        edit_lines(path, lambda lines: [line for line in lines if b" manifest-" not in line])


@damage
def tag_manifest_lists_payload(folder, _generator):
    for path in tag_manifests(folder):
        file = payload(folder)[0]
        name = file.relative_to(folder).as_posix().replace("\n", "%0A").replace("\r", "%0D")
        digest = hashlib.new(path.stem.removeprefix("tagmanifest-"), file.read_bytes()).hexdigest()
        append(lambda _: path, f"{digest} {name}\n".encode())(folder)


@damage
def tag_manifest_lists_itself(folder, _generator):
    for path in tag_manifests(folder):
        append(lambda _: path, path.read_bytes().split()[0] + b" " + path.name.encode() + b"\n")(folder)


@random_damage
def flip_tag_file(folder, generator):
    flip(folder / "tags" / "about.md", generator)


simple("remove_tag_manifest", lambda folder: [path.unlink() for path in tag_manifests(folder)[:1]])
simple("remove_tag_file", lambda folder: (folder / "tags" / "about.md").unlink())
simple("add_tag_file", lambda folder: (folder / "notes.txt").write_bytes(b"not listed"))
simple("odd_tag_manifest", lambda folder: (folder / "tagmanifest-md5.txt").write_bytes(b"what is this\n"))

# --- bag-info.txt ---


@random_damage
def flip_info(folder, generator):
    flip(info(folder), generator)


def oxum(old_to_new):
    """Changes the value of Payload-Oxum; the function takes bytes and files."""

    def change(lines):
        found = next(index for index, line in enumerate(lines) if line.startswith(b"Payload-Oxum"))
        counts = [int(part) for part in lines[found].split(b": ")[1].split(b".")]
        return [*lines[:found], *old_to_new(*counts), *lines[found + 1 :]]

    return lambda folder: edit_lines(info(folder), change)


simple("oxum_bytes", oxum(lambda count, files: [f"Payload-Oxum: {count + 1}.{files}".encode()]))
simple("oxum_files", oxum(lambda count, files: [f"Payload-Oxum: {count}.{files + 1}".encode()]))
simple("oxum_words", oxum(lambda count, files: [b"Payload-Oxum: many.few"]))
simple("oxum_one_number", oxum(lambda count, files: [f"Payload-Oxum: {count}".encode()]))
simple("oxum_twice", oxum(lambda count, files: [f"Payload-Oxum: {count}.{files}".encode()] * 2))
simple("oxum_lower_case_and_wrong", oxum(lambda count, files: [f"payload-oxum: {count + 1}.{files}".encode()]))
simple("oxum_continued", oxum(lambda count, files: [b"Payload-Oxum:", f" {count}.{files}".encode()]))
simple("oxum_gone", oxum(lambda count, files: []))
simple("info_gone", lambda folder: info(folder).unlink())
simple("info_no_colon", append(info, b"no colon\n"))
simple("info_no_label", append(info, b": no label\n"))
simple("info_no_space", append(info, b"Label:value\n"))
simple("info_space_before_colon", append(info, b"Label : value\n"))
simple("info_no_value", append(info, b"Label:\n"))
simple("info_blank_lines", append(info, b"\n\nLabel: value\n"))
simple("info_continued", append(info, b"Label: value\n  and more\n\tand more\n"))
simple("info_repeated_date", append(info, b"Bagging-Date: 2024-02-28\nBagging-Date: yesterday\n"))
simple("info_starts_continued", lambda folder: info(folder).write_bytes(b"  lost\n" + info(folder).read_bytes()))
simple("info_byte_order_mark", lambda folder: info(folder).write_bytes(codecs.BOM_UTF8 + info(folder).read_bytes()))
simple("info_not_text", append(info, b"Label: \xff\xfe\n"))

# --- bagit.txt ---


def declaration(folder):
    return folder / "bagit.txt"


@random_damage
def flip_declaration(folder, generator):
    flip(declaration(folder), generator)


def declared(old, new):
    return lambda folder: replace(declaration(folder), old, new)


def versioned(version):
    return lambda folder: edit_lines(declaration(folder), lambda lines: [b"BagIt-Version: " + version, *lines[1:]])


for known in (b"0.92", b"0.98", b"1.1", b"2.0", b"1", b"one.two", b""):
    simple(f"version_{known.decode() or 'empty'}", versioned(known))
simple("declaration_gone", lambda folder: declaration(folder).unlink())
simple("declaration_empty", lambda folder: declaration(folder).write_bytes(b""))
simple("declaration_byte_order_mark", declared(b"BagIt", codecs.BOM_UTF8 + b"BagIt"))
simple("declaration_order", lambda folder: edit_lines(declaration(folder), lambda lines: lines[::-1]))
simple("declaration_one_line", lambda folder: edit_lines(declaration(folder), lambda lines: lines[:1]))
simple("declaration_blank_line", append(declaration, b"\n"))
simple("declaration_third_line", append(declaration, b"Bag-Colour: red\n"))
simple("declaration_no_space", declared(b"Version: ", b"Version:"))
simple("declaration_two_spaces", declared(b"Version: ", b"Version:  "))
simple("declaration_label_case", declared(b"BagIt-Version", b"BagIt-version"))
simple("declaration_line_breaks", lambda folder: edit_lines(declaration(folder), lambda lines: [line + b"\r" for line in lines]))
simple("encoding_unknown", declared(b"UTF-8", b"UTF-99"))
simple("encoding_lower_case", declared(b"UTF-8", b"utf-8"))
simple("encoding_ascii_by_name_only", declared(b"UTF-8", b"US-ASCII"))


def encoded(name):
    """All tag files in another encoding, if it has all their characters."""

    def action(folder):
        paths = [*manifests(folder), *tag_manifests(folder), info(folder)]
        try:
            contents = [path.read_bytes().decode().encode(name) for path in paths]
        except UnicodeEncodeError:
            return
        for path, changed in zip(paths, contents):
            path.write_bytes(changed)
        declared(b"UTF-8", name.encode())(folder)

    return action


for known in ("ISO-8859-1", "UTF-16", "UTF-16LE", "windows-1252", "Shift_JIS"):
    simple(f"encoding_{known}", encoded(known))

# --- fetch.txt ---


def fetch(lines):
    return lambda folder: (folder / "fetch.txt").write_bytes(lines)


simple("fetch_empty", fetch(b""))
simple("fetch_not_listed", fetch(b"https://example.org/x 5 data/never-listed\n"))
simple("fetch_no_path", fetch(b"https://example.org/x 5\n"))
simple("fetch_no_scheme", fetch(b"example.org/x - data/x\n"))
simple("fetch_leaves_the_bag", fetch(b"https://example.org/x - ../x\n"))
simple("fetch_absolute", fetch(b"https://example.org/x - /x\n"))
simple("fetch_blank_line", fetch(b"\n"))


def fetch_existing(form):
    def action(folder):
        file = payload(folder)[0]
        name = file.relative_to(folder).as_posix().replace("\n", "%0A").replace("\r", "%0D")
        (folder / "fetch.txt").write_bytes(form.format(name=name, size=file.stat().st_size).encode())

    return action


simple("fetch_done", fetch_existing("https://example.org/x {size} {name}\n"))
simple("fetch_length_unknown", fetch_existing("https://example.org/x - {name}\n"))
simple("fetch_other_length", fetch_existing("https://example.org/x 999 {name}\n"))
simple("fetch_length_in_words", fetch_existing("https://example.org/x five {name}\n"))
simple("fetch_urn", fetch_existing("urn:isbn:1 - {name}\n"))
simple("fetch_twice", fetch_existing("https://example.org/x - {name}\nhttps://example.com/x - {name}\n"))
simple("fetch_tag_file", fetch(b"https://example.org/x - tags/about.md\n"))


@damage
def fetch_needed(folder, _generator):
    fetch_existing("https://example.org/x {size} {name}\n")(folder)
    payload(folder)[0].unlink()
