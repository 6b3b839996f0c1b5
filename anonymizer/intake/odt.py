"""OpenDocument text (.odt): LibreOffice, Google Docs. Comments and tracked deletions are left out; notes are kept."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from anonymizer.intake.docx import document_turns
from anonymizer.intake.ooxml import Para, Table
from anonymizer.intake.source import Source
from anonymizer.intake.text import clean
from anonymizer.transcript import Turn

FORMAT = "odt"
_O = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_TEXT, _TABLE, _OFFICE, _STYLE, _DRAW = (_O % n for n in ("text", "table", "office", "style", "drawing"))
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_GONE = frozenset(
    (_TEXT + "tracked-changes", _OFFICE + "annotation", _OFFICE + "annotation-end", _TEXT + "note-citation",
     _TEXT + "sequence-decls", _OFFICE + "forms", _TEXT + "ruby-text", _DRAW + "object", _TEXT + "bibliography-mark")
)  # fmt: skip
_MAX_SPACES = 20


def matches(source: Source) -> bool:
    """A ZIP archive whose mimetype is OpenDocument text."""
    return source.is_zip and source.archive.read("mimetype").startswith(b"application/vnd.oasis.opendocument.text")


def read(source: Source) -> tuple[Turn, ...]:
    """Read paragraphs or tables of turns.

    Raises:
        IntakeError: Encrypted, hidden text; stamps or labels that are not understood.
    """
    root = source.archive.xml("content.xml")
    if root is None:
        source.refuse("an OpenDocument file without a text")
    if b"encryption-data" in source.archive.read("META-INF/manifest.xml"):
        source.refuse("protected with a password", hint="save it without a password")
    styles = source.archive.xml("styles.xml")
    body = root.find(f"{_OFFICE}body/{_OFFICE}text")
    if body is None:
        source.refuse("an OpenDocument file without a text")
    return document_turns(source, list(_Reader(source, [r for r in (styles, root) if r is not None]).blocks(body)))


class _Reader:
    def __init__(self, source: Source, roots: list[Element]) -> None:
        self._source = source
        self._count = 0
        self._bold: set[str] = set()
        self._hidden: set[str] = set()
        for root in roots:
            for style in root.iter(_STYLE + "style"):
                properties = style.find(_STYLE + "text-properties")
                name = style.get(_STYLE + "name", "")
                if properties is not None:
                    if properties.get(_FO + "font-weight") in ("bold", "700", "800", "900"):
                        self._bold.add(name)
                    if properties.get(_TEXT + "display") == "none":
                        self._hidden.add(name)

    def blocks(self, element: Element) -> Iterator[Para | Table]:
        for child in element:
            if child.tag in _GONE:
                continue
            if child.tag in (_TEXT + "p", _TEXT + "h"):
                yield from self._paragraph(child)
            elif child.tag == _TABLE + "table":
                rows = [
                    [
                        list(self._flat(cell))
                        for cell in row
                        if cell.tag in (_TABLE + "table-cell", _TABLE + "covered-table-cell")
                    ]
                    for row in child.iter(_TABLE + "table-row")
                ]
                yield Table(rows)
            else:
                yield from self.blocks(child)

    def _flat(self, element: Element) -> Iterator[Para]:
        for block in self.blocks(element):
            if isinstance(block, Para):
                yield block
            else:
                yield from (p for row in block.rows for cell in row for p in cell)

    def _paragraph(self, element: Element) -> Iterator[Para | Table]:
        self._count += 1
        number = self._count
        pieces: list[tuple[str, bool]] = []
        boxes: list[Element] = []
        style = element.get(_TEXT + "style-name", "")
        self._inline(element, pieces, boxes, style in self._bold, style in self._hidden)
        text = clean("".join(piece for piece, _ in pieces))
        bold = 0
        for piece, is_bold in pieces:
            if not is_bold and piece.strip():
                break
            bold += len(clean(piece))
        heading = element.tag == _TEXT + "h" or style in ("Title", "Subtitle")
        yield Para(text, min(bold, len(text)), heading, number)
        for box in boxes:
            yield from self.blocks(box)

    def _inline(
        self, element: Element, pieces: list[tuple[str, bool]], boxes: list[Element], bold: bool, hidden: bool
    ) -> None:
        def add(text: str | None) -> None:
            if not text:
                return
            # white space in the XML is one space; breaks and further spaces have elements
            text = " ".join(text.replace("\n", " ").replace("\t", " ").split(" ")) if text.strip() else " "
            if hidden and text.strip():
                self._source.refuse("holds hidden text", line=self._count, hint="the number is the paragraph's")
            pieces.append((text, bold))

        add(element.text)
        for child in element:
            tag = child.tag
            if tag == _TEXT + "line-break":
                pieces.append(("\n", bold))
            elif tag == _TEXT + "tab":
                pieces.append(("\t", bold))
            elif tag == _TEXT + "s":
                count = child.get(_TEXT + "c", "1")
                pieces.append((" " * min(int(count) if count.isdigit() else 1, _MAX_SPACES), bold))
            elif tag == _DRAW + "frame" or tag == _DRAW + "custom-shape":
                boxes.append(child)
            elif tag == _TEXT + "note":
                note = " ".join(" ".join(p.text.split()) for p in self._flat(child)).strip()
                if note:
                    pieces.append((f" [note: {note}] ", bold))
            elif tag == _TEXT + "hidden-text" or tag == _TEXT + "hidden-paragraph":
                self._source.refuse("holds hidden text", line=self._count, hint="the number is the paragraph's")
            elif tag not in _GONE:
                style = child.get(_TEXT + "style-name", "")
                self._inline(child, pieces, boxes, bold or style in self._bold, hidden or style in self._hidden)
            add(child.tail)
