"""Which entity is called what: one batch at a time, the same whatever the order of the files."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from anonymizer.decision import Decision
from anonymizer.entities.entity import Entity, Linked, OpenQuestion
from anonymizer.entities.names import fold
from anonymizer.keystore.view import KeyView, KnownEntity
from anonymizer.policy.model import Policy
from anonymizer.pseudonyms import dates
from anonymizer.pseudonyms.generalize import kind_words, marker
from anonymizer.pseudonyms.labels import Namer, RealNames, code_label, is_numbered, unbracketed
from anonymizer.pseudonyms.matching import Register
from anonymizer.transcript import Speaker, Transcript

# hidden, but so common as words that searching outputs for them would find nothing but noise: no entry in the key
_NOT_SEARCHED = frozenset({"DATE", "AGE", "ROLE", "OTHER"})
_REFUSED = "the chosen pseudonym is a real name, or was given to somebody or something else"
_CODE = re.compile(r"[PI]\d+")


@dataclass(frozen=True, slots=True)
class BatchItem:
    """A transcript whose entities want names.

    Attributes:
        code: ``P07-1``.
        transcript: As received.
        linked: Its entities.
        decisions: What happens to its passages.
        participants: Codes of the participants in it.
        speakers: Who the labels stand for.
        chosen: Entity id -> label that a reviewer chose: a new one, or that of somebody who is the same. Where it may
            not be given, the entity keeps its own and the reviewer is asked.
    """

    code: str
    transcript: Transcript = field(repr=False)
    linked: Linked = field(repr=False)
    decisions: tuple[Decision, ...]
    participants: tuple[str, ...] = ()
    speakers: tuple[Speaker, ...] = field(default=(), repr=False)
    chosen: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def order(self) -> tuple[tuple[tuple[str, int, str], ...], str, int, str]:
        """Canonical place in a batch: participant code, then session, numbers counted as numbers."""
        head, _, session = self.code.rpartition("-")
        people = tuple(_code_order(code) for code in sorted(self.participants, key=_code_order)) or (_code_order(head),)
        return people, head, int(session) if session.isdecimal() and len(session) < 9 else 0, self.code


def _code_order(code: str) -> tuple[str, int, str]:
    letters = code.rstrip("0123456789")
    digits = code[len(letters) :]
    return letters, int(digits) if digits and len(digits) < 9 else 0, code


@dataclass(frozen=True, slots=True)
class Assigned:
    """Names for a batch.

    Attributes:
        labels: Transcript code -> {entity id -> label}. Labels of entities that are pseudonymized, and the words for
            dates to be shifted and organizations to be called by their kind.
        entities: New (``id`` empty) and changed ones, for the key store's ``Update``.
        questions: Transcript code -> what a reviewer should settle: entities here that may be one that has another
            pseudonym already. ``entities`` of such a question are an id of this transcript and that pseudonym.
    """

    labels: dict[str, dict[str, str]]
    entities: tuple[KnownEntity, ...] = field(default=(), repr=False)
    questions: dict[str, tuple[OpenQuestion, ...]] = field(default_factory=dict)


def assign(batch: Sequence[BatchItem], view: KeyView, policy: Policy | None = None) -> Assigned:
    """Give every entity that needs one a label.

    Labels depend on the key and on the batch's contents only: items are taken in canonical order (participant code,
    session), entities in order of first mention.

    Args:
        batch: In any order.
        view: The key before this batch.
        policy: Gives naming styles, nouns, shifts; numbered labels without one.

    Raises:
        RulesError: A chosen or realistic name cannot be given.
    """
    items = sorted(batch, key=lambda item: item.order)
    namer = Namer(
        reserved=set(view.reserved) | {known.pseudonym for known in view.entities},
        real=RealNames(_real_names(items, view)),
        seed=view.seed,
        nouns=policy.nouns if policy else {},
        locale=policy.locale if policy else "en_US",
    )
    own = _own_names(view, namer) if policy and policy.own_choice else {}
    register = Register(view.entities)
    labels: dict[str, dict[str, str]] = {}
    questions: dict[str, tuple[OpenQuestion, ...]] = {}
    for item in items:
        labels[item.code], asked = _one(item, _Desk(view, policy, namer, register, own))
        if asked:
            questions[item.code] = asked
    return Assigned(labels, register.changed(), questions)


@dataclass(frozen=True, slots=True)
class _Desk:
    """What naming one transcript needs."""

    view: KeyView
    policy: Policy | None
    namer: Namer
    register: Register
    own: Mapping[str, str] = field(repr=False)


def _one(item: BatchItem, desk: _Desk) -> tuple[dict[str, str], tuple[OpenQuestion, ...]]:
    view, policy, namer, register, own = desk.view, desk.policy, desk.namer, desk.register, desk.own
    hidden: dict[str, list[Decision]] = {}
    for decision in item.decisions:
        if decision.action != "keep":
            hidden.setdefault(decision.entity, []).append(decision)
    labels: dict[str, str] = {}
    asked: list[OpenQuestion] = []
    wanted = [entity for entity in item.linked.entities if entity.id in hidden]
    forms_of = {entity.id: _forms(item.transcript, hidden[entity.id]) for entity in wanted}
    chosen: dict[str, str] = {}
    for entity in wanted:
        if entity.id in item.chosen:
            label = _chosen(entity, item.chosen[entity.id], desk)
            if label:
                chosen[entity.id] = label
            else:
                asked.append(OpenQuestion("who?", (entity.id,), _REFUSED))
    unsettled = [entity for entity in wanted if entity.id not in chosen and not _code(entity)]
    register.begin(item.code, [(entity, forms_of[entity.id]) for entity in unsettled])
    for entity in wanted:
        decisions, forms = hidden[entity.id], forms_of[entity.id]
        actions = {d.action for d in decisions}
        if "generalize" in actions and policy is not None:
            words = _generalized(entity, decisions, item, view, policy)
            if words:
                labels[entity.id] = words
        if entity.entity_type in _NOT_SEARCHED and "pseudonymize" not in actions:
            continue
        about = tuple(sorted({*entity.about, *item.participants}, key=_code_order))
        if entity.id in chosen:
            label = chosen[entity.id]
            code = label.strip("[]")
            register.put(entity, item.code, forms, (code,) if _CODE.fullmatch(code) else about, label)
        elif code := _code(entity):
            label = own.get(code) or code_label(code)
            register.put(entity, item.code, forms, (code,), label)
        else:
            known, question = register.find(entity, item.code, forms)
            if known is not None:
                label = known.pseudonym
                register.put(entity, item.code, forms, about, label)
            else:
                label = _new_label(entity, item, policy, namer)
                register.put(entity, item.code, forms, about, label)
            if question is not None:
                asked.append(question)
            if known is not None and not is_numbered(label) and namer.real.clash(unbracketed(label)):
                asked.append(OpenQuestion("who?", (entity.id,), "a pseudonym given earlier is a real name here"))
        if "pseudonymize" in actions:
            labels[entity.id] = label
    return labels, tuple(asked)


def _code(entity: Entity) -> str:
    """The code of the participant or interviewer that an entity is, or empty."""
    return entity.roster if entity.roster and _CODE.fullmatch(entity.roster) else ""


def _chosen(entity: Entity, words: str, desk: _Desk) -> str:
    """The label that a reviewer chose, or empty where it may not be given.

    It may be new, a label that something of this type has already (the two are one then), or a person's code. It may
    not be a real name or share a part with one, nor have been given to something else, or to somebody withdrawn.
    """
    words = " ".join(words.strip().strip("[]").split())
    label = f"[{words}]"
    if _CODE.fullmatch(words):
        return label if any(person.code == words for person in desk.view.roster) else ""
    if desk.register.has(label, entity.entity_type):
        return label
    if not words or (not is_numbered(label) and desk.namer.real.clash(words)):
        return ""
    return label if desk.namer.take(label) else ""


def _new_label(entity: Entity, item: BatchItem, policy: Policy | None, namer: Namer) -> str:
    about = item.participants[0] if len(item.participants) == 1 else ""
    style = policy.style_for(entity) if policy else "numbered"
    gender = entity.gender if policy and policy.gender else ""
    return namer.name(style, entity.entity_type, entity.kind, about, gender)


def _forms(transcript: Transcript, decisions: Iterable[Decision]) -> tuple[str, ...]:
    found = {transcript.turns[d.turn].text[d.start : d.end]: None for d in decisions}
    return tuple(sorted(found, key=lambda form: (-len(form), form)))


def _real_names(items: Iterable[BatchItem], view: KeyView) -> Iterable[str]:
    for person in view.roster:
        yield from (person.name, *person.aliases, *person.organization, *person.people, *person.places)
    for known in view.entities:
        yield from known.forms
    for item in items:
        yield from (speaker.label for speaker in item.speakers)
        for entity in item.linked.entities:
            if entity.entity_type in ("PERSON", "ORGANIZATION", "LOCATION", "PRODUCT"):
                yield from entity.forms


def _own_names(view: KeyView, namer: Namer) -> dict[str, str]:
    """Participants' own choices, where nobody else could be meant by them; the others keep their code."""
    chosen: dict[str, str] = {}
    given = {unbracketed(known.pseudonym): known for known in view.entities}
    for person in sorted(view.roster, key=lambda p: _code_order(p.code or "")):
        name = next((value.strip() for column, value in person.extra if fold(column) == "pseudonym"), "")
        if not person.code or not name or namer.real.clash(name):
            continue
        before = given.get(fold(name))
        if (before is not None and before.about == (person.code,)) or namer.take(f"[{name}]"):
            chosen[person.code] = f"[{name}]"
    return chosen


def shift_days(view: KeyView, participants: Sequence[str], most: int) -> int:
    """By how many days the dates of a participant are moved: drawn under the sealed seed, never 0.

    The same for all of a participant's transcripts, so that intervals between them stay; a group interview has its own.
    """
    who = "+".join(sorted(participants))
    draw = int.from_bytes(hmac.digest(view.seed, f"shift\0{who}".encode(), hashlib.sha256)[:8], "big")
    days = 1 + draw % most
    return days if draw >> 63 else -days


def _generalized(
    entity: Entity, decisions: Sequence[Decision], item: BatchItem, view: KeyView, policy: Policy
) -> str | None:
    decision = next(d for d in decisions if d.action == "generalize")
    rule = policy.rule_of(decision)
    if rule.to == "kind":
        return kind_words(entity.kind) or marker(entity.entity_type)
    if rule.to != "shift":
        return None
    text = item.transcript.turns[decision.turn].text[decision.start : decision.end]
    days = shift_days(view, item.participants or (item.code,), rule.parameter("days", 180))
    moved = dates.shifted(dates.understand(text), days)
    return f"[{moved}]" if moved else marker("DATE")
