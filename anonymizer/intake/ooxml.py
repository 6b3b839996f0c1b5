"""The text of a Word document as Word shows it with every tracked change accepted.

Taken: paragraphs, tables, content controls, hyperlinks, tracked insertions, text boxes (once), footnotes and endnotes
where they are referred to. Left out: tracked deletions, comments, page headers and footers, field codes. Refused,
because their words would be lost or nobody sees them: hidden text and embedded documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from anonymizer.intake.source import Source
from anonymizer.intake.text import clean

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_GONE = frozenset(
    W + n
    for n in ("del", "moveFrom", "pPr", "rPr", "tblPr", "trPr", "tcPr", "sdtPr", "sectPr", "instrText", "delText",
              "delInstrText", "rt", "fldData", "tblGrid", "object")
) | {_MC + "Fallback"}  # fmt: skip
_HEADINGS = ("heading", "title", "subtitle", "überschrift", "titel")


@dataclass(slots=True)
class Para:
    """A paragraph: text with its bold beginning, and whether its style is a title or heading."""

    text: str = field(repr=False)
    bold: int = 0
    heading: bool = False
    number: int = 0


@dataclass(slots=True)
class Table:
    """A table: rows of cells, each cell its paragraphs."""

    rows: list[list[list[Para]]] = field(repr=False)


class Document:
    """word/document.xml and the parts its text lies in."""

    def __init__(self, source: Source) -> None:
        self._source = source
        archive = source.archive
        root = archive.xml("word/document.xml")
        if root is None:
            source.refuse("a Word document without a text")
        if root.tag.startswith(_STRICT):
            source.refuse("a Strict Open XML document", hint="save it as an ordinary Word document (.docx)")
        body = root.find(W + "body")
        if body is None:
            source.refuse("a Word document without a body")
        self._body = body
        self._bold_styles, self._hidden_styles, self._heading_styles = self._styles(archive.xml("word/styles.xml"))
        self._count = 0
        self._notes: dict[str, dict[str, str]] = {}
        # after the attribute exists: a note may hold a reference itself
        self._notes = {
            kind: self._note_texts(archive.xml(f"word/{kind}s.xml"), kind) for kind in ("footnote", "endnote")
        }

    def content(self) -> list[Para | Table]:
        """Paragraphs and tables in the document's order."""
        self._count = 0
        return list(self._blocks(self._body))

    def _styles(self, root: Element | None) -> tuple[set[str], set[str], set[str]]:
        bold: set[str] = set()
        hidden: set[str] = set()
        heading: set[str] = set()
        for style in root.iter(W + "style") if root is not None else ():
            ident = style.get(W + "styleId", "")
            name = style.find(W + "name")
            if (name.get(W + "val", "") if name is not None else "").lower().startswith(_HEADINGS):
                heading.add(ident)
            properties = style.find(W + "rPr")
            if properties is not None:
                if _on(properties.find(W + "b")):
                    bold.add(ident)
                if _on(properties.find(W + "vanish")):
                    hidden.add(ident)
        return bold, hidden, heading

    def _note_texts(self, root: Element | None, kind: str) -> dict[str, str]:
        texts: dict[str, str] = {}
        for note in root.iter(W + kind) if root is not None else ():
            if note.get(W + "type") in (None, "normal"):
                words = " ".join(" ".join(p.text.split()) for p in self._paragraphs_of(note))
                texts[note.get(W + "id", "")] = words.strip()
        return texts

    def _paragraphs_of(self, element: Element) -> Iterator[Para]:
        for block in self._blocks(element):
            if isinstance(block, Para):
                yield block
            else:
                yield from (p for row in block.rows for cell in row for p in cell)

    def _blocks(self, element: Element) -> Iterator[Para | Table]:
        for child in element:
            if child.tag in _GONE:
                continue
            if child.tag == W + "p":
                yield from self._paragraph(child)
            elif child.tag == W + "tbl":
                yield Table(
                    [
                        [self._cell(cell) for cell in _through(row, W + "tc")]
                        for row in _through(child, W + "tr")
                        if not _deleted_row(row)
                    ]
                )
            elif child.tag == W + "altChunk":
                self._source.refuse("holds an embedded document", hint="open it in Word and save it again")
            else:
                yield from self._blocks(child)

    def _cell(self, cell: Element) -> list[Para]:
        out: list[Para] = []
        for block in self._blocks(cell):
            if isinstance(block, Para):
                out.append(block)
            else:
                out.extend(p for row in block.rows for inner in row for p in inner)
        return out

    def _paragraph(self, element: Element) -> Iterator[Para | Table]:
        self._count += 1
        number = self._count
        style = element.find(f"{W}pPr/{W}pStyle")
        ident = style.get(W + "val", "") if style is not None else ""
        pieces: list[tuple[str, bool]] = []
        boxes: list[Element] = []
        self._runs(element, pieces, boxes, ident in self._bold_styles, ident in self._hidden_styles)
        text = clean("".join(piece for piece, _ in pieces))
        bold = 0
        for piece, is_bold in pieces:
            if not is_bold and piece.strip():
                break
            bold += len(clean(piece)) if is_bold else len(piece)
        outline = element.find(f"{W}pPr/{W}outlineLvl")
        heading = ident in self._heading_styles or ident.lower().startswith("heading") or outline is not None
        yield Para(text, min(bold, len(text)), heading, number)
        for box in boxes:
            yield from self._blocks(box)

    def _runs(
        self, element: Element, pieces: list[tuple[str, bool]], boxes: list[Element], bold: bool, hidden: bool
    ) -> None:
        for child in element:
            tag = child.tag
            if tag in _GONE:
                continue
            if tag == W + "txbxContent":
                boxes.append(child)
            elif tag == W + "r":
                properties = child.find(W + "rPr")
                style = properties.find(W + "rStyle") if properties is not None else None
                ident = style.get(W + "val", "") if style is not None else ""
                b = properties.find(W + "b") if properties is not None else None
                v = properties.find(W + "vanish") if properties is not None else None
                self._runs(
                    child,
                    pieces,
                    boxes,
                    _on(b) if b is not None else bold or ident in self._bold_styles,
                    _on(v) if v is not None else hidden or ident in self._hidden_styles,
                )
            elif tag in (W + "t", _M + "t"):
                if hidden and (child.text or "").strip():
                    self._source.refuse(
                        "holds hidden text",
                        line=self._count,
                        hint="the number is the paragraph's; show it in Word (Font, Hidden), then keep or delete it",
                    )
                pieces.append((child.text or "", bold))
            elif tag in (W + "tab", W + "ptab"):
                pieces.append(("\t", bold))
            elif tag in (W + "br", W + "cr"):
                pieces.append(("\n", bold))
            elif tag == W + "noBreakHyphen":
                pieces.append(("-", bold))
            elif tag in (W + "footnoteReference", W + "endnoteReference"):
                note = self._notes.get(tag[len(W) : -len("Reference")], {}).get(child.get(W + "id", ""), "")
                if note:
                    pieces.append((f" [note: {note}] ", bold))
            else:
                self._runs(child, pieces, boxes, bold, hidden)


def _on(element: Element | None) -> bool:
    return element is not None and element.get(W + "val", "true") not in ("0", "false", "off", "none")


def _through(element: Element, tag: str) -> Iterator[Element]:
    """Children of a kind, also inside content controls and revision marks."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag not in _GONE and child.tag not in (W + "tbl", W + "p"):
            yield from _through(child, tag)


def _deleted_row(row: Element) -> bool:
    return row.find(f"{W}trPr/{W}del") is not None
