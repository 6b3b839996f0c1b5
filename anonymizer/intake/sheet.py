"""CSV and XLSX with a row a turn."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterator
from itertools import islice
from typing import Any

from anonymizer.intake import grid
from anonymizer.intake.source import Source
from anonymizer.intake.text import clean
from anonymizer.transcript import Turn

FORMAT = "csv"
_DELIMITERS = (",", ";", "\t", "|")
_MAX_ROWS = 1_000_000
_EXTENSIONS = (".csv", ".tsv")


def matches(source: Source) -> bool:
    """A header that names a text column and another; or an extension that says so."""
    if source.is_zip or source.is_json:
        return False
    return source.extension in _EXTENSIONS or any(
        (found := grid.columns(rows)) is not None and found.header
        for rows in (_parse(source, d, 1) for d in _DELIMITERS)
    )


def read(source: Source) -> tuple[Turn, ...]:
    """A turn for each row with text.

    Raises:
        IntakeError: No column of text, an unclosed quote, several transcripts in one file, a time that is not
            understood.
    """
    for delimiter in _DELIMITERS:
        if (head := grid.columns(_parse(source, delimiter, 1))) is not None and head.header:
            return rows_to_turns(source, _all(source, delimiter))
    for delimiter in _DELIMITERS:
        rows = _all(source, delimiter)
        if grid.columns(rows) is not None:
            return rows_to_turns(source, rows)
    raise source.error(
        "no column of text and of speakers or times was found", line=1, hint="name the columns speaker,text,start,end"
    )


def rows_to_turns(source: Source, rows: list[list[str]]) -> tuple[Turn, ...]:
    """Turns of rows, once it is sure that they are of one transcript."""
    found = grid.columns(rows)
    if found is None:
        source.refuse("no column of text and of speakers or times was found", line=1)
    names = [cell.strip().lower() for cell in rows[0]] if found.header else []
    for i, name in enumerate(names):
        several = {row[i] for row in rows[1:] if i < len(row) and row[i].strip()}
        if name in ("transcript", "file", "document", "interview") and i != found.text and len(several) > 1:
            source.refuse("rows of several transcripts", hint="one file for each transcript")
    return grid.turns(source, rows, found)


def _parse(source: Source, delimiter: str, limit: int) -> list[list[str]]:
    try:
        return list(islice(_reader(source, delimiter), limit))
    except csv.Error:
        return []


def _all(source: Source, delimiter: str) -> list[list[str]]:
    reader = _reader(source, delimiter)
    rows: list[list[str]] = []
    try:
        for row in reader:
            if any(row):
                rows.append([grid.plain_cell(cell) for cell in row])
            if len(rows) > _MAX_ROWS:
                source.refuse("more than a million rows")
    except csv.Error:
        source.refuse("a quote that is not closed, or not CSV", line=reader.line_num)
    return rows


def _reader(source: Source, delimiter: str) -> Any:
    # a transcript in one cell is longer than the module's default bound; the file's own is 200 MB
    csv.field_size_limit(1 << 30)
    return csv.reader(io.StringIO(clean(source.text), newline=""), delimiter=delimiter, strict=True)


def cell_text(value: object) -> str:
    """A spreadsheet's cell as text; times of day and durations as ``HH:MM:SS``."""
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        value = value.time()
    if isinstance(value, datetime.time):
        return value.isoformat("milliseconds" if value.microsecond else "seconds")
    if isinstance(value, datetime.timedelta):
        total = max(int(value.total_seconds()), 0)
        return f"{total // 3600}:{total // 60 % 60:02d}:{total % 60:02d}"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return clean(str(value))


def bounded(rows: Iterator[tuple[object, ...]], source: Source) -> list[list[str]]:
    """A sheet's rows as text, without empty ones.

    Raises:
        IntakeError: More than a million rows or 200 columns.
    """
    out: list[list[str]] = []
    for number, row in enumerate(rows):
        if number > _MAX_ROWS or len(row) > 200:
            source.refuse("more rows or columns than a transcript has")
        cells = [cell_text(value) for value in row]
        if any(cells):
            out.append(cells)
    return out
