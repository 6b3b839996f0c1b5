"""Finding one entry, by name, pseudonym or transcript. Exact unless asked otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from anonymizer.errors import KeyStoreError
from anonymizer.keystore.document import Document, code_order
from anonymizer.keystore.people import name_key
from anonymizer.roster import Person

By = Literal["name", "pseudonym", "transcript"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer.

    Attributes:
        pseudonym: Code or label.
        kind: ``participant``, ``PERSON``, ``transcript``, ``withdrawn`` ...
        names: What it stands for.
        transcripts: Codes of the transcripts it occurs in.
    """

    pseudonym: str
    kind: str
    names: tuple[str, ...] = field(repr=False)
    transcripts: tuple[str, ...] = ()


def lookup(document: Document, text: str, by: By, *, part: bool = False) -> tuple[Entry, ...]:
    """Entries that fit.

    Args:
        document: The open key.
        text: Name, pseudonym (brackets may be left out) or transcript code.
        by: What ``text`` is.
        part: A part of the name is enough.

    Raises:
        KeyStoreError: None; the message does not repeat the text, since terminals are logged.
    """
    found = _by_name(document, text, part) if by == "name" else _by_code(document, text, by)
    if not found:
        raise KeyStoreError(f"no such {by} in the key store")
    return tuple(sorted(found, key=lambda entry: code_order(entry.pseudonym)))


def _by_name(document: Document, text: str, part: bool) -> list[Entry]:
    wanted = name_key(text)

    def fits(names: tuple[str, ...]) -> bool:
        return bool(wanted) and any(wanted in name_key(n) if part else wanted == name_key(n) for n in names)

    found = [_person(document, person) for person in document.people() if fits(_names(person))]
    found += [
        Entry(e.pseudonym, e.entity_type, e.forms, e.transcripts) for e in document.entities.values() if fits(e.forms)
    ]
    return found


def _by_code(document: Document, text: str, by: By) -> list[Entry]:
    wanted = text.strip().strip("[]").casefold()
    if by == "transcript":
        return [
            Entry(sealed.link.code, "transcript", _transcript_names(document, sealed.link.participants))
            for sealed in document.transcripts.values()
            if sealed.link.code.casefold() == wanted
        ]
    found = [
        _person(document, person) for person in document.people() if person.code and person.code.casefold() == wanted
    ]
    found += [
        Entry(e.pseudonym, e.entity_type, e.forms, e.transcripts)
        for e in document.entities.values()
        if e.pseudonym.strip("[]").casefold() == wanted
    ]
    found += [Entry(gone, "withdrawn", ()) for gone in document.tombstones if gone.strip("[]").casefold() == wanted]
    return found


def _transcript_names(document: Document, participants: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{code} {document.participants[code].name}" for code in participants if code in document.participants)


def _names(person: Person) -> tuple[str, ...]:
    return (person.name, *person.aliases, *((person.email,) if person.email else ()))


def _person(document: Document, person: Person) -> Entry:
    codes = tuple(
        sealed.link.code
        for sealed in document.transcripts.values()
        if person.code is not None
        and (person.code in sealed.link.participants or any(c == person.code for _, _, c in sealed.link.speakers))
    )
    return Entry(person.code or "(no code)", person.role, _names(person), tuple(sorted(codes, key=code_order)))
