"""What the tools for tuning and evaluating the tagger share: the corpus, training, folds, measures."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from anonymizer.protocol import crf
from anonymizer.protocol import evidence as ev
from anonymizer.protocol import weights as wt
from anonymizer.protocol.document import read_protocol
from anonymizer.protocol.speakers import roles
from anonymizer.protocol.tagging import read_lexicon
from anonymizer.transcript import Transcript, Turn

Array = NDArray[np.float64]


@dataclass
class Interview:
    """One interview with gold questions and everything computed from it."""

    id: str
    protocol: str
    index: ev.ProtocolIndex
    evidence: ev.Evidence
    gold: NDArray[np.int64]
    kinds: list[str]
    elsewhere: Array | None = None
    texts: list[str] = field(default_factory=list)


def load(corpus: Path, protocols: Path) -> list[Interview]:
    """Read ``corpus/protocol/*.json`` and the protocols they follow; speakers' roles are found out, not given."""
    indexes: dict[str, ev.ProtocolIndex] = {}
    interviews = []
    for path in sorted((corpus / "protocol").glob("*.json")):
        document = json.loads(path.read_text())
        name = document["protocol"]
        if name not in indexes:
            indexes[name] = ev.ProtocolIndex(read_protocol(protocols / f"{name}.txt"), read_lexicon(None))
        index = indexes[name]
        turns = tuple(Turn(i, t["speaker"], t["text"]) for i, t in enumerate(document["turns"]))
        transcript = Transcript(document["id"], turns)
        role, _ = roles(transcript)
        position = {q.id: at for at, q in enumerate(index.protocol.questions)}
        gold = np.array([position.get(t["question"] or "", len(position)) for t in document["turns"]])
        texts = [t.text for t in turns]
        evidence = ev.collect(texts, [role[t.speaker] for t in turns], index)
        interviews.append(
            Interview(document["id"], name, index, evidence, gold, [t["kind"] for t in document["turns"]], None, texts)
        )
    return interviews


def loss_and_gradient(vector: Array, data: Sequence[Interview], strength: Array) -> tuple[float, Array]:
    """Negative log-likelihood of the gold questions with an L2 penalty, and its gradient."""
    gradient = np.zeros(wt.SIZE)
    groups = wt.split(gradient)
    loss = 0.0
    for d in data:
        scores = wt.score(vector, d.evidence, d.index, d.elsewhere)
        sums = crf.sums(scores)
        turns, questions, _ = d.evidence.question.shape
        eye = np.arange(questions + 1)
        node, start = sums.node.copy(), sums.start.copy()
        keep = sums.node - sums.start
        gold_pair = np.zeros_like(sums.edge)
        gold_score = scores.first[d.gold[0]] + scores.start[0, d.gold[0]] + scores.node[0, d.gold[0]]
        gold_start = np.zeros_like(start)
        gold_start[0, d.gold[0]] = 1
        for t in range(1, turns):
            i, j = d.gold[t - 1], d.gold[t]
            gold_pair[d.evidence.context[t], i, j] += 1
            gold_score += scores.pair[d.evidence.context[t], i, j] + scores.node[t, j]
            gold_score += scores.stay[t, j] if i == j else scores.start[t, j]
            gold_start[t, j] = i != j
        gold_node = np.zeros_like(node)
        gold_node[np.arange(turns), d.gold] = 1
        loss += sums.log_z - gold_score
        edge = sums.edge - gold_pair
        edge[0, questions] += sums.node[0]
        edge[0, questions, d.gold[0]] -= 1
        for c in range(3):
            groups["step"][c] += np.bincount(d.index.classes.ravel(), edge[c].ravel(), len(ev.CLASSES))
        features = wt.start_features(d.evidence, d.elsewhere)
        dn, ds, dk = node - gold_node, start - gold_start, keep - (gold_node - gold_start)
        for r in range(2):
            rows = d.evidence.role == r
            groups["about"][r] += np.tensordot(dn[rows, :questions], d.evidence.question[rows], 2)
            groups["start"][r] += np.tensordot(ds[rows, :questions], features[rows], 2)
            groups["outside"][r] += dn[rows, questions] @ d.evidence.out[rows]
            groups["stay"][r] += dk[rows, :questions].sum(1) @ d.evidence.stay[rows]
        del eye
    return loss + 0.5 * float(strength @ vector**2), gradient + strength * vector


def lbfgs(function: Callable[[Array], tuple[float, Array]], x: Array, steps: int = 150, memory: int = 12) -> Array:
    """Minimize by limited-memory BFGS with a backtracking line search (Nocedal and Wright 2006, algorithm 7.4)."""
    value, gradient = function(x)
    pairs: list[tuple[Array, Array, float]] = []
    for _ in range(steps):
        q = gradient.copy()
        alphas = []
        for s, y, rho in reversed(pairs):
            a = rho * float(s @ q)
            alphas.append(a)
            q -= a * y
        if pairs:
            s, y, _ = pairs[-1]
            q *= float(s @ y) / float(y @ y)
        else:
            q /= max(1.0, float(np.linalg.norm(q)))
        for (s, y, rho), a in zip(pairs, reversed(alphas), strict=True):
            q += (a - rho * float(y @ q)) * s
        slope = -float(gradient @ q)
        size = 1.0
        for _ in range(30):
            trial = x - size * q
            new, new_gradient = function(trial)
            if new <= value + 1e-4 * size * slope:
                break
            size *= 0.5
        else:
            return x
        s, y = trial - x, new_gradient - gradient
        if float(s @ y) > 1e-10:
            pairs.append((s, y, 1.0 / float(s @ y)))
            pairs = pairs[-memory:]
        done = value - new < 1e-5 * abs(value)
        x, value, gradient = trial, new, new_gradient
        if done:
            return x
    return x


def train(data: Sequence[Interview], strength: float, start: Array | None = None) -> Array:
    """Weights that fit the interviews."""
    penalty = np.full(wt.SIZE, strength)
    return lbfgs(lambda v: loss_and_gradient(v, data, penalty), np.zeros(wt.SIZE) if start is None else start)


def predict(vector: Array, d: Interview, rounds: int = 0) -> tuple[NDArray[np.int64], Array]:
    """States and marginals of one interview; ``rounds`` repeats with what was entered elsewhere."""
    sums = crf.sums(wt.score(vector, d.evidence, d.index, d.elsewhere))
    for _ in range(rounds):
        sums = crf.sums(wt.score(vector, d.evidence, d.index, wt.elsewhere_of(sums, sums.node.shape[1] - 1)))
    return sums.node.argmax(1), sums.node


def measure(d: Interview, state: NDArray[np.int64]) -> dict[str, tuple[int, int]]:
    """Right and all, for turns, sections, asking turns."""
    sections = [q.section for q in d.index.protocol.questions] + [""]
    right = state == d.gold
    ask = np.array([kind == "ask" for kind in d.kinds])
    section = sum(sections[a] == sections[b] for a, b in zip(state, d.gold, strict=True))
    return {
        "turn": (int(right.sum()), len(right)),
        "section": (section, len(right)),
        "ask": (int(right[ask].sum()), int(ask.sum())),
    }
