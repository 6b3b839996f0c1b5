"""Sums and best paths against the enumeration of all paths."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from anonymizer.protocol.crf import Scores, best_path, sums


def scores(turns: int, states: int, seed: int, spread: float = 2.0) -> Scores:
    """Random scores."""
    r = np.random.default_rng(seed)
    return Scores(
        r.normal(size=states) * spread,
        r.normal(size=(turns, states)) * spread,
        r.normal(size=(3, states, states)) * spread,
        r.integers(0, 3, turns),
        r.normal(size=(turns, states)) * spread,
        r.normal(size=(turns, states)) * spread,
    )


def of_path(s: Scores, path: tuple[int, ...]) -> float:
    """Score of one path, from the definition."""
    total = s.first[path[0]] + s.start[0, path[0]] + s.node[0, path[0]]
    for t in range(1, len(path)):
        i, j = path[t - 1], path[t]
        total += s.pair[s.context[t], i, j] + s.node[t, j] + (s.stay[t, j] if i == j else s.start[t, j])
    return float(total)


@pytest.mark.parametrize(("turns", "states", "seed"), [(1, 2, 0), (2, 3, 1), (4, 3, 2), (5, 2, 3), (3, 5, 4)])
def test_sums_and_best_path_equal_enumeration(turns: int, states: int, seed: int) -> None:
    """Everything that is computed step by step is what adding up all paths gives."""
    s = scores(turns, states, seed)
    paths = list(itertools.product(range(states), repeat=turns))
    values = np.array([of_path(s, path) for path in paths])
    log_z = float(np.logaddexp.reduce(values))
    weight = np.exp(values - log_z)
    node, start = np.zeros((turns, states)), np.zeros((turns, states))
    edge = np.zeros((3, states, states))
    for path, w in zip(paths, weight, strict=True):
        for t in range(turns):
            node[t, path[t]] += w
            start[t, path[t]] += w * (t == 0 or path[t] != path[t - 1])
            if t:
                edge[s.context[t], path[t - 1], path[t]] += w

    found = sums(s)

    assert found.log_z == pytest.approx(log_z)
    np.testing.assert_allclose(found.node, node, atol=1e-9)
    np.testing.assert_allclose(found.start, start, atol=1e-9)
    np.testing.assert_allclose(found.edge, edge, atol=1e-9)
    assert tuple(best_path(s)) == paths[int(values.argmax())]


def test_long_interviews_with_strong_scores_stay_finite() -> None:
    """Two thousand turns whose scores differ by hundreds neither overflow nor vanish."""
    found = sums(scores(2000, 20, 7, spread=30.0))

    assert np.isfinite(found.log_z)
    np.testing.assert_allclose(found.node.sum(1), 1.0, atol=1e-6)
