"""A key view and transcripts of invented people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from anonymizer.detection.finding import Context, EntityType, Finding
from anonymizer.entities.linking import link
from anonymizer.keystore.view import KeyView
from anonymizer.policy.load import load_policy
from anonymizer.policy.model import Policy
from anonymizer.pseudonyms.assign import Assigned, BatchItem
from anonymizer.roster import Person, Roster
from anonymizer.transcript import Speaker, Transcript, Turn

ROSTER = Roster(
    (
        Person("Katherine Osei", code="P07", organization=("Lumenworks Robotics",)),
        Person("Joris van der Meer", code="P12"),
        Person("Thandiwe Mokoena", code="P101"),
        Person("Mark Tolliver", role="interviewer", code="I1"),
    )
)
Mark = tuple[str, EntityType, Context]


@pytest.fixture
def view() -> KeyView:
    """A key before the first batch."""
    return KeyView("s", 1, ROSTER, (), (), frozenset({"P07", "P12", "P101", "I1"}), b"s" * 32, b"h" * 32, "me")


@pytest.fixture
def item() -> Callable[..., BatchItem]:
    """A transcript in which each turn is a list of (text, type, context) mentions."""
    default = load_policy("default")

    def make(code: str, *turns: Sequence[Mark], policy: Policy | None = None) -> BatchItem:
        findings, said = [], []
        for index, mentions in enumerate(turns):
            text = "then "
            for words, entity_type, context in mentions:
                start = len(text)
                text += words
                findings.append(Finding(index, start, len(text), entity_type, context, 0.9, ("ner",), "found"))
                text += "; "
            said.append(Turn(index, "AB"[index % 2], text))
        participant = code.partition("-")[0]
        transcript = Transcript("x", tuple(said))
        speakers = (Speaker("A", "interviewer", "I1"), Speaker("B", "participant", participant))
        linked = link(transcript, findings, ROSTER, speakers)
        decisions = (policy or default).decide(transcript, linked)
        return BatchItem(code, transcript, linked, decisions, (participant,), speakers)

    return make


@pytest.fixture
def after() -> Callable[[KeyView, Assigned], KeyView]:
    """The key after a batch was saved, as the store does it: ids for the new, the changed replaced."""

    def save(view: KeyView, assigned: Assigned) -> KeyView:
        entities = {e.id: e for e in view.entities}
        for entity in assigned.entities:
            id = entity.id or f"e-{len(entities):04d}"
            entities[id] = replace(entity, id=id)
        reserved = view.reserved | {e.pseudonym for e in entities.values()}
        return replace(view, generation=view.generation + 1, entities=tuple(entities.values()), reserved=reserved)

    return save
