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
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from xml.etree.ElementTree import Element

from anonymizer.errors import OutputError
from anonymizer.export import docx, table, web
from anonymizer.export.headings import NOTICE, OUTSIDE
from anonymizer.intake.archive import Archive, parse_xml

Text = tuple[str, str]
_KEYS = frozenset(
    (
        "code",
        "reviewed",
        "turns",
        "speaker",
        "text",
        "start",
        "end",
        "question",
        "section",
        "role",
        "confidence",
        "index",
    )
)
_FIXED_TEXTS = frozenset((NOTICE, f"[{NOTICE}]", OUTSIDE))
_WEB_ATTRIBUTES = frozenset(("html lang", "meta charset", "meta http-equiv", "meta content", "p class"))
_DOCX_VALUES = frozenset(
    ("Title", "Notice", "Heading1", "Heading2", "Turn", "Speaker", "Replaced", "preserve", "inlineStr")
)


def texts(data: bytes, format: str) -> tuple[Text, ...]:
    """(place, text) of everything in an output.

    A turn's text comes as one piece under the place ``turn 12``, its position in the output from 0; other places are
    such as ``turn 12 speaker``, ``heading``, ``cell B7``, ``docProps/core.xml``, ``line 3``, ``member name``.

    Args:
        data: The file.
        format: json, txt, docx, vtt, srt, csv, xlsx, html, qdpx or qdc.

    Raises:
        OutputError: The file cannot be read as that format: an output that cannot be checked may not be released.
    """
    readers = {
        "json": _json, "txt": _txt, "docx": _docx, "vtt": _vtt, "srt": _srt, "csv": _csv, "xlsx": _xlsx, "html": _html,
        "qdpx": _archive, "qdc": _qdc,
    }  # fmt: skip
    reader = readers.get(format)
    if reader is None:
        raise OutputError("no reader checks this format, so it may not be released")
    try:
        return tuple((place, text) for place, text in reader(data) if text.strip() and text not in _FIXED_TEXTS)
    except OutputError:
        raise
    except Exception as error:  # noqa: BLE001
        # whatever is wrong with the file, its texts were not seen; the cause may quote them
        raise OutputError(f"an output cannot be read back: {type(error).__name__}") from None


def _json(data: bytes) -> Iterator[Text]:
    document = json.loads(data.decode("utf-8"))
    yield from _values(document, "")


def _values(value: Any, place: str) -> Iterator[Text]:
    stack: list[tuple[Any, str]] = [(value, place)]
    while stack:
        item, at = stack.pop()
        if isinstance(item, dict):
            for key, inner in reversed(item.items()):
                if key not in _KEYS:
                    yield f"{at} key".strip(), key
                stack.append((inner, at if key in ("turns", "text") else f"{at} {key}".strip()))
        elif isinstance(item, list):
            stack.extend((inner, f"{at} turn {i}".strip()) for i, inner in reversed(list(enumerate(item))))
        elif isinstance(item, str):
            yield at or "document", item
        elif item is not None and not isinstance(item, bool):
            # a telephone number may stand as a number
            yield at, str(item)


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


def _is_code(text: str) -> bool:
    return 0 < len(text) <= 12 and text.isascii() and text.replace("-", "").isalnum()


_VOICED = re.compile(r"<v ([^>]*)>(.*)</v>$", re.DOTALL)
_CODED = re.compile(r"([^:\n]{1,12}): ?(.*)$", re.DOTALL)


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
        elif payload in _FIXED_TEXTS:
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
    yield from _sheet([[table.unguarded(cell) for cell in row] for row in rows])


def _sheet(rows: list[list[str]]) -> Iterator[Text]:
    text_column = rows[0].index("text") if rows and "text" in rows[0] else -1
    for number, row in enumerate(rows, 1):
        for i, cell in enumerate(row):
            if number == 1 and cell in table.COLUMNS:
                continue
            yield (
                (f"turn {number - 2}" if i == text_column and number > 1 else f"cell {chr(65 + i % 26)}{number}"),
                cell,
            )


def _members(data: bytes, fixed: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    archive = Archive(data, "output")
    for name in sorted(archive.names):
        body = archive.read(name)
        known = {n.lower(): b for n, b in fixed.items()}
        if known.get(name) != body:
            yield name, body


def _docx(data: bytes) -> Iterator[Text]:
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


def _xlsx(data: bytes) -> Iterator[Text]:
    for name, body in _members(data, table.FIXED):
        root = parse_xml(body, "output")
        if name != "xl/worksheets/sheet1.xml":
            yield "member name", name
            yield from _xml(name, root)
            continue
        rows = [
            ["".join(t.text or "" for t in cell.iter(table.S + "t")) for cell in row.iter(table.S + "c")]
            for row in root.iter(table.S + "row")
        ]
        yield from _sheet([[table.unescaped(cell) for cell in row] for row in rows])
        for cell in root.iter(table.S + "f"):
            yield "formula", cell.text or ""


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
            if (tag, key) not in {
                ("html", "lang"),
                ("meta", "charset"),
                ("meta", "http-equiv"),
                ("meta", "content"),
                ("p", "class"),
            }:
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


def _html(data: bytes) -> Iterator[Text]:
    parser = _Web()
    parser.feed(data.decode("utf-8"))
    parser.close()
    return iter(parser.out)


def _archive(data: bytes) -> Iterator[Text]:
    archive = Archive(data, "output")
    for name in sorted(archive.names):
        yield "member name", name
        body = archive.read(name)
        if name.endswith((".qde", ".qdc", ".xml")):
            yield from _xml(name, parse_xml(body, "output"))
        else:
            yield from ((f"{name} line {i}", line) for i, line in enumerate(body.decode("utf-8").split("\n"), 1))


def _qdc(data: bytes) -> Iterator[Text]:
    return _xml("codebook", parse_xml(data, "output"))
