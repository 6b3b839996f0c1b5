"""Entity, Linked: which findings are the same person, organization, place or thing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from anonymizer.detection.finding import EntityType, Finding

Scope = Literal["study", "transcript"]


@dataclass(frozen=True, slots=True)
class Entity:
    """A person, organization, place, date ... and its mentions in one transcript.

    Attributes:
        id: ``E1``, ``E2`` ... in order of first mention within the transcript.
        entity_type: What it is.
        kind: Finer kind where known, in lower case: ``company``, ``university``, ``school``, ``hospital``, ``city``,
            ``sister``; empty otherwise. Names the numbered label: ``[Hospital 1]``.
        scope: ``study``: one pseudonym in the whole study. ``transcript``: only within this transcript (bare first
            names of third persons).
        key: What other transcripts' entities are compared by: the canonical form, case-folded; empty for scope
            ``transcript``. Holds text: never in logs.
        forms: Distinct surface forms, most complete first. Hold text.
        roster: Code of the participant or interviewer it is (``P07``, ``I1``), the name key of another roster entry
            (``other:...``), or None.
        about: Codes of the participants it is only about (their sister, their employer), for withdrawal.
        mentions: The findings' (turn, start, end).
        gender: ``m`` or ``f`` where a title, a relation ("my sister") or the roster states it; else empty. Used only
            where a policy asks for realistic names that keep it.
    """

    id: str
    entity_type: EntityType
    kind: str = ""
    scope: Scope = "transcript"
    key: str = field(default="", repr=False)
    forms: tuple[str, ...] = field(default=(), repr=False)
    roster: str | None = field(default=None, repr=False)
    about: tuple[str, ...] = ()
    mentions: tuple[tuple[int, int, int], ...] = ()
    gender: str = ""


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """An ambiguity that is left to a reviewer and not guessed.

    Attributes:
        kind: ``same?`` (may be one: ``entities`` lists the two or more ids), ``who?`` (an alias with several bearers).
        entities: Ids within the transcript.
        reason: Why it is asked; quotes no text.
    """

    kind: Literal["same?", "who?"]
    entities: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Linked:
    """A transcript's findings with their entities.

    Attributes:
        findings: Sorted by (turn, start).
        entity_of: Entity id of each finding, same order.
        entities: In order of first mention.
        questions: For the reviewer.
    """

    findings: tuple[Finding, ...]
    entity_of: tuple[str, ...]
    entities: tuple[Entity, ...] = field(default=())
    questions: tuple[OpenQuestion, ...] = ()
