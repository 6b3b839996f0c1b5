"""Training text: gold turns as labelled passages, and what automatic captions make of them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from typing import Any

from synthetic import Labelled, Names, coin, strip_accents

Spans = list[tuple[int, int, str]]
_PUNCTUATION = re.compile(r"[.,!?;:\"“”…\[\]()—–]|(?<= )-{1,3}(?= )")
_CUT = re.compile(r"[.?!\n] ")
_PLAIN_NAME = re.compile(r"[^\W\d_]+([ '\-][^\W\d_]+)*")
_NO_NAME = frozenset(
    """
    old uncle mr ms mrs dr professor lady xiao de van von
    """.split()  # noqa: SIM905
)
LONGEST = 700


def label_of(entity: dict[str, Any]) -> str | None:
    """The student's label of a gold mark; None where nothing is to be learnt."""
    label, mask = entity["label"], entity["mask"]
    if label == "PERSON":
        if mask == "keep":
            return "TECH"
        # unique roles are marked as persons or ids in the gold
        return "ROLE" if entity["text"].split()[0].lower() in ("the", "our", "my") else "PERSON"
    if label == "ID":
        return "ID" if mask == "direct" else "ROLE"
    if label == "ORG":
        return "ORG" if mask != "keep" else "KORG"
    if label == "LOCATION":
        return "LOC" if mask != "keep" else "KLOC"
    if mask == "keep":
        return None if label == "DATE" else "TECH"
    return str(label)


def passages(documents: Sequence[dict[str, Any]]) -> Iterator[Labelled]:
    """Labelled passages of gold documents."""
    for document in documents:
        for index, turn in enumerate(document["turns"]):
            marks = [
                (e["start"], e["end"], label)
                for e in document["entities"]
                if e["turn"] == index and (label := label_of(e))
            ]
            yield from (p for p in cut(turn["text"], sorted(marks)) if p[0].strip())


def cut(text: str, spans: Spans, longest: int = LONGEST) -> Iterator[Labelled]:
    """Cut a long turn at ends of sentences that are not inside a name."""
    start = 0
    while len(text) - start > longest * 1.3:
        places = [start + longest // 2 + m.end() for m in _CUT.finditer(text[start + longest // 2 : start + longest])]
        places = [p for p in places if not any(a < p < b for a, b, _ in spans)]
        end = places[-1] if places else text.find(" ", start + longest)
        if end < 0 or any(a < end < b for a, b, _ in spans):
            break
        yield text[start:end], [(a - start, b - start, lab) for a, b, lab in spans if a >= start and b <= end]
        start = end
    yield text[start:], [(a - start, b - start, lab) for a, b, lab in spans if a >= start]


def lower(text: str) -> str:
    """Lower case that keeps offsets."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def without_punctuation(text: str, spans: Spans) -> Labelled:
    """As automatic captions have it; names stay whole."""
    inside = bytearray(len(text))
    for a, b, _ in spans:
        inside[a:b] = b"\1" * (b - a)
    kept: list[str] = []
    moved = [0] * (len(text) + 1)
    for i, char in enumerate(text):
        moved[i] = len(kept)
        within_word = 0 < i < len(text) - 1 and text[i - 1].isalnum() and text[i + 1].isalnum()
        if inside[i] or within_word or not _PUNCTUATION.match(text, i):
            kept.append(char)
    moved[len(text)] = len(kept)
    return "".join(kept), [(moved[a], moved[b], label) for a, b, label in spans]


class Variants:
    """Passages as they are, with other names, in lower case, without punctuation."""

    def __init__(self, names: Names, family: frozenset[str], given: frozenset[str], cities: list[str],
                 countries: list[str], tech: list[str]) -> None:  # fmt: skip
        self.names, self.family, self.given = names, family, given
        self.cities, self.countries, self.tech = cities, countries, tech

    def gold(self, passage: Labelled, rng: random.Random) -> Labelled:
        """A variant of a gold or silver passage: half of them in lower case."""
        text, spans = self._swapped(*passage, rng) if rng.random() < 0.7 else passage
        kind = rng.random()
        if kind < 0.45:
            return text, spans
        if kind < 0.55:
            return without_punctuation(text, spans)
        text = lower(text)
        return (text, spans) if kind < 0.8 else without_punctuation(text, spans)

    def made(self, passage: Labelled, rng: random.Random) -> Labelled:
        """A variant of a made-up passage."""
        text, spans = passage
        kind = rng.random()
        if kind > 0.5:
            text = lower(text)
        return without_punctuation(text, spans) if kind > 0.75 or kind < 0.1 else (text, spans)

    def _swapped(self, text: str, spans: Spans, rng: random.Random) -> Labelled:
        given: dict[str, str] = {}
        out, marks, position = "", [], 0
        origin = self.names.origin(rng)
        for a, b, label in spans:
            if a < position:
                continue
            old = text[a:b]
            new = self._new(old, label, origin, given, rng)
            out += text[position:a]
            marks.append((len(out), len(out) + len(new), label))
            out += new
            position = b
        return out + text[position:], marks

    def _new(self, old: str, label: str, origin: str, given: dict[str, str], rng: random.Random) -> str:
        chance = rng.random()
        if label == "PERSON" and chance < 0.5 and _PLAIN_NAME.fullmatch(old) and old.count(" ") < 3:
            return " ".join(self._name(word, k, old, origin, given, rng) for k, word in enumerate(old.split(" ")))
        if label in ("LOC", "KLOC") and chance < 0.3 and old[:1].isupper():
            return given.setdefault(old, rng.choice(self.cities if rng.random() < 0.8 else self.countries))
        if label == "ORG" and chance < 0.25:
            new = given.setdefault(old, coin(rng))
            return new.lower() if old.islower() else new
        if label == "TECH" and chance < 0.2:
            new = rng.choice(self.tech)
            return new.lower() if old.islower() else new
        if label == "DATE" and chance < 0.5 and re.fullmatch(r"(19|20)\d\d", old):
            return str(rng.randint(1960, 2025))
        return old

    def _name(self, word: str, k: int, whole: str, origin: str, given: dict[str, str], rng: random.Random) -> str:
        if word in given:
            return given[word]
        if word.lower() in _NO_NAME:
            return word
        last = k > 0 or (" " not in whole and word.lower() in self.family and word.lower() not in self.given)
        new = rng.choice((self.names.family if last else self.names.given)[origin])
        if rng.random() < 0.4:
            new = strip_accents(new)
        given[word] = new.lower() if word.islower() else new
        return given[word]
