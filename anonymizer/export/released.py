"""The new text of a transcript, before it becomes a file of some format."""

from __future__ import annotations

from dataclasses import dataclass, field

from anonymizer.detection.finding import EntityType
from anonymizer.protocol.model import Protocol
from anonymizer.transcript import Role


@dataclass(frozen=True, slots=True)
class ReplacedSpan:
    """Where a replacement stands in the new text: code points, end exclusive."""

    start: int
    end: int
    entity_type: EntityType


@dataclass(frozen=True, slots=True)
class ReleasedTurn:
    """A turn as it may leave the study.

    Attributes:
        index: Same as in the received transcript.
        speaker: Code: ``P07``, ``I1``, ``S1``.
        role: Who speaks.
        section: Title of the question's section, or empty.
        question: Question id, or None.
        confidence: Of the tag.
        start: Seconds or None.
        end: Seconds or None.
        text: New text.
        replaced: Replacements in ``text``.
    """

    index: int
    speaker: str
    role: Role
    section: str
    question: str | None
    confidence: float
    start: float | None
    end: float | None
    text: str
    replaced: tuple[ReplacedSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleasedTranscript:
    """A transcript as it may leave the study.

    Attributes:
        code: ``P07-1``: its name everywhere.
        turns: In order.
        protocol: For headings; its text is the team's own.
        reviewed: False: every output says "not reviewed".
        source_format: Format received, for "the same format as received".
        participants: Codes.
        attributes: (code, name, value) of the participants' attributes that policy keeps.
    """

    code: str
    turns: tuple[ReleasedTurn, ...]
    protocol: Protocol
    reviewed: bool
    source_format: str = "json"
    participants: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str, str], ...] = field(default=())
