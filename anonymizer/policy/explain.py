"""Why a passage is treated as it is: the finding, the rule, the line in the policy file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from anonymizer.errors import ReviewError
from anonymizer.policy.model import Policy
from anonymizer.review.marks import Marks


@dataclass(frozen=True, slots=True)
class Explanation:
    """One passage of a turn.

    Attributes:
        start: First code point.
        end: One past the last.
        entity_type: What it is.
        context: As judged.
        entity: Entity id.
        pseudonym: Its label, or empty.
        action: What happens, in words.
        rule: ``default:DATE/tied``, or the reviewer.
        file: File of the rule; empty where a reviewer decided.
        line: Its line.
        reason: Why it was found; quotes no text.
        sources: What found it.
        score: Confidence.
        review: A person should still look.
    """

    start: int
    end: int
    entity_type: str
    context: str
    entity: str
    pseudonym: str
    action: str
    rule: str
    file: str
    line: int
    reason: str
    sources: tuple[str, ...]
    score: float
    review: bool

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def explain(marks: Marks, turn: int, policy: Policy) -> tuple[Explanation, ...]:
    """What was decided in one turn, and by which rule.

    Args:
        marks: Of the transcript, with people's decisions over them.
        turn: Index of the turn, from 0.
        policy: With which the marks were made.

    Raises:
        ReviewError: The transcript has no such turn.
    """
    if not 0 <= turn < marks.turns:
        raise ReviewError(f"there is no turn {turn}", hint=f"turns are counted from 0 to {marks.turns - 1}")
    found = []
    for d in marks.decisions:
        if d.turn != turn:
            continue
        rule = policy.rule_of(d)
        entity = marks.entity(d.entity)
        found.append(
            Explanation(
                start=d.start,
                end=d.end,
                entity_type=d.entity_type,
                context=d.context,
                entity=d.entity,
                pseudonym=entity.pseudonym if entity else "",
                action=rule.what if d.action == rule.action else d.action,
                rule=f"reviewer {d.by}" if d.by else d.rule,
                file="" if d.by else rule.file,
                line=0 if d.by else rule.line,
                reason=d.reason,
                sources=d.sources,
                score=d.score,
                review=d.review,
            )
        )
    return tuple(found)
