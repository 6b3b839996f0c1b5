"""Word documents: agencies (bold or tabular speakers), Rev, Otter, Teams, Google Meet."""

from __future__ import annotations

from anonymizer.intake import grid
from anonymizer.intake.layout import META, Paragraph, turns
from anonymizer.intake.ooxml import Document, Para, Table
from anonymizer.intake.source import Source
from anonymizer.transcript import Turn

FORMAT = "docx"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def matches(source: Source) -> bool:
    """A ZIP archive with word/document.xml."""
    if source.data.startswith(_OLE):
        source.refuse(
            "an old Word or Excel file, or one with a password", hint="save it as .docx or .xlsx without a password"
        )
    return source.is_zip and "word/document.xml" in source.archive.names


def read(source: Source) -> tuple[Turn, ...]:
    """Read paragraphs or tables of turns.

    Raises:
        IntakeError: Hidden text, embedded documents; stamps or labels that are not understood (the line is the
            paragraph's number).
    """
    return document_turns(source, Document(source).content())


def document_turns(source: Source, content: list[Para | Table]) -> tuple[Turn, ...]:
    """Turns of paragraphs and tables: from the tables if any is a table of turns, else from all paragraphs."""
    spoken = [
        (block, found) for block in content if isinstance(block, Table) and (found := grid.columns(_texts(block)))
    ]
    tables = {id(block) for block, found in spoken if found.speaker >= 0 or found.header}
    if tables:
        return _from_tables(source, content, tables)
    paragraphs: list[Paragraph] = []
    for block in content:
        if isinstance(block, Para):
            paragraphs.extend(_paragraph(block))
        elif not _is_facts(block):
            paragraphs.extend(p for row in block.rows for cell in row for para in cell for p in _paragraph(para))
    return turns(source, paragraphs)


def _paragraph(para: Para) -> list[Paragraph]:
    if not para.text.strip():
        return []
    stripped = para.text.lstrip()
    bold = max(para.bold - (len(para.text) - len(stripped)), 0)
    lines = stripped.rstrip().split("\n")
    return [Paragraph(tuple(lines), para.number, min(bold, len(lines[0])), para.heading)]


def _texts(table: Table) -> list[list[str]]:
    return [["\n".join(p.text.strip() for p in cell if p.text.strip()) for cell in row] for row in table.rows]


def _is_facts(table: Table) -> bool:
    """A table of facts about the interview ("Date | 3 May"), not of speech."""
    rows = [row for row in _texts(table) if any(row)]
    return bool(rows) and all(len(row) == 2 and row[0].strip().rstrip(":").lower() in META for row in rows)


def _from_tables(source: Source, content: list[Para | Table], tables: set[int]) -> tuple[Turn, ...]:
    out: list[Turn] = []
    loose: list[Para] = []
    columns: grid.Columns | None = None

    def prose() -> None:
        # a title above the table is not speech; sentences are
        said = [p.text.strip() for p in loose if p.text.strip() and not p.heading]
        if any(len(text.split()) > 15 for text in said) or len(said) > 20:
            out.append(Turn(0, None, "\n".join(" ".join(t.split()) for t in said)))
        loose.clear()

    for block in content:
        if isinstance(block, Para):
            loose.append(block)
            continue
        rows = _texts(block)
        if id(block) in tables:
            columns = grid.columns(rows)
        elif columns is not None and all(len(row) == len(rows[0]) for row in rows) and not _is_facts(block):
            # a table broken over pages: the second part has no header, perhaps one row only
            columns = grid.Columns(columns.text, columns.speaker, columns.start, columns.end)
        elif _is_facts(block):
            continue
        else:
            loose.extend(p for row in block.rows for cell in row for p in cell)
            continue
        if columns is not None:
            prose()
            out.extend(grid.turns(source, rows, columns))
    prose()
    return tuple(Turn(i, t.speaker, t.text, t.start, t.end) for i, t in enumerate(out))
