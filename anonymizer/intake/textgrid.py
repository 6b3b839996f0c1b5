"""Praat TextGrid, long and short: an interval with text is a turn, the tier's name is the speaker."""

from __future__ import annotations

import re
from collections.abc import Iterator

from anonymizer.intake.source import Source
from anonymizer.intake.text import one_line
from anonymizer.transcript import Turn

FORMAT = "textgrid"
# a quoted text (quotes inside are doubled), a number, or a flag; the long form's "xmin =" is decoration
_TOKEN = re.compile(r'"((?:[^"]|"")*)"|(?<![\w\[.-])(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w\]])|<(exists|absent)>')
_PARTS = re.compile(r"\b(?:words?|phones?|phonemes?|segments?|syll\w*|MAU|KAN|ORT)$", re.IGNORECASE)


def matches(source: Source) -> bool:
    """``File type = "ooTextFile"`` and the class TextGrid."""
    head = "" if source.is_zip else source.text[:300]
    return "ooTextFile" in head and "TextGrid" in head


def read(source: Source) -> tuple[Turn, ...]:
    """Intervals of all tiers in the order of their times; points are not read.

    Raises:
        IntakeError: Damaged or cut off; tiers of words or sounds beside others, whose text would count twice.
    """
    text = source.text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    tokens = _TOKEN.finditer(_uncommented(text))
    try:
        tiers = list(_tiers(tokens))
    except (StopIteration, ValueError, RuntimeError):
        source.refuse("damaged: an interval or tier that is not whole", hint="the file may be cut off")
    tiers = [(name, intervals) for name, intervals in tiers if intervals]
    if len(tiers) > 1 and any(_PARTS.search(name) for name, _ in tiers):
        source.refuse("tiers of words or sounds beside others", hint="keep one tier for each speaker")
    found = [
        (start, position, Turn(0, one_line(name) or None, one_line(said), start, end))
        for position, (name, intervals) in enumerate(tiers)
        for start, end, said in intervals
        if one_line(said)
    ]
    found.sort(key=lambda item: item[:2])
    return tuple(Turn(i, t.speaker, t.text, t.start, t.end) for i, (_, _, t) in enumerate(found))


def _uncommented(text: str) -> str:
    # the two header lines hold quoted texts of their own
    at = text.find("TextGrid")
    return text[text.find("\n", at) + 1 :] if at >= 0 else text


def _tiers(tokens: Iterator[re.Match[str]]) -> Iterator[tuple[str, list[tuple[float, float, str]]]]:
    def number() -> float:
        value = next(tokens)[2]
        if value is None:
            raise ValueError
        return float(value)

    def string() -> str:
        value = next(tokens)[1]
        if value is None:
            raise ValueError
        return value.replace('""', '"')

    def count() -> int:
        value = number()
        if not 0 <= value <= 10_000_000:
            raise ValueError
        return int(value)

    number(), number()  # the whole file's span
    if next(tokens)[3] != "exists":
        raise ValueError
    for _ in range(count()):
        kind, name = string(), string()
        number(), number()
        if kind == "IntervalTier":
            intervals = []
            for _ in range(count()):
                start, end = number(), number()
                intervals.append((max(start, 0.0), max(end, 0.0), string()))
            yield name, intervals
        elif kind == "TextTier":
            for _ in range(count()):
                number(), string()
        else:
            raise ValueError
