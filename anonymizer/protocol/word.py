"""DOCX protocols: paragraphs with the numbers that Word computes and does not store."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from anonymizer.errors import ProtocolError
from anonymizer.protocol.lines import Line
from anonymizer.protocol.markers import letters, roman
from anonymizer.protocol.opened import part

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SKIPPED = {
    f"{_W}{name}" for name in ("del", "moveFrom", "footnotePr", "pPr", "rPr", "instrText", "delText", "txbxContent")
}
_DEPTH = 9


@dataclass(slots=True)
class _Format:
    kind: str = "decimal"
    text: str = "%1."
    start: int = 1


@dataclass(slots=True)
class _Numbering:
    """Levels of each list, and the counters as they stand."""

    abstract_of: dict[str, str] = field(default_factory=dict)
    levels: dict[str, dict[int, _Format]] = field(default_factory=dict)
    starts: dict[tuple[str, int], int] = field(default_factory=dict)
    counters: dict[str, list[int | None]] = field(default_factory=dict)
    begun: set[tuple[str, int]] = field(default_factory=set)

    def marker(self, number: str, level: int) -> str:
        """What Word prints before a paragraph of that list and level."""
        abstract = self.abstract_of.get(number)
        formats = self.levels.get(abstract or "", {})
        own = formats.get(level)
        if abstract is None or own is None or own.kind == "none":
            return ""
        # lists of one abstract definition count on together, unless an override restarts them
        counters = self.counters.setdefault(abstract, [None] * _DEPTH)
        restart = self.starts.get((number, level))
        if restart is not None and (number, level) not in self.begun:
            counters[level] = restart
        else:
            held = counters[level]
            counters[level] = own.start if held is None else held + 1
        self.begun.add((number, level))
        for deeper in range(level + 1, _DEPTH):
            counters[deeper] = None
        if own.kind == "bullet":
            return "- "

        def printed(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            held = formats.get(at, _Format())
            value = counters[at]
            return _written(held.kind if held.kind != "bullet" else "decimal", held.start if value is None else value)

        text = re.sub(r"%(\d)", printed, own.text).strip()
        return f"{text if re.search(r'[.):]$', text) or not text else text + '.'} "


def _written(kind: str, value: int) -> str:
    if kind == "lowerLetter":
        return letters(value)
    if kind == "upperLetter":
        return letters(value).upper()
    if kind == "lowerRoman":
        return roman(value)
    return roman(value).upper() if kind == "upperRoman" else str(value)


def _value(element: Any, path: str) -> str | None:
    found = element.find(path) if element is not None else None
    return None if found is None else found.get(f"{_W}val")


def _int(text: str | None, default: int = 0) -> int:
    try:
        return int(text) if text else default
    except ValueError:
        return default


def _numbering(root: Any) -> _Numbering:
    result = _Numbering()
    if root is None:
        return result
    for abstract in root.findall(f"{_W}abstractNum"):
        id = abstract.get(f"{_W}abstractNumId", "")
        result.levels[id] = {
            _int(level.get(f"{_W}ilvl")): _Format(
                _value(level, f"{_W}numFmt") or "decimal",
                _value(level, f"{_W}lvlText") or "",
                _int(_value(level, f"{_W}start"), 1),
            )
            for level in abstract.findall(f"{_W}lvl")
            if 0 <= _int(level.get(f"{_W}ilvl")) < _DEPTH
        }
    for number in root.findall(f"{_W}num"):
        id = number.get(f"{_W}numId", "")
        result.abstract_of[id] = _value(number, f"{_W}abstractNumId") or ""
        for override in number.findall(f"{_W}lvlOverride"):
            start = _value(override, f"{_W}startOverride")
            if start is not None:
                result.starts[id, _int(override.get(f"{_W}ilvl"))] = _int(start, 1)
    return result


@dataclass(slots=True)
class _Style:
    heading: int = 0
    number: str | None = None
    level: int = 0


def _styles(root: Any) -> dict[str, _Style]:
    result: dict[str, _Style] = {}
    if root is None:
        return result
    based: dict[str, str] = {}
    for style in root.findall(f"{_W}style"):
        id = style.get(f"{_W}styleId", "")
        name = (_value(style, f"{_W}name") or "").lower()
        properties = style.find(f"{_W}pPr")
        outline = _value(properties, f"{_W}outlineLvl")
        match = re.match(r"heading (\d)", name)
        heading = int(match[1]) if match else 1 if name == "title" else 0
        if not heading and outline is not None and _int(outline, 9) < 9:
            heading = _int(outline) + 1
        numbered = properties.find(f"{_W}numPr") if properties is not None else None
        result[id] = _Style(heading, _value(numbered, f"{_W}numId"), _int(_value(numbered, f"{_W}ilvl")))
        based[id] = _value(style, f"{_W}basedOn") or ""
    for id, own in result.items():
        parent, seen = based.get(id, ""), {id}
        while parent in result and parent not in seen:
            seen.add(parent)
            own.heading = own.heading or result[parent].heading
            if own.number is None:
                own.number, own.level = result[parent].number, result[parent].level
            parent = based.get(parent, "")
    return result


def _text(element: Any) -> str:
    pieces: list[str] = []
    for child in element:
        if child.tag in _SKIPPED:
            continue
        if child.tag == f"{_W}t":
            pieces.append(child.text or "")
        elif child.tag in (f"{_W}tab", f"{_W}br", f"{_W}cr"):
            pieces.append(" ")
        elif child.tag == f"{_W}noBreakHyphen":
            pieces.append("-")
        else:
            pieces.append(_text(child))
    return "".join(pieces)


def _all_bold(paragraph: Any) -> bool:
    runs = [run for run in paragraph.iter(f"{_W}r") if (_text(run)).strip()]
    return bool(runs) and all(
        run.find(f"{_W}rPr/{_W}b") is not None and _value(run, f"{_W}rPr/{_W}b") not in ("0", "false") for run in runs
    )


def docx_lines(data: bytes, file: str) -> list[Line]:
    """Paragraphs in order, tables cell by cell, with headings, computed numbers and list levels; deletions left out.

    Raises:
        ProtocolError: Not a DOCX, damaged, or protected.
    """
    body = part(data, "word/document.xml", file).find(f"{_W}body")
    if body is None:
        raise ProtocolError("the document is damaged", file=file)
    numbering = _numbering(part(data, "word/numbering.xml", file, needed=False))
    styles = _styles(part(data, "word/styles.xml", file, needed=False))
    lines: list[Line] = []
    for position, paragraph in enumerate(body.iter(f"{_W}p"), 1):
        text = " ".join(_text(paragraph).replace("\u00a0", " ").split())
        properties = paragraph.find(f"{_W}pPr")
        style = styles.get(_value(properties, f"{_W}pStyle") or "", _Style())
        numbered = properties.find(f"{_W}numPr") if properties is not None else None
        number = _value(numbered, f"{_W}numId") or style.number
        level = min(_int(_value(numbered, f"{_W}ilvl"), style.level), _DEPTH - 1)
        if not text:
            lines.append(Line(position, 0, ""))
            continue
        marker = numbering.marker(number, level) if number and number != "0" else ""
        if style.heading:
            lines.append(Line(position, 0, f"{marker}{text}", style.heading, True))
            continue
        short = len(text.split()) <= 9 and not re.search(r"[.?!:;]$", text.rstrip(":"))
        heading = 6 if not marker and short and _all_bold(paragraph) else 0
        indent = 4 * (level + 1) if marker else min(_int(_indent(properties)) // 180, 40)
        lines.append(Line(position, indent, f"{marker}{text}", heading, True))
    return lines


def _indent(properties: Any) -> str | None:
    found = properties.find(f"{_W}ind") if properties is not None else None
    return None if found is None else found.get(f"{_W}left") or found.get(f"{_W}start")
