"""Which question was put to whom and answered: questions by interviews, as text, as numbers, as a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from anonymizer.protocol.model import Protocol, Question, Tag

State = Literal["answered", "asked", "skipped"]
SIGNS: dict[State, str] = {"answered": "", "asked": "o", "skipped": "-"}


@dataclass(frozen=True, slots=True)
class TaggedInterview:
    """What coverage needs of one interview; no text.

    Attributes:
        code: ``P07-1``, or the transcript's id while nobody tied it to a participant.
        tags: One for each turn.
        words: Number of words of each turn.
    """

    code: str
    tags: tuple[Tag, ...]
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One question in one interview.

    Attributes:
        asked: Turns of the interviewer about it.
        answers: Turns of others about it.
        words: Words in those.
        unsure: Turns among them whose tag waits for a person.
    """

    asked: int = 0
    answers: int = 0
    words: int = 0
    unsure: int = 0

    @property
    def state(self) -> State:
        """Answered, asked without an answer, or skipped."""
        return "answered" if self.answers else "asked" if self.asked else "skipped"


@dataclass(frozen=True, slots=True)
class Outside:
    """Talk outside the protocol in one interview.

    Attributes:
        turns: Of anybody.
        words: In those.
        share: Of all words of the interview, 0 to 1.
    """

    turns: int
    words: int
    share: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """Questions by interviews.

    Attributes:
        questions: Rows, in the protocol's order.
        codes: Columns, sorted.
        cells: For each question a cell for each interview.
        outside: For each interview.
        unknown: For each interview, turns about a question that the protocol does not have (any more).
    """

    questions: tuple[Question, ...]
    codes: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    outside: tuple[Outside, ...]
    unknown: tuple[int, ...]

    def unanswered(self) -> tuple[Question, ...]:
        """Questions that nobody answered."""
        return tuple(
            question
            for question, row in zip(self.questions, self.cells, strict=True)
            if not any(cell.answers for cell in row)
        )

    def answered(self, question: int) -> int:
        """In how many interviews a question was answered."""
        return sum(cell.state == "answered" for cell in self.cells[question])


def coverage(protocol: Protocol, interviews: Iterable[TaggedInterview]) -> Coverage:
    """Count.

    Args:
        protocol: Its questions are the rows.
        interviews: In any order.
    """
    ordered = sorted(interviews, key=lambda interview: interview.code)
    ids = {question.id: row for row, question in enumerate(protocol.questions)}
    cells: list[list[Cell]] = [[Cell()] * len(ordered) for _ in ids]
    outside, unknown = [], []
    for column, interview in enumerate(ordered):
        total = sum(interview.words)
        turns = words = lost = 0
        for tag in interview.tags:
            count = interview.words[tag.index]
            if tag.question is None:
                turns, words = turns + 1, words + count
            elif tag.question not in ids:
                lost += 1
            else:
                row = ids[tag.question]
                cell = cells[row][column]
                asks = tag.role == "interviewer"
                cells[row][column] = Cell(
                    cell.asked + asks,
                    cell.answers + (not asks),
                    cell.words + (0 if asks else count),
                    cell.unsure + tag.review,
                )
        outside.append(Outside(turns, words, words / total if total else 0.0))
        unknown.append(lost)
    return Coverage(
        protocol.questions,
        tuple(interview.code for interview in ordered),
        tuple(tuple(row) for row in cells),
        tuple(outside),
        tuple(unknown),
    )


def sign(cell: Cell) -> str:
    """Words answered, ``o`` asked without answer, ``-`` skipped, with ``?`` where a tag waits for review."""
    sign = str(cell.words) if cell.state == "answered" else SIGNS[cell.state]
    return f"{sign}?" if cell.unsure else sign


def table(found: Coverage) -> str:
    """For a terminal: words answered, ``o`` asked without answer, ``-`` skipped, ``?`` unsure."""
    heads = ["question", *found.codes, "answered"]
    rows = [
        [f"{question.id}{'*' if question.optional else ''}", *map(sign, cells), f"{found.answered(row)}"]
        for row, (question, cells) in enumerate(zip(found.questions, found.cells, strict=True))
    ]
    rows.append(["outside the protocol", *(str(o.words) for o in found.outside), ""])
    widths = [max(len(row[at]) for row in (heads, *rows)) for at in range(len(heads))]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *(text.rjust(w) for text, w in zip(row[1:], widths[1:], strict=True))])
        for row in (heads, *rows)
    ]
    lines += ["", "numbers: words answered; o asked, no answer; - not asked; ? tag waits for review; * optional"]
    nobody = [question.id for question in found.unanswered()]
    lines.append(f"answered by nobody: {', '.join(nobody) if nobody else 'none'}")
    if any(found.unknown):
        lines.append(f"turns tagged with questions that are not in the protocol: {sum(found.unknown)}")
    return "\n".join(line.rstrip() for line in lines)


def document(found: Coverage) -> dict[str, Any]:
    """For programs; no text of the interviews."""
    return {
        "interviews": [
            {"code": code, "outside_turns": o.turns, "outside_words": o.words, "outside_share": round(o.share, 4),
             "unknown_turns": unknown}
            for code, o, unknown in zip(found.codes, found.outside, found.unknown, strict=True)
        ],
        "questions": [
            {
                "id": question.id,
                "text": question.text,
                "optional": question.optional,
                "answered": found.answered(row),
                "cells": [
                    {"code": code, "state": cell.state, "asked": cell.asked, "answers": cell.answers,
                     "words": cell.words, "unsure": cell.unsure}
                    for code, cell in zip(found.codes, cells, strict=True)
                ],
            }
            for row, (question, cells) in enumerate(zip(found.questions, found.cells, strict=True))
        ],
        "answered_by_nobody": [question.id for question in found.unanswered()],
    }  # fmt: skip


def interview(code: str, tags: Sequence[Tag], texts: Sequence[str]) -> TaggedInterview:
    """Count the words of an interview's turns."""
    return TaggedInterview(code, tuple(tags), tuple(len(text.split()) for text in texts))
