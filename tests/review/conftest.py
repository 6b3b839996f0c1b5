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
from anonymizer.review.marks import MarkedEntity, Marks
from anonymizer.study import Study, create_study

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
