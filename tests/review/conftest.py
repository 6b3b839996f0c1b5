"""A study as ``run --prepare`` leaves it: received transcripts and marks, all invented."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from anonymizer.decision import Decision
from anonymizer.entities.entity import OpenQuestion
from anonymizer.protocol.model import Tag
from anonymizer.review import marks as marks_store
from anonymizer.review.marks import MarkedEntity, Marks, text_digest
from anonymizer.review.session import Session
from anonymizer.study import Study, create_study
from anonymizer.transcript import Transcript, Turn

PROTOCOL = """Interview protocol

Background
1. What is your role?
2. How many years of experience do you have?

Practices
1. Which practices do you use?
   a) Which tools are part of them?
2. Is there anything else?
"""

MakeMarks = Callable[..., Marks]


def decision(id: str, entity: str, **changes: Any) -> Decision:
    """A machine's decision on ``turn:start-end``."""
    turn, _, span = id.partition(":")
    start, _, end = span.partition("-")
    values: dict[str, Any] = {
        "entity_type": "PERSON",
        "context": "direct",
        "action": "pseudonymize",
        "rule": "default:PERSON/direct",
        "reason": "a person's name",
        "review": True,
        "score": 0.9,
        "sources": ("ner",),
    }
    return Decision(turn=int(turn), start=int(start), end=int(end), entity=entity, **{**values, **changes})


@pytest.fixture
def make_decision() -> Callable[..., Decision]:
    """``decision(id, entity, **changes)``."""
    return decision


@pytest.fixture
def marks() -> Marks:
    """Six turns, three entities, one open question."""
    return Marks(
        transcript="t0123456789ab",
        code="",
        text_digest="00" * 32,
        turns=6,
        policy="default:00",
        tags=tuple(Tag(i, "interviewer" if i % 2 == 0 else "participant", None, 0.9, False) for i in range(6)),
        decisions=(
            decision("1:0-4", "E1"),
            decision("1:10-18", "E2", entity_type="ORGANIZATION", context="tied"),
            decision("3:0-4", "E1"),
            decision("3:10-14", "E3", review=False),
            decision("5:0-4", "E1", action="keep", context="general"),
        ),
        entities=(
            MarkedEntity("E1", "PERSON"),
            MarkedEntity("E2", "ORGANIZATION", "company"),
            MarkedEntity("E3", "PERSON"),
        ),
        questions=(OpenQuestion("same?", ("E1", "E3"), "the same first name"),),
    )


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """An empty study."""
    protocol = tmp_path / "protocol.txt"
    protocol.write_text(PROTOCOL, encoding="utf-8")
    return create_study(tmp_path / "study", protocol=protocol, title="Example", ends_on=datetime.date(2030, 1, 1))


@pytest.fixture
def receive() -> Callable[[Study, str, list[dict[str, Any]]], str]:
    """``receive(study, name, turns)`` puts a canonical transcript into private/received/ and returns its id."""

    def put(study: Study, name: str, turns: list[dict[str, Any]]) -> str:
        data = json.dumps({"turns": turns}, ensure_ascii=False).encode("utf-8", "surrogatepass")
        (study.received / f"{name}.json").write_bytes(data)
        return study.transcript_id(data)

    return put


@pytest.fixture
def save_marks() -> Callable[[Study, Marks], None]:
    """Writes marks.json."""
    return lambda study, marks: marks_store.save(study.review, marks)


# An invented interview. (form, entity, type, action, review, context) for every finding; offsets are looked up.
TALK = (
    ("Ines", "Thanks for coming, Tomasz. You work at Quarrystone Labs in Aarhus?"),
    ("Tomasz", "Yes, since 2019. We were four people, and Lovisa ran the office."),
    ("Ines", "How many years of experience do you have?"),
    (
        "Tomasz",
        "Nine. At Quarrystone I train with PyTorch, and tomasz at quarrystone dot example is my mail.",
    ),
    ("Ines", "Which practices do you use?"),
    ("Tomasz", "Lovisa will mark every label by hand. Mark checks them. I was the only woman on the team before."),
    ("Ines", "Which tools are part of them?"),
    ("Tomasz", "PyTorch, mostly, and a tool from Quarrystone Labs. Near Kilvanger we had 37 machines."),
)
FOUND: tuple[tuple[str, str, str, str, bool], ...] = (
    ("Tomasz", "E1", "PERSON", "pseudonymize", True),
    ("Quarrystone Labs", "E2", "ORGANIZATION", "pseudonymize", True),
    ("Quarrystone", "E2", "ORGANIZATION", "pseudonymize", True),
    ("Aarhus", "E3", "LOCATION", "pseudonymize", True),
    ("2019", "E4", "DATE", "generalize", False),
    ("Lovisa", "E5", "PERSON", "pseudonymize", True),
    ("PyTorch", "E6", "TECHNOLOGY", "keep", False),
    ("tomasz at quarrystone dot example", "E7", "EMAIL", "remove", False),
    ("mark", "E8", "PERSON", "keep", True),
    ("Mark", "E8", "PERSON", "pseudonymize", True),
)
NAMES = ("Tomasz", "Quarrystone", "Aarhus", "Lovisa", "Kilvanger")
QUESTIONS = (None, None, "background.2", "background.2", "practices.1", "practices.1", "practices.1.a", "practices.1.a")


def talk_marks(study: Study, id: str, talk: tuple[tuple[str, str], ...] = TALK, code: str = "") -> Marks:
    """What ``run --prepare`` would make of :data:`TALK`."""
    turns = tuple(Turn(i, speaker, text, float(10 * i), None) for i, (speaker, text) in enumerate(talk))
    decisions: list[Decision] = []
    for form, entity, kind, action, review in FOUND:
        for turn in turns:
            at = turn.text.find(form)
            while at >= 0:
                if not any(d.turn == turn.index and d.start < at + len(form) and at < d.end for d in decisions):
                    decisions.append(
                        decision(
                            f"{turn.index}:{at}-{at + len(form)}",
                            entity,
                            entity_type=kind,
                            action=action,
                            review=review,
                            context="technical" if kind == "TECHNOLOGY" else "tied",
                        )
                    )
                at = turn.text.find(form, at + 1)
    decisions.sort()
    seen = {d.entity: d.entity_type for d in decisions}
    kinds = {"E2": "company", "E3": "city"}
    return Marks(
        transcript=id,
        code=code,
        text_digest=text_digest(Transcript("talk", turns), study.salt()),
        turns=len(turns),
        policy="default:00",
        tags=tuple(
            Tag(
                i,
                "interviewer" if i % 2 == 0 else "participant",
                QUESTIONS[i % 8],
                0.9 if i % 8 < 6 else 0.4,
                i % 8 >= 6,
            )
            for i in range(len(turns))
        ),
        decisions=tuple(decisions),
        entities=tuple(
            MarkedEntity(e, kind, kinds.get(e, ""), "study" if e in ("E1", "E2", "E3") else "transcript")  # type: ignore[arg-type]
            for e, kind in seen.items()
        ),
        questions=(OpenQuestion("same?", ("E5", "E8"), "both are called by a first name only"),),
    )


def talk_turns(talk: tuple[tuple[str, str], ...] = TALK) -> list[dict[str, Any]]:
    """As a canonical transcript."""
    return [{"speaker": speaker, "text": text, "start": float(10 * i)} for i, (speaker, text) in enumerate(talk)]


@pytest.fixture
def talks(study: Study, receive: Callable[..., str]) -> tuple[str, str]:
    """Two received and prepared transcripts; the second is the first with another ending."""
    ids = []
    for number, last in enumerate(("", " That was it.")):
        talk = (*TALK[:-1], (TALK[-1][0], TALK[-1][1] + last))
        id = receive(study, f"talk{number}", talk_turns(talk))
        marks_store.save(study.review, talk_marks(study, id, talk))
        ids.append(id)
    return ids[0], ids[1]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the test's signing keys lie."""
    from anonymizer.review import approvals

    monkeypatch.setattr(approvals, "key_folder", lambda: tmp_path / "config")
    return tmp_path / "config"


@pytest.fixture
def session(study: Study, talks: tuple[str, str], config: Path) -> Session:
    """Reviewer A at work on both."""
    return Session(study, "A")
