"""Build rules/keep/packages.txt and rules/keep/wordnet.txt: names of software, and of things in general.

    python tools/build_keep_lexicon.py --pypi RANKED.tsv --npm LOADS.tsv --debian AVAILABLE --wordnet FOLDER

RANKED.tsv has the columns name and rank among the most downloaded of PyPI, LOADS.tsv the columns name and downloads a
month of npm (header lines name them; other columns are ignored). AVAILABLE is the output of ``apt-cache dumpavail``,
FOLDER that of WordNet 3.0 with data.noun (package wordnet-base of Debian). Names that are everyday words, given names,
family names or cities are left out: a list must not free somebody's name because a package is called so.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from anonymizer.detection.rules import COUNTED, read_list, squash
from anonymizer.detection.student import FOLDER, LISTED, read_features

RULES = Path(__file__).parent.parent / "rules"
SECTIONS = frozenset(
    """
    database devel editors electronics graphics httpd interpreters java javascript kernel math net php python ruby rust
    science shells sound text utils vcs web
    """.split()  # noqa: SIM905
)
HEADER = """\
# Names of software packages: the most downloaded of PyPI and npm, programs and libraries of Debian in technical
# sections, without everyday words, given and family names and cities. Facts from package metadata.
# Made by tools/build_keep_lexicon.py.
"""
WORDNET_HEADER = """\
# Things that are written with a capital, and medicines: WordNet 3.0, Copyright 2006 by Princeton University, without
# persons, places, groups and single specimens, everyday words, given and family names and cities.
# Its licence is in WORDNET-LICENSE beside this file.
# Made by tools/build_keep_lexicon.py.
"""
# files of the lexicographers (lexnames(5WN)): acts, animals, artifacts, attributes, the body, cognition, communication,
# events, feelings, food, natural phenomena, plants, possession, processes, quantities, relations, shapes, states,
# substances
_THINGS = frozenset((4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 19, 20, 21, 22, 23, 24, 25, 26, 27))
# genera are called after people, and people after flowers
_SPECIES = (5, 20)
# {medicine, medication, medicament, medicinal drug}
_MEDICINE = "03740161"


def pypi(path: Path, most: int) -> list[str]:
    """The most downloaded names."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        rank = next(c for c in rows.fieldnames or () if c.startswith("rank"))
        return [row["name"] for row in rows if (row[rank] or "0").isdigit() and 0 < int(row[rank] or 0) <= most]


def debian(path: Path) -> list[str]:
    """Names of programs: no libraries, documentation, language bindings or data."""
    names = []
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if re.match(r"(Package|Section): ", line))
        if fields.get("Section", "").split("/")[-1] not in SECTIONS | {"libdevel"}:
            continue
        library = re.fullmatch(r"lib([a-z]{4,})[\d.]*-dev", fields["Package"])
        if library:
            names.append(library[1])
        elif re.fullmatch(r"[a-z][a-z0-9+]{3,}", fields["Package"]):
            names.append(fields["Package"])
    return [name for name in names if not name.startswith(("lib", "python3", "fonts", "node", "ruby"))]


def npm(path: Path, most: int) -> list[str]:
    """The most downloaded names without a scope."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        loads = next(c for c in rows.fieldnames or () if c.startswith("downloads"))
        pairs = [(int(row[loads] or 0), row["name"]) for row in rows if re.fullmatch(r"[a-z][a-z0-9.-]+", row["name"])]
    return [name for _, name in sorted(pairs, reverse=True)[:most]]


def wordnet(folder: Path) -> list[str]:
    """Words with a capital that are things, and all words for medicines; no instances, which are somebody."""
    synsets: dict[str, tuple[int, list[str], list[str], bool]] = {}
    for line in (folder / "data.noun").read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            continue
        fields = line.split("|")[0].split()
        count = int(fields[3], 16)
        words = [fields[4 + 2 * n].replace("_", " ") for n in range(count)]
        pointers = fields[5 + 2 * count :]
        above = [pointers[n + 1] for n in range(0, len(pointers) - 3, 4) if pointers[n] == "@"]
        synsets[fields[0]] = int(fields[1]), words, above, "@i" in pointers[::4]

    def medicine(synset: str, depth: int = 0) -> bool:
        return synset == _MEDICINE or (depth < 12 and any(medicine(up, depth + 1) for up in synsets[synset][2]))

    return [
        word
        for synset, (kind, words, _, instance) in synsets.items()
        if not instance and kind in _THINGS
        for word in words
        if (word[0].isupper() and (" " in word or kind not in _SPECIES)) or medicine(synset)
    ]


def without_people(names: Iterable[str], taken: set[str], people: Callable[[str], bool]) -> list[str]:
    """Terms of WordNet that are nobody's name, one a key; of several words only where not all are names."""
    kept: dict[str, str] = {}
    for name in names:
        words = [w.lower().removesuffix("'s") for w in re.split(r"[\s-]+", name)]
        key = squash(name)
        if len(key) < 3 or key in taken or not re.search(r"[a-z]", key) or all(people(word) for word in (*words, key)):
            continue
        if len(words) > 4 or (len(words) == 1 and people(words[0])):
            continue
        kept.setdefault(key, name)
    return sorted(kept.values())


def main() -> None:
    """Write the lists."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pypi", type=Path, required=True)
    parser.add_argument("--debian", type=Path, required=True)
    parser.add_argument("--npm", type=Path, required=True)
    parser.add_argument("--wordnet", type=Path, required=True)
    parser.add_argument("--most", type=int, default=5000, help="how many names of PyPI and of npm")
    a = parser.parse_args()
    features = read_features(FOLDER / "features.txt.gz")
    people = sum(1 << LISTED.index(name) for name in ("given", "family", "city", "country", "common"))
    curated = read_list(p for p in sorted((RULES / "keep").glob("*.txt")) if p.name not in COUNTED)
    kept: dict[str, str] = {}
    for name in [*pypi(a.pypi, a.most), *npm(a.npm, a.most), *debian(a.debian)]:
        plain = re.sub(r"^(?:python|py)[-_]|[-_.](?:python|py|js)$", "", name)
        parts = re.split(r"[-_.]", plain)
        key = squash(plain)
        if len(key) < 4 or len(parts) > 2 or key in curated or key.isdigit():
            continue
        if any(features.get(part, 0) & people for part in (*parts, key)):
            continue
        kept.setdefault(key, plain)
    things = without_people(wordnet(a.wordnet), {*curated, *kept}, lambda word: bool(features.get(word, 0) & people))
    (RULES / "keep" / "wordnet.txt").write_text(WORDNET_HEADER + "\n".join(things) + "\n", encoding="utf-8")
    print(f"{len(things)} things")
    lines = sorted(kept.values())
    (RULES / "keep" / "packages.txt").write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} names")


if __name__ == "__main__":
    main()
