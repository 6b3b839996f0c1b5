"""Planting: how much of what is certainly there does this study's detection find, in this study's own talk?

Invented identifiers of every kind are put, in memory only, into copies of the received transcripts: between sentences
of turns chosen at random, once as written and once with the whole transcript made to look like automatic captions
(lower case, no punctuation). The detection runs over the copies as over any transcript. Nothing is written but counts.

What it measures is this: mentions in plain sentences with a cue. It says little about what people really say without
one, so the figure is an upper limit of how good the detection is and never printed as more.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from anonymizer.errors import RulesError
from anonymizer.resources import rule_files
from anonymizer.transcript import Transcript

# kind of plant -> (entity type, words for people)
KINDS: Mapping[str, tuple[str, str]] = {
    "person-full": ("PERSON", "full name"),
    "person-given": ("PERSON", "first name"),
    "person-title": ("PERSON", "last name after a title"),
    "person-again": ("PERSON", "first name, said again later"),
    "organization": ("ORGANIZATION", "employer or school"),
    "place": ("LOCATION", "place tied to the speaker"),
    "product": ("PRODUCT", "own product"),
    "date-of-birth": ("DATE", "date of birth"),
    "age": ("AGE", "age"),
    "email": ("EMAIL", "e-mail, written"),
    "email-spoken": ("EMAIL", "e-mail, said aloud"),
    "phone": ("PHONE", "telephone, in digits"),
    "phone-spoken": ("PHONE", "telephone, said aloud"),
    "url": ("URL", "web address"),
    "handle": ("HANDLE", "account name"),
    "address": ("ADDRESS", "street address"),
    "id": ("ID", "staff or badge number"),
}
STYLES = ("written", "captions")
_LISTS = ("given", "surname", "organization", "place", "product", "street", "handle", "domain")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DIGITS = ("oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy")


@dataclass(frozen=True, slots=True)
class PlantRules:
    """Lists of invented names, and sentences with ``{}`` for each kind."""

    lists: Mapping[str, tuple[str, ...]]
    sentences: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Plant:
    """Where an invented identifier stands in a planted copy."""

    turn: int
    start: int
    end: int
    kind: str
    style: str


@dataclass(frozen=True, slots=True)
class Planted:
    """A copy of a transcript with plants. Never written anywhere."""

    transcript: Transcript = field(repr=False)
    plants: tuple[Plant, ...] = ()


@dataclass(frozen=True, slots=True)
class Recall:
    """What became of the plants of one kind in one style.

    Attributes:
        kind: Key of :data:`KINDS`.
        style: ``written`` or ``captions``.
        planted: How many.
        hidden: Wholly replaced.
        partly: Some of it left.
    """

    kind: str
    style: str
    planted: int
    hidden: int
    partly: int

    @property
    def through(self) -> int:
        """How many came through, wholly or in part."""
        return self.planted - self.hidden


def load_plants(overlay: Path | None = None) -> PlantRules:
    """Read ``rules/plant.yaml``, or the study's own.

    Raises:
        RulesError: Not as documented in the shipped file.
    """
    found = rule_files("plant.yaml", overlay)
    if not found:
        raise RulesError("rules/plant.yaml is missing")
    return parse_plants(found[-1].read_bytes(), found[-1].name)


def parse_plants(data: bytes, file: str = "plant.yaml") -> PlantRules:
    """Read the rules from a file's bytes.

    Raises:
        RulesError: Not YAML; a list is missing, empty or holds something else than words; a sentence without ``{}``.
    """
    import yaml

    try:
        document: Any = yaml.safe_load(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise RulesError("not UTF-8", file=file) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise RulesError("not YAML", file=file, line=None if mark is None else mark.line + 1) from None
    except (ValueError, RecursionError):
        raise RulesError("not YAML", file=file) from None
    if not isinstance(document, dict) or document.get("version") != 1:
        raise RulesError("starts with version: 1", file=file)
    if set(document) != {"version", "sentences", *_LISTS}:
        raise RulesError("has other keys than it should", file=file, hint=", ".join((*_LISTS, "sentences")))
    sentences = document["sentences"]
    if not isinstance(sentences, dict) or set(sentences) != set(KINDS):
        raise RulesError("sentences has other kinds than it should", file=file, hint=", ".join(KINDS))
    lists = {name: _words(document[name], name, file) for name in _LISTS}
    carriers = {kind: _words(sentences[kind], kind, file) for kind in KINDS}
    if any(sentence.count("{}") != 1 for group in carriers.values() for sentence in group):
        raise RulesError("a sentence without exactly one {}", file=file)
    return PlantRules(lists, carriers)


def _words(value: Any, name: str, file: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(v, str) and v.strip() for v in value):
        raise RulesError(f"{name} is not a list of words", file=file)
    return tuple(value)


def plant(
    transcripts: Sequence[Transcript], rules: PlantRules, *, per_kind: int = 20, seed: bytes, avoid: Iterable[str] = ()
) -> tuple[Planted, ...]:
    """Copies with about ``per_kind`` plants of each kind in each style, spread over the transcripts.

    Args:
        transcripts: Received ones.
        rules: Names and sentences.
        per_kind: How many of each kind and style.
        seed: Of all choices.
        avoid: Words that are not used as plants, compared without case: known originals. Words of the transcripts
            themselves are avoided too.
    """
    source = random.Random(seed)  # noqa: S311 - choices of a measurement, no secret
    usable = [t for t in transcripts if any(turn.text.strip() for turn in t)]
    if not usable:
        return ()
    taken = {w for text in avoid for w in re.findall(r"\w+", text.casefold())}
    for transcript in usable:
        for turn in transcript:
            taken.update(re.findall(r"\w+", turn.text.casefold()))
    copies = []
    for style in STYLES:
        wanted: list[list[str]] = [[] for _ in usable]
        for kind in KINDS:
            if kind == "person-again":
                continue
            first = source.randrange(len(usable))
            for i in range(per_kind):
                wanted[(first + i) % len(usable)].append(kind)
        for transcript, kinds in zip(usable, wanted, strict=True):
            copies.append(_copy(transcript, kinds, _Maker(rules, source, taken), style))
    return tuple(copies)


class _Maker:
    """Makes identifiers; within one transcript a name is used again only when the list is used up."""

    def __init__(self, rules: PlantRules, source: random.Random, taken: set[str]) -> None:
        self.rules = rules
        self.source = source
        self._lists = {
            name: [v for v in values if not set(re.findall(r"\w+", v.casefold())) & taken] or list(values)
            for name, values in rules.lists.items()
        }
        self._queues: dict[str, list[str]] = {}

    def pick(self, name: str) -> str:
        """The next word of a list, in random order."""
        if not self._queues.get(name):
            self._queues[name] = self.source.sample(self._lists[name], len(self._lists[name]))
        return self._queues[name].pop()

    def sentence(self, kind: str) -> str:
        """A sentence with ``{}``; a title stands before it and is no part of what must be hidden."""
        sentence = self.source.choice(self.rules.sentences[kind])
        title = self.source.choice(("Dr.", "Professor", "Mrs."))
        return sentence.replace("{}", f"{title} {{}}") if kind == "person-title" else sentence

    def value(self, kind: str) -> str:
        """An invented identifier."""
        number, pick = self.source.randrange, self.pick
        digits = f"{number(200, 990)}{number(200, 990)}{number(1000, 9999)}"
        match kind:
            case "person-full":
                return f"{pick('given')} {pick('surname')}"
            case "person-given":
                return pick("given")
            case "person-title":
                return pick("surname")
            case "organization" | "place" | "product" | "handle":
                return pick(kind)
            case "date-of-birth":
                return f"{self.source.choice(_MONTHS)} {number(1, 29)}, {number(1950, 2003)}"
            case "age":
                age = number(23, 78)
                return self.source.choice((str(age), _TENS[age // 10] + (f"-{_DIGITS[age % 10]}" if age % 10 else "")))
            case "email":
                return f"{pick('given')}.{pick('surname')}@{pick('domain')}".lower()
            case "email-spoken":
                return f"{pick('given')} dot {pick('surname')} at {pick('domain').replace('.', ' dot ')}".lower()
            case "phone":
                return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
            case "phone-spoken":
                return " ".join(_DIGITS[int(d)] for d in digits)
            case "url":
                return f"www.{pick('domain')}/{pick('surname')}".lower()
            case "address":
                return f"{number(2, 980)} {pick('street')}"
            case _:
                return f"{self.source.choice('ABCDEFGH')}{number(10000, 99999)}"


class _Page:
    """A transcript's texts while plants are put in."""

    def __init__(self, texts: list[str], style: str, source: random.Random) -> None:
        self.texts = texts
        self.style = style
        self.source = source
        # what is lower case without punctuation stays so: a sentence with capitals would stand out
        self.plain = style == "captions" or not any(c.isupper() for text in texts for c in text)
        self.plants: list[Plant] = []

    def insert(self, where: int, kind: str, sentence: str, value: str) -> None:
        """Put a sentence between two sentences of a turn, and move the plants behind it."""
        if self.plain:
            sentence, value = _caption(sentence.replace("{}", "\0")).replace("\0", "{}"), _caption(value, kind)
        text = self.texts[where]
        gaps = [] if self.plain else [match.end() for match in re.finditer(r"[.!?]\s+", text)]
        # "Dr. Dlamini" is not the end of a sentence
        gaps = [g for g in gaps if not any(p.turn == where and p.start <= g < p.end for p in self.plants)]
        at = self.source.choice([*gaps, len(text)])
        before = "" if at == 0 or text[at - 1].isspace() else " "
        head, _, tail = sentence.partition("{}")
        start = at + len(before) + len(head)
        piece = before + head + value + tail + ("" if at == len(text) else " ")
        self.texts[where] = text[:at] + piece + text[at:]
        self.plants = [
            replace(p, start=p.start + len(piece), end=p.end + len(piece)) if p.turn == where and p.start >= at else p
            for p in self.plants
        ]
        self.plants.append(Plant(where, start, start + len(value), kind, self.style))


def _copy(transcript: Transcript, kinds: Sequence[str], maker: _Maker, style: str) -> Planted:
    source = maker.source
    page = _Page([_caption(t.text) if style == "captions" else t.text for t in transcript], style, source)
    # short turns ("Right.") are answers to nothing: a sentence with a name would stand out
    places = [i for i, text in enumerate(page.texts) if len(text.split()) >= 4]
    places = places or [i for i, text in enumerate(page.texts) if text.strip()] or [0]
    for kind in kinds:
        where = source.choice(places)
        value = maker.value(kind)
        page.insert(where, kind, maker.sentence(kind), value)
        if kind == "person-full":
            later = [i for i in places if i > where] or [where]
            page.insert(source.choice(later), "person-again", maker.sentence("person-again"), value.split()[0])
    turns = tuple(replace(turn, text=text) for turn, text in zip(transcript, page.texts, strict=True))
    plants = tuple(sorted(page.plants, key=lambda p: (p.turn, p.start)))
    return Planted(Transcript(transcript.name, turns, transcript.format), plants)


def _caption(text: str, kind: str = "") -> str:
    """As automatic captions have it: lower case, without punctuation but apostrophes and what stands inside words."""
    text = text.lower()
    if kind in ("email", "url", "phone", "handle"):
        return text
    text = re.sub(r"(?<!\w)[^\w\s\0@']+|[^\w\s\0']+(?!\w)", "", text)
    return " ".join(text.split())


def measure(
    planted: Iterable[Planted], hide: Callable[[Transcript], Iterable[tuple[int, int, int]]]
) -> tuple[Recall, ...]:
    """Run something that hides over the copies and count what it hid.

    Args:
        planted: Copies.
        hide: Transcript -> (turn, start, end) of everything that would be replaced.
    """
    counts: dict[tuple[str, str], list[int]] = {}
    for copy in planted:
        covered: dict[int, set[int]] = {}
        for turn, start, end in hide(copy.transcript):
            covered.setdefault(turn, set()).update(range(start, end))
        for p in copy.plants:
            text = copy.transcript.turns[p.turn].text
            letters = [i for i in range(p.start, p.end) if text[i].isalnum()]
            hit = sum(i in covered.get(p.turn, ()) for i in letters)
            row = counts.setdefault((p.kind, p.style), [0, 0, 0])
            row[0] += 1
            row[1] += hit == len(letters)
            row[2] += 0 < hit < len(letters)
    return tuple(
        Recall(kind, style, *counts[kind, style]) for kind in KINDS for style in STYLES if (kind, style) in counts
    )
