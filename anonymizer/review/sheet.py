"""A spreadsheet of findings for a colleague without the program: fill in the column "decision", send it back.

Words are masked by default: such a sheet says where and what kind, and needs the transcript beside it. With context it
holds originals and counts as an export of originals.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import Any

from anonymizer.errors import ReviewError
from anonymizer.review.desk import Desk
from anonymizer.review.events import Event
from anonymizer.review.overlay import Mention
from anonymizer.review.session import Session, expand
from anonymizer.review.texts import shown
from anonymizer.review.wording import TYPES, label

COLUMNS = ("transcript", "finding", "turn", "type", "who", "words", "context", "proposed", "state", "decision", "note")
CHOICES = {
    "yes": "", "accept": "", "ok": "", "a": "", "keep": "keep", "x": "keep", "remove": "remove", "d": "remove",
    "replace": "pseudonymize", "pseudonymize": "pseudonymize", "generalize": "generalize",
}  # fmt: skip
_CONTEXT = 60
# a cell that begins so is a formula to a spreadsheet program
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NOTE = 500


@dataclass(slots=True)
class Taken:
    """What an import did: decisions by transcript, rows left empty, and lines with their problem."""

    decided: dict[str, int] = field(default_factory=dict)
    empty: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)


def mask(text: str) -> str:
    """Blocks for letters and digits: how long, how many words, and nothing else."""
    return "".join("█" if c.isalnum() else " " if c.isspace() else "·" for c in text)


def rows(session: Session, transcripts: tuple[str, ...] = (), *, context: bool = False) -> list[list[str]]:
    """Header and one row for each finding, undecided ones first within a transcript."""
    result = [list(COLUMNS)]
    for desk in session.desks():
        if transcripts and desk.transcript not in transcripts:
            continue
        for m in sorted(desk.view.mentions.values(), key=lambda m: (not m.undecided, m.decision)):
            result.append([_safe(cell) for cell in _row(desk, m, context)])
    return result


def _row(desk: Desk, m: Mention, context: bool) -> list[str]:
    d = m.decision
    form, text = desk.form(m.id), desk.content.turns[d.turn].text
    around = ""
    if context:
        around = f"{text[max(0, d.start - _CONTEXT) : d.start]}[{form}]{text[d.end : d.end + _CONTEXT]}"
    return [
        desk.transcript, m.id, str(d.turn), TYPES[d.entity_type][2], label(desk.view.entities.get(d.entity)),
        shown(form) if context else mask(form), shown(around), d.action, "undecided" if m.undecided else m.how, "", "",
    ]  # fmt: skip


def _safe(cell: str) -> str:
    return "'" + cell if cell.startswith(_FORMULA) else cell


def write(table: list[list[str]], suffix: str) -> bytes:
    """As ``.csv`` (UTF-8 with a mark, for spreadsheet programs) or ``.xlsx``.

    Raises:
        ReviewError: Another suffix.
    """
    if suffix == ".csv":
        out = io.StringIO(newline="")
        csv.writer(out).writerows(table)
        return out.getvalue().encode("utf-8-sig")
    if suffix == ".xlsx":
        from openpyxl import Workbook
        from openpyxl.styles import Font

        book = Workbook()
        page = book.active
        page.title = "findings"
        for row in table:
            page.append(row)
        for cell in page[1]:
            cell.font = Font(bold=True)
        for column, width in zip("ABCDEFGHIJK", (16, 12, 6, 14, 18, 24, 60, 14, 12, 14, 30), strict=True):
            page.column_dimensions[column].width = width
        page.freeze_panes = "A2"
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()
    raise ReviewError("a spreadsheet is .csv or .xlsx")


def read(data: bytes, suffix: str) -> list[list[str]]:
    """Rows of a filled-in sheet.

    Raises:
        ReviewError: Not such a file, or its header was changed.
    """
    try:
        if suffix == ".csv":
            text = data.decode("utf-8-sig")
            dialect = csv.Sniffer().sniff(text.partition("\n")[0], ",;\t")
            table = [list(row) for row in csv.reader(io.StringIO(text, newline=""), dialect, strict=True)]
        else:
            table = _read_xlsx(data)
    except (UnicodeDecodeError, csv.Error):
        raise ReviewError("this spreadsheet cannot be read", hint="save it as CSV UTF-8 or .xlsx") from None
    if not table or tuple(cell.strip().lower() for cell in table[0][: len(COLUMNS)]) != COLUMNS:
        raise ReviewError("the first row is not the one that was exported", hint="leave the columns as they are")
    return table


def _read_xlsx(data: bytes) -> list[list[str]]:
    import zipfile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        # every part of the archive is small beside a sheet of this kind: a bomb is refused before it is unpacked
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > 200 << 20:
                raise ReviewError("this spreadsheet is too large")
        page: Any = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
        return [["" if cell is None else str(cell) for cell in row] for row in page.iter_rows(values_only=True)]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError, EOFError):
        raise ReviewError("this spreadsheet cannot be read", hint="save it as CSV UTF-8 or .xlsx") from None


def take(session: Session, table: list[list[str]], batch: str) -> Taken:
    """Decisions of a filled-in sheet, each for its own mention, as the session's reviewer.

    A row whose finding is not there any more, or whose decision is not understood, is a problem with its line; the
    others are taken.
    """
    taken = Taken()
    events: dict[str, list[Event]] = {}
    for line, row in enumerate(table[1:], 2):
        values = dict(zip(COLUMNS, (*(cell.strip() for cell in row), *[""] * len(COLUMNS)), strict=False))
        choice = values["decision"].casefold().removeprefix("'")
        if not choice:
            taken.empty += 1
            continue
        try:
            desk = session.desk(values["transcript"].removeprefix("'"))
            action = CHOICES[choice]
            found = desk.view.mentions[values["finding"].removeprefix("'")]
            note = values["note"][:_NOTE]
            if note:
                session.check_free_text(note)
        except KeyError:
            taken.problems.append((line, "not a decision" if choice not in CHOICES else "no such finding any more"))
            continue
        except ReviewError as error:
            taken.problems.append((line, error.message))
            continue
        made = expand(desk, found.decision.entity, action, batch, session.reviewer, current=found.id, only=True)
        if note:
            made.append(Event("note", (found.id,), session.reviewer, batch=batch, text=note))
        events.setdefault(desk.transcript, []).extend(made)
        taken.decided[desk.transcript] = taken.decided.get(desk.transcript, 0) + 1
    for transcript, made in events.items():
        desk = session.desk(transcript)
        desk.post(made, desk.rev)
    return taken
