"""A linear-chain conditional random field over (question asked, turn): sums and best paths, in numpy.

Everything is in natural logarithms. States are the questions in the protocol's order and, last, talk outside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of states and of steps between them.

    Attributes:
        first: Of each state at the first turn, shape (states,).
        node: Of each state at each turn, (turns, states).
        pair: Of going from state i to j, by context, (contexts, states, states).
        context: Which of them holds at each turn, (turns,).
        start: Added where a state is entered from another, (turns, states).
        stay: Added where it is kept, (turns, states).
    """

    first: Array
    node: Array
    pair: Array
    context: NDArray[np.int64]
    start: Array
    stay: Array

    def step(self, t: int) -> Array:
        """Score of going from each state at turn t - 1 to each at turn t, without the node's own."""
        result: Array = self.pair[self.context[t]] + self.start[t][None, :]
        np.fill_diagonal(result, result.diagonal() + self.stay[t] - self.start[t])
        return result


@dataclass(frozen=True, slots=True)
class Sums:
    """What forward and backward sums give.

    Attributes:
        log_z: Logarithm of the sum over all paths.
        node: Probability of each state at each turn, shape (turns, states).
        start: Probability that a turn enters a state from another one, shape (turns, states); the first turn enters.
        edge: Summed probability of each pair of states, by context, shape (contexts, states, states).
    """

    log_z: float
    node: Array
    start: Array
    edge: Array


def _log_sum(values: Array, axis: int) -> Array:
    top = values.max(axis=axis, keepdims=True)
    result: Array = (np.log(np.exp(values - top).sum(axis=axis, keepdims=True)) + top).squeeze(axis)
    return result


def sums(scores: Scores) -> Sums:
    """Forward and backward sums over all paths."""
    node, pair, context = scores.node, scores.pair, scores.context
    turns, states = node.shape
    eye = np.eye(states, dtype=bool)
    edges = np.empty((turns, states, states))
    edges[0] = 0.0
    for t in range(1, turns):
        edges[t] = scores.step(t)
    forward = np.empty((turns, states))
    forward[0] = scores.first + scores.start[0] + node[0]
    for t in range(1, turns):
        forward[t] = _log_sum(forward[t - 1][:, None] + edges[t], 0) + node[t]
    backward = np.zeros((turns, states))
    for t in range(turns - 2, -1, -1):
        backward[t] = _log_sum(edges[t + 1] + (node[t + 1] + backward[t + 1])[None, :], 1)
    log_z = float(_log_sum(forward[-1], 0))
    marginal = np.exp(forward + backward - log_z)
    expected = np.zeros_like(pair)
    entering = np.empty((turns, states))
    entering[0] = marginal[0]
    for t in range(1, turns):
        both = np.exp(forward[t - 1][:, None] + edges[t] + (node[t] + backward[t])[None, :] - log_z)
        expected[context[t]] += both
        entering[t] = both.sum(0) - both[eye]
    return Sums(log_z, marginal, entering, expected)


def best_path(scores: Scores) -> NDArray[np.int64]:
    """The most probable sequence of states."""
    node = scores.node
    turns, states = node.shape
    score = scores.first + scores.start[0] + node[0]
    back = np.zeros((turns, states), dtype=np.int64)
    for t in range(1, turns):
        total = score[:, None] + scores.step(t)
        back[t] = total.argmax(0)
        score = total.max(0) + node[t]
    path = np.empty(turns, dtype=np.int64)
    path[-1] = int(score.argmax())
    for t in range(turns - 1, 0, -1):
        path[t - 1] = back[t][path[t]]
    return path
