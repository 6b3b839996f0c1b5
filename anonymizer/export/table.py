"""A row a turn: CSV and XLSX, of one transcript or of the whole study."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape

from anonymizer.export.container import pack
from anonymizer.export.headings import printable
from anonymizer.export.released import ReleasedTranscript
from anonymizer.intake.times import stamp

COLUMNS = ("transcript", "turn", "time", "speaker", "role", "section", "question", "confidence", "text", "reviewed")

# A cell that begins so is a formula for spreadsheet programs (OWASP, CSV injection), also after spaces and in its
# full-width forms; a leading apostrophe makes it text. A cell that begins with apostrophes and such a sign gets one
# more, so that taking one away always gives back what was there.
GUARDED = re.compile(r"^'*\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
UNGUARD = re.compile(r"^''*\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")


def guarded(cell: str) -> str:
    """A cell that no spreadsheet program computes."""
    return f"'{cell}" if GUARDED.match(cell) else cell


def unguarded(cell: str) -> str:
    """The inverse of :func:`guarded`."""
    return cell[1:] if UNGUARD.match(cell) else cell


def rows(transcripts: Iterable[ReleasedTranscript]) -> Iterator[tuple[str, ...]]:
    """Cells of each turn, as text."""
    for released in transcripts:
        for turn in released.turns:
            yield (
                released.code,
                str(turn.index),
                stamp(turn.start) if turn.start is not None else "",
                turn.speaker,
                turn.role,
                turn.section,
                turn.question or "",
                f"{turn.confidence:.2f}",
                printable(turn.text),
                "yes" if released.reviewed else "not reviewed",
            )


def csv_pieces(transcripts: Iterable[ReleasedTranscript]) -> Iterator[bytes]:
    """The same as :func:`render_csv`, a piece for the header and one for each transcript."""
    yield _csv([COLUMNS])
    for released in transcripts:
        yield _csv(rows([released]))


def render_csv(transcripts: Iterable[ReleasedTranscript]) -> bytes:
    """UTF-8 without byte order mark, comma, quotes where needed, lines end with CR LF (RFC 4180)."""
    return b"".join(csv_pieces(transcripts))


def _csv(lines: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([guarded(cell) for cell in line] for line in lines)
    return out.getvalue().encode("utf-8", "replace")


_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
S = f"{{{_SHEET}}}"
_OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
FIXED = {
    "[Content_Types].xml": (
        f'{_DECLARATION}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_OFFICE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_OFFICE}.worksheet+xml"/></Types>'
    ).encode(),
    "_rels/.rels": (
        f'{_DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ).encode(),
    "xl/workbook.xml": (
        f'{_DECLARATION}<workbook xmlns="{_SHEET}" xmlns:r="{_RELATION}">'
        '<sheets><sheet name="turns" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ).encode(),
    "xl/_rels/workbook.xml.rels": (
        f'{_DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATION}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ).encode(),
}
_CELL_LIMIT = 32_767
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def render_xlsx(transcripts: Iterable[ReleasedTranscript]) -> bytes:
    """One sheet; every cell is an inline string, which no program computes.

    A text of more than 32,767 characters, Excel's limit for a cell, goes on in the same column of the next row, whose
    other cells repeat.
    """
    lines: list[tuple[str, ...]] = [COLUMNS]
    for row in rows(transcripts):
        text = row[8]
        pieces = [text[i : i + _CELL_LIMIT] for i in range(0, len(text), _CELL_LIMIT)] or [""]
        lines.extend((*row[:8], piece, row[9]) for piece in pieces)
    body = "".join(
        f'<row r="{number}">{"".join(_cell(f"{chr(65 + i)}{number}", cell) for i, cell in enumerate(line))}</row>'
        for number, line in enumerate(lines, 1)
    )
    sheet = f'{_DECLARATION}<worksheet xmlns="{_SHEET}"><sheetData>{body}</sheetData></worksheet>'
    return pack([*FIXED.items(), ("xl/worksheets/sheet1.xml", sheet.encode("utf-8", "replace"))])


def _cell(place: str, text: str) -> str:
    # "_x000D_" in a cell means a character: its first underscore is written as one of those itself
    text = escape(_ESCAPED.sub("_x005F_", text))
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def unescaped(text: str) -> str:
    """A cell's text as a spreadsheet program shows it: ``_x000D_`` stands for a character."""
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda m: chr(int(m[1], 16)), text)
