"""Every text that stands anywhere in an output, for the gate: what a reader, or a curious program, could find.

A reader of its own, which trusts nothing about how the file was made: texts, attributes, comments, part names and
properties. Parts and markup that are byte for byte the fixed ones of this program's writers are passed over, so that a
participant called "Page" or "Normal" is not found in a style sheet.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from anonymizer.detection.finding import ENTITY_TYPES
from anonymizer.errors import OutputError
from anonymizer.export import markup, table
from anonymizer.export.headings import NOTICE, OUTSIDE

Text = tuple[str, str]
_KEYS = frozenset(
    ("code", "reviewed", "turns", "speaker", "text", "start", "end", "question", "section", "role", "confidence",
     "index", "replaced", "participants", "source_format")
)  # fmt: skip
_NUMBERS = frozenset(("start", "end", "confidence", "index"))
FIXED_TEXTS = frozenset((NOTICE, f"[{NOTICE}]", OUTSIDE))


def texts(data: bytes, format: str, turns: Sequence[int] | None = None) -> tuple[Text, ...]:
    """(place, text) of everything in an output.

    A turn's text comes as one piece under the place ``turn 12``: the turn's index where the format holds it (JSON, CSV,
    XLSX), otherwise its position in the output from 0, or ``turns[position]``. In files about several transcripts the
    code stands before it: ``P07-1 turn 12``. Other places are such as ``turn 12 speaker``, ``heading``, ``cell B7``,
    ``docProps/core.xml``, ``line 3``, ``member name``.

    Args:
        data: The file.
        format: json, txt, docx, vtt, srt, csv, xlsx, html, qdpx or qdc.
        turns: Indices of the output's turns, for formats that do not hold them.

    Raises:
        OutputError: The file cannot be read as that format: an output that cannot be checked may not be released.
    """
    readers = {
        "json": _json, "txt": _txt, "docx": markup.docx_texts, "vtt": _vtt, "srt": _srt, "csv": _csv,
        "xlsx": lambda data: sheet_texts(*markup.xlsx_rows(data)), "html": markup.html_texts,
        "qdpx": markup.qdpx_texts, "qdc": markup.qdc_texts,
    }  # fmt: skip
    reader = readers.get(format)
    if reader is None:
        raise OutputError("no reader checks this format, so it may not be released")
    try:
        found = [(place, text) for place, text in reader(data) if text.strip() and text not in FIXED_TEXTS]
        return tuple((_indexed(place, turns), text) for place, text in found)
    except OutputError:
        raise
    except Exception as error:  # noqa: BLE001
        # whatever is wrong with the file, its texts were not seen; the cause may quote them
        raise OutputError(f"an output cannot be read back: {type(error).__name__}") from None


def _indexed(place: str, turns: Sequence[int] | None) -> str:
    if turns is None or not place.startswith("turn "):
        return place
    number, space, rest = place[5:].partition(" ")
    return f"turn {turns[int(number)]}{space}{rest}"


def _json(data: bytes) -> Iterator[Text]:
    document = json.loads(data.decode("utf-8"))
    turns = document.pop("turns", []) if isinstance(document, dict) else []
    yield from _values(document, "")
    for position, turn in enumerate(turns):
        index = turn.get("index") if isinstance(turn, dict) else None
        yield from _values(turn, f"turn {index if isinstance(index, int) else position}")


def _values(value: Any, place: str) -> Iterator[Text]:
    stack: list[tuple[Any, str, str]] = [(value, place, "")]
    while stack:
        item, at, key = stack.pop()
        if isinstance(item, dict):
            for name, inner in reversed(item.items()):
                if name not in _KEYS:
                    yield f"{at} key".strip(), name
                stack.append((inner, at if name == "text" else f"{at} {name}".strip(), name))
        elif isinstance(item, list):
            if not (key == "replaced" and all(_is_span(span) for span in item)):
                stack.extend((inner, at, key) for inner in reversed(item))
        elif isinstance(item, str):
            yield at or "document", item
        elif item is not None and not isinstance(item, bool) and not (key in _NUMBERS and abs(item) < 1e7):
            # a telephone number may stand as a number
            yield at, str(item)


def _is_span(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 3
        and all(isinstance(x, int) and 0 <= x < 1e7 for x in value[:2])
        and value[2] in ENTITY_TYPES
    )


def _txt(data: bytes) -> Iterator[Text]:
    turn = 0
    for number, line in enumerate(data.decode("utf-8").split("\n"), 1):
        head, colon, rest = line.partition(": ") if ": " in line else line.partition(":")
        if number > 1 and colon and _is_code(head):
            yield f"turn {turn} speaker", head
            yield f"turn {turn}", rest
            turn += 1
        else:
            yield f"line {number}", line.lstrip("# ") if line.startswith("#") else line


# P07, I1, G01, and what speakers are called whom nobody tied to a person: "Speaker 2"
_CODE = r"[A-Z][A-Za-z]{0,12}(?: ?\d{1,4})?"


def _is_code(text: str) -> bool:
    return re.fullmatch(_CODE, text) is not None


_VOICED = re.compile(r"<v ([^>]*)>(.*)</v>$", re.DOTALL)
_CODED = re.compile(rf"({_CODE}): ?(.*)$", re.DOTALL)


def _captions(data: bytes, *, entities: bool) -> Iterator[Text]:
    turn = 0
    for block in re.split(r"\n{2,}", data.decode("utf-8").strip("\n")):
        lines = block.split("\n")
        at = next((i for i, line in enumerate(lines) if "-->" in line), None)
        if at is None:
            yield "comment", block.removeprefix("NOTE ") if block != "WEBVTT" else ""
            continue
        yield f"turn {turn} identifier", "\n".join(lines[:at])
        yield f"turn {turn} times", lines[at]
        payload = "\n".join(lines[at + 1 :])
        match = (_VOICED if entities else _CODED).match(payload)
        if match:
            yield f"turn {turn} speaker", html.unescape(match[1]) if entities else match[1]
            payload = match[2]
        elif payload in FIXED_TEXTS:
            continue
        yield f"turn {turn}", html.unescape(payload) if entities else payload
        turn += 1


def _vtt(data: bytes) -> Iterator[Text]:
    return _captions(data, entities=True)


def _srt(data: bytes) -> Iterator[Text]:
    return _captions(data, entities=False)


def _csv(data: bytes) -> Iterator[Text]:
    csv.field_size_limit(1 << 30)
    rows = csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True)
    yield from sheet_texts([[table.unguarded(cell) for cell in row] for row in rows], ())


def sheet_texts(rows: Sequence[Sequence[str]], others: Iterable[Text]) -> Iterator[Text]:
    """Texts of a table with a row a turn, and others found beside it."""
    header = list(rows[0]) if rows else []
    columns = {name: header.index(name) for name in ("text", "turn", "transcript") if name in header}
    codes = {row[columns["transcript"]] for row in rows[1:]} if "transcript" in columns else set()
    for number, row in enumerate(rows, 1):
        for i, cell in enumerate(row):
            if number == 1 and cell in table.COLUMNS:
                continue
            place = f"cell {chr(65 + i % 26)}{number}"
            if number > 1 and columns.get("text") == i and "turn" in columns and row[columns["turn"]].isdigit():
                place = f"turn {row[columns['turn']]}"
                if len(codes) > 1:
                    place = f"{row[columns['transcript']]} {place}"
            yield place, cell
    yield from others
