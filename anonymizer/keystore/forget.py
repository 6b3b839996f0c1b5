"""Taking one person out of the document. Values in, values out; nothing is read or written here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from anonymizer.errors import KeyStoreError
from anonymizer.keystore.document import Document, SealedLink, code_order
from anonymizer.keystore.known import contains, person_forms, words
from anonymizer.keystore.originals import new_key
from anonymizer.keystore.people import name_key, with_group
from anonymizer.keystore.view import KnownEntity
from anonymizer.roster import Person


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What a withdrawal does to the document.

    Attributes:
        document: Without the person.
        whole: (id, code) of transcripts that go as a whole.
        groups: (id, code) of group interviews that stay without the person's turns.
        removed: Pseudonyms that stand for nothing any more.
        cleaned: Pseudonyms of entities of which a form was forgotten.
        frozen: Codes of other transcripts in which the person, or what was only about them, is mentioned.
        people: Codes of people whose record mentioned the person.
        names: What the person was called, for cleaning what lies outside the document. Never stored.
        ids: Old -> new id of group transcripts, whose received file is replaced by one without the person's turns.
    """

    document: Document = field(repr=False)
    whole: tuple[tuple[str, str], ...]
    groups: tuple[tuple[str, str], ...]
    removed: tuple[str, ...]
    cleaned: tuple[str, ...]
    frozen: tuple[str, ...]
    people: tuple[str, ...]
    names: tuple[str, ...] = field(repr=False)
    ids: Mapping[str, str] = field(default_factory=dict, repr=False)


def withdrawn_code(document: Document, code: str) -> Person:
    """The participant to withdraw.

    Raises:
        KeyStoreError: Withdrawn already; no such participant.
    """
    if code in document.tombstones:
        raise KeyStoreError(f"{code} was withdrawn already")
    person = document.participants.get(code)
    if person is None:
        raise KeyStoreError("no such participant in the key store", hint="anonymizer participants list")
    return person


def forget(document: Document, code: str, today: str) -> Forgotten:
    """The document without a participant.

    The record goes; entities about that person only go; every form that holds the person's name goes from the entities
    and records of others, parts of the name included unless somebody who stays is called so too; codes and pseudonyms
    stay reserved as tombstones, which hold neither name nor hash of one.

    Raises:
        KeyStoreError: See :func:`withdrawn_code`.
    """
    person = withdrawn_code(document, code)
    stay = [other for other in document.people() if other.code != code]
    names = _own_names(person, stay)
    whole, groups, transcripts = _transcripts(document, code)
    gone_codes = {name for _, name in whole}
    entities: dict[str, KnownEntity] = {}
    removed: list[str] = []
    cleaned: list[str] = []
    # the others in a group interview may have said the name
    frozen: set[str] = {*document.frozen, *(name for _, name in groups)}
    for key, entity in document.entities.items():
        kept = _entity(entity, code, names, gone_codes)
        if kept is None:
            removed.append(entity.pseudonym)
            frozen.update(entity.transcripts)
            continue
        if kept.forms != entity.forms:
            cleaned.append(entity.pseudonym)
            frozen.update(entity.transcripts)
        entities[key] = kept
    tombstones = dict.fromkeys((code, *gone_codes, *(p for p in removed if p.strip("[]") != code)), today)
    left = {p for p in removed if any(e.pseudonym == p for e in entities.values())}
    changed, touched = _people(document, code, names)
    changed = replace(
        changed,
        transcripts=transcripts,
        entities=entities,
        tombstones={**document.tombstones, **{p: day for p, day in tombstones.items() if p not in left}},
        frozen=frozenset(frozen - gone_codes),
    )
    return Forgotten(
        changed,
        whole,
        groups,
        tuple(sorted(set(removed))),
        tuple(sorted(set(cleaned))),
        tuple(sorted(frozen - gone_codes - document.frozen, key=code_order)),
        tuple(touched),
        names,
    )


def _own_names(person: Person, stay: Iterable[Person]) -> tuple[str, ...]:
    """All that only this person is called: a part that somebody else has too is not theirs alone."""
    others = {name_key(form) for other in stay for form in person_forms(other)}
    full = {name_key(person.name)}
    return tuple(form for form in person_forms(person) if name_key(form) in full or name_key(form) not in others)


def _transcripts(
    document: Document, code: str
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...], dict[str, SealedLink]]:
    whole, groups = [], []
    stay: dict[str, SealedLink] = {}
    for key, sealed in document.transcripts.items():
        rest = tuple(c for c in sealed.link.participants if c != code)
        speakers = tuple(row for row in sealed.link.speakers if row[2] != code)
        if rest == sealed.link.participants:
            stay[key] = replace(sealed, link=replace(sealed.link, speakers=speakers))
        elif rest:
            groups.append((key, sealed.link.code))
            # a fresh data key: what was sealed under the old one is gone with it
            stay[key] = SealedLink(replace(sealed.link, participants=rest, speakers=speakers), new_key())
        else:
            whole.append((key, sealed.link.code))
    return tuple(whole), tuple(groups), stay


def _entity(entity: KnownEntity, code: str, names: tuple[str, ...], gone: set[str]) -> KnownEntity | None:
    about = tuple(c for c in entity.about if c != code)
    transcripts = tuple(c for c in entity.transcripts if c not in gone)
    if entity.pseudonym.strip("[]") == code or (entity.about and not about):
        return None
    if entity.transcript in gone or (entity.transcripts and not transcripts):
        return None
    forms = tuple(form for form in entity.forms if not contains(form, names))
    if entity.forms and not forms:
        return None
    key = entity.key
    if key and (contains(key, names) or any(part in key for part in _folded(names))):
        key = name_key(forms[0]) if forms else ""
    return replace(entity, about=about, transcripts=transcripts, forms=forms, key=key)


def _folded(names: tuple[str, ...]) -> set[str]:
    return {"".join(words(name)).casefold() for name in names if len(name) > 3}


def _people(document: Document, code: str, names: tuple[str, ...]) -> tuple[Document, list[str]]:
    touched: list[str] = []
    changed = with_group(document, "participants", {k: p for k, p in document.participants.items() if k != code})
    for group in ("participants", "interviewers", "others"):
        table = {}
        for key, person in getattr(changed, group).items():
            clean = replace(
                person,
                aliases=_without(person.aliases, names),
                people=_without(person.people, names),
                places=_without(person.places, names),
                organization=_without(person.organization, names),
                extra=tuple((column, value) for column, value in person.extra if not contains(value, names)),
            )
            if clean != person:
                touched.append(person.code or "(no code)")
            table[key] = clean
        changed = with_group(changed, group, table)
    return changed, touched


def _without(values: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value for value in values if not contains(value, names))
