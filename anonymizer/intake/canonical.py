"""The canonical transcript: JSON, read verbatim, text untouched.

Offsets of findings are offsets into the file's own strings, so nothing is stripped, composed or merged here, and turns
without text keep their index. Further keys, such as those this program's own output has, are not read.
"""

from __future__ import annotations

import math
from typing import Any

from anonymizer.intake.source import Source
from anonymizer.transcript import Turn

FORMAT = "json"


def matches(source: Source) -> bool:
    """A JSON object whose ``turns`` is a list."""
    return source.is_json and isinstance(source.json, dict) and isinstance(source.json.get("turns"), list)


def read(source: Source) -> tuple[Turn, ...]:
    """Read the turns.

    Raises:
        IntakeError: A turn is not an object, has no text, or a value of another kind; says which turn.
    """
    return tuple(_turn(source, index, value) for index, value in enumerate(source.json["turns"]))


def _turn(source: Source, index: int, value: Any) -> Turn:
    if not isinstance(value, dict):
        source.refuse("a turn is not an object", turn=index)
    text, speaker = value.get("text"), value.get("speaker")
    if not isinstance(text, str):
        source.refuse("a turn without text" if text is None else "a turn whose text is not a string", turn=index)
    if speaker is not None and not isinstance(speaker, str):
        source.refuse("a speaker that is neither a string nor null", turn=index)
    if not (_encodable(text) and _encodable(speaker or "")):
        source.refuse("half a surrogate pair: not Unicode text", turn=index)
    start, end = (_time(source, index, key, value.get(key)) for key in ("start", "end"))
    return Turn(index, speaker, text, start, end)


def _encodable(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text)


def _time(source: Source, index: int, key: str, value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        source.refuse(f"{key} is not a number of seconds", turn=index)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not 0 <= number < 1e7:
        source.refuse(f"{key} is no time in a recording", turn=index)
    return number
