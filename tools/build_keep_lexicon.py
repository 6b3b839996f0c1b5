"""Build rules/keep/packages.txt from the names of widely used software packages.

    python tools/build_keep_lexicon.py --pypi RANKED.tsv --debian AVAILABLE

RANKED.tsv has the columns name and rank among the most downloaded of PyPI (a header line names them; other columns
are ignored). AVAILABLE is the output of ``apt-cache dumpavail``. Names that are everyday words, given names, family
names or cities are left out: a list must not free somebody's name because a package is called so.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from anonymizer.detection.rules import read_list, squash
from anonymizer.detection.student import FOLDER, LISTED, read_features

RULES = Path(__file__).parent.parent / "rules"
SECTIONS = frozenset(
    """
    database devel editors electronics graphics httpd interpreters java javascript kernel math net php python ruby rust
    science shells sound text utils vcs web
    """.split()  # noqa: SIM905
)
HEADER = """\
# Names of software packages: the most downloaded of PyPI and programs of Debian 13 in technical sections, without
# everyday words, given and family names and cities. Facts from package metadata.
# Made by tools/build_keep_lexicon.py.
"""


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
        if fields.get("Section", "").split("/")[-1] in SECTIONS and re.fullmatch(
            r"[a-z][a-z0-9+]{3,}", fields["Package"]
        ):
            names.append(fields["Package"])
    return [name for name in names if not name.startswith(("lib", "python3", "fonts", "node", "ruby"))]


def main() -> None:
    """Write the list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pypi", type=Path, required=True)
    parser.add_argument("--debian", type=Path, required=True)
    parser.add_argument("--most", type=int, default=5000, help="how many names of PyPI")
    a = parser.parse_args()
    features = read_features(FOLDER / "features.txt.gz")
    people = sum(1 << LISTED.index(name) for name in ("given", "family", "city", "country", "common"))
    curated = read_list(p for p in sorted((RULES / "keep").glob("*.txt")) if p.name != "packages.txt")
    kept: dict[str, str] = {}
    for name in [*pypi(a.pypi, a.most), *debian(a.debian)]:
        plain = re.sub(r"^(?:python|py)[-_]|[-_](?:python|py)$", "", name)
        parts = re.split(r"[-_.]", plain)
        key = squash(plain)
        if len(key) < 4 or len(parts) > 2 or key in curated or key.isdigit():
            continue
        if any(features.get(part, 0) & people for part in (*parts, key)):
            continue
        kept.setdefault(key, plain)
    lines = sorted(kept.values())
    (RULES / "keep" / "packages.txt").write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} names")


if __name__ == "__main__":
    main()
