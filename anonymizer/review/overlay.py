"""One reviewer's view: the machine's marks with that person's events replayed over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from anonymizer.decision import Decision
from anonymizer.detection.finding import Action, EntityType
from anonymizer.entities.entity import OpenQuestion
from anonymizer.errors import ReviewError
from anonymizer.protocol.model import Tag
from anonymizer.review.events import Event, in_force, mention
from anonymizer.review.marks import MarkedEntity, Marks

# what happens to a passage that a person marks or retypes, until the person says otherwise
ACTION_OF: dict[str, Action] = {
    "PERSON": "pseudonymize", "ORGANIZATION": "pseudonymize", "LOCATION": "pseudonymize", "PRODUCT": "pseudonymize",
    "DATE": "generalize", "AGE": "generalize", "ROLE": "generalize", "TECHNOLOGY": "keep", "EMAIL": "remove",
    "PHONE": "remove", "URL": "remove", "HANDLE": "remove", "ADDRESS": "remove", "ID": "remove", "OTHER": "remove",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mention:
    """A finding as a reviewer sees it.

    Attributes:
        decision: With what was decided so far.
        how: ``machine`` (nobody decided), ``own`` (decided by itself), ``carried`` (decided with its entity) or
            ``conflict`` (reviewers disagree).
        looked: A carried decision that was shown to the reviewer afterwards.
        added: A person found it.
    """

    decision: Decision
    how: str = "machine"
    looked: bool = False
    added: bool = False

    @property
    def id(self) -> str:
        """As the decision's."""
        return self.decision.id

    @property
    def undecided(self) -> bool:
        """A person should look."""
        return self.decision.review


def question_key(question: OpenQuestion) -> str:
    """Names an open question in events: ``same?:E1+E4``."""
    return f"{question.kind}:{'+'.join(question.entities)}"


def span_id(turn: int, start: int, end: int) -> str:
    """``12:4-9``."""
    return f"{turn}:{start}-{end}"


class Overlay:
    """Marks under the hands of one reviewer. Events that do not fit are counted in ``misfits`` and change nothing."""

    def __init__(self, marks: Marks) -> None:
        self.base = marks
        self.mentions: dict[str, Mention] = {}
        self.by_turn: dict[int, list[str]] = {}
        self.by_entity: dict[str, set[str]] = {}
        self.entities: dict[str, MarkedEntity] = {entity.id: entity for entity in marks.entities}
        self.names: dict[str, str] = {}
        self.same: dict[str, str] = {}
        self.tags: dict[int, Tag] = {tag.index: tag for tag in marks.tags}
        self.tagged: set[int] = set()
        self.answers: dict[str, str] = {}
        self.notes: list[Event] = []
        self.fine: dict[str, str] = {}
        self.read: set[int] = set()
        self.merged: dict[str, str] = {}
        self.submitted = False
        self.misfits = 0
        self._machine_entity = {decision.id: decision.entity for decision in marks.decisions}
        for decision in marks.decisions:
            self._put(Mention(decision))

    # -- reading ---------------------------------------------------------------------------------------------------

    def in_turn(self, turn: int) -> list[Mention]:
        """Mentions of a turn by position."""
        return sorted((self.mentions[id] for id in self.by_turn.get(turn, ())), key=lambda m: m.decision.start)

    def of_entity(self, entity: str) -> list[Mention]:
        """Mentions of an entity by position."""
        return sorted((self.mentions[id] for id in self.by_entity.get(entity, ())), key=lambda m: m.decision)

    def ordered(self) -> Iterator[Mention]:
        """All mentions by position."""
        for turn in sorted(self.by_turn):
            yield from self.in_turn(turn)

    def undecided(self) -> list[Mention]:
        """Mentions at which a person should still look, by position."""
        return sorted((m for m in self.mentions.values() if m.undecided), key=lambda m: m.decision)

    def unseen(self) -> list[Mention]:
        """Carried decisions that were never shown: neither by themselves nor in a section marked as read."""
        return sorted(
            (
                m
                for m in self.mentions.values()
                if m.how == "carried" and not m.looked and m.decision.turn not in self.read
            ),
            key=lambda m: m.decision,
        )

    def open_questions(self) -> list[OpenQuestion]:
        """Questions nobody answered yet, and whose entities still exist apart."""
        return [q for q in self.base.questions if self._open(q)]

    def _open(self, question: OpenQuestion) -> bool:
        if question_key(question) in self.answers:
            return False
        now = {self.merged.get(entity, entity) for entity in question.entities}
        return question.kind != "same?" or len(now) > 1

    def unread(self) -> list[int]:
        """Turns that were not marked as read."""
        return [turn for turn in range(self.base.turns) if turn not in self.read]

    def unsure_tags(self) -> list[Tag]:
        """Tags that a person should still see."""
        return [tag for tag in self.tags.values() if tag.review]

    def resolve(self, reference: str) -> str | None:
        """The entity that ``E3@12:4-9`` or ``E3`` means now, or None.

        Ids of the machine's entities change when a transcript is detected anew; the mention behind the ``@`` finds the
        entity again. A reference that cannot be found is dropped rather than guessed.
        """
        id, _, anchor = reference.partition("@")
        if anchor and anchor in self.mentions:
            return self.mentions[anchor].decision.entity
        if anchor and not id.startswith("R"):
            return None
        while id in self.merged:
            id = self.merged[id]
        return id if id in self.entities else None

    def _machines(self, reference: str) -> str:
        """The id that the machine's marks have for what a reference means."""
        id, _, anchor = reference.partition("@")
        return self._machine_entity.get(anchor, id)

    def question_reference(self, question: OpenQuestion) -> str:
        """How an event should name an open question."""
        first: dict[str, str] = {}
        for decision in self.base.decisions:
            first.setdefault(decision.entity, decision.id)
        return f"{question.kind}:{'+'.join(f'{e}@{first[e]}' if e in first else e for e in question.entities)}"

    def reference(self, entity: str) -> str:
        """How an event should name an entity."""
        first = next(iter(self.of_entity(entity)), None)
        return f"{entity}@{first.id}" if first else entity

    def marks(self) -> Marks:
        """As values again; entities without mentions are left out."""
        decisions = tuple(sorted(m.decision for m in self.mentions.values()))
        order = {entity: n for n, entity in enumerate(dict.fromkeys(d.entity for d in decisions))}
        entities = sorted((e for id, e in self.entities.items() if id in order), key=lambda e: order[e.id])
        return replace(
            self.base,
            tags=tuple(self.tags[index] for index in sorted(self.tags)),
            decisions=decisions,
            entities=tuple(entities),
            questions=tuple(self.open_questions()),
        )

    # -- writing ---------------------------------------------------------------------------------------------------

    def replay(self, events: Iterable[Event]) -> Overlay:
        """Apply one reviewer's events, undone ones left out."""
        for event in in_force(tuple(events)):
            self.apply(event)
        return self

    def apply(self, event: Event) -> None:
        """Apply one event; ``undo`` and ``redo`` need a replay instead."""
        try:
            getattr(self, f"_{event.op}")(event)
        except (ReviewError, ValueError):
            self.misfits += 1

    def _put(self, mention_: Mention) -> None:
        decision = mention_.decision
        old = self.mentions.get(decision.id)
        if old is not None and old.decision.entity != decision.entity:
            self.by_entity[old.decision.entity].discard(decision.id)
        self.mentions[decision.id] = mention_
        here = self.by_turn.setdefault(decision.turn, [])
        if old is None:
            here.append(decision.id)
        self.by_entity.setdefault(decision.entity, set()).add(decision.id)

    def _take(self, id: str) -> Mention:
        mention_ = self.mentions.pop(id)
        self.by_turn[mention_.decision.turn].remove(id)
        self.by_entity[mention_.decision.entity].discard(id)
        return mention_

    def _supersede(self, turn: int, start: int, end: int) -> None:
        for other in self.in_turn(turn):
            if other.decision.start < end and start < other.decision.end:
                self._take(other.id)

    def _targets(self, event: Event, *, spare_own: bool = False) -> list[Mention]:
        found: list[Mention] = []
        for target in event.targets:
            if target in self.mentions:
                found.append(self.mentions[target])
                continue
            entity = None if target[0].isdigit() else self.resolve(target)
            if entity is None:
                self.misfits += 1
                continue
            found += [m for m in self.of_entity(entity) if not (spare_own and m.how == "own")]
        return found

    def _decide(self, event: Event) -> None:
        if not event.action:
            raise ReviewError("a decision without an action")
        carried = bool(event.entity) or any(target not in self.mentions for target in event.targets)
        for m in self._targets(event, spare_own=True):
            self._put(
                replace(
                    m,
                    how="carried" if carried else "own",
                    looked=False,
                    decision=replace(
                        m.decision,
                        action=_action(event.action),
                        entity_type=_type(event.entity_type) if event.entity_type else m.decision.entity_type,
                        rule="reviewer",
                        reason="decided with the other mentions" if carried else "decided by a reviewer",
                        review=False,
                        by=event.reviewer,
                    ),
                )
            )

    def _add(self, event: Event) -> None:
        entity = (self.resolve(event.entity) if event.entity else None) or self._new_entity(event, event.entity_type)
        for n, target in enumerate(event.targets):
            turn, start, end = mention(target)
            if turn >= self.base.turns:
                raise ReviewError("a passage after the end of the transcript")
            self._supersede(turn, start, end)
            kind = _type(event.entity_type or "OTHER")
            action = _action(event.action) if event.action else ACTION_OF[kind]
            decision = Decision(
                turn=turn, start=start, end=end, entity_type=kind,
                context="technical" if kind == "TECHNOLOGY" else "direct" if kind == "PERSON" else "tied",
                entity=entity, action=action, rule="reviewer", reason="found by a reviewer", review=False, score=1.0,
                sources=("reviewer",), by=event.reviewer,
            )  # fmt: skip
            # the reviewer looked at the first; the others are the same words elsewhere
            self._put(Mention(decision, how="carried" if n else "own", added=True))

    def _new_entity(self, event: Event, entity_type: str, like: MarkedEntity | None = None) -> str:
        id = event.entity.partition("@")[0] or f"R{event.id[:8]}"
        if id not in self.entities:
            entity = like or MarkedEntity(id, _type(entity_type or "OTHER"))
            # a part of an entity is somebody else: it may not keep the pseudonym or the person it was taken for
            self.entities[id] = replace(entity, id=id, roster=None, pseudonym="")
        return id

    def _extent(self, event: Event) -> None:
        old, new = event.targets
        turn, start, end = mention(new)
        if old not in self.mentions or self.mentions[old].decision.turn != turn:
            raise ReviewError("a passage that is not there")
        m = self._take(old)
        self._supersede(turn, start, end)
        self._put(replace(m, decision=replace(m.decision, start=start, end=end, by=event.reviewer)))

    def _retype(self, event: Event) -> None:
        kind = _type(event.entity_type)
        for target in event.targets:
            if target not in self.mentions and (entity := self.resolve(target)) is not None:
                self.entities[entity] = replace(self.entities[entity], entity_type=kind)
        for m in self._targets(event):
            decision = replace(m.decision, entity_type=kind)
            if event.action:
                decision = replace(decision, action=_action(event.action))
            self._put(replace(m, decision=decision))
            entity = decision.entity
            if all(self.mentions[id].decision.entity_type == kind for id in self.by_entity[entity]):
                self.entities[entity] = replace(self.entities[entity], entity_type=kind)

    def _link(self, event: Event) -> None:
        entity = self.resolve(event.entity)
        if entity is None:
            raise ReviewError("an entity that is not there")
        for m in self._targets(event):
            self._put(replace(m, decision=replace(m.decision, entity=entity)))

    def _split(self, event: Event) -> None:
        mentions = self._targets(event)
        if not mentions:
            raise ReviewError("nothing to split off")
        entity = self._new_entity(event, "", like=self.entities.get(mentions[0].decision.entity))
        for m in mentions:
            self._put(replace(m, decision=replace(m.decision, entity=entity)))

    def _merge(self, event: Event) -> None:
        into = self.resolve(event.entity)
        if into is None:
            raise ReviewError("an entity that is not there")
        for target in event.targets:
            entity = self.resolve(target)
            if entity is None or entity == into:
                continue
            self._absorb(into, entity)

    def _absorb(self, into: str, entity: str) -> None:
        kept, gone = self.entities[into], self.entities[entity]
        self.entities[into] = replace(
            kept,
            scope="study" if "study" in (kept.scope, gone.scope) else "transcript",
            roster=kept.roster or gone.roster,
            about=tuple(dict.fromkeys((*kept.about, *gone.about))),
            kind=kept.kind or gone.kind,
        )
        for m in self.of_entity(entity):
            self._put(replace(m, decision=replace(m.decision, entity=into)))
        self.merged[entity] = into

    def _name(self, event: Event) -> None:
        for target in event.targets:
            entity = self.resolve(target)
            if entity is None:
                raise ReviewError("an entity that is not there")
            self._call(entity, event.text)

    def _call(self, entity: str, name: str) -> None:
        self.entities[entity] = replace(self.entities[entity], pseudonym=name)
        self.names[entity] = name

    def _same(self, event: Event) -> None:
        for target in event.targets:
            entity = self.resolve(target)
            if entity is None:
                raise ReviewError("an entity that is not there")
            self.entities[entity] = replace(self.entities[entity], same=event.text, scope="study")
            self.same[entity] = event.text

    def _note(self, event: Event) -> None:
        self.notes.append(event)

    def _tag(self, event: Event) -> None:
        for target in event.targets:
            index = _turn(target)
            if index not in self.tags:
                self.misfits += 1
                continue
            self.tags[index] = replace(self.tags[index], question=event.question, confidence=1.0, review=False)
            self.tagged.add(index)

    def _answer(self, event: Event) -> None:
        for target in event.targets:
            kind, _, ids = target.partition(":")
            references = ids.split("+")
            self.answers[f"{kind}:{'+'.join(self._machines(r) for r in references)}"] = event.text
            entities = [e for e in (self.resolve(r) for r in references) if e is not None]
            if not entities or event.text == "other":
                continue
            if event.text.startswith("["):
                # a pseudonym of the key store: the first is whoever bears it
                self._call(entities[0], event.text)
                continue
            # "same": all of them are one; an entity's id: the first is that one
            into = entities[0] if event.text == "same" else self.resolve(event.text)
            if into is None:
                raise ReviewError("an entity that is not there")
            for entity in entities if event.text == "same" else entities[:1]:
                now = self.resolve(entity)
                if now is not None and now != into:
                    self._absorb(into, now)

    def _fine(self, event: Event) -> None:
        self.fine.update(dict.fromkeys(event.targets, event.text))

    def _looked(self, event: Event) -> None:
        for m in self._targets(event):
            self.mentions[m.id] = replace(m, looked=True)

    def _read(self, event: Event) -> None:
        for target in event.targets:
            first, _, last = target.removeprefix("t").partition("-")
            turns = range(int(first), min(int(last or first) + 1, self.base.turns))
            self.read.update(turns)
            for index in turns:
                # the section was read with its questions in view
                if index in self.tags and self.tags[index].review:
                    self.tags[index] = replace(self.tags[index], review=False)

    def _submit(self, event: Event) -> None:
        self.submitted = True

    def _reopen(self, event: Event) -> None:
        self.submitted = False


def _turn(target: str) -> int:
    number = target.removeprefix("t")
    if not number.isdigit():
        raise ReviewError("not a turn")
    return int(number)


def _action(value: str) -> Action:
    return value  # type: ignore[return-value]  # events.parse checked it


def _type(value: str) -> EntityType:
    return value  # type: ignore[return-value]  # events.parse checked it
