"""Rows and columns to turns: tables in documents, CSV and spreadsheets with a row a turn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from anonymizer.intake.labels import is_role, label_shaped, name_like, unbracketed
from anonymizer.intake.shape import shape
from anonymizer.intake.source import Source
from anonymizer.intake.times import CLOCK, seconds
from anonymizer.transcript import Turn

Row = Sequence[str]

_NAMES: dict[str, tuple[str, ...]] = {
    kind: tuple(name.strip() for name in names.split(","))
    for kind, names in {
        "speaker": "speaker, speakers, speaker name, speaker label, speaker id, name, who, person, participant name, "
        "sprecher, hablante",
        "text": "text, transcript, content, utterance, speech, dialogue, dialog, message, caption, transcription, "
        "words, turn text, inhalt",
        "start": "start, time, timestamp, time stamp, timespan, time span, timecode, time code, begin, start time, "
        "starttime, from, in, start (s), start timecode",
        "end": "end, stop, end time, endtime, out, end (s), to, end timecode",
    }.items()
}
_GUARD = re.compile(r"^''*\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_RANGE = re.compile(rf"^[\[(]?\s*({CLOCK})\s*(?:(?:-->|->|-|–|—|to)\s*({CLOCK}))?\s*[\])]?$")
_NUMBER = re.compile(r"^\d{1,7}(?:\.\d+)?$")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column holds what; -1 for none."""

    text: int
    speaker: int = -1
    start: int = -1
    end: int = -1
    header: bool = False


def columns(rows: Sequence[Row]) -> Columns | None:
    """Find the columns by the header's names, otherwise by what stands in them; None if it is no table of turns."""
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        return None
    named = _by_name(rows[0])
    return named if named is not None else _by_content(rows)


def _by_name(header: Row) -> Columns | None:
    cells = [" ".join(cell.lower().replace("_", " ").split()).strip(":*") for cell in header]
    found: dict[str, int] = {}
    for kind, names in _NAMES.items():
        # by the names' order: where there is "text", "transcript" is the transcript's code
        at = next((cells.index(name) for name in names if name in cells), None)
        if at is not None:
            found[kind] = at
    # one word could be speech; a header has a text column and another
    if "text" not in found or len(found) < 2:
        return None
    return Columns(header=True, **found)


def _by_content(rows: Sequence[Row]) -> Columns | None:
    width = max(len(row) for row in rows)
    if not 2 <= width <= 8:
        return None
    cells = [[row[i].strip() if i < len(row) else "" for row in rows] for i in range(width)]
    length = [sum(map(len, column)) for column in cells]
    text = max(range(width), key=length.__getitem__)
    times = [i for i in range(width) if i != text and any(cells[i]) and all(_RANGE.match(c) for c in cells[i] if c)]
    speaker = -1
    for i in range(width):
        if i == text or i in times:
            continue
        filled = [unbracketed(c.rstrip(": \t")) for c in cells[i] if c]
        if not filled or all(_NUMBER.match(c) for c in filled):
            continue
        roles = sum(map(is_role, filled))
        repeats = len(set(filled)) <= max(2, 0.5 * len(filled))
        if all(label_shaped(c) for c in filled) and (
            roles or (repeats and sum(map(name_like, filled)) >= 0.8 * len(filled))
        ):
            speaker = i
            break
    if speaker < 0 and not times:
        return None
    return Columns(text, speaker, times[0] if times else -1, times[1] if len(times) > 1 else -1)


def turns(source: Source, rows: Sequence[Row], found: Columns, first: int = 1) -> tuple[Turn, ...]:
    """A turn for each row that has text.

    Args:
        source: For errors.
        rows: All rows, the header included.
        found: From :func:`columns`.
        first: Number of ``rows[0]``, for errors.

    Raises:
        IntakeError: A time that is not understood.
    """
    out: list[Turn] = []
    header = found.header
    for number, row in enumerate(rows, first):
        if header and any(c.strip() for c in row):
            header = False
            continue
        text = _cell(row, found.text)
        if not text:
            continue
        start, end = _times(source, number, _cell(row, found.start))
        if found.end >= 0:
            end, _ = _times(source, number, _cell(row, found.end))
        out.append(Turn(len(out), unbracketed(_cell(row, found.speaker).rstrip(":").strip()) or None, text, start, end))
    return tuple(out)


def plain_cell(cell: str) -> str:
    """A cell of a CSV without the apostrophe that keeps spreadsheet programs from computing it."""
    return cell[1:] if _GUARD.match(cell) else cell


def _cell(row: Row, index: int) -> str:
    return row[index].strip() if 0 <= index < len(row) else ""


def _times(source: Source, number: int, cell: str) -> tuple[float | None, float | None]:
    if not cell:
        return None, None
    if _NUMBER.match(cell):
        return float(cell), None
    match = _RANGE.match(cell)
    start = seconds(match[1]) if match else None
    if match is None or start is None:
        source.refuse(f"a time that is not understood: {shape(cell)}", line=number)
    return start, seconds(match[2]) if match[2] else None
