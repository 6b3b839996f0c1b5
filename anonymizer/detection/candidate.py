"""Candidate: a passage that a recognizer saw, before anything is judged. Holds offsets and labels, no text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from anonymizer.detection.finding import EntityType, Source

VERSION = 1


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """A passage of a turn that a recognizer saw.

    Attributes:
        turn: Index of the turn.
        start: First code point in the folded text of the turn.
        end: One past the last.
        entity_type: What the recognizer takes it for.
        score: The recognizer's confidence, 0 to 1.
        source: Which kind of recognizer.
        label: Finer label of the recognizer, such as ``GPE`` or the name of a pattern.
        hide: How likely it is about somebody here, 0 to 1, where the recognizer knows; -1 where it does not.
    """

    turn: int
    start: int
    end: int
    entity_type: EntityType
    score: float
    source: Source
    label: str = ""
    hide: float = -1.0


def dump(candidates: Sequence[Candidate]) -> list[list[Any]]:
    """For a cache: JSON values without text."""
    return [
        [c.turn, c.start, c.end, c.entity_type, round(c.score, 4), c.source, c.label, round(c.hide, 4)]
        for c in candidates
    ]


def restore(rows: Sequence[Sequence[Any]]) -> tuple[Candidate, ...]:
    """Inverse of :func:`dump`.

    Raises:
        ValueError: Not such rows.
    """
    try:
        return tuple(Candidate(*row) for row in rows)
    except TypeError:
        raise ValueError("not candidates") from None
