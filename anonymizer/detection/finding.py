"""Finding: a passage that might identify somebody, and what it was judged to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

EntityType = Literal[
    "PERSON", "ORGANIZATION", "LOCATION", "DATE", "AGE", "EMAIL", "PHONE", "URL", "HANDLE", "ADDRESS", "ID", "PRODUCT",
    "TECHNOLOGY", "ROLE", "OTHER",
]  # fmt: skip
Source = Literal["roster", "speaker", "ner", "pattern", "spoken", "context", "consistency", "lexicon", "reviewer"]
Context = Literal["direct", "tied", "general", "technical", "relative", "situation"]
Action = Literal["pseudonymize", "generalize", "remove", "keep"]

ENTITY_TYPES: tuple[str, ...] = get_args(EntityType)
SOURCES: tuple[str, ...] = get_args(Source)
CONTEXTS: tuple[str, ...] = get_args(Context)
ACTIONS: tuple[str, ...] = get_args(Action)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A passage of a turn, judged over the whole transcript. Findings of a turn do not overlap.

    Attributes:
        turn: Index of the turn.
        start: First code point in the turn's text.
        end: One past the last code point.
        entity_type: What it is.
        context: What it has to do with the people here. ``direct``: a person, contact or id of somebody.
            ``tied``: an organization, place, date, age or product tied to somebody here. ``general``: a vendor, place,
            work or public matter mentioned in general. ``technical``: a technical name or eponym. ``relative``: a
            relative date, duration, decade or holiday. ``situation``: an unusual role or situation.
            Policy maps (entity_type, context) to an action.
        score: Confidence, 0 to 1.
        sources: What found it, in order of trust, no source twice.
        reason: Why, in words a researcher understands; quotes no text.
        review: True where a person should look.
        group: Findings of one transcript with the same non-empty group are mentions that detection already knows to be
            one entity (a roster person's code or name key, a propagated name). Opaque; never shown, never stored:
            it may hold text.
    """

    turn: int
    start: int
    end: int
    entity_type: EntityType
    context: Context
    score: float
    sources: tuple[Source, ...]
    reason: str
    review: bool = False
    group: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError("a finding needs 0 <= start < end")

    def __repr__(self) -> str:
        # group may hold text
        return f"Finding({self.turn}:{self.start}-{self.end} {self.entity_type} {self.context} {self.sources})"
