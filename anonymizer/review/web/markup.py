"""Turns as HTML and findings as JSON. Everything that comes from a transcript is escaped here and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from anonymizer.protocol.model import Protocol, Question
from anonymizer.review.desk import Change, Desk
from anonymizer.review.overlay import Mention
from anonymizer.review.texts import shown
from anonymizer.review.wording import (
    ACTION_WORDS,
    CONTEXT_WORDS,
    SOURCE_WORDS,
    TYPES,
    chip,
    classes,
    label,
)

# sections of 20 to 50 turns are what a browser skips fastest while scrolling; per turn it is slower than not at all
SECTION_MIN, SECTION_MAX = 20, 50
# characters in a line of a turn, and pixels of a line and around a turn, for the height of a section not drawn yet
_LINE_CHARACTERS, _LINE_PIXELS, _TURN_PIXELS = 78, 27, 34
CONTEXT_CHARACTERS = 60
HEIGHTS = (400, 800, 1600, 2400, 3200, 4800, 6400, 9600, 12800, 19200, 25600)


@dataclass(frozen=True, slots=True)
class Section:
    """Turns that are drawn, and read, together."""

    first: int
    last: int
    height: int
    html: Markup
    read: bool


def clock(seconds: float | None) -> str:
    """``1:02:03`` or ``02:03``; empty without a time."""
    if seconds is None:
        return ""
    whole = int(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60:02d}:{rest % 60:02d}"


def ranges(desk: Desk) -> list[tuple[int, int]]:
    """First and last turn of each section; cut where the question changes, if it changes in time."""
    result: list[tuple[int, int]] = []
    first = 0
    questions = [desk.view.tags[i].question if i in desk.view.tags else None for i in range(desk.machine.turns)]
    for index in range(1, desk.machine.turns):
        size = index - first
        if size >= SECTION_MAX or (size >= SECTION_MIN and questions[index] != questions[index - 1]):
            result.append((first, index - 1))
            first = index
    result.append((first, desk.machine.turns - 1))
    return result


def sections(desk: Desk, protocol: Protocol | None) -> Iterator[Section]:
    """The whole transcript."""
    known = {q.id: q for q in protocol.questions} if protocol else {}
    previous: str | None = ""
    for first, last in ranges(desk):
        parts: list[Markup] = []
        pixels = 60
        for index in range(first, last + 1):
            tag = desk.view.tags.get(index)
            question = tag.question if tag else None
            parts.append(turn_html(desk, index, known.get(question or ""), starts=question != previous))
            previous = question
            pixels += _TURN_PIXELS + _LINE_PIXELS * (1 + len(desk.content.turns[index].text) // _LINE_CHARACTERS)
        height = min(HEIGHTS, key=lambda h: abs(h - pixels))
        read = all(index in desk.view.read for index in range(first, last + 1))
        yield Section(first, last, height, Markup("").join(parts), read)


def turn_html(desk: Desk, index: int, question: Question | None, *, starts: bool) -> Markup:
    """One turn as a list item."""
    turn = desk.content.turns[index]
    tag = desk.view.tags.get(index)
    role = tag.role if tag else "unknown"
    number = question_name(question, tag.question if tag else None)
    unsure = " unsure" if tag is not None and tag.review else ""
    heading = (
        Markup('<h3 class="qh">{} {}</h3>').format(number, shown(question.text)) if starts and question else Markup("")
    )
    return Markup(
        '<li class="turn {role}" id="t{i}" value="{n}">{heading}<div class="who">'
        '<span class="sp">{speaker}</span> <span class="tm">{time}</span> '
        '<button type="button" class="qb{unsure}" data-q="{i}" tabindex="-1">{number}</button></div>'
        '<p class="tx" dir="auto">{text}</p></li>'
    ).format(
        role=role,
        i=index,
        n=index,
        heading=heading,
        speaker=shown(turn.speaker or role),
        time=clock(turn.start),
        unsure=unsure,
        number=number,
        text=text_html(shown(turn.text), desk.view.in_turn(index)),
    )


def question_name(question: Question | None, id: str | None) -> str:
    """How a question is called in little space."""
    if question is None:
        return id or "–"
    return f"{question.section.split()[0] if question.section else ''} {question.number}".strip()


def text_html(text: str, mentions: Sequence[Mention]) -> Markup:
    """Text with its marks; the text content of the result is exactly the text."""
    parts: list[Markup] = []
    position = 0
    for m in mentions:
        d = m.decision
        parts.append(escape(text[position : d.start]))
        parts.append(
            Markup('<mark id="m{}" class="{}" data-k="{}">{}</mark>').format(
                m.id, classes(m), chip(m), text[d.start : d.end]
            )
        )
        position = d.end
    parts.append(escape(text[position:]))
    return Markup("").join(parts)


# -- JSON ------------------------------------------------------------------------------------------------------------


def data_block(value: Any) -> Markup:
    """JSON that can stand inside a script element: no ``<`` can end it."""
    text = json.dumps(value, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704


def mention_json(m: Mention) -> list[Any]:
    """A finding, as a row: see ``FIELDS`` in static/model.js."""
    d = m.decision
    return [
        m.id, d.entity, d.entity_type, d.action, classes(m), chip(m), m.how, int(m.undecided), round(d.score, 2),
        list(d.sources), d.reason, d.context, d.rule, d.by, int(m.looked),
    ]  # fmt: skip


def context_line(desk: Desk, m: Mention) -> dict[str, Any]:
    """A mention with the words around it."""
    d = m.decision
    text = desk.content.turns[d.turn].text
    before, after = text[max(0, d.start - CONTEXT_CHARACTERS) : d.start], text[d.end : d.end + CONTEXT_CHARACTERS]
    return {
        "id": m.id,
        "turn": d.turn,
        "before": shown(("…" if d.start > CONTEXT_CHARACTERS else "") + before),
        "form": shown(text[d.start : d.end]),
        "after": shown(after + ("…" if d.end + CONTEXT_CHARACTERS < len(text) else "")),
        "chip": chip(m),
        "classes": classes(m),
        "how": m.how,
        "undecided": m.undecided,
        "row": mention_json(m),
    }


def entity_json(desk: Desk, id: str) -> dict[str, Any]:
    """An entity for the panel."""
    entity = desk.view.entities[id]
    return {"label": label(entity), "type": entity.entity_type, "scope": entity.scope, "roster": entity.roster or ""}


def change_json(desk: Desk, change: Change) -> dict[str, Any]:
    """What changed, for a page that shows the transcript."""
    touched = {m.decision.entity for m in change.mentions} | set(change.entities)
    return {
        "rev": desk.rev,
        "mentions": [mention_json(m) for m in change.mentions],
        "removed": list(change.removed),
        "turns": {str(t): [m.id for m in desk.view.in_turn(t)] for t in change.turns},
        "tags": {str(t.index): [t.question, int(t.review)] for t in change.tags},
        "entities": {id: entity_json(desk, id) for id in touched if id in desk.view.entities},
        "left": desk.left(),
        "read": [
            [first, last] for first, last in ranges(desk) if all(i in desk.view.read for i in range(first, last + 1))
        ],
        "questions": questions_json(desk),
        "steps": [len(stack) for stack in desk.steps()],
        "joint": desk.joint,
        "submitted": desk.view.submitted,
    }


def questions_json(desk: Desk) -> list[dict[str, Any]]:
    """Open questions about who is who."""
    return [
        {
            "key": asked.key,
            "reason": asked.reason,
            "options": [list(option) for option in asked.options],
            "entities": [
                {
                    "id": id,
                    "label": label(desk.view.entities.get(id)),
                    "mention": next((m.id for m in desk.view.of_entity(id)), ""),
                    "form": next((shown(desk.form(m.id)) for m in desk.view.of_entity(id)), ""),
                    "count": len(desk.view.of_entity(id)),
                }
                for id in asked.entities
            ],
        }
        for asked in desk.questions()
    ]


def state_json(desk: Desk, protocol: Protocol | None) -> dict[str, Any]:
    """Everything that the transcript page needs besides its HTML."""
    return {
        **change_json(desk, Change()),
        "id": desk.transcript,
        "name": desk.name,
        "mentions": [mention_json(m) for m in desk.view.ordered()],
        "allEntities": {id: entity_json(desk, id) for id in desk.view.entities if desk.view.of_entity(id)},
        "allTags": [[t.question, int(t.review), t.role] for _, t in sorted(desk.view.tags.items())],
        "outline": outline_json(protocol),
        "words": {
            "actions": ACTION_WORDS,
            "contexts": CONTEXT_WORDS,
            "sources": SOURCE_WORDS,
            "types": {name: [letter, cls, word] for name, (letter, cls, word) in TYPES.items()},
        },
        "notes": [{"targets": list(e.targets), "text": e.text, "by": e.reviewer} for e in desk.view.notes],
    }


def outline_json(protocol: Protocol | None) -> list[dict[str, Any]]:
    """The protocol's questions."""
    if protocol is None:
        return []
    return [
        {"id": q.id, "section": q.section, "number": q.number, "text": q.text, "name": question_name(q, q.id),
         "optional": q.optional, "depth": q.number.count(".")}
        for q in protocol.questions
    ]  # fmt: skip
