"""What the tagger's weights are learnt by."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anonymizer.protocol import crf, weights
from anonymizer.protocol.evidence import collect
from anonymizer.protocol.likeness import ProtocolIndex
from anonymizer.protocol.model import Protocol
from anonymizer.transcript import Transcript

TOOLS = Path(__file__).parent.parent.parent / "tools"


@pytest.fixture(scope="module")
def corpus() -> Any:
    """tools/tagging_corpus.py."""
    sys.path.insert(0, str(TOOLS))
    try:
        import tagging_corpus
    finally:
        sys.path.remove(str(TOOLS))
    return tagging_corpus


@pytest.fixture(scope="module")
def interviews(corpus: Any, bicycles: Protocol, talk: Transcript, gold: tuple[str | None, ...]) -> list[Any]:
    """The interview about bicycles, and its first half, with what an earlier pass might know."""
    index = ProtocolIndex(bicycles, frozenset())
    place = {q.id: at for at, q in enumerate(bicycles.questions)}
    result = []
    for length in (len(gold), 11):
        turns = talk.turns[:length]
        roles = [("interviewer" if turn.speaker == "Interviewer" else "participant") for turn in turns]
        evidence = collect([turn.text for turn in turns], roles, index)  # type: ignore[arg-type]
        asked = np.array([place.get(id or "", len(place)) for id in gold[:length]])
        found = corpus.Interview(f"talk {length}", "bicycles", index, evidence, asked, ["ask"] * length)
        random = np.random.default_rng(length)
        shape = (length, len(place))
        found.known = weights.Known(random.random(shape), random.normal(size=(*shape, len(weights.TAUGHT))))
        result.append(found)
    return result


def gold_score(scores: crf.Scores, gold: np.ndarray[Any, np.dtype[np.int64]]) -> float:
    """Score of one path, step by step."""
    total = scores.first[gold[0]] + scores.start[0, gold[0]] + scores.node[0, gold[0]]
    for t in range(1, len(gold)):
        total += scores.step(t)[gold[t - 1], gold[t]] + scores.node[t, gold[t]]
    return float(total)


def test_the_loss_is_that_of_the_field(corpus: Any, interviews: list[Any]) -> None:
    """Padded and counted together, interviews cost what the tagger's own sums say of each; a weight multiplies it."""
    vector = np.random.default_rng(1).normal(size=weights.SIZE) * 0.1
    interviews[1].weight = 2.0
    costs = []
    for d in interviews:
        scores = weights.score(vector, d.evidence, d.index, d.known)
        costs.append(crf.sums(scores).log_z - gold_score(scores, d.gold))

    loss, _ = corpus.Batch(interviews).loss_and_gradient(vector, np.zeros(weights.SIZE))

    assert loss == pytest.approx(costs[0] + 2.0 * costs[1], rel=1e-4)


def test_the_gradient_is_the_slope(corpus: Any, interviews: list[Any]) -> None:
    """Along random directions, the gradient says by how much the loss changes."""
    random = np.random.default_rng(2)
    vector, strength = random.normal(size=weights.SIZE) * 0.1, corpus.penalty()
    batch = corpus.Batch(interviews)
    _, gradient = batch.loss_and_gradient(vector, strength)
    for _ in range(5):
        direction = random.normal(size=weights.SIZE)
        step = 1e-3 * direction
        ahead, behind = (batch.loss_and_gradient(vector + s, strength)[0] for s in (step, -step))

        assert float(gradient @ step) == pytest.approx((ahead - behind) / 2, rel=2e-2)


def test_a_fit_gets_its_own_interviews_right(corpus: Any, interviews: list[Any]) -> None:
    """Weights learnt from two interviews without much restraint tag them as they were taught."""
    passes = corpus.fit(interviews, corpus.penalty() * 0.1)
    stages = corpus.apply(passes, interviews)

    assert all(corpus.outcome(d, stages).right.mean() > 0.9 for d in interviews)


def test_confidence_rises_and_the_threshold_keeps_its_promise(corpus: Any) -> None:
    """A made-up tagger that is right as often as it says: knots rise, and above the threshold 95 of 100 are right."""
    random = np.random.default_rng(3)
    said = random.random(4000)
    right = random.random(4000) < said
    knots = corpus.isotonic(said, right)
    confidence = corpus.calibrated(knots, said)
    below = corpus.threshold(confidence, right)

    assert [p for _, p in knots] == sorted(p for _, p in knots)
    assert np.abs(confidence - said).mean() < 0.05
    assert right[confidence >= below].mean() >= 0.95
    assert (confidence >= below).any()
