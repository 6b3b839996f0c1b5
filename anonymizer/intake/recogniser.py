"""What the readers of speech recognisers' JSON share: numbers, labels, and words to cues."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from anonymizer.intake.cues import Cue
from anonymizer.intake.source import Source
from anonymizer.intake.text import one_line

_PAUSE = 0.7


@dataclass(frozen=True, slots=True)
class Word:
    """A recognised word or punctuation mark.

    Attributes:
        text: As recognised.
        speaker: Label or None.
        start: Seconds or None.
        end: Seconds or None.
        attached: True for punctuation that follows without a space.
    """

    text: str = field(repr=False)
    speaker: str | None = field(repr=False)
    start: float | None = None
    end: float | None = None
    attached: bool = False


def number(source: Source, value: Any, index: int, scale: float = 1.0) -> float | None:
    """Seconds of a number, or of a string of one as AWS writes it; None stays None.

    Raises:
        IntakeError: Neither.
    """
    if value is None or value == "":
        return None
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError
        result = float(value) * scale
        if not 0 <= result < 1e7:
            raise ValueError
    except (ValueError, OverflowError):
        source.refuse("a time that is not understood", turn=index)
    return round(result, 3)


def label(source: Source, value: Any, index: int, prefix: str = "Speaker ") -> str | None:
    """A speaker label; numbers become ``Speaker 0``; nothing becomes None.

    Raises:
        IntakeError: Neither string nor whole number.
    """
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{prefix}{value}"
    if not isinstance(value, str):
        source.refuse("a speaker that is not understood", turn=index)
    return one_line(value) or None


def string(source: Source, value: Any, index: int) -> str:
    """One line of text.

    Raises:
        IntakeError: Not a string.
    """
    if not isinstance(value, str):
        source.refuse("a text that is not a string", turn=index)
    return one_line(value)


def objects(source: Source, value: Any, what: str) -> list[dict[str, Any]]:
    """A list of objects; None is an empty one.

    Raises:
        IntakeError: Something else.
    """
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        source.refuse(f"{what} is not a list of objects")
    return value


def cues(words: Iterable[Word]) -> list[Cue]:
    """Words to cues: a new one where the speaker changes, after a sentence's end, and after a pause."""
    out: list[Cue] = []
    parts: list[str] = []
    first = last = None

    def close() -> None:
        if first is not None and last is not None and "".join(parts).strip():
            out.append(Cue(first.speaker, one_line("".join(parts)), first.start, last.end))
        parts.clear()

    for word in words:
        if last is not None and not word.attached:
            apart = word.speaker != last.speaker
            paused = None not in (word.start, last.end) and word.start - last.end >= _PAUSE  # type: ignore[operator]
            if apart or paused or parts[-1][-1:] in (".", "?", "!"):
                close()
        if not parts:
            first = word
        parts.append(word.text if word.attached or not parts else f" {word.text}")
        # punctuation has no time of its own
        if last is None or word.end is not None or not word.attached or len(parts) == 1:
            last = word
        else:
            last = Word(word.text, last.speaker, last.start, last.end)
    close()
    return out
