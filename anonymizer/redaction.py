"""New text of a turn: presidio-anonymizer with an operator of our own.

Presidio's engine merges results of one entity type that overlap or stand side by side ("Mark Anna Berg" as two people
became one), and picks among overlapping ones. Here everything is resolved before: the spans do not overlap, and the
entity type of each is its decision's id, so that the engine has nothing to merge or to choose.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from anonymizer.decision import Replacement
from anonymizer.errors import ReviewError
from anonymizer.export.released import ReplacedSpan

_OPERATOR = "decided"


@functools.cache
def _engine() -> Any:
    from presidio_anonymizer import AnonymizerEngine
    from presidio_anonymizer.operators import Operator, OperatorType

    class Decided(Operator):
        """Puts the text that was decided for exactly this span."""

        def operate(self, text: str | None = None, params: dict[str, Any] | None = None) -> str:
            return str((params or {})["text"])

        def validate(self, params: dict[str, Any] | None = None) -> None:
            if not isinstance((params or {}).get("text"), str):
                raise ValueError("no text")

        def operator_name(self) -> str:
            return _OPERATOR

        def operator_type(self) -> OperatorType:
            return OperatorType.Anonymize

    engine: Any = AnonymizerEngine()  # type: ignore[no-untyped-call]
    engine.add_anonymizer(Decided)
    return engine


def redact(turn_text: str, replacements: Sequence[Replacement]) -> tuple[str, tuple[ReplacedSpan, ...]]:
    """Replace passages of one turn.

    Args:
        turn_text: As received.
        replacements: Of this turn, not overlapping, in any order.

    Returns:
        The new text, and where the replacements stand in it.

    Raises:
        ReviewError: A replacement lies outside the text or overlaps another; nothing is replaced then.
    """
    if not replacements:
        return turn_text, ()
    ordered = sorted(replacements, key=lambda r: (r.start, r.end))
    end = 0
    for replacement in ordered:
        if not end <= replacement.start < replacement.end <= len(turn_text):
            raise ReviewError("a decision does not fit the text or overlaps another", turn=replacement.turn)
        end = replacement.end
    new_text = _by_engine(turn_text, ordered)
    spans = []
    shift = 0
    for replacement in ordered:
        start = replacement.start + shift
        spans.append(ReplacedSpan(start, start + len(replacement.text), replacement.entity_type))
        shift += len(replacement.text) - (replacement.end - replacement.start)
    if any(new_text[s.start : s.end] != r.text for s, r in zip(spans, ordered, strict=True)):
        # an engine that merged or chose after all would leave an original standing
        raise ReviewError("the text could not be replaced as decided", turn=ordered[0].turn)
    return new_text, tuple(spans)


def _by_engine(text: str, ordered: Sequence[Replacement]) -> str:
    from presidio_anonymizer.entities import ConflictResolutionStrategy, OperatorConfig, RecognizerResult

    # the number is what makes ids differ: a decision's id may be empty
    names = [f"{number}:{replacement.decision}" for number, replacement in enumerate(ordered)]
    result = _engine().anonymize(
        text=text,
        analyzer_results=[
            RecognizerResult(entity_type=name, start=r.start, end=r.end, score=1.0)
            for name, r in zip(names, ordered, strict=True)
        ],
        operators={name: OperatorConfig(_OPERATOR, {"text": r.text}) for name, r in zip(names, ordered, strict=True)},
        conflict_resolution=ConflictResolutionStrategy.MERGE_SIMILAR_OR_CONTAINED,
        merge_entities_with_spaces=False,
    )
    return str(result.text)
