"""The weights of the tagger: how they lie in one vector, what scores they give, how they are read from rules/."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from anonymizer import resources
from anonymizer.errors import RulesError
from anonymizer.protocol import crf
from anonymizer.protocol.evidence import (
    CLASSES,
    OUT_FEATURES,
    QUESTION_FEATURES,
    START_ONLY,
    STAY_FEATURES,
    Evidence,
    ProtocolIndex,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

CONTEXTS = ("asker", "answer", "more")
ROLES = ("asker", "other")
# what earlier passes found out: whether the question is entered elsewhere in the interview, and how other interviews of
# the study put and answered it
SECOND = ("asked-elsewhere",)
GROUPS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("step", CONTEXTS, CLASSES),
    ("start", ROLES, (*QUESTION_FEATURES, *START_ONLY, *SECOND)),
    ("about", ROLES, QUESTION_FEATURES),
    ("stay", ROLES, STAY_FEATURES),
    ("outside", ROLES, OUT_FEATURES),
)
SIZE = sum(len(rows) * len(columns) for _, rows, columns in GROUPS)


def split(vector: Array) -> dict[str, Array]:
    """The vector's groups as matrices (views)."""
    result = {}
    at = 0
    for name, rows, columns in GROUPS:
        size = len(rows) * len(columns)
        result[name] = vector[at : at + size].reshape(len(rows), len(columns))
        at += size
    return result


def start_features(evidence: Evidence, elsewhere: Array | None) -> Array:
    """Features of entering a question, shape (turns, questions, columns of the group ``start``)."""
    turns, questions, _ = evidence.question.shape
    fixed = np.broadcast_to(evidence.start, (turns, questions, len(START_ONLY)))
    second = np.zeros((turns, questions, 1)) if elsewhere is None else elsewhere[..., None]
    return np.concatenate([evidence.question, fixed, second], axis=-1)


def score(vector: Array, evidence: Evidence, index: ProtocolIndex, elsewhere: Array | None = None) -> crf.Scores:
    """Scores of states and steps.

    Args:
        vector: All weights, shape (SIZE,).
        evidence: Of the transcript.
        index: Of the protocol.
        elsewhere: How probably each question is entered at another turn, (turns, questions), from an earlier pass.
    """
    weights = split(vector)
    role = evidence.role
    turns, questions, _ = evidence.question.shape
    node = np.zeros((turns, questions + 1))
    start = np.zeros((turns, questions + 1))
    stay = np.zeros((turns, questions + 1))
    features = start_features(evidence, elsewhere)
    for r in range(len(ROLES)):
        rows = np.flatnonzero(role == r)
        if not len(rows):
            continue
        node[rows, :questions] = evidence.question[rows] @ weights["about"][r]
        start[rows, :questions] = features[rows] @ weights["start"][r]
        node[rows, questions] = evidence.out[rows] @ weights["outside"][r]
        stay[rows, :questions] = (evidence.stay[rows] @ weights["stay"][r])[:, None]
    pair = weights["step"][:, index.classes]
    return crf.Scores(pair[0, questions].copy(), node, pair, evidence.context, start, stay)


def elsewhere_of(sums: crf.Sums, questions: int) -> Array:
    """How probably each question is entered at another turn than this, clipped to 1."""
    entered = sums.start[:, :questions]
    result: Array = np.clip(entered.sum(0, keepdims=True) - entered, 0.0, 1.0)
    return result


@dataclass(frozen=True, slots=True)
class Weights:
    """What is read from ``rules/tagging/weights.json``.

    Attributes:
        vectors: Weights of the passes, one after the other.
        rounds: How often the last pass is repeated.
        calibration: Knots (estimate, probability) that turn a marginal into a confidence.
        review_below: Confidence under which a turn goes to review.
    """

    vectors: tuple[Array, ...]
    rounds: int
    calibration: tuple[tuple[float, float], ...]
    review_below: float

    def calibrated(self, marginal: float) -> float:
        """Probability that a state with this marginal is right."""
        estimates, probabilities = zip(*self.calibration, strict=True)
        return float(np.interp(marginal, estimates, probabilities))


def to_document(vector: Array) -> dict[str, dict[str, dict[str, float]]]:
    """Weights by name, rounded to four digits."""
    matrices = split(vector)
    return {
        name: {
            row: {column: round(float(matrices[name][i, j]), 4) for j, column in enumerate(columns)}
            for i, row in enumerate(rows)
        }
        for name, rows, columns in GROUPS
    }


def _vector(document: dict[str, dict[str, dict[str, float]]]) -> Array:
    vector = np.zeros(SIZE)
    matrices = split(vector)
    for name, rows, columns in GROUPS:
        for i, row in enumerate(rows):
            for j, column in enumerate(columns):
                matrices[name][i, j] = document[name][row][column]
    return vector


def load(overlay: Path | None = None) -> Weights:
    """Read the shipped weights, or the study's own ``tagging/weights.json`` if there is one.

    Raises:
        RulesError: Missing, damaged, or made for another version's features.
    """
    found = resources.rule_files("tagging/weights.json", overlay)
    if not found:
        raise RulesError("the tagging weights are missing", file="tagging/weights.json")
    try:
        document = json.loads(found[-1].read_bytes())
        return Weights(
            tuple(_vector(part) for part in document["passes"]),
            int(document["rounds"]),
            tuple((float(a), float(b)) for a, b in document["calibration"]),
            float(document["review_below"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        raise RulesError(
            "the tagging weights are damaged or of another version",
            file=found[-1],
            hint="make them again with tools/tune_tagging.py, or remove the study's own",
        ) from None
