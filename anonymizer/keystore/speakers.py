"""Which person a speaker label stands for, without guessing."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from anonymizer.roster import Person, Prepared, Roster
from anonymizer.transcript import Role, Speaker

_INTERVIEWER = {"interviewer", "moderator", "researcher", "facilitator", "host", "int", "iv"}
_PARTICIPANT = {"participant", "interviewee", "respondent", "guest", "informant"}


def fold(text: str) -> str:
    """Labels and names compare without case, accents, brackets, punctuation at the ends, and white space."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w\s@.'-]", " ", plain).split()).strip(" .:-'")


def resolve(
    labels: Sequence[str],
    roster: Roster,
    mapped: Mapping[str, tuple[str, str]] | None = None,
    participants: Sequence[str] = (),
) -> tuple[Speaker, ...]:
    """Who each label stands for.

    In this order: the speaker map; a code (``P07``, ``I1``); a full name, then an alias or first name of the roster
    that exactly one person has; a word such as "Interviewer" or "Participant", which gives the role, and the
    code where only one person can be meant.

    Args:
        labels: Labels of one transcript.
        roster: People with their codes.
        mapped: label -> (role, code or empty), as sealed with the transcript's link.
        participants: Codes of the participants in this transcript, for labels that say only "Participant".

    Returns:
        One speaker a label, in order. Unresolved ones have role ``unknown`` and no code: see :func:`unresolved`.
    """
    people = _PEOPLE.of(roster)
    table = {} if mapped is None else {fold(label): value for label, value in mapped.items()}
    exact = mapped or {}
    return tuple(_resolve(label, people, exact.get(label) or table.get(fold(label)), participants) for label in labels)


def unresolved(speakers: Sequence[Speaker]) -> tuple[Speaker, ...]:
    """Those that nobody tied to anything: role ``unknown`` without code."""
    return tuple(speaker for speaker in speakers if speaker.role == "unknown" and speaker.code is None)


def _resolve(label: str, people: _People, given: tuple[str, str] | None, participants: Sequence[str]) -> Speaker:
    if given is not None:
        role, code = given
        return Speaker(label, role, code or None)  # type: ignore[arg-type]
    key = fold(label)
    if not key:
        return Speaker(label, "unknown")
    if key in people.codes:
        return _speaker(label, people.codes[key])
    for names in (people.full, people.short):
        bearers = names.get(key, ())
        if len(bearers) == 1:
            return _speaker(label, bearers[0])
        if bearers:
            # several bearers: a guess here would put one person's words under another's code
            return Speaker(label, "unknown")
    word = key.rstrip("0123456789 #")
    numbered = word != key
    if word in _INTERVIEWER:
        return Speaker(label, "interviewer", _only(people, "interviewer", ()) if not numbered else None)
    if word in _PARTICIPANT and (not numbered or len(participants) == 1):
        only = _only(people, "participant", participants) if len(participants) == 1 else None
        return Speaker(label, "participant", only) if only else Speaker(label, "unknown")
    return Speaker(label, "unknown")


def _speaker(label: str, person: Person) -> Speaker:
    role: Role = person.role
    return Speaker(label, role, person.code)


def _full(person: Person) -> set[str]:
    parts = fold(person.name).split()
    names = {" ".join(parts)}
    if len(parts) > 1:
        # "Osei, Katherine": the comma is gone after folding
        names.add(" ".join([parts[-1], *parts[:-1]]))
    return names


def _short(person: Person) -> set[str]:
    parts = fold(person.name).split()
    return {fold(alias) for alias in person.aliases} | set(parts[:1] if len(parts) > 1 else ())


def _only(people: _People, role: str, among: Sequence[str]) -> str | None:
    codes = people.roles.get(role, Counter())
    found = [code for code in (dict.fromkeys(among) if among else codes) for _ in range(codes[code])]
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class _People:
    """A roster by what a label may say.

    Attributes:
        codes: Case-folded code -> who has it first.
        full: Folded full name -> bearers.
        short: Folded alias or first name -> bearers.
        roles: Role -> codes, with how often each is given.
    """

    codes: dict[str, Person] = field(default_factory=dict, repr=False)
    full: dict[str, list[Person]] = field(default_factory=dict, repr=False)
    short: dict[str, list[Person]] = field(default_factory=dict, repr=False)
    roles: dict[str, Counter[str]] = field(default_factory=dict)


def _people(roster: Roster) -> _People:
    people = _People()
    for person in roster:
        for name in _full(person):
            people.full.setdefault(name, []).append(person)
        for name in _short(person):
            people.short.setdefault(name, []).append(person)
        if person.code:
            people.codes.setdefault(person.code.casefold(), person)
            people.roles.setdefault(person.role, Counter())[person.code] += 1
    return people


_PEOPLE = Prepared(_people)
