"""What the tools for tuning and evaluating the tagger share: the corpus, training, folds, measures."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import gold
from tagging_batch import Batch
from tagging_texts import questions_of, studies, transcript, vectors_of

from anonymizer.protocol import crf, likeness
from anonymizer.protocol import evidence as ev
from anonymizer.protocol import weights as wt
from anonymizer.protocol.speakers import roles
from anonymizer.protocol.tagging import read_lexicon

Array = NDArray[np.float64]


@dataclass(eq=False)
class Interview:
    """One interview with gold questions and everything computed from it; unseen by the sentence model or not."""

    id: str
    protocol: str
    index: likeness.ProtocolIndex
    evidence: ev.Evidence
    gold: NDArray[np.int64]
    kinds: list[str]
    unseen: bool = False
    corpus: bool = False
    weight: float = 1.0
    known: wt.Known | None = None


def load(corpus: Path | None, protocols: Path | None = None, invented: Path | None = gold.INVENTED) -> list[Interview]:
    """Read tagged interviews; speakers' roles are found out, not given. See :func:`tagging_texts.studies`."""
    result = []
    for study in studies(corpus, protocols, invented):
        with vectors_of(study.name) as unseen:
            index = likeness.ProtocolIndex(study.protocol, read_lexicon(None))
            for document in study.documents:
                talk = transcript(document)
                role = roles(talk)
                evidence = ev.collect([t.text for t in talk], [role[t.speaker] for t in talk], index)
                asked = questions_of(document, study.protocol)
                id = f"{study.name}/{document['id']}"
                kinds = [t["kind"] for t in document["turns"]]
                weight = CORPUS_WEIGHT if study.corpus else 1.0
                found = Interview(id, study.name, index, evidence, asked, kinds, unseen, study.corpus, weight)
                result.append(found)
    return result


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


STRENGTH = {
    "step": 0.5,
    "passed": 0.5,
    "start": 3.0,
    "about": 3.0,
    "taught": 3.0,
    "stay": 3.0,
    "outside": 3.0,
    "opens": 0.5,
    "deep-outside": 0.5,
    "static-outside": 0.5,
}


GROUPS = 4
# as many as those of train_sentence_model.py, so that what is tagged is new to both
FOLDS = 4
THIRDS = 3
ROUNDS = 2
# interviews of the corpus count more: they are fewer, and less artful than the invented ones
CORPUS_WEIGHT = 3.0


def penalty(**other: float) -> Array:
    """L2 strength of each weight, by group."""
    result = np.zeros(wt.SIZE)
    for name, part in wt.split(result).items():
        part[:] = {**STRENGTH, **other}[name]
    return result


def train(data: Sequence[Interview], strength: Array, start: Array | None = None, steps: int = 60) -> Array:
    """Weights that fit the interviews."""
    batch = Batch(data)
    first = np.zeros(wt.SIZE) if start is None else start
    return lbfgs(lambda vector: batch.loss_and_gradient(vector, strength), first, steps)


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

    A later pass learns from what an earlier one says about interviews that it was not trained on (groups of protocols
    left out in turn); learning from its own training interviews it would trust it too much.
    """
    names = sorted({d.protocol for d in data})
    groups = min(GROUPS, len(names))

    def left_out(vector: Array, steps: int) -> dict[str, crf.Sums]:
        found = {}
        for k in range(groups):
            rest = [d for d in data if d.protocol not in names[k::groups]] or list(data)
            other = train(rest, strength, vector * 0.7, steps)
            held = [d for d in data if d.protocol in names[k::groups]]
            found.update({d.id: sums(other, d, d.known) for d in held})
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


def apply(passes: Sequence[Array], data: Sequence[Interview], rounds: int = ROUNDS) -> list[dict[str, crf.Sums]]:
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


def left_out(data: Sequence[Interview], folds: int = FOLDS) -> list[tuple[set[str], set[str]]]:
    """Protocols that are left out of training together, and those of them that are tagged then.

    Protocols of the corpus are left out one at a time: they are few, and are spoken otherwise than the invented ones.
    """
    names = sorted({d.protocol for d in data})
    real = {d.protocol for d in data if d.corpus}
    result = []
    folds = min(folds, len(names))
    for k in range(folds):
        fold = set(names[k::folds])
        if len(fold & real) < 2:
            result.append((fold, fold))
            continue
        result.append((fold, fold - real))
        result += [(fold - real | {name}, {name}) for name in sorted(fold & real)]
    return [(absent, tagged) for absent, tagged in result if tagged]


def leave_protocols_out(data: Sequence[Interview], strength: Array, rounds: int = ROUNDS) -> list[Outcome]:
    """Train on the protocols of the other folds; tag the interviews of one protocol together, as in a study."""
    result = []
    for absent, tagged in left_out(data):
        passes = fit([d for d in data if d.protocol not in absent], strength)
        for name in sorted(tagged):
            held = [d for d in data if d.protocol == name]
            stages = apply(passes, held, rounds)
            result += [outcome(d, stages) for d in held]
    return result


def leave_interviews_out(
    data: Sequence[Interview], chosen: Sequence[Interview], strength: Array, rounds: int = ROUNDS
) -> list[Outcome]:
    """Train on all but a third of the chosen interviews; tag each of these alone.

    The others could not teach it: the weights have seen their gold, so their tags would be better than in a study.
    """
    result = []
    for k in range(THIRDS):
        held = list(chosen)[k::THIRDS]
        passes = fit([d for d in data if d not in held], strength)
        result += [outcome(d, apply(passes, [d], rounds)) for d in held]
    return result


def isotonic(marginal: Array, right: NDArray[np.bool_], weight: Array | None = None) -> list[tuple[float, float]]:
    """Knots of a rising map from estimates to shares of right ones (pool adjacent violators, Ayer et al. 1955)."""
    order = np.argsort(marginal, kind="stable")
    weights = np.ones(len(marginal)) if weight is None else weight
    blocks: list[list[float]] = []
    for value, hit, own in zip(marginal[order], right[order], weights[order], strict=True):
        blocks.append([float(value), float(hit * own), float(own)])
        while len(blocks) > 1 and blocks[-2][1] / blocks[-2][2] >= blocks[-1][1] / blocks[-1][2]:
            value_, hits, count = blocks.pop()
            last = blocks[-1]
            last[0] = (last[0] * last[2] + value_ * count) / (last[2] + count)
            last[1] += hits
            last[2] += count
    merged: list[list[float]] = []
    for block in blocks:
        if merged and (merged[-1][2] < _FEW or block[2] < _FEW):
            last = merged[-1]
            last[0] = (last[0] * last[2] + block[0] * block[2]) / (last[2] + block[2])
            last[1] += block[1]
            last[2] += block[2]
        else:
            merged.append(list(block))
    # half a turn of each kind keeps the ends away from 0 and 1; it must not make a small block fall below its neighbour
    shares = np.maximum.accumulate([(hits + 0.5) / (count + 1) for _, hits, count in merged])
    return [(round(block[0], 4), round(float(share), 4)) for block, share in zip(merged, shares, strict=True)]


_FEW = 30


def calibrated(knots: Sequence[tuple[float, float]], marginal: Array) -> Array:
    """Confidence of each estimate."""
    xs, ys = zip(*knots, strict=True)
    return np.interp(marginal, xs, ys)


# of the turns not flagged 95 in 100 are to be right under the next study's protocol, too, which costs a point
WANTED = 0.96


def threshold(
    confidence: Array, right: NDArray[np.bool_], weight: Array | None = None, wanted: float = WANTED
) -> float:
    """The lowest confidence above which the wanted share is right; above everything if there is none."""
    weights = np.ones(len(confidence)) if weight is None else weight
    for value in np.unique(confidence):
        seen = confidence >= value
        if np.average(right[seen], weights=weights[seen]) >= wanted:
            return float(value)
    return 1.0
