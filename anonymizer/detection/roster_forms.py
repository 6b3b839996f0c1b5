"""What to look for of the people the study knows: their names whole and in part, what is around them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from anonymizer.detection.finding import Context, EntityType
from anonymizer.detection.names import Known, name_words, plain
from anonymizer.detection.rules import read_text
from anonymizer.roster import Person, Roster

_PARTICLES = frozenset(
    """
    de da do dos das del der den di du la le les van von zu af av bin ibn al el ben bint abu y e and of the
    ter ten st mc
    """.split()  # noqa: SIM905
)
_GENERIC = frozenset(
    """
    inc ltd llc gmbh ag plc corp corporation company co group holding holdings limited labs lab systems
    technologies technology tech robotics software solutions services consulting university college school
    institute academy hospital clinic foundation trust bank department faculty centre center studio studios
    media games health of the and for in at de der
    """.split()  # noqa: SIM905
)
_MAIL_PROVIDERS = frozenset(
    """
    gmail googlemail outlook hotmail yahoo icloud proton protonmail gmx web mail aol me live msn yandex qq
    fastmail
    """.split()  # noqa: SIM905
)
_BRACKETS = re.compile(r"[(\[][^)\]]*[)\]]?")
_PERSON = "a name from the study's roster"
_AROUND = "a person around somebody in the study's roster"


class Nicknames:
    """Short forms of given names: the package ``nicknames`` (English names), and rules/names/ for other languages."""

    def __init__(self, more: dict[str, frozenset[str]] | None = None) -> None:
        self._more = more
        self._namer: Any = None

    def of(self, name: str) -> frozenset[str]:
        """Short forms of a plain given name."""
        if self._more is None:
            return frozenset()
        if self._namer is None:
            from nicknames import NickNamer

            self._namer = NickNamer()
        return frozenset(self._namer.nicknames_of(name)) | self._more.get(name, frozenset())


def read_nicknames(paths: Iterable[Path]) -> Nicknames:
    """Files of lines ``full forms: short, forms``."""
    more: dict[str, set[str]] = {}
    for path in paths:
        for line in read_text(path).splitlines():
            full, colon, pets = line.partition(":")
            if colon and not line.startswith("#"):
                short = {plain(pet.strip()) for pet in pets.split(",") if pet.strip()}
                for name in plain(full).split():
                    more.setdefault(name, set()).update(short - {name})
    return Nicknames({name: frozenset(short) for name, short in more.items()})


NO_NICKNAMES = Nicknames()


def roster_known(roster: Roster, common: frozenset[str], nicknames: Nicknames) -> list[Known]:
    """Forms of everybody and everything in the roster.

    Args:
        roster: The study's people.
        common: Everyday words, case-folded: found as names only with a capital that the sentence does not explain.
        nicknames: Given name -> short forms.
    """
    shared = Counter(
        word for person in roster for word in {plain(w) for name in _names(person) for w in name_words(name)}
    )
    known: list[Known] = []
    for person in roster:
        group = person.code or "roster:" + plain(" ".join(name_words(person.name)))
        for name in _names(person):
            known += _person(name, group, common, shared, nicknames, _PERSON)
        for name in person.people:
            known += _person(name, "other:" + plain(" ".join(name_words(name))), common, shared, NO_NICKNAMES, _AROUND)
        for organization in person.organization:
            known += _thing(organization, "ORGANIZATION", common, "an organization from the study's roster")
        for place in person.places:
            known += _thing(place, "LOCATION", common, "a place from the study's roster")
        known += _email(person, group)
    return known


def _names(person: Person) -> tuple[str, ...]:
    return (person.name, *person.aliases)


def person_forms(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Words of a whole name, and those of its words that may stand for the person alone."""
    whole = name_words(name)
    return whole, tuple(w for w in whole if w not in _PARTICLES and len(w) > 1)


def _person(  # noqa: PLR0917
    name: str,
    group: str,
    common: frozenset[str],
    shared: Counter[str],
    nicknames: Nicknames,
    reason: str,
) -> list[Known]:
    whole, parts = person_forms(name)
    known = [
        Known(whole, "PERSON", "direct", "roster", group, 1.0, reason, capital=len(whole) == 1 and whole[0] in common,
              fuzzy=len(whole) == 1 and whole[0] not in common)
    ]  # fmt: skip
    if len(whole) > 1:
        initials = tuple(w[0] for w in whole[:-1])
        known.append(Known((*initials, whole[-1]), "PERSON", "direct", "roster", group, 0.95, reason))
    for part in parts if len(whole) > 1 else ():
        known.append(
            # two people of one surname: who is meant is for linking, not for this
            Known(
                (part,),
                "PERSON",
                "direct",
                "roster",
                group if shared[plain(part)] < 2 else "",
                0.95,
                reason,
                capital=part in common,
                fuzzy=part not in common,
            )
        )
    for short in nicknames.of(plain(whole[0])) if whole else ():
        known.append(
            Known(
                (short,), "PERSON", "direct", "roster", "", 0.8, reason + ", in a short form", capital=short in common
            )
        )
    return known


def _thing(text: str, entity_type: EntityType, common: frozenset[str], reason: str) -> list[Known]:
    whole = name_words(text)
    if not whole:
        return []
    tied: Context = "tied"
    group = ("org:" if entity_type == "ORGANIZATION" else "place:") + plain(" ".join(whole))
    one = len(whole) == 1
    known = [
        Known(whole, entity_type, tied, "roster", group, 1.0, reason, capital=one and whole[0] in common,
              fuzzy=one and len(whole[0]) > 5 and whole[0] not in common)
    ]  # fmt: skip
    telling = [w for w in whole if w not in _GENERIC and w not in _PARTICLES]
    if entity_type == "ORGANIZATION" and len(whole) > 1 and telling and len(telling[0]) > 2:
        head = telling[0]
        known.append(
            Known(
                (head,),
                entity_type,
                tied,
                "roster",
                group,
                0.85,
                reason,
                capital=head in common,
                fuzzy=len(head) > 5 and head not in common,
            )
        )
        acronym = "".join(w[0] for w in whole if w not in _PARTICLES)
        if len(acronym) >= 3 and acronym not in common:
            known.append(Known((acronym,), entity_type, tied, "roster", group, 0.7, reason))
    return known


def _email(person: Person, group: str) -> list[Known]:
    if "@" not in person.email:
        return []
    local, _, domain = person.email.rpartition("@")
    known = [
        Known(name_words(person.email), "EMAIL", "direct", "roster", group, 1.0, "an e-mail address from the roster")
    ]
    spoken = name_words(local)
    if len(local) >= 5 and len(spoken) >= 1 and any(c.isdigit() or c in "._-" for c in local):
        known.append(
            Known(spoken, "HANDLE", "direct", "roster", group, 0.9, "part of an e-mail address from the roster")
        )
    name = domain.split(".")[0]
    if len(name) > 3 and name.casefold() not in _MAIL_PROVIDERS:
        known += _thing(name, "ORGANIZATION", frozenset(), "the domain of an e-mail address from the roster")
    return known


def speaker_known(labels: Iterable[str], roles: frozenset[str], common: frozenset[str]) -> list[Known]:
    """Forms of the people whose names are speaker labels; labels such as "Interviewer" or "Speaker 2" give none."""
    known: list[Known] = []
    reason = "the name of a speaker"
    for label in labels:
        # "Bill Morrow (Minister of Finance)": what is in brackets says who, and names nobody
        words, parts = person_forms(_BRACKETS.sub(" ", label))
        if not parts or any(word.isdigit() for word in words) or all(word in roles for word in words):
            continue
        parts = tuple(w for w in parts if w not in roles)
        words = tuple(w for w in words if w not in roles)
        if len(words) > 4 or not parts:
            continue
        group = "speaker:" + plain(" ".join(words))
        known.append(
            Known(
                words,
                "PERSON",
                "direct",
                "speaker",
                group,
                0.99,
                reason,
                capital=len(words) == 1 and words[0] in common,
                fuzzy=len(words) == 1 and words[0] not in common,
            )
        )
        for part in parts if len(words) > 1 else ():
            if len(part) > 2:
                known.append(
                    Known(
                        (part,),
                        "PERSON",
                        "direct",
                        "speaker",
                        group,
                        0.95,
                        reason,
                        capital=part in common,
                        fuzzy=part not in common,
                    )
                )
    return known
