"""What the other forms of a transcript say of a form: those that share a word with it, and those in the same turns."""

from __future__ import annotations

import bisect
import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from anonymizer.detection.candidate import Candidate
from anonymizer.detection.student import KEPT

FORM_FIGURES = ("extent", "rank", "alike_hide", "alike_person", "near_hide", "near_keep", "near_time")
OWN_FIGURES = ("beside_hide", "beside_keep", "beside_time")
# of which a turn says that it is about somebody's life
_TIME = ("DATE", "AGE")


class Mention(NamedTuple):
    """A candidate with what the student says of it.

    Attributes:
        candidate: The passage.
        chances: Label -> chance.
        hide: Chance of all labels that are hidden.
        keep: Chance of all that are kept.
    """

    candidate: Candidate
    chances: Mapping[str, float]
    hide: float
    keep: float


def mention(candidate: Candidate, chances: Mapping[str, float]) -> Mention:
    """A candidate with the sums of its chances."""
    keep = sum(v for label, v in chances.items() if label in KEPT)
    return Mention(candidate, chances, sum(chances.values()) - keep, keep)


@dataclass(frozen=True, slots=True)
class _Form:
    count: int
    hide: float
    person: float


class Neighbours:
    """Figures of forms beside the others of their transcript.

    Args:
        groups: Form -> its mentions.
        turns: How many there are.
        common: Everyday words: that two forms share one says nothing.
    """

    def __init__(self, groups: Mapping[str, Sequence[Mention]], turns: int, common: Collection[str]) -> None:
        self._turns = max(1, turns)
        self._forms: dict[str, _Form] = {}
        self._by_word: dict[str, list[str]] = defaultdict(list)
        # count, hide, keep, time: of a turn, and of a form in it. Differences, since a turn may hold thousands
        self._in_turn: dict[int, list[float]] = defaultdict(lambda: [0.0] * 4)
        self._own: dict[tuple[int, str], list[float]] = defaultdict(lambda: [0.0] * 4)
        for key, mentions in groups.items():
            hides = []
            person = 0.0
            for candidate, chances, hide, keep in mentions:
                time = sum(chances.get(label, 0.0) for label in _TIME)
                hides.append(hide)
                person += chances.get("PERSON", 0.0)
                for row in (self._in_turn[candidate.turn], self._own[candidate.turn, key]):
                    for i, value in enumerate((1.0, hide - time, keep, time)):
                        row[i] += value
            self._forms[key] = _Form(len(hides), sum(hides) / len(hides), person / len(hides))
            for word in set(key.split()):
                if len(word) > 2 and word not in common:
                    self._by_word[word].append(key)
        self._counts = sorted(form.count for form in self._forms.values())

    def of_form(self, key: str, mentions: Sequence[Mention]) -> dict[str, float]:
        """FORM_FIGURES of a form."""
        alike = [self._forms[k] for word in set(key.split()) for k in self._by_word.get(word, ()) if k != key]
        numbers = [m.candidate.turn for m in mentions]
        beside = [self.of_mention(key, number) for number in numbers]
        count = len(numbers)
        return {
            "extent": (max(numbers) - min(numbers)) / self._turns,
            "rank": math.log(1 + len(self._counts) - bisect.bisect_right(self._counts, count)),
            "alike_hide": max((form.hide for form in alike), default=0.0),
            "alike_person": max((form.person for form in alike), default=0.0),
            **{f"near_{name}": sum(b[f"beside_{name}"] for b in beside) / count for name in ("hide", "keep", "time")},
        }

    def of_mention(self, key: str, turn: int) -> dict[str, float]:
        """OWN_FIGURES of a mention in a turn: the mean over what else is in it, drawn towards nothing."""
        count, hide, keep, time = (
            max(0.0, a - b) for a, b in zip(self._in_turn[turn], self._own[turn, key], strict=True)
        )
        return {"beside_hide": hide / (1 + count), "beside_keep": keep / (1 + count), "beside_time": time / (1 + count)}
