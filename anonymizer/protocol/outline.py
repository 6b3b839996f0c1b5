"""From lines to the questions: headings, levels, continuation lines, notes, what could not be placed.

Levels come from the kind and value of the numbers, not from indentation, which text out of a PDF has lost: after ``c.``
an ``i.`` opens a level, after ``ii.`` a ``d.`` returns to the letters. Indentation only decides where numbers do not.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from anonymizer.errors import ProtocolError
from anonymizer.protocol.lines import Line
from anonymizer.protocol.markers import LOWER, NUMBER, ROMAN, Marker, plain, printed, take_marker
from anonymizer.protocol.model import Protocol, Question

DEFAULT_SECTION = "Questions"
_PART = re.compile(
    r"(?:part|section|block|theme|topic|module)\s+(?:\d{1,2}|[A-Za-z]|[IVXivx]{1,5})\s*(?:[:.)]|[-\u2010-\u2015](?=\s))\s*",
    re.I,
)
_PART_ALONE = re.compile(r"(?:part|section|block|theme|topic|module)\s+(?:\d{1,2}|[A-Z]|[IVX]{1,5})$", re.I)
_NUMBERED_HEADING = re.compile(r"(?:\d{1,2}|[A-Z]|[IVX]{1,5})[.)]\s+")
_INSTRUCTION = re.compile(
    r"(?:read(?:\s+(?:out|aloud))?|say|notes?|instructions?|intro|introduction|(?:to )?interviewer|"
    r"transition|script|reminder|todo)\b[^:.?]{0,30}:",
    re.I,
)
_INLINE_NOTE = re.compile(
    r"[(\[]\s*((?:\*?(?:if|only if|show|skip|ask|do not|don't|only|probe|read|note|wait|pause|check|use|hand|"
    r"interviewer|go to|continue|you mentioned))\b[^()\[\]]*)[)\]]",
    re.I,
)
_END = tuple(".?!:;)]}\"'\u201d\u2019\u2026")


def slug(title: str) -> str:
    """``Part B: Effective Practices`` becomes ``effective-practices``."""
    title = section_title(title)
    ascii_text = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode() or title
    return re.sub(r"[^\w]+|_+", "-", ascii_text.lower()).strip("-") or "section"


def section_title(heading: str) -> str:
    """A heading without ``Part B:`` and without its number; kept whole if nothing would be left."""
    bare = _PART.sub("", heading, count=1).strip() if _PART.match(heading) else heading
    bare = _NUMBERED_HEADING.sub("", bare, count=1).strip() if _NUMBERED_HEADING.match(bare) else bare
    return bare.rstrip(":").strip() or heading


@dataclass(slots=True)
class _Block:
    """Lines that belong together."""

    number: int
    indent: int
    text: str
    heading: int
    marker: Marker
    closed: bool = False
    apart: bool = False


@dataclass(slots=True)
class _Level:
    kind: str
    value: int
    indent: int


@dataclass(slots=True)
class _Section:
    title: str
    slug: str
    line: int
    number: int | None = None
    levels: list[_Level] = field(default_factory=list)
    count: int = 0


def _is_heading(line: Line, before: Line | None, after: Line | None) -> bool:
    text = line.text
    if line.heading or _PART.match(text) or _PART_ALONE.match(text):
        return True
    if (before is not None and before.text) or not text[0].isupper():
        return False
    if after is not None and after.text and not take_marker(after.text).found and not after.text.startswith(("[", "(")):
        return False
    marker = take_marker(text)
    words = text.split()
    return not marker.found and len(words) <= 9 and not text.rstrip(":").endswith((*_END, ",")) and "?" not in text


def _blocks(lines: Sequence[Line]) -> list[_Block]:
    blocks: list[_Block] = []
    blank = True
    for position, line in enumerate(lines):
        if not line.text:
            blank = True
            continue
        before = lines[position - 1] if position else None
        after = lines[position + 1] if position + 1 < len(lines) else None
        last = blocks[-1] if blocks else None
        marker = take_marker(line.text)
        heading = _is_heading(line, before, after)
        bracket = line.text.startswith("[")
        continues = (
            last is not None
            and not last.closed
            and not last.heading
            and not heading
            and not marker.found
            and not line.heading
            and (
                (not blank and not ((bracket or marker.optional) and last.text.endswith(_END)))
                # a page break or a lost line break inside a sentence
                or (blank and line.text[0].islower() and not last.text.endswith(_END) and not marker.optional)
            )
        )
        # an open bracket swallows what follows until it closes
        if last is not None and not last.closed and not blank and not marker.found and _open(last.text):
            continues = True
        if continues and last is not None:
            last.text = f"{last.text} {line.text}"
            last.closed = line.whole
        else:
            level = max(line.heading, int(heading))
            blocks.append(_Block(line.number, line.indent, line.text, level, marker, line.whole, blank))
        blank = False
    return blocks


def _open(text: str) -> bool:
    return text.startswith("[") and text.count("[") > text.count("]")


def _wraps(text: str) -> bool:
    """True for a text that stands in brackets or quotes as a whole."""
    return (text.startswith("[") and text.endswith("]")) or (
        text.startswith("(") and text.endswith(")") and text.find(")") == len(text) - 1
    )


class _Builder:
    def __init__(self, file: str) -> None:
        self.file = file
        self.sections: list[_Section] = []
        self.questions: list[Question] = []
        self.lines_of: dict[str, int] = {}
        self.notes: list[tuple[int, str]] = []
        self.unplaced: list[tuple[int, str]] = []
        self.fresh = False

    @property
    def section(self) -> _Section:
        if not self.sections:
            self.open_section(DEFAULT_SECTION, 0)
        return self.sections[-1]

    def open_section(self, heading: str, line: int) -> None:
        title = plain(heading)
        base = slug(title)
        taken = {section.slug for section in self.sections if section.count}
        name, suffix = base, 2
        while name in taken:
            name, suffix = f"{base}-{suffix}", suffix + 1
        number = re.match(r"(?:(?:part|section)\s+)?(\d{1,2})\b", title, re.I)
        self.sections.append(_Section(section_title(title), name, line, int(number[1]) if number else None))

    def place(self, block: _Block) -> None:
        """Give an item its level and value, then add the question."""
        marker = block.marker
        levels = self.section.levels
        if marker.path:
            path = marker.path[1:] if marker.path[0] == self.section.number else marker.path
            levels[:] = [_Level(NUMBER, value, block.indent) for value in path]
        elif marker.readings:
            self._numbered(block, levels)
        else:
            self._unnumbered(block, levels)
        self._add(block, ".".join(printed(level.kind, level.value) for level in levels))

    def _numbered(self, block: _Block, levels: list[_Level]) -> None:
        readings = block.marker.readings
        follows = [
            (abs(levels[depth].indent - block.indent), -depth, kind, value)
            for depth in range(len(levels))
            for kind, value in readings
            if levels[depth].kind == kind and levels[depth].value + 1 == value
        ]
        if follows:
            # "2." may follow a "1." at more than one level: there, and only there, the indentation is asked
            _, depth, kind, value = min(follows)
            del levels[1 - depth :]
            levels[-depth] = _Level(kind, value, block.indent)
            return
        first = [reading for reading in readings if reading[1] == 1]
        top = levels[-1] if levels else None
        if top is None:
            kind, value = first[-1] if first else readings[0]
            levels.append(_Level(kind, value, block.indent))
            return
        if first and (all(top.kind != kind for kind, _ in first) or block.indent > top.indent):
            kind, value = first[-1]
            levels.append(_Level(kind, value, block.indent))
            return
        # a gap or a repetition: the deepest level of that kind; a repetition is refused when its id is taken
        for depth in range(len(levels) - 1, -1, -1):
            for kind, value in readings:
                if levels[depth].kind == kind:
                    del levels[depth + 1 :]
                    levels[depth] = _Level(kind, value, block.indent)
                    return
        levels.append(_Level(*readings[0], block.indent))

    def _unnumbered(self, block: _Block, levels: list[_Level]) -> None:
        if not levels:
            levels.append(_Level(NUMBER, 1, block.indent))
            return
        if block.indent > levels[-1].indent or (block.marker.probe and len(levels) == 1):
            levels.append(_Level(LOWER if len(levels) % 2 else ROMAN, 1, block.indent))
            return
        depth = len(levels) - 1
        while depth > 0 and block.indent < levels[depth].indent and block.indent <= levels[depth - 1].indent:
            depth -= 1
        if block.marker.probe:
            depth = max(depth, 1)
        del levels[depth + 1 :]
        levels[depth] = _Level(levels[depth].kind, levels[depth].value + 1, block.indent)

    def _add(self, block: _Block, number: str) -> None:
        raw = take_marker(block.text)
        text = plain(raw.text)
        if not re.search(r"\w", text):
            self.unplaced.append((block.number, block.text))
            return
        section = self.section
        id = f"{section.slug}.{number}"
        if id in self.lines_of:
            raise ProtocolError(
                f"the number {number} stands twice in one section, first in line {self.lines_of[id]}",
                file=self.file,
                line=block.number,
                hint="number the questions anew, or describe them in protocol.yaml (docs/protocol.md)",
            )
        self.lines_of[id] = block.number
        section.count += 1
        notes = tuple(match[1] for match in _INLINE_NOTE.finditer(text))
        self.questions.append(Question(id, section.title, number, text, raw.optional, notes))
        self.fresh = True

    def note(self, block: _Block) -> None:
        """Keep a line as a note; one in brackets right after a question belongs to it."""
        text = plain(block.text)
        self.notes.append((block.number, text))
        if self.fresh and not block.apart and text.startswith(("[", "(")):
            last = self.questions[-1]
            self.questions[-1] = replace(last, notes=(*last.notes, text.strip("[]()")))


def digest(questions: Sequence[Question]) -> str:
    """Version of a protocol: 12 hex digits over ids and texts."""
    text = "\n".join(f"{q.id}\t{q.text}\t{q.optional}" for q in questions)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _headings_number(blocks: Sequence[_Block]) -> set[int]:
    """Positions of numbered items that are sections: ``1. Background`` before ``a. ...`` or ``1.1 ...``."""
    if any(block.heading and _holds_items(blocks, at) for at, block in enumerate(blocks) if at):
        return set()
    found = set()
    for at, block in enumerate(blocks[:-1]):
        text, after = plain(block.marker.text), blocks[at + 1]
        deeper = after.marker.path or (after.marker.found and after.marker.readings != block.marker.readings)
        short = len(text.split()) <= 6 and not text.endswith(_END) and "?" not in text
        if block.marker.readings and short and deeper and text[:1].isupper() and not block.marker.optional:
            found.add(at)
    # one alone is more likely a question without its question mark
    return found if len(found) > 1 else set()


def _holds_items(blocks: Sequence[_Block], at: int) -> bool:
    for block in blocks[at + 1 :]:
        if block.heading:
            return False
        if block.marker.found:
            return True
    return False


def build(lines: Sequence[Line], file: str) -> Protocol:
    """Find the questions.

    Args:
        lines: Of the document.
        file: Its name, for error messages.

    Raises:
        ProtocolError: No question found, or a number stands twice in a section; names the line.
    """
    blocks = _blocks(lines)
    if not blocks:
        raise ProtocolError("the protocol is empty", file=file)
    builder = _Builder(file)
    numbered_headings = _headings_number(blocks)
    for position, block in enumerate(blocks):
        text = plain(block.text)
        marker = block.marker
        if position in numbered_headings or (block.heading and not (marker.found and "?" in text)):
            title = text if block.heading else plain(take_marker(block.text).text)
            builder.open_section(title, block.number)
            if not block.heading and marker.readings:
                builder.section.number = marker.readings[0][1]
            builder.fresh = False
        elif _INSTRUCTION.match(marker.text) or text.startswith("[") or (_wraps(text) and not marker.found):
            builder.note(block)
        elif marker.found:
            if marker.bullet and not (marker.readings or marker.path or marker.probe) and not _asks(marker, text):
                (builder.notes if not builder.fresh else builder.unplaced).append((block.number, text))
            else:
                builder.place(block)
        elif (marker.optional and builder.sections) or ("?" in text and _unnumbered_section(blocks, position)):
            builder.place(block)
        elif text.rstrip('"\u201d )]').endswith("?") and builder.sections and builder.section.count:
            builder.unplaced.append((block.number, text))
        else:
            builder.note(block)
            builder.fresh = False
    if not builder.questions:
        raise ProtocolError(
            "no questions found", file=file, hint="number the questions, or describe them in protocol.yaml"
        )
    questions = tuple(builder.questions)
    title = plain(next(line.text for line in lines if line.text))
    return Protocol(title, questions, tuple(builder.notes), tuple(builder.unplaced), digest(questions))


_ASKS = re.compile(
    r"(?:tell|describe|explain|think|talk|walk|imagine|give|show|what|how|why|when|where|who|which|whose|can|could|"
    r"would|do|does|did|is|are|was|were|have|has|in what|please|suppose)\b",
    re.I,
)


def _asks(marker: Marker, text: str) -> bool:
    return marker.optional or "?" in text or _ASKS.match(plain(marker.text)) is not None


def _unnumbered_section(blocks: Sequence[_Block], position: int) -> bool:
    """True if the section around a paragraph numbers nothing, so that its questions are plain paragraphs."""
    start = position
    while start > 0 and not blocks[start].heading:
        start -= 1
    for block in blocks[start + 1 :]:
        if block.heading:
            break
        if block.marker.found:
            return False
    text = plain(blocks[position].text)
    return text.endswith("?") and not text.startswith(('"', "\u201c"))
