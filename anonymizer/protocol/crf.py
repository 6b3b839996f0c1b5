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


def sums(scores: Scores) -> Sums:
    """Forward and backward sums over all paths.

    Sums are kept as probabilities, rescaled at each turn (Rabiner 1989, section V.A), so that a step is one product of
    a vector with a matrix that many turns share.
    """
    turns, states = scores.node.shape
    contexts = len(scores.pair)
    top = scores.pair.max(axis=(1, 2), keepdims=True)
    step = np.exp(scores.pair - top)
    diagonal = np.ascontiguousarray(step.diagonal(axis1=1, axis2=2))
    # staying is scored apart; taking it off afterwards would cancel digits
    inside = np.arange(states)
    step[:, inside, inside] = 0.0
    # the best of entering, staying and being there is 1 at each turn
    entry = scores.start + scores.node
    kept = scores.stay + scores.node
    best = np.maximum(entry.max(1), kept.max(1))
    enter = np.exp(entry - best[:, None])
    keep = np.exp(kept - best[:, None])
    context = scores.context
    forward = np.empty((turns, states))
    first = scores.first + entry[0]
    log_z = float(first.max())
    row = np.exp(first - log_z)
    total = row.sum()
    forward[0] = row / total
    log_z += float(np.log(total))
    scale = np.ones(turns)
    entered = np.empty((turns, states))
    for t in range(1, turns):
        c = context[t]
        before = forward[t - 1]
        entered[t] = (before @ step[c]) * enter[t]
        row = entered[t] + before * diagonal[c] * keep[t]
        scale[t] = row.sum()
        forward[t] = row / scale[t]
    log_z += float(np.log(scale[1:]).sum() + best[1:].sum() + top[context[1:], 0, 0].sum())
    backward = np.ones((turns, states))
    for t in range(turns - 1, 0, -1):
        c = context[t]
        after = backward[t] * enter[t]
        backward[t - 1] = (step[c] @ after + diagonal[c] * keep[t] * backward[t]) / scale[t]
    node = forward * backward
    edge = np.zeros((contexts, states, states))
    entering = np.empty((turns, states))
    entering[0] = node[0]
    if turns > 1:
        staying = forward[:-1] * diagonal[context[1:]] * keep[1:] * backward[1:] / scale[1:, None]
        entering[1:] = entered[1:] * backward[1:] / scale[1:, None]
        into = enter[1:] * backward[1:] / scale[1:, None]
        for c in range(contexts):
            rows = np.flatnonzero(context[1:] == c)
            edge[c] = step[c] * (forward[rows].T @ into[rows])
            edge[c][inside, inside] = staying[rows].sum(0)
    return Sums(log_z, node, entering, edge)


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
