"""The roster as linking sees it: who is in this interview, and what belongs to them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from anonymizer.entities import organizations
from anonymizer.entities.names import fold
from anonymizer.entities.people import Name
from anonymizer.roster import Person, Roster
from anonymizer.transcript import Speaker

_GENDERS = {"m": "m", "male": "m", "man": "m", "f": "f", "female": "f", "woman": "f"}


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody or something that the roster names.

    Attributes:
        key: Unique within the roster.
        roster: Code, ``other:...`` or None, as an entity carries it.
        names: Parsed names and aliases; of people only.
        canonical: Folded canonical form.
        about: Codes of the people it belongs to.
        present: Takes part in this interview, or belongs to somebody who does: may be meant by a bare first name.
        gender: As the roster states it.
    """

    key: str = field(repr=False)
    roster: str | None = field(default=None, repr=False)
    names: tuple[Name, ...] = field(default=(), repr=False)
    canonical: str = field(default="", repr=False)
    about: tuple[str, ...] = ()
    present: bool = True
    gender: str = ""


def _digest(name: str) -> str:
    return hashlib.sha256(fold(name).encode()).hexdigest()[:16]


class RosterIndex:
    """Look-ups in a roster for one transcript."""

    def __init__(self, roster: Roster, speakers: Sequence[Speaker] = (), labels: Sequence[str] = ()) -> None:
        codes = {s.code for s in speakers if s.code}
        spoken = {fold(label) for label in labels}
        here = [
            person
            for person in roster
            if (person.code and person.code in codes)
            or fold(person.name) in spoken
            or any(fold(alias) in spoken for alias in person.aliases)
        ]
        # nobody tied yet (detect without a study): everybody in the roster may be here
        self._here = {id(person) for person in (here or roster)}
        self.present: tuple[str, ...] = tuple(
            sorted({s.code for s in speakers if s.code and s.role == "participant"})
        ) or tuple(sorted(p.code for p in here if p.code and p.role == "participant"))
        self.people: list[Known] = []
        self._things: dict[tuple[str, str], Known] = {}
        for number, person in enumerate(roster):
            self._add(person, number)
        self._by_label: dict[str, Known] = {}
        self._speakers(speakers)
        for label in labels:
            for known in self.people:
                if any(" ".join(name.words) == " ".join(Name.parse(label).words) for name in known.names):
                    self._by_label.setdefault(label, known)

    def _add(self, person: Person, number: int) -> None:
        present = id(person) in self._here
        code = person.code if person.code else f"other:{_digest(person.name)}"
        about = (person.code,) if person.code and person.role == "participant" else ()
        gender = next((_GENDERS.get(fold(v), "") for c, v in person.extra if fold(c) in ("gender", "sex")), "")
        self.people.append(
            Known(
                key=f"person:{number}",
                roster=code,
                names=tuple(Name.parse(name) for name in (person.name, *person.aliases)),
                canonical=" ".join(Name.parse(person.name).words),
                about=about,
                present=present,
                gender=gender,
            )
        )
        for around in person.people:
            name = Name.parse(around)
            if not name.words:
                continue
            key = f"around:{' '.join(name.words)}:{'' if name.full else number}"
            if not any(known.key == key for known in self.people):
                self.people.append(
                    Known(
                        key=key,
                        roster=f"other:{_digest(around)}" if name.full else f"other:{_digest(around)}-{code}",
                        names=(name,),
                        canonical=" ".join(name.words) + ("" if name.full else f" of {code.casefold()}"),
                        about=about,
                        present=present,
                    )
                )
        for entity_type, names in (("ORGANIZATION", person.organization), ("LOCATION", person.places)):
            for thing in names:
                form = _thing_form(entity_type, thing)
                before = self._things.get((entity_type, form))
                both = tuple(sorted({*(before.about if before else ()), *about}))
                self._things[entity_type, form] = Known(
                    key=f"{entity_type}:{form}",
                    canonical=organizations.core(form) if entity_type == "ORGANIZATION" else form,
                    about=both,
                    present=present,
                )

    def _speakers(self, speakers: Sequence[Speaker]) -> None:
        """A label that is a name, tied to a code, is a name of that person."""
        for speaker in speakers:
            for place, known in enumerate(self.people):
                if speaker.code and known.roster == speaker.code:
                    self._by_label[speaker.label] = known
                    name = Name.parse(speaker.label)
                    if name.words and name.words[0].isalpha() and name not in known.names and _named(name, known):
                        self.people[place] = Known(
                            known.key, known.roster, (*known.names, name), known.canonical, known.about, known.present,
                            known.gender,
                        )  # fmt: skip

    def names_of(self, label: str) -> tuple[Name, ...]:
        """Names of the person of the roster whom a speaker label stands for; empty if nobody tied it."""
        known = self._by_label.get(label)
        return known.names if known else ()

    def thing(self, entity_type: str, text: str) -> Known | None:
        """An organization or place of the roster under one of its forms, where only one fits."""
        if entity_type not in ("ORGANIZATION", "LOCATION"):
            return None
        exact = self._things.get((entity_type, _thing_form(entity_type, text)))
        if exact is not None or entity_type == "LOCATION":
            return exact
        near = [
            known
            for (kind, form), known in self._things.items()
            if kind == entity_type and known.present and organizations.same_organization(text, form)
        ]
        return near[0] if len(near) == 1 else None


def _named(name: Name, known: Known) -> bool:
    # "Speaker 1" or "Interviewer" tied to a code is no name; "Kat" for Katherine Osei is
    from anonymizer.entities.people import compatible, fits

    return any(compatible(name, other) if name.full else fits(name, other) for other in known.names)


def _thing_form(entity_type: str, name: str) -> str:
    return " ".join(organizations.words(name)) if entity_type == "ORGANIZATION" else fold(name).removeprefix("the ")
