"""The texts of outputs in markup and containers: DOCX, XLSX, HTML, REFI-QDA. Part of ``read_back``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from xml.etree.ElementTree import Element

from anonymizer.export import docx, table, web
from anonymizer.export.refi import PROJECT, USER
from anonymizer.intake.archive import Archive, parse_xml

Text = tuple[str, str]
_DOCX_VALUES = frozenset(
    ("Title", "Notice", "Heading1", "Heading2", "Turn", "Speaker", "Replaced", "preserve", "inlineStr")
)
_WEB_ATTRIBUTES = frozenset(("html lang", "meta charset", "meta http-equiv", "meta content", "p class"))
_OPAQUE = re.compile(
    r"[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}|internal://[0-9A-F-]{36}\.txt|#[0-9A-F]{6}|true|false|Text|\d{1,9}"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|anonymizer \d[\w.]*|" + USER
)


def _members(data: bytes, fixed: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    archive = Archive(data, "output")
    for name in sorted(archive.names):
        body = archive.read(name)
        known = {n.lower(): b for n, b in fixed.items()}
        if known.get(name) != body:
            yield name, body


def docx_texts(data: bytes) -> Iterator[Text]:
    """Paragraphs of a Word document, turns apart; and every part and attribute that is not this program's own."""
    for name, body in _members(data, docx.FIXED):
        if name != "word/document.xml":
            yield "member name", name
            yield from _xml(name, parse_xml(body, "output"))
            continue
        root = parse_xml(body, "output")
        turn = 0
        for paragraph in root.iter(docx.W + "p"):
            style = next((e.get(docx.W + "val") for e in paragraph.iter(docx.W + "pStyle")), "")
            runs = list(_runs(paragraph))
            if style == "Turn" and runs and runs[0][0] == "Speaker":
                yield f"turn {turn} speaker", runs[0][1]
                yield f"turn {turn}", "".join(text for _, text in runs[1:]).removeprefix(" ")
                turn += 1
            else:
                yield "heading" if style else "paragraph", "".join(text for _, text in runs)
        yield from (
            (place, text)
            for place, text in _xml(name, root)
            if place.endswith(" attribute") and text not in _DOCX_VALUES
        )


def _runs(paragraph: Element) -> Iterator[tuple[str, str]]:
    for run in paragraph.iter(docx.W + "r"):
        style = next((e.get(docx.W + "val", "") for e in run.iter(docx.W + "rStyle")), "")
        text = "".join(
            (e.text or "") if e.tag == docx.W + "t" else "\t" if e.tag == docx.W + "tab" else "\n"
            for e in run.iter()
            if e.tag in (docx.W + "t", docx.W + "tab", docx.W + "br")
        )
        yield style, text


def _xml(name: str, root: Element) -> Iterator[Text]:
    """Texts and attributes of an XML part, in document order."""
    for element in root.iter():
        if not isinstance(element.tag, str):
            yield f"{name} comment", element.text or ""
            continue
        for text in (element.text, element.tail):
            if text and text.strip():
                yield name, text
        for value in element.attrib.values():
            yield f"{name} attribute", value


def xlsx_rows(data: bytes) -> tuple[list[list[str]], list[Text]]:
    """Cells of a workbook's first sheet, and texts of everything else in it."""
    rows: list[list[str]] = []
    others: list[Text] = []
    for name, body in _members(data, table.FIXED):
        root = parse_xml(body, "output")
        if name != "xl/worksheets/sheet1.xml":
            others.append(("member name", name))
            others.extend(_xml(name, root))
            continue
        for row in root.iter(table.S + "row"):
            cells = ("".join(t.text or "" for t in cell.iter(table.S + "t")) for cell in row.iter(table.S + "c"))
            rows.append([table.unescaped(cell) for cell in cells])
        others.extend(("formula", cell.text or "") for cell in root.iter(table.S + "f"))
        others.extend(("value", cell.text or "") for cell in root.iter(table.S + "v"))
    return rows, others


class _Web(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[Text] = []
        self._place = "document"
        self._turn = -1
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "p" and not attrs:
            self._turn += 1
        for key, value in attrs:
            if f"{tag} {key}" not in _WEB_ATTRIBUTES:
                self.out.append((f"{tag} attribute", value or ""))
        places = {
            "span": f"turn {self._turn}",
            "b": f"turn {self._turn} speaker",
            "time": f"turn {self._turn} time",
            "style": "style",
            **dict.fromkeys(("h1", "h2", "h3", "title"), "heading"),
        }
        if tag != "mark":
            self._place = places.get(tag, "document")

    def handle_endtag(self, tag: str) -> None:
        if tag != "mark":
            self._place = "document"

    def handle_data(self, data: str) -> None:
        if self._place == "style" and data == web.STYLE:
            return
        if self.out and self.out[-1][0] == self._place and self._place.startswith("turn"):
            self.out[-1] = (self._place, self.out[-1][1] + data)
        else:
            self.out.append((self._place, data))

    def handle_comment(self, data: str) -> None:
        self.out.append(("comment", data))


def html_texts(data: bytes) -> Iterator[Text]:
    """Texts, attributes and comments of a page."""
    parser = _Web()
    parser.feed(data.decode("utf-8"))
    parser.close()
    return iter(parser.out)


def qdc_texts(data: bytes) -> Iterator[Text]:
    """Names and descriptions of a codebook."""
    return _opaque_aside(_xml("codebook", parse_xml(data, "output")))


def _opaque_aside(found: Iterator[Text]) -> Iterator[Text]:
    return ((place, text) for place, text in found if not _OPAQUE.fullmatch(text.strip()))


def qdpx_texts(data: bytes) -> Iterator[Text]:
    """A project's names and descriptions, and each source's text by its selections and between them."""
    archive = Archive(data, "output")
    if "project.qde" not in archive.names:
        raise ValueError
    root = parse_xml(archive.read("project.qde"), "output")
    yield from _opaque_aside(_xml("project.qde", root))
    seen = {"project.qde"}
    for source in root.iter(f"{{{PROJECT}}}TextSource"):
        name = "sources/" + source.get("plainTextPath", "").removeprefix("internal://").lower()
        seen.add(name)
        yield from _source(source, archive.read(name).decode("utf-8"))
    for name in sorted(archive.names - seen):
        yield "member name", name
        yield name, archive.read(name).decode("utf-8", "replace")


def _source(source: Element, text: str) -> Iterator[Text]:
    code = source.get("name", "")
    end = 0
    for position, selection in enumerate(source.iter(f"{{{PROJECT}}}PlainTextSelection")):
        start, stop = int(selection.get("startPosition", "0")), int(selection.get("endPosition", "0"))
        yield f"{code} text", text[end:start]
        speaker, _, said = text[start:stop].partition(": ")
        yield f"{code} turn {position} speaker", speaker
        yield f"{code} turn {position}", said
        end = stop
    yield f"{code} text", text[end:]
