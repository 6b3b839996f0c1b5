"""From lines to the questions: headings, levels, continuation lines, notes, what could not be placed.

Levels come from the kind and value of the numbers, not from indentation, which text out of a PDF has lost.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from anonymizer.errors import ProtocolError
from anonymizer.protocol.blocks import Block, asks, joined
from anonymizer.protocol.habits import kind_of_document, usual
from anonymizer.protocol.headings import dressed, for_interviewers, section_code, section_number, section_title, slug
from anonymizer.protocol.levels import Level, place_numbered, place_unnumbered
from anonymizer.protocol.lines import Line
from anonymizer.protocol.markers import LOWER, NUMBER, plain, printed, take_marker
from anonymizer.protocol.model import Protocol, Question
from anonymizer.protocol.sections import (
    bullet_below,
    is_note,
    nesting_signs,
    numbered_headings,
    questions_above_bullets,
    spoken,
    unnumbered_question,
)

DEFAULT_SECTION = "Questions"
# how far a bullet looks for a later item that is printed with the number it would take
_AHEAD = 300
_INLINE_NOTE = re.compile(
    r"[(\[]\s*((?:\*?(?:if|only if|show|skip|ask|do not|don't|only|probe|read|note|wait|pause|check|use|hand|"
    r"interviewer|go to|continue|you mentioned))\b[^()\[\]]*)[)\]]",
    re.I,
)
# a whole sentence in square brackets at the end speaks to the interviewer
_NOTE_AT_END = re.compile(r"\[\s*([A-Z][^\[\]]*\.)\s*\]$")


@dataclass(slots=True)
class _Section:
    title: str
    slug: str
    line: int
    numbers: frozenset[int] = frozenset()
    code: str | None = None
    levels: list[Level] = field(default_factory=list)
    count: int = 0
    numbered: bool = False


class _Builder:
    def __init__(self, file: str, blocks: Sequence[Block], title: Line) -> None:
        self.file = file
        self.title = title.text
        self.titled = title.number
        self.blocks = blocks
        self.sections: list[_Section] = []
        self.questions: list[Question] = []
        self.lines_of: dict[str, int] = {}
        self.notes: list[tuple[int, str]] = []
        self.unplaced: list[tuple[int, str]] = []
        self.fresh = False
        numbered = numbered_headings(blocks)
        self.openings = numbered | {
            at
            for at, block in enumerate(blocks)
            if block.heading and not (block.marker.found and "?" in plain(block.text))
        }
        self.first = min(self.openings, default=None)
        self.counts = any(block.marker.numbered for at, block in enumerate(blocks) if at not in self.openings)
        self.mains = questions_above_bullets(blocks, self.openings)
        self.signs = nesting_signs(blocks, self.openings)
        self.above_bullets = False
        self.before: Level | None = None

    @property
    def section(self) -> _Section:
        if not self.sections:
            self.open_section(DEFAULT_SECTION, 0)
        return self.sections[-1]

    def open_section(self, heading: str, line: int, numbers: Collection[int] = ()) -> None:
        title = plain(heading)
        base = slug(title)
        taken = {section.slug for section in self.sections if section.count}
        name, suffix = base, 2
        while name in taken:
            name, suffix = f"{base}-{suffix}", suffix + 1
        number = section_number(title)
        if self.sections and self.sections[-1].levels:
            self.before = self.sections[-1].levels[0]
        self.sections.append(
            _Section(
                section_title(title),
                name,
                line,
                frozenset({*numbers, *([] if number is None else [number])}),
                section_code(title),
            )
        )

    def place(self, position: int) -> None:
        """Give an item its level and value, then add the question."""
        block = self.blocks[position]
        marker = block.marker
        levels = self.section.levels
        self.section.numbered |= marker.numbered
        if marker.path:
            levels[:] = [Level(kind, value, block.indent, True) for kind, value in self._path(marker.path)]
        elif marker.readings:
            place_numbered(block, levels, self.before)
        elif position in self.mains and levels:
            levels[:] = [Level(levels[0].kind, levels[0].value + 1, block.indent)]
        else:
            nested = marker.probe or self.above_bullets or (self.section.numbered and marker.sign in self.signs)
            place_unnumbered(block, levels, nested, lambda depth: self._claimed(position, depth))
        self._add(block, ".".join(printed(level.kind, level.value) for level in levels))

    def _path(self, path: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
        """A number path without the section's own number or letter."""
        section = self.section
        kind, value = path[0]
        if kind != NUMBER:
            return path[1:] if printed(kind, value) == section.code else path
        # 3a or 3.1 in section 3 belongs to the question 3, if there is one
        first = section.levels[0] if section.levels else None
        own = first is not None and (first.kind, first.value) == path[0] and (path[1][0] == LOWER or not first.dotted)
        return path[1:] if value in section.numbers and not own else path

    def _claimed(self, position: int, depth: int) -> bool:
        """True if a later item is printed with the number that follows at that depth."""
        levels = self.section.levels
        above = [(level.kind, level.value) for level in levels[:depth]]
        wanted = (levels[depth].kind, levels[depth].value + 1)
        ends = {(kind, value + 1) for kind, value in above}
        for at in range(position + 1, min(position + _AHEAD, len(self.blocks))):
            marker = self.blocks[at].marker
            if at in self.openings:
                return False
            if wanted in marker.readings or (marker.path and self._path(marker.path) == (*above, wanted)):
                return True
            if not ends.isdisjoint(marker.readings):
                return False
        return False

    def _add(self, block: Block, number: str) -> None:
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
        if not notes and (match := _NOTE_AT_END.search(text)):
            notes = (match[1],)
        self.questions.append(Question(id, section.title, number, text, raw.optional, notes))
        self.fresh = True

    def note(self, block: Block) -> None:
        """Keep a line as a note; one in brackets right after a question belongs to it."""
        text = plain(block.text)
        if block.number == self.titled:
            # this line is the title already
            text = plain(block.text.removeprefix(self.title))
            if not text:
                return
        self.notes.append((block.number, text))
        if self.fresh and not block.apart and text.startswith(("[", "(")):
            last = self.questions[-1]
            self.questions[-1] = replace(last, notes=(*last.notes, text.strip("[]()")))

    def aside(self, block: Block) -> None:
        """Keep a line below ``Notes for the interviewer``; a numbered question there is doubtful."""
        text = plain(block.text)
        (self.unplaced if block.marker.numbered and text.endswith("?") else self.notes).append((block.number, text))

    def open_at(self, position: int) -> None:
        """Begin the section of a heading."""
        block = self.blocks[position]
        title = plain(block.text) if block.heading else plain(block.marker.text)
        numbers = () if block.heading else [value for _, value in block.marker.readings]
        self.open_section(title, block.number, numbers)
        if not block.heading:
            self.section.code = section_code(plain(block.text))
        self.fresh = False
        end = next((at for at in range(position + 1, len(self.blocks)) if at in self.openings), len(self.blocks))
        self.above_bullets = any(at in self.mains for at in range(position, end))
        paths = [self.blocks[at].marker.path for at in range(position + 1, end)]
        letters = {printed(*path[0]) for path in paths if path and path[0][0] != NUMBER}
        # A1, A2 under a heading that does not print its letter
        if len(letters) == 1 and not (self.section.code or "").isalpha():
            self.section.code = letters.pop()

    def read(self, position: int) -> None:
        """Take a block that is no heading for a question, a note or something that cannot be placed."""
        block = self.blocks[position]
        text, marker = plain(block.text), block.marker
        body = block.body
        left_over = len(self.unplaced)
        if is_note(block):
            self.note(block)
        elif marker.probe and not marker.numbered and not re.search(r"\w", marker.text):
            # "Probes:" above a list of them
            self.notes.append((block.number, text))
        elif marker.found and self.above_bullets and not self.section.levels:
            (self.unplaced if asks(body) else self.notes).append((block.number, text))
        elif marker.found:
            asking = marker.optional or self.above_bullets or "?" in text or asks(body)
            if marker.bullet and not (marker.numbered or marker.probe or asking):
                (self.notes if not self.fresh else self.unplaced).append((block.number, text))
            else:
                self.place(position)
        elif spoken(block) and (self.counts or (not self.questions and self.first == 0 and len(self.openings) > 1)):
            # also where nothing is numbered above the first section: the questions come later
            self.note(block)
        elif (
            position in self.mains
            or (marker.optional and self.sections)
            or unnumbered_question(self.blocks, position, self.openings)
        ):
            self.place(position)
        elif body.rstrip('"\u201d )]').endswith("?") and self.sections and self.section.count:
            self.unplaced.append((block.number, text))
        elif self.above_bullets and self.section.count and bullet_below(self.blocks, position):
            # the bullets below it go to the question above it
            self.unplaced.append((block.number, text))
        else:
            self.note(block)
            self.fresh = False
        if len(self.unplaced) == left_over and "?" in block.text:
            self.unplaced += block.suspects


def digest(questions: Sequence[Question]) -> str:
    """Version of a protocol: 12 hex digits over ids and texts."""
    text = "\n".join(f"{q.id}\t{q.text}\t{q.optional}" for q in questions)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def build(lines: Sequence[Line], file: str) -> Protocol:
    """Find the questions.

    Args:
        lines: Of the document.
        file: Its name, for error messages.

    Raises:
        ProtocolError: No question found, or a number stands twice in a section; names the line.
    """
    written = usual(lines)
    first = next((at for at, line in enumerate(written) if line.text), None)
    if first is None:
        raise ProtocolError("the protocol is empty", file=file)
    below = kind_of_document(written)
    if below is not None:
        written[first] = replace(written[first], heading=0, whole=True, note=True)
        written[below] = replace(written[below], note=True)
    blocks = joined(dressed(written))
    title = written[first if below is None else below]
    builder = _Builder(file, blocks, title)
    aside, last = False, max(builder.openings, default=0)
    for position, block in enumerate(blocks):
        if position in builder.openings:
            # only between or after others: a document may be called a guide for interviewers
            ends = position < last or bool(builder.questions)
            aside = position > 0 and for_interviewers(plain(block.text)) and ends
            builder.open_at(position)
        elif aside:
            builder.aside(block)
        else:
            builder.read(position)
    if not builder.questions:
        raise ProtocolError(
            "no questions found", file=file, hint="number the questions, or describe them in protocol.yaml"
        )
    questions = tuple(builder.questions)
    return Protocol(plain(title.text), questions, tuple(builder.notes), tuple(builder.unplaced), digest(questions))
