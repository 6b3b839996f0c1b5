"""What every readable output says about a turn: its section, its question, its time; and the note on top."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from anonymizer.export.released import ReleasedTranscript, ReleasedTurn

NOT_REVIEWED = "not reviewed"
NOTICE = "not reviewed: names and other personal information may still be in this draft"
OUTSIDE = "Outside the protocol"

# what XML 1.0 cannot hold, and what ends a line for some readers only
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading before a turn: level 1 for a section, 2 for a question."""

    level: int
    text: str


def headings(released: ReleasedTranscript) -> Iterator[tuple[tuple[Heading, ...], ReleasedTurn]]:
    """Each turn with the headings that stand before it.

    A heading is repeated when the talk comes back to a question, since analysis programs take everything down to the
    next heading as belonging to it. Talk outside the protocol has a heading of its own for the same reason.
    """
    section: str | None = None
    question: str | None = ""
    for turn in released.turns:
        new: list[Heading] = []
        title = turn.section or OUTSIDE if turn.question else OUTSIDE
        if title != section:
            new.append(Heading(1, title))
            section, question = title, None
        if turn.question != question:
            question = turn.question
            if question:
                new.append(Heading(2, question_title(released, question)))
        yield tuple(new), turn


def question_title(released: ReleasedTranscript, question: str) -> str:
    """``background.1 Where did you learn this?``, as the protocol has it."""
    known = released.protocol.question(question)
    return printable(f"{question} {' '.join(known.text.split())}" if known else question)


def printable(text: str) -> str:
    """Text with line feeds only, and U+FFFD for what XML cannot hold; offsets stay, but for CR LF."""
    return _FORBIDDEN.sub("\ufffd", _BREAKS.sub("\n", text))


def flat(text: str) -> str:
    """Printable text on one line."""
    return printable(text).replace("\n", " ")
