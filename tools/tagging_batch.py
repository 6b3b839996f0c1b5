"""Loss and gradient of the tagger's weights over many interviews at once, in padded arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from anonymizer.protocol import steps
from anonymizer.protocol import weights as wt
from anonymizer.protocol.evidence import QUESTION_FEATURES

if TYPE_CHECKING:
    from tagging_corpus import Interview

Array = NDArray[np.float64]
_PADDING = len(wt.CONTEXTS)


class Batch:
    """Interviews with everything that does not depend on the weights.

    State ``questions`` is talk outside for all of them, behind the widest protocol. After its end an interview stays
    where it is, at no cost (context 3), so that the sums of all go on together.
    """

    def __init__(self, data: Sequence[Interview]) -> None:
        self.count = len(data)
        self.turns = max(len(d.gold) for d in data)
        self.questions = max(len(d.index.texts) for d in data)
        count, turns, questions, states = self.count, self.turns, self.questions, self.questions + 1
        self.about = len(QUESTION_FEATURES)
        columns = len(wt.START_COLUMNS) + len(wt.TAUGHT)
        self.features = np.zeros((count, turns, questions, columns), dtype=np.float32)
        self.role = np.full((count, turns), 2)
        self.context = np.full((count, turns), _PADDING)
        self.stay = np.zeros((count, turns, len(wt.STAY_FEATURES)))
        self.out = np.zeros((count, turns, len(wt.OUT_FEATURES)))
        self.deep = np.zeros((count, turns, len(wt.DEEP)))
        self.static = np.zeros((count, turns, len(wt.STATIC)))
        self.classes = np.full((count, states, states), -1)
        self.passed = np.zeros((count, len(wt.PASSED), states, states))
        self.open = np.zeros((count, states), dtype=bool)
        self.gold = np.full((count, turns), questions)
        self.weight = np.array([d.weight for d in data])
        for b, d in enumerate(data):
            length, own, _ = d.evidence.question.shape
            kept = np.array([*range(own), questions])
            start = wt.start_features(d.evidence, d.known)
            self.features[b, :length, :own, : start.shape[-1]] = start
            if d.known is not None:
                if d.known.taught is not None:
                    self.features[b, :length, :own, start.shape[-1] :] = d.known.taught
                self.passed[b][:, kept[:, None], kept] = wt.step_features(d.index, d.known)
            self.role[b, :length] = d.evidence.role
            self.context[b, :length] = d.evidence.context
            self.stay[b, :length] = d.evidence.stay
            self.out[b, :length] = d.evidence.out
            self.deep[b, :length] = d.evidence.deep
            self.static[b, :length] = d.evidence.static
            self.classes[b][kept[:, None], kept] = d.index.classes
            self.open[b, kept] = True
            self.gold[b, :length] = np.where(d.gold == own, questions, d.gold)
            self.gold[b, length:] = self.gold[b, length - 1]
        self.real = self.role < 2
        self._gold()

    def _gold(self) -> None:
        rows = np.arange(self.count)[:, None]
        columns = np.arange(self.turns)[None, :]
        self.gold_node = np.zeros((self.count, self.turns, self.questions + 1))
        self.gold_node[rows, columns, self.gold] = 1.0
        enters = np.ones((self.count, self.turns), dtype=bool)
        enters[:, 1:] = self.gold[:, 1:] != self.gold[:, :-1]
        self.gold_start = self.gold_node * enters[..., None]
        self.gold_edge = np.zeros((self.count, _PADDING, self.questions + 1, self.questions + 1))
        for b in range(self.count):
            for t in range(1, self.turns):
                if self.real[b, t]:
                    self.gold_edge[b, self.context[b, t], self.gold[b, t - 1], self.gold[b, t]] += 1
            self.gold_edge[b, 0, self.questions, self.gold[b, 0]] += 1

    def loss_and_gradient(self, vector: Array, strength: Array) -> tuple[float, Array]:
        """Negative log-likelihood of the gold questions with an L2 penalty, and its gradient."""
        w = wt.split(vector)
        count, turns, questions = self.count, self.turns, self.questions
        columns = self.features.shape[-1]
        both = np.zeros((columns, 4), dtype=np.float32)
        both[: self.about, :2] = w["about"].T
        both[len(wt.START_COLUMNS) :, :2] = w["taught"].T
        both[: len(wt.START_COLUMNS), 2:] = w["start"].T
        flat = self.features.reshape(-1, columns)
        scored = (flat @ both).reshape(count, turns, questions, 4).astype(np.float64)
        asks, other = self.role == 0, self.role == 1
        node = np.zeros((count, turns, questions + 1))
        start, stay = np.zeros_like(node), np.zeros_like(node)
        node[..., :questions] = scored[..., 0] * asks[..., None] + scored[..., 1] * other[..., None]
        start[..., :questions] = scored[..., 2] * asks[..., None] + scored[..., 3] * other[..., None]
        start[..., :questions] += ((self.deep @ w["opens"][0]) * asks)[..., None]
        node[..., questions] = (self.out @ w["outside"][0] + self.deep @ w["deep-outside"][0]) * asks
        node[..., questions] += (self.out @ w["outside"][1] + self.static @ w["static-outside"][0]) * other
        kept = (self.stay @ w["stay"][0]) * asks + (self.stay @ w["stay"][1]) * other
        stay[..., :questions] = kept[..., None]
        pair = w["step"][:, np.maximum(self.classes, 0)].transpose(1, 0, 2, 3)
        pair = pair + np.einsum("cp,bpij->bcij", w["passed"], self.passed)
        closed = ~(self.open[:, None, :, None] & self.open[:, None, None, :])
        pair = np.where(closed, -np.inf, pair)
        log_z, own, entered, edge = self._sums(pair, node, start, stay)
        gold = (self.gold_node * node).sum((1, 2)) + (self.gold_start * start).sum((1, 2))
        gold += ((self.gold_node - self.gold_start) * stay * self.real[..., None]).sum((1, 2))
        gold += (self.gold_edge * np.where(closed, 0.0, pair)).sum((1, 2, 3))
        loss = float(self.weight @ (log_z - gold)) + 0.5 * float(strength @ vector**2)
        real = self.real[..., None] * self.weight[:, None, None]
        dn, ds = (own - self.gold_node) * real, (entered - self.gold_start) * real
        dk = (own - entered - self.gold_node + self.gold_start) * real
        return loss, self._gradient(
            dn, ds, dk, (edge - self.gold_edge) * self.weight[:, None, None, None]
        ) + strength * vector

    def _gradient(self, dn: Array, ds: Array, dk: Array, edge: Array) -> Array:
        gradient = np.zeros(wt.SIZE)
        g = wt.split(gradient)
        q = self.questions
        asks, other = (self.role == 0)[..., None], (self.role == 1)[..., None]
        shares = np.stack([dn[..., :q] * asks, dn[..., :q] * other, ds[..., :q] * asks, ds[..., :q] * other], -1)
        found = self.features.reshape(-1, self.features.shape[-1]).T @ shares.reshape(-1, 4).astype(np.float32)
        g["about"][:] = found[: self.about, :2].T
        g["taught"][:] = found[len(wt.START_COLUMNS) :, :2].T
        g["start"][:] = found[: len(wt.START_COLUMNS), 2:].T
        for r, mask in enumerate((asks[..., 0], other[..., 0])):
            g["outside"][r] = (dn[..., q] * mask).ravel() @ self.out.reshape(-1, self.out.shape[-1])
            g["stay"][r] = (dk[..., :q].sum(-1) * mask).ravel() @ self.stay.reshape(-1, self.stay.shape[-1])
        deep, static = self.deep.reshape(-1, self.deep.shape[-1]), self.static.reshape(-1, self.static.shape[-1])
        g["opens"][0] = (ds[..., :q].sum(-1) * asks[..., 0]).ravel() @ deep
        g["deep-outside"][0] = (dn[..., q] * asks[..., 0]).ravel() @ deep
        g["static-outside"][0] = (dn[..., q] * other[..., 0]).ravel() @ static
        for c in range(_PADDING):
            named = self.classes >= 0
            g["step"][c] = np.bincount(self.classes[named], edge[:, c][named], len(steps.CLASSES))
            g["passed"][c] = np.einsum("bpij,bij->p", self.passed, edge[:, c])
        return gradient

    def _sums(self, pair: Array, node: Array, start: Array, stay: Array) -> tuple[Array, Array, Array, Array]:
        """As :func:`anonymizer.protocol.crf.sums`, for all interviews; the first turn's step counts as an edge."""
        count, turns, states = node.shape
        top = pair.max((2, 3))
        step = np.exp(pair - top[..., None, None])
        diagonal = np.ascontiguousarray(step.diagonal(axis1=2, axis2=3))
        inside = np.arange(states)
        step[:, :, inside, inside] = 0.0
        # context 3: nothing enters, everything stays
        step = np.concatenate([step, np.zeros((count, 1, states, states))], 1)
        diagonal = np.concatenate([diagonal, np.ones((count, 1, states))], 1)
        top = np.concatenate([top, np.zeros((count, 1))], 1)
        shut = np.where(self.open, 0.0, -np.inf)[:, None, :]
        entry, keep = start + node + shut, stay + node + shut
        best = np.maximum(entry.max(2), keep.max(2))
        enter, keep = np.exp(entry - best[..., None]), np.exp(keep - best[..., None])
        rows = np.arange(count)
        forward, entered = np.zeros((turns, count, states)), np.zeros((turns, count, states))
        scale = np.ones((turns, count))
        first = pair[:, 0, -1, :] + entry[:, 0]
        log_z = first.max(1)
        row = np.exp(first - log_z[:, None])
        log_z = log_z + np.log(row.sum(1))
        forward[0] = row / row.sum(1, keepdims=True)
        for t in range(1, turns):
            c = self.context[:, t]
            before = forward[t - 1]
            entered[t] = (before[:, None, :] @ step[rows, c])[:, 0] * enter[:, t]
            row = entered[t] + before * diagonal[rows, c] * keep[:, t]
            scale[t] = row.sum(1)
            forward[t] = row / scale[t][:, None]
        tops = np.take_along_axis(top, self.context[:, 1:], 1)
        log_z = log_z + np.log(scale[1:]).sum(0) + (best[:, 1:]).sum(1) + tops.sum(1)
        backward = np.ones((turns, count, states))
        for t in range(turns - 1, 0, -1):
            c = self.context[:, t]
            after = backward[t] * enter[:, t]
            held = diagonal[rows, c] * keep[:, t] * backward[t]
            backward[t - 1] = ((step[rows, c] @ after[..., None])[..., 0] + held) / scale[t][:, None]
        own = forward * backward
        entering = entered * backward / scale[..., None]
        entering[0] = own[0]
        staying = own - entering
        into = enter.transpose(1, 0, 2) * backward / scale[..., None]
        edge = np.zeros((count, _PADDING, states, states))
        for c in range(_PADDING):
            chosen = (self.context == c).T[1:, :, None]
            left = (forward[:-1] * chosen).transpose(1, 2, 0)
            edge[:, c] = step[:, c] * (left @ into[1:].transpose(1, 0, 2))
            edge[:, c][:, inside, inside] = (staying[1:] * chosen).sum(0)
        edge[:, 0, -1] += own[0]
        return log_z, own.transpose(1, 0, 2), entering.transpose(1, 0, 2), edge
