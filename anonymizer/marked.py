"""Between marks and the naming of entities: linked entities as people left them, and marks with their pseudonyms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from anonymizer.entities.entity import Entity, Linked, OpenQuestion
from anonymizer.review.marks import Marks
from anonymizer.transcript import Transcript

_NOTHING = Linked((), ())


def linked_of(effective: Marks, content: Transcript, machine: Linked = _NOTHING) -> Linked:
    """The linked entities after people's decisions: forms and mentions follow the effective decisions.

    Args:
        effective: Marks with people's decisions over them.
        content: The turns they are about.
        machine: As linked by the run; without it, keys are the fullest forms.
    """
    texts = [turn.text for turn in content]
    known = {entity.id: entity for entity in machine.entities}
    mentions: dict[str, list[tuple[int, int, int]]] = {}
    for d in effective.decisions:
        mentions.setdefault(d.entity, []).append((d.turn, d.start, d.end))
    entities = []
    for marked in effective.entities:
        places = tuple(mentions.get(marked.id, ()))
        if not places:
            continue
        before = known.get(marked.id)
        if before is not None and before.mentions == places and before.entity_type == marked.entity_type:
            entities.append(before)
            continue
        forms = tuple(sorted(dict.fromkeys(texts[t][s:e] for t, s, e in places), key=lambda form: (-len(form), form)))
        entities.append(
            Entity(
                id=marked.id,
                entity_type=marked.entity_type,
                kind=marked.kind,
                scope=marked.scope,
                key=(before.key if before else forms[0].casefold()) if marked.scope == "study" else "",
                forms=forms,
                roster=before.roster if before and before.roster and ":" in before.roster else marked.roster,
                about=marked.about,
                mentions=places,
            )
        )
    ids = {mention: entity.id for entity in entities for mention in entity.mentions}
    findings = tuple(f for f in machine.findings if (f.turn, f.start, f.end) in ids)
    return Linked(
        findings=findings,
        entity_of=tuple(ids[f.turn, f.start, f.end] for f in findings),
        entities=tuple(entities),
        questions=effective.questions,
    )


def labelled(marks: Marks, effective: Marks, labels: Mapping[str, str], asked: tuple[OpenQuestion, ...] = ()) -> Marks:
    """Marks with pseudonyms and questions; entities that only people made come along, so that they keep theirs.

    The label that was assigned counts before the one that a person chose: a choice that is somebody's real name is not
    given, and arrives as a question.
    """
    known = {entity.id for entity in marks.entities}
    added = tuple(entity for entity in effective.entities if entity.id not in known)
    return replace(
        marks,
        questions=(*marks.questions, *asked),
        entities=tuple(
            replace(entity, pseudonym=labels.get(entity.id) or entity.pseudonym) for entity in (*marks.entities, *added)
        ),
    )
