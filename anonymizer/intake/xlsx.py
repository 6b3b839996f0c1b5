"""Excel workbooks with a row a turn; one sheet of turns."""

from __future__ import annotations

import io
import warnings

from anonymizer.errors import IntakeError
from anonymizer.intake import grid
from anonymizer.intake.sheet import bounded, rows_to_turns
from anonymizer.intake.source import Source
from anonymizer.transcript import Turn

FORMAT = "xlsx"


def matches(source: Source) -> bool:
    """A ZIP archive with xl/workbook.xml."""
    return source.is_zip and "xl/workbook.xml" in source.archive.names


def read(source: Source) -> tuple[Turn, ...]:
    """Read the one sheet that has turns. Formulas count with their stored results; comments are not read.

    Raises:
        IntakeError: Damaged, no sheet of turns or several, too large.
    """
    from openpyxl import load_workbook

    for name in source.archive.names:
        # the library would read on; entities and depth are judged here, before it
        if name.endswith((".xml", ".rels")):
            source.archive.xml(name)
    try:
        with warnings.catch_warnings():
            # about styles, which are not read
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(source.data), read_only=True, data_only=True, keep_links=False)
            sheets = [bounded(sheet.iter_rows(values_only=True), source) for sheet in book.worksheets]
    except IntakeError:
        raise
    except Exception as error:  # noqa: BLE001
        # the library raises whatever its parsers do
        source.refuse(f"a workbook that cannot be read ({type(error).__name__})", hint="save it again, or as CSV")
    spoken = [rows for rows in sheets if rows and grid.columns(rows) is not None]
    if not spoken:
        source.refuse("no sheet with a column of text and of speakers or times", hint="columns: speaker,text,start,end")
    if len(spoken) > 1:
        source.refuse("several sheets of turns", hint="one file for each transcript")
    return rows_to_turns(source, spoken[0])
