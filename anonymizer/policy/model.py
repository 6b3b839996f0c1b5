"""Policy, Rule: entity type and context in, action and its parameters out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from anonymizer.decision import Decision
from anonymizer.detection.finding import CONTEXTS, Action, Context, EntityType, Finding
from anonymizer.entities.entity import Entity, Linked

if TYPE_CHECKING:
    from anonymizer.transcript import Transcript

Style = Literal["numbered", "kind", "role", "realistic"]
Parameter = str | int | tuple[str, ...]

# what identifies somebody by itself: with context ``direct`` no policy may keep any of these, nor any other type
DIRECT_TYPES = frozenset({"PERSON", "EMAIL", "PHONE", "URL", "HANDLE", "ADDRESS", "ID"})

# how each generalization is called in a policy, and which types it is made for
GENERALIZATIONS: Mapping[str, frozenset[str]] = {
    "year": frozenset({"DATE"}),
    "quarter": frozenset({"DATE"}),
    "season": frozenset({"DATE"}),
    "decade": frozenset({"DATE"}),
    "shift": frozenset({"DATE"}),
    "band": frozenset({"AGE", "OTHER"}),
    "decade of life": frozenset({"AGE"}),
    "region": frozenset({"LOCATION", "ADDRESS"}),
    "country": frozenset({"LOCATION", "ADDRESS"}),
    "continent": frozenset({"LOCATION", "ADDRESS"}),
    "size": frozenset({"LOCATION", "ADDRESS"}),
    "kind": frozenset({"ORGANIZATION", "PRODUCT", "LOCATION"}),
    "occupation": frozenset({"ROLE"}),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What happens to one entity type in one context.

    Attributes:
        entity_type: What the finding is.
        context: As judged.
        action: What is done.
        to: How to generalize: a key of :data:`GENERALIZATIONS`, or empty.
        parameters: Of the generalization, such as ("width", 10).
        review: A person should look at each of these.
        file: Name of the file that the rule stands in.
        line: Its line there.
    """

    entity_type: EntityType
    context: Context
    action: Action
    to: str = ""
    parameters: tuple[tuple[str, Parameter], ...] = ()
    review: bool = False
    file: str = ""
    line: int = 0

    def parameter(self, name: str, default: int) -> int:
        """An integer parameter, or its default."""
        value = dict(self.parameters).get(name, default)
        return value if isinstance(value, int) else default

    @property
    def what(self) -> str:
        """The action in words: ``generalize to year``."""
        return f"{self.action} to {self.to}" if self.to else self.action


@dataclass(frozen=True, slots=True)
class Policy:
    """A complete policy: a rule for every entity type and context.

    Attributes:
        name: ``default``, ``ukds`` ...
        title: One line.
        source: Where it comes from.
        rules: By (entity type, context).
        styles: Naming style by entity type; numbered where none is given.
        nouns: Words of numbered labels: entity type or kind -> noun.
        own_choice: Participants are called what they chose (roster column ``pseudonym``).
        gender: Realistic names keep the gender that the roster states.
        locale: Of realistic names, such as ``en_GB``.
        occupations: Code list: (title, code or class), case-folded titles.
        digest: SHA-256 of everything that decides, hexadecimal.
    """

    name: str
    title: str
    source: str
    rules: Mapping[tuple[str, str], Rule]
    styles: Mapping[str, Style] = field(default_factory=dict)
    nouns: Mapping[str, str] = field(default_factory=dict)
    own_choice: bool = False
    gender: bool = False
    locale: str = "en_US"
    occupations: tuple[tuple[str, str], ...] = ()
    digest: str = ""

    def rule(self, entity_type: str, context: str) -> Rule:
        """The rule for an entity type in a context."""
        return self.rules[entity_type, context]

    def rule_of(self, decision: Decision) -> Rule:
        """The rule that gives a decision's parameters, also where a person decided the action.

        A person who asks for a generalization of something that the policy would treat otherwise gets the way of
        generalizing that the policy has for that type in some context.
        """
        rule = self.rule(decision.entity_type, decision.context)
        if rule.action == decision.action:
            return rule
        for context in CONTEXTS:
            other = self.rule(decision.entity_type, context)
            if other.action == decision.action:
                return replace(other, context=decision.context)
        return Rule(decision.entity_type, decision.context, decision.action, file=rule.file, line=rule.line)

    def style_for(self, entity: Entity) -> Style:
        """How an entity is named."""
        return self.styles.get(entity.entity_type, "numbered")

    def decide(self, transcript: Transcript, linked: Linked) -> tuple[Decision, ...]:
        """What happens to each finding of a transcript, in the findings' order.

        A person who is hidden somewhere in the transcript is hidden at every mention that was judged to be general,
        since the name would otherwise stand beside the pseudonym; technical names ("Adam optimizer") stay.
        """
        hidden = {
            entity
            for finding, entity in zip(linked.findings, linked.entity_of, strict=True)
            if finding.entity_type == "PERSON" and self.rule("PERSON", finding.context).action != "keep"
        }
        return tuple(
            self._decide(finding, entity, entity in hidden)
            for finding, entity in zip(linked.findings, linked.entity_of, strict=True)
        )

    def _decide(self, finding: Finding, entity: str, hidden: bool) -> Decision:
        context: Context = finding.context
        reason = finding.reason
        if hidden and finding.entity_type == "PERSON" and context in ("general", "situation"):
            context = "direct"
            reason = f"{reason}; the same person is hidden elsewhere in this transcript"
        rule = self.rule(finding.entity_type, context)
        return Decision(
            turn=finding.turn,
            start=finding.start,
            end=finding.end,
            entity_type=finding.entity_type,
            context=context,
            entity=entity,
            action=rule.action,
            rule=f"{self.name}:{finding.entity_type}/{context}",
            reason=reason,
            review=finding.review or rule.review,
            score=finding.score,
            sources=finding.sources,
        )
