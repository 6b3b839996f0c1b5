"""The wider picture: what a reader of the outputs would know about one participant together, and who stands out by it.

Shown on the local page only: it holds values. Reports print counts.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from anonymizer.pseudonyms.generalize import marker
from anonymizer.review.after import replaced
from anonymizer.review.desk import Desk
from anonymizer.review.leftover import everyday
from anonymizer.review.session import Session
from anonymizer.review.texts import shown
from anonymizer.review.wording import TYPES

K = 3
LARGEST = 3
# a kept technical name or a relative time says nothing about a person
_NOT_ABOUT = ("technical", "relative")
# a name of somebody, and what is removed, is no attribute of the participant
_ATTRIBUTES = ("ROLE", "LOCATION", "ORGANIZATION", "AGE", "DATE", "OTHER")


@dataclass(frozen=True, slots=True)
class Trait:
    """One thing that the outputs say.

    Attributes:
        entity_type: What it is.
        value: As the reader sees it.
        action: What was done: ``keep`` shows the words themselves.
        context: As judged.
        places: (transcript, mention id), in order.
    """

    entity_type: str
    value: str = field(repr=False)
    action: str = "keep"
    context: str = ""
    places: tuple[tuple[str, str], ...] = ()

    @property
    def word(self) -> str:
        """The type in words."""
        return TYPES[self.entity_type][2]

    @property
    def about(self) -> bool:
        """It tells something about the participant, and not about the world."""
        if self.context == "general" or self.entity_type not in _ATTRIBUTES or self.value == marker(self.entity_type):
            return False
        return self.action in ("keep", "generalize")


@dataclass(frozen=True, slots=True)
class Passage:
    """Talk that identifies or is sensitive and still stands."""

    transcript: str
    spot: str
    why: str
    words: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything about one participant, or one transcript when nobody is tied to it."""

    name: str
    transcripts: tuple[tuple[str, str], ...]
    traits: tuple[Trait, ...]
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Small:
    """A combination that fewer than k participants share.

    Attributes:
        parts: (type in words, value).
        who: Their names.
    """

    parts: tuple[tuple[str, str], ...] = field(repr=False)
    who: tuple[str, ...] = ()


def people(session: Session) -> dict[str, list[Desk]]:
    """Participants by code and their transcripts; a transcript without a code stands for itself."""
    result: dict[str, list[Desk]] = {}
    for desk in session.desks():
        code = desk.machine.code.rpartition("-")[0] or desk.machine.code or desk.transcript
        result.setdefault(code, []).append(desk)
    return dict(sorted(result.items()))


def traits(session: Session, desks: Iterable[Desk]) -> tuple[Trait, ...]:
    """Distinct things that the outputs of some transcripts say, those that most likely identify first."""
    found: dict[tuple[str, str, str, str], list[tuple[str, str]]] = {}
    for desk in desks:
        new = {r.decision: r.text for r in replaced(session, desk)}
        for m in desk.view.ordered():
            d = m.decision
            if d.action == "remove" or d.context in _NOT_ABOUT or d.entity_type == "TECHNOLOGY":
                continue
            value = shown(new.get(m.id, desk.form(m.id)))
            found.setdefault((d.entity_type, value, d.action, d.context), []).append((desk.transcript, m.id))
    result = [Trait(*key, tuple(places)) for key, places in found.items()]
    order = {"situation": 0, "direct": 1, "tied": 2, "general": 3}
    return tuple(
        sorted(result, key=lambda t: (t.action != "keep", order.get(t.context, 4), t.entity_type, t.value.casefold()))
    )


def picture(session: Session, name: str) -> Picture:
    """The page of one participant.

    Raises:
        KeyError: Nobody is called so.
    """
    desks = people(session)[name]
    rules = everyday(session.study.settings.detection.language, session.study.rules).sensitive
    passages = []
    for desk in desks:
        for turn in desk.content:
            hidden = [
                (m.decision.start, m.decision.end) for m in desk.view.in_turn(turn.index) if m.decision.action != "keep"
            ]
            for hit in rules.hits(turn.text):
                if not any(a <= hit.start and hit.end <= b for a, b in hidden):
                    spot = f"{turn.index}:{hit.start}-{hit.end}"
                    passages.append(Passage(desk.transcript, spot, hit.why, shown(turn.text[hit.start : hit.end])))
    return Picture(name, tuple((d.transcript, d.name) for d in desks), traits(session, desks), tuple(passages))


def small_combinations(holders: Mapping[str, Iterable[tuple[str, str]]], k: int = K) -> list[Small]:
    """Smallest combinations of attributes that fewer than ``k`` participants hold.

    A combination is listed only if none of its parts is small already: the pair says nothing new where one value
    alone singles out the person.

    Args:
        holders: Participant -> (type, value) pairs.
        k: Least number of participants that should share a combination.
    """
    items: dict[tuple[str, str], frozenset[str]] = {}
    for name, pairs in holders.items():
        for pair in set(pairs):
            items[pair] = items.get(pair, frozenset()) | {name}
    result: list[Small] = []
    large: dict[tuple[tuple[str, str], ...], frozenset[str]] = {
        (pair,): who for pair, who in sorted(items.items()) if len(who) >= k
    }
    result += [Small((pair,), tuple(sorted(who))) for pair, who in sorted(items.items()) if len(who) < k]
    level = large
    for _ in range(LARGEST - 1):
        following: dict[tuple[tuple[str, str], ...], frozenset[str]] = {}
        for combination, pair in itertools.product(level, sorted(items)):
            if pair <= combination[-1] or (pair,) not in large:
                continue
            parts = (*combination, pair)
            if any(tuple(p for p in parts if p != left) not in level for left in parts):
                continue
            who = level[combination] & items[pair]
            if len(who) >= k:
                following[parts] = who
            elif who:
                result.append(Small(parts, tuple(sorted(who))))
        level = following
    return sorted(result, key=lambda s: (len(s.parts), len(s.who), s.parts))


def attributes(session: Session) -> dict[str, list[tuple[str, str]]]:
    """What each participant's outputs say about them: (type in words, value)."""
    return {
        name: [(t.word, t.value.casefold()) for t in traits(session, desks) if t.about]
        for name, desks in people(session).items()
    }
