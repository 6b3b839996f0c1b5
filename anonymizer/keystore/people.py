"""Participants, interviewers and others in the document: codes, import, editing. Values in, values out."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from anonymizer.errors import RosterError
from anonymizer.keystore.document import Document
from anonymizer.roster import Person, Roster

T = TypeVar("T")
GROUP = {"participant": "participants", "interviewer": "interviewers", "other": "others"}
_ID = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What an import did."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0


def name_key(name: str) -> str:
    """Names compare without regard to case, composition and white space."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def random_id(prefix: str, taken: Iterable[str], random: Callable[[int], bytes]) -> str:
    """A fresh id that means nothing: prefix and eight characters that cannot be misread."""
    while True:
        candidate = prefix + "".join(_ID[byte & 31] for byte in random(8))
        if candidate not in taken:
            return candidate


def shuffled(items: Sequence[T], seed: bytes, purpose: str) -> list[T]:
    """Fisher-Yates under the sealed seed: the same for the same items and purpose, and nobody else can redo it."""
    stream = 0

    def below(bound: int) -> int:
        nonlocal stream
        while True:
            stream += 1
            value = int.from_bytes(hmac.digest(seed, f"{purpose}\0{stream}".encode(), hashlib.sha256)[:8], "big")
            # reject the incomplete last multiple, which would favour small numbers
            if value < (1 << 64) - (1 << 64) % bound:
                return value % bound

    result = list(items)
    for i in range(len(result) - 1, 0, -1):
        j = below(i + 1)
        result[i], result[j] = result[j], result[i]
    return result


def import_roster(document: Document, roster: Roster, random: Callable[[int], bytes]) -> tuple[Document, ImportCounts]:
    """Add and update people.

    A row belongs to somebody known when the name is the same, or else when the e-mail address is (a changed name: the
    old one becomes an alias). Names, organizations, people and places known before are never dropped by an import,
    since outputs are searched for them; :func:`edit` drops.

    New participants get the next codes in random order, whatever the order of the rows.

    Raises:
        RosterError: A row would change somebody's role, and with it the code.
    """
    by_name = {name_key(p.name): p for p in document.people()}
    by_email: dict[str, list[Person]] = {}
    for person in document.people():
        if person.email:
            by_email.setdefault(person.email.casefold(), []).append(person)
    keys = _keys_of_others(document)
    added: list[Person] = []
    changed: dict[str, dict[str, Person]] = {}
    updated = unchanged = 0
    names_in_roster = {name_key(p.name) for p in roster}
    for row in roster:
        known = by_name.get(name_key(row.name))
        if known is None and row.email:
            same = [p for p in by_email.get(row.email.casefold(), ()) if name_key(p.name) not in names_in_roster]
            known = same[0] if len(same) == 1 else None
        if known is None:
            added.append(row)
            continue
        if known.role != row.role:
            who = known.code or "somebody"
            raise RosterError(
                f"{who} is {known.role} in the key store and {row.role} in the roster",
                hint="a code once given keeps its role; correct the roster",
            )
        merged = _merge(known, row)
        if merged == known:
            unchanged += 1
        else:
            updated += 1
            changed.setdefault(GROUP[merged.role], {})[known.code or keys[name_key(known.name)]] = merged
    for group, people in changed.items():
        document = with_group(document, group, {**getattr(document, group), **people})
    return _add_all(document, added, random), ImportCounts(len(added), updated, unchanged)


def add(document: Document, person: Person, random: Callable[[int], bytes]) -> tuple[Document, str]:
    """Add one person and return the code given (or the random id of one without a code).

    Raises:
        RosterError: Somebody has that name already, or the name is empty.
    """
    person = _tidy(person)
    if any(name_key(p.name) == name_key(person.name) for p in document.people()):
        raise RosterError("somebody of that name is in the key store already", hint="anonymizer participants edit CODE")
    before = {*document.participants, *document.interviewers, *document.others}
    document = _add_all(document, [person], random)
    after = {*document.participants, *document.interviewers, *document.others}
    return document, next(iter(after - before))


def edit(document: Document, code: str, person: Person) -> Document:
    """Replace what is known of somebody; the role stays.

    Raises:
        RosterError: No such code; the name is empty or another person's; another role.
    """
    old = find(document, code)
    person = _tidy(person)
    if person.role != old.role:
        raise RosterError("a code once given keeps its role")
    if any(name_key(p.name) == name_key(person.name) and p != old for p in document.people()):
        raise RosterError("somebody else has that name")
    return _put(document, person, code)


def find(document: Document, code: str) -> Person:
    """The person with that code.

    Raises:
        RosterError: None; says so too of a code that was withdrawn.
    """
    for group in GROUP.values():
        person: Person | None = getattr(document, group).get(code)
        if person is not None:
            return person
    if code in document.tombstones:
        raise RosterError("this code was withdrawn")
    raise RosterError("no such code in the key store", hint="anonymizer participants list")


def _tidy(person: Person) -> Person:
    name = " ".join(unicodedata.normalize("NFC", person.name).split())
    if not name:
        raise RosterError("empty name")
    return replace(person, name=name)


def _merge(known: Person, row: Person) -> Person:
    aliases = (*row.aliases, *known.aliases)
    if name_key(row.name) != name_key(known.name):
        aliases = (*aliases, known.name)
    name = row.name
    return Person(
        name=name,
        aliases=tuple(a for a in dict.fromkeys(aliases) if a != name),
        email=row.email or known.email,
        organization=tuple(dict.fromkeys((*row.organization, *known.organization))),
        role=known.role,
        people=tuple(dict.fromkeys((*row.people, *known.people))),
        places=tuple(dict.fromkeys((*row.places, *known.places))),
        extra=tuple({**dict(known.extra), **dict(row.extra)}.items()),
        code=known.code,
    )


def _put(document: Document, person: Person, key: str) -> Document:
    group = GROUP[person.role]
    code = None if person.role == "other" else key
    return with_group(document, group, {**getattr(document, group), key: replace(person, code=code)})


def with_group(document: Document, group: str, people: dict[str, Person]) -> Document:
    """The document with another table of participants, interviewers or others."""
    if group == "participants":
        return replace(document, participants=people)
    if group == "interviewers":
        return replace(document, interviewers=people)
    return replace(document, others=people)


def _keys_of_others(document: Document) -> dict[str, str]:
    return {name_key(p.name): key for key, p in document.others.items()}


def _add_all(document: Document, people: Sequence[Person], random: Callable[[int], bytes]) -> Document:
    ordered = sorted(people, key=lambda p: name_key(p.name))
    tables = {role: dict(getattr(document, group)) for role, group in GROUP.items()}
    counters = {"participant": _highest(document, "P"), "interviewer": _highest(document, "I")}
    for person in shuffled(ordered, document.seed, f"codes {document.generation}"):
        if person.role == "other":
            tables["other"][random_id("o-", tables["other"], random)] = replace(person, code=None)
            continue
        counters[person.role] += 1
        letter, width = ("P", 2) if person.role == "participant" else ("I", 1)
        code = f"{letter}{counters[person.role]:0{width}d}"
        tables[person.role][code] = replace(person, code=code)
    for role, table in tables.items():
        document = with_group(document, GROUP[role], table)
    return document


def _highest(document: Document, letter: str) -> int:
    """The highest number ever given, to people withdrawn too."""
    used = [
        int(code[1:])
        for code in (*document.participants, *document.interviewers, *document.tombstones)
        if re.fullmatch(rf"{letter}[0-9]+", code)
    ]
    return max(used, default=0)
