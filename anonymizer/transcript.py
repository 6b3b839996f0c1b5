"""Transcript, Turn, Speaker: the values that every stage passes on.

The canonical transcript is JSON, read verbatim, text untouched::

    {"turns": [{"speaker": "Interviewer", "text": "...", "start": 1.2, "end": 3.4}, ...]}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["interviewer", "participant", "other", "unknown"]


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker says until another speaks.

    Attributes:
        index: Position in the transcript, from 0.
        speaker: The label as received, or None.
        text: What was said; offsets everywhere are Unicode code points into this string.
        start: Seconds from the beginning of the recording, or None.
        end: Seconds, or None.
    """

    index: int
    speaker: str | None = field(repr=False)
    text: str = field(repr=False)
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """A received transcript, with nothing of the received file but its turns.

    Attributes:
        name: Stem of the received file. It may hold a person's name: not for logs.
        turns: At least one.
        format: Which reader read it, such as ``webvtt`` or ``docx``.
    """

    name: str = field(repr=False)
    turns: tuple[Turn, ...] = field(repr=False)
    format: str = "json"

    @property
    def labels(self) -> tuple[str, ...]:
        """Speaker labels in order of first appearance."""
        return tuple(dict.fromkeys(t.speaker for t in self.turns if t.speaker is not None))

    @property
    def words(self) -> int:
        """Number of white-space separated words."""
        return sum(len(t.text.split()) for t in self.turns)

    def __iter__(self) -> Iterator[Turn]:
        return iter(self.turns)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who a speaker label stands for.

    Attributes:
        label: As in the transcript.
        role: What the person does in the interview.
        code: ``P07``, ``I1`` ..., or None when nobody tied the label to a person.
    """

    label: str = field(repr=False)
    role: Role
    code: str | None = None
