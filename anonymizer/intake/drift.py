"""Speaker labels over all received files: how often, in which files, and which may be the same person.

A service writes "JOHN SMITH" in one file, "John" in the next and "Speaker 1" in a third. Nothing is joined here; what
may belong together is said, and a person decides once for the whole study.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from anonymizer.intake.labels import is_phone, is_role
from anonymizer.transcript import Transcript

_NEAR = 88
_SHORTEST = 5


@dataclass(frozen=True, slots=True)
class Label:
    """A speaker label of the study.

    Attributes:
        text: As in the files.
        files: File names in which it occurs, in order.
        turns: Number of turns.
        words: Number of words said.
        same_as: Labels that may be the same person, in order of first appearance.
        generic: True for what names a part ("Speaker 1", "INT") or a telephone, not a person.
    """

    text: str = field(repr=False)
    files: tuple[str, ...] = field(repr=False)
    turns: int
    words: int
    same_as: tuple[str, ...] = field(default=(), repr=False)
    generic: bool = False


def count(transcripts: Iterable[tuple[str, Transcript]]) -> tuple[Label, ...]:
    """Labels in order of first appearance.

    Args:
        transcripts: (file name, transcript); one pass, one transcript in memory at a time.
    """
    files: dict[str, list[str]] = {}
    turns: dict[str, int] = {}
    words: dict[str, int] = {}
    for name, transcript in transcripts:
        for turn in transcript:
            if turn.speaker is None:
                continue
            seen = files.setdefault(turn.speaker, [])
            if name not in seen:
                seen.append(name)
            turns[turn.speaker] = turns.get(turn.speaker, 0) + 1
            words[turn.speaker] = words.get(turn.speaker, 0) + len(turn.text.split())
    same = drift(list(files))
    return tuple(
        Label(label, tuple(files[label]), turns[label], words[label], same[label], is_role(label) or is_phone(label))
        for label in files
    )


def drift(labels: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Which labels may be the same person: case and accents aside, in another order, shortened, or misspelt.

    A shortened form that fits two people ("John" beside "John Ode" and "John Reed") is said to be either's, and those
    two stay apart.
    """
    keys = {label: _tokens(label) for label in labels}
    return {
        label: tuple(
            other
            for other in labels
            if other != label and keys[label] and keys[other] and _near(keys[label], keys[other])
        )
        for label in labels
    }


def _tokens(label: str) -> tuple[str, ...]:
    if is_role(label) or is_phone(label):
        # "Speaker 1" of one file is not "Speaker 1" of another
        return ()
    plain = "".join(c for c in unicodedata.normalize("NFKD", label).casefold() if not unicodedata.combining(c))
    plain = "".join(c if c.isalnum() else " " for c in plain.replace("'", "").replace("’", ""))
    return tuple(sorted(w for w in plain.split() if w not in ("dr", "prof", "mr", "mrs", "ms", "he", "she", "they")))


def _near(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    if a == b or "".join(a) == "".join(b):
        return True
    few, many = sorted((a, b), key=len)
    if all(_matches(word, many) for word in few) and any(len(word) > 1 for word in few):
        return len(few) < len(many) or any(len(w) == 1 for w in (*few, *many))
    if min(len("".join(a)), len("".join(b))) < _SHORTEST:
        return False
    from rapidfuzz.fuzz import ratio

    return ratio(" ".join(a), " ".join(b)) >= _NEAR


def _matches(word: str, words: tuple[str, ...]) -> bool:
    return word in words or (len(word) == 1 and any(w.startswith(word) for w in words)) or (
        any(len(w) == 1 and word.startswith(w) for w in words)
    )  # fmt: skip


def unanimous(maps: Iterable[Iterable[tuple[str, str, str]]]) -> dict[str, tuple[str, str]]:
    """What the speaker maps of all transcripts agree on: label -> (role, code).

    So a label needs to be decided once: files that are received later follow. A label that names a part
    ("Participant") keeps its role only, since it is another person in each file; interviewers keep their code.

    Args:
        maps: (label, role, code) rows of each transcript's link.
    """
    found: dict[str, set[tuple[str, str]]] = {}
    for rows in maps:
        for label, role, code in rows:
            keep = not is_role(label) or role == "interviewer"
            found.setdefault(label, set()).add((role, code if keep else ""))
    return {label: next(iter(values)) for label, values in found.items() if len(values) == 1}
