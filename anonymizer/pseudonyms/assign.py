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
_OTHER_KIND = "a reviewer said that it is one with something of another type, or with somebody who has another code"
_CODE = re.compile(r"[PI]\d+")


@dataclass(frozen=True, slots=True)
class Same:
    """Entities of several transcripts that reviewers said are one.

    Attributes:
        members: (transcript code, entity id), the one that the others were said to be first.
        labels: (label, entity type) that members have already or reviewers chose for them, best first; a participant's
            or interviewer's code before everything.
    """

    members: tuple[tuple[str, str], ...]
    labels: tuple[tuple[str, str], ...] = ()


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
        same: Entity id -> with which entities of other transcripts it is one. They end with one label.
        before: Entity id -> label of the last run, where ``same`` needs it: so that nobody else of the transcript gets
            the label that is left behind.
    """

    code: str
    transcript: Transcript = field(repr=False)
    linked: Linked = field(repr=False)
    decisions: tuple[Decision, ...]
    participants: tuple[str, ...] = ()
    speakers: tuple[Speaker, ...] = field(default=(), repr=False)
    chosen: Mapping[str, str] = field(default_factory=dict, repr=False)
    same: Mapping[str, Same] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def order(self) -> tuple[tuple[tuple[str, int, str], ...], str, int, str]:
        """Canonical place in a batch."""
        return canonical(self.code, self.participants)


def canonical(code: str, participants: Iterable[str]) -> tuple[tuple[tuple[str, int, str], ...], str, int, str]:
    """A transcript's place among others: participant code, then session, numbers counted as numbers."""
    head, _, session = code.rpartition("-")
    people = tuple(_code_order(code) for code in sorted(participants, key=_code_order)) or (_code_order(head),)
    return people, head, int(session) if session.isdecimal() and len(session) < 9 else 0, code


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
    desk = _Desk(view, policy, namer, register, own)
    for item in items:
        labels[item.code], asked = _one(item, desk)
        if asked:
            questions[item.code] = asked
    return Assigned(labels, register.changed(), questions)


@dataclass(frozen=True, slots=True)
class _Desk:
    """What naming one transcript needs.

    ``given`` grows: members of a group -> the label and type that they have in this batch.
    """

    view: KeyView
    policy: Policy | None
    namer: Namer
    register: Register
    own: Mapping[str, str] = field(repr=False)
    given: dict[tuple[tuple[str, str], ...], tuple[str, str]] = field(default_factory=dict)


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
    joined: dict[str, str] = {}
    apart: set[str] = set()
    for entity in wanted:
        if entity.id in item.same:
            label, fits = _joined(entity, item.same[entity.id], desk)
            if not fits:
                apart.add(entity.id)
                asked.append(OpenQuestion("who?", (entity.id,), _OTHER_KIND))
            elif label:
                joined[entity.id] = label
                if item.same[entity.id].members[0] == (item.code, entity.id) and _refused(item, entity, label):
                    asked.append(OpenQuestion("who?", (entity.id,), _REFUSED))
    chosen: dict[str, str] = {}
    for entity in wanted:
        if entity.id in item.chosen and entity.id not in joined:
            label = _chosen(entity, item.chosen[entity.id], desk)
            if label:
                chosen[entity.id] = label
            else:
                asked.append(OpenQuestion("who?", (entity.id,), _REFUSED))
    unsettled = [e for e in wanted if e.id not in chosen and e.id not in joined and not _code(e)]
    left = {item.before[id] for id in joined if id in item.before} | set(joined.values())
    register.begin(item.code, [(entity, forms_of[entity.id]) for entity in unsettled], item.before, left)
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
        group = item.same.get(entity.id) if entity.id not in apart else None
        if group and entity.id not in joined and desk.given.get(group.members, ("", ""))[1] == entity.entity_type:
            # another entity of this transcript is one with it, and has just got its label
            joined[entity.id] = desk.given[group.members][0]
        if entity.id in joined:
            label = joined[entity.id]
            code = _code(entity) or label.strip("[]")
            register.put(entity, item.code, forms, (code,) if _CODE.fullmatch(code) else about, label)
            register.leave(entity, item.code, item.before.get(entity.id, label), label)
        elif entity.id in chosen:
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
        if group:
            desk.given.setdefault(group.members, (label, entity.entity_type))
        if "pseudonymize" in actions:
            labels[entity.id] = label
    return labels, tuple(asked)


def _code(entity: Entity) -> str:
    """The code of the participant or interviewer that an entity is, or empty."""
    return entity.roster if entity.roster and _CODE.fullmatch(entity.roster) else ""


def _joined(entity: Entity, group: Same, desk: _Desk) -> tuple[str, bool]:
    """The label of those that an entity is one with, empty if they have none yet; and whether they can be one."""
    given = desk.given.get(group.members)
    code = _code(entity)
    for words, entity_type in [given] if given else group.labels:
        who = words.strip("[]")
        wanted = (desk.own.get(who) or code_label(who)) if _CODE.fullmatch(who) else words
        if entity_type != entity.entity_type or (code and wanted != (desk.own.get(code) or code_label(code))):
            return "", False
        label = wanted if wanted in desk.own.values() else _chosen(entity, wanted, desk)
        if label:
            return label, True
    return "", True


def _refused(item: BatchItem, entity: Entity, label: str) -> bool:
    """Whether a reviewer chose another label for an entity than the one it gets."""
    words = item.chosen.get(entity.id)
    return words is not None and " ".join(words.strip().strip("[]").split()) != label.strip("[]")


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
