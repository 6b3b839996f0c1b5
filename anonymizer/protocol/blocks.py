"""Lines joined to paragraphs and items, with what looks like another item inside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from anonymizer.protocol.headings import is_heading
from anonymizer.protocol.lines import Line
from anonymizer.protocol.markers import Marker, plain, take_marker

_ONLY_OPTIONAL = re.compile(r"[(\[]optional[)\]]$", re.I)
_END = tuple(".?!:;)]}\"'\u201d\u2019\u2026")
# a line that goes on another one although it begins like an item
_LIKE_ITEM = re.compile(
    r"\W{0,2}(?:[A-Za-z]{1,9}[.\s-]{0,2})?\d{1,2}\s?[a-z]?(?:[.):]|\s*[-\u2013\u2014])\s+[\"\u201c*(]*[A-Z]|"
    r"\W{0,2}\d{1,2}[a-z]?\s+[A-Z].*\?$"
)
# an item inside a line: "... that? b) Why?"
_INSIDE = re.compile(
    r"[.?!:;)\]\"\u201d]\s+(\(?(?:Q\.?\s?)?(?:\d{1,2}[a-z]?|[a-h]|[ivx]{1,4}|[A-H]\d{1,2}[a-z]?)[.)]\s+[\"\u201c*(]*[A-Z])"
)


@dataclass(slots=True)
class Block:
    """Lines that belong together.

    Attributes:
        number: Of the first line.
        indent: Of the first line.
        text: Joined.
        heading: Level of a heading, 0 if it is none.
        marker: Of the first line.
        closed: True if nothing can be joined to it.
        apart: True if a blank line stands before it.
        suspects: Lines in it that look like items of their own.
        note: True if its first line is known to be a note.
    """

    number: int
    indent: int
    text: str
    heading: int
    marker: Marker
    closed: bool = False
    apart: bool = False
    suspects: list[tuple[int, str]] = field(default_factory=list)
    note: bool = False

    @property
    def body(self) -> str:
        """The whole text without marker, ``(optional)`` and emphasis."""
        return plain(take_marker(self.text).text)

    @property
    def bare(self) -> bool:
        """True for a bullet, an asterisk or ``Probe:`` without a number."""
        return not self.marker.numbered and (self.marker.found or self.marker.optional)


def joined(lines: Sequence[Line]) -> list[Block]:
    """Paragraphs and items of the document's lines, continuation lines joined."""
    blocks: list[Block] = []
    blank = True
    for position, line in enumerate(lines):
        if not line.text:
            blank = True
            continue
        before = lines[position - 1] if position else None
        after = lines[position + 1] if position + 1 < len(lines) else None
        last = blocks[-1] if blocks else None
        marker = take_marker(line.text)
        heading = is_heading(line, before, after)
        bracket = line.text.startswith("[")
        ended = last is not None and last.text.rstrip("*_").endswith(_END)
        continues = (
            last is not None
            and not last.closed
            and not last.heading
            and not heading
            and not marker.found
            and not line.heading
            and not line.note
            and (
                (
                    not blank
                    and not ((bracket or (marker.optional and not line.text[0].islower())) and ended)
                    and not _next_question(blocks, line, after)
                )
                # a page break or a lost line break inside a sentence
                or (blank and line.text[0].islower() and not ended and not marker.optional)
            )
        )
        if last is not None and not last.closed and not last.heading and not blank and _ONLY_OPTIONAL.match(line.text):
            continues = True
        # an open bracket swallows what follows until it closes
        if last is not None and not last.closed and not blank and not marker.found and _open(last.text):
            continues = True
        if continues and last is not None:
            question = last.text.endswith("?")
            last.text = f"{last.text} {line.text}"
            last.closed = line.whole
            if _LIKE_ITEM.match(line.text) or (last.marker.found and question and _like_heading(line, after)):
                last.suspects.append((line.number, line.text))
        else:
            level = max(line.heading, int(heading))
            blocks.append(Block(line.number, line.indent, line.text, level, marker, line.whole, blank, note=line.note))
        if match := _INSIDE.search(line.text):
            blocks[-1].suspects.append((line.number, line.text[match.start(1) :]))
        blank = False
    return blocks


def _next_question(blocks: Sequence[Block], line: Line, after: Line | None) -> bool:
    """True for an unnumbered question right below the bullets of the one before.

    Only where the paragraph began with such a question too: elsewhere it is the second line of a bullet.
    """
    last = blocks[-1]
    if not (last.bare and last.marker.found and last.text.endswith(("?", ".", "!"))):
        return False
    if line.indent > last.indent or not line.text[0].isupper():
        return False
    if after is not None and after.text and not (take_marker(after.text).found or line.text.endswith(("?", "."))):
        return False
    for block in reversed(blocks):
        if block.marker.numbered or block.heading:
            return False
        if not block.marker.found and not block.text.startswith("["):
            return asks(block.text)
        if block.apart:
            return False
    return False


def _like_heading(line: Line, after: Line | None) -> bool:
    """True for a few words without an end right above an item: a heading without blank lines around it."""
    few = len(line.text.split()) <= 6 and not line.text.rstrip(":").endswith((*_END, ","))
    return few and line.text[0].isupper() and after is not None and take_marker(after.text).found


def _open(text: str) -> bool:
    return text.startswith("[") and text.count("[") > text.count("]")


def wraps(text: str) -> bool:
    """True for a text that stands in brackets as a whole."""
    return (text.startswith("[") and text.endswith("]")) or (
        text.startswith("(") and text.endswith(")") and text.find(")") == len(text) - 1
    )


_ASKS = re.compile(
    r"(?:tell|describe|explain|think|talk|walk|imagine|give|show|what|how|why|when|where|who|which|whose|can|could|"
    r"would|do|does|did|is|are|was|were|have|has|in what|please|suppose)\b",
    re.I,
)


_FOR_ME = re.compile(r"\b(?:tell|walk|talk|take|show|give|describe to|explain to|for) me\b", re.I)


def asks(text: str) -> bool:
    """True for a text that puts a question or begins like one."""
    return "?" in text or _ASKS.match(text) is not None or _FOR_ME.search(text) is not None
