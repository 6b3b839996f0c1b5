"""Time stamps as services print them."""

from __future__ import annotations

import re

# hours or minutes first; fraction with point or comma
CLOCK = r"(?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?"
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})(?:[.,](\d{1,3}))?")


def seconds(text: str) -> float | None:
    """Seconds of ``1:02:03.450``, ``62:03`` or ``00:01,5``; None if it is no such stamp."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    hours, minutes, secs, fraction = match.groups()
    if int(secs) >= 60 or (hours is not None and int(minutes) >= 60):
        return None
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(secs)
    return round(whole + (float(f"0.{fraction}") if fraction else 0.0), 3)


def stamp(value: float, separator: str = ".") -> str:
    """``HH:MM:SS.mmm``."""
    milliseconds = round(value * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}{separator}{rest % 1000:03d}"
