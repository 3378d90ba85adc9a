"""More ways to damage a bag: names in several spellings, files of the operating system, white space in bagit.txt.

What is random in the damages of the other files depends on how many there are before them: these come last."""

import unicodedata

import damages
import damages_tags

@damages.damage
def system_file_in_payload(folder, _generator):
    (folder / "data" / ".DS_Store").write_bytes(b"attributes")


@damages.damage
def system_file_among_tags(folder, _generator):
    (folder / ".DS_Store").write_bytes(b"attributes")


def respelled(change):
    """Every manifest lists the files under another spelling as well, where there is one."""

    def action(folder):
        encoding = damages.encoding_of(folder)

        def both(lines):
            texts = [line.decode(encoding) for line in lines]
            others = [text[: text.index("data/")] + change(text[text.index("data/") :]) for text in texts]
            return [text.encode(encoding) for text in texts + [other for other in others if other not in texts]]

        damages.in_manifests(both)(folder)

    return action


damages.simple("two_normal_forms", respelled(lambda path: unicodedata.normalize("NFD", path)))
damages.simple("two_cases", respelled(lambda path: "data/" + path.removeprefix("data/").upper()))
damages.simple("two_percents", respelled(lambda path: path.replace("%", "%25")))
damages.simple("declaration_space_before_colon", damages_tags.declared(b"Version: ", b"Version : "))
