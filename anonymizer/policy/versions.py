"""Several outputs from one marking, and what a change of policy or pseudonyms does to outputs that are out already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from anonymizer.decision import Decision
from anonymizer.detection.finding import Action, Context
from anonymizer.policy.model import Policy
from anonymizer.review.marks import Marks

_DIRECT: Context = "direct"


def decide_again(marks: Marks, policy: Policy) -> Marks:
    """The same findings, entities and people's decisions under another policy; nothing is detected or reviewed anew.

    What a person decided to keep stays: it was judged to be harmless. What a person decided to hide is hidden in the
    way of the other policy, or in the person's way where that policy would keep it.

    Args:
        marks: With people's decisions over them.
        policy: The other policy.
    """
    hidden = {
        d.entity
        for d in marks.decisions
        if d.entity_type == "PERSON" and _action(d, policy, d.context) != "keep" and not (d.by and d.action == "keep")
    }
    decisions = []
    for d in marks.decisions:
        context = d.context
        if d.entity_type == "PERSON" and d.entity in hidden and context in ("general", "situation"):
            context = _DIRECT
        action = _action(d, policy, context)
        if d.by and (d.action == "keep" or action == "keep"):
            decisions.append(d)
            continue
        rule = d.rule if d.by else f"{policy.name}:{d.entity_type}/{context}"
        decisions.append(replace(d, context=context, action=action, rule=rule))
    return replace(marks.with_decisions(tuple(decisions)), policy=f"{policy.name}:{policy.digest[:16]}")


def _action(decision: Decision, policy: Policy, context: Context) -> Action:
    return policy.rule(decision.entity_type, context).action


@dataclass(frozen=True, slots=True)
class Change:
    """A passage that would read otherwise.

    Attributes:
        decision: Its id: ``12:4-9``.
        turn: Index of the turn.
        before: In words: ``keep``, ``pseudonymize as [Person 3]``, ``generalize to year``, or ``not marked``.
        after: Likewise.
        shows_more: An original that was hidden would stand there.
    """

    decision: str
    turn: int
    before: str
    after: str
    shows_more: bool = False


def changes(
    before: Marks, after: Marks, policy_before: Policy | None = None, policy_after: Policy | None = None
) -> tuple[Change, ...]:
    """What differs in the outputs of two states of one transcript's marks.

    Args:
        before: What the output was made from.
        after: What it would be made from.
        policy_before: Makes different ways of generalizing visible; without it actions and pseudonyms are compared.
        policy_after: Likewise.
    """
    first, second = _readings(before, policy_before), _readings(after, policy_after)
    found = []
    for place in sorted(first.keys() | second.keys()):
        old, new = first.get(place, "not marked"), second.get(place, "not marked")
        if old != new and not {old, new} <= {"keep", "not marked"}:
            turn, start, end = place
            more = new in ("keep", "not marked")
            found.append(Change(f"{turn}:{start}-{end}", turn, old, new, shows_more=more))
    return tuple(found)


def _readings(marks: Marks, policy: Policy | None) -> dict[tuple[int, int, int], str]:
    names = {entity.id: entity.pseudonym for entity in marks.entities}
    return {(d.turn, d.start, d.end): _reading(d, names, policy) for d in marks.decisions}


def _reading(decision: Decision, names: Mapping[str, str], policy: Policy | None) -> str:
    if decision.action == "pseudonymize":
        # before a name is given, the entity stands for it
        return f"pseudonymize as {names.get(decision.entity) or decision.entity}"
    if decision.action == "generalize" and policy is not None:
        rule = policy.rule_of(decision)
        parameters = ", ".join(f"{name} {value}" for name, value in rule.parameters)
        return f"{rule.what} ({parameters})" if parameters else rule.what
    return decision.action


def outputs_changed(
    pairs: Iterable[tuple[Marks, Marks]],
    released: Iterable[str],
    policy_before: Policy | None = None,
    policy_after: Policy | None = None,
) -> dict[str, tuple[Change, ...]]:
    """Which released outputs a change of policy, or a merge, split or rename, makes different.

    Args:
        pairs: (before, after) for each transcript.
        released: Codes of released transcripts.
        policy_before: As for :func:`changes`.
        policy_after: As for :func:`changes`.

    Returns:
        Code -> changes, only for released transcripts with any, in order of code.
    """
    wanted = set(released)
    found = {}
    for before, after in pairs:
        if before.code in wanted and (changed := changes(before, after, policy_before, policy_after)):
            found[before.code] = changed
    return dict(sorted(found.items()))


def outputs_with(marks: Iterable[Marks], released: Iterable[str], pseudonyms: Sequence[str]) -> dict[str, int]:
    """Released outputs in which one of some pseudonyms stands, and how often: what merging or renaming them touches."""
    wanted, names = set(released), set(pseudonyms)
    found: dict[str, int] = {}
    for one in marks:
        entities = {entity.id for entity in one.entities if entity.pseudonym in names}
        count = sum(d.entity in entities and d.action == "pseudonymize" for d in one.decisions)
        if one.code in wanted and count:
            found[one.code] = count
    return dict(sorted(found.items()))
