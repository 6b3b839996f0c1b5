"""Lines of a protocol document, whatever its format: the one form that :mod:`anonymizer.protocol.outline` reads."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from anonymizer.errors import ProtocolError


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line or paragraph.

    Attributes:
        number: Line number in a text file, paragraph number in a word processor's, from 1.
        indent: Columns of indentation; list levels of word processors count four each.
        text: Without indentation; empty for a blank line.
        heading: Level of a heading that is marked as one, 0 if it is not.
        whole: True if a paragraph ends with this line for sure (word processors), so that the next is no continuation.
        note: True if it begins something that is known to be said to the interviewer only.
    """

    number: int
    indent: int
    text: str
    heading: int = 0
    whole: bool = False
    note: bool = False


def decode(data: bytes, file: str) -> str:
    """Text of a plain file: UTF-8, UTF-16 with byte order mark, or Windows-1252.

    Raises:
        ProtocolError: Null bytes or other signs of a binary file.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise ProtocolError("the protocol is not readable as text", file=file, hint="save it as UTF-8 text")
    if "\0" in text:
        raise ProtocolError("the protocol holds null bytes", file=file, hint="save it as UTF-8 text")
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def _printed_lines(text: str) -> list[Line]:
    lines = []
    for number, raw in enumerate(text.replace("\f", "\n").split("\n"), 1):
        body = raw.strip()
        indent = len(raw[: len(raw) - len(raw.lstrip())].expandtabs(4)) if body else 0
        # a tab inside a line is never one space: it parts a number from a title
        lines.append(Line(number, indent, body.replace("\t", "  ").replace("\u00a0", " ")))
    return lines


_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_RULER = re.compile(r"([-=*_])(?:\s*\1){2,}$")
_DECORATED = re.compile(r"([-=~_\u2013\u2014]{2,}|\*{3,})\s*([^\W_].*?)\s*\1$")
_SENTENCE_END = (".", "?", "!", ",", ";")


def text_lines(text: str) -> list[Line]:
    """Lines of plain text, as it comes out of a PDF; a form feed is a blank line, it does not end a sentence.

    ``# Work``, ``== Work ==`` and a short line with a ruler below are headings; rulers are blank lines.
    """
    lines: list[Line] = []
    for line in _printed_lines(text):
        match = _HEADING.match(line.text) or _DECORATED.match(line.text)
        if match and match[2] and not match[2].endswith(_SENTENCE_END):
            level = len(match[1]) if match[1][0] == "#" else 1
            lines.append(Line(line.number, 0, match[2], level, True))
        elif _RULER.match(line.text):
            last = lines[-1] if lines else None
            alone = len(lines) < 2 or not lines[-2].text
            if last is not None and alone and " " not in line.text and _short(last, len(lines) == 1):
                lines[-1] = Line(last.number, 0, last.text, 1 if line.text[0] == "=" else 2, True)
            lines.append(Line(line.number, 0, ""))
        else:
            lines.append(line)
    return lines


def _short(line: Line, title: bool) -> bool:
    """True for a line that may be underlined; only a title may end like a sentence."""
    return 0 < len(line.text.split()) <= 9 and not line.heading and (title or not line.text.endswith(_SENTENCE_END))


_ITEM = re.compile(r"(\d{1,3})([.)])\s+")


def markdown_lines(text: str) -> list[Line]:
    """Lines of Markdown: headings, lists numbered all ``1.``, quotes, rulers and comments resolved."""
    lines: list[Line] = []
    text = re.sub(r"<!--.*?-->", lambda match: "\n" * match[0].count("\n"), text, flags=re.S)
    counters: dict[int, int] = {}
    for line in _printed_lines(text):
        body = line.text
        if match := _HEADING.match(body):
            counters.clear()
            lines.append(Line(line.number, 0, match[2], len(match[1]), True))
            continue
        if _RULER.match(body):
            # a line of = or - under a text makes that text a heading
            if lines and lines[-1].text and not lines[-1].heading and body[0] in "=-" and " " not in body:
                last = lines.pop()
                counters.clear()
                lines.append(Line(last.number, 0, last.text, 1 if body[0] == "=" else 2, True))
            else:
                lines.append(Line(line.number, 0, ""))
            continue
        body = re.sub(r"^(?:>\s?)+", "", body)
        body = re.sub(r"^[*+]\s+(?=\S)", "- ", body)
        body = re.sub(r"\[([ xX])\]\s+", "", body, count=1)
        if match := _ITEM.match(body):
            for deeper in [indent for indent in counters if indent > line.indent]:
                del counters[deeper]
            value = int(match[1])
            # Markdown renders 1. 1. 1. as 1. 2. 3.; any other repetition stays as it is, and is refused later
            if value == 1 and line.indent in counters:
                value = counters[line.indent] + 1
            counters[line.indent] = value
            body = f"{value}{match[2]} {body[match.end() :]}"
        lines.append(Line(line.number, line.indent, body))
    return lines
