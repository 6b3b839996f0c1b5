"""Decision: what happens to one finding, by which rule or person, and what stands there afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field

from anonymizer.detection.finding import Action, Context, EntityType, Source


@dataclass(frozen=True, slots=True, order=True)
class Decision:
    """What happens to one passage. Decisions of a turn do not overlap. Holds no text of the transcript.

    Attributes:
        turn: Index of the turn.
        start: First code point.
        end: One past the last code point.
        entity_type: What it is.
        context: As judged (see ``Finding``).
        entity: Entity id within the transcript.
        action: What is done.
        rule: Which rule of the policy, or ``reviewer``, decided: ``default:PERSON/direct``.
        reason: In words; quotes no text.
        review: True while a person should still look.
        score: Confidence of the finding.
        sources: What found it.
        by: Code of the reviewer who decided, or empty for the machine.
    """

    turn: int
    start: int
    end: int
    entity_type: EntityType
    context: Context
    entity: str
    action: Action
    rule: str
    reason: str
    review: bool = False
    score: float = 1.0
    sources: tuple[Source, ...] = ()
    by: str = ""

    @property
    def id(self) -> str:
        """Names the decision within its transcript: ``12:4-9``, turn and offsets."""
        return f"{self.turn}:{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Replacement:
    """New text for one passage.

    Attributes:
        turn: Index of the turn.
        start: First code point.
        end: One past the last.
        text: What stands there afterwards: ``[Person 3]``, ``[2019]``, ``[removed]``.
        entity_type: For the character style and reports.
        decision: Id of the decision.
    """

    turn: int
    start: int
    end: int
    text: str
    entity_type: EntityType = field(default="OTHER")
    decision: str = ""
