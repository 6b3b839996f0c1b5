"""From what a page asks for to events: whose mentions are meant, what a type implies, what a label may hold."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import Any

from anonymizer.detection.finding import ENTITY_TYPES
from anonymizer.errors import ReviewError
from anonymizer.review import events as log
from anonymizer.review.desk import Desk
from anonymizer.review.events import Event, mention
from anonymizer.review.overlay import ACTION_OF, span_id
from anonymizer.review.session import Session, expand
from anonymizer.review.texts import words
from anonymizer.review.wording import guess_contact

_LABEL = re.compile(r"[^\[\]\n\r]{1,60}")
_BATCH = re.compile(r"[0-9a-f]{32}")


def build(session: Session, desk: Desk, document: Any, batch: str) -> list[Event]:
    """The events of one act.

    Args:
        session: The study.
        desk: The transcript.
        document: ``{"op", "targets", ...}`` as events have it, and ``scope``: ``entity`` (default) or ``only``.
        batch: 32 hex digits made by the page; a repeated request makes the same events.

    Raises:
        ReviewError: The act does not fit.
    """
    if not isinstance(document, dict) or not _BATCH.fullmatch(batch):
        raise ReviewError("not an act")
    values = dict(document)
    scope = values.pop("scope", "entity")
    contact = values.get("entity_type") == "CONTACT"
    if contact:
        values["entity_type"] = "ID"
    fixed = {"v": log.VERSION, "id": batch, "at": log.now(), "seq": 0, "reviewer": session.reviewer}
    event = log.parse({**values, **fixed})
    event = replace(event, batch=batch, joint=False)
    if contact:
        event = replace(event, entity_type=_contact(desk, event))
    made = _ACTS.get(event.op, _plain)(session, desk, event, scope)
    return [replace(e, id=_id(batch, n), batch=batch) for n, e in enumerate(made)]


def _id(batch: str, n: int) -> str:
    return hashlib.sha256(f"{batch} {n}".encode()).hexdigest()[:32]


def _contact(desk: Desk, event: Event) -> str:
    turn, start, end = mention(event.targets[0])
    return guess_contact(desk.content.turns[turn].text[start:end])


def _plain(session: Session, desk: Desk, event: Event, scope: str) -> list[Event]:
    if event.op in ("undo", "redo"):
        raise ReviewError("undo goes its own way")
    return [event]


def _decide(session: Session, desk: Desk, event: Event, scope: str) -> list[Event]:
    target = event.targets[0] if len(event.targets) == 1 else ""
    found = desk.view.mentions.get(target)
    if found is None:
        if target or not event.targets or not event.action:
            raise ReviewError("a finding that is not there any more")
        return [event]
    only = scope == "only" or _may_be_a_word(desk, found.decision.entity, found.id)
    return expand(desk, found.decision.entity, event.action, event.batch, session.reviewer, current=found.id, only=only)


def _may_be_a_word(desk: Desk, entity: str, current: str) -> bool:
    """A lower-case hit of a name that is otherwise written with a capital says nothing about the others."""
    return desk.form(current).islower() and any(desk.form(m.id)[:1].isupper() for m in desk.view.of_entity(entity))


def _retype(session: Session, desk: Desk, event: Event, scope: str) -> list[Event]:
    found = desk.view.mentions.get(event.targets[0])
    if found is None or event.entity_type not in ENTITY_TYPES:
        raise ReviewError("a finding that is not there any more")
    ids = [found.id]
    if scope == "entity":
        ids = [m.id for m in desk.view.of_entity(found.decision.entity) if m.how != "own" or m.id == found.id]
    return [replace(event, targets=tuple(ids), action=ACTION_OF[event.entity_type])]


def _add(session: Session, desk: Desk, event: Event, scope: str) -> list[Event]:
    """Mark a passage, and with ``entity`` scope all other places where exactly the same words stand."""
    for target in event.targets:
        desk.check(replace(event, targets=(target,)))
    form = desk.form(event.targets[0])
    targets = list(event.targets)
    if scope == "entity":
        targets += [id for id in occurrences(desk, form) if id not in targets]
    entity = event.entity or _entity_with(desk, form, event.entity_type)
    if not entity:
        entity = f"R{event.batch[:8]}"
    return [replace(event, targets=tuple(targets), entity=entity, action=event.action or ACTION_OF[event.entity_type])]


def _entity_with(desk: Desk, form: str, entity_type: str) -> str:
    """An entity of this type that is written exactly so elsewhere, or empty."""
    for m in desk.view.ordered():
        if m.decision.entity_type == entity_type and words(desk.form(m.id)) == words(form):
            return desk.view.reference(m.decision.entity)
    return ""


def occurrences(desk: Desk, form: str) -> list[str]:
    """Places where the same words stand, in the same case, as whole words and outside of other findings."""
    pattern = re.compile(rf"(?<!\w){re.escape(form)}(?!\w)")
    found = []
    for turn in desk.content:
        if form not in turn.text:
            continue
        taken = [(m.decision.start, m.decision.end) for m in desk.view.in_turn(turn.index)]
        for match in pattern.finditer(turn.text):
            if not any(start < match.end() and match.start() < end for start, end in taken):
                found.append(span_id(turn.index, match.start(), match.end()))
    return found


def _name(session: Session, desk: Desk, event: Event, scope: str) -> list[Event]:
    text = event.text.strip()
    text = text[1:-1].strip() if text.startswith("[") and text.endswith("]") else text
    if not _LABEL.fullmatch(text):
        raise ReviewError("a label has 1 to 60 characters and no brackets inside")
    session.check_free_text(text)
    return [replace(event, text=f"[{text}]", targets=tuple(_entity_reference(desk, t) for t in event.targets))]


def _entity_reference(desk: Desk, target: str) -> str:
    """An entity by a mention of it or by its id."""
    if target in desk.view.mentions:
        return desk.view.reference(desk.view.mentions[target].decision.entity)
    entity = desk.view.resolve(target)
    if entity is None:
        raise ReviewError("an entity that is not there any more")
    return desk.view.reference(entity)


def _text(session: Session, desk: Desk, event: Event, scope: str) -> list[Event]:
    if event.text.strip():
        session.check_free_text(event.text)
    elif event.op == "note":
        raise ReviewError("an empty note")
    return [replace(event, text=event.text.strip())]


def _merge(session: Session, desk: Desk, event: Event, scope: str) -> list[Event]:
    return [
        replace(
            event,
            targets=tuple(_entity_reference(desk, t) for t in event.targets),
            entity=_entity_reference(desk, event.entity),
        )
    ]


def _link(session: Session, desk: Desk, event: Event, scope: str) -> list[Event]:
    return [replace(event, entity=_entity_reference(desk, event.entity))]


def _split(session: Session, desk: Desk, event: Event, scope: str) -> list[Event]:
    return [replace(event, entity=f"R{event.batch[:8]}")]


def _same(session: Session, desk: Desk, event: Event, scope: str) -> list[Event]:
    transcript, _, entity = event.text.partition(":")
    # with a passage of it: ids change when the other transcript is detected anew
    text = f"{transcript}:{_entity_reference(session.desk(transcript), entity)}"
    return [replace(event, text=text, targets=tuple(_entity_reference(desk, t) for t in event.targets))]


def _answer(session: Session, desk: Desk, event: Event, scope: str) -> list[Event]:
    known = {asked.key: {value for value, _ in asked.options} for asked in desk.questions()}
    if len(event.targets) != 1 or event.targets[0] not in known:
        raise ReviewError("a question that is not open any more")
    if event.text not in known[event.targets[0]]:
        raise ReviewError("an answer that does not fit")
    return [event]


_ACTS = {
    "decide": _decide,
    "retype": _retype,
    "add": _add,
    "name": _name,
    "note": _text,
    "fine": _text,
    "merge": _merge,
    "link": _link,
    "split": _split,
    "same": _same,
    "answer": _answer,
}
