"""Where each transcript stands, and which questions it covers: numbers and codes, without text."""

from __future__ import annotations

from dataclasses import dataclass

from anonymizer.protocol.model import Protocol
from anonymizer.review import approvals
from anonymizer.review.combine import Agreement, disagreements, pooled, views
from anonymizer.review.desk import Desk
from anonymizer.review.events import Event
from anonymizer.review.session import Session


@dataclass(frozen=True, slots=True)
class Cell:
    """A question in a transcript.

    Attributes:
        question: Its id.
        asked: Turns in which it was asked.
        words: Words of the answers.
        unsure: Some of these tags should be looked at.
        turn: First turn about it, or None.
    """

    question: str
    asked: int
    words: int
    unsure: bool
    turn: int | None

    @property
    def kind(self) -> str:
        """``answered``, ``asked`` (without answer) or ``skipped``."""
        if self.turn is None:
            return "skipped"
        return "answered" if self.words else "asked"


@dataclass(frozen=True, slots=True)
class Row:
    """A transcript in the overview.

    Attributes:
        id: Transcript id.
        name: Code, or id.
        turns: Number of turns.
        words: Number of words.
        state: In words.
        step: 0 received to 6 released, for the style.
        left: Counts of ``Desk.left``.
        read: Percent of turns read.
        decided: Percent of findings that are decided.
        reviewers: (name, ``ok``, ``done``, ``changed`` or ``begun``).
        cells: One for each question.
        problem: Why it cannot be worked on, or empty.
    """

    id: str
    name: str
    turns: int = 0
    words: int = 0
    state: str = "received"
    step: int = 0
    left: dict[str, int] | None = None
    read: int = 0
    decided: int = 0
    reviewers: tuple[tuple[str, str], ...] = ()
    cells: tuple[Cell, ...] = ()
    problem: str = ""


def coverage(desk: Desk, protocol: Protocol | None) -> tuple[Cell, ...]:
    """Which questions were asked and answered."""
    if protocol is None:
        return ()
    asked: dict[str, int] = {}
    words: dict[str, int] = {}
    first: dict[str, int] = {}
    unsure: set[str] = set()
    for index, tag in sorted(desk.view.tags.items()):
        if tag.question is None:
            continue
        first.setdefault(tag.question, index)
        if tag.role == "interviewer":
            asked[tag.question] = asked.get(tag.question, 0) + 1
        else:
            words[tag.question] = words.get(tag.question, 0) + len(desk.content.turns[index].text.split())
        if tag.review:
            unsure.add(tag.question)
    return tuple(
        Cell(q.id, asked.get(q.id, 0), words.get(q.id, 0), q.id in unsure, first.get(q.id)) for q in protocol.questions
    )


def rows(session: Session) -> list[Row]:
    """All transcripts by name; those with problems, and received files that nobody prepared, too."""
    known = session.ids
    waiting = [
        Row(id, name, problem="received; anonymizer run --prepare makes it ready")
        for id, name in session.texts.names().items()
        if id not in known
    ]
    return [*(_row(session, id) for id in known), *waiting]


def _row(session: Session, id: str) -> Row:
    if not session.sound(id):
        return Row(id, id, problem=session.problems[id])
    desk = session.desk(id)
    left = desk.left()
    states = {s.approval.reviewer: s for s in approvals.approvals(session.study, id)}
    events: dict[str, list[Event]] = {name: list(some) for name, some in desk.others.items() if some}
    if desk.log.events:
        events[session.reviewer] = desk.log.events
    submitted = {
        name
        for name, view in views(desk.machine, [e for some in events.values() for e in some]).items()
        if view.submitted
    }
    people = []
    for name in sorted({*events, *states}):
        if name in states:
            people.append((name, "ok" if states[name].valid else "changed"))
        else:
            people.append((name, "done" if name in submitted else "begun"))
    state, step = _state(session, desk, people)
    turns = desk.machine.turns
    return Row(
        id=id,
        name=desk.name,
        turns=turns,
        words=desk.content.words,
        state=state,
        step=step,
        left=left,
        read=100 * (turns - left["unread"]) // turns if turns else 100,
        decided=100 * (left["findings"] - left["undecided"]) // left["findings"] if left["findings"] else 100,
        reviewers=tuple(people),
        cells=coverage(desk, session.protocol),
    )


def _state(session: Session, desk: Desk, people: list[tuple[str, str]]) -> tuple[str, int]:
    code = desk.machine.code
    kinds = [kind for _, kind in people]
    ok = kinds.count("ok")
    if code and any(session.study.anonymized.glob(f"{code}.*")):
        return ("released, changed since" if "changed" in kinds else "released"), 6
    if "changed" in kinds:
        return "changed since approval", 2
    if ok:
        return f"approved by {ok}", 5 if ok > 1 else 4
    if kinds.count("done") > 1:
        return "submitted by two", 3
    if "done" in kinds:
        return "submitted by " + next(name for name, kind in people if kind == "done"), 3
    if people:
        return "under review by " + ", ".join(name for name, _ in people), 2
    return "detected", 1


def agreement_of(session: Session) -> list[Agreement]:
    """Agreement of each pair of reviewers, over the transcripts that both submitted and the viewer may see."""
    pairs: dict[tuple[str, str], list[tuple[Desk, list[Event], list[Event]]]] = {}
    for desk in session.desks():
        if not desk.joint:
            continue
        everyone = {**{name: list(some) for name, some in desk.others.items()}, session.reviewer: desk.log.events}
        names = sorted(name for name, some in everyone.items() if some)
        for i, first in enumerate(names):
            for second in names[i + 1 :]:
                pairs.setdefault((first, second), []).append((desk, everyone[first], everyone[second]))
    return [pooled((desk.machine, a, b) for desk, a, b in some) for _, some in sorted(pairs.items())]


def open_disputes(session: Session) -> int:
    """Places in dispute in the transcripts that the viewer may see."""
    return sum(
        d.open
        for desk in session.desks()
        if desk.joint
        for d in disagreements(desk.machine, [*desk.log.events, *(e for some in desk.others.values() for e in some)])
    )
