"""From decisions to the words that stand there afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from anonymizer.decision import Decision, Replacement
from anonymizer.errors import ReviewError
from anonymizer.policy.model import Policy
from anonymizer.pseudonyms.generalize import ASSIGNED, generalize, marker
from anonymizer.transcript import Transcript


def replacements(
    transcript: Transcript,
    decisions: Iterable[Decision],
    labels: Mapping[str, str],
    policy: Policy,
) -> tuple[Replacement, ...]:
    """New text for every passage that does not stay, sorted by place.

    Args:
        transcript: As received; its passages are read for generalizing.
        decisions: Not overlapping within a turn.
        labels: Entity id -> label: pseudonyms, and what ``assign`` worked out for dates to shift and kinds.
        policy: For the ways of generalizing.

    Raises:
        ReviewError: An entity that is to be pseudonymized has no label, or a decision lies outside the transcript.
    """
    result = []
    for decision in sorted(decisions, key=lambda d: (d.turn, d.start, d.end)):
        if decision.action == "keep":
            continue
        if not 0 <= decision.turn < len(transcript.turns):
            raise ReviewError("a decision is about a turn that the transcript does not have", turn=decision.turn)
        text = transcript.turns[decision.turn].text[decision.start : decision.end]
        result.append(
            Replacement(
                turn=decision.turn,
                start=decision.start,
                end=decision.end,
                text=_text(decision, text, labels, policy),
                entity_type=decision.entity_type,
                decision=decision.id,
            )
        )
    return tuple(result)


def _text(decision: Decision, text: str, labels: Mapping[str, str], policy: Policy) -> str:
    if decision.action == "remove":
        return marker(decision.entity_type)
    label = labels.get(decision.entity, "")
    if decision.action == "pseudonymize":
        if not label:
            raise ReviewError("an entity has no pseudonym yet", turn=decision.turn, hint="anonymizer run")
        return label
    rule = policy.rule_of(decision)
    if rule.to in ASSIGNED:
        return label or marker(decision.entity_type)
    return generalize(rule, text, policy.occupations)
