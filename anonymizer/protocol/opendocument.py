"""ODT protocols: paragraphs with the numbers that the office program computes and does not store."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from anonymizer.errors import ProtocolError
from anonymizer.protocol.lines import Line
from anonymizer.protocol.markers import letters, roman
from anonymizer.protocol.opened import part

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
_SKIPPED = {f"{_TEXT}note", f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_TEXT}bookmark-ref"}
_DEPTH = 10


@dataclass(slots=True)
class _Level:
    kind: str
    prefix: str = ""
    suffix: str = "."
    start: int = 1
    shown: int = 1


@dataclass(slots=True)
class _State:
    formats: dict[str, dict[int, _Level]]
    lines: list[Line] = field(default_factory=list)
    position: int = 0
    ended: dict[str, list[int]] = field(default_factory=dict)
    by_id: dict[str, list[int]] = field(default_factory=dict)


def _int(text: str | None, default: int) -> int:
    try:
        return int(text) if text else default
    except ValueError:
        return default


def _formats(*roots: Any) -> dict[str, dict[int, _Level]]:
    result: dict[str, dict[int, _Level]] = {}
    for root in roots:
        if root is None:
            continue
        for style in (*root.iter(f"{_TEXT}list-style"), *root.iter(f"{_TEXT}outline-style")):
            levels: dict[int, _Level] = {}
            for level in style:
                depth = _int(level.get(f"{_TEXT}level"), 1) - 1
                kind = "bullet" if level.tag.endswith("bullet") else level.get(f"{_STYLE}num-format") or ""
                levels[depth] = _Level(
                    kind,
                    level.get(f"{_STYLE}num-prefix") or "",
                    level.get(f"{_STYLE}num-suffix") or ".",
                    _int(level.get(f"{_TEXT}start-value"), 1),
                    _int(level.get(f"{_TEXT}display-levels"), 1),
                )
            result[style.get(f"{_STYLE}name", "")] = levels
    return result


def _written(kind: str, value: int) -> str:
    if kind in ("a", "A"):
        return letters(value) if kind == "a" else letters(value).upper()
    if kind in ("i", "I"):
        return roman(value) if kind == "i" else roman(value).upper()
    return str(value)


def _marker(levels: dict[int, _Level], counters: list[int]) -> str:
    depth = len(counters) - 1
    own = levels.get(depth, _Level("1"))
    if own.kind == "bullet":
        return "- "
    if not own.kind:
        return ""
    shown = range(max(0, depth - own.shown + 1), depth + 1)
    text = ".".join(_written(levels.get(at, _Level("1")).kind or "1", counters[at]) for at in shown)
    text = f"{own.prefix}{text}{own.suffix}".strip()
    return f"{text if re.search(r'[.):]$', text) else text + '.'} "


def _text(element: Any) -> str:
    pieces = [element.text or ""]
    for child in element:
        if child.tag in (f"{_TEXT}s", f"{_TEXT}tab", f"{_TEXT}line-break"):
            pieces.append(" ")
        elif child.tag not in _SKIPPED:
            pieces.append(_text(child))
        pieces.append(child.tail or "")
    return "".join(pieces)


def _paragraph(element: Any, state: _State, marker: str, depth: int) -> None:
    state.position += 1
    text = " ".join(_text(element).replace("\u00a0", " ").split())
    heading = _int(element.get(f"{_TEXT}outline-level"), 1) if element.tag == f"{_TEXT}h" else 0
    state.lines.append(Line(state.position, 4 * depth, f"{marker}{text}" if text else "", heading, bool(text)))


def _list(element: Any, state: _State, style: str, counters: list[int]) -> None:
    style = element.get(f"{_TEXT}style-name") or style
    levels = state.formats.get(style, {})
    depth = len(counters)
    if depth >= _DEPTH:
        raise ProtocolError("lists are nested too deep")
    value = levels.get(depth, _Level("1")).start - 1
    continued = element.get(f"{_TEXT}continue-list")
    if continued and len(state.by_id.get(continued, ())) > depth:
        value = state.by_id[continued][depth]
    elif element.get(f"{_TEXT}continue-numbering") == "true" and len(state.ended.get(style, ())) > depth:
        value = state.ended[style][depth]
    for item in element:
        if item.tag not in (f"{_TEXT}list-item", f"{_TEXT}list-header"):
            continue
        first = item.tag == f"{_TEXT}list-item"
        # an item that only holds a deeper list prints no number of its own, but counts
        counted = False
        for child in item:
            if child.tag in (f"{_TEXT}p", f"{_TEXT}h"):
                if first and not counted:
                    value = _int(item.get(f"{_TEXT}start-value"), value + 1)
                    counted = True
                    _paragraph(child, state, _marker(levels, [*counters, value]), depth + 1)
                else:
                    _paragraph(child, state, "", depth + 1)
            elif child.tag == f"{_TEXT}list":
                _list(child, state, style, [*counters, max(value, 1)])
    reached = [*counters, value]
    state.ended[style] = reached
    if element.get(_XML_ID):
        state.by_id[element.get(_XML_ID)] = reached


def _walk(element: Any, state: _State) -> None:
    for child in element:
        if child.tag in (f"{_TEXT}p", f"{_TEXT}h"):
            _paragraph(child, state, "", 0)
        elif child.tag == f"{_TEXT}list":
            _list(child, state, "", [])
        elif child.tag not in _SKIPPED:
            _walk(child, state)


def odt_lines(data: bytes, file: str) -> list[Line]:
    """Paragraphs in order, with headings, computed numbers and list levels; notes and tracked deletions left out.

    Raises:
        ProtocolError: Not an ODT, damaged, or protected.
    """
    content = part(data, "content.xml", file)
    body = content.find(f"{_OFFICE}body/{_OFFICE}text")
    if body is None:
        raise ProtocolError("not a text document", file=file)
    state = _State(_formats(content, part(data, "styles.xml", file, needed=False)))
    try:
        _walk(body, state)
    except RecursionError:
        raise ProtocolError("the document is nested too deep", file=file) from None
    return state.lines
