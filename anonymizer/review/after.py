"""The text as it will stand afterwards, with placeholders where the key machine has not given pseudonyms yet."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anonymizer.decision import Replacement
from anonymizer.review.desk import Desk
from anonymizer.review.session import Session
from anonymizer.review.texts import shown
from anonymizer.review.wording import label
from anonymizer.study import Study

if TYPE_CHECKING:
    from anonymizer.policy.model import Policy


@lru_cache(maxsize=4)
def _policy(name: str, rules: Path) -> Policy:
    from anonymizer.policy.load import load_policy

    return load_policy(name, rules)


def warm_up(study: Study) -> None:
    """Load what the first look at the text afterwards would wait for."""
    from anonymizer.redaction import redact

    _policy(study.settings.policy, study.rules)
    redact("a", [Replacement(0, 0, 1, "b")])


def replaced(session: Session, desk: Desk) -> tuple[Replacement, ...]:
    """What stands for every passage that does not stay."""
    from anonymizer.pseudonyms.replace import replacements

    labels = {id: label(entity) for id, entity in desk.view.entities.items()}
    policy = _policy(session.study.settings.policy, session.study.rules)
    return tuple(replacements(desk.content, desk.view.marks().decisions, labels, policy))


def after_texts(session: Session, desk: Desk) -> dict[str, dict[str, Any]]:
    """New text of every turn that changes: ``{"12": {"text": "...", "spans": [[4, 14, "12:4-9"]]}}``."""
    from anonymizer.redaction import redact

    by_turn: dict[int, list[Replacement]] = {}
    for replacement in replaced(session, desk):
        by_turn.setdefault(replacement.turn, []).append(replacement)
    result = {}
    for turn, some in by_turn.items():
        text, spans = redact(desk.content.turns[turn].text, some)
        # both are sorted by place; kept findings have no span here
        spots = [[span.start, span.end, r.decision] for span, r in zip(spans, some, strict=True)]
        result[str(turn)] = {"text": shown(text), "spans": spots}
    return result
