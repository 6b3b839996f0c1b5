"""The weights of the tagger: how they lie in one vector, what scores they give, how they are read from rules/."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from anonymizer import resources
from anonymizer.errors import RulesError
from anonymizer.protocol import crf, sentence, vectors
from anonymizer.protocol.evidence import OUT_FEATURES, QUESTION_FEATURES, START_ONLY, STAY_FEATURES, Evidence
from anonymizer.protocol.likeness import Centred, ProtocolIndex, unit
from anonymizer.protocol.steps import CLASSES, PASSED, passed_over

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

CONTEXTS = ("asker", "answer", "more")
ROLES = ("asker", "other")
# what an earlier pass found out: that the question is put elsewhere in the interview
ELSEWHERE = ("elsewhere",)
# how other interviews of the study put and answer the question
TAUGHT = ("static.raw", "static.row", "deep.raw", "deep.row")
# directions in the spaces of vectors: what opens a question, what is talk outside, whatever the protocol
DEEP = tuple(str(at) for at in range(sentence.DIMENSIONS))
STATIC = tuple(str(at) for at in range(vectors.DIMENSIONS))
START_COLUMNS = (*QUESTION_FEATURES, *START_ONLY, *ELSEWHERE)
GROUPS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("step", CONTEXTS, CLASSES),
    ("passed", CONTEXTS, PASSED),
    ("start", ROLES, START_COLUMNS),
    ("about", ROLES, QUESTION_FEATURES),
    ("taught", ROLES, TAUGHT),
    ("stay", ROLES, STAY_FEATURES),
    ("outside", ROLES, OUT_FEATURES),
    ("opens", ("asker",), DEEP),
    ("deep-outside", ("asker",), DEEP),
    ("static-outside", ("other",), STATIC),
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


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier passes over the study found out about one interview.

    Attributes:
        elsewhere: How probably each question is put at another turn than this, (turns, questions).
        taught: Likeness with how other interviews put and answer each question, (turns, questions, len(TAUGHT)).
    """

    elsewhere: Array
    taught: Array | None = None


def start_features(evidence: Evidence, known: Known | None) -> Array:
    """Features of entering a question, shape (turns, questions, columns of the group ``start``)."""
    turns, questions, _ = evidence.question.shape
    fixed = np.broadcast_to(evidence.start, (turns, questions, len(START_ONLY)))
    second = np.zeros((turns, questions)) if known is None else known.elsewhere
    return np.concatenate([evidence.question, fixed, second[..., None]], axis=-1)


def step_features(index: ProtocolIndex, known: Known) -> Array:
    """Features of the group ``passed``, shape (len(PASSED), states, states)."""
    return passed_over(index.protocol, known.elsewhere.max(0))


def score(vector: Array, evidence: Evidence, index: ProtocolIndex, known: Known | None = None) -> crf.Scores:
    """Scores of states and steps.

    Args:
        vector: All weights, shape (SIZE,).
        evidence: Of the transcript.
        index: Of the protocol.
        known: From an earlier pass.
    """
    weights = split(vector)
    turns, questions, _ = evidence.question.shape
    node = np.zeros((turns, questions + 1))
    start = np.zeros((turns, questions + 1))
    stay = np.zeros((turns, questions + 1))
    features = start_features(evidence, known)
    for r in range(len(ROLES)):
        rows = np.flatnonzero(evidence.role == r)
        if not len(rows):
            continue
        node[rows, :questions] = evidence.question[rows] @ weights["about"][r]
        if known is not None and known.taught is not None:
            node[rows, :questions] += known.taught[rows] @ weights["taught"][r]
        start[rows, :questions] = features[rows] @ weights["start"][r]
        node[rows, questions] = evidence.out[rows] @ weights["outside"][r]
        if r == 0:
            start[rows, :questions] += (evidence.deep[rows] @ weights["opens"][0])[:, None]
            node[rows, questions] += evidence.deep[rows] @ weights["deep-outside"][0]
        else:
            node[rows, questions] += evidence.static[rows] @ weights["static-outside"][0]
        stay[rows, :questions] = (evidence.stay[rows] @ weights["stay"][r])[:, None]
    pair = weights["step"][:, index.classes]
    if known is not None:
        pair = pair + np.tensordot(weights["passed"], step_features(index, known), 1)
    return crf.Scores(pair[0, questions].copy(), node, pair, evidence.context, start, stay)


def elsewhere(sums: crf.Sums) -> Array:
    """How probably each question is put at another turn than this, clipped to 1, (turns, questions)."""
    entered = sums.start[:, :-1]
    result: Array = np.clip(entered.sum(0, keepdims=True) - entered, 0.0, 1.0)
    return result


_PRIOR = 0.5


def taught(evidences: Sequence[Evidence], sums: Sequence[crf.Sums], index: ProtocolIndex) -> list[Array]:
    """For each interview, how like its turns are to those that other interviews spend on each question.

    The centre of a question is its own text and, the surer the tag the more, what was said under it elsewhere.

    Returns:
        Arrays of shape (turns, questions, len(TAUGHT)).
    """
    spaces: tuple[Centred, ...] = (index.own, index.deep_own)
    result = [np.zeros((len(e.role), len(index.texts), len(TAUGHT))) for e in evidences]
    for k, space in enumerate(spaces):
        for r in range(len(ROLES)):
            shares = []
            for e, found in zip(evidences, sums, strict=True):
                rows = e.role == r
                spoken = (e.static, e.deep)[k][rows]
                shares.append((found.node[rows, :-1] ** 2).T @ spoken)
            total = np.sum(shares, axis=0)
            own = space.vectors * _PRIOR + space.mean * _PRIOR
            for e, share, out in zip(evidences, shares, result, strict=True):
                rows = e.role == r
                raw = (e.static, e.deep)[k][rows] @ unit((total - share + own).astype(np.float32)).T
                spread = np.maximum(raw.std(1, keepdims=True), 1e-6)
                out[rows, :, 2 * k] = 3 * raw
                out[rows, :, 2 * k + 1] = np.clip((raw - raw.mean(1, keepdims=True)) / spread, -3, 6) / 2
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
