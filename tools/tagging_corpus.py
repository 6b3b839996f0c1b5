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

from anonymizer.protocol import crf, likeness, steps
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
    index: likeness.ProtocolIndex
    evidence: ev.Evidence
    gold: NDArray[np.int64]
    kinds: list[str]
    known: wt.Known | None = None
    texts: list[str] = field(default_factory=list)


def load(corpus: Path, protocols: Path) -> list[Interview]:
    """Read ``corpus/protocol/*.json`` and the protocols they follow; speakers' roles are found out, not given."""
    indexes: dict[str, likeness.ProtocolIndex] = {}
    interviews = []
    for path in sorted((corpus / "protocol").glob("*.json")):
        document = json.loads(path.read_text())
        name = document["protocol"]
        if name not in indexes:
            indexes[name] = likeness.ProtocolIndex(read_protocol(protocols / f"{name}.txt"), read_lexicon(None))
        index = indexes[name]
        turns = tuple(Turn(i, t["speaker"], t["text"]) for i, t in enumerate(document["turns"]))
        transcript = Transcript(document["id"], turns)
        role = roles(transcript)
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
        scores = wt.score(vector, d.evidence, d.index, d.known)
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
        passed = None if d.known is None else wt.step_features(d.index, d.known)
        for c in range(len(wt.CONTEXTS)):
            if passed is not None:
                groups["passed"][c] += np.tensordot(passed, edge[c], 2)
            groups["step"][c] += np.bincount(d.index.classes.ravel(), edge[c].ravel(), len(steps.CLASSES))
        features = wt.start_features(d.evidence, d.known)
        dn, ds, dk = node - gold_node, start - gold_start, keep - (gold_node - gold_start)
        for r in range(2):
            rows = d.evidence.role == r
            groups["about"][r] += np.tensordot(dn[rows, :questions], d.evidence.question[rows], 2)
            if d.known is not None and d.known.taught is not None:
                groups["taught"][r] += np.tensordot(dn[rows, :questions], d.known.taught[rows], 2)
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


STRENGTH = {"step": 0.5, "passed": 0.5, "start": 3.0, "about": 3.0, "taught": 3.0, "stay": 3.0, "outside": 3.0}


GROUPS = 4


def penalty(**other: float) -> Array:
    """L2 strength of each weight, by group."""
    result = np.zeros(wt.SIZE)
    for name, part in wt.split(result).items():
        part[:] = {**STRENGTH, **other}[name]
    return result


def train(data: Sequence[Interview], strength: Array, start: Array | None = None, steps: int = 60) -> Array:
    """Weights that fit the interviews."""
    first = np.zeros(wt.SIZE) if start is None else start
    return lbfgs(lambda vector: loss_and_gradient(vector, data, strength), first, steps)


def sums(vector: Array, d: Interview, known: wt.Known | None) -> crf.Sums:
    """Forward and backward sums of one interview."""
    return crf.sums(wt.score(vector, d.evidence, d.index, known))


def teach(data: Sequence[Interview], found: dict[str, crf.Sums]) -> dict[str, wt.Known]:
    """What the interviews of each protocol know from each other after a pass."""
    result = {}
    for name in {d.protocol for d in data}:
        group = [d for d in data if d.protocol == name]
        shares = wt.taught([d.evidence for d in group], [found[d.id] for d in group], group[0].index)
        for d, share in zip(group, shares, strict=True):
            result[d.id] = wt.Known(wt.elsewhere(found[d.id]), share)
    return result


def fit(data: Sequence[Interview], strength: Array) -> list[Array]:
    """Weights of the three passes.

    A later pass learns from what an earlier one says about interviews that it was not trained on (groups left out in
    turn); learning from its own training interviews it would trust it too much.
    """

    def left_out(vector: Array, steps: int) -> dict[str, crf.Sums]:
        found = {}
        groups = min(GROUPS, len(data))
        for k in range(groups):
            rest = [x for at, x in enumerate(data) if at % groups != k]
            other = train(rest, strength, vector * 0.7, steps)
            found.update({d.id: sums(other, d, d.known) for at, d in enumerate(data) if at % groups == k})
        return found

    for d in data:
        d.known = None
    first = train(data, strength)
    found = left_out(first, 25)
    for d in data:
        d.known = wt.Known(wt.elsewhere(found[d.id]))
    second = train(data, strength, first, 40)
    known = teach(data, left_out(second, 20))
    for d in data:
        d.known = known[d.id]
    third = train(data, strength, second, 40)
    for d in data:
        d.known = None
    return [first, second, third]


def apply(passes: Sequence[Array], data: Sequence[Interview], rounds: int = 2) -> list[dict[str, crf.Sums]]:
    """Sums after each pass; interviews of one protocol teach each other from the third on."""
    stages = [{d.id: sums(passes[0], d, None) for d in data}]
    stages.append({d.id: sums(passes[1], d, wt.Known(wt.elsewhere(stages[0][d.id]))) for d in data})
    for _ in range(rounds):
        known = teach(data, stages[-1])
        stages.append({d.id: sums(passes[2], d, known[d.id]) for d in data})
    return stages


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


@dataclass(frozen=True)
class Outcome:
    """What a model that had not seen an interview said about it.

    Attributes:
        interview: The interview.
        state: Best state of each turn.
        marginal: Its probability before calibration.
    """

    interview: Interview
    state: NDArray[np.int64]
    marginal: Array

    @property
    def right(self) -> NDArray[np.bool_]:
        """Turns whose state is gold."""
        return np.asarray(self.state == self.interview.gold)


def outcome(d: Interview, stages: Sequence[dict[str, crf.Sums]]) -> Outcome:
    """The best state of each turn and its probability, from the mean of the passes."""
    node = np.mean([stage[d.id].node for stage in stages], axis=0)
    state = node.argmax(1)
    return Outcome(d, state, node[np.arange(len(state)), state])


def leave_protocol_out(data: Sequence[Interview], strength: Array, rounds: int = 2) -> list[Outcome]:
    """Train on the other protocols; tag the interviews of one together, as in a study."""
    result = []
    for name in sorted({d.protocol for d in data}):
        passes = fit([d for d in data if d.protocol != name], strength)
        held = [d for d in data if d.protocol == name]
        stages = apply(passes, held, rounds)
        result += [outcome(d, stages) for d in held]
    return result


def leave_interview_out(data: Sequence[Interview], strength: Array, rounds: int = 2) -> list[Outcome]:
    """Train on all other interviews; tag the one left out alone.

    The others could not teach it: the weights have seen their gold, so their tags would be better than in a study.
    """
    result = []
    for d in data:
        passes = fit([x for x in data if x is not d], strength)
        result.append(outcome(d, apply(passes, [d], rounds)))
    return result


def isotonic(marginal: Array, right: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Knots of a rising map from estimates to shares of right ones (pool adjacent violators, Ayer et al. 1955)."""
    order = np.argsort(marginal, kind="stable")
    blocks: list[list[float]] = []
    # eight bins of a prior turn each keep the ends away from 0 and 1
    for value, hit in zip(marginal[order], right[order], strict=True):
        blocks.append([float(value), float(hit), 1.0])
        while len(blocks) > 1 and blocks[-2][1] / blocks[-2][2] >= blocks[-1][1] / blocks[-1][2]:
            value_, hits, count = blocks.pop()
            last = blocks[-1]
            last[0] = (last[0] * last[2] + value_ * count) / (last[2] + count)
            last[1] += hits
            last[2] += count
    merged: list[list[float]] = []
    for block in blocks:
        if merged and (merged[-1][2] < 30 or block[2] < 30):
            last = merged[-1]
            last[0] = (last[0] * last[2] + block[0] * block[2]) / (last[2] + block[2])
            last[1] += block[1]
            last[2] += block[2]
        else:
            merged.append(list(block))
    return [(round(value, 4), round((hits + 0.5) / (count + 1), 4)) for value, hits, count in merged]


def calibrated(knots: Sequence[tuple[float, float]], marginal: Array) -> Array:
    """Confidence of each estimate."""
    xs, ys = zip(*knots, strict=True)
    return np.interp(marginal, xs, ys)


def threshold(confidence: Array, right: NDArray[np.bool_], wanted: float = 0.95) -> float:
    """The lowest confidence above which the wanted share is right; above everything if there is none."""
    for value in np.unique(confidence):
        seen = confidence >= value
        if right[seen].mean() >= wanted:
            return float(value)
    return 1.0
