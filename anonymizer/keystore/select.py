"""Choosing participants for further talks: codes by default, names and contacts only on request and counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from anonymizer.errors import KeyStoreError
from anonymizer.keystore.document import Document, code_order
from anonymizer.keystore.people import name_key
from anonymizer.review.marks import Marks
from anonymizer.roster import Person


@dataclass(frozen=True, slots=True)
class Selection:
    """A participant that fits.

    Attributes:
        code: ``P07``.
        why: ``mentions``, ``about``, ``organization``, ``role``, ``answered``.
        person: Shown only where asked for.
    """

    code: str
    why: str
    person: Person = field(repr=False)


def by_pseudonym(document: Document, label: str) -> tuple[Selection, ...]:
    """Participants whose interviews mention what the pseudonym stands for, or whom it is about.

    Raises:
        KeyStoreError: The pseudonym was never given, or stands for nothing any more.
    """
    wanted = label.strip().strip("[]").casefold()
    found = [entity for entity in document.entities.values() if entity.pseudonym.strip("[]").casefold() == wanted]
    if not found:
        gone = any(name.strip("[]").casefold() == wanted for name in document.tombstones)
        raise KeyStoreError("this pseudonym was withdrawn" if gone else "no such pseudonym in the key store")
    about = {code for entity in found for code in entity.about}
    speaking = _speakers_of(document, {code for entity in found for code in entity.transcripts})
    return _selections(document, {**dict.fromkeys(speaking, "mentions"), **dict.fromkeys(about, "about")})


def by_organization(document: Document, name: str) -> tuple[Selection, ...]:
    """Participants of an organization, as the roster has it."""
    wanted = name_key(name)
    codes = [
        code
        for code, person in document.participants.items()
        if wanted and any(wanted == name_key(organization) for organization in person.organization)
    ]
    return _selections(document, dict.fromkeys(codes, "organization"))


def by_role(document: Document, role: str) -> tuple[Selection, ...]:
    """People of a roster role, or participants whose free column ``role``, ``position`` or ``occupation`` says so."""
    wanted = name_key(role)
    codes = {code: "role" for code in document.participants if wanted == "participant"}
    codes |= {code: "role" for code in document.interviewers if wanted == "interviewer"}
    codes |= {
        code: "role"
        for code, person in document.participants.items()
        if any(c in ("position", "occupation", "job") and name_key(v) == wanted for c, v in person.extra)
    }
    return _selections(document, codes)


def by_question(document: Document, question: str, marks: Mapping[str, Marks]) -> tuple[Selection, ...]:
    """Participants of interviews in which a participant's turn is tagged with the question.

    Args:
        document: The open key.
        question: Id such as ``other.5``.
        marks: Marks by id of the received file, of all transcripts that have some.
    """
    codes: set[str] = set()
    for transcript, mark in marks.items():
        sealed = document.transcripts.get(transcript)
        if sealed and any(tag.role == "participant" and tag.question == question for tag in mark.tags):
            codes.update(sealed.link.participants)
    return _selections(document, dict.fromkeys(codes, "answered"))


def _speakers_of(document: Document, transcripts: set[str]) -> set[str]:
    return {
        code
        for sealed in document.transcripts.values()
        if sealed.link.code in transcripts
        for code in sealed.link.participants
    }


def _selections(document: Document, why: Mapping[str, str]) -> tuple[Selection, ...]:
    people = {**document.participants, **document.interviewers}
    found = [Selection(code, reason, people[code]) for code, reason in why.items() if code in people]
    return tuple(sorted(found, key=lambda selection: code_order(selection.code)))


def contacts(selections: Iterable[Selection]) -> list[list[str]]:
    """Rows of code, name, e-mail and organization."""
    return [[s.code, s.person.name, s.person.email, "; ".join(s.person.organization)] for s in selections]
