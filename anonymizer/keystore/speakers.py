"""Which person a speaker label stands for, without guessing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from anonymizer.roster import Person, Roster
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
    table = {} if mapped is None else {fold(label): value for label, value in mapped.items()}
    exact = mapped or {}
    return tuple(_resolve(label, roster, exact.get(label) or table.get(fold(label)), participants) for label in labels)


def unresolved(speakers: Sequence[Speaker]) -> tuple[Speaker, ...]:
    """Those that nobody tied to anything: role ``unknown`` without code."""
    return tuple(speaker for speaker in speakers if speaker.role == "unknown" and speaker.code is None)


def _resolve(label: str, roster: Roster, given: tuple[str, str] | None, participants: Sequence[str]) -> Speaker:
    if given is not None:
        role, code = given
        return Speaker(label, role, code or None)  # type: ignore[arg-type]
    key = fold(label)
    if not key:
        return Speaker(label, "unknown")
    for person in roster:
        if person.code and key == person.code.casefold():
            return _speaker(label, person)
    for names in (_full, _short):
        bearers = [person for person in roster if key in names(person)]
        if len(bearers) == 1:
            return _speaker(label, bearers[0])
        if bearers:
            # several bearers: a guess here would put one person's words under another's code
            return Speaker(label, "unknown")
    word = key.rstrip("0123456789 #")
    numbered = word != key
    if word in _INTERVIEWER:
        return Speaker(label, "interviewer", _only(roster, "interviewer", ()) if not numbered else None)
    if word in _PARTICIPANT and (not numbered or len(participants) == 1):
        only = _only(roster, "participant", participants) if len(participants) == 1 else None
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


def _only(roster: Roster, role: str, among: Sequence[str]) -> str | None:
    codes = [p.code for p in roster if p.role == role and p.code and (not among or p.code in among)]
    return codes[0] if len(codes) == 1 else None
