"""The roster as linking sees it: who is in this interview, and what belongs to them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from anonymizer.entities import organizations
from anonymizer.entities.heard import HeardWords
from anonymizer.entities.names import fold
from anonymizer.entities.people import Name, compatible, fits, tier_of
from anonymizer.roster import Person, Prepared, Roster
from anonymizer.transcript import Speaker

_REMEMBERED = 20_000
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


@dataclass(slots=True)
class _Everybody:
    """A roster taken apart, for all transcripts; everybody in it present.

    Attributes:
        people: Its people, each followed by those around them who are new.
        owners: Number of the person that each of them is, or was first named by.
        things: (type, form) -> organization or place.
        thing_owners: (type, form) -> number of the person who named it last.
        numbers: Code, and folded name or alias -> numbers of the people who bear it.
        by_words: Words of a name, spaced -> places in ``people``.
        by_letters: The same without spaces.
        by_roster: Code or other id of a roster entry -> places in ``people``.
        places_of: Number of a person -> places in ``people`` that are the person's.
        things_of: The same for ``things``.
        words: Words of all names, as captions may spell them.
        remembered: What :meth:`fitting` found.
        remembered_things: What :meth:`near` found.
    """

    people: list[Known] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    things: dict[tuple[str, str], Known] = field(default_factory=dict)
    thing_owners: dict[tuple[str, str], int] = field(default_factory=dict)
    roles: list[tuple[str | None, str]] = field(default_factory=list)
    numbers: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    by_words: dict[str, list[int]] = field(default_factory=dict)
    by_letters: dict[str, list[int]] = field(default_factory=dict)
    by_roster: dict[str | None, list[int]] = field(default_factory=dict)
    places_of: dict[int, list[int]] = field(default_factory=dict)
    things_of: dict[int, list[tuple[str, str]]] = field(default_factory=dict)
    words: HeardWords = field(default_factory=HeardWords)
    remembered: dict[Name, Sequence[tuple[Known, int]]] = field(default_factory=dict, repr=False)
    remembered_things: dict[str, Sequence[tuple[str, str]]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, roster: Roster) -> _Everybody:
        """Take a roster apart."""
        made = cls()
        keys: set[str] = set()
        for number, person in enumerate(roster):
            made._add(person, number, keys)
        made.words = HeardWords(word for known in made.people for name in known.names for word in name.words)
        for place, known in enumerate(made.people):
            for words in dict.fromkeys(name.words for name in known.names):
                made.by_words.setdefault(" ".join(words), []).append(place)
                made.by_letters.setdefault("".join(words), []).append(place)
            made.by_roster.setdefault(known.roster, []).append(place)
            made.places_of.setdefault(made.owners[place], []).append(place)
        for key, number in made.thing_owners.items():
            made.things_of.setdefault(number, []).append(key)
        return made

    def _add(self, person: Person, number: int, keys: set[str]) -> None:
        code = person.code if person.code else f"other:{_digest(person.name)}"
        about = (person.code,) if person.code and person.role == "participant" else ()
        gender = next((_GENDERS.get(fold(v), "") for c, v in person.extra if fold(c) in ("gender", "sex")), "")
        self.roles.append((person.code, person.role))
        if person.code:
            self.numbers.setdefault(("code", person.code), []).append(number)
        for folded in {fold(name) for name in (person.name, *person.aliases)}:
            self.numbers.setdefault(("name", folded), []).append(number)
        self._person(
            number,
            Known(
                key=f"person:{number}",
                roster=code,
                names=tuple(Name.parse(name) for name in (person.name, *person.aliases)),
                canonical=" ".join(Name.parse(person.name).words),
                about=about,
                gender=gender,
            ),
        )
        for around in person.people:
            name = Name.parse(around)
            if not name.words:
                continue
            key = f"around:{' '.join(name.words)}:{'' if name.full else number}"
            if key not in keys:
                keys.add(key)
                self._person(
                    number,
                    Known(
                        key=key,
                        roster=f"other:{_digest(around)}" if name.full else f"other:{_digest(around)}-{code}",
                        names=(name,),
                        canonical=" ".join(name.words) + ("" if name.full else f" of {code.casefold()}"),
                        about=about,
                    ),
                )
        for entity_type, names in (("ORGANIZATION", person.organization), ("LOCATION", person.places)):
            for thing in names:
                form = _thing_form(entity_type, thing)
                before = self.things.get((entity_type, form))
                both = tuple(sorted({*(before.about if before else ()), *about}))
                self.things[entity_type, form] = Known(
                    key=f"{entity_type}:{form}",
                    canonical=organizations.core(form) if entity_type == "ORGANIZATION" else form,
                    about=both,
                )
                self.thing_owners[entity_type, form] = number

    def _person(self, number: int, known: Known) -> None:
        self.people.append(known)
        self.owners.append(number)

    def fitting(self, name: Name) -> Sequence[tuple[Known, int]]:
        """Whom of all a bare name fits; remembered, since thousands are compared."""
        if name not in self.remembered:
            _forget_some(self.remembered)
            self.remembered[name] = _fitting(name, self.people)
        return self.remembered[name]

    def near(self, text: str) -> Sequence[tuple[str, str]]:
        """Which of all organizations a text is a form of."""
        if text not in self.remembered_things:
            _forget_some(self.remembered_things)
            organizations_only = (key for key in self.things if key[0] == "ORGANIZATION")
            self.remembered_things[text] = _near(text, organizations_only)
        return self.remembered_things[text]


_EVERYBODY = Prepared(_Everybody.of)


class RosterIndex:
    """Look-ups in a roster for one transcript: who of it is here, and what the speakers are called besides."""

    def __init__(self, roster: Roster, speakers: Sequence[Speaker] = (), labels: Sequence[str] = ()) -> None:
        self._all = _EVERYBODY.of(roster)
        who = [("code", s.code) for s in speakers if s.code] + [("name", fold(label)) for label in labels]
        here = {number for key in who for number in self._all.numbers.get(key, ())}
        # nobody tied yet (detect without a study): everybody in the roster may be here
        self._here: frozenset[int] | None = frozenset(here) or None
        roles = [self._all.roles[number] for number in here]
        self.present: tuple[str, ...] = tuple(
            sorted({s.code for s in speakers if s.code and s.role == "participant"})
        ) or tuple(sorted(code for code, role in roles if code and role == "participant"))
        # people of this transcript who differ from those of the roster at large, by their place
        self._people: dict[int, Known] = {}
        self._by_label: dict[str, Known] = {}
        self._renamed: set[int] = set()
        self._speakers(speakers)
        for label in labels:
            words = Name.parse(label).words
            bearers = [place for place in self._places(" ".join(words), self._all.by_words)
                       if any(name.words == words for name in self._at(place).names)]  # fmt: skip
            if bearers:
                self._by_label.setdefault(label, self._at(min(bearers)))

    def _at(self, place: int) -> Known:
        """Somebody of the roster, as to this transcript."""
        if place not in self._people:
            known = self._all.people[place]
            present = self._here is None or self._all.owners[place] in self._here
            self._people[place] = known if present else replace(known, present=False)
        return self._people[place]

    def _places(self, key: str, index: Mapping[str, Sequence[int]]) -> Iterable[int]:
        """Places of those who may bear a name, in order; those with a name of this transcript among them."""
        return sorted({*index.get(key, ()), *self._renamed})

    def _speakers(self, speakers: Sequence[Speaker]) -> None:
        """A label that is a name, tied to a code, is a name of that person."""
        for speaker in speakers:
            for place in self._all.by_roster.get(speaker.code, ()) if speaker.code else ():
                known = self._at(place)
                self._by_label[speaker.label] = known
                name = Name.parse(speaker.label)
                if name.words and name.words[0].isalpha() and name not in known.names and _named(name, known):
                    self._people[place] = replace(known, names=(*known.names, name))
                    self._renamed.add(place)

    def names_of(self, label: str) -> tuple[Name, ...]:
        """Names of the person of the roster whom a speaker label stands for; empty if nobody tied it."""
        known = self._by_label.get(label)
        return known.names if known else ()

    def bearers(self, name: Name) -> list[Known]:
        """People who may bear a name of these very words."""
        places = {*self._places(" ".join(name.words), self._all.by_words),
                  *self._places("".join(name.words), self._all.by_letters)}  # fmt: skip
        return [self._at(place) for place in sorted(places)]

    def fitting(self, name: Name) -> Sequence[tuple[Known, int]]:
        """People who are here, or around somebody who is, whom a bare name fits, and how well."""
        if self._here is None:
            return self._all.fitting(name)
        places = (place for number in self._here for place in self._all.places_of[number])
        return _fitting(name, (self._at(place) for place in sorted(places)))

    def words(self) -> HeardWords:
        """Words of all names of people, also of those that speakers go by here."""
        own = [word for place in self._renamed for name in self._at(place).names for word in name.words]
        return HeardWords(own, self._all.words)

    def thing(self, entity_type: str, text: str) -> Known | None:
        """An organization or place of the roster under one of its forms, where only one fits."""
        if entity_type not in ("ORGANIZATION", "LOCATION"):
            return None
        exact = entity_type, _thing_form(entity_type, text)
        if exact in self._all.things:
            return self._thing(exact)
        if entity_type == "LOCATION":
            return None
        if self._here is None:
            near = self._all.near(text)
        else:
            near = _near(
                text, (key for n in self._here for key in self._all.things_of.get(n, ()) if key[0] == exact[0])
            )
        return self._thing(near[0]) if len(near) == 1 else None

    def _thing(self, key: tuple[str, str]) -> Known:
        present = self._here is None or self._all.thing_owners[key] in self._here
        return replace(self._all.things[key], present=present)


def _fitting(name: Name, people: Iterable[Known]) -> list[tuple[Known, int]]:
    tiers = ((known, [tier for n in known.names if (tier := tier_of(name, n))]) for known in people)
    return [(known, min(found)) for known, found in tiers if found]


def _near(text: str, things: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [key for key in things if organizations.same_organization(text, key[1])]


def _forget_some(remembered: dict[Any, Any]) -> None:
    # a long run meets ever new names; those met once are not worth the room
    if len(remembered) >= _REMEMBERED:
        remembered.clear()


def _named(name: Name, known: Known) -> bool:
    # "Speaker 1" or "Interviewer" tied to a code is no name; "Kat" for Katherine Osei is
    return any(compatible(name, other) if name.full else fits(name, other) for other in known.names)


def _thing_form(entity_type: str, name: str) -> str:
    return " ".join(organizations.words(name)) if entity_type == "ORGANIZATION" else fold(name).removeprefix("the ")
