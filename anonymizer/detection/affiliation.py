"""Which words tie an organization or a place to somebody here: "I joined", "we at", "grew up in"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from anonymizer.detection.rules import read_text
from anonymizer.detection.words import split
from anonymizer.errors import RulesError

_SENTENCE = re.compile(r"[.!?\n]")


class Affiliation:
    """Cues of rules/context/affiliation.LANG.txt."""

    def __init__(self, before: Iterable[tuple[str, ...]], after: Iterable[tuple[str, ...]]) -> None:
        self._before = frozenset(before)
        self._after = frozenset(after)
        self._reach = 5

    def ties(self, text: str, start: int, end: int) -> bool:
        """True when a cue stands near the passage, in its sentence."""
        return self.nearness(text, start, end) > 0

    def nearness(self, text: str, start: int, end: int) -> int:
        """2 when a cue touches the passage ("worked for the"), 1 when it stands near, in its sentence; else 0."""
        left = text[max(0, start - 70) : start]
        cut = [m.end() for m in _SENTENCE.finditer(left)]
        words = [w.lower for w in split(left[cut[-1] if cut else 0 :].replace("'", "").replace("’", ""))]
        words = words[-self._reach :]
        right = text[end : end + 60]
        stop = _SENTENCE.search(right)
        following = [
            w.lower for w in split((right[: stop.start()] if stop else right).replace("'", "").replace("’", ""))
        ][: self._reach]
        plain = words[:-1] if words[-1:] in _ARTICLES else words
        if any(tuple(plain[-n:]) in self._before for n in (1, 2, 3)) or any(
            tuple(following[:n]) in self._after for n in (1, 2, 3)
        ):
            return 2
        return int(_contains(words, self._before) or _contains(following, self._after))


_ARTICLES = (["the"], ["a"], ["an"])


def _contains(words: list[str], cues: frozenset[tuple[str, ...]]) -> bool:
    return any(tuple(words[i : i + n]) in cues for n in (1, 2, 3) for i in range(len(words) - n + 1))


def read_affiliation(paths: Iterable[Path]) -> Affiliation:
    """Read the cue files.

    Raises:
        RulesError: A line that begins with neither ``before:`` nor ``after:``, or with too many words.
    """
    cues: dict[str, list[tuple[str, ...]]] = {"before": [], "after": []}
    for path in paths:
        for number, raw in enumerate(read_text(path).split("\n"), 1):
            line = raw.strip()
            if not line or line.startswith("#"):
                continue
            side, colon, phrase = line.partition(":")
            words = tuple(w.lower for w in split(phrase.replace("'", "").replace("’", "")))
            if not colon or side not in cues or not 0 < len(words) <= 3:
                raise RulesError("not a cue", file=path, line=number, hint="before: or after:, then one to three words")
            cues[side].append(words)
    return Affiliation(cues["before"], cues["after"])
