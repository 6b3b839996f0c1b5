"""Protocol, Question, Tag: an interview's questions, and which turn is about which."""

from __future__ import annotations

from dataclasses import dataclass, field

from anonymizer.transcript import Role


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the protocol.

    Attributes:
        id: Slug of the section's title and the number path: ``background.7.a.i``.
        section: The section's title as printed.
        number: The number path as printed or taken: ``7.a.i``.
        text: The question without number, markers and notes.
        optional: True for follow-ups that are only asked where they fit.
        notes: Instructions to the interviewer that stand with the question.
    """

    id: str
    section: str
    number: str
    text: str
    optional: bool = False
    notes: tuple[str, ...] = ()

    @property
    def parent(self) -> str | None:
        """Id of the question it is nested in, or None. ``a.1.b`` is nested in ``a.1``; ``a.1`` in nothing."""
        head, _, _ = self.id.rpartition(".")
        return head if "." in head else None


@dataclass(frozen=True, slots=True)
class Protocol:
    """An interview protocol.

    Attributes:
        title: First line or heading of the document.
        questions: In the document's order, at least one.
        notes: Lines taken for instructions, introductions and sections without questions, as (line number, line).
        unplaced: Lines that could not be placed, as (line number, line).
        version: Digest of the questions' ids and texts, for re-tagging after a change.
    """

    title: str
    questions: tuple[Question, ...]
    notes: tuple[tuple[int, str], ...] = field(default=(), repr=False)
    unplaced: tuple[tuple[int, str], ...] = field(default=(), repr=False)
    version: str = ""

    def question(self, id: str) -> Question | None:
        """The question with that id, or None."""
        return next((q for q in self.questions if q.id == id), None)


@dataclass(frozen=True, slots=True)
class Tag:
    """What a turn is about.

    Attributes:
        index: The turn.
        role: Who speaks.
        question: Id of the question asked, answered or probed, or None for talk outside the protocol.
        confidence: Estimated probability, 0 to 1, that ``question`` is right.
        review: True where the confidence is too low to go unseen.
    """

    index: int
    role: Role
    question: str | None
    confidence: float
    review: bool
