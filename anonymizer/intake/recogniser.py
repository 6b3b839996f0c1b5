"""What the readers of speech recognisers' JSON share."""

from __future__ import annotations

from typing import Any

from anonymizer.intake.source import Source
from anonymizer.intake.text import one_line


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
    return result


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
